//! A second opinion on what the servers do: curl with OpenSSL, with the same files.

use super::case::{CASES, Case, Files};
use super::probe::Seen;
use super::reasons::{ALL, JAVA};
use super::{process, reasons, table};
use std::collections::BTreeSet;
use std::process::Command;

/// Where curl comes to something else: servers, a row, a version, and why.
struct Other {
    servers: &'static [&'static str],
    row: &'static str,
    tls: &'static str,
    why: &'static str,
}

const AUTO_CHAIN: &str = "OpenSSL completes the chain that it sends from the CA file.";

const OTHERS: &[Other] = &[
    Other {
        servers: &[JAVA],
        row: "sound; asked after the request",
        tls: "1.2",
        why: "curl negotiates again and presents the certificate then; the probe does not.",
    },
    Other { servers: ALL, row: "intermediate in the CA file, the root alone trusted", tls: "1.3", why: AUTO_CHAIN },
    Other { servers: ALL, row: "intermediate in the CA file, the root alone trusted", tls: "1.2", why: AUTO_CHAIN },
];

/// Why there is no second opinion here.
pub(crate) fn missing() -> Option<String> {
    match process::said("curl", &["--version"]) {
        None => Some("there is no curl".to_owned()),
        Some(said) if said.contains(" OpenSSL/3.") => None,
        Some(said) => Some(format!("it is not built with OpenSSL 3: {}", said.lines().next().unwrap_or_default())),
    }
}

/// Whether curl is served with the certificate, under one version; nothing if it does not present it.
fn is_served(files: &Files, port: u16, tls: &str) -> Option<bool> {
    let output = Command::new("curl")
        // No file of the user's, and no proxy.
        .args([
            "--disable",
            "--noproxy",
            "*",
            "--silent",
            "--max-time",
            "20",
            "--http1.1",
            "--output",
            "-",
            "--write-out",
            "%{http_code}",
        ])
        .args(["--tls-max", tls, if tls == "1.3" { "--tlsv1.3" } else { "--tlsv1.2" }])
        .args(["--cert".as_ref(), files.cert.as_os_str(), "--key".as_ref(), files.key.as_os_str()])
        .args(["--cacert".as_ref(), files.ca.as_os_str()])
        .arg(format!("https://localhost:{port}/"))
        .output()
        .unwrap();
    // The key is of another certificate, or OpenSSL thinks the certificate too weak.
    const CANNOT_LOAD: i32 = 58;
    let code = output.status.code().unwrap();
    (code != CANNOT_LOAD).then(|| code == 0 && output.stdout.ends_with(b"200"))
}

/// Holds what the probe saw to what curl sees, and notes what differs.
pub(crate) fn compare(
    server: &str,
    case: &Case,
    files: &Files,
    port: u16,
    seen: &Seen,
    noted: &mut BTreeSet<(&str, &str)>,
) -> Vec<String> {
    let mut differences = Vec::new();
    for tls in ["1.3", "1.2"] {
        let (Some(curl), Some(probe)) = (is_served(files, port, tls), seen.is_served(tls)) else { continue };
        if curl == probe {
            continue;
        }
        match OTHERS.iter().find(|other| other.servers.contains(&server) && (other.row, other.tls) == (case.name, tls)) {
            Some(other) => drop(noted.insert((other.row, other.tls))),
            None => differences.push(format!("{}: TLS {tls}: curl served: {curl}, the probe: {probe}", case.name)),
        }
    }
    differences
}

/// What is said to differ and did not.
pub(crate) fn idle(server: &str, noted: &BTreeSet<(&str, &str)>) -> Vec<String> {
    OTHERS
        .iter()
        .filter(|other| other.servers.contains(&server) && !noted.contains(&(other.row, other.tls)))
        .map(|other| format!("{}: curl no longer sees something else under TLS {}", other.row, other.tls))
        .collect()
}

#[test]
fn the_page_has_what_curl_sees() {
    let mut section = "| servers | case | TLS | why |\n|---|---|---|---|\n".to_owned();
    for other in OTHERS {
        assert!(CASES.iter().any(|case| case.name == other.row), "{}: no such row", other.row);
        section += &format!("| {} | {} | {} | {} |\n", reasons::names(other.servers), other.row, other.tls, other.why);
    }
    table::compare("Where curl comes to something else", &section);
}
