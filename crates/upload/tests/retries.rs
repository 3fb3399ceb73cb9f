//! What is sent again, and what is not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

mod common;

use certflight_upload::{Error, Failure, Outcome, Uploaded};
use common::{Port, YES, answer, client, request, send, target, wait};
use std::time::Duration;

/// An answer that asks to wait.
fn busy(status: u16, wait: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nRetry-After: {wait}\r\nContent-Length: 0\r\n\r\n")
}

/// Uploads to a server with these answers, all of which must be asked for, and no more.
fn uploaded(answers: &[String]) -> Result<Uploaded, Error> {
    let port = Port::new();
    let server = port.serve_each(answers.to_vec());
    let result = send(&client(&format!("http://{}", port.address())), request());
    let requests = server.join().unwrap();
    assert!(requests.iter().all(|sent| sent.line == requests[0].line && sent.body == requests[0].body && !sent.body.is_empty()));
    assert!(port.untouched());
    result
}

#[test]
fn what_was_not_taken_is_sent_again() {
    for status in [429, 503] {
        for date in ["0", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert!(uploaded(&[busy(status, date), answer(200, YES)]).is_ok());
        }
        let error = uploaded(&[busy(status, "0"), busy(status, "0"), busy(status, "0"), busy(status, "0")]).unwrap_err();
        assert_eq!((error.outcome(), error.tries), (Outcome::NotTaken, 4));
        assert!(error.to_string().contains(&format!("status {status} (4 tries)")), "{error}");
    }
    // The end of the limit lies in the past.
    let limit = r#"{"error":{"code":"rate_limited","message":"x","limit":{"remaining":0,"reset":1,"resetMs":1000,"total":1}}}"#;
    assert!(uploaded(&[answer(429, limit), answer(200, YES)]).is_ok());
}

#[test]
fn the_end_of_a_series_counts() {
    let error = uploaded(&[busy(429, "0"), answer(403, "")]).unwrap_err();
    assert_eq!((error.status(), error.outcome(), error.tries), (Some(403), Outcome::Refused, 2));
    let error = uploaded(&[busy(503, "0"), answer(200, "{")]).unwrap_err();
    assert_eq!((error.outcome(), error.tries), (Outcome::Unknown, 2));
}

#[test]
fn who_is_to_wait_too_long_is_told() {
    let error = uploaded(&[busy(429, "3600")]).unwrap_err();
    assert!(matches!(error.failure, Failure::Refused { retry_after: Some(wait), .. } if wait == Duration::from_secs(3600)));
    assert!(error.to_string().ends_with("Try again in 3600 seconds: so the API asks"), "{error}");
    // Far beyond any clock.
    let limit = r#"{"error":{"code":"rate_limited","message":"x","limit":{"resetMs":18446744073709551615}}}"#;
    assert_eq!(uploaded(&[answer(429, limit)]).unwrap_err().tries, 1);
}

#[test]
fn what_may_have_been_taken_is_not_sent_again() {
    for first in [busy(500, "0"), busy(502, "0"), busy(504, "0"), busy(307, "0"), answer(200, "{"), String::new()] {
        assert_eq!(uploaded(&[first]).unwrap_err().tries, 1);
    }
}

#[test]
fn a_question_is_asked_again() {
    let list = r#"{"clientCerts":[]}"#;
    for first in [busy(429, "0"), answer(502, ""), answer(200, "{"), String::new()] {
        let port = Port::new();
        let server = port.serve_each(vec![first, answer(200, list)]);
        let client = client(&format!("http://{}", port.address()));
        assert!(wait(client.list(&target())).unwrap().certificates.is_empty());
        assert_eq!(server.join().unwrap().len(), 2);
    }
}
