//! `certflight probe`, `check --probe` and `upload --probe` against origins on loopback that do what a case says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

#[path = "../../probe/tests/support/mod.rs"]
mod origin;
mod support;

use certflight_validate::Code;
use origin::{Kit, OK, Origin, Word};
use rustls::server::Acceptor;
use rustls::{CertificateError, CipherSuite, DistinguishedName, SignatureScheme};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::{Ended, command, file, key_lines};
use tempfile::TempDir;

/// A sound bundle in a folder, with the root of the origin's server in its CA file.
struct Bundle {
    folder: TempDir,
}

impl Bundle {
    fn new(kit: &Kit) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cert.pem", "key.pem"] {
            fs::copy(file("ok__p256-pkcs8", name), folder.path().join(name)).unwrap();
        }
        let ca = fs::read_to_string(file("ok__p256-pkcs8", "ca.pem")).unwrap();
        fs::write(folder.path().join("ca.pem"), ca.clone() + &kit.root_pem).unwrap();
        fs::write(folder.path().join("client-ca.pem"), ca).unwrap();
        Bundle { folder }
    }

    /// A command in the folder, with the bundle's flags.
    fn run(&self, args: &[&str], more: &[&str]) -> Ended {
        self.run_in(args, &[ALL, more].concat(), &[])
    }

    fn run_in(&self, args: &[&str], more: &[&str], environment: &[(&str, &str)]) -> Ended {
        let mut command = command();
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        command.envs(environment.iter().copied()).current_dir(self.folder.path()).args(args).args(more);
        Ended::of(command.output().unwrap())
    }

    fn probe(&self, url: &str, more: &[&str]) -> Ended {
        self.run(&["probe", "--origin", url], more)
    }
}

