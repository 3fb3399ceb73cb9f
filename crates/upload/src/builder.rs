//! Sets a client up.

use crate::address::{Base, ConfigError};
use crate::client::{Client, USER_AGENT};
use crate::event::{Event, Observer};
use crate::failure::chain;
use crate::token::Token;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long name resolution, TCP and TLS may take together. They need a few round trips; a connection that is not there after this many seconds has
/// lost its packets to a firewall.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one try may take unless it is said otherwise, connecting included: the answer comes within seconds, but a slow line may need a while for the body,
/// and giving up early leaves the fate of an upload unknown.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// What a [`Client`] is made of.
pub struct ClientBuilder {
    api_url: String,
    token: Token,
    timeout: Duration,
    roots: Option<Vec<u8>>,
    observer: Option<Observer>,
}

impl Client {
    /// A client of the API at `api_url`, normally [`API_URL`](crate::API_URL). A path is allowed and comes before the API's own.
    ///
    /// Fails when the address is no `https` URL (`http` is allowed to a loopback address alone), when it holds credentials, a query or a fragment, and
    /// when TLS cannot be set up, as on a Linux without root certificates.
    pub fn new(api_url: &str, token: Token) -> Result<Self, ConfigError> {
        Self::builder(api_url, token).build()
    }

    /// The same, with more to say.
    pub fn builder(api_url: &str, token: Token) -> ClientBuilder {
        ClientBuilder { api_url: api_url.to_owned(), token, timeout: TIMEOUT, roots: None, observer: None }
    }
}

impl ClientBuilder {
    /// How long one try may take, connecting included, instead of [`TIMEOUT`].
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        ClientBuilder { timeout, ..self }
    }

    /// The root certificates, in PEM, that verify the API's server in place of the platform's.
    #[must_use]
    pub fn root_certificates(self, pem: impl Into<Vec<u8>>) -> Self {
        ClientBuilder { roots: Some(pem.into()), ..self }
    }

    /// Whom each step is told.
    #[must_use]
    pub fn observer(self, observer: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        ClientBuilder { observer: Some(Arc::new(observer)), ..self }
    }

    /// The client.
    ///
    /// Fails as [`Client::new`], and when there is no certificate among the given roots.
    pub fn build(self) -> Result<Client, ConfigError> {
        let base = Base::parse(&self.api_url)?;
        // An error means that a provider is installed already; reqwest takes that one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            // By default a request that the server says it did not process is repeated at once, three times in all; not an upload, whose body can be had once.
            .retry(reqwest::retry::never())
            // The shorter one in any case: so what ends before a connection stands is known to have ended there.
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout.mul_f32(0.8)))
            .timeout(self.timeout)
            // A connection that is kept would keep the key in its write buffer.
            .pool_max_idle_per_host(0)
            .https_only(base.https);
        if base.loopback {
            // What is meant for this machine does not go to a proxy, and `localhost` is this machine whatever the resolver says
            // (RFC 6761 section 6.3). Port 0 stands for the port of the URL.
            let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
            builder = builder.no_proxy().resolve_to_addrs("localhost", &here);
        }
        if base.https && !base.loopback {
            crate::proxy::check_proxy()?;
        }
        if let Some(pem) = &self.roots {
            let roots = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| ConfigError::Roots(chain(&error)))?;
            if roots.is_empty() {
                return Err(ConfigError::Roots("there is no certificate among them".to_owned()));
            }
            builder = builder.tls_certs_only(roots);
        } else if !base.https {
            // Without this, building fails on a Linux without root certificates, which plain HTTP does not need.
            builder = builder.tls_certs_only([]);
        }
        let failed = if self.roots.is_some() { ConfigError::Roots } else { ConfigError::Tls };
        let http = builder.build().map_err(|error| failed(chain(&error.without_url())))?;
        Ok(Client { http, base: base.text, token: self.token, observer: self.observer })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
