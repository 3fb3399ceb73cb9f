//! A private key: its DER as it came, and the public half computed from its private one.

mod rsa;

use crate::code::Code;
use crate::finding::{Finding, Location};
use crate::public_key::{Curve, NoKey, PublicKey, algorithm_name, curve_name};
use crate::read::{KeyBlock, KeyFormat, der};
use ring::signature::KeyPair as _;
use sec1::EcPrivateKey;
use zeroize::Zeroizing;

/// A private key whose halves belong together. Not printable; wiped when dropped.
pub(crate) struct PrivateKey {
    pub(crate) format: KeyFormat,
    pub(crate) der: Zeroizing<Vec<u8>>,
    pub(crate) at: Location,
    pub(crate) public: PublicKey,
}

/// Why a block gives no key. The texts are fixed or name an algorithm: nothing of the key is in them.
enum Problem {
    Malformed(&'static str),
    Unsupported(String),
    Inconsistent(&'static str),
}

impl PrivateKey {
    /// Reads the key and computes its public half. A finding where the block does not follow its format, is of an algorithm that cannot be
    /// checked, or holds halves that do not belong together.
    pub(crate) fn new(block: KeyBlock) -> Result<Self, Box<Finding>> {
        let KeyBlock { format, der, at } = block;
        let public = match format {
            KeyFormat::Pkcs8 => pkcs8(&der),
            KeyFormat::Pkcs1 => rsa::public_half(&der),
            KeyFormat::Sec1 => sec1(&der, None),
        };
        let problem = match public {
            Ok(public) => return Ok(PrivateKey { format, der, at, public }),
            Err(problem) => problem,
        };
        Err(Box::new(match problem {
            Problem::Malformed(why) => Finding::new(Code::KeyMalformed, at, format!("the private key cannot be read: {why}"))
                .help("copy the key again from where it was made"),
            Problem::Unsupported(name) => {
                let message = format!("the private key is {name}, which cannot be checked here; that does not say that it is bad");
                Finding::new(Code::KeyUnsupported, at, message).help("use an RSA, P-256, P-384, P-521 or Ed25519 key")
            }
            Problem::Inconsistent(why) => {
                let message = format!("the parts of the private key do not belong together: {why}");
                Finding::new(Code::KeyInconsistent, at, message)
                    .help("copy the key again from where it was made; if it is the same there, make a new key and request a new certificate")
            }
        }))
    }
}

fn pkcs8(der: &[u8]) -> Result<PublicKey, Problem> {
    let info = pkcs8::PrivateKeyInfoRef::try_from(der).map_err(|_| Problem::Malformed("it does not follow PKCS#8"))?;
    let public = match info.algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.1" => rsa::public_half(info.private_key.as_bytes())?,
        "1.2.840.10045.2.1" => {
            let parameters = info.algorithm.parameters.as_ref().ok_or(Problem::Malformed("it does not name its curve"))?;
            let oid: pkcs8::ObjectIdentifier =
                parameters.decode_as().map_err(|_| Problem::Unsupported("an EC key with explicit curve parameters".into()))?;
            let curve = curve(oid)?;
            sec1(info.private_key.as_bytes(), Some(curve))?
        }
        "1.3.101.112" => {
            // RFC 8410 section 7: the seed is an OCTET STRING inside the OCTET STRING.
            let seed = match info.private_key.as_bytes() {
                [0x04, 0x20, seed @ ..] => seed,
                _ => return Err(Problem::Malformed("an Ed25519 private key has 32 bytes")),
            };
            let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(seed)
                .map_err(|_| Problem::Malformed("an Ed25519 private key has 32 bytes"))?;
            let public: [u8; 32] =
                pair.public_key().as_ref().try_into().map_err(|_| Problem::Malformed("an Ed25519 public key has 32 bytes"))?;
            PublicKey::Ed25519(public)
        }
        other => return Err(Problem::Unsupported(algorithm_name(other))),
    };
    // RFC 5958 section 2: version 2 carries the public half, whatever the algorithm.
    match &info.public_key {
        Some(given) if !public.is(given.raw_bytes()) => Err(Problem::Inconsistent(OTHER_PUBLIC_HALF)),
        _ => Ok(public),
    }
}

const OTHER_PUBLIC_HALF: &str = "the public half that it carries is of another key";

fn curve(oid: pkcs8::ObjectIdentifier) -> Result<Curve, Problem> {
    let oid = oid.to_string();
    Curve::of_oid(&oid).ok_or_else(|| Problem::Unsupported(format!("an EC key on the curve {}", curve_name(&oid))))
}

/// RFC 5915 section 3. `outer` is the curve that PKCS#8 names around it.
fn sec1(der: &[u8], outer: Option<Curve>) -> Result<PublicKey, Problem> {
    let key = EcPrivateKey::try_from(der).map_err(|_| match explicit_parameters(der) {
        true => Problem::Unsupported("an EC key with explicit curve parameters".into()),
        false => Problem::Malformed("it does not follow SEC1 (RFC 5915)"),
    })?;
    let inner = key.parameters.and_then(|parameters| parameters.named_curve()).map(curve).transpose()?;
    let curve = match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => return Err(Problem::Inconsistent("it names two different curves")),
        (outer, inner) => outer.or(inner).ok_or(Problem::Malformed("it does not name its curve"))?,
    };
    let number = private_number(curve, key.private_key).ok_or(Problem::Malformed("its number is none of its curve"))?;
    // Nearly every key carries its public half, and ring is ten times as fast as the curves are.
    if let Some(given) = key.public_key.filter(|given| curve.is_pair(&number, given)) {
        return Ok(PublicKey::Ec { curve, point: given.to_vec() });
    }
    let point = curve.public_point(&number).ok_or(Problem::Malformed("its number is none of its curve"))?;
    if let Some(given) = key.public_key
        && curve.uncompressed(given).as_ref() != Some(&point)
    {
        return Err(Problem::Inconsistent(OTHER_PUBLIC_HALF));
    }
    Ok(PublicKey::Ec { curve, point })
}

