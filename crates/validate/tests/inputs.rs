//! What is read before anything is checked: containers that were opened, and files that are no input at all.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_validate::{
    Code, GatePolicy, Location, Object, Opened, Policy, Report, Request, Role, SecretBytes, Source, Timestamp, Verdict, inspect,
    skip_validation,
};

fn check(sources: &[Source<'_>]) -> Report {
    let gate = GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    certflight_validate::check(&Request { sources, origin: Some("https://api.example.com") }, &Policy::from(gate))
}

fn der(pem: &[u8]) -> Vec<u8> {
    pem_rfc7468::decode_vec(pem).unwrap().1
}

/// What a file begins with that is sealed; what was in it comes beside it.
const PKCS12: &[u8] = &[0x30, 0x80, 0x02, 0x01, 0x03, 0x30];

fn opened<'a>(role: Role, objects: &'a [Opened]) -> Source<'a> {
    Source { opened: objects, ..Source::new(role, "bundle.p12", PKCS12) }
}

/// Each flag takes its part of the container, a file without a flag all of it; the finding counts what was there.
#[test]
fn what_was_in_a_container_goes_where_it_was_asked_for() {
    let fixture = certflight_fixtures::named("ok__direct-root");
    let (cert, ca) = (der(&fixture.cert.unwrap()), der(&fixture.ca.unwrap()));
    for (name, label) in
        [("ok__p256-pkcs8", "PRIVATE KEY"), ("ok__p256-sec1", "EC PRIVATE KEY"), ("ok__rsa2048-pkcs1", "RSA PRIVATE KEY")]
    {
        let key = certflight_fixtures::named(name).key.unwrap();
        assert!(String::from_utf8_lossy(&key).contains(label));
        let contents = [Opened::Objects(vec![
            Object::Certificate(cert.clone()),
            Object::Certificate(ca.clone()),
            Object::PrivateKey(SecretBytes::new(der(&key))),
        ])];
        let report = check(&[opened(Role::Key, &contents)]);
        let codes: Vec<Code> = report.errors().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::CertificateMissing, Code::CaMissing], "{name}: only the key");
        let report = check(&[opened(Role::Cert, &contents)]);
        let codes: Vec<Code> = report.errors().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::KeyMissing, Code::CaMissing], "only the certificates");
        let said: Vec<&str> =
            report.findings().iter().filter(|f| f.code == Code::ContainerOpened).map(|f| f.message.as_str()).collect();
        assert_eq!(said, ["a PKCS#12 container was opened; it holds 2 certificates and 1 private key"]);
    }
    let key = certflight_fixtures::named("ok__direct-root").key.unwrap();
    let contents = [Opened::Objects(vec![
        Object::Certificate(cert),
        Object::Certificate(ca),
        Object::PrivateKey(SecretBytes::new(der(&key))),
    ])];
    assert_eq!(check(&[opened(Role::Auto, &contents)]).verdict(), Verdict::Pass);
    let nothing = [Opened::Objects(Vec::new())];
    let report = check(&[opened(Role::Auto, &nothing)]);
    assert!(report.findings().iter().any(|finding| finding.message.ends_with("it holds no certificate and no private key")));
}

#[test]
fn an_opened_key_is_said_to_go_out_in_the_clear() {
    let fixture = certflight_fixtures::named("key-encrypted__pkcs8");
    let key = certflight_fixtures::named("ok__p256-pkcs8").key.unwrap();
    let contents = [Opened::Objects(vec![Object::PrivateKey(SecretBytes::new(der(&key)))])];
    let source = Source { opened: &contents, ..Source::new(Role::Key, "key.pem", fixture.key.as_deref().unwrap()) };
    let report = check(&[source]);
    let opened = report.findings().iter().find(|finding| finding.code == Code::ContainerOpened).unwrap();
    assert!(opened.message.contains("it goes out in the clear"), "{}", opened.message);
}

/// A folder has other files too. What is sound or broken is recognised; what has nothing of keys and certificates is not.
#[test]
fn files_that_have_nothing_to_do_with_it_are_told() {
    let recognised = |bytes: &[u8]| inspect(&Source::new(Role::Auto, "file", bytes)).recognised;
    assert!(recognised(&certflight_fixtures::named("ok__p256-pkcs8").cert.unwrap()));
    assert!(recognised(PKCS12));
    assert!(recognised(b"-----BEGIN CERTIFICATE-----\nMIIB\n"));
    assert!(recognised(b"some text\n-----BEGIN CERTIFICATE\nMIIB\n"), "half a BEGIN has its line");
    for other in [&b"# Notes\n\nNothing here.\n"[..], b"", b"/etc/ssl/client.pem"] {
        assert!(!recognised(other), "{}", String::from_utf8_lossy(other));
    }
}

/// One after the other, each on lines of its own.
#[test]
fn sources_of_one_role_go_out_together_unchecked() {
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let (cert, key, ca) = (fixture.cert.unwrap(), fixture.key.unwrap(), fixture.ca.unwrap());
    let without_end = cert.trim_ascii_end();
    let sources = [(Role::Cert, without_end), (Role::Cert, &cert[..]), (Role::Cert, &ca), (Role::Key, &key), (Role::Ca, &ca)]
        .map(|(role, bytes)| Source::new(role, "file", bytes));
    let bundle = skip_validation(&Request { sources: &sources, origin: None }).unwrap();
    assert_eq!(bundle.certificate_text().as_bytes(), [&cert[..], &cert, &ca].concat());
}

/// A file of DER may hold several structures; what is none belongs to the one before it, which is then malformed.
#[test]
fn what_follows_a_structure_and_is_none_makes_it_malformed() {
    let cert = der(&certflight_fixtures::named("ok__direct-root").cert.unwrap());
    let codes = |bytes: &[u8]| -> Vec<Code> {
        let report = check(&[Source::new(Role::Cert, "cert.der", bytes)]);
        let about = [Code::CertificateMalformed, Code::DuplicateCertificate];
        report.findings().iter().map(|finding| finding.code).filter(|code| about.contains(code)).collect()
    };
    assert_eq!(codes(&cert), []);
    assert_eq!(codes(&[&cert[..], b"\n"].concat()), []);
    assert_eq!(codes(&[&cert[..], &cert].concat()), [Code::DuplicateCertificate]);
    assert_eq!(codes(&[&cert[..], b"junk"].concat()), [Code::CertificateMalformed]);
}

#[test]
fn places_and_repeats_are_counted() {
    let key = certflight_fixtures::named("ok__p256-pkcs8").key.unwrap();
    let report = check(&[Source::new(Role::Key, "key", &[&key[..], &key].concat())]);
    let doubled = report.findings().iter().find(|finding| finding.code == Code::DuplicateKey).unwrap();
    assert!(matches!(doubled.at, Location::Object { index: 2, .. }), "{doubled:?}");
    for (name, said) in [("base64-of-pem__file", false), ("base64-of-pem__twice", true)] {
        let fixture = certflight_fixtures::named(name);
        let inputs = [(Role::Cert, &fixture.cert), (Role::Key, &fixture.key), (Role::Ca, &fixture.ca)];
        let sources: Vec<Source<'_>> =
            inputs.into_iter().filter_map(|(role, bytes)| Some(Source::new(role, "file", bytes.as_deref()?))).collect();
        let report = check(&sources);
        let finding = report.findings().iter().find(|finding| finding.code == Code::Base64OfPem).unwrap();
        assert_eq!(finding.message.contains("encoded 2 times"), said, "{}", finding.message);
    }
}
