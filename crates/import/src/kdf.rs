//! From a passphrase to a key.

use crate::bounds::Budget;
use crate::passphrase::Passphrase;
use crate::problem::Problem;
use hmac::digest::block_api::BlockSizeUser;
use hmac::digest::{Digest, OutputSizeUser};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

/// A hash that a derivation or a MAC names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Bytes of its output.
    pub(crate) fn length(self) -> usize {
        match self {
            Hash::Md5 => 16,
            Hash::Sha1 => 20,
            Hash::Sha224 => 28,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }
}

/// How a key is derived, with all its parameters.
#[derive(Clone, Debug)]
pub(crate) enum Kdf {
    /// RFC 8018 section 5.2.
    Pbkdf2 { hash: Hash, salt: Vec<u8>, iterations: u64 },
    /// RFC 7914.
    Scrypt { salt: Vec<u8>, n: u64, r: u64, p: u64 },
    /// RFC 7292 appendix B, from the passphrase in UTF-16.
    Pkcs12 { hash: Hash, salt: Vec<u8>, iterations: u64 },
    /// RFC 8018 section 5.1.
    Pbkdf1 { hash: Hash, salt: Vec<u8>, iterations: u64 },
    /// OpenSSL's EVP_BytesToKey with MD5 and one iteration, which encrypts PEM blocks.
    BytesToKey { salt: Vec<u8> },
}

/// What the bytes are for (RFC 7292 appendix B.3); the other derivations do not tell the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Key = 1,
    Vector = 2,
    Mac = 3,
}

impl Kdf {
    /// Charges what `length` bytes cost. Nothing is derived that was not charged.
    pub(crate) fn charge(&self, length: usize, budget: &mut Budget) -> Result<(), Problem> {
        let blocks = |hash: Hash| length.div_ceil(hash.length()).max(1) as u64;
        match self {
            Kdf::Pbkdf2 { iterations: 0, .. } | Kdf::Pkcs12 { iterations: 0, .. } | Kdf::Pbkdf1 { iterations: 0, .. } => {
                Err(Problem::Damaged("a derivation has no iterations"))
            }
            Kdf::Pbkdf2 { hash, iterations, .. } | Kdf::Pkcs12 { hash, iterations, .. } => {
                budget.charge(*iterations, blocks(*hash))
            }
            Kdf::Pbkdf1 { iterations, .. } => budget.charge(*iterations, 1),
            Kdf::Scrypt { n, r, p, .. } => budget.charge_scrypt(*n, *r, *p),
            Kdf::BytesToKey { .. } => Ok(()),
        }
    }

    /// Derives `length` bytes, having charged for them.
    pub(crate) fn derive(
        &self,
        passphrase: &Passphrase,
        purpose: Purpose,
        length: usize,
        budget: &mut Budget,
    ) -> Result<Zeroizing<Vec<u8>>, Problem> {
        self.charge(length, budget)?;
        let mut out = Zeroizing::new(vec![0; length]);
        match self {
            Kdf::Pbkdf2 { hash, salt, iterations } => {
                // The budget keeps them far below.
                let rounds = u32::try_from(*iterations).unwrap_or(u32::MAX);
                match hash {
                    Hash::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(passphrase.utf8(), salt, rounds, &mut out),
                    Hash::Sha224 => pbkdf2::pbkdf2_hmac::<Sha224>(passphrase.utf8(), salt, rounds, &mut out),
                    Hash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(passphrase.utf8(), salt, rounds, &mut out),
                    Hash::Sha384 => pbkdf2::pbkdf2_hmac::<Sha384>(passphrase.utf8(), salt, rounds, &mut out),
                    Hash::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(passphrase.utf8(), salt, rounds, &mut out),
                    Hash::Md5 => return Err(Problem::Unsupported("PBKDF2 with MD5".to_owned())),
                }
            }
            Kdf::Scrypt { salt, n, r, p } => {
                const BAD: Problem = Problem::Damaged("the parameters of scrypt do not fit each other");
                if !n.is_power_of_two() {
                    return Err(BAD);
                }
                let (r, p) = (u32::try_from(*r).map_err(|_| BAD)?, u32::try_from(*p).map_err(|_| BAD)?);
                let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| BAD)?;
                let params = scrypt::Params::new(log_n, r, p).map_err(|_| BAD)?;
                scrypt::scrypt(passphrase.utf8(), salt, &params, &mut out).map_err(|_| BAD)?;
            }
            Kdf::Pkcs12 { hash, salt, iterations } => {
                let input = Pkcs12Input { purpose, passphrase: passphrase.utf16(), salt, iterations: *iterations };
                match hash {
                    Hash::Md5 => pkcs12::<Md5>(&input, &mut out),
                    Hash::Sha1 => pkcs12::<Sha1>(&input, &mut out),
                    Hash::Sha224 => pkcs12::<Sha224>(&input, &mut out),
                    Hash::Sha256 => pkcs12::<Sha256>(&input, &mut out),
                    Hash::Sha384 => pkcs12::<Sha384>(&input, &mut out),
                    Hash::Sha512 => pkcs12::<Sha512>(&input, &mut out),
                }
            }
            Kdf::Pbkdf1 { hash, salt, iterations } => match hash {
                Hash::Md5 => pbkdf1::<Md5>(passphrase.utf8(), salt, *iterations, &mut out),
                _ => pbkdf1::<Sha1>(passphrase.utf8(), salt, *iterations, &mut out),
            },
            Kdf::BytesToKey { salt } => bytes_to_key(passphrase.utf8(), salt, &mut out),
        }
        Ok(out)
    }
}

