//! Bytes to objects: what each input holds, with the lines it stands on.

mod classify;
mod decode;
pub(crate) mod der;
mod diagnose;
pub(crate) mod frame;
mod leak;
mod scan;
mod sniff;

use crate::code::{Code, Severity};
use crate::finding::{Finding, Lines, Location, SourceId};
use crate::source::{MAX_CERTIFICATES, MAX_INPUT_BYTES, Request, Role, Source};
use classify::Sorted;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The DER of one certificate block.
pub(crate) struct CertificateBlock {
    pub(crate) der: Vec<u8>,
    pub(crate) at: Location,
}

/// Which structure a private key block says it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFormat {
    /// RFC 5958, `PRIVATE KEY`.
    Pkcs8,
    /// RFC 8017 appendix A.1.2, `RSA PRIVATE KEY`.
    Pkcs1,
    /// RFC 5915, `EC PRIVATE KEY`.
    Sec1,
}

impl KeyFormat {
    pub(crate) fn label(self) -> &'static str {
        match self {
            KeyFormat::Pkcs8 => "PRIVATE KEY",
            KeyFormat::Pkcs1 => "RSA PRIVATE KEY",
            KeyFormat::Sec1 => "EC PRIVATE KEY",
        }
    }
}

/// The DER of one private key block.
pub(crate) struct KeyBlock {
    pub(crate) format: KeyFormat,
    pub(crate) der: Zeroizing<Vec<u8>>,
    pub(crate) at: Location,
}

/// What the inputs hold.
#[derive(Default)]
pub(crate) struct Objects {
    pub(crate) cert: Vec<CertificateBlock>,
    pub(crate) key: Vec<KeyBlock>,
    pub(crate) ca: Vec<CertificateBlock>,
}

/// Makes the locations of one source.
struct Place(SourceId);

impl Place {
    fn of(position: usize, source: &Source<'_>) -> Self {
        Place(SourceId { role: source.role, position, name: Arc::from(source.name) })
    }

    fn role(&self) -> Role {
        self.0.role
    }

    fn whole(&self) -> Location {
        Location::Source(self.0.clone())
    }

    fn lines(&self, lines: Lines) -> Location {
        Location::Lines { source: self.0.clone(), lines }
    }

    fn object(&self, index: usize, lines: Lines) -> Location {
        Location::Object { source: self.0.clone(), index, lines }
    }
}

/// Reads every input. What cannot be read is a finding, and the others are read all the same.
pub(crate) fn read(request: &Request<'_>, findings: &mut Vec<Finding>) -> Objects {
    let mut objects = Objects::default();
    for (position, source) in request.sources.iter().enumerate() {
        source_objects(source, &Place::of(position, source), &mut objects, findings);
    }
    for (role, none, code, what) in [
        (Role::Cert, objects.cert.is_empty(), Code::CertificateMissing, "client certificate"),
        (Role::Key, objects.key.is_empty(), Code::KeyMissing, "private key"),
        (Role::Ca, objects.ca.is_empty(), Code::CaMissing, "CA certificate"),
    ] {
        // An error in the input itself says more than that nothing was found in it.
        let explained = findings.iter().any(|f| f.severity == Severity::Error && f.at.input() == Some(role));
        if none && !explained {
            let position = request.sources.iter().position(|source| source.role == role);
            let at = match position.and_then(|at| Some(Place::of(at, request.sources.get(at)?))) {
                Some(place) => place.whole(),
                None => Location::Missing(role),
            };
            findings.push(Finding::new(code, at, format!("there is no {what}")).help(format!("give it with --{role} FILE")));
        }
    }
    objects
}

/// The text of one role as it came, for an upload that is not validated: several sources of a role one after the other. A finding where it
/// cannot be sent: nothing there, too large, not text, or a private key where certificates belong.
pub(crate) fn as_it_came(request: &Request<'_>, role: Role, findings: &mut Vec<Finding>) -> Zeroizing<String> {
    let sources = || request.sources.iter().enumerate().filter(|(_, source)| source.role == role);
    let length = sources().map(|(_, source)| source.bytes.len() + 1).sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for (position, source) in sources() {
        let place = Place::of(position, source);
        if let Some(finding) = too_large(source, &place) {
            findings.push(finding);
        } else if role != Role::Key && leak::holds_private_key(source.bytes) {
            findings.push(diagnose::leaked(&place, place.whole()));
        } else if source.bytes.trim_ascii().is_empty() {
            findings.push(diagnose::no_block(source.bytes, &place));
        } else {
            match str::from_utf8(source.bytes) {
                Ok(part) => {
                    if !text.is_empty() && !text.ends_with('\n') {
                        text.push('\n');
                    }
                    text.push_str(part);
                }
                Err(_) => findings.push(
                    Finding::new(
                        Code::TextEncoding,
                        place.whole(),
                        "the input is no UTF-8 text, so it cannot be put into a request",
                    )
                    .raised()
                    .help("convert it to PEM first"),
                ),
            }
        }
    }
    if sources().next().is_none() {
        let code = match role {
            Role::Cert => Code::CertificateMissing,
            Role::Key => Code::KeyMissing,
            Role::Ca => Code::CaMissing,
        };
        let message = format!("there is no {role} input, which the API demands even when validation is skipped");
        findings.push(Finding::new(code, Location::Missing(role), message).help(format!("give it with --{role} FILE")));
    }
    text
}

