//! The formats for machines: every bundle in each of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_fixtures::Fixture;
use jsonschema::Validator;
use support::{Answer, Ended, Server, TOKEN, command, inputs, key_lines, run};

fn check(fixture: &Fixture, format: &str) -> Ended {
    let mut args = vec!["check".to_owned(), format!("--format={format}"), "--at".into(), fixture.expect.at().to_owned()];
    args.extend(fixture.expect.args.clone());
    args.extend(inputs(fixture));
    run(&args)
}

fn schema() -> Validator {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/report.schema.json");
    let text = std::fs::read_to_string(path).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn follows(schema: &Validator, ended: &Ended, what: &str) {
    let wrong: Vec<String> = schema.iter_errors(&ended.json()).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}\n{}", ended.out);
}

#[test]
fn json_follows_its_schema() {
    let schema = schema();
    for fixture in certflight_fixtures::all() {
        follows(&schema, &check(&fixture, "json"), &fixture.name);
    }
    for flags in [&["--sandbox"][..], &["--dry-run"], &["--dry-run", "--skip-validation"], &["--sandbox", "--skip-validation"]] {
        for name in ["ok__p256-pkcs8", "key-mismatch__other-key", "key-in-certificate-input__ca"] {
            let fixture = certflight_fixtures::named(name);
            let mut args: Vec<String> = ["upload", "--format=json", "--project", "prj_example"].map(str::to_owned).into();
            args.extend(flags.iter().map(|flag| (*flag).to_owned()));
            args.extend(inputs(&fixture));
            follows(&schema, &run(&args), &format!("{name} {flags:?}"));
        }
    }
}

#[test]
fn an_answer_of_the_api_follows_the_schema() {
    let schema = schema();
    let taken = r#"{"updated": true, "origin": "https://api.example.com", "certId": "cert_1"}"#;
    let refused = r#"{"error": {"code": "forbidden", "message": "Not authorized"}}"#;
    for answer in
        [Answer::json("200 OK", taken), Answer::json("403 Forbidden", refused), Answer::json("500 Oops", ""), Answer::Close]
    {
        let server = Server::start(answer);
        let mut command = command();
        command.env("VERCEL_TOKEN", TOKEN).args(["upload", "--format=json", "--project", "demo", "--api-url", &server.url]);
        let ended = Ended::of(command.args(inputs(&certflight_fixtures::named("ok__p256-pkcs8"))).output().unwrap());
        follows(&schema, &ended, &ended.err);
    }
}

#[test]
fn the_schema_refuses_what_is_not_in_it() {
    let schema = schema();
    for wrong in [
        r#"{"version": 2, "findings": []}"#,
        r#"{"version": 1}"#,
        r#"{"version": 1, "findings": [], "more": 1}"#,
        r#"{"version": 1, "findings": [{"code": "A B", "severity": "error", "message": "", "reference": "", "location": {"input": "cert"}}]}"#,
        r#"{"version": 1, "findings": [{"code": "a", "severity": "error", "message": "", "reference": "", "location": {"input": "cert", "line": 0}}]}"#,
    ] {
        assert!(!schema.is_valid(&serde_json::from_str(wrong).unwrap()), "{wrong}");
    }
}

/// What the runner makes of a line.
struct Annotation<'a> {
    command: &'a str,
    properties: Vec<(&'a str, String)>,
    text: String,
}

/// Takes a line apart and undoes its escapes as the runner's own code does.
fn annotation(line: &str) -> Option<Annotation<'_>> {
    let (command, text) = line.strip_prefix("::")?.split_once("::")?;
    let (command, properties) = command.split_once(' ')?;
    let undo =
        |text: &str| text.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
    let properties =
        properties.split(',').map(|property| property.split_once('=').unwrap()).map(|(name, value)| (name, undo(value)));
    Some(Annotation { command, properties: properties.collect(), text: undo(text) })
}

