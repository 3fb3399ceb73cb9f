//! Why a certificate of the issuer's name is not the issuer that a path needs.

use super::pool::{Edge, Pool};
use super::rules;
use crate::code::Severity;
use crate::finding::Finding;
use crate::policy::Policy;

/// The most candidates that a finding names.
const SHOWN: usize = 8;

/// Adds to `finding` every other certificate of the name of `at`'s issuer, with what speaks against it.
pub(super) fn note(pool: &mut Pool<'_>, at: usize, chosen: Option<usize>, policy: &Policy, mut finding: Finding) -> Finding {
    let leaf = pool.leaf();
    let others: Vec<usize> = pool.named_issuers(at).filter(|other| Some(*other) != chosen && Some(*other) != leaf).collect();
    for &other in others.iter().take(SHOWN) {
        let text = format!("{}: {}", pool.certificate(other).called(), why(pool, at, other, policy));
        finding = finding.note_at(&pool.certificate(other).at, text);
    }
    if others.len() > SHOWN {
        finding = finding.note(format!("and {} more certificates of that name", others.len() - SHOWN));
    }
    finding
}

/// What speaks against `issuer` as the issuer of `at`, which has its name.
fn why(pool: &mut Pool<'_>, at: usize, issuer: usize, policy: &Policy) -> String {
    match pool.edge(at, issuer) {
        Ok(Edge::Bad) => return "same name, but the signature does not verify with its key: reissued CA?".into(),
        Ok(Edge::Weak(hash)) => return format!("same name, but the signature is one with {hash}"),
        Ok(Edge::Unsupported) => return "same name, but whether its key signed cannot be told".into(),
        Ok(Edge::Good) => {}
        Err(_) => return "same name; it was not looked at, the certificates allow too many paths".into(),
    }
    if !pool.certificate(at).identifies(pool.certificate(issuer)) {
        return "its key signed, but the authority key identifier names another certificate".into();
    }
    if !pool.certificate(at).is_linked_by_openssl(pool.certificate(issuer)) {
        return "its key signed, but it writes its name in a way that OpenSSL takes for another name".into();
    }
    let mut own = Vec::new();
    rules::issuer(pool.certificate(issuer), pool.entry(issuer).anchor, policy, &mut own);
    own.retain(|finding| policy.level(finding.code, finding.severity) == Severity::Error);
    if let Some(first) = own.first() {
        return format!("its key signed, but {}", first.message);
    }
    let forbidden =
        pool.leaf().and_then(|leaf| pool.violation(issuer, leaf).ok().flatten().map(|violation| violation.name.clone()));
    match forbidden {
        Some(name) => format!("its key signed, but its name constraints forbid the {name} of the leaf"),
        None if pool.entry(issuer).anchor => "its key signed, but the path to it does not hold as a whole".into(),
        None => "its key signed, but no path leads on from it".into(),
    }
}

/// Adds to the findings about a path that does not verify the issuers that were not taken.
pub(super) fn explain(pool: &mut Pool<'_>, path: &[usize], policy: &Policy, findings: &mut [Finding]) {
    for (&at, &chosen) in path.iter().zip(path.iter().skip(1)) {
        let places = [&pool.certificate(chosen).at, &pool.certificate(at).at];
        let is_error = |finding: &Finding| policy.level(finding.code, finding.severity) == Severity::Error;
        let found = places.iter().find_map(|place| findings.iter().position(|finding| is_error(finding) && finding.at == **place));
        if let Some(finding) = found.and_then(|found| findings.get_mut(found)) {
            *finding = note(pool, at, Some(chosen), policy, finding.clone());
        }
    }
}
