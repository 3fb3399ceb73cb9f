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
            if is_unsafe_to_show(c) { write!(f, "{}", c.escape_unicode())? } else { f.write_char(c)? }
        }
        Ok(())
    }
}

/// Control characters, and format characters that reorder or hide text (Unicode TR36 section 3.1, "Trojan Source").
fn is_unsafe_to_show(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The longest OID that is written out, in bytes; those in use stay under 20.
const MAX_OID: usize = 64;

/// An OID in dotted form.
pub(crate) fn oid(oid: &Oid<'_>) -> String {
    match oid.as_bytes().len() {
        0..=MAX_OID => oid.to_id_string(),
        length => format!("(an OID of {length} bytes)"),
    }
}

/// Bytes as pairs of lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}"); // writing to a String does not fail
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(Escaped("a\u{1b}[31m\n\u{202e}b").to_string(), "a\\u{1b}[31m\\u{a}\\u{202e}b");
        assert_eq!(Escaped("Müller & Söhne").to_string(), "Müller & Söhne");
        assert_eq!(Escaped(&"x".repeat(300)).to_string().chars().count(), 201);
    }
}
