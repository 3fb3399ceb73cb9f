//! Text from outside, made safe to show.

use std::fmt::{self, Write as _};
use x509_parser::oid_registry::Oid;

/// The most characters of one foreign text that a message shows.
const SHOWN: usize = 200;

/// Shows foreign text on one line: control characters, line breaks and marks that change the direction or hide are written as
/// `\u{…}`, and what goes past 200 characters is cut, with the cut marked.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shown, c) in self.0.chars().enumerate() {
            if shown == SHOWN {
                return f.write_char('…');
            }
            if Self::is_needed(c) { write!(f, "{}", c.escape_unicode())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

impl Escaped<'_> {
    /// Whether a character is not shown as it is: control characters, and format characters that reorder or hide text (Unicode TR36 section 3.1, "Trojan
    /// Source").
    pub fn is_needed(c: char) -> bool {
        c.is_control()
            || matches!(c,
                '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    }
}

/// The same for text that is kept.
pub(crate) fn escaped(text: String) -> String {
    let is_plain = text.len() <= SHOWN && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain { text } else { Escaped(&text).to_string() }
}

/// A word for a POSIX shell (POSIX.1-2017, Shell Command Language, section 2.2); none where it cannot be shown as it is, or names no file.
pub(crate) fn shell_word(word: &str) -> Option<String> {
    if word.is_empty()
        || word == "standard input"
        || word == "batch line"
        || word.starts_with("env:")
        || Escaped(word).to_string() != word
    {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./,:@%+-".contains(c);
    // A name that begins with a hyphen would be taken for a flag.
    let word = if word.starts_with('-') { format!("./{word}") } else { word.to_owned() };
    Some(if word.chars().all(plain) { word } else { format!("'{}'", word.replace('\'', r"'\''")) })
}

/// The longest OID that is written out, in bytes; those in use stay under 20.
pub(crate) const MAX_OID: usize = 64;

/// An OID in dotted form.
pub(crate) fn oid(oid: &Oid<'_>) -> String {
    dotted(oid.as_bytes())
}

/// The content of an OBJECT IDENTIFIER in dotted form (X.690 section 8.19); how long it is, where an arc is above any in use.
pub(crate) fn dotted(content: &[u8]) -> String {
    arcs(content).unwrap_or_else(|| format!("(an OID of {} bytes)", content.len()))
}

fn arcs(content: &[u8]) -> Option<String> {
    if content.len() > MAX_OID {
        return None;
    }
    let mut out = String::with_capacity(content.len() * 4); // three digits and a point for a byte, in those that are short
    let mut arc = 0_u64;
    for byte in content {
        arc = arc.checked_mul(128)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            // The first number holds two arcs.
            let arc = match (out.is_empty(), std::mem::take(&mut arc)) {
                (false, arc) => arc,
                (true, first) => {
                    put_number(&mut out, (first / 40).min(2));
                    first - (first / 40).min(2) * 40
                }
            };
            out.push('.');
            put_number(&mut out, arc);
        }
    }
    Some(out)
}

/// Appends a number in decimal digits. Objects have dozens of identifiers with half a dozen numbers each, and the formatting of the standard library takes most of the
/// time that reading one takes.
fn put_number(out: &mut String, number: u64) {
    if number >= 10 {
        put_number(out, number / 10);
    }
    out.extend(char::from_digit((number % 10) as u32, 10));
}

/// Bytes as pairs of lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut out = String::with_capacity(bytes.len() * 2);
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    out.extend(halves.filter_map(|half| DIGITS.get(usize::from(half))));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_identifiers_have_their_arcs() {
        for (content, shown) in [
            (&[0x55, 0x1d, 0x13][..], "2.5.29.19"),
            (&[0x88, 0x37, 0x02], "2.999.2"),
            (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d], "1.2.840.113549"),
            (&[0x4f], "1.39"),
            (&[0x50], "2.0"),
            (&[0xff; 12], "(an OID of 12 bytes)"),
            (&[0x2a; MAX_OID], &format!("1.2{}", ".42".repeat(MAX_OID - 1))),
            (&[0x2a; 65], "(an OID of 65 bytes)"),
        ] {
            assert_eq!(dotted(content), shown);
        }
    }

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(Escaped("a\u{1b}[31m\n\u{202e}b").to_string(), "a\\u{1b}[31m\\u{a}\\u{202e}b");
        assert_eq!(Escaped("Müller & Söhne").to_string(), "Müller & Söhne");
        assert_eq!(Escaped(&"x".repeat(SHOWN)).to_string(), "x".repeat(SHOWN));
        assert_eq!(Escaped(&"x".repeat(SHOWN + 1)).to_string(), "x".repeat(SHOWN) + "…");
    }

    #[test]
    fn words_are_quoted_for_the_shell() {
        for (word, shown) in [
            ("client.pem", Some("client.pem")),
            ("my files/client.pem", Some("'my files/client.pem'")),
            ("it's; rm -rf $HOME `x`", Some(r"'it'\''s; rm -rf $HOME `x`'")),
            (r"C:\certs\client.pem", Some(r"'C:\certs\client.pem'")),
            ("-rf", Some("./-rf")),
            ("Müller.pem", Some("'Müller.pem'")),
            ("a\nb", None),
            ("a\u{202e}b", None),
            ("env:KEY", None),
            ("standard input", None),
        ] {
            assert_eq!(shell_word(word).as_deref(), shown);
        }
    }

    #[test]
    fn an_identifier_is_written_out_up_to_the_bound() {
        assert_eq!(dotted(&[0x2a; MAX_OID]).matches('.').count(), MAX_OID);
        assert_eq!(dotted(&[0x2a; MAX_OID + 1]), "(an OID of 65 bytes)");
    }
}
