//! Certificates: self-signed ones, authorities, and what these sign.

use std::net::IpAddr;
use std::rc::Rc;

use aws_lc_rs::digest;
use aws_lc_rs::rsa::KeySize;

use super::dates::{Time, utc};
use super::der::{
    self, GENERAL_TIME, OBJECT, OCTET_STRING, SET, UTC_TIME, UTF8, element, sequence, unsigned,
};
use super::encoding::base64;
use super::keys::Key;
use super::{Answer, Function, function, int, layout, text};
use crate::error::Fault;
use crate::exec::Tools;
use crate::value::{Text, Value};

pub(super) const TABLE: &[Function] = &[
    function("genCA", "si", |tools, a| {
        let key = Key::rsa(tools, KeySize::Rsa2048)?;
        authority(tools, a, &key)
    }),
    function("genCAWithKey", "sis", |tools, a| {
        let key = given(text(a, 2))?;
        authority(tools, a, &key)
    }),
    function("genSelfSignedCert", "slli", |tools, a| {
        let key = Key::rsa(tools, KeySize::Rsa2048)?;
        self_signed(tools, a, &key)
    }),
    function("genSelfSignedCertWithKey", "sllis", |tools, a| {
        let key = given(text(a, 4))?;
        self_signed(tools, a, &key)
    }),
    function("genSignedCert", "sllic", |tools, a| {
        let key = Key::rsa(tools, KeySize::Rsa2048)?;
        signed(tools, a, &key)
    }),
    function("genSignedCertWithKey", "sllics", |tools, a| {
        let key = given(text(a, 5))?;
        signed(tools, a, &key)
    }),
    function("buildCustomCert", "ss", |_, a| {
        let certificate = base64(text(a, 0)).map_err(|_| "unable to decode base64 certificate")?;
        let key = base64(text(a, 1)).map_err(|_| "unable to decode base64 private key")?;
        let (_, der) = der::unpem(&certificate).ok_or("unable to decode certificate")?;
        subject_of(&der).ok_or("error parsing certificate: decodedCert.Bytes")?;
        Key::from_pem(&key).map_err(|fault| within("error parsing private key", fault))?;
        Ok(Value::Certificate(Rc::new(Certificate {
            certificate: certificate.into(),
            key: key.into(),
        })))
    }),
];

/// A certificate and its key, both in PEM.
pub(crate) struct Certificate {
    pub(crate) certificate: Text,
    pub(crate) key: Text,
}

fn within(what: &str, fault: Fault) -> Fault {
    match fault {
        Fault::Failed(why) => format!("{what}: {why}").into(),
        limit => limit,
    }
}

fn given(pem: &[u8]) -> Result<Key, Fault> {
    Key::from_pem(pem).map_err(|fault| within("parsing private key", fault))
}

/// What is certified, and by whom.
struct Order<'k> {
    name: Vec<u8>,
    days: i64,
    alternatives: Vec<u8>,
    authority: bool,
    key: &'k Key,
    issuer: Vec<u8>,
    signer: &'k Key,
}

fn common_name(name: &[u8]) -> Vec<u8> {
    let attribute = sequence(&[&element(OBJECT, &[0x55, 0x04, 0x03]), &element(UTF8, name)]);
    match name.is_empty() {
        true => sequence(&[]),
        false => sequence(&[&element(SET, &attribute)]),
    }
}

fn authority(tools: &mut Tools<'_>, a: &[Value], key: &Key) -> Answer {
    let name = common_name(text(a, 0));
    certify(
        tools,
        &Order {
            issuer: name.clone(),
            name,
            days: int(a, 1),
            alternatives: Vec::new(),
            authority: true,
            key,
            signer: key,
        },
    )
}

fn self_signed(tools: &mut Tools<'_>, a: &[Value], key: &Key) -> Answer {
    let name = common_name(text(a, 0));
    certify(
        tools,
        &Order {
            issuer: name.clone(),
            name,
            days: int(a, 3),
            alternatives: alternatives(&a[1], &a[2])?,
            authority: false,
            key,
            signer: key,
        },
    )
}

fn signed(tools: &mut Tools<'_>, a: &[Value], key: &Key) -> Answer {
    let Value::Certificate(ca) = &a[4] else {
        return Err("unable to decode certificate".into());
    };
    let (_, der) = der::unpem(&ca.certificate).ok_or("unable to decode certificate")?;
    let issuer = subject_of(&der).ok_or("error parsing certificate: decodedSignerCert.Bytes")?;
    let signer = Key::from_pem(&ca.key).map_err(|fault| within("error parsing private key", fault))?;
    certify(
        tools,
        &Order {
            name: common_name(text(a, 0)),
            days: int(a, 3),
            alternatives: alternatives(&a[1], &a[2])?,
            authority: false,
            key,
            issuer: issuer.to_vec(),
            signer: &signer,
        },
    )
}

