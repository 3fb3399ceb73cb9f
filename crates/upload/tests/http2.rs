//! HTTP/2, which the API speaks: the same requests, and what is known when a stream or the connection ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

mod common;

use bytes::Bytes;
use certflight_upload::{CertificateId, Client, Error, Outcome, Token, Uploaded};
use common::{ORIGIN, TOKEN, YES, inputs, request, target, wait};
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A connection, and how many requests the server has seen on all of them.
struct Http2 {
    frames: Connection<TlsStream<TcpStream>, Bytes>,
    seen: Arc<AtomicUsize>,
}

impl Http2 {
    /// The next request, its body unread.
    async fn accept(&mut self) -> Option<(http::Request<RecvStream>, SendResponse<Bytes>)> {
        let next = self.frames.accept().await?.ok();
        self.seen.fetch_add(usize::from(next.is_some()), Ordering::SeqCst);
        next
    }
}

type Asked = (http::Method, String, Vec<(String, String)>, Vec<u8>);

/// A client that trusts a server of HTTP/2 whose connections a function serves, one after the other; and how many requests that has seen.
fn start<F: Future<Output = ()>>(serve: impl Fn(Http2, usize) -> F + Send + 'static) -> (Client, Arc<AtomicUsize>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let (tell, told) = std::sync::mpsc::channel::<SocketAddr>();
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&requests);
    thread::spawn(move || {
        wait(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let acceptor = TlsAcceptor::from(Arc::new(config));
            for number in 0.. {
                let stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
                serve(Http2 { frames: h2::server::handshake(stream).await.unwrap(), seen: Arc::clone(&seen) }, number).await;
            }
        });
    });
    let url = format!("https://{}", told.recv().unwrap());
    let client = Client::builder(&url, Token::new(TOKEN.into()).unwrap()).root_certificates(ca.pem()).build().unwrap();
    (client, requests)
}

/// Answers while the connection goes on.
fn answer(mut respond: SendResponse<Bytes>, status: u16, body: &'static str) {
    let head = http::Response::builder().status(status).header("retry-after", "0").body(()).unwrap();
    let mut stream = respond.send_response(head, body.is_empty()).unwrap();
    if !body.is_empty() {
        stream.send_data(Bytes::from_static(body.as_bytes()), true).unwrap();
    }
}

/// Lets what was said go out, until the client hangs up.
async fn finish(mut connection: Http2) {
    while connection.accept().await.is_some() {}
}

/// Reads a body while the connection goes on.
async fn read(connection: &mut Http2, body: &mut RecvStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        tokio::select! {
            chunk = body.data() => match chunk {
                Some(chunk) => {
                    let chunk = chunk.unwrap();
                    let _ = body.flow_control().release_capacity(chunk.len());
                    bytes.extend_from_slice(&chunk);
                }
                None => return bytes,
            },
            _ = connection.accept() => {}
        }
    }
}

fn upload(client: &Client) -> Result<Uploaded, Error> {
    wait(client.upload(&request()))
}

#[test]
fn the_requests_are_the_same() {
    let (tell, told) = std::sync::mpsc::channel::<Asked>();
    let (client, _) = start(move |mut connection, _| {
        let tell = tell.clone();
        async move {
            let (request, respond) = connection.accept().await.unwrap();
            let (parts, mut body) = request.into_parts();
            let body = read(&mut connection, &mut body).await;
            let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
            let mut headers: Vec<(String, String)> = headers.collect();
            headers.sort();
            let yes = match parts.method.as_str() {
                "POST" => YES,
                "GET" => r#"{"clientCerts":[]}"#,
                _ => r#"{"certId":"cert_1","origin":""}"#,
            };
            tell.send((parts.method, parts.uri.path().to_owned(), headers, body)).unwrap();
            answer(respond, 200, yes);
            finish(connection).await;
        }
    });
    assert!(upload(&client).unwrap().updated);
    let (method, path, headers, body) = told.recv().unwrap();
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/v1/projects/app/client-cert"));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let common = [
        header("accept", "application/json"),
        header("authorization", &format!("Bearer {TOKEN}")),
        header("user-agent", concat!("certflight/", env!("CARGO_PKG_VERSION"))),
    ];
    let mut expected =
        [&common[..], &[header("content-length", &body.len().to_string()), header("content-type", "application/json")]].concat();
    expected.sort();
    assert_eq!(headers, expected);
    let sent: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((sent["origin"].as_str(), sent["key"].as_str().unwrap().as_bytes()), (Some(ORIGIN), &*inputs().key));

    assert!(wait(client.list(&target())).unwrap().certificates.is_empty());
    wait(client.delete(&target(), &CertificateId::new("cert_1").unwrap())).unwrap();
    for (expected, path) in [("GET", "/v1/projects/app/client-cert"), ("DELETE", "/v1/projects/app/client-cert/cert_1")] {
        let asked = told.recv().unwrap();
        assert_eq!((asked.0.as_str(), asked.1.as_str(), &asked.2[..], asked.3.len()), (expected, path, &common[..], 0));
    }
}

