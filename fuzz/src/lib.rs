//! What the targets share: a sound bundle, requests, and the properties that hold of every report.

use certflight_validate::{
    GatePolicy, Location, Policy, Rejected, Report, Request, Role, Source, Timestamp, ValidatedBundle, Verdict,
};

/// A sound bundle.
pub const CERT: &[u8] = include_bytes!("../../fixtures/data/ok__p256-pkcs8/cert.pem");
/// The key of its leaf.
pub const KEY: &[u8] = include_bytes!("../../fixtures/data/ok__p256-pkcs8/key.pem");
/// Its root.
pub const CA: &[u8] = include_bytes!("../../fixtures/data/ok__p256-pkcs8/ca.pem");

/// The gate at an instant at which the fixtures are valid.
pub fn policy() -> GatePolicy {
    GatePolicy::new(Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").expect("an instant in RFC 3339"))
}

/// Validates, and asserts what holds of any inputs: check and gate agree, every place lies inside its input, and what passes comes out
/// clean and passes again as it is.
pub fn validate(cert: &[u8], key: &[u8], ca: &[u8], origin: Option<&str>) -> Result<ValidatedBundle, Rejected> {
    let sources =
        [(Role::Cert, cert), (Role::Key, key), (Role::Ca, ca)].map(|(role, bytes)| Source { role, name: role.name(), bytes });
    let request = Request { sources: &sources, origin };
    let checked = certflight_validate::check(&request, &Policy::from(policy()));
    let result = certflight_validate::validate(&request, &policy());
    let report = match &result {
        Ok(bundle) => bundle.report(),
        Err(rejected) => rejected.report(),
    };
    assert_eq!(checked.findings(), report.findings());
    assert_eq!(checked.verdict() == Verdict::Pass, result.is_ok());
    assert_eq!(result.is_err(), report.errors().next().is_some(), "nothing is refused without a word");
    places_lie_inside(report, &sources);
    shows_no_key(report, key);
    if let Ok(bundle) = &result {
        comes_out_clean(bundle);
    }
    result
}

fn places_lie_inside(report: &Report, sources: &[Source<'_>]) {
    let places =
        report.findings().iter().flat_map(|finding| finding.notes.iter().filter_map(|note| note.at.as_ref()).chain([&finding.at]));
    for place in places {
        if let Location::Lines { source, lines } | Location::Object { source, lines, .. } = place {
            let bytes = sources[source.position].bytes;
            // CR LF counts twice here, which only makes the bound wider.
            let most = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).count();
            assert!(1 <= lines.first && lines.first <= lines.last && lines.last as usize <= most, "{place:?} of {most}");
        }
    }
}

/// No line of the key input that looks like base64 is in anything that is said.
fn shows_no_key(report: &Report, key: &[u8]) {
    let said = format!("{:?}", report.findings());
    for line in key.split(|byte| !byte.is_ascii_alphanumeric() && !b"+/=".contains(byte)).filter(|line| line.len() >= 32) {
        let line = std::str::from_utf8(line).expect("base64 is ASCII");
        assert!(!said.contains(line));
    }
}

fn comes_out_clean(bundle: &ValidatedBundle) {
    let (cert, key, ca) = (bundle.certificate_pem(), bundle.key_pem(), bundle.ca_pem());
    let sources = [(Role::Cert, cert.as_bytes()), (Role::Key, key.expose().as_bytes()), (Role::Ca, ca.as_bytes())]
        .map(|(role, bytes)| Source { role, name: role.name(), bytes });
    let again = certflight_validate::validate(&Request { sources: &sources, origin: bundle.origin() }, &policy())
        .expect("what passed passes again");
    assert!(again.certificate_pem() == cert && again.key_pem().expose() == key.expose() && again.ca_pem() == ca);
    assert_eq!(again.origin(), bundle.origin());
}

/// Bytes as one PEM block.
pub fn pem(label: &str, der: &[u8]) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).expect("the label is sound")
}
