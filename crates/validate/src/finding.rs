//! What a check says.

use crate::code::{Code, Severity};
use crate::name::Name;
use crate::source::Role;
use crate::timestamp::Timestamp;
use std::cmp::Ordering;
use std::sync::Arc;

/// Lines of a source, counted from 1, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lines {
    /// The first line.
    pub first: u32,
    /// The last line.
    pub last: u32,
}

/// The source that a place lies in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId {
    /// Which input.
    pub role: Role,
    /// Its position among the request's sources.
    pub position: usize,
    /// Its name, as the caller gave it. Escape it before showing it.
    pub name: Arc<str>,
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A certificate.
    Certificate,
    /// A private key.
    PrivateKey,
}

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Location {
    /// A whole source.
    Source(SourceId),
    /// Lines of a source.
    Lines {
        /// The source.
        source: SourceId,
        /// The lines.
        lines: Lines,
    },
    /// A certificate or key of a source.
    Object {
        /// The source.
        source: SourceId,
        /// Which of the two.
        kind: ObjectKind,
        /// Which object of its kind it is in the source, counted from 1.
        index: usize,
        /// The lines it stands on; none where it came out of a binary file or a container.
        lines: Option<Lines>,
    },
    /// The origin.
    Origin,
    /// One of the three inputs that was not given at all.
    Missing(Role),
    /// The inputs together.
    Bundle,
}

impl Location {
    /// The same place, now that it is known what the source is used for.
    pub(crate) fn used_as(mut self, role: Role) -> Self {
        if let Location::Source(source) | Location::Lines { source, .. } | Location::Object { source, .. } = &mut self {
            source.role = role;
        }
        self
    }

    /// The source that it lies in.
    pub fn source(&self) -> Option<&SourceId> {
        match self {
            Location::Source(source) | Location::Lines { source, .. } | Location::Object { source, .. } => Some(source),
            Location::Missing(_) | Location::Origin | Location::Bundle => None,
        }
    }

    /// The input that it lies in.
    pub(crate) fn input(&self) -> Option<Role> {
        match self {
            Location::Missing(role) => Some(*role),
            _ => self.source().map(|source| source.role),
        }
    }

    /// How findings are ordered: by input, source and line, the origin and the whole last.
    fn rank(&self) -> (bool, Option<Role>, usize, u32) {
        let (position, line) = match self {
            Location::Source(source) => (source.position, 0),
            Location::Lines { source, lines } => (source.position, lines.first),
            Location::Object { source, lines, index, .. } => {
                (source.position, lines.map_or_else(|| u32::try_from(*index).unwrap_or(u32::MAX), |lines| lines.first))
            }
            Location::Origin | Location::Missing(_) => (0, 0),
            Location::Bundle => (1, 0),
        };
        (self.input().is_none(), self.input(), position, line)
    }
}

/// A remark beside a finding: a candidate that was refused, what the other side shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where, if it is about a place of its own.
    pub at: Option<Location>,
    /// What.
    pub text: String,
}

/// One thing that a check has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about. Stable.
    pub code: Code,
    /// How much it matters, the policy's levels applied.
    pub severity: Severity,
    /// Where. Stable.
    pub at: Location,
    /// What is wrong and why it matters, for people; foreign text in it is escaped. May change.
    pub message: String,
    /// What else there is to know.
    pub notes: Vec<Note>,
    /// How to mend it, the first the best.
    pub help: Vec<String>,
    /// What to run for that, or to see more, each a line for a POSIX shell with the names that the sources were given; foreign text in it is quoted. May change.
    pub commands: Vec<String>,
}

impl Finding {
    /// A finding with the severity of its code. `message` is for people: whoever makes it escapes what comes from outside.
    pub fn new(code: Code, at: Location, message: impl Into<String>) -> Self {
        Finding {
            code,
            severity: code.severity(),
            at,
            message: message.into(),
            notes: Vec::new(),
            help: Vec::new(),
            commands: Vec::new(),
        }
    }

