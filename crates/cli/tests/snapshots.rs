//! What people read, for a bundle of every code: `tests/snapshots/CODE.txt` holds the command line, all that it writes and how it ends.
//! `CERTFLIGHT_BLESS=1 cargo test -p certflight --test snapshots` writes them anew; read what changed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_fixtures::Fixture;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use support::{Ended, command, is_opened_by_the_command};

/// A command line and the folder that it is run in.
struct Case {
    code: String,
    folder: tempfile::TempDir,
    args: Vec<String>,
    passphrase: &'static str,
}

impl Case {
    fn new(code: &str, files: &[(&str, &[u8])], args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        Case {
            code: code.to_owned(),
            folder,
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            passphrase: "correct horse",
        }
    }

    fn of(fixture: &Fixture) -> Self {
        let mut files: Vec<(&str, &[u8])> = Vec::new();
        let mut args = vec!["check"];
        for (flag, name, content) in [
            ("--cert", certflight_fixtures::CERT_FILE, &fixture.cert),
            ("--key", certflight_fixtures::KEY_FILE, &fixture.key),
            ("--ca", certflight_fixtures::CA_FILE, &fixture.ca),
            ("--replaces", certflight_fixtures::REPLACES_FILE, &fixture.replaces),
        ] {
            if let Some(content) = content {
                files.push((name, content));
                args.extend([flag, name]);
            }
        }
        for (name, content) in &fixture.given {
            files.push((name, content));
            args.push(name);
        }
        let origin = fixture.expect.origin.as_ref().map(|origin| format!("--origin={origin}"));
        args.extend(origin.as_deref());
        args.extend(fixture.expect.args.iter().map(String::as_str));
        args.extend(["--at", fixture.expect.at()]);
        Case::new(&fixture.code, &files, &args)
    }

    fn ended(&self) -> Ended {
        let mut command = command();
        command.current_dir(self.folder.path()).args(&self.args).env("PASSPHRASE", self.passphrase);
        Ended::of(command.output().unwrap())
    }

    /// The snapshot: the command line, both streams, the exit code.
    fn shown(&self) -> String {
        let Ended { code, out, err } = self.ended();
        let args: Vec<String> = self.args.iter().map(|arg| shell_word(arg)).collect();
        format!("$ certflight {}\n{out}{err}(exit code {code})\n", args.join(" "))
    }
}

/// For a reader; nothing here is run.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./,:@%+=-".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.escape_default()) }
}

/// A case for every code: its first fixture, or what can only be built.
fn cases() -> Vec<Case> {
    let mut first = BTreeMap::new();
    for fixture in certflight_fixtures::all() {
        let is_kept = is_opened_by_the_command(&fixture);
        if !is_kept {
            first.entry(fixture.code.clone()).or_insert(fixture);
        }
    }
    let fixtures = first.values().map(Case::of);
    fixtures.chain(built()).collect()
}

/// What comes from opening containers, and what is too large to be kept.
fn built() -> Vec<Case> {
    let modern = certflight_fixtures::container("p256-modern.p12");
    let root = certflight_fixtures::named("ok__p256-pkcs8").ca.unwrap();
    let check = ["check", "--ca", "ca.pem", "--passphrase-file", "env:PASSPHRASE", "--at", certflight_fixtures::DEFAULT_AT];
    let opened = |code: &str, name: &str, bytes: &[u8]| {
        Case::new(code, &[("ca.pem", &root), (name, bytes)], &[&check[..], &[name]].concat())
    };
    vec![
        opened("container-opened", "client.p12", &modern),
        opened("container-damaged", "torn.p12", &modern[..modern.len() - 9]),
        opened("container-unsupported", "old.p12", &certflight_fixtures::container("p256-rc4.p12")),
        opened("derivation-too-costly", "client.key", &encrypted_key_of_two_billion_rounds()),
        Case { passphrase: "wrong horse", ..opened("passphrase-wrong", "client.p12", &modern) },
        Case::new(
            "input-too-large",
            &[("ca.pem", &vec![b'A'; certflight_validate::MAX_INPUT_BYTES + 1])],
            &["check", "--ca", "ca.pem"],
        ),
    ]
}

