//! Which object is what.

use crate::certificate::Certificate;
use crate::code::{Code, Severity};
use crate::finding::{Finding, Location, Placement};
use crate::input::{Inputs, Malformed, firsts};
use crate::key::PrivateKey;
use crate::policy::CaRole;
use crate::read::{self, KeyBlock};
use crate::sort::{self, Found, Named, Sorted};
use crate::source::{Request, Role};
use std::collections::HashSet;

/// The objects that could be read, each in its part.
pub(crate) struct Bundle {
    /// The certificates of the certificate input, in its order, each once.
    pub(crate) sent: Vec<Certificate>,
    /// Which of them is the leaf, where that can be told.
    pub(crate) leaf: Option<usize>,
    /// The certificates of the CA input, in its order, each once.
    pub(crate) authorities: Vec<Certificate>,
    pub(crate) key: Option<PrivateKey>,
    /// Where went what was given without a role.
    pub(crate) placements: Vec<Placement>,
}

impl Bundle {
    /// Puts each object where it belongs. What is missing, malformed, doubled or one too many is a finding.
    pub(crate) fn new(inputs: Inputs, request: &Request<'_>, ca_role: CaRole, findings: &mut Vec<Finding>) -> Self {
        let mut by_role = ByRole::default();
        for read in inputs.certificates {
            let at = read.as_ref().map_or_else(|malformed| &malformed.at, |certificate| &certificate.at);
            match at.input() {
                Some(Role::Ca) => by_role.ca.push(read),
                Some(Role::Auto) => by_role.auto.push(read),
                _ => by_role.cert.push(read),
            }
        }
        let (auto_keys, named_keys): (Vec<KeyBlock>, Vec<KeyBlock>) =
            inputs.keys.into_iter().partition(|block| block.at.input() == Some(Role::Auto));
        let Parsed { list: mut sent, whole } = named_certificates(by_role.cert, findings);
        let Parsed { list: mut authorities, .. } = named_certificates(by_role.ca, findings);
        let mut key = only_key(named_keys, findings);
        let mut leaf = leaf(&sent, key.as_ref(), whole);

        let is_named = |role: Role| request.sources.iter().any(|source| source.role == role);
        let mut copies = Vec::new();
        let mut sorted = Sorted::default();
        if is_named(Role::Auto) {
            let known: HashSet<&[u8]> = sent.iter().chain(&authorities).map(|named| named.der()).collect();
            let found = Found {
                certificates: unique_certificates(by_role.auto, &known, &mut copies, findings),
                keys: unique_keys(auto_keys, &mut copies, findings),
            };
            let named = Named {
                cert: is_named(Role::Cert).then_some(sent.as_slice()),
                leaf: leaf.and_then(|at| sent.get(at)),
                key: is_named(Role::Key).then_some(key.as_ref()),
                ca: is_named(Role::Ca),
            };
            sorted = sort::sort(found, &named, ca_role, findings);
        }
        let Sorted { cert, key: sorted_key, ca, ambiguous, mut placements } = sorted;
        if !is_named(Role::Cert) && !cert.is_empty() {
            leaf = Some(0); // the leaf comes first
        }
        sent.extend(cert);
        authorities.extend(ca);
        key = key.or(sorted_key);
        placements.append(&mut copies);
        placements.sort_by(|a, b| a.at.cmp(&b.at));
        missing(request, (sent.is_empty() && !ambiguous, key.is_none() && !ambiguous, authorities.is_empty()), findings);
        Bundle { sent, leaf, authorities, key, placements }
    }

    pub(crate) fn leaf(&self) -> Option<&Certificate> {
        self.sent.get(self.leaf?)
    }
}

type Read = Result<Certificate, Malformed>;

#[derive(Default)]
struct ByRole {
    cert: Vec<Read>,
    ca: Vec<Read>,
    auto: Vec<Read>,
}

