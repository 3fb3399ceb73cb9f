//! Servers that want to harm: whatever they do, a probe ends in time, with a name for it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_fixtures::Fixture;
use certflight_probe::{Acceptance, Identity, Outcome, Probed, Target, Unreachable, probe};
use certflight_validate::{Code, GatePolicy, Request, Role, Source, Timestamp, ValidatedBundle, validate};
use rustls::DistinguishedName;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use support::{Kit, OK, Origin, Word, accept, alert, drain, read_head, renegotiating, reset, to_certificate};

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap()
}

/// A sound bundle, with the root of the origin's server in its CA input.
fn bundle(kit: &Kit, origin: &str) -> ValidatedBundle {
    let Fixture { cert, key, ca, .. } = certflight_fixtures::named("ok__p256-pkcs8");
    let (cert, key) = (cert.unwrap(), key.unwrap());
    let ca = [ca.unwrap(), kit.root_pem.clone().into_bytes()].concat();
    let sources = [Source::new(Role::Cert, "cert", &cert), Source::new(Role::Key, "key", &key), Source::new(Role::Ca, "ca", &ca)];
    validate(&Request { sources: &sources, origin: Some(origin) }, &GatePolicy::new(now())).unwrap()
}

/// The bound of a whole probe for those that have to reach it.
const SHORT: Duration = Duration::from_secs(8);

/// For those that end by themselves, on a slow machine too.
const LONG: Duration = Duration::from_secs(120);

fn probed(kit: &Kit, origin: &Origin) -> Probed {
    probed_within(LONG, kit, origin)
}

fn probed_within(whole: Duration, kit: &Kit, origin: &Origin) -> Probed {
    let bundle = bundle(kit, &origin.url());
    let target = Target::new(&origin.url()).unwrap().timeouts(Duration::from_secs(10), whole);
    let began = Instant::now();
    let probed = probe(&target, &Identity::of(&bundle), bundle.report(), now());
    // Twice is no measure of speed: it tells a bound from none.
    assert!(began.elapsed() < whole * 2 + Duration::from_secs(1), "{probed:?}");
    probed
}

fn codes(probed: &Probed) -> Vec<Code> {
    let mut codes: Vec<Code> = probed.findings.iter().map(|finding| finding.code).collect();
    codes.retain(|code| *code != Code::ProbeServerByCa);
    codes
}

#[test]
fn silence_ends() {
    let kit = Kit::new();
    let origin = Origin::start(|mut stream, _| drain_quietly(&mut stream));
    let probed = probed_within(SHORT, &kit, &origin);
    assert_eq!((probed.acceptance, codes(&probed)), (Acceptance::Unknown, vec![Code::ProbeSilent]));
    assert!(probed.is_unreached());
    assert_eq!(origin.connections(), 2);
}

/// Says nothing and does not close.
fn drain_quietly(stream: &mut TcpStream) {
    while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
}

/// Each byte comes in time for a time-out of reads alone.
#[test]
fn one_byte_at_a_time_ends_too() {
    let kit = Kit::new();
    let config = kit.server(Some(Word::required()));
    let origin = Origin::start(move |stream, _| {
        let mut tls = accept(&config, stream);
        read_head(&mut tls);
        let (_nobody, wait) = mpsc::channel::<()>();
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'x')) {
            let _ = wait.recv_timeout(Duration::from_millis(50));
            if tls.write_all(&[*byte]).and_then(|()| tls.flush()).is_err() {
                return;
            }
        }
    });
    let probed = probed_within(SHORT, &kit, &origin);
    assert_eq!(probed.attempts[0].outcome, Outcome::Silent);
    assert!(codes(&probed).contains(&Code::ProbeNoHttp), "{probed:?}");
}

/// A certificate message of 16 MiB, and all of it sent; and one of as many certificates as fit into a message.
#[test]
fn endless_certificates_are_not_read() {
    let kit = Kit::new();
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let origin = Origin::start(move |mut stream, _| {
        let mut hello = vec![2, 0, 0, 42, 3, 3];
        hello.extend([7; 32]);
        hello.extend([0, 0xc0, 0x2b, 0, 0, 2, 0, 0]);
        hello[3] = u8::try_from(hello.len() - 4).unwrap();
        let record = |body: &[u8]| [&[22, 3, 3][..], &u16::try_from(body.len()).unwrap().to_be_bytes(), body].concat();
        let mut next = [record(&hello), record(&[&[11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfc][..], &[0; 16000]].concat())].concat();
        while stream.write_all(&next).is_ok() {
            counter.fetch_add(next.len(), Ordering::SeqCst);
            next = record(&[0; 16000]);
            if counter.load(Ordering::SeqCst) > 64 * 1024 * 1024 {
                break;
            }
        }
    });
    let probed = probed(&kit, &origin);
    assert_eq!(codes(&probed), [Code::ProbeTlsFailed], "{probed:?}");
    // What sockets hold was written and not read.
    assert!(sent.load(Ordering::SeqCst) < 32 * 1024 * 1024);
}

