//! The inputs, read: what each source holds, its certificates parsed, up to the bounds of all together.

use crate::certificate::Certificate;
use crate::code::{Code, Severity};
use crate::finding::{Finding, Location};
use crate::read::{self, CertificateBlock, KeyBlock, Objects};
use crate::source::{MAX_ALL_BYTES, MAX_ALL_CERTIFICATES, MAX_INPUT_BYTES, MIB, Request, Role, Source};
use ring::digest::{Digest, SHA256, digest};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// The most CA inputs that are remembered, and the most bytes that they have together: one of the largest. What was read of them takes a few times as much.
const MAX_KNOWN: usize = 64;
const MAX_KNOWN_BYTES: usize = MAX_INPUT_BYTES;

const FEWER: &str = "give only the files of this certificate";

/// A certificate block that does not follow the format: where it stands, and in what.
#[derive(Clone)]
pub(crate) struct Malformed {
    pub(crate) at: Location,
    pub(crate) why: String,
}

/// What the inputs hold, in their order.
#[derive(Default)]
pub(crate) struct Inputs {
    pub(crate) certificates: Vec<Result<Certificate, Malformed>>,
    pub(crate) keys: Vec<KeyBlock>,
}

/// Reads the inputs whose role is `wanted`. What cannot be read is a finding, and the others are read all the same.
pub(crate) fn read(request: &Request<'_>, wanted: fn(Role) -> bool, known: Option<&Known>, findings: &mut Vec<Finding>) -> Inputs {
    let mut inputs = Inputs::default();
    let mut bytes_left = MAX_ALL_BYTES;
    for (position, source) in request.sources.iter().enumerate().filter(|(_, source)| wanted(source.role)) {
        match bytes_left.checked_sub(source.bytes.len()) {
            Some(left) => bytes_left = left,
            None => {
                let message =
                    format!("the inputs have more than {} MiB together, and this one is not looked at", MAX_ALL_BYTES / MIB);
                findings.push(Finding::new(Code::InputTooLarge, read::whole(position, source), message).help(FEWER));
                continue;
            }
        }
        let Input { mut certificates, mut keys, findings: mut found } = match known {
            Some(known) => known.read(position, source),
            None => Input::read(position, source),
        };
        if inputs.certificates.len() + certificates.len() > MAX_ALL_CERTIFICATES {
            let message = format!(
                "the inputs hold more than {MAX_ALL_CERTIFICATES} certificates together; those of this one are not looked at"
            );
            findings.push(Finding::new(Code::InputTooLarge, read::whole(position, source), message).help(FEWER));
            certificates.clear();
        }
        inputs.certificates.append(&mut certificates);
        inputs.keys.append(&mut keys);
        findings.append(&mut found);
    }
    inputs
}

/// One source.
struct Input {
    certificates: Vec<Result<Certificate, Malformed>>,
    keys: Vec<KeyBlock>,
    findings: Vec<Finding>,
}

impl Input {
    fn read(position: usize, source: &Source<'_>) -> Self {
        let Objects { certificates, keys, findings } = read::source(position, source);
        Input { certificates: parse(certificates), keys, findings }
    }
}

/// Parses each certificate once, however often it stands there.
fn parse(blocks: Vec<CertificateBlock>) -> Vec<Result<Certificate, Malformed>> {
    let firsts = firsts(blocks.iter().map(|block| block.der.as_slice()));
    let mut parsed: Vec<Result<Certificate, Malformed>> = Vec::with_capacity(blocks.len());
    for (block, first) in blocks.into_iter().zip(firsts) {
        let one = match parsed.get(first) {
            Some(Ok(first)) => Ok(first.at(block.at)),
            Some(Err(first)) => Err(Malformed { at: block.at, why: first.why.clone() }),
            None => Certificate::new(block).map_err(|(at, why)| Malformed { at, why }),
        };
        parsed.push(one);
    }
    parsed
}

/// For each DER the position of the first that is the same. Ordered and not hashed: certificates differ early, in their serial numbers.
pub(crate) fn firsts<'a>(ders: impl Iterator<Item = &'a [u8]>) -> Vec<usize> {
    let mut seen: BTreeMap<&[u8], usize> = BTreeMap::new();
    ders.enumerate().map(|(at, der)| *seen.entry(der).or_insert(at)).collect()
}

/// CA inputs that were read before, for bundles that have them in common. What was read does not depend on anything else, so no verdict does on this.
#[derive(Default)]
pub(crate) struct Known(Mutex<VecDeque<Arc<KnownInput>>>);

