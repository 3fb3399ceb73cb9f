//! `gnutls-serv`. It cannot be bound to loopback: it listens on every address for as long as a row takes. It knows no HEAD, and answers
//! with a page that has no status line.

use super::case::{Auth, Limit, Versions};
use super::process::Process;
use super::server::{Listening, Program, Setting, Start, text, words};

pub(crate) const PROGRAM: Program =
    Program { name: "gnutls-serv", series: "3.7", version: Some(("gnutls-serv", &["--version"], &["gnutls-serv 3.7."])) };

pub(crate) fn start(setting: &Setting<'_>) -> Start {
    let auth = match setting.auth {
        Auth::None => words(["--disable-client-cert"]),
        Auth::Unverified => words(["--require-client-cert"]),
        Auth::Optional => words(["--verify-client-cert"]),
        Auth::Required => words(["--require-client-cert", "--verify-client-cert"]),
        Auth::AfterRequest => return Start::CannotBeConfigured("it asks again only in echo mode, when the client says so"),
    };
    let mut priority = match setting.versions {
        Versions::Both => "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
        Versions::Only13 => "NORMAL:-VERS-ALL:+VERS-TLS1.3",
        Versions::Only12 => "NORMAL:-VERS-ALL:+VERS-TLS1.2",
    }
    .to_owned();
    let mut limit = words([]);
    match setting.limit {
        Limit::None => {}
        Limit::Depth => return Start::CannotBeConfigured("the program has no option for the limit of the library"),
        Limit::Schemes => priority.push_str(":-SIGN-EDDSA-ED25519"),
        Limit::Revocations => limit = words(["--x509crlfile", text(setting.revocations.unwrap())]),
    }
    let ready = |line: &str| line.starts_with("HTTP Server listening on IPv4 ") && line.ends_with("...done");
    let command = |port: u16| {
        let (cert, key) = (text(&setting.identity.cert), text(&setting.identity.key));
        let mut command = words(["gnutls-serv", "--http", "--port", &port.to_string(), "--priority", &priority]);
        command.extend(words(["--x509certfile", cert, "--x509keyfile", key, "--x509cafile", text(setting.trust)]));
        command.extend(auth.iter().chain(&limit).cloned());
        command
    };
    let (process, port) = Process::on_free_port(setting.folder, ready, command).unwrap_or_else(|log| panic!("{log}"));
    Start::Listening(Listening::new(port, process))
}
