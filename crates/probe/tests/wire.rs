//! What leaves this machine.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_probe::{Acceptance, Identity, Target, probe};
use certflight_validate::{GatePolicy, Request, Role, Source, Timestamp, validate};
use rustls::pki_types::pem::PemObject as _;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;
use support::{Kit, OK, Origin, Word, accept, read_head};

/// Joins each connection to an origin, and gives what the client sent, once it has closed.
fn tap(port: u16) -> (Origin, Receiver<Vec<u8>>) {
    let (keep, sent) = mpsc::channel();
    let origin = Origin::start(move |client, _| {
        let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let keep = keep.clone();
        let up = thread::spawn(move || {
            let (mut all, mut chunk) = (Vec::new(), [0; 4096]);
            while let Ok(read @ 1..) = from_client.read(&mut chunk) {
                all.extend_from_slice(&chunk[..read]);
                if to_server.write_all(&chunk[..read]).is_err() {
                    break;
                }
            }
            let _ = to_server.shutdown(Shutdown::Write);
            let _ = keep.send(all);
        });
        let (mut from_server, mut to_client) = (server, client);
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Write);
        up.join().unwrap();
    });
    (origin, sent)
}

/// Nothing takes as long, unless it hangs.
const MOST: Duration = Duration::from_secs(20);

/// The bytes, in hexadecimal and in base64 at each of the three places of a group.
fn spellings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let hex = |upper: bool| {
        bytes.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect::<String>().into_bytes()
    };
    let base64 = |skip: usize| {
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let groups = bytes[skip..].chunks_exact(3);
        groups
            .flat_map(|three| {
                let number = three.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
                [18, 12, 6, 0].map(|shift| digits[number >> shift & 63])
            })
            .collect::<Vec<u8>>()
    };
    vec![bytes.to_vec(), hex(false), hex(true), base64(0), base64(1), base64(2)]
}

