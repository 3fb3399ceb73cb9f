//! Runs the command, and servers for it on loopback.

#![allow(clippy::unwrap_used, dead_code, reason = "a test that fails here has found something; not every file asks for all of it")]

pub(crate) mod net;

use certflight_fixtures::Fixture;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub(crate) const TOKEN: &str = "token-that-must-not-be-shown-0123456789";

/// The command, with nothing of this process's environment that it would look at, and a terminal that shows Unicode.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certflight"));
    for name in ["VERCEL_TOKEN", "VERCEL_PROJECT_ID", "VERCEL_ORG_ID", "COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    // No stored login; the second of the others is how Windows Terminal is known.
    command.env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.envs([("LC_ALL", "C.UTF-8"), ("WT_SESSION", "1")]);
    command.stdin(Stdio::null());
    command
}

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        Ended {
            code: output.status.code().expect("the command ended by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Ended {
    Ended::of(command().args(args).output().unwrap())
}

pub(crate) fn run_with_stdin(args: &[&str], input: &[u8]) -> Ended {
    let mut child = command().args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // The command may end before it has read everything, and may write before it has.
        scope.spawn(move || stdin.write_all(input));
        Ended::of(child.wait_with_output().unwrap())
    })
}

/// The library does not open containers, and its fixtures say so; the command does (tests/files.rs).
pub(crate) fn is_opened_by_the_command(fixture: &Fixture) -> bool {
    fixture.code == "container-input" && fixture.name != "container-input__pkcs12"
}

/// The flags for the inputs that a fixture has, and its origin.
pub(crate) fn inputs(fixture: &Fixture) -> Vec<String> {
    let mut args = Vec::new();
    for (flag, file, given) in [
        ("--cert", certflight_fixtures::CERT_FILE, fixture.cert.is_some()),
        ("--key", certflight_fixtures::KEY_FILE, fixture.key.is_some()),
        ("--ca", certflight_fixtures::CA_FILE, fixture.ca.is_some()),
        ("--replaces", certflight_fixtures::REPLACES_FILE, fixture.replaces.is_some()),
    ] {
        if given {
            args.extend([flag.to_owned(), fixture.folder.join(file).to_str().unwrap().to_owned()]);
        }
    }
    args.extend(fixture.given.iter().map(|(name, _)| fixture.folder.join(name).to_str().unwrap().to_owned()));
    if let Some(origin) = &fixture.expect.origin {
        args.push(format!("--origin={origin}"));
    }
    args
}

pub(crate) fn file(fixture: &str, name: &str) -> String {
    certflight_fixtures::data_folder().join(fixture).join(name).to_str().unwrap().to_owned()
}

/// What a server does with each connection.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Reads the request and answers with these bytes.
    Bytes(String),
    /// Reads the request and closes.
    Close,
}

impl Answer {
    pub(crate) fn json(status: &str, body: &str) -> Self {
        Answer::Bytes(format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ))
    }
}

/// A server on loopback that counts its connections.
pub(crate) struct Server {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                serve(stream.unwrap(), &answer);
            }
        });
        Server { url, connections }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads one request whole, so that closing afterwards is no reset.
fn serve(mut stream: TcpStream, answer: &Answer) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                break;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(chunk.get(..read).unwrap()),
        }
    }
    if let Answer::Bytes(bytes) = answer {
        let _ = stream.write_all(bytes.as_bytes());
    }
}

/// Parts of a key that no output may hold: its base64 lines.
pub(crate) fn key_lines(path: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    text.split(['\n', '\r', ' ', '\\'])
        .filter(|line| line.len() >= 24 && !line.contains(['-', ':', '/', '.']))
        .map(str::to_owned)
        .collect()
}

/// The command's own sandbox, which ends with this.
pub(crate) struct Sandbox {
    child: std::process::Child,
    pub(crate) url: String,
}

impl Sandbox {
    pub(crate) fn start() -> Self {
        let mut child = command().args(["sandbox", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("sandbox: ").unwrap().to_owned();
        Sandbox { child, url }
    }

    /// A command that speaks to it, with a token.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        let mut command = command();
        command.env("VERCEL_TOKEN", TOKEN).args(args).args(["--api-url", &self.url]);
        Ended::of(command.output().unwrap())
    }

    /// Uploads a sound bundle.
    pub(crate) fn upload(&self, args: &[&str]) -> Ended {
        let folder = certflight_fixtures::named("ok__p256-pkcs8").folder;
        let [cert, key, ca] = ["cert.pem", "key.pem", "ca.pem"].map(|name| folder.join(name).to_str().unwrap().to_owned());
        self.run(&[&["upload", "--cert", &cert, "--key", &key, "--ca", &ca], args].concat())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
