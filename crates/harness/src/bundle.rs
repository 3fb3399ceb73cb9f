//! Whole bundles: the input is split at lines of `====` into certificate, key, CA and origin.

use crate::sound::contains;
use crate::verdict::{sources, validate};
use certflight_validate::{Code, Request, skip_validation};

/// What holds of any request; and when validation is skipped, no private key goes out as a certificate.
pub fn run(bytes: &[u8]) {
    let mut parts = split(bytes, b"\n====\n").into_iter();
    let mut part = || parts.next().unwrap_or_default();
    let (cert, key, ca, origin) = (part(), part(), part(), std::str::from_utf8(part()).ok());
    let sources = sources(cert, key, ca);
    let request = Request { sources: &sources, origin };
    let leaks = match validate(&request) {
        Ok(_) => false,
        Err(rejected) => rejected.report().findings().iter().any(|finding| finding.code == Code::KeyInCertificateInput),
    };
    match skip_validation(&request) {
        Ok(skipped) => {
            assert!(!leaks, "a private key that validation finds would go out as a certificate");
            assert!(skipped.certificate_text().as_bytes() == cert && skipped.ca_text().as_bytes() == ca);
            assert!(skipped.key_text().expose().as_bytes() == key);
            for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
                let begin = format!("-----BEGIN {label}-----");
                assert!(!contains(cert, begin.as_bytes()) && !contains(ca, begin.as_bytes()), "{begin} would go out");
            }
            let text_alone = skip_validation(&Request { origin: None, ..request }).expect("any origin is taken as it came");
            assert_eq!(format!("{text_alone:?}"), "UnvalidatedBundle { origin: None, .. }", "nothing of the inputs is shown");
        }
        Err(rejected) => assert!(rejected.report().errors().next().is_some(), "nothing is refused without a word"),
    }
}

fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(mark.len()).position(|window| window == mark) {
        parts.push(&rest[..at]);
        rest = &rest[at + mark.len()..];
    }
    parts.push(rest);
    parts
}
