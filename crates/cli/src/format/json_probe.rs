//! What a probe saw, in JSON.

use crate::probing::Probing;
use certflight_probe::{Answer, Attempt, CertificateRequest, Outcome, Probed, Server, Trust};
use certflight_validate::{CaRole, Report};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct JsonProbe<'a> {
    acceptance: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_run: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<&'a str>,
    addresses: Vec<JsonAddress<'a>>,
    attempts: Vec<JsonAttempt<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<JsonServer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    works_if_ca_is: Option<JsonWorks>,
}

#[derive(Serialize)]
struct JsonAddress<'a> {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonAttempt<'a> {
    tls: String,
    with_certificate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cipher: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpn: Option<&'a str>,
    requested: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorities: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schemes: Option<Vec<String>>,
    presented: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<String>,
    after_handshake: bool,
    renegotiation: bool,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonServer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    by_public_roots: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_roots_reason: Option<&'a str>,
    by_ca: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_reason: Option<&'a str>,
}

/// Whether calls would work, by what the vendor takes `ca` for; absent where it cannot be told.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct JsonWorks {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_issuer: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_server: Option<bool>,
}

impl<'a> JsonProbe<'a> {
    pub(crate) fn of(probing: &'a Probing, report: &'a Report) -> Self {
        match probing {
            Probing::NotRun(why) => JsonProbe {
                acceptance: certflight_probe::Acceptance::Unknown.name(),
                not_run: Some(why),
                origin: report.origin(),
                path: None,
                server_name: None,
                proxy: None,
                addresses: Vec::new(),
                attempts: Vec::new(),
                server: None,
                works_if_ca_is: None,
            },
            Probing::Done(probed) => Self::done(probed),
        }
    }

    fn done(probed: &'a Probed) -> Self {
        let address =
            |tried: &'a certflight_probe::Tried| JsonAddress { address: tried.address.to_string(), error: tried.error.as_deref() };
        JsonProbe {
            acceptance: probed.acceptance.name(),
            not_run: None,
            origin: Some(&probed.origin),
            path: Some(&probed.path),
            server_name: Some(&probed.server_name),
            proxy: probed.proxy.as_deref(),
            addresses: probed.tried.iter().map(address).collect(),
            attempts: probed.attempts.iter().map(JsonAttempt::of).collect(),
            server: probed.server.as_ref().map(JsonServer::of),
            works_if_ca_is: probed.server.as_ref().map(|server| JsonWorks {
                client_issuer: probed.works(server, CaRole::ClientIssuer),
                origin_server: probed.works(server, CaRole::OriginServer),
            }),
        }
    }
}

impl<'a> JsonAttempt<'a> {
    fn of(attempt: &'a Attempt) -> Self {
        let request = attempt.requested.as_ref();
        let texts = |of: fn(&CertificateRequest) -> Vec<String>| request.map(of);
        let (outcome, status, location, alert, reason) = match &attempt.outcome {
            Outcome::Answer(Answer { status, location, .. }) => ("answer", Some(*status), location.as_deref(), None, None),
            Outcome::Http2 => ("http2", None, None, None, None),
            Outcome::NoHttp => ("no-http", None, None, None, None),
            Outcome::Alert(alert) => ("alert", None, None, Some(alert.to_string()), None),
            Outcome::Closed => ("closed", None, None, None, None),
            Outcome::Reset => ("reset", None, None, None, None),
            Outcome::Silent => ("silent", None, None, None, None),
            Outcome::Incompatible(why) => ("incompatible", None, None, None, Some(why.as_str())),
            Outcome::TlsFailed(why) => ("tls-failed", None, None, None, Some(why.as_str())),
            _ => ("other", None, None, None, None),
        };
        JsonAttempt {
            tls: attempt.version.to_string(),
            with_certificate: attempt.with_certificate,
            cipher: attempt.cipher.as_deref(),
            alpn: attempt.alpn.as_deref(),
            requested: request.is_some(),
            authorities: texts(|request| request.authorities.iter().map(ToString::to_string).collect()),
            schemes: texts(|request| request.schemes.iter().map(ToString::to_string).collect()),
            presented: attempt.signed_with.is_some(),
            scheme: attempt.signed_with.map(|scheme| scheme.to_string()),
            after_handshake: attempt.handshake_done,
            renegotiation: attempt.renegotiation,
            outcome,
            status,
            location,
            alert,
            reason,
        }
    }
}

impl<'a> JsonServer<'a> {
    fn of(server: &'a Server) -> Self {
        let leaf = server.leaf.as_ref();
        JsonServer {
            subject: leaf.map(|leaf| leaf.subject.as_str()),
            issuer: leaf.map(|leaf| leaf.issuer.as_str()),
            not_after: leaf.map(|leaf| leaf.not_after.to_string()),
            sha256: leaf.map(|leaf| leaf.sha256.as_str()),
            by_public_roots: server.by_public_roots == Trust::Verified,
            public_roots_reason: server.by_public_roots.reason(),
            by_ca: server.by_ca == Trust::Verified,
            ca_reason: server.by_ca.reason(),
        }
    }
}
