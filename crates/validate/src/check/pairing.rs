//! Whether the private key is the leaf's.

use crate::bundle::Bundle;
use crate::code::Code;
use crate::finding::Finding;

/// The proof that the private key belongs to the leaf, its halves to each other. Only [`check`] makes one.
pub(crate) struct Paired(());

/// Compares the public half that was computed from the private key with the leaf's subject public key info.
pub(crate) fn check(bundle: &Bundle, findings: &mut Vec<Finding>) -> Option<Paired> {
    let (key, leaf) = (bundle.key.as_ref()?, bundle.leaf()?);
    // A leaf whose key cannot be read is reported as such; whether this key is its own cannot be told.
    let public = leaf.public_key.as_ref().ok()?;
    if *public == key.public {
        return Some(Paired(()));
    }
    let has = if public.to_string() == key.public.to_string() {
        format!("another {public} key")
    } else {
        format!("a key of another kind ({public})")
    };
    let message = format!("the private key ({}) does not belong to the leaf {}, which has {has}", key.public, leaf.called());
    let mut finding = Finding::new(Code::KeyMismatch, key.at.clone(), message).note_at(&leaf.at, "the leaf");
    match bundle.sent.iter().chain(&bundle.authorities).find(|other| other.public_key.as_ref() == Ok(&key.public)) {
        Some(other) => {
            finding = finding
                .note_at(&other.at, format!("the key fits this certificate, {}", other.called()))
                .help("give the leaf that was issued for this key, or the key of this leaf");
        }
        None => {
            finding = finding
                .help("give the key that was made with this certificate's request; after a renewal both files change together");
        }
    }
    findings.push(finding);
    None
}
