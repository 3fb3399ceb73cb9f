//! Sends a client certificate, its private key and its CA to the API that stores them for a project.

mod target;
mod token;

pub use target::{Part, Target, TargetError};
pub use token::{Token, TokenError};
