//! BEGIN and END within a line, however they are spelt.

use memchr::arch::all::memchr::Two;

/// Which end of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Begin,
    End,
}

/// A BEGIN or END with its dashes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Boundary<'a> {
    pub(super) kind: Kind,
    pub(super) label: &'a str,
    /// Where it stands in the line. The dashes between an END and the BEGIN glued to it belong to both.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Five hyphens, capitals and single spaces, as RFC 7468 section 3 has it.
    pub(super) exact: bool,
}

/// The longest label that is one, and the longest word in it. In use are 24 and 11 characters at most.
const MAX_LABEL: usize = 64;
const MAX_LABEL_WORD: usize = 16;

/// The labels whose spelling is mended. Others are taken as they are, and only in capitals: a label is shown in messages, and what a broken
/// line pulled in from a key must not be taken for one.
const KNOWN: &[&str] = &[
    "CERTIFICATE",
    "X509 CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "CERTIFICATE REQUEST",
    "NEW CERTIFICATE REQUEST",
    "PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "EC PARAMETERS",
    "PKCS7",
    "CMS",
    "PKCS12",
    "X509 CRL",
];

/// Whether a line may have a boundary in it: nearly every one has neither a dash nor what a dash beyond ASCII begins with.
pub(super) fn has_dashes(line: &[u8]) -> bool {
    Two::new(b'-', 0xe2).find(line).is_some()
}

/// The boundaries of a line, in their order. Linear in the line.
pub(super) fn boundaries(line: &[u8]) -> Vec<Boundary<'_>> {
    let mut found: Vec<Boundary<'_>> = Vec::new();
    let mut from = 0;
    while let Some(dashes) = next_dashes(line, from) {
        match boundary(line, dashes) {
            Some((boundary, after)) => {
                // The dashes after it may be those before the next one.
                from = after;
                found.push(boundary);
            }
            None => from = dashes.end,
        }
    }
    found
}

/// A run of what stands for hyphens.
#[derive(Clone, Copy)]
struct Dashes {
    start: usize,
    end: usize,
    count: usize,
    /// Of ASCII hyphens alone.
    ascii: bool,
}

/// The fewest hyphens, or what stands for as many, that are taken for the five of a boundary: fewer stand in prose.
const FEWEST: usize = 3;

/// The next run of dashes at `from` or after it that may be that of a boundary.
fn next_dashes(line: &[u8], from: usize) -> Option<Dashes> {
    let mut at = from;
    while at < line.len() {
        let run = dashes_at(line, at);
        if run.count >= FEWEST {
            return Some(run);
        }
        at = run.end.max(at + 1);
    }
    None
}

fn dashes_at(line: &[u8], start: usize) -> Dashes {
    let mut run = Dashes { start, end: start, count: 0, ascii: true };
    while let Some((length, count)) = line.get(run.end..).and_then(dash) {
        run.end += length;
        run.count += count;
        run.ascii &= length == 1;
    }
    run
}

/// How many bytes the dash has that `text` begins with, and for how many hyphens it may stand.
fn dash(text: &[u8]) -> Option<(usize, usize)> {
    match text {
        [b'-', ..] => Some((1, 1)),
        // U+2010 hyphen, U+2011 non-breaking hyphen, U+2012 figure dash, U+2013 en dash, U+2212 minus.
        [0xe2, 0x80, 0x90..=0x93, ..] | [0xe2, 0x88, 0x92, ..] => Some((3, 2)),
        // U+2014 em dash, U+2015 horizontal bar.
        [0xe2, 0x80, 0x94..=0x95, ..] => Some((3, 3)),
        _ => None,
    }
}

/// The boundary that begins with these dashes, and where the dashes after it begin.
fn boundary(line: &[u8], before: Dashes) -> Option<(Boundary<'_>, usize)> {
    let rest = line.get(before.end..)?;
    let gap = spaces(rest);
    let rest = rest.get(gap..)?;
    let (kind, word) = match rest {
        [b'B' | b'b', b'E' | b'e', b'G' | b'g', b'I' | b'i', b'N' | b'n', ..] => (Kind::Begin, 5),
        [b'E' | b'e', b'N' | b'n', b'D' | b'd', ..] => (Kind::End, 3),
        _ => return None,
    };
    let keyword = rest.get(..word)?;
    let text_start = before.end + gap + word;
    let window = line.get(text_start..line.len().min(text_start + MAX_LABEL + 8))?;
    let length = (0..window.len()).find(|&at| {
        window.get(at..).and_then(dash).is_some_and(|(bytes, _)| bytes == 3) || window.get(at..at + 2) == Some(b"--")
    })?;
    let after = dashes_at(line, text_start + length);
    if after.count < FEWEST {
        return None;
    }
    let written = str::from_utf8(window.get(..length)?).ok()?;
    let five = |run: Dashes| run.ascii && (run.count == 5 || run.count == 10);
    let framed = five(before) && five(after) && gap == 0 && keyword.iter().all(u8::is_ascii_uppercase);
    let (label, spelt) = match (known(written), written.strip_prefix(' ')) {
        (Some(label), plain) => (label, plain == Some(label)),
        // What is not known is taken in the prescribed form alone.
        (None, Some(label)) if framed && is_label(label) => (label, true),
        _ => return None,
    };
    // Of ten hyphens, five are of the boundary glued to this one.
    let start = if before.ascii && before.count == 10 { before.start + 5 } else { before.start };
    let end = if after.ascii && after.count == 10 { after.start + 5 } else { after.end };
    Some((Boundary { kind, label, start, end, exact: framed && spelt }, after.start))
}

