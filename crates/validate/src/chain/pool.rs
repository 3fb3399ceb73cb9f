//! All certificates that a path may be made of, and what is remembered of them.

use super::known::Known;
use super::name_constraints::{self, Violation};
use super::signature::{self, Verified};
use crate::algorithm::{Hash, SignatureAlgorithm};
use crate::bundle::Bundle;
use crate::certificate::Certificate;
use crate::general_name::GeneralName;
use crate::name::Name;
use crate::policy::{CaRole, Policy};
use crate::public_key::{Curve, PublicKey};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// What one check may spend on signatures, in verifications of an RSA 2048 or P-256 signature over up to 64 KiB. rustls-webpki stops at 100, which a CA
/// file with many reissued CAs of one name uses up; four times that takes ring a fortieth of a second.
const SIGNATURES: usize = 400;

/// What a verification costs, in those of P-256 by ring: P-384 by ring and P-521, which ring lacks, take ten times as long, P-256 with a hash that ring
/// does not take with it four times.
const P384_COST: usize = 10;
const P521_COST: usize = 10;
const P256_OTHER_HASH_COST: usize = 4;

/// RSA grows with the square of the modulus, in words of 64 bits: one for each so many, two for 4096 bits and eight for 8192.
const RSA_SQUARE_WORDS: usize = 2 * 32 * 32;

/// It grows with the exponent too: one multiplication a bit and one more for each that is set, so many for 65537 and 66 for the densest that ring takes.
/// With fewer, what is done before the first of them weighs as much.
const RSA_MULTIPLICATIONS: usize = 19;

/// How many pairs of certificate and possible issuer, of states of the search, and how many policies one check looks at: rustls-webpki's bound on its
/// path building.
const STEPS: usize = 200_000;

/// A look compares the names and the key identifiers of two certificates: so many bytes of them cost another look. Real ones have a few hundred.
const LOOK_BYTES: usize = 1024;

/// How many pairs of a name and a constraint one check compares: the bound of rustls-webpki and of Go.
const NAMES: usize = 250_000;

/// A certificate with its places: once, even if it stands in both inputs.
pub(super) struct Entry<'a> {
    pub(super) certificate: &'a Certificate,
    /// Its position among the certificates to send.
    pub(super) sent: Option<usize>,
    /// Its position in the CA input.
    pub(super) authority: Option<usize>,
    /// It may end a path.
    pub(super) anchor: bool,
    key: Option<usize>,
    /// What a look at it costs beside the look itself.
    weight: usize,
}

/// What a signature says of two certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// The issuer's key signed.
    Good,
    /// The issuer's key signed, with a hash that no longer counts, by name; or nothing can be said but that the hash does not count.
    Weak(&'static str),
    /// Nothing can be said: the algorithm or the key is not one that is verified here.
    Unsupported,
    /// The issuer's key did not sign.
    Bad,
}

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

pub(super) struct Pool<'a> {
    entries: Vec<Entry<'a>>,
    by_subject: HashMap<&'a [u8], Rc<Vec<usize>>>,
    /// One answer a certificate and key, however many certificates carry that key.
    edges: HashMap<(usize, usize), Edge>,
    /// What other bundles had to verify.
    known: Option<&'a Known>,
    /// What the name constraints of the first say of the second.
    violations: HashMap<(usize, usize), Option<Violation>>,
    /// The names of a certificate that are bound.
    bound_names: HashMap<usize, Vec<GeneralName>>,
    leaf: Option<usize>,
    signatures_left: usize,
    steps_left: usize,
    names_left: usize,
}

impl<'a> Pool<'a> {
    pub(super) fn new(bundle: &'a Bundle, policy: &Policy, known: Option<&'a Known>) -> Self {
        let mut pool = Pool {
            entries: Vec::new(),
            by_subject: HashMap::new(),
            edges: HashMap::new(),
            known,
            violations: HashMap::new(),
            bound_names: HashMap::new(),
            leaf: None,
            signatures_left: SIGNATURES,
            steps_left: STEPS,
            names_left: NAMES,
        };
        let mut by_der: BTreeMap<&[u8], usize> = BTreeMap::new();
        let mut keys: BTreeMap<&PublicKey, usize> = BTreeMap::new();
        let sent = bundle.sent.iter().enumerate().map(|(at, certificate)| (certificate, Some(at), None));
        let authorities = bundle.authorities.iter().enumerate().map(|(at, certificate)| (certificate, None, Some(at)));
        // A CA file that verifies the origin's server has no part in the client's path.
        let authorities = authorities.filter(|_| policy.gate.ca_role == CaRole::ClientIssuer);
        for (certificate, sent, authority) in sent.chain(authorities) {
            let at = *by_der.entry(certificate.der()).or_insert_with(|| {
                let next = keys.len();
                let key = certificate.public_key.as_ref().ok().map(|key| *keys.entry(key).or_insert(next));
                let at = pool.entries.len();
                Rc::make_mut(pool.by_subject.entry(certificate.subject.compared()).or_default()).push(at);
                let weight = certificate.compared_bytes() / LOOK_BYTES;
                pool.entries.push(Entry { certificate, sent, authority: None, anchor: false, key, weight });
                at
            });
            if let Some(entry) = pool.entries.get_mut(at) {
                entry.authority = entry.authority.or(authority);
            }
        }
        pool.choose_anchors(bundle, policy);
        pool.leaf = bundle.leaf.and_then(|leaf| pool.positions().find(|&at| pool.entry(at).sent == Some(leaf)));
        pool
    }

