//! Password-based encryption: what an AlgorithmIdentifier asks for, and whether the passphrase was the one.

use crate::ber;
use crate::bounds::Budget;
use crate::cipher::{Cipher, unpadded};
use crate::kdf::{Hash, Kdf, Purpose};
use crate::passphrase::Passphrase;
use crate::problem::Problem;
use crate::tlv::{Elements, number};
use der::Tag;
use der::Tagged as _;
use zeroize::Zeroizing;

/// A derivation and a cipher.
#[derive(Clone, Debug)]
pub(crate) struct Scheme {
    pub(crate) kdf: Kdf,
    pub(crate) cipher: Cipher,
    pub(crate) vector: Vector,
}

/// Where the initialization vector comes from.
#[derive(Clone, Debug)]
pub(crate) enum Vector {
    Given(Vec<u8>),
    /// Derived on its own (RFC 7292 appendix B.3).
    Derived,
    /// The bytes after the key (RFC 8018 section 6.1).
    WithKey,
}

/// What the plaintext has to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A private key: a SEQUENCE that begins with a version.
    Key,
    /// SafeContents (RFC 7292 section 4.2): a SEQUENCE of SEQUENCEs.
    Safe,
}

impl Scheme {
    /// Reads an AlgorithmIdentifier (RFC 5280 section 4.1.1.2), without its header.
    pub(crate) fn read(mut algorithm: Elements<'_>) -> Result<Self, Problem> {
        let oid = algorithm.oid()?.to_string();
        let pkcs12 = |cipher: Cipher, mut parameters: Elements<'_>| {
            let (salt, iterations) = (parameters.octets()?.to_vec(), parameters.number()?);
            Ok(Scheme { kdf: Kdf::Pkcs12 { hash: Hash::Sha1, salt, iterations }, cipher, vector: Vector::Derived })
        };
        let pbes1 = |hash: Hash, cipher: Cipher, mut parameters: Elements<'_>| {
            let (salt, iterations) = (parameters.octets()?.to_vec(), parameters.number()?);
            Ok(Scheme { kdf: Kdf::Pbkdf1 { hash, salt, iterations }, cipher, vector: Vector::WithKey })
        };
        match oid.as_str() {
            // RFC 8018 appendix A.4.
            "1.2.840.113549.1.5.13" => pbes2(algorithm.sequence()?),
            // RFC 7292 appendix C.
            "1.2.840.113549.1.12.1.3" => pkcs12(Cipher::TripleDes, algorithm.sequence()?),
            "1.2.840.113549.1.12.1.4" => pkcs12(Cipher::TwoKeyDes, algorithm.sequence()?),
            "1.2.840.113549.1.12.1.5" => pkcs12(Cipher::Rc2_128, algorithm.sequence()?),
            "1.2.840.113549.1.12.1.6" => pkcs12(Cipher::Rc2_40, algorithm.sequence()?),
            // RFC 8018 appendix A.3.
            "1.2.840.113549.1.5.3" => pbes1(Hash::Md5, Cipher::Des, algorithm.sequence()?),
            "1.2.840.113549.1.5.6" => pbes1(Hash::Md5, Cipher::Rc2_64, algorithm.sequence()?),
            "1.2.840.113549.1.5.10" => pbes1(Hash::Sha1, Cipher::Des, algorithm.sequence()?),
            "1.2.840.113549.1.5.11" => pbes1(Hash::Sha1, Cipher::Rc2_64, algorithm.sequence()?),
            other => Err(Problem::Unsupported(name(other))),
        }
    }

    /// Charges what [`decrypt`](Self::decrypt) will cost.
    pub(crate) fn charge(&self, budget: &mut Budget) -> Result<(), Problem> {
        let (key, block) = (self.cipher.key_length(), self.cipher.block());
        match self.vector {
            Vector::Given(_) => self.kdf.charge(key, budget),
            Vector::Derived => self.kdf.charge(key, budget).and_then(|()| self.kdf.charge(block, budget)),
            Vector::WithKey => self.kdf.charge(key + block, budget),
        }
    }

    /// Decrypts. A wrong passphrase is told from a damaged file by how the plaintext begins: damage garbles the block it hits and the one after
    /// it, a wrong passphrase all of them. Damage to the first block alone cannot be told.
    pub(crate) fn decrypt(
        &self,
        passphrase: &Passphrase,
        text: &[u8],
        expected: Expected,
        budget: &mut Budget,
    ) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let (key_length, block) = (self.cipher.key_length(), self.cipher.block());
        let (key, vector) = match &self.vector {
            Vector::Given(vector) => {
                (self.kdf.derive(passphrase, Purpose::Key, key_length, budget)?, Zeroizing::new(vector.clone()))
            }
            Vector::Derived => (
                self.kdf.derive(passphrase, Purpose::Key, key_length, budget)?,
                self.kdf.derive(passphrase, Purpose::Vector, block, budget)?,
            ),
            Vector::WithKey => {
                let both = self.kdf.derive(passphrase, Purpose::Key, key_length + block, budget)?;
                let (key, vector) = both.split_at_checked(key_length).unwrap_or((&both, &[]));
                (Zeroizing::new(key.to_vec()), Zeroizing::new(vector.to_vec()))
            }
        };
        let plain = self.cipher.decrypt(&key, &vector, text)?;
        let opened = unpadded(&plain, block).and_then(|plain| ber::to_der(plain).ok());
        match opened {
            Some(whole) if expected.fits(&whole, whole.len()) => Ok(whole),
            _ if expected.fits(&plain, plain.len()) => {
                Err(Problem::Damaged("the passphrase is right, but what it opens was changed since it was encrypted"))
            }
            _ => Err(Problem::WrongPassphrase),
        }
    }
}

