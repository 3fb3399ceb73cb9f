//! Sends requests.

use crate::address::{Base, ConfigError};
use crate::answer::{self, MAX_ANSWER, Uploaded};
use crate::conceal::conceal;
use crate::error::{Error, meaning};
use crate::request::Request;
use crate::token::Token;
use bytes::Bytes;
use certflight_validate::Escaped;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long name resolution, TCP and TLS may take together. They need a few round trips; a connection that is not there after this many seconds has
/// lost its packets to a firewall.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long everything may take, connecting included: the answer comes within seconds, but a slow line may need a while for the body, and giving up early
/// leaves the fate of the upload unknown.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(60);

/// The answer header that names the request.
const REQUEST_ID: &str = "x-vercel-id";

/// Sends uploads to one API with one token.
pub struct Client {
    http: reqwest::Client,
    /// The API's address without a slash at its end.
    base: String,
    token: Token,
}

impl Client {
    /// A client of the API at `api_url`, normally [`API_URL`](crate::API_URL). A path is allowed and comes before the API's own.
    ///
    /// Fails when the address is no `https` URL (`http` is allowed to a loopback address alone), when it holds credentials, a query or a fragment, and
    /// when TLS cannot be set up, as on a Linux without root certificates.
    pub fn new(api_url: &str, token: Token) -> Result<Self, ConfigError> {
        Self::with_timeout(api_url, token, TOTAL_TIMEOUT)
    }

    fn with_timeout(api_url: &str, token: Token, total: Duration) -> Result<Self, ConfigError> {
        let base = Base::parse(api_url)?;
        // An error means that a provider is installed already; reqwest takes that one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("certflight/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            // By default a request that the server says it did not process is repeated at once, three times in all.
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(total)
            // A connection that is kept would keep the key in its write buffer.
            .pool_max_idle_per_host(0)
            .https_only(base.https);
        if base.loopback {
            // What is meant for this machine does not go to a proxy, and `localhost` is this machine whatever the resolver says
            // (RFC 6761 section 6.3). Port 0 stands for the port of the URL.
            let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
            builder = builder.no_proxy().resolve_to_addrs("localhost", &here);
        }
        if !base.https {
            // Without this, building fails on a Linux without root certificates, which plain HTTP does not need.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| ConfigError::Tls(chain(&error.without_url())))?;
        Ok(Client { http, base: base.text, token })
    }

    /// Sends an upload, once. Takes a tokio runtime with its network and time drivers enabled, and at most 60 seconds.
    ///
    /// Fails with an [`Error`] that tells apart whether the certificate was not taken, was refused, or may have been taken. Who drops the future before it
    /// ends does not know either.
    pub async fn upload(&self, request: Request) -> Result<Uploaded, Error> {
        let show = |text: &str| Escaped(&conceal(text, &self.token, request.key())).to_string();
        let mut response = self
            .http
            .post(format!("{}{}", self.base, request.path_and_query()))
            .header(AUTHORIZATION, self.authorization())
            .header(CONTENT_TYPE, "application/json")
            .body(request.body())
            .send()
            .await
            .map_err(|error| unanswered(error, show))?;

        let status = response.status().as_u16();
        let request_id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(show);
        let body = read(&mut response).await;
        match status {
            200..=299 => {
                let body = body.map_err(|cause| Error::FateUnknown { cause: show(&cause) })?;
                let answer = answer::uploaded(&body).map_err(|cause| Error::FateUnknown { cause: cause.into() })?;
                let hide = |text: String| conceal(&text, &self.token, request.key());
                Ok(Uploaded { updated: answer.updated, origin: hide(answer.origin), cert_id: hide(answer.cert_id) })
            }
            300..=599 => {
                // The status alone is a sound no, even when the rest broke off.
                let said = body
                    .map(|body| answer::refusal(&body))
                    .unwrap_or_else(|cause| answer::Said { code: None, message: Some(cause) });
                let meaning = meaning(status, said.code.as_deref());
                let (code, message) = (said.code.as_deref().map(show), said.message.as_deref().map(show));
                Err(Error::Refused { status, code, message, request_id, meaning })
            }
            _ => Err(Error::FateUnknown { cause: format!("the answer has status {status}, which ends no request") }),
        }
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
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).finish_non_exhaustive()
    }
}

/// Reads a body, a chunk at a time, up to [`MAX_ANSWER`]. Fails with the cause.
async fn read(response: &mut reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| format!("the answer broke off: {}", chain(&error.without_url())))?
    {
        if chunk.len() > MAX_ANSWER.saturating_sub(body.len()) {
            return Err(format!("the answer is longer than {} KiB", MAX_ANSWER / 1024));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Whether a request that got no answer went out.
///
/// `is_connect` is true for what the connector does: name resolution, TCP, the proxy's tunnel, TLS, and the connect timeout over all of these. The body is
/// handed to a connection only after that, so nothing of it left. A `is_builder` request was never tried. Anything else, the total timeout too, strikes
/// when the body may be under way: the connect timeout is the shorter one, so by then there was a connection.
fn unanswered(error: reqwest::Error, show: impl Fn(&str) -> String) -> Error {
    let error = error.without_url();
    let cause = show(&chain(&error));
    if error.is_connect() || error.is_builder() { Error::Unreachable { cause } } else { Error::FateUnknown { cause } }
}

/// An error and all that caused it. The outermost, "error sending request", says nothing when there is a cause.
fn chain(error: &reqwest::Error) -> String {
    let sources = std::iter::successors(std::error::Error::source(error), |error| error.source());
    let texts: Vec<String> = sources.map(ToString::to_string).collect();
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, Target};
    use certflight_validate::{Request as Inputs, Role, Source, skip_validation};
    use std::io::Read;
    use std::net::TcpListener;
    use std::thread;

    fn token() -> Token {
        Token::new("hunter2-hunter2".into()).unwrap()
    }

    /// The wait for the answer ends, whichever step it strikes in, with the fate unknown: the total timeout never says that nothing was sent.
    #[test]
    fn an_answer_that_never_comes_leaves_the_fate_unknown() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // Reads until the client gives up.
        let server = thread::spawn(move || listener.accept().unwrap().0.read_to_end(&mut Vec::new()));
        let source = |role| Source::new(role, "test", b"text");
        let inputs = Inputs { sources: &[source(Role::Cert), source(Role::Key), source(Role::Ca)], origin: None };
        let bundle = skip_validation(&inputs).unwrap();
        let request = Request::upload_skipping_validation(&Target::new("app").unwrap(), &bundle);
        let client = Client::with_timeout(&format!("http://{address}"), token(), Duration::from_millis(200)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(client.upload(request)).unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        drop(runtime);
        let _ = server.join().unwrap(); // ends with the connection, cleanly or not
    }

    #[test]
    fn the_token_is_in_the_header_and_nowhere_else() {
        let client = Client::new("http://127.0.0.1", token()).unwrap();
        assert_eq!(client.authorization().as_bytes(), b"Bearer hunter2-hunter2");
        assert!(!format!("{client:?} {:?}", client.authorization()).contains("hunter2"));
    }
}
