//! Tiny files of x509-limbo.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use support::{Ended, blocks, exceptions, folder, run, write_json};

/// A case from a fixture, in the suite's form.
fn case(id: &str, fixture: &str, expected: &str) -> Value {
    let fixture = certflight_fixtures::named(fixture);
    let blocks = blocks(&fixture);
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8(bytes.clone().unwrap()).unwrap();
    json!({
        "id": id,
        "conflicts_with": [],
        "features": null,
        "importance": "undetermined",
        "description": "A case.",
        "validation_kind": "CLIENT",
        "trusted_certs": [text(&fixture.ca)],
        "untrusted_intermediates": blocks[1..],
        "peer_certificate": blocks[0],
        "peer_certificate_key": text(&fixture.key),
        "validation_time": fixture.expect.at(),
        "signature_algorithms": null,
        "key_usage": [],
        "extended_key_usage": [],
        "expected_result": expected,
        "expected_peer_name": null,
        "expected_peer_names": [],
        "max_chain_depth": null,
        "crls": [],
        "a field of tomorrow": 1,
    })
}

/// The case with one field set.
fn with(mut case: Value, field: &str, value: Value) -> Value {
    case[field] = value;
    case
}

fn sound(id: &str) -> Value {
    case(id, "ok__p256-pkcs8", "SUCCESS")
}

fn expired(id: &str) -> Value {
    case(id, "certificate-expired__leaf", "FAILURE")
}

fn suite(folder: &Path, cases: &[Value]) -> PathBuf {
    write_json(folder.join("limbo.json"), &json!({ "version": 1, "testcases": cases }))
}

/// Runs cases by their own expected result, with the committed exceptions.
fn run_cases(test: &str, cases: &[Value]) -> Ended {
    run(&["limbo".as_ref(), &suite(&folder(test), cases)])
}

fn run_expecting(test: &str, cases: &[Value], expectations: &Value) -> Ended {
    let folder = folder(test);
    let expectations = write_json(folder.join("expectations.json"), expectations);
    run(&["limbo".as_ref(), &suite(&folder, cases), "--expectations".as_ref(), &expectations])
}

fn run_excepting(test: &str, cases: &[Value], ids: &[&str]) -> Ended {
    let folder = folder(test);
    run(&["limbo".as_ref(), &suite(&folder, cases), "--exceptions".as_ref(), &exceptions(&folder, ids)])
}

