//! A rustls server inside the test, with the verifier of rustls-webpki.

use super::case::{Auth, Limit, Versions};
use super::server::{Listening, Program, Setting, Start};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, ServerConnection, SignatureScheme, StreamOwned,
    version,
};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

pub(crate) const PROGRAM: Program = Program { name: "rustls", series: "0.23", version: None };

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

pub(crate) fn start(setting: &Setting<'_>) -> Start {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = match verifier(setting, &provider) {
        Ok(verifier) => verifier,
        Err(why) => return Start::CannotBeConfigured(why),
    };
    let versions: &[_] = match setting.versions {
        Versions::Both => &[&version::TLS13, &version::TLS12],
        Versions::Only13 => &[&version::TLS13],
        Versions::Only12 => &[&version::TLS12],
    };
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&setting.identity.cert), PrivateKeyDer::from_pem_file(&setting.identity.key).unwrap())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    // Ends with the test.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            thread::spawn(move || serve(stream, config));
        }
    });
    Start::Listening(Listening::new(port, ()))
}

/// What fails, the client sees.
fn serve(stream: TcpStream, config: Arc<ServerConfig>) {
    let stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while !line.ends_with("\r\n\r\n") && matches!(stream.read_line(&mut line), Ok(1..)) {}
    let mut stream = stream.into_inner();
    if line.ends_with("\r\n\r\n") {
        let _ = stream.write_all(ANSWER);
        stream.conn.send_close_notify();
    }
    let _ = stream.flush();
}

fn certificates(path: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path).unwrap().map(Result::unwrap).collect()
}

fn verifier(setting: &Setting<'_>, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, &'static str> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(setting.trust) {
        // An anchor that webpki cannot read is not trusted.
        let _ = roots.add(certificate);
    }
    if roots.is_empty() && setting.auth != Auth::None {
        return Err("it takes no such trust anchor");
    }
    let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    match setting.auth {
        Auth::None => return Ok(WebPkiClientVerifier::no_client_auth()),
        Auth::AfterRequest => return Err("it does not renegotiate"),
        Auth::Optional => builder = builder.allow_unauthenticated(),
        Auth::Required | Auth::Unverified => {}
    }
    match setting.limit {
        Limit::Depth => return Err("its limit is fixed: see seven intermediates"),
        Limit::Revocations => {
            builder = builder.with_crls([CertificateRevocationListDer::from_pem_file(setting.revocations.unwrap()).unwrap()]);
        }
        Limit::None | Limit::Schemes => {}
    }
    let inner = builder.build().unwrap();
    Ok(Arc::new(Verifier { inner, verifies: setting.auth != Auth::Unverified, ed25519: setting.limit != Limit::Schemes }))
}

/// The verifier of rustls-webpki, or less of it.
#[derive(Debug)]
struct Verifier {
    inner: Arc<dyn ClientCertVerifier>,
    verifies: bool,
    ed25519: bool,
}

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        self.inner.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.verifies { self.inner.verify_client_cert(leaf, intermediates, now) } else { Ok(ClientCertVerified::assertion()) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let schemes = self.inner.supported_verify_schemes();
        schemes.into_iter().filter(|scheme| self.ed25519 || *scheme != SignatureScheme::ED25519).collect()
    }
}
