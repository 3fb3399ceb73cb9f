//! Reads the API's answers.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::error::Category;
use std::time::{Duration, SystemTime};

/// The most bytes of an answer that are read. The published ones have a few hundred; this leaves room for an error page.
pub(crate) const MAX_ANSWER: usize = 256 * 1024;

/// The most bytes of a list, in which a certificate takes about a hundred.
pub(crate) const MAX_LIST: usize = 4 * 1024 * 1024;

/// What the API says of a certificate that it took. The texts are as the API sent them: escape them before showing them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The published `updated`. What it tells is not published.
    pub updated: bool,
    /// The origin that the certificate is used for.
    pub origin: String,
    /// The certificate's ID, by which it can be deleted.
    pub cert_id: String,
    /// The HTTP status, 200 as published.
    pub status: u16,
    /// The answer says that it comes from a sandbox.
    pub from_sandbox: bool,
}

/// What the API says of a project's certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The certificates, in the API's order.
    pub certificates: Vec<Listed>,
    /// The answer says that it comes from a sandbox.
    pub from_sandbox: bool,
}

/// A certificate that a project has. The texts are as the API sent them: escape them before showing them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// The certificate's ID.
    pub id: String,
    /// The origin that it is used for. How the API names the project-wide one is not published; one without an origin counts as it.
    pub origin: String,
}

/// What the API says of a certificate that it deleted. The texts are as the API sent them: escape them before showing them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deleted {
    /// The certificate's ID.
    pub cert_id: String,
    /// The origin that it was used for.
    pub origin: String,
}

/// The published answer to an upload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadAnswer {
    pub(crate) updated: bool,
    pub(crate) origin: String,
    #[serde(deserialize_with = "named")]
    pub(crate) cert_id: String,
}

/// An ID that names something.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    if id.trim().is_empty() { Err(D::Error::custom("an ID that is empty")) } else { Ok(id) }
}

/// The published answer to a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListAnswer {
    pub(crate) client_certs: Vec<ListEntry>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ListEntry {
    #[serde(deserialize_with = "named")]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) origin: Option<String>,
}

/// The published answer to a deletion.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeleteAnswer {
    pub(crate) origin: String,
    pub(crate) cert_id: String,
}

/// Reads a yes. What cannot be read is told without a word of it, since it may hold anything.
pub(crate) fn yes<T: DeserializeOwned>(body: &[u8]) -> Result<T, &'static str> {
    // serde reads a struct from an array, too.
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    match serde_json::from_slice(body) {
        Ok(answer) if is_object => Ok(answer),
        Ok(_) => Err("the answer is JSON, but not the published fields"),
        Err(error) => Err(match error.classify() {
            Category::Eof if body.is_empty() => "the answer is empty",
            Category::Eof => "the answer is cut short",
            Category::Data => "the answer is JSON, but not the published fields",
            Category::Syntax | Category::Io => "the answer is no JSON",
        }),
    }
}

/// The code and the message of a refusal, as sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// When the rate limit ends, counted from 1970, where the refusal tells it.
    pub(crate) reset: Option<Duration>,
}

/// Reads a refusal: `{"error":{"code","message"}}` as the API writes, `{"err":{…}}` and `{"code","message"}` as the vendor's own command line reads
/// besides. Of anything else only the size is told: an error page has nothing to say that the status does not.
pub(crate) fn refusal(body: &[u8]) -> Said {
    if body.is_empty() {
        return Said::default();
    }
    let size = body.len();
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Said { message: Some(format!("a body of {size} bytes that is no JSON")), ..Said::default() };
    };
    let error = [value.get("error"), value.get("err")].into_iter().flatten().find(|inner| inner.is_object()).unwrap_or(&value);
    let text = |name| error.get(name).and_then(Value::as_str).map(str::to_owned);
    match (text("code"), text("message")) {
        (None, None) => Said { message: Some(format!("{size} bytes of JSON without a code or a message")), ..Said::default() },
        (code, message) => Said { code, message, reset: error.get("limit").and_then(reset) },
    }
}

/// The end of a rate limit: `resetMs` in milliseconds, else `reset`, both since 1970 began. The vendor's documentation shows `reset` in seconds, its command
/// line takes it for milliseconds; the size tells, as this many seconds would be in the year 5138.
fn reset(limit: &Value) -> Option<Duration> {
    const SURELY_MILLISECONDS: u64 = 100_000_000_000;
    let number = |name| limit.get(name).and_then(Value::as_u64);
    let of_size = |number| if number < SURELY_MILLISECONDS { Duration::from_secs(number) } else { Duration::from_millis(number) };
    number("resetMs").map(Duration::from_millis).or_else(|| number("reset").map(of_size))
}

