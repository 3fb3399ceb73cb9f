//! Signature algorithms of certificates.

use crate::public_key::algorithm_name;
use crate::text;
use std::fmt;
use x509_parser::der_parser::asn1_rs::{Tag, oid};
use x509_parser::oid_registry::Oid;
use x509_parser::signature_algorithm::SignatureAlgorithm as Parsed;
use x509_parser::x509::AlgorithmIdentifier;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn name(self) -> &'static str {
        match self {
            Hash::Md5 => "MD5",
            Hash::Sha1 => "SHA-1",
            Hash::Sha256 => "SHA-256",
            Hash::Sha384 => "SHA-384",
            Hash::Sha512 => "SHA-512",
        }
    }

    /// Bytes of a digest.
    fn length(self) -> u32 {
        match self {
            Hash::Md5 => 16,
            Hash::Sha1 => 20,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// RFC 8446 section 4.4.2.4: certificates signed with MD5 must be refused, with SHA-1 should be.
    pub(crate) fn is_weak(self) -> bool {
        matches!(self, Hash::Md5 | Hash::Sha1)
    }

    fn of_oid(oid: &Oid<'_>) -> Option<Self> {
        match text::oid(oid).as_str() {
            "1.2.840.113549.2.5" => Some(Hash::Md5),
            "1.3.14.3.2.26" => Some(Hash::Sha1),
            "2.16.840.1.101.3.4.2.1" => Some(Hash::Sha256),
            "2.16.840.1.101.3.4.2.2" => Some(Hash::Sha384),
            "2.16.840.1.101.3.4.2.3" => Some(Hash::Sha512),
            _ => None,
        }
    }
}

/// How a certificate is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignatureAlgorithm {
    RsaPkcs1(Hash),
    /// MGF1 with the same hash and a salt of its length (RFC 8017 section 9.1), as TLS 1.3 has it too.
    RsaPss(Hash),
    Ecdsa(Hash),
    Ed25519,
    /// Not verified here, by name.
    Unsupported(String),
}

impl SignatureAlgorithm {
    /// Reads an algorithm identifier with its parameters (RFC 4055, RFC 5758, RFC 8410).
    pub(crate) fn new(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, Unsupported};
        const KNOWN: [(&[u8], SignatureAlgorithm); 10] = [
            (&oid!(raw 1.2.840.113549.1.1.4), RsaPkcs1(Hash::Md5)),
            (&oid!(raw 1.2.840.113549.1.1.5), RsaPkcs1(Hash::Sha1)),
            (&oid!(raw 1.2.840.113549.1.1.11), RsaPkcs1(Hash::Sha256)),
            (&oid!(raw 1.2.840.113549.1.1.12), RsaPkcs1(Hash::Sha384)),
            (&oid!(raw 1.2.840.113549.1.1.13), RsaPkcs1(Hash::Sha512)),
            (&oid!(raw 1.2.840.10045.4.1), Ecdsa(Hash::Sha1)),
            (&oid!(raw 1.2.840.10045.4.3.2), Ecdsa(Hash::Sha256)),
            (&oid!(raw 1.2.840.10045.4.3.3), Ecdsa(Hash::Sha384)),
            (&oid!(raw 1.2.840.10045.4.3.4), Ecdsa(Hash::Sha512)),
            (&oid!(raw 1.3.101.112), Ed25519),
        ];
        let id = algorithm.algorithm.as_bytes();
        let known = match KNOWN.iter().find(|(known, _)| *known == id) {
            Some((_, known)) => known.clone(),
            None if id == oid!(raw 1.2.840.113549.1.1.10) => return Self::pss(algorithm),
            None => return Unsupported(unsupported_name(&text::oid(&algorithm.algorithm))),
        };
        // RFC 4055 section 5: NULL with RSA; some signers leave it out. RFC 5758 section 3.2 and RFC 8410 section 3: nothing with the others.
        let fit = algorithm
            .parameters
            .as_ref()
            .is_none_or(|any| matches!(known, RsaPkcs1(_)) && any.tag() == Tag::Null && any.data.is_empty());
        if fit { known } else { Unsupported(format!("{known} and parameters that it does not have")) }
    }

    fn pss(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let unsupported = || SignatureAlgorithm::Unsupported("RSASSA-PSS with unusual parameters".into());
        let Ok(Parsed::RSASSA_PSS(parameters)) = Parsed::try_from(algorithm) else { return unsupported() };
        let Some(hash) = Hash::of_oid(parameters.hash_algorithm_oid()) else { return unsupported() };
        let mgf1 = parameters
            .mask_gen_algorithm()
            .is_ok_and(|mask| text::oid(&mask.mgf) == "1.2.840.113549.1.1.8" && Hash::of_oid(&mask.hash) == Some(hash));
        if mgf1 && parameters.salt_length() == hash.length() && parameters.trailer_field() == 1 {
            SignatureAlgorithm::RsaPss(hash)
        } else {
            unsupported()
        }
    }

    /// The name of the hash, where it is one that no longer counts.
    pub(crate) fn weak_hash(&self) -> Option<&'static str> {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) | Self::Ecdsa(hash) if hash.is_weak() => Some(hash.name()),
            _ => None,
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPkcs1(hash) => write!(f, "RSA with {}", hash.name()),
            Self::RsaPss(hash) => write!(f, "RSASSA-PSS with {}", hash.name()),
            Self::Ecdsa(hash) => write!(f, "ECDSA with {}", hash.name()),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Unsupported(name) => f.write_str(name),
        }
    }
}

