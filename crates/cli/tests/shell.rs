//! What surrounds a check: help, completions, manual pages, explanations, levels.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_validate::Code;
use std::process::Command;
use support::{Ended, command, inputs, run};

const COMMANDS: [&str; 10] = ["check", "probe", "upload", "list", "delete", "convert", "explain", "sandbox", "completions", "man"];

#[test]
fn every_help_has_examples_and_exit_codes() {
    let top = run(["--help"]).out;
    let listed = top.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let listed: Vec<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, COMMANDS.iter().copied().chain(["help"]).collect::<Vec<_>>());
    for args in std::iter::once(vec!["--help"]).chain(COMMANDS.map(|name| vec![name, "--help"])) {
        let ended = run(&args);
        assert_eq!(ended.code, 0);
        assert!(ended.out.contains("Examples:\n  ") && ended.out.contains("Exit codes:"), "{args:?}: {}", ended.out);
    }
}

/// `check` as the first word is parsed by a table of its own, and says the same as that of all commands.
#[test]
fn a_check_is_parsed_the_same_wherever_it_stands() {
    for rest in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["--version"],
        &["--no-such-flag"],
        &["--form", "json"],
        &["--format", "bad"],
        &["--deny", "no-such-code"],
        &["--quiet", "--verbose"],
        &["--batch", "bundles.jsonl", "--cert", "cert.pem"],
        &["--cert"],
        &["--cwd", "no-such-folder"],
        &["--origin", "https://api.example.com", "--debug", "--non-interactive"],
    ] {
        let first = run([&["check"], rest].concat());
        let later = run([&["--no-color", "check"], rest].concat());
        assert_eq!((first.code, first.out, first.err), (later.code, later.out, later.err), "{rest:?}");
    }
}

/// The value of a flag is no command.
#[test]
fn a_flag_with_the_name_of_a_command_changes_no_help() {
    for name in COMMANDS {
        assert_eq!(run(["--cwd", "check", name, "--help"]).out, run([name, "--help"]).out, "{name}");
    }
}

