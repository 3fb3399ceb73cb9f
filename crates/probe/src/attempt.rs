//! One connection: a handshake, a request, the beginning of an answer.

use crate::alert::Alert;
use crate::bounds::{LISTEN, MAX_HEAD};
use crate::http::{self, Answer, Head};
use crate::identity::Identity;
use crate::request::{CertificateRequest, Presenter, Scheme, Seen};
use crate::route::Route;
use crate::server::Keeper;
use crate::target::Target;
use crate::wire::{Deadline, TooMuch, Wire};
use certflight_validate::Escaped;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, ClientConnection, Error, InvalidMessage, PeerIncompatible, SupportedProtocolVersion};
use rustls_pki_types::CertificateDer;
use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// A version of TLS. Shows itself as `1.3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}

impl Version {
    fn of_rustls(self) -> &'static SupportedProtocolVersion {
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
    /// Whether this side's handshake came to its end. Under TLS 1.3 a certificate is refused after that.
    pub handshake_done: bool,
    /// Whether it asked to negotiate again.
    pub renegotiation: bool,
    /// How it ended.
    pub outcome: Outcome,
    pub(crate) chain: Vec<CertificateDer<'static>>,
}

impl Attempt {
    /// Whether the origin speaks the version, with this client.
    pub fn is_spoken(&self) -> bool {
        self.cipher.is_some()
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

/// What the request is made in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

const NO_APPLICATION_PROTOCOL: Alert = Alert(120);

/// Connects and sees what becomes of it, `identity` presented where there is one.
///
/// Fails when there is no connection.
pub(crate) fn make(
    route: &mut Route<'_>,
    target: &Target,
    version: Version,
    identity: Option<&Identity>,
    provider: &Arc<CryptoProvider>,
    deadline: Deadline,
) -> Result<Attempt, crate::route::Unreachable> {
    let attempt = of_protocol(Protocol::Http1, route, target, version, identity, provider, deadline)?;
    if attempt.outcome != Outcome::Alert(NO_APPLICATION_PROTOCOL) {
        return Ok(attempt);
    }
    of_protocol(Protocol::Http2, route, target, version, identity, provider, deadline)
}

fn of_protocol(
    protocol: Protocol,
    route: &mut Route<'_>,
    target: &Target,
    version: Version,
    identity: Option<&Identity>,
    provider: &Arc<CryptoProvider>,
    deadline: Deadline,
) -> Result<Attempt, crate::route::Unreachable> {
    let stream = route.connect(deadline)?;
    let presenter = Arc::new(Presenter::new(identity));
    let keeper = Arc::new(Keeper::new(Arc::clone(provider)));
    let connection = config(protocol, version, &presenter, &keeper, provider)
        .and_then(|config| ClientConnection::new(Arc::new(config), target.server_name.clone()));
    let connection = match connection {
        Ok(connection) => connection,
        // Neither the provider nor the name is new here: both were looked at before.
        Err(error) => return Ok(unmade(version, identity.is_some(), error.to_string())),
    };
    let mut exchange = Exchange { connection, wire: Wire::new(stream, deadline), peer_closed: false };
    let (outcome, handshake_done) = match exchange.handshake() {
        Err(outcome) => (outcome, false),
        Ok(()) => (exchange.ask(protocol, version, target, route.round_trip, deadline), true),
    };
    let Seen { requested, signed_with } = presenter.seen();
    // rustls gives up before it asks for a certificate where none of the schemes is one of TLS 1.3.
    let (requested, outcome) = match outcome {
        Outcome::TlsFailed(why) if why == NO_SCHEME => {
            let nothing = CertificateRequest { authorities: Vec::new(), unreadable: 0, schemes: Vec::new() };
            (Some(nothing), Outcome::TlsFailed(why))
        }
        other => (requested, other),
    };
    let connection = &exchange.connection;
    Ok(Attempt {
        version,
        with_certificate: identity.is_some(),
        // rustls writes the name of the IANA with its version.
        cipher: connection.negotiated_cipher_suite().map(|suite| match suite.suite().as_str() {
            Some(name) => name.replacen("TLS13_", "TLS_", 1),
            None => format!("{:?}", suite.suite()),
        }),
        alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        requested,
        signed_with,
        handshake_done,
        renegotiation: exchange.wire.has_renegotiated() && version == Version::Tls12,
        outcome,
        chain: keeper.chain(),
    })
}

fn unmade(version: Version, with_certificate: bool, why: String) -> Attempt {
    Attempt {
        version,
        with_certificate,
        cipher: None,
        alpn: None,
        requested: None,
        signed_with: None,
        handshake_done: false,
        renegotiation: false,
        outcome: Outcome::TlsFailed(why),
        chain: Vec::new(),
    }
}

fn config(
    protocol: Protocol,
    version: Version,
    presenter: &Arc<Presenter>,
    keeper: &Arc<Keeper>,
    provider: &Arc<CryptoProvider>,
) -> Result<ClientConfig, Error> {
    // rustls offers the suites of both versions in any case.
    let mut provider = CryptoProvider::clone(provider);
    provider.cipher_suites.retain(|suite| suite.version() == version.of_rustls());
    let mut config = ClientConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[version.of_rustls()])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(keeper) as _)
        .with_client_cert_resolver(Arc::clone(presenter) as _);
    // A handshake that resumes another one asks for no certificate.
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![match protocol {
        Protocol::Http1 => b"http/1.1".to_vec(),
        Protocol::Http2 => b"h2".to_vec(),
    }];
    Ok(config)
}