#[test]
fn ten_thousand_names_are_read_and_few_are_said() {
    let kit = Kit::new();
    let name = DistinguishedName::from(vec![0x30, 0]);
    let word = Word { authorities: vec![name; 10_000], ..Word::required() };
    let origin = Origin::answering(kit.server(Some(word)), OK);
    let probed = probed(&kit, &origin);
    assert_eq!(probed.attempts[0].requested.as_ref().unwrap().authorities.len(), 10_000);
    assert_eq!((probed.acceptance, codes(&probed)), (Acceptance::Accepted, vec![Code::ProbeCaNotListed]));
    assert!(format!("{:?}", probed.findings).len() < 10_000);
}

/// Names as large as a message can be, and those that are no names at all.
#[test]
fn names_that_cannot_be_read_are_counted() {
    let kit = Kit::new();
    let junk = DistinguishedName::from(vec![0xff; 60_000]);
    let origin = Origin::answering(kit.server(Some(Word { authorities: vec![junk], ..Word::required() })), OK);
    let probed = probed(&kit, &origin);
    let request = probed.attempts[0].requested.as_ref().unwrap();
    assert_eq!((request.authorities.len(), request.unreadable), (0, 1));
    assert_eq!((probed.acceptance, codes(&probed)), (Acceptance::Accepted, vec![]));
}

#[test]
fn garbage_after_the_handshake_is_named() {
    let kit = Kit::new();
    let config = kit.server(Some(Word::required()));
    let origin = Origin::start(move |stream, _| {
        let mut tls = accept(&config, stream);
        read_head(&mut tls);
        let _ = tls.sock.write_all(&[0xaa; 4096]);
        drain(&mut tls.sock);
    });
    let found = probed(&kit, &origin);
    assert!(matches!(found.attempts[0].outcome, Outcome::TlsFailed(_)), "{found:?}");
    assert_eq!((found.acceptance, codes(&found)), (Acceptance::Unknown, vec![Code::ProbeTlsFailed]));

    let garbage = "\0\u{1b}[31m\u{7f}garbage that no terminal should get\r\n\r\n";
    let origin = Origin::answering(kit.server(Some(Word::required())), garbage);
    let found = probed(&kit, &origin);
    assert_eq!((found.acceptance, codes(&found)), (Acceptance::Accepted, vec![Code::ProbeNoHttp]));
    assert!(!format!("{:?}", found.findings).contains('\u{1b}'));
}

#[test]
fn garbage_instead_of_a_handshake_is_named() {
    let kit = Kit::new();
    for bytes in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"220 mail.example ESMTP\r\n",
        &[0; 100],
        &[0xff; 100_000],
        &[22, 3, 3, 0, 0],
        b"\x16",
    ] {
        let bytes = bytes.to_vec();
        let origin = Origin::start(move |mut stream, _| {
            let _ = stream.write_all(&bytes);
            drain(&mut stream);
        });
        let probed = probed(&kit, &origin);
        assert_eq!((probed.acceptance, codes(&probed)), (Acceptance::Unknown, vec![Code::ProbeTlsFailed]), "{probed:?}");
    }
    let origin = Origin::start(|mut stream, _| {
        let _ = stream.write_all(&alert(70));
        drain(&mut stream);
    });
    assert_eq!(codes(&probed(&kit, &origin)), [Code::ProbeNoCommonTls]);
    // A ServerHello of TLS 1.1, with TLS_RSA_WITH_AES_128_CBC_SHA.
    let hello = [&[22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2][..], &[7; 32], &[0, 0, 0x2f, 0]].concat();
    let origin = Origin::start(move |mut stream, _| {
        let _ = stream.write_all(&hello);
        drain(&mut stream);
    });
    assert_eq!(codes(&probed(&kit, &origin)), [Code::ProbeNoCommonTls]);
    let origin = Origin::start(|mut stream, _| {
        let _ = stream.read_exact(&mut [0; 5]);
        reset(&stream);
    });
    assert_eq!(codes(&probed(&kit, &origin)), [Code::ProbeTlsFailed]);
}

#[test]
fn another_handshake_is_named_and_not_done() {
    let kit = Kit::new();
    let origin = renegotiating(&kit, OK);
    let probed = probed(&kit, &origin);
    assert!(probed.attempts.iter().any(|attempt| attempt.renegotiation), "{probed:?}");
    assert_eq!((probed.acceptance, codes(&probed)), (Acceptance::Unknown, vec![Code::ProbeRenegotiation]));
}

#[test]
fn a_redirect_is_told_and_not_followed() {
    let kit = Kit::new();
    let elsewhere = Origin::start(|_, _| {});
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:{}/\r\nContent-Length: 0\r\n\r\n", elsewhere.port);
    let origin = Origin::answering(kit.server(Some(Word::required())), &answer);
    let probed = probed(&kit, &origin);
    assert_eq!(probed.acceptance, Acceptance::Accepted);
    assert!(probed.attempts[0].end().contains(&format!("302 to https://127.0.0.1:{}/", elsewhere.port)));
    assert_eq!((origin.connections(), elsewhere.connections()), (4, 0));
}

