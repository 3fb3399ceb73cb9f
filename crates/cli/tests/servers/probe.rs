//! What certflight sees of a server, and the words of the page for it.

use super::case::Files;
use crate::support::{self, Ended};
use serde_json::Value;
use std::path::Path;

/// What the command says of one row.
pub(crate) struct Seen {
    /// The errors of the validation.
    pub(crate) validation: Vec<String>,
    /// Whether the server takes the certificate, in the command's word.
    pub(crate) acceptance: String,
    /// The findings of the probe.
    pub(crate) codes: Vec<String>,
    attempts: Vec<Value>,
}

/// Every row has it: the servers' certificate is under a root in the CA file.
const NOISE: &str = "probe-server-by-ca";

pub(crate) fn probe(files: &Files, port: u16) -> Seen {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let mut command = support::command();
    command.args(["probe", "--anyway", "--probe-timeout", "20s", "--format", "json", "--origin"]);
    command.arg(format!("https://localhost:{port}"));
    command.args(["--cert", &text(&files.cert), "--key", &text(&files.key), "--ca", &text(&files.ca)]);
    let report = Ended::of(command.output().unwrap()).json();
    let findings = report["findings"].as_array().unwrap();
    let code = |finding: &Value| finding["code"].as_str().unwrap().to_owned();
    let errors = findings.iter().filter(|finding| finding["severity"] == "error").map(code);
    let mut validation: Vec<String> = errors.filter(|code| !code.starts_with("probe-")).collect();
    let mut codes: Vec<String> = findings.iter().map(code).filter(|code| code.starts_with("probe-") && code != NOISE).collect();
    for list in [&mut validation, &mut codes] {
        list.sort();
        list.dedup();
    }
    let probe = &report["probe"];
    Seen {
        validation,
        acceptance: probe["acceptance"].as_str().unwrap().to_owned(),
        codes,
        attempts: probe["attempts"].as_array().unwrap().clone(),
    }
}

impl Seen {
    /// Whether the request was answered with the certificate, under one version; nothing if there was no certificate to present.
    pub(crate) fn is_served(&self, tls: &str) -> Option<bool> {
        let attempt = self.attempts.iter().find(|attempt| attempt["tls"] == tls && attempt["with_certificate"] == true)?;
        Some(attempt["status"] == 200 || attempt["outcome"] == "no-http")
    }

    /// What the server did in a version of TLS.
    pub(crate) fn wire(&self, tls: &str, shows_without: bool) -> String {
        let words = |with: bool| {
            let attempt = self.attempts.iter().find(|attempt| attempt["tls"] == tls && attempt["with_certificate"] == with);
            attempt.map(words)
        };
        match (words(true), words(false)) {
            (None, None) => "not tried".to_owned(),
            (Some(with), Some(without)) if shows_without => format!("{with}; without: {without}"),
            (Some(with), _) => with,
            (None, Some(without)) => format!("without: {without}"),
        }
    }
}

fn words(attempt: &Value) -> String {
    let word = |name: &str| attempt[name].as_str();
    let is = |name: &str| attempt[name] == true;
    let after = if is("after_handshake") { " after the handshake" } else { "" };
    let outcome = match (word("outcome").unwrap(), word("alert"), attempt["status"].as_u64()) {
        ("answer", _, Some(status)) => status.to_string(),
        ("alert", Some(alert), _) => format!("alert {alert}{after}"),
        ("no-http", ..) => "no HTTP".to_owned(),
        ("tls-failed", ..) => "no sound TLS".to_owned(),
        (outcome, ..) => format!("{outcome}{after}"),
    };
    if word("cipher").is_none() {
        return format!("not spoken ({outcome})");
    }
    let again = if is("renegotiation") { "asked to renegotiate, " } else { "" };
    let asked = match (is("requested"), is("with_certificate"), is("presented")) {
        (false, ..) => "not asked, ",
        (true, true, false) => "not presented, ",
        _ => "",
    };
    format!("{asked}{again}{outcome}")
}
