//! What is given to a check.

use crate::sealed::Opened;
use std::fmt;

/// The most bytes of one input: a CA file of all public roots has a quarter of a megabyte.
pub const MAX_INPUT_BYTES: usize = 4 * 1024 * 1024;

/// The unit that messages give sizes in.
pub(crate) const MIB: usize = 1024 * 1024;

/// The most certificates of one input: four megabytes hold about this many of the smallest real ones.
pub const MAX_CERTIFICATES: usize = 2048;

/// The most blocks of one input, whatever they hold, and the most structures of a binary one: as many again as it may have certificates.
pub(crate) const MAX_BLOCKS: usize = 2 * MAX_CERTIFICATES;

/// The most bytes of all inputs of one check: four of the largest. A certificate, a key and a CA are three, and a folder of many files costs little more. The
/// certificate in use is read apart.
pub const MAX_ALL_BYTES: usize = 4 * MAX_INPUT_BYTES;

/// The most certificates of all inputs of one check: those of as many inputs.
pub const MAX_ALL_CERTIFICATES: usize = 4 * MAX_CERTIFICATES;

/// What a source is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The leaf and its intermediates: what the handshake sends.
    Cert,
    /// The private key of the leaf.
    Key,
    /// The certificate authority.
    Ca,
    /// Whatever it holds: each certificate and key is put where it belongs by what it is.
    Auto,
    /// The certificate now in use, which the new one is compared with. It is no part of the bundle and is never uploaded.
    Replaces,
}

impl Role {
    /// The field of the API and the name of the flag: `cert`, `key`, `ca`; `file` for what is sorted by content; `replaces`, a flag alone, for the
    /// certificate now in use.
    pub fn name(self) -> &'static str {
        match self {
            Role::Cert => "cert",
            Role::Key => "key",
            Role::Ca => "ca",
            Role::Auto => "file",
            Role::Replaces => "replaces",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One input: its content, and the name by which findings call it (a file's path, or `standard input`).
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Which input it is.
    pub role: Role,
    /// The name that findings show.
    pub name: &'a str,
    /// The content, untouched.
    pub bytes: &'a [u8],
    /// What became of each container and encrypted key in it, in the order of [`inspect`](crate::inspect). Those beyond the end count as not opened.
    pub opened: &'a [Opened],
}

impl<'a> Source<'a> {
    /// A source of which nothing was opened.
    pub fn new(role: Role, name: &'a str, bytes: &'a [u8]) -> Self {
        Source { role, name, bytes, opened: &[] }
    }
}

// The content may be a private key.
impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("role", &self.role).field("name", &self.name).field("bytes", &self.bytes.len()).finish()
    }
}

/// All that is checked together. An input that is not there is a finding, not a failure to call.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The inputs. Several of one role are read one after the other.
    pub sources: &'a [Source<'a>],
    /// The origin, as `https://api.example.com`.
    pub origin: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_shown_by_its_name() {
        assert_eq!(format!("{:>5}", Role::Ca), "   ca");
    }

    #[test]
    fn an_input_may_have_so_many_bytes() {
        assert_eq!(MAX_INPUT_BYTES, 4_194_304);
    }
}
