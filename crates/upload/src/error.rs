//! How a request can fail.

use std::error;
use std::fmt;
use std::time::Duration;

/// What was asked of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Put a certificate on a project.
    Upload,
    /// Tell which certificates a project has.
    List,
    /// Take a certificate from a project.
    Delete,
}

/// Why a request did not succeed. Server text in it is escaped and cut at 200 characters, and holds no part of the key or the token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// What was asked.
    pub operation: Operation,
    /// What came of the last try.
    pub failure: Failure,
    /// How often it was tried.
    pub tries: u32,
}

/// What came of a request that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// Nothing of the body went out.
    Unreachable {
        /// What went wrong.
        cause: String,
        /// The other side was reached and TLS with it failed, which another try does not change.
        is_tls: bool,
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
        /// How long the API asks to wait before the next try: its `Retry-After` (RFC 9110 section 10.2.3), else the end of its rate limit.
        retry_after: Option<Duration>,
    },
    /// The request went out, or may have, and no sound answer came back.
    Unanswered {
        /// What went wrong.
        cause: String,
        /// The answer's `x-vercel-id`, where its header came.
        request_id: Option<String>,
    },
}

/// What is known after a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was taken, for no reason in the request: it was not sent, or the API had no time for it (429) or failed (5xx).
    NotTaken,
    /// The API refused the request.
    Refused,
    /// It may have been carried out or not.
    Unknown,
}

impl Error {
    pub(crate) fn new(operation: Operation, failure: Failure) -> Self {
        Error { operation, failure, tries: 1 }
    }

    /// What is known of the certificate. A question that got no answer took nothing.
    pub fn outcome(&self) -> Outcome {
        match self.failure {
            Failure::Unreachable { .. } | Failure::Refused { status: 429 | 500.., .. } => Outcome::NotTaken,
            Failure::Refused { .. } => Outcome::Refused,
            Failure::Unanswered { .. } if self.operation == Operation::List => Outcome::NotTaken,
            Failure::Unanswered { .. } => Outcome::Unknown,
        }
    }

    /// Whether the certificate may have been taken, or deleted, all the same: no sound answer came, or it was a gateway's word that it had none from the API
    /// (502 and 504, RFC 9110 sections 15.6.3 and 15.6.5; 506 and above are no statuses of an API but mostly of gateways, too).
    pub fn is_doubtful(&self) -> bool {
        self.operation != Operation::List
            && matches!(self.failure, Failure::Unanswered { .. } | Failure::Refused { status: 502 | 504 | 506.., .. })
    }

    /// Whether the same request can succeed later, with nothing changed on this side. Not where it [is doubtful](Self::is_doubtful): look first, then try
    /// again.
    pub fn can_retry(&self) -> bool {
        match self.failure {
            _ if self.is_doubtful() => false,
            Failure::Unreachable { is_tls, .. } => !is_tls,
            Failure::Refused { status, .. } => matches!(status, 409 | 429 | 500..),
            Failure::Unanswered { .. } => true,
        }
    }

    /// The HTTP status, where the API answered.
    pub fn status(&self) -> Option<u16> {
        match self.failure {
            Failure::Refused { status, .. } => Some(status),
            _ => None,
        }
    }

    /// The API's own name for the error.
    pub fn code(&self) -> Option<&str> {
        match &self.failure {
            Failure::Refused { code, .. } => code.as_deref(),
            _ => None,
        }
    }

    /// The answer's `x-vercel-id`, where one came.
    pub fn request_id(&self) -> Option<&str> {
        match &self.failure {
            Failure::Refused { request_id, .. } | Failure::Unanswered { request_id, .. } => request_id.as_deref(),
            Failure::Unreachable { .. } => None,
        }
    }
}

/// What the description of an operation says of a status. Of an upload's 404 it says nothing, and the operations have left the vendor's SDK: hence the three
/// readings.
fn meaning(operation: Operation, status: u16, code: Option<&str>) -> &'static str {
    match (status, code) {
        (405, _) | (_, Some("method_unknown")) => {
            "the API does not have this operation here: it is not enabled for this team, or it is gone"
        }
        (404, _) if operation == Operation::Delete => {
            "there is no such certificate in the project; or no such project or team for this token, or the feature is not enabled for \
             this team, or it is gone"
        }
        (404, _) => "no such project or team for this token, or the feature is not enabled for this team, or it is gone",
        (300..=399, _) => "a redirect, which is not followed",
        (400, _) => "a value in the body or in the query is invalid",
        (401, _) => "the request is not authorized",
        (402, _) => "the account was soft-blocked, or a payment method must be updated",
        (403, _) => "no permission to access this resource",
        (409, _) => "the project is being transferred, and its certificates cannot be changed",
        (429, _) => "too many requests",
        (500, _) if operation == Operation::Upload => "the API failed to upload the certificate or to encrypt the private key",
        (502 | 504, _) if operation != Operation::List => {
            "a gateway got no answer from the API, and cannot tell whether the API took the request"
        }
        (506.., _) if operation != Operation::List => {
            "the API, or a gateway before it, failed in no published way; whether the request was taken is not told"
        }
        (500.., _) => "the API failed, in no published way",
        _ => "a refusal that is not published",
    }
}

