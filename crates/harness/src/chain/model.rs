//! The rules of a path, written a second time and as plainly as they can be: what RFC 5280 section 6.1 asks of the certificates that a plan can make, with the
//! departures of docs/path-validation.md.

use super::{Authority, Defect, HOSTS, Leaf, Plan, defect, has};
use std::collections::BTreeSet;

/// Whether there is a path from the leaf to a trust anchor that breaks no rule.
///
/// Of the rules only path lengths depend on the path as a whole, and they count what is below: a path that visits a certificate twice can only be
/// shortened. So the steps upwards are states of a certificate and the number of intermediates below it.
pub(super) fn accepts(plan: &Plan) -> bool {
    if !leaf_is_sound(&plan.leaf) {
        return false;
    }
    let authorities = plan.authorities();
    let issued_leaf = |above: &Authority| above.subject() == plan.leaf.issuer() && above.key() == plan.leaf.signer();
    let mut open: Vec<(usize, usize)> =
        (0..authorities.len()).filter(|at| issued_leaf(&authorities[*at])).map(|at| (at, 0)).collect();
    let mut seen = BTreeSet::new();
    while let Some((at, below)) = open.pop() {
        let authority = &authorities[at];
        // No more can be below than there are.
        if below >= authorities.len() || !seen.insert((at, below)) || !may_stand_above(authority, &plan.leaf, below) {
            continue;
        }
        if authority.is_anchor() && below <= plan.max_depth() && is_ca(authority, true) {
            return true;
        }
        // As an intermediate.
        if !is_ca(authority, false) || has(authority.defects, Defect::Torn) {
            continue;
        }
        let self_issued = authority.subject() == authority.issuer();
        let below = if self_issued { below } else { below + 1 };
        let issued = |above: &Authority| above.subject() == authority.issuer() && above.key() == authority.signer();
        open.extend((0..authorities.len()).filter(|at| issued(&authorities[*at])).map(|at| (at, below)));
    }
    false
}

fn leaf_is_sound(leaf: &Leaf) -> bool {
    leaf.defects.into_iter().filter_map(defect).all(|defect| match defect {
        Defect::Expired | Defect::NotYetValid | Defect::UnknownCritical | Defect::Torn => false,
        // The second of two usages of one kind is the one that it has.
        Defect::OtherKeyUsage => last(leaf.defects, &[Defect::OtherKeyUsage, Defect::NoKeyUsage]) != Some(Defect::OtherKeyUsage),
        Defect::ServerUsage => {
            last(leaf.defects, &[Defect::ServerUsage, Defect::AnyUsage, Defect::ClientUsage]) != Some(Defect::ServerUsage)
        }
        _ => true,
    })
}

/// The last of these that is there.
fn last(defects: [u8; 2], of: &[Defect]) -> Option<Defect> {
    defects.into_iter().filter_map(defect).rfind(|defect| of.contains(defect))
}

/// What is asked of any issuer, wherever it stands.
fn may_stand_above(authority: &Authority, leaf: &Leaf, below: usize) -> bool {
    let defects = authority.defects;
    let in_date = !has(defects, Defect::Expired) && !has(defects, Defect::NotYetValid);
    let extended = last(defects, &[Defect::ClientUsage, Defect::ServerUsage, Defect::AnyUsage]);
    let signs = last(defects, &[Defect::NoKeyUsage, Defect::OtherKeyUsage]) != Some(Defect::OtherKeyUsage);
    let long_enough = path_length(authority).is_none_or(|length| below <= length);
    in_date
        && !has(defects, Defect::UnknownCritical)
        && extended != Some(Defect::ServerUsage)
        && signs
        && long_enough
        && allows(authority, leaf)
}

/// A path length stands where CA:TRUE stood when it was written, and stays only if that does.
fn path_length(authority: &Authority) -> Option<usize> {
    let mut is_ca = true;
    let mut length = None;
    for defect in authority.defects.into_iter().filter_map(defect) {
        match defect {
            Defect::CaFalse | Defect::NoBasicConstraints => (is_ca, length) = (false, None),
            Defect::PathLength(given) if is_ca => length = length.or(Some(usize::from(given))),
            _ => {}
        }
    }
    length
}

/// Whether its name constraints let the leaf's name pass.
fn allows(authority: &Authority, leaf: &Leaf) -> bool {
    let Some(host) = leaf.host() else { return true };
    let permits = |host| has(authority.defects, Defect::Permits(host));
    let restricts = (0..HOSTS.len()).any(permits);
    (!restricts || permits(host)) && !has(authority.defects, Defect::Excludes(host))
}

fn is_ca(authority: &Authority, as_anchor: bool) -> bool {
    match last(authority.defects, &[Defect::CaFalse, Defect::NoBasicConstraints]) {
        None => true,
        Some(Defect::NoBasicConstraints) => {
            let self_issued = authority.subject() == authority.issuer();
            let signs = last(authority.defects, &[Defect::NoKeyUsage, Defect::OtherKeyUsage]).is_none();
            as_anchor && self_issued && signs
        }
        _ => false,
    }
}
