//! Text and bytes that must not be shown.

use std::fmt;
use std::hint::black_box;
use zeroize::Zeroizing;

/// How much of the stack is overwritten after work with secrets, in bytes: more than the work uses whose leavings tests/memory.rs finds without it. Without optimisation it uses
/// the most; with it none are found where 20 KiB are overwritten, and more than is needed pushes what comes next out of the processor's cache.
const STACK: usize = if cfg!(debug_assertions) { 64 } else { 32 } * 1024;

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

/// Secret bytes: a private key in DER, a container that may hold one. They cannot be printed and are wiped when dropped.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes the bytes over; the caller keeps no copy.
    pub fn new(bytes: Vec<u8>) -> Self {
        SecretBytes(Zeroizing::new(bytes))
    }

    /// The bytes themselves. Every use of this name is a place to look at.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Does work with secrets, and overwrites the part of the stack that it used: a library's numbers on the curve, a cipher's blocks and whatever else was there is not
/// wiped by those who put it there. Registers are out of reach.
pub fn on_clean_stack<T>(work: impl FnOnce() -> T) -> T {
    let result = below(work);
    overwrite();
    result
}

/// The frames of the work begin where that of [`overwrite`] does.
#[inline(never)]
fn below<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn overwrite() {
    let mut stack = [0_u64; STACK / size_of::<u64>()];
    // What may be looked at and changed has to be written, and on the stack.
    black_box(&mut stack);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(format!("{:?}", SecretText::new("hunter2".into())), "[redacted]");
        assert_eq!(format!("{:?}", SecretBytes::new(b"hunter2".to_vec())), "[redacted]");
    }
}
