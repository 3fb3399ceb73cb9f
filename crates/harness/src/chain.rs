//! Up to twelve certificates with chosen defects; the verdict is held against a small model of the rules.

mod model;

use crate::against::Chain;
use crate::der::{BOOLEAN, SEQUENCE, tlv, unsigned};
use crate::make::{
    self, ALTERNATIVE_NAME, ANY_USAGE, BASIC_CONSTRAINTS, CERT_SIGN, CLIENT_AUTH, CRL_SIGN, Certificate, DIGITAL_SIGNATURE,
    EXTENDED_KEY_USAGE, KEY_USAGE, NAME_CONSTRAINTS, SERVER_AUTH, extension,
};
use crate::sound::pem;
use crate::verdict::{certificates, gate, sources, validate_with};
use arbitrary::{Arbitrary, Unstructured};
use certflight_validate::Request;

/// The most certificates beside the leaf.
const MOST: usize = 11;

/// How many names and keys the authorities share.
const NAMES: usize = 4;
const KEYS: usize = 4;

/// The leaf's key, which no authority has.
const LEAF_KEY: usize = 5;

/// A leaf, and the authorities that may be above it.
#[derive(Clone, Debug, Arbitrary)]
pub struct Plan {
    leaf: Leaf,
    max_depth: u8,
    count: u8,
    authorities: [Authority; MOST],
}

#[derive(Clone, Debug, Arbitrary)]
struct Leaf {
    issuer: u8,
    signer: u8,
    host: u8,
    defects: [u8; 2],
}

#[derive(Clone, Debug, Arbitrary)]
struct Authority {
    subject: u8,
    key: u8,
    issuer: u8,
    signer: u8,
    place: u8,
    defects: [u8; 2],
}

/// What is particular about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    Expired,
    NotYetValid,
    CaFalse,
    NoBasicConstraints,
    PathLength(u8),
    NoKeyUsage,
    OtherKeyUsage,
    ClientUsage,
    ServerUsage,
    AnyUsage,
    UnknownCritical,
    Torn,
    Permits(usize),
    Excludes(usize),
}

/// The hosts that leaves have and constraints name.
const HOSTS: [&str; 2] = ["example.com", "example.org"];

/// Most numbers stand for none.
fn defect(number: u8) -> Option<Defect> {
    Some(match number {
        1 => Defect::Expired,
        2 => Defect::NotYetValid,
        3 => Defect::CaFalse,
        4 => Defect::NoBasicConstraints,
        5..=8 => Defect::PathLength(number - 5),
        9 => Defect::NoKeyUsage,
        10 => Defect::OtherKeyUsage,
        11 => Defect::ClientUsage,
        12 => Defect::ServerUsage,
        13 => Defect::AnyUsage,
        14 => Defect::UnknownCritical,
        15 => Defect::Torn,
        16 | 17 => Defect::Permits(usize::from(number - 16)),
        18 | 19 => Defect::Excludes(usize::from(number - 18)),
        _ => return None,
    })
}

fn has(defects: [u8; 2], wanted: Defect) -> bool {
    defects.iter().any(|number| defect(*number) == Some(wanted))
}

/// Mostly the key of that name, so that certificates meet.
fn key_of(name: usize, number: u8) -> usize {
    if number.is_multiple_of(4) { usize::from(number / 4) % KEYS } else { name }
}

impl Authority {
    fn subject(&self) -> usize {
        usize::from(self.subject) % NAMES
    }

    fn issuer(&self) -> usize {
        usize::from(self.issuer) % NAMES
    }

    fn key(&self) -> usize {
        key_of(self.subject(), self.key)
    }

    fn signer(&self) -> usize {
        key_of(self.issuer(), self.signer)
    }

    /// A third of them stands in the CA input.
    fn is_anchor(&self) -> bool {
        self.place.is_multiple_of(3)
    }
}

impl Leaf {
    fn issuer(&self) -> usize {
        usize::from(self.issuer) % NAMES
    }

    fn signer(&self) -> usize {
        key_of(self.issuer(), self.signer)
    }

    /// Which host it is for, if for any.
    fn host(&self) -> Option<usize> {
        Some(usize::from(self.host) % 3).filter(|host| *host < HOSTS.len())
    }
}

impl Plan {
    fn authorities(&self) -> &[Authority] {
        &self.authorities[..usize::from(self.count) % (MOST + 1)]
    }

    fn max_depth(&self) -> usize {
        usize::from(self.max_depth) % 6
    }

    /// The certificates.
    pub fn certificates(&self) -> Chain {
        let mut chain = Chain { leaf: self.leaf(), intermediates: Vec::new(), anchors: Vec::new() };
        for (serial, authority) in (10..).zip(self.authorities()) {
            let der = self::authority(authority, serial);
            if authority.is_anchor() { &mut chain.anchors } else { &mut chain.intermediates }.push(der);
        }
        chain
    }

    fn leaf(&self) -> Vec<u8> {
        let Leaf { defects, .. } = self.leaf;
        let mut leaf = Certificate::new(1, &name(self.leaf.issuer()), "client", make::key(LEAF_KEY).public());
        dates(&mut leaf, defects);
        let mut usage = Some(DIGITAL_SIGNATURE);
        let mut extended = Some(CLIENT_AUTH);
        for defect in defects.into_iter().filter_map(defect) {
            match defect {
                Defect::NoKeyUsage => usage = None,
                Defect::OtherKeyUsage => usage = Some(CRL_SIGN),
                Defect::ClientUsage => extended = None,
                Defect::ServerUsage => extended = Some(SERVER_AUTH),
                Defect::AnyUsage => extended = Some(ANY_USAGE),
                _ => {}
            }
        }
        leaf.extensions.extend(usage.map(|usage| extension(KEY_USAGE, true, usage)));
        leaf.extensions.extend(extended.map(|extended| extension(EXTENDED_KEY_USAGE, false, extended)));
        if let Some(host) = self.leaf.host() {
            let name = tlv(0x82, &[b"a.", HOSTS[host].as_bytes()]);
            leaf.extensions.push(extension(ALTERNATIVE_NAME, false, &tlv(SEQUENCE, &[&name])));
        }
        signed(leaf, defects, self.leaf.signer())
    }
}