struct Pkcs12Input<'a> {
    purpose: Purpose,
    passphrase: &'a [u8],
    salt: &'a [u8],
    iterations: u64,
}

/// RFC 7292 appendix B.2; the letters are its own.
fn pkcs12<D: Digest + BlockSizeUser + OutputSizeUser>(input: &Pkcs12Input<'_>, out: &mut [u8]) {
    let v = D::block_size();
    let repeated = |text: &[u8]| text.iter().copied().cycle().take(text.len().div_ceil(v) * v).collect::<Vec<u8>>();
    let d = vec![input.purpose as u8; v];
    let mut i = Zeroizing::new(repeated(input.salt));
    let p = Zeroizing::new(repeated(input.passphrase));
    let mut joined = Zeroizing::new(Vec::with_capacity(i.len() + p.len()));
    joined.extend_from_slice(&i);
    joined.extend_from_slice(&p);
    i = joined;
    for block in out.chunks_mut(<D as Digest>::output_size()) {
        let mut a = D::new().chain_update(&d).chain_update(&i).finalize();
        for _ in 1..input.iterations {
            a = D::digest(&a);
        }
        for (to, from) in block.iter_mut().zip(&a) {
            *to = *from;
        }
        let b = Zeroizing::new(a.iter().copied().cycle().take(v).collect::<Vec<u8>>());
        for chunk in i.chunks_mut(v) {
            // chunk = chunk + b + 1, as one number.
            let mut carry = 1_u16;
            for (to, from) in chunk.iter_mut().zip(b.iter()).rev() {
                let sum = u16::from(*to) + u16::from(*from) + carry;
                *to = (sum & 0xff) as u8;
                carry = sum >> 8;
            }
        }
    }
}

/// RFC 8018 section 5.1. It gives as many bytes as the hash has, and no more are asked for.
fn pbkdf1<D: Digest>(passphrase: &[u8], salt: &[u8], iterations: u64, out: &mut [u8]) {
    let mut t = D::new().chain_update(passphrase).chain_update(salt).finalize();
    for _ in 1..iterations {
        t = D::digest(&t);
    }
    for (to, from) in out.iter_mut().zip(&t) {
        *to = *from;
    }
}

/// Each block is the MD5 of the block before it, the passphrase and the salt.
fn bytes_to_key(passphrase: &[u8], salt: &[u8], out: &mut [u8]) {
    let mut before = Zeroizing::new(Vec::new());
    for block in out.chunks_mut(Hash::Md5.length()) {
        let hash = Md5::new().chain_update(&*before).chain_update(passphrase).chain_update(salt).finalize();
        before = Zeroizing::new(hash.to_vec());
        for (to, from) in block.iter_mut().zip(&hash) {
            *to = *from;
        }
    }
}
