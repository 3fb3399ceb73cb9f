//! The text between BEGIN and END: headers (RFC 1421 section 4.6), then base64, with what line-wise tools leave in it.

use zeroize::Zeroizing;

/// The body of a block as far as it was read.
#[derive(Default)]
pub(super) struct Body {
    base64: Zeroizing<Vec<u8>>,
    encrypted: bool,
    dek_info: String,
}

/// What a piece of a body showed.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Characters that are neither base64 nor white space nor an escape of these.
    pub(super) foreign: bool,
    /// Line breaks or slashes written with a backslash.
    pub(super) escaped: bool,
    /// White space between characters.
    pub(super) spaced: bool,
}

/// How many hexadecimal digits the initialization vector of a cipher has, told by how its name begins. Where line breaks are lost, nothing else
/// ends it.
const VECTORS: [(&[u8], usize); 3] = [(b"AES-", 32), (b"CAMELLIA-", 32), (b"DES-", 16)];

/// The longest name of a cipher; the longest in use, CAMELLIA-256-CBC, has 16 characters.
const MAX_CIPHER: usize = 24;

/// The most room that a body has at first; it grows where more of it is taken.
const ROOM: usize = 4096;

impl Body {
    /// A body of a text of which so many bytes are left: a buffer of the right size is not copied, and no more is wiped than was used.
    pub(super) fn new(left: usize) -> Self {
        Body { base64: Zeroizing::new(Vec::with_capacity(left.min(ROOM))), ..Body::default() }
    }

    /// No base64 yet.
    pub(super) fn is_empty(&self) -> bool {
        self.base64.is_empty()
    }

    /// The base64 text; the value of `DEK-Info` where the headers say that the block is encrypted.
    pub(super) fn into_parts(self) -> (Zeroizing<Vec<u8>>, Option<String>) {
        (self.base64, self.encrypted.then_some(self.dek_info))
    }

    /// Takes a line that is nothing but base64, as nearly every one is; whether it is one.
    pub(super) fn push_plain(&mut self, line: &[u8]) -> bool {
        // Every byte is looked at, so that it is done for many at once.
        let is_plain = !line.is_empty() & line.iter().fold(true, |all, byte| all & is_base64(*byte));
        if is_plain {
            append_wiping(&mut self.base64, line);
        }
        is_plain
    }

    /// Takes one line, or part of one.
    pub(super) fn push(&mut self, text: &[u8]) -> Seen {
        let mut seen = Seen::default();
        let mut rest = text;
        if self.base64.is_empty() {
            rest = self.headers(rest, &mut seen);
        }
        let before = self.base64.len();
        let mut gap = false;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            let character = match byte {
                b'\\' => {
                    seen.escaped = true;
                    unescape(&mut rest).unwrap_or(b'\\')
                }
                other => other,
            };
            match character {
                _ if is_base64(character) => {
                    seen.spaced |= gap;
                    append_wiping(&mut self.base64, &[character]);
                }
                b' ' | b'\t' | b'\r' | b'\n' => gap |= byte != b'\\' && self.base64.len() > before,
                _ => seen.foreign = true,
            }
        }
        seen
    }

    /// Takes the headers that `text` begins with; what follows them. A colon is not in base64, so a line that has another one is a header too.
    fn headers<'t>(&mut self, text: &'t [u8], seen: &mut Seen) -> &'t [u8] {
        const PROC_TYPE: &[u8] = b"Proc-Type: 4,ENCRYPTED";
        const DEK_INFO: &[u8] = b"DEK-Info: ";
        let mut rest = text;
        loop {
            rest = rest.trim_ascii_start();
            if let Some(after) = escaped_break(rest) {
                seen.escaped = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix(PROC_TYPE) {
                self.encrypted = true;
                rest = after;
            } else if let Some(after) = rest.strip_prefix(DEK_INFO) {
                let length = dek_info(after);
                let (value, after) = after.split_at_checked(length).unwrap_or((after, &[]));
                self.dek_info = String::from_utf8_lossy(value).into_owned();
                rest = after;
            } else if rest.contains(&b':') {
                return &[];
            } else {
                return rest;
            }
        }
    }
}

/// How long the value of a `DEK-Info` header is: a cipher's name, a comma, the initialization vector in hexadecimal.
fn dek_info(text: &[u8]) -> usize {
    let name = text.iter().take(MAX_CIPHER).take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    if text.get(name) != Some(&b',') {
        return name;
    }
    let limit = VECTORS.iter().find(|(start, _)| text.starts_with(start)).map_or(64, |(_, digits)| *digits);
    let digits = text.iter().skip(name + 1).take(limit).take_while(|b| b.is_ascii_hexdigit()).count();
    name + 1 + digits
}

