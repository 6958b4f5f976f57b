//! Shamir's secret sharing as SOPS has it: every byte by itself in GF(2⁸), a share is the bytes and then its number.
//!
//! Multiplication takes the same time for all operands and uses no table, since the operands are secret.
//!
//! Source: `shamir/shamir.go` of getsops/sops 3.13, which is Vault's.

use sealkit_crypto::{CryptoRng, Plaintext};
use zeroize::Zeroizing;

/// Splits a secret into `shares` parts of which `threshold` give it back.
///
/// # Panics
/// Panics unless 2 ≤ `threshold` ≤ `shares` ≤ 255; the caller checked that.
pub(super) fn split(
    secret: &[u8],
    shares: usize,
    threshold: usize,
    rng: &mut dyn CryptoRng,
) -> Vec<Plaintext> {
    assert!(
        2 <= threshold && threshold <= shares && shares <= 255,
        "checked by the caller"
    );
    let numbers: Vec<u8> = (1..=255).take(shares).collect();
    let mut parts: Vec<Zeroizing<Vec<u8>>> = numbers.iter().map(|_| Zeroizing::new(Vec::new())).collect();
    let mut polynomial = Zeroizing::new(vec![0; threshold]);
    for byte in secret {
        polynomial[0] = *byte;
        rng.fill_bytes(&mut polynomial[1..]);
        for (part, x) in parts.iter_mut().zip(&numbers) {
            let y = polynomial
                .iter()
                .rev()
                .fold(0, |sum, coefficient| multiply(sum, *x) ^ coefficient);
            part.push(y);
        }
    }
    for (part, x) in parts.iter_mut().zip(&numbers) {
        part.push(*x);
    }
    parts.into_iter().map(Plaintext::from).collect()
}

/// Joins shares; `None` if they are fewer than two, of unequal length, or two bear one number.
///
/// Too few shares, or foreign ones, give a wrong secret: nothing in the scheme tells.
pub(super) fn combine(shares: &[Plaintext]) -> Option<Plaintext> {
    let length = shares.first()?.len();
    if shares.len() < 2 || length < 2 || shares.iter().any(|share| share.len() != length) {
        return None;
    }
    let numbers: Vec<u8> = shares.iter().map(|share| share.expose()[length - 1]).collect();
    let distinct = numbers
        .iter()
        .enumerate()
        .all(|(at, x)| *x != 0 && !numbers[..at].contains(x));
    if !distinct {
        return None;
    }
    let weights: Vec<u8> = numbers.iter().map(|x| weight(*x, &numbers)).collect();
    let mut secret = Zeroizing::new(vec![0; length - 1]);
    for (share, weight) in shares.iter().zip(weights) {
        for (sum, y) in secret.iter_mut().zip(share.expose()) {
            *sum ^= multiply(*y, weight);
        }
    }
    Some(Plaintext::from(secret))
}

/// Lagrange's basis polynomial of `x` at zero.
fn weight(x: u8, numbers: &[u8]) -> u8 {
    let others = numbers.iter().filter(|other| **other != x);
    others.fold(1, |product, other| {
        multiply(product, multiply(*other, inverse(x ^ other)))
    })
}

/// The product modulo x⁸ + x⁴ + x³ + x + 1.
fn multiply(a: u8, b: u8) -> u8 {
    let (mut a, mut product) = (a, 0);
    for bit in 0..8 {
        product ^= a & ((b >> bit) & 1).wrapping_neg();
        a = (a << 1) ^ (0x1b & (a >> 7).wrapping_neg());
    }
    product
}

/// `a` to the power of 254; zero stays zero.
fn inverse(a: u8) -> u8 {
    let mut result = 1;
    let mut power = a;
    for _ in 1..8 {
        power = multiply(power, power);
        result = multiply(result, power);
    }
    result
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    #[test]
    fn any_threshold_of_shares_gives_the_secret_back_and_fewer_do_not() {
        let secret: Vec<u8> = (0..32).collect();
        for (shares, threshold) in [(2, 2), (3, 2), (5, 3), (255, 2)] {
            let parts = split(&secret, shares, threshold, &mut StdRng::seed_from_u64(1));
            assert!(parts.iter().all(|part| part.len() == 33));
            let last = &parts[shares - threshold..];
            assert_eq!(combine(last).expect("enough").expose(), secret);
            assert_eq!(combine(&parts[..threshold]).expect("enough").expose(), secret);
            if threshold > 2 {
                assert_ne!(combine(&parts[..threshold - 1]).expect("two").expose(), secret);
            }
        }
    }

    #[test]
    fn refuses_shares_that_cannot_belong_together() {
        let share = |bytes: &[u8]| Plaintext::from(bytes.to_vec());
        assert!(combine(&[]).is_none());
        assert!(combine(&[share(&[1, 1])]).is_none());
        assert!(combine(&[share(&[1, 1]), share(&[2, 1])]).is_none());
        assert!(combine(&[share(&[1, 1]), share(&[2, 3, 2])]).is_none());
        assert!(combine(&[share(&[1, 0]), share(&[2, 2])]).is_none());
        assert!(combine(&[share(&[1]), share(&[2])]).is_none());
    }

    #[test]
    fn every_element_but_zero_has_its_inverse() {
        for a in 1..=255 {
            assert_eq!(multiply(a, inverse(a)), 1);
        }
        assert_eq!(multiply(0x57, 0x83), 0xc1);
    }
}
