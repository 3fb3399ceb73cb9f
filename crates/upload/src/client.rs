//! Sends requests.

use crate::answer::{self, DeleteAnswer, Deleted, ListAnswer, Listed, Listing, MAX_ANSWER, MAX_LIST, UploadAnswer, Uploaded};
use crate::conceal::conceal;
use crate::error::{Error, Failure, Operation};
use crate::event::{Event, Observer};
use crate::failure::{chain, is_before_connection, is_tls};
use crate::handover::{Handover, Watched};
use crate::request::{REDACTED, Request};
use crate::retry::{self, MAX_TRIES};
use crate::target::{CertificateId, Target};
use crate::token::Token;
use bytes::Bytes;
use certflight_validate::{Escaped, SecretText};
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, SET_COOKIE};
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// The answer header that names the request.
const REQUEST_ID: &str = "x-vercel-id";

/// The answer header of a sandbox.
const SANDBOX: &str = "x-certflight-sandbox";

const JSON: &str = "application/json";

/// The most characters of an answer's body that an observer is shown: an error page has said by then what it has to say.
const MAX_SHOWN: usize = 16 * 1024;

pub(crate) const USER_AGENT: &str = concat!("certflight/", env!("CARGO_PKG_VERSION"));

/// Makes requests to one API with one token.
///
/// Each takes a tokio runtime with its network and time drivers enabled. A try takes at most [`TIMEOUT`](crate::TIMEOUT), or what the builder was told. There are
/// up to four, with waits of a minute in all: after a connection that failed before the body went out, and after a 429 or a 503, by which a server says that it
/// did not carry the request out. (That HTTP/2 can refuse a stream as not processed, RFC 9113 section 8.7, is not made use of.) A question that changes nothing
/// is also asked again when its answer broke off. Whoever drops a request's future before it ends does not know what became of it.
pub struct Client {
    pub(crate) http: reqwest::Client,
    /// The API's address without a slash at its end.
    pub(crate) base: String,
    pub(crate) token: Token,
    pub(crate) observer: Option<Observer>,
}

/// One request, as often as it is sent.
struct Call<'a> {
    operation: Operation,
    method: Method,
    path_and_query: &'a str,
    /// What is sent, and what is shown of it.
    body: Option<(Bytes, &'a str)>,
    /// What a server's text must not show, besides the token.
    key: Option<&'a SecretText>,
    max_tries: u32,
}

/// A sound answer.
struct Answer<T> {
    content: T,
    status: u16,
    from_sandbox: bool,
}

impl Client {
    /// Puts a certificate on a project. Fails with an [`Error`] that tells apart whether the certificate was not taken, was refused, or may have been taken.
    pub async fn upload(&self, request: &Request) -> Result<Uploaded, Error> {
        let key = Some(request.key());
        let (path_and_query, body) = (request.path_and_query(), Some((request.body(), request.redacted().body)));
        let call = Call { operation: Operation::Upload, method: Method::POST, path_and_query, body, key, max_tries: MAX_TRIES };
        let Answer { content: UploadAnswer { updated, origin, cert_id }, status, from_sandbox } = self.call(&call).await?;
        Ok(Uploaded { updated, origin, cert_id, status, from_sandbox })
    }

    /// The certificates of a project.
    pub async fn list(&self, target: &Target) -> Result<Listing, Error> {
        self.ask(&target.path_and_query(None), None, MAX_TRIES).await
    }

    /// The certificates of the project of an upload, before it is sent. Nothing of its key is in what is said.
    pub async fn list_before(&self, request: &Request) -> Result<Listing, Error> {
        self.ask(request.path_and_query(), Some(request.key()), MAX_TRIES).await
    }

    /// The same after an upload that [is doubtful](Error::is_doubtful), asked once: the network is bad already.
    pub async fn list_after(&self, request: &Request) -> Result<Listing, Error> {
        self.ask(request.path_and_query(), Some(request.key()), 1).await
    }

