//! The search for a path that verifies, from the trust anchors down to the leaf (RFC 5280 section 6.1).

use super::policies;
use super::pool::{Edge, Exhausted, Pool};
use super::rules;
use crate::policy::Policy;
use std::collections::HashMap;
use std::rc::Rc;

/// The longest path that is followed, self-issued certificates included: OpenSSL's default depth.
pub(super) const MAX_PATH: usize = 100;

/// A path from the leaf to a trust anchor on which everything was checked. Only [`verified`] makes one.
pub(super) struct Verified(pub(super) Vec<usize>);

/// Searches from the trust anchors, self-issued ones first. `None` when there is no sound path.
///
/// Walking down, all that the certificates above say of those below is known at each step. A certificate that was reached before with no less left to
/// it is not looked at again, so certificates that sign each other in all directions cost no more than their signatures. Breadth first, so that the
/// shortest path is found and none grows long for nothing.
pub(super) fn verified(pool: &mut Pool<'_>, leaf: usize, policy: &Policy) -> Result<Option<Verified>, Exhausted> {
    let mut walk = Walk {
        below: below(pool, leaf),
        leaf,
        policy,
        with_policies: rules::policies_matter(pool, policy),
        reached: HashMap::new(),
        sound: HashMap::new(),
        nodes: Vec::new(),
    };
    let anchors = pool.positions().filter(|&at| pool.entry(at).anchor);
    let (roots, others): (Vec<usize>, Vec<usize>) = anchors.partition(|&at| pool.certificate(at).is_self_issued());
    for anchors in [roots, others] {
        if let Some(path) = walk.down_from(pool, &anchors)? {
            return Ok(Some(Verified(path)));
        }
    }
    Ok(None)
}

/// What the certificates above allow below.
#[derive(Clone)]
struct Allowed {
    /// Intermediates that are not self-issued.
    intermediates: usize,
    /// Those above that have name constraints, in the order of their positions.
    constrainers: Vec<usize>,
    /// Where policies matter.
    policies: Option<policies::State>,
}

impl Allowed {
    /// Whether all that `other` allows is allowed here.
    fn covers(&self, other: &Allowed) -> bool {
        self.intermediates >= other.intermediates
            && self.policies == other.policies
            && is_subset(&self.constrainers, &other.constrainers)
    }
}

/// Of two lists in order.
fn is_subset(part: &[usize], whole: &[usize]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|at| whole.any(|other| other == at))
}

/// A certificate that was reached.
struct Node {
    at: usize,
    /// The node of its issuer.
    above: Option<usize>,
    depth: usize,
    allowed: Rc<Allowed>,
}

struct Walk<'a, 'p> {
    /// By issuer's name, the certificates that may lead down to the leaf, in the order of the inputs.
    below: HashMap<&'a [u8], Rc<Vec<usize>>>,
    leaf: usize,
    policy: &'p Policy,
    with_policies: bool,
    reached: HashMap<usize, Vec<Rc<Allowed>>>,
    sound: HashMap<usize, bool>,
    nodes: Vec<Node>,
}

impl Walk<'_, '_> {
    /// The first path from one of the anchors, leaf first.
    fn down_from(&mut self, pool: &mut Pool<'_>, anchors: &[usize]) -> Result<Option<Vec<usize>>, Exhausted> {
        let mut next = self.nodes.len();
        for &anchor in anchors {
            if anchor == self.leaf {
                // The leaf is its own anchor: there is no issuer to check, only that it signed itself.
                if pool.self_signature(anchor) == Some(Edge::Good) && self.may_end(pool, &self.start(pool, None)) {
                    return Ok(Some(vec![anchor]));
                }
            } else if self.below.contains_key(pool.certificate(anchor).subject.compared()) && self.is_sound(pool, anchor, true)? {
                let allowed = self.start(pool, Some(anchor));
                self.nodes.push(Node { at: anchor, above: None, depth: 1, allowed: Rc::new(allowed) });
            }
        }
        let mut cut = false;
        while let Some(node) = self.nodes.get(next) {
            let (at, depth, allowed) = (node.at, node.depth, Rc::clone(&node.allowed));
            if self.signed(pool, self.leaf, at)? && self.may_end(pool, &allowed) {
                return Ok(Some(self.path(next, &[self.leaf])));
            }
            if depth == MAX_PATH {
                cut = true;
            } else {
                // Those that issued the leaf first: among CAs that all sign each other the others cost a signature each.
                let issuers: Vec<usize> = pool.named_issuers(self.leaf).collect();
                for child in issuers {
                    pool.look(child, at)?;
                    if pool.certificate(child).issuer == pool.certificate(at).subject
                        && self.signed(pool, self.leaf, child)?
                        && let Some(allowed) = self.pass(pool, next, child)?
                        && self.may_end(pool, &allowed)
                    {
                        return Ok(Some(self.path(next, &[child, self.leaf])));
                    }
                }
                let children = self.below.get(pool.certificate(at).subject.compared()).cloned().unwrap_or_default();
                let leaf = self.leaf;
                for &child in children.iter().filter(|child| **child != leaf) {
                    if let Some(allowed) = self.pass(pool, next, child)? {
                        self.reach(pool, Node { at: child, above: Some(next), depth: depth + 1, allowed: Rc::new(allowed) })?;
                    }
                }
            }
            next += 1;
        }
        if cut { Err(Exhausted) } else { Ok(None) }
    }