/// Says of what there is none of, unless an error in the input itself says more.
fn missing(request: &Request<'_>, (cert, key, ca): (bool, bool, bool), findings: &mut Vec<Finding>) {
    for (role, none, code, what) in [
        (Role::Cert, cert, Code::CertificateMissing, "client certificate"),
        (Role::Key, key, Code::KeyMissing, "private key"),
        (Role::Ca, ca, Code::CaMissing, "CA certificate"),
    ] {
        let source = request.sources.iter().enumerate().find(|(_, source)| source.role == role);
        let explains = |finding: &Finding| {
            let at = finding.at.input();
            // A key that cannot be read says nothing of certificates.
            let about = role == Role::Key || !is_about_key(finding.code);
            finding.severity == Severity::Error && (at == Some(role) || source.is_none() && at == Some(Role::Auto) && about)
        };
        if !none || findings.iter().any(explains) {
            continue;
        }
        let files = request.sources.iter().any(|source| source.role == Role::Auto);
        let (message, help) = match files && source.is_none() {
            true => (
                format!("there is no {what} in the files"),
                format!("give the file that holds it too, or name it with --{role} FILE"),
            ),
            false => (format!("there is no {what}"), format!("give it with --{role} FILE")),
        };
        let at = source.map_or(Location::Missing(role), |(position, source)| read::whole(position, source));
        findings.push(Finding::new(code, at, message).help(help));
    }
}

fn is_about_key(code: Code) -> bool {
    code.name().contains("key") && code != Code::KeyInCertificateInput
}

/// The certificates of unsorted sources, each once, without those that stand in a named source. A file of a chain and a file of its
/// intermediates are often given together, so a copy is no finding.
fn unique_certificates(
    list: Vec<Read>,
    known: &HashSet<&[u8]>,
    copies: &mut Vec<Placement>,
    findings: &mut Vec<Finding>,
) -> Vec<Certificate> {
    let mut copy = |certificate: &Certificate, at: Location| {
        let what = certificate.subject.shown();
        copies.push(Placement { at, what, used_as: Vec::new(), left_out: Some(COPY) });
    };
    let Parsed { list, .. } = certificates(list, &mut copy, findings);
    let (doubled, list): (Vec<_>, Vec<_>) = list.into_iter().partition(|certificate| known.contains(certificate.der()));
    for certificate in doubled {
        copy(&certificate, certificate.at.clone());
    }
    list
}

fn unique_keys(blocks: Vec<KeyBlock>, copies: &mut Vec<Placement>, findings: &mut Vec<Finding>) -> Vec<PrivateKey> {
    let mut list: Vec<PrivateKey> = Vec::new();
    if blocks.len() > MAX_KEYS {
        findings.push(too_many(&blocks));
        return list;
    }
    for block in blocks {
        match PrivateKey::new(block) {
            Err(finding) => findings.push(*finding),
            Ok(key) if list.iter().any(|first| first.public == key.public) => {
                let what = format!("private key ({})", key.public);
                copies.push(Placement { at: key.at, what, used_as: Vec::new(), left_out: Some(COPY) });
            }
            Ok(key) => list.push(key),
        }
    }
    list
}

const COPY: &str = "a second copy";

struct Parsed {
    list: Vec<Certificate>,
    /// Every one of them follows its format.
    whole: bool,
}

fn named_certificates(list: Vec<Read>, findings: &mut Vec<Finding>) -> Parsed {
    let mut doubled = Vec::new();
    let parsed = certificates(list, &mut |first, at| doubled.push((first.called().to_string(), first.at.clone(), at)), findings);
    findings.extend(doubled.into_iter().map(|(called, first, at)| {
        let message = format!("the certificate {called} stands here a second time; it is left out");
        Finding::new(Code::DuplicateCertificate, at, message).note_at(&first, "the first one")
    }));
    parsed
}

/// The certificates that follow their format; `copy` is told of each one that stands there again.
fn certificates(list: Vec<Read>, copy: &mut dyn FnMut(&Certificate, Location), findings: &mut Vec<Finding>) -> Parsed {
    let mut sound: Vec<Certificate> = Vec::with_capacity(list.len());
    let mut whole = true;
    for read in list {
        match read {
            Ok(certificate) => sound.push(certificate),
            Err(Malformed { at, why }) => {
                whole = false;
                let message = format!("this certificate does not follow its format: {why}");
                findings.push(
                    Finding::new(Code::CertificateMalformed, at, message)
                        .help("copy it again from its source; if it is the same there, the CA has to issue it anew"),
                );
            }
        }
    }
    let firsts = firsts(sound.iter().map(|certificate| certificate.der()));
    for (certificate, first) in sound.iter().zip(&firsts) {
        if let Some(first) = sound.get(*first).filter(|first| !std::ptr::eq(*first, certificate)) {
            copy(first, certificate.at.clone());
        }
    }
    let is_first = |(at, first): (usize, usize)| at == first;
    let mut keep = firsts.into_iter().enumerate().map(is_first);
    sound.retain(|_| keep.next().unwrap_or(true));
    Parsed { list: sound, whole }
}

