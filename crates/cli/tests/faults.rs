//! What can go wrong between here and the API: each row of docs/faults.md, against a server that does it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use std::io::{Read as _, Write as _};
use std::sync::Mutex;
use std::thread;
use support::net::{self, Peer, Tls, answer, answer_with};
use support::{Ended, TOKEN, command, inputs};

const TAKEN: &str = r#"{"updated": true, "origin": "https://api.example.com", "certId": "cert_1"}"#;
const LIMITED: &str = r#"{"error": {"code": "rate_limited", "message": "Slow down", "limit": {"remaining": 0, "reset": 1000, "resetMs": 1000000, "total": 5}}}"#;
const FAILED: &str = r#"{"error": {"code": "internal_server_error", "message": "It broke"}}"#;

/// A server, and how it is addressed.
struct Fault {
    /// Kept while the command runs.
    peer: Option<Peer>,
    closed: Option<net::Closed>,
    url: String,
    args: Vec<String>,
}

impl From<Peer> for Fault {
    fn from(peer: Peer) -> Self {
        Fault { url: peer.url(), peer: Some(peer), closed: None, args: Vec::new() }
    }
}

impl Fault {
    /// Over TLS, with a root in a file of this name.
    fn tls(peer: Peer, root_pem: &str, name: &str) -> Self {
        let root = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fault-{name}-{}.pem", peer.port));
        std::fs::write(&root, root_pem).unwrap();
        let url = format!("https://127.0.0.1:{}", peer.port);
        Fault { peer: Some(peer), closed: None, url, args: vec!["--api-ca".into(), root.to_str().unwrap().into()] }
    }

    /// With little patience, but enough for the list that follows.
    fn hurried(self) -> Self {
        let args = [self.args, vec!["--timeout".into(), "1500ms".into()]].concat();
        Fault { args, ..self }
    }
}

/// Gives the same answer to every upload.
fn always(status: &str, header: &str, body: &str) -> Fault {
    Peer::answering(vec![answer_with(status, header, body)]).into()
}

fn once(answer: String) -> Fault {
    Peer::answering(vec![answer]).into()
}

