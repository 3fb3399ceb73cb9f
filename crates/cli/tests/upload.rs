//! `certflight upload` and `sandbox`, against real servers on loopback.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_fixtures::Fixture;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use support::{Answer, Ended, Server, TOKEN, command, file, inputs, is_opened_by_the_command, run};

const TAKEN: &str = r#"{"updated": true, "origin": "https://api.example.com", "certId": "cert_1"}"#;

fn upload(fixture: &Fixture, url: &str, more: &[&str]) -> Ended {
    let mut command = command();
    command.env("VERCEL_TOKEN", TOKEN).args(["upload", "--project", "demo", "--api-url", url]).args(inputs(fixture)).args(more);
    Ended::of(command.output().unwrap())
}

fn sound() -> Fixture {
    certflight_fixtures::named("ok__p256-pkcs8")
}

/// The gate has no back door: whatever the flags, a bundle that is rejected is not sent.
#[test]
fn no_flags_but_skip_validation_send_a_rejected_bundle() {
    let server = Server::start(Answer::json("200 OK", TAKEN));
    let flags: [&[&str]; 4] = [
        &["--ca-role", "origin-server"],
        &["--max-depth", "50"],
        &["--min-validity", "1s"],
        &["--deny", "ca-unused", "--format", "json"],
    ];
    let mut rejected = 0;
    for fixture in certflight_fixtures::all().into_iter().filter(|fixture| !is_opened_by_the_command(fixture)) {
        // What fails only at another time or with more demands is no rejected bundle today.
        if fixture.expect.verdict.name() == "pass" || fixture.expect.at.is_some() || !fixture.expect.args.is_empty() {
            continue;
        }
        rejected += 1;
        for combination in 0..1_usize << flags.len() {
            let chosen: Vec<&str> =
                (0..flags.len()).filter(|at| combination >> at & 1 == 1).flat_map(|at| flags[at].iter().copied()).collect();
            // The one flag that changes what is asked: with it, this bundle's CA file is for the origin's server and its root is in `cert`.
            if fixture.name == "chain-untrusted__root-in-cert" && combination & 1 == 1 {
                continue;
            }
            let ended = upload(&fixture, &server.url, &chosen);
            assert_eq!((ended.code, server.connections()), (1, 0), "{} {chosen:?}: {}{}", fixture.name, ended.out, ended.err);
        }
    }
    assert!(rejected > 80, "{rejected}");
    // The server counts: the way that is named does reach it.
    let ended = upload(&certflight_fixtures::named("key-mismatch__other-key"), &server.url, &["--skip-validation"]);
    assert_eq!((ended.code, server.connections()), (0, 1), "{}", ended.err);
    assert!(ended.err.contains("nothing was checked"));
}

#[test]
fn a_key_among_certificates_is_refused_even_when_skipping() {
    let server = Server::start(Answer::json("200 OK", TAKEN));
    for name in ["key-in-certificate-input__cert", "key-in-certificate-input__ca", "key-in-certificate-input__labelled-certificate"]
    {
        let ended = upload(&certflight_fixtures::named(name), &server.url, &["--skip-validation"]);
        assert_eq!((ended.code, server.connections()), (1, 0), "{name}");
        assert!(ended.out.contains("error[key-in-certificate-input]"), "{}", ended.out);
    }
}

#[test]
fn the_whole_job_runs_in_a_sandbox() {
    for format in ["human", "json"] {
        let args = ["upload", "--sandbox", "--project", "demo", "--format", format].map(str::to_owned);
        let ended = run(args.into_iter().chain(inputs(&sound())));
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert!(ended.out.contains("sandbox") && ended.err.contains("sandbox"), "{}{}", ended.out, ended.err);
        if format == "json" {
            let document = ended.json();
            assert_eq!(document["verdict"], "pass");
            let upload = &document["upload"];
            assert_eq!((&upload["sent"], &upload["sandbox"], &upload["skipped"]), (&true.into(), &true.into(), &false.into()));
            assert_eq!(
                (&upload["status"], &upload["updated"], upload["origin"].as_str()),
                (&200.into(), &true.into(), sound().expect.origin.as_deref())
            );
            assert_eq!(upload["cert_id"], "sandbox_cert_1");
        } else {
            assert!(ended.out.starts_with("PASS") && ended.out.contains("certificate ID: sandbox_cert_1\n"), "{}", ended.out);
        }
    }
}