fn codes(ended: &Ended) -> Vec<String> {
    let json = ended.json();
    let all = json["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap().to_owned());
    all.filter(|code| code.starts_with("probe-") && code != "probe-server-by-ca").collect()
}

const ALL: &[&str] = &["--cert", "cert.pem", "--key", "key.pem", "--ca", "ca.pem"];

/// How a case comes to its code: the origin, and what is given.
struct Case {
    code: Code,
    _origin: Option<Origin>,
    _closed: Option<support::net::Closed>,
    url: String,
    flags: Vec<&'static str>,
}

/// One origin for each code, with the one thing in it that the code is about.
fn cases(kit: &Kit) -> Vec<Case> {
    let case = |code, origin: Origin, more: &[&'static str]| {
        let files = if more.contains(&"--cert") { &[] } else { ALL };
        Case { code, url: origin.url(), _origin: Some(origin), _closed: None, flags: [files, more].concat() }
    };
    let answering = |word: Option<Word>, answer: &str| Origin::answering(kit.server(word), answer);
    let refusing = |error| answering(Some(Word::refusing(error)), OK);
    let listed = DistinguishedName::from(b"\x30\x15\x31\x13\x30\x11\x06\x03\x55\x04\x03\x0c\x0aAnother CA".to_vec());
    let closed = support::net::Closed::new();
    let required = || Some(Word::required());
    vec![
        Case {
            code: Code::ProbeUnreachable,
            url: format!("https://127.0.0.1:{}", closed.port),
            _origin: None,
            _closed: Some(closed),
            flags: ALL.to_vec(),
        },
        case(
            Code::ProbeSilent,
            Origin::start(|mut stream, _| while matches!(stream.read(&mut [0; 512]), Ok(1..)) {}),
            &["--probe-timeout", "1s"],
        ),
        case(
            Code::ProbeTlsFailed,
            Origin::start(|mut stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                origin::drain(&mut stream);
            }),
            &[],
        ),
        case(
            Code::ProbeNoCommonTls,
            Origin::start(|mut stream, _| {
                let _ = stream.write_all(&origin::alert(70));
                origin::drain(&mut stream);
            }),
            &[],
        ),
        case(Code::ProbeNotRequested, answering(None, OK), &[]),
        case(
            Code::ProbeSchemeNotTaken,
            answering(Some(Word { schemes: vec![SignatureScheme::ED25519], ..Word::required() }), OK),
            &[],
        ),
        case(Code::ProbeNotPresented, answering(required(), OK), &["--cert", "cert.pem", "--ca", "ca.pem", "--anyway"]),
        case(Code::ProbeUnknownCa, refusing(CertificateError::UnknownIssuer), &[]),
        case(Code::ProbeBadCertificate, refusing(CertificateError::BadEncoding), &[]),
        case(Code::ProbeCertificateExpired, refusing(CertificateError::Expired), &[]),
        case(Code::ProbeCertificateRevoked, refusing(CertificateError::Revoked), &[]),
        case(Code::ProbeUnsupportedCertificate, refusing(CertificateError::InvalidPurpose), &[]),
        case(
            Code::ProbeCertificateUnknown,
            refusing(CertificateError::Other(rustls::OtherError(Arc::new(std::io::Error::other("it is so"))))),
            &[],
        ),
        case(Code::ProbeAccessDenied, refusing(CertificateError::ApplicationVerificationFailure), &[]),
        case(Code::ProbeCertificateRequired, origin::alerting(kit, 116), &[]),
        case(Code::ProbeHandshakeFailure, origin::alerting(kit, 40), &[]),
        case(Code::ProbeSignatureRefused, origin::alerting(kit, 51), &[]),
        case(Code::ProbeAlert, origin::alerting(kit, 80), &[]),
        case(Code::ProbeReset, resetting(kit), &[]),
        case(Code::ProbeHttpRefused, like_nginx(kit), &[]),
        case(
            Code::ProbeServerUntrusted,
            answering(required(), OK),
            &["--cert", "cert.pem", "--key", "key.pem", "--ca", "client-ca.pem"],
        ),
        case(Code::ProbeServerByCa, answering(required(), OK), &[]),
        case(Code::ProbeHttpError, answering(required(), "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), &[]),
        case(Code::ProbeNotRequired, answering(Some(Word::optional()), OK), &[]),
        case(Code::ProbeCaNotListed, answering(Some(Word { authorities: vec![listed], ..Word::required() }), OK), &[]),
        case(Code::ProbeRenegotiation, origin::renegotiating(kit, OK), &[]),
        case(Code::ProbeVersionsDiffer, differing(kit), &[]),
        case(Code::ProbeNoHttp, answering(required(), "220 mail.example ESMTP\r\n"), &[]),
    ]
}

/// Cuts a TLS 1.2 connection off once a certificate has come.
fn resetting(kit: &Kit) -> Origin {
    let config = Arc::new(kit.config(&[&rustls::version::TLS12], Some(Word::required())));
    Origin::start(move |mut stream, _| {
        origin::to_certificate(&config, &mut stream);
        origin::reset(&stream);
    })
}

/// Takes every certificate in TLS, and answers as nginx does: with one page for a certificate that does not verify, and another for none.
fn like_nginx(kit: &Kit) -> Origin {
    let config = kit.server(Some(Word::optional()));
    Origin::start(move |stream, _| {
        let mut tls = origin::accept(&config, stream);
        if !origin::read_head(&mut tls).is_empty() {
            let length = if tls.conn.peer_certificates().is_some() { 208 } else { 230 };
            let _ = write!(tls, "HTTP/1.1 400 Bad Request\r\nServer: nginx/1.22.1\r\nContent-Length: {length}\r\n\r\n");
        }
        tls.conn.send_close_notify();
        let _ = tls.flush();
        origin::drain(&mut tls.sock);
    })
}

/// Takes certificates under TLS 1.3, and asks for none under TLS 1.2.
fn differing(kit: &Kit) -> Origin {
    let asking = kit.config(&[&rustls::version::TLS13], Some(Word::required()));
    let (asking, plain) = (Arc::new(asking), Arc::new(kit.config(&[&rustls::version::TLS12], None)));
    Origin::start(move |mut stream, _| {
        let mut acceptor = Acceptor::default();
        let accepted = loop {
            if !matches!(acceptor.read_tls(&mut stream), Ok(1..)) {
                return;
            }
            match acceptor.accept() {
                Ok(None) => {}
                Ok(Some(accepted)) => break accepted,
                Err(_) => return,
            }
        };
        let is_newer = accepted.client_hello().cipher_suites().contains(&CipherSuite::TLS13_AES_256_GCM_SHA384);
        let config = if is_newer { &asking } else { &plain };
        let Ok(connection) = accepted.into_connection(Arc::clone(config)) else { return };
        let mut tls = rustls::StreamOwned::new(connection, stream);
        if !origin::read_head(&mut tls).is_empty() {
            let _ = tls.write_all(OK.as_bytes());
        }
        tls.conn.send_close_notify();
        let _ = tls.flush();
        origin::drain(&mut tls.sock);
    })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/probe-snapshots")
}

/// The block of a code in what is printed, ports left out.
fn block(ended: &Ended, code: Code, url: &str) -> String {
    let port = url.rsplit_once(':').unwrap().1;
    let head = format!("[{code}]");
    let block = ended.out.split("\n\n").find(|block| block.lines().next().is_some_and(|line| line.contains(&head)));
    let block = block.unwrap_or_else(|| panic!("{code} is not said: {}{}", ended.out, ended.err));
    format!("{}\n", block.trim_end().replace(port, "PORT"))
}

/// `CERTFLIGHT_BLESS=1 cargo test -p certflight --test probe` writes them anew.
#[test]
fn every_code_of_a_probe_reads_as_it_did() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let bless = std::env::var_os("CERTFLIGHT_BLESS").is_some();
    if bless {
        let _ = fs::remove_dir_all(folder());
        fs::create_dir(folder()).unwrap();
    }
    let mut wrong = Vec::new();
    let cases = cases(&kit);
    for case in &cases {
        let ended = bundle.run_in(&["probe", "--origin", &case.url], &case.flags, &[]);
        // What cannot be told does not pass, whatever the code's own severity.
        let expected = match case.code {
            Code::ProbeUnreachable | Code::ProbeSilent => 4,
            Code::ProbeServerByCa
            | Code::ProbeNotRequired
            | Code::ProbeCaNotListed
            | Code::ProbeVersionsDiffer
            | Code::ProbeNoHttp => 0,
            _ => 1,
        };
        assert_eq!(ended.code, expected, "{}: {}{}", case.code, ended.out, ended.err);
        let shown = block(&ended, case.code, &case.url);
        let path = folder().join(format!("{}.txt", case.code));
        if bless {
            fs::write(&path, &shown).unwrap();
        } else if fs::read_to_string(&path).ok().map(|text| text.replace("\r\n", "\n")) != Some(shown) {
            wrong.push(case.code);
        }
    }
    for code in Code::ALL.iter().filter(|code| code.is_probe()) {
        assert!(cases.iter().any(|case| case.code == *code), "no origin comes to {code}");
    }
    assert_eq!(fs::read_dir(folder()).unwrap().count(), cases.len(), "a snapshot of nothing lies in {}", folder().display());
    assert!(wrong.is_empty(), "the output changed for {wrong:?}: write it anew with CERTFLIGHT_BLESS=1 and read it");
}

#[test]
fn a_certificate_that_is_taken_passes() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let origin = Origin::answering(kit.server(Some(Word::required())), OK);
    let ended = bundle.probe(&origin.url(), &[]);
    assert_eq!(ended.code, 0, "{}", ended.out);
    for line in [
        "TLS 1.3, TLS_AES_256_GCM_SHA384: asks for a certificate\n    with the certificate: 200\n    without one: alert certificate_required, after the handshake\n",
        "TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: asks for a certificate\n    with the certificate: 200\n    without one: alert certificate_required\n",
        "  it names no CA\n",
        "  the origin's own certificate: CN=api.example.com issued by CN=Root of the origin's server, expires\n    in",
        "  calls work if ca is for the client certificate's issuer: no\n  calls work if ca verifies the origin: yes\n",
        "  the origin takes the certificate, and does not do without\n",
    ] {
        assert!(ended.out.contains(line), "{line}\nis not in\n{}", ended.out);
    }
    assert_eq!(origin.connections(), 4);

    let json = bundle.probe(&origin.url(), &["--format", "json"]).json();
    assert_eq!((&json["verdict"], &json["probe"]["acceptance"]), (&"pass".into(), &"accepted".into()));
    assert_eq!(json["probe"]["attempts"].as_array().unwrap().len(), 4);
    assert_eq!(json["probe"]["works_if_ca_is"], serde_json::json!({"client-issuer": false, "origin-server": true}));
    for format in ["json", "github", "junit", "html"] {
        let ended = bundle.probe(&origin.url(), &["--format", format]);
        assert_eq!(ended.code, 0, "{format}");
        assert!(ended.out.contains("probe-server-by-ca"), "{format}: {}", ended.out);
        let is_said = ended.out.contains("the origin takes the certificate, and does not do without");
        assert_eq!(is_said, format == "html", "{format}");
    }
}

