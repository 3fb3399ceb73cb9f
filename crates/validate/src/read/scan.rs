//! PEM framing (RFC 7468): lines, boundaries, labels. Nothing is decoded here, and no content of a line reaches a message.

use super::Place;
use crate::code::Code;
use crate::finding::{Finding, Lines};
use crate::text::Escaped;
use zeroize::Zeroizing;

/// One framed block.
pub(super) struct Framed<'a> {
    pub(super) label: &'a str,
    /// The base64 text, white space taken out.
    pub(super) base64: Zeroizing<Vec<u8>>,
    pub(super) lines: Lines,
    /// The block has a `Proc-Type: 4,ENCRYPTED` header (RFC 1421 section 4.6.1.1).
    pub(super) encrypted: bool,
}

/// The longest label that is one, and the longest word in it. In use are 24 and 11 characters at most.
const MAX_LABEL: usize = 64;
const MAX_LABEL_WORD: usize = 16;

#[derive(Clone, Copy)]
enum Boundary<'a> {
    Begin(&'a str),
    End(&'a str),
    /// END of one block and BEGIN of the next on one line.
    Glued(&'a str, &'a str),
    /// There is a boundary in the line, but not alone.
    Mangled,
}

struct Open<'a> {
    label: &'a str,
    first: u32,
    base64: Zeroizing<Vec<u8>>,
    encrypted: bool,
    bad_line: Option<u32>,
}

/// Splits an input into its blocks and reports what is wrong with their framing. Linear in the input.
pub(super) fn scan<'a>(bytes: &'a [u8], place: &Place, findings: &mut Vec<Finding>) -> Vec<Framed<'a>> {
    let mut scanner = Scanner { place, findings, blocks: Vec::new(), open: None, stray: None, indented: None, glued: None };
    let mut last = 0;
    for (number, line) in (1_u32..).zip(lines(bytes)) {
        last = number;
        scanner.line(number, line);
    }
    scanner.finish(last)
}

struct Scanner<'a, 'f> {
    place: &'f Place,
    findings: &'f mut Vec<Finding>,
    blocks: Vec<Framed<'a>>,
    open: Option<Open<'a>>,
    stray: Option<Lines>,
    indented: Option<Lines>,
    glued: Option<Lines>,
}

