//! What one connection came to.

use crate::alert::Alert;
use crate::http::Answer;
use crate::request::{CertificateRequest, Scheme};
use certflight_validate::Escaped;
use rustls::SupportedProtocolVersion;
use rustls_pki_types::CertificateDer;
use std::fmt;

/// A version of TLS. Shows itself as `1.3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}

impl Version {
    pub(crate) fn of_rustls(self) -> &'static SupportedProtocolVersion {
        match self {
            Version::Tls12 => &rustls::version::TLS12,
            Version::Tls13 => &rustls::version::TLS13,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Version::Tls12 => "1.2",
            Version::Tls13 => "1.3",
        })
    }
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The origin answered the request.
    Answer(Answer),
    /// The origin speaks HTTP/2 alone, and opened a connection of it. No request was made.
    Http2,
    /// The origin said something that is no answer of HTTP/1, or one whose head is longer than is read.
    NoHttp,
    /// The origin ended the connection with a TLS alert.
    Alert(Alert),
    /// The origin closed the connection without a word.
    Closed,
    /// The connection was reset.
    Reset,
    /// Nothing more came in time.
    Silent,
    /// The origin chose what this side did not offer; with the reason.
    Incompatible(String),
    /// What came is no TLS, or no sound one, or more than is read; with the reason.
    TlsFailed(String),
}

/// One connection to the origin, from the hello on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// The one version that was offered.
    pub version: Version,
    /// Whether the certificate was to be presented.
    pub with_certificate: bool,
    /// The cipher suite that the origin chose; none where it chose no version.
    pub cipher: Option<String>,
    /// The application protocol that it chose (RFC 7301).
    pub alpn: Option<String>,
    /// How it asked for a certificate; none where it did not.
    pub requested: Option<CertificateRequest>,
    /// The scheme that the certificate's key was to sign with; none where no certificate was presented.
    pub signed_with: Option<Scheme>,
    /// Whether it takes signatures by a key of this kind, with whichever hash.
    pub(crate) is_kind_taken: bool,
    /// Whether this side's handshake came to its end. Under TLS 1.3 a certificate is refused after that.
    pub handshake_done: bool,
    /// Whether it asked to negotiate again.
    pub renegotiation: bool,
    /// How it ended.
    pub outcome: Outcome,
    pub(crate) chain: Vec<CertificateDer<'static>>,
}

impl Attempt {
    /// One that did not begin.
    pub(crate) fn unmade(version: Version, with_certificate: bool, why: String) -> Self {
        Attempt {
            version,
            with_certificate,
            cipher: None,
            alpn: None,
            requested: None,
            signed_with: None,
            is_kind_taken: false,
            handshake_done: false,
            renegotiation: false,
            outcome: Outcome::TlsFailed(why),
            chain: Vec::new(),
        }
    }

    /// Whether the origin speaks the version, with this client.
    pub fn is_spoken(&self) -> bool {
        self.cipher.is_some()
    }

    /// Which of the connections it is, in a few words.
    pub fn which(&self) -> &'static str {
        match (self.with_certificate, &self.requested, self.signed_with) {
            (true, Some(_), None) => "with the certificate, which was not presented",
            (true, ..) => "with the certificate",
            (false, ..) => "without one",
        }
    }

    /// How it ended, in a few words. Foreign text is escaped.
    pub fn end(&self) -> String {
        let when = if self.handshake_done { ", after the handshake" } else { "" };
        match &self.outcome {
            Outcome::Answer(Answer { status, location: Some(to), .. }) => format!("{status} to {}", Escaped(to)),
            Outcome::Answer(Answer { status, .. }) => status.to_string(),
            Outcome::Http2 => "HTTP/2 alone".to_owned(),
            Outcome::NoHttp => "no HTTP".to_owned(),
            Outcome::Alert(alert) => format!("alert {alert}{when}"),
            Outcome::Closed => format!("closed{when}"),
            Outcome::Reset => format!("reset{when}"),
            Outcome::Silent => format!("silent{when}"),
            Outcome::Incompatible(why) => format!("chose what was not offered: {}", Escaped(why)),
            Outcome::TlsFailed(why) => format!("no sound TLS: {}", Escaped(why)),
        }
    }
}

#[cfg(test)]
impl Attempt {
    /// One whose handshake came to its end.
    pub(crate) fn example(
        version: Version,
        with_certificate: bool,
        requested: Option<CertificateRequest>,
        signed_with: Option<Scheme>,
        outcome: Outcome,
    ) -> Self {
        let cipher = Some("TLS_AES_256_GCM_SHA384".to_owned());
        Attempt {
            cipher,
            requested,
            signed_with,
            handshake_done: true,
            outcome,
            ..Attempt::unmade(version, with_certificate, String::new())
        }
    }
}
