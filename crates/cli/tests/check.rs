//! `certflight check` and `explain`, as people and pipelines run them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_validate::{Code, MAX_INPUT_BYTES};
use serde_json::Value;
use std::io::Write as _;
use support::{Ended, command, file, inputs, is_opened_by_the_command, run, run_with_stdin};

#[test]
fn every_fixture_ends_with_its_verdict_in_both_formats() {
    for fixture in certflight_fixtures::all().into_iter().filter(|fixture| !is_opened_by_the_command(fixture)) {
        let args = || {
            let mut args = vec!["check".to_owned(), "--at".into(), fixture.expect.at().to_owned()];
            args.extend(fixture.expect.args.clone());
            args.extend(inputs(&fixture));
            args
        };
        let expected = if fixture.expect.verdict.name() == "pass" { 0 } else { 1 };
        let human = run(args());
        assert_eq!((human.code, human.err.as_str()), (expected, ""), "{}: {}", fixture.name, human.out);
        assert!(human.out.starts_with(if expected == 0 { "PASS" } else { "FAIL" }), "{}", fixture.name);
        let json = run(args().into_iter().chain(["--format".into(), "json".into()]));
        let document = json.json();
        assert_eq!(
            (json.code, &document["version"], document["verdict"].as_str()),
            (expected, &1.into(), Some(fixture.expect.verdict.name()))
        );
        for finding in &fixture.expect.finding {
            assert!(
                human.out.contains(&format!("{}[{}]", finding.severity.name(), finding.code)),
                "{}: {}",
                fixture.name,
                human.out
            );
            assert!(document["findings"].as_array().unwrap().iter().any(|found| found["code"] == finding.code.as_str()
                && found["severity"] == finding.severity.name()
                && found["location"]["input"] == finding.input.name()));
        }
    }
}

#[test]
fn json_has_the_facts_of_the_contract() {
    let ended = run([
        "check",
        "--format",
        "json",
        "--cert",
        &file("ok__p256-pkcs8", "cert.pem"),
        "--key",
        &file("ok__p384-pkcs8", "key.pem"),
    ]);
    let document = ended.json();
    assert_eq!(ended.code, 1);
    let findings = document["findings"].as_array().unwrap();
    let codes: Vec<&str> = findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["key-mismatch", "ca-missing", "origin-missing"]);
    assert_eq!(findings[0]["location"]["file"], file("ok__p384-pkcs8", "key.pem"));
    assert_eq!(findings[0]["location"]["line"], 1);
    assert!(findings[0]["location"].get("certificate").is_none());
    assert_eq!(findings[0]["notes"][0]["location"]["certificate"], 1);
    assert_eq!(findings[1]["location"], serde_json::json!({ "input": "ca" }));
    assert_eq!(findings[0]["reference"], "RFC 5280 section 4.1.2.7");
    assert!(document["leaf"]["subject"].as_str().unwrap().contains("CN="));
    assert!(document["leaf"]["sha256"].as_str().unwrap().len() == 64);
    assert!(document.get("upload").is_none() && document.get("origin").is_none());
}

#[test]
fn without_a_key_or_a_ca_the_rest_is_checked() {
    let fixture = certflight_fixtures::named("certificate-expired__leaf");
    for (flags, missing) in [(["--cert", "--ca"], "key-missing"), (["--cert", "--key"], "ca-missing")] {
        let args = flags.iter().flat_map(|flag| [(*flag).to_owned(), file(&fixture.name, &format!("{}.pem", &flag[2..]))]);
        let ended = run(["check".to_owned(), "--origin".into(), "http://api.example.com".into()].into_iter().chain(args));
        assert_eq!(ended.code, 1);
        for code in [missing, "certificate-expired", "origin-not-https"] {
            assert!(ended.out.contains(&format!("error[{code}]")), "{}", ended.out);
        }
    }
}

fn usage(ended: &Ended, parts: &[&str]) {
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{}", ended.err);
    assert_eq!(ended.err.trim_end().lines().count(), 1, "{}", ended.err);
    for part in parts {
        assert!(ended.err.contains(part), "{part}: {}", ended.err);
    }
}

#[test]
fn what_cannot_be_read_is_one_line_that_names_flag_and_file() {
    let folder = certflight_fixtures::data_folder();
    usage(&run(["check", "--cert", "no-such-file.pem"]), &["--cert", "no-such-file.pem", "no such file"]);
    usage(&run(["check", "--key", folder.to_str().unwrap()]), &["--key", "this is a directory"]);
    usage(&run(["check", "--ca", "env:CERTFLIGHT_TEST_NOT_SET"]), &["--ca", "env:CERTFLIGHT_TEST_NOT_SET", "not set"]);
    usage(&run(["check", "--cert", "-", "--key", "-"]), &["standard input"]);
    usage(&run(["check"]), &["--cert FILE"]);
    // A name that would move the cursor is shown escaped.
    usage(&run(["check", "--cert", "no\u{1b}[31m.pem"]), &["no\\u{1b}[31m.pem"]);
}