    fn start(&self, pool: &Pool<'_>, anchor: Option<usize>) -> Allowed {
        let constrainers = anchor.filter(|&at| constrains(pool, at));
        let path_len = anchor.and_then(|at| pool.certificate(at).path_len());
        Allowed {
            intermediates: path_len.unwrap_or(usize::MAX).min(self.policy.gate.max_depth),
            constrainers: constrainers.into_iter().collect(),
            policies: self.with_policies.then(|| policies::State::new(&self.policy.gate.certificate_policies)),
        }
    }

    fn reach(&mut self, pool: &mut Pool<'_>, node: Node) -> Result<(), Exhausted> {
        let reached = self.reached.entry(node.at).or_default();
        let weight = node.allowed.policies.as_ref().map_or(0, policies::State::weight);
        pool.spend(reached.len().saturating_mul(1 + weight))?;
        if !reached.iter().any(|before| before.covers(&node.allowed)) {
            reached.push(Rc::clone(&node.allowed));
            self.nodes.push(node);
        }
        Ok(())
    }

    /// What is allowed below `child`, if it may follow the certificate of a node.
    fn pass(&mut self, pool: &mut Pool<'_>, node: usize, child: usize) -> Result<Option<Allowed>, Exhausted> {
        let Some(Node { at: issuer, allowed: above, .. }) = self.nodes.get(node) else { return Ok(None) };
        let (issuer, above) = (*issuer, Rc::clone(above));
        pool.look(child, issuer)?;
        // A certificate does not issue itself. Where policies matter it may come again with others, which no path may do (section 6.1).
        if child == issuer || self.with_policies && self.path(node, &[]).contains(&child) {
            return Ok(None);
        }
        let certificate = pool.certificate(child);
        let Some(left) = above.intermediates.checked_sub(usize::from(!certificate.is_self_issued())) else { return Ok(None) };
        if !self.is_sound(pool, child, false)? {
            return Ok(None);
        }
        for &constrainer in &above.constrainers {
            if pool.violation(constrainer, child)?.is_some() {
                return Ok(None);
            }
        }
        if let Some(state) = &above.policies {
            pool.spend(state.work(&certificate.extensions))?;
        }
        let policies = match &above.policies {
            Some(state) => match state.after_intermediate(
                &certificate.extensions,
                certificate.is_self_issued(),
                &self.policy.gate.certificate_policies,
            ) {
                Ok(state) => Some(state),
                Err(policies::NoPolicy) => return Ok(None),
            },
            None => None,
        };
        if !self.signed(pool, child, issuer)? {
            return Ok(None);
        }
        let mut constrainers = above.constrainers.clone();
        if constrains(pool, child)
            && let Err(place) = constrainers.binary_search(&child)
        {
            constrainers.insert(place, child);
        }
        let intermediates = certificate.path_len().unwrap_or(usize::MAX).min(left);
        Ok(Some(Allowed { intermediates, constrainers, policies }))
    }

    /// Whether the leaf may follow. That no certificate on the way constrains its names is part of their being sound.
    fn may_end(&self, pool: &Pool<'_>, above: &Allowed) -> bool {
        let policies = &self.policy.gate.certificate_policies;
        above.policies.as_ref().is_none_or(|state| state.end(&pool.certificate(self.leaf).extensions, policies).is_ok())
    }

    /// Whether nothing is wrong with the certificate as an issuer on any path to this leaf.
    fn is_sound(&mut self, pool: &mut Pool<'_>, at: usize, is_anchor: bool) -> Result<bool, Exhausted> {
        if let Some(known) = self.sound.get(&at).filter(|_| !is_anchor) {
            return Ok(*known);
        }
        let sound = rules::faults(pool.certificate(at), is_anchor, self.policy) == 0 && pool.violation(at, self.leaf)?.is_none();
        if !is_anchor {
            self.sound.insert(at, sound);
        }
        Ok(sound)
    }

    fn signed(&self, pool: &mut Pool<'_>, child: usize, issuer: usize) -> Result<bool, Exhausted> {
        let (certificate, above) = (pool.certificate(child), pool.certificate(issuer));
        Ok(certificate.issuer == above.subject
            && rules::link_faults(certificate, above, self.policy) == 0
            && pool.edge(child, issuer)? == Edge::Good)
    }

    /// From `end`, leaf first, up to the anchor of a node.
    fn path(&self, node: usize, end: &[usize]) -> Vec<usize> {
        let mut path: Vec<usize> = end.iter().rev().copied().collect();
        let mut next = self.nodes.get(node);
        while let Some(node) = next {
            path.push(node.at);
            next = node.above.and_then(|above| self.nodes.get(above));
        }
        path
    }
}

fn constrains(pool: &Pool<'_>, at: usize) -> bool {
    pool.certificate(at).extensions.name_constraints.is_some()
}

/// Goes up from the leaf by names alone.
fn below<'a>(pool: &Pool<'a>, leaf: usize) -> HashMap<&'a [u8], Rc<Vec<usize>>> {
    let mut below: HashMap<&'a [u8], Rc<Vec<usize>>> = HashMap::new();
    let mut seen = vec![leaf];
    let mut next = 0;
    while let Some(&at) = seen.get(next) {
        next += 1;
        let issuer = &pool.certificate(at).issuer;
        if !below.contains_key(issuer.compared()) {
            seen.extend(pool.named(issuer).iter().filter(|above| **above != leaf));
        }
        Rc::make_mut(below.entry(issuer.compared()).or_default()).push(at);
    }
    below
}
