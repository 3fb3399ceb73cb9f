//! The proxy that the environment names.

use crate::address::ConfigError;

/// Looks at the variables that name a proxy for https.
///
/// Fails where one names a proxy that cannot be used: HTTP clients pass over it without a word and go out directly.
pub fn check_proxy() -> Result<(), ConfigError> {
    // The first of each that is set counts; the second row stands in for the first.
    for names in [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]] {
        let set = names.into_iter().find_map(|name| Some((name, std::env::var(name).ok()?)));
        if let Some((name, value)) = set
            && !value.is_empty()
        {
            return if is_usable(&value) { Ok(()) } else { Err(ConfigError::Proxy(name)) };
        }
    }
    Ok(())
}

fn is_usable(value: &str) -> bool {
    value.parse::<http::Uri>().is_ok_and(|uri| {
        let is_http = uri.scheme_str().is_none_or(|scheme| scheme == "http" || scheme == "https");
        let (authority, host) = (uri.authority().map_or("", |authority| authority.as_str()), uri.host().unwrap_or_default());
        // Of a password with an @ in it a part would be sent, and a port above 65535 would become the scheme's own.
        let is_plain = authority.matches('@').count() < 2;
        let is_port = |rest: &str| rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
        let is_place = authority.rsplit('@').next().and_then(|place| place.strip_prefix(host)).is_some_and(is_port);
        is_http && is_plain && is_place && !host.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_that_speaks_http() {
        for value in [
            "http://proxy.example:8080",
            "https://me:secret@proxy.example",
            "proxy.example:8080",
            "proxy.example",
            "http://[::1]:1/",
        ] {
            assert!(is_usable(value), "{value}");
        }
        for value in [
            "http://me:secret@[bad",
            "garbage with space",
            "ftp://127.0.0.1:1",
            "socks5://127.0.0.1:1",
            "http://",
            "/path",
            "http:///x",
            "http://127.0.0.1:99999",
            "http://me:se@cret@127.0.0.1:1",
        ] {
            assert!(!is_usable(value), "{value}");
        }
    }
}
