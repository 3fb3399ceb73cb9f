//! The gate, and the one way round it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_fixtures::Fixture;
use certflight_validate::{
    Code, Finding, GatePolicy, Location, Policy, Request, Role, Severity, Source, Timestamp, Verdict, convert, skip_validation,
    validate,
};

fn with_request<T>(fixture: &Fixture, run: impl FnOnce(&Request<'_>) -> T) -> T {
    let sources: Vec<Source<'_>> = [(Role::Cert, &fixture.cert), (Role::Key, &fixture.key), (Role::Ca, &fixture.ca)]
        .into_iter()
        .filter_map(|(role, bytes)| Some(Source::new(role, role.name(), bytes.as_deref()?)))
        .collect();
    run(&Request { sources: &sources, origin: fixture.expect.origin.as_deref() })
}

#[test]
fn the_gate_can_be_made_stricter() {
    let gate = GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    let fixture = certflight_fixtures::named("chain-order__intermediate-first");
    assert!(with_request(&fixture, |request| validate(request, &gate)).is_ok());
    let rejected = with_request(&fixture, |request| validate(request, &gate.deny(Code::ChainOrder))).unwrap_err();
    assert_eq!(rejected.to_string(), "rejected: chain-order");
}

#[test]
fn the_key_goes_out_in_the_container_it_came_in() {
    let gate = GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    for (name, label) in [
        ("ok__p256-sec1-parameters", "EC PRIVATE KEY"),
        ("ok__rsa2048-pkcs1", "RSA PRIVATE KEY"),
        ("ok__ed25519-pkcs8", "PRIVATE KEY"),
    ] {
        let bundle = with_request(&certflight_fixtures::named(name), |request| validate(request, &gate)).unwrap();
        let key = bundle.key_pem();
        assert!(key.expose().starts_with(&format!("-----BEGIN {label}-----\n")), "{name}");
        assert_eq!(key.expose().matches("BEGIN").count(), 1, "{name}: one block, no parameters beside it");
    }
}

#[test]
fn skipped_inputs_go_out_as_they_came() {
    let mut taken = 0;
    for fixture in certflight_fixtures::all() {
        let (Some(cert), Some(key), Some(ca)) = (&fixture.cert, &fixture.key, &fixture.ca) else { continue };
        let Ok(bundle) = with_request(&fixture, skip_validation) else { continue };
        taken += 1;
        assert_eq!(bundle.certificate_text().as_bytes(), cert, "{}", fixture.name);
        assert_eq!(bundle.key_text().expose().as_bytes(), key, "{}", fixture.name);
        assert_eq!(bundle.ca_text().as_bytes(), ca, "{}", fixture.name);
        assert_eq!(bundle.origin(), fixture.expect.origin.as_deref());
    }
    assert!(taken > 100, "only {taken} were taken");
}

#[test]
fn skipping_sends_nothing_empty_and_no_binary() {
    for name in ["input-empty__cert", "key-missing__none", "ca-missing__none", "der-input__cert", "container-input__pkcs12"] {
        assert!(with_request(&certflight_fixtures::named(name), skip_validation).is_err(), "{name}");
    }
}

#[test]
fn a_private_key_among_certificates_is_refused_even_when_skipping() {
    let sound = certflight_fixtures::named("ok__p256-pkcs8");
    let key = String::from_utf8(sound.key.clone().unwrap()).unwrap();
    let cert = String::from_utf8(sound.cert.clone().unwrap()).unwrap();
    let disguises = [
        key.clone(),
        format!("{cert}{key}"),
        key.replace('\n', "\\n"),
        key.replace('\n', "\r"),
        key.replace("PRIVATE KEY", "CERTIFICATE"),
        format!("{cert}{}", key.replace("-----", "----").replace("PRIVATE KEY", "SECRET")),
        key.lines().filter(|line| !line.starts_with("---")).collect::<String>(),
        // What only the label says, and what only the structure: PKCS#8 of an algorithm that nobody knows.
        "-----BEGIN SOMETHING WITH A VERY LONG NAME PRIVATE KEY-----\nAAAA\n-----END SOMETHING WITH A VERY LONG NAME PRIVATE KEY-----\n".to_owned(),
        "-----BEGIN CERTIFICATE-----\nMAwCAQAwAwYBKgQCAAA=\n-----END CERTIFICATE-----\n".to_owned(),
    ];
    for disguise in disguises {
        for role in [Role::Cert, Role::Ca] {
            let mut bundle = certflight_fixtures::named("ok__p256-pkcs8");
            let field = if role == Role::Cert { &mut bundle.cert } else { &mut bundle.ca };
            *field = Some(disguise.clone().into_bytes());
            let rejected = with_request(&bundle, skip_validation).unwrap_err();
            let codes: Vec<Code> = rejected.report().errors().map(|finding| finding.code).collect();
            assert_eq!(codes, [Code::KeyInCertificateInput], "{role}: {disguise:?}");
        }
    }
}

#[test]
fn a_password_in_an_origin_is_not_shown() {
    let gate = GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    for origin in
        ["https://me:hunter2@api.example.com", "https://me:hunter2@api.example.com:99999", "me:hunter2@api", "ftp://me:hunter2@*"]
    {
        let rejected = validate(&Request { sources: &[], origin: Some(origin) }, &gate).unwrap_err();
        assert!(!format!("{:?}", rejected.report()).contains("hunter2"), "{origin}");
    }
}

#[test]
fn a_label_with_a_part_of_the_key_in_it_is_not_shown() {
    let gate = GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let key = String::from_utf8(fixture.key.unwrap()).unwrap();
    let line = key.lines().nth(1).unwrap();
    for broken in [
        key.replace("KEY-----", &format!("KEY {}-----", &line[..32])),
        key.replace("PRIVATE KEY", &line[..40]),
        key.replace('\n', ""),
    ] {
        let sources = [Source::new(Role::Key, "key", broken.as_bytes())];
        let rejected = validate(&Request { sources: &sources, origin: None }, &gate).unwrap_err();
        assert!(!format!("{:?}", rejected.report()).contains(&line[..20]), "{broken}");
    }
}

#[test]
fn nothing_that_holds_a_key_prints_it() {
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let gate = GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    let key = String::from_utf8(fixture.key.clone().unwrap()).unwrap();
    let secret = key.lines().nth(1).unwrap();
    assert!(secret.len() > 40);
    with_request(&fixture, |request| {
        for shown in [
            format!("{request:?}"),
            format!("{:?}", validate(request, &gate).unwrap()),
            format!("{:?}", validate(request, &gate).unwrap().key_pem()),
            format!("{:?}", skip_validation(request).unwrap()),
        ] {
            assert!(!shown.contains(secret), "{shown}");
        }
    });
}

/// What is there comes out as it went in, what is missing does not; of nothing at all, and of what cannot be read, nothing is made.
#[test]
fn what_is_converted_need_not_be_complete() {
    let policy = Policy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    let whole = certflight_fixtures::named("ok__p256-pkcs8");
    for given in 0..8 {
        let only = |part: u8, text: &Option<Vec<u8>>| text.clone().filter(|_| given & part != 0);
        let mut fixture = whole.clone();
        (fixture.cert, fixture.key, fixture.ca) = (only(1, &whole.cert), only(2, &whole.key), only(4, &whole.ca));
        let converted = with_request(&fixture, |request| convert(request, &policy));
        if given == 0 {
            assert!(converted.is_err());
            continue;
        }
        let converted = converted.unwrap();
        assert_eq!(converted.certificate_pem().map(String::into_bytes), fixture.cert, "{given}");
        assert_eq!(converted.key_pem().map(|text| text.expose().as_bytes().to_vec()), fixture.key, "{given}");
        assert_eq!(converted.ca_pem().map(String::into_bytes), fixture.ca, "{given}");
        assert_eq!(converted.report().verdict() == Verdict::Pass, given == 7);
    }
    for unreadable in ["pem-bad-base64__character", "key-malformed__truncated", "certificate-malformed__tag"] {
        assert!(
            with_request(&certflight_fixtures::named(unreadable), |request| convert(request, &policy)).is_err(),
            "{unreadable}"
        );
    }
}

#[test]
fn conversion_puts_the_leaf_first_with_a_path_and_without() {
    let policy = Policy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    let mut fixture = certflight_fixtures::named("chain-order__intermediate-first");
    let order = |fixture: &Fixture| with_request(fixture, |request| convert(request, &policy)).unwrap().certificate_pem().unwrap();
    let with_path = order(&fixture);
    assert_ne!(with_path.as_bytes(), fixture.cert.as_deref().unwrap());
    fixture.ca = None;
    assert_eq!(order(&fixture), with_path);
}

#[test]
fn conversion_says_what_it_changed_and_nothing_else() {
    let policy = Policy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    for (name, expected) in
        [("ok__p256-pkcs8", &[][..]), ("pem-indented__yaml", &[Code::PemIndented]), ("key-mismatch__other-key", &[])]
    {
        let mut fixture = certflight_fixtures::named(name);
        fixture.expect.origin = None;
        let converted = with_request(&fixture, |request| convert(request, &policy)).unwrap();
        assert!(converted.report().findings().iter().any(|finding| finding.code == Code::OriginMissing));
        let changes: Vec<Code> = converted.changes().map(|finding| finding.code).collect();
        assert_eq!(changes, expected, "{name}");
    }
}

#[test]
fn a_passed_bundle_has_the_origin_as_it_is_sent() {
    let gate = GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    let mut fixture = certflight_fixtures::named("ok__p256-pkcs8");
    for (given, expected) in [(Some("https://API.example.com/"), Some("https://api.example.com")), (None, None)] {
        fixture.expect.origin = given.map(str::to_owned);
        assert_eq!(with_request(&fixture, |request| validate(request, &gate)).unwrap().origin(), expected);
    }
}

/// For who looks for the reason; the path itself is shown already.
#[test]
fn a_path_that_does_not_verify_is_reported_with_what_stands_beside_it() {
    let policy = Policy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    let beside = |name| -> Vec<String> {
        let report = with_request(&certflight_fixtures::named(name), |request| certflight_validate::check(request, &policy));
        report.others().iter().map(|facts| facts.subject.clone()).collect()
    };
    assert_eq!(beside("chain-missing-issuer__unrelated-ca"), ["CN=Unrelated Root CA"]);
    assert_eq!(beside("ca-unused__unrelated-root"), [""; 0]);
}

#[test]
fn a_report_says_what_was_proved_and_when() {
    let at = Timestamp::parse_rfc3339("2026-06-01T00:00:00.75Z").unwrap();
    let report = |name: &str| {
        let fixture = certflight_fixtures::named(name);
        with_request(&fixture, |request| certflight_validate::check(request, &Policy::new(at)))
    };
    let sound = report("ok__p256-pkcs8");
    assert_eq!(sound.checked_at(), Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT));
    assert_eq!(sound.leaf().unwrap().subject, "CN=client.example.com");
    for (name, anchored, paired) in [
        ("ok__p256-pkcs8", true, Some(true)),
        ("key-mismatch__other-key", true, Some(false)),
        ("key-missing__none", true, None),
        ("chain-missing-issuer__unrelated-ca", false, Some(true)),
        ("certificate-missing__none", false, None),
    ] {
        let report = report(name);
        assert_eq!((report.chain_is_anchored(), report.key_is_of_leaf()), (anchored, paired), "{name}");
    }
}

