//! The request of an upload.

use crate::target::Target;
use bytes::Bytes;
use certflight_validate::{SecretText, UnvalidatedBundle, ValidatedBundle};
use serde::Serialize;
use std::fmt;
use std::io::{self, Write};
use zeroize::Zeroizing;

/// What stands in place of a secret.
pub(crate) const REDACTED: &str = "[redacted]";

const METHOD: &str = "POST";

/// An upload, ready to be sent. It cannot be printed; [`redacted`](Self::redacted) shows what can be shown.
///
/// An upload is made from the proof that the bundle was checked:
///
/// ```
/// use certflight_upload::{Request, Target};
/// use certflight_validate::ValidatedBundle;
///
/// fn upload(target: &Target, bundle: &ValidatedBundle) -> Request {
///     Request::upload(target, bundle)
/// }
/// ```
///
/// and from nothing else, neither text
///
/// ```compile_fail,E0308
/// use certflight_upload::{Request, Target};
///
/// fn upload(target: &Target, bundle: &(String, String, String)) -> Request {
///     Request::upload(target, bundle)
/// }
/// ```
///
/// nor a bundle that was not checked:
///
/// ```compile_fail,E0308
/// use certflight_upload::{Request, Target};
/// use certflight_validate::UnvalidatedBundle;
///
/// fn upload(target: &Target, bundle: &UnvalidatedBundle) -> Request {
///     Request::upload(target, bundle)
/// }
/// ```
///
/// That one goes only where the name says what is skipped:
///
/// ```
/// use certflight_upload::{Request, Target};
/// use certflight_validate::UnvalidatedBundle;
///
/// fn upload(target: &Target, bundle: &UnvalidatedBundle) -> Request {
///     Request::upload_skipping_validation(target, bundle)
/// }
/// ```
///
/// ```compile_fail,E0308
/// use certflight_upload::{Request, Target};
/// use certflight_validate::ValidatedBundle;
///
/// fn upload(target: &Target, bundle: &ValidatedBundle) -> Request {
///     Request::upload_skipping_validation(target, bundle)
/// }
/// ```
pub struct Request {
    path_and_query: String,
    body: Bytes,
    /// For [`conceal`](crate::conceal): what a server's text must not show.
    key: SecretText,
    /// The body with the key left out when it was written.
    shown: String,
}

/// What can be shown of a [`Request`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The method.
    pub method: &'static str,
    /// Path and query, percent-encoded, without the API's base.
    pub path_and_query: &'a str,
    /// The JSON body with `[redacted]` for the key, in ASCII: what else the texts hold is escaped.
    pub body: &'a str,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    cert: &'a str,
    key: &'a str,
    ca: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    skip_validation: bool,
}

impl Request {
    /// The upload of a bundle that passed the gate, in the form that was checked.
    pub fn upload(target: &Target, bundle: &ValidatedBundle) -> Self {
        let (cert, ca) = (bundle.certificate_pem(), bundle.ca_pem());
        Self::new(target, &cert, bundle.key_pem(), &ca, bundle.origin(), false)
    }

    /// The upload of a bundle that nobody checked, as it came; the API is told to skip its own validation, too.
    pub fn upload_skipping_validation(target: &Target, bundle: &UnvalidatedBundle) -> Self {
        let key = SecretText::new(bundle.key_text().expose().to_owned());
        Self::new(target, bundle.certificate_text(), key, bundle.ca_text(), bundle.origin(), true)
    }

    fn new(target: &Target, cert: &str, key: SecretText, ca: &str, origin: Option<&str>, skip_validation: bool) -> Self {
        let shown = Body { cert, key: REDACTED, ca, origin, skip_validation };
        let sent = Body { key: key.expose(), ..shown };
        let body = Bytes::from_owner(serialize(&sent));
        let shown = ascii(&String::from_utf8_lossy(&serialize(&shown)));
        Request { path_and_query: target.path_and_query(None), body, key, shown }
    }

