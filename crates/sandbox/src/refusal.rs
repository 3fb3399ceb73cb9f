//! Answers that refuse.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An answer `{"error": {"code", "message"}}`; with 429, also `limit`.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: &str) -> Self {
        Refusal { status, code, message: format!("sandbox: {message}") }
    }

    pub(crate) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "forbidden", "the request has no `Authorization: Bearer TOKEN`")
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(crate) fn method_unknown() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_unknown", "this path does not have that method")
    }

    /// What a project asks for by its name.
    pub(crate) fn asked_for(status: StatusCode, code: &'static str, project: &str) -> Self {
        Self::new(status, code, &format!("the project's name, {project}, asks for this answer"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = Map::new();
        error.insert("code".into(), self.code.into());
        error.insert("message".into(), self.message.into());
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            error.insert("limit".into(), limit());
        }
        let passes = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&self.status);
        (self.status, passes.then_some([(RETRY_AFTER, "1")]), Json(json!({"error": error}))).into_response()
    }
}

/// A rate limit that is used up for one more second. The whole seconds are rounded up, lest they say that it is over before it is.
fn limit() -> Value {
    let reset = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_add(Duration::from_secs(1)).as_millis();
    json!({"remaining": 0, "reset": reset.div_ceil(1000), "resetMs": reset, "total": 1})
}
