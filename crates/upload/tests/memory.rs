//! How many copies of the key an upload leaves in memory, over each transport. The upload is made by a second process, this test over again, which stands still at
//! each of its steps while this one looks through its memory; the server is here, so that what it read is not counted. Linux alone shows the memory of a process as
//! a file, so elsewhere nothing is tested.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]
#![allow(clippy::explicit_write, reason = "past what libtest captures")]

mod common;

use bytes::Bytes;
use certflight_fixtures::memory::{Masked, Needles, copies, der};
use certflight_upload::{Client, Request, Token};
use certflight_validate::{GatePolicy, Request as Inputs, Role, Source, Timestamp, validate};
use common::{TOKEN, YES, target};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The variables that make a process the second one.
const URL: &str = "CERTFLIGHT_MEMORY_URL";
const ROOT: &str = "CERTFLIGHT_MEMORY_ROOT";
const KEY: &str = "CERTFLIGHT_MEMORY_KEY";

const NAME: &str = "what_an_upload_leaves_is_known";

/// The steps at which the second process stands still: the request is made; it is answered; the request is dropped; the client and its runtime are dropped.
const STEPS: [&str; 4] = ["made", "answered", "request dropped", "all dropped"];

/// How many copies there are at each step. A request holds two: the body, and the key, to be hidden in what a server says. No more may come while it is sent, and none
/// may stay.
const COPIES: [usize; 4] = [2, 2, 0, 0];

const KEYS: [&str; 3] = ["ok__p256-pkcs8", "ok__rsa2048-pkcs8", "ok__ed25519-pkcs8"];

#[derive(Clone, Copy, PartialEq)]
enum Transport {
    Clear,
    Tls,
    Http2,
}

const TRANSPORTS: [(Transport, &str); 3] =
    [(Transport::Clear, "HTTP/1.1 in the clear"), (Transport::Tls, "HTTP/1.1 over TLS"), (Transport::Http2, "HTTP/2 over TLS")];

fn path(fixture: &str, name: &str) -> std::path::PathBuf {
    certflight_fixtures::data_folder().join(fixture).join(name)
}

/// The second process: uploads, and stands still after each step until it is told to go on.
fn upload(url: &str) {
    let root = std::env::var(ROOT).unwrap();
    let fixture = std::env::var(KEY).unwrap();
    let request = {
        let [cert, ca] = ["cert.pem", "ca.pem"].map(|name| std::fs::read(path(&fixture, name)).unwrap());
        let key = Masked::file(&path(&fixture, "key.pem")).reveal();
        let sources =
            [(Role::Cert, &cert), (Role::Key, &*key), (Role::Ca, &ca)].map(|(role, text)| Source::new(role, "file", text));
        let at = Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap();
        let bundle = validate(&Inputs { sources: &sources, origin: None }, &GatePolicy::new(at)).unwrap();
        Request::upload(&target(), &bundle)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let builder = Client::builder(url, Token::new(TOKEN.into()).unwrap());
    let client = if root.is_empty() { builder } else { builder.root_certificates(root) }.build().unwrap();
    stand_still(STEPS[0]);
    assert!(runtime.block_on(client.upload(&request)).unwrap().updated);
    stand_still(STEPS[1]);
    drop(request);
    stand_still(STEPS[2]);
    drop((client, runtime));
    stand_still(STEPS[3]);
}

fn stand_still(step: &str) {
    writeln!(io::stdout(), "\nstep: {step}").unwrap();
    assert_ne!(io::stdin().read_line(&mut String::new()).unwrap(), 0);
}

/// A server that takes one upload; its address, and the root that verifies it.
fn serve(transport: Transport) -> (String, String) {
    if transport == Transport::Clear {
        let port = common::Port::new();
        let url = format!("http://{}", port.address());
        port.serve_one(common::answer(200, YES));
        return (url, String::new());
    }
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
    if transport == Transport::Http2 {
        config.alpn_protocols = vec![b"h2".to_vec()];
    }
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || {
        common::wait(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
            if transport == Transport::Tls {
                let mut read = Vec::new();
                while !read.ends_with(b"\"}") {
                    assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0);
                }
                stream.write_all(common::answer(200, YES).as_bytes()).await.unwrap();
                // Until the client hangs up.
                while matches!(stream.read_buf(&mut read).await, Ok(1..)) {}
                return;
            }
            let mut frames = h2::server::handshake(stream).await.unwrap();
            let (request, mut respond) = frames.accept().await.unwrap().unwrap();
            let mut body = request.into_body();
            while !body.is_end_stream() {
                tokio::select! {
                    chunk = body.data() => if let Some(chunk) = chunk {
                        body.flow_control().release_capacity(chunk.unwrap().len()).unwrap();
                    },
                    _ = frames.accept() => {}
                }
            }
            let head = http::Response::builder().status(200).body(()).unwrap();
            respond.send_response(head, false).unwrap().send_data(Bytes::from_static(YES.as_bytes()), true).unwrap();
            while frames.accept().await.is_some() {}
        });
    });
    (format!("https://{}", told.recv().unwrap()), ca.pem())
}

/// The copies at each step of an upload; `None` where the system does not let a child's memory be looked at.
fn figures(transport: Transport, fixture: &str) -> io::Result<Vec<usize>> {
    let mut needles = Needles::default();
    needles.add_key(&der(&Masked::file(&path(fixture, "key.pem")).reveal()));
    let (url, root) = serve(transport);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .envs([(URL, url.as_str()), (ROOT, &root), (KEY, fixture)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stdin = child.stdin.take().unwrap();
    let mut figures = Vec::new();
    for step in STEPS {
        let line = format!("step: {step}");
        assert!(lines.any(|said| said.unwrap() == line), "{fixture}: the upload did not come to: {step}");
        let found = needles.in_process(child.id());
        figures.push(found.map(|found| copies(&found)));
        writeln!(stdin, "on").unwrap();
    }
    assert!(lines.all(|line| line.is_ok()) && child.wait().unwrap().success());
    figures.into_iter().collect()
}

#[test]
fn what_an_upload_leaves_is_known() {
    if let Ok(url) = std::env::var(URL) {
        return upload(&url);
    }
    let mut wrong = Vec::new();
    for (transport, name) in TRANSPORTS {
        for fixture in KEYS {
            let figures = match figures(transport, fixture) {
                Ok(figures) => figures,
                Err(error) => {
                    let _ = writeln!(io::stderr(), "NOT RUN: the search of memory for keys after an upload: {error}");
                    return;
                }
            };
            let said: Vec<String> = STEPS.iter().zip(&figures).map(|(step, copies)| format!("{step} {copies}")).collect();
            let said = format!("memory: copies of the key, {name}, {fixture}: {}", said.join(", "));
            let _ = writeln!(io::stderr(), "{said}");
            if figures != COPIES {
                wrong.push(said);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_has_the_figures() {
    let page = include_str!("../../../docs/memory.md");
    for (_, name) in TRANSPORTS {
        let row = format!("| {name} | {} |", COPIES.map(|copies| copies.to_string()).join(" | "));
        assert!(page.lines().any(|line| line == row), "{row}");
    }
}
