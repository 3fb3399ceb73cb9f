//! FILES, folders, passphrases and `convert`, as people and pipelines run them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use support::{Ended, command, file, run, run_with_stdin};
use tempfile::TempDir;

const AT: &str = "2026-06-01T00:00:00Z";
const PASSPHRASE: &str = "correct horse";

fn container(name: &str) -> String {
    certflight_fixtures::containers_folder().join(name).to_str().unwrap().to_owned()
}

fn check(args: &[&str]) -> Ended {
    run(["check", "--at", AT].iter().chain(args))
}

/// With the passphrase in a variable.
fn with_passphrase(args: &[&str], passphrase: &str) -> Ended {
    Ended::of(
        command()
            .args(args)
            .args(["--passphrase-file", "env:TEST_PASSPHRASE"])
            .env("TEST_PASSPHRASE", passphrase)
            .output()
            .unwrap(),
    )
}

fn codes(ended: &Ended) -> Vec<String> {
    let document = ended.json();
    document["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

fn read(path: impl AsRef<Path>) -> Vec<u8> {
    fs::read(path).unwrap()
}

/// Every container with a leaf passes whole, with its CA beside it where it has none, and its private key with everything else for a key alone.
#[test]
fn check_takes_what_other_tools_made() {
    let mut passed = 0;
    for container in certflight_fixtures::containers() {
        let path = self::container(&container.name);
        let has = |name: &str| container.contents.iter().any(|content| content == name);
        let data = |name: &str| file(&container.bundle, name);
        let rest: Vec<String> = match (has("leaf"), has("key"), has("root")) {
            (true, true, true) => vec![],
            (true, true, false) if has("intermediate") => vec![],
            (true, true, false) => vec![data("cert.pem"), data("ca.pem")],
            (true, false, _) => vec![data("key.pem")],
            (false, true, _) => vec![data("cert.pem"), data("ca.pem")],
            (false, false, true) => vec![data("cert.pem"), data("key.pem")],
            _ => continue,
        };
        let mut args = vec!["check", "--at", AT, "--format", "json", path.as_str()];
        args.extend(rest.iter().map(String::as_str));
        let ended = with_passphrase(&args, &container.passphrase);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}: {}", container.name, ended.out);
        let warned = codes(&ended).contains(&"ca-not-self-signed".to_owned());
        let has_root = has("root") || !rest.is_empty();
        assert_eq!(warned, !has_root, "{}", container.name);
        passed += 1;
    }
    assert!(passed > 45);
}

#[test]
fn upload_takes_a_container_without_a_root() {
    let ended = with_passphrase(&["upload", "--sandbox", "--project", "demo", &container("p256-modern.p12")], PASSPHRASE);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(
        ended.out.contains("PASS: 1 warning")
            && ended.out.contains("warning[ca-not-self-signed]")
            && ended.out.contains("sandbox: uploaded")
    );
    assert!(!ended.out.contains(PASSPHRASE) && !ended.err.contains(PASSPHRASE));
}

#[test]
fn a_passphrase_comes_from_a_file_a_variable_or_standard_input() {
    let folder = folder(&[
        ("unix", b"correct horse\n"),
        ("windows", b"correct horse\r\n"),
        ("none", b"correct horse"),
        ("two", b"correct horse\n\n"),
    ]);
    let file = container("p256-modern.p12");
    for (name, expected) in [("unix", 0), ("windows", 0), ("none", 0), ("two", 1)] {
        assert_eq!(check(&[&file, "--passphrase-file", &path(&folder, name)]).code, expected, "{name}");
    }
    let ended = run_with_stdin(&["check", "--at", AT, &file, "--passphrase-file", "-"], b"correct horse\n");
    assert_eq!(ended.code, 0);
    let wrong = with_passphrase(&["check", "--format", "json", &file], "another");
    assert_eq!((wrong.code, codes(&wrong)), (1, vec!["passphrase-wrong".to_owned(), "origin-missing".to_owned()]));
    // Without one, and without a terminal to ask on.
    let locked = check(&["--format", "json", &file]);
    assert_eq!((locked.code, codes(&locked)), (1, vec!["container-input".to_owned(), "origin-missing".to_owned()]));
    let key = check(&["--format", "json", &container("p256-aes-256-cbc.key")]);
    assert!(codes(&key).contains(&"key-encrypted".to_owned()));
}

#[test]
fn a_passphrase_that_was_given_in_place_of_its_file_is_not_repeated() {
    let ended = check(&[&container("p256-modern.p12"), "--passphrase-file", "hunter2"]);
    assert_eq!(ended.code, 2);
    assert!(!ended.err.contains("hunter2") && ended.err.contains("--passphrase-file"), "{}", ended.err);
    let unset = check(&[&container("p256-modern.p12"), "--passphrase-file", "env:CERTFLIGHT_TEST_UNSET"]);
    assert!(unset.code == 2 && unset.err.contains("not set"), "{}", unset.err);
    let long = folder(&[("long", &[b'x'; 5000])]);
    assert_eq!(check(&[&container("p256-modern.p12"), "--passphrase-file", &path(&long, "long")]).code, 2);
}

#[test]
fn what_cannot_be_opened_is_told_apart() {
    let bytes = read(container("p256-modern.p12"));
    let mut changed = bytes.clone();
    changed[500] ^= 1;
    let files = folder(&[("torn.p12", &bytes[..bytes.len() - 9]), ("changed.p12", &changed)]);
    for (file, expected) in [
        (path(&files, "torn.p12"), "container-damaged"),
        (path(&files, "changed.p12"), "container-damaged"),
        (container("p256-rc4.p12"), "container-unsupported"),
        (container("p256-other-passphrase.jks"), "passphrase-wrong"),
    ] {
        let ended = with_passphrase(&["check", "--format", "json", &file], PASSPHRASE);
        assert_eq!((ended.code, codes(&ended)[0].as_str()), (1, expected), "{file}");
    }
}

/// Of a container that a flag names, what fits the flag is taken.
#[test]
fn a_container_is_taken_for_what_the_flag_says() {
    let p12 = container("p256-root.p12");
    let root = file("ok__p256-pkcs8", "ca.pem");
    let ended = with_passphrase(&["check", "--at", AT, "--cert", &p12, "--key", &p12, "--ca", &root], PASSPHRASE);
    assert_eq!(ended.code, 0, "{}", ended.out);
    let trust = container("p256-trust.jks");
    let ended = with_passphrase(&["check", "--at", AT, "--ca", &trust, &container("p256-modern.p12")], PASSPHRASE);
    assert_eq!(ended.code, 0, "{}", ended.out);
}

#[test]
fn files_come_from_folders_variables_and_standard_input() {
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let (cert, key, ca) = (fixture.cert.unwrap(), fixture.key.unwrap(), fixture.ca.unwrap());
    let files = folder(&[
        ("a.crt", &cert),
        ("b.key", &key),
        ("c.ca", &ca),
        ("README.txt", b"Dear partner"),
        (".hidden.pem", &key),
        ("empty", b""),
    ]);
    fs::create_dir(files.path().join("older")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", files.path().join("zz-link.pem")).unwrap();
    fs::write(files.path().join("older").join("key.pem"), "not looked at").unwrap();
    let ended = check(&["--format", "json", files.path().to_str().unwrap()]);
    let document = ended.json();
    assert_eq!((ended.code, codes(&ended)), (0, vec!["origin-missing".to_owned()]));
    let names = |list: &Value| -> Vec<String> {
        let name = |item: &Value| item.get("file").unwrap_or(item).as_str().unwrap().to_owned();
        list.as_array()
            .unwrap()
            .iter()
            .map(|item| PathBuf::from(name(item)).file_name().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    let skipped: &[&str] = if cfg!(unix) { &["README.txt", "empty", "zz-link.pem"] } else { &["README.txt", "empty"] };
    assert_eq!(names(&document["skipped"]), skipped);
    assert_eq!(names(&document["sorted"]), ["a.crt", "a.crt", "b.key", "c.ca"]);
    let used: Vec<&Value> = document["sorted"].as_array().unwrap().iter().map(|object| &object["used_as"]).collect();
    assert_eq!(used, [&Value::from(vec!["cert"]), &Value::from(vec!["cert"]), &Value::from(vec!["key"]), &Value::from(vec!["ca"])]);

    let all = [cert.as_slice(), &key, &ca].concat();
    assert_eq!(run_with_stdin(&["check", "--at", AT, "-"], &all).code, 0);
    let escaped = String::from_utf8(all).unwrap().replace('\n', "\\n");
    let ended = Ended::of(command().args(["check", "--at", AT, "env:TEST_ALL"]).env("TEST_ALL", escaped).output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert!(ended.out.contains("warning[pem-escaped-newlines]") && ended.out.contains("--> env:TEST_ALL, line 1"), "{}", ended.out);
}

#[test]
fn flags_win_over_files() {
    let at = |name: &str| file("leaf-ambiguous__two", name);
    let (one, two, chain) = (at("given-one.pem"), at("given-two.pem"), at("given-chain.pem"));
    assert_eq!(check(&[&one, &two, &chain]).code, 1);
    // Each file holds a certificate and its key, and the flags take what they name.
    let parts = folder(&[("cert", &read(&two)[..]), ("key", &read(&two)[..])]);
    let text = String::from_utf8(read(&two)).unwrap();
    let split = text.find("-----BEGIN PRIVATE").unwrap();
    fs::write(path(&parts, "cert"), &text[..split]).unwrap();
    fs::write(path(&parts, "key"), &text[split..]).unwrap();
    let ended = check(&["--format", "json", "--cert", &path(&parts, "cert"), "--key", &path(&parts, "key"), &one, &chain]);
    assert_eq!(ended.code, 0, "{}", ended.out);
    assert_eq!(ended.json()["leaf"]["subject"], "CN=other.example.com");
    assert!(codes(&ended).contains(&"object-unused".to_owned()));
}

#[test]
fn wrong_usage_is_said() {
    let one = file("ok__p256-pkcs8", "cert.pem");
    for (args, said) in [
        (vec!["check", "-", "-"], "standard input can be read once"),
        (vec!["check", &one, "--key", "-", "--passphrase-file", "-"], "standard input can be read once"),
        (vec!["check", "no-such-file.pem"], "there is no such file"),
        (vec!["check", "env:CERTFLIGHT_TEST_UNSET"], "not set"),
        (vec!["upload", "--sandbox", "--project", "demo", "--skip-validation", &one], "cannot be used with"),
        (vec!["convert", &one], "--out"),
        (vec!["convert", &one, "--out", "x", "--format", "json"], "cannot be used with"),
    ] {
        let ended = run(&args);
        assert_eq!(ended.code, 2, "{args:?}");
        assert!(ended.err.contains(said), "{args:?}: {}", ended.err);
    }
}

#[test]
fn convert_writes_the_trio_and_says_what_it_changed() {
    let folder = tempfile::tempdir().unwrap();
    let out = path(&folder, "new");
    let ended = with_passphrase(&["convert", &container("p256-root.p12"), "--out", &out], PASSPHRASE);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    for said in ["wrote", "cert.pem", "key.pem", "ca.pem", "changed:", "was opened; it holds 3 certificates and 1 private key"] {
        assert!(ended.out.contains(said), "{said}: {}", ended.out);
    }
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    for (name, expected) in [("cert.pem", fixture.cert), ("key.pem", fixture.key), ("ca.pem", fixture.ca)] {
        assert_eq!(read(Path::new(&out).join(name)), expected.unwrap(), "{name}");
    }
    assert_eq!(fs::read_dir(&out).unwrap().count(), 3, "nothing else is left there");

    // Never over what is there, and nothing of the rest either.
    fs::remove_file(Path::new(&out).join("ca.pem")).unwrap();
    fs::write(Path::new(&out).join("key.pem"), "precious").unwrap();
    let again = with_passphrase(&["convert", &container("p256-root.p12"), "--out", &out], PASSPHRASE);
    assert!(again.code == 2 && again.err.contains("--force"), "{}", again.err);
    assert_eq!(read(Path::new(&out).join("key.pem")), b"precious");
    assert!(!Path::new(&out).join("ca.pem").exists());
    let forced = with_passphrase(&["convert", &container("p256-root.p12"), "--out", &out, "--force"], PASSPHRASE);
    assert_eq!(forced.code, 0);
    assert_ne!(read(Path::new(&out).join("key.pem")), b"precious");
}

#[cfg(unix)]
#[test]
fn the_key_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    let out = folder.path().to_str().unwrap();
    // Over a file that everyone may read, too.
    fs::write(folder.path().join("key.pem"), "old").unwrap();
    fs::set_permissions(folder.path().join("key.pem"), fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(run(["convert", &file("ok__one-file", "given-all.pem"), "--out", out, "--force"]).code, 0);
    assert_eq!(mode("key.pem"), 0o600);
    assert_ne!(mode("cert.pem") & 0o044, 0);
}

#[test]
fn convert_needs_no_sound_bundle_but_a_readable_one() {
    let folder = tempfile::tempdir().unwrap();
    let mismatch = ["cert.pem", "key.pem", "ca.pem"].map(|name| file("key-mismatch__other-key", name));
    let out = path(&folder, "mismatch");
    let ended = run(["convert", &mismatch[0], &mismatch[1], &mismatch[2], "--out", &out]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("would not pass: key-mismatch"), "{}", ended.err);
    let lone = run(["convert", &container("p256.p7b"), "--out", &path(&folder, "lone")]);
    assert!(lone.code == 0 && lone.out.contains("not written: there is no private key"), "{}{}", lone.out, lone.err);

    let broken = run(["convert", &file("pem-unterminated__cut-short", "cert.pem"), "--out", &path(&folder, "broken")]);
    assert!(
        broken.code == 1 && broken.err.contains("pem-unterminated") && broken.err.contains("nothing was written"),
        "{}",
        broken.err
    );
    let two = run(["convert", &file("leaf-ambiguous__two", ""), "--out", &path(&folder, "two")]);
    assert_eq!(two.code, 1);
    assert!(!folder.path().join("broken").exists() && !folder.path().join("two").exists());
}

#[test]
fn convert_prints_the_api_s_body() {
    let all = file("ok__one-file", "given-all.pem");
    let ended = run(["convert", &all, "--format", "json", "--origin", "https://API.example.com:443/"]);
    let body = ended.json();
    assert_eq!((ended.code, body.as_object().unwrap().len()), (0, 4));
    assert_eq!(body["origin"], "https://api.example.com");
    assert!(body["key"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    // The same text as an upload's.
    let dry = run(["upload", "--dry-run", "--project", "demo", &all, "--format", "json"]).json();
    assert_eq!((&dry["upload"]["request"]["body"]["cert"], &dry["upload"]["request"]["body"]["ca"]), (&body["cert"], &body["ca"]));
    let unsound = run(["convert", &all, "--format", "json", "--origin", "http://api.example.com"]);
    assert_eq!((unsound.code, unsound.out.as_str()), (1, ""), "without its origin it would be for the whole project");
    let incomplete = run(["convert", &file("ok__p256-pkcs8", "cert.pem"), "--format", "json"]);
    assert_eq!((incomplete.code, incomplete.out.as_str()), (1, ""));
}

#[test]
fn a_folder_has_as_many_files_and_bytes_as_the_bound_and_no_more() {
    let fixture = certflight_fixtures::named("ok__p256-pkcs8");
    let (cert, key, ca) = (fixture.cert.unwrap(), fixture.key.unwrap(), fixture.ca.unwrap());
    let files = folder(&[("a.crt", &cert), ("b.key", &key), ("c.ca", &ca)]);
    for at in 3..256 {
        fs::write(files.path().join(format!("{at}.txt")), "Dear partner").unwrap();
    }
    let ended = check(&[files.path().to_str().unwrap()]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    fs::write(files.path().join("one-more.txt"), "Dear partner").unwrap();
    let ended = check(&[files.path().to_str().unwrap()]);
    assert!(ended.code == 2 && ended.err.contains("more than 256 files"), "{}", ended.err);

    // Copies of the root, each file as large as one may be: sixteen megabytes with the certificate and the key.
    let padded = |length: usize| [ca.as_slice(), &vec![b'\n'; length - ca.len()]].concat();
    let most = 4 * 1024 * 1024;
    let rest = most - cert.len() - key.len();
    let files = folder(&[
        ("a.crt", &cert),
        ("b.key", &key),
        ("c", &padded(most)),
        ("d", &padded(most)),
        ("e", &padded(most)),
        ("f", &padded(rest)),
    ]);
    let ended = check(&[files.path().to_str().unwrap()]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    fs::write(files.path().join("g"), &ca).unwrap();
    let ended = check(&[files.path().to_str().unwrap()]);
    assert!(ended.code == 2 && ended.err.contains("more than 16 MiB together"), "{}", ended.err);
}

#[test]
fn a_passphrase_is_read_up_to_the_bound() {
    for (length, code) in [(4096, 1), (4097, 2)] {
        let ended = with_passphrase(&["check", "--at", AT, &container("p256-modern.p12")], &"x".repeat(length));
        assert_eq!(ended.code, code, "{}", ended.err);
    }
}
