//! What happens while a request is made, for those who watch.

use crate::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// A step of a request. What it holds can be shown: the key and the token are left out, and what the server sent holds no part of them. Server text is as it came
/// otherwise: escape it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request is made. It goes out when a connection stands.
    Request {
        /// `GET`, `POST` or `DELETE`.
        method: &'a str,
        /// The whole address.
        url: &'a str,
        /// Names and values.
        headers: &'a [(&'a str, String)],
        /// The JSON, in printable ASCII.
        body: Option<&'a str>,
    },
    /// The body is handed to a connection: from here on it may have arrived, until an answer tells. A deletion has no body and counts from the start; a question
    /// changes nothing and is not told.
    Sent,
    /// An answer came, whole or up to where it broke off.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Names and values.
        headers: &'a [(String, String)],
        /// The beginning of the body.
        body: &'a str,
    },
    /// A try failed, and the next one comes after a wait.
    Waiting {
        /// Why it failed.
        error: &'a Error,
        /// How long until the next try.
        wait: Duration,
    },
}

/// Who watches.
pub(crate) type Observer = Arc<dyn Fn(&Event<'_>) + Send + Sync>;