/// The schema knows each document, and nothing beside.
#[test]
fn the_json_is_as_its_schema_says() {
    let schema = include_str!("../../../docs/report.schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let mut seen = 0;
    for case in cases(&kit).iter().filter(|case| case.code != Code::ProbeSilent) {
        let flags = [&case.flags[..], &["--format", "json"]].concat();
        let json = bundle.run_in(&["probe", "--origin", &case.url], &flags, &[]).json();
        let errors: Vec<String> = schema.iter_errors(&json).map(|error| format!("{error} at {}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.code);
        seen += 1;
    }
    assert!(seen > 20);
}

#[test]
fn an_unsound_bundle_is_probed_when_asked() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let origin = Origin::answering(kit.server(Some(Word::refusing(CertificateError::Expired))), OK);
    for name in ["cert.pem", "key.pem", "ca.pem"] {
        fs::copy(file("certificate-expired__leaf", name), bundle.folder.path().join(name)).unwrap();
    }
    let ended = bundle.probe(&origin.url(), &[]);
    assert_eq!((ended.code, origin.connections()), (1, 0));
    assert!(ended.out.contains("probe: not run, the bundle is not sound; --anyway probes all the same"), "{}", ended.out);

    let ended = bundle.probe(&origin.url(), &["--anyway"]);
    assert_eq!((ended.code, origin.connections()), (1, 4));
    assert!(ended.out.contains("most likely: validation found certificate-expired"), "{}", ended.out);

    let ended = bundle.probe("https://localhost:1/path", &["--anyway"]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("probe: not run, the origin is not sound"), "{}", ended.out);
    fs::write(bundle.folder.path().join("key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
    let ended = bundle.probe(&origin.url(), &["--anyway", "--format", "json"]);
    assert_eq!((ended.code, origin.connections()), (1, 4));
    assert!(ended.json()["probe"]["not_run"].as_str().unwrap().contains("cannot be read"));
}

#[test]
fn check_probes_when_asked() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let origin = Origin::answering(kit.server(Some(Word::required())), OK);
    assert_eq!(bundle.run(&["check", "--origin", &origin.url()], &[]).code, 0);
    assert_eq!(origin.connections(), 0);
    let ended = bundle.run(&["check", "--origin", &origin.url(), "--probe"], &[]);
    assert_eq!((ended.code, origin.connections()), (0, 4), "{}", ended.out);
    // Levels hold for what a probe finds, and for the rest as they do without one.
    let info = ["check", "--origin", &origin.url(), "--allow", "origin-private-host"];
    for ended in [bundle.run(&info, &[]), bundle.run(&info, &["--probe"])] {
        assert!(ended.out.contains("info[origin-private-host]"), "{}", ended.out);
    }
    let ended = bundle.run(&["check", "--origin", &origin.url(), "--probe", "--deny", "probe-server-by-ca"], &[]);
    assert_eq!(ended.code, 1, "{}", ended.out);
    let ended =
        bundle.run(&["check", "--origin", &origin.url(), "--probe", "--allow", "probe-server-by-ca", "--format", "json"], &[]);
    let json = ended.json();
    let finding = json["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "probe-server-by-ca").unwrap();
    assert_eq!((ended.code, &finding["severity"]), (0, &"info".into()));
}

#[test]
fn an_upload_waits_for_the_origin() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let upload =
        |url: &str, more: &[&str]| bundle.run(&["upload", "--sandbox", "--project", "demo", "--origin", url, "--probe"], more);
    let taking = Origin::answering(kit.server(Some(Word::required())), OK);
    let ended = upload(&taking.url(), &[]);
    assert_eq!((ended.code, taking.connections()), (0, 4), "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("the origin takes the certificate") && ended.out.contains("sandbox: uploaded"), "{}", ended.out);
    let json = upload(&taking.url(), &["--format", "json"]).json();
    assert_eq!((&json["probe"]["acceptance"], &json["upload"]["sent"]), (&"accepted".into(), &true.into()));

    let refusing = Origin::answering(kit.server(Some(Word::refusing(CertificateError::UnknownIssuer))), OK);
    let ended = upload(&refusing.url(), &[]);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("error[probe-unknown-ca]") && ended.out.contains("nothing was sent"), "{}", ended.out);
    assert!(!ended.out.contains("uploaded"), "{}", ended.out);

    let closed = support::net::Closed::new();
    let ended = upload(&format!("https://127.0.0.1:{}", closed.port), &["--format", "json"]);
    assert_eq!(ended.code, 4, "{}{}", ended.out, ended.err);
    let json = ended.json();
    assert_eq!((&json["verdict"], &json["upload"]["sent"]), (&"fail".into(), &false.into()));

    // Nor is one of which it cannot be told whether the origin takes it.
    let denied = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    for origin in [
        Origin::answering(kit.server(Some(Word::optional())), denied),
        Origin::answering(kit.server(Some(Word::required())), denied),
        origin::renegotiating(&kit, OK),
    ] {
        let ended = upload(&origin.url(), &["--format", "json"]);
        let json = ended.json();
        assert_eq!((ended.code, &json["verdict"], &json["upload"]["sent"]), (1, &"fail".into(), &false.into()), "{}", ended.out);
        assert_eq!(json["probe"]["acceptance"], "unknown");
    }

    // An unsound bundle is not sent, whatever the origin says of it.
    fs::copy(file("certificate-expired__leaf", "cert.pem"), bundle.folder.path().join("cert.pem")).unwrap();
    fs::copy(file("certificate-expired__leaf", "key.pem"), bundle.folder.path().join("key.pem")).unwrap();
    let ended = upload(&taking.url(), &["--anyway"]);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("nothing was sent") && ended.out.contains("the origin takes the certificate"), "{}", ended.out);
}

#[test]
fn wrong_usage_is_said_before_anything_is_connected() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let origin = Origin::answering(kit.server(None), OK);
    let url = origin.url();
    for (args, said) in [
        (&["probe"][..], "give --origin https://HOST"),
        (&["check", "--probe"], "--origin"),
        (&["check", "--origin", &url, "--anyway"], "--anyway is of a probe: give --probe with it"),
        (&["check", "--origin", &url, "--probe", "--at", "2026-06-01T00:00:00Z"], "cannot be used with"),
        (&["upload", "--sandbox", "--project", "demo", "--origin", &url, "--resolve", "a:1:127.0.0.1"], "give --probe with it"),
        (&["upload", "--sandbox", "--project", "demo", "--origin", &url, "--probe", "--skip-validation"], "cannot be used with"),
        (&["probe", "--origin", &url, "--probe-path", "health"], "--probe-path health: this is no path"),
        (&["probe", "--origin", &url, "--probe-path", "/a b"], "no white space"),
        (&["probe", "--origin", &url, "--probe-path", "/a\r\nX: y"], "no white space"),
        (&["probe", "--origin", &url, "--servername", "a_b c"], "--servername a_b c: this is no host name"),
        (&["probe", "--origin", &url, "--resolve", "localhost:1:127.0.0.1"], "this would change nothing"),
        (&["probe", "--origin", &url, "--resolve", "localhost"], "write it as HOST:PORT:ADDR"),
        (&["probe", "--origin", &url, "--connect-to", "example.com:443:127.0.0.1:1"], "this would change nothing"),
        (&["probe", "--origin", &url, "--connect-to", "::a b:1"], "--connect-to ::a b:1: the host is no name"),
        (&["probe", "--origin", &url, "--probe-timeout", "0s"], "nothing is done in no time"),
    ] {
        let ended = bundle.run(args, &[]);
        assert_eq!(ended.code, 2, "{args:?}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(said), "{args:?}: {}", ended.err);
    }
    assert_eq!(origin.connections(), 0);
}

/// A partner's new address is tried before the name leads there.
#[test]
fn the_connection_goes_where_it_is_sent() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let (heads, head) = std::sync::mpsc::channel();
    let config = kit.server(Some(Word::required()));
    let origin = Origin::start(move |stream, _| {
        let mut tls = origin::accept(&config, stream);
        let head = origin::read_head(&mut tls);
        let name = tls.conn.server_name().map(str::to_owned);
        if !head.is_empty() {
            let _ = tls.write_all(OK.as_bytes());
            let _ = heads.send((String::from_utf8(head).unwrap(), name));
        }
        tls.conn.send_close_notify();
        let _ = tls.flush();
        origin::drain(&mut tls.sock);
    });
    let port = origin.port;
    for (url, more, host, name) in [
        (
            format!("https://api.example.com:{port}"),
            ["--resolve".to_owned(), format!("api.example.com:{port}:127.0.0.1")],
            format!("api.example.com:{port}"),
            "api.example.com",
        ),
        (
            "https://api.example.com".to_owned(),
            ["--connect-to".to_owned(), format!("api.example.com:443:127.0.0.1:{port}")],
            "api.example.com".to_owned(),
            "api.example.com",
        ),
        (
            format!("https://localhost:{port}"),
            ["--servername".to_owned(), "api.example.com".to_owned()],
            format!("localhost:{port}"),
            "api.example.com",
        ),
    ] {
        let ended = bundle.probe(&url, &[&more[0], &more[1], "--probe-path", "/health?deep=1"]);
        assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
        for _version in 0..2 {
            let (head, named) = head.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
            assert!(
                head.starts_with("HEAD /health?deep=1 HTTP/1.1\r\n") && head.contains(&format!("\r\nHost: {host}\r\n")),
                "{head}"
            );
            assert_eq!(named.as_deref(), Some(name));
        }
    }
    // The certificate of the server has to be for the name that was asked for.
    let ended = bundle.probe(&origin.url(), &["--servername", "other.example.com"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.out.contains("error[probe-server-untrusted]") && ended.out.contains("it is for another host name"),
        "{}",
        ended.out
    );
}

#[test]
fn a_proxy_is_asked_for_a_tunnel() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let origin = Origin::answering(kit.server(Some(Word::required())), OK);
    let (proxy, asked) = support::net::proxy(origin.port);
    let named = format!("http://me:hunter2@127.0.0.1:{}", proxy.port);
    let probe = ["probe", "--origin", "https://api.example.com"];
    let ended = bundle.run_in(&probe, ALL, &[("HTTPS_PROXY", &named)]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains(&format!("through the proxy 127.0.0.1:{}", proxy.port)), "{}", ended.out);
    assert!(!ended.out.contains("hunter2") && !ended.err.contains("hunter2"));
    assert_eq!(*asked.lock().unwrap(), vec!["CONNECT api.example.com:443 HTTP/1.1"; 4]);
    // A flag that says where the host is holds for the proxy, too.
    let to = "api.example.com:443:new.example.com:8443";
    assert_eq!(bundle.run_in(&probe, &[ALL, &["--connect-to", to]].concat(), &[("https_proxy", &named)]).code, 0);
    assert_eq!(asked.lock().unwrap().last().unwrap(), "CONNECT new.example.com:8443 HTTP/1.1");

    // This machine is reached directly, and so is what is excepted.
    asked.lock().unwrap().clear();
    let own = origin.url();
    assert_eq!(bundle.run_in(&["probe", "--origin", &own], ALL, &[("ALL_PROXY", &named)]).code, 0);
    let resolved = format!("api.example.com:{}:127.0.0.1", origin.port);
    let elsewhere = format!("https://api.example.com:{}", origin.port);
    let ended = bundle.run_in(&["probe", "--origin", &elsewhere, "--resolve", &resolved], ALL, &[("HTTPS_PROXY", &named)]);
    assert_eq!(ended.code, 0);
    assert!(asked.lock().unwrap().is_empty());

    for (value, said) in [("socks5://127.0.0.1:1", "names no proxy that can be used"), ("https://127.0.0.1:1", "plain HTTP")] {
        let ended = bundle.run_in(&probe, ALL, &[("HTTPS_PROXY", value)]);
        assert_eq!(ended.code, 2, "{}", ended.out);
        assert!(ended.err.contains(said), "{}", ended.err);
    }
}

#[test]
fn a_proxy_that_opens_no_tunnel_is_named() {
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "y".repeat(20_000));
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    for (answer, said) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "the proxy asks for a user name and password (407)"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "the proxy opens no tunnel there, it answers 403"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 502 Bad Gateway\r\n\r\n", "the proxy opens no tunnel there, it answers 502"),
        ("220 mail.example ESMTP\r\n\r\n", "it did not answer as HTTP does"),
        ("", "it closed the connection"),
        (&endless, "its answer is longer than 16384 bytes"),
    ] {
        let answer = answer.to_owned();
        let proxy = Origin::start(move |mut stream, _| {
            origin::read_head(&mut stream);
            let _ = stream.write_all(answer.as_bytes());
            origin::drain(&mut stream);
        });
        let named = format!("http://127.0.0.1:{}", proxy.port);
        let ended = bundle.run_in(&["probe", "--origin", "https://api.example.com"], ALL, &[("HTTPS_PROXY", &named)]);
        assert_eq!(ended.code, 4, "{}{}", ended.out, ended.err);
        let flat = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(said), "{said}: {}", ended.out);
    }
}

