//! How an upload can fail.

use std::error;
use std::fmt;

/// Why an upload did not succeed. Server text in it is escaped and cut at 200 characters, and holds no part of the key or the token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// No connection came about, so nothing of the request went out.
    Unreachable {
        /// What went wrong.
        cause: String,
    },
    /// The API answered, and it was no yes.
    Refused {
        /// The HTTP status, 300 to 599.
        status: u16,
        /// The API's own name for the error, as `forbidden`.
        code: Option<String>,
        /// What the API says; for a body of another shape what it is instead.
        message: Option<String>,
        /// The answer's `x-vercel-id`, by which the vendor finds it.
        request_id: Option<String>,
        /// What the status means, as published; for one that is not, what is known of it.
        meaning: &'static str,
    },
    /// The request went out, or may have, and no sound answer came back: the certificate may be stored or not.
    FateUnknown {
        /// What went wrong.
        cause: String,
    },
}

/// What is known of the certificate after an upload that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was taken, for no reason in the request: it was not sent, or the API had no time for it (429) or failed (5xx).
    NotTaken,
    /// The API refused the request.
    Refused,
    /// It may have been taken or not.
    Unknown,
}

impl Error {
    /// What is known of the certificate.
    pub fn outcome(&self) -> Outcome {
        match self {
            Error::Unreachable { .. } | Error::Refused { status: 429 | 500.., .. } => Outcome::NotTaken,
            Error::Refused { .. } => Outcome::Refused,
            Error::FateUnknown { .. } => Outcome::Unknown,
        }
    }
}

/// What the upload's description says of a status. For 404 it says nothing, and the operation has left the vendor's SDK: hence the three readings.
pub(crate) fn meaning(status: u16, code: Option<&str>) -> &'static str {
    const GONE: &str = "no such project or team for this token, or the feature is not enabled for this team, or it is gone";
    match (status, code) {
        (404 | 405, _) | (_, Some("method_unknown")) => GONE,
        (300..=399, _) => "a redirect, which is not followed",
        (400, _) => "a value in the body or in the query is invalid",
        (401, _) => "the request is not authorized",
        (402, _) => "the account was soft-blocked, or a payment method must be updated",
        (403, _) => "no permission to access this resource",
        (409, _) => "the project is being transferred, and uploading certificates is not possible",
        (429, _) => "too many requests",
        (500, _) => "the API failed to upload the certificate or to encrypt the private key",
        (501.., _) => "the API failed, in no published way",
        _ => "a refusal that is not published",
    }
}

/// What to do about a refusal.
fn remedy(status: u16, code: Option<&str>) -> &'static str {
    match (status, code) {
        (404 | 405, _) | (_, Some("method_unknown")) => {
            "Check the project and the team, and ask the vendor whether the team has the feature"
        }
        (300..=399, _) => "Check the API's address",
        (400, _) => "Check the bundle and its origin",
        (401, _) => "Check that the token is complete, has not expired and was not revoked",
        (402, _) => "See to the account's billing",
        (403, _) => "Use a token whose account may change this project, and name the team if the project belongs to one",
        (409, _) => "Try again when the transfer is done",
        (429 | 500.., _) => "Try again later",
        _ => "Ask the vendor",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unreachable { cause } => {
                write!(
                    f,
                    "the API could not be reached, nothing was sent: {cause}. Check the network, the proxy and the API's address"
                )
            }
            Error::Refused { status, code, message, request_id, meaning } => {
                write!(f, "the API answered with status {status}: {meaning}")?;
                match (code, message) {
                    (Some(code), Some(message)) => write!(f, "; it says: {code}: {message}")?,
                    (Some(said), None) | (None, Some(said)) => write!(f, "; it says: {said}")?,
                    (None, None) => {}
                }
                if let Some(id) = request_id {
                    write!(f, " (request {id})")?;
                }
                write!(f, ". {}", remedy(*status, code.as_deref()))
            }
            Error::FateUnknown { cause } => write!(
                f,
                "the request was sent, but whether the certificate was taken is not known: {cause}. List the project's certificates: a \
                 new entry proves that it arrived, an old one proves nothing"
            ),
        }
    }
}

impl error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> Error {
        Error::Refused { status, code: None, message: None, request_id: None, meaning: meaning(status, None) }
    }

    #[test]
    fn every_failure_has_its_outcome() {
        for status in [300, 307, 400, 401, 402, 403, 404, 405, 409, 410, 413, 422, 428, 431, 499] {
            assert_eq!(refused(status).outcome(), Outcome::Refused, "{status}");
        }
        for status in [429, 500, 501, 502, 503, 504, 599] {
            assert_eq!(refused(status).outcome(), Outcome::NotTaken, "{status}");
        }
        assert_eq!(Error::Unreachable { cause: String::new() }.outcome(), Outcome::NotTaken);
        assert_eq!(Error::FateUnknown { cause: String::new() }.outcome(), Outcome::Unknown);
    }

    #[test]
    fn what_may_be_gone_says_so_by_status_or_code() {
        for gone in [meaning(404, None), meaning(405, None), meaning(400, Some("method_unknown"))] {
            assert!(gone.contains("no such project or team") && gone.contains("not enabled") && gone.contains("gone"));
        }
        assert!(!meaning(400, Some("bad_request")).contains("gone"));
    }

    #[test]
    fn a_message_has_the_parts_that_are_there() {
        let full = Error::Refused {
            status: 403,
            code: Some("forbidden".into()),
            message: Some("Not authorized".into()),
            request_id: Some("fra1::abc".into()),
            meaning: meaning(403, None),
        };
        assert_eq!(
            full.to_string(),
            "the API answered with status 403: no permission to access this resource; it says: forbidden: Not authorized (request \
             fra1::abc). Use a token whose account may change this project, and name the team if the project belongs to one"
        );
        assert_eq!(refused(429).to_string(), "the API answered with status 429: too many requests. Try again later");
    }
}
