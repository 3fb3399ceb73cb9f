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
        is_http && uri.host().is_some_and(|host| !host.is_empty())
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
        ] {
            assert!(!is_usable(value), "{value}");
        }
    }
}
