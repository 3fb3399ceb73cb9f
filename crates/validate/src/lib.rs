//! Checks a client certificate, its private key and its CA before they are uploaded for mutual TLS.

mod algorithm;
mod bundle;
mod certificate;
mod chain;
mod check;
mod code;
mod finding;
mod gate;
mod key;
mod name;
mod origin;
mod pem;
mod policy;
mod public_key;
mod read;
mod secret;
mod source;
mod text;
mod timestamp;

pub use code::{Code, Severity, UnknownCode};
pub use finding::{CertificateFacts, Finding, Lines, Location, Note, Report, SourceId, Verdict};
pub use gate::{Rejected, UnvalidatedBundle, ValidatedBundle, check, skip_validation, validate};
pub use policy::{CaRole, DEFAULT_MAX_DEPTH, GatePolicy, Policy, Purpose};
pub use secret::SecretText;
pub use source::{MAX_CERTIFICATES, MAX_INPUT_BYTES, Request, Role, Source};
pub use text::Escaped;
pub use timestamp::Timestamp;
