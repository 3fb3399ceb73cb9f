//! A case of a suite, ready to be run, and what can go wrong while it is read.

use certflight_validate::{Escaped, GatePolicy, Purpose};
use ring::digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// One case: the inputs of a check and what is expected of it.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) class: String,
    /// The leaf, then the intermediates, in PEM.
    pub(crate) cert: String,
    /// The leaf's private key in PEM; published with the suite, so it is no secret.
    pub(crate) key: Option<String>,
    /// The trust anchors in PEM, if there are any.
    pub(crate) ca: Option<String>,
    /// The SHA-256 of the leaf's DER, in lower-case hexadecimal.
    pub(crate) leaf: String,
    pub(crate) purpose: Purpose,
    /// The demands of default mode.
    pub(crate) gate: GatePolicy,
    pub(crate) expected: Vec<(Mode, Expected)>,
    /// Why it cannot be judged, if it cannot.
    pub(crate) unjudged: Option<&'static str>,
    /// Whether it uses an algorithm that the library may be unable to verify.
    pub(crate) needs_algorithm: bool,
    /// The longest that a run may take, for cases that are about that.
    pub(crate) limit: Option<Duration>,
}

#[cfg(test)]
impl Case {
    /// A case without inputs, for tests that are about something else.
    pub(crate) fn blank() -> Self {
        Case {
            id: "id".into(),
            class: "class".into(),
            cert: String::new(),
            key: None,
            ca: None,
            leaf: String::new(),
            purpose: Purpose::Any,
            gate: GatePolicy::new(std::time::SystemTime::UNIX_EPOCH.into()),
            expected: Vec::new(),
            unjudged: None,
            needs_algorithm: false,
            limit: None,
        }
    }
}

/// How strictly a case is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Default,
    /// [`GatePolicy::strict`].
    Strict,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Mode::Default => "default",
            Mode::Strict => "strict",
        })
    }
}

/// What is expected of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expected {
    Accept,
    Reject,
    /// Passes or does not, but says something of the defect.
    Finding,
    /// Anything but a panic.
    Either,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Expected::Accept => "accept",
            Expected::Reject => "reject",
            Expected::Finding => "finding",
            Expected::Either => "either",
        })
    }
}

/// A file that cannot be read or understood: where, and why.
#[derive(Debug)]
pub(crate) struct Unreadable(pub(crate) String);

impl Unreadable {
    pub(crate) fn new(path: &Path, why: impl fmt::Display) -> Self {
        Unreadable(format!("{}: {why}", Escaped(&path.to_string_lossy())))
    }

    /// About one case of a file.
    pub(crate) fn case(path: &Path, id: &str, why: impl fmt::Display) -> Self {
        Self::new(path, format_args!("case {}: {why}", Escaped(id)))
    }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    fs::read(path).map_err(|error| Unreadable::new(path, format_args!("cannot be read, check the path: {error}")))
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Unreadable> {
    serde_json::from_slice(&read(path)?)
        .map_err(|error| Unreadable::new(path, format_args!("is not in the suite's format (docs/conformance.md): {error}")))
}

/// The SHA-256 in lower-case hexadecimal, as `CertificateFacts::sha256` has it.
pub(crate) fn fingerprint(der: &[u8]) -> String {
    digest::digest(&digest::SHA256, der).as_ref().iter().fold(String::with_capacity(64), |mut out, byte| {
        let _ = write!(out, "{byte:02x}"); // writing to a String does not fail
        out
    })
}