#[test]
fn the_sandbox_says_where_it_is_and_takes_an_upload() {
    let mut child = command().args(["sandbox", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("sandbox: ").unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with(":0"), "{url}");
    let taken = upload(&sound(), &url, &[]);
    // The sandbox validates too, so an unchecked upload of a wrong key is refused there unless it is told to skip; the flag says so.
    let skipped = upload(&certflight_fixtures::named("key-mismatch__other-key"), &url, &["--skip-validation"]);
    // A port that is taken is one line.
    let port = url.rsplit(':').next().unwrap();
    let second = run(["sandbox", "--port", port]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((taken.code, skipped.code), (0, 0), "{}{}", taken.err, skipped.err);
    assert_eq!(second.code, 2);
    assert!(second.err.contains("--port") && second.err.lines().count() == 1, "{}", second.err);
}

#[test]
fn a_dry_run_shows_the_request_and_sends_nothing() {
    let server = Server::start(Answer::json("200 OK", TAKEN));
    let mut without_token = command();
    without_token
        .args(["upload", "--dry-run", "--project", "a/b", "--team", "team_1", "--slug", "acme", "--api-url", &server.url])
        .args(inputs(&sound()));
    let human = Ended::of(without_token.output().unwrap());
    assert_eq!((human.code, server.connections()), (0, 0), "{}", human.err);
    assert!(
        human.out.contains(&format!("POST {}/v1/projects/a%2Fb/client-cert?teamId=team_1&slug=acme", server.url)),
        "{}",
        human.out
    );
    assert!(human.out.contains("\"key\": \"[redacted]\"") && human.out.contains("Bearer [redacted]"), "{}", human.out);
    assert!(human.err.contains("project a/b (--project), team team_1 (--team), team acme (--slug)"), "{}", human.err);
    let json = upload(&sound(), &server.url, &["--dry-run", "--format", "json"]).json();
    assert_eq!(json["upload"]["sent"], false);
    assert_eq!(json["upload"]["request"]["body"]["key"], "[redacted]");
    assert!(json["upload"]["request"]["body"].get("skipValidation").is_none());
    assert_eq!(server.connections(), 0);
}

#[test]
fn each_end_has_its_exit_code() {
    let error = |code: &str| format!(r#"{{"error": {{"code": "{code}", "message": "the server's own words"}}}}"#);
    let refused = [
        ("400 Bad Request", "bad_request"),
        ("401 Unauthorized", "forbidden"),
        ("402 Payment Required", "x"),
        ("403 Forbidden", "forbidden"),
        ("404 Not Found", "not_found"),
        ("409 Conflict", "x"),
    ];
    for (status, code) in refused {
        let server = Server::start(Answer::json(status, &error(code)));
        let ended = upload(&sound(), &server.url, &[]);
        assert_eq!((ended.code, server.connections()), (3, 1), "{status}");
        assert!(ended.err.contains(&status[..3]) && ended.err.contains("the server's own words"), "{}", ended.err);
        assert_eq!(ended.err.contains("not enabled"), status.starts_with("404"), "{}", ended.err);
    }
    for answer in [Answer::Close, Answer::json("200 OK", "{}"), Answer::json("200 OK", "<html>")] {
        let server = Server::start(answer);
        let ended = upload(&sound(), &server.url, &["--format", "json"]);
        assert_eq!(ended.code, 5, "{}", ended.err);
        assert_eq!(ended.json()["upload"]["sent"], true);
    }
    let server = Server::start(Answer::json("403 Forbidden", &error("forbidden")));
    let document = upload(&sound(), &server.url, &["--format", "json"]).json();
    assert_eq!((&document["upload"]["status"], &document["upload"]["code"]), (&403.into(), &"forbidden".into()));
}

#[test]
fn a_missing_token_project_or_address_is_one_line() {
    let bundle = inputs(&sound());
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 8] = [
        (&["--project", "demo"], &[], "VERCEL_TOKEN"),
        (&["--project", "demo", "--token-file", "./no-such-token"], &[], "--token-file ./no-such-token: there is no such file"),
        (&["--project", "demo"], &[("VERCEL_TOKEN", "two words")], "VERCEL_TOKEN"),
        (&[], &[("VERCEL_TOKEN", TOKEN)], "--project"),
        (&[], &[("VERCEL_TOKEN", TOKEN), ("VERCEL_PROJECT_ID", "prj_1")], "VERCEL_ORG_ID"),
        (&[], &[("VERCEL_TOKEN", TOKEN), ("VERCEL_ORG_ID", "team_1")], "VERCEL_PROJECT_ID"),
        (
            &["--project", "demo", "--api-url", "http://api.example.com"],
            &[("VERCEL_TOKEN", TOKEN)],
            "--api-url http://api.example.com",
        ),
        (&["--project", "..", "--dry-run"], &[], "project"),
    ];
    for (args, variables, part) in cases {
        let output = command().arg("upload").args(args).args(&bundle).envs(variables.iter().copied()).output().unwrap();
        let ended = Ended::of(output);
        assert_eq!(
            (ended.code, ended.out.as_str(), ended.err.lines().count()),
            (2, "", 1),
            "{args:?} {variables:?}: {}",
            ended.err
        );
        assert!(ended.err.contains(part), "{part}: {}", ended.err);
        assert!(!ended.err.contains(TOKEN) && !ended.err.contains("two words"), "{}", ended.err);
    }
}

#[test]
fn the_target_comes_from_the_variables_together() {
    let output = command()
        .args(["upload", "--dry-run"])
        .args(inputs(&sound()))
        .envs([("VERCEL_PROJECT_ID", "prj_1"), ("VERCEL_ORG_ID", "team_9")])
        .output()
        .unwrap();
    let ended = Ended::of(output);
    assert_eq!(ended.code, 0);
    assert!(ended.out.contains("POST https://api.vercel.com/v1/projects/prj_1/client-cert?teamId=team_9"), "{}", ended.out);
    assert!(ended.err.contains("project prj_1 (VERCEL_PROJECT_ID), team team_9 (VERCEL_ORG_ID)"), "{}", ended.err);
}

#[test]
fn neither_key_nor_token_is_shown() {
    let lines = support::key_lines(&sound().folder.join("key.pem"));
    assert!(!lines.is_empty());
    let key = String::from_utf8(sound().key.unwrap()).unwrap();
    // A server that says everything back that it was told.
    let echo = serde_json::json!({ "error": { "code": "bad_request", "message": format!("{TOKEN} {key}") } }).to_string();
    let answers = [
        Answer::json("200 OK", TAKEN),
        Answer::json("400 Bad Request", &echo),
        Answer::json("500 Oops", &echo),
        Answer::json("200 OK", &echo),
        Answer::Close,
    ];
    for answer in answers {
        let server = Server::start(answer);
        for more in [
            &[][..],
            &["--format", "json"],
            &["--dry-run"],
            &["--dry-run", "--format", "json"],
            &["--skip-validation"],
            &["--skip-validation", "--dry-run"],
        ] {
            let ended = upload(&sound(), &server.url, more);
            for secret in lines.iter().map(String::as_str).chain([TOKEN]) {
                assert!(!ended.out.contains(secret) && !ended.err.contains(secret), "{more:?}: {}{}", ended.out, ended.err);
            }
        }
    }
}

/// The certificate is taken; that its receipt cannot be written must not look like wrong usage.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_does_not_hide_what_became_of_the_upload() {
    for (answer, code, connections) in
        [(Answer::json("200 OK", TAKEN), 0, 1), (Answer::json("403 Forbidden", "{}"), 3, 1), (Answer::Close, 5, 2)]
    {
        let server = Server::start(answer);
        let mut command = command();
        command
            .env("VERCEL_TOKEN", TOKEN)
            .args(["upload", "--project", "demo", "--format", "json", "--api-url", &server.url])
            .args(inputs(&sound()));
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = Ended::of(command.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap());
        assert_eq!((ended.code, server.connections()), (code, connections), "{}", ended.err);
        assert!(ended.err.contains("the output cannot be written"), "{}", ended.err);
    }
}

/// Its output is all that a dry run is for.
#[cfg(target_os = "linux")]
#[test]
fn a_dry_run_that_cannot_be_shown_is_no_success() {
    for format in ["json", "human"] {
        for skip in [&[][..], &["--skip-validation"]] {
            let mut command = command();
            command.args(["upload", "--dry-run", "--project", "demo", "--format", format]).args(skip).args(inputs(&sound()));
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            let ended = Ended::of(command.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap());
            assert_eq!(ended.code, 2, "{format} {skip:?}: {}", ended.err);
        }
    }
}

#[test]
fn what_a_dry_run_shows_of_unchecked_inputs_steers_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cert.pem");
    std::fs::write(&path, "a\u{9b}2J\u{202e}\u{7f}b").unwrap();
    let fixture = sound();
    let [key, ca] = ["key.pem", "ca.pem"].map(|name| fixture.folder.join(name));
    let mut command = command();
    command.args(["upload", "--dry-run", "--skip-validation", "--project", "demo"]);
    let ended = Ended::of(command.arg("--cert").arg(&path).arg("--key").arg(key).arg("--ca").arg(ca).output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.contains("\\u009b2J\\u202e") && !ended.out.contains(['\u{9b}', '\u{202e}', '\u{7f}']), "{}", ended.out);
}

