//! Why no path verifies: the best path there is, and where it ends.

use super::pool::{Edge, Exhausted, Pool};
use super::search::MAX_PATH;
use super::{refusal, rules};
use crate::code::Code;
use crate::cure;
use crate::extensions::AuthorityInformation;
use crate::finding::Finding;
use crate::policy::{CaRole, Policy};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The most certificates of other names that a finding names.
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
    let mut faults: HashMap<usize, usize> = HashMap::new();
    let mut queue = BinaryHeap::from([Reverse(((0, 0), leaf))]);
    let mut reached = Vec::new();
    while let Some(Reverse((so_far, at))) = queue.pop() {
        if cost.get(&at) != Some(&so_far) {
            continue; // a cheaper way to it was found meanwhile
        }
        if pool.entry(at).anchor && at != leaf {
            return Ok(Best { path: walk_back(&below, at, leaf), complete: true });
        }
        let mut is_end = true;
        // No longer than the search goes.
        if so_far.1 == MAX_PATH && pool.named_issuers(at).next().is_some() {
            return Err(Exhausted);
        }
        for issuer in pool.named_issuers(at) {
            let edge = pool.edge(at, issuer)?;
            if edge == Edge::Bad {
                continue;
            }
            is_end = false;
            let of_issuer = match faults.get(&issuer) {
                Some(known) => *known,
                None => {
                    let own = rules::faults(pool.certificate(issuer), pool.entry(issuer).anchor, policy);
                    let of_issuer = own + usize::from(pool.violation(issuer, leaf)?.is_some());
                    faults.insert(issuer, of_issuer);
                    of_issuer
                }
            };
            let of_names = rules::link_faults(pool.certificate(at), pool.certificate(issuer), policy);
            let of_link = usize::from(edge != Edge::Good) + of_names;
            let total = (so_far.0 + of_link + of_issuer, so_far.1 + 1);
            if cost.get(&issuer).is_none_or(|before| total < *before) {
                cost.insert(issuer, total);
                below.insert(issuer, at);
                queue.push(Reverse((total, issuer)));
            }
        }
        reached.push((so_far, at, is_end));
    }
    // Where to stop: at a certificate that signed itself, else where no issuer signed, else, among certificates that sign each other in a circle,
    // anywhere. Then with the fewest faults, then as far up as it goes.
    let end =
        reached.into_iter().min_by_key(|&(cost, at, is_end)| (!pool.is_self_signed(at), !is_end, cost.0, Reverse(cost.1), at));
    let end = end.map_or(leaf, |(_, at, _)| at);
    Ok(Best { path: walk_back(&below, end, leaf), complete: false })
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

/// Whether no certificate that the last one of the path names as its issuer signed it, though there are some.
pub(super) fn has_bad_issuer(pool: &mut Pool<'_>, path: &[usize]) -> bool {
    let Some(&top) = path.last() else { return false };
    let mut issuers = pool.named_issuers(top).peekable();
    issuers.peek().is_some()
        && pool.self_signature(top).is_none_or(|edge| edge == Edge::Bad)
        && issuers.all(|at| pool.edge(top, at) == Ok(Edge::Bad))
}

/// Says why the path cannot go on from its last certificate.
pub(super) fn dead_end(pool: &mut Pool<'_>, path: &[usize], policy: &Policy, findings: &mut Vec<Finding>) {
    let Some(&top) = path.last() else { return };
    let own = pool.self_signature(top);
    if own == Some(Edge::Unsupported) {
        rules::signature(pool, top, top, findings);
    } else if has_bad_issuer(pool, path) {
        findings.push(signature_invalid(pool, top, policy));
    } else if pool.named_issuers(top).next().is_none() && own.is_none_or(|edge| edge == Edge::Bad) {
        findings.push(missing_issuer(pool, top, policy));
    } else {
        findings.push(untrusted(pool, top, own.is_some(), policy));
    }
}

fn untrusted(pool: &mut Pool<'_>, top: usize, self_signed: bool, policy: &Policy) -> Finding {
    let certificate = pool.certificate(top);
    let message = if self_signed {
        format!("the path is complete, but its top {} is not in the CA input", certificate.called())
    } else {
        format!("the certificates above {} issue each other in a circle, and none of them is in the CA input", certificate.called())
    };
    let finding = Finding::new(Code::ChainUntrusted, certificate.at.clone(), message);
    refusal::note(pool, top, None, policy, finding)
        .help("add this certificate to the CA file, if the partner named it as the CA")
        .help("--ca-role origin-server, if the CA file is meant to verify the origin's server")
}

fn missing_issuer(pool: &Pool<'_>, top: usize, policy: &Policy) -> Finding {
    let certificate = pool.certificate(top);
    let (called, issuer) = (certificate.called(), certificate.issuer.shown());
    let (message, help) = match policy.gate.ca_role {
        CaRole::ClientIssuer => (
            format!("the issuer of {called}, “{issuer}”, is in neither the certificate nor the CA input"),
            "append the missing certificate to the certificate file after the one it issued, or to the CA file if it is the root",
        ),
        CaRole::OriginServer => (
            format!(
                "the issuer of {called}, “{issuer}”, is not in the certificate input, where --ca-role origin-server wants the whole path"
            ),
            "append the missing certificate to the certificate file after the one it issued, up to the root",
        ),
    };
    let mut finding = Finding::new(Code::ChainMissingIssuer, certificate.at.clone(), message);
    let named_key = certificate.extensions.authority_key_id.as_ref().and_then(|authority| authority.key.as_ref());
    let renamed = |at: &usize| named_key.is_some() && pool.certificate(*at).extensions.subject_key_id.as_ref() == named_key;
    if let Some(at) = pool.positions().find(renamed) {
        let text =
            format!("{} has the key identifier that is looked for, but another name: renamed CA?", pool.certificate(at).called());
        finding = finding.note_at(&pool.certificate(at).at, text);
    }
    for at in pool.positions().filter(|at| pool.entry(*at).authority.is_some() && !renamed(at)).take(SHOWN) {
        finding = finding.note_at(&pool.certificate(at).at, format!("this CA is {}, another name", pool.certificate(at).called()));
    }
    finding = finding.help(help);
    if let Some(AuthorityInformation::Issuer(Some(address))) = &certificate.extensions.authority_information {
        finding = match cure::fetch(address, &certificate.at) {
            Some(line) => finding.help("to fetch it from where the certificate says it is, and append it:").command(line),
            None => finding.help(format!("the certificate says where to fetch its issuer: {address}")),
        };
    }
    finding
}

fn signature_invalid(pool: &mut Pool<'_>, top: usize, policy: &Policy) -> Finding {
    let certificate = pool.certificate(top);
    let message = format!(
        "the signature of {} does not verify with the key of any certificate that is named as its issuer",
        certificate.called()
    );
    let finding = Finding::new(Code::ChainSignatureInvalid, certificate.at.clone(), message);
    refusal::note(pool, top, None, policy, finding)
        .help("ask the issuer for the CA certificate that signed this one; compare the Authority Key Identifier with the CA's Subject Key Identifier")
        .help("if the issuer is the right one, the certificate was changed after it was signed: copy it again")
}