#[test]
fn another_key_is_described_by_what_it_is() {
    let policy = Policy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    for (name, part, note) in [
        ("key-mismatch__other-key", "has another P-256 key", None),
        ("key-mismatch__other-curve", "has a key of another kind (P-256)", None),
        ("key-mismatch__fits-issuer", "has another P-256 key", Some("the key fits this certificate, “CN=Example Issuing CA”")),
    ] {
        let report = with_request(&certflight_fixtures::named(name), |request| certflight_validate::check(request, &policy));
        let finding = report.errors().find(|finding| finding.code == Code::KeyMismatch).unwrap();
        assert!(finding.message.ends_with(part), "{}", finding.message);
        let notes: Vec<&str> = finding.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(notes, [Some("the leaf"), note].into_iter().flatten().collect::<Vec<_>>());
    }
}

#[test]
fn a_wrong_order_is_said_of_the_certificate_file() {
    let policy = Policy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    for (name, part) in [
        ("chain-order__intermediate-first", "is not the first certificate"),
        ("chain-order__intermediates-swapped", "do not follow in the order of the path"),
    ] {
        let report = with_request(&certflight_fixtures::named(name), |request| certflight_validate::check(request, &policy));
        let finding = report.findings().iter().find(|finding| finding.code == Code::ChainOrder).unwrap();
        assert!(finding.message.contains(part), "{}", finding.message);
        assert_eq!(finding.at.source().map(|source| source.role), Some(Role::Cert));
    }
}

