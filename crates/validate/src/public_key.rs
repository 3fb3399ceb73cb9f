//! The public half of a key, as it is compared and verified with.

use crate::text;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair};
use std::fmt;
use x509_parser::der_parser::asn1_rs::{Tag, oid};
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The NIST curves of TLS (RFC 8422 section 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Length of a coordinate and of a private key, in bytes (SEC 1 section 2.3.5).
    pub(crate) fn field_bytes(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// The curve of a dotted OID (RFC 5480 section 2.1.1.1).
    pub(crate) fn of_oid(oid: &str) -> Option<Self> {
        match oid {
            "1.2.840.10045.3.1.7" => Some(Curve::P256),
            "1.3.132.0.34" => Some(Curve::P384),
            "1.3.132.0.35" => Some(Curve::P521),
            _ => None,
        }
    }

    /// The public point of a private number of the field's length, in uncompressed form, if the number is one of the curve.
    pub(crate) fn public_point(self, number: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Curve::P256 => p256::SecretKey::from_slice(number).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec(),
            Curve::P384 => p384::SecretKey::from_slice(number).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec(),
            Curve::P521 => p521::SecretKey::from_slice(number).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec(),
        })
    }

    /// Whether ring finds that an uncompressed point is that of a private number of the field's length. Of a curve that it lacks, and of compressed points, it never does.
    pub(crate) fn is_pair(self, number: &[u8], point: &[u8]) -> bool {
        let algorithm = match self {
            Curve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Curve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            Curve::P521 => return false,
        };
        // The randomness is for signatures, which are not made.
        EcdsaKeyPair::from_private_key_and_public_key(algorithm, number, point, &SystemRandom::new()).is_ok()
    }

    /// The point in uncompressed form, if it is one of the curve (SEC 1 section 2.3.4).
    pub(crate) fn uncompressed(self, point: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Curve::P256 => p256::PublicKey::from_sec1_bytes(point).ok()?.to_sec1_point(false).as_bytes().to_vec(),
            Curve::P384 => p384::PublicKey::from_sec1_bytes(point).ok()?.to_sec1_point(false).as_bytes().to_vec(),
            Curve::P521 => p521::PublicKey::from_sec1_bytes(point).ok()?.to_sec1_point(false).as_bytes().to_vec(),
        })
    }
}

/// A public key of a kind that is verified with here. Equal keys are equal values: numbers carry no leading zeros, points are uncompressed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PublicKey {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Ec { curve: Curve, point: Vec<u8> },
    Ed25519([u8; 32]),
}

/// Why a subject public key info gives no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// An algorithm that is not verified here, by name.
    Unsupported(String),
    /// The bits do not follow the algorithm.
    Malformed(&'static str),
}

/// ring takes exponents below 2^33: its own bound, in its documentation of RSA verification.
const MAX_EXPONENT_BITS: usize = 33;

impl PublicKey {
    /// Reads a subject public key info (RFC 5280 section 4.1.2.7, RFC 3279, RFC 5480, RFC 8410).
    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, NoKey> {
        const RSA: &[u8] = &oid!(raw 1.2.840.113549.1.1.1);
        const EC: &[u8] = &oid!(raw 1.2.840.10045.2.1);
        const ED25519: &[u8] = &oid!(raw 1.3.101.112);
        let bits = spki.subject_public_key.data.as_ref();
        match spki.algorithm.algorithm.as_bytes() {
            ED25519 => {
                let key = bits.try_into().map_err(|_| NoKey::Malformed("an Ed25519 key is not of 32 bytes"))?;
                Ok(PublicKey::Ed25519(key))
            }
            RSA => match spki.parsed() {
                Ok(Parsed::RSA(rsa)) if is_positive(rsa.modulus) && is_positive(rsa.exponent) => {
                    Self::rsa(rsa.modulus, rsa.exponent)
                }
                Ok(Parsed::RSA(_)) => Err(NoKey::Malformed("a number of the RSA public key is not positive")),
                _ => Err(NoKey::Malformed("the RSA public key does not follow its format")),
            },
            EC => {
                let parameters = spki
                    .algorithm
                    .parameters
                    .as_ref()
                    .filter(|any| any.tag() == Tag::Oid)
                    .and_then(|any| any.as_oid().ok())
                    .map(|oid| text::oid(&oid));
                let Some(name) = parameters else {
                    return Err(NoKey::Unsupported("an EC key with explicit curve parameters".into()));
                };
                let Some(curve) = Curve::of_oid(&name) else {
                    return Err(NoKey::Unsupported(format!("an EC key on the curve {}", curve_name(&name))));
                };
                // RFC 5480 section 2.2 forbids the hybrid form, which OpenSSL reads and the curves here do not.
                if matches!(bits, [6 | 7, ..]) {
                    return Err(NoKey::Unsupported("an EC key in hybrid form".into()));
                }
                let point = curve.uncompressed(bits).ok_or(NoKey::Malformed("the EC public key is no point of its curve"))?;
                Ok(PublicKey::Ec { curve, point })
            }
            _ => Err(NoKey::Unsupported(algorithm_name(&text::oid(&spki.algorithm.algorithm)))),
        }
    }

