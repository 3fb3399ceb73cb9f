//! The ciphers, all in CBC mode.

use crate::problem::Problem;
use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt as _, InnerIvInit as _, KeyInit, KeyIvInit as _};
use des::{Des, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    /// Three keys.
    TripleDes,
    /// Two keys, the first one again for the third.
    TwoKeyDes,
    Des,
    Rc2_128,
    Rc2_64,
    Rc2_40,
}

impl Cipher {
    /// Bytes of its key.
    pub(crate) fn key_length(self) -> usize {
        match self {
            Cipher::Aes128 | Cipher::TwoKeyDes | Cipher::Rc2_128 => 16,
            Cipher::Aes192 | Cipher::TripleDes => 24,
            Cipher::Aes256 => 32,
            Cipher::Des | Cipher::Rc2_64 => 8,
            Cipher::Rc2_40 => 5,
        }
    }

    /// Bytes of a block, and of the initialization vector.
    pub(crate) fn block(self) -> usize {
        match self {
            Cipher::Aes128 | Cipher::Aes192 | Cipher::Aes256 => 16,
            _ => 8,
        }
    }

    /// Decrypts, and leaves the padding where it is: whether it is right says nothing yet of the passphrase.
    pub(crate) fn decrypt(self, key: &[u8], vector: &[u8], text: &[u8]) -> Result<Zeroizing<Vec<u8>>, Problem> {
        if text.is_empty() || !text.len().is_multiple_of(self.block()) {
            return Err(Problem::Damaged("the encrypted part is not of whole blocks, so some of it is missing"));
        }
        let mut out = Zeroizing::new(text.to_vec());
        let done = match self {
            Cipher::Aes128 => {
                Decryptor::<Aes128>::new_from_slices(key, vector).ok().map(|c| c.decrypt_padded::<NoPadding>(&mut out).is_ok())
            }
            Cipher::Aes192 => {
                Decryptor::<Aes192>::new_from_slices(key, vector).ok().map(|c| c.decrypt_padded::<NoPadding>(&mut out).is_ok())
            }
            Cipher::Aes256 => {
                Decryptor::<Aes256>::new_from_slices(key, vector).ok().map(|c| c.decrypt_padded::<NoPadding>(&mut out).is_ok())
            }
            Cipher::TripleDes => {
                Decryptor::<TdesEde3>::new_from_slices(key, vector).ok().map(|c| c.decrypt_padded::<NoPadding>(&mut out).is_ok())
            }
            Cipher::TwoKeyDes => {
                let mut three = Zeroizing::new(Vec::with_capacity(24));
                three.extend_from_slice(key);
                three.extend_from_slice(key.get(..8).unwrap_or_default());
                Decryptor::<TdesEde3>::new_from_slices(&three, vector).ok().map(|c| c.decrypt_padded::<NoPadding>(&mut out).is_ok())
            }
            Cipher::Des => {
                Decryptor::<Des>::new_from_slices(key, vector).ok().map(|c| c.decrypt_padded::<NoPadding>(&mut out).is_ok())
            }
            // RC2's key has as many effective bits as bytes here (RFC 2268 section 2).
            Cipher::Rc2_128 | Cipher::Rc2_64 | Cipher::Rc2_40 => Rc2::new_from_slice(key)
                .ok()
                .and_then(|inner| Decryptor::<Rc2>::inner_iv_slice_init(inner, vector).ok())
                .map(|c| c.decrypt_padded::<NoPadding>(&mut out).is_ok()),
        };
        match done {
            Some(true) => Ok(out),
            _ => Err(Problem::Damaged("the initialization vector is not as long as the cipher's blocks")),
        }
    }
}

/// The text without its padding (RFC 8018 section 6.1.1), where that is right.
pub(crate) fn unpadded(text: &[u8], block: usize) -> Option<&[u8]> {
    let length = usize::from(*text.last()?);
    if length == 0 || length > block {
        return None;
    }
    let (text, padding) = text.split_at_checked(text.len().checked_sub(length)?)?;
    padding.iter().all(|&byte| usize::from(byte) == length).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_blocks_are_decrypted() {
        let decrypt = |length: usize| Cipher::Aes128.decrypt(&[0; 16], &[0; 16], &vec![0; length]);
        assert_eq!(decrypt(32).unwrap().len(), 32);
        for length in [0, 15, 17] {
            assert!(matches!(decrypt(length), Err(Problem::Damaged(why)) if why.contains("not of whole blocks")), "{length}");
        }
    }

    #[test]
    fn padding_is_of_one_to_as_many_bytes_as_a_block() {
        for (text, left) in [
            (&[7, 7, 1][..], Some(&[7, 7][..])),
            (&[7, 2, 2], Some(&[7])),
            (&[4, 4, 4, 4], Some(&[])),
            (&[5, 5, 5, 5, 5], None), // more than a block of four
            (&[7, 7, 0], None),
            (&[7, 3, 2], None),
            (&[3, 3], None),
            (&[], None),
        ] {
            assert_eq!(unpadded(text, 4), left, "{text:?}");
        }
    }
}
