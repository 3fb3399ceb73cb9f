//! PEM framing (RFC 7468): lines and blocks, and the repair of what happens to them on their way. Nothing is decoded here, and no content of a
//! line reaches a message.

use super::Place;
use super::body::Body;
use super::boundary::{Boundary, Kind, boundaries, has_dashes};
use super::findings::Findings;
use super::wrapper::{self, Wrapper};
use crate::code::Code;
use crate::finding::{Finding, Lines};
use crate::source::MAX_BLOCKS;
use crate::text::Escaped;
use memchr::arch::all::memchr::Two;
use zeroize::Zeroizing;

/// One framed block.
pub(super) struct Framed<'a> {
    pub(super) label: &'a str,
    /// The base64 text, white space taken out.
    pub(super) base64: Zeroizing<Vec<u8>>,
    pub(super) lines: Lines,
    /// The block has a `Proc-Type: 4,ENCRYPTED` header (RFC 1421 section 4.6.1.1); the value of its `DEK-Info`.
    pub(super) encrypted: Option<String>,
    /// Body and boundary stood on one line, and no escape showed where the line breaks were.
    pub(super) joined: bool,
}

impl Framed<'_> {
    /// Each line break may have become the letter n.
    pub(super) fn letters_for_breaks(&self) -> bool {
        self.joined && self.base64.first() == Some(&b'n') && self.base64.last() == Some(&b'n')
    }
}

/// Splits an input into its blocks and reports what is wrong with their framing and what was mended. Linear in the input.
pub(super) fn scan<'a>(bytes: &'a [u8], place: &Place, findings: &mut Findings) -> Vec<Framed<'a>> {
    let mut scanner =
        Scanner { place, findings, blocks: Vec::new(), open: None, mended: Mended::default(), above: None, left: bytes.len() };
    let mut last = 0;
    for (number, line) in (1_u32..).zip(lines(bytes)) {
        last = number;
        scanner.left -= line.bytes.len(); // lines are parts of the text, none of them twice
        scanner.line(number, line);
    }
    scanner.finish(last)
}

/// A line, and whether a carriage return alone ended it.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    bare_return: bool,
}

struct Open<'a> {
    label: &'a str,
    first: u32,
    body: Body,
    bad_line: Option<u32>,
    joined: bool,
}

/// Where what was mended.
#[derive(Default)]
struct Mended {
    blank: Option<Lines>,
    escaped: Option<Lines>,
    glued: Option<Lines>,
    indented: Option<Lines>,
    joined: Option<Lines>,
    quoted: Option<Lines>,
    returns: Option<Lines>,
    spelling: Option<Lines>,
    stray: Option<Lines>,
    wrapped: Option<(Wrapper, Lines)>,
}

struct Scanner<'a, 'f> {
    place: &'f Place,
    findings: &'f mut Findings,
    blocks: Vec<Framed<'a>>,
    open: Option<Open<'a>>,
    mended: Mended,
    /// The line above was of a data format and says that its value follows.
    above: Option<Wrapper>,
    /// How many bytes of the text are left, line breaks that are past among them.
    left: usize,
}