impl<'a> Scanner<'a, '_> {
    fn line(&mut self, number: u32, line: &'a [u8]) {
        let text = line.trim_ascii();
        let found = boundary(text);
        if !text.is_empty() && line.first().is_some_and(u8::is_ascii_whitespace) && (found.is_some() || self.open.is_some()) {
            widen(&mut self.indented, number);
        }
        match found {
            Some(Boundary::Begin(label)) => self.begin(label, number),
            Some(Boundary::End(label)) => self.end(label, number),
            Some(Boundary::Glued(ended, begun)) => {
                widen(&mut self.glued, number);
                self.end(ended, number);
                self.begin(begun, number);
            }
            Some(Boundary::Mangled) => {
                self.open = None;
                let finding = mangled(text, number, self.place);
                self.findings.push(finding);
            }
            None => match &mut self.open {
                Some(open) => open.body(text, number),
                None if text.is_empty() => {}
                None => widen(&mut self.stray, number),
            },
        }
    }

    fn begin(&mut self, label: &'a str, number: u32) {
        self.unterminated(number.saturating_sub(1));
        self.open = Some(Open { label, first: number, base64: Zeroizing::default(), encrypted: false, bad_line: None });
    }

    fn end(&mut self, label: &'a str, number: u32) {
        let Some(open) = self.open.take() else {
            let lines = Lines { first: number, last: number };
            self.push(
                Code::PemUnterminated,
                lines,
                "this END line has no BEGIN line before it",
                "copy the block again, whole, from its source",
            );
            return;
        };
        let lines = Lines { first: open.first, last: number };
        if open.label != label {
            let message = format!(
                "the block begins as “{}” and ends as “{}”, so lines of two blocks are mixed or one of the two was edited",
                Escaped(open.label),
                Escaped(label)
            );
            self.push(Code::PemLabelMismatch, lines, &message, "copy the block again, whole, from its source");
        } else if let Some(bad) = open.bad_line {
            let lines = Lines { first: bad, last: bad };
            let message = "this line has characters that base64 does not have";
            self.push(
                Code::PemBadBase64,
                lines,
                message,
                "copy the block again from its source; an editor or mailer may have changed it",
            );
        } else {
            self.blocks.push(Framed { label: open.label, base64: open.base64, lines, encrypted: open.encrypted });
        }
    }

    fn unterminated(&mut self, last: u32) {
        if let Some(open) = self.open.take() {
            let lines = Lines { first: open.first, last: last.max(open.first) };
            let message = format!("the block “{}” has no END line: it was cut short", Escaped(open.label));
            self.push(Code::PemUnterminated, lines, &message, "copy the block again, from its BEGIN line to its END line");
        }
    }

    fn push(&mut self, code: Code, lines: Lines, message: &str, help: &str) {
        self.findings.push(Finding::new(code, self.place.lines(lines), message).help(help));
    }

    fn finish(mut self, last: u32) -> Vec<Framed<'a>> {
        self.unterminated(last);
        if let Some(lines) = self.indented {
            let message = "the PEM lines are indented, which strict readers refuse; the indentation is left out";
            self.push(Code::PemIndented, lines, message, "sed -i 's/^[[:space:]]*//' FILE");
        }
        if let Some(lines) = self.glued {
            let message = "an END line and the next BEGIN line stand on one line, which most readers refuse; they are split";
            self.push(
                Code::PemGluedBoundaries,
                lines,
                message,
                "put a line break between the two; files joined with cat each need one at their end",
            );
        }
        if let (Some(lines), false) = (self.stray, self.blocks.is_empty()) {
            let message = "there is text outside the PEM blocks; it is left out";
            self.findings.push(Finding::new(Code::PemStrayText, self.place.lines(lines), message));
        }
        self.blocks
    }
}

impl Open<'_> {
    fn body(&mut self, text: &[u8], number: u32) {
        // RFC 1421 headers stand before the base64 text; a colon is not in its alphabet.
        if text.contains(&b':') && self.base64.is_empty() {
            self.encrypted |= text.starts_with(b"Proc-Type:") && text.ends_with(b"ENCRYPTED");
            return;
        }
        // Wiping covers the last allocation only, so the first is already large enough for most keys.
        if self.base64.capacity() == 0 {
            self.base64.reserve(4096);
        }
        for &byte in text {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => push_wiping(&mut self.base64, byte),
                b' ' | b'\t' => {}
                _ => self.bad_line = self.bad_line.or(Some(number)),
            }
        }
    }
}

/// Pushes without leaving an unwiped copy behind when the buffer grows.
fn push_wiping(buffer: &mut Zeroizing<Vec<u8>>, byte: u8) {
    if buffer.len() == buffer.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(buffer.capacity().saturating_mul(2).max(4096)));
        larger.extend_from_slice(buffer);
        *buffer = larger; // the old one is wiped as it drops
    }
    buffer.push(byte);
}

fn widen(lines: &mut Option<Lines>, number: u32) {
    lines.get_or_insert(Lines { first: number, last: number }).last = number;
}

