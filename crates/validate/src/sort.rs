//! Where the certificates and keys go that were given without saying what they are for: by what they are, and by which key fits which.

use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::{Finding, Location, Placement};
use crate::key::PrivateKey;
use crate::policy::CaRole;
use crate::source::Role;
use std::collections::{HashMap, HashSet};

/// What was named outright. It stays where it was put, and nothing takes its place.
pub(crate) struct Named<'a> {
    /// What a certificate input holds, if one was given.
    pub(crate) cert: Option<&'a [Certificate]>,
    /// The leaf in it, if it has one.
    pub(crate) leaf: Option<&'a Certificate>,
    /// A key input was given, and this is the key in it, if it has one.
    pub(crate) key: Option<Option<&'a PrivateKey>>,
    /// A CA input was given.
    pub(crate) ca: bool,
}

/// What was found in the other sources, each certificate once.
pub(crate) struct Found {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) keys: Vec<PrivateKey>,
}

/// What goes where.
#[derive(Default)]
pub(crate) struct Sorted {
    /// The leaf, if it is among what was found, then its intermediates from the leaf up.
    pub(crate) cert: Vec<Certificate>,
    pub(crate) key: Option<PrivateKey>,
    pub(crate) ca: Vec<Certificate>,
    /// Which one the leaf is cannot be told.
    pub(crate) ambiguous: bool,
    pub(crate) placements: Vec<Placement>,
}

const OTHER_LEAF: &str = "another client or server certificate, and not the one of the key";
const NAMED_CERT: &str = "--cert names the client certificate";
const NAMED_CA: &str = "--ca names the CA";
const NAMED_KEY: &str = "--key names the key";
const ISSUED_NOTHING: &str = "it is not an issuer of the client certificate";
const CA_KEY: &str = "the key of a CA, which belongs into no upload; keep it away from here";
const FITS_NOTHING: &str = "it fits no certificate here";
const OTHER_KEY: &str = "the key of another certificate";
const NO_LEAF: &str = "there is no client certificate that it could belong to";
const UNDECIDED: &str = "which one is meant is not clear";

/// Sorts what was found. What has no place, or no clear one, is a finding.
pub(crate) fn sort(found: Found, named: &Named<'_>, ca_role: CaRole, findings: &mut Vec<Finding>) -> Sorted {
    let Found { certificates, keys } = found;
    let issuers = Issuers::new(&certificates, named.cert.unwrap_or_default());
    let choice = match named.cert {
        Some(_) => Choice::Named,
        None => choose(&certificates, &keys, named, &issuers),
    };
    let leaf = match choice {
        Choice::Found(at) => certificates.get(at),
        Choice::Named => named.leaf,
        Choice::None | Choice::Unclear(_) => None,
    };
    // How each certificate is used, and why it is not.
    let mut uses: Vec<(Vec<Role>, Option<&'static str>)> = vec![(Vec::new(), None); certificates.len()];
    let below: Vec<&Certificate> = leaf.into_iter().chain(named.cert.into_iter().flatten()).collect();
    let path = issuers.above(&below, &certificates);
    let mut on_path = vec![false; certificates.len()];
    for &at in &path {
        if let Some(on_path) = on_path.get_mut(at) {
            *on_path = true;
        }
    }
    let is_root = |at: usize| issuers.is_issuer(at) && certificates.get(at).is_some_and(|certificate| certificate.is_own_issuer());
    let has_root = (0..certificates.len()).any(is_root);
    let server = ca_role == CaRole::OriginServer;
    for (at, ((certificate, (roles, why)), on_path)) in certificates.iter().zip(&mut uses).zip(on_path).enumerate() {
        match choice {
            Choice::Unclear(_) if !issuers.is_issuer(at) => *why = Some(UNDECIDED),
            Choice::Found(leaf) if leaf == at => {
                roles.push(Role::Cert);
                if certificate.is_own_issuer() && !named.ca && !server {
                    roles.push(Role::Ca);
                }
            }
            _ if !issuers.is_issuer(at) => *why = Some(if named.cert.is_some() { NAMED_CERT } else { OTHER_LEAF }),
            // The leaf has to chain to a root that is sent along.
            _ if is_root(at) && server && on_path => roles.push(Role::Cert),
            _ if is_root(at) && named.ca => *why = Some(NAMED_CA),
            _ if is_root(at) => roles.push(Role::Ca),
            _ if on_path => {
                roles.push(Role::Cert);
                let is_top = issuers.of(certificate).is_empty();
                if is_top && !has_root && !named.ca && !server {
                    roles.push(Role::Ca);
                }
            }
            Choice::None => *why = Some(NO_LEAF),
            Choice::Unclear(_) => *why = Some(UNDECIDED),
            _ => *why = Some(ISSUED_NOTHING),
        }
    }
    let mut sorted = Sorted { ambiguous: matches!(choice, Choice::Unclear(_)), ..Sorted::default() };
    if let Choice::Unclear(choices) = &choice {
        findings.push(unclear(choices, &certificates, &keys));
    }
    let leaf_at = if let Choice::Found(at) = choice { Some(at) } else { None };
    for at in leaf_at.into_iter().chain(path.iter().copied()) {
        if let (Some(certificate), Some((roles, _))) = (certificates.get(at), uses.get(at))
            && roles.contains(&Role::Cert)
        {
            sorted.cert.push(used_as(certificate, Role::Cert));
        }
    }
    for (certificate, (roles, _)) in certificates.iter().zip(&uses) {
        if roles.contains(&Role::Ca) {
            sorted.ca.push(used_as(certificate, Role::Ca));
        }
    }
    for (certificate, (used_as, left_out)) in certificates.iter().zip(uses) {
        let what = certificate.subject.shown();
        sorted.placements.push(Placement { at: certificate.at.clone(), what, used_as, left_out });
    }
    let leaf = leaf.cloned();
    sort_keys(keys, leaf.as_ref(), &certificates, named, &issuers, &mut sorted, findings);
    for placement in &sorted.placements {
        // The finding that there is no leaf, or no clear one, says it for all of them.
        if let Some(why) = placement.left_out.filter(|why| ![NO_LEAF, UNDECIDED].contains(why)) {
            let message = format!("{} is left out: {why}", placement.what);
            findings.push(Finding::new(Code::ObjectUnused, placement.at.clone(), message));
        }
    }
    sorted
}

fn used_as(certificate: &Certificate, role: Role) -> Certificate {
    let mut certificate = certificate.clone();
    certificate.at = certificate.at.used_as(role);
    certificate
}

/// Who may have issued whom, by name.
struct Issuers<'a> {
    by_subject: HashMap<&'a [u8], Vec<usize>>,
    is_issuer: Vec<bool>,
}

