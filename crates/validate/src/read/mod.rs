//! Bytes to objects: what each input holds, with the lines it stands on.

#[cfg(feature = "harness")]
pub(crate) mod blocks;
mod body;
mod boundary;
mod classify;
mod decode;
pub(crate) mod der;
mod diagnose;
mod excerpt;
mod findings;
pub(crate) mod frame;
mod layers;
mod leak;
mod reader;
mod scan;
mod sniff;
mod wrapper;

use crate::code::Code;
use crate::finding::{Finding, Lines, Location, ObjectKind, SourceId};
use crate::sealed::Sealed;
use crate::secret::on_clean_stack;
use crate::source::{MAX_INPUT_BYTES, MIB, Request, Role, Source};
pub use excerpt::{ExcerptLine, excerpt};
use reader::Reader;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The DER of one certificate block, as far as its label says so: until it is read, it may be a torn key.
pub(crate) struct CertificateBlock {
    pub(crate) der: Zeroizing<Vec<u8>>,
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

/// What a source holds, each block where it was found.
pub(crate) struct Objects {
    pub(crate) certificates: Vec<CertificateBlock>,
    pub(crate) keys: Vec<KeyBlock>,
    pub(crate) findings: Vec<Finding>,
}

/// What [`inspect`] says of a source.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// Its containers and encrypted keys, in their order: what has to be opened before the source can be read whole.
    pub sealed: Vec<Sealed>,
    /// Whether there is anything in it that has to do with certificates or keys, sound or not. A file of a folder that has nothing of these need not be
    /// given to a check.
    pub recognised: bool,
}

/// Looks at a source without checking it: what is sealed in it, and whether it is one at all.
pub fn inspect(source: &Source<'_>) -> Inspection {
    let (sealed, findings) = on_clean_stack(|| {
        let mut reader = Reader::new(source, Place::of(0, source));
        reader.read(source.bytes);
        let Reader { sealed, findings, .. } = reader;
        (sealed, findings)
    });
    // Of a line that has half a BEGIN in it the same is said, with its place.
    let nothing = |finding: &Finding| {
        matches!(finding.at, Location::Source(_))
            && matches!(finding.code, Code::PemNotFound | Code::InputEmpty | Code::PathAsContent | Code::InputTooLarge)
    };
    Inspection { recognised: !findings.iter().any(nothing), sealed }
}

/// Makes the locations of one source.
#[derive(Clone)]
struct Place {
    source: SourceId,
    /// The lines that are counted are the source's own: nothing was decoded in between.
    has_lines: bool,
}

impl Place {
    fn of(position: usize, source: &Source<'_>) -> Self {
        Place { source: SourceId { role: source.role, position, name: Arc::from(source.name) }, has_lines: true }
    }

    fn role(&self) -> Role {
        self.source.role
    }

    fn whole(&self) -> Location {
        Location::Source(self.source.clone())
    }

    fn lines(&self, lines: Lines) -> Location {
        if self.has_lines { Location::Lines { source: self.source.clone(), lines } } else { self.whole() }
    }

    fn object(&self, kind: ObjectKind, index: usize, lines: Option<Lines>) -> Location {
        Location::Object { source: self.source.clone(), kind, index, lines: lines.filter(|_| self.has_lines) }
    }
}

/// The place of a whole source.
pub(crate) fn whole(position: usize, source: &Source<'_>) -> Location {
    Place::of(position, source).whole()
}

/// What one source holds. What cannot be read is a finding, and the rest is read all the same.
pub(crate) fn source(position: usize, source: &Source<'_>) -> Objects {
    let mut reader = Reader::new(source, Place::of(position, source));
    reader.read(source.bytes);
    let Reader { certificates, keys, findings, .. } = reader;
    Objects { certificates, keys, findings: findings.into_shown() }
}

/// How many blocks a source's text has, as far as lines tell.
#[cfg(feature = "harness")]
pub(crate) fn framed(position: usize, source: &Source<'_>) -> usize {
    scan::scan(source.bytes, &Place::of(position, source), &mut findings::Findings::default()).len()
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
        } else if role != Role::Key && leaks(source, &place) {
            findings.push(diagnose::leaked(role, place.whole()));
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
            Role::Key => Code::KeyMissing,
            Role::Ca => Code::CaMissing,
            Role::Cert | Role::Auto | Role::Replaces => Code::CertificateMissing,
        };
        let message = format!("there is no {role} input, which the API demands even when validation is skipped");
        findings.push(Finding::new(code, Location::Missing(role), message).help(format!("give it with --{role} FILE")));
    }
    text
}

/// What a check finds, and what it need not look for: it sends nothing but certificates that were read.
fn leaks(source: &Source<'_>, place: &Place) -> bool {
    let mut reader = Reader::new(source, place.clone());
    reader.read(source.bytes);
    reader.leaks() || leak::holds_private_key(source.bytes)
}

fn too_large(source: &Source<'_>, place: &Place) -> Option<Finding> {
    (source.bytes.len() > MAX_INPUT_BYTES).then(|| {
        let message = format!("the input has more than {} MiB, so it is not what it should be", MAX_INPUT_BYTES / MIB);
        Finding::new(Code::InputTooLarge, place.whole(), message).help("give the file that holds this certificate or key alone")
    })
}
