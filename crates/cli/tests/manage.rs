//! `list`, `delete`, receipts, and what an upload expects to find, against the sandbox.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use support::net::{self, Peer, answer};
use support::{Ended, Sandbox, TOKEN, command, inputs};

const ORIGIN: &str = "https://api.example.com";

#[test]
fn what_is_uploaded_is_listed_and_deleted() {
    let sandbox = Sandbox::start();
    let list = |args: &[&str]| sandbox.run(&[&["list", "--project", "shop"], args].concat());
    assert_eq!((list(&[]).code, list(&[]).out.as_str()), (0, "the project has no client certificate\n"));
    assert_eq!(sandbox.upload(&["--project", "shop", "--origin", ORIGIN]).code, 0);
    assert_eq!(sandbox.upload(&["--project", "shop"]).code, 0);
    let table = "ID              ORIGIN\nsandbox_cert_1  https://api.example.com\nsandbox_cert_2  every origin of the project\n";
    assert_eq!(list(&[]).out, table);
    let certificates = serde_json::json!([{"id": "sandbox_cert_1", "origin": ORIGIN}, {"id": "sandbox_cert_2", "origin": ""}]);
    assert_eq!(list(&["--format", "json"]).json(), serde_json::json!({ "version": 1, "certificates": certificates }));
    let ended = sandbox.run(&["delete", "sandbox_cert_1", "--project", "shop"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(
        ended.out.starts_with("deleted\n  certificate ID: sandbox_cert_1\n  origin: https://api.example.com\n"),
        "{}",
        ended.out
    );
    let ended = sandbox.run(&["delete", "sandbox_cert_1", "--yes", "--project", "shop"]);
    assert_eq!(ended.code, 3);
    assert!(ended.err.contains("there is no such certificate in the project"), "{}", ended.err);
    assert_eq!(list(&["--team", "team_1"]).out, "the project has no client certificate\n");
    for id in ["", " ", ".", ".."] {
        assert_eq!(sandbox.run(&["delete", id, "--project", "shop"]).code, 2);
    }
    assert_eq!(list(&[]).out.lines().count(), 2);
}

#[test]
fn an_upload_says_what_follows() {
    let sandbox = Sandbox::start();
    let ended = sandbox.upload(&["--project", "shop", "--origin", ORIGIN]);
    for part in ["updated: true\n", "the certificate expires in ", "may have to be deployed again"] {
        assert!(ended.out.contains(part), "{}", ended.out);
    }
    // It is told by the answer, and not by the flag alone.
    assert_eq!(sandbox.upload(&["--project", "shop", "--format", "json"]).json()["upload"]["sandbox"], true);
}

#[test]
fn a_receipt_names_the_certificate_and_no_key() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.json");
    let receipt = path.to_str().unwrap();
    let ended = sandbox.upload(&["--project", "shop", "--team", "team_1", "--origin", ORIGIN, "--receipt", receipt]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let text = fs::read_to_string(&path).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    let report = sandbox.upload(&["--project", "shop", "--format", "json"]).json();
    let leaf = ["subject", "serial", "not_after", "sha256", "public_key_sha256"]
        .map(|name| (name.to_owned(), report["leaf"][name].clone()));
    let expected = serde_json::json!({
        "certflight_receipt": 1, "uploaded_at": written["uploaded_at"], "api": sandbox.url, "sandbox": true, "project": "shop", "team_id": "team_1",
        "origin": ORIGIN, "cert_id": "sandbox_cert_1", "updated": true, "validation_skipped": false, "warnings": [],
        "path_not_after": "2049-12-31T23:59:59Z", "leaf": serde_json::Value::Object(leaf.into_iter().collect()),
    });
    assert_eq!(written, expected);
    // The page names every field, and the one that was not asked for.
    let page = include_str!("../../../docs/rotation.md");
    let example: serde_json::Value =
        serde_json::from_str(page.split("```json\n").nth(1).unwrap().split("```").next().unwrap()).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    let mut all = keys(&written);
    all.insert("team_slug".to_owned());
    assert_eq!((keys(&example), keys(&example["leaf"])), (all, keys(&written["leaf"])));
    assert_eq!(written["uploaded_at"].as_str().unwrap().len(), "2026-11-24T12:00:00Z".len());
    for line in support::key_lines(&certflight_fixtures::named("ok__p256-pkcs8").folder.join("key.pem")) {
        assert!(!text.contains(&line));
    }
    // Nothing else is left there, and the next one is written over it.
    assert_eq!(sandbox.upload(&["--project", "shop", "--receipt", receipt]).code, 0);
    let written: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!((&written["origin"], written.get("team_id")), (&"".into(), None));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // Unchecked, it still says which one it is.
    assert_eq!(sandbox.upload(&["--project", "shop", "--receipt", receipt, "--skip-validation"]).code, 0);
    let written: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!((&written["validation_skipped"], &written["leaf"]), (&true.into(), &expected["leaf"]));
}

#[test]
fn where_no_receipt_can_be_written_nothing_is_sent() {
    let server = Peer::answering(vec![answer("200 OK", r#"{"updated": true, "origin": "", "certId": "a"}"#)]);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let key = file("key.pem", "a key");
    let other = file("other.json", r#"{"certflight_receipt": 2}"#);
    let beyond = folder.path().join("none").join("receipt.json").to_str().unwrap().to_owned();
    let long = folder.path().join("a".repeat(250)).to_str().unwrap().to_owned();
    let slash = format!("{beyond}/");
    let mut paths = vec![key.as_str(), &other, &beyond, &slash, "", folder.path().to_str().unwrap()];
    // Windows has other limits.
    paths.extend(cfg!(unix).then_some(long.as_str()));
    for path in paths {
        let ended = upload_to(&server.url(), &["--receipt", path]);
        assert_eq!((ended.code, server.uploads()), (2, 0), "{path}: {}", ended.err);
        assert!(ended.err.contains("--receipt ") && ended.err.contains("nothing was sent"), "{}", ended.err);
    }
    assert_eq!(fs::read_to_string(key).unwrap(), "a key");
}

#[test]
fn an_upload_finds_what_it_expects_or_sends_nothing() {
    let sandbox = Sandbox::start();
    let upload = |args: &[&str]| sandbox.upload(&[&["--project", "shop"], args].concat());
    let new = upload(&["--origin", ORIGIN, "--expect-new"]);
    assert_eq!(new.code, 0, "{}", new.err);
    let replaced = upload(&["--origin", ORIGIN, "--expect-replace", "sandbox_cert_1"]);
    assert_eq!(replaced.code, 0, "{}", replaced.err);
    assert!(!replaced.err.contains("warning: the project has"), "{}", replaced.err);
    for (args, words) in [
        (
            &["--origin", ORIGIN, "--expect-new"][..],
            "has a certificate sandbox_cert_1 for https://api.example.com; --expect-replace sandbox_cert_1",
        ),
        (
            &["--origin", ORIGIN, "--expect-replace", "cert_9"],
            "has no certificate cert_9; it has: sandbox_cert_1 for https://api.example.com",
        ),
        (&["--expect-replace", "sandbox_cert_1"], "this upload is for every origin of the project, so it would not replace it"),
    ] {
        let ended = upload(args);
        assert_eq!(ended.code, 1, "{}", ended.err);
        assert!(ended.err.contains(words) && ended.err.contains("nothing was uploaded"), "{}", ended.err);
        let document = upload(&[args, &["--format", "json"]].concat()).json();
        assert_eq!((&document["verdict"], &document["upload"]["sent"]), (&"pass".into(), &false.into()));
        assert!(document["upload"]["message"].as_str().unwrap().contains(words));
    }
    assert_eq!(sandbox.run(&["list", "--project", "shop"]).out.lines().count(), 2);
    // A list that is refused ends it.
    let ended = sandbox.upload(&["--project", "fault-403", "--expect-new"]);
    assert_eq!(ended.code, 3);
    assert!(ended.err.contains("nothing was uploaded, as the list that was to come before it failed"), "{}", ended.err);
    assert_eq!(upload(&["--expect-new", "--expect-replace", "a"]).code, 2);
}

/// The trace of what is live is not lost to a rehearsal or to another project.
#[test]
fn a_receipt_of_another_project_is_not_written_over() {
    let server = Peer::answering(vec![answer("200 OK", r#"{"updated": true, "origin": "", "certId": "cert_1"}"#)]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("receipt.json");
    let receipt = path.to_str().unwrap();
    let upload = |args: &[&str]| {
        let mut command = command();
        command.env("VERCEL_TOKEN", TOKEN).args(["upload", "--receipt", receipt]).args(args);
        Ended::of(command.args(inputs(&certflight_fixtures::named("ok__p256-pkcs8"))).output().unwrap())
    };
    let url = server.url();
    let shop = ["--project", "shop", "--api-url", &url];
    assert_eq!((upload(&shop).code, server.uploads()), (0, 1));
    let written = fs::read_to_string(&path).unwrap();
    for args in [
        &["--project", "shop", "--sandbox"][..],
        &["--project", "blog", "--api-url", &url],
        &["--project", "shop", "--team", "acme", "--api-url", &url],
        &["--project", "shop", "--api-url", &format!("{url}/elsewhere")],
    ] {
        let ended = upload(args);
        assert_eq!((ended.code, server.uploads()), (2, 1), "{args:?}: {}", ended.err);
        assert!(ended.err.contains("the receipt that is there is of project shop at http://127.0.0.1:"), "{}", ended.err);
        assert_eq!(fs::read_to_string(&path).unwrap(), written);
    }
    assert_eq!((upload(&shop).code, server.uploads()), (0, 2));
}

/// Were it green, a job with the wrong name would watch nothing.
#[test]
fn receipts_of_other_projects_alone_are_no_watch() {
    let server = serve_list(&serde_json::json!([]));
    let folder = tempfile::tempdir().unwrap();
    write_receipt(folder.path(), "1.json", serde_json::json!({ "api": server.url(), "project": "prj_1", "team_id": "team_1" }));
    let ended = joined(folder.path(), &server, &[]);
    assert_eq!(ended.code, 2, "{}", ended.err);
    assert!(ended.err.contains("no receipt in the folder is of this project, as named here"), "{}", ended.err);
    assert!(ended.err.contains("project prj_1, team team_1 at http://127.0.0.1:"), "{}", ended.err);
}

#[test]
fn an_origin_that_only_looks_the_same_is_told() {
    for (listed, is_near) in [
        ("https://api.example.com/", true),
        ("https://api.example.com:443", true),
        ("https://API.example.com", true),
        ("https://api.example.com:8443", false),
        ("https://api.example.com.evil.example", false),
        ("", false),
    ] {
        let list = serde_json::json!({ "clientCerts": [{ "id": "cert_near", "origin": listed }] }).to_string();
        let server = Peer::start(move |mut stream, seen| {
            let body = match net::read_head(&mut stream).starts_with("GET ") {
                true => list.clone(),
                false => {
                    seen.upload();
                    net::read_body(&mut stream);
                    r#"{"updated": true, "origin": "https://api.example.com", "certId": "cert_2"}"#.to_owned()
                }
            };
            net::send(&mut stream, &answer("200 OK", &body));
        });
        let ended = upload_to(&server.url(), &["--expect-new"]);
        assert_eq!((ended.code, server.uploads()), (0, 1), "{}", ended.err);
        assert_eq!(ended.err.contains("warning: the project has cert_near for"), is_near, "{listed}: {}", ended.err);
    }
}

/// The answer is lost, and the list is asked: once.
#[test]
fn a_new_entry_proves_and_an_old_one_does_not() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let receipt = folder.path().join("receipt.json");
    for project in ["fault-reset", "fault-truncated"] {
        let upload = |args: &[&str]| sandbox.upload(&[&["--project", project, "--origin", ORIGIN], args].concat());
        let ended = upload(&["--expect-new", "--receipt", receipt.to_str().unwrap()]);
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert!(
            ended.out.contains("uploaded, as a new entry in the list proves (unless somebody else uploaded for this origin meanwhile)\n  certificate ID: sandbox_cert_"),
            "{}",
            ended.out
        );
        let written: serde_json::Value = serde_json::from_slice(&fs::read(&receipt).unwrap()).unwrap();
        assert_eq!((written.get("updated"), &written["sandbox"]), (None, &true.into()));
        let id = written["cert_id"].as_str().unwrap().to_owned();
        fs::remove_file(&receipt).unwrap();

        let ended = upload(&["--expect-replace", &id, "--receipt", receipt.to_str().unwrap()]);
        assert_eq!(ended.code, 5);
        assert!(
            ended.err.contains(&format!("The list has {id} for this origin, as before, which proves nothing")),
            "{}",
            ended.err
        );
        let ended = upload(&["--format", "json", "--receipt", receipt.to_str().unwrap()]);
        assert_eq!((ended.code, &ended.json()["upload"]["sent"]), (5, &true.into()));
        assert!(
            ended.err.contains(&format!("The list has {id} for this origin, which proves nothing: it may be old")),
            "{}",
            ended.err
        );
        assert!(!receipt.exists());
    }
    let ended = sandbox.upload(&["--project", "fault-slow", "--timeout", "3s", "--expect-new"]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
}

/// Where the API gives a replaced certificate a new ID, or lists the old one beside it.
#[test]
fn a_new_id_for_the_same_origin_proves_too() {
    let old = serde_json::json!({ "id": "cert_old", "origin": ORIGIN });
    let new = serde_json::json!({ "id": "cert_new", "origin": ORIGIN });
    for after in [vec![new.clone()], vec![old.clone(), new]] {
        let lists = [vec![old.clone()], after].map(|list| serde_json::json!({ "clientCerts": list }).to_string());
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let server = Peer::start(move |mut stream, _| {
            if net::read_head(&mut stream).starts_with("GET ") {
                net::send(&mut stream, &answer("200 OK", &lists[asked.fetch_add(1, Ordering::SeqCst)]));
            } else {
                net::read_body(&mut stream); // and no answer
            }
        });
        let ended = upload_to(&server.url(), &["--expect-replace", "cert_old"]);
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert!(ended.out.contains("certificate ID: cert_new"), "{}", ended.out);
    }
}

#[test]
fn the_faults_of_the_sandbox_end_as_they_say() {
    let sandbox = Sandbox::start();
    for (project, code) in [
        ("fault-400", 3),
        ("fault-401", 3),
        ("fault-402", 3),
        ("fault-403", 3),
        ("fault-404", 3),
        ("fault-409", 3),
        ("fault-429", 4),
        ("fault-500", 4),
        ("fault-503", 4),
        ("fault-rate-limit", 0),
        ("fault-reset", 5),
        ("fault-truncated", 5),
    ] {
        let ended = sandbox.upload(&["--project", project]);
        assert_eq!(ended.code, code, "{project}: {}", ended.err);
        assert_eq!(ended.err.contains("trying again in"), ["fault-429", "fault-503", "fault-rate-limit"].contains(&project));
    }
    let help = support::run(["sandbox", "--help"]).out;
    for (name, what) in certflight_sandbox::FAULTS {
        assert!(help.contains(name) && help.contains(what), "{name}");
    }
}

/// Uploads a sound bundle to a server.
fn upload_to(url: &str, args: &[&str]) -> Ended {
    let mut command = command();
    command.env("VERCEL_TOKEN", TOKEN).args(["upload", "--project", "shop", "--api-url", url]).args(args);
    Ended::of(command.args(inputs(&certflight_fixtures::named("ok__p256-pkcs8"))).output().unwrap())
}

fn list_at(url: &str, args: &[&str]) -> Ended {
    let mut command = command();
    Ended::of(command.env("VERCEL_TOKEN", TOKEN).args(["list", "--project", "shop", "--api-url", url]).args(args).output().unwrap())
}

/// Receipts as uploads write them, changed where the test says.
fn write_receipt(folder: &Path, name: &str, changes: serde_json::Value) {
    let mut receipt = serde_json::json!({
        "certflight_receipt": 1, "uploaded_at": "2026-01-01T00:00:00Z", "api": "", "sandbox": false, "project": "shop", "origin": ORIGIN,
        "cert_id": "cert_1", "updated": true, "validation_skipped": false, "warnings": [],
        "leaf": { "subject": "CN=a", "serial": "01", "not_after": "2049-12-31T23:59:59Z", "sha256": "00", "public_key_sha256": "00" },
    });
    for (name, value) in changes.as_object().unwrap() {
        receipt[name] = value.clone();
    }
    fs::write(folder.join(name), receipt.to_string()).unwrap();
}

fn leaf(not_after: &str) -> serde_json::Value {
    serde_json::json!({ "subject": "CN=a", "serial": "01", "not_after": not_after, "sha256": "00", "public_key_sha256": "00" })
}

/// A list of what is live, joined with the receipts of a folder.
fn joined(folder: &Path, api: &Peer, args: &[&str]) -> Ended {
    list_at(&api.url(), &[&["--receipts", folder.to_str().unwrap()], args].concat())
}

fn serve_list(live: &serde_json::Value) -> Peer {
    let body = serde_json::json!({ "clientCerts": live }).to_string();
    Peer::start(move |mut stream, _| {
        net::read_head(&mut stream);
        net::send(&mut stream, &answer("200 OK", &body));
    })
}

#[test]
fn a_folder_has_as_many_receipts_as_the_bound_and_no_more() {
    let server = serve_list(&serde_json::json!([]));
    let folder = tempfile::tempdir().unwrap();
    write_receipt(folder.path(), "0.json", serde_json::json!({ "api": server.url() }));
    for at in 1..10_000 {
        fs::write(folder.path().join(format!("{at}.json")), "").unwrap();
    }
    let ended = joined(folder.path(), &server, &[]);
    assert!(!ended.err.contains("more than"), "{}", ended.err);
    fs::write(folder.path().join("one-more.json"), "").unwrap();
    let ended = joined(folder.path(), &server, &[]);
    assert!(ended.code == 2 && ended.err.contains("more than 10000 files"), "{}", ended.err);
}

#[test]
fn a_receipt_is_read_up_to_the_bound() {
    let server = serve_list(&serde_json::json!([]));
    let folder = tempfile::tempdir().unwrap();
    write_receipt(folder.path(), "0.json", serde_json::json!({ "api": server.url() }));
    let path = folder.path().join("0.json");
    let receipt = fs::read_to_string(&path).unwrap();
    for (length, is_one) in [(16 * 1024, true), (16 * 1024 + 1, false)] {
        fs::write(&path, receipt.clone() + &" ".repeat(length - receipt.len())).unwrap();
        let ended = joined(folder.path(), &server, &[]);
        assert_eq!(!ended.err.contains("there is no receipt in the folder"), is_one, "{}", ended.err);
    }
}

#[test]
fn receipts_are_joined_with_what_is_live() {
    let live = serde_json::json!([
        { "id": "cert_1", "origin": ORIGIN },
        { "id": "cert_2", "origin": "https://two.example.com" },
        { "id": "cert_3", "origin": "https://three.example.com" },
        { "id": "cert_4", "origin": "" },
        { "id": "cert_5", "origin": "https://five.example.com" },
        { "id": "cert_6", "origin": "https://six.example.com" },
        { "id": "cert_8", "origin": "https://eight.example.com" },
    ]);
    let server = serve_list(&live);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, mut changes: serde_json::Value| {
        changes["api"] = changes.get("api").cloned().unwrap_or(server.url().into());
        write_receipt(folder.path(), name, changes);
    };
    // The newest receipt counts.
    write("1-old.json", serde_json::json!({ "leaf": leaf("2020-01-01T00:00:00Z"), "uploaded_at": "2019-01-01T00:00:00Z" }));
    write("1.json", serde_json::json!({}));
    write(
        "2.json",
        serde_json::json!({ "cert_id": "cert_2", "origin": "https://two.example.com", "leaf": leaf("2020-01-01T00:00:00Z") }),
    );
    write("4.json", serde_json::json!({ "cert_id": "cert_4", "origin": "", "leaf": null, "validation_skipped": true }));
    write("5.json", serde_json::json!({ "cert_id": "cert_5", "origin": "https://other.example.com" }));
    let soon = std::time::SystemTime::now() + std::time::Duration::from_secs(10 * 86_400);
    let soon = certflight_validate::Timestamp::from(soon).to_string();
    write("6.json", serde_json::json!({ "cert_id": "cert_6", "origin": "https://six.example.com", "leaf": leaf(&soon) }));
    // The leaf outlives the CA above it.
    write("3.json", serde_json::json!({ "cert_id": "cert_3", "origin": "https://three.example.com", "path_not_after": soon }));
    // Deleted; and one whose place a later one took.
    write("7.json", serde_json::json!({ "cert_id": "cert_7", "origin": "https://seven.example.com" }));
    write("8.json", serde_json::json!({ "cert_id": "cert_0", "uploaded_at": "2018-01-01T00:00:00Z" }));
    // Of others.
    write("9.json", serde_json::json!({ "cert_id": "cert_9", "project": "other" }));
    write("10.json", serde_json::json!({ "cert_id": "cert_9", "team_id": "team_1" }));
    write("11.json", serde_json::json!({ "cert_id": "cert_9", "api": "https://api.vercel.com" }));
    fs::write(folder.path().join("notes.json"), "{}").unwrap();
    fs::write(folder.path().join("notes.txt"), "no receipt, and not looked at").unwrap();

    let ended = joined(folder.path(), &server, &["--format", "json"]);
    assert_eq!(ended.code, 1);
    let document = ended.json();
    let states: Vec<(&str, &str)> = document["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["id"].as_str().unwrap(), entry["state"].as_str().unwrap()))
        .collect();
    let expected = [
        ("cert_1", "sound"),
        ("cert_2", "expired"),
        ("cert_3", "expires-soon"),
        ("cert_4", "no-expiry"),
        ("cert_5", "other-origin"),
        ("cert_6", "expires-soon"),
        ("cert_8", "no-receipt"),
        ("cert_7", "deleted"),
    ];
    assert_eq!(states, expected);
    assert_eq!(document["needs_care"], true);
    assert!(ended.err.contains("notes.json: this is no receipt") && !ended.err.contains("notes.txt"), "{}", ended.err);
    assert!(ended.err.contains("passed over: 3 receipts of other projects, teams or addresses"), "{}", ended.err);
    let human = joined(folder.path(), &server, &["--min-validity", "5d"]);
    assert_eq!((human.code, human.out.lines().count()), (1, 11), "{}", human.out);
    assert!(human.out.ends_with("\n8 certificates, 5 need care\n"), "{}", human.out);
}

#[test]
fn what_is_in_order_needs_no_care() {
    let live = serde_json::json!([{ "id": "cert_1", "origin": ORIGIN }]);
    let server = serve_list(&live);
    let folder = tempfile::tempdir().unwrap();
    let empty = joined(folder.path(), &server, &[]);
    assert!(empty.code == 2 && empty.err.contains("there is no receipt in the folder"), "{}", empty.err);
    write_receipt(folder.path(), "1.json", serde_json::json!({ "api": server.url() }));
    let ended = joined(folder.path(), &server, &[]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.ends_with("\n1 certificate, none needs care\n"), "{}", ended.out);
    assert_eq!(joined(folder.path(), &server, &["--format=json"]).json()["needs_care"], false);
    assert_eq!(joined(folder.path(), &server, &["--min-validity=100years"]).code, 1);
    assert_eq!(support::run(["list", "--project", "shop", "--min-validity", "1d"]).code, 2);
    let ended = joined(&folder.path().join("none"), &server, &[]);
    assert!(ended.code == 2 && ended.err.contains("no such folder"), "{}", ended.err);
}

/// A list is a question: it is asked again, and never ends with a fate that is unknown.
#[test]
fn a_list_that_fails_has_changed_nothing() {
    let has_failed = AtomicBool::new(false);
    let server = Peer::start(move |mut stream, _| {
        net::read_head(&mut stream);
        let is_second = has_failed.swap(true, Ordering::SeqCst);
        net::send(&mut stream, if is_second { "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"clientCerts\":[]}" } else { "" });
    });
    let ended = list_at(&server.url(), &[]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("trying again in"), "{}", ended.err);
    let broken = Peer::start(|mut stream, _| {
        net::read_head(&mut stream);
        net::send(&mut stream, &answer("200 OK", "<html>"));
    });
    let ended = list_at(&broken.url(), &[]);
    assert_eq!(ended.code, 4);
    assert!(ended.err.contains("the API gave no sound answer (4 tries)"), "{}", ended.err);
}

/// The certificate is gone; that it cannot be said changes nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_does_not_hide_that_it_was_deleted() {
    let server = Peer::answering(vec![]);
    let mut command = command();
    command.env("VERCEL_TOKEN", TOKEN).args(["delete", "cert_1", "--project", "shop", "--api-url", &server.url()]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let child = command.stdout(full).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let ended = Ended::of(child.wait_with_output().unwrap());
    assert_eq!((ended.code, server.uploads()), (0, 1), "{}", ended.err);
    assert!(ended.err.contains("the output cannot be written"), "{}", ended.err);
}

#[test]
fn a_hostile_name_does_not_steer_the_terminal_through_a_receipt() {
    let server =
        Peer::answering(vec![answer("200 OK", "{\"updated\": true, \"origin\": \"\u{9b}2J\", \"certId\": \"a\u{202e}\"}")]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("receipt.json");
    assert_eq!(upload_to(&server.url(), &["--receipt", path.to_str().unwrap()]).code, 0);
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(r"\u009b2J") && text.contains(r"a\u202e"), "{text}");
}

/// A server that keeps keys may say them in any answer, not only in that to the upload.
#[test]
fn a_list_that_holds_the_key_does_not_show_it() {
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let key = String::from_utf8(fixture.key.clone().unwrap()).unwrap();
    let list = serde_json::json!({ "clientCerts": [{ "id": key, "origin": "https://api.example.com" }, { "id": TOKEN, "origin": key.replace('\n', "") }] });
    // Before the upload there is nothing, after it the key.
    let is_first = AtomicBool::new(true);
    let server = Peer::start(move |mut stream, _| {
        if net::read_head(&mut stream).starts_with("GET ") {
            let body = if is_first.swap(false, Ordering::SeqCst) { r#"{"clientCerts": []}"#.to_owned() } else { list.to_string() };
            net::send(&mut stream, &answer("200 OK", &body));
        } else {
            net::read_body(&mut stream);
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("receipt.json");
    let run = |args: &[&str]| upload_to(&server.url(), &[&["--debug"], args].concat());
    let proved = run(&["--expect-new", "--receipt", path.to_str().unwrap()]);
    assert_eq!(proved.code, 0, "{}", proved.err);
    let unexpected = run(&["--expect-replace", "x"]);
    assert_eq!(unexpected.code, 1, "{}", unexpected.err);
    let receipt = fs::read_to_string(path).unwrap();
    let mut secrets = support::key_lines(&fixture.folder.join("key.pem"));
    secrets.push(TOKEN.to_owned());
    for text in [proved.out, proved.err, unexpected.out, unexpected.err, receipt] {
        assert!(text.contains("[redacted]") || text.starts_with("PASS"), "{text}");
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
    }
}

/// The certificate may have gone elsewhere than it was meant to, whoever reads the answer.
#[test]
fn another_origin_than_was_asked_for_is_a_warning() {
    let server =
        Peer::answering(vec![answer("200 OK", r#"{"updated": true, "origin": "https://other.example.com", "certId": "cert_1"}"#)]);
    for format in ["human", "json"] {
        let ended = upload_to(&server.url(), &["--format", format]);
        assert_eq!(ended.code, 0);
        assert!(
            ended.err.contains("warning: the API names another origin, https://other.example.com, than was asked for"),
            "{}",
            ended.err
        );
    }
}

/// Lists that are made to be slow: what is looked for in them is looked for once.
#[test]
fn a_list_that_is_made_to_be_slow_is_not() {
    let backslashes = "\\".repeat(1_500_000); // one more for each in JSON
    let entries =
        |count: usize| (0..count).map(|at| serde_json::json!({ "id": format!("c{at}"), "origin": "" })).collect::<Vec<_>>();
    for list in [vec![serde_json::json!({ "id": backslashes, "origin": "" })], entries(100_000)] {
        let body = serde_json::json!({ "clientCerts": list }).to_string();
        assert!(body.len() < 4 * 1024 * 1024);
        let server = Peer::start(move |mut stream, _| {
            if net::read_head(&mut stream).starts_with("GET ") {
                net::send(&mut stream, &answer("200 OK", &body));
            } else {
                net::read_body(&mut stream); // and no answer
            }
        });
        assert_eq!(list_at(&server.url(), &["--format", "json"]).code, 0);
        let ended = upload_to(&server.url(), &["--expect-new"]);
        assert_eq!(ended.code, 5, "{}", ended.err);
    }
}

#[test]
fn a_long_list_is_read() {
    let entries: Vec<serde_json::Value> = (0..20_000)
        .map(|at| serde_json::json!({ "id": format!("cert_{at}"), "origin": format!("https://a{at}.example.com") }))
        .collect();
    let server = serve_list(&entries.into());
    let ended = list_at(&server.url(), &[]);
    assert_eq!((ended.code, ended.out.lines().count()), (0, 20_001), "{}", ended.err);
}

/// Each writes its receipt whole, and the last one stays.
#[test]
fn receipts_of_the_same_name_do_not_get_into_each_others_way() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("receipt.json");
    let receipt = path.to_str().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..8 {
                    let ended = sandbox.upload(&["--project", "shop", "--receipt", receipt]);
                    assert_eq!(ended.code, 0, "{}", ended.err);
                    assert!(!ended.err.contains("cannot be written") && ended.out.contains("receipt: "), "{}", ended.err);
                    serde_json::from_slice::<serde_json::Value>(&fs::read(receipt).unwrap()).unwrap();
                }
            });
        }
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_its_receipt_and_a_pipe_is_not_waited_for() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    assert_eq!(sandbox.upload(&["--project", "shop", "--receipt", &at("receipt.json")]).code, 0);
    fs::remove_file(at("receipt.json")).unwrap();
    fs::create_dir(at("kept")).unwrap();
    assert_eq!(sandbox.upload(&["--project", "shop", "--receipt", &at("kept/real.json")]).code, 0);
    std::os::unix::fs::symlink(at("kept/real.json"), at("link.json")).unwrap();
    let before = fs::read(at("kept/real.json")).unwrap();
    assert_eq!(sandbox.upload(&["--project", "shop", "--origin", ORIGIN, "--receipt", &at("link.json")]).code, 0);
    assert!(fs::symlink_metadata(at("link.json")).unwrap().is_symlink() && fs::read(at("kept/real.json")).unwrap() != before);

    assert!(std::process::Command::new("mkfifo").arg(at("pipe.json")).status().unwrap().success());
    let ended = sandbox.upload(&["--project", "shop", "--receipt", &at("pipe.json")]);
    assert!(ended.code == 2 && ended.err.contains("no regular file"), "{}", ended.err);
    // The link is read, the pipe is not, and the receipt of the first upload is gone.
    let ended = sandbox.run(&["list", "--project", "shop", "--receipts", folder.path().to_str().unwrap()]);
    assert!(
        ended.code == 1 && ended.out.contains("link.json") && ended.out.ends_with("2 certificates, 1 needs care\n"),
        "{}",
        ended.out
    );
}

#[test]
fn hostile_answers_do_not_steer_the_terminal() {
    let live = serde_json::json!([{ "id": "\u{1b}[2Jcert\u{202e}", "origin": "https://\u{1b}]0;x\u{7}\n" }]);
    let server = serve_list(&live);
    for format in ["human", "json"] {
        let ended = list_at(&server.url(), &["--debug", "--format", format]);
        assert_eq!(ended.code, 0);
        for text in [&ended.out, &ended.err] {
            assert!(text.chars().all(|c| c == '\n' || !certflight_validate::Escaped::is_needed(c)), "{text:?}");
        }
    }
}
