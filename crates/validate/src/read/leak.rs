//! Is there a private key in this text, in whatever disguise?
//!
//! Asked before certificates go out unchecked. What is checked needs no such search: there, only certificates that were read go out.

use super::sniff::{self, Shape};
use super::{decode, der};
use zeroize::Zeroizing;

/// How many layers of base64 are opened. A secret store adds one, an orchestrator a second; the third is for good measure.
const LAYERS: usize = 3;

/// Base64 shorter than this holds no private key: the shortest in use, Ed25519 in PKCS#8, has 64 characters.
const SHORTEST_KEY: usize = 40;

/// Whether `bytes` hold a private key: as PEM with any label, as the base64 or DER of one, with broken or escaped line breaks, in UTF-16,
/// or as a PKCS#12 container.
pub(crate) fn holds_private_key(bytes: &[u8]) -> bool {
    search(bytes, LAYERS)
}

fn search(bytes: &[u8], layers: usize) -> bool {
    if der_holds_key(bytes) {
        return true;
    }
    let text = plain(bytes);
    if names_private_key(&text) {
        return true;
    }
    if layers == 0 {
        return false;
    }
    runs(&text).any(|run| {
        // The tail that does not fill four characters cannot change what the beginning is.
        let whole = run.get(..run.len() / 4 * 4).unwrap_or_default();
        decode::decode(whole).is_some_and(|inner| search(&inner, layers - 1))
    })
}

/// A sequence of DER structures with a key, or a container that can hold one, among them.
fn der_holds_key(mut bytes: &[u8]) -> bool {
    while let Ok((tlv, rest)) = der::first(bytes) {
        if sniff::shape(tlv.whole).is_some_and(|shape| shape.is_private_key() || shape == Shape::Pkcs12) {
            return true;
        }
        bytes = rest;
    }
    false
}

/// The text with NUL bytes (UTF-16) taken out, and escaped line breaks as line breaks.
fn plain(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut rest = bytes.iter().copied().filter(|&b| b != 0).peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
        } else if rest.next_if(|next| matches!(next, b'n' | b'r' | b't')).is_some() {
            out.push(b'\n'); // otherwise it is one of several backslashes
        }
    }
    out
}

/// “private key” in words, as a label has it. The extension Private Key Usage Period is none.
fn names_private_key(text: &[u8]) -> bool {
    const PRIVATE: &[u8] = b"private";
    text.windows(PRIVATE.len()).enumerate().filter(|(_, word)| word.eq_ignore_ascii_case(PRIVATE)).any(|(at, _)| {
        let after = text.get(at + PRIVATE.len()..).unwrap_or_default();
        let gap = after.iter().take(4).take_while(|b| b.is_ascii_whitespace() || matches!(b, b'_' | b'-')).count();
        let rest = after.get(gap..).unwrap_or_default();
        let follows = |word: &[u8]| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        follows(b"key") && !follows(b"key usage") && !rest.get(3).is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// The runs of base64 in a text, white space taken out; one that begins inside another included, so that words before it hide nothing.
fn runs(text: &[u8]) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    let in_alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    text.split(move |b| !in_alphabet(b) && !b.is_ascii_whitespace()).flat_map(move |piece| {
        let mut words = piece.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        // A key that is wrapped has lines of one length; start where the words become that long.
        let mut runs = Vec::new();
        let mut whole = Zeroizing::new(Vec::with_capacity(piece.len()));
        let mut wrapped = Zeroizing::new(Vec::with_capacity(piece.len()));
        for word in words.by_ref() {
            whole.extend_from_slice(word);
            if word.len() >= 16 || !wrapped.is_empty() {
                wrapped.extend_from_slice(word);
            }
        }
        for run in [whole, wrapped] {
            if run.len() >= SHORTEST_KEY {
                runs.push(run);
            }
        }
        runs
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The PKCS#8 of an Ed25519 key that exists only here (RFC 8410 section 10.3).
    const KEY: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";

    fn wrapped(width: usize) -> String {
        KEY.as_bytes().chunks(width).map(|line| format!("{}\n", str::from_utf8(line).unwrap())).collect()
    }

    #[test]
    fn finds_a_key_in_every_disguise() {
        let der = decode::decode(KEY.as_bytes()).unwrap().to_vec();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----\n");
        let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let pem_base64 = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1DNENBUUF3";
        for hidden in [
            pem.as_bytes(),
            utf16.as_slice(),
            der.as_slice(),
            KEY.as_bytes(),
            pem_base64.as_bytes(),
            pem.replace('\n', "\\n").as_bytes(),
            pem.replace('\n', "\\\\n").as_bytes(),
            pem.replace('\n', " ").as_bytes(),
            pem.to_lowercase().as_bytes(),
            pem.replace("PRIVATE KEY", "CERTIFICATE").as_bytes(),
            pem.replace("PRIVATE KEY", "CERTIFICATE").replace('\n', "\\n").as_bytes(),
            format!("the other thing\n{}", wrapped(20)).as_bytes(),
            format!("{{\"tls\": \"{KEY}\"}}").as_bytes(),
        ] {
            assert!(holds_private_key(hidden), "{:?}", String::from_utf8_lossy(hidden));
        }
    }

    #[test]
    fn certificates_and_prose_hold_none() {
        let prose = "X509v3 Private Key Usage Period: not before 2024\nthe key was private, keys are not here\n";
        assert!(!holds_private_key(prose.as_bytes()));
        assert!(!holds_private_key(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
        assert!(!holds_private_key(b""));
    }
}