/// EncryptedPrivateKeyInfo (RFC 5208 section 6) with PBES2, PBKDF2 of 2,147,483,647 rounds, and AES-128.
fn encrypted_key_of_two_billion_rounds() -> Vec<u8> {
    let element = |tag: u8, parts: &[&[u8]]| {
        let content = parts.concat();
        [&[tag, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
    };
    let identifier = |bytes: &[u8]| element(0x06, &[bytes]);
    let salt_and_rounds = element(0x30, &[&element(0x04, &[&[7; 8]]), &element(0x02, &[&[0x7f, 0xff, 0xff, 0xff]])]);
    let derivation = element(0x30, &[&identifier(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"), &salt_and_rounds]);
    let cipher = element(0x30, &[&identifier(b"\x60\x86\x48\x01\x65\x03\x04\x01\x02"), &element(0x04, &[&[9; 16]])]);
    let scheme = element(0x30, &[&identifier(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"), &element(0x30, &[&derivation, &cipher])]);
    element(0x30, &[&scheme, &element(0x04, &[&[1; 16]])])
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

#[test]
fn every_code_reads_as_it_did() {
    let bless = std::env::var_os("CERTFLIGHT_BLESS").is_some();
    if bless {
        let _ = fs::remove_dir_all(folder());
        fs::create_dir(folder()).unwrap();
    }
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for case in cases() {
        let path = folder().join(format!("{}.txt", case.code));
        let shown = case.shown();
        if case.code != "ok" {
            assert!(shown.contains(&format!("[{}]", case.code)), "{}: its code is not shown: {shown}", case.code);
        }
        if bless {
            fs::write(&path, &shown).unwrap();
        } else if fs::read_to_string(&path).ok().map(|text| text.replace("\r\n", "\n")) != Some(shown) {
            wrong.push(case.code.clone());
        }
        seen.push(case.code);
    }
    let codes: Vec<&str> = certflight_validate::Code::ALL
        .iter()
        // tests/probe.rs has those.
        .filter(|code| !code.is_probe())
        .map(|code| code.name())
        .filter(|code| !seen.iter().any(|seen| seen == code))
        .collect();
    assert!(codes.is_empty(), "no snapshot of {codes:?}");
    assert_eq!(fs::read_dir(folder()).unwrap().count(), seen.len(), "a snapshot of nothing lies in {}", folder().display());
    assert!(wrong.is_empty(), "the output changed for {wrong:?}: write it anew with CERTFLIGHT_BLESS=1 and read it");
}

#[test]
fn the_readme_shows_runs_as_they_are() {
    let readme = include_str!("../../../README.md").replace("\r\n", "\n");
    for code in ["ok", "chain-missing-issuer"] {
        let shown = fs::read_to_string(folder().join(format!("{code}.txt"))).unwrap().replace("\r\n", "\n");
        let run = shown.rsplit_once("(exit code").unwrap().0.trim_end();
        assert!(readme.contains(run), "the README's run of {code} is not what is printed");
    }
}

/// What of a snapshot is to be pasted into a shell.
fn commands(shown: &str) -> impl Iterator<Item = &str> {
    shown.lines().filter_map(|line| line.strip_prefix("           $ "))
}

/// In a shell, in a folder with the files of the bundle, as whoever reads it would. Certflight's own commands end with a verdict, the others well. What is
/// asked for on a terminal is given by a flag, since there is none here.
#[cfg(unix)]
#[test]
fn every_command_in_them_runs() {
    let sh = |folder: &Path, line: &str, passphrase: &str| {
        let bin = Path::new(env!("CARGO_BIN_EXE_certflight")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut command = std::process::Command::new("sh");
        command.current_dir(folder).args(["-c", line]).env("PATH", path).env("PASSPHRASE", passphrase);
        Ended::of(command.stdin(std::process::Stdio::null()).output().unwrap())
    };
    // .ci/run says when they are not there.
    let here = |line: &str| sh(Path::new("/"), line, "").code == 0;
    let (openssl, ssh) = (here("openssl version | grep -q '^OpenSSL 3'"), here("command -v ssh-keygen"));
    let mut count = 0;
    let mut wrong = Vec::new();
    for case in cases() {
        let shown = case.shown();
        for line in commands(&shown).collect::<BTreeSet<_>>() {
            if line.contains("openssl") && !openssl || line.contains("ssh-keygen") && !ssh {
                continue;
            }
            count += 1;
            let is_own = line.starts_with("certflight");
            let asks = ["container-input", "container-opened", "key-encrypted", "passphrase-wrong", "derivation-too-costly"];
            let flag = match line {
                _ if is_own && asks.contains(&case.code.as_str()) => " --passphrase-file env:PASSPHRASE",
                _ if line.starts_with("openssl pkcs12") => " -passin env:PASSPHRASE",
                _ => "",
            };
            let ended = sh(case.folder.path(), &format!("{line}{flag}"), case.passphrase);
            // OpenSSL is asked what it says of a key that is not sound.
            let is_complaint =
                ["key-inconsistent", "key-malformed"].contains(&case.code.as_str()) && line.starts_with("openssl pkey");
            if !(ended.code == 0 || ended.code == 1 && (is_own || is_complaint)) {
                wrong.push(format!("{}: {line}\n{}{}(exit code {})", case.code, ended.out, ended.err, ended.code));
            }
        }
    }
    assert!(count > if openssl { 80 } else { 30 }, "only {count} commands");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
