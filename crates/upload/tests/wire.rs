//! The bytes of a request.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

mod common;

use certflight_upload::{Request, Target};
use common::{ORIGIN, TOKEN, YES, answer, client, inputs, send, serve, target};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;

/// Sends `request` and gives what arrived, with the server's address.
fn received(prefix: &str, request: Request) -> (common::Received, SocketAddr) {
    let (address, server) = serve(answer(200, YES));
    send(&client(&format!("http://{address}{prefix}")), request).unwrap();
    (server.join().unwrap(), address)
}

#[test]
fn line_and_headers_are_these_and_no_others() {
    let (received, address) = received("", common::request());
    assert_eq!(received.line, "POST /v1/projects/app/client-cert HTTP/1.1");
    let expected = [
        "accept: application/json".to_owned(),
        format!("authorization: Bearer {TOKEN}"),
        format!("content-length: {}", received.body.len()),
        "content-type: application/json".to_owned(),
        format!("host: {address}"),
        format!("user-agent: certflight/{}", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!(received.headers, BTreeSet::from(expected));
}

#[test]
fn the_body_is_what_was_checked() {
    let bundle = inputs().validated(Some(ORIGIN));
    let (with_origin, _) = received("", Request::upload(&target(), &bundle));
    let expected =
        json!({"cert": bundle.certificate_pem(), "key": bundle.key_pem().expose(), "ca": bundle.ca_pem(), "origin": ORIGIN});
    assert_eq!(serde_json::from_slice::<Value>(&with_origin.body).unwrap(), expected);
    // Real line breaks, not the two characters of the published samples.
    assert!(expected["key"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));

    let (project_wide, _) = received("", Request::upload(&target(), &inputs().validated(None)));
    let fields = serde_json::from_slice::<Value>(&project_wide.body).unwrap();
    assert_eq!(
        fields.as_object().unwrap().keys().collect::<BTreeSet<_>>(),
        BTreeSet::from([&"ca".into(), &"cert".into(), &"key".into()])
    );
}

#[test]
fn what_was_not_checked_goes_as_it_came_and_says_so() {
    let mut inputs = inputs();
    inputs.cert = b"no certificate".to_vec();
    let (received, _) = received("", Request::upload_skipping_validation(&target(), &inputs.unvalidated(Some("anything"))));
    assert_eq!(
        serde_json::from_slice::<Value>(&received.body).unwrap(),
        json!({
            "cert": "no certificate",
            "key": String::from_utf8(inputs.key).unwrap(),
            "ca": String::from_utf8(inputs.ca).unwrap(),
            "origin": "anything",
            "skipValidation": true,
        })
    );
}

#[test]
fn project_and_team_arrive_encoded_after_the_prefix() {
    let bundle = inputs().validated(None);
    for (project, path) in [
        ("../x", "/v1/projects/..%2Fx/client-cert"),
        ("a/b?c#d", "/v1/projects/a%2Fb%3Fc%23d/client-cert"),
        ("müller", "/v1/projects/m%C3%BCller/client-cert"),
        ("%2e%2e", "/v1/projects/%252e%252e/client-cert"),
    ] {
        let target = Target::new(project).unwrap().team("team_1").unwrap().slug("a&b=c").unwrap();
        let request = Request::upload(&target, &bundle);
        let path_and_query = format!("{path}?teamId=team_1&slug=a%26b%3Dc");
        assert_eq!(request.redacted().path_and_query, path_and_query);
        let (received, _) = received("/prefix/", request);
        assert_eq!(received.line, format!("POST /prefix{path_and_query} HTTP/1.1"));
    }
}

#[test]
fn localhost_is_this_machine() {
    let (address, server) = serve(answer(200, YES));
    send(&client(&format!("http://localhost:{}", address.port())), common::request()).unwrap();
    assert!(server.join().unwrap().headers.contains(&format!("host: localhost:{}", address.port())));
}
