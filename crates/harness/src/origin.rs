//! Origins: what is read prints in a form that is read as the same, with nothing left to say; what is not is an error.

use crate::verdict::validate;
use certflight_validate::{Code, Location, Report, Request, Severity};

/// Any text; bytes that are none are passed over, as nobody can give them.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let first = report(text);
    let refused = about_origin(&first).any(|(_, severity)| severity == Severity::Error);
    let Some(origin) = first.origin() else { return assert!(refused, "an origin is left out without a word") };
    assert!(!refused, "an origin is refused and used");
    let rest = origin.strip_prefix("https://").expect("the scheme is https");
    assert!(rest.is_ascii() && !rest.is_empty() && !rest.contains(['/', '?', '#', '@', '*', '\\', ' ', '%']), "{origin}");
    let again = report(origin);
    assert_eq!(again.origin(), Some(origin));
    // That a host is private cannot be mended.
    assert!(about_origin(&again).all(|(code, _)| code == Code::OriginPrivateHost), "{origin}: {:?}", again.findings());
}

/// What is said without any other input, which is all that takes time.
fn report(origin: &str) -> Report {
    validate(&Request { sources: &[], origin: Some(origin) }).expect_err("there is no certificate").report().clone()
}

fn about_origin(report: &Report) -> impl Iterator<Item = (Code, Severity)> {
    report.findings().iter().filter(|finding| finding.at == Location::Origin).map(|finding| (finding.code, finding.severity))
}
