//! Java key stores: JKS and JCEKS, in the form that OpenJDK writes them.

use crate::ber;
use crate::bounds::{Budget, MAX_OBJECTS};
use crate::cipher::{Cipher, unpadded};
use crate::passphrase::Passphrase;
use crate::problem::Problem;
use crate::tlv::Elements;
use certflight_validate::{Object, SecretBytes};
use hmac::digest::Digest as _;
use md5::Md5;
use sha1::Sha1;
use zeroize::Zeroizing;

const JKS: u32 = 0xfeed_feed;
const JCEKS: u32 = 0xcece_cece;
/// What stands between passphrase and content in the checksum of a whole store.
const WHITENER: &[u8] = b"Mighty Aphrodite";
/// Bytes of a checksum and of the key protector's salt.
const DIGEST: usize = 20;

enum Entry<'a> {
    Key(&'a [u8]),
    Certificate(&'a [u8]),
}

pub(crate) fn open(bytes: &[u8], passphrase: &Passphrase, budget: &mut Budget) -> Result<Vec<Object>, Problem> {
    let mut reader = Reader { rest: bytes };
    let magic = reader.number()?;
    if magic != JKS && magic != JCEKS {
        return Err(Problem::Damaged("it does not begin as a key store does"));
    }
    let version = reader.number()?;
    if !matches!(version, 1 | 2) {
        return Err(Problem::Unsupported(format!("version {version} of the key store")));
    }
    let entries = entries(&mut reader, version)?;
    let checksum = reader.rest;
    if checksum.len() != DIGEST {
        return Err(Problem::Damaged("it does not end with a checksum"));
    }
    let store = bytes.get(..bytes.len() - DIGEST).unwrap_or_default();
    let password = passphrase.utf16_without_end();
    let fits = Sha1::new().chain_update(password).chain_update(WHITENER).chain_update(store).finalize().as_slice() == checksum;
    let has_keys = entries.iter().any(|entry| matches!(entry, Entry::Key(_)));
    // Certificates are in the clear, and whoever has no passphrase cannot check the checksum.
    let unchecked = password.is_empty() && !has_keys;
    let mut objects = Vec::new();
    for entry in &entries {
        match entry {
            Entry::Certificate(der) => objects.push(Object::Certificate(der.to_vec())),
            Entry::Key(protected) => {
                let mut der = key(protected, passphrase, budget)?;
                objects.push(Object::PrivateKey(SecretBytes::new(std::mem::take(&mut *der))));
            }
        }
    }
    match fits || unchecked {
        true => Ok(objects),
        // It has opened every key.
        false if has_keys => Err(Problem::Damaged("its checksum does not fit what it holds, so it was changed since it was made")),
        false => Err(Problem::WrongPassphrase),
    }
}

fn entries<'a>(reader: &mut Reader<'a>, version: u32) -> Result<Vec<Entry<'a>>, Problem> {
    let mut list = Vec::new();
    let put = |list: &mut Vec<Entry<'a>>, entry| {
        list.push(entry);
        match list.len() > MAX_OBJECTS {
            true => Err(Problem::TooCostly(format!("more than {MAX_OBJECTS} certificates and keys"))),
            false => Ok(()),
        }
    };
    let certificate = |reader: &mut Reader<'a>, list: &mut Vec<Entry<'a>>| {
        if version == 2 {
            reader.text()?;
        }
        put(list, Entry::Certificate(reader.block()?))
    };
    for _ in 0..reader.number()? {
        let kind = reader.number()?;
        reader.text()?; // alias
        reader.take(8)?; // date
        match kind {
            1 => {
                put(&mut list, Entry::Key(reader.block()?))?;
                for _ in 0..reader.number()? {
                    certificate(reader, &mut list)?;
                }
            }
            2 => certificate(reader, &mut list)?,
            // A serialized Java object, whose length is not written.
            3 => return Err(Problem::Unsupported("a secret key in a JCEKS store".to_owned())),
            _ => return Err(Problem::Damaged("an entry is of no known kind")),
        }
    }
    Ok(list)
}