/// The most key blocks that are compared; reading one costs as much as a signature.
const MAX_KEYS: usize = 8;

fn too_many(blocks: &[KeyBlock]) -> Finding {
    let at = blocks.first().map_or(Location::Bundle, |block| block.at.clone());
    let message = format!("there are {} private keys, and which one is meant would be a guess", blocks.len());
    Finding::new(Code::KeyMultiple, at, message).help("give only the key of the leaf")
}

/// The one key. The same key a second time is dropped, in whatever container; of two different ones none is chosen, not even if one fits.
fn only_key(blocks: Vec<KeyBlock>, findings: &mut Vec<Finding>) -> Option<PrivateKey> {
    if blocks.len() > MAX_KEYS {
        findings.push(too_many(&blocks));
        return None;
    }
    let mut only: Option<PrivateKey> = None;
    for block in blocks {
        match (PrivateKey::new(block), &only) {
            (Err(finding), _) => findings.push(*finding),
            (Ok(key), None) => only = Some(key),
            (Ok(key), Some(first)) if key.public == first.public => {
                let message = "the same private key stands here a second time; it is left out";
                findings.push(Finding::new(Code::DuplicateKey, key.at, message).note_at(&first.at, "the first one"));
            }
            (Ok(key), Some(first)) => {
                let message = "there is more than one private key, and which one is meant would be a guess";
                findings.push(
                    Finding::new(Code::KeyMultiple, key.at, message)
                        .note_at(&first.at, "the first one")
                        .help("leave only the key of the leaf in the file"),
                );
                return None;
            }
        }
    }
    only
}

/// The leaf of certificates that are no part of the bundle and whose key is not looked at, told as it is in the certificate input. What is malformed is
/// a finding and cannot be it; copies are none.
pub(crate) fn leaf_among(list: Vec<Read>, findings: &mut Vec<Finding>) -> Option<Certificate> {
    let Parsed { list, .. } = certificates(list, &mut |_, _| {}, findings);
    leaf(&list, None, true).and_then(|at| list.into_iter().nth(at))
}

/// The certificate that issued no other of the list; when that leaves a choice, the one that the key fits, then one that is no CA, then the
/// first. With a malformed certificate in the list only the key can tell.
fn leaf(sent: &[Certificate], key: Option<&PrivateKey>, whole: bool) -> Option<usize> {
    let fits = |&at: &usize| match (key, sent.get(at)) {
        (Some(key), Some(certificate)) => certificate.public_key.as_ref() == Ok(&key.public),
        _ => false,
    };
    if !whole {
        return (0..sent.len()).find(fits);
    }
    // What is self-issued was issued by nobody else here, whoever has its name; so none of these names is the issuer's of the certificate that has it.
    let issuers: HashSet<&[u8]> =
        sent.iter().filter(|certificate| !certificate.is_self_issued()).map(|certificate| certificate.issuer.compared()).collect();
    let issued = |certificate: &Certificate| issuers.contains(certificate.subject.compared());
    let lowest: Vec<usize> = sent.iter().enumerate().filter(|(_, c)| !issued(c)).map(|(at, _)| at).collect();
    if let [only] = lowest.as_slice() {
        return Some(*only);
    }
    let choice = if lowest.is_empty() { (0..sent.len()).collect() } else { lowest };
    let no_ca = |&&at: &&usize| sent.get(at).is_some_and(|certificate| !certificate.is_ca());
    choice.iter().copied().find(fits).or_else(|| choice.iter().find(no_ca).copied()).or_else(|| choice.first().copied())
}
