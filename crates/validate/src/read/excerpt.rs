//! Lines of an input as they may be shown: their shape, and nothing of what they hold.

use super::boundary::{self, Kind};
use super::{layers, scan};
use crate::finding::Lines;
use crate::source::Source;
use std::fmt::Write as _;

/// A line of an input. Its text has the BEGIN and END of blocks and the punctuation of what stands around them; `…` stands for every run of letters, digits and what
/// else base64 and passwords are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcerptLine {
    /// Its number, counted from 1.
    pub number: u32,
    /// What may be shown of it.
    pub text: String,
}

/// The most characters of a line: one that lost its line breaks has thousands.
const SHOWN: usize = 100;

/// The first and the last of `lines` in a source; empty where it has no such lines. No content of a block, and no word of the text around one, is in it: it may be a
/// key that was pasted into the wrong place.
pub fn excerpt(source: &Source<'_>, lines: Lines) -> Vec<ExcerptLine> {
    let decoded = layers::encoding(source.bytes).map(|encoding| layers::to_utf8(source.bytes, encoding));
    let text = decoded.as_ref().map_or(source.bytes, |decoded| decoded.as_slice());
    let wanted = |number: u32| number == lines.first || number == lines.last;
    let numbered = (1_u32..).zip(scan::lines(text)).take_while(|(number, _)| *number <= lines.last);
    numbered.filter(|(number, _)| wanted(*number)).map(|(number, line)| ExcerptLine { number, text: masked(line.bytes) }).collect()
}

fn masked(line: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = 0;
    for boundary in boundary::boundaries(line) {
        mask(line.get(rest..boundary.start).unwrap_or_default(), &mut out);
        // As it should be spelt: how it is spelt is in the message, and its dashes are foreign text.
        let word = if boundary.kind == Kind::Begin { "BEGIN" } else { "END" };
        let _ = write!(out, "-----{word} {}-----", boundary.label); // writing to a String does not fail
        rest = boundary.end;
        if out.chars().count() > SHOWN {
            break;
        }
    }
    mask(line.get(rest..).unwrap_or_default(), &mut out);
    // The lines of a block whose line breaks are written out.
    while let Some(at) = out.find("\\n…\\n…") {
        out.replace_range(at.."\\n…".len() + at, "");
    }
    out.truncate(out.trim_end().len());
    match out.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", out.get(..cut).unwrap_or_default().trim_end_matches('…')),
        None => out,
    }
}

/// Writes `…` for what is not shown. Line breaks that are written out (`\n`) and the marks of JSON, YAML and quotations are.
fn mask(bytes: &[u8], out: &mut String) {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if out.len() > 4 * SHOWN {
            return;
        }
        at += 1;
        match byte {
            b'\\' => {
                out.push('\\');
                if let Some(&escaped @ (b'n' | b'r' | b't')) = bytes.get(at) {
                    out.push(char::from(escaped));
                    at += 1;
                }
            }
            b' ' | b'\t' => out.push(' '),
            b'"' | b'\'' | b'`' | b'{' | b'}' | b'[' | b']' | b':' | b',' | b'>' | b'<' | b'|' | b'*' => out.push(char::from(byte)),
            _ if out.ends_with('…') => {}
            _ => out.push('…'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Role;
    use proptest::prelude::*;

    fn shown(text: &str, first: u32, last: u32) -> Vec<String> {
        let source = Source::new(Role::Key, "key", text.as_bytes());
        excerpt(&source, Lines { first, last }).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn shape_is_shown_and_content_is_not() {
        let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
        assert_eq!(shown(key, 1, 3), ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"]);
        assert_eq!(shown(key, 2, 2), ["…"]);
        assert_eq!(
            shown("key: \"-----BEGIN EC PRIVATE KEY-----\\nMHcCAQ\\nabc=\\n\"", 1, 1),
            ["…: \"-----BEGIN EC PRIVATE KEY-----\\n…\\n\""]
        );
        assert_eq!(shown("MIIB*xyz", 1, 1), ["…*…"]);
        assert_eq!(shown("one line", 2, 3), Vec::<String>::new());
    }

    proptest! {
        /// Whatever stands in a line that is no BEGIN or END, no letter or digit of it is shown but those of escaped line breaks.
        #[test]
        fn no_letter_gets_through(text in "[ -,.-~é\u{202e}\u{1b}]{0,300}") {
            let source = Source::new(Role::Key, "key", text.as_bytes());
            for line in excerpt(&source, Lines { first: 1, last: 1 }) {
                let left = line.text.replace("\\n", "").replace("\\r", "").replace("\\t", "");
                prop_assert!(!left.contains(|c: char| c.is_alphanumeric() || c.is_control()), "{left}");
                prop_assert!(line.text.chars().count() <= SHOWN + 1);
            }
        }
    }

    #[test]
    fn a_long_line_is_shown_up_to_the_bound() {
        let block = "-----BEGIN PRIVATE KEY-----\\nMC4CAQAw\\n-----END PRIVATE KEY-----";
        assert_eq!(shown(block, 1, 1), [block.replace("MC4CAQAw", "…")]);
        let marks = &shown(&"a:".repeat(200), 1, 1)[0];
        assert_eq!((marks.chars().count(), marks.starts_with("…:…:…:")), (SHOWN + 1, true), "{marks}");
    }

    /// What is not looked at any more shows where what came before it is drawn together.
    #[test]
    fn a_line_is_looked_at_up_to_the_bound() {
        let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
        let block = format!("{begin}{}\\n{end}\\n", "\\nAAAA".repeat(20));
        assert_eq!(shown(&block.repeat(2), 1, 1), [format!("{begin}\\n…\\n{end}\\n… …\\n… …\\n")]);
        // A hundred characters with the END, and more than that.
        let line = |marks: usize| format!("{}\\nAA\\nAA{begin}{end}:{begin}", ":".repeat(marks));
        assert!(shown(&line(42), 1, 1)[0].ends_with(&format!("{end}:--…")), "{:?}", shown(&line(42), 1, 1));
        assert!(shown(&line(43), 1, 1)[0].ends_with(&format!("{end}:…")), "{:?}", shown(&line(43), 1, 1));
        // Four hundred bytes, and more than that.
        let lines = |count: usize| format!("{}:", "\\nAA".repeat(count));
        assert_eq!(shown(&lines(80), 1, 1), ["\\n…:"]);
        assert_eq!(shown(&lines(81), 1, 1), ["\\n…\\n"]);
        assert_eq!(shown(&lines(200), 1, 1), ["\\n…\\n"]);
    }
}