/// Opens an entry's EncryptedPrivateKeyInfo.
fn key(protected: &[u8], passphrase: &Passphrase, budget: &mut Budget) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let der = ber::to_der(protected)?;
    let mut info = Elements::of_sequence(&der)?;
    let mut algorithm = info.sequence()?;
    match algorithm.oid()?.to_string().as_str() {
        "1.3.6.1.4.1.42.2.17.1.1" => unmask(info.octets()?, passphrase),
        "1.3.6.1.4.1.42.2.19.1" => {
            let mut parameters = algorithm.sequence()?;
            let (salt, iterations) = (parameters.octets()?, parameters.number()?);
            decrypt(salt, iterations, info.octets()?, passphrase, budget)
        }
        other => Err(Problem::Unsupported(crate::pbe::name(other))),
    }
}

/// Sun's key protector: a salt, the key under a stream of SHA-1, and a checksum of the key.
fn unmask(protected: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, Problem> {
    const SHORT: Problem = Problem::Damaged("a key in it is cut short");
    let password = passphrase.utf16_without_end();
    let (salt, rest) = protected.split_at_checked(DIGEST).ok_or(SHORT)?;
    let (masked, checksum) = rest.split_at_checked(rest.len().checked_sub(DIGEST).ok_or(SHORT)?).ok_or(SHORT)?;
    let mut plain = Zeroizing::new(masked.to_vec());
    let mut stream = Zeroizing::new(salt.to_vec());
    for block in plain.chunks_mut(DIGEST) {
        stream = Zeroizing::new(Sha1::new().chain_update(password).chain_update(&*stream).finalize().to_vec());
        for (byte, mask) in block.iter_mut().zip(stream.iter()) {
            *byte ^= mask;
        }
    }
    match Sha1::new().chain_update(password).chain_update(&*plain).finalize().as_slice() == checksum {
        true => Ok(plain),
        false => Err(Problem::WrongPassphrase),
    }
}

/// JCEKS' own encryption, PBEWithMD5AndTripleDES: each half of the salt makes one half of key and vector.
fn decrypt(
    salt: &[u8],
    iterations: u64,
    text: &[u8],
    passphrase: &Passphrase,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    if salt.len() != 8 {
        return Err(Problem::Damaged("a key's salt is not of 8 bytes"));
    }
    budget.charge(iterations.max(1), 2)?;
    let (first, second) = salt.split_at(4);
    let mut first = first.to_vec();
    if first == second {
        // OpenJDK swaps the first half's ends then.
        first.swap(0, 3);
    }
    let mut derived = Zeroizing::new(Vec::with_capacity(32));
    for half in [first.as_slice(), second] {
        let mut hash = Zeroizing::new(half.to_vec());
        for _ in 0..iterations.max(1) {
            hash = Zeroizing::new(Md5::new().chain_update(&*hash).chain_update(passphrase.utf8()).finalize().to_vec());
        }
        derived.extend_from_slice(&hash);
    }
    let (key, vector) = derived.split_at_checked(24).unwrap_or_default();
    let plain = Cipher::TripleDes.decrypt(key, vector, text)?;
    match unpadded(&plain, 8).filter(|plain| matches!(plain, [0x30, ..])) {
        Some(plain) => Ok(Zeroizing::new(plain.to_vec())),
        None => Err(Problem::WrongPassphrase),
    }
}

/// Java's DataInputStream, with every length held against what is left.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Problem> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Problem::Damaged("it ends before an entry does"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Problem> {
        Ok(self.take(4)?.iter().fold(0, |n, &byte| n << 8 | u32::from(byte)))
    }

    /// Text with a length of two bytes.
    fn text(&mut self) -> Result<&'a [u8], Problem> {
        let length = self.take(2)?.iter().fold(0, |n, &byte| n << 8 | usize::from(byte));
        self.take(length)
    }

    /// Bytes with a length of four bytes.
    fn block(&mut self) -> Result<&'a [u8], Problem> {
        let length = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        self.take(length)
    }
}
