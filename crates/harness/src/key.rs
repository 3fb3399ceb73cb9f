//! Private keys.

use crate::der::{OCTET_STRING, SEQUENCE, bits, tlv, unsigned};
use crate::make::{self, Certificate};
use crate::sound::{ED25519, P256, RSA, Sound, after, contains, pem};
use crate::verdict::{report, sources, validate};
use arbitrary::{Arbitrary, Unstructured};
use certflight_validate::{Code, Request, Verdict};
use ring::signature::KeyPair as _;

/// Where the first byte says so, a key that is made here; else any bytes as DER under each label, beside a leaf of the kind, and as text.
pub fn run(bytes: &[u8]) {
    match bytes.split_first() {
        Some((0, rest)) => {
            let mut rest = Unstructured::new(rest);
            if let (Ok(plan), Ok(other)) = (Plan::arbitrary(&mut rest), Kind::arbitrary(&mut rest)) {
                fits_its_own_and_no_other(&plan, &other);
            }
        }
        Some((_, bytes)) => {
            for (label, kind) in [
                ("PRIVATE KEY", ED25519_NUMBER),
                ("PRIVATE KEY", P256_NUMBER),
                ("PRIVATE KEY", RSA_NUMBER),
                ("EC PRIVATE KEY", P256_NUMBER),
                ("RSA PRIVATE KEY", RSA_NUMBER),
            ] {
                passes_only_with_its_number(&kind, pem(label, bytes).as_bytes());
            }
            passes_only_with_its_number(&ED25519_NUMBER, bytes);
        }
        None => {}
    }
}

/// A bundle, and what stands before the private number of its key, which has `length` bytes and which every form of the key holds.
struct Number {
    sound: Sound,
    before: &'static [u8],
    length: usize,
}

// RFC 8410 section 7: an OCTET STRING of 32 bytes in another.
const ED25519_NUMBER: Number = Number { sound: ED25519, before: &[0x04, 0x22, 0x04, 0x20], length: 32 };
// RFC 5915 section 3: version 1, an OCTET STRING of 32 bytes.
const P256_NUMBER: Number = Number { sound: P256, before: &[0x02, 0x01, 0x01, 0x04, 0x20], length: 32 };
// RFC 8017 appendix A.1.2: the first of two primes of 1024 bits.
const RSA_NUMBER: Number = Number { sound: RSA, before: &[0x02, 0x81, 0x81, 0x00], length: 128 };

fn passes_only_with_its_number(kind: &Number, text: &[u8]) {
    let Ok(passed) = validate(&Request { sources: &sources(kind.sound.cert, text, kind.sound.ca), origin: None }) else { return };
    let der_of = |text: &[u8]| pem_rfc7468::decode_vec(text).expect("what goes out, and the fixture, is PEM").1;
    let fixture = der_of(kind.sound.key);
    let number = after(&fixture, kind.before, kind.length);
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    assert!(contains(&der_of(passed.key_pem().expose().as_bytes()), &number[zeros..]), "another key passed");
}

/// A key, and how it is written.
#[derive(Debug, Arbitrary)]
struct Plan {
    kind: Kind,
    /// SEC1 or PKCS#1 rather than PKCS#8, where there is such a form.
    own_container: bool,
    /// The inner structure names the curve.
    inner_curve: bool,
    /// The structure carries a public half; PKCS#8 may carry a second one (RFC 5958).
    public: Carried,
    outer_public: Carried,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Arbitrary)]
enum Carried {
    Nothing,
    Its,
    Anothers,
}

#[derive(Debug, PartialEq, Eq, Arbitrary)]
enum Kind {
    Ed25519([u8; 32]),
    P256([u8; 32]),
    P384([u8; 16]),
    P521([u8; 16]),
    Rsa2048,
}

/// The parts of a key: its number, its public half, and the algorithm identifier of both.
struct Parts {
    number: Vec<u8>,
    public: Vec<u8>,
    algorithm: Vec<u8>,
    /// The named curve, in DER.
    curve: Vec<u8>,
}

// RFC 5480 sections 2.1.1 and 2.1.1.1.
const EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const SECP256R1: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const SECP384R1: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const SECP521R1: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];
// RFC 3279 section 2.3.1, RFC 8410 section 3.
const RSA_ENCRYPTION: &[u8] = &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const ED25519_ALGORITHM: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

