//! Private keys: made, read from PEM, and signing. RSA and ECDSA keys come from the crypto library's own generator.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
};

use super::der::{self, OCTET_STRING, element, sequence, unsigned};
use super::{Function, function, text};
use crate::error::Fault;
use crate::exec::Tools;

pub(super) const TABLE: &[Function] = &[function("genPrivateKey", "s", |tools, a| {
    let key = match text(a, 0) {
        b"" | b"rsa" => Key::rsa(tools, KeySize::Rsa4096)?,
        b"ecdsa" => Key::ecdsa(tools)?,
        b"ed25519" => Key::ed25519(tools)?,
        b"dsa" => return Err("DSA keys are not generated here: use rsa, ecdsa or ed25519".into()),
        other => return tools.text([b"Unknown type ", other].concat()),
    };
    let pem = key.pem()?;
    tools.text(pem)
})];

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const NULL: &[u8] = &[0x05, 0x00];

pub(super) enum Key {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(EcdsaKeyPair),
    /// The pair, and the seed that it was made from.
    Ed25519(Box<Ed25519KeyPair>, zeroize::Zeroizing<Vec<u8>>),
}

fn object(id: &[u8]) -> Vec<u8> {
    element(der::OBJECT, id)
}

impl Key {
    pub(super) fn rsa(tools: &mut Tools<'_>, size: KeySize) -> Result<Self, Fault> {
        tools.step(if size == KeySize::Rsa4096 { 300_000 } else { 60_000 })?;
        let pair = RsaKeyPair::generate(size).map_err(|_| "error generating rsa key")?;
        Ok(Self::Rsa(Box::new(pair)))
    }

    fn ecdsa(tools: &mut Tools<'_>) -> Result<Self, Fault> {
        tools.step(1_000)?;
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING);
        Ok(Self::Ecdsa(pair.map_err(|_| "failed to generate private key")?))
    }

    fn ed25519(tools: &mut Tools<'_>) -> Result<Self, Fault> {
        tools.step(1_000)?;
        let mut seed = zeroize::Zeroizing::new(vec![0; 32]);
        tools.host.rng.fill_bytes(&mut seed);
        Self::from_seed(seed).ok_or_else(|| "failed to generate private key".into())
    }

    fn from_seed(seed: zeroize::Zeroizing<Vec<u8>>) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        Some(Self::Ed25519(Box::new(pair), seed))
    }

    /// A key of one of the forms that Go writes and reads.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, Fault> {
        let (label, der) = der::unpem(text).ok_or("no PEM data in input")?;
        let der = zeroize::Zeroizing::new(der);
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        match label.as_str() {
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der)
                .ok()
                .map(|pair| Self::Rsa(Box::new(pair))),
            "EC PRIVATE KEY" => EcdsaKeyPair::from_private_key_der(algorithm, &der)
                .ok()
                .map(Self::Ecdsa),
            "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der)
                .ok()
                .map(|pair| Self::Rsa(Box::new(pair)))
                .or_else(|| EcdsaKeyPair::from_pkcs8(algorithm, &der).ok().map(Self::Ecdsa))
                .or_else(|| {
                    let (info, _) = der::nth(&der, 0)?;
                    let (octets, _) = der::nth(info, 2)?;
                    let (seed, _) = der::nth(octets, 0)?;
                    let fits = info.windows(3).any(|part| part == ED25519) && seed.len() == 32;
                    fits.then(|| Self::from_seed(zeroize::Zeroizing::new(seed.to_vec())))?
                }),
            label => {
                return Err(match label.ends_with(" PRIVATE KEY") {
                    true => "invalid private key type".into(),
                    false => format!("no private key data in PEM block of type {label}").into(),
                });
            }
        }
        .ok_or_else(|| "the private key cannot be read".into())
    }

    pub(super) fn pem(&self) -> Result<String, Fault> {
        let lost = || Fault::from("failed to encode the private key");
        match self {
            Self::Rsa(pair) => {
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| lost())?;
                let inner = der::nth(pkcs8.as_ref(), 0).and_then(|(info, _)| der::nth(info, 2));
                Ok(der::pem("RSA PRIVATE KEY", inner.ok_or_else(lost)?.0))
            }
            Self::Ecdsa(pair) => {
                let scalar: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(|_| lost())?;
                let key = sequence(&[
                    &unsigned(&[1]),
                    &element(OCTET_STRING, scalar.as_ref()),
                    &element(0xa0, &object(P256)),
                    &element(0xa1, &der::bits(pair.public_key().as_ref())),
                ]);
                Ok(der::pem("EC PRIVATE KEY", &key))
            }
            Self::Ed25519(_, seed) => {
                let inner = element(OCTET_STRING, &element(OCTET_STRING, seed));
                let key = sequence(&[&unsigned(&[0]), &sequence(&[&object(ED25519)]), &inner]);
                Ok(der::pem("PRIVATE KEY", &key))
            }
        }
    }

    /// The bits of the public key, as certificates hold them.
    pub(super) fn public(&self) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Self::Ecdsa(pair) => pair.public_key().as_ref().to_vec(),
            Self::Ed25519(pair, _) => pair.public_key().as_ref().to_vec(),
        }
    }

    pub(super) fn public_info(&self) -> Vec<u8> {
        let algorithm = match self {
            Self::Rsa(_) => sequence(&[&object(RSA), NULL]),
            Self::Ecdsa(_) => sequence(&[&object(EC), &object(P256)]),
            Self::Ed25519(..) => sequence(&[&object(ED25519)]),
        };
        sequence(&[&algorithm, &der::bits(&self.public())])
    }

    /// What a signature of this key is called in a certificate.
    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => sequence(&[&object(RSA_SHA256), NULL]),
            Self::Ecdsa(_) => sequence(&[&object(ECDSA_SHA256)]),
            Self::Ed25519(..) => sequence(&[&object(ED25519)]),
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let failed = |_| Fault::from("error creating certificate");
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, &digest(&SHA256, message), &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Self::Ecdsa(pair) => {
                let signature = pair.sign_digest(&digest(&SHA256, message)).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Ed25519(pair, _) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}
