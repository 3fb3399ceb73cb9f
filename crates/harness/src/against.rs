//! Certflight's reading beside another one, over the same bytes.
//!
//! Each function takes a reader as a closure, runs both, and says where they differ; whether a difference is a defect, and whose, is for the caller to say. The
//! targets of this crate hold certflight against rustls-pki-types and rustls-webpki by the same functions.
//!
//! ```
//! use certflight_harness::against::{self, Block};
//!
//! // A reader that forgets what follows the first block.
//! fn mine(text: &[u8]) -> Vec<Block> {
//!     let text = String::from_utf8_lossy(text);
//!     let end = text.find("-----END ").and_then(|at| text[at..].find('\n').map(|line| at + line + 1)).unwrap_or(text.len());
//!     match pem_rfc7468::decode_vec(text[..end].as_bytes()) {
//!         Ok((label, der)) => vec![Block { label: label.to_owned(), der }],
//!         Err(_) => Vec::new(),
//!     }
//! }
//!
//! let two = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n".repeat(2);
//! let compared = against::pem(two.as_bytes(), mine);
//! assert_eq!((compared.only_theirs.len(), compared.only_ours.len()), (0, 1));
//! ```

use crate::verdict::{NOW, certificates, report};
use certflight_validate::harness::scan_text;
use certflight_validate::{Code, Severity, Timestamp};

/// A PEM block as a reader gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The label, as `CERTIFICATE`.
    pub label: String,
    /// What its base64 stands for.
    pub der: Vec<u8>,
}

/// Two readings of one text.
#[derive(Debug)]
pub struct ComparedPem {
    /// What certflight does not read, or not in this order.
    pub only_theirs: Vec<Block>,
    /// What the other reader does not read, or not in this order.
    pub only_ours: Vec<Block>,
    /// How many places certflight refuses with an error of their own.
    pub refused: usize,
}

/// Reads a text with certflight's scanner and with `theirs`. The scanner looks for PEM in plain text alone: what the library does about byte order marks,
/// UTF-16 and base64 around a text comes before it.
pub fn pem(text: &[u8], theirs: impl FnOnce(&[u8]) -> Vec<Block>) -> ComparedPem {
    let scanned = scan_text(text);
    let ours = scanned.blocks.into_iter().map(|block| Block { label: block.label, der: block.der.expose().to_vec() });
    let mut only_ours: Vec<Block> = ours.collect();
    let mut only_theirs = Vec::new();
    let mut from = 0;
    for block in theirs(text) {
        match only_ours[from..].iter().position(|ours| *ours == block) {
            Some(at) => {
                from += at;
                only_ours.remove(from);
            }
            None => only_theirs.push(block),
        }
    }
    ComparedPem { only_theirs, only_ours, refused: scanned.refused.len() }
}

/// What a reader takes from a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The serial number in hexadecimal digits, two for each byte of its DER.
    pub serial: String,
    /// The first second of validity, counted from 1970.
    pub not_before: i64,
    /// The last one.
    pub not_after: i64,
    /// Whether basicConstraints make it a CA.
    pub is_ca: bool,
}

/// Two readings of one certificate: certflight's, and the other one's. `None` is a refusal.
#[derive(Debug)]
pub struct ComparedCertificate {
    /// What certflight takes from it.
    pub ours: Option<Facts>,
    /// What the other reader takes from it.
    pub theirs: Option<Facts>,
}

/// Reads a certificate's DER with certflight and with `theirs`. Certflight refuses what is no DER to the last byte.
///
/// ```
/// let compared = certflight_harness::against::certificate(&[0x30, 0x00], |_| None);
/// assert_eq!((compared.ours, compared.theirs), (None, None));
/// ```
pub fn certificate(der: &[u8], theirs: impl FnOnce(&[u8]) -> Option<Facts>) -> ComparedCertificate {
    let report = report(crate::sound::pem("CERTIFICATE", der).as_bytes(), b"", b"");
    let seconds = Timestamp::unix_seconds;
    let ours = report.leaf().map(|leaf| Facts {
        serial: leaf.serial.replace(':', ""),
        not_before: seconds(leaf.not_before),
        not_after: seconds(leaf.not_after),
        is_ca: leaf.is_ca,
    });
    ComparedCertificate { ours, theirs: theirs(der) }
}

/// Certificates of a client, in DER.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The client's own.
    pub leaf: Vec<u8>,
    /// What is sent with it.
    pub intermediates: Vec<Vec<u8>>,
    /// The trust anchors.
    pub anchors: Vec<Vec<u8>>,
}

/// Two verdicts on one chain.
#[derive(Debug)]
pub struct ComparedPath {
    /// Certflight finds a path that verifies for a TLS client, and nothing on it is an error.
    pub ours: bool,
    /// The other verifier accepts.
    pub theirs: bool,
    /// What certflight says against it.
    pub errors: Vec<Code>,
    /// What certflight warns of.
    pub warnings: Vec<Code>,
}

/// The instant at which paths are compared, in seconds since 1970: 2026-06-01T00:00:00Z.
pub const INSTANT: u64 = 1_780_272_000;

/// Verifies a chain with certflight and with `theirs`, at [`INSTANT`]. No key is given, and nothing is said of it.
///
/// ```
/// use arbitrary::{Arbitrary as _, Unstructured};
/// use certflight_harness::{against, chain::Plan};
///
/// // A verifier that takes everything.
/// let compared = |bytes: &[u8]| Plan::arbitrary(&mut Unstructured::new(bytes)).map(|plan| against::path(&plan.certificates(), |_| true));
/// assert!((0..=255).filter_map(|byte| compared(&[byte; 200]).ok()).any(|compared| compared.theirs && !compared.ours));
/// ```
pub fn path(chain: &Chain, theirs: impl FnOnce(&Chain) -> bool) -> ComparedPath {
    debug_assert_eq!(Timestamp::parse_rfc3339(NOW).map(Timestamp::unix_seconds), Some(INSTANT as i64));
    let sent = certificates([&chain.leaf].into_iter().chain(&chain.intermediates));
    let report = report(sent.as_bytes(), b"", certificates(&chain.anchors).as_bytes());
    let of = |severity: Severity| {
        let about_path = |code: &Code| !matches!(code, Code::KeyMissing | Code::InputEmpty);
        let findings = report.findings().iter().filter(move |finding| finding.severity == severity);
        findings.map(|finding| finding.code).filter(about_path).collect::<Vec<Code>>()
    };
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    ComparedPath { ours: report.chain_is_anchored() && errors.is_empty(), theirs: theirs(chain), errors, warnings }
}
