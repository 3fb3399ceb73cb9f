//! The path from the leaf to a trust anchor.

mod advice;
mod explain;
mod known;
mod name_constraints;
mod policies;
mod pool;
mod refusal;
mod rules;
mod search;
mod signature;

use crate::bundle::Bundle;
use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::Finding;
use crate::policy::{CaRole, Policy, Purpose};
pub(crate) use known::Known;
use pool::Pool;

/// The proof that the leaf chains to a trust anchor, and the order in which the certificates are to be sent. Only [`check`] makes one.
pub(crate) struct Chained {
    /// Positions among the certificates to send, leaf first.
    pub(crate) order: Vec<usize>,
}

/// Whether there is a path that verifies, and nothing about it.
#[cfg(feature = "harness")]
pub(crate) fn is_found(bundle: &Bundle, policy: &crate::policy::GatePolicy) -> bool {
    let policy = Policy::from(policy.clone());
    let mut pool = Pool::new(bundle, &policy, None);
    let leaf = pool.leaf();
    leaf.is_some_and(|leaf| matches!(search::verified(&mut pool, leaf, &policy), Ok(Some(_))))
}

/// What the search came to.
pub(crate) struct Outcome {
    pub(crate) chained: Option<Chained>,
    /// The path for display, leaf first.
    pub(crate) path: Vec<Certificate>,
}

/// Searches a path for the leaf, with what is `known` of signatures, and reports what is wrong on the best one there is.
pub(crate) fn check(bundle: &Bundle, policy: &Policy, known: Option<&Known>, findings: &mut Vec<Finding>) -> Outcome {
    if policy.gate.ca_role == CaRole::OriginServer {
        let server = policy.clone().purpose(Purpose::Server);
        for authority in &bundle.authorities {
            rules::issuer(authority, authority.is_self_issued(), &server, findings);
        }
    }
    let mut pool = Pool::new(bundle, policy, known);
    let Some(leaf) = pool.leaf() else { return Outcome { chained: None, path: Vec::new() } };
    let searched = search::verified(&mut pool, leaf, policy).and_then(|found| match found {
        Some(search::Verified(path)) => Ok((path, true, true)),
        None => explain::best(&mut pool, leaf, policy).map(|best| (best.path, best.complete, false)),
    });
    let mut given_up = false;
    let (path, complete, verified) = match searched {
        Ok(found) => found,
        Err(pool::Exhausted) => {
            given_up = true;
            let at = pool.certificate(leaf).at.clone();
            let message = "the certificates allow so many paths that the search was given up; that does not say that there is none";
            findings.push(
                Finding::new(Code::ChainTooComplex, at, message)
                    .help("give only the certificates of this chain: the leaf, its intermediates, and the root in the CA file"),
            );
            (vec![leaf], false, false)
        }
    };
    let before = findings.len();
    rules::path(&mut pool, &path, complete, policy, findings);
    let can_search = !bundle.authorities.is_empty() || policy.gate.ca_role == CaRole::OriginServer;
    // Without a CA input nothing can be said of how the path would go on, only of what does not fit here.
    if !complete && !given_up && (can_search || explain::has_bad_issuer(&mut pool, &path)) {
        explain::dead_end(&mut pool, &path, policy, findings);
    }
    if !verified && let Some(about_path) = findings.get_mut(before..) {
        refusal::explain(&mut pool, &path, policy, about_path);
    }
    let order = advice::give(&mut pool, &path, complete, policy, findings);
    let chained = verified.then_some(Chained { order });
    let path = path.iter().map(|&at| pool.certificate(at).clone()).collect();
    Outcome { chained, path }
}
