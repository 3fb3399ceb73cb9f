//! Whether a key made a certificate's signature.

use crate::algorithm::{Hash, SignatureAlgorithm};
use crate::public_key::{Curve, PublicKey};
use ring::digest;
use ring::signature::{self as ring_signature, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};

/// What a verification came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verified {
    Yes,
    No,
    /// Nothing can be said: the algorithm or its parameters are none that are verified here.
    CannotTell,
}

/// Verifies `signature` over `signed` with `key`.
pub(super) fn verify(key: &PublicKey, algorithm: &SignatureAlgorithm, signed: &[u8], signature: &[u8]) -> Verified {
    match (key, algorithm) {
        (PublicKey::Rsa { modulus, exponent }, SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_)) => {
            match rsa_parameters(key, algorithm) {
                Some(parameters) => {
                    verdict(RsaPublicKeyComponents { n: modulus, e: exponent }.verify(parameters, signed, signature).is_ok())
                }
                None => Verified::CannotTell,
            }
        }
        (PublicKey::Ec { curve, point }, SignatureAlgorithm::Ecdsa(hash)) => ecdsa(*curve, point, *hash, signed, signature),
        (PublicKey::Ed25519(point), SignatureAlgorithm::Ed25519) => {
            verdict(UnparsedPublicKey::new(&ring_signature::ED25519, point).verify(signed, signature).is_ok())
        }
        (_, SignatureAlgorithm::Unsupported(_)) => Verified::CannotTell,
        // A signature of one kind is not made with a key of another.
        _ => Verified::No,
    }
}

/// Whether `verify` has anything to compute; where it has not, it answers at once.
pub(super) fn is_computed(key: &PublicKey, algorithm: &SignatureAlgorithm) -> bool {
    match (key, algorithm) {
        (PublicKey::Rsa { .. }, _) => rsa_parameters(key, algorithm).is_some(),
        (PublicKey::Ec { .. }, SignatureAlgorithm::Ecdsa(_)) | (PublicKey::Ed25519(_), SignatureAlgorithm::Ed25519) => true,
        _ => false,
    }
}

fn verdict(good: bool) -> Verified {
    if good { Verified::Yes } else { Verified::No }
}

/// ring's parameters; those for legacy use only verify what is then reported as weak.
fn rsa_parameters(key: &PublicKey, algorithm: &SignatureAlgorithm) -> Option<&'static RsaParameters> {
    let bits = key.rsa_bits().filter(|_| key.large_exponent_bits().is_none())?;
    Some(match (algorithm, bits) {
        (SignatureAlgorithm::RsaPkcs1(Hash::Sha256), 2048..=8192) => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
        (SignatureAlgorithm::RsaPkcs1(Hash::Sha384), 2048..=8192) => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
        (SignatureAlgorithm::RsaPkcs1(Hash::Sha512), 2048..=8192) => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
        (SignatureAlgorithm::RsaPss(Hash::Sha256), 2048..=8192) => &ring_signature::RSA_PSS_2048_8192_SHA256,
        (SignatureAlgorithm::RsaPss(Hash::Sha384), 2048..=8192) => &ring_signature::RSA_PSS_2048_8192_SHA384,
        (SignatureAlgorithm::RsaPss(Hash::Sha512), 2048..=8192) => &ring_signature::RSA_PSS_2048_8192_SHA512,
        (SignatureAlgorithm::RsaPkcs1(Hash::Sha1), 1024..=8192) => &ring_signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        (SignatureAlgorithm::RsaPkcs1(Hash::Sha256), 1024..2048) => &ring_signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        (SignatureAlgorithm::RsaPkcs1(Hash::Sha512), 1024..2048) => &ring_signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return None,
    })
}

fn ecdsa(curve: Curve, point: &[u8], hash: Hash, signed: &[u8], signature: &[u8]) -> Verified {
    let in_ring: Option<&'static dyn VerificationAlgorithm> = match (curve, hash) {
        (Curve::P256, Hash::Sha256) => Some(&ring_signature::ECDSA_P256_SHA256_ASN1),
        (Curve::P256, Hash::Sha384) => Some(&ring_signature::ECDSA_P256_SHA384_ASN1),
        (Curve::P384, Hash::Sha256) => Some(&ring_signature::ECDSA_P384_SHA256_ASN1),
        (Curve::P384, Hash::Sha384) => Some(&ring_signature::ECDSA_P384_SHA384_ASN1),
        _ => None,
    };
    if let Some(algorithm) = in_ring {
        return verdict(UnparsedPublicKey::new(algorithm, point).verify(signed, signature).is_ok());
    }
    let algorithm = match hash {
        Hash::Md5 => return Verified::CannotTell,
        Hash::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => &digest::SHA256,
        Hash::Sha384 => &digest::SHA384,
        Hash::Sha512 => &digest::SHA512,
    };
    // The number to verify is the digest, cut or padded on the left to the curve's size (FIPS 186-5 section 6.4.1). The curves refuse a
    // short digest, so it is padded here.
    let digest = digest::digest(algorithm, signed);
    let padding = curve.field_bytes().saturating_sub(digest.as_ref().len());
    let mut prehash = vec![0; padding];
    prehash.extend_from_slice(digest.as_ref());
    macro_rules! verify_on {
        ($curve:ident) => {{
            use $curve::ecdsa::signature::hazmat::PrehashVerifier as _;
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(point);
            let signature = $curve::ecdsa::Signature::from_der(signature);
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(&prehash, &signature).is_ok())
        }};
    }
    let good = match curve {
        Curve::P256 => verify_on!(p256),
        Curve::P384 => verify_on!(p384),
        Curve::P521 => verify_on!(p521),
    };
    verdict(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The budget is charged for these, and for no others.
    #[test]
    fn only_a_key_of_the_algorithm_has_something_to_compute() {
        let rsa = |bytes: usize| PublicKey::Rsa { modulus: vec![0x80; bytes], exponent: vec![1, 0, 1] };
        let ec = PublicKey::Ec { curve: Curve::P521, point: Vec::new() };
        let ed25519 = PublicKey::Ed25519([0; 32]);
        let pkcs1 = SignatureAlgorithm::RsaPkcs1(Hash::Sha256);
        for (key, algorithm, computed) in [
            (&rsa(256), &pkcs1, true),
            (&rsa(96), &pkcs1, false), // ring takes no 768 bits
            (&rsa(256), &SignatureAlgorithm::Ed25519, false),
            (&ec, &SignatureAlgorithm::Ecdsa(Hash::Sha1), true),
            (&ec, &pkcs1, false),
            (&ed25519, &SignatureAlgorithm::Ed25519, true),
            (&ed25519, &SignatureAlgorithm::Ecdsa(Hash::Sha256), false),
        ] {
            assert_eq!(is_computed(key, algorithm), computed, "{key}, {algorithm}");
        }
    }
}
