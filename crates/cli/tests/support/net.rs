//! Servers on loopback that misbehave.

use super::Answer;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData as _, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A server that hands each connection to a function, with its number from 0 on, in a thread of its own.
pub(crate) struct Peer {
    pub(crate) port: u16,
    uploads: Arc<AtomicUsize>,
}

impl Peer {
    pub(crate) fn start(serve: impl Fn(TcpStream, &Seen) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let uploads = Arc::new(AtomicUsize::new(0));
        let seen = Seen { uploads: Arc::clone(&uploads) };
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (serve, seen) = (Arc::clone(&serve), seen.clone());
                thread::spawn(move || serve(stream.unwrap(), &seen));
            }
        });
        Peer { port, uploads }
    }

    /// Serves lists as if there were no certificates, takes deletions, and hands uploads to a function once their header is read.
    pub(crate) fn of_uploads(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        Peer::start(move |mut stream, seen| {
            let head = read_head(&mut stream);
            if head.starts_with("GET ") {
                send(&mut stream, &answer("200 OK", r#"{"clientCerts": []}"#));
            } else if head.starts_with("DELETE ") {
                seen.upload();
                send(&mut stream, &answer("200 OK", r#"{"certId": "cert_1", "origin": ""}"#));
            } else {
                serve(stream, seen.upload());
            }
        })
    }

    /// Gives these answers to uploads, one after the other, the last one from then on.
    pub(crate) fn answering(answers: Vec<String>) -> Self {
        Peer::of_uploads(move |mut stream, number| {
            read_body(&mut stream);
            send(&mut stream, answers.get(number).or(answers.last()).unwrap());
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many uploads, or deletions, have begun.
    pub(crate) fn uploads(&self) -> usize {
        self.uploads.load(Ordering::SeqCst)
    }
}

/// What the connections count.
#[derive(Clone)]
pub(crate) struct Seen {
    uploads: Arc<AtomicUsize>,
}

impl Seen {
    /// Another upload, by its number.
    pub(crate) fn upload(&self) -> usize {
        self.uploads.fetch_add(1, Ordering::SeqCst)
    }
}

/// An answer with its length.
pub(crate) fn answer(status: &str, body: &str) -> String {
    match Answer::json(status, body) {
        Answer::Bytes(bytes) => bytes,
        Answer::Close => unreachable!(),
    }
}

/// An answer with a header of its own.
pub(crate) fn answer_with(status: &str, header: &str, body: &str) -> String {
    answer(status, body).replacen("\r\n", &format!("\r\n{header}\r\n"), 1)
}

/// The client may have hung up.
pub(crate) fn send(stream: &mut impl Write, bytes: &str) {
    let _ = stream.write_all(bytes.as_bytes()).and_then(|()| stream.flush());
}

/// The header of a request, and nothing of its body.
pub(crate) fn read_head(stream: &mut impl Read) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// The rest of a request: JSON that ends with its object.
pub(crate) fn read_body(stream: &mut impl Read) {
    let (mut body, mut chunk) = (Vec::new(), [0; 4096]);
    while !body.ends_with(b"\"}") && !body.ends_with(b"true}") {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(read) => body.extend_from_slice(&chunk[..read]),
        }
    }
}

/// Keeps the connection open until the client ends it.
pub(crate) fn hold(mut stream: impl Read) {
    while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
}

/// Ends the connection with a reset, whatever was read of it.
pub(crate) fn reset(stream: TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// A TLS server's certificate, and the root that verifies it.
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    pub(crate) root_pem: String,
}

impl Tls {
    /// For a name, valid to a year.
    pub(crate) fn new(name: &str, last_year: i32) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // A name of its own, so that another one is unknown and not of the same name.
        let key = KeyPair::generate().unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, format!("{:x?}", &key.der_bytes()[30..40]));
        let ca = CertifiedIssuer::self_signed(params, key).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(last_year, 1, 1));
        let leaf = params.signed_by(&key, &ca).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        Tls { config: config.into(), root_pem: ca.pem() }
    }

    pub(crate) fn accept(&self, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        StreamOwned::new(ServerConnection::new(Arc::clone(&self.config)).unwrap(), stream)
    }

    /// Takes uploads.
    pub(crate) fn serve(self, taken: &'static str) -> Peer {
        Peer::start(move |stream, seen| self.take(stream, seen, taken))
    }

    /// Takes one upload.
    pub(crate) fn take(&self, stream: TcpStream, seen: &Seen, taken: &str) {
        let mut stream = self.accept(stream);
        take(&mut stream, seen, taken);
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
}

/// Takes one upload, if it is one.
pub(crate) fn take(stream: &mut (impl Read + Write), seen: &Seen, taken: &str) {
    if read_head(stream).starts_with("POST ") {
        seen.upload();
        read_body(stream);
        send(stream, &answer("200 OK", taken));
    }
}

/// A proxy that joins every tunnel to one port, and the first lines of what it was asked.
pub(crate) fn proxy(to: u16) -> (Peer, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&asked);
    let peer = Peer::start(move |mut stream, _| {
        let head = read_head(&mut stream);
        lines.lock().unwrap().push(head.lines().next().unwrap_or_default().to_owned());
        send(&mut stream, "HTTP/1.1 200 Connection established\r\n\r\n");
        let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
        let (mut up, mut down) = ((stream.try_clone().unwrap(), server.try_clone().unwrap()), (server, stream));
        thread::spawn(move || std::io::copy(&mut up.0, &mut up.1).map(|_| up.1.shutdown(std::net::Shutdown::Write)));
        let _ = std::io::copy(&mut down.0, &mut down.1);
    });
    (peer, asked)
}

/// An address at which nobody listens, for as long as this is kept: taken, so that no one else can be given it.
pub(crate) struct Closed {
    _socket: socket2::Socket,
    pub(crate) port: u16,
}

impl Closed {
    pub(crate) fn new() -> Self {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let port = socket.local_addr().unwrap().as_socket().unwrap().port();
        Closed { _socket: socket, port }
    }
}