/// What to do about a refusal.
fn remedy(operation: Operation, status: u16, code: Option<&str>) -> &'static str {
    match (status, code) {
        (404, code) if operation == Operation::Delete && code != Some("method_unknown") => {
            "List the project's certificates: it may be gone already or have another ID. Where the list is not found either, see what is said there"
        }
        (404 | 405, _) | (_, Some("method_unknown")) => {
            "To tell which: where `vercel project inspect NAME` finds the project with the same account and team, the feature is what is \
             missing, and the vendor has to enable it; where it finds none, name the project and the team anew"
        }
        (300..=399, _) => "Check the API's address",
        (400, _) if operation == Operation::Upload => "Check the bundle and its origin",
        (400, _) => "Check the project, the team and the certificate's ID",
        (401, _) => "Check that the token is complete, has not expired and was not revoked",
        (402, _) => "See to the account's billing",
        (403, _) => "Use a token whose account may see to this project, and name the team if the project belongs to one",
        (409, _) => "Try again when the transfer is done",
        (502 | 504 | 506.., _) if operation != Operation::List => "List the project's certificates before you try again",
        (429 | 500.., _) => "Try again later",
        _ => "Ask the vendor",
    }
}

/// What went wrong, then what to do; `{:#}` leaves the second out.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation;
        let tries = if self.tries == 1 { String::new() } else { format!(" ({} tries)", self.tries) };
        match &self.failure {
            Failure::Unreachable { cause, is_tls: false } => {
                write!(f, "the API could not be reached, nothing was sent{tries}: {cause}")?;
            }
            Failure::Unreachable { cause, is_tls: true } => {
                write!(f, "no secure connection to the API came about, nothing was sent: {cause}")?;
            }
            Failure::Refused { status, code, message, request_id, .. } => {
                write!(f, "the API answered with status {status}{tries}: {}", meaning(operation, *status, code.as_deref()))?;
                match (code, message) {
                    (Some(code), Some(message)) => write!(f, "; it says: {code}: {message}")?,
                    (Some(said), None) | (None, Some(said)) => write!(f, "; it says: {said}")?,
                    (None, None) => {}
                }
                request_id.iter().try_for_each(|id| write!(f, " (request {id})"))?;
            }
            Failure::Unanswered { cause, request_id } => {
                match operation {
                    Operation::Upload => f.write_str("the request was sent, but whether the certificate was taken is not known")?,
                    Operation::List => write!(f, "the API gave no sound answer{tries}")?,
                    Operation::Delete => {
                        f.write_str("the request was sent, but whether the certificate was deleted is not known")?
                    }
                }
                write!(f, ": {cause}")?;
                request_id.iter().try_for_each(|id| write!(f, " (request {id})"))?;
            }
        }
        if f.alternate() { Ok(()) } else { write!(f, ". {}", self.advice()) }
    }
}

impl Error {
    /// What to do.
    fn advice(&self) -> String {
        match &self.failure {
            Failure::Unreachable { is_tls: false, .. } => "Check the network, the proxy and the API's address".to_owned(),
            Failure::Unreachable { is_tls: true, .. } => {
                "Check the API's address; where a company's network opens TLS, its own root certificate \
                                                          has to be given"
                    .to_owned()
            }
            Failure::Refused { retry_after: Some(wait), .. } if !wait.is_zero() => {
                format!("Try again in {}: so the API asks", span(*wait))
            }
            Failure::Refused { status, code, .. } => remedy(self.operation, *status, code.as_deref()).to_owned(),
            Failure::Unanswered { .. } => match self.operation {
                Operation::Upload => {
                    "List the project's certificates: a new entry proves that it arrived, an old one proves nothing"
                }
                Operation::List => "Nothing was changed; try again later",
                Operation::Delete => "List the project's certificates: it was deleted if it is no longer there",
            }
            .to_owned(),
        }
    }
}

impl error::Error for Error {}