/// Whether the parameters of a SEC1 key, `[0]`, are written out instead of named.
fn explicit_parameters(der: &[u8]) -> bool {
    let parameters = der::only(der).ok().and_then(|outer| outer.children().find(|part| part.tag == 0xa0));
    parameters.and_then(|parameters| parameters.children().next()).is_some_and(|part| part.tag == der::SEQUENCE)
}

/// A private number in the length of its curve's; it may lack leading zeros or have some too many.
fn private_number(curve: Curve, number: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let length = curve.field_bytes();
    let zeros = number.len().saturating_sub(length);
    let (padding, digits) = number.split_at_checked(zeros)?;
    if padding.iter().any(|&byte| byte != 0) {
        return None;
    }
    let mut scalar = Zeroizing::new(Vec::with_capacity(length));
    scalar.resize(length - digits.len(), 0);
    scalar.extend_from_slice(digits);
    Some(scalar)
}

impl From<NoKey> for Problem {
    fn from(no_key: NoKey) -> Self {
        match no_key {
            NoKey::Unsupported(name) => Problem::Unsupported(name),
            NoKey::Malformed(why) => Problem::Malformed(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkcs8::der::{Encode as _, asn1::BitStringRef};

    /// The key of a fixture in PKCS#8, and its public half as such a container carries it.
    fn key(fixture: &str) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
        let text = certflight_fixtures::named(fixture).key.unwrap();
        let der = Zeroizing::new(pem_rfc7468::decode_vec(&text).unwrap().1);
        let bits = match pkcs8(&der).ok().unwrap() {
            PublicKey::Rsa { .. } => {
                let pair = ring::signature::RsaKeyPair::from_pkcs8(&der).unwrap();
                pair.public_key().as_ref().to_vec()
            }
            PublicKey::Ec { point, .. } => point,
            PublicKey::Ed25519(public) => public.to_vec(),
        };
        (der, bits)
    }

    #[test]
    fn the_public_half_that_pkcs8_carries_is_the_keys_own() {
        let fixtures = ["ok__rsa2048-pkcs8", "ok__p256-pkcs8", "ok__p384-pkcs8", "ok__ed25519-pkcs8"];
        for (at, fixture) in fixtures.into_iter().enumerate() {
            let (der, own) = key(fixture);
            for (other, bits) in fixtures.into_iter().map(|fixture| key(fixture).1).enumerate() {
                let mut info = pkcs8::PrivateKeyInfoRef::try_from(der.as_slice()).unwrap();
                info.public_key = Some(BitStringRef::from_bytes(&bits).unwrap());
                let read = pkcs8(&info.to_der().unwrap());
                assert_eq!(read.is_ok(), other == at, "{fixture} with the half of {}", fixtures[other]);
                assert!(read.is_ok() == (bits == own) && !matches!(read, Err(Problem::Malformed(_) | Problem::Unsupported(_))));
            }
        }
    }
}