    /// The leaf, where it can be told.
    pub(super) fn leaf(&self) -> Option<usize> {
        self.leaf
    }

    fn choose_anchors(&mut self, bundle: &Bundle, policy: &Policy) {
        for at in self.positions() {
            let entry = self.entry(at);
            let is_leaf = entry.sent.is_some() && entry.sent == bundle.leaf;
            let anchor = match policy.gate.ca_role {
                // A leaf that someone put into the CA input as well is no authority, unless it is its own.
                CaRole::ClientIssuer => entry.authority.is_some() && (!is_leaf || entry.certificate.is_self_issued()),
                // Nobody named it as an authority, so its own signature has to say that it is one.
                CaRole::OriginServer => self.is_self_signed(at),
            };
            if let Some(entry) = self.entries.get_mut(at) {
                entry.anchor = anchor;
            }
        }
    }

    pub(super) fn entry(&self, at: usize) -> &Entry<'a> {
        // Invariant: positions come from this pool and nothing is ever taken out of it.
        #[expect(clippy::indexing_slicing, reason = "positions are this pool's own")]
        &self.entries[at]
    }

    pub(super) fn certificate(&self, at: usize) -> &'a Certificate {
        self.entry(at).certificate
    }

    pub(super) fn positions(&self) -> std::ops::Range<usize> {
        0..self.entries.len()
    }

    /// The certificates whose subject has this name.
    pub(super) fn named(&self, name: &Name) -> Rc<Vec<usize>> {
        self.by_subject.get(name.compared()).cloned().unwrap_or_default()
    }

    /// The certificates whose subject is the issuer of `at`, itself left out.
    pub(super) fn named_issuers(&self, at: usize) -> impl Iterator<Item = usize> + use<> {
        let list = self.named(&self.certificate(at).issuer);
        (0..list.len()).filter_map(move |position| list.get(position).copied()).filter(move |other| *other != at)
    }

    /// Takes so many looks from the budget.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.steps_left = self.steps_left.checked_sub(steps).ok_or(Exhausted)?;
        Ok(())
    }

    /// Takes a look at `at` and a possible issuer of it from the budget.
    pub(super) fn look(&mut self, at: usize, issuer: usize) -> Result<(), Exhausted> {
        self.spend(1 + self.entry(at).weight + self.entry(issuer).weight)
    }

    /// Which name of `at` the name constraints of `above` forbid, where both are on a path; compared at most once.
    pub(super) fn violation(&mut self, above: usize, at: usize) -> Result<Option<&Violation>, Exhausted> {
        self.look(at, above)?;
        let (constrainer, certificate) = (self.certificate(above), self.certificate(at));
        let Some(constraints) = &constrainer.extensions.name_constraints else { return Ok(None) };
        let is_leaf = self.leaf == Some(at);
        // Section 6.1.3 (b): a self-issued certificate is bound only where the path ends.
        if certificate.is_self_issued() && !is_leaf {
            return Ok(None);
        }
        if !self.violations.contains_key(&(above, at)) {
            let names = self.bound_names.entry(at).or_insert_with(|| certificate.bound_names(is_leaf));
            let comparisons = name_constraints::comparisons(&constraints.value, names);
            self.names_left = self.names_left.checked_sub(comparisons).ok_or(Exhausted)?;
            let violation = name_constraints::violation(&constraints.value, names);
            self.violations.insert((above, at), violation);
        }
        Ok(self.violations.get(&(above, at)).and_then(Option::as_ref))
    }

    /// Whether the key of `issuer` signed `at`; verified at most once.
    pub(super) fn edge(&mut self, at: usize, issuer: usize) -> Result<Edge, Exhausted> {
        self.look(at, issuer)?;
        let certificate = self.certificate(at);
        let (Some(key_at), Ok(key)) = (self.entry(issuer).key, &self.certificate(issuer).public_key) else {
            return Ok(Edge::Unsupported);
        };
        if let Some(known) = self.edges.get(&(at, key_at)) {
            return Ok(*known);
        }
        if signature::is_computed(key, &certificate.algorithm) {
            self.signatures_left =
                self.signatures_left.checked_sub(cost(key, &certificate.algorithm, certificate.signed().len())).ok_or(Exhausted)?;
        }
        // It counts whether it is known or not: what a check may spend does not depend on those before it.
        let verify = || signature::verify(key, &certificate.algorithm, certificate.signed(), certificate.signature());
        let verified = match self.known {
            Some(known) => known.verified(certificate, self.certificate(issuer), verify),
            None => verify(),
        };
        let edge = match (verified, certificate.algorithm.weak_hash()) {
            (Verified::No, _) => Edge::Bad,
            (_, Some(hash)) => Edge::Weak(hash),
            (Verified::Yes, None) => Edge::Good,
            (Verified::CannotTell, None) => Edge::Unsupported,
        };
        self.edges.insert((at, key_at), edge);
        Ok(edge)
    }

    /// What its own key says of `at`; `None` where it names another issuer, or the budget is used up.
    pub(super) fn self_signature(&mut self, at: usize) -> Option<Edge> {
        if self.certificate(at).is_self_issued() { self.edge(at, at).ok() } else { None }
    }

    /// Whether `at` is signed by its own key.
    pub(super) fn is_self_signed(&mut self, at: usize) -> bool {
        matches!(self.self_signature(at), Some(Edge::Good | Edge::Weak(_)))
    }
}