    async fn ask(&self, path_and_query: &str, key: Option<&SecretText>, max_tries: u32) -> Result<Listing, Error> {
        let call = Call { operation: Operation::List, method: Method::GET, path_and_query, body: None, key, max_tries };
        let Answer { content: ListAnswer { client_certs }, from_sandbox, .. } = self.call(&call).await?;
        let entry = |entry: answer::ListEntry| Listed { id: entry.id, origin: entry.origin.unwrap_or_default() };
        Ok(Listing { certificates: client_certs.into_iter().map(entry).collect(), from_sandbox })
    }

    /// Takes a certificate from a project.
    pub async fn delete(&self, target: &Target, certificate: &CertificateId) -> Result<Deleted, Error> {
        let path_and_query = &target.path_and_query(Some(certificate));
        let call = Call {
            operation: Operation::Delete,
            method: Method::DELETE,
            path_and_query,
            body: None,
            key: None,
            max_tries: MAX_TRIES,
        };
        let DeleteAnswer { cert_id, origin } = self.call(&call).await?.content;
        if cert_id != certificate.as_str() {
            let cause = "the answer is about another certificate".to_owned();
            return Err(Error::new(Operation::Delete, Failure::Unanswered { cause, request_id: None }));
        }
        Ok(Deleted { cert_id, origin })
    }

    /// Sends a request until it is answered or there is no sense in it any more.
    async fn call<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<Answer<T>, Error> {
        let (mut tries, mut waited) = (0_u32, Duration::ZERO);
        loop {
            tries = tries.saturating_add(1);
            let failure = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let error = Error { tries, ..Error::new(call.operation, failure) };
            let wait = retry::wait(&error, tries, waited, fastrand::f64()).filter(|_| tries < call.max_tries);
            let Some(wait) = wait else { return Err(error) };
            self.tell(&Event::Waiting { error: &error, wait });
            tokio::time::sleep(wait).await;
            waited = waited.saturating_add(wait);
        }
    }

    async fn attempt<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<Answer<T>, Failure> {
        let hide = |text: &str| conceal(text, &self.token, call.key);
        let show = |text: &str| Escaped(&hide(text)).to_string();
        let handover = Handover::new(self.observer.clone());
        let mut response = self.request(call, &handover).send().await.map_err(|error| unanswered(error, call, &handover, show))?;

        let status = response.status().as_u16();
        let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let request_id = text(REQUEST_ID).map(show);
        let from_sandbox = text(SANDBOX) == Some("true");
        let asked = text(RETRY_AFTER.as_str()).and_then(|value| answer::retry_after(value, SystemTime::now()));
        let limit = if call.operation == Operation::List { MAX_LIST } else { MAX_ANSWER };
        let (bytes, cut) = read(&mut response, limit).await;
        // What is hidden once for the whole is in none of its parts.
        let text = hide(&String::from_utf8_lossy(&bytes));
        if let Some(observer) = &self.observer {
            let headers = readable(response.headers(), hide);
            let beginning = text.char_indices().nth(MAX_SHOWN).map_or(&*text, |(end, _)| text.get(..end).unwrap_or_default());
            observer(&Event::Answer { status, headers: &headers, body: beginning });
        }

        match status {
            200..=299 => {
                let content = match cut {
                    Some(cause) => Err(show(&cause)),
                    None => answer::yes(text.as_bytes()).map_err(str::to_owned),
                };
                let content = content.map_err(|cause| Failure::Unanswered { cause, request_id })?;
                Ok(Answer { content, status, from_sandbox })
            }
            300..=599 => {
                // The status alone is a sound no, even when the rest broke off.
                let said = match cut {
                    Some(cause) => answer::Said { message: Some(cause), ..answer::Said::default() },
                    None => answer::refusal(text.as_bytes()),
                };
                let until_reset = || Some(said.reset?.saturating_sub(since_1970()));
                let retry_after = asked.or_else(until_reset).filter(|_| matches!(status, 429 | 503));
                let escaped = |text: String| Escaped(&text).to_string();
                let (code, message) = (said.code.map(escaped), said.message.map(escaped));
                Err(Failure::Refused { status, code, message, request_id, retry_after })
            }
            _ => Err(Failure::Unanswered { cause: format!("the answer has status {status}, which ends no request"), request_id }),
        }
    }