#[test]
fn what_was_not_taken_is_sent_again() {
    let (client, seen) = start(async |mut connection: Http2, number| {
        let (request, respond) = connection.accept().await.unwrap();
        read(&mut connection, &mut request.into_body()).await;
        if number == 0 {
            answer(respond, 503, "")
        } else {
            answer(respond, 200, YES)
        }
        finish(connection).await;
    });
    assert!(upload(&client).is_ok());
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

#[test]
fn a_stream_that_is_reset_leaves_the_fate_unknown() {
    for reason in [Reason::INTERNAL_ERROR, Reason::CANCEL, Reason::REFUSED_STREAM, Reason::ENHANCE_YOUR_CALM] {
        for is_read in [false, true] {
            let (client, seen) = start(move |mut connection: Http2, _| async move {
                let (request, mut respond) = connection.accept().await.unwrap();
                if is_read {
                    read(&mut connection, &mut request.into_body()).await;
                }
                respond.send_reset(reason);
                finish(connection).await;
            });
            let error = upload(&client).unwrap_err();
            assert_eq!((error.outcome(), error.tries, seen.load(Ordering::SeqCst)), (Outcome::Unknown, 1, 1), "{error}");
        }
    }
}

#[test]
fn a_connection_that_goes_away_leaves_the_fate_unknown() {
    let (client, seen) = start(async |mut connection: Http2, _| {
        let (request, _respond) = connection.accept().await.unwrap();
        read(&mut connection, &mut request.into_body()).await;
        connection.frames.abrupt_shutdown(Reason::INTERNAL_ERROR);
        finish(connection).await;
    });
    let error = upload(&client).unwrap_err();
    assert_eq!((error.outcome(), seen.load(Ordering::SeqCst)), (Outcome::Unknown, 1), "{error}");
}

/// The HTTP client would send it again by itself, unless it is told not to.
#[test]
fn a_deletion_that_is_refused_is_sent_once() {
    let (client, seen) = start(async |mut connection: Http2, _| {
        let (_request, mut respond) = connection.accept().await.unwrap();
        respond.send_reset(Reason::REFUSED_STREAM);
        finish(connection).await;
    });
    let error = wait(client.delete(&target(), &CertificateId::new("cert_1").unwrap())).unwrap_err();
    assert_eq!((error.outcome(), error.tries, seen.load(Ordering::SeqCst)), (Outcome::Unknown, 1, 1), "{error}");
}

/// A deletion has no body to watch; that TLS never came about is known by the connector's own time, which is the shorter one.
#[test]
fn a_connection_that_does_not_come_about_has_sent_nothing() {
    let silent = common::Port::new();
    let url = format!("https://{}", silent.address());
    let builder = Client::builder(&url, Token::new(TOKEN.into()).unwrap()).timeout(std::time::Duration::from_millis(200));
    let roots = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/data/ok__p256-pkcs8/ca.pem")).unwrap();
    let client = builder.root_certificates(roots).build().unwrap();
    let deleted = wait(client.delete(&target(), &CertificateId::new("cert_1").unwrap())).unwrap_err();
    let listed = wait(client.list(&target())).unwrap_err();
    for error in [deleted, listed] {
        assert!(common::is_unreachable(&error) && error.tries == 4, "{error}");
    }
}
