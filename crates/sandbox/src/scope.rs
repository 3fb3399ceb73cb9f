//! Whom a request is about, and whether it may be made.

use crate::refusal::Refusal;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::Deserialize;

/// The project and the team that a request is about. That there is one says that the request was authorized and its query is as published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) project: String,
    team: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QueryParameters {
    team_id: Option<String>,
    slug: Option<String>,
}

#[derive(Deserialize)]
struct PathParameters {
    project: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Scope {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        if !is_authorized(parts) {
            return Err(Refusal::unauthorized());
        }
        let Ok(Query(query)) = Query::<QueryParameters>::from_request_parts(parts, state).await else {
            return Err(Refusal::bad_request("the query takes teamId and slug, each at most once, and nothing else"));
        };
        if query.team_id.as_ref().is_some_and(|id| !id.starts_with("team_")) {
            return Err(Refusal::bad_request("teamId does not begin with `team_`; a team's URL slug goes into slug"));
        }
        if query.slug.as_ref().is_some_and(String::is_empty) {
            return Err(Refusal::bad_request("slug is empty"));
        }
        let Ok(Path(path)) = Path::<PathParameters>::from_request_parts(parts, state).await else {
            return Err(Refusal::bad_request("the path is no UTF-8"));
        };
        if path.project.is_empty() {
            return Err(Refusal::not_found("the path names no project")); // the router lets an empty segment pass
        }
        Ok(Scope { project: path.project, team: query.team_id.or(query.slug) })
    }
}

/// Whether there is one `Authorization` header, and it holds a token (RFC 6750 section 2.1). Any token will do.
fn is_authorized(parts: &Parts) -> bool {
    let mut headers = parts.headers.get_all(AUTHORIZATION).into_iter();
    let (Some(header), None) = (headers.next(), headers.next()) else { return false };
    let token = header.as_bytes().strip_prefix(b"Bearer ").unwrap_or_default();
    !token.is_empty() && token.iter().all(u8::is_ascii_graphic)
}
