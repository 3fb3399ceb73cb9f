//! Origins as the API lists them, compared with the one of an upload.

use certflight_upload::Listed;
use certflight_validate::Escaped;

/// How an origin reads; the whole project's is empty.
pub(crate) fn shown(origin: &str) -> String {
    if origin.is_empty() { "every origin of the project".to_owned() } else { Escaped(origin).to_string() }
}

/// The certificates whose origins differ from `origin` by a slash, a port or case alone: to a browser the same, to the API perhaps another entry.
pub(crate) fn near<'a>(origin: &str, listed: &'a [Listed]) -> Vec<&'a Listed> {
    let ours = plain(origin);
    listed.iter().filter(|entry| entry.origin != origin && plain(&entry.origin) == ours).collect()
}

/// Without what makes no difference to a browser (RFC 6454 section 4).
fn plain(origin: &str) -> String {
    let origin = origin.trim_end_matches('/').to_lowercase();
    origin.strip_suffix(":443").map(str::to_owned).unwrap_or(origin)
}
