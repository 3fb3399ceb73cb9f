//! Sends a client certificate, its private key and its CA to the API that stores them for a project.

mod request;
mod target;
mod token;

pub use request::{Redacted, Request};
pub use target::{Part, Target, TargetError};
pub use token::{Token, TokenError};
