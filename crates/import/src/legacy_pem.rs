//! Keys that were encrypted by the headers of their PEM block (RFC 1421 section 4.6.1.3), in the way that only OpenSSL has.

use crate::bounds::Budget;
use crate::cipher::Cipher;
use crate::kdf::Kdf;
use crate::passphrase::Passphrase;
use crate::pbe::{Expected, Scheme, Vector};
use crate::problem::Problem;
use certflight_validate::{Object, SecretBytes};

/// Bytes of the salt: the first of the initialization vector.
const SALT: usize = 8;

pub(crate) fn open(dek_info: &str, text: &[u8], passphrase: &Passphrase, budget: &mut Budget) -> Result<Vec<Object>, Problem> {
    let (name, vector) =
        dek_info.split_once(',').ok_or(Problem::Damaged("its DEK-Info line does not name a cipher and a vector"))?;
    let cipher = match name {
        "AES-128-CBC" => Cipher::Aes128,
        "AES-192-CBC" => Cipher::Aes192,
        "AES-256-CBC" => Cipher::Aes256,
        "DES-EDE3-CBC" => Cipher::TripleDes,
        "DES-CBC" => Cipher::Des,
        other => return Err(Problem::Unsupported(other.chars().take(24).collect())),
    };
    let vector = from_hex(vector)
        .filter(|vector| vector.len() == cipher.block())
        .ok_or(Problem::Damaged("the vector in its DEK-Info line is not as long as the cipher's blocks"))?;
    let salt = vector.get(..SALT).unwrap_or_default().to_vec();
    let scheme = Scheme { kdf: Kdf::BytesToKey { salt }, cipher, vector: Vector::Given(vector) };
    let mut plain = scheme.decrypt(passphrase, text, Expected::Key, budget)?;
    Ok(vec![Object::PrivateKey(SecretBytes::new(std::mem::take(&mut *plain)))])
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |n, digit| n << 4 | digit)).collect())
}
