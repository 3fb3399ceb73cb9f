//! Many bundles at once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_fixtures::{CA_FILE, CERT_FILE, Fixture, KEY_FILE};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use support::{Ended, command, inputs, run, run_with_stdin};

const AT: &str = certflight_fixtures::DEFAULT_AT;

/// The line of a bundle, with its files or with their texts.
fn line(fixture: &Fixture, texts: bool) -> Value {
    let mut line = json!({ "id": fixture.name });
    for (field, file, bytes) in [("cert", CERT_FILE, &fixture.cert), ("key", KEY_FILE, &fixture.key), ("ca", CA_FILE, &fixture.ca)]
    {
        match bytes.as_deref().map(std::str::from_utf8) {
            None => {}
            Some(Ok(text)) if texts => line[field] = text.into(),
            Some(_) => line[format!("{field}_file")] = fixture.folder.join(file).to_str().into(),
        }
    }
    if let Some(origin) = &fixture.expect.origin {
        line["origin"] = origin.as_str().into();
    }
    line
}

fn batch(lines: &[Value], args: &[String]) -> (Ended, Vec<Value>) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let mut all: Vec<&str> = vec!["check", "--batch", "-"];
    all.extend(args.iter().map(String::as_str));
    let ended = run_with_stdin(&all, text.as_bytes());
    let answers = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (ended, answers)
}

/// The bundles that a line can hold, by the flags that they are checked with.
fn fixtures() -> BTreeMap<Vec<String>, Vec<Fixture>> {
    let mut groups: BTreeMap<Vec<String>, Vec<Fixture>> = BTreeMap::new();
    for fixture in certflight_fixtures::all() {
        if fixture.given.is_empty() && fixture.replaces.is_none() {
            let mut args = vec!["--at".to_owned(), fixture.expect.at().to_owned()];
            args.extend(fixture.expect.args.clone());
            groups.entry(args).or_default().push(fixture);
        }
    }
    groups
}

