//! What is made at the time of the test: the servers' own certificate, and bundles that no fixture has.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams, SerialNumber, date_time_ymd,
};
use std::fs;
use std::path::{Path, PathBuf};

/// The servers' certificate for loopback, its key, and the root that verifies it.
pub(crate) struct Identity {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) root_pem: String,
}

impl Identity {
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let ca = CertifiedIssuer::self_signed(ca("Servers' Root CA"), KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        dates(&mut params);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &ca).unwrap();
        let identity = Identity { cert: folder.join("server.pem"), key: folder.join("server.key"), root_pem: ca.pem() };
        fs::write(&identity.cert, leaf.pem()).unwrap();
        fs::write(&identity.key, key.serialize_pem()).unwrap();
        identity
    }
}

/// A bundle whose leaf is under this many intermediates, and a list by which its root revokes it.
pub(crate) struct Made {
    pub(crate) cert: String,
    pub(crate) key: String,
    pub(crate) ca: String,
    pub(crate) revocations: String,
}

pub(crate) fn bundle(intermediates: usize) -> Made {
    let root = CertifiedIssuer::self_signed(ca("Made Root CA"), KeyPair::generate().unwrap()).unwrap();
    let mut revocations = CertificateRevocationListParams {
        this_update: date_time_ymd(2024, 1, 1),
        next_update: date_time_ymd(2049, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    revocations.revoked_certs.push(RevokedCertParams {
        serial_number: SerialNumber::from(LEAF_SERIAL),
        revocation_time: date_time_ymd(2025, 1, 1),
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    });
    let revocations = revocations.signed_by(&root).unwrap().pem().unwrap();
    let root_pem = root.pem();
    let (mut issuer, mut chain) = (root, String::new());
    for number in 1..=intermediates {
        let mut params = ca(&format!("Made CA {number}"));
        params.use_authority_key_identifier_extension = true;
        issuer = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &issuer).unwrap();
        chain = issuer.pem() + &chain;
    }
    let mut params = CertificateParams::new(vec!["client.example.com".to_owned()]).unwrap();
    dates(&mut params);
    params.serial_number = Some(SerialNumber::from(LEAF_SERIAL));
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.distinguished_name = named("client.example.com");
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, &issuer).unwrap();
    Made { cert: leaf.pem() + &chain, key: key.serialize_pem(), ca: root_pem, revocations }
}

const LEAF_SERIAL: u64 = 0x4001;

fn named(name: &str) -> rcgen::DistinguishedName {
    let mut distinguished = rcgen::DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// As the fixtures' dates: fixed, so that no row depends on the day.
fn dates(params: &mut CertificateParams) {
    (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2049, 1, 1));
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    dates(&mut params);
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}
