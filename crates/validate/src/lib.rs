//! Checks a client certificate, its private key and its CA before they are uploaded for mutual TLS.
//!
//! Bytes and a time go in, findings come out; nothing here opens a file, reads a clock or prints.
//!
//! ```
//! use certflight_validate::{GatePolicy, Request, Role, Source, validate};
//! use std::time::SystemTime;
//!
//! fn gate(cert: &[u8], key: &[u8], ca: &[u8]) -> Result<String, String> {
//!     let sources = [
//!         Source::new(Role::Cert, "client.pem", cert),
//!         Source::new(Role::Key, "client.key", key),
//!         Source::new(Role::Ca, "ca.pem", ca),
//!     ];
//!     let request = Request { sources: &sources, origin: Some("https://api.example.com") };
//!     match validate(&request, &GatePolicy::new(SystemTime::now().into())) {
//!         Ok(bundle) => Ok(bundle.certificate_pem()),
//!         Err(rejected) => Err(rejected.report().findings().iter().map(|f| format!("{}: {}\n", f.code, f.message)).collect()),
//!     }
//! }
//! # let fixture = certflight_fixtures::named("ok__p256-pkcs8");
//! # let (cert, key, ca) = (fixture.cert.unwrap(), fixture.key.unwrap(), fixture.ca.unwrap());
//! # assert!(gate(&cert, &key, &ca).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
//! # assert!(gate(&cert, &ca, &ca).unwrap_err().contains("certificate-in-key-input"));
//! ```
//!
//! The pipeline, each step using only what stands before it: `code` and `source` say what there is to say and what is given; `read` turns bytes
//! into blocks with their lines; `certificate`, `key` and `origin` read one object each and own its DER; `input` does so for all that is given; `sort` and `bundle` say which object is what; `check`
//! asks each of them its questions; `chain` searches the path to a trust anchor; `rotation` compares the leaf with the certificate that it replaces; `cure` adds
//! the commands; `gate` decides.
//!
//! A [`Source`] of [`Role::Auto`] is sorted by what it holds. Containers and encrypted keys are opened elsewhere: [`inspect`] finds them, and
//! [`Source::opened`] takes what was in them; the crate `certflight-import` opens the common kinds. [`convert`] gives clean PEM of what need not be sound.
//! A source of [`Role::Replaces`] is the certificate now in use: the findings `rotation-…` say what the new one changes.
//!
//! # What is checked of a path, and what is not
//!
//! The whole of RFC 5280 section 6.1 but revocation: signatures, names, validity, basicConstraints with path length, keyUsage, name constraints,
//! certificate policies, critical extensions, and extendedKeyUsage along the path. The repository's `docs/path-validation.md` has every rule and
//! every departure with its clause. The departures that matter most:
//!
//! - The trust anchor's own validity, constraints and usages count, as they do in OpenSSL; RFC 5280 section 6.1 takes only its name and key.
//! - A trust anchor may be an intermediate.
//! - An authorityKeyIdentifier that names another certificate rules an issuer out, as it does in OpenSSL ([`Code::ChainKeyIdentifier`]).
//! - What OpenSSL refuses of critical extensions, Netscape's certificate type and host names in common names is refused here.
//! - A wildcard is excluded by a name constraint on a name that it can stand for.
//!
//! Revocation is not checked, nor the policy qualifiers, and no host name is matched.

mod algorithm;
mod bundle;
mod certificate;
mod chain;
mod check;
mod code;
mod cure;
mod extensions;
mod finding;
mod fleet;
mod gate;
mod general_name;
mod input;
mod key;
mod name;
mod origin;
mod pem;
mod policy;
mod policy_id;
mod public_key;
mod read;
mod report;
mod rotation;
mod sealed;
mod secret;
mod sort;
mod source;
#[cfg(feature = "harness")]
mod stages;
mod text;
mod timestamp;

pub use code::{Code, Severity, UnknownCode};
pub use finding::{CertificateFacts, Finding, Lines, Location, Note, ObjectKind, Placement, SourceId};
pub use fleet::Fleet;
pub use gate::{Converted, Rejected, UnvalidatedBundle, ValidatedBundle, check, convert, skip_validation, validate};
pub use name::Name;
pub use policy::{CaRole, DEFAULT_MAX_DEPTH, GatePolicy, Policy, Purpose};
pub use policy_id::{NotAPolicyId, PolicyId};
pub use read::{ExcerptLine, Inspection, excerpt, inspect};
pub use report::{Report, Verdict};
pub use sealed::{Object, Opened, Sealed, SealedKind};
pub use secret::{SecretBytes, SecretText, on_clean_stack};
pub use source::{MAX_ALL_BYTES, MAX_ALL_CERTIFICATES, MAX_CERTIFICATES, MAX_INPUT_BYTES, Request, Role, Source};
pub use text::Escaped;
pub use timestamp::Timestamp;

/// Steps inside the pipeline, for a harness that holds them against other readers. They are no part of the interface and may change with any version.
#[cfg(feature = "harness")]
pub mod harness {
    pub use crate::read::blocks::{Block, Scanned, scan_text};
    pub use crate::stages::{Stage, up_to};
}

/// The examples of the page for library users compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/library.md")]
struct Library;
