//! The proxy that the environment, or the system, names for an origin.

use crate::failure::Usage;
use certflight_probe::Proxy;
use certflight_validate::SecretText;
use hyper_util::client::proxy::matcher::Matcher;
use std::sync::Arc;

/// The proxy for an origin, by the variables and exceptions that the API is reached by; none for this machine.
pub(crate) fn of(origin: &str, is_loopback: bool) -> Result<Option<Proxy>, Usage> {
    if is_loopback {
        return Ok(None);
    }
    certflight_upload::check_proxy().map_err(|error| Usage(error.to_string()))?;
    let Some(found) = origin.parse().ok().and_then(|origin| Matcher::from_system().intercept(&origin)) else { return Ok(None) };
    // The address may hold a password, so it is not shown.
    if found.uri().scheme_str() != Some("http") {
        return Err(Usage(
            "the proxy that the environment names is not spoken to in plain HTTP, which is all that a probe does".into(),
        ));
    }
    let host = found.uri().host().unwrap_or_default().to_owned();
    let authorization = found.basic_auth().and_then(|value| value.to_str().ok());
    let authorization = authorization.map(|value| Arc::new(SecretText::new(value.to_owned())));
    Ok(Some(Proxy { host, port: found.uri().port_u16().unwrap_or(80), authorization }))
}