impl Kind {
    /// `None` where the bytes are no number of the curve.
    fn parts(&self) -> Option<Parts> {
        let ec = |number: Vec<u8>, public: Vec<u8>, curve: &[u8]| Parts {
            number,
            public,
            algorithm: tlv(SEQUENCE, &[EC, curve]),
            curve: curve.to_vec(),
        };
        let padded = |number: &[u8], length: usize| [vec![0; length - number.len()], number.to_vec()].concat();
        Some(match self {
            Kind::Ed25519(seed) => {
                let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are a seed");
                let (number, public) = (seed.to_vec(), pair.public_key().as_ref().to_vec());
                Parts { number, public, algorithm: ED25519_ALGORITHM.to_vec(), curve: Vec::new() }
            }
            Kind::P256(number) => {
                let key = p256::SecretKey::from_slice(number).ok()?;
                ec(number.to_vec(), key.public_key().to_sec1_bytes().to_vec(), SECP256R1)
            }
            Kind::P384(number) => {
                let number = padded(number, 48);
                let key = p384::SecretKey::from_slice(&number).ok()?;
                let public = key.public_key().to_sec1_bytes().to_vec();
                ec(number, public, SECP384R1)
            }
            Kind::P521(number) => {
                let number = padded(number, 66);
                let key = p521::SecretKey::from_slice(&number).ok()?;
                let public = key.public_key().to_sec1_bytes().to_vec();
                ec(number, public, SECP521R1)
            }
            Kind::Rsa2048 => {
                let der = pem_rfc7468::decode_vec(RSA.key).expect("the fixture is PEM").1;
                let pair = ring::signature::RsaKeyPair::from_pkcs8(&der).expect("the fixture is a key");
                // PKCS#8: a version, the algorithm, and PKCS#1 in an OCTET STRING (RFC 5958 section 2).
                let (_, inside, _) = crate::der::first(&der).expect("the fixture is DER");
                let (_, _, rest) = crate::der::first(inside).expect("the fixture is DER");
                let (_, _, rest) = crate::der::first(rest).expect("the fixture is DER");
                let (_, number, _) = crate::der::first(rest).expect("the fixture is DER");
                let public = pair.public().as_ref().to_vec();
                Parts { number: number.to_vec(), public, algorithm: RSA_ENCRYPTION.to_vec(), curve: Vec::new() }
            }
        })
    }
}

impl Parts {
    fn public_info(&self) -> Vec<u8> {
        tlv(SEQUENCE, &[&self.algorithm, &bits(&self.public)])
    }
}

/// The key in its container, under its label; `other` has the public half that is not its own.
fn written(plan: &Plan, parts: &Parts, other: &Parts) -> (&'static str, Vec<u8>) {
    let half = |which: Carried| match which {
        Carried::Nothing => None,
        Carried::Its => Some(bits(&parts.public)),
        Carried::Anothers => Some(bits(&other.public)),
    };
    let inner = match plan.kind {
        Kind::Ed25519(_) => tlv(OCTET_STRING, &[&parts.number]),
        Kind::Rsa2048 => parts.number.clone(),
        // RFC 5915 section 3.
        Kind::P256(_) | Kind::P384(_) | Kind::P521(_) => {
            let curve = if plan.inner_curve || plan.own_container { tlv(0xa0, &[&parts.curve]) } else { Vec::new() };
            let public = half(plan.public).map(|half| tlv(0xa1, &[&half])).unwrap_or_default();
            tlv(SEQUENCE, &[&unsigned(&[1]), &tlv(OCTET_STRING, &[&parts.number]), &curve, &public])
        }
    };
    match plan.kind {
        Kind::Rsa2048 if plan.own_container => ("RSA PRIVATE KEY", inner),
        Kind::P256(_) | Kind::P384(_) | Kind::P521(_) if plan.own_container => ("EC PRIVATE KEY", inner),
        _ => {
            // RFC 5958 section 2: with a public half it is version 2, written as 1; `[1]` is an implicit tag.
            let outer = half(plan.outer_public);
            let version = unsigned(&[u8::from(outer.is_some())]);
            let outer = outer.map(|half| [&[0x81], &half[1..]].concat()).unwrap_or_default();
            ("PRIVATE KEY", tlv(SEQUENCE, &[&version, &parts.algorithm, &tlv(OCTET_STRING, &[&inner]), &outer]))
        }
    }
}

fn fits_its_own_and_no_other(plan: &Plan, other: &Kind) {
    let (Some(parts), Some(foreign)) = (plan.kind.parts(), other.parts()) else { return };
    let (label, der) = written(plan, &parts, &foreign);
    let text = pem(label, &der);
    let signer = make::key(0);
    let root = pem("CERTIFICATE", &Certificate::root("root", signer.public()).signed_by(signer));
    let leaf_for = |parts: &Parts| pem("CERTIFICATE", &Certificate::leaf("root", parts.public_info()).signed_by(signer));

    let is_ec = matches!(plan.kind, Kind::P256(_) | Kind::P384(_) | Kind::P521(_));
    let has_outer = label == "PRIVATE KEY";
    let halves = [(is_ec, plan.public), (has_outer, plan.outer_public)];
    let lies = parts.public != foreign.public && halves.contains(&(true, Carried::Anothers));
    let own = report(leaf_for(&parts).as_bytes(), text.as_bytes(), root.as_bytes());
    let errors: Vec<Code> = own.errors().map(|finding| finding.code).collect();
    if lies {
        // The public half that it carries may be one of another kind, which is not even read.
        assert!(matches!(errors.as_slice(), [Code::KeyInconsistent | Code::KeyMalformed]), "{errors:?} of {plan:?}");
    } else {
        assert_eq!((own.key_is_of_leaf(), own.verdict()), (Some(true), Verdict::Pass), "{errors:?} of {plan:?}");
    }
    if parts.public != foreign.public {
        let foreign = report(leaf_for(&foreign).as_bytes(), text.as_bytes(), root.as_bytes());
        assert_eq!(foreign.verdict(), Verdict::Fail, "a key fits two certificates: {plan:?}");
        assert_ne!(foreign.key_is_of_leaf(), Some(true), "a key fits two certificates: {plan:?}");
    }
}