impl<'a> Scanner<'a, '_> {
    fn line(&mut self, number: u32, line: Line<'a>) {
        if let Some(open) = &mut self.open
            && !line.bare_return
            && open.body.push_plain(line.bytes)
        {
            return;
        }
        let text = line.bytes.trim_ascii();
        let dashes = has_dashes(text);
        let found = if dashes { boundaries(text) } else { Vec::new() };
        if !found.is_empty() || (self.open.is_some() && !text.is_empty()) {
            if line.bytes.first().is_some_and(u8::is_ascii_whitespace) {
                widen(&mut self.mended.indented, number);
            }
            if line.bare_return {
                widen(&mut self.mended.returns, number);
            }
        }
        if !found.is_empty() {
            self.boundaries(text, &found, number);
        } else if dashes && is_mangled(text) {
            self.open = None;
            self.push(
                Code::PemNotFound,
                Lines { first: number, last: number },
                "there is a BEGIN or END in this line that is not whole, so no reader finds the block",
                "leave -----BEGIN …----- and -----END …----- alone on their lines, or copy the block again from its source",
            );
        } else if self.open.is_some() {
            self.body(text, number);
        } else if !text.is_empty() {
            widen(&mut self.mended.stray, number);
            self.above = wrapper::block_follows(text);
        }
    }

    /// A line with boundaries: whatever stands before, between and after them is looked at as if it stood on a line of its own.
    fn boundaries(&mut self, text: &'a [u8], found: &[Boundary<'a>], number: u32) {
        let mut from = 0;
        let mut escaped = false;
        let mut joined = false;
        let mut glued = false;
        let mut ended = false;
        for boundary in found {
            let piece = text.get(from..boundary.start).unwrap_or_default();
            let (piece, was_escaped) = wrapper::without_escapes(piece);
            escaped |= was_escaped;
            if self.open.is_some() {
                if !piece.is_empty() {
                    joined = true;
                    escaped |= self.body(piece, number);
                }
            } else if boundary.kind == Kind::Begin {
                glued |= ended && piece.is_empty();
                self.before(piece, number, ended);
            }
            if !boundary.exact {
                widen(&mut self.mended.spelling, number);
            }
            match boundary.kind {
                Kind::Begin => self.begin(boundary.label, number),
                Kind::End => self.end(boundary.label, number, joined && !escaped),
            }
            ended = boundary.kind == Kind::End;
            from = boundary.end;
        }
        let (rest, was_escaped) = wrapper::without_escapes(text.get(from..).unwrap_or_default());
        escaped |= was_escaped;
        match &mut self.open {
            Some(open) if !rest.is_empty() => {
                open.joined = true;
                joined = true;
                escaped |= self.body(rest, number);
            }
            None if !wrapper::is_closing(rest) => widen(&mut self.mended.stray, number),
            _ => {}
        }
        if escaped {
            widen(&mut self.mended.escaped, number);
        } else if joined && !self.blocks.last().is_some_and(Framed::letters_for_breaks) {
            widen(&mut self.mended.joined, number);
        } else if glued {
            widen(&mut self.mended.glued, number);
        }
    }

    /// What stands before a BEGIN on its line.
    fn before(&mut self, piece: &[u8], number: u32, ended: bool) {
        let above = self.above.take();
        let Some(wrapper) = wrapper::opening(piece).or(above) else {
            match piece {
                [] | [b'"' | b'\'' | b'`'] if ended => {}
                [] => {}
                [b'"' | b'\'' | b'`'] => widen(&mut self.mended.quoted, number),
                _ => widen(&mut self.mended.stray, number),
            }
            return;
        };
        self.mended.wrapped.get_or_insert((wrapper, Lines { first: number, last: number })).1.last = number;
    }

    /// A line, or part of one, between BEGIN and END. Whether line breaks were escaped in it.
    fn body(&mut self, text: &[u8], number: u32) -> bool {
        let Some(open) = &mut self.open else { return false };
        if text.is_empty() {
            // RFC 1421 has an empty line between headers and text; OpenSSL ends the block at one that comes later.
            if !open.body.is_empty() {
                widen(&mut self.mended.blank, number);
            }
            return false;
        }
        let seen = open.body.push(text);
        if seen.foreign {
            open.bad_line = open.bad_line.or(Some(number));
        }
        if seen.escaped {
            widen(&mut self.mended.escaped, number);
        } else if seen.spaced {
            widen(&mut self.mended.joined, number);
        }
        seen.escaped
    }

    fn begin(&mut self, label: &'a str, number: u32) {
        self.unterminated(number.saturating_sub(1));
        self.open = Some(Open { label, first: number, body: Body::new(self.left), bad_line: None, joined: false });
    }

    fn end(&mut self, label: &'a str, number: u32, joined: bool) {
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
            // One more than are taken says that there are more.
            if self.blocks.len() <= MAX_BLOCKS {
                let (base64, encrypted) = open.body.into_parts();
                self.blocks.push(Framed { label: open.label, base64, lines, encrypted, joined: joined || open.joined });
            }
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
        let mended = std::mem::take(&mut self.mended);
        let rules = [
            (
                mended.escaped,
                Code::PemEscapedNewlines,
                "the line breaks are written as backslash and n, as in an environment variable or a JSON string; they are line breaks again",
                "set the variable or field from the file itself, so that its line breaks stay",
            ),
            (
                mended.joined,
                Code::PemNewlinesLost,
                "line breaks are lost or turned into spaces: a block, or part of it, stands on one line; they are put back",
                "copy the file itself instead of passing it through a one-line field",
            ),
            (
                mended.returns,
                Code::PemNewlinesLost,
                "the lines end in a bare carriage return, which most readers take for no line break; they are split",
                "save the file with the line breaks of Unix or Windows",
            ),
            (
                mended.indented,
                Code::PemIndented,
                "the PEM lines are indented, which strict readers refuse; the indentation is left out",
                "begin each line at its first column; in YAML a block scalar (`|`) takes the indentation away",
            ),
            (
                mended.blank,
                Code::PemBlankLines,
                "there is an empty line inside a block, where OpenSSL stops reading; it is left out",
                "leave the empty line out",
            ),
            (
                mended.glued,
                Code::PemGluedBoundaries,
                "an END line and the next BEGIN line stand on one line, which most readers refuse; they are split",
                "put a line break between the two; files joined with cat each need one at their end",
            ),
            (
                mended.spelling,
                Code::PemBoundarySpelling,
                "a BEGIN or END line is not spelt as readers expect it, with five hyphens, capitals and single spaces; it is written anew",
                "write -----BEGIN CERTIFICATE----- and -----END CERTIFICATE----- with five hyphens on each side, or copy the file instead of its text",
            ),
            (
                mended.quoted,
                Code::TextQuoted,
                "there are quotation marks around the text; they are left out",
                "give the text without them; in an .env file they belong to the file and not to the value",
            ),
        ];
        for (lines, code, message, help) in rules {
            if let Some(lines) = lines {
                self.push(code, lines, message, help);
            }
        }
        if let Some((wrapper, lines)) = mended.wrapped {
            let message = format!("the PEM text stands in {}; it is taken out", wrapper.name());
            self.push(Code::StructuredInput, lines, &message, wrapper.help());
        }
        if let (Some(lines), false) = (mended.stray, self.blocks.is_empty()) {
            let message = "there is text outside the PEM blocks; it is left out";
            self.findings.push(Finding::new(Code::PemStrayText, self.place.lines(lines), message));
        }
        self.blocks
    }
}

