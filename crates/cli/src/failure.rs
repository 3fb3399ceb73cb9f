//! How a command ends.

use std::process::ExitCode;

/// The exit codes; the help states them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Pass = 0,
    Rejected = 1,
    Usage = 2,
    Refused = 3,
    NotTaken = 4,
    Unknown = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Wrong usage, or an input that cannot be read: one line that names the flag and the file or variable.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl From<std::io::Error> for Usage {
    /// Writing the output failed.
    fn from(error: std::io::Error) -> Self {
        Usage(format!("the output cannot be written: {error}"))
    }
}
