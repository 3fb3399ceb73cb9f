//! Certificates: any bytes as DER, as leaf, intermediate and trust anchor.

use crate::der::rewritten;
use crate::sound::{ED25519, after, contains, fixture, pem};
use crate::verdict::{convert, source, sources, validate};
use certflight_validate::{Request, Role};

/// What stands before the key in the subject public key info of an Ed25519 certificate (RFC 8410 section 4).
const BEFORE_KEY: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// As leaf and intermediate nothing passes but what was signed, as trust anchor nothing but what has the key of one that signed. What is read as a
/// certificate comes out as the same bytes, and is DER to its last element.
pub fn run(der: &[u8]) {
    let text = pem("CERTIFICATE", der);
    is_der(der, &text);
    let passes = |cert: &[u8], ca: &[u8]| validate(&Request { sources: &sources(cert, ED25519.key, ca), origin: None }).is_ok();
    let chain = fixture(ED25519.cert);
    let [leaf, intermediate] = chain.as_slice() else { panic!("the fixture is a leaf and its intermediate") };
    let block = |der: &[u8]| pem("CERTIFICATE", der);

    if passes((text.clone() + &block(intermediate)).as_bytes(), ED25519.ca) {
        assert!(der == leaf, "a leaf passed that nobody signed");
    }
    if passes((block(leaf) + &text).as_bytes(), ED25519.ca) {
        assert!(der == intermediate, "an intermediate passed that nobody signed");
    }
    if passes(ED25519.cert, text.as_bytes()) {
        let root = fixture(ED25519.ca).concat();
        let has_key_of = |certificate: &[u8]| contains(der, after(certificate, BEFORE_KEY, 32));
        assert!(has_key_of(&root) || has_key_of(intermediate), "a trust anchor passed that signed nothing");
    }
    // Beside a chain that is whole without it.
    let _ = passes(&[ED25519.cert, text.as_bytes()].concat(), ED25519.ca);
    let _ = passes(ED25519.cert, &[ED25519.ca, text.as_bytes()].concat());
}

fn is_der(der: &[u8], text: &str) {
    let Some([cert, ..]) = convert(&Request { sources: &[source(Role::Cert, text.as_bytes())], origin: None }) else { return };
    assert_eq!(cert, [der], "other bytes came out");
    assert_eq!(rewritten(der).as_deref(), Some(der), "not the shortest form, or something is left over");
}
