//! What other validators say of the same certificates.

use crate::generate::Pki;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// 2026-06-01T00:00:00Z, which the library is told in words.
const NOW: u64 = 1_780_272_000;

/// rustls-webpki, for a TLS client; the error where it refuses.
pub(crate) fn webpki(pki: &Pki) -> Result<(), String> {
    let certificates = |list: &[Vec<u8>]| list.iter().map(|der| CertificateDer::from(der.clone())).collect::<Vec<_>>();
    let (leaf, intermediates, anchors) =
        (CertificateDer::from(pki.leaf.clone()), certificates(&pki.intermediates), certificates(&pki.anchors));
    let anchors: Vec<_> = anchors.iter().filter_map(|anchor| webpki::anchor_from_trusted_cert(anchor).ok()).collect();
    let leaf = webpki::EndEntityCert::try_from(&leaf).map_err(|error| format!("{error:?}"))?;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    let usage = webpki::KeyUsage::client_auth();
    let verified = leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &anchors, &intermediates, now, usage, None, None);
    verified.map(|_| ()).map_err(|error| format!("{error:?}"))
}

pub(crate) fn openssl_version() -> Option<String> {
    let output = Command::new("openssl").arg("version").stdin(Stdio::null()).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.starts_with("OpenSSL ").then(|| version.trim().to_owned())
}

/// `openssl verify` for a TLS client at the security level of the distributions; what it prints where it refuses.
pub(crate) fn openssl(pki: &Pki, folder: &Path) -> Result<(), String> {
    let file = |name: &str, content: &[Vec<u8>]| {
        let path = folder.join(name);
        fs::write(&path, crate::pki::pem(content)).unwrap();
        path
    };
    let leaf = file("leaf.pem", std::slice::from_ref(&pki.leaf));
    let mut command = Command::new("openssl");
    command.args(["verify", "-purpose", "sslclient", "-auth_level", "2", "-no-CApath", "-no-CAstore", "-attime", &NOW.to_string()]);
    command.arg("-CAfile").arg(file("ca.pem", &pki.anchors));
    if !pki.intermediates.is_empty() {
        command.arg("-untrusted").arg(file("chain.pem", &pki.intermediates));
    }
    let output = command.arg(leaf).stdin(Stdio::null()).output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
