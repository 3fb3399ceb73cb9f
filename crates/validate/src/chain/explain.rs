//! Why no path verifies: the best path there is, and where it ends.

use super::pool::{Edge, Exhausted, Pool};
use super::rules;
use crate::code::{Code, Severity};
use crate::finding::Finding;
use crate::policy::Policy;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The most candidates that a finding names.
const SHOWN: usize = 8;

/// The path with the fewest faults, leaf first, and whether it ends at a trust anchor.
pub(super) struct Best {
    pub(super) path: Vec<usize>,
    pub(super) complete: bool,
}

/// Goes up from the leaf over every signature that is not known to be bad, by fewest faults, then fewest certificates.
pub(super) fn best(pool: &mut Pool<'_>, leaf: usize, policy: &Policy) -> Result<Best, Exhausted> {
    let mut below: HashMap<usize, usize> = HashMap::new();
    let mut cost: HashMap<usize, (usize, usize)> = HashMap::from([(leaf, (0, 0))]);
    let mut queue = BinaryHeap::from([Reverse(((0, 0), leaf))]);
    let mut ends = Vec::new();
    while let Some(Reverse((so_far, at))) = queue.pop() {
        if cost.get(&at).is_some_and(|best| *best < so_far) {
            continue;
        }
        if pool.entry(at).anchor && at != leaf {
            return Ok(Best { path: walk_back(&below, at, leaf), complete: true });
        }
        let mut is_end = true;
        for issuer in pool.named_issuers(at) {
            let edge = pool.edge(at, issuer)?;
            if edge == Edge::Bad {
                continue;
            }
            is_end = false;
            let faults = usize::from(edge != Edge::Good) + faults(pool, issuer, policy);
            let total = (so_far.0 + faults, so_far.1 + 1);
            if cost.get(&issuer).is_none_or(|before| total < *before) {
                cost.insert(issuer, total);
                below.insert(issuer, at);
                queue.push(Reverse((total, issuer)));
            }
        }
        if is_end {
            ends.push((so_far, at));
        }
    }
    // Of several dead ends: one that is whole up to a self-signed certificate, then the one with the fewest faults, then the longest.
    let end = ends.into_iter().min_by_key(|&(cost, at)| (!pool.is_self_signed(at), cost.0, Reverse(cost.1), at));
    let end = end.map_or(leaf, |(_, at)| at);
    Ok(Best { path: walk_back(&below, end, leaf), complete: false })
}

fn faults(pool: &Pool<'_>, at: usize, policy: &Policy) -> usize {
    let mut findings = Vec::new();
    rules::issuer(pool.certificate(at), pool.entry(at).anchor, policy, &mut findings);
    findings.iter().filter(|finding| finding.severity == Severity::Error).count()
}

fn walk_back(below: &HashMap<usize, usize>, top: usize, leaf: usize) -> Vec<usize> {
    let mut path = vec![top];
    let mut at = top;
    while at != leaf
        && let Some(&next) = below.get(&at)
    {
        path.push(next);
        at = next;
    }
    path.reverse();
    path
}

/// Whether there are certificates that the last one of the path names as its issuer, of which none signed it.
pub(super) fn has_bad_issuer(pool: &mut Pool<'_>, path: &[usize]) -> bool {
    path.last().is_some_and(|&top| !pool.named_issuers(top).is_empty() && !pool.is_self_signed(top))
}

/// Says why the path cannot go on from its last certificate.
pub(super) fn dead_end(pool: &mut Pool<'_>, path: &[usize], findings: &mut Vec<Finding>) {
    let Some(&top) = path.last() else { return };
    let certificate = pool.certificate(top);
    let candidates = pool.named_issuers(top);
    if pool.is_self_signed(top) {
        let mut finding = Finding::new(
            Code::ChainUntrusted,
            certificate.at.clone(),
            format!("the path is complete, but its top {} is not in the CA input", certificate.called()),
        );
        for at in candidates.into_iter().filter(|at| pool.entry(*at).authority.is_some()).take(SHOWN) {
            finding = finding.note_at(&pool.certificate(at).at, "same name, but another key: reissued CA?");
        }
        findings.push(
            finding
                .help("add this certificate to the CA file, if the partner named it as the CA")
                .help("--ca-role origin-server, if the CA file is meant to verify the origin's server"),
        );
    } else if candidates.is_empty() {
        let mut finding = Finding::new(
            Code::ChainMissingIssuer,
            certificate.at.clone(),
            format!(
                "the issuer of {}, “{}”, is in neither the certificate nor the CA input",
                certificate.called(),
                certificate.issuer.shown()
            ),
        );
        let others: Vec<usize> = pool.positions().filter(|at| pool.entry(*at).authority.is_some()).collect();
        for &at in others.iter().take(SHOWN) {
            finding =
                finding.note_at(&pool.certificate(at).at, format!("this CA is {}, another name", pool.certificate(at).called()));
        }
        if let Some(address) = &certificate.issuer_address {
            finding = finding.help(format!("the certificate says where to fetch its issuer: {address}"));
        }
        findings.push(finding.help(
            "append the missing certificate to the certificate file after the one it issued, or to the CA file if it is the root",
        ));
    } else {
        let mut finding = Finding::new(
            Code::ChainSignatureInvalid,
            certificate.at.clone(),
            format!(
                "the signature of {} does not verify with the key of any certificate that is named as its issuer",
                certificate.called()
            ),
        );
        for &at in candidates.iter().take(SHOWN) {
            let issuer = pool.certificate(at);
            let text = format!("{}: same name, but the signature does not verify with its key: reissued CA?", issuer.called());
            finding = finding.note_at(&issuer.at, text);
        }
        findings.push(
            finding
                .help("ask the issuer for the CA certificate that signed this one; compare the Authority Key Identifier with the CA's Subject Key Identifier")
                .help("if the issuer is the right one, the certificate was changed after it was signed: copy it again"),
        );
    }
}
