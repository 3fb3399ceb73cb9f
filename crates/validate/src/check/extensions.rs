//! Version, and extensions that have to be processed.

use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::Finding;

pub(super) fn check(certificate: &Certificate, findings: &mut Vec<Finding>) {
    for extension in &certificate.extensions.unprocessed {
        // RFC 5280 section 4.2: a certificate-using system that cannot process a critical extension rejects the certificate.
        let message = format!(
            "the certificate {} is refused for an extension that is marked critical and is not processed as such: {extension}",
            certificate.called()
        );
        findings.push(
            Finding::new(Code::UnknownCriticalExtension, certificate.at.clone(), message)
                .help("ask the issuer for a certificate without it, or skip validation if you know that the other side takes it"),
        );
    }
    if certificate.version < 3 {
        let message = format!(
            "the certificate {} is of version {}; many TLS stacks take only version 3",
            certificate.called(),
            certificate.version
        );
        findings.push(
            Finding::new(Code::CertificateVersion, certificate.at.clone(), message)
                .help("issue it with extensions (openssl x509 -req … -extfile), which makes it version 3"),
        );
    }
}
