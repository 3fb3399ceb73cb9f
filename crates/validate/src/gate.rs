//! The gate: what may be uploaded.

use crate::finding::Report;
use crate::policy::{GatePolicy, Policy};
use crate::secret::SecretText;
use crate::source::Request;

/// Checks everything and says all that it found.
pub fn check(_request: &Request<'_>, _policy: &Policy) -> Report {
    unimplemented!()
}
/// Gate.
pub fn validate(_request: &Request<'_>, _policy: &GatePolicy) -> Result<ValidatedBundle, Rejected> {
    unimplemented!()
}
/// The one way round.
pub fn skip_validation(_request: &Request<'_>) -> Result<UnvalidatedBundle, Rejected> {
    unimplemented!()
}

/// The inputs did not pass, or cannot be sent at all.
#[derive(Debug)]
pub struct Rejected {
    report: Box<Report>,
}
impl Rejected {
    /// Why.
    pub fn report(&self) -> &Report {
        &self.report
    }
}
/// Proof.
#[derive(Debug)]
pub struct ValidatedBundle {
    report: Report,
}
impl ValidatedBundle {
    /// Leaf first, then intermediates, PEM.
    pub fn certificate_pem(&self) -> String {
        unimplemented!()
    }
    /// Key PEM.
    pub fn key_pem(&self) -> SecretText {
        unimplemented!()
    }
    /// CA PEM.
    pub fn ca_pem(&self) -> String {
        unimplemented!()
    }
    /// Canonical origin.
    pub fn origin(&self) -> Option<&str> {
        self.report.origin()
    }
    /// Report.
    pub fn report(&self) -> &Report {
        &self.report
    }
}
/// As it came.
#[derive(Debug)]
pub struct UnvalidatedBundle {
    cert: String,
    key: SecretText,
    ca: String,
    origin: Option<String>,
}
impl UnvalidatedBundle {
    /// As it came.
    pub fn certificate_text(&self) -> &str {
        &self.cert
    }
    /// As it came.
    pub fn key_text(&self) -> &SecretText {
        &self.key
    }
    /// As it came.
    pub fn ca_text(&self) -> &str {
        &self.ca
    }
    /// As it came.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }
}
