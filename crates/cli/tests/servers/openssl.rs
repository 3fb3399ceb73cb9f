//! `openssl s_server`. With `-www` or `-HTTP` it answers GET alone and is silent to HEAD; so it runs as the plain server that sends what is
//! written to its input, and the answer is written there.

use super::case::{Auth, Limit, Versions};
use super::process::{Process, Reply};
use super::server::{Listening, Program, Setting, Start, text, words};

pub(crate) const PROGRAM: Program =
    Program { name: "openssl s_server", series: "3.0", version: Some(("openssl", &["version"], &["OpenSSL 3.0."])) };

const ANSWER: Reply =
    Reply { to: |line| line.ends_with(" / HTTP/1.1"), with: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" };

pub(crate) fn start(setting: &Setting<'_>) -> Start {
    let mut command =
        words(["openssl", "s_server", "-accept", "127.0.0.1:0", "-no-CApath", "-no-CAstore", "-CAfile", text(setting.trust)]);
    command.extend(words(["-cert", text(&setting.identity.cert), "-key", text(&setting.identity.key)]));
    command.extend(match setting.auth {
        Auth::None => words([]),
        // Without -verify_return_error it says what is wrong, and goes on.
        Auth::Unverified => words(["-Verify", "10"]),
        Auth::Optional => words(["-verify", "10", "-verify_return_error"]),
        Auth::Required => words(["-Verify", "10", "-verify_return_error"]),
        Auth::AfterRequest => return Start::CannotBeConfigured("it asks again only when a person tells it to"),
    });
    command.extend(match setting.versions {
        Versions::Both => words([]),
        Versions::Only13 => words(["-tls1_3"]),
        Versions::Only12 => words(["-tls1_2"]),
    });
    command.extend(match setting.limit {
        Limit::None => words([]),
        Limit::Depth => words(["-verify_depth", "1"]),
        Limit::Schemes => words(["-client_sigalgs", "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256"]),
        Limit::Revocations => words(["-crl_check", "-CRL", text(setting.revocations.unwrap())]),
    });
    let ready = |line: &str| line.strip_prefix("ACCEPT 127.0.0.1:")?.parse::<u16>().ok();
    let (process, port) = Process::start(&command, setting.folder, Some(ANSWER), ready).unwrap_or_else(|log| panic!("{log}"));
    Start::Listening(Listening::new(port, process))
}
