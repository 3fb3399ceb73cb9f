//! Origins on loopback that do what a test says: a TLS server of rustls whose word about a certificate is scripted, and what no sound server does. The tests of the
//! command use this file, too.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test that fails here has found something; not every file asks for all of it"
)]

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, ServerConnection, SignatureScheme,
    StreamOwned, SupportedProtocolVersion,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A server that hands each connection to a function, with its number from 0 on, in a thread of its own.
pub(crate) struct Origin {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
}

impl Origin {
    pub(crate) fn start(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (counter, serve) = (Arc::clone(&connections), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (serve, number) = (Arc::clone(&serve), counter.fetch_add(1, Ordering::SeqCst));
                thread::spawn(move || serve(stream.unwrap(), number));
            }
        });
        Origin { port, connections }
    }

    /// A sound server that answers every request with these bytes.
    pub(crate) fn answering(config: Arc<ServerConfig>, answer: &str) -> Self {
        let answer = answer.to_owned();
        Origin::start(move |stream, _| serve(&config, stream, answer.as_bytes()))
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// The certificate of a server, for localhost and api.example.com, and the root that issued it.
pub(crate) struct Kit {
    pub(crate) root_pem: String,
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

impl Kit {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Root of the origin's server");
        (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2049, 1, 1));
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "api.example.com".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "api.example.com");
        (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2049, 1, 1));
        let leaf = params.signed_by(&key, &root).unwrap();
        Kit { root_pem: root.pem(), chain: vec![leaf.der().clone()], key }
    }

    /// A server of these versions that asks for a certificate, if it does, as `word` says.
    pub(crate) fn config(&self, versions: &[&'static SupportedProtocolVersion], word: Option<Word>) -> ServerConfig {
        self.config_with(rustls::crypto::ring::default_provider(), versions, word)
    }

    pub(crate) fn config_with(
        &self,
        provider: CryptoProvider,
        versions: &[&'static SupportedProtocolVersion],
        word: Option<Word>,
    ) -> ServerConfig {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let builder = ServerConfig::builder_with_provider(provider.into()).with_protocol_versions(versions).unwrap();
        let builder = match word {
            Some(word) => builder.with_client_cert_verifier(Arc::new(word)),
            None => builder.with_no_client_auth(),
        };
        builder.with_single_cert(self.chain.clone(), key).unwrap()
    }

    /// A server of both versions.
    pub(crate) fn server(&self, word: Option<Word>) -> Arc<ServerConfig> {
        self.config(rustls::ALL_VERSIONS, word).into()
    }
}

/// What a server says of client certificates, whatever they are.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) is_required: bool,
    pub(crate) refusal: Option<CertificateError>,
    pub(crate) authorities: Vec<DistinguishedName>,
    pub(crate) schemes: Vec<SignatureScheme>,
}

impl Word {
    pub(crate) fn required() -> Self {
        let schemes = rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes();
        Word { is_required: true, refusal: None, authorities: Vec::new(), schemes }
    }

    pub(crate) fn optional() -> Self {
        Word { is_required: false, ..Word::required() }
    }

    pub(crate) fn refusing(error: CertificateError) -> Self {
        Word { refusal: Some(error), ..Word::required() }
    }
}

