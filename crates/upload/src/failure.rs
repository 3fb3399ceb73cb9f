//! What the HTTP client's errors mean.

use std::error::Error;
use std::io;

/// An error and all that caused it. The outermost, "error sending request", says nothing when there is a cause.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    let texts = sources(error).map(ToString::to_string);
    // The step of the client's that failed: what is said beside it tells that in other words.
    let texts = texts.filter(|text| !text.starts_with("client error (")).map(|text| match text.as_str() {
        // Whatever the proxy answered, hyper-util says no more.
        "tunnel error: unsuccessful" => "the proxy opened no tunnel; it may forbid this host".to_owned(),
        _ => text,
    });
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}

/// Whether no connection came about. True for what the connector does: name resolution, TCP, the proxy's tunnel, TLS, and the connect timeout over all of
/// these; and for a request that was never tried.
pub(crate) fn is_before_connection(error: &reqwest::Error) -> bool {
    error.is_connect() || error.is_builder()
}

/// Whether TLS failed for a reason that stays: the server's certificate, or what it speaks.
pub(crate) fn is_tls(error: &reqwest::Error) -> bool {
    sources(error).any(holds_tls)
}

/// An I/O error does not name what it was made of as its source, and that may be another one.
fn holds_tls(error: &(dyn Error + 'static)) -> bool {
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>() || inner.is_some_and(|inner| holds_tls(inner))
}

fn sources<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}
