//! Where a rule turns: the last value on one side, the first on the other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{Code, GatePolicy, Policy, Report, Request, Role, Severity, Source, Timestamp};
use pki::{bundle, pem};
use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

fn check(made: &pki::Bundle, gate: GatePolicy) -> Report {
    let (cert, ca) = (pem(&made.sent), pem([&made.root]));
    let sources = [(Role::Cert, cert.as_str()), (Role::Key, made.key.as_str()), (Role::Ca, ca.as_str())]
        .map(|(role, text)| Source::new(role, role.name(), text.as_bytes()));
    certflight_validate::check(&Request { sources: &sources, origin: None }, &Policy::from(gate))
}

/// What is said of validity, and how loud; of every certificate the same.
fn dates(made: &pki::Bundle, at: &str, min_validity: Option<u64>) -> Option<(Code, Severity)> {
    let gate = GatePolicy::new(Timestamp::parse_rfc3339(at).unwrap());
    let gate = min_validity.into_iter().fold(gate, |gate, seconds| gate.min_validity(Duration::from_secs(seconds)));
    let about = [Code::CertificateExpired, Code::CertificateNotYetValid, Code::CertificateExpiresSoon];
    let report = check(made, gate);
    let said: Vec<_> = report.findings().iter().filter(|finding| about.contains(&finding.code)).collect();
    assert!(said.is_empty() || said.len() == report.chain().len(), "{said:?}");
    said.first().map(|finding| (finding.code, finding.severity))
}

/// Both ends belong to the validity (RFC 5280 section 4.1.2.5); what is asked beyond it is reached at the instant itself.
#[test]
fn validity_includes_both_ends() {
    let made = bundle(&[0, 0]); // from 2024-01-01 to 2049-12-31, at midnight
    let early = Some((Code::CertificateNotYetValid, Severity::Error));
    let expired = Some((Code::CertificateExpired, Severity::Error));
    let soon = Some((Code::CertificateExpiresSoon, Severity::Warning));
    let too_soon = Some((Code::CertificateExpiresSoon, Severity::Error));
    for (at, min_validity, expected) in [
        ("2023-12-31T23:59:59Z", None, early),
        ("2024-01-01T00:00:00Z", None, None),
        ("2049-12-01T00:00:00Z", None, None), // 30 days before
        ("2049-12-01T00:00:01Z", None, soon),
        ("2049-12-31T00:00:00Z", None, soon),
        ("2049-12-31T00:00:00.5Z", None, soon), // it has no finer end than a second
        ("2049-12-31T00:00:01Z", None, expired),
        ("2049-11-21T00:00:00Z", Some(40 * DAY), None),
        ("2049-11-21T00:00:01Z", Some(40 * DAY), too_soon),
        ("2049-12-26T00:00:00Z", Some(5 * DAY), soon),
        ("2049-12-26T00:00:01Z", Some(5 * DAY), too_soon),
    ] {
        assert_eq!(dates(&made, at, min_validity), expected, "{at}, {min_validity:?}");
    }
}
