//! A passphrase in the encodings that the formats ask for.

use crate::problem::Problem;
use zeroize::Zeroizing;

/// The longest passphrase in bytes; derivations take time in proportion to it.
const MAX_LENGTH: usize = 4096;

pub(crate) struct Passphrase {
    utf8: Zeroizing<Vec<u8>>,
    /// UTF-16, big end first, with two zeros at the end (RFC 7292 appendix B.1); empty for no passphrase at all.
    utf16: Zeroizing<Vec<u8>>,
}

impl Passphrase {
    pub(crate) fn given(text: &str) -> Result<Self, Problem> {
        if text.len() > MAX_LENGTH {
            return Err(Problem::WrongPassphrase);
        }
        let mut utf16 = Zeroizing::new(Vec::with_capacity(text.len() * 2 + 2));
        utf16.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
        utf16.extend([0, 0]);
        Ok(Passphrase { utf8: Zeroizing::new(text.as_bytes().to_vec()), utf16 })
    }

    /// No passphrase: not even the zeros that end one.
    pub(crate) fn none() -> Self {
        Passphrase { utf8: Zeroizing::default(), utf16: Zeroizing::default() }
    }

    /// The passphrase of no characters.
    pub(crate) fn empty() -> Self {
        Passphrase { utf8: Zeroizing::default(), utf16: Zeroizing::new(vec![0, 0]) }
    }

    pub(crate) fn utf8(&self) -> &[u8] {
        &self.utf8
    }

    pub(crate) fn utf16(&self) -> &[u8] {
        &self.utf16
    }

    /// As Java key stores take it: UTF-16, big end first, without an end.
    pub(crate) fn utf16_without_end(&self) -> &[u8] {
        self.utf16.split_last_chunk::<2>().map_or(&[], |(text, _)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_taken_up_to_the_bound() {
        assert!(Passphrase::given(&"a".repeat(MAX_LENGTH)).is_ok());
        assert!(Passphrase::given(&"a".repeat(MAX_LENGTH + 1)).is_err());
    }
}