    /// Errors first; then by place and code.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        (other.severity, self.at.rank(), self.code).cmp(&(self.severity, other.at.rank(), other.code))
    }

    /// For what could not be mended: an error, whatever the table says.
    pub(crate) fn raised(mut self) -> Self {
        self.severity = Severity::Error;
        self
    }

    /// The same with a remark.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note { at: None, text: text.into() });
        self
    }

    pub(crate) fn note_at(mut self, at: &Location, text: impl Into<String>) -> Self {
        self.notes.push(Note { at: Some(at.clone()), text: text.into() });
        self
    }

    /// The same with one more way to mend it, the best first.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    pub(crate) fn command(mut self, line: impl Into<String>) -> Self {
        self.commands.push(line.into());
        self
    }
}

/// What a certificate says of itself, for display. Foreign text is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateFacts {
    /// Where it stands.
    pub at: Location,
    /// The subject's name, RFC 4514 style.
    pub subject: String,
    /// The issuer's name.
    pub issuer: String,
    /// The subject's name, to be compared.
    pub subject_name: Name,
    /// The issuer's name, to be compared.
    pub issuer_name: Name,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// The first instant of validity.
    pub not_before: Timestamp,
    /// The last instant of validity.
    pub not_after: Timestamp,
    /// The public key's kind and size, as `RSA 2048 bit` or `P-256`.
    pub public_key: String,
    /// The algorithm that its issuer signed with.
    pub signature: String,
    /// SHA-256 of the DER, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of the subject public key info's DER, in hexadecimal.
    pub public_key_sha256: String,
    /// The subject alternative names.
    pub alternative_names: Vec<String>,
    /// Whether basicConstraints make it a CA.
    pub is_ca: bool,
    /// The bits of key usage, as `digitalSignature`; none where the extension is not there.
    pub key_usage: Vec<&'static str>,
    /// The purposes of extended key usage, as `clientAuth`, others in dotted form; none where the extension is not there.
    pub extended_key_usage: Vec<String>,
    /// The certificate policies in dotted form.
    pub policies: Vec<String>,
}

/// Where a certificate or key went that was given without saying what it is for ([`Role::Auto`]).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Placement {
    /// Where it was found.
    pub at: Location,
    /// What it is: the subject's name, the kind of the key. Foreign text is escaped.
    pub what: String,
    /// What it is used as. A trust anchor that is no root stands in two; what is left out in none.
    pub used_as: Vec<Role>,
    /// Why it is left out.
    pub left_out: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_stand_by_severity_then_place_then_code() {
        let source = |role, position| SourceId { role, position, name: "file".into() };
        let object = |role, index, first: Option<u32>| Location::Object {
            source: source(role, 1),
            kind: ObjectKind::Certificate,
            index,
            lines: first.map(|first| Lines { first, last: first }),
        };
        let lines = |position, first| Location::Lines { source: source(Role::Cert, position), lines: Lines { first, last: 9 } };
        // As they have to stand.
        let places = [
            Location::Source(source(Role::Cert, 1)),
            object(Role::Cert, 1, None),
            object(Role::Cert, 2, None),
            lines(1, 3),
            object(Role::Cert, 1, Some(4)),
            lines(2, 1),
            Location::Missing(Role::Key),
            object(Role::Ca, 1, None),
            Location::Origin,
            Location::Bundle,
        ];
        let errors = places.iter().map(|at| Finding::new(Code::KeyMismatch, at.clone(), ""));
        let mut expected: Vec<Finding> = errors.collect();
        expected.push(Finding::new(Code::KeyWeak, Location::Bundle, ""));
        expected.last_mut().unwrap().severity = Severity::Warning;
        let mut sorted: Vec<Finding> = expected.iter().rev().cloned().collect();
        sorted.sort_by(Finding::order);
        let shown = |list: &[Finding]| list.iter().map(|finding| format!("{:?}", finding.at)).collect::<Vec<_>>();
        assert_eq!(shown(&sorted), shown(&expected));
    }

    #[test]
    fn a_place_knows_its_input() {
        let source = SourceId { role: Role::Ca, position: 0, name: "file".into() };
        assert_eq!(Location::Source(source).input(), Some(Role::Ca));
        assert_eq!(Location::Missing(Role::Key).input(), Some(Role::Key));
        assert_eq!((Location::Origin.input(), Location::Bundle.input()), (None, None));
    }
}