#[test]
fn each_answer_is_what_a_check_of_it_alone_says() {
    let mut compared = 0;
    for (args, fixtures) in fixtures() {
        let lines: Vec<Value> = fixtures.iter().map(|fixture| line(fixture, false)).collect();
        let (ended, answers) = batch(&lines, &args);
        assert_eq!(answers.len(), fixtures.len() + 1, "{}", ended.err);
        let mut passed = 0;
        for ((number, fixture), mut answer) in (1..).zip(&fixtures).zip(answers) {
            let answer = answer.as_object_mut().unwrap();
            assert_eq!(
                (answer.remove("id"), answer.remove("batch_line")),
                (Some(fixture.name.as_str().into()), Some(number.into()))
            );
            let mut alone = vec!["check".to_owned(), "--format=json".to_owned()];
            alone.extend(args.iter().cloned().chain(inputs(fixture)));
            let alone = run(&alone);
            if alone.code == 2 {
                continue; // without any input there is nothing to check, and one says so in another way
            }
            assert_eq!(alone.json().as_object().unwrap(), answer, "{}", fixture.name);
            passed += usize::from(alone.code == 0);
            compared += 1;
        }
        assert_eq!(ended.code, i32::from(passed < fixtures.len()), "{args:?}");
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn a_text_in_the_line_is_read_as_its_file_is() {
    for (args, fixtures) in fixtures() {
        let [files, texts] = [false, true].map(|texts| {
            let lines: Vec<Value> = fixtures.iter().map(|fixture| line(fixture, texts)).collect();
            let found = |answer: &Value| {
                let findings = answer["findings"].as_array().into_iter().flatten();
                let places =
                    findings.map(|finding| (finding["code"].clone(), finding["location"]["line"].clone())).collect::<Vec<_>>();
                (answer["verdict"].clone(), places, answer["leaf"]["sha256"].clone())
            };
            batch(&lines, &args).1.iter().map(found).collect::<Vec<_>>()
        });
        assert_eq!(files, texts);
    }
}

#[test]
fn answers_and_summary_follow_their_schemas() {
    let schema = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        jsonschema::validator_for(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).unwrap()
    };
    let (report, summary) = (schema("report.schema.json"), schema("batch-summary.schema.json"));
    for (args, fixtures) in fixtures() {
        let mut lines: Vec<Value> = fixtures.iter().map(|fixture| line(fixture, true)).collect();
        lines.push(json!({ "id": 17, "key": 5 }));
        lines.push(json!([]));
        let (ended, answers) = batch(&lines, &args);
        let (last, answers) = answers.split_last().unwrap();
        assert!(summary.is_valid(last), "{last}");
        for answer in answers {
            assert!(report.is_valid(answer), "{answer}");
        }
        assert_eq!(ended.code, 1);
    }
}

#[test]
fn a_bad_line_is_one_failed_report() {
    let sound = line(&certflight_fixtures::named("ok__p256-pkcs8"), true).to_string();
    let secret = certflight_fixtures::named("ok__p256-pkcs8").key.unwrap();
    let secret = String::from_utf8(secret).unwrap().lines().nth(1).unwrap().to_owned();
    let bad = [
        "{".to_owned(),
        "no JSON".to_owned(),
        format!("{{\"key\": \"{secret}"),
        format!("{{\"{secret}\": 1, \"{secret}\": 2}} x"),
        format!("{{\"id\": 7, \"key\": [\"{secret}\"]}}"),
        format!("{{\"id\": {{\"{secret}\": 1}}}}"),
        format!("{{\"id\": \"-----BEGIN PRIVATE KEY-----{secret}\"}}"),
        format!("{{\"key_file\": \"-----BEGIN PRIVATE KEY-----\\n{secret}\"}}"),
        format!("{{\"key_file\": \"/tmp/{secret}\"}}"),
        "{\"cert_file\": \"/no/such/file\"}".to_owned(),
        "{\"cert_file\": \"/\"}".to_owned(),
        "{\"cert\": \"a\", \"cert_file\": \"b\"}".to_owned(),
    ];
    let text: String = bad.iter().map(|bad| format!("{sound}\n{bad}\n")).collect();
    let ended = run_with_stdin(&["check", "--batch", "-", "--at", AT], format!("{text}{sound}").as_bytes());
    let answers: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((ended.code, answers.len()), (1, 2 * bad.len() + 2));
    for (at, answer) in answers.iter().take(2 * bad.len() + 1).enumerate() {
        assert_eq!(answer["batch_line"], at + 1);
        assert_eq!(answer["verdict"], if at % 2 == 0 { "pass" } else { "fail" });
        assert_eq!(answer["unreadable"].is_string(), at % 2 == 1, "{answer}");
    }
    assert!(!ended.out.contains(&secret) && !ended.err.contains(&secret), "{}", ended.out);
    assert_eq!(answers[9]["id"], 7);
    let summary = &answers.last().unwrap()["summary"];
    assert_eq!((&summary["bundles"], &summary["passed"], &summary["unreadable"]), (&json!(25), &json!(13), &json!(12)));
    // What is empty is no line.
    let ended = run_with_stdin(&["check", "--batch", "-", "--at", AT], format!("\u{feff}{sound}\n\n \r\n{sound}\n\n").as_bytes());
    let answers: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((ended.code, &answers[1]["batch_line"], &answers[2]["summary"]["passed"]), (0, &json!(4), &json!(2)));
}

#[test]
fn the_summary_counts_codes_and_names_what_expires_first() {
    let named = |name: &str| line(&certflight_fixtures::named(name), true);
    let lines = [
        named("ok__p256-pkcs8"),
        named("rotation-ends-earlier__2040"),
        named("key-mismatch__other-key"),
        named("key-mismatch__other-key"),
        named("certificate-expired__leaf"),
    ];
    let (_, answers) = batch(&lines, &["--at".into(), AT.into()]);
    let summary = &answers[5]["summary"];
    assert_eq!((&summary["bundles"], &summary["passed"], &summary["failed"]), (&json!(5), &json!(2), &json!(3)));
    let codes = summary["codes"].as_object().unwrap();
    assert_eq!((&codes["key-mismatch"], &codes["certificate-expired"]), (&json!(2), &json!(1)));
    let soonest = &summary["soonest_expiry"];
    assert_eq!((&soonest["id"], &soonest["batch_line"]), (&json!("rotation-ends-earlier__2040"), &json!(2)));
    assert_eq!(soonest["not_after"], answers[1]["leaf"]["not_after"]);
    // Nothing was there, so nothing failed.
    let ended = run_with_stdin(&["check", "--batch", "-"], b"");
    assert_eq!((ended.code, ended.out.lines().count()), (0, 1));
}

#[test]
fn whoever_waits_for_an_answer_before_the_next_line_gets_it() {
    let mut child =
        command().args(["check", "--batch", "-", "--at", AT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut to, mut from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let line = line(&certflight_fixtures::named("ok__p256-pkcs8"), true);
    for number in 1..=3 {
        writeln!(to, "{line}").unwrap();
        let mut answer = String::new();
        from.read_line(&mut answer).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&answer).unwrap()["batch_line"], number);
    }
    drop(to);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn nobody_is_answered_who_does_not_read_any_more() {
    let mut child =
        command().args(["check", "--batch", "-", "--at", AT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut to = child.stdin.take().unwrap();
    let line = line(&certflight_fixtures::named("ok__p256-pkcs8"), true);
    writeln!(to, "{line}").unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap());
    from.read_line(&mut String::new()).unwrap();
    drop(from);
    // It would go on for as long as there are lines.
    while writeln!(to, "{line}").is_ok() {}
    // Not all of them were checked.
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn each_folder_of_a_folder_is_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    for (name, fixture) in
        [("b", "ok__p256-pkcs8"), ("a", "key-mismatch__other-key"), ("c", "ok__rsa2048-pkcs8"), (".d", "ok__p256-pkcs8")]
    {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        for file in [CERT_FILE, KEY_FILE, CA_FILE] {
            std::fs::copy(support::file(fixture, file), folder.path().join(name).join(file)).unwrap();
        }
    }
    std::fs::write(folder.path().join("README"), "no bundle").unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let path = folder.path().to_str().unwrap();
    let ended = run(["check", "--batch", path, "--at", AT, "--origin", "https://api.example.com"]);
    let answers: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, [&json!("a"), &json!("b"), &json!("c"), &json!("empty"), &Value::Null]);
    let verdicts: Vec<&Value> = answers.iter().map(|answer| &answer["verdict"]).collect();
    assert_eq!(
        verdicts,
        ["fail", "pass", "pass", "fail", ""]
            .map(|verdict| if verdict.is_empty() { Value::Null } else { verdict.into() })
            .iter()
            .collect::<Vec<_>>()
    );
    assert_eq!((ended.code, &answers[1]["origin"]), (1, &json!("https://api.example.com")));
    std::fs::create_dir(folder.path().join("full")).unwrap();
    for at in 0..257 {
        std::fs::write(folder.path().join("full").join(at.to_string()), "").unwrap();
    }
    let ended = run(["check", "--batch", path, "--at", AT]);
    let full: Value = serde_json::from_str(ended.out.lines().nth(4).unwrap()).unwrap();
    assert!(full["id"] == "full" && full["unreadable"].as_str().unwrap().contains("256 files"), "{full}");
}

#[test]
fn one_passphrase_opens_what_is_closed_in_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let container = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/containers/p256-modern.p12");
    for name in ["one", "two"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::copy(&container, folder.path().join(name).join("client.p12")).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    let verdicts = |args: &[&str]| {
        let ended = Ended::of(command().args(args).env("PASSPHRASE", "correct horse").output().unwrap());
        ended.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["verdict"].clone()).collect::<Vec<_>>()
    };
    let closed = verdicts(&["check", "--batch", path, "--at", AT]);
    assert_eq!(closed, [json!("fail"), json!("fail"), Value::Null]);
    let opened = verdicts(&["check", "--batch", path, "--at", AT, "--passphrase-file", "env:PASSPHRASE"]);
    assert_eq!(opened, [json!("pass"), json!("pass"), Value::Null]);
}

#[test]
fn what_cannot_be_a_batch_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    for (args, said) in [
        (&["check", "--batch", "/no/such/file"][..], "--batch /no/such/file: there is no such file"),
        (&["check", "--batch", empty], "there is no folder in it"),
        (&["check", "--batch", "-", "--passphrase-file", "-"], "standard input can be read once"),
        (&["check", "--batch", "-", "--cert", "a.pem"], "cannot be used with"),
        (&["check", "--batch", "-", "a.pem"], "cannot be used with"),
        (&["check", "--batch", "-", "--probe-path", "/"], "--probe"),
        (&["check", "--batch", "-", "--format", "html"], "cannot be used with"),
        (&["check", "--batch", "-", "--probe", "--origin", "https://a.example"], "cannot be used with"),
    ] {
        let ended = run(args);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{args:?}");
        assert!(ended.err.contains(said), "{args:?}: {}", ended.err);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_it_says_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (batch, answers) = (folder.path().join("batch"), folder.path().join("answers"));
    std::fs::write(&batch, format!("{}\n", line(&certflight_fixtures::named("ok__p256-pkcs8"), true)).repeat(40)).unwrap();
    let run = |more: &str| {
        let mut script = Command::new("script");
        let shell = format!("'{}' check --batch '{}' --at {AT} {more}", env!("CARGO_BIN_EXE_certflight"), batch.display());
        script.args(["-qec", &shell, "/dev/null"]).stdin(Stdio::null());
        script.output().map(|output| String::from_utf8(output.stdout).unwrap())
    };
    let Ok(seen) = run(&format!("> '{}'", answers.display())) else { return }; // .ci/run says that there is no script(1)
    assert!(seen.contains("%, ") && seen.contains(" bundles, "), "{seen:?}");
    assert!(seen.ends_with(" \r") && seen.contains(" left"), "{seen:?}");
    assert_eq!(std::fs::read_to_string(&answers).unwrap().lines().count(), 41);
    // Among the answers themselves it would only be in the way.
    assert!(!run("").unwrap().contains(" left"));
}
