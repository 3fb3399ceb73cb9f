//! The body of an upload, read and judged.

use crate::refusal::Refusal;
use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use certflight_validate::{Finding, GatePolicy, Request, Role, SecretText, Severity, Source, Timestamp, validate};
use serde::{Deserialize, Deserializer};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// The most bytes of a body: three inputs of the size that the validation takes, and room for the escapes in their JSON.
const MAX_BODY: usize = 16 * 1024 * 1024;
const _: () = assert!(MAX_BODY > 3 * certflight_validate::MAX_INPUT_BYTES);

/// The published fields, and no others.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Upload {
    cert: String,
    #[serde(deserialize_with = "secret")]
    key: SecretText,
    ca: String,
    #[serde(default, deserialize_with = "given")]
    origin: Option<String>,
    #[serde(default, deserialize_with = "given")]
    skip_validation: Option<bool>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
    String::deserialize(deserializer).map(SecretText::new)
}

/// A field that may be missing, but not null: the description gives it one type.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Upload {
    /// Reads the body of a request with `headers`.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
        if !media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json")) {
            return Err(Refusal::bad_request("the Content-Type is not application/json"));
        }
        Self::decode(&collect(body).await?)
    }

    fn decode(json: &[u8]) -> Result<Self, Refusal> {
        // serde reads a struct from an array, too.
        let is_object = json.trim_ascii_start().first() == Some(&b'{');
        // The decoder's own words may quote the key.
        serde_json::from_slice(json).ok().filter(|_| is_object).ok_or_else(|| {
            Refusal::bad_request(
                "the body is not a JSON object with the strings cert, key and ca, optionally the string origin and the boolean \
                 skipValidation, and nothing else",
            )
        })
    }

    /// The origin that the certificate is to be used for, in its canonical form, when the bundle passes the gate now; as it came, when validation is to
    /// be skipped.
    pub(crate) fn judge(self) -> Result<Option<String>, Refusal> {
        if self.skip_validation == Some(true) {
            return Ok(self.origin);
        }
        let sources = [
            Source::new(Role::Cert, "cert", self.cert.as_bytes()),
            Source::new(Role::Key, "key", self.key.expose().as_bytes()),
            Source::new(Role::Ca, "ca", self.ca.as_bytes()),
        ];
        let request = Request { sources: &sources, origin: self.origin.as_deref() };
        match validate(&request, &GatePolicy::new(Timestamp::from(SystemTime::now()))) {
            Ok(bundle) => Ok(bundle.origin().map(str::to_owned)),
            Err(rejected) => Err(Refusal::bad_request(&errors(rejected.report().findings()))),
        }
    }
}

/// The findings that are errors, in one line. What is foreign in a message is escaped already.
fn errors(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let texts: Vec<String> = errors.map(|finding| format!("{}: {}", finding.code.name(), finding.message)).collect();
    format!("the bundle does not pass validation: {}", texts.join("; "))
}

/// The whole body in one buffer that is wiped. A buffer that grows leaves its smaller predecessors behind unwiped, so it is as large as it can get from
/// the start.
async fn collect(mut body: Body) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let too_large = || Refusal::bad_request(&format!("the body is larger than {} MiB", MAX_BODY / (1024 * 1024)));
    let announced = body.size_hint().upper().map_or(MAX_BODY, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > MAX_BODY {
        return Err(too_large());
    }
    let mut buffer = Zeroizing::new(Vec::with_capacity(announced));
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| Refusal::bad_request("the body broke off"))?;
        let Ok(data) = frame.into_data() else { continue }; // trailers
        if data.len() > MAX_BODY.saturating_sub(buffer.len()) {
            return Err(too_large());
        }
        buffer.extend_from_slice(&data);
    }
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_the_published_fields_and_types() {
        for body in [r#"{"cert":"","key":"","ca":""}"#, r#" {"cert":"a","key":"b","ca":"c","origin":"d","skipValidation":false} "#]
        {
            assert!(Upload::decode(body.as_bytes()).is_ok(), "{body}");
        }
        for body in [
            "",
            "{",
            "null",
            r#"["a","b","c","d",true]"#,
            r#"{"key":"b","ca":"c"}"#,
            r#"{"cert":"a","ca":"c"}"#,
            r#"{"cert":"a","key":"b"}"#,
            r#"{"cert":1,"key":"b","ca":"c"}"#,
            r#"{"cert":"a","key":null,"ca":"c"}"#,
            r#"{"cert":"a","key":"b","ca":["c"]}"#,
            r#"{"cert":"a","key":"b","ca":"c","origin":null}"#,
            r#"{"cert":"a","key":"b","ca":"c","skipValidation":null}"#,
            r#"{"cert":"a","key":"b","ca":"c","skipValidation":"true"}"#,
            r#"{"cert":"a","key":"b","ca":"c","skip_validation":true}"#,
            r#"{"cert":"a","key":"b","ca":"c","more":1}"#,
            r#"{"cert":"a","cert":"a","key":"b","ca":"c"}"#,
            r#"{"cert":"a","key":"b","ca":"c"} {}"#,
        ] {
            assert!(Upload::decode(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn what_is_skipped_is_not_looked_at() {
        let upload = |skip: &str| {
            let body = format!(r#"{{"cert":"a","key":"b","ca":"c","origin":"d","skipValidation":{skip}}}"#);
            Upload::decode(body.as_bytes()).unwrap().judge()
        };
        assert_eq!(upload("true").unwrap().as_deref(), Some("d"));
        assert!(upload("false").is_err());
    }
}