    fn request(&self, call: &Call<'_>, handover: &Handover) -> reqwest::RequestBuilder {
        let url = format!("{}{}", self.base, call.path_and_query);
        let mut headers = vec![
            ("user-agent", USER_AGENT.to_owned()),
            ("accept", JSON.to_owned()),
            ("authorization", format!("Bearer {REDACTED}")),
        ];
        let mut request = self.http.request(call.method.clone(), &url);
        request = request.header(ACCEPT, JSON).header(AUTHORIZATION, self.authorization());
        if let Some((body, _)) = &call.body {
            headers.push(("content-type", JSON.to_owned()));
            let body = reqwest::Body::wrap(Watched::new(body.clone(), handover.clone()));
            request = request.header(CONTENT_TYPE, JSON).body(body);
        }
        let shown = call.body.as_ref().map(|(_, shown)| *shown);
        self.tell(&Event::Request { method: call.method.as_str(), url: &url, headers: &headers, body: shown });
        if call.operation == Operation::Delete {
            handover.let_go(); // there is no body that could be watched
        }
        request
    }

    /// `Bearer TOKEN`, in a buffer that is wiped with the header (RFC 6750 section 2.1).
    fn authorization(&self) -> HeaderValue {
        const SCHEME: &str = "Bearer ";
        let token = self.token.expose();
        let mut text = Zeroizing::new(Vec::with_capacity(SCHEME.len().saturating_add(token.len())));
        text.extend_from_slice(SCHEME.as_bytes());
        text.extend_from_slice(token.as_bytes());
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).expect("a token is visible ASCII");
        value.set_sensitive(true);
        value
    }

    fn tell(&self, event: &Event<'_>) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

fn readable(headers: &HeaderMap, hide: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let shown = |(name, value): (&HeaderName, &HeaderValue)| {
        // A cookie is a secret between the server and whoever keeps it.
        let value = if *name == SET_COOKIE { REDACTED.to_owned() } else { hide(&String::from_utf8_lossy(value.as_bytes())) };
        (hide(name.as_str()), value)
    };
    headers.iter().map(shown).collect()
}

/// How long ago 1970 began; nothing on a clock that stands before it.
fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// Reads a body, a chunk at a time, up to `limit`, and says why it ends before its end, if it does.
async fn read(response: &mut reqwest::Response, limit: usize) -> (Zeroizing<Vec<u8>>, Option<String>) {
    // It may repeat what was sent.
    let mut body = Zeroizing::new(Vec::new());
    loop {
        match response.chunk().await {
            Ok(None) => return (body, None),
            Ok(Some(chunk)) if chunk.len() > limit.saturating_sub(body.len()) => {
                return (body, Some(format!("the answer is longer than {} KiB", limit / 1024)));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(error) => return (body, Some(format!("the answer broke off: {}", chain(&error.without_url())))),
        }
    }
}

/// What it means that a request got no answer.
fn unanswered(error: reqwest::Error, call: &Call<'_>, handover: &Handover, show: impl Fn(&str) -> String) -> Failure {
    let error = error.without_url();
    let cause = show(&chain(&error));
    let nothing_left = match call.operation {
        Operation::Upload => handover.keep(),
        Operation::List | Operation::Delete => is_before_connection(&error),
    };
    if nothing_left {
        Failure::Unreachable { cause, is_tls: is_tls(&error) }
    } else {
        Failure::Unanswered { cause, request_id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_in_the_header_and_nowhere_else() {
        let client = Client::new("http://127.0.0.1", Token::new("hunter2-hunter2".into()).unwrap()).unwrap();
        assert_eq!(client.authorization().as_bytes(), b"Bearer hunter2-hunter2");
        assert!(!format!("{client:?} {:?}", client.authorization()).contains("hunter2"));
    }
}
