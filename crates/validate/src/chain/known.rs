//! Signatures of CA certificates that were verified before, for bundles that have CAs in common.

use super::signature::Verified;
use crate::certificate::Parsed;
use ring::digest::{Context, SHA256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The most signatures that are remembered. A fleet has as many CAs as partners; at the bound all are forgotten, and verified again.
const MAX_KNOWN: usize = 16_384;

/// What a certificate and a key come to depends on nothing else, so no verdict does on whether it was known.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashMap<[u8; 32], Verified>>);

impl Known {
    /// What `verify` comes to for the certificate and a key of `issuer`, or came to before. Of a leaf nothing is remembered: no other bundle has it.
    pub(super) fn verified(&self, certificate: &Parsed, issuer: &Parsed, verify: impl FnOnce() -> Verified) -> Verified {
        if !certificate.is_ca() {
            return verify();
        }
        let name = name(certificate, issuer);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&name).copied(); // an entry is put there whole
        known.unwrap_or_else(|| {
            let verified = verify();
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= MAX_KNOWN {
                known.clear();
            }
            known.insert(name, verified);
            verified
        })
    }
}

/// No two pairs of a certificate and a key have the same.
fn name(certificate: &Parsed, issuer: &Parsed) -> [u8; 32] {
    let mut digest = Context::new(&SHA256);
    digest.update(certificate.der()); // whose length stands at its beginning
    digest.update(issuer.public_key_info());
    let mut name = [0; 32];
    name.copy_from_slice(digest.finish().as_ref());
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Certificate;
    use crate::finding::Location;
    use crate::read::CertificateBlock;
    use std::cell::Cell;
    use zeroize::Zeroizing;

    fn parsed(der: &[u8]) -> Certificate {
        let block = CertificateBlock { der: Zeroizing::new(der.to_vec()), at: Location::Bundle };
        Certificate::new(block).ok().unwrap()
    }

    #[test]
    fn a_signature_of_a_ca_is_verified_once_and_one_of_a_leaf_each_time() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        let leaf = parsed(params.self_signed(&key).unwrap().der());
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let (one, other) = (parsed(params.self_signed(&key).unwrap().der()), parsed(params.self_signed(&key).unwrap().der()));
        let another_key = parsed(params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der());
        let (known, count) = (Known::default(), Cell::new(0));
        let ask = |certificate: &Certificate, issuer: &Certificate, answer: Verified| {
            known.verified(certificate, issuer, || {
                count.set(count.get() + 1);
                answer
            })
        };
        for (certificate, issuer, answer, asked) in [
            (&one, &one, Verified::Yes, 1),
            (&one, &other, Verified::No, 1), // the same key
            (&one, &another_key, Verified::No, 2),
            (&other, &one, Verified::CannotTell, 3),
            (&leaf, &one, Verified::No, 4),
            (&leaf, &one, Verified::Yes, 5),
        ] {
            let first = asked == count.get() + 1;
            let said = ask(certificate, issuer, answer);
            assert_eq!(count.get(), asked);
            assert_eq!(said == answer, first);
        }
    }

    #[test]
    fn at_the_bound_all_are_forgotten() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = parsed(params.self_signed(&key).unwrap().der());
        let known = Known::default();
        for at in 0..MAX_KNOWN {
            let mut name = [0; 32];
            name[..8].copy_from_slice(&at.to_be_bytes());
            known.0.lock().unwrap().insert(name, Verified::No);
        }
        assert_eq!(known.verified(&certificate, &certificate, || Verified::Yes), Verified::Yes);
        assert_eq!(known.0.lock().unwrap().len(), 1);
    }
}
