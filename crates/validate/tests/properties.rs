//! Properties of the verdict, over bundles made while the tests run.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{Code, Policy, Request, Severity, Verdict};
use pki::{bundle, check, pem, validate};
use proptest::prelude::*;
use std::sync::LazyLock;

/// Algorithms from the root to the leaf.
fn algorithms() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0..3_usize, 2..5)
}

/// Where the private number lies in PKCS#8: after `version 1` in an EC key (RFC 5915), in the doubled OCTET STRING of Ed25519 (RFC 8410).
fn private_number(der: &[u8]) -> std::ops::Range<usize> {
    let find = |start: &[u8]| der.windows(start.len()).position(|window| window == start).map(|at| at + start.len());
    let length = find(&[0x02, 0x01, 0x01, 0x04]).or_else(|| find(&[0x04, 0x22, 0x04])).unwrap();
    length + 1..length + 1 + usize::from(der[length])
}

/// Three certificates in the chain, made once: flipping bits needs no new keys.
static BUNDLES: LazyLock<Vec<pki::Bundle>> = LazyLock::new(|| (0..3).map(|algorithm| bundle(&[algorithm; 4])).collect());

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_bundle_built_sound_passes(algorithms in algorithms(), order in any::<u64>(), crlf in any::<bool>()) {
        let made = bundle(&algorithms);
        let expected = pem(&made.sent);
        // In any order, with either line ending: what goes out is leaf first.
        let mut shuffled: Vec<_> = made.sent.iter().collect();
        shuffled.rotate_left(usize::try_from(order % 8).unwrap() % made.sent.len());
        let mut cert = pem(shuffled);
        if crlf {
            cert = cert.replace('\n', "\r\n");
        }
        let passed = validate(cert.as_bytes(), made.key.as_bytes(), pem([&made.root]).as_bytes());
        let passed = passed.map_err(|rejected| TestCaseError::fail(format!("{:?}", rejected.report())))?;
        prop_assert_eq!(passed.certificate_pem(), expected);
        prop_assert!(passed.report().chain_is_anchored());
        prop_assert_eq!(passed.report().chain().len(), algorithms.len());
    }

    #[test]
    fn a_key_fits_no_other_certificate(algorithms in algorithms(), other in 0..3_usize) {
        let made = bundle(&algorithms);
        let report = check(pem(&made.sent).as_bytes(), pki::key(other).serialize_pem().as_bytes(), pem([&made.root]).as_bytes());
        let errors: Vec<Code> = report.errors().map(|finding| finding.code).collect();
        prop_assert_eq!(errors, [Code::KeyMismatch]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is signed, the signature, and the tags, lengths and algorithm around them, which nobody signs.
    #[test]
    fn any_bit_changed_in_a_certificate_fails(
        which in 0..3_usize, certificate in 0..3_usize, place in any::<proptest::sample::Index>(), bit in 0..8_u32,
    ) {
        let made = &BUNDLES[which];
        let mut sent = made.sent.clone();
        let at = place.index(sent[certificate].len());
        sent[certificate][at] ^= 1 << bit;
        let report = check(pem(&sent).as_bytes(), made.key.as_bytes(), pem([&made.root]).as_bytes());
        prop_assert_eq!(report.verdict(), Verdict::Fail, "certificate {} byte {} bit {}", certificate, at, bit);
    }

    #[test]
    fn any_bit_changed_in_the_private_number_fails(which in 0..3_usize, place in any::<proptest::sample::Index>(), bit in 0..8_u32) {
        let made = &BUNDLES[which];
        let (label, mut der) = pem_rfc7468::decode_vec(made.key.as_bytes()).unwrap();
        let number = private_number(&der);
        let at = number.start + place.index(number.len());
        der[at] ^= 1 << bit;
        let key = pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, &der).unwrap();
        let report = check(pem(&made.sent).as_bytes(), key.as_bytes(), pem([&made.root]).as_bytes());
        prop_assert_eq!(report.verdict(), Verdict::Fail, "byte {} bit {}", at, bit);
    }

    #[test]
    fn origins_survive_parse_and_print(host in "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\\.[a-z]{2,8}){1,3}", port in proptest::option::of(1..=65535_u16)) {
        let text = match port {
            Some(port) => format!("https://{host}:{port}"),
            None => format!("https://{host}"),
        };
        // A name may look like IDNA and not be it ("xn--"), or like an address ("1.2"); those are refused, never changed.
        if let Some(origin) = origin(&text) {
            prop_assert_eq!(&origin, text.strip_suffix(":443").unwrap_or(&text));
            prop_assert_eq!(self::origin(&origin), Some(origin.clone()));
        } else {
            prop_assert!(host.contains("--") , "{}", text);
        }
    }

    #[test]
    fn whatever_is_read_as_an_origin_is_read_again(text in "(https?|HTTPS)://[ -~é漢]{0,24}") {
        if let Some(once) = origin(&text) {
            prop_assert_eq!(origin(&once), Some(once.clone()));
            prop_assert!(once.starts_with("https://") && !once.contains(['@', '?', '#', '*', ' ']) && !once[8..].contains('/'), "{}", once);
        }
    }

    #[test]
    fn reading_never_panics_and_lines_lie_inside(bytes in noise()) {
        let last = bytes.split(|b| matches!(b, b'\n' | b'\r')).count();
        let report = check(&bytes, &bytes, &bytes);
        prop_assert_eq!(report.verdict(), Verdict::Fail);
        for finding in report.findings() {
            if let certflight_validate::Location::Lines { lines, .. } | certflight_validate::Location::Object { lines: Some(lines), .. } = &finding.at {
                prop_assert!(lines.first >= 1 && lines.first <= lines.last && lines.last as usize <= last, "{:?} of {}", lines, last);
            }
        }
    }
}

/// Bytes with the pieces of PEM among them, so that the scanner is reached.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        Just(b"-----BEGIN CERTIFICATE-----".to_vec()),
        Just(b"-----END CERTIFICATE-----".to_vec()),
        Just(b"-----BEGIN PRIVATE KEY-----".to_vec()),
        Just(b"-----END PRIVATE KEY-----".to_vec()),
        Just(b"Proc-Type: 4,ENCRYPTED".to_vec()),
        Just(b"MIIBBgIBADALBgkqhkiG9w0BAQEEgfMwgfAC".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
    ];
    proptest::collection::vec(pieces, 0..16).prop_map(|pieces| pieces.concat())
}

/// The canonical form, where the text is an origin.
fn origin(text: &str) -> Option<String> {
    let report = certflight_validate::check(&Request { sources: &[], origin: Some(text) }, &Policy::from(pki::policy()));
    let wrong = report.errors().any(|finding| finding.at == certflight_validate::Location::Origin);
    assert_ne!(wrong, report.origin().is_some(), "{text}: refused without a word, or taken with an error");
    assert!(report.findings().iter().all(|finding| finding.severity != Severity::Info || finding.code != Code::OriginMissing));
    report.origin().map(str::to_owned)
}