/// The bytes of spaces, the unbreakable one of word processors among them, that `text` begins with; more than two are not looked at.
fn spaces(text: &[u8]) -> usize {
    match text {
        [b' ', b' ', ..] | [0xc2, 0xa0, ..] => 2,
        [b' ', ..] => 1,
        _ => 0,
    }
}

/// The known label that this is, however its letters and spaces are written.
fn known(written: &str) -> Option<&'static str> {
    fn letters(text: &str) -> impl Iterator<Item = char> {
        text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}')).map(|c| c.to_ascii_uppercase())
    }
    let exact = KNOWN.iter().copied().find(|known| written.strip_prefix(' ') == Some(known));
    exact.or_else(|| KNOWN.iter().copied().find(|known| letters(known).eq(letters(written))))
}

/// Capitals, digits and marks in short words, as in `DH PARAMETERS` and `PKCS #7 SIGNED DATA`.
fn is_label(text: &str) -> bool {
    text.len() <= MAX_LABEL
        && text.split(' ').all(|word| (1..=MAX_LABEL_WORD).contains(&word.len()))
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b" #-.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<(Kind, String, bool)> {
        boundaries(line.as_bytes()).into_iter().map(|b| (b.kind, b.label.to_owned(), b.exact)).collect()
    }

    #[test]
    fn labels_are_words_and_not_what_a_broken_line_pulled_in() {
        for label in ["CERTIFICATE", "X509 CRL", "PKCS #7 SIGNED DATA", "OPENSSH PRIVATE KEY", "NEW CERTIFICATE REQUEST"] {
            assert_eq!(found(&format!("-----BEGIN {label}-----")), [(Kind::Begin, label.to_owned(), true)]);
        }
        for other in ["", " ", "Some Thing", "A  B", "MIIEVQIBADANBGKQHKIG", "PRIVATE KEY MIIEvQIBADANBgkq"] {
            assert_eq!(found(&format!("-----BEGIN {other}-----")), [], "{other}");
        }
    }

    #[test]
    fn spelling_is_forgiven() {
        for line in [
            "---BEGIN CERTIFICATE---",
            "----BEGIN CERTIFICATE----",
            "------BEGIN CERTIFICATE------",
            "–––BEGIN CERTIFICATE–––",
            "—-BEGIN CERTIFICATE—-",
            "-----begin certificate-----",
            "-----BEGINCERTIFICATE-----",
            "----- BEGIN CERTIFICATE -----",
            "-----BEGIN\u{a0}CERTIFICATE-----",
            "-----BEGIN  CERTIFICATE-----",
        ] {
            assert_eq!(found(line), [(Kind::Begin, "CERTIFICATE".to_owned(), false)], "{line}");
        }
    }

    #[test]
    fn several_stand_on_one_line() {
        let glued = "-----END CERTIFICATE----------BEGIN RSA PRIVATE KEY-----MIIB-----END RSA PRIVATE KEY-----";
        let expected = [(Kind::End, "CERTIFICATE"), (Kind::Begin, "RSA PRIVATE KEY"), (Kind::End, "RSA PRIVATE KEY")];
        assert_eq!(found(glued), expected.map(|(kind, label)| (kind, label.to_owned(), true)));
        let spans: Vec<_> = boundaries(glued.as_bytes()).iter().map(|b| (b.start, b.end)).collect();
        assert_eq!(spans, [(0, 25), (25, 56), (60, 89)]);
        let short = "----END CERTIFICATE---------BEGIN CERTIFICATE-----";
        assert_eq!(found(short).len(), 2);
    }

    #[test]
    fn dashes_alone_are_none() {
        for line in [
            "--",
            "----------",
            "-- end of file --x",
            "a -- b",
            "-----END",
            "-----BEGIN CERTIFICATE",
            "---BEGIN---",
            "-- BEGIN CERTIFICATE --",
        ] {
            assert_eq!(found(line), [], "{line}");
        }
    }

    /// Of ten hyphens before a BEGIN, five are its own; an END may have lost its own five to them.
    #[test]
    fn ten_hyphens_are_twice_five() {
        let one = boundaries(b"----------BEGIN CERTIFICATE----------");
        assert_eq!(one.iter().map(|b| (b.start, b.end)).collect::<Vec<_>>(), [(5, 32)]);
    }

    #[test]
    fn labels_are_looked_for_up_to_the_bound() {
        let longest = format!("{} {} {} {}", "A".repeat(16), "B".repeat(16), "C".repeat(16), "D".repeat(13));
        assert_eq!(longest.len(), MAX_LABEL);
        assert_eq!(found(&format!("-----BEGIN {longest}-----")), [(Kind::Begin, longest.clone(), true)]);
        assert_eq!(found(&format!("-----BEGIN {longest}D-----")), []);
        assert_eq!(found(&format!("-----BEGIN{}CERTIFICATE-----", " ".repeat(50))).len(), 1);
        assert_eq!(found(&format!("-----BEGIN{}CERTIFICATE-----", " ".repeat(70))), []);
    }

    /// Of a label that is not known here only the prescribed form is taken.
    #[test]
    fn spelling_is_forgiven_where_the_label_is_known() {
        assert_eq!(found("-----BEGIN SOME THING-----").len(), 1);
        for line in [
            "----BEGIN SOME THING-----",
            "-----BEGIN SOME THING----",
            "----- BEGIN SOME THING-----",
            "-----begin SOME THING-----",
            "-----BEGINSOME THING-----",
        ] {
            assert_eq!(found(line), [], "{line}");
        }
        for line in ["-----  BEGIN CERTIFICATE-----", "-----\u{a0}BEGIN CERTIFICATE-----"] {
            assert_eq!(found(line), [(Kind::Begin, "CERTIFICATE".to_owned(), false)], "{line}");
        }
    }
}
