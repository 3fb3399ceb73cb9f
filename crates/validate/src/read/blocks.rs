//! The scanner alone, for a harness that holds it against other readers of PEM.

use super::findings::Findings;
use super::{Place, decode, scan};
use crate::code::Severity;
use crate::finding::{Lines, Location};
use crate::secret::SecretBytes;
use crate::source::{Role, Source};

/// A block that was framed and decoded.
#[derive(Debug)]
pub struct Block {
    /// The label of its BEGIN and END.
    pub label: String,
    /// What its base64 stands for.
    pub der: SecretBytes,
    /// Where it stands.
    pub lines: Lines,
    /// It has the headers of an encrypted key (RFC 1421 section 4.6.1.1), so the content is not what the label says.
    pub encrypted: bool,
}

/// What the scanner makes of a text.
#[derive(Debug)]
pub struct Scanned {
    /// The blocks, in their order.
    pub blocks: Vec<Block>,
    /// The lines of what is not taken for a block, each with an error of its own.
    pub refused: Vec<Lines>,
}

/// Scans a text, without the layers that may stand around it (byte order marks, UTF-16, base64 of the whole).
pub fn scan_text(text: &[u8]) -> Scanned {
    let source = Source::new(Role::Auto, "text", text);
    let mut findings = Findings::default();
    let framed = scan::scan(text, &Place::of(0, &source), &mut findings);
    let mut scanned = Scanned { blocks: Vec::new(), refused: Vec::new() };
    for block in framed {
        match decode::decode(block.base64) {
            Some(mut der) => scanned.blocks.push(Block {
                label: block.label.to_owned(),
                der: SecretBytes::new(std::mem::take(&mut *der)),
                lines: block.lines,
                encrypted: block.encrypted.is_some(),
            }),
            None => scanned.refused.push(block.lines),
        }
    }
    for finding in findings.into_shown() {
        if let (Severity::Error, Location::Lines { lines, .. }) = (finding.severity, &finding.at) {
            scanned.refused.push(*lines);
        }
    }
    scanned
}
