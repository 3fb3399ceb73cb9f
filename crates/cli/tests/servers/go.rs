//! A server of Go's standard library (server.go).

use super::case::{Auth, Limit, Versions};
use super::process::Process;
use super::server::{Listening, Program, Setting, Start, text, words};
use std::path::Path;
use std::process::Command;

pub(crate) const PROGRAM: Program =
    Program { name: "Go net/http", series: "1.19", version: Some(("go", &["version"], &["go version go1.19"])) };

/// Builds the server once, offline, without a module.
pub(crate) fn build(folder: &Path) -> String {
    let binary = folder.join("server");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/server.go");
    let output = Command::new("go")
        .args(["build", "-o", text(&binary), text(&source)])
        .envs([("GO111MODULE", "off"), ("GOPROXY", "off"), ("GOFLAGS", ""), ("GOTOOLCHAIN", "local"), ("CGO_ENABLED", "0")])
        .env("GOCACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers-go-cache"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text(&binary).to_owned()
}

pub(crate) fn start(binary: &str, setting: &Setting<'_>) -> Start {
    let auth = match setting.auth {
        Auth::None => "none",
        Auth::Unverified => "unverified",
        Auth::Optional => "optional",
        Auth::Required => "required",
        Auth::AfterRequest => return Start::CannotBeConfigured("it does not renegotiate"),
    };
    match setting.limit {
        Limit::None => {}
        Limit::Depth => return Start::CannotBeConfigured("it has no such limit"),
        Limit::Schemes => return Start::CannotBeConfigured("its signature schemes are fixed"),
        Limit::Revocations => return Start::CannotBeConfigured("it looks at no revocation lists"),
    }
    let versions = match setting.versions {
        Versions::Both => "both",
        Versions::Only13 => "1.3",
        Versions::Only12 => "1.2",
    };
    let (cert, key) = (text(&setting.identity.cert), text(&setting.identity.key));
    let command = words([binary, cert, key, text(setting.trust), auth, versions]);
    let ready = |line: &str| line.strip_prefix("port ")?.parse::<u16>().ok();
    let (process, port) = Process::start(&command, setting.folder, None, ready).unwrap_or_else(|log| panic!("{log}"));
    Start::Listening(Listening::new(port, process))
}