/// What follows a line break written with one or more backslashes, that `text` begins with.
fn escaped_break(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.strip_prefix(b"\\")?;
    match unescape(&mut rest) {
        Some(b'\n' | b'\r' | b'\t' | b' ') => Some(rest),
        _ => None,
    }
}

/// The character that is written after a backslash, which any number of backslashes may follow where it was escaped more than once.
fn unescape(rest: &mut &[u8]) -> Option<u8> {
    while let [b'\\', after @ ..] = *rest {
        *rest = after;
    }
    let (character, after) = match *rest {
        // A backslash at the end of a line goes on with the next.
        [] => (b'\n', &[][..]),
        [b'n', after @ ..] => (b'\n', after),
        [b'r', after @ ..] => (b'\r', after),
        [b't', after @ ..] => (b'\t', after),
        [b'/', after @ ..] => (b'/', after),
        [b'u', b'0', b'0', high, low, after @ ..] => {
            let digit = |byte: &u8| char::from(*byte).to_digit(16);
            (u8::try_from(digit(high)? << 4 | digit(low)?).ok()?, after)
        }
        _ => return None,
    };
    *rest = after;
    Some(character)
}

/// The alphabet of RFC 4648 section 4, and its padding.
fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | (byte == b'+') | (byte == b'/') | (byte == b'=')
}

/// Appends without leaving an unwiped copy behind when the buffer grows.
fn append_wiping(buffer: &mut Zeroizing<Vec<u8>>, bytes: &[u8]) {
    let length = buffer.len().saturating_add(bytes.len());
    if length > buffer.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(length.max(buffer.capacity().saturating_mul(2))));
        larger.extend_from_slice(buffer);
        *buffer = larger; // the old one is wiped as it drops
    }
    buffer.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> (String, Option<String>, Seen) {
        let mut body = Body::default();
        let mut all = Seen::default();
        for line in lines {
            let seen = body.push(line.as_bytes());
            all = Seen {
                foreign: all.foreign || seen.foreign,
                escaped: all.escaped || seen.escaped,
                spaced: all.spaced || seen.spaced,
            };
        }
        let (base64, encrypted) = body.into_parts();
        (String::from_utf8(base64.to_vec()).unwrap(), encrypted, all)
    }

    #[test]
    fn headers_are_read_with_and_without_line_breaks() {
        let vector = "0123456789ABCDEF0123456789ABCDEF";
        let dek = format!("DEK-Info: AES-256-CBC,{vector}");
        for lines in [
            vec!["Proc-Type: 4,ENCRYPTED", &dek, "", "AAAA"],
            vec![format!("Proc-Type: 4,ENCRYPTED {dek} AAAA").as_str()],
            vec![format!("Proc-Type: 4,ENCRYPTED{dek}AAAA").as_str()],
            vec![format!("\\nProc-Type: 4,ENCRYPTED\\n{dek}\\n\\nAAAA\\n").as_str()],
        ] {
            let (base64, encrypted, seen) = read(&lines);
            assert_eq!((base64.as_str(), encrypted.as_deref()), ("AAAA", Some(&dek[10..])), "{lines:?}");
            assert!(!seen.foreign);
        }
        assert_eq!(read(&["Comment: none", "", "AAAA"]).0, "AAAA");
    }

    #[test]
    fn escapes_stand_for_what_they_stand_for() {
        for text in ["AA\\nBB", "AA\\\\nBB", "AA\\r\\nBB", "AA\\tBB", "AA\\\\r\\\\nBB\\", "AA\\u000aBB"] {
            let (base64, _, seen) = read(&[text]);
            assert_eq!((base64.as_str(), seen.foreign, seen.escaped, seen.spaced), ("AABB", false, true, false), "{text}");
        }
        assert_eq!(read(&["A\\/\\u002B\\u003d"]).0, "A/+=");
        assert!(read(&["AA\\xBB"]).2.foreign && read(&["AA\\u00zzBB"]).2.foreign && read(&["AA\"BB"]).2.foreign);
    }

    #[test]
    fn spaces_inside_are_noticed() {
        assert!(read(&["AA BB"]).2.spaced);
        assert!(!read(&[" AABB ", "\tCC"]).2.spaced);
    }
}
