//! What comes of the answers that a server can give.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

mod common;

use certflight_upload::{CertificateId, Error, Failure, Operation, Outcome};
use common::{ORIGIN, Port, YES, answer, answered, client, request, serve, target, wait};

const FORBIDDEN: &str = r#"{"error":{"code":"forbidden","message":"Not authorized"}}"#;

fn unknown(answer: impl Into<Vec<u8>>) -> String {
    let error = answered(answer).unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    error.to_string()
}

#[test]
fn a_yes() {
    let uploaded = answered(answer(200, YES)).unwrap();
    assert_eq!((uploaded.updated, uploaded.origin.as_str(), uploaded.cert_id.as_str()), (true, ORIGIN, "cert_1"));
}

#[test]
fn every_published_status_has_its_meaning() {
    for (status, outcome, words) in [
        (400, Outcome::Refused, "a value in the body or in the query is invalid"),
        (401, Outcome::Refused, "not authorized"),
        (402, Outcome::Refused, "payment method"),
        (403, Outcome::Refused, "no permission"),
        (404, Outcome::Refused, "not enabled for this team, or it is gone"),
        (405, Outcome::Refused, "not enabled for this team, or it is gone"),
        (409, Outcome::Refused, "being transferred"),
        (500, Outcome::NotTaken, "failed to upload the certificate or to encrypt the private key"),
        (502, Outcome::NotTaken, "a gateway got no answer"),
        (504, Outcome::NotTaken, "a gateway got no answer"),
        (501, Outcome::NotTaken, "the API failed, in no published way"),
        (524, Outcome::NotTaken, "whether the request was taken is not told"),
    ] {
        let error = answered(answer(status, r#"{"error":{"code":"a_code","message":"A text"}}"#)).unwrap_err();
        assert_eq!(error.outcome(), outcome, "{error}");
        let text = error.to_string();
        for part in [&format!("status {status}: "), words, "a_code: A text"] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
    }
}

#[test]
fn every_shape_of_an_error_is_read() {
    for body in [
        FORBIDDEN,
        r#"{"err":{"code":"forbidden","message":"Not authorized"}}"#,
        r#"{"code":"forbidden","message":"Not authorized"}"#,
    ] {
        let Failure::Refused { status: 403, code, message, request_id: None, .. } =
            answered(answer(403, body)).unwrap_err().failure
        else {
            panic!("{body}")
        };
        assert_eq!((code.as_deref(), message.as_deref()), (Some("forbidden"), Some("Not authorized")));
    }
    let Failure::Refused { status: 502, code: None, message, .. } = answered(answer(502, "<html>oops</html>")).unwrap_err().failure
    else {
        panic!()
    };
    assert_eq!(message.as_deref(), Some("a body of 17 bytes that is no JSON"));
}

#[test]
fn the_request_id_is_kept() {
    let answer = format!("HTTP/1.1 403 X\r\nX-Vercel-Id: fra1::abc-123\r\nContent-Length: {}\r\n\r\n{FORBIDDEN}", FORBIDDEN.len());
    let error = answered(answer).unwrap_err();
    assert!(error.to_string().contains("(request fra1::abc-123)"), "{error}");
}

#[test]
fn method_unknown_may_mean_that_the_feature_is_gone() {
    let error = answered(answer(400, r#"{"error":{"code":"method_unknown","message":"Unknown method"}}"#)).unwrap_err();
    assert!(error.to_string().contains("not enabled for this team, or it is gone"), "{error}");
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Port::new();
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://{}/v1/projects/app/client-cert", elsewhere.address());
        let error = answered(format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")).unwrap_err();
        assert_eq!(error.outcome(), Outcome::Refused);
        assert!(error.to_string().contains("a redirect, which is not followed"), "{error}");
        assert!(elsewhere.untouched(), "{status} was followed");
    }
}

#[test]
fn a_yes_that_cannot_be_read_leaves_the_fate_unknown() {
    assert!(unknown(answer(200, "")).contains("empty"));
    assert!(unknown(answer(200, r#"{"updated":true,"#)).contains("cut short"));
    assert!(unknown(answer(200, "<html>")).contains("no JSON"));
    assert!(unknown(answer(200, r#"{"updated":true}"#)).contains("not the published"));
    assert!(unknown(answer(201, FORBIDDEN)).contains("not the published"));
    // The connection ends within the body.
    assert!(unknown(format!("HTTP/1.1 200 X\r\nContent-Length: 500\r\n\r\n{YES}")).contains("broke off"));
    assert!(unknown("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"upd").contains("broke off"));
    assert!(unknown("HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n").contains("101"));
    unknown("nothing of HTTP\r\n\r\n");
    unknown("");
}

#[test]
fn a_no_is_a_no_even_when_its_text_breaks_off() {
    let Failure::Refused { status: 403, message: Some(message), .. } =
        answered("HTTP/1.1 403 X\r\nContent-Length: 500\r\n\r\n{").unwrap_err().failure
    else {
        panic!()
    };
    assert!(message.contains("broke off"), "{message}");
}

#[test]
fn an_answer_is_read_up_to_its_limit() {
    let padded = |length: usize| format!("{}{YES}", " ".repeat(length - YES.len()));
    assert!(answered(answer(200, &padded(256 * 1024))).is_ok());
    assert!(unknown(answer(200, &padded(256 * 1024 + 1))).contains("longer than 256 KiB"));
    // An answer that never ends is left when it is too long.
    let endless =
        format!("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n{}", "1000\r\n".to_owned() + &" ".repeat(0x1000) + "\r\n");
    assert!(unknown(endless.clone() + &endless[endless.len() - 0x1008..].repeat(1024)).contains("longer than 256 KiB"));
}

fn asked<T>(answer: String, ask: impl AsyncFnOnce(&certflight_upload::Client) -> T) -> (T, String) {
    let (address, server) = serve(answer);
    let client = client(&format!("http://{address}"));
    let result = wait(ask(&client));
    (result, server.join().unwrap().line)
}

#[test]
fn a_project_is_listed() {
    let body = r#"{"clientCerts":[{"id":"cert_1","origin":"https://api.example.com"},{"id":"cert_2","origin":""}]}"#;
    let (listed, line) = asked(answer(200, body), async |client| client.list(&target()).await);
    let listed: Vec<(String, String)> = listed.unwrap().certificates.into_iter().map(|entry| (entry.id, entry.origin)).collect();
    assert_eq!(listed, [("cert_1".into(), ORIGIN.into()), ("cert_2".into(), String::new())]);
    assert_eq!(line, "GET /v1/projects/app/client-cert HTTP/1.1");
    let (refused, _) = asked(answer(403, FORBIDDEN), async |client| client.list(&target()).await);
    let error: Error = refused.unwrap_err();
    assert_eq!((error.operation, error.outcome(), error.status()), (Operation::List, Outcome::Refused, Some(403)));
}

#[test]
fn a_list_is_read_up_to_its_limit() {
    const LIST: &str = r#"{"clientCerts":[]}"#;
    let listed = |length: usize| {
        let body = " ".repeat(length - LIST.len()) + LIST;
        asked(answer(200, &body), async |client| client.list_after(&request()).await).0
    };
    assert!(listed(4 * 1024 * 1024).is_ok());
    assert!(listed(4 * 1024 * 1024 + 1).unwrap_err().to_string().contains("longer than 4096 KiB"));
}

#[test]
fn an_answer_has_as_many_headers_as_the_bound_and_no_more() {
    let with = |more: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{YES}", YES.len(), "X: y\r\n".repeat(more));
    assert!(answered(with(99)).is_ok());
    assert!(answered(with(100)).is_err());
}

#[test]
fn a_certificate_is_deleted() {
    let id = CertificateId::new("cert_1").unwrap();
    let delete = async |client: &certflight_upload::Client| client.delete(&target(), &id).await;
    let (deleted, line) = asked(answer(200, r#"{"certId":"cert_1","origin":"https://api.example.com"}"#), delete);
    let deleted = deleted.unwrap();
    assert_eq!((deleted.cert_id.as_str(), deleted.origin.as_str()), ("cert_1", ORIGIN));
    assert_eq!(line, "DELETE /v1/projects/app/client-cert/cert_1 HTTP/1.1");
    for (status, outcome) in [(404, Outcome::Refused), (409, Outcome::Refused), (500, Outcome::NotTaken)] {
        assert_eq!(asked(answer(status, ""), delete).0.unwrap_err().outcome(), outcome);
    }
    let other = r#"{"certId":"cert_2","origin":"https://api.example.com"}"#;
    let error = asked(answer(200, other), delete).0.unwrap_err();
    assert!(error.outcome() == Outcome::Unknown && error.to_string().contains("another certificate"), "{error}");
    let error = asked(answer(200, "{}"), delete).0.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(error.to_string().contains("whether the certificate was deleted is not known"), "{error}");
}

#[test]
fn an_answer_of_a_sandbox_says_so() {
    let body = |headers: &str| format!("HTTP/1.1 200 X\r\n{headers}Content-Length: {}\r\n\r\n{YES}", YES.len());
    assert!(answered(body("X-Certflight-Sandbox: true\r\n")).unwrap().from_sandbox);
    assert!(!answered(body("")).unwrap().from_sandbox);
}
