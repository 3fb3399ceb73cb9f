//! One connection: a handshake, a request, the beginning of an answer.

use crate::alert::Alert;
use crate::attempt::{Attempt, Outcome, Version};
use crate::bounds::{LISTEN, MAX_HEAD};
use crate::http::{self, Head};
use crate::identity::Identity;
use crate::request::{CertificateRequest, Presenter, Seen};
use crate::route::{Route, Unreachable};
use crate::server::Keeper;
use crate::target::Target;
use crate::wire::{Deadline, TooMuch, Wire};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, ClientConnection, Error, InvalidMessage, PeerIncompatible};
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the request is made in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

const NO_APPLICATION_PROTOCOL: Alert = Alert(120);

/// What one connection is to be.
pub(crate) struct Plan<'a> {
    pub(crate) target: &'a Target,
    pub(crate) version: Version,
    /// What is presented, if anything.
    pub(crate) identity: Option<&'a Identity>,
    pub(crate) provider: &'a Arc<CryptoProvider>,
    pub(crate) deadline: Deadline,
}

/// Connects and sees what becomes of it.
///
/// Fails when there is no connection.
pub(crate) fn make(route: &mut Route<'_>, plan: &Plan<'_>) -> Result<Attempt, Unreachable> {
    let attempt = plan.under(Protocol::Http1, route)?;
    if attempt.outcome != Outcome::Alert(NO_APPLICATION_PROTOCOL) {
        return Ok(attempt);
    }
    plan.under(Protocol::Http2, route).or(Ok(attempt))
}

impl Plan<'_> {
    fn under(&self, protocol: Protocol, route: &mut Route<'_>) -> Result<Attempt, Unreachable> {
        let Plan { target, version, identity, provider, deadline } = *self;
        let stream = route.connect(deadline)?;
        let presenter = Arc::new(Presenter::new(identity));
        let keeper = Arc::new(Keeper::new(Arc::clone(provider)));
        let connection = config(protocol, version, &presenter, &keeper, provider)
            .and_then(|config| ClientConnection::new(Arc::new(config), target.server_name.clone()));
        let connection = match connection {
            Ok(connection) => connection,
            // Neither the provider nor the name is new here: both were looked at before.
            Err(error) => return Ok(Attempt::unmade(version, identity.is_some(), error.to_string())),
        };
        let mut exchange = Exchange { connection, wire: Wire::new(stream, deadline), peer_closed: false, asked_in_vain: false };
        let began = Instant::now();
        let (outcome, handshake_done) = match exchange.handshake() {
            Err(outcome) => (outcome, false),
            Ok(()) => (exchange.ask(protocol, version, target, began.elapsed(), deadline), true),
        };
        // Whoever is still there is told that this is the end; nobody waits for it.
        exchange.connection.send_close_notify();
        let _ = exchange.send();
        let Seen { requested, signed_with, is_kind_taken } = presenter.seen();
        let requested = requested.or(exchange.asked_in_vain.then(CertificateRequest::default));
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
            is_kind_taken,
            handshake_done,
            renegotiation: exchange.wire.has_renegotiated() && version == Version::Tls12,
            outcome,
            chain: keeper.chain(),
        })
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

/// A TLS connection over its wire.
struct Exchange {
    connection: ClientConnection,
    wire: Wire,
    peer_closed: bool,
    /// The other side asked for a certificate and takes no signature scheme that TLS 1.3 allows; rustls gives up there.
    asked_in_vain: bool,
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
    fn ask(&mut self, protocol: Protocol, version: Version, target: &Target, handshake: Duration, deadline: Deadline) -> Outcome {
        if version == Version::Tls13 {
            let [least, most] = LISTEN;
            if self.wire.is_readable(Deadline::after(handshake.saturating_mul(2).clamp(least, most), Some(deadline)))
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
        let mut end = None;
        loop {
            if let Err(error) = self.take(&mut head) {
                return ended(error);
            }
            let outcome = match protocol {
                Protocol::Http1 => match http::head(&head) {
                    Head::Whole(answer) => Some(Outcome::Answer(answer)),
                    Head::NotHttp => Some(Outcome::NoHttp),
                    Head::Partial if head.len() > MAX_HEAD => Some(Outcome::NoHttp),
                    Head::Partial => None,
                },
                Protocol::Http2 => http::is_settings(&head).map(|is_one| if is_one { Outcome::Http2 } else { Outcome::NoHttp }),
            };
            // What came before an end counts before it.
            if let Some(outcome) = outcome.or(end) {
                return outcome;
            }
            end = self.receive().err().map(|outcome| {
                let written = failure.take().filter(|_| outcome == Outcome::Closed);
                written.map_or(outcome, ended)
            });
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
                let in_vain = PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon;
                self.asked_in_vain = error == Error::PeerIncompatible(in_vain);
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
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => Outcome::TlsFailed("what came is no record of it".to_owned()),
        Error::InvalidMessage(
            InvalidMessage::CertificatePayloadTooLarge | InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::MessageTooLarge,
        ) => Outcome::TlsFailed("a message is longer than 64 KiB".to_owned()),
        Error::InvalidMessage(detail) => Outcome::TlsFailed(format!("a message is malformed ({detail:?})")),
        Error::PeerMisbehaved(detail) => Outcome::TlsFailed(format!("it breaks the protocol ({detail:?})")),
        Error::PeerIncompatible(detail) => Outcome::Incompatible(format!("{detail:?}")),
        other => Outcome::TlsFailed(other.to_string()),
    }
}