/// Whom a certificate names, as it encodes that.
fn subject_of(der: &[u8]) -> Option<&[u8]> {
    let (certificate, _) = der::nth(der, 0)?;
    let (body, _) = der::nth(certificate, 0)?;
    let versioned = usize::from(body.first() == Some(&0xa0));
    Some(der::nth(body, versioned + 4)?.1)
}

fn texts<'v>(value: &'v Value, what: &str) -> Result<Vec<&'v [u8]>, Fault> {
    let Value::List(list) = value else {
        return Ok(Vec::new());
    };
    let text = |item: &'v Value| match item {
        Value::Text(text) => Ok(&text[..]),
        other => Err(format!("error {what}: {} is not a string", other.type_name()).into()),
    };
    list.items.iter().map(text).collect()
}

/// Names and addresses beside the common name.
fn alternatives(addresses: &Value, names: &Value) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    for name in texts(names, "processing alternate dns name")? {
        out.extend(element(0x82, name));
    }
    for address in texts(addresses, "parsing ip")? {
        let address = std::str::from_utf8(address)
            .ok()
            .and_then(|text| text.parse::<IpAddr>().ok());
        out.extend(match address.ok_or("error parsing ip")? {
            IpAddr::V4(address) => element(0x87, &address.octets()),
            IpAddr::V6(address) => element(0x87, &address.octets()),
        });
    }
    Ok(out)
}

fn extension(id: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { &[0x01, 0x01, 0xff][..] } else { &[] };
    sequence(&[
        &element(OBJECT, &[0x55, 0x1d, id]),
        critical,
        &element(OCTET_STRING, value),
    ])
}

fn extensions(order: &Order<'_>) -> Vec<u8> {
    let usage = if order.authority {
        [0x03, 0x02, 0x02, 0xa4]
    } else {
        [0x03, 0x02, 0x05, 0xa0]
    };
    let purpose = |last: u8| element(OBJECT, &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last]);
    let constraints = if order.authority {
        &[0x01, 0x01, 0xff][..]
    } else {
        &[]
    };
    let mut all = extension(0x0f, true, &usage);
    all.extend(extension(0x25, false, &sequence(&[&purpose(1), &purpose(2)])));
    all.extend(extension(0x13, true, &sequence(&[constraints])));
    if order.authority {
        let id = digest::digest(&digest::SHA256, &order.key.public());
        all.extend(extension(0x0e, false, &element(OCTET_STRING, &id.as_ref()[..20])));
    }
    if !order.alternatives.is_empty() {
        let no_subject = order.name == sequence(&[]);
        all.extend(extension(0x11, no_subject, &sequence(&[&order.alternatives])));
    }
    element(0xa3, &sequence(&[&all]))
}

fn moment(time: &Time) -> Vec<u8> {
    match time.civil().year {
        1950..2050 => element(UTC_TIME, layout::format(time, "060102150405Z").as_bytes()),
        _ => element(GENERAL_TIME, layout::format(time, "20060102150405Z").as_bytes()),
    }
}

fn certify(tools: &mut Tools<'_>, order: &Order<'_>) -> Answer {
    let mut serial = [0; 16];
    tools.host.rng.fill_bytes(&mut serial);
    serial[0] &= 0x7f;
    let now = Time::new(0, 0, utc()).plus(tools.now());
    let days = order.days.clamp(-36_500, 2_900_000);
    let until = now.plus(i128::from(days) * 86_400_000_000_000);
    let algorithm = order.signer.signature_algorithm();
    let body = sequence(&[
        &element(0xa0, &unsigned(&[2])),
        &unsigned(&serial),
        &algorithm,
        &order.issuer,
        &sequence(&[&moment(&now), &moment(&until)]),
        &order.name,
        &order.key.public_info(),
        &extensions(order),
    ]);
    let signature = der::bits(&order.signer.sign(&body)?);
    let certificate = der::pem("CERTIFICATE", &sequence(&[&body, &algorithm, &signature]));
    let key = order.key.pem()?;
    tools.memory(certificate.len() + key.len())?;
    Ok(Value::Certificate(Rc::new(Certificate {
        certificate: certificate.into_bytes().into(),
        key: key.into_bytes().into(),
    })))
}
