//! A sandbox of a test's own, and what is sent to it.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

use certflight_sandbox::Sandbox;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

pub(crate) const COLLECTION: &str = "/v1/projects/app/client-cert";
pub(crate) const ORIGIN: &str = "https://api.example.com";
const TOKEN: &str = "tok_5Y2XvQzR8LmNw0Jb";

/// A sandbox of the test's own.
pub(crate) struct Api(SocketAddr);

/// A request that is as published; tests change one thing.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) fn start() -> Api {
    let sandbox = Sandbox::bind(0).unwrap();
    let address = sandbox.address();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(sandbox.serve()).unwrap();
    });
    Api(address)
}

pub(crate) fn call<'a>(method: &'a str, path: &'a str, body: &str) -> Call<'a> {
    let headers = vec![format!("Authorization: Bearer {TOKEN}"), "Content-Type: application/json".into()];
    Call { method, path, headers, body: body.into() }
}

pub(crate) fn post<'a>(path: &'a str, body: &Value) -> Call<'a> {
    call("POST", path, &body.to_string())
}

impl Call<'_> {
    pub(crate) fn text(&self) -> String {
        let length = format!("Content-Length: {}", self.body.len());
        let headers = [self.headers.as_slice(), &[length, "Host: sandbox".into(), "Connection: close".into()]].concat();
        format!("{} {} HTTP/1.1\r\n{}\r\n\r\n{}", self.method, self.path, headers.join("\r\n"), self.body)
    }
}

impl Api {
    pub(crate) fn send(&self, call: &Call<'_>) -> Answer {
        self.raw(&call.text())
    }

    pub(crate) fn raw(&self, bytes: &str) -> Answer {
        let mut text = String::new();
        self.open(bytes).read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer { status: head[9..12].parse().unwrap(), head: head.to_ascii_lowercase(), body: body.into() }
    }

    /// A connection on which the bytes are sent and nothing is read yet.
    pub(crate) fn open(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.0).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap(); // an answer that fails to come ends the test
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    }

    /// Sends what must succeed.
    pub(crate) fn ok(&self, call: &Call<'_>) -> Value {
        let answer = self.send(call);
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.head.contains("x-certflight-sandbox: true"), "{}", answer.head);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// Sends what must be refused, and gives the message.
    pub(crate) fn refused(&self, call: &Call<'_>, status: u16, code: &str) -> String {
        refusal(&self.send(call), status, code)
    }
}

pub(crate) fn refusal(answer: &Answer, status: u16, code: &str) -> String {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.head.contains("x-certflight-sandbox: true"), "{}", answer.head);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let message = body["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(body, json!({"error": {"code": code, "message": message}}));
    assert!(message.starts_with("sandbox: "), "{message}");
    assert!(!answer.body.contains(TOKEN) && !answer.head.contains(&TOKEN.to_ascii_lowercase()));
    message
}

/// The body of a sound upload.
pub(crate) fn bundle(origin: Option<&str>) -> Value {
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap()).unwrap();
    let mut body = json!({"cert": text(fixture.cert), "key": text(fixture.key), "ca": text(fixture.ca)});
    if let Some(origin) = origin {
        body["origin"] = origin.into();
    }
    body
}

/// A body that passes only because it asks not to be looked at.
pub(crate) fn skipped(origin: &str) -> Value {
    json!({"cert": "c", "key": "k", "ca": "a", "origin": origin, "skipValidation": true})
}
