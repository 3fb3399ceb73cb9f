//! Reads the API's answers.

use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

/// The most bytes of an answer that are read. The published ones have a few hundred; this leaves room for an error page.
pub(crate) const MAX_ANSWER: usize = 64 * 1024;

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
}

/// Reads a yes. What cannot be read is told without a word of it, since it may hold anything.
pub(crate) fn uploaded(body: &[u8]) -> Result<Uploaded, &'static str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Published {
        updated: bool,
        origin: String,
        cert_id: String,
    }
    match serde_json::from_slice(body) {
        Ok(Published { updated, origin, cert_id }) => Ok(Uploaded { updated, origin, cert_id }),
        Err(error) => Err(match error.classify() {
            Category::Eof if body.is_empty() => "the answer is empty",
            Category::Eof => "the answer is cut short",
            Category::Data => "the answer is JSON, but not the published `updated`, `origin` and `certId`",
            Category::Syntax | Category::Io => "the answer is no JSON",
        }),
    }
}

/// The code and the message of a refusal, as sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

/// Reads a refusal: `{"error":{"code","message"}}` as the API writes, `{"err":{…}}` and `{"code","message"}` as the vendor's own command line reads
/// besides. Of anything else only the size is told: an error page has nothing to say that the status does not.
pub(crate) fn refusal(body: &[u8]) -> Said {
    if body.is_empty() {
        return Said::default();
    }
    let size = body.len();
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Said { code: None, message: Some(format!("a body of {size} bytes that is no JSON")) };
    };
    let error = [value.get("error"), value.get("err")].into_iter().flatten().find(|inner| inner.is_object()).unwrap_or(&value);
    let text = |name| error.get(name).and_then(Value::as_str).map(str::to_owned);
    match (text("code"), text("message")) {
        (None, None) => Said { code: None, message: Some(format!("{size} bytes of JSON without a code or a message")) },
        (code, message) => Said { code, message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_has_three_fields() {
        let expected = Uploaded { updated: true, origin: "https://api.example.com".into(), cert_id: "cert_1".into() };
        let body = br#"{"updated":true,"origin":"https://api.example.com","certId":"cert_1","later":[1]}"#;
        assert_eq!(uploaded(body), Ok(expected));
        for body in [
            r#"{"updated":true,"origin":"https://api.example.com"}"#,
            r#"{"updated":true,"certId":"cert_1"}"#,
            r#"{"origin":"https://api.example.com","certId":"cert_1"}"#,
            r#"{"updated":"yes","origin":"https://api.example.com","certId":"cert_1"}"#,
            r#"{"updated":true,"origin":null,"certId":"cert_1"}"#,
            "null",
        ] {
            assert!(uploaded(body.as_bytes()).unwrap_err().contains("published"), "{body}");
        }
        assert_eq!(uploaded(b""), Err("the answer is empty"));
        assert_eq!(uploaded(br#"{"updated":true,"#), Err("the answer is cut short"));
        assert_eq!(uploaded(b"<html>"), Err("the answer is no JSON"));
        assert_eq!(uploaded(b"{\"updated\":\xff"), Err("the answer is no JSON"));
    }

    #[test]
    fn a_refusal_has_three_shapes() {
        let expected = Said { code: Some("forbidden".into()), message: Some("Not authorized".into()) };
        for body in [
            r#"{"error":{"code":"forbidden","message":"Not authorized","limit":{"total":1}}}"#,
            r#"{"err":{"code":"forbidden","message":"Not authorized"}}"#,
            r#"{"code":"forbidden","message":"Not authorized"}"#,
        ] {
            assert_eq!(refusal(body.as_bytes()), expected, "{body}");
        }
        assert_eq!(refusal(br#"{"error":{"code":"forbidden"}}"#), Said { code: Some("forbidden".into()), message: None });
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