#[test]
fn bad_flags_are_usage_errors() {
    for args in [
        &["check", "--no-such-flag"][..],
        &["check", "--cert", "x", "--at", "yesterday"],
        &["check", "--cert", "x", "--deny", "no-such-code"],
        &["check", "--cert", "x", "--allow", "key-mismatch"],
        &["check", "--cert", "x", "--min-validity", "soon"],
        &["explain", "no-such-code"],
        &["frobnicate"],
    ] {
        let ended = run(args);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{args:?}");
        assert!(!ended.err.is_empty());
    }
    assert!(run(["explain", "key-mismatc"]).err.contains("key-mismatch"), "the nearest name is shown");
}

#[cfg(unix)]
#[test]
fn a_file_without_read_permission_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let folder = temporary("permission");
    let path = folder.join("secret.pem");
    std::fs::write(&path, "x").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = command();
    if std::fs::read(&path).is_ok() {
        // The superuser reads everything, so a copy of the command runs as somebody else.
        let copy = folder.join("certflight");
        std::fs::copy(env!("CARGO_BIN_EXE_certflight"), &copy).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        command = std::process::Command::new(copy);
        command.uid(65_534);
    }
    let ended = Ended::of(command.arg("check").arg("--key").arg(&path).output().unwrap());
    usage(&ended, &["--key", "secret.pem", "may not be read"]);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn whatever_the_input_is_the_answer_is_a_report() {
    let mut noise = vec![0_u8; 5000];
    let mut state = 7_u32;
    for byte in &mut noise {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    let cases: [(&[u8], &str); 5] = [
        (b"", "input-empty"),
        (b" \r\n\t", "input-empty"),
        (b"please find the certificate attached", "pem-not-found"),
        (&noise, "pem-not-found"),
        (&vec![b'A'; MAX_INPUT_BYTES + 1], "input-too-large"),
    ];
    for (input, code) in cases {
        for flag in ["--cert", "--key", "--ca"] {
            let ended = run_with_stdin(&["check", flag, "-"], input);
            assert_eq!((ended.code, ended.err.as_str()), (1, ""), "{flag} {code}");
            assert!(ended.out.contains(&format!("error[{code}]")), "{}", ended.out);
            assert!(ended.out.contains(&format!("--> {} standard input", &flag[2..])), "{}", ended.out);
        }
    }
}

#[test]
fn a_hundred_megabytes_are_refused_without_being_kept() {
    let folder = temporary("large");
    let path = folder.join("large.pem");
    let mut large = std::fs::File::create(&path).unwrap();
    let line = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2\n".repeat(16_384);
    for _ in 0..100 {
        large.write_all(line.as_bytes()).unwrap();
    }
    let ended = run(["check", "--cert", path.to_str().unwrap()]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("error[input-too-large]"), "{}", ended.out);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn inputs_come_from_standard_input_and_variables() {
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let key = String::from_utf8(fixture.key.clone().unwrap()).unwrap();
    let output = command()
        .args([
            "check",
            "--cert",
            &file(&fixture.name, "cert.pem"),
            "--key",
            "env:CLIENT_KEY",
            "--ca",
            &file(&fixture.name, "ca.pem"),
        ])
        .env("CLIENT_KEY", key)
        .output()
        .unwrap();
    assert_eq!(Ended::of(output).code, 0);
    let (cert, ca) = (file(&fixture.name, "cert.pem"), file(&fixture.name, "ca.pem"));
    let ended = run_with_stdin(&["check", "--cert", &cert, "--key", "-", "--ca", &ca], fixture.key.as_deref().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.out);
}

#[test]
fn levels_raise_and_lower() {
    let fixture = certflight_fixtures::named("chain-order__intermediate-first");
    let with = |more: &[&str]| {
        run(["check".to_owned()].into_iter().chain(inputs(&fixture)).chain(more.iter().map(|arg| (*arg).to_owned())))
    };
    assert_eq!(with(&[]).code, 0);
    assert_eq!(with(&["--deny", "chain-order"]).code, 1);
    assert!(with(&["--allow", "chain-order"]).out.contains("info[chain-order]"));
    assert_eq!(with(&["--allow", "chain-order", "--deny", "chain-order"]).code, 1, "the stricter level holds");
}

#[test]
fn the_role_of_the_ca_can_be_said() {
    let fixture = certflight_fixtures::named("chain-untrusted__root-in-cert");
    let args = || ["check".to_owned()].into_iter().chain(inputs(&fixture));
    let refused = run(args());
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("--ca-role origin-server"), "{}", refused.out);
    assert_eq!(run(args().chain(["--ca-role".into(), "origin-server".into()])).code, 0);
}

#[test]
fn no_key_is_shown_in_any_format() {
    let mut looked_for = 0;
    for fixture in certflight_fixtures::all() {
        let Some(_) = fixture.key else { continue };
        let lines = support::key_lines(&fixture.folder.join(certflight_fixtures::KEY_FILE));
        for format in ["human", "json"] {
            let ended = run(["check", "--format", format].map(str::to_owned).into_iter().chain(inputs(&fixture)));
            for line in &lines {
                looked_for += 1;
                assert!(!ended.out.contains(line.as_str()) && !ended.err.contains(line.as_str()), "{}", fixture.name);
            }
        }
    }
    assert!(looked_for > 500, "{looked_for}");
}

#[test]
fn explain_has_every_code_and_its_page() {
    let list = run(["explain"]).out;
    for code in Code::ALL {
        assert!(list.contains(code.name()), "{code}");
        let page = run(["explain", code.name()]);
        assert_eq!((page.code, page.out.as_str()), (0, code.page()));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_said() {
    for args in [&["explain"][..], &["check", "--origin", "https://api.example.com"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let child = command().args(args).stdout(full).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let ended = Ended::of(child.wait_with_output().unwrap());
        assert_eq!(ended.code, 2);
        assert!(ended.err.contains("the output cannot be written"), "{}", ended.err);
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let large = "-----BEGIN X-----\nAA==\n-----END X-----\n".repeat(200);
    for (args, code) in [(vec!["explain"], 0), (vec!["check", "--cert", "env:LARGE", "--format", "json"], 1)] {
        let mut child = command().args(args).env("LARGE", &large).stdout(std::process::Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

/// A runtime and an HTTP client open descriptors of their own (an event queue, a socket pair); with room for one file beside the standard
/// streams they cannot start.
#[cfg(unix)]
#[test]
fn check_starts_no_runtime() {
    let limited = |args: &[String]| {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", "ulimit -n 4; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_certflight")]).args(args);
        shell.stdin(std::process::Stdio::null()).env_remove("VERCEL_TOKEN");
        Ended::of(shell.output().unwrap())
    };
    let bundle = inputs(&certflight_fixtures::named("ok__p256-pkcs8"));
    let check = limited(&[vec!["check".to_owned()], bundle.clone()].concat());
    assert_eq!(check.code, 0, "{}", check.err);
    // The same limit stops what does start one.
    let upload = limited(&[vec!["upload".to_owned(), "--sandbox".into(), "--project".into(), "demo".into()], bundle].concat());
    assert_eq!(upload.code, 2, "{}", upload.err);
}

fn temporary(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("certflight-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn json_is_one_document() {
    let ended = run(["check", "--format", "json", "--origin", "https://api.example.com"]);
    assert!(matches!(ended.json(), Value::Object(_)));
    assert!(ended.out.ends_with("}\n"));
}

/// A piece of a key where its file, a variable's name or a flag belongs is not repeated, however it was cut out.
#[test]
fn no_part_of_a_key_that_is_given_as_an_argument_is_repeated() {
    for name in ["ok__p256-pkcs8", "ok__p256-sec1", "ok__rsa2048-pkcs8"] {
        let text = String::from_utf8(certflight_fixtures::named(name).key.unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('-')).collect();
        let body = lines.concat();
        let hex: String = body.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut pieces = vec![text.clone(), body.clone(), body[40..].to_owned(), text[100..].to_owned(), hex];
        pieces.extend(lines.iter().filter(|line| line.len() == 64).map(|line| (*line).to_owned()));
        for piece in &pieces {
            for args in [
                ["check", "--key", piece].map(str::to_owned).to_vec(),
                vec!["check".into(), "--key".into(), format!("env:{piece}")],
                vec!["check".into(), piece.clone()],
                vec!["check".into(), "--batch".into(), piece.clone()],
                vec!["check".into(), "--replaces".into(), piece.clone(), "--key".into(), "-".into()],
                vec!["convert".into(), "--cert".into(), piece.clone(), "--out".into(), "out".into()],
            ] {
                let ended = run(&args);
                let said = format!("{}{}", ended.out, ended.err);
                assert_eq!(ended.code, 2, "{said}");
                let repeated =
                    piece.as_bytes().windows(20).any(|part| said.contains(str::from_utf8(part).unwrap()) && !part.contains(&b'-'));
                assert!(!repeated, "{name}: {said}");
            }
        }
        // With the dashes of a flag, as the parser would repeat it.
        let ended = run(["check", &format!("--{}", lines[0])]);
        assert!(ended.code == 2 && !ended.err.contains(&lines[0][..20]), "{}", ended.err);
    }
    // The name of a file that is not there is said.
    for path in ["certificates/client.pem", "/no/such/folder/client.key", "client-certificate-of-the-partner-2026.pem"] {
        assert!(run(["check", "--cert", path]).err.contains(path), "{path}");
    }
}
