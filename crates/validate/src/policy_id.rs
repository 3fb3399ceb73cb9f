//! Certificate policies, by their object identifiers.

use std::fmt;
use std::str::FromStr;

/// A certificate policy: an object identifier in dotted form, as `2.16.840.1.101.3.2.1.48.1` (RFC 5280 section 4.2.1.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(String);

impl PolicyId {
    /// The policy that stands for every policy.
    pub(crate) const ANY: &'static str = "2.5.29.32.0";

    /// From the dotted form of an identifier that a certificate holds.
    pub(crate) fn from_certificate(dotted: String) -> Self {
        PolicyId(dotted)
    }

    pub(crate) fn is_any(&self) -> bool {
        self.0 == Self::ANY
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
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
        match arcs.as_slice() {
            [0 | 1, 0..40, ..] | [2, _, ..] => Ok(PolicyId(text.to_owned())),
            _ => Err(NotAPolicyId),
        }
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
        for good in ["2.5.29.32.0", "1.3.6.1.4.1.99999.1", "0.39", "2.999"] {
            assert_eq!(good.parse::<PolicyId>().unwrap().to_string(), good);
        }
        for bad in ["", "1", "3.1", "1.40", "1..2", "1.2.", ".1.2", "1.02", "1.+2", "1.2 ", "anyPolicy", "1.2.99999999999999999999"]
        {
            assert_eq!(bad.parse::<PolicyId>(), Err(NotAPolicyId), "{bad}");
        }
    }
}
