//! Base64 to bytes, with no copy of a key left behind. The one place that rustls-pemfile is called from.

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

/// Decodes the base64 text of one block, without white space; `None` where it is not base64.
///
/// rustls-pemfile leaves the text behind in buffers of its own, which nobody can wipe. So it decodes what begins as certificates do, and base64ct, into a buffer that is wiped, whatever
/// else there is, which may be a private key. Both take the same texts.
pub(super) fn decode(mut base64: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
    if begins_as_certificates_do(&base64) {
        // Not wiped here either.
        public(&std::mem::take(&mut *base64))
    } else {
        secret(&base64)
    }
}

/// A SEQUENCE that begins with another: certificates, requests and lists of revoked ones, and keys that are encrypted. A private key in the clear begins with its version
/// (RFC 5958 section 2, RFC 8017 appendix A.1.2, RFC 5915 section 3).
fn begins_as_certificates_do(base64: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    let mut bytes = [0; 9];
    let Some(Ok(start)) = base64.get(..12).map(|start| Base64::decode(start, &mut bytes)) else { return false };
    let inside = match *start {
        [SEQUENCE, 0..=0x7f, inside, ..]
        | [SEQUENCE, 0x81, _, inside, ..]
        | [SEQUENCE, 0x82, _, _, inside, ..]
        | [SEQUENCE, 0x83, _, _, _, inside, ..] => Some(inside),
        _ => None,
    };
    inside == Some(SEQUENCE)
}

/// The decoder is handed one freshly framed block at a time, because it drops the second of two blocks on one line, skips labels that it
/// does not know, and puts the offending line into its errors, which therefore go no further than here.
fn public(base64: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----\n";
    const END: &[u8] = b"\n-----END CERTIFICATE-----\n";
    let block = [BEGIN, base64, END].concat();
    // Whatever the content is, it goes through as a certificate: of anything secret the decoder takes a time that is the same for every text.
    match rustls_pemfile::read_one_from_slice(&block) {
        Ok(Some((rustls_pemfile::Item::X509Certificate(der), _))) => Some(Zeroizing::new(der.to_vec())),
        _ => None,
    }
}

/// As rustls-pemfile does it: padding may be missing, and bits beyond the last byte are not looked at.
fn secret(base64: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
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

    #[test]
    fn what_may_be_a_key_is_not_taken_for_a_certificate() {
        let begins = |der: &[u8]| begins_as_certificates_do(Base64::encode_string(der).as_bytes());
        for header in [&[0x30, 0x2e][..], &[0x30, 0x81, 0xee], &[0x30, 0x82, 0x04, 0xa4], &[0x30, 0x83, 0x01, 0, 0]] {
            assert!(begins(&[header, &[0x30, 0x82, 0x03, 0x0c, 0xa0, 0x03, 0x02]].concat()), "{header:x?}");
            for version in [[0x02, 0x01, 0x00], [0x02, 0x01, 0x01]] {
                assert!(!begins(&[header, &version, &[0x30, 0x05, 0x06, 0x03]].concat()), "{header:x?}");
            }
        }
        assert!(!begins(b"no DER here") && !begins(&[0x30]));
    }

    proptest! {
        #[test]
        fn both_decode_the_same(text in "[A-Za-z0-9+/]{0,40}={0,5}([A-Z]={0,2})?") {
            let bytes = |decoded: Option<Zeroizing<Vec<u8>>>| decoded.map(|bytes| bytes.to_vec());
            prop_assert_eq!(bytes(secret(text.as_bytes())), bytes(public(text.as_bytes())));
        }

        #[test]
        fn what_is_no_base64_is_refused(text in "[A-Za-z0-9+/]{0,20}[-_!*é\u{0}][A-Za-z0-9+/]{0,20}") {
            prop_assert!(secret(text.as_bytes()).is_none() && public(text.as_bytes()).is_none());
        }
    }
}
