//! rustls-webpki: from DER, without a key, and without P-521.

use crate::bundle::Bundle;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::time::Duration;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// The certificates of a bundle.
pub struct Peer {
    leaf: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
    roots: Vec<CertificateDer<'static>>,
}

impl Peer {
    /// Of a bundle whose certificates are all sound.
    pub fn of(bundle: &Bundle) -> Self {
        let read = |text: &str| {
            text.split_inclusive("-----END CERTIFICATE-----\n").filter(|block| block.contains("BEGIN")).map(der).collect()
        };
        let mut intermediates: Vec<CertificateDer<'static>> = read(&bundle.cert);
        Peer { leaf: intermediates.remove(0), intermediates, roots: read(&bundle.ca) }
    }

    /// Whether it finds and verifies the path.
    pub fn verifies(&self) -> bool {
        let anchors: Option<Vec<_>> = self.roots.iter().map(|root| anchor_from_trusted_cert(root).ok()).collect();
        let (Some(anchors), Ok(leaf)) = (anchors, EndEntityCert::try_from(&self.leaf)) else { return false };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000)); // 2026-06-01
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &self.intermediates, now, KeyUsage::client_auth(), None, None)
            .is_ok()
    }
}

fn der(block: &str) -> CertificateDer<'static> {
    let start = block.find("-----BEGIN").expect("a block");
    let text = block.get(start..).expect("a boundary").replace("\r\n", "\n");
    CertificateDer::from(pem_rfc7468::decode_vec(text.as_bytes()).expect("PEM").1)
}