#[test]
fn completions_know_every_command_flag_and_code() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = run(["completions", shell]);
        assert_eq!(ended.code, 0);
        for word in COMMANDS.iter().chain(&["min-severity", "passphrase-file"]) {
            assert!(ended.out.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(run(["completions", "tcsh"]).code, 2);
    // The script is one that bash takes, and it completes.
    let script = run(["completions", "bash"]).out;
    let complete =
        "COMP_WORDS=(certflight check --min-s); COMP_CWORD=2; _certflight certflight --min-s check; echo \"${COMPREPLY[*]}\"";
    if let Ok(output) = Command::new("bash").args(["-c", &format!("{script}\n{complete}")]).output() {
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "--min-severity", "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("man1");
    let ended = run(["man", into.to_str().unwrap()]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let mut names: Vec<String> =
        std::fs::read_dir(&into).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut expected: Vec<String> = COMMANDS.iter().map(|name| format!("certflight-{name}.1")).collect();
    expected.push("certflight.1".to_owned());
    expected.sort();
    assert_eq!(names, expected);
    assert_eq!(ended.out.lines().count(), expected.len());
    for name in names {
        let page = std::fs::read_to_string(into.join(&name)).unwrap();
        assert!(page.contains(".TH ") && page.contains("Examples:") && page.contains("Exit codes:"), "{name}");
    }
    // A file stands where the folder would be made.
    std::fs::write(folder.path().join("file"), "").unwrap();
    let ended = run(["man", folder.path().join("file").to_str().unwrap()]);
    assert!(ended.code == 2 && ended.err.contains("cannot be written"), "{}", ended.err);
}

#[test]
fn a_code_or_a_symptom_is_explained() {
    assert!(run(["explain"]).out.lines().count() == Code::ALL.len());
    assert!(run(["explain", "key-mismatch"]).out.starts_with("# key-mismatch\n"));
    for args in [&["key values mismatch"][..], &["key", "values", "mismatch"]] {
        let ended = run([&["explain"], args].concat());
        assert_eq!(ended.code, 0);
        assert!(ended.out.starts_with("# key-mismatch\n"), "{}", ended.out);
        assert!(ended.err.contains("“key values mismatch” is what key-mismatch looks like"), "{}", ended.err);
    }
}

#[test]
fn what_is_not_known_is_answered_with_the_nearest() {
    let ended = run(["explain", "key-mismach"]);
    assert!(ended.code == 2 && ended.out.is_empty() && ended.err.contains("the nearest codes are key-mismatch"), "{}", ended.err);
    let ended = run(["explain", "xyzzy\u{1b}[31m"]);
    assert!(ended.code == 2 && ended.err.contains(r"\u{1b}[31m") && !ended.err.contains('\u{1b}'), "{}", ended.err);
    for flag in ["--deny", "--warn", "--allow"] {
        let ended = run(["check", flag, "certificate-expires-son"]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""));
        assert!(ended.err.contains("certificate-expires-soon") && ended.err.len() < 400, "{}", ended.err);
        let ended = run(["check", flag, "qqqq"]);
        assert!(ended.code == 2 && ended.err.contains("certflight explain lists all codes"), "{}", ended.err);
    }
}

/// A bundle with an error, warnings and infos, whatever is asked to be shown of them.
#[test]
fn what_is_shown_does_not_change_the_verdict() {
    for (name, code) in [("key-mismatch__other-key", 1), ("pem-indented__yaml", 0), ("ok__p256-pkcs8", 0)] {
        let fixture = certflight_fixtures::named(name);
        let check = |flags: &[&str]| {
            run([&["check", "--at", fixture.expect.at()], flags]
                .concat()
                .iter()
                .map(|flag| (*flag).to_owned())
                .chain(inputs(&fixture)))
        };
        let whole = check(&["--format=json"]).json()["findings"].as_array().unwrap().clone();
        for least in ["info", "warning", "error"] {
            for format in ["human", "json", "github", "junit", "html"] {
                assert_eq!(check(&["--min-severity", least, "--format", format]).code, code, "{name} {least} {format}");
            }
            let order = ["info", "warning", "error"];
            let rank = |severity: &str| order.iter().position(|known| *known == severity).unwrap();
            let kept = whole.iter().filter(|finding| rank(finding["severity"].as_str().unwrap()) >= rank(least)).count();
            let shown = check(&["--min-severity", least, "--format=json"]).json();
            assert_eq!(shown["findings"].as_array().unwrap().len(), kept, "{name} {least}");
            assert_eq!(shown["verdict"], if code == 0 { "pass" } else { "fail" });
            let human = check(&["--min-severity", least]);
            assert_eq!(human.out.contains("below --min-severity"), kept < whole.len(), "{}", human.out);
        }
        // The levels do.
        for finding in &whole {
            assert_eq!(check(&["--deny", finding["code"].as_str().unwrap()]).code, 1);
        }
        let quiet = check(&["--quiet"]);
        assert_eq!((quiet.code, quiet.out.lines().count()), (code, 1), "{}", quiet.out);
        let verbose = check(&["--verbose"]);
        assert!(verbose.code == code && verbose.out.contains("SHA-256 of the public key: "), "{}", verbose.out);
    }
    assert_eq!(run(["check", "--quiet", "--verbose"]).code, 2);
}

/// A terminal's width, no colours in a file, colours where they are forced, ASCII where Unicode cannot be shown.
#[test]
fn the_terminal_is_respected() {
    let fixture = certflight_fixtures::named("chain-missing-issuer__missing-intermediate");
    let check = |variables: &[(&str, &str)]| {
        let mut command = command();
        for name in ["WT_SESSION", "TERM_PROGRAM", "CI", "TERM", "LANG", "LC_CTYPE"] {
            command.env_remove(name);
        }
        command.args(["check", "--at", fixture.expect.at()]).args(inputs(&fixture)).envs(variables.iter().copied());
        Ended::of(command.output().unwrap()).out
    };
    let plain = check(&[]);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert!(
        check(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[1m\u{1b}[31mFAIL")
            || check(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}[")
    );
    assert!(!check(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
    // Paths and commands are not broken; all else fits.
    for width in ["60", "80", "120"] {
        let text = check(&[("COLUMNS", width)]);
        let wide = |line: &&str| {
            line.chars().count() > width.parse().unwrap() && line.contains(' ') && !line.contains("$ ") && !line.contains(".pem")
        };
        assert_eq!(text.lines().find(wide), None);
    }
    // What is no terminal takes Unicode; a terminal is asked by its locale. script(1) of Linux makes one.
    assert!(plain.contains("✗ chain-missing-issuer"), "{plain}");
    let folder = fixture.folder.display();
    let line = format!(
        "cd '{folder}'; '{}' check --cert cert.pem --key key.pem --ca ca.pem --at {}",
        env!("CARGO_BIN_EXE_certflight"),
        fixture.expect.at()
    );
    for (locale, mark) in [("C", "X chain-missing-issuer"), ("C.UTF-8", "✗ chain-missing-issuer")] {
        let mut script = Command::new("script");
        script
            .args(["-qec", &format!("stty rows 40 cols 70; {line}"), "/dev/null"])
            .env("LC_ALL", locale)
            .env("TERM", "xterm")
            .env("NO_COLOR", "1");
        if let Ok(output) = script.env_remove("COLUMNS").stdin(std::process::Stdio::null()).output() {
            if !cfg!(target_os = "linux") {
                continue;
            }
            let shown = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(shown.contains(mark) && shown.is_ascii() == (locale == "C"), "{shown}");
            assert!(shown.lines().all(|line| line.trim_end().chars().count() <= 70 || line.contains("$ ")), "{shown}");
        }
    }
}

/// A file with a dozen roots that are not on the path: one finding for people, each its own for machines.
#[test]
fn what_is_said_of_many_is_said_once() {
    let sound = certflight_fixtures::named("ok__p256-pkcs8");
    let mut roots: Vec<String> = certflight_fixtures::all()
        .into_iter()
        .filter_map(|fixture| String::from_utf8(fixture.ca?).ok())
        .filter(|text| text.matches("-----BEGIN CERTIFICATE-----").count() == 1 && text.len() > 400)
        .collect();
    roots.sort();
    roots.dedup();
    roots.truncate(30);
    let folder = tempfile::tempdir().unwrap();
    let others = folder.path().join("others.pem");
    std::fs::write(&others, roots.concat()).unwrap();
    let args = ["check".to_owned(), "--at".into(), sound.expect.at().into(), others.to_str().unwrap().into()];
    let args: Vec<String> = args.into_iter().chain(inputs(&sound)).collect();
    let all = run(args.iter().cloned().chain(["--format=json".to_owned()])).json();
    let count = all["findings"].as_array().unwrap().iter().filter(|finding| finding["code"] == "object-unused").count();
    assert!(count > 9, "{count}");
    let human = run(args).out;
    assert_eq!(human.matches("[object-unused]").count(), 1, "{human}");
    assert_eq!(human.matches("= also: ").count(), 9, "{human}");
    assert!(human.contains(&format!("= also: at {} more places", count - 9)), "{human}");
}