impl Expected {
    /// Whether a plaintext of `length` bytes, padding included, begins as it should.
    fn fits(self, plain: &[u8], length: usize) -> bool {
        let [0x30, first, rest @ ..] = plain else { return false };
        let digits = usize::from(if *first > 0x80 { first & 0x7f } else { 0 });
        let Some((digits, body)) = rest.split_at_checked(digits).filter(|(digits, _)| digits.len() <= 4) else { return false };
        let inner = match first {
            0..=0x7f => usize::from(*first),
            _ => digits.iter().fold(0, |n, &digit| n << 8 | usize::from(digit)),
        };
        let header = 2 + digits.len();
        // An indefinite length says nothing; else at most a block of padding follows.
        let whole = *first == 0x80 || (header + inner <= length && length - (header + inner) <= 16);
        // Of an indefinite length two zeros are the end (X.690 section 8.1.5).
        let empty = if *first == 0x80 { body.starts_with(&[0, 0]) } else { inner == 0 };
        whole
            && match self {
                Expected::Key => matches!(body, [0x02, 0x01, 0 | 1, ..]),
                Expected::Safe => matches!(body, [0x30, ..]) || empty,
            }
    }
}

/// PBES2-params.
fn pbes2(mut parameters: Elements<'_>) -> Result<Scheme, Problem> {
    let (kdf, _) = kdf(parameters.sequence()?)?;
    let mut encryption = parameters.sequence()?;
    let cipher = match encryption.oid()?.to_string().as_str() {
        "2.16.840.1.101.3.4.1.2" => Cipher::Aes128,
        "2.16.840.1.101.3.4.1.22" => Cipher::Aes192,
        "2.16.840.1.101.3.4.1.42" => Cipher::Aes256,
        "1.2.840.113549.3.7" => Cipher::TripleDes,
        "1.3.14.3.2.7" => Cipher::Des,
        other => return Err(Problem::Unsupported(name(other))),
    };
    Ok(Scheme { kdf, cipher, vector: Vector::Given(encryption.octets()?.to_vec()) })
}

/// The key derivation of PBES2 and of PBMAC1 (RFC 8018 appendix A.2, RFC 7914 section 7), and the length of the key, if it is said.
pub(crate) fn kdf(mut algorithm: Elements<'_>) -> Result<(Kdf, Option<u64>), Problem> {
    match algorithm.oid()?.to_string().as_str() {
        "1.2.840.113549.1.5.12" => {
            let mut parameters = algorithm.sequence()?;
            let salt = parameters.octets()?.to_vec();
            let iterations = parameters.number()?;
            let (mut hash, mut length) = (Hash::Sha1, None);
            for element in parameters.rest()? {
                match element.tag() {
                    Tag::Integer => length = Some(number(element)?),
                    Tag::Sequence => hash = prf(Elements::new(element.value())?)?,
                    _ => return Err(Problem::Damaged("the parameters of PBKDF2 hold something else")),
                }
            }
            Ok((Kdf::Pbkdf2 { hash, salt, iterations }, length))
        }
        "1.3.6.1.4.1.11591.4.11" => {
            let mut parameters = algorithm.sequence()?;
            let salt = parameters.octets()?.to_vec();
            Ok((Kdf::Scrypt { salt, n: parameters.number()?, r: parameters.number()?, p: parameters.number()? }, None))
        }
        other => Err(Problem::Unsupported(name(other))),
    }
}

/// The hash of an HMAC (RFC 8018 appendix B.1).
pub(crate) fn prf(mut algorithm: Elements<'_>) -> Result<Hash, Problem> {
    match algorithm.oid()?.to_string().as_str() {
        "1.2.840.113549.2.7" => Ok(Hash::Sha1),
        "1.2.840.113549.2.8" => Ok(Hash::Sha224),
        "1.2.840.113549.2.9" => Ok(Hash::Sha256),
        "1.2.840.113549.2.10" => Ok(Hash::Sha384),
        "1.2.840.113549.2.11" => Ok(Hash::Sha512),
        other => Err(Problem::Unsupported(name(other))),
    }
}