    /// What a dry run shows: everything but the key, which this never reads.
    pub fn redacted(&self) -> Redacted<'_> {
        Redacted { method: METHOD, path_and_query: &self.path_and_query, body: &self.shown }
    }

    pub(crate) fn path_and_query(&self) -> &str {
        &self.path_and_query
    }

    /// The body. It is wiped when the last handle is dropped.
    pub(crate) fn body(&self) -> Bytes {
        self.body.clone()
    }

    pub(crate) fn key(&self) -> &SecretText {
        &self.key
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &METHOD).field("path_and_query", &self.path_and_query).finish_non_exhaustive()
    }
}

/// The body of an upload, as the API takes it, for those who send it by other means. It holds the key.
pub fn body(cert: &str, key: &SecretText, ca: &str, origin: Option<&str>) -> SecretText {
    let body = Body { cert, key: key.expose(), ca, origin, skip_validation: false };
    let mut json = serialize(&body);
    SecretText::new(String::from_utf8(std::mem::take(&mut *json)).expect("JSON is UTF-8"))
}

/// JSON in a buffer of exactly its size. A buffer that grows leaves its smaller predecessors behind unwiped, so the first pass only counts.
fn serialize(body: &Body<'_>) -> Zeroizing<Vec<u8>> {
    const INVARIANT: &str = "a struct of strings and a bool serializes, and neither writer fails";
    let mut count = Count(0);
    serde_json::to_writer(&mut count, body).expect(INVARIANT);
    let mut buffer = Zeroizing::new(Vec::with_capacity(count.0));
    serde_json::to_writer(&mut *buffer, body).expect(INVARIANT);
    buffer
}

struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// JSON with nothing in it that a terminal could take for a command: what is not printable ASCII is escaped (RFC 8259 section 7). Outside strings JSON
/// is ASCII, so whatever else there is stands in one.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";

    fn request(cert: &str, origin: Option<&str>, skip_validation: bool) -> Request {
        let target = Target::new("app").unwrap().team("team_1").unwrap();
        Request::new(&target, cert, SecretText::new(KEY.into()), "CA\n", origin, skip_validation)
    }

    fn sent(request: &Request) -> Value {
        serde_json::from_slice(&request.body()).unwrap()
    }

    #[test]
    fn only_what_was_given_is_sent() {
        assert_eq!(sent(&request("CERT\n", None, false)), json!({"cert": "CERT\n", "key": KEY, "ca": "CA\n"}));
        let origin = "https://api.example.com";
        assert_eq!(
            sent(&request("CERT\n", Some(origin), false)),
            json!({"cert": "CERT\n", "key": KEY, "ca": "CA\n", "origin": origin})
        );
        assert_eq!(
            sent(&request("CERT\n", None, true)),
            json!({"cert": "CERT\n", "key": KEY, "ca": "CA\n", "skipValidation": true})
        );
    }

    #[test]
    fn the_buffer_never_grows() {
        // Escapes make the JSON longer than its parts.
        let cert = "\n\"\\\u{1}".repeat(10_000);
        let body = Body { cert: &cert, key: KEY, ca: "", origin: None, skip_validation: true };
        let buffer = serialize(&body);
        assert_eq!(buffer.capacity(), buffer.len());
    }

    #[test]
    fn what_is_shown_holds_all_but_the_key() {
        let request = request("C\u{1b}\u{7f}\u{9b}\u{202e}\u{1f600}", Some("https://api.example.com"), true);
        let shown = request.redacted();
        assert_eq!((shown.method, shown.path_and_query), ("POST", "/v1/projects/app/client-cert?teamId=team_1"));
        assert!(shown.body.bytes().all(|b| matches!(b, 0x20..=0x7e)), "{}", shown.body);
        let mut expected = sent(&request);
        expected["key"] = json!("[redacted]");
        assert_eq!(serde_json::from_str::<Value>(shown.body).unwrap(), expected);
        assert!(!format!("{request:?} {shown:?}").contains("c2VjcmV0"));
    }
}
