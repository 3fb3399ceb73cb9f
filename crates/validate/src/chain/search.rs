//! The search for a path that verifies, from the trust anchors down to the leaf (RFC 5280 section 6.1).

use super::pool::{Edge, Exhausted, Pool};
use super::rules;
use crate::policy::Policy;
use std::collections::HashMap;
use std::rc::Rc;

/// The longest path that is followed, self-issued certificates included: OpenSSL's default depth.
const MAX_PATH: usize = 100;

/// A path from the leaf to a trust anchor on which every signature, issuer and path length was checked. Only [`verified`] makes one.
pub(super) struct Verified(pub(super) Vec<usize>);

/// Searches from each trust anchor, self-signed ones first. `None` when there is no sound path.
///
/// Walking down, a state is a certificate and the number of intermediates that may still follow. A state with no more left than one
/// that failed before fails too, so each certificate is passed only as often as a larger number comes along, and certificates that sign each
/// other in all directions cost no more than their signatures.
pub(super) fn verified(pool: &mut Pool<'_>, leaf: usize, policy: &Policy) -> Result<Option<Verified>, Exhausted> {
    let mut walk = Walk { below: below(pool, leaf), leaf, policy, failed: HashMap::new(), sound: HashMap::new() };
    let mut anchors: Vec<usize> = pool.positions().filter(|&at| pool.entry(at).anchor).collect();
    anchors.retain(|&at| at == leaf || walk.below.contains_key(pool.certificate(at).subject.compared()));
    anchors.sort_by_key(|&at| !pool.certificate(at).is_self_issued());
    for anchor in anchors {
        if anchor == leaf {
            // The leaf is its own anchor: there is no issuer to check, only that it signed itself.
            if pool.self_signature(leaf) == Some(Edge::Good) {
                return Ok(Some(Verified(vec![leaf])));
            }
            continue;
        }
        if rules::faults(pool.certificate(anchor), true, policy) > 0 {
            continue;
        }
        let allowed = policy.gate.max_depth.min(path_len(pool, anchor));
        let mut path = vec![anchor];
        if walk.down(pool, allowed, &mut path)? {
            path.reverse();
            return Ok(Some(Verified(path)));
        }
    }
    Ok(None)
}

struct Walk<'a, 'p> {
    /// By issuer's name, the certificates that may lead down to the leaf. The leaf comes first, then the order of the inputs.
    below: HashMap<&'a [u8], Rc<Vec<usize>>>,
    leaf: usize,
    policy: &'p Policy,
    /// With how many intermediates left a certificate was passed in vain.
    failed: HashMap<usize, usize>,
    sound: HashMap<usize, bool>,
}

impl Walk<'_, '_> {
    /// Goes on from the last certificate of `path`, with `left` intermediates allowed below it.
    fn down(&mut self, pool: &mut Pool<'_>, left: usize, path: &mut Vec<usize>) -> Result<bool, Exhausted> {
        let Some(&issuer) = path.last() else { return Ok(false) };
        if self.failed.get(&issuer).is_some_and(|before| *before >= left) {
            return Ok(false);
        }
        self.failed.insert(issuer, left);
        if path.len() == MAX_PATH {
            return Err(Exhausted);
        }
        let children = self.below.get(pool.certificate(issuer).subject.compared()).cloned().unwrap_or_default();
        let mut next = Vec::new();
        for &child in children.iter().filter(|child| **child != issuer) {
            if child == self.leaf {
                if self.signed(pool, child, issuer)? {
                    path.push(child);
                    return Ok(true);
                }
                continue;
            }
            let cost = usize::from(!pool.certificate(child).is_self_issued());
            if left >= cost && self.is_sound(pool, child) && self.signed(pool, child, issuer)? {
                next.push((child, (left - cost).min(path_len(pool, child))));
            }
        }
        // Those that issued the leaf first: among CAs that all sign each other any other order wanders through most of them.
        for &(child, _) in &next {
            if pool.certificate(self.leaf).issuer == pool.certificate(child).subject && self.signed(pool, self.leaf, child)? {
                path.extend([child, self.leaf]);
                return Ok(true);
            }
        }
        for (child, left) in next {
            path.push(child);
            if self.down(pool, left, path)? {
                return Ok(true);
            }
            path.pop();
        }
        Ok(false)
    }

    fn is_sound(&mut self, pool: &Pool<'_>, child: usize) -> bool {
        let policy = self.policy;
        *self.sound.entry(child).or_insert_with(|| rules::faults(pool.certificate(child), false, policy) == 0)
    }

    fn signed(&self, pool: &mut Pool<'_>, child: usize, issuer: usize) -> Result<bool, Exhausted> {
        Ok(pool.edge(child, issuer)? == Edge::Good && pool.certificate(child).identifies(pool.certificate(issuer)))
    }
}

fn path_len(pool: &Pool<'_>, at: usize) -> usize {
    let constraint = pool.certificate(at).basic_constraints.and_then(|constraints| constraints.path_len);
    constraint.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX)
}

/// Goes up from the leaf by names alone.
fn below<'a>(pool: &Pool<'a>, leaf: usize) -> HashMap<&'a [u8], Rc<Vec<usize>>> {
    let mut below: HashMap<&'a [u8], Vec<usize>> = HashMap::new();
    let mut seen = vec![leaf];
    let mut next = 0;
    while let Some(&at) = seen.get(next) {
        next += 1;
        let issuer = &pool.certificate(at).issuer;
        if !below.contains_key(issuer.compared()) {
            seen.extend(pool.named(issuer).iter().filter(|above| **above != leaf));
        }
        below.entry(issuer.compared()).or_default().push(at);
    }
    below.into_iter().map(|(name, list)| (name, Rc::new(list))).collect()
}
