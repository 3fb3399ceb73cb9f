//! Tiny folders of PKITS.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use support::{blocks, exceptions, folder, run, write_json};

fn params(name: &str, last_year: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params.not_before = date_time_ymd(2010, 1, 1);
    params.not_after = date_time_ymd(last_year, 12, 31);
    params
}

fn ca(name: &str) -> CertificateParams {
    let mut params = params(name, 2030);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// A folder with a trust anchor, an intermediate, and under it a leaf that is valid in 2015 and one that is not.
fn suite(test: &str, cases: &[Value]) -> PathBuf {
    let folder = folder(test);
    let certs = folder.join("certs");
    fs::create_dir(&certs).unwrap();
    let keys = [(); 3].map(|()| KeyPair::generate().unwrap());
    let root = ca("Example Root CA").self_signed(&keys[0]).unwrap();
    let root_issuer = Issuer::new(ca("Example Root CA"), &keys[0]);
    let intermediate = ca("Example CA").signed_by(&keys[1], &root_issuer).unwrap();
    let issuer = Issuer::new(ca("Example CA"), &keys[1]);
    let valid = params("client.example.com", 2030).signed_by(&keys[2], &issuer).unwrap();
    let expired = params("client.example.com", 2014).signed_by(&keys[2], &issuer).unwrap();
    for (name, certificate) in [("root", root), ("ca", intermediate), ("valid", valid), ("expired", expired)] {
        fs::write(certs.join(format!("{name}.crt")), certificate.der()).unwrap();
    }
    write_json(folder.join("cases.json"), &json!(cases));
    folder
}

fn case(name: &str, leaf: &str, expected: &str) -> Value {
    json!({
        "name": name,
        "section": "4.0",
        "ee_file": leaf,
        "expected": expected,
        "needs_crl": false,
        "needs_policy": false,
        "needs_dsa": false,
        "cert_path": ["root.crt", "ca.crt", leaf],
        "crl_path": [],
        "initial_policy_set": ["anyPolicy"],
        "initial_explicit_policy": false,
        "initial_policy_mapping_inhibit": false,
        "initial_any_policy_inhibit": false,
        "fair_class": null,
    })
}

fn with(mut case: Value, field: &str, value: Value) -> Value {
    case[field] = value;
    case
}

#[test]
fn right_cases_are_counted_and_wrong_ones_fail() {
    let valid = case("4.0.1 Valid Test1", "valid.crt", "valid");
    let expired = case("4.0.2 Invalid Test2", "expired.crt", "invalid");
    let revoked = with(case("4.0.3 Invalid Test3", "valid.crt", "invalid"), "needs_crl", json!(true));
    let right = [valid, expired, revoked];
    let ended = run(&["pkits".as_ref(), &suite("pkits-right", &right)]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert_eq!(ended.row("4.0", "default"), [3, 2, 0, 0, 0, 0, 0, 1]);

    let wrong = right.map(|case| {
        let expected = if case["expected"] == "valid" { "invalid" } else { "valid" };
        with(case, "expected", json!(expected))
    });
    let folder = suite("pkits-wrong", &wrong);
    let ended = run(&["pkits".as_ref(), &folder]);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert_eq!(ended.row("4.0", "default"), [3, 0, 1, 1, 0, 0, 0, 1]);
    assert!(ended.says("wrong: 4.0.2 Invalid Test2 (4.0, default): expected accept, rejected: error certificate-expired"));

    let list = exceptions(&folder, &["4.0.1 Valid Test1", "4.0.2 Invalid Test2"]);
    let ended = run(&["pkits".as_ref(), &folder, "--exceptions".as_ref(), &list]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    let list = exceptions(&folder, &["4.0.1 Valid Test1", "4.0.2 Invalid Test2", "4.0.3 Invalid Test3"]);
    assert_eq!(run(&["pkits".as_ref(), &folder, "--exceptions".as_ref(), &list]).code, 1, "what is not judged needs no exception");
}

#[test]
fn what_needs_an_algorithm_is_neither_right_nor_wrong() {
    let unsupported = certflight_fixtures::named("signature-unsupported__dsa");
    let root = String::from_utf8(unsupported.ca.clone().unwrap()).unwrap();
    let from_root = blocks(&unsupported).into_iter().chain([root]).rev().enumerate();
    let files: Vec<(String, String)> = from_root.map(|(at, pem)| (format!("dsa-{at}.crt"), pem)).collect();
    let dsa =
        with(case("4.0.4 Valid Test4", "", "valid"), "cert_path", json!(files.iter().map(|(file, _)| file).collect::<Vec<_>>()));
    for (needs, expected) in [(true, [2, 1, 0, 0, 0, 0, 1, 0]), (false, [2, 1, 0, 1, 0, 0, 0, 0])] {
        let cases = [case("4.0.1 Valid Test1", "valid.crt", "valid"), with(dsa.clone(), "needs_dsa", json!(needs))];
        let folder = suite(&format!("pkits-algorithm-{needs}"), &cases);
        for (file, pem) in &files {
            fs::write(folder.join("certs").join(file), pem_rfc7468::decode_vec(pem.as_bytes()).unwrap().1).unwrap();
        }
        let ended = run(&["pkits".as_ref(), &folder]);
        assert_eq!(ended.row("4.0", "default"), expected, "{}", ended.out);
    }
}

#[test]
fn a_run_that_judges_nothing_fails() {
    assert_eq!(run(&["pkits".as_ref(), &suite("pkits-empty", &[])]).code, 1);
}

#[test]
fn what_cannot_be_read_is_an_error_of_its_own() {
    let good = || case("4.0.1 Valid Test1", "valid.crt", "valid");
    for (at, bad) in [
        case("4.0.1 Valid Test1", "absent.crt", "valid"),
        case("4.0.1 Valid Test1", "valid.crt", "sound"),
        with(good(), "cert_path", json!(["root.crt"])),
        with(good(), "initial_policy_set", json!([])),
        with(good(), "initial_policy_set", json!(["another-policy-1"])),
    ]
    .into_iter()
    .enumerate()
    {
        let ended = run(&["pkits".as_ref(), &suite(&format!("pkits-unreadable-{at}"), &[bad])]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{at}: {}", ended.err);
    }
    assert_eq!(run(&[Path::new("pkits"), &folder("pkits-no-table")]).code, 2);
}
