//! What holds of the verdict on any request.

use crate::sound::{fixture, pem};
use certflight_validate::{
    Code, GatePolicy, Location, Policy, Rejected, Report, Request, Role, Source, Timestamp, ValidatedBundle, Verdict, check,
};

/// The three inputs.
pub(crate) fn sources<'a>(cert: &'a [u8], key: &'a [u8], ca: &'a [u8]) -> [Source<'a>; 3] {
    [(Role::Cert, cert), (Role::Key, key), (Role::Ca, ca)].map(|(role, bytes)| source(role, bytes))
}

/// One input.
pub(crate) fn source(role: Role, bytes: &[u8]) -> Source<'_> {
    Source::new(role, role.name(), bytes)
}

/// An instant at which the fixtures and what is made here are valid.
pub(crate) const NOW: &str = "2026-06-01T00:00:00Z";

/// The gate at that instant.
pub(crate) fn gate() -> GatePolicy {
    GatePolicy::new(Timestamp::parse_rfc3339(NOW).expect("an instant in RFC 3339"))
}

/// A check at that instant.
pub(crate) fn report(cert: &[u8], key: &[u8], ca: &[u8]) -> Report {
    check(&Request { sources: &sources(cert, key, ca), origin: None }, &gate().into())
}

/// Validates, and asserts what holds of any request: a second look says the same and gate and check agree, every place lies inside its input,
/// nothing of the key is said, and what passes comes out clean: given back, it passes unchanged, with nothing left to mend.
pub(crate) fn validate(request: &Request<'_>) -> Result<ValidatedBundle, Rejected> {
    validate_with(request, &gate())
}

/// The same with a gate of another policy.
pub(crate) fn validate_with(request: &Request<'_>, gate: &GatePolicy) -> Result<ValidatedBundle, Rejected> {
    let checked = check(request, &gate.clone().into());
    let result = certflight_validate::validate(request, gate);
    let (report, shown) = match &result {
        Ok(bundle) => (bundle.report(), format!("{bundle:?}")),
        Err(rejected) => (rejected.report(), format!("{rejected:?} {rejected}")),
    };
    assert_eq!(format!("{checked:?}"), format!("{report:?}"), "check and gate, or two runs, differ");
    assert_eq!(report.verdict() == Verdict::Pass, result.is_ok());
    assert_eq!(report.errors().next().is_none(), result.is_ok(), "nothing is refused without a word");
    places_lie_inside(report, request.sources);
    for source in request.sources.iter().filter(|source| source.role == Role::Key) {
        says_nothing_of(source.bytes, &shown, request);
    }
    if let Ok(bundle) = &result {
        comes_out_clean(bundle, gate);
    }
    result
}

fn places_lie_inside(report: &Report, sources: &[Source<'_>]) {
    let findings = report.findings().iter();
    let places = findings.flat_map(|finding| finding.notes.iter().filter_map(|note| note.at.as_ref()).chain([&finding.at]));
    for place in places.chain(report.leaf().iter().map(|leaf| &leaf.at)).chain(report.chain().iter().map(|facts| &facts.at)) {
        if let Location::Lines { source, lines } | Location::Object { source, lines: Some(lines), .. } = place {
            let count = line_count(sources[source.position].bytes);
            let given = sources[source.position].role;
            assert!(source.role == given || given == Role::Auto, "{place:?}");
            assert!(1 <= lines.first && lines.first <= lines.last && lines.last as usize <= count, "{place:?} of {count} lines");
        }
    }
}

/// Lines end in LF, CR LF or CR; the last one may lack its end.
pub(crate) fn line_count(bytes: &[u8]) -> usize {
    let next = bytes.iter().skip(1).map(Some).chain([None]);
    let ends = bytes.iter().zip(next).filter(|&(byte, next)| *byte == b'\n' || *byte == b'\r' && next != Some(&b'\n')).count();
    ends + usize::from(!matches!(bytes.last(), None | Some(b'\n' | b'\r')))
}

/// The least number of base64 characters that count as a part of the key: 18 bytes.
const PART: usize = 24;

/// No part of the key input that looks like base64 is in what is shown, unless it is there without the key input too.
fn says_nothing_of(key: &[u8], shown: &str, request: &Request<'_>) {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    for part in key.split(|byte| !base64(byte)).flat_map(|run| run.chunks_exact(PART)) {
        let part = std::str::from_utf8(part).expect("base64 is ASCII");
        if shown.contains(part) {
            let others: Vec<Source<'_>> = request.sources.iter().filter(|source| source.role != Role::Key).copied().collect();
            let without = format!("{:?}", check(&Request { sources: &others, ..*request }, &gate().into()));
            let is_code = Code::ALL.iter().any(|code| format!("{code:?}").contains(part));
            assert!(is_code || without.contains(part), "a part of the key is shown");
        }
    }
}

fn comes_out_clean(bundle: &ValidatedBundle, gate: &GatePolicy) {
    let (cert, key, ca) = (bundle.certificate_pem(), bundle.key_pem(), bundle.ca_pem());
    let sources = sources(cert.as_bytes(), key.expose().as_bytes(), ca.as_bytes());
    let again = certflight_validate::validate(&Request { sources: &sources, origin: bundle.origin() }, gate)
        .expect("what passed passes again");
    assert!(again.certificate_pem() == cert && again.key_pem().expose() == key.expose() && again.ca_pem() == ca);
    assert_eq!(again.origin(), bundle.origin());
    let left = again.report().findings().iter().find(|finding| finding.code.is_change());
    assert!(left.is_none(), "not mended: {left:?}");
}

/// Converts, and asserts what holds of any request: what comes out is read again as the same, with nothing left to mend. The certificates of the
/// certificate input, the DER of the key, the certificates of the CA input; `None` where the inputs cannot be read.
pub(crate) fn convert(request: &Request<'_>) -> Option<[Vec<Vec<u8>>; 3]> {
    let policy = Policy::from(gate());
    let converted = certflight_validate::convert(request, &policy).ok()?;
    let (cert, key, ca) = (converted.certificate_pem(), converted.key_pem(), converted.ca_pem());
    let mut again = Vec::new();
    for (role, text) in
        [(Role::Cert, cert.as_deref()), (Role::Key, key.as_ref().map(|key| key.expose())), (Role::Ca, ca.as_deref())]
    {
        again.extend(text.map(|text| source(role, text.as_bytes())));
    }
    let second =
        certflight_validate::convert(&Request { sources: &again, origin: None }, &policy).expect("what was written is read");
    let (second_key, second_ca) = (second.key_pem(), second.ca_pem());
    assert!(second_key.as_ref().map(|key| key.expose()) == key.as_ref().map(|key| key.expose()) && second_ca == ca);
    // Which one is the leaf may not be told twice where there is no path; the same certificates they are.
    let certificates = |text: Option<String>| text.map(|text| fixture(text.as_bytes())).unwrap_or_default();
    let (first_list, second_list) = (certificates(cert), certificates(second.certificate_pem()));
    assert_eq!(first_list, second_list, "mended twice, it is another chain");
    assert_eq!(second.changes().map(|finding| finding.code).find(|code| *code != Code::ChainOrder), None, "not mended at once");
    let key = key.map(|key| pem_rfc7468::decode_vec(key.expose().as_bytes()).expect("it was just written").1);
    Some([first_list, key.into_iter().collect(), certificates(ca)])
}

/// Certificates as one text.
pub(crate) fn certificates<'a>(ders: impl IntoIterator<Item = &'a Vec<u8>>) -> String {
    ders.into_iter().map(|der| pem("CERTIFICATE", der)).collect()
}
