//! The three endpoints.

use crate::body::Upload;
use crate::connection::Reset;
use crate::fault::{Fault, Operation};
use crate::refusal::Refusal;
use crate::scope::Scope;
use crate::store::{Entry, Store};
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Shared = Arc<Mutex<Store>>;

/// The endpoints over a store that is empty, to be served by connections that can be reset.
pub(crate) fn routes() -> IntoMakeServiceWithConnectInfo<Router, Reset> {
    // axum answers HEAD with what GET has unless told otherwise; it is not published.
    let collection = get(list).post(upload).head(method_unknown);
    Router::new()
        .route("/v1/projects/{project}/client-cert", collection)
        .route("/v1/projects/{project}/client-cert/{cert_id}", delete(remove))
        .method_not_allowed_fallback(method_unknown)
        .fallback(not_found)
        .layer(map_response(mark))
        .with_state(Shared::default())
        .into_make_service_with_connect_info()
}

async fn upload(
    State(store): State<Shared>,
    scope: Scope,
    ConnectInfo(connection): ConnectInfo<Reset>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let upload = Upload::read(&parts.headers, body).await?;
    play(&store, &scope, Operation::Upload)?;
    let origin = upload.judge()?;
    let fault = Fault::of(&scope.project);
    let entry = lock(&store).put(scope, origin);
    let answer = Json(json!({"updated": true, "origin": shown(&entry), "certId": entry.id}));
    Ok(match fault {
        Some(fault) => fault.answer(answer, &connection).await,
        None => answer.into_response(),
    })
}

async fn list(State(store): State<Shared>, scope: Scope) -> Result<Json<Value>, Refusal> {
    play(&store, &scope, Operation::List)?;
    let certs: Vec<Value> = lock(&store).list(&scope).iter().map(|entry| json!({"origin": shown(entry), "id": entry.id})).collect();
    Ok(Json(json!({"clientCerts": certs})))
}

#[derive(Deserialize)]
struct Certificate {
    cert_id: String,
}

async fn remove(State(store): State<Shared>, scope: Scope, Path(path): Path<Certificate>) -> Result<Json<Value>, Refusal> {
    play(&store, &scope, Operation::Delete)?;
    let entry = lock(&store).delete(&scope, &path.cert_id);
    let entry = entry.ok_or_else(|| Refusal::not_found("the certificate could not be found"))?;
    Ok(Json(json!({"origin": shown(&entry), "certId": entry.id})))
}

/// Refuses what the project's name asks to have refused.
fn play(store: &Shared, scope: &Scope, operation: Operation) -> Result<(), Refusal> {
    let fault = Fault::of(&scope.project);
    fault.and_then(|fault| fault.refusal(operation, || lock(store).meets_limit(scope))).map_or(Ok(()), Err)
}

async fn method_unknown() -> Refusal {
    Refusal::method_unknown()
}

async fn not_found() -> Refusal {
    Refusal::not_found("there is no such path")
}

/// Says of every answer where it comes from.
async fn mark(mut response: Response) -> Response {
    response.headers_mut().insert(HeaderName::from_static("x-certflight-sandbox"), HeaderValue::from_static("true"));
    response
}

/// The answers must name an origin; the project-wide certificate has none.
fn shown(entry: &Entry) -> &str {
    entry.origin.as_deref().unwrap_or_default()
}

/// A store that a panic left behind is whole: no step of a change can panic.
fn lock(store: &Shared) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}
