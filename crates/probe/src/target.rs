//! Where a probe goes, and what it asks for there.

use crate::bounds::{CONNECT_TIMEOUT, MAX_PATH, TOTAL_TIMEOUT};
use certflight_validate::SecretText;
use rustls_pki_types::ServerName;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// What is probed.
#[derive(Clone, Debug)]
pub struct Target {
    pub(crate) origin: String,
    /// Host and port as they stand in the request's Host field (RFC 9112 section 3.2).
    pub(crate) authority: String,
    pub(crate) server_name: ServerName<'static>,
    pub(crate) path: String,
    pub(crate) dial: Dial,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) connect_timeout: Duration,
    pub(crate) total_timeout: Duration,
}

/// Where the connection goes.
#[derive(Clone, Debug)]
pub(crate) struct Dial {
    pub(crate) host: Host<String>,
    pub(crate) port: u16,
    /// In place of what the name resolves to.
    pub(crate) addresses: Vec<IpAddr>,
}

/// A proxy that is asked to CONNECT (RFC 9110 section 9.3.6) over plain TCP.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Its name or address, an IPv6 address in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The value of Proxy-Authorization, as `Basic …`.
    pub authorization: Option<Arc<SecretText>>,
}

impl Target {
    /// An origin in the form in which a check gives it ([`Report::origin`](certflight_validate::Report::origin)), with `HEAD /` for the request.
    ///
    /// # Errors
    /// When it is no https origin.
    pub fn new(origin: &str) -> Result<Self, TargetError> {
        let url = Url::parse(origin).map_err(|_| TargetError::Origin)?;
        let (Some(host), Some(port), "https", "/", None, None) =
            (url.host(), url.port_or_known_default(), url.scheme(), url.path(), url.query(), url.fragment())
        else {
            return Err(TargetError::Origin);
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Origin);
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        Ok(Target {
            origin: url.origin().ascii_serialization(),
            authority,
            server_name: server_name(&host.to_owned())?,
            path: "/".to_owned(),
            dial: Dial { host: host.to_owned(), port, addresses: Vec::new() },
            proxy: None,
            connect_timeout: CONNECT_TIMEOUT,
            total_timeout: TOTAL_TIMEOUT,
        })
    }

    /// Asks for this path, and query, instead of `/`.
    ///
    /// # Errors
    /// When it does not begin with a slash, is longer than 2,048 bytes, or holds what stands in no request line (RFC 9112 section 3): white space, a fragment, control
    /// characters and those beyond ASCII.
    pub fn path(self, path: &str) -> Result<Self, TargetError> {
        let is_plain = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !is_plain || path.len() > MAX_PATH {
            return Err(TargetError::Path);
        }
        Ok(Target { path: path.to_owned(), ..self })
    }

    /// Names this server in the handshake (SNI, RFC 6066 section 3) and expects its name in the origin's certificate, instead of the origin's host.
    ///
    /// # Errors
    /// When it is no host name.
    pub fn server_name(self, name: &str) -> Result<Self, TargetError> {
        let host = Host::parse(name).map_err(|_| TargetError::ServerName)?;
        Ok(Target { server_name: server_name(&host).map_err(|_| TargetError::ServerName)?, ..self })
    }

    /// Connects to this host and port, and still asks for the origin.
    ///
    /// # Errors
    /// When the host is no name and no address (an IPv6 address stands in brackets).
    pub fn connect_to(self, host: &str, port: u16) -> Result<Self, TargetError> {
        let host = Host::parse(host).map_err(|_| TargetError::Host)?;
        Ok(Target { dial: Dial { host, port, addresses: Vec::new() }, ..self })
    }

    /// Takes these addresses, in this order, for those of the host.
    #[must_use]
    pub fn addresses(self, addresses: Vec<IpAddr>) -> Self {
        Target { dial: Dial { addresses, ..self.dial }, ..self }
    }

    /// Goes through a proxy.
    #[must_use]
    pub fn proxy(self, proxy: Proxy) -> Self {
        Target { proxy: Some(proxy), ..self }
    }

    /// How long TCP may take to one address, and the whole in all, instead of [`CONNECT_TIMEOUT`] and [`TOTAL_TIMEOUT`].
    #[must_use]
    pub fn timeouts(self, connect: Duration, total: Duration) -> Self {
        Target { connect_timeout: connect, total_timeout: total, ..self }
    }

