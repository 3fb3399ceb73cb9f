//! What stands around the text of an input: its encoding, and base64 of the whole.

use super::{boundary, decode, sniff};
use crate::sealed::SealedKind;
use zeroize::Zeroizing;

/// How many layers of base64 are taken off. A secret store adds one, an orchestrator a second; the third is for good measure.
const LAYERS: usize = 3;

/// Base64 of fewer characters holds neither certificate nor key: the shortest in use, of an Ed25519 key, has 64.
const SHORTEST: usize = 40;

/// How a text is encoded, where it is not plain UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8 with a byte order mark.
    Marked,
    Utf16Le,
    Utf16Be,
}

/// The encoding of a text, told by its byte order mark, or by the zeros that UTF-16 has in ASCII text.
pub(super) fn encoding(bytes: &[u8]) -> Option<Encoding> {
    let zeros = |start: usize| bytes.iter().skip(start).step_by(2).take(16).all(|&b| b == 0);
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some(Encoding::Marked),
        [0xff, 0xfe, ..] => Some(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => Some(Encoding::Utf16Be),
        [_, _, _, _, ..] if zeros(1) && !zeros(0) => Some(Encoding::Utf16Le),
        [_, _, _, _, ..] if zeros(0) && !zeros(1) => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// The text in UTF-8, without a byte order mark. What is no character becomes U+FFFD, which no block holds.
pub(super) fn to_utf8(bytes: &[u8], encoding: Encoding) -> Zeroizing<Vec<u8>> {
    let unit = |pair: &[u8; 2]| match encoding {
        Encoding::Utf16Be => u16::from_be_bytes(*pair),
        _ => u16::from_le_bytes(*pair),
    };
    // Three bytes are the most that one unit makes, so the buffer never grows and leaves no copy behind.
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len() / 2 * 3 + 3));
    if encoding == Encoding::Marked {
        text.extend_from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
        return text;
    }
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut encoded = [0; 4];
    for (at, character) in char::decode_utf16(pairs.iter().map(unit)).enumerate() {
        match character.unwrap_or(char::REPLACEMENT_CHARACTER) {
            '\u{feff}' if at == 0 => {}
            character => text.extend_from_slice(character.encode_utf8(&mut encoded).as_bytes()),
        }
    }
    if !odd.is_empty() {
        text.extend_from_slice("\u{fffd}".as_bytes());
    }
    text
}

/// What the whole text is the base64 of, where that is something that is read here, and how often it was encoded.
pub(super) fn inside_base64(text: &[u8]) -> Option<(Zeroizing<Vec<u8>>, usize)> {
    let mut inner = unwrap_base64(text)?;
    for layer in 1..=LAYERS {
        if is_readable(&inner) {
            return Some((inner, layer));
        }
        inner = unwrap_base64(&inner)?;
    }
    None
}

fn unwrap_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = unquoted(text.trim_ascii());
    if text.len() < SHORTEST {
        return None;
    }
    let mut compact = Zeroizing::new(Vec::with_capacity(text.len() + 2));
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=', _) => compact.push(byte),
            // RFC 4648 section 5.
            (b'-', _) => compact.push(b'+'),
            (b'_', _) => compact.push(b'/'),
            // Its lines were wrapped, and the line breaks escaped.
            (b'\\', [b'n' | b'r', after @ ..]) => rest = after,
            (b'\\', [b'\\', ..]) => {}
            _ if byte.is_ascii_whitespace() => {}
            _ => return None,
        }
    }
    if compact.len() % 4 >= 2 {
        let missing = 4 - compact.len() % 4;
        compact.extend(std::iter::repeat_n(b'=', missing));
    }
    decode::decode(compact)
}

/// The text without one pair of quotation marks around it.
pub(super) fn unquoted(text: &[u8]) -> &[u8] {
    match text {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] | [b'`', inner @ .., b'`'] => inner,
        _ => text,
    }
}