const NO_SCHEME: &str = "it takes no signature scheme that TLS 1.3 allows";

/// A TLS connection over its wire.
struct Exchange {
    connection: ClientConnection,
    wire: Wire,
    peer_closed: bool,
}

impl Exchange {
    /// To the end of this side's handshake.
    fn handshake(&mut self) -> Result<(), Outcome> {
        loop {
            let sent = self.send();
            if !self.connection.is_handshaking() {
                // What the other side said before it closed is read with the answer.
                return Ok(());
            }
            // Whoever closes while this side still writes may have said why.
            match self.receive() {
                Ok(()) => {}
                Err(outcome) => return Err(sent.err().filter(|_| outcome == Outcome::Closed).map_or(outcome, ended)),
            }
        }
    }

    /// Sends a request and reads to the end of its answer's head.
    fn ask(&mut self, protocol: Protocol, version: Version, target: &Target, round_trip: Duration, deadline: Deadline) -> Outcome {
        if version == Version::Tls13 {
            let [least, most] = LISTEN;
            if self.wire.is_readable(Deadline::after((round_trip * 2).clamp(least, most), Some(deadline)))
                && let Err(outcome) = self.receive()
            {
                return outcome;
            }
        }
        let request = match protocol {
            Protocol::Http1 => http::request(&target.authority, &target.path).into_bytes(),
            Protocol::Http2 => http::PREFACE.to_vec(),
        };
        let mut failure = self.connection.writer().write_all(&request).and_then(|()| self.send()).err();
        let mut head = Vec::new();
        loop {
            if let Err(error) = self.take(&mut head) {
                return ended(error);
            }
            let outcome = match protocol {
                Protocol::Http1 => match http::head(&head) {
                    Head::Whole(answer) => Some(Outcome::Answer(answer)),
                    Head::NotHttp => Some(Outcome::NoHttp),
                    Head::Partial => None,
                },
                Protocol::Http2 => http::is_settings(&head).map(|is_one| if is_one { Outcome::Http2 } else { Outcome::NoHttp }),
            };
            if let Some(outcome) = outcome {
                return outcome;
            }
            if head.len() > MAX_HEAD {
                return Outcome::NoHttp;
            }
            if let Err(outcome) = self.receive() {
                let written = failure.take().filter(|_| outcome == Outcome::Closed);
                return written.map_or(outcome, ended);
            }
        }
    }

    /// Takes over what was decrypted.
    fn take(&mut self, head: &mut Vec<u8>) -> io::Result<()> {
        let room = MAX_HEAD.saturating_add(1).saturating_sub(head.len());
        match self.connection.reader().take(u64::try_from(room).unwrap_or(u64::MAX)).read_to_end(head) {
            Err(error) if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::UnexpectedEof) => Err(error),
            _ => Ok(()),
        }
    }

    /// Sends all that there is to send.
    fn send(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(&mut self.wire)?;
        }
        Ok(())
    }

    /// Reads once, and answers what is to be answered.
    fn receive(&mut self) -> Result<(), Outcome> {
        if self.peer_closed {
            return Err(Outcome::Closed);
        }
        match self.connection.read_tls(&mut self.wire) {
            Ok(0) => return Err(Outcome::Closed),
            Ok(_) => {}
            Err(error) => return Err(ended(error)),
        }
        match self.connection.process_new_packets() {
            Ok(state) => self.peer_closed = state.peer_has_closed(),
            Err(error) => {
                // The other side is owed the alert, and may be gone.
                let _ = self.send();
                return Err(match self.wire.is_plain_http() {
                    true => Outcome::TlsFailed("it answers in HTTP without TLS".to_owned()),
                    false => broken(&error),
                });
            }
        }
        // A write that fails shows in what is read next.
        let _ = self.send();
        Ok(())
    }
}

/// How an error of the connection ends it.
fn ended(error: io::Error) -> Outcome {
    if error.get_ref().is_some_and(|inner| inner.is::<TooMuch>()) {
        return Outcome::TlsFailed(error.to_string());
    }
    match error.kind() {
        io::ErrorKind::TimedOut => Outcome::Silent,
        io::ErrorKind::UnexpectedEof => Outcome::Closed,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => Outcome::Reset,
        _ => Outcome::TlsFailed(error.to_string()),
    }
}

/// How an error of TLS ends it.
fn broken(error: &Error) -> Outcome {
    match error {
        Error::AlertReceived(alert) => Outcome::Alert(Alert((*alert).into())),
        Error::PeerIncompatible(PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon) => {
            Outcome::TlsFailed(NO_SCHEME.to_owned())
        }
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => Outcome::TlsFailed("what came is no record of it".to_owned()),
        Error::PeerIncompatible(_) => Outcome::Incompatible(error.to_string()),
        other => Outcome::TlsFailed(other.to_string()),
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
        let unmade = unmade(version, with_certificate, String::new());
        Attempt { cipher, requested, signed_with, handshake_done: true, outcome, ..unmade }
    }
}
