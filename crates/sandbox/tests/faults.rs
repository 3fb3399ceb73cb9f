//! Projects whose names ask for a fault.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails a test")]

mod common;

use certflight_sandbox::FAULTS;
use common::{Answer, Api, ORIGIN, call, post, refusal, skipped, start};
use serde_json::{Value, json};
use std::io::{ErrorKind, Read};
use std::time::{SystemTime, UNIX_EPOCH};

/// The statuses that are published, their codes, and whether the list and the delete have them as well as the upload.
const PUBLISHED: [(u16, &str, bool, bool); 7] = [
    (400, "bad_request", true, true),
    (401, "forbidden", true, true),
    (402, "payment_required", false, false),
    (403, "forbidden", true, true),
    (404, "not_found", true, true),
    (409, "conflict", false, true),
    (500, "internal_server_error", false, false),
];

fn collection(project: &str) -> String {
    format!("/v1/projects/{project}/client-cert")
}

/// The entries that are there; the project's list must work.
fn listed(api: &Api, project: &str) -> Value {
    api.ok(&call("GET", &collection(project), ""))["clientCerts"].clone()
}

/// The one entry after an upload of `skipped(ORIGIN)` was the first to be taken.
fn stored() -> Value {
    json!([{"origin": ORIGIN, "id": "sandbox_cert_1"}])
}

fn rate_limited(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert!(answer.head.contains("\r\nretry-after: 1\r\n"), "{}", answer.head);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let error = &body["error"];
    assert_eq!(error["code"], "rate_limited");
    let reset_ms = error["limit"]["resetMs"].as_u64().unwrap();
    assert_eq!(error["limit"], json!({"remaining": 0, "reset": reset_ms.div_ceil(1000), "resetMs": reset_ms, "total": 1}));
}

#[test]
fn every_fault_is_known_to_these_tests() {
    let mut names: Vec<String> = PUBLISHED.iter().map(|(status, ..)| format!("fault-{status}")).collect();
    names.extend(["fault-429", "fault-503", "fault-rate-limit", "fault-reset", "fault-slow", "fault-truncated"].map(str::to_owned));
    names.sort();
    let mut faults: Vec<&str> = FAULTS.iter().map(|(name, _)| *name).collect();
    faults.sort();
    assert_eq!(faults, names);
    for (name, summary) in FAULTS {
        assert!(!summary.is_empty() && !summary.contains('\n'), "{name}");
    }
}

#[test]
fn a_status_is_played_where_it_is_published() {
    for (status, code, lists, deletes) in PUBLISHED {
        let api = start();
        let project = format!("fault-{status}");
        let collection = collection(&project);
        let message = api.refused(&post(&collection, &skipped(ORIGIN)), status, code);
        assert!(message.contains(&format!("the project's name, {project}, asks for")), "{message}");
        if lists {
            api.refused(&call("GET", &collection, ""), status, code);
        } else {
            assert_eq!(listed(&api, &project), json!([])); // a refused upload is not stored
        }
        let delete = api.send(&call("DELETE", &format!("{collection}/sandbox_cert_1"), ""));
        let message = if deletes { refusal(&delete, status, code) } else { refusal(&delete, 404, "not_found") };
        assert_eq!(message.contains(&project), deletes, "{message}");
    }
}

#[test]
fn a_name_is_exact_once_it_is_decoded() {
    let api = start();
    for project in ["fault-409x", "FAULT-409", "fault-409%20", "fault-418", "fault", "fault-"] {
        api.ok(&post(&collection(project), &skipped(ORIGIN)));
    }
    for path in [collection("fault%2D409"), collection("fault-409") + "?teamId=team_1"] {
        api.refused(&post(&path, &skipped(ORIGIN)), 409, "conflict");
    }
}

#[test]
fn what_is_not_as_published_is_refused_before_a_fault_is_played() {
    let api = start();
    for (name, _) in FAULTS {
        let path = collection(name);
        let not_the_faults = |message: String| assert!(!message.contains(name), "{message}");
        let mut unauthorized = post(&path, &skipped(ORIGIN));
        unauthorized.headers.remove(0);
        not_the_faults(api.refused(&unauthorized, 401, "forbidden"));
        not_the_faults(api.refused(&post(&format!("{path}?team=a"), &skipped(ORIGIN)), 400, "bad_request"));
        not_the_faults(api.refused(&post(&path, &json!({})), 400, "bad_request"));
    }
    // None of it counted as an upload.
    rate_limited(&api.send(&post(&collection("fault-rate-limit"), &skipped(ORIGIN))));
}