/// Whether this is what can be read: PEM, DER, a container.
fn is_readable(bytes: &[u8]) -> bool {
    sniff::container(bytes).is_some()
        || sniff::shape(bytes).is_some()
        || encoding(bytes).is_some()
        || bytes.split(|b| matches!(b, b'\n' | b'\r')).any(|line| !boundary::boundaries(line).is_empty())
}

/// The name of what [`inside_base64`] gave, in a sentence.
pub(super) fn name(inner: &[u8]) -> &'static str {
    match sniff::container(inner) {
        Some(kind) => container_name(&kind),
        None => sniff::shape(inner).map_or("a PEM file", sniff::Shape::name),
    }
}

/// The name of a container or an encrypted key, with its article.
pub(super) fn container_name(kind: &SealedKind) -> &'static str {
    match kind {
        SealedKind::Pkcs12 => "a PKCS#12 container",
        SealedKind::Pkcs7 => "a PKCS#7 container",
        SealedKind::JavaKeyStore => "a Java key store",
        SealedKind::EncryptedPkcs8 | SealedKind::EncryptedPem { .. } => "an encrypted private key",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_told_by_where_its_zeros_are() {
        let bytes = |unit: fn(u16) -> [u8; 2]| "-----BEGIN".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        assert_eq!(encoding(&bytes(u16::to_be_bytes)), Some(Encoding::Utf16Be));
        assert_eq!(encoding(&bytes(u16::to_le_bytes)), Some(Encoding::Utf16Le));
        assert_eq!((encoding(&[0; 8]), encoding(b"-----BEGIN"), encoding(b"\0a")), (None, None, None));
    }

    #[test]
    fn only_the_first_mark_of_byte_order_goes() {
        let bytes: Vec<u8> = "\u{feff}a\u{feff}b".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(to_utf8(&bytes, Encoding::Utf16Le).as_slice(), "a\u{feff}b".as_bytes());
        assert_eq!(to_utf8(&bytes[..bytes.len() - 1], Encoding::Utf16Le).as_slice(), "a\u{feff}\u{fffd}".as_bytes());
    }

    /// Bytes whose base64 has both of the characters that RFC 4648 section 5 writes otherwise, in every length.
    #[test]
    fn base64_is_read_however_it_is_written() {
        for length in 30..34 {
            let bytes: Vec<u8> = [0xfb, 0xff, 0xbf].into_iter().cycle().take(length).collect();
            let text = pem_rfc7468::encode_string("X", pem_rfc7468::LineEnding::LF, &bytes).unwrap();
            let text: String = text.lines().filter(|line| !line.starts_with('-')).collect();
            assert!(text.contains('+') && text.contains('/'), "{text}");
            let halves = text.split_at(20);
            for written in [
                text.clone(),
                text.replace('+', "-").replace('/', "_"),
                text.trim_end_matches('=').to_owned(),
                format!("{}\\n{}\\r", halves.0, halves.1),
                format!("{}\\\\n{}", halves.0, halves.1),
                format!("'{} \n\t{}'", halves.0, halves.1),
            ] {
                assert_eq!(unwrap_base64(written.as_bytes()).as_deref(), Some(&bytes), "{written}");
            }
            assert!(unwrap_base64(format!("{text}!").as_bytes()).is_none());
            assert!(unwrap_base64(format!("{}\\{}", halves.0, halves.1).as_bytes()).is_none());
        }
    }

    #[test]
    fn what_is_shorter_than_any_block_is_not_decoded() {
        assert!(unwrap_base64("QUJD".repeat(10).as_bytes()).is_some());
        assert!(unwrap_base64("QUJD".repeat(9).as_bytes()).is_none());
    }

    #[test]
    fn what_was_inside_has_a_name() {
        assert_eq!(name(&[0x30, 0x82, 1, 1, 0x02, 0x01, 0x03, 0x30]), "a PKCS#12 container");
        assert_eq!(name(b"-----BEGIN CERTIFICATE-----"), "a PEM file");
        let kinds = [SealedKind::Pkcs7, SealedKind::JavaKeyStore, SealedKind::EncryptedPkcs8];
        let names = ["a PKCS#7 container", "a Java key store", "an encrypted private key"];
        assert_eq!(kinds.each_ref().map(container_name), names);
    }
}