    /// Host and port that the connection goes to, unless a proxy stands between: the origin's, or those of [`connect_to`](Self::connect_to).
    pub fn dialled(&self) -> (String, u16) {
        (self.dial.host.to_string(), self.dial.port)
    }

    /// Whether the connection goes to this machine (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3, RFC 6761 section 6.3), which no proxy is asked for.
    pub fn is_loopback(&self) -> bool {
        match (&self.dial.host, self.dial.addresses.first()) {
            (_, Some(address)) => address.is_loopback(),
            (Host::Ipv4(address), None) => address.is_loopback(),
            (Host::Ipv6(address), None) => address.is_loopback(),
            (Host::Domain(name), None) => name == "localhost",
        }
    }
}

fn server_name(host: &Host<String>) -> Result<ServerName<'static>, TargetError> {
    match host {
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| TargetError::Origin),
        Host::Ipv4(address) => Ok(ServerName::from(IpAddr::from(*address))),
        Host::Ipv6(address) => Ok(ServerName::from(IpAddr::from(*address))),
    }
}

/// Why there is no target. It repeats nothing of what was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetError {
    /// The origin is none.
    Origin,
    /// The path cannot stand in a request.
    Path,
    /// The server name is no host name.
    ServerName,
    /// The host to connect to is no name and no address.
    Host,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TargetError::Origin => "this is no https origin; write it as https://HOST or https://HOST:PORT",
            TargetError::Path => {
                "this is no path that can be asked for; it begins with a slash and has no white space, no # and ASCII alone, as /health"
            }
            TargetError::ServerName => "this is no host name",
            TargetError::Host => "the host is no name and no address; an IPv6 address stands in brackets",
        })
    }
}

impl std::error::Error for TargetError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_an_origin_and_no_more() {
        for (origin, canonical, authority, is_loopback) in [
            ("https://api.example.com", "https://api.example.com", "api.example.com", false),
            ("https://API.example.com:443/", "https://api.example.com", "api.example.com", false),
            ("https://m\u{fc}ller.example:8443", "https://xn--mller-kva.example:8443", "xn--mller-kva.example:8443", false),
            ("https://[::1]:8443", "https://[::1]:8443", "[::1]:8443", true),
            ("https://127.0.0.1", "https://127.0.0.1", "127.0.0.1", true),
            ("https://localhost", "https://localhost", "localhost", true),
        ] {
            let target = Target::new(origin).unwrap();
            assert_eq!(
                (&*target.origin, &*target.authority, target.is_loopback()),
                (canonical, authority, is_loopback),
                "{origin}"
            );
        }
        for origin in [
            "",
            "api.example.com",
            "http://api.example.com",
            "https://api.example.com/a",
            "https://api.example.com?a",
            "https://api.example.com#a",
            "https://me:hunter2@api.example.com",
            "https://me@api.example.com",
        ] {
            assert_eq!(Target::new(origin).unwrap_err(), TargetError::Origin, "{origin}");
        }
    }

    #[test]
    fn nothing_is_injected_into_the_request() {
        let target = || Target::new("https://api.example.com").unwrap();
        for path in ["/", "/a/b?c=d&e=%20", "/~a:b@c"] {
            assert_eq!(target().path(path).unwrap().path, path);
        }
        let long = format!("/{}", "a".repeat(MAX_PATH));
        for path in ["", "a", "/a b", "/a\r\nX: y", "/a#b", "/\u{fc}", "/\u{7f}", &long] {
            assert_eq!(target().path(path).unwrap_err(), TargetError::Path, "{path}");
        }
        assert!(target().path(&long[..MAX_PATH]).is_ok());
        assert_eq!(target().connect_to("a b", 1).unwrap_err(), TargetError::Host);
        assert_eq!(target().server_name("*.example.com").unwrap_err(), TargetError::ServerName);
    }

    /// Where the addresses are given, they say where it goes.
    #[test]
    fn a_name_that_leads_here_is_reached_directly() {
        let target = Target::new("https://api.example.com").unwrap();
        assert!(target.clone().connect_to("localhost", 1).unwrap().is_loopback());
        assert!(target.clone().addresses(vec![IpAddr::from([127, 0, 0, 1])]).is_loopback());
        assert!(!Target::new("https://localhost").unwrap().addresses(vec![IpAddr::from([192, 0, 2, 1])]).is_loopback());
    }
}