#[test]
fn of_several_certificate_files_the_first_is_the_one_to_order() {
    let fixture = certflight_fixtures::named("chain-order__intermediate-first");
    let (cert, ca) = (String::from_utf8(fixture.cert.unwrap()).unwrap(), fixture.ca.unwrap());
    let second = cert.rfind("-----BEGIN").unwrap();
    let sources =
        [(Role::Cert, "one", &cert.as_bytes()[..second]), (Role::Cert, "two", &cert.as_bytes()[second..]), (Role::Ca, "ca", &ca)]
            .map(|(role, name, bytes)| Source::new(role, name, bytes));
    let policy = Policy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap());
    let report = certflight_validate::check(&Request { sources: &sources, origin: None }, &policy);
    let finding = report.findings().iter().find(|finding| finding.code == Code::ChainOrder).unwrap();
    assert_eq!(finding.at.source().map(|source| &*source.name), Some("one"));
}

/// What a probe finds is added later, and the same levels hold for it.
#[test]
fn what_is_found_elsewhere_counts_by_the_same_levels() {
    let at = Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap();
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    for (gate, verdict, severity) in [
        (GatePolicy::new(at), Verdict::Pass, Severity::Info),
        (GatePolicy::new(at).deny(Code::RootInCert), Verdict::Fail, Severity::Error),
    ] {
        let policy = Policy::from(gate);
        let report = with_request(&fixture, |request| certflight_validate::check(request, &policy));
        let before = report.findings().len();
        let report = report.with(vec![Finding::new(Code::RootInCert, Location::Origin, "seen")], &policy);
        assert_eq!((report.verdict(), report.findings().len()), (verdict, before + 1));
        let added = report.findings().iter().find(|finding| finding.code == Code::RootInCert).unwrap();
        assert_eq!(added.severity, severity);
    }
}

/// The gate's demands come to the levels that were set before, and win where both set one.
#[test]
fn levels_of_both_policies_hold() {
    let at = Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap();
    let mut fixture = certflight_fixtures::named("root-in-cert__last");
    fixture.expect.origin = None;
    let gate = GatePolicy::new(at).deny(Code::RootInCert);
    let policy = Policy::new(at).warn(Code::OriginMissing).allow(Code::RootInCert).gate(gate);
    let report = with_request(&fixture, |request| certflight_validate::check(request, &policy));
    let of = |code| report.findings().iter().find(|finding| finding.code == code).map(|finding| finding.severity);
    assert_eq!((of(Code::OriginMissing), of(Code::RootInCert)), (Some(Severity::Warning), Some(Severity::Error)));
}