#[test]
fn a_status_comes_before_the_bundle_is_looked_at() {
    let unsound = json!({"cert": "c", "key": "k", "ca": "a"});
    start().refused(&post(&collection("fault-500"), &unsound), 500, "internal_server_error");
}

#[test]
fn a_rate_limit_says_when_it_ends() {
    let api = start();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    for _ in 0..2 {
        let answer = api.send(&post(&collection("fault-429"), &skipped(ORIGIN)));
        rate_limited(&answer);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert!(u128::from(body["error"]["limit"]["resetMs"].as_u64().unwrap()) >= now + 1000, "{body}");
    }
    assert_eq!(listed(&api, "fault-429"), json!([]));
}

#[test]
fn a_rate_limit_by_turns_begins_with_a_refusal_in_each_team() {
    let api = start();
    let path = collection("fault-rate-limit");
    let team = format!("{path}?teamId=team_1");
    for _ in 0..2 {
        rate_limited(&api.send(&post(&path, &skipped(ORIGIN))));
        rate_limited(&api.send(&post(&team, &skipped(ORIGIN))));
        assert_eq!(api.ok(&post(&path, &skipped(ORIGIN)))["certId"], "sandbox_cert_1");
        assert_eq!(api.ok(&post(&team, &skipped(ORIGIN)))["certId"], "sandbox_cert_2");
    }
    assert_eq!(listed(&api, "fault-rate-limit"), stored());
}

#[test]
fn what_is_unavailable_says_when_to_come_again() {
    let api = start();
    for _ in 0..2 {
        let answer = api.send(&post(&collection("fault-503"), &skipped(ORIGIN)));
        refusal(&answer, 503, "service_unavailable");
        assert!(answer.head.contains("\r\nretry-after: 1\r\n"), "{}", answer.head);
    }
    assert_eq!(listed(&api, "fault-503"), json!([]));
}

#[test]
fn what_is_answered_late_is_stored_at_once() {
    let api = start();
    let client = api.open(&post(&collection("fault-slow"), &skipped(ORIGIN)).text());
    client.set_nonblocking(true).unwrap();
    // It is stored when the sandbox comes to it, and before there is an answer.
    loop {
        let is_answered = client.peek(&mut [0]).is_ok();
        if listed(&api, "fault-slow") == stored() {
            break;
        }
        assert!(!is_answered);
    }
    drop(client);
    assert_eq!(listed(&api, "fault-slow"), stored());
}

#[test]
fn what_is_answered_in_part_is_stored() {
    let api = start();
    let answer = api.send(&post(&collection("fault-truncated"), &skipped(ORIGIN)));
    assert_eq!(answer.status, 200);
    let whole = json!({"updated": true, "origin": ORIGIN, "certId": "sandbox_cert_1"}).to_string();
    assert!(answer.head.contains(&format!("\r\ncontent-length: {}\r\n", whole.len())), "{}", answer.head);
    assert!(answer.head.contains("\r\ncontent-type: application/json\r\n"), "{}", answer.head);
    assert_eq!(answer.body, whole[..whole.len() / 2]);
    assert_eq!(listed(&api, "fault-truncated"), stored());
}

#[test]
fn what_is_answered_by_a_reset_is_stored() {
    let api = start();
    let mut client = api.open(&post(&collection("fault-reset"), &skipped(ORIGIN)).text());
    let mut received = Vec::new();
    assert_eq!(client.read_to_end(&mut received).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(received.is_empty());
    assert_eq!(listed(&api, "fault-reset"), stored());
}

#[test]
fn only_what_would_have_been_taken_has_its_answer_spoiled() {
    let api = start();
    let unsound = json!({"cert": "c", "key": "k", "ca": "a"});
    for project in ["fault-slow", "fault-reset", "fault-truncated"] {
        api.refused(&post(&collection(project), &unsound), 400, "bad_request");
        assert_eq!(listed(&api, project), json!([]));
    }
}

#[test]
fn what_has_its_answer_spoiled_can_be_deleted() {
    let api = start();
    for project in ["fault-reset", "fault-truncated"] {
        let mut ignored = Vec::new();
        let _ = api.open(&post(&collection(project), &skipped(ORIGIN)).text()).read_to_end(&mut ignored);
        let id = listed(&api, project)[0]["id"].as_str().unwrap().to_owned();
        api.ok(&call("DELETE", &format!("{}/{id}", collection(project)), ""));
        assert_eq!(listed(&api, project), json!([]));
    }
}