#[test]
fn an_address_with_a_secret_in_it_is_not_repeated() {
    for url in ["http://me:hunter2@api.example.com", "https://api.example.com/?t=hunter2"] {
        let ended = upload(&sound(), url, &[]);
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains("--api-url") && !ended.err.contains("hunter2"), "{}", ended.err);
    }
}

#[test]
fn a_token_file_is_read() {
    let path = std::env::temp_dir().join(format!("certflight-token-{}", std::process::id()));
    std::fs::write(&path, format!("{TOKEN}\n")).unwrap();
    let server = Server::start(Answer::json("200 OK", TAKEN));
    let output = command()
        .args(["upload", "--project", "demo", "--api-url", &server.url, "--token-file"])
        .arg(&path)
        .args(inputs(&sound()))
        .output()
        .unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(Ended::of(output).code, 0);
    assert_eq!(server.connections(), 1);
}

#[test]
fn what_is_given_in_the_wrong_place_is_not_repeated() {
    let key = String::from_utf8(sound().key.unwrap()).unwrap();
    let lines = support::key_lines(&sound().folder.join("key.pem"));
    let base64: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    let escaped = key.replace('\n', "\\n");
    for text in [key.as_str(), base64.as_str(), escaped.as_str()] {
        let equals = format!("--key={text}");
        for args in [
            &["check", "--key", text][..],
            &["check", &equals],
            &["check", text],
            &["check", "--origin", text],
            &["check", "--at", text],
            &["upload", "--project", text, "--key", "x"],
            &[text],
        ] {
            let ended = run(args);
            assert_eq!((ended.code, ended.out.as_str(), ended.err.lines().count()), (2, "", 1), "{}", ended.err);
            assert!(
                lines.iter().all(|line| !ended.err.contains(line.as_str()) && !ended.err.contains(&line[..20])),
                "{}",
                ended.err
            );
        }
    }
    let ended = run(["upload", "--project", "demo", "--token-file", TOKEN, "--key", "x"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("--token-file") && !ended.err.contains(TOKEN), "{}", ended.err);
    for secret in ["eyJhbGciOi.eyJzdWIi.SIGNATURE", "hunter2.secret", "aB3/xY9+secret"] {
        for flag in ["--token-file", "--passphrase-file"] {
            let ended = run(["upload", "--project", "demo", flag, secret, "--key", "x"]);
            assert!(ended.code == 2 && !ended.err.contains(secret), "{}", ended.err);
        }
    }
    // A path is no content, however it is named.
    let ended = run(["check", "--key", "private-key-of-the-client-certificate-for-the-partner-in-production.pem"]);
    assert!(ended.err.contains("for-the-partner"), "{}", ended.err);
}

#[test]
fn the_same_standard_input_serves_one_flag() {
    let ended =
        run(["upload", "--project", "demo", "--token-file", "-", "--cert", "-", "--key", &file("ok__p256-pkcs8", "key.pem")]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("standard input"));
}