/// The line begins a boundary and does not end it. To pass over it would drop a block without a word.
fn is_mangled(line: &[u8]) -> bool {
    let contains = |part: &[u8]| line.windows(part.len()).any(|window| window == part);
    contains(b"-----BEGIN") || contains(b"-----END")
}

fn widen(lines: &mut Option<Lines>, number: u32) {
    lines.get_or_insert(Lines { first: number, last: number }).last = number;
}

/// The lines of a text, whichever of LF, CR LF and CR ends them.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    // Without the instructions that a processor may have or not: to ask it which takes longer than all lines of a bundle do.
    let ends = Two::new(b'\n', b'\r');
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let Some(end) = ends.find(bytes) else {
            rest = None;
            return (!bytes.is_empty()).then_some(Line { bytes, bare_return: false });
        };
        let (line, after) = bytes.split_at(end);
        let (skip, bare_return) = match after {
            [b'\r', b'\n', ..] => (2, false),
            [b'\r', ..] => (1, true),
            _ => (1, false),
        };
        rest = after.get(skip..);
        Some(Line { bytes: line, bare_return })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_any_of_three_ways() {
        let of = |text: &'static str| lines(text.as_bytes()).map(|line| str::from_utf8(line.bytes).unwrap()).collect::<Vec<_>>();
        assert_eq!(of("a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(of("a\n\r\n\rb\n"), ["a", "", "", "b"]);
        assert_eq!(of(""), [""; 0]);
    }

    /// The base64 of each block, and what was mended or wrong.
    fn scanned(text: &str) -> (Vec<String>, Vec<Code>) {
        let source = crate::source::Source::new(crate::source::Role::Cert, "cert", text.as_bytes());
        let mut findings = Findings::default();
        let blocks = scan(text.as_bytes(), &Place::of(0, &source), &mut findings);
        let base64 = blocks.iter().map(|block| String::from_utf8(block.base64.to_vec()).unwrap()).collect();
        (base64, findings.iter().map(|finding| finding.code).collect())
    }

    /// Each with one thing to mend, in the one place where it shows; the block is read in every case.
    #[test]
    fn what_was_mended_is_told_from_its_neighbours() {
        use Code::{PemBlankLines, PemEscapedNewlines, PemGluedBoundaries, PemIndented, PemNewlinesLost};
        let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
        for (text, expected) in [
            (format!("{begin}\nAAAA\n{end}\n"), None),
            (format!("{begin}\\nAAAA\\n{end}"), Some(PemEscapedNewlines)),
            (format!("{begin}AA\\nAA{end}"), Some(PemEscapedNewlines)),
            (format!("{begin}\nAAAA\n{end}\\n"), Some(PemEscapedNewlines)),
            (format!("{begin}AA\\nAA\n{end}"), Some(PemEscapedNewlines)),
            (format!("{begin}AAAA\n{end}"), Some(PemNewlinesLost)),
            (format!("{begin}AAAA{end}"), Some(PemNewlinesLost)),
            (format!("{begin}\n  AAAA\n{end}"), Some(PemIndented)),
            (format!("{begin}\nAA\n  \nAA\n{end}"), Some(PemBlankLines)),
            (format!("  \n{begin}\nAAAA\n{end}"), None),
            (format!("{begin}\nAAAA\n{end}{begin}\nAAAA\n{end}"), Some(PemGluedBoundaries)),
            (format!("{begin}\nAAAA\n{end}\"{begin}\nAAAA\n{end}"), None),
        ] {
            let (base64, codes) = scanned(&text);
            assert!(!base64.is_empty() && base64.iter().all(|base64| base64 == "AAAA"), "{text:?}: {base64:?}");
            assert_eq!(codes, Vec::from_iter(expected), "{text:?}");
        }
    }

    /// The letter n for each line break, at both ends of a body that stands on the line of a boundary.
    #[test]
    fn the_letter_n_is_suspicious_at_both_ends_of_a_line_alone() {
        let block = |body: &str| format!("-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----");
        let suspicious = |text: &str| {
            let source = crate::source::Source::new(crate::source::Role::Cert, "cert", text.as_bytes());
            let blocks = scan(text.as_bytes(), &Place::of(0, &source), &mut Findings::default());
            blocks.iter().map(Framed::letters_for_breaks).collect::<Vec<_>>()
        };
        for (body, expected) in [("nAAn", true), ("AAAn", false), ("nAAA", false), ("\nnAAn\n", false), ("\\nnAAn\\n", false)] {
            assert_eq!(suspicious(&block(body)), [expected], "{body:?}");
        }
    }
}
