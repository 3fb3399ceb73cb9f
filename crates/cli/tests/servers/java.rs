//! A server of Java's own TLS (Server.java). A Java machine takes long to start, so one serves all rows; what is
//! a setting of the machine takes another.

use super::case::{Auth, Limit, Versions};
use super::process::Process;
use super::server::{Listening, Program, Setting, Start, text, words};
use std::path::{Path, PathBuf};

pub(crate) const PROGRAM: Program =
    Program { name: "Java SSLServerSocket", series: "17", version: Some(("javac", &["-version"], &["javac 17."])) };

/// No Ed25519.
const SCHEMES: &str = "-Djdk.tls.server.SignatureSchemes=ecdsa_secp256r1_sha256,rsa_pss_rsae_sha256,rsa_pkcs1_sha256";

/// A leaf and one intermediate; ten certificates otherwise. The greatest length of a path is asked only where Java builds it, not where it is sent.
const DEPTH: &str = "-Djdk.tls.maxCertificateChainLength=2";

/// A Java machine that listens wherever it is told to.
pub(crate) struct Machine {
    process: Process,
    folder: PathBuf,
}

impl Machine {
    pub(crate) fn start(folder: &Path) -> Self {
        Machine { process: java(folder, &[]), folder: folder.to_owned() }
    }

    pub(crate) fn listen(&mut self, setting: &Setting<'_>) -> Start {
        let property = match setting.limit {
            Limit::Schemes => SCHEMES,
            Limit::Depth => DEPTH,
            Limit::None | Limit::Revocations => return Start::Listening(Listening::new(listen(&mut self.process, setting), ())),
        };
        let mut process = java(&self.folder, &[property]);
        Start::Listening(Listening::new(listen(&mut process, setting), process))
    }
}

fn java(folder: &Path, properties: &[&str]) -> Process {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/Server.java");
    // What makes it start sooner.
    let mut command = words(["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]);
    command.extend(properties.iter().map(|&property| property.to_owned()));
    command.push(text(&source).to_owned());
    Process::spawn(&command, folder, None)
}

fn listen(process: &mut Process, setting: &Setting<'_>) -> u16 {
    let auth = match setting.auth {
        Auth::None => "none",
        Auth::Unverified => "unverified",
        Auth::Optional => "optional",
        Auth::Required => "required",
        Auth::AfterRequest => "after-request",
    };
    let versions = match setting.versions {
        Versions::Both => "TLSv1.3,TLSv1.2",
        Versions::Only13 => "TLSv1.3",
        Versions::Only12 => "TLSv1.2",
    };
    let (cert, key, trust) = (text(&setting.identity.cert), text(&setting.identity.key), text(setting.trust));
    let mut line = format!("auth={auth}\tversions={versions}\tcert={cert}\tkey={key}\ttrust={trust}");
    if let Some(list) = setting.revocations {
        line.push_str(&format!("\trevocations={}", text(list)));
    }
    line.push('\n');
    process.say(&line);
    process.wait_for(|line| line.strip_prefix("port ")?.parse().ok()).unwrap_or_else(|log| panic!("{log}"))
}