/// Nothing of the key is in what is printed, whatever the origin does.
#[test]
fn the_key_is_not_printed() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let lines = key_lines(&bundle.folder.path().join("key.pem"));
    assert!(!lines.is_empty());
    for case in cases(&kit).iter().filter(|case| case.code != Code::ProbeSilent) {
        for format in ["human", "json", "html"] {
            let ended = bundle.run_in(
                &["probe", "--origin", &case.url],
                &[&case.flags[..], &["--format", format, "--debug"]].concat(),
                &[],
            );
            for line in &lines {
                assert!(!ended.out.contains(line.as_str()) && !ended.err.contains(line.as_str()), "{}", case.code);
            }
        }
    }
}

/// A server of HTTP/2 alone takes the certificate in the same handshake.
#[test]
fn a_server_of_http_2_alone_is_told() {
    let kit = Kit::new();
    let bundle = Bundle::new(&kit);
    let mut config = kit.config(rustls::ALL_VERSIONS, Some(Word::required()));
    config.alpn_protocols = vec![b"h2".to_vec()];
    let config = Arc::new(config);
    let origin = Origin::start(move |stream, _| {
        let mut tls = origin::accept(&config, stream);
        let mut preface = [0; 33];
        if tls.read_exact(&mut preface).is_ok() {
            let _ = tls.write_all(b"\0\0\0\x04\0\0\0\0\0");
            let _ = tls.flush();
        }
        origin::drain(&mut tls.sock);
    });
    let ended = bundle.probe(&origin.url(), &["--format", "json"]);
    assert_eq!((ended.code, codes(&ended)), (0, vec!["probe-no-http".to_owned()]), "{}", ended.out);
    let json = ended.json();
    assert_eq!((&json["probe"]["acceptance"], &json["probe"]["attempts"][0]["alpn"]), (&"accepted".into(), &"h2".into()));
    assert_eq!(json["probe"]["attempts"][0]["outcome"], "http2");
}