/// The name of a signature algorithm that is not verified here, or its OID where no name is in common use.
fn unsupported_name(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.2" => "RSA with MD2",
        "1.2.840.113549.1.1.14" => "RSA with SHA-224",
        "1.2.840.113549.1.1.15" => "RSA with SHA-512/224",
        "1.2.840.113549.1.1.16" => "RSA with SHA-512/256",
        "1.2.840.10045.4.3.1" => "ECDSA with SHA-224",
        "1.2.840.10040.4.3" => "DSA with SHA-1",
        // The NIST's arc of signature algorithms; ML-DSA, which is a key's too, is named with the keys.
        "2.16.840.1.101.3.4.3.1" => "DSA with SHA-224",
        "2.16.840.1.101.3.4.3.2" => "DSA with SHA-256",
        "2.16.840.1.101.3.4.3.3" => "DSA with SHA-384",
        "2.16.840.1.101.3.4.3.4" => "DSA with SHA-512",
        "2.16.840.1.101.3.4.3.9" => "ECDSA with SHA3-224",
        "2.16.840.1.101.3.4.3.10" => "ECDSA with SHA3-256",
        "2.16.840.1.101.3.4.3.11" => "ECDSA with SHA3-384",
        "2.16.840.1.101.3.4.3.12" => "ECDSA with SHA3-512",
        "2.16.840.1.101.3.4.3.13" => "RSA with SHA3-224",
        "2.16.840.1.101.3.4.3.14" => "RSA with SHA3-256",
        "2.16.840.1.101.3.4.3.15" => "RSA with SHA3-384",
        "2.16.840.1.101.3.4.3.16" => "RSA with SHA3-512",
        other => return algorithm_name(other),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As RSASSA-PSS names them; MD5 among them, so that it is called weak there too.
    #[test]
    fn hashes_are_known_by_their_identifiers() {
        for (arcs, name) in [
            (&[1, 2, 840, 113_549, 2, 5][..], "MD5"),
            (&[1, 3, 14, 3, 2, 26], "SHA-1"),
            (&[2, 16, 840, 1, 101, 3, 4, 2, 1], "SHA-256"),
            (&[2, 16, 840, 1, 101, 3, 4, 2, 2], "SHA-384"),
            (&[2, 16, 840, 1, 101, 3, 4, 2, 3], "SHA-512"),
        ] {
            assert_eq!(Hash::of_oid(&Oid::from(arcs).unwrap()).map(Hash::name), Some(name));
        }
    }
}
