//! Keys of every kind and container sign a handshake.

#![allow(clippy::unwrap_used, reason = "a test that fails here has found something")]

mod support;

use certflight_probe::{Acceptance, Identity, Target, Version, probe};
use certflight_validate::{Code, GatePolicy, Policy, Request, Role, Source, Timestamp, convert, validate};
use rustls::SignatureScheme;
use support::{Kit, OK, Origin, Word};

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap()
}

#[test]
fn a_key_of_every_kind_signs() {
    let kit = Kit::new();
    for (name, tls12, tls13) in [
        ("ok__p256-pkcs8", "ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256"),
        ("ok__p256-no-public-half", "ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256"),
        ("ok__p256-sec1", "ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256"),
        ("ok__p256-sec1-parameters", "ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256"),
        ("ok__p384-pkcs8", "ecdsa_secp384r1_sha384", "ecdsa_secp384r1_sha384"),
        ("ok__p384-sec1", "ecdsa_secp384r1_sha384", "ecdsa_secp384r1_sha384"),
        ("ok__ed25519-pkcs8", "ed25519", "ed25519"),
        ("ok__rsa2048-pkcs1", "rsa_pss_rsae_sha512", "rsa_pss_rsae_sha512"),
        ("ok__rsa2048-pkcs8", "rsa_pss_rsae_sha512", "rsa_pss_rsae_sha512"),
        ("ok__rsa3072-pkcs8", "rsa_pss_rsae_sha512", "rsa_pss_rsae_sha512"),
    ] {
        let origin = Origin::answering(kit.server(Some(Word::required())), OK);
        let fixture = certflight_fixtures::named(name);
        let (cert, key, ca) = (fixture.cert.unwrap(), fixture.key.unwrap(), fixture.ca.unwrap());
        let sources =
            [Source::new(Role::Cert, "cert", &cert), Source::new(Role::Key, "key", &key), Source::new(Role::Ca, "ca", &ca)];
        let url = origin.url();
        let bundle = validate(&Request { sources: &sources, origin: Some(&url) }, &GatePolicy::new(now())).unwrap();
        let probed = probe(&Target::new(&url).unwrap(), &Identity::of(&bundle), bundle.report(), now());
        assert_eq!(probed.acceptance, Acceptance::Accepted, "{name}: {:?}", probed.findings);
        let schemes = probed.attempts.iter().filter_map(|attempt| Some((attempt.version, attempt.signed_with?.to_string())));
        let expected = [(Version::Tls13, tls13.to_owned()), (Version::Tls12, tls12.to_owned())];
        assert_eq!(schemes.collect::<Vec<_>>(), expected, "{name}");
    }
}

/// What cannot sign, or is not there, is said, and the origin is looked at all the same.
#[test]
fn without_a_key_the_origin_is_looked_at() {
    let kit = Kit::new();
    let origin = Origin::answering(kit.server(Some(Word::optional())), OK);
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let (cert, key, ca) = (fixture.cert.unwrap(), fixture.key.unwrap(), fixture.ca.unwrap());
    let [cert, key, ca] =
        [Source::new(Role::Cert, "cert", &cert), Source::new(Role::Key, "key", &key), Source::new(Role::Ca, "ca", &ca)];
    let url = origin.url();
    for sources in [vec![cert, ca], vec![key, ca]] {
        let request = Request { sources: &sources, origin: Some(&url) };
        let converted = convert(&request, &Policy::new(now())).unwrap();
        let probed = probe(&Target::new(&url).unwrap(), &Identity::of_unsound(&converted), converted.report(), now());
        assert_eq!(probed.acceptance, Acceptance::Unknown);
        assert!(probed.findings.iter().any(|finding| finding.code == Code::ProbeNotPresented), "{:?}", probed.findings);
        assert!(probed.attempts.iter().all(|attempt| !attempt.with_certificate && attempt.requested.is_some()));
        assert_eq!(probed.attempts.len(), 2);
    }
}

/// A scheme that the key cannot make is not one that the certificate is presented with.
#[test]
fn a_key_that_the_origin_does_not_take_is_not_presented() {
    let kit = Kit::new();
    // The second is one that TLS 1.3 does not allow, and all that there is.
    for schemes in [vec![SignatureScheme::ED25519], vec![SignatureScheme::RSA_PKCS1_SHA256]] {
        let word = Word { schemes, ..Word::optional() };
        let origin = Origin::answering(kit.server(Some(word)), OK);
        let fixture = certflight_fixtures::named("ok__p256-pkcs8");
        let (cert, key, ca) = (fixture.cert.unwrap(), fixture.key.unwrap(), fixture.ca.unwrap());
        let sources =
            [Source::new(Role::Cert, "cert", &cert), Source::new(Role::Key, "key", &key), Source::new(Role::Ca, "ca", &ca)];
        let url = origin.url();
        let bundle = validate(&Request { sources: &sources, origin: Some(&url) }, &GatePolicy::new(now())).unwrap();
        let probed = probe(&Target::new(&url).unwrap(), &Identity::of(&bundle), bundle.report(), now());
        assert_eq!(probed.acceptance, Acceptance::Refused, "{probed:?}");
        assert!(probed.findings.iter().any(|finding| finding.code == Code::ProbeSchemeNotTaken), "{:?}", probed.findings);
        assert!(probed.attempts.iter().all(|attempt| attempt.signed_with.is_none()));
    }
}
