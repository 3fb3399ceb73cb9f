//! Text that must not be shown.

use std::fmt;
use zeroize::Zeroizing;

/// Secret text: a private key in PEM, a token. It cannot be printed and is wiped when dropped.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        SecretText(Zeroizing::new(text))
    }

    /// The text itself. Every use of this name is a place to look at.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(format!("{:?}", SecretText::new("hunter2".into())), "[redacted]");
    }
}
