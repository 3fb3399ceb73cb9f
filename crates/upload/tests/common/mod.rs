//! A sound bundle, and servers on loopback that answer with given bytes.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

use certflight_upload::{Client, Error, Failure, Request, Target, Token, Uploaded};
use certflight_validate::{
    GatePolicy, Request as Inputs, Role, Source, Timestamp, UnvalidatedBundle, ValidatedBundle, skip_validation, validate,
};
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

pub(crate) const TOKEN: &str = "tok_5Y2XvQzR8LmNw0Jb";
pub(crate) const ORIGIN: &str = "https://api.example.com";
pub(crate) const YES: &str = r#"{"updated":true,"origin":"https://api.example.com","certId":"cert_1"}"#;

/// The three inputs of a sound bundle.
pub(crate) struct Bundle {
    pub(crate) cert: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) ca: Vec<u8>,
}

pub(crate) fn inputs() -> Bundle {
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    Bundle { cert: fixture.cert.unwrap(), key: fixture.key.unwrap(), ca: fixture.ca.unwrap() }
}

impl Bundle {
    fn sources(&self) -> [Source<'_>; 3] {
        [
            Source::new(Role::Cert, "cert.pem", &self.cert),
            Source::new(Role::Key, "key.pem", &self.key),
            Source::new(Role::Ca, "ca.pem", &self.ca),
        ]
    }

    pub(crate) fn validated(&self, origin: Option<&str>) -> ValidatedBundle {
        let at = Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap();
        validate(&Inputs { sources: &self.sources(), origin }, &GatePolicy::new(at)).unwrap()
    }

    pub(crate) fn unvalidated(&self, origin: Option<&str>) -> UnvalidatedBundle {
        skip_validation(&Inputs { sources: &self.sources(), origin }).unwrap()
    }
}

pub(crate) fn target() -> Target {
    Target::new("app").unwrap()
}

pub(crate) fn request() -> Request {
    Request::upload(&target(), &inputs().validated(Some(ORIGIN)))
}

pub(crate) fn client(url: &str) -> Client {
    Client::new(url, Token::new(TOKEN.into()).unwrap()).unwrap()
}

pub(crate) fn send(client: &Client, request: Request) -> Result<Uploaded, Error> {
    wait(client.upload(&request))
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn is_unreachable(error: &Error) -> bool {
    matches!(error.failure, Failure::Unreachable { .. })
}

/// Sends the sound bundle to a server that gives `answer`, and says what came of it.
pub(crate) fn answered(answer: impl Into<Vec<u8>>) -> Result<Uploaded, Error> {
    let (address, server) = serve(answer);
    let result = send(&client(&format!("http://{address}")), request());
    server.join().unwrap();
    result
}

/// An answer of `status` with `body`.
pub(crate) fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Takes one connection, reads one request, gives `answer` and closes. The thread gives the request.
pub(crate) fn serve(answer: impl Into<Vec<u8>>) -> (SocketAddr, JoinHandle<Received>) {
    let port = Port::new();
    (port.address(), port.serve_one(answer))
}

/// A port on which connections wait to be taken.
pub(crate) struct Port(TcpListener);

impl Port {
    pub(crate) fn new() -> Self {
        Port(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// Takes one connection and hands it to `serve`. The thread gives what that gives.
    pub(crate) fn accept_one<T: Send + 'static>(&self, serve: impl FnOnce(TcpStream) -> T + Send + 'static) -> JoinHandle<T> {
        let listener = self.0.try_clone().unwrap();
        thread::spawn(move || serve(listener.accept().unwrap().0))
    }

    /// Takes one connection, reads one request, gives `answer` and closes. The thread gives the request.
    pub(crate) fn serve_one(&self, answer: impl Into<Vec<u8>>) -> JoinHandle<Received> {
        let answer = answer.into();
        self.accept_one(move |mut stream| {
            let received = Received::read(&mut stream);
            let _ = stream.write_all(&answer); // the client may have hung up on an answer that is too long
            received
        })
    }

    /// Takes a connection for each of the answers, reads one request from it, gives the answer and closes. The thread gives the requests.
    pub(crate) fn serve_each(&self, answers: Vec<String>) -> JoinHandle<Vec<Received>> {
        let listener = self.0.try_clone().unwrap();
        thread::spawn(move || {
            let one = |answer: String| {
                let mut stream = listener.accept().unwrap().0;
                let received = Received::read(&mut stream);
                stream.write_all(answer.as_bytes()).unwrap();
                received
            };
            answers.into_iter().map(one).collect()
        })
    }

    /// Whether no connection waits. One that was made before, waits: the system takes it without anybody's doing.
    pub(crate) fn untouched(&self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        matches!(self.0.accept(), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// An address at which nobody listens, for as long as this is kept: taken, so that no one else can be given it.
pub(crate) struct Closed(socket2::Socket);

impl Closed {
    pub(crate) fn new() -> Self {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        Closed(socket)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap().as_socket().unwrap()
    }
}

/// A request as it came over the wire.
pub(crate) struct Received {
    pub(crate) line: String,
    /// `name: value` with the name in lower case.
    pub(crate) headers: BTreeSet<String>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn read(stream: &mut impl Read) -> Self {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            let mut chunk = [0; 4096];
            let length = stream.read(&mut chunk).unwrap();
            assert_ne!(length, 0, "the client hung up within the header");
            bytes.extend_from_slice(&chunk[..length]);
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n").map(str::to_owned);
        let line = lines.next().unwrap();
        let headers: BTreeSet<String> = lines
            .map(|header| {
                let (name, value) = header.split_once(": ").unwrap();
                format!("{}: {value}", name.to_ascii_lowercase())
            })
            .collect();
        let length =
            headers.iter().find_map(|header| header.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
        let mut body = bytes[end + 4..].to_vec();
        let read = body.len();
        body.resize(length, 0);
        stream.read_exact(&mut body[read..]).unwrap();
        Received { line, headers, body }
    }
}