/// Rounded up, so that who waits so long has waited long enough.
fn span(span: Duration) -> String {
    let seconds = span.as_secs().saturating_add(u64::from(span.subsec_nanos() > 0));
    match seconds {
        1 => "1 second".to_owned(),
        0..7200 => format!("{seconds} seconds"),
        7200..172_800 => format!("{} hours", seconds.div_ceil(3600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Operation; 3] = [Operation::Upload, Operation::List, Operation::Delete];

    fn refused(operation: Operation, status: u16, code: Option<&str>) -> Error {
        let code = code.map(str::to_owned);
        Error::new(operation, Failure::Refused { status, code, message: None, request_id: None, retry_after: None })
    }

    fn unreachable(operation: Operation, is_tls: bool) -> Error {
        Error::new(operation, Failure::Unreachable { cause: String::new(), is_tls })
    }

    fn unanswered(operation: Operation) -> Error {
        Error::new(operation, Failure::Unanswered { cause: String::new(), request_id: None })
    }

    #[test]
    fn every_failure_has_its_outcome() {
        for operation in ALL {
            for status in [300, 307, 400, 401, 402, 403, 404, 405, 409, 410, 413, 422, 428, 431, 499] {
                assert_eq!(refused(operation, status, None).outcome(), Outcome::Refused, "{status}");
            }
            for status in [429, 500, 501, 502, 503, 504, 599] {
                assert_eq!(refused(operation, status, None).outcome(), Outcome::NotTaken, "{status}");
            }
            assert_eq!(unreachable(operation, false).outcome(), Outcome::NotTaken);
        }
        assert_eq!(ALL.map(|operation| unanswered(operation).outcome()), [Outcome::Unknown, Outcome::NotTaken, Outcome::Unknown]);
    }

    #[test]
    fn what_may_have_been_carried_out_is_doubtful() {
        assert_eq!(ALL.map(|operation| unanswered(operation).is_doubtful()), [true, false, true]);
        for status in [502, 504, 507, 520, 524, 599] {
            assert_eq!(ALL.map(|operation| refused(operation, status, None).is_doubtful()), [true, false, true]);
        }
        for status in [400, 408, 429, 500, 501, 503, 505] {
            assert!(!refused(Operation::Upload, status, None).is_doubtful(), "{status}");
        }
        assert!(!unreachable(Operation::Upload, false).is_doubtful());
    }

    #[test]
    fn trying_again_helps_where_nothing_has_to_be_changed_here() {
        for (status, helps) in [
            (307, false),
            (400, false),
            (404, false),
            (409, true),
            (429, true),
            (500, true),
            (502, false),
            (503, true),
            (504, false),
        ] {
            assert_eq!(refused(Operation::Upload, status, None).can_retry(), helps, "{status}");
        }
        assert!(unreachable(Operation::Upload, false).can_retry() && !unreachable(Operation::Upload, true).can_retry());
        assert_eq!(ALL.map(|operation| unanswered(operation).can_retry()), [false, true, false]);
    }

    #[test]
    fn what_may_be_gone_says_what_is_possible_and_how_to_tell() {
        for operation in ALL {
            for error in
                [refused(operation, 404, None), refused(operation, 405, None), refused(operation, 400, Some("method_unknown"))]
            {
                let text = error.to_string();
                assert!(text.contains("not enabled for this team, or it is gone"), "{text}");
                let has_own_remedy = operation == Operation::Delete && error.status() == Some(404);
                assert_eq!(text.contains("To tell which: where `vercel project inspect NAME`"), !has_own_remedy, "{text}");
            }
            assert!(!refused(operation, 400, Some("bad_request")).to_string().contains("gone"));
        }
        assert!(refused(Operation::Delete, 404, None).to_string().contains("no such certificate"));
    }

    #[test]
    fn a_message_has_the_parts_that_are_there() {
        let mut full = Error::new(
            Operation::Upload,
            Failure::Refused {
                status: 403,
                code: Some("forbidden".into()),
                message: Some("Not authorized".into()),
                request_id: Some("fra1::abc".into()),
                retry_after: None,
            },
        );
        assert_eq!(
            full.to_string(),
            "the API answered with status 403: no permission to access this resource; it says: forbidden: Not authorized (request \
             fra1::abc). Use a token whose account may see to this project, and name the team if the project belongs to one"
        );
        assert_eq!((full.status(), full.code(), full.request_id()), (Some(403), Some("forbidden"), Some("fra1::abc")));
        full.failure = Failure::Refused {
            status: 429,
            code: None,
            message: None,
            request_id: None,
            retry_after: Some(Duration::from_millis(61_001)),
        };
        full.tries = 4;
        assert_eq!(
            full.to_string(),
            "the API answered with status 429 (4 tries): too many requests. Try again in 62 seconds: so the API asks"
        );
        assert_eq!(format!("{full:#}"), "the API answered with status 429 (4 tries): too many requests");
        assert_eq!(span(Duration::from_secs(7200)), "2 hours");
        assert_eq!(span(Duration::MAX), "213503982334602 days");
    }
}
