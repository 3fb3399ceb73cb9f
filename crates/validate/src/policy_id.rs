//! Certificate policies, by their object identifiers.

use crate::text;
use std::fmt;
use std::str::FromStr;

/// A certificate policy: an object identifier in dotted form, as `2.16.840.1.101.3.2.1.48.1` (RFC 5280 section 4.2.1.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(Vec<u8>);

/// anyPolicy, 2.5.29.32.0: it stands for every policy.
const ANY: [u8; 4] = [0x55, 0x1d, 0x20, 0x00];

impl PolicyId {
    /// From the content of an OBJECT IDENTIFIER.
    pub(crate) fn from_der(content: &[u8]) -> Self {
        PolicyId(content.to_vec())
    }

    /// What a look at it costs: one, and another for every so many bytes.
    pub(crate) fn weight(&self) -> usize {
        1 + self.0.len() / text::MAX_OID
    }

    pub(crate) fn is_any(&self) -> bool {
        self.0 == ANY
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text::dotted(&self.0))
    }
}

/// A text that is no object identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPolicyId;

impl fmt::Display for NotAPolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an object identifier in dotted form, as 1.3.6.1.4.1.99999.1")
    }
}

impl std::error::Error for NotAPolicyId {}

impl FromStr for PolicyId {
    type Err = NotAPolicyId;

    /// Reads the dotted form: two arcs or more, without leading zeros, the first at most 2, the second below 40 under 0 and 1 (X.660 section 7.6,
    /// X.690 section 8.19.4).
    fn from_str(text: &str) -> Result<Self, NotAPolicyId> {
        let arcs: Vec<u64> = text.split('.').map(arc).collect::<Option<_>>().ok_or(NotAPolicyId)?;
        let (&[first, second], rest) = arcs.split_first_chunk().ok_or(NotAPolicyId)?;
        if first > 2 || (first < 2 && second >= 40) {
            return Err(NotAPolicyId);
        }
        let both = second.checked_add(first * 40).ok_or(NotAPolicyId)?;
        let mut content = Vec::new();
        [both].iter().chain(rest).for_each(|arc| put(&mut content, *arc));
        Ok(PolicyId(content))
    }
}

/// Seven bits a byte, the highest first; all but the last byte have the eighth bit set (X.690 section 8.19.2).
fn put(content: &mut Vec<u8>, arc: u64) {
    let septets = u64::BITS.saturating_sub(arc.leading_zeros()).div_ceil(7).max(1);
    for at in (0..septets).rev() {
        let more = if at > 0 { 0x80 } else { 0 };
        // Masked to seven bits.
        content.push(u8::try_from(arc >> (7 * at) & 0x7f).unwrap_or(0) | more);
    }
}

fn arc(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = text == "0" || !text.starts_with('0');
    if digits && shortest { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_object_identifiers_are_read() {
        for good in ["2.5.29.32.0", "1.3.6.1.4.1.99999.1", "0.39", "2.999.0", "2.16.840.1.101.3.2.1.48.1", "1.2.4294967296"] {
            assert_eq!(good.parse::<PolicyId>().unwrap().to_string(), good);
        }
        assert!("2.5.29.32.0".parse::<PolicyId>().unwrap().is_any());
        for bad in ["", "1", "3.1", "1.40", "1..2", "1.2.", ".1.2", "1.02", "1.+2", "1.2 ", "anyPolicy", "1.2.99999999999999999999"]
        {
            assert_eq!(bad.parse::<PolicyId>(), Err(NotAPolicyId), "{bad}");
        }
    }

    #[test]
    fn what_is_none_says_how_one_is_written() {
        assert!("x".parse::<PolicyId>().unwrap_err().to_string().contains("dotted form"));
    }
}
