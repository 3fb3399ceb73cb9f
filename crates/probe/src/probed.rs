//! What a probe saw.

use crate::attempt::{Attempt, Version};
use crate::route::{Tried, Unreachable};
use crate::server::{Server, Trust};
use certflight_validate::{CaRole, Code, Finding, Severity};

/// What an origin makes of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It asked for a certificate, took this one, and does not do without.
    Accepted,
    /// It asked for a certificate and answers the same without one.
    NotRequired,
    /// It did not ask for a certificate.
    NotRequested,
    /// It asked for a certificate and did not take this one.
    Refused,
    /// It cannot be told.
    Unknown,
}

impl Acceptance {
    /// The name that the formats use: `accepted`, `not-required`, `not-requested`, `refused`, `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Acceptance::Accepted => "accepted",
            Acceptance::NotRequired => "not-required",
            Acceptance::NotRequested => "not-requested",
            Acceptance::Refused => "refused",
            Acceptance::Unknown => "unknown",
        }
    }
}

/// All that a probe saw, and what it means.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Probed {
    /// The origin, as it was given.
    pub origin: String,
    /// The path that was asked for.
    pub path: String,
    /// The name that the handshake was for: the server name indication, unless it is an address.
    pub server_name: String,
    /// The proxy that stood between, as `host:port`.
    pub proxy: Option<String>,
    /// The addresses that TCP was tried with, the one that took the connection last.
    pub tried: Vec<Tried>,
    /// Why there is no connection to see anything in, if there is none.
    pub unreachable: Option<Unreachable>,
    /// The connections, in their order: for TLS 1.3, then 1.2, with the certificate and without.
    pub attempts: Vec<Attempt>,
    /// The origin's own certificate, if one was seen.
    pub server: Option<Server>,
    /// What it comes to.
    pub acceptance: Acceptance,
    /// What is to be said of it, to be added to the report of the check.
    pub findings: Vec<Finding>,
}

impl Probed {
    /// Whether the handshake named the origin's host, and no other server.
    pub fn is_server_name_of_origin(&self) -> bool {
        let host = self.origin.strip_prefix("https://").unwrap_or_default();
        let host = host.strip_prefix('[').and_then(|rest| rest.split(']').next()).or_else(|| host.split(':').next());
        host == Some(&*self.server_name)
    }

    /// Whether nothing is wrong but that the origin was not reached, or silent from the start: nothing speaks against the certificate.
    pub fn is_unreached(&self) -> bool {
        let is_spoken = self.attempts.iter().any(Attempt::is_spoken);
        let mut errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error).peekable();
        let of_reach = |code| code == Code::ProbeUnreachable || code == Code::ProbeSilent && !is_spoken;
        errors.peek().is_some() && errors.all(|finding| of_reach(finding.code))
    }

    /// Whether calls would work by one reading of the CA input, which the vendor does not publish: where it is the client certificate's issuer, the public roots verify the
    /// origin's own certificate; where it is for the origin, the CA input does. `None` where that, or whether the origin takes the client certificate, cannot be told.
    pub fn works(&self, server: &Server, ca_role: CaRole) -> Option<bool> {
        let trust = match ca_role {
            CaRole::ClientIssuer => &server.by_public_roots,
            CaRole::OriginServer => &server.by_ca,
        };
        match (trust, self.acceptance) {
            (Trust::NotVerified(_), _) | (_, Acceptance::Refused) => Some(false),
            (Trust::Unknown(_), _) | (_, Acceptance::Unknown) => None,
            (Trust::Verified, Acceptance::Accepted | Acceptance::NotRequired | Acceptance::NotRequested) => Some(true),
        }
    }

    /// The connection of this version, with the certificate or without.
    pub(crate) fn attempt(&self, version: Version, with_certificate: bool) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.version == version && attempt.with_certificate == with_certificate)
    }
}