fn too_large(source: &Source<'_>, place: &Place) -> Option<Finding> {
    (source.bytes.len() > MAX_INPUT_BYTES).then(|| {
        let message = format!("the input has more than {} MiB, so it is not what it should be", MAX_INPUT_BYTES / (1024 * 1024));
        Finding::new(Code::InputTooLarge, place.whole(), message).help("give the file that holds this certificate or key alone")
    })
}

/// The most findings that one source makes; what is more is counted. An input of megabytes can be wrong in every line.
const MAX_FINDINGS: usize = 50;

fn source_objects(source: &Source<'_>, place: &Place, objects: &mut Objects, findings: &mut Vec<Finding>) {
    let mut own = Vec::new();
    blocks(source, place, objects, &mut own);
    if own.len() > MAX_FINDINGS {
        own.sort_by_key(|finding| std::cmp::Reverse(finding.severity)); // stable: the worst, and of those the first
        let more = own.len() - MAX_FINDINGS;
        own.truncate(MAX_FINDINGS);
        if let Some(last) = own.pop() {
            own.push(last.note(format!("and {more} more findings in this input, not shown")));
        }
    }
    findings.append(&mut own);
}

fn blocks(source: &Source<'_>, place: &Place, objects: &mut Objects, findings: &mut Vec<Finding>) {
    if let Some(finding) = too_large(source, place) {
        findings.push(finding);
        return;
    }
    let bytes = match source.bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => {
            let lines = Lines { first: 1, last: 1 };
            let message = "the text begins with a byte order mark, which strict readers refuse; it is left out";
            findings.push(
                Finding::new(Code::TextEncoding, place.lines(lines), message)
                    .help("save the file as UTF-8 without a byte order mark"),
            );
            rest
        }
        None => source.bytes,
    };
    let blocks = scan::scan(bytes, place, findings);
    if blocks.is_empty() && findings.iter().all(|f| f.severity != Severity::Error) {
        findings.push(diagnose::no_block(bytes, place));
        return;
    }
    let mut certificates = 0;
    let mut keys = 0;
    for block in blocks {
        let Some(der) = decode::decode(&block.base64) else {
            let message = "the text between BEGIN and END is not whole base64: some of it is missing";
            let help = "copy the block again from its source";
            findings.push(Finding::new(Code::PemBadBase64, place.lines(block.lines), message).help(help));
            continue;
        };
        match classify::sort(&block, &der, place) {
            Sorted::Certificate(finding) => {
                certificates += 1;
                let at = place.object(certificates, block.lines);
                findings.extend(finding.map(|(code, message)| Finding::new(code, at.clone(), message)));
                let list = if place.role() == Role::Cert { &mut objects.cert } else { &mut objects.ca };
                list.push(CertificateBlock { der: classify::certificate_der(&block, der), at });
            }
            Sorted::Key(format) => {
                keys += 1;
                objects.key.push(KeyBlock { format, der, at: place.object(keys, block.lines) });
            }
            Sorted::Skipped => {}
            Sorted::Refused(finding) => findings.push(finding),
        }
    }
    if certificates > MAX_CERTIFICATES {
        let message = format!("the input holds {certificates} certificates; more than {MAX_CERTIFICATES} are not looked at");
        findings.push(Finding::new(Code::InputTooLarge, place.whole(), message).help("give only the certificates of this chain"));
        let position = place.0.position;
        objects.cert.retain(|block| source_position(&block.at) != Some(position));
        objects.ca.retain(|block| source_position(&block.at) != Some(position));
    }
}

fn source_position(at: &Location) -> Option<usize> {
    match at {
        Location::Object { source, .. } => Some(source.position),
        _ => None,
    }
}
