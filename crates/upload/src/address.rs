//! The address of the API.

use std::error::Error;
use std::fmt;
use url::{Host, Url};

/// The API's published address.
pub const API_URL: &str = "https://api.vercel.com";

/// The API's address in one form, for whoever keeps or shows it: checked, without a slash at its end, the host in lower case.
///
/// Fails as [`Client::new`](crate::Client::new), but for TLS, which is not looked at.
pub fn clean_api_url(text: &str) -> Result<String, ConfigError> {
    Base::parse(text).map(|base| base.text)
}

/// The API's address, checked.
#[derive(Debug)]
pub(crate) struct Base {
    /// Without a slash at its end.
    pub(crate) text: String,
    pub(crate) https: bool,
    /// Whether the host is this machine: 127.0.0.0/8, `[::1]` or `localhost` (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3, RFC 6761 section 6.3).
    pub(crate) loopback: bool,
}

impl Base {
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let url = Url::parse(text).map_err(|error| ConfigError::Malformed(error.to_string()))?;
        let loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => return Err(ConfigError::NotHttps),
        };
        let https = url.scheme() == "https";
        let plain_here = url.scheme() == "http" && loopback;
        if !https && !plain_here {
            return Err(ConfigError::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ConfigError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ConfigError::QueryOrFragment);
        }
        Ok(Base { text: url.as_str().trim_end_matches('/').to_owned(), https, loopback })
    }
}

/// Why there is no client. It holds nothing of the address, which may hold credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The address is no URL; with the cause.
    Malformed(String),
    /// The address is neither `https` nor `http` to this machine.
    NotHttps,
    /// The address holds a user name or a password.
    Credentials,
    /// The address holds a query or a fragment.
    QueryOrFragment,
    /// The root certificates that were given cannot be used; with the cause.
    Roots(String),
    /// The variable of this name names no proxy that can be used.
    Proxy(&'static str),
    /// TLS could not be set up; with the cause.
    Tls(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigError::Malformed(cause) => write!(f, "the API's address is no URL: {cause}; write it as {API_URL}"),
            ConfigError::NotHttps => write!(
                f,
                "the API's address is not https, and a private key and a token travel there; write it as {API_URL} (http is for 127.0.0.1, [::1] \
                 and localhost alone)"
            ),
            ConfigError::Credentials => {
                f.write_str("the API's address holds a user name or a password; leave them out, the token is given apart")
            }
            ConfigError::QueryOrFragment => {
                f.write_str("the API's address holds a query or a fragment; leave out what begins with ? or #")
            }
            ConfigError::Proxy(name) => {
                write!(f, "the variable {name} names no proxy that can be used; write it as http://HOST:PORT, or leave it out")
            }
            ConfigError::Roots(cause) => write!(f, "the root certificates cannot be used: {cause}; give them in PEM"),
            ConfigError::Tls(cause) => write!(
                f,
                "TLS could not be set up: {cause}. Install the system's root certificates (on Linux the package ca-certificates)"
            ),
        }
    }
}

impl Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_goes_anywhere_and_http_stays_here() {
        for (address, text, loopback) in [
            (API_URL, "https://api.vercel.com", false),
            ("https://api.example.com:8443/vercel/", "https://api.example.com:8443/vercel", false),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000", true),
            ("http://127.1.2.3/", "http://127.1.2.3", true),
            ("http://[::1]:3000/a/b", "http://[::1]:3000/a/b", true),
            ("http://LOCALHOST:3000", "http://localhost:3000", true),
            ("https://API.vercel.com:443/", "https://api.vercel.com", false),
            ("https://127.0.0.1", "https://127.0.0.1", true),
        ] {
            let base = Base::parse(address).unwrap();
            assert_eq!(clean_api_url(address).as_deref(), Ok(text));
            assert_eq!(
                (base.text.as_str(), base.https, base.loopback),
                (text, address.starts_with("https"), loopback),
                "{address}"
            );
        }
    }

    #[test]
    fn what_would_travel_in_the_clear_is_refused() {
        for address in [
            "http://api.vercel.com",
            "http://10.0.0.1",
            "http://0.0.0.0:3000",
            "http://[::ffff:127.0.0.1]",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost@api.example.com",
            "ftp://127.0.0.1",
            "file:///etc/hosts",
            "mailto:a@example.com",
        ] {
            assert_eq!(Base::parse(address).unwrap_err(), ConfigError::NotHttps, "{address}");
        }
    }

    #[test]
    fn an_address_is_no_more_than_an_address() {
        for address in
            ["https://hunter2@api.example.com", "https://user:hunter2@api.example.com", "https://:hunter2@api.example.com"]
        {
            let error = Base::parse(address).unwrap_err();
            assert_eq!(error, ConfigError::Credentials, "{address}");
            assert!(!error.to_string().contains("hunter2"));
        }
        for address in ["https://api.example.com?a=b", "https://api.example.com/?", "https://api.example.com#a"] {
            assert_eq!(Base::parse(address).unwrap_err(), ConfigError::QueryOrFragment, "{address}");
        }
        for address in ["", "api.vercel.com", "https://", "https://user:hunter2@[::1", "https://hunter2:hunter2"] {
            let error = Base::parse(address).unwrap_err();
            assert!(matches!(error, ConfigError::Malformed(_)), "{address}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