impl<'a> Issuers<'a> {
    /// Among `certificates`; what they issued may stand among the named ones too.
    fn new(certificates: &'a [Certificate], named: &[Certificate]) -> Self {
        let mut by_subject: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (at, certificate) in certificates.iter().enumerate() {
            by_subject.entry(certificate.subject.compared()).or_default().push(at);
        }
        let below = certificates.iter().chain(named).filter(|certificate| !certificate.is_self_issued());
        let issuing: HashSet<&[u8]> = below.map(|certificate| certificate.issuer.compared()).collect();
        let has_issued = |certificate: &Certificate| issuing.contains(certificate.subject.compared());
        let is_issuer = certificates.iter().map(|certificate| certificate.is_ca() || has_issued(certificate)).collect();
        Issuers { by_subject, is_issuer }
    }

    /// It is a CA, or has issued another certificate here, if names tell.
    fn is_issuer(&self, at: usize) -> bool {
        self.is_issuer.get(at).copied().unwrap_or_default()
    }

    /// The certificates with the name of the issuer; none for a certificate that is its own.
    fn of(&self, certificate: &Certificate) -> &[usize] {
        if certificate.is_own_issuer() {
            return &[];
        }
        self.by_subject.get(certificate.issuer.compared()).map_or(&[], Vec::as_slice)
    }

    /// The certificates above those `below`, the nearest first, and none of those.
    fn above(&self, below: &[&Certificate], certificates: &[Certificate]) -> Vec<usize> {
        let known: HashSet<&[u8]> = below.iter().map(|certificate| certificate.der()).collect();
        let mut seen: Vec<bool> = certificates.iter().map(|certificate| known.contains(certificate.der())).collect();
        // Of each name once: thousands of certificates may name one issuer, and thousands have its name.
        let mut followed: HashSet<&[u8]> = HashSet::new();
        let mut found: Vec<usize> = Vec::new();
        let mut next = 0;
        let mut from: Vec<&Certificate> = below.to_vec();
        while let Some(certificate) = from.pop() {
            let issuers = self.of(certificate);
            let is_new = !issuers.is_empty() && followed.insert(certificate.issuer.compared());
            for &at in issuers.iter().filter(|_| is_new) {
                if let Some(seen) = seen.get_mut(at).filter(|seen| !**seen) {
                    *seen = true;
                    found.push(at);
                }
            }
            if from.is_empty() {
                from.extend(found.get(next).and_then(|&at| certificates.get(at)));
                next += 1;
            }
        }
        found
    }
}

enum Choice {
    /// `--cert` says it.
    Named,
    Found(usize),
    /// There are only CAs, or nothing.
    None,
    /// These could be it.
    Unclear(Vec<usize>),
}

