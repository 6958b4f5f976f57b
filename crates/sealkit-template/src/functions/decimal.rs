//! Decimal arithmetic on the digits that a number is written with: 0.1 and 0.2 make 0.3. Exact as long as 38 digits
//! suffice, and binary beyond.

#[derive(Clone, Copy)]
pub(super) enum Decimal {
    /// Digits and the power of ten that they stand before.
    Exact(i128, i32),
    Binary(f64),
}

/// How many digits a quotient has behind the point.
const DIVISION_DIGITS: i32 = 16;

pub(super) fn add(left: f64, right: f64) -> f64 {
    Decimal::new(left).plus(Decimal::new(right)).float()
}

impl Decimal {
    pub(super) fn new(value: f64) -> Self {
        if !value.is_finite() {
            return Self::Binary(value);
        }
        let text = format!("{value:e}");
        let parts = text.split_once('e').and_then(|(mantissa, exponent)| {
            let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
            let exponent: i32 = exponent.parse().ok()?;
            Some((digits, exponent - i32::try_from(fraction.len()).ok()?))
        });
        parts.map_or(Self::Binary(value), |(digits, exponent)| {
            Self::Exact(digits, exponent)
        })
    }

    pub(super) fn float(self) -> f64 {
        match self {
            Self::Exact(digits, exponent) => format!("{digits}e{exponent}").parse().unwrap_or(f64::NAN),
            Self::Binary(value) => value,
        }
    }

    pub(super) fn is_zero(self) -> bool {
        match self {
            Self::Exact(digits, _) => digits == 0,
            Self::Binary(value) => value == 0.0,
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let exact = self.aligned(other);
        let sum = exact.and_then(|(left, right, exponent)| Some((left.checked_add(right)?, exponent)));
        sum.map_or_else(
            || Self::Binary(self.float() + other.float()),
            |(d, e)| Self::Exact(d, e),
        )
    }

    pub(super) fn minus(self, other: Self) -> Self {
        let exact = self.aligned(other);
        let rest = exact.and_then(|(left, right, exponent)| Some((left.checked_sub(right)?, exponent)));
        rest.map_or_else(
            || Self::Binary(self.float() - other.float()),
            |(d, e)| Self::Exact(d, e),
        )
    }

    pub(super) fn times(self, other: Self) -> Self {
        let exact = match (self, other) {
            (Self::Exact(a, b), Self::Exact(c, d)) => a.checked_mul(c).zip(b.checked_add(d)),
            _ => None,
        };
        exact.map_or_else(
            || Self::Binary(self.float() * other.float()),
            |(d, e)| Self::Exact(d, e),
        )
    }

    pub(super) fn over(self, other: Self) -> Self {
        self.quotient(other)
            .unwrap_or_else(|| Self::Binary(self.float() / other.float()))
    }

    /// Rounded half away from zero at the last digit.
    fn quotient(self, other: Self) -> Option<Self> {
        let (Self::Exact(a, a_exponent), Self::Exact(b, b_exponent)) = (self, other) else {
            return None;
        };
        let shift = a_exponent - b_exponent + DIVISION_DIGITS;
        let power = 10i128.checked_pow(shift.unsigned_abs())?;
        let (above, below) = match shift >= 0 {
            true => (a.checked_mul(power)?, b),
            false => (a, b.checked_mul(power)?),
        };
        let (mut digits, rest) = (above.checked_div(below)?, above.checked_rem(below)?);
        if rest.unsigned_abs() >= below.unsigned_abs().div_ceil(2) && rest != 0 {
            digits += if (above < 0) == (below < 0) { 1 } else { -1 };
        }
        Some(Self::Exact(digits, -DIVISION_DIGITS))
    }

    /// Both over the smaller power of ten.
    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let (Self::Exact(a, a_exponent), Self::Exact(b, b_exponent)) = (self, other) else {
            return None;
        };
        let exponent = a_exponent.min(b_exponent);
        let scale =
            |digits: i128, from: i32| digits.checked_mul(10i128.checked_pow(from.abs_diff(exponent))?);
        Some((scale(a, a_exponent)?, scale(b, b_exponent)?, exponent))
    }
}
