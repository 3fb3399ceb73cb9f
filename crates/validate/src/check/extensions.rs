//! Version, and extensions that have to be processed.

use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::Finding;

/// The most extensions of one certificate that are named, each a finding: a certificate of megabytes has room for hundreds of thousands.
const SHOWN: usize = 8;

pub(super) fn check(certificate: &Certificate, findings: &mut Vec<Finding>) {
    let unprocessed = &certificate.extensions.unprocessed;
    let more = unprocessed.len().saturating_sub(SHOWN);
    for (at, extension) in unprocessed.iter().take(SHOWN).enumerate() {
        // RFC 5280 section 4.2: a certificate-using system that cannot process a critical extension rejects the certificate.
        let message = format!(
            "the certificate {} is refused for an extension that is marked critical and is not processed as such: {extension}",
            certificate.called()
        );
        let finding = Finding::new(Code::UnknownCriticalExtension, certificate.at.clone(), message)
            .help("ask the issuer for a certificate without it, or skip validation if you know that the other side takes it");
        findings.push(match more {
            1.. if at + 1 == SHOWN => finding.note(format!("and {more} more such extensions in this certificate")),
            _ => finding,
        });
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
