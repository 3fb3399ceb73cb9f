//! Why something stays closed.

/// What [`open`](crate::open) makes an outcome of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    WrongPassphrase,
    Damaged(&'static str),
    TooCostly(String),
    Unsupported(String),
}

impl Problem {
    /// With the passphrase proved right, what fails is the file.
    pub(crate) fn with_right_passphrase(self) -> Self {
        match self {
            Problem::WrongPassphrase => Problem::Damaged("a part of it does not decrypt, though the passphrase is right"),
            other => other,
        }
    }
}
