//! Which object is what.

use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::Finding;
use crate::key::PrivateKey;
use crate::read::{CertificateBlock, KeyBlock, Objects};
use std::collections::HashMap;

/// The objects that could be read, each in its part.
pub(crate) struct Bundle {
    /// The certificates of the certificate input, in its order, each once.
    pub(crate) sent: Vec<Certificate>,
    /// Which of them is the leaf, where that can be told.
    pub(crate) leaf: Option<usize>,
    /// The certificates of the CA input, in its order, each once.
    pub(crate) authorities: Vec<Certificate>,
    pub(crate) key: Option<PrivateKey>,
}

impl Bundle {
    /// Sorts what was read. What is malformed, doubled or one too many is a finding.
    pub(crate) fn new(objects: Objects, findings: &mut Vec<Finding>) -> Self {
        let (sent, sent_whole) = certificates(objects.cert, findings);
        let (authorities, _) = certificates(objects.ca, findings);
        let key = only_key(objects.key, findings);
        let leaf = leaf(&sent, key.as_ref(), sent_whole);
        Bundle { sent, leaf, authorities, key }
    }

    pub(crate) fn leaf(&self) -> Option<&Certificate> {
        self.sent.get(self.leaf?)
    }
}

/// The certificates that follow their format, exact copies left out, and whether all of them do.
fn certificates(blocks: Vec<CertificateBlock>, findings: &mut Vec<Finding>) -> (Vec<Certificate>, bool) {
    let mut list: Vec<Certificate> = Vec::with_capacity(blocks.len());
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut whole = true;
    for block in blocks {
        if let Some(first) = seen.get(&block.der).and_then(|&at| list.get(at)) {
            let message = format!("the certificate {} stands here a second time; it is left out", first.called());
            findings.push(Finding::new(Code::DuplicateCertificate, block.at, message).note_at(&first.at, "the first one"));
            continue;
        }
        let der = block.der.clone();
        match Certificate::new(block) {
            Ok(certificate) => {
                seen.insert(der, list.len());
                list.push(certificate);
            }
            Err((at, why)) => {
                whole = false;
                let message = format!("this certificate does not follow its format: {why}");
                findings.push(
                    Finding::new(Code::CertificateMalformed, at, message)
                        .help("copy it again from its source; if it is the same there, the CA has to issue it anew"),
                );
            }
        }
    }
    (list, whole)
}

/// The most key blocks that are compared; reading one costs as much as a signature.
const MAX_KEYS: usize = 8;

/// The one key. The same key a second time is dropped, in whatever container; of two different ones none is chosen, not even if one fits.
fn only_key(mut blocks: Vec<KeyBlock>, findings: &mut Vec<Finding>) -> Option<PrivateKey> {
    if blocks.len() > MAX_KEYS {
        let at = blocks.swap_remove(0).at;
        let message = format!("there are {} private keys, and which one is meant would be a guess", blocks.len() + 1);
        findings.push(Finding::new(Code::KeyMultiple, at, message).help("leave only the key of the leaf in the file"));
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
    // What is self-issued was issued by nobody else here, whoever has its name.
    let issued = |at: usize, certificate: &Certificate| {
        sent.iter().enumerate().any(|(other, below)| other != at && below.issuer == certificate.subject && !below.is_self_issued())
    };
    let lowest: Vec<usize> = sent.iter().enumerate().filter(|(at, c)| !issued(*at, c)).map(|(at, _)| at).collect();
    if let [only] = lowest.as_slice() {
        return Some(*only);
    }
    let choice = if lowest.is_empty() { (0..sent.len()).collect() } else { lowest };
    let no_ca = |&&at: &&usize| sent.get(at).is_some_and(|certificate| !certificate.is_ca());
    choice.iter().copied().find(fits).or_else(|| choice.iter().find(no_ca).copied()).or_else(|| choice.first().copied())
}
