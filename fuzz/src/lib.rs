//! What the targets share: sound bundles, and the properties that hold of every request.

#![allow(clippy::indexing_slicing, reason = "an index out of bounds is a finding of the fuzzer, in the library or here")]

use certflight_validate::{
    Code, GatePolicy, Location, Rejected, Report, Request, Role, Source, Timestamp, ValidatedBundle, Verdict, check,
};

/// A sound bundle, in PEM.
pub struct Sound {
    /// The leaf and its intermediate.
    pub cert: &'static [u8],
    /// The key of the leaf.
    pub key: &'static [u8],
    /// The root.
    pub ca: &'static [u8],
}

macro_rules! sound {
    ($name:literal) => {
        Sound {
            cert: include_bytes!(concat!("../../fixtures/data/", $name, "/cert.pem")),
            key: include_bytes!(concat!("../../fixtures/data/", $name, "/key.pem")),
            ca: include_bytes!(concat!("../../fixtures/data/", $name, "/ca.pem")),
        }
    };
}

/// The bundle around an input that is not about keys: the arithmetic of Ed25519 is in assembly, which runs at full speed in a fuzzer.
pub const ED25519: Sound = sound!("ok__ed25519-pkcs8");
/// A bundle with keys on P-256.
pub const P256: Sound = sound!("ok__p256-pkcs8");
/// A bundle with RSA keys.
pub const RSA: Sound = sound!("ok__rsa2048-pkcs8");

/// The three inputs.
pub fn sources<'a>(cert: &'a [u8], key: &'a [u8], ca: &'a [u8]) -> [Source<'a>; 3] {
    [(Role::Cert, cert), (Role::Key, key), (Role::Ca, ca)].map(|(role, bytes)| source(role, bytes))
}

/// One input.
pub fn source(role: Role, bytes: &[u8]) -> Source<'_> {
    Source::new(role, role.name(), bytes)
}

/// The gate at an instant at which the fixtures are valid.
fn policy() -> GatePolicy {
    GatePolicy::new(Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").expect("an instant in RFC 3339"))
}

/// Validates, and asserts what holds of any request: a second look says the same and gate and check agree, every place lies inside its input,
/// nothing of the key is said, and what passes comes out clean: given back, it passes unchanged, with nothing left to mend.
pub fn validate(request: &Request<'_>) -> Result<ValidatedBundle, Rejected> {
    let checked = check(request, &policy().into());
    let result = certflight_validate::validate(request, &policy());
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
        comes_out_clean(bundle);
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
fn line_count(bytes: &[u8]) -> usize {
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
            let without = format!("{:?}", check(&Request { sources: &others, ..*request }, &policy().into()));
            let is_code = Code::ALL.iter().any(|code| format!("{code:?}").contains(part));
            assert!(is_code || without.contains(part), "a part of the key is shown");
        }
    }
}

fn comes_out_clean(bundle: &ValidatedBundle) {
    let (cert, key, ca) = (bundle.certificate_pem(), bundle.key_pem(), bundle.ca_pem());
    let sources = sources(cert.as_bytes(), key.expose().as_bytes(), ca.as_bytes());
    let again = certflight_validate::validate(&Request { sources: &sources, origin: bundle.origin() }, &policy())
        .expect("what passed passes again");
    assert!(again.certificate_pem() == cert && again.key_pem().expose() == key.expose() && again.ca_pem() == ca);
    assert_eq!(again.origin(), bundle.origin());
    let left = again.report().findings().iter().find(|finding| finding.code.is_change());
    assert!(left.is_none(), "not mended: {left:?}");
}

/// Bytes as one PEM block.
pub fn pem(label: &str, der: &[u8]) -> String {
    pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).expect("the label is sound")
}

/// The content of the PEM blocks of a fixture.
pub fn blocks(text: &[u8]) -> Vec<Vec<u8>> {
    let text = std::str::from_utf8(text).expect("the fixture is ASCII");
    let decode = |block: &str| pem_rfc7468::decode_vec(block.as_bytes()).expect("the fixture is PEM").1;
    text.split_inclusive("-----END CERTIFICATE-----\n").map(decode).collect()
}

/// The `length` bytes after the first occurrence of `mark`.
pub fn after<'a>(bytes: &'a [u8], mark: &[u8], length: usize) -> &'a [u8] {
    let at = bytes.windows(mark.len()).position(|window| window == mark).expect("the fixture has this mark") + mark.len();
    &bytes[at..at + length]
}

/// Whether `part` is in `bytes`.
pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