type Row = (&'static str, fn() -> Fault);

/// The name of each row, and the server that does it.
const ROWS: &[Row] = &[
    ("the connection is refused", || {
        let closed = net::Closed::new();
        Fault { url: format!("http://127.0.0.1:{}", closed.port), peer: None, closed: Some(closed), args: Vec::new() }
    }),
    ("a reset before the body: in the TLS handshake", || {
        let peer = Peer::start(|mut stream, _| {
            stream.read_exact(&mut [0; 5]).unwrap();
            net::reset(stream);
        });
        Fault::tls(peer, &Tls::new("127.0.0.1", 2049).root_pem, "reset")
    }),
    ("no answer in the TLS handshake", || {
        Fault::tls(Peer::start(|stream, _| net::hold(stream)), &Tls::new("127.0.0.1", 2049).root_pem, "silent").hurried()
    }),
    ("a server that does not speak TLS", || {
        let peer = Peer::start(|mut stream, _| {
            stream.read_exact(&mut [0; 5]).unwrap();
            net::send(&mut stream, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            net::hold(stream);
        });
        Fault::tls(peer, &Tls::new("127.0.0.1", 2049).root_pem, "plain")
    }),
    ("an unknown root", || {
        let other = Tls::new("127.0.0.1", 2049).root_pem;
        Fault::tls(Tls::new("127.0.0.1", 2049).serve(TAKEN), &other, "unknown")
    }),
    ("a certificate of another name", || {
        let tls = Tls::new("api.example.org", 2049);
        let root = tls.root_pem.clone();
        Fault::tls(tls.serve(TAKEN), &root, "name")
    }),
    ("a certificate that has expired", || {
        let tls = Tls::new("127.0.0.1", 2025);
        let root = tls.root_pem.clone();
        Fault::tls(tls.serve(TAKEN), &root, "expired")
    }),
    ("a reset during the body", || {
        let peer = Peer::of_uploads(|mut stream, _| {
            stream.read_exact(&mut [0; 16]).unwrap();
            net::reset(stream);
        });
        peer.into()
    }),
    ("a reset after the body", || {
        let peer = Peer::of_uploads(|mut stream, _| {
            net::read_body(&mut stream);
            net::reset(stream);
        });
        peer.into()
    }),
    ("the connection ends without an answer", || Peer::of_uploads(|mut stream, _| net::read_body(&mut stream)).into()),
    ("no header comes", || Fault::from(Peer::of_uploads(|stream, _| net::hold(stream))).hurried()),
    ("the body stops", || {
        let peer = Peer::of_uploads(|mut stream, _| {
            net::read_body(&mut stream);
            net::send(&mut stream, &answer("200 OK", TAKEN)[..150]);
            net::hold(stream);
        });
        Fault::from(peer).hurried()
    }),
    ("307 to another host", || always("307 Temporary Redirect", "Location: http://127.0.0.1:9/", "")),
    ("429, `Retry-After: 0`", || always("429 Too Many Requests", "Retry-After: 0", LIMITED)),
    ("429, `Retry-After` a date that is past", || {
        always("429 Too Many Requests", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", LIMITED)
    }),
    ("429, `error.limit.reset` alone", || once(answer("429 Too Many Requests", LIMITED))),
    ("429 without a time", || {
        once(answer("429 Too Many Requests", r#"{"error": {"code": "rate_limited", "message": "Slow down"}}"#))
    }),
    ("429, `Retry-After: 3600`", || always("429 Too Many Requests", "Retry-After: 3600", LIMITED)),
    ("429, `Retry-After` a date in years", || {
        always("429 Too Many Requests", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", LIMITED)
    }),
    ("429, then a yes", || {
        let limited = answer_with("429 Too Many Requests", "Retry-After: 0", LIMITED);
        Peer::answering(vec![limited, answer("200 OK", TAKEN)]).into()
    }),
    ("500", || once(answer("500 Internal Server Error", FAILED))),
    ("502", || once(answer("502 Bad Gateway", "<html>Bad gateway</html>"))),
    ("503", || always("503 Service Unavailable", "Retry-After: 0", "")),
    ("503, `Retry-After: 3600`", || always("503 Service Unavailable", "Retry-After: 3600", "")),
    ("503, then a yes", || {
        Peer::answering(vec![answer_with("503 Service Unavailable", "Retry-After: 0", ""), answer("200 OK", TAKEN)]).into()
    }),
    ("504", || once(answer("504 Gateway Timeout", ""))),
    ("524, a gateway's own", || once(answer("524 A Timeout Occurred", ""))),
    ("200, JSON that is cut short", || once(answer("200 OK", r#"{"updated": true, "ori"#))),
    ("200, a body that breaks off", || once(answer("200 OK", TAKEN)[..150].to_owned())),
    ("200, JSON of another shape", || once(answer("200 OK", r#"{"ok": true}"#))),
    ("200, an ID that is empty", || once(answer("200 OK", r#"{"updated": true, "origin": "", "certId": ""}"#))),
    ("200 with nothing", || once(answer("200 OK", ""))),
    ("200, a body without end", || {
        let peer = Peer::of_uploads(|mut stream, _| {
            net::read_body(&mut stream);
            net::send(&mut stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
            while stream.write_all(chunk.as_bytes()).is_ok() {}
        });
        peer.into()
    }),
    ("200, 1 MB of HTML", || once(answer("200 OK", &"<p>hello</p>".repeat(90_000)))),
    ("403, 1 MB of HTML", || once(answer("403 Forbidden", &"<p>hello</p>".repeat(90_000)))),
    ("404", || once(answer("404 Not Found", r#"{"error": {"code": "not_found", "message": "Not found"}}"#))),
    ("405", || once(answer("405 Method Not Allowed", ""))),
    ("400 `method_unknown`", || once(answer("400 Bad Request", r#"{"code": "method_unknown", "message": "Unknown"}"#))),
];

fn upload(fault: &Fault, more: &[&str]) -> Ended {
    let mut command = command();
    command.env("VERCEL_TOKEN", TOKEN).args(["upload", "--project", "demo", "--api-url", &fault.url]);
    command.args(&fault.args).args(more).args(inputs(&certflight_fixtures::named("ok__p256-pkcs8")));
    Ended::of(command.output().unwrap())
}

/// What a row of the page promises.
struct Promise<'a> {
    name: &'a str,
    code: i32,
    tries: usize,
    /// The last line, `…` for what differs from system to system.
    read: &'a str,
}

fn promises(page: &str) -> Vec<Promise<'_>> {
    let rows = page.lines().filter(|line| line.starts_with('|')).skip(2);
    let rows = rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    let rows = rows.map(|cells| match cells[..] {
        [name, code, tries, read] => Promise { name, code: code.parse().unwrap(), tries: tries.parse().unwrap(), read },
        _ => panic!("{cells:?}"),
    });
    rows.collect()
}

/// Whether the parts between the `…` stand in the text in their order, from its beginning to its end.
fn reads(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    let parts: Vec<&str> = pattern.split('…').collect();
    for (at, part) in parts.iter().enumerate() {
        let found = if at == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
        let Some(found) = found else { return false };
        rest = &rest[found + part.len()..];
    }
    rest.is_empty() || parts.last() == Some(&"")
}

fn secrets() -> Vec<String> {
    let mut secrets = support::key_lines(&certflight_fixtures::named("ok__p256-pkcs8").folder.join("key.pem"));
    assert!(!secrets.is_empty());
    secrets.push(TOKEN.to_owned());
    secrets
}

/// What is wrong with one row, if anything.
fn try_row((name, fault): &Row, promise: &Promise<'_>, secrets: &[String]) -> Option<String> {
    let mut wrong = Vec::new();
    for more in [&[][..], &["--debug", "--format", "json"]] {
        let fault = fault();
        let ended = upload(&fault, more);
        let last = ended.err.lines().rev().find_map(|line| line.strip_prefix("certflight: ")).unwrap_or("");
        if ended.code != promise.code || !reads(last, promise.read) {
            wrong.push(format!("exit code {}: {last}", ended.code));
        }
        let tries = 1 + ended.err.matches("certflight: trying again in ").count();
        // Where nobody listens, nobody counts; where the body is not reached, the server sees no upload.
        assert_eq!(fault.peer.is_some(), fault.closed.is_none());
        let uploads = fault.peer.as_ref().map(Peer::uploads).filter(|uploads| *uploads > 0);
        if tries != promise.tries || uploads.is_some_and(|uploads| uploads != tries) {
            wrong.push(format!("{tries} tries, {uploads:?} uploads"));
        }
        if more.len() > 1 {
            let upload = &ended.json()["upload"];
            let is_sent = !last.contains("nothing was sent");
            if upload["sent"] != is_sent || (ended.code > 0) != upload["message"].is_string() {
                wrong.push(format!("{upload}"));
            }
        }
        if let Some(secret) = secrets.iter().find(|secret| ended.out.contains(*secret) || ended.err.contains(*secret)) {
            wrong.push(format!("{secret} is shown"));
        }
    }
    (!wrong.is_empty()).then(|| format!("{name}\n  {}", wrong.join("\n  ")))
}

#[test]
fn every_row_of_the_page_is_so() {
    let page = include_str!("../../../docs/faults.md");
    let promises = promises(page);
    let names: Vec<&str> = promises.iter().map(|promise| promise.name).collect();
    assert_eq!(names, ROWS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let secrets = &secrets();
    // Some wait for the next try, so a few run beside each other.
    let rows = &Mutex::new(ROWS.iter().zip(&promises));
    let work = move || {
        let next = || rows.lock().unwrap().next();
        std::iter::from_fn(next).filter_map(|(row, promise)| try_row(row, promise, secrets)).collect::<Vec<String>>()
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..6).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}

#[test]
fn a_redirect_sends_nothing_elsewhere() {
    let elsewhere = Peer::answering(vec![answer("200 OK", TAKEN)]);
    for status in ["301 X", "302 X", "307 X", "308 X"] {
        let fault = always(status, &format!("Location: {}/v1/projects/demo/client-cert", elsewhere.url()), "");
        assert_eq!((upload(&fault, &[]).code, elsewhere.uploads()), (3, 0));
    }
}

/// A server that says everything back that it was told, in its headers too.
#[test]
fn an_echo_is_not_shown() {
    let key = String::from_utf8(certflight_fixtures::named("ok__p256-pkcs8").key.unwrap()).unwrap();
    let line = key.replace('\n', "");
    let header = format!("X-Echo: Bearer {TOKEN} {line}\r\nX-Vercel-Id: {TOKEN}\r\nSet-Cookie: session=hunter2");
    for (status, body) in [
        ("200 OK", serde_json::json!({ "updated": true, "origin": key, "certId": TOKEN })),
        ("200 OK", serde_json::json!({ "key": key })),
        ("429 Too Many Requests", serde_json::json!({ "error": { "code": TOKEN, "message": key } })),
        ("400 Bad Request", serde_json::json!({ "err": { "code": "x", "message": format!("{TOKEN} {line}") } })),
        ("500 Oops", serde_json::json!(format!("{TOKEN} {key}"))),
    ] {
        let fault = always(status, &format!("{header}\r\nRetry-After: 0"), &body.to_string());
        for more in [&["--debug"][..], &["--debug", "--format", "json"]] {
            let ended = upload(&fault, more);
            assert!(ended.err.contains(&format!("< {}", &status[..3])) && ended.err.contains("< x-echo: Bearer [redacted]"));
            assert!(ended.err.contains("> authorization: Bearer [redacted]") && ended.err.contains(r#""key":"[redacted]""#));
            for secret in secrets().into_iter().chain(["hunter2".to_owned()]) {
                assert!(!ended.out.contains(&secret) && !ended.err.contains(&secret), "{}{}", ended.out, ended.err);
            }
        }
    }
}
