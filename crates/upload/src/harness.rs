//! How answers are read, without a server: for a harness. A body is text here, as the client makes it before anything reads it. No part of the interface; it may change with any version.

use crate::answer::{self, DeleteAnswer, Deleted, ListAnswer, UploadAnswer};
use crate::token::Token;
use certflight_validate::SecretText;
use std::time::{Duration, SystemTime};

/// A yes to an upload, as `updated`, the origin and the certificate's ID; else why it is none.
pub fn uploaded(body: &str) -> Result<(bool, String, String), &'static str> {
    answer::yes(body.as_bytes()).map(|UploadAnswer { updated, origin, cert_id }| (updated, origin, cert_id))
}

/// A yes to a list, as IDs and origins; else why it is none.
pub fn listed(body: &str) -> Result<Vec<(String, Option<String>)>, &'static str> {
    answer::yes(body.as_bytes())
        .map(|ListAnswer { client_certs }| client_certs.into_iter().map(|entry| (entry.id, entry.origin)).collect())
}

/// A yes to a deletion; else why it is none.
pub fn deleted(body: &str) -> Result<Deleted, &'static str> {
    answer::yes(body.as_bytes()).map(|DeleteAnswer { origin, cert_id }| Deleted { cert_id, origin })
}

/// The code and the message of a refusal.
pub fn refused(body: &str) -> (Option<String>, Option<String>) {
    let said = answer::refusal(body.as_bytes());
    (said.code, said.message)
}

/// How long a `Retry-After` asks to wait.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    answer::retry_after(value, now)
}

/// A server's text without the parts of the token and the key that are in it.
pub fn conceal(text: &str, token: &Token, key: Option<&SecretText>) -> String {
    crate::conceal::conceal(text, token, key)
}
