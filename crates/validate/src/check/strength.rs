//! Keys that are too short, or of a kind that cannot be checked.

use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::{Finding, Location};
use crate::key::PrivateKey;
use crate::public_key::PublicKey;
use std::fmt;

/// NIST SP 800-57 part 1 table 2: 112 bits of security; OpenSSL security level 2 draws the line at the same place.
const MIN_RSA_BITS: usize = 2048;

pub(super) fn certificate(certificate: &Certificate, findings: &mut Vec<Finding>) {
    if let Ok(key) = &certificate.public_key {
        check(key, format_args!("the key of the certificate {}", certificate.called()), &certificate.at, findings);
    }
}

/// A leaf whose key is of an unknown kind: nothing can be said of a handshake with it. Of an issuer, its signatures say so.
pub(crate) fn leaf(leaf: &Certificate, findings: &mut Vec<Finding>) {
    if let Err(name) = &leaf.public_key {
        let message = format!(
            "the key of the leaf {} is {name}, which cannot be checked here; that does not say that it is bad",
            leaf.called()
        );
        findings.push(
            Finding::new(Code::KeyUnsupported, leaf.at.clone(), message).help("use an RSA, P-256, P-384, P-521 or Ed25519 key"),
        );
    }
}

pub(crate) fn key(key: &PrivateKey, findings: &mut Vec<Finding>) {
    check(&key.public, format_args!("the private key"), &key.at, findings);
}

fn check(key: &PublicKey, what: fmt::Arguments<'_>, at: &Location, findings: &mut Vec<Finding>) {
    if let Some(bits) = key.rsa_bits().filter(|bits| *bits < MIN_RSA_BITS) {
        let message = format!("{what} is RSA with {bits} bits; OpenSSL servers refuse less than {MIN_RSA_BITS}");
        findings.push(
            Finding::new(Code::KeyWeak, at.clone(), message)
                .help("make a new key (RSA 2048 or P-256) and request a new certificate"),
        );
    }
}