/// The leaf: no issuer, and the one that a key fits. Where there are only issuers, the one that a key fits.
fn choose(certificates: &[Certificate], keys: &[PrivateKey], named: &Named<'_>, issuers: &Issuers<'_>) -> Choice {
    let fits = |at: &usize| {
        let all = keys.iter().chain(named.key.flatten());
        certificates.get(*at).is_some_and(|certificate| all.into_iter().any(|key| fits(key, certificate)))
    };
    let ends: Vec<usize> = (0..certificates.len()).filter(|&at| !issuers.is_issuer(at)).collect();
    let of_key: Vec<usize> = ends.iter().copied().filter(fits).collect();
    let only_issuers: Vec<usize> = (0..certificates.len()).filter(|_| ends.is_empty()).filter(fits).collect();
    match (of_key.as_slice(), ends.as_slice(), only_issuers.as_slice()) {
        ([only], _, _) | ([], [only], _) | ([], [], [only]) => Choice::Found(*only),
        ([], [], []) => Choice::None,
        ([], [], _) => Choice::Unclear(only_issuers),
        ([], _, _) => Choice::Unclear(ends),
        _ => Choice::Unclear(of_key),
    }
}

fn fits(key: &PrivateKey, certificate: &Certificate) -> bool {
    certificate.public_key.as_ref() == Ok(&key.public)
}

/// The most choices that are listed.
const MAX_LISTED: usize = 10;

fn unclear(choices: &[usize], certificates: &[Certificate], keys: &[PrivateKey]) -> Finding {
    let all: Vec<&Certificate> = choices.iter().filter_map(|&at| certificates.get(at)).collect();
    let with_key = all.iter().filter(|certificate| keys.iter().any(|key| fits(key, certificate))).count();
    let message = match with_key {
        0 => format!(
            "the files hold {} client certificates and no key that fits one; which one is meant would be a guess",
            all.len()
        ),
        _ => format!("the files hold {} client certificates, each with its key; which one is meant would be a guess", all.len()),
    };
    let at = all.first().map_or(Location::Bundle, |first| first.at.clone());
    let mut finding = Finding::new(Code::LeafAmbiguous, at, message);
    for certificate in all.iter().take(MAX_LISTED) {
        let until = certificate.not_after.date();
        finding = finding.note_at(&certificate.at, format!("{}, valid until {until}", certificate.called()));
        if let Some(key) = keys.iter().find(|key| fits(key, certificate)) {
            finding = finding.note_at(&key.at, "its key");
        }
    }
    if all.len() > MAX_LISTED {
        finding = finding.note(format!("and {} more", all.len() - MAX_LISTED));
    }
    finding.help("give only the files of one, or say it: --cert FILE --key FILE")
}

/// The key of the leaf. Others are left out: that a key is another's is proved by the certificate, not guessed.
fn sort_keys(
    keys: Vec<PrivateKey>,
    leaf: Option<&Certificate>,
    certificates: &[Certificate],
    named: &Named<'_>,
    issuers: &Issuers<'_>,
    sorted: &mut Sorted,
    findings: &mut Vec<Finding>,
) {
    let owner = |key: &PrivateKey| certificates.iter().position(|certificate| fits(key, certificate));
    let fitting = keys.iter().position(|key| leaf.is_some_and(|leaf| fits(key, leaf)));
    let free: Vec<usize> = (0..keys.len()).filter(|&at| keys.get(at).is_some_and(|key| owner(key).is_none())).collect();
    let chosen = match (fitting, free.as_slice()) {
        _ if named.key.is_some() || sorted.ambiguous => None,
        (Some(at), _) => Some(at),
        (None, []) if keys.len() == 1 => Some(0),
        (None, [only]) => Some(*only),
        (None, _) => None,
    };
    let undecided = chosen.is_none() && named.key.is_none() && !sorted.ambiguous && !keys.is_empty();
    if undecided {
        let places = keys.iter().map(|key| key.at.clone());
        let mut finding = Finding::new(
            Code::KeyMultiple,
            keys.first().map_or(Location::Bundle, |key| key.at.clone()),
            "there is more than one private key and none of them fits the client certificate; which one is meant would be a guess",
        );
        for at in places.skip(1).take(MAX_LISTED) {
            finding = finding.note_at(&at, "another one");
        }
        findings.push(finding.help("give the key that was made with this certificate's request"));
    }
    for (at, mut key) in keys.into_iter().enumerate() {
        let what = format!("private key ({})", key.public);
        let place = |used_as: Vec<Role>, left_out| Placement { at: key.at.clone(), what, used_as, left_out };
        if chosen == Some(at) {
            sorted.placements.push(place(vec![Role::Key], None));
            key.at = key.at.used_as(Role::Key);
            sorted.key = Some(key);
            continue;
        }
        let why = match owner(&key) {
            _ if named.key.is_some() => NAMED_KEY,
            _ if sorted.ambiguous || undecided => UNDECIDED,
            Some(owner) if issuers.is_issuer(owner) => CA_KEY,
            Some(_) => OTHER_KEY,
            None => FITS_NOTHING,
        };
        sorted.placements.push(place(Vec::new(), Some(why)));
    }
}