/// An algorithm's name where it is known, beside its identifier.
pub(crate) fn name(oid: &str) -> String {
    let name = match oid {
        "1.2.840.113549.1.12.1.1" => "pbeWithSHAAnd128BitRC4",
        "1.2.840.113549.1.12.1.2" => "pbeWithSHAAnd40BitRC4",
        "1.2.840.113549.1.5.1" => "pbeWithMD2AndDES-CBC",
        "1.2.840.113549.1.5.4" => "pbeWithMD2AndRC2-CBC",
        "1.2.840.113549.3.2" => "RC2-CBC in PBES2",
        "2.16.840.1.101.3.4.1.6" | "2.16.840.1.101.3.4.1.26" | "2.16.840.1.101.3.4.1.46" => "AES-GCM",
        "1.2.392.200011.61.1.1.1.2" | "1.2.392.200011.61.1.1.1.3" | "1.2.392.200011.61.1.1.1.4" => "Camellia-CBC",
        "1.2.643.2.2.21" => "GOST 28147-89",
        "1.3.6.1.4.1.42.2.17.1.1" => "Java's own key protection in another container",
        _ => return format!("the algorithm {oid}"),
    };
    format!("{name} ({oid})")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a plaintext begins with, how long all of it is, and whether that is a key's, and safe contents'.
    #[test]
    fn a_plaintext_is_told_by_how_it_begins() {
        for (plain, length, key, safe) in [
            (&[0x30, 0x05, 0x02, 0x01, 0x00, 0x30, 0x00][..], 7, true, false),
            (&[0x30, 0x05, 0x02, 0x01, 0x01, 0x30, 0x00], 7, true, false),
            (&[0x30, 0x05, 0x02, 0x01, 0x02, 0x30, 0x00], 7, false, false),
            (&[0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00], 7, false, true),
            (&[0x31, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00], 7, false, false),
            (&[0x30, 0x00], 2, false, true), // nothing in it
            (&[0x30, 0x00, 0x10, 0x10], 18, false, true),
            // At most a block of padding follows, and nothing is missing.
            (&[0x30, 0x05, 0x02, 0x01, 0x00], 23, true, false),
            (&[0x30, 0x05, 0x02, 0x01, 0x00], 24, false, false),
            (&[0x30, 0x05, 0x02, 0x01, 0x00], 6, false, false),
            (&[0x30, 0x81, 0x80, 0x02, 0x01, 0x00], 131, true, false),
            (&[0x30, 0x81, 0x80, 0x02, 0x01, 0x00], 130, false, false),
            (&[0x30, 0x82, 0x01, 0x00, 0x30], 260, false, true),
            (&[0x30, 0x82, 0x01, 0x00, 0x30], 276, false, true),
            (&[0x30, 0x82, 0x01, 0x00, 0x30], 277, false, false),
            (&[0x30, 0x84, 0x00, 0x00, 0x01, 0x00, 0x30], 262, false, true),
            (&[0x30, 0x85, 0x00, 0x00, 0x00, 0x01, 0x00, 0x30], 263, false, false),
            // An indefinite length says nothing.
            (&[0x30, 0x80, 0x02, 0x01, 0x00], 9999, true, false),
            (&[0x30, 0x80, 0x30], 9999, false, true),
            (&[0x30, 0x80, 0x00, 0x00], 9999, false, true),
        ] {
            assert_eq!(
                (Expected::Key.fits(plain, length), Expected::Safe.fits(plain, length)),
                (key, safe),
                "{plain:02x?}, {length}"
            );
        }
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (oid, expected) in [
            ("1.2.840.113549.1.12.1.1", "pbeWithSHAAnd128BitRC4"),
            ("1.2.840.113549.1.12.1.2", "pbeWithSHAAnd40BitRC4"),
            ("1.2.840.113549.1.5.1", "pbeWithMD2AndDES-CBC"),
            ("1.2.840.113549.1.5.4", "pbeWithMD2AndRC2-CBC"),
            ("1.2.840.113549.3.2", "RC2-CBC in PBES2"),
            ("2.16.840.1.101.3.4.1.26", "AES-GCM"),
            ("1.2.392.200011.61.1.1.1.4", "Camellia-CBC"),
            ("1.2.643.2.2.21", "GOST 28147-89"),
            ("1.3.6.1.4.1.42.2.17.1.1", "Java's own key protection in another container"),
        ] {
            assert_eq!(name(oid), format!("{expected} ({oid})"));
        }
        assert_eq!(name("1.2.3"), "the algorithm 1.2.3");
    }
}
