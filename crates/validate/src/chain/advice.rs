//! What there is to say of a path beyond whether it verifies: what will be sent, and what others make of it.

use super::pool::Pool;
use crate::code::Code;
use crate::finding::{Finding, Location};
use crate::policy::{CaRole, Policy};

/// Reports on the path and gives the order in which the certificates are to be sent, as positions among them: the leaf, each issuer after
/// what it issued (RFC 8446 section 4.4.2), then what is not on the path.
pub(super) fn give(
    pool: &mut Pool<'_>,
    path: &[usize],
    complete: bool,
    policy: &Policy,
    findings: &mut Vec<Finding>,
) -> Vec<usize> {
    let order = order(pool, path, findings);
    let leaf = path.first().copied();
    if let Some(leaf) = leaf.filter(|&leaf| pool.is_self_signed(leaf)) {
        let certificate = pool.certificate(leaf);
        let message = format!(
            "the leaf {} is signed by its own key; only a partner who has listed this very certificate takes it",
            certificate.called()
        );
        findings.push(
            Finding::new(Code::LeafSelfSigned, certificate.at.clone(), message)
                .help("ask the partner whether they take self-signed certificates"),
        );
    }
    // With the other role the root is asked for there.
    let roots = if policy.gate.ca_role == CaRole::ClientIssuer { path } else { &[] };
    for &at in roots {
        if Some(at) != leaf && pool.entry(at).sent.is_some() && pool.certificate(at).is_ca() && pool.is_self_signed(at) {
            let certificate = pool.certificate(at);
            let message = format!(
                "the root {} is among the certificates to send; the other side has to have it anyway",
                certificate.called()
            );
            findings.push(Finding::new(Code::RootInCert, certificate.at.clone(), message));
        }
    }
    if complete {
        anchored(pool, path, findings);
    }
    order
}

fn order(pool: &Pool<'_>, path: &[usize], findings: &mut Vec<Finding>) -> Vec<usize> {
    let mut order: Vec<usize> = path.iter().filter_map(|&at| pool.entry(at).sent).collect();
    let mut given: Vec<usize> = pool.positions().filter_map(|at| pool.entry(at).sent).collect();
    given.sort_unstable();
    order.extend(given.iter().copied().filter(|at| !path.iter().any(|on| pool.entry(*on).sent == Some(*at))).collect::<Vec<_>>());
    let first = pool.positions().find(|&at| pool.entry(at).sent == Some(0));
    if order != given
        && let Some(Location::Object { source, .. }) = first.map(|at| &pool.certificate(at).at)
    {
        let message = match path.first() {
            Some(&leaf) if pool.entry(leaf).sent != Some(0) => {
                format!(
                    "the leaf {} is not the first certificate, where servers look for it; it is moved there",
                    pool.certificate(leaf).called()
                )
            }
            _ => "the intermediates do not follow in the order of the path, which TLS 1.2 demands; they are put into it".to_owned(),
        };
        findings.push(
            Finding::new(Code::ChainOrder, Location::Source(source.clone()), message)
                .help("order the file: leaf, then the CA that issued it, then the next"),
        );
    }
    order
}

fn anchored(pool: &Pool<'_>, path: &[usize], findings: &mut Vec<Finding>) {
    let Some((&anchor, before)) = path.split_last() else { return };
    let certificate = pool.certificate(anchor);
    if !before.is_empty() && !certificate.is_linked_by_openssl(certificate) {
        let is = if certificate.is_self_issued() { "does not name its own key as its issuer's" } else { "is an intermediate" };
        let message = format!(
            "the trust anchor {} {is}; OpenSSL and others refuse a path that does not end in a self-signed root",
            certificate.called()
        );
        findings.push(
            Finding::new(Code::CaNotSelfSigned, certificate.at.clone(), message)
                .help("add the root to the CA file, and the intermediate to the certificate file"),
        );
    }
    for &at in before.iter().skip(1).filter(|&&at| pool.entry(at).sent.is_none()) {
        let certificate = pool.certificate(at);
        let message = format!(
            "the intermediate {} is only in the CA input, so the handshake does not send it and a partner who has only the root cannot verify the leaf",
            certificate.called()
        );
        findings.push(
            Finding::new(Code::ChainIntermediateNotSent, certificate.at.clone(), message)
                .help("append it to the certificate file, after the leaf"),
        );
    }
    let authorities: Vec<usize> = pool.positions().filter(|&at| pool.entry(at).authority.is_some()).collect();
    let unused: Vec<usize> = authorities.iter().copied().filter(|at| !path.contains(at)).collect();
    if let Some(&first) = unused.first() {
        let certificate = pool.certificate(first);
        let message = match unused.len() {
            1 => format!("the CA certificate {} is not on the path", certificate.called()),
            more => format!(
                "{more} of the {} CA certificates are not on the path, the first is {}",
                authorities.len(),
                certificate.called()
            ),
        };
        findings.push(Finding::new(Code::CaUnused, certificate.at.clone(), message));
    }
}
