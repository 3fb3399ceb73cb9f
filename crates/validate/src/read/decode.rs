//! Base64 to bytes, with no copy of them left behind.

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

/// Decodes the base64 text of one block, without white space; `None` where it is not base64.
///
/// As rustls-pemfile does it, which leaves the text behind in buffers of its own: padding may be missing, and bits beyond the last byte are not looked at.
pub(super) fn decode(base64: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let padding = base64.iter().rev().take_while(|byte| **byte == b'=').count();
    let digits = base64.get(..base64.len().checked_sub(padding)?)?;
    // RFC 4648 section 4: what the last group of four lacks.
    let lacking = match (digits.len() % 4, padding) {
        (0, 0) => 0,
        (2, 0 | 2) => 2,
        (3, 0 | 1) => 1,
        _ => return None,
    };
    let (groups, last) = digits.split_at_checked(digits.len() / 4 * 4)?;
    let mut bytes = Zeroizing::new(vec![0; groups.len() / 4 * 3 + 3]);
    let whole = Base64::decode(groups, bytes.as_mut_slice()).ok()?.len();
    if lacking > 0 {
        let mut group = Zeroizing::new([b'A'; 4]);
        group.get_mut(..last.len())?.copy_from_slice(last);
        Base64::decode(*group, bytes.get_mut(whole..)?).ok()?;
    }
    bytes.truncate(whole + (3 - lacking) % 3);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What rustls-pemfile makes of it.
    fn theirs(base64: &str) -> Option<Vec<u8>> {
        let block = format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n");
        match rustls_pemfile::read_one_from_slice(block.as_bytes()) {
            Ok(Some((rustls_pemfile::Item::Pkcs8Key(key), _))) => Some(key.secret_pkcs8_der().to_vec()),
            _ => None,
        }
    }

    proptest! {
        #[test]
        fn the_same_is_decoded_as_by_rustls_pemfile(text in "[A-Za-z0-9+/]{0,40}={0,5}([A-Z]={0,2})?") {
            prop_assert_eq!(decode(text.as_bytes()).map(|bytes| bytes.to_vec()), theirs(&text));
        }

        #[test]
        fn what_is_no_base64_is_refused(text in "[A-Za-z0-9+/]{0,20}[-_!*é\u{0}][A-Za-z0-9+/]{0,20}") {
            prop_assert!(decode(text.as_bytes()).is_none());
        }
    }
}