/// The boundary in a trimmed line, if there is one.
fn boundary(line: &[u8]) -> Option<Boundary<'_>> {
    if !contains(line, b"-----BEGIN ") && !contains(line, b"-----END ") {
        return None;
    }
    let text = str::from_utf8(line).ok();
    let exact = |text: &'_ str, start: &str| -> Option<(usize, usize)> {
        let label = text.strip_prefix(start)?;
        let length = label.find("-----")?;
        is_label(label.get(..length)?).then_some((start.len(), start.len() + length))
    };
    let found = text.and_then(|text| {
        if let Some((from, to)) = exact(text, "-----BEGIN ") {
            return (text.get(to..)? == "-----").then_some(Boundary::Begin(text.get(from..to)?));
        }
        let (from, to) = exact(text, "-----END ")?;
        let ended = text.get(from..to)?;
        match text.get(to + "-----".len()..)? {
            "" => Some(Boundary::End(ended)),
            rest => {
                let (from, to) = exact(rest, "-----BEGIN ")?;
                (rest.get(to..)? == "-----").then_some(Boundary::Glued(ended, rest.get(from..to)?))
            }
        }
    });
    Some(found.unwrap_or(Boundary::Mangled))
}

/// Labels are shown in messages, so what is one is drawn narrowly: capitals, digits and marks in short words, as in `X509 CRL` and
/// `PKCS #7 SIGNED DATA`. What a broken line has pulled in from a key is none.
fn is_label(text: &str) -> bool {
    text.len() <= MAX_LABEL
        && text.split(' ').all(|word| (1..=MAX_LABEL_WORD).contains(&word.len()))
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b" #-.".contains(&b))
}

/// A line with a boundary that is not alone on it.
fn mangled(line: &[u8], number: u32, place: &Place) -> Finding {
    let at = place.lines(Lines { first: number, last: number });
    if contains(line, b"\\n") || contains(line, b"\\r") {
        let message = "the line breaks are written as backslash and n, as in an environment variable or a JSON string";
        return Finding::new(Code::PemEscapedNewlines, at, message)
            .raised()
            .help(r#"perl -pe 's/(\\+r)?\\+n/\n/g; s/^"|"$//g' FILE > mended.pem"#);
    }
    if contains(line, b"-----BEGIN ") && contains(line, b"-----END ") || boundary_and_base64(line) {
        let message = "the line breaks are lost: the block, or part of it, stands on one line";
        return Finding::new(Code::PemNewlinesLost, at, message)
            .raised()
            .help("copy the file itself instead of passing it through a one-line field");
    }
    let message = "there is a BEGIN or END in this line, but other characters stand around it, so no reader finds the block";
    Finding::new(Code::PemNotFound, at, message).help("leave -----BEGIN …----- and -----END …----- alone on their lines")
}

/// A boundary with a run of base64 directly beside it.
fn boundary_and_base64(line: &[u8]) -> bool {
    line.rsplit(|&b| b == b'-' || b == b' ')
        .any(|word| word.len() >= 40 && word.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)))
}

pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The lines of a text, whichever of LF, CR LF and CR ends them.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let Some(end) = bytes.iter().position(|&b| b == b'\n' || b == b'\r') else {
            rest = None;
            return (!bytes.is_empty()).then_some(bytes);
        };
        let (line, after) = bytes.split_at(end);
        let skip = if after.starts_with(b"\r\n") { 2 } else { 1 };
        rest = after.get(skip..);
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_words_and_not_what_a_broken_line_pulled_in() {
        for label in ["CERTIFICATE", "X509 CRL", "PKCS #7 SIGNED DATA", "OPENSSH PRIVATE KEY", "NEW CERTIFICATE REQUEST"] {
            assert!(is_label(label), "{label}");
        }
        for other in ["", " ", "Certificate", "A  B", "MIIEVQIBADANBGKQHKIG", "PRIVATE KEY MIIEvQIBADANBgkq"] {
            assert!(!is_label(other), "{other}");
        }
    }

    #[test]
    fn lines_end_in_any_of_three_ways() {
        let of = |text: &'static str| lines(text.as_bytes()).map(|line| str::from_utf8(line).unwrap()).collect::<Vec<_>>();
        assert_eq!(of("a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(of("a\n\r\n\rb\n"), ["a", "", "", "b"]);
        assert_eq!(of(""), [""; 0]);
    }
}
