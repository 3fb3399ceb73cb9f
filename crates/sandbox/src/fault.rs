//! Projects whose names ask for a fault, so that a pipeline can rehearse it.

use crate::connection::Reset;
use crate::refusal::Refusal;
use axum::Json;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use serde_json::Value;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{io, mem};
use tokio::time::sleep;

/// The names of the projects that play a fault, and what each plays, in one line.
pub const FAULTS: &[(&str, &str)] = &summaries();

/// The only list: [`FAULTS`] is made from it, and every name has its effect beside it.
const TABLE: &[Fault] = &[
    refused("fault-400", "400: a value is invalid", StatusCode::BAD_REQUEST, "bad_request", EVERY),
    refused("fault-401", "401: the request is not authorized", StatusCode::UNAUTHORIZED, "forbidden", EVERY),
    refused("fault-402", "402: a payment method must be updated", StatusCode::PAYMENT_REQUIRED, "payment_required", UPLOAD),
    refused("fault-403", "403: no permission to access the project", StatusCode::FORBIDDEN, "forbidden", EVERY),
    refused("fault-404", "404: not found", StatusCode::NOT_FOUND, "not_found", EVERY),
    refused("fault-409", "409: the project is being transferred", StatusCode::CONFLICT, "conflict", CHANGES),
    refused("fault-429", "429: too many requests, at every upload", StatusCode::TOO_MANY_REQUESTS, "rate_limited", UPLOAD),
    refused("fault-500", "500: the upload failed", StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", UPLOAD),
    refused("fault-503", "503: unavailable, at every upload", StatusCode::SERVICE_UNAVAILABLE, "service_unavailable", UPLOAD),
    Fault {
        name: "fault-rate-limit",
        summary: "429 at the first, third, fifth upload and so on; the others are taken",
        effect: Effect::RateLimit,
    },
    Fault { name: "fault-slow", summary: "the upload is taken; the answer comes 10 seconds later", effect: Effect::Late },
    Fault { name: "fault-reset", summary: "the upload is taken; the connection is reset without an answer", effect: Effect::Reset },
    Fault {
        name: "fault-truncated",
        summary: "the upload is taken; the answer breaks off in the middle",
        effect: Effect::Truncate,
    },
];

// The operations for which a status is published; 429 and 503 are not, and matter where something is at stake.
const EVERY: &[Operation] = &[Operation::List, Operation::Upload, Operation::Delete];
const CHANGES: &[Operation] = &[Operation::Upload, Operation::Delete];
const UPLOAD: &[Operation] = &[Operation::Upload];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    List,
    Upload,
    Delete,
}

/// What a project of this name plays.
#[derive(Debug)]
pub(crate) struct Fault {
    name: &'static str,
    summary: &'static str,
    effect: Effect,
}

#[derive(Debug)]
enum Effect {
    /// These operations are refused with this status and code.
    Refuse(StatusCode, &'static str, &'static [Operation]),
    /// Uploads are by turns refused with 429 and taken.
    RateLimit,
    /// The answer to an upload comes after [`LATE`].
    Late,
    /// There is no answer to an upload, but a reset of the connection.
    Reset,
    /// The answer to an upload breaks off.
    Truncate,
}

/// Long enough to stop a client that waits, and shorter than certflight waits.
const LATE: Duration = Duration::from_secs(10);

const fn refused(
    name: &'static str,
    summary: &'static str,
    status: StatusCode,
    code: &'static str,
    operations: &'static [Operation],
) -> Fault {
    Fault { name, summary, effect: Effect::Refuse(status, code, operations) }
}

const fn summaries() -> [(&'static str, &'static str); TABLE.len()] {
    let mut summaries = [("", ""); TABLE.len()];
    let mut places: &mut [_] = &mut summaries;
    let mut faults = TABLE;
    while let ([place, next @ ..], [fault, others @ ..]) = (places, faults) {
        *place = (fault.name, fault.summary);
        (places, faults) = (next, others);
    }
    summaries
}

impl Fault {
    /// The fault that a project of exactly this name plays.
    pub(crate) fn of(project: &str) -> Option<&'static Self> {
        TABLE.iter().find(|fault| fault.name == project)
    }

    /// What the operation is refused with, if it is. `meets_limit` is asked once for each upload to a project with a rate limit.
    pub(crate) fn refusal(&self, operation: Operation, meets_limit: impl FnOnce() -> bool) -> Option<Refusal> {
        match self.effect {
            Effect::Refuse(status, code, operations) => {
                operations.contains(&operation).then(|| Refusal::asked_for(status, code, self.name))
            }
            Effect::RateLimit => (operation == Operation::Upload && meets_limit())
                .then(|| Refusal::asked_for(StatusCode::TOO_MANY_REQUESTS, "rate_limited", self.name)),
            Effect::Late | Effect::Reset | Effect::Truncate => None,
        }
    }

    /// Answers an upload that was taken and came by the connection.
    pub(crate) async fn answer(&self, answer: Json<Value>, connection: &Reset) -> Response {
        match self.effect {
            Effect::Refuse(..) | Effect::RateLimit => answer.into_response(),
            Effect::Late => {
                sleep(LATE).await;
                answer.into_response()
            }
            Effect::Reset => {
                connection.ask();
                answer.into_response() // is not sent
            }
            Effect::Truncate => truncated(&answer.0),
        }
    }
}

/// An answer that announces its whole length and ends in the middle.
fn truncated(answer: &Value) -> Response {
    let mut body = Bytes::from(answer.to_string());
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json")), (CONTENT_LENGTH, HeaderValue::from(body.len()))];
    body.truncate(body.len() / 2);
    (headers, Body::new(Fragment { rest: Some(body), is_sent: false })).into_response()
}

/// A body that breaks off. It does not say how long it is, so the announced length stands.
struct Fragment {
    rest: Option<Bytes>,
    is_sent: bool,
}

impl HttpBody for Fragment {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(rest) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        // The server sends what it has when it has to wait for more, and drops it at an error.
        if !mem::replace(&mut self.is_sent, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[test]
    fn a_late_answer_takes_ten_seconds() {
        // The clock is made to jump to where something happens next.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let start = Instant::now();
            Fault::of("fault-slow").unwrap().answer(Json(Value::Null), &Reset::default()).await;
            assert_eq!(start.elapsed().as_secs(), 10);
        });
    }
}
