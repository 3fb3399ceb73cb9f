//! The crypto floor of a bundle: what nobody who comes to the same verdict can do without. Each certificate of the path but the trust anchor has one signature to
//! verify, and the private key has to be shown to be the leaf's. Everything is read beforehand; what is timed is arithmetic alone, by the fastest of the crates that
//! certflight has.

#![allow(clippy::indexing_slicing, reason = "a bench that fails here measures nothing")]

use crate::bundle::Bundle;
use crypto_bigint::{BoxedUint, ConcatenatingMul as _, NonZero};
use p521::ecdsa::signature::hazmat::PrehashVerifier as _;
use p521::elliptic_curve::sec1::ToSec1Point as _;
use pkcs8::PrivateKeyInfoRef;
use ring::digest::{SHA512, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;

/// The computations of one bundle.
pub struct Floor {
    signatures: Vec<Signature>,
    key: Match,
}

struct Signature {
    key: VerifyingKey,
    signed: Vec<u8>,
    value: Vec<u8>,
}

enum VerifyingKey {
    Ring(&'static dyn VerificationAlgorithm, Vec<u8>),
    Rsa(&'static RsaParameters, Vec<u8>, Vec<u8>),
    P521(Vec<u8>),
}

enum Match {
    /// ring computes the public half, to compare it.
    Ring(&'static EcdsaSigningAlgorithm, Vec<u8>, Vec<u8>),
    P521(Vec<u8>, Vec<u8>),
    Ed25519(Vec<u8>, Vec<u8>),
    /// The modulus is the product of the primes, and the exponents undo each other modulo both primes less one.
    Rsa {
        n: BoxedUint,
        e: BoxedUint,
        d: BoxedUint,
        p: BoxedUint,
        q: BoxedUint,
    },
}

impl Floor {
    /// Of a bundle whose certificates stand in the order of the path.
    pub fn of(bundle: &Bundle) -> Self {
        let texts = format!("{}{}", bundle.cert, last(&bundle.ca));
        let chain: Vec<Vec<u8>> = blocks(&texts).iter().map(|text| decoded(text)).collect();
        let chain: Vec<X509Certificate<'_>> =
            chain.iter().map(|der| X509Certificate::from_der(der).expect("a certificate").1).collect();
        let signatures = chain.windows(2).map(|pair| Signature::of(&pair[0], &pair[1])).collect();
        Floor { signatures, key: Match::of(&chain[0], &decoded(&bundle.key)) }
    }

    /// Verifies the signatures; whether all are good.
    pub fn verify(&self) -> bool {
        self.signatures.iter().all(Signature::verify)
    }

    /// Whether the private key is the leaf's.
    pub fn match_key(&self) -> bool {
        self.key.holds()
    }

    /// Both.
    pub fn run(&self) -> bool {
        self.verify() && self.match_key()
    }
}

impl Signature {
    fn of(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Self {
        let key = issuer.public_key();
        let bits = key.subject_public_key.data.to_vec();
        let key = match key.parsed().expect("a key") {
            PublicKey::RSA(rsa) => {
                VerifyingKey::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256, unsigned(rsa.modulus), unsigned(rsa.exponent))
            }
            PublicKey::EC(point) if point.key_size() == 256 => VerifyingKey::Ring(&signature::ECDSA_P256_SHA256_ASN1, bits),
            PublicKey::EC(point) if point.key_size() == 384 => VerifyingKey::Ring(&signature::ECDSA_P384_SHA384_ASN1, bits),
            PublicKey::EC(_) => VerifyingKey::P521(bits),
            _ => VerifyingKey::Ring(&signature::ED25519, bits),
        };
        let value = certificate.signature_value.data.to_vec();
        Signature { key, signed: certificate.tbs_certificate.as_ref().to_vec(), value }
    }

    fn verify(&self) -> bool {
        let Signature { key, signed, value } = self;
        match key {
            VerifyingKey::Ring(algorithm, key) => UnparsedPublicKey::new(*algorithm, key).verify(signed, value).is_ok(),
            VerifyingKey::Rsa(parameters, n, e) => RsaPublicKeyComponents { n, e }.verify(parameters, signed, value).is_ok(),
            VerifyingKey::P521(point) => {
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).expect("a point");
                let value = p521::ecdsa::Signature::from_der(value).expect("two numbers");
                let mut prehash = [0; 66];
                prehash[2..].copy_from_slice(digest(&SHA512, signed).as_ref());
                key.verify_prehash(&prehash, &value).is_ok()
            }
        }
    }
}

impl Match {
    fn of(leaf: &X509Certificate<'_>, key: &[u8]) -> Self {
        let public = leaf.public_key().subject_public_key.data.to_vec();
        let info = PrivateKeyInfoRef::try_from(key).expect("PKCS#8");
        let inner = info.private_key.as_bytes();
        let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
        match leaf.public_key().parsed().expect("a key") {
            PublicKey::RSA(_) => {
                let key = pkcs1::RsaPrivateKeyRef::try_from(inner).expect("PKCS#1");
                let [n, e, d, p, q] = [key.modulus, key.public_exponent, key.private_exponent, key.prime1, key.prime2]
                    .map(|uint| number(uint.as_bytes()));
                Match::Rsa { n, e, d, p, q }
            }
            PublicKey::EC(point) => {
                let scalar = sec1::EcPrivateKey::try_from(inner).expect("SEC1").private_key.to_vec();
                match point.key_size() {
                    256 => Match::Ring(&signature::ECDSA_P256_SHA256_ASN1_SIGNING, scalar, public),
                    384 => Match::Ring(&signature::ECDSA_P384_SHA384_ASN1_SIGNING, scalar, public),
                    _ => Match::P521(scalar, public),
                }
            }
            _ => Match::Ed25519(inner[2..].to_vec(), public),
        }
    }

    fn holds(&self) -> bool {
        match self {
            Match::Ring(algorithm, scalar, public) => {
                EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, public, &SystemRandom::new()).is_ok()
            }
            Match::P521(scalar, public) => {
                let key = p521::SecretKey::from_slice(scalar).expect("a number").public_key();
                key.to_sec1_point(false).as_bytes() == public
            }
            Match::Ed25519(seed, public) => {
                Ed25519KeyPair::from_seed_unchecked(seed).is_ok_and(|pair| pair.public_key().as_ref() == public)
            }
            Match::Rsa { n, e, d, p, q } => {
                let one = BoxedUint::one();
                let undone = |prime: &BoxedUint| {
                    let modulus: NonZero<BoxedUint> = prime.wrapping_sub(&one).into_nz().into_option().expect("a prime");
                    bool::from(e.concatenating_mul(d).rem_vartime(&modulus).is_one())
                };
                p.concatenating_mul(q).cmp_vartime(n).is_eq() && undone(p) && undone(q)
            }
        }
    }
}

fn unsigned(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

fn blocks(text: &str) -> Vec<&str> {
    text.split_inclusive("-----END CERTIFICATE-----\n").filter(|block| block.contains("BEGIN")).collect()
}

fn last(text: &str) -> &str {
    blocks(text).pop().expect("a certificate")
}

fn decoded(text: &str) -> Vec<u8> {
    pem_rfc7468::decode_vec(text.replace("\r\n", "\n").as_bytes()).expect("PEM").1
}
