//! A dry run.

use certflight_upload::Request;

/// What a dry run shows: the request without its secrets.
pub(crate) struct Dry {
    pub(super) method: &'static str,
    pub(super) url: String,
    pub(super) body: serde_json::Value,
}

impl Dry {
    pub(crate) fn of(request: &Request, base: &str) -> Self {
        let shown = request.redacted();
        let body = serde_json::from_str(shown.body).unwrap_or_default();
        Dry { method: shown.method, url: format!("{base}{}", shown.path_and_query), body }
    }
}