fn name(number: usize) -> String {
    format!("CA {number}")
}

fn dates(certificate: &mut Certificate, defects: [u8; 2]) {
    if has(defects, Defect::Expired) {
        certificate.not_after = "250101000000Z";
    }
    if has(defects, Defect::NotYetValid) {
        certificate.not_before = "270101000000Z";
    }
}

fn authority(authority: &Authority, serial: u8) -> Vec<u8> {
    let defects = authority.defects;
    let public = make::key(authority.key()).public();
    let mut made = Certificate::new(serial, &name(authority.issuer()), &name(authority.subject()), public);
    dates(&mut made, defects);
    let mut constraints = Some(vec![tlv(BOOLEAN, &[&[0xff]])]);
    let mut usage = Some(CERT_SIGN);
    let mut extended = None;
    let (mut permitted, mut excluded) = (Vec::new(), Vec::new());
    let subtree = |host: usize| tlv(SEQUENCE, &[&tlv(0x82, &[HOSTS[host].as_bytes()])]);
    for defect in defects.into_iter().filter_map(defect) {
        match defect {
            Defect::CaFalse => constraints = Some(Vec::new()),
            Defect::NoBasicConstraints => constraints = None,
            // Without basicConstraints, or without CA:TRUE, it has no place (RFC 5280 section 4.2.1.9).
            Defect::PathLength(length) => {
                if let Some(list) = constraints.as_mut().filter(|list| list.len() == 1) {
                    list.push(unsigned(&[length]));
                }
            }
            Defect::NoKeyUsage => usage = None,
            Defect::OtherKeyUsage => usage = Some(CRL_SIGN),
            Defect::ClientUsage => extended = Some(CLIENT_AUTH),
            Defect::ServerUsage => extended = Some(SERVER_AUTH),
            Defect::AnyUsage => extended = Some(ANY_USAGE),
            Defect::Permits(host) => permitted.extend(subtree(host)),
            Defect::Excludes(host) => excluded.extend(subtree(host)),
            Defect::Expired | Defect::NotYetValid | Defect::UnknownCritical | Defect::Torn => {}
        }
    }
    made.extensions.extend(constraints.map(|parts| extension(BASIC_CONSTRAINTS, true, &tlv(SEQUENCE, &[&parts.concat()]))));
    made.extensions.extend(usage.map(|usage| extension(KEY_USAGE, true, usage)));
    made.extensions.extend(extended.map(|extended| extension(EXTENDED_KEY_USAGE, false, extended)));
    let sides = [(0xa0, permitted), (0xa1, excluded)].into_iter().filter(|(_, list)| !list.is_empty());
    let subtrees: Vec<u8> = sides.flat_map(|(side, list)| tlv(side, &[&list])).collect();
    if !subtrees.is_empty() {
        made.extensions.push(extension(NAME_CONSTRAINTS, true, &tlv(SEQUENCE, &[&subtrees])));
    }
    signed(made, defects, authority.signer())
}

fn signed(mut certificate: Certificate, defects: [u8; 2], signer: usize) -> Vec<u8> {
    if has(defects, Defect::UnknownCritical) {
        certificate.extensions.push(extension(0x7f, true, &[0x05, 0x00]));
    }
    let mut der = certificate.signed_by(make::key(signer));
    if let (true, Some(last)) = (has(defects, Defect::Torn), der.last_mut()) {
        *last ^= 1;
    }
    der
}

/// A plan.
pub fn run(bytes: &[u8]) {
    let Ok(plan) = Plan::arbitrary(&mut Unstructured::new(bytes)) else { return };
    let chain = plan.certificates();
    let sent = certificates([&chain.leaf].into_iter().chain(&chain.intermediates));
    let (key, ca) = (pem("PRIVATE KEY", &make::key(LEAF_KEY).pkcs8()), certificates(&chain.anchors));
    let request = Request { sources: &sources(sent.as_bytes(), key.as_bytes(), ca.as_bytes()), origin: None };
    let verdict = validate_with(&request, &gate().max_depth(plan.max_depth()));
    let expected = model::accepts(&plan);
    let report = match &verdict {
        Ok(bundle) => bundle.report(),
        Err(rejected) => rejected.report(),
    };
    assert_eq!(verdict.is_ok(), expected, "the model says otherwise: {plan:?}\n{:#?}\n{sent}{ca}", report.findings());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plans from random bytes.
    fn plans(count: u64) -> impl Iterator<Item = Vec<u8>> {
        (0..count).map(|seed| {
            let mut rng = fastrand::Rng::with_seed(seed);
            (0..rng.usize(20..200)).map(|_| rng.u8(..)).collect()
        })
    }

    #[test]
    fn plans_are_of_both_kinds_and_the_verdict_is_the_models() {
        let mut accepted = 0;
        for bytes in plans(400) {
            run(&bytes);
            accepted += u32::from(Plan::arbitrary(&mut Unstructured::new(&bytes)).is_ok_and(|plan| model::accepts(&plan)));
        }
        assert!((20..380).contains(&accepted), "{accepted} of 400 accepted");
    }
}