#[test]
fn right_cases_are_counted_by_class() {
    let cases = [
        sound("a::sound"),
        with(sound("a::no-key"), "peer_certificate_key", Value::Null),
        expired("b::expired"),
        with(expired("b::no-key"), "peer_certificate_key", Value::Null),
        with(sound("b::no-anchor"), "trusted_certs", Value::Null),
        sound("crl::sound"),
    ];
    let cases = cases.map(|case| match case["id"].as_str() {
        Some("b::no-anchor") => with(case, "expected_result", json!("FAILURE")),
        _ => case,
    });
    let ended = run_cases("right", &cases);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    for mode in ["default", "strict"] {
        assert_eq!(ended.row("a", mode), [2, 2, 0, 0, 0, 0, 0, 0]);
        assert_eq!(ended.row("b", mode), [3, 3, 0, 0, 0, 0, 0, 0]);
        assert_eq!(ended.row("crl", mode), [1, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(ended.row("total", mode), [6, 5, 0, 0, 0, 0, 0, 1]);
    }
    assert!(ended.says("not judged: 2, revocation"), "{}", ended.out);
    assert!(ended.says("PASS"), "{}", ended.out);
}

#[test]
fn wrong_cases_fail_and_are_shown() {
    let cases = [
        with(sound("a::sound"), "expected_result", json!("FAILURE")),
        with(expired("a::expired"), "expected_result", json!("SUCCESS")),
    ];
    let ended = run_cases("wrong", &cases);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert_eq!(ended.row("a", "default"), [2, 0, 1, 1, 0, 0, 0, 0]);
    assert!(ended.says("wrong: a::sound (a, default): expected reject, passed: info origin-missing"), "{}", ended.out);
    assert!(ended.says("wrong: a::expired (a, strict): expected accept, rejected: error certificate-expired"), "{}", ended.out);
    assert!(ended.says("FAIL: 4 wrong"), "{}", ended.out);
}

#[test]
fn what_a_case_says_reaches_the_check() {
    // Each differs from a sound case in one field.
    let other_key = String::from_utf8(certflight_fixtures::named("key-mismatch__other-key").key.unwrap()).unwrap();
    let cases = [
        ("key-mismatch", with(sound("a::key"), "peer_certificate_key", json!(other_key))),
        (
            "eku-no-server-auth",
            with(case("a::purpose", "eku-no-server-auth__client-only", "SUCCESS"), "validation_kind", json!("SERVER")),
        ),
        ("chain-path-length", with(sound("a::depth"), "max_chain_depth", json!(0))),
        ("certificate-not-yet-valid", with(sound("a::time"), "validation_time", json!("2023-01-01T00:00:00+00:00"))),
        ("chain-missing-issuer", with(sound("a::intermediates"), "untrusted_intermediates", json!([]))),
        ("ca-missing", with(sound("a::anchors"), "trusted_certs", json!([]))),
    ];
    let ended = run_cases("fields", &cases.each_ref().map(|(_, case)| case.clone()));
    assert_eq!(ended.row("a", "default"), [6, 0, 0, 6, 0, 0, 0, 0]);
    for (code, case) in &cases {
        let id = case["id"].as_str().unwrap();
        let line = ended.out.lines().find(|line| line.starts_with(&format!("wrong: {id} "))).unwrap();
        assert!(line.contains(&format!("error {code}")), "{line}");
    }
}

#[test]
fn another_leaf_than_the_case_s_is_wrong() {
    let blocks = blocks(&certflight_fixtures::named("ok__p256-pkcs8"));
    let case = with(sound("a::swapped"), "peer_certificate", json!(blocks[1]));
    let case = with(case, "untrusted_intermediates", json!([blocks[0]]));
    let ended = run_cases("leaf", &[with(case, "peer_certificate_key", Value::Null)]);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert_eq!(ended.row("a", "default"), [1, 0, 0, 0, 0, 1, 0, 0]);
    assert!(ended.out.contains("with another certificate for the leaf"), "{}", ended.out);
}

#[test]
fn expectations_give_the_class_and_each_mode_its_own_answer() {
    let warned = case("a::warned", "eku-any__leaf", "FAILURE");
    let cases = [sound("a::sound"), warned];
    let right = json!({
        "a::sound": { "class": "one", "default": "accept", "strict": "either" },
        "a::warned": { "class": "two", "default": "finding", "strict": "accept" },
    });
    let ended = run_expecting("expected", &cases, &right);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert_eq!(ended.row("one", "default"), [1, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(ended.row("two", "strict"), [1, 1, 0, 0, 0, 0, 0, 0]);

    let wrong = json!({
        "a::sound": { "class": "one", "default": "finding", "strict": "accept" },
        "a::warned": { "class": "two", "default": "accept", "strict": "reject" },
    });
    let ended = run_expecting("unexpected", &cases, &wrong);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert_eq!(ended.row("one", "default"), [1, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(ended.row("one", "strict"), [1, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(ended.row("two", "default"), [1, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(ended.row("two", "strict"), [1, 0, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn a_case_that_is_missing_from_the_expectations_is_an_error() {
    let expectations = json!({ "a::sound": { "class": "one", "default": "accept", "strict": "accept" } });
    let ended = run_expecting("missing", &[sound("a::sound"), sound("a::other")], &expectations);
    assert_eq!(ended.code, 2, "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("a::other"), "{}", ended.err);
}

#[test]
fn exceptions_are_for_cases_that_are_wrong_and_no_longer() {
    let wrong = with(sound("a::wrong"), "expected_result", json!("FAILURE"));

    let ended = run_excepting("excepted", std::slice::from_ref(&wrong), &["a::wrong", "z::elsewhere"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.says("excepted: a::wrong (a, default): expected reject, passed"), "{}", ended.out);
    assert!(ended.says("    the test wants it"), "{}", ended.out);
    assert!(ended.says("exceptions: 1 needed, 0 no longer needed, 1 not in these files"), "{}", ended.out);

    let ended = run_excepting("needless", &[wrong, sound("a::sound")], &["a::wrong", "a::sound"]);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert!(ended.says("no longer needed: the exception for a::sound"), "{}", ended.out);
    assert!(ended.says("FAIL: 0 wrong, 1 exceptions no longer needed"), "{}", ended.out);
}

#[test]
fn a_run_that_judges_nothing_fails() {
    assert_eq!(run_cases("empty", &[]).code, 1);
    assert_eq!(run_cases("unjudged", &[sound("crl::sound")]).code, 1);
}

#[test]
fn what_cannot_be_read_is_an_error_of_its_own() {
    let folder = folder("unreadable");
    let good = suite(&folder, &[sound("a::sound")]);
    let bad = write_json(folder.join("bad.json"), &json!({ "version": 1 }));
    let no_time = suite(&self::folder("no-time"), &[with(sound("a::sound"), "validation_time", json!("yesterday"))]);
    let no_pem = suite(&self::folder("no-pem"), &[with(sound("a::sound"), "peer_certificate", json!("a certificate"))]);
    let absent = folder.join("absent.json");
    let limbo = Path::new("limbo");
    for args in [
        &[limbo][..],
        &[limbo, &absent],
        &[limbo, &bad],
        &[limbo, &no_time],
        &[limbo, &no_pem],
        &[limbo, &good, "--expectations".as_ref(), &absent],
        &[limbo, &good, "--expectations".as_ref(), &good],
        &[limbo, &good, "--exceptions".as_ref(), &absent],
        &[limbo, &good, "--exceptions".as_ref(), &good],
    ] {
        let ended = run(args);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{args:?}: {}", ended.err);
        assert!(!ended.err.is_empty(), "{args:?}");
    }
}