fn cost(key: &PublicKey, algorithm: &SignatureAlgorithm, length: usize) -> usize {
    let arithmetic = match (key, algorithm) {
        (PublicKey::Ec { curve: Curve::P384, .. }, _) => P384_COST,
        (PublicKey::Ec { curve: Curve::P521, .. }, _) => P521_COST,
        (PublicKey::Ec { curve: Curve::P256, .. }, SignatureAlgorithm::Ecdsa(Hash::Sha256 | Hash::Sha384)) => 1,
        (PublicKey::Ec { curve: Curve::P256, .. }, _) => P256_OTHER_HASH_COST,
        (PublicKey::Rsa { exponent, .. }, _) => key.rsa_bits().map_or(1, |bits| rsa_cost(bits, exponent)),
        (PublicKey::Ed25519(_), _) => 1,
    };
    arithmetic + length / (64 * 1024)
}

/// Only of what `signature::is_computed` lets through, at most 8192 bits and an exponent of 33, so that nothing overflows.
fn rsa_cost(bits: usize, exponent: &[u8]) -> usize {
    let words = bits.div_ceil(64);
    let exponent = exponent.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let multiplications = (u64::BITS - exponent.leading_zeros() + exponent.count_ones()) as usize;
    (words * words * multiplications.max(RSA_MULTIPLICATIONS) / (RSA_SQUARE_WORDS * RSA_MULTIPLICATIONS)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;

    #[test]
    fn looks_are_taken_up_to_the_bound_and_no_further() {
        let bundle = Bundle { sent: Vec::new(), leaf: None, authorities: Vec::new(), key: None, placements: Vec::new() };
        let now = Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap();
        let mut pool = Pool::new(&bundle, &Policy::from(crate::policy::GatePolicy::new(now)), None);
        assert_eq!((pool.spend(STEPS - 1), pool.spend(1), pool.spend(1)), (Ok(()), Ok(()), Err(Exhausted)));
    }

    #[test]
    fn rsa_costs_what_its_modulus_and_its_exponent_take() {
        let (usual, dense) = ([1, 0, 1], [1, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!([2048, 3072, 4096, 8192].map(|bits| rsa_cost(bits, &usual)), [1, 1, 2, 8]);
        assert_eq!([2048, 3072, 4096, 8192].map(|bits| rsa_cost(bits, &dense)), [1, 3, 6, 27]);
        assert_eq!(rsa_cost(8192, &[3]), 8);
    }

    #[test]
    fn a_verification_costs_by_curve_hash_and_length() {
        let ec = |curve| PublicKey::Ec { curve, point: Vec::new() };
        let rsa = PublicKey::Rsa { modulus: vec![0x80; 512], exponent: vec![1, 0, 1] };
        let short = |key: &PublicKey, algorithm| cost(key, &algorithm, 1000);
        let of =
            |key: &PublicKey| [Hash::Sha256, Hash::Sha384, Hash::Sha512].map(|hash| short(key, SignatureAlgorithm::Ecdsa(hash)));
        assert_eq!(of(&ec(Curve::P256)), [1, 1, 4]);
        assert_eq!((of(&ec(Curve::P384)), of(&ec(Curve::P521))), ([10; 3], [10; 3]));
        assert_eq!(short(&rsa, SignatureAlgorithm::RsaPkcs1(Hash::Sha256)), 2);
        let ed25519 = PublicKey::Ed25519([0; 32]);
        let long = [65_535, 65_536, 1_000_000].map(|length| cost(&ed25519, &SignatureAlgorithm::Ed25519, length));
        assert_eq!(long, [1, 2, 16]);
    }
}