/// What validation found and what the server lists come before what is usual.
#[test]
fn causes_begin_with_what_something_speaks_for() {
    let kit = Kit::new();
    let refusing = |authorities| {
        let word = Word { authorities, ..Word::refusing(CertificateError::UnknownIssuer) };
        Origin::answering(kit.server(Some(word)), OK)
    };
    let another = DistinguishedName::from(b"\x30\x15\x31\x13\x30\x11\x06\x03\x55\x04\x03\x0c\x0aAnother CA".to_vec());
    for (fixture, authorities, said) in [
        ("chain-intermediate-not-sent__in-ca", vec![], "most likely: an intermediate is only in the CA input, so it was not sent"),
        (
            "ok__p256-pkcs8",
            vec![another],
            "most likely: the server names the CAs that it takes, and none of them is on the certificate's path",
        ),
        ("leaf-self-signed__leaf", vec![], "most likely: the certificate is self-signed, so the server has to trust it by itself"),
        ("chain-missing-issuer__missing-intermediate", vec![], "most likely: validation found chain-missing-issuer"),
        ("ok__p256-pkcs8", vec![], "most likely: the partner has not put the CA that issued it among those that this host trusts"),
    ] {
        let origin = refusing(authorities);
        let bundle = Bundle::new(&kit);
        for name in ["cert.pem", "key.pem", "ca.pem"] {
            fs::copy(file(fixture, name), bundle.folder.path().join(name)).unwrap();
        }
        let ended = bundle.probe(&origin.url(), &["--anyway"]);
        assert_eq!(ended.code, 1);
        let block = block(&ended, Code::ProbeUnknownCa, &origin.url()).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(block.contains(said), "{fixture}: {block}");
    }
}

/// A server's word and a bundle as the README has them; the address alone is another.
#[test]
fn the_readme_shows_a_probe_as_it_is() {
    let readme = include_str!("../../../README.md").replace("\r\n", "\n");
    let shown = readme.split("```console\nprobe of ").nth(1).unwrap().split("```").next().unwrap();
    let kit = Kit::new();
    let mut config = kit.config(rustls::ALL_VERSIONS, Some(Word::refusing(CertificateError::UnknownIssuer)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let origin = Origin::answering(config.into(), OK);
    let to = format!("api.example.com:443:127.0.0.1:{}", origin.port);
    let ended = Bundle::new(&kit).probe("https://api.example.com", &["--connect-to", &to]);
    let printed = ended.out.replace(&format!("127.0.0.1:{}", origin.port), "203.0.113.7:443");
    let mut rest = &*printed;
    for line in format!("probe of {shown}").lines().filter(|line| *line != "  …") {
        let at = rest.find(&format!("{line}\n")).unwrap_or_else(|| panic!("{line}\nis not in, or not there, in\n{printed}"));
        rest = &rest[at..];
    }
}