/// Under TLS 1.2 all that a client says of its certificate is in the clear; under 1.3 the server says what it got.
#[test]
fn no_key_material_leaves_but_as_a_signature() {
    let now = Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap();
    let mut seen = 0;
    for (name, secret) in [
        ("ok__p256-pkcs8", p256 as fn(&str) -> Vec<u8>),
        ("ok__p384-pkcs8", p384),
        ("ok__p521-pkcs8", p521),
        ("ok__ed25519-pkcs8", ed25519),
    ] {
        let fixture = certflight_fixtures::named(name);
        let key_text = String::from_utf8(fixture.key.clone().unwrap()).unwrap();
        let secret = secret(&key_text);
        assert!(secret.len() >= 32, "{name}");
        let kit = Kit::new();
        let mut word = Word::required();
        word.schemes.push(rustls::SignatureScheme::ECDSA_NISTP521_SHA512);
        let config = kit.server(Some(word));
        let (tell, heard) = mpsc::channel();
        let origin = Origin::start(move |stream, _| {
            let mut tls = accept(&config, stream);
            let head = read_head(&mut tls);
            if head.is_empty() {
                return;
            }
            let version = tls.conn.protocol_version();
            let _ = tls.write_all(OK.as_bytes());
            tls.conn.send_close_notify();
            let _ = tls.flush();
            let mut rest = Vec::new();
            let _ = tls.read_to_end(&mut rest);
            let certificates = tls.conn.peer_certificates().map(<[_]>::len);
            let _ = tell.send((version, [head, rest].concat(), certificates));
        });
        let (tap, sent) = tap(origin.port);
        let (cert, key) = (fixture.cert.unwrap(), fixture.key.unwrap());
        let ca = [fixture.ca.unwrap(), kit.root_pem.clone().into_bytes()].concat();
        let sources =
            [Source::new(Role::Cert, "cert", &cert), Source::new(Role::Key, "key", &key), Source::new(Role::Ca, "ca", &ca)];
        let bundle = validate(&Request { sources: &sources, origin: Some(&tap.url()) }, &GatePolicy::new(now)).unwrap();
        let probed = probe(&Target::new(&tap.url()).unwrap(), &Identity::of(&bundle), bundle.report(), now);

        let expected = format!(
            "HEAD / HTTP/1.1\r\nHost: localhost:{}\r\nUser-Agent: certflight/{}\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            tap.port,
            env!("CARGO_PKG_VERSION")
        );
        // rustls has no P-521 to verify a signature by, so this server refuses what it cannot look at.
        let taken = if name.contains("p521") { 0 } else { 2 };
        assert_eq!(probed.acceptance == Acceptance::Accepted, taken > 0, "{name}: {:?}", probed.findings);
        for (version, head, certificates) in (0..taken).map(|_| heard.recv_timeout(MOST).unwrap()) {
            assert_eq!(String::from_utf8_lossy(&head), expected, "{version:?}");
            // The leaf and its intermediate, as the certificate file has them, and not the root.
            assert_eq!(certificates, Some(bundle.certificate_pem().matches("BEGIN CERTIFICATE").count()));
        }
        let sent: Vec<Vec<u8>> = (0..tap.connections()).map(|_| sent.recv_timeout(MOST).unwrap()).collect();
        assert_eq!(sent.len(), 4);
        for bytes in &sent {
            assert!(bytes.len() > 200);
            for part in secret.chunks_exact(16).flat_map(spellings) {
                seen += 1;
                assert!(!bytes.windows(part.len()).any(|window| window == part), "{name}: a part of the key left");
            }
        }
        // The same look finds what does leave.
        let leaf = rustls::pki_types::CertificateDer::from_pem_slice(bundle.certificate_pem().as_bytes()).unwrap();
        assert!(sent.iter().any(|bytes| bytes.windows(leaf.len()).any(|window| window == leaf.as_ref())), "{name}");
        // In the clear: the records of the second flight under TLS 1.2 are those of a handshake and no more.
        let flights: Vec<Vec<u8>> = sent.iter().map(|bytes| messages(bytes)).collect();
        // ClientHello; Certificate, ClientKeyExchange, CertificateVerify (RFC 5246 section 7.3).
        assert!(flights.contains(&vec![1, 11, 16, 15]), "{flights:?}");
    }
    assert!(seen > 100);
}

/// The types of the handshake messages in the clear.
fn messages(mut bytes: &[u8]) -> Vec<u8> {
    let (mut types, mut is_encrypted) = (Vec::new(), false);
    while let [kind, _, _, high, low, rest @ ..] = bytes {
        let (body, next) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        is_encrypted |= *kind == 20;
        let mut handshake = if *kind == 22 && !is_encrypted { body } else { &[] };
        while let [kind, a, b, c, rest @ ..] = handshake {
            types.push(*kind);
            handshake = &rest[u32::from_be_bytes([0, *a, *b, *c]) as usize..];
        }
        bytes = next;
    }
    types
}

fn p256(pem: &str) -> Vec<u8> {
    use p256::pkcs8::DecodePrivateKey as _;
    p256::SecretKey::from_pkcs8_der(&der(pem)).unwrap().to_bytes().to_vec()
}

fn p384(pem: &str) -> Vec<u8> {
    use p256::pkcs8::DecodePrivateKey as _;
    p384::SecretKey::from_pkcs8_der(&der(pem)).unwrap().to_bytes().to_vec()
}

fn p521(pem: &str) -> Vec<u8> {
    use p256::pkcs8::DecodePrivateKey as _;
    p521::SecretKey::from_pkcs8_der(&der(pem)).unwrap().to_bytes().to_vec()
}

/// RFC 8410 section 7: the seed is in an octet string of its own.
fn ed25519(pem: &str) -> Vec<u8> {
    let der = der(pem);
    let at = der.windows(2).position(|two| two == [4, 32]).unwrap();
    der[at + 2..at + 34].to_vec()
}

fn der(pem: &str) -> Vec<u8> {
    rustls::pki_types::PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap().secret_pkcs8_der().to_vec()
}