#[test]
fn github_gets_a_line_for_each_finding_and_the_verdict() {
    for fixture in certflight_fixtures::all() {
        let report = check(&fixture, "json").json();
        let ended = check(&fixture, "github");
        let lines: Vec<&str> = ended.out.lines().collect();
        let (verdict, annotations) = lines.split_last().unwrap();
        assert!(verdict.starts_with(if ended.code == 0 { "certflight: PASS" } else { "certflight: FAIL" }), "{}", ended.out);
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(annotations.len(), findings.len(), "{}", fixture.name);
        for (line, finding) in annotations.iter().zip(findings) {
            let Annotation { command, properties, text } = annotation(line).unwrap();
            let level = if finding["severity"] == "info" { "notice".into() } else { finding["severity"].clone() };
            assert_eq!(command, level.as_str().unwrap());
            let property = |name: &str| properties.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
            assert_eq!(property("title").as_deref(), finding["code"].as_str());
            assert_eq!(property("file").as_deref(), finding["location"]["file"].as_str());
            assert_eq!(property("line"), finding["location"]["line"].as_u64().map(|line| line.to_string()), "{line}");
            assert!(text.starts_with(finding["message"].as_str().unwrap()), "{text}");
        }
    }
}

#[test]
fn junit_is_xml_with_a_case_for_each_finding_and_the_verdict() {
    for fixture in certflight_fixtures::all() {
        let findings = check(&fixture, "json").json()["findings"].as_array().unwrap().clone();
        let ended = check(&fixture, "junit");
        let document = roxmltree::Document::parse(&ended.out).unwrap_or_else(|error| panic!("{error}: {}", ended.out));
        let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
        let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
        let failed = cases.iter().filter(|case| case.children().any(|node| node.has_tag_name("failure"))).count();
        let count = |name: &str| suite.attribute(name).unwrap().parse::<usize>().unwrap();
        assert_eq!((count("tests"), count("failures")), (cases.len(), failed), "{}", ended.out);
        assert_eq!(cases.len(), findings.len() + 1);
        assert_eq!(failed > 0, ended.code == 1, "{}", ended.out);
        for (case, finding) in cases[1..].iter().zip(&findings) {
            let code = finding["code"].as_str().unwrap();
            assert!(case.attribute("name").unwrap().starts_with(&format!("{code} (")), "{}", ended.out);
            let failure = case.children().find(|node| node.has_tag_name("failure"));
            assert_eq!(failure.is_some(), finding["severity"] == "error");
            let text: String = case.descendants().filter_map(|node| node.text()).collect();
            assert!(text.contains(finding["message"].as_str().unwrap()), "{text}");
        }
    }
}

#[test]
fn html_stands_alone_and_holds_no_key() {
    for fixture in certflight_fixtures::all() {
        let ended = check(&fixture, "html");
        let verdict = if ended.code == 0 { "<h1 class=\"pass\">PASS" } else { "<h1 class=\"fail\">FAIL" };
        assert!(ended.out.contains(verdict), "{}", fixture.name);
        for attribute in ["src=", "href=\"h", "url(", "@import", "<script", "<link", "<iframe", " onload"] {
            assert!(!ended.out.contains(attribute), "{}: {attribute}", fixture.name);
        }
        for finding in check(&fixture, "json").json()["findings"].as_array().unwrap() {
            assert!(ended.out.contains(&format!("<code>{}</code>", finding["code"].as_str().unwrap())), "{}", fixture.name);
        }
    }
}

/// Whatever is wrong with it and wherever it stands: no line of an input is in any output, as it may be of a key.
#[test]
fn no_format_shows_a_key() {
    let mut lines = 0;
    for fixture in certflight_fixtures::all() {
        let files = std::fs::read_dir(&fixture.folder).unwrap().map(|entry| entry.unwrap().path());
        let secret: Vec<String> = files
            .filter(|path| path.extension().is_some_and(|extension| extension != "toml"))
            .flat_map(|path| key_lines(&path))
            .collect();
        lines += secret.len();
        for format in ["human", "json", "github", "junit", "html"] {
            let ended = check(&fixture, format);
            for line in &secret {
                assert!(!ended.out.contains(line.as_str()) && !ended.err.contains(line.as_str()), "{} {format}", fixture.name);
            }
        }
    }
    assert!(lines > 500, "{lines}");
}
