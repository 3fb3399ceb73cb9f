//! What the API answers.

use arbitrary::{Arbitrary, Unstructured};
use base64ct::{Base64, Encoding as _};
use certflight_upload::{Token, harness};
use certflight_validate::SecretText;
use serde_json::Value;
use std::time::{Duration, SystemTime};

use crate::sound::ED25519;

/// The token that must not come back.
const TOKEN: &str = "vcp_0123456789abcdefghijklmnopqrstuvwxyzABCD";

/// A server's text, part by part.
#[derive(Debug, Arbitrary)]
enum Part {
    Text(String),
    /// A part of the token, from here, so long.
    Token {
        from: u8,
        length: u8,
        form: Form,
    },
    /// A part of the key.
    Key {
        from: u8,
        length: u8,
        form: Form,
    },
}

/// How servers and what stands before them write a text.
#[derive(Clone, Copy, Debug, Arbitrary)]
enum Form {
    Plain,
    Upper,
    Json,
    Percent,
    Base64,
    Wrapped(u8),
}

impl Form {
    fn of(self, text: &str) -> String {
        match self {
            Form::Plain => text.to_owned(),
            Form::Upper => text.to_ascii_uppercase(),
            Form::Json => text.replace('\n', "\\n").replace('/', "\\/"),
            Form::Percent => text.bytes().map(|byte| format!("%{byte:02X}")).collect(),
            Form::Base64 => Base64::encode_string(text.as_bytes()),
            Form::Wrapped(width) => {
                let lines = text.as_bytes().chunks(usize::from(width % 40) + 1);
                lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

/// Where the first byte says so, a text that repeats parts of the secrets; else any body and any header.
pub fn run(bytes: &[u8]) {
    match bytes.split_first() {
        Some((0, rest)) => {
            if let Ok(parts) = Vec::<Part>::arbitrary(&mut Unstructured::new(rest)) {
                nothing_secret_comes_back(&parts);
            }
        }
        Some((_, body)) => {
            let text = String::from_utf8_lossy(body);
            is_what_the_json_says(&text);
            waits(&text);
        }
        None => {}
    }
}

/// The fewest characters in a row that may not come back.
const WIDTH: usize = 12;

/// The base64 text of the key.
fn key_text() -> String {
    let text = std::str::from_utf8(ED25519.key).expect("the fixture is ASCII");
    text.lines().filter(|line| !line.starts_with('-')).collect()
}

fn nothing_secret_comes_back(parts: &[Part]) {
    let key_text = key_text();
    let cut = |text: &str, from: u8, length: u8| {
        let from = usize::from(from) % text.len();
        text[from..text.len().min(from + usize::from(length))].to_owned()
    };
    let mut text = String::new();
    for part in parts.iter().take(16) {
        text += &match part {
            Part::Text(text) => text.chars().take(200).collect(),
            Part::Token { from, length, form } => form.of(&cut(TOKEN, *from, *length)),
            Part::Key { from, length, form } => form.of(&cut(&key_text, *from, *length)),
        };
    }
    let token = Token::new(TOKEN.to_owned()).expect("it is one");
    let key = SecretText::new(String::from_utf8(ED25519.key.to_vec()).expect("the fixture is ASCII"));
    let shown = harness::conceal(&text, &token, Some(&key));
    // White space, case and the backslashes of escapes do not hide it.
    let plain = |text: &str| {
        let kept = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != '\\');
        kept.map(|c| c.to_ascii_lowercase()).collect::<String>()
    };
    let compared = plain(&shown);
    for secret in [TOKEN, &key_text] {
        let secret = plain(secret);
        for start in 0..=secret.len() - WIDTH {
            assert!(!compared.contains(&secret[start..start + WIDTH]), "a part of a secret comes back: {shown}");
        }
    }
}

fn is_what_the_json_says(body: &str) {
    let json = || serde_json::from_str::<Value>(body).expect("what is taken is JSON");
    if let Ok((updated, origin, id)) = harness::uploaded(body) {
        let json = json();
        assert!(json["updated"] == updated && json["origin"] == *origin && json["certId"] == *id && !id.trim().is_empty());
    }
    if let Ok(list) = harness::listed(body) {
        let json = json();
        let entries = json["clientCerts"].as_array().expect("it is a list");
        assert_eq!(entries.len(), list.len());
        for (entry, (id, origin)) in entries.iter().zip(&list) {
            assert!(entry["id"] == **id && entry.get("origin").and_then(Value::as_str) == origin.as_deref());
        }
    }
    if let Ok(deleted) = harness::deleted(body) {
        let json = json();
        assert!(json["certId"] == *deleted.cert_id && json["origin"] == *deleted.origin);
    }
    let (code, message) = harness::refused(body);
    assert!(body.is_empty() || code.is_some() || message.is_some(), "a refusal without a word");
    if let Some(code) = code {
        let json = json();
        let places = [&json["error"]["code"], &json["err"]["code"], &json["code"]];
        assert!(places.iter().any(|place| **place == *code), "a code that is not there");
    }
}

fn waits(value: &str) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_272_000);
    let wait = harness::retry_after(value, now);
    let digits = !value.trim().is_empty() && value.trim().bytes().all(|byte| byte.is_ascii_digit());
    assert!(!digits || wait.is_some(), "a number of seconds is passed over");
}
