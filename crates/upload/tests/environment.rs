//! What depends on the process's environment: proxies and root certificates. A test must not change the environment of the process that it shares with
//! others, so each starts this file again as a process of its own, which runs `upload` below and nothing else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

mod common;

use certflight_upload::{Client, Token};
use common::{Port, Received, TOKEN, YES, answer, request, send};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

const URL: &str = "CERTFLIGHT_TEST_URL";
const ROOTS: &str = "CERTFLIGHT_TEST_ROOTS";
const PROXIES: [&str; 7] = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy"];

/// The child: sends the bundle to the URL in the environment and prints what came of it.
#[test]
#[ignore = "the other tests run it, in a process of its own"]
#[allow(clippy::print_stdout, reason = "the parent reads it")]
fn upload() {
    let Ok(url) = std::env::var(URL) else { return }; // all ignored tests are run
    let builder = Client::builder(&url, Token::new(TOKEN.into()).unwrap());
    let builder = match std::env::var(ROOTS) {
        Ok(path) => builder.root_certificates(std::fs::read(path).unwrap()),
        Err(_) => builder,
    };
    match builder.build() {
        Ok(client) => println!("{:?}", send(&client, request())),
        Err(error) => println!("no client: {error:?} {error}"),
    }
}

/// What came of an upload to `url` in an environment with `variables`, proxies and root certificates from there alone.
fn upload_to(url: &str, variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "upload", "--ignored", "--nocapture"]).env(URL, url);
    for name in PROXIES.into_iter().chain(["NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUEST_METHOD"]) {
        child.env_remove(name);
    }
    let output = child.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    text
}

/// A root certificate that has nothing to do with any server here.
fn foreign_root() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/data/ok__p256-pkcs8/ca.pem").to_str().unwrap().to_owned()
}

#[test]
fn no_proxy_is_used_for_this_machine() {
    let proxy = Port::new();
    let proxy_url = format!("http://{}", proxy.address());
    let variables = PROXIES[..6].iter().map(|name| (*name, proxy_url.as_str())).collect::<Vec<_>>();
    for host in ["127.0.0.1", "localhost"] {
        let server = Port::new();
        let serving = server.serve_one(answer(200, YES));
        let text = upload_to(&format!("http://{host}:{}", server.address().port()), &variables);
        assert!(text.contains("Ok(Uploaded"), "{text}");
        serving.join().unwrap();
        assert!(proxy.untouched());
    }
}

#[test]
fn a_proxy_that_opens_no_tunnel_gets_neither_token_nor_body() {
    let proxy = Port::new();
    let serving = proxy.accept_one(|mut stream| {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n").unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest); // ends when the client hangs up
        (String::from_utf8(request).unwrap(), rest)
    });
    let proxy_url = format!("http://{}", proxy.address());
    drop(proxy); // further tries find nobody
    let text = upload_to("https://api.example.com", &[("HTTPS_PROXY", &proxy_url), ("SSL_CERT_FILE", &foreign_root())]);
    assert!(text.contains("Unreachable {"), "{text}");
    let (request, rest) = serving.join().unwrap();
    assert!(request.starts_with("CONNECT api.example.com:443 "), "{request}");
    assert!(!request.contains(TOKEN) && rest.is_empty());
}

#[test]
fn a_server_without_tls_gets_nothing() {
    let port = Port::new();
    let serving = port.accept_one(|mut stream| {
        let mut start = vec![0; 5];
        stream.read_exact(&mut start).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
        let _ = stream.read_to_end(&mut start);
        start
    });
    let text = upload_to(&format!("https://{}", port.address()), &[("SSL_CERT_FILE", &foreign_root())]);
    assert!(text.contains("Unreachable {"), "{text}");
    let received = String::from_utf8_lossy(&serving.join().unwrap()).into_owned();
    assert!(!received.contains("POST") && !received.contains(TOKEN), "{received}");
}

/// A TLS server, and the file of the root certificate that it can be verified by.
struct Tls {
    config: Arc<ServerConfig>,
    root: PathBuf,
}

impl Tls {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pem"));
        std::fs::write(&root, ca.pem()).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        Tls { config: config.into(), root }
    }

    fn accept(&self, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        StreamOwned::new(ServerConnection::new(self.config.clone()).unwrap(), stream)
    }
}

#[test]
fn a_server_that_is_not_trusted_gets_nothing() {
    let tls = Tls::new("untrusted");
    let port = Port::new();
    let serving = port.accept_one(move |stream| tls.accept(stream).read(&mut [0; 1]).map_err(drop));
    let text = upload_to(&format!("https://{}", port.address()), &[("SSL_CERT_FILE", &foreign_root())]);
    assert!(text.contains("Unreachable {") && text.contains("certificate"), "{text}");
    assert!(!matches!(serving.join().unwrap(), Ok(1..)), "a byte of the request came through");
}

/// Linux takes its root certificates from files, which the environment can name. macOS and Windows keep them in a store of the system's that a test
/// must not change; there the same code meets the published API alone.
#[cfg(target_os = "linux")]
mod linux {
    use super::*;

    #[test]
    fn a_server_that_the_system_trusts_gets_the_request() {
        let tls = Tls::new("trusted");
        let root = tls.root.to_str().unwrap().to_owned();
        let port = Port::new();
        let serving = port.accept_one(move |stream| {
            let mut stream = tls.accept(stream);
            let received = Received::read(&mut stream);
            stream.write_all(answer(200, YES).as_bytes()).unwrap();
            received
        });
        let text = upload_to(&format!("https://{}", port.address()), &[("SSL_CERT_FILE", &root)]);
        assert!(text.contains("Ok(Uploaded"), "{text}");
        assert_eq!(serving.join().unwrap().line, "POST /v1/projects/app/client-cert HTTP/1.1");
    }

    #[test]
    fn without_root_certificates_plain_http_works_and_https_says_what_is_missing() {
        let nothing = [("SSL_CERT_FILE", "/nonexistent/roots.pem"), ("SSL_CERT_DIR", "/nonexistent")];
        let port = Port::new();
        let serving = port.serve_one(answer(200, YES));
        let text = upload_to(&format!("http://{}", port.address()), &nothing);
        assert!(text.contains("Ok(Uploaded"), "{text}");
        serving.join().unwrap();

        let text = upload_to("https://api.example.com", &nothing);
        assert!(text.contains("no client: Tls(") && text.contains("ca-certificates"), "{text}");
    }
}
