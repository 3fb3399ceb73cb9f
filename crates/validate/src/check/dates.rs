//! Validity at the time of the check (RFC 5280 section 4.1.2.5).

use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::Finding;
use crate::policy::{EXPIRES_SOON, Policy};

pub(super) fn check(certificate: &Certificate, policy: &Policy, findings: &mut Vec<Finding>) {
    let at = policy.gate.now;
    let (from, to) = (certificate.not_before, certificate.not_after);
    let name = certificate.called();
    let place = || certificate.at.clone();
    if at.whole_second() > to {
        let message = format!("the certificate {name} expired on {} ({} days ago)", to.date(), at.days_since(to));
        findings.push(
            Finding::new(Code::CertificateExpired, place(), message)
                .help("ask its issuer for a renewed one; the old one is refused in every handshake"),
        );
    } else if at < from {
        let message = format!("the certificate {name} is valid only from {from}, in {} days", from.days_since(at));
        findings
            .push(Finding::new(Code::CertificateNotYetValid, place(), message).help(
                "wait until then, or ask for one that is valid now; if it was made today, compare the clocks and time zones",
            ));
    } else if policy.gate.min_validity.is_some_and(|span| to < at.saturating_add(span)) {
        let message =
            format!("the certificate {name} expires on {} ({} days left), sooner than asked for", to.date(), to.days_since(at));
        findings.push(Finding::new(Code::CertificateExpiresSoon, place(), message).raised().help("renew it before you upload"));
    } else if to < at.saturating_add(EXPIRES_SOON) {
        let message = format!("the certificate {name} expires on {} ({} days left)", to.date(), to.days_since(at));
        findings.push(
            Finding::new(Code::CertificateExpiresSoon, place(), message).help("renew it soon: connections fail from that day on"),
        );
    }
}
