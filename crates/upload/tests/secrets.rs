//! No secret comes out of anything, whatever the server says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

mod common;

use certflight_upload::Request;
use common::{TOKEN, answer, answered, client, inputs, request, target};
use serde_json::json;

fn key() -> String {
    String::from_utf8(inputs().key).unwrap()
}

/// Panics when `text` holds the token or twelve characters in a row of the key.
fn assert_clean(text: &str) {
    assert!(!text.contains(TOKEN), "{text}");
    let key = key();
    let lines: Vec<&str> = key.lines().filter(|line| !line.starts_with("-----")).collect();
    assert!(!lines.is_empty());
    for line in lines {
        for start in 0..line.len().saturating_sub(11) {
            assert!(!text.contains(&line[start..start + 12]), "{text}");
        }
    }
}

#[test]
fn a_request_and_a_client_show_none() {
    let request = request();
    assert_clean(&format!("{request:?} {:#?} {:?}", request, request.redacted()));
    assert!(request.redacted().body.contains(r#""key":"[redacted]""#));
    let skipping = Request::upload_skipping_validation(&target(), &inputs().unvalidated(None));
    assert_clean(&format!("{skipping:?} {:?}", skipping.redacted()));
    assert_clean(&format!("{:?}", client("http://127.0.0.1")));
}

#[test]
fn a_server_that_repeats_them_is_not_quoted() {
    let line = key().lines().nth(1).unwrap().to_owned();
    for echo in [key(), format!("Bearer {TOKEN}"), key().replace('\n', ""), key().replace('\n', "\\n"), format!("near {line}")] {
        for status in [400, 500] {
            for body in [
                json!({"error": {"code": &echo, "message": &echo}}),
                json!({"err": {"code": "x", "message": &echo}}),
                json!({"code": "x", "message": &echo}),
                json!({"error": &echo}),
            ] {
                let error = answered(answer(status, &body.to_string())).unwrap_err();
                assert_clean(&format!("{error} {error:?}"));
            }
            let error = answered(answer(status, &echo)).unwrap_err();
            assert_clean(&format!("{error} {error:?}"));
        }
        let uploaded = answered(answer(200, &json!({"updated": true, "origin": &echo, "certId": &echo}).to_string())).unwrap();
        assert_clean(&format!("{uploaded:?}"));
        for body in [json!({"updated": &echo, "origin": "", "certId": ""}).to_string(), echo.clone()] {
            let error = answered(answer(200, &body)).unwrap_err();
            assert_clean(&format!("{error} {error:?}"));
        }
    }
    let error = answered(format!("HTTP/1.1 403 X\r\nX-Vercel-Id: {TOKEN}\r\nContent-Length: 0\r\n\r\n")).unwrap_err();
    assert_clean(&format!("{error} {error:?}"));
    let error = answered(format!("HTTP/1.1 200 X\r\n{TOKEN}\r\n\r\n")).unwrap_err();
    assert_clean(&format!("{error} {error:?}"));
}

#[test]
fn server_text_reaches_the_terminal_escaped_and_short() {
    let message = format!("\u{1b}[2J\u{202e}{}", "x".repeat(1000));
    let error = answered(answer(400, &json!({"error": {"code": "a\r\nb", "message": message}}).to_string())).unwrap_err();
    let text = error.to_string();
    assert!(text.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{text:?}");
    assert!(text.contains("\\u{1b}[2J") && text.contains('…') && text.len() < 500, "{text}");
}
