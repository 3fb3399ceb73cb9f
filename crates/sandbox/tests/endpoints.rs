//! The endpoints, over the wire.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

mod common;

use certflight_sandbox::Sandbox;
use certflight_validate::{Code, Severity};
use common::{COLLECTION, ORIGIN, bundle, call, post, refusal, skipped, start};
use serde_json::{Value, json};
use std::io;

#[test]
fn it_listens_on_loopback_and_shares_no_port() {
    let sandbox = Sandbox::bind(0).unwrap();
    assert!(sandbox.address().ip().is_loopback());
    assert_ne!(sandbox.address().port(), 0);
    assert_eq!(Sandbox::bind(sandbox.address().port()).unwrap_err().kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn a_certificate_is_uploaded_listed_and_deleted() {
    let api = start();
    assert_eq!(api.ok(&call("GET", COLLECTION, "")), json!({"clientCerts": []}));
    let uploaded = api.ok(&post(COLLECTION, &bundle(Some(ORIGIN))));
    assert_eq!(uploaded, json!({"updated": true, "origin": ORIGIN, "certId": "sandbox_cert_1"}));
    assert_eq!(api.ok(&call("GET", COLLECTION, "")), json!({"clientCerts": [{"origin": ORIGIN, "id": "sandbox_cert_1"}]}));
    let path = format!("{COLLECTION}/sandbox_cert_1");
    assert_eq!(api.ok(&call("DELETE", &path, "")), json!({"origin": ORIGIN, "certId": "sandbox_cert_1"}));
    assert_eq!(api.ok(&call("GET", COLLECTION, "")), json!({"clientCerts": []}));
    api.refused(&call("DELETE", &path, ""), 404, "not_found");
}

#[test]
fn an_origin_has_one_certificate_and_the_project_one_of_its_own() {
    let api = start();
    let id = |body: &Value| api.ok(&post(COLLECTION, body))["certId"].as_str().unwrap().to_owned();
    assert_eq!(id(&bundle(Some(ORIGIN))), "sandbox_cert_1");
    assert_eq!(id(&bundle(None)), "sandbox_cert_2");
    assert_eq!(id(&bundle(Some("https://other.example.com"))), "sandbox_cert_3");
    assert_eq!(id(&bundle(Some(ORIGIN))), "sandbox_cert_1");
    assert_eq!(id(&bundle(None)), "sandbox_cert_2");
    // The same origin, written otherwise.
    assert_eq!(id(&bundle(Some("https://api.example.com/"))), "sandbox_cert_1");
    assert_eq!(
        api.ok(&call("GET", COLLECTION, ""))["clientCerts"],
        json!([
            {"origin": ORIGIN, "id": "sandbox_cert_1"},
            {"origin": "", "id": "sandbox_cert_2"},
            {"origin": "https://other.example.com", "id": "sandbox_cert_3"},
        ])
    );
}

#[test]
fn projects_and_teams_share_nothing() {
    let api = start();
    let paths = [
        COLLECTION.to_owned(),
        format!("{COLLECTION}?teamId=team_1"),
        format!("{COLLECTION}?slug=acme"),
        "/v1/projects/other/client-cert".to_owned(),
        "/v1/projects/a%2Fb/client-cert".to_owned(),
    ];
    for (position, path) in paths.iter().enumerate() {
        assert_eq!(api.ok(&post(path, &skipped(ORIGIN)))["certId"], format!("sandbox_cert_{}", position + 1), "{path}");
    }
    api.refused(&call("DELETE", &format!("{COLLECTION}/sandbox_cert_2"), ""), 404, "not_found");
    // The ID says which team it is; a slug beside it changes nothing.
    let both = format!("{COLLECTION}?slug=acme&teamId=team_1");
    assert_eq!(api.ok(&call("GET", &both, ""))["clientCerts"], json!([{"origin": ORIGIN, "id": "sandbox_cert_2"}]));
}

#[test]
fn a_request_needs_one_bearer_token() {
    let api = start();
    let certificate = format!("{COLLECTION}/sandbox_cert_1");
    for (method, path) in [("GET", COLLECTION), ("POST", COLLECTION), ("DELETE", certificate.as_str())] {
        for authorization in [
            vec![],
            vec!["Authorization: Bearer"],
            vec!["Authorization: Bearer "],
            vec!["Authorization: Basic dXNlcjpwYXNz"],
            vec!["Authorization: tok"],
            vec!["Authorization: Bearer a b"],
            vec!["Authorization: Bearer a", "Authorization: Bearer b"],
        ] {
            let mut call = call(method, path, &bundle(None).to_string());
            call.headers.remove(0);
            call.headers.extend(authorization.into_iter().map(str::to_owned));
            api.refused(&call, 401, "forbidden");
        }
    }
    // Nothing of it was taken.
    assert_eq!(api.ok(&call("GET", COLLECTION, "")), json!({"clientCerts": []}));
}

#[test]
fn a_query_is_as_published() {
    let api = start();
    for query in ["teamId=acme", "teamId=", "slug=", "team=team_1", "teamid=team_1", "slug=a&slug=b", "teamId=team_1&x=1", "teamId"]
    {
        let path = format!("{COLLECTION}?{query}");
        api.refused(&call("GET", &path, ""), 400, "bad_request");
        api.refused(&post(&path, &bundle(None)), 400, "bad_request");
        api.refused(&call("DELETE", &format!("{COLLECTION}/sandbox_cert_1?{query}"), ""), 400, "bad_request");
    }
    api.refused(&call("GET", "/v1/projects/%ff/client-cert", ""), 400, "bad_request");
    api.refused(&call("DELETE", &format!("{COLLECTION}/%ff"), ""), 400, "bad_request");
}

#[test]
fn a_body_is_as_published() {
    let api = start();
    let with = |name: &str, value: Value| {
        let mut body = bundle(Some(ORIGIN));
        body[name] = value;
        body
    };
    let without = |name: &str| {
        let mut body = bundle(Some(ORIGIN));
        body.as_object_mut().unwrap().remove(name).unwrap();
        body
    };
    for body in [
        without("cert"),
        without("key"),
        without("ca"),
        with("cert", json!(1)),
        with("key", json!(null)),
        with("ca", json!([])),
        with("origin", json!(null)),
        with("skipValidation", json!("true")),
        with("skipValidation", json!(null)),
        with("passphrase", json!("x")),
        json!([]),
        json!("text"),
    ] {
        let message = api.refused(&post(COLLECTION, &body), 400, "bad_request");
        assert!(!message.contains("PRIVATE KEY"), "{message}");
    }
    for text in ["", "{", "cert=a&key=b&ca=c"] {
        api.refused(&call("POST", COLLECTION, text), 400, "bad_request");
    }
}

#[test]
fn a_body_is_json_by_name() {
    let api = start();
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")] {
        let mut call = post(COLLECTION, &bundle(None));
        call.headers.pop();
        call.headers.extend(content_type.map(|name| format!("Content-Type: {name}")));
        let message = api.refused(&call, 400, "bad_request");
        assert!(message.contains("Content-Type"), "{message}");
    }
    let mut call = post(COLLECTION, &bundle(None));
    call.headers.pop();
    call.headers.push("Content-Type: Application/JSON; charset=utf-8".into());
    api.ok(&call);
}

#[test]
fn a_body_has_its_limit() {
    const LIMIT: usize = 16 * 1024 * 1024;
    let api = start();
    let head = format!(
        "POST {COLLECTION} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\n"
    );
    // The announced length is enough to refuse.
    let answer = api.raw(&format!("{head}Content-Length: {}\r\n\r\n", LIMIT + 1));
    assert!(refusal(&answer, 400, "bad_request").contains("16 MiB"));
    // Without one, what arrives is counted.
    let chunk = " ".repeat(LIMIT + 1);
    let answer = api.raw(&format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{chunk}", chunk.len()));
    assert!(refusal(&answer, 400, "bad_request").contains("16 MiB"));
    let body = skipped(ORIGIN).to_string();
    let padding = " ".repeat(LIMIT - body.len());
    let call = call("POST", COLLECTION, &(padding + &body));
    api.ok(&call);
}

#[test]
fn a_bundle_that_does_not_pass_is_refused_with_its_errors() {
    let api = start();
    let mut body = bundle(Some("http://api.example.com"));
    body["cert"] = "no certificate".into();
    let message = api.refused(&post(COLLECTION, &body), 400, "bad_request");
    assert!(message.contains("origin-not-https: "), "{message}");
    let others = Code::ALL.iter().filter(|code| code.severity() == Severity::Error && **code != Code::OriginNotHttps);
    assert!(others.clone().any(|code| message.contains(&format!("{}: ", code.name()))), "{message}");
    assert!(!message.contains("PRIVATE KEY"), "{message}");
    assert_eq!(api.ok(&call("GET", COLLECTION, "")), json!({"clientCerts": []}));

    body["skipValidation"] = true.into();
    assert_eq!(api.ok(&post(COLLECTION, &body))["origin"], "http://api.example.com");
}

#[test]
fn other_paths_and_methods_are_not_there() {
    let api = start();
    let certificate = format!("{COLLECTION}/sandbox_cert_1");
    for (method, path) in [("PUT", COLLECTION), ("PATCH", COLLECTION), ("DELETE", COLLECTION), ("OPTIONS", COLLECTION)] {
        api.refused(&call(method, path, ""), 405, "method_unknown");
    }
    for method in ["GET", "POST", "PUT"] {
        api.refused(&call(method, &certificate, ""), 405, "method_unknown");
    }
    assert_eq!(api.send(&call("HEAD", COLLECTION, "")).status, 405);
    for path in [
        "/",
        "/v1",
        "/v1/projects",
        "/v1/projects/app",
        "/v2/projects/app/client-cert",
        "/v1/projects//client-cert",
        "/v1/projects/app/client-cert/",
        "/v1/projects/a/b/client-cert",
        "/v1/projects/app/client-certs",
    ] {
        api.refused(&call("GET", path, ""), 404, "not_found");
    }
}