/// Its digest stands for its bytes: beside the certificates there may be text that nothing is said of, a part of a key among it.
struct KnownInput {
    name: String,
    position: usize,
    digest: Digest,
    length: usize,
    certificates: Vec<Result<Certificate, Malformed>>,
    findings: Vec<Finding>,
}

impl KnownInput {
    fn is(&self, position: usize, name: &str, digest: &Digest) -> bool {
        self.position == position && self.name == name && self.digest.as_ref() == digest.as_ref()
    }
}

impl Known {
    fn read(&self, position: usize, source: &Source<'_>) -> Input {
        if source.role != Role::Ca || !source.opened.is_empty() {
            return Input::read(position, source);
        }
        let digest = digest(&SHA256, source.bytes);
        if let Some(known) = self.find(position, source.name, &digest) {
            return Input { certificates: known.certificates.clone(), keys: Vec::new(), findings: known.findings.clone() };
        }
        let input = Input::read(position, source);
        // What is wrong may be that a private key stands there, of which nothing is kept.
        if input.keys.is_empty() && input.findings.iter().all(|finding| finding.severity != Severity::Error) {
            self.remember(position, source, digest, &input);
        }
        input
    }

    fn find(&self, position: usize, name: &str, digest: &Digest) -> Option<Arc<KnownInput>> {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner); // an entry is put there whole
        list.iter().find(|known| known.is(position, name, digest)).cloned()
    }

    /// The oldest give way.
    fn remember(&self, position: usize, source: &Source<'_>, digest: Digest, input: &Input) {
        let known = KnownInput {
            name: source.name.to_owned(),
            position,
            digest,
            length: source.bytes.len(),
            certificates: input.certificates.clone(),
            findings: input.findings.clone(),
        };
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.iter().any(|other| other.is(position, source.name, &known.digest)) {
            return; // somebody else was faster
        }
        list.push_back(Arc::new(known));
        while list.len() > MAX_KNOWN || list.iter().map(|known| known.length).sum::<usize>() > MAX_KNOWN_BYTES {
            list.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ca(at: usize) -> Vec<u8> {
        let text = certflight_fixtures::named("ok__p256-pkcs8").ca.unwrap();
        [format!("{at}\n").as_bytes(), &text].concat()
    }

    fn positions(known: &Known, inputs: &[Vec<u8>]) -> Vec<bool> {
        inputs.iter().map(|bytes| known.find(0, "ca", &digest(&SHA256, bytes)).is_some()).collect()
    }

    #[test]
    fn an_input_is_known_by_its_bytes_its_name_and_its_place() {
        let (known, text) = (Known::default(), ca(0));
        let source = Source::new(Role::Ca, "ca", &text);
        let first = known.read(2, &source);
        let again = known.read(2, &source);
        let [Ok(one)] = first.certificates.as_slice() else { panic!("a certificate") };
        let [Ok(other)] = again.certificates.as_slice() else { panic!("a certificate") };
        assert!(std::ptr::eq(one.der(), other.der()), "parsed once");
        assert_eq!((&first.findings, &one.at), (&again.findings, &other.at));
        for (position, name, bytes) in [(1, "ca", &text[..]), (2, "other", &text), (2, "ca", &text[1..])] {
            assert!(known.find(position, name, &digest(&SHA256, bytes)).is_none(), "{position} {name}");
        }
    }

    #[test]
    fn nothing_is_remembered_but_ca_inputs_without_an_error() {
        let known = Known::default();
        let fixture = certflight_fixtures::named("key-in-certificate-input__ca");
        let (leak, sound) = (fixture.ca.unwrap(), certflight_fixtures::named("ok__p256-pkcs8"));
        known.read(0, &Source::new(Role::Ca, "ca", &leak));
        known.read(0, &Source::new(Role::Key, "key", sound.key.as_ref().unwrap()));
        known.read(0, &Source::new(Role::Cert, "cert", sound.cert.as_ref().unwrap()));
        assert!(known.0.lock().unwrap().is_empty());
    }

    #[test]
    fn the_oldest_inputs_give_way_at_both_bounds() {
        let inputs: Vec<Vec<u8>> = (0..=MAX_KNOWN).map(ca).collect();
        let known = Known::default();
        for bytes in &inputs {
            known.read(0, &Source::new(Role::Ca, "ca", bytes));
        }
        assert_eq!(positions(&known, &inputs), (0..=MAX_KNOWN).map(|at| at > 0).collect::<Vec<_>>());
        let large = [ca(0), vec![b'\n'; MAX_KNOWN_BYTES - ca(0).len()]].concat();
        known.read(0, &Source::new(Role::Ca, "ca", &large));
        assert_eq!(positions(&known, &[large, inputs[MAX_KNOWN].clone()]), [true, false]);
    }
}
