//! Origins as the API lists them, compared with the one of an upload.

use certflight_upload::Listed;
use certflight_validate::{Escaped, Policy, Request, Timestamp, check};

/// How an origin reads; the whole project's is empty.
pub(crate) fn shown(origin: &str) -> String {
    if origin.is_empty() { "every origin of the project".to_owned() } else { Escaped(origin).to_string() }
}

/// The certificates whose origins differ from `origin` by a slash, a port or case alone: to a browser the same, to the API perhaps another entry.
pub(crate) fn near<'a>(origin: &str, listed: &'a [Listed]) -> Vec<&'a Listed> {
    let Some(ours) = canonical(origin) else { return Vec::new() };
    listed.iter().filter(|entry| entry.origin != origin && canonical(&entry.origin).as_deref() == Some(&*ours)).collect()
}

fn canonical(origin: &str) -> Option<String> {
    // The instant plays no part in an origin.
    let policy = Policy::new(Timestamp::from(std::time::UNIX_EPOCH));
    check(&Request { sources: &[], origin: Some(origin) }, &policy).origin().map(str::to_owned)
}
