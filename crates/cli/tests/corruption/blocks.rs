//! The PEM blocks of a text, as its author wrote them.

use std::ops::Range;

/// Where each block stands, its line breaks at the end included.
pub(crate) fn places(text: &[u8]) -> Vec<Range<usize>> {
    let find = |from: usize, what: &[u8]| text[from..].windows(what.len()).position(|window| window == what).map(|at| from + at);
    let mut list = Vec::new();
    let mut from = 0;
    while let Some(start) = find(from, b"-----BEGIN ") {
        let Some(end) = find(start, b"-----END ").and_then(|end| find(end + 9, b"-----")) else { break };
        let end = end + 5;
        from = end + text[end..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        list.push(start..from);
    }
    list
}

/// Label and content of one that is sound as text.
pub(crate) fn decoded(block: &[u8]) -> Option<(String, Vec<u8>)> {
    let block = pem::parse(block).ok()?;
    Some((block.tag().to_owned(), block.into_contents()))
}

pub(crate) fn encoded(label: &str, der: &[u8]) -> Vec<u8> {
    let line_ending = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, der), line_ending).into_bytes()
}

/// The content of every block that is sound as text.
pub(crate) fn contents(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    places(text).into_iter().filter_map(|place| decoded(&text[place])).collect()
}
