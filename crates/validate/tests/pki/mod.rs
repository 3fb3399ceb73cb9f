//! Certificates made while a test runs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_validate::{GatePolicy, Policy, Rejected, Report, Request, Role, Source, Timestamp, ValidatedBundle};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// Inside the validity of everything made here.
pub(crate) const NOW: &str = "2026-06-01T00:00:00Z";

pub(crate) fn policy() -> GatePolicy {
    GatePolicy::new(Timestamp::parse_rfc3339(NOW).unwrap())
}

/// Names, dates and usages of a sound certificate.
pub(crate) fn params(name: &str, ca: bool) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    if ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    } else {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    }
    params
}

pub(crate) fn key(algorithm: usize) -> KeyPair {
    let all = [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519];
    KeyPair::generate_for(all[algorithm % all.len()]).unwrap()
}

/// A sound bundle: DER of the leaf and its intermediates, leaf first, and of the root; the leaf's key.
#[allow(dead_code, reason = "not every test file asks for it")]
pub(crate) struct Bundle {
    pub(crate) sent: Vec<Vec<u8>>,
    pub(crate) root: Vec<u8>,
    pub(crate) key: String,
}

/// One algorithm for each certificate, the root's first, the leaf's last.
#[allow(dead_code, reason = "not every test file asks for it")]
pub(crate) fn bundle(algorithms: &[usize]) -> Bundle {
    let (leaf, above) = algorithms.split_last().unwrap();
    let (root, intermediates) = above.split_first().unwrap();
    let root_key = key(*root);
    let root_params = params("Example Root CA", true);
    let root = root_params.self_signed(&root_key).unwrap().der().to_vec();
    let mut issuer = Issuer::new(root_params, root_key);
    let mut sent = Vec::new();
    for (depth, algorithm) in intermediates.iter().enumerate() {
        let key = key(*algorithm);
        let params = params(&format!("Example CA {depth}"), true);
        sent.insert(0, params.signed_by(&key, &issuer).unwrap().der().to_vec());
        issuer = Issuer::new(params, key);
    }
    let key = key(*leaf);
    sent.insert(0, params("client.example.com", false).signed_by(&key, &issuer).unwrap().der().to_vec());
    Bundle { sent, root, key: key.serialize_pem() }
}

pub(crate) fn pem<'a>(ders: impl IntoIterator<Item = &'a Vec<u8>>) -> String {
    ders.into_iter().map(|der| pem_rfc7468::encode_string("CERTIFICATE", pem_rfc7468::LineEnding::LF, der).unwrap()).collect()
}

fn with_sources<T>(cert: &[u8], key: &[u8], ca: &[u8], run: impl FnOnce(&Request<'_>) -> T) -> T {
    let sources = [(Role::Cert, "cert.pem", cert), (Role::Key, "key.pem", key), (Role::Ca, "ca.pem", ca)]
        .map(|(role, name, bytes)| Source::new(role, name, bytes));
    run(&Request { sources: &sources, origin: Some("https://api.example.com") })
}

#[allow(dead_code, reason = "not every test file asks for it")]
pub(crate) fn check(cert: &[u8], key: &[u8], ca: &[u8]) -> Report {
    with_sources(cert, key, ca, |request| certflight_validate::check(request, &Policy::from(policy())))
}

#[allow(dead_code, reason = "not every test file asks for it")]
pub(crate) fn validate(cert: &[u8], key: &[u8], ca: &[u8]) -> Result<ValidatedBundle, Rejected> {
    with_sources(cert, key, ca, |request| certflight_validate::validate(request, &policy()))
}