    /// Whether the bits of a public key, without their algorithm, are those of this one.
    pub(crate) fn is(&self, bits: &[u8]) -> bool {
        match self {
            PublicKey::Rsa { .. } => pkcs1::RsaPublicKeyRef::try_from(bits)
                .is_ok_and(|key| Self::rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes()).as_ref() == Ok(self)),
            PublicKey::Ec { curve, point } => curve.uncompressed(bits).as_ref() == Some(point),
            PublicKey::Ed25519(public) => public == bits,
        }
    }

    /// From the two numbers, big-endian, without a sign.
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, NoKey> {
        let shortest = |number: &[u8]| {
            let zeros = number.iter().take_while(|byte| **byte == 0).count();
            number.get(zeros..).unwrap_or_default().to_vec()
        };
        let (modulus, exponent) = (shortest(modulus), shortest(exponent));
        match (modulus.as_slice(), exponent.as_slice()) {
            ([.., m], [.., e]) if m & 1 == 1 && e & 1 == 1 && exponent != [1] => Ok(PublicKey::Rsa { modulus, exponent }),
            // RFC 8017 section 3.1: the modulus is a product of odd primes, the exponent is odd and at least 3.
            _ => Err(NoKey::Malformed("the RSA public key has an even number or an exponent of 1")),
        }
    }

    /// The length of an RSA modulus, in bits.
    pub(crate) fn rsa_bits(&self) -> Option<usize> {
        match self {
            PublicKey::Rsa { modulus, .. } => Some(bits(modulus)),
            _ => None,
        }
    }

    /// The length of an RSA exponent that is too large to be verified with, in bits.
    pub(crate) fn large_exponent_bits(&self) -> Option<usize> {
        match self {
            PublicKey::Rsa { exponent, .. } => Some(bits(exponent)).filter(|bits| *bits > MAX_EXPONENT_BITS),
            _ => None,
        }
    }
}

/// The length of a number without leading zeros, big-endian, in bits.
fn bits(number: &[u8]) -> usize {
    let first = number.first().copied().unwrap_or(0);
    (number.len() * 8).saturating_sub(first.leading_zeros() as usize)
}

/// Whether the content of a DER INTEGER is above zero (X.690 section 8.3.3).
fn is_positive(integer: &[u8]) -> bool {
    integer.first().is_some_and(|first| first & 0x80 == 0) && integer.iter().any(|&byte| byte != 0)
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublicKey::Rsa { modulus, .. } => {
                write!(f, "RSA {} bit", bits(modulus))?;
                // It is why the key cannot be verified with, so it is told apart by it.
                self.large_exponent_bits().map_or(Ok(()), |bits| write!(f, " and an exponent of {bits} bit"))
            }
            PublicKey::Ec { curve: Curve::P256, .. } => f.write_str("P-256"),
            PublicKey::Ec { curve: Curve::P384, .. } => f.write_str("P-384"),
            PublicKey::Ec { curve: Curve::P521, .. } => f.write_str("P-521"),
            PublicKey::Ed25519(_) => f.write_str("Ed25519"),
        }
    }
}

/// The name of a key algorithm, or its OID where no name is in common use.
pub(crate) fn algorithm_name(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.1" => "RSA",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        "1.2.840.10045.2.1" => "EC",
        "1.2.840.10040.4.1" => "DSA",
        "1.3.101.110" => "X25519",
        "1.3.101.111" => "X448",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        other => return format!("the algorithm {other}"),
    }
    .to_owned()
}

/// The name of a curve, or its OID.
pub(crate) fn curve_name(oid: &str) -> &str {
    match oid {
        "1.3.132.0.10" => "secp256k1",
        "1.3.132.0.33" => "P-224",
        "1.2.840.10045.3.1.1" => "P-192",
        // RFC 5639 appendix A.
        "1.3.36.3.3.2.8.1.1.1" => "brainpoolP160r1",
        "1.3.36.3.3.2.8.1.1.3" => "brainpoolP192r1",
        "1.3.36.3.3.2.8.1.1.5" => "brainpoolP224r1",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.8" => "brainpoolP256t1",
        "1.3.36.3.3.2.8.1.1.9" => "brainpoolP320r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.12" => "brainpoolP384t1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
        "1.3.36.3.3.2.8.1.1.14" => "brainpoolP512t1",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::FromDer as _;

    /// A subject public key info with these two INTEGERs, each of at most four bytes.
    fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, NoKey> {
        let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()][..], content].concat();
        let algorithm = tlv(0x30, &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00]);
        let numbers = tlv(0x30, &[tlv(0x02, modulus), tlv(0x02, exponent)].concat());
        let bits = tlv(0x03, &[&[0][..], &numbers].concat());
        let der = tlv(0x30, &[algorithm, bits].concat());
        PublicKey::from_spki(&SubjectPublicKeyInfo::from_der(&der).unwrap().1)
    }

    #[test]
    fn algorithms_have_names_or_else_their_numbers() {
        let names = ["1.3.101.113", "2.16.840.1.101.3.4.3.18", "1.2.3"].map(algorithm_name);
        assert_eq!(names, ["Ed448", "ML-DSA-65", "the algorithm 1.2.3"]);
    }

    #[test]
    fn rsa_numbers_are_positive_and_odd() {
        let read = PublicKey::Rsa { modulus: vec![0x9f, 0xff], exponent: vec![3] };
        assert!(rsa(&[0, 0x9f, 0xff], &[3]).is_ok_and(|key| key == read));
        for (modulus, exponent, why) in [
            (&[0x9f, 0xff][..], &[3][..], "not positive"),
            (&[0, 0x9f, 0xff], &[0x83], "not positive"),
            (&[0], &[3], "not positive"),
            (&[0, 0x9f, 0xff], &[0], "not positive"),
            (&[0, 0x9f, 0xfe], &[3], "even number"),
            (&[0, 0x9f, 0xff], &[4], "even number"),
            (&[0, 0x9f, 0xff], &[1], "exponent of 1"),
        ] {
            match rsa(modulus, exponent) {
                Err(NoKey::Malformed(said)) => assert!(said.contains(why), "{said}"),
                _ => panic!("{modulus:?}, {exponent:?}"),
            }
        }
    }
}