impl ClientCertVerifier for Word {
    fn client_auth_mandatory(&self) -> bool {
        self.is_required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.authorities
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match &self.refusal {
            None => Ok(ClientCertVerified::assertion()),
            Some(error) => Err(error.clone().into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, leaf, signed, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, leaf, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

/// A TLS connection of a server. The client may be gone at any time.
pub(crate) fn accept(config: &Arc<ServerConfig>, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
}

/// Handshake, request, answer, close.
pub(crate) fn serve(config: &Arc<ServerConfig>, stream: TcpStream, answer: &[u8]) {
    let mut tls = accept(config, stream);
    if !read_head(&mut tls).is_empty() {
        let _ = tls.write_all(answer).and_then(|()| tls.flush());
    }
    tls.conn.send_close_notify();
    let _ = tls.flush();
    drain(&mut tls.sock);
}

/// The head of a request; empty where none came.
pub(crate) fn read_head(stream: &mut impl Read) -> Vec<u8> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return Vec::new(),
        }
    }
    head
}

/// Reads until the client closes, so that closing is no reset, and no longer than a test.
pub(crate) fn drain(stream: &mut TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
}

/// Ends a connection with a reset.
pub(crate) fn reset(stream: &TcpStream) {
    socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// Answers a TLS 1.2 hello with all that comes before the client's certificate, and reads what follows: its records, the first of which is of the certificate.
pub(crate) fn to_certificate(config: &Arc<ServerConfig>, stream: &mut TcpStream) -> Vec<u8> {
    let mut connection = ServerConnection::new(Arc::clone(config)).unwrap();
    while !connection.wants_write() {
        if !matches!(connection.read_tls(stream), Ok(1..)) || connection.process_new_packets().is_err() {
            return Vec::new();
        }
    }
    while connection.wants_write() {
        if connection.write_tls(stream).is_err() {
            return Vec::new();
        }
    }
    read_flight(stream)
}

/// The records of a client's second flight under TLS 1.2, up to its change_cipher_spec and finished message.
fn read_flight(stream: &mut TcpStream) -> Vec<u8> {
    let (mut flight, mut is_encrypted) = (Vec::new(), false);
    loop {
        let mut header = [0; 5];
        if stream.read_exact(&mut header).is_err() {
            return flight;
        }
        let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        if stream.read_exact(&mut body).is_err() {
            return flight;
        }
        flight.extend_from_slice(&header);
        flight.extend_from_slice(&body);
        if is_encrypted || header[0] == 21 {
            return flight;
        }
        is_encrypted = header[0] == 20;
    }
}

/// Whether a flight begins with a certificate message that has a certificate in it (RFC 5246 section 7.4.6).
pub(crate) fn has_certificate(flight: &[u8]) -> bool {
    flight.get(5) == Some(&11) && flight.get(9..12).is_some_and(|length| length != [0; 3])
}

/// A fatal alert in the clear, as it is before change_cipher_spec.
pub(crate) fn alert(number: u8) -> [u8; 7] {
    [21, 3, 3, 0, 2, 2, number]
}

/// A TLS 1.2 server that answers a client's certificate with an alert, and closes without one where none comes.
pub(crate) fn alerting(kit: &Kit, number: u8) -> Origin {
    let config = Arc::new(kit.config(&[&rustls::version::TLS12], Some(Word::required())));
    Origin::start(move |mut stream, _| {
        if has_certificate(&to_certificate(&config, &mut stream)) {
            let _ = stream.write_all(&alert(number));
        }
        drain(&mut stream);
    })
}

/// A TLS 1.2 server that answers a request by asking for another handshake, and then with an answer.
pub(crate) fn renegotiating(kit: &Kit, answer: &'static str) -> Origin {
    let mut provider = rustls::crypto::ring::default_provider();
    // Its records need nothing but a counter (RFC 7905 section 2).
    provider.cipher_suites = vec![rustls::crypto::ring::cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256];
    let mut config = kit.config_with(provider, &[&rustls::version::TLS12], None);
    config.enable_secret_extraction = true;
    let config = Arc::new(config);
    Origin::start(move |stream, _| {
        let mut tls = accept(&config, stream);
        if read_head(&mut tls).is_empty() {
            return;
        }
        let StreamOwned { conn, mut sock } = tls;
        let secrets = conn.dangerous_extract_secrets().unwrap();
        let mut sealer = Sealer::new(secrets.tx);
        let hello_request = sealer.seal(22, &[0, 0, 0, 0]);
        let answer = sealer.seal(23, answer.as_bytes());
        let _ = sock.write_all(&[hello_request, answer].concat());
        drain(&mut sock);
    })
}

/// Makes records of TLS 1.2 with ChaCha20-Poly1305 (RFC 7905).
struct Sealer {
    number: u64,
    key: ring::aead::LessSafeKey,
    iv: Vec<u8>,
}

impl Sealer {
    fn new((number, secrets): (u64, rustls::ConnectionTrafficSecrets)) -> Self {
        let rustls::ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } = secrets else { panic!("another suite") };
        let key = ring::aead::UnboundKey::new(&ring::aead::CHACHA20_POLY1305, key.as_ref()).unwrap();
        Sealer { number, key: ring::aead::LessSafeKey::new(key), iv: iv.as_ref().to_vec() }
    }

    fn seal(&mut self, kind: u8, body: &[u8]) -> Vec<u8> {
        let number = self.number.to_be_bytes();
        self.number += 1;
        let mut nonce: [u8; 12] = self.iv.clone().try_into().unwrap();
        nonce.iter_mut().skip(4).zip(number).for_each(|(byte, part)| *byte ^= part);
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        let about = [&number[..], &[kind, 3, 3], &length].concat();
        let mut sealed = body.to_vec();
        let nonce = ring::aead::Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce, ring::aead::Aad::from(about), &mut sealed).unwrap();
        let length = u16::try_from(sealed.len()).unwrap().to_be_bytes();
        [&[kind, 3, 3][..], &length, &sealed].concat()
    }
}
