#![no_main]
//! Whole bundles: the input is split at lines of `====` into certificate, key, CA and origin.

use certflight_fuzz::validate;
use certflight_validate::{Request, Role, Source, skip_validation};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = split(bytes, b"\n====\n").into_iter();
    let mut part = || parts.next().unwrap_or_default();
    let (cert, key, ca, origin) = (part(), part(), part(), std::str::from_utf8(part()).ok());
    let _ = validate(cert, key, ca, origin);
    let sources =
        [(Role::Cert, cert), (Role::Key, key), (Role::Ca, ca)].map(|(role, bytes)| Source { role, name: role.name(), bytes });
    if let Ok(skipped) = skip_validation(&Request { sources: &sources, origin }) {
        assert!(skipped.certificate_text().as_bytes() == cert && skipped.ca_text().as_bytes() == ca);
        for text in [skipped.certificate_text(), skipped.ca_text()] {
            assert!(!text.contains("PRIVATE KEY-----"), "a private key would go out as a certificate");
        }
    }
});

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