/// How long a `Retry-After` asks to wait at `now`: a number of seconds, or a date (RFC 9110 section 10.2.3). `None` for anything else.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // What does not fit is longer than anyone waits.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_has_three_fields() {
        let uploaded = yes::<UploadAnswer>;
        let body = br#"{"updated":true,"origin":"https://api.example.com","certId":"cert_1","later":[1]}"#;
        let answer = uploaded(body).unwrap();
        assert_eq!((answer.updated, &*answer.origin, &*answer.cert_id), (true, "https://api.example.com", "cert_1"));
        for body in [
            r#"{"updated":true,"origin":"https://api.example.com"}"#,
            r#"{"updated":true,"certId":"cert_1"}"#,
            r#"{"origin":"https://api.example.com","certId":"cert_1"}"#,
            r#"{"updated":"yes","origin":"https://api.example.com","certId":"cert_1"}"#,
            r#"{"updated":true,"origin":null,"certId":"cert_1"}"#,
            r#"{"updated":true,"origin":"","certId":" "}"#,
            r#"[true,"https://api.example.com","cert_1"]"#,
            "null",
        ] {
            assert!(uploaded(body.as_bytes()).unwrap_err().contains("published"), "{body}");
        }
        let why = |body: &[u8]| uploaded(body).unwrap_err();
        assert_eq!(why(b""), "the answer is empty");
        assert_eq!(why(br#"{"updated":true,"#), "the answer is cut short");
        assert_eq!(why(b"<html>"), "the answer is no JSON");
        assert_eq!(why(b"{\"updated\":\xff"), "the answer is no JSON");
    }

    #[test]
    fn a_list_has_entries_and_some_have_no_origin() {
        let list = yes::<ListAnswer>;
        assert!(list(br#"{"clientCerts":[]}"#).unwrap().client_certs.is_empty());
        let some =
            list(br#"{"clientCerts":[{"id":"a","origin":"https://a.example"},{"id":"b","origin":null},{"id":"c"}]}"#).unwrap();
        let origins: Vec<Option<&str>> = some.client_certs.iter().map(|entry| entry.origin.as_deref()).collect();
        assert_eq!(origins, [Some("https://a.example"), None, None]);
        for body in
            ["{}", "[]", "[[]]", r#"{"clientCerts":null}"#, r#"{"clientCerts":[{"origin":"a"}]}"#, r#"{"clientCerts":[{"id":1}]}"#]
        {
            assert!(list(body.as_bytes()).unwrap_err().contains("published"), "{body}");
        }
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sunday, 06-Nov-94 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("+1", None),
            ("", None),
            ("tomorrow", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn a_rate_limit_tells_its_end() {
        let at = |limit: &str| refusal(format!(r#"{{"error":{{"code":"rate_limited","limit":{limit}}}}}"#).as_bytes()).reset;
        let end = |millis| Some(Duration::from_millis(millis));
        assert_eq!(at(r#"{"reset":1700000000,"resetMs":1700000000250}"#), end(1_700_000_000_250));
        assert_eq!(at(r#"{"reset":1700000000}"#), end(1_700_000_000_000));
        assert_eq!(at(r#"{"reset":1700000000250}"#), end(1_700_000_000_250));
        for limit in ["{}", "null", "3", r#"{"reset":"soon"}"#, r#"{"reset":-1}"#, r#"{"resetMs":1.5}"#] {
            assert_eq!(at(limit), None, "{limit}");
        }
        assert_eq!(at(r#"{"reset":18446744073709551615}"#), end(u64::MAX));
    }

    #[test]
    fn a_refusal_has_three_shapes() {
        let expected = Said { code: Some("forbidden".into()), message: Some("Not authorized".into()), reset: None };
        for body in [
            r#"{"error":{"code":"forbidden","message":"Not authorized","limit":{"total":1}}}"#,
            r#"{"err":{"code":"forbidden","message":"Not authorized"}}"#,
            r#"{"code":"forbidden","message":"Not authorized"}"#,
        ] {
            assert_eq!(refusal(body.as_bytes()), expected, "{body}");
        }
        assert_eq!(refusal(br#"{"error":{"code":"forbidden"}}"#), Said { code: Some("forbidden".into()), ..Said::default() });
    }

    #[test]
    fn of_any_other_shape_the_size_is_told() {
        assert_eq!(refusal(b""), Said::default());
        assert_eq!(refusal(b"<p>secret</p>").message.unwrap(), "a body of 13 bytes that is no JSON");
        for body in [r#"{"error":"secret"}"#, r#"{"code":403}"#, "[]", "3", "null"] {
            let said = refusal(body.as_bytes());
            assert_eq!(said.message.unwrap(), format!("{} bytes of JSON without a code or a message", body.len()));
        }
    }
}