/// A body of a gigabyte that nobody asked for, and a head without an end.
#[test]
fn what_is_endless_is_not_read_to_its_end() {
    let kit = Kit::new();
    for (head, more, code) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", "x", None),
        ("HTTP/1.1 200 OK\r\n", "X-Header: y\r\n", Some(Code::ProbeNoHttp)),
        ("HTTP/1.1 200 OK\r\nX: ", "y", Some(Code::ProbeNoHttp)),
        ("", "HTTP/1.1 103 Early Hints\r\n\r\n", Some(Code::ProbeNoHttp)),
    ] {
        let config = kit.server(Some(Word::required()));
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&sent);
        let more = more.repeat(16_000 / more.len());
        let origin = Origin::start(move |stream, _| {
            let mut tls = accept(&config, stream);
            if read_head(&mut tls).is_empty() {
                return;
            }
            let _ = tls.write_all(head.as_bytes());
            while tls.write_all(more.as_bytes()).and_then(|()| tls.flush()).is_ok() && counter.load(Ordering::SeqCst) < 1 << 30 {
                counter.fetch_add(more.len(), Ordering::SeqCst);
            }
        });
        let probed = probed(&kit, &origin);
        assert_eq!(codes(&probed), code.into_iter().collect::<Vec<_>>(), "{probed:?}");
        assert!(sent.load(Ordering::SeqCst) < 64 * 1024 * 1024, "{}", sent.load(Ordering::SeqCst));
    }
}

/// Warnings without an end, in the middle of a handshake.
#[test]
fn endless_warnings_end() {
    let kit = Kit::new();
    let config = Arc::new(kit.config(&[&rustls::version::TLS12], Some(Word::required())));
    let origin = Origin::start(move |mut stream, _| {
        to_certificate(&config, &mut stream);
        while stream.write_all(&[21, 3, 3, 0, 2, 1, 90]).is_ok() {}
    });
    let probed = probed(&kit, &origin);
    assert_eq!((probed.acceptance, codes(&probed)), (Acceptance::Unknown, vec![Code::ProbeTlsFailed]), "{probed:?}");
}

/// An answer that came with the end of the connection is an answer.
#[test]
fn what_came_before_an_end_counts() {
    let kit = Kit::new();
    let config = kit.server(Some(Word::required()));
    let origin = Origin::start(move |stream, _| {
        let mut tls = accept(&config, stream);
        if read_head(&mut tls).is_empty() {
            return;
        }
        let _ = tls.conn.writer().write_all(OK.as_bytes());
        let mut records = Vec::new();
        while tls.conn.wants_write() {
            tls.conn.write_tls(&mut records).unwrap();
        }
        // All in one piece, and what is no record behind it.
        records.extend_from_slice(&[0xaa; 20]);
        let _ = tls.sock.write_all(&records);
        drain(&mut tls.sock);
    });
    let probed = probed(&kit, &origin);
    assert_eq!((probed.acceptance, codes(&probed)), (Acceptance::Accepted, vec![]), "{probed:?}");
}

/// The address that took a connection is the one for all, and no more are tried than eight.
#[test]
fn addresses_are_tried_in_turn_and_once() {
    let kit = Kit::new();
    let origin = Origin::answering(kit.server(Some(Word::required())), OK);
    let bundle = bundle(&kit, &origin.url());
    let probed = |url: &str, addresses: Vec<IpAddr>| {
        let target = Target::new(url).unwrap().addresses(addresses).timeouts(Duration::from_secs(10), LONG);
        probe(&target, &Identity::of(&bundle), bundle.report(), now())
    };
    // Nothing listens at the first.
    let found = probed(&origin.url(), vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]);
    let ends: Vec<bool> = found.tried.iter().map(|tried| tried.error.is_none()).collect();
    assert_eq!((found.acceptance, ends), (Acceptance::Accepted, vec![false, true]), "{:?}", found.tried);

    // A port that is taken and does not listen.
    let closed = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    closed.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let port = closed.local_addr().unwrap().as_socket().unwrap().port();
    let found = probed(&format!("https://localhost:{port}"), vec![Ipv4Addr::LOCALHOST.into(); 9]);
    assert_eq!((found.tried.len(), codes(&found)), (8, vec![Code::ProbeUnreachable]));
    assert!(found.is_unreached());
}

/// What was not tried for want of time has not failed.
#[test]
fn time_that_is_over_is_not_the_origins_fault() {
    let kit = Kit::new();
    let origin = Origin::answering(kit.server(Some(Word::required())), OK);
    let probed = probed_within(Duration::ZERO, &kit, &origin);
    assert_eq!((probed.unreachable, probed.tried.len()), (Some(Unreachable::OutOfTime), 0));
    assert_eq!(origin.connections(), 0);
}
