//! The commands of the pages (`certflight explain CODE`, docs/pipelines.md), run in a folder with the files that they name.

#![cfg(unix)] // they are for a POSIX shell
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_fixtures::Fixture;
use certflight_validate::Code;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use support::Ended;

/// Blocks that are not run: the page, what stands in them, why.
const NOT_RUN: &[(&str, &str, &str)] = &[
    ("chain-untrusted", "s_client", "it connects to the origin"),
    ("origin-not-https", "s_client", "it connects to the origin"),
    ("origin-private-host", "getent", "it asks for an address"),
    ("probe-no-http", "certflight probe", "it connects to the origin"),
    ("probe-not-presented", "certflight probe", "it connects to the origin"),
    ("probe-not-requested", "certflight probe", "it connects to the origin"),
    ("probe-not-required", "certflight probe", "it connects to the origin"),
    ("probe-renegotiation", "certflight probe", "it connects to the origin"),
    ("probe-tls-failed", "certflight probe", "it connects to the origin"),
    ("probe-unreachable", "getent", "it asks for an address"),
    ("probe-versions-differ", "getent", "it asks for an address"),
    ("container-input", "keytool", "it needs Java"),
    ("container-unsupported", "keytool", "it needs Java"),
    ("passphrase-wrong", "keytool", "it needs Java"),
];

/// What makes the files as the page has them, where no one bundle does: the page and a script.
const BEFORE: &[(&str, &str)] = &[
    ("der-input", "openssl x509 -in leaf.pem -outform DER -out client.pem; openssl pkey -in new.key -outform DER -out client.key"),
    (
        "base64-of-pem",
        "openssl x509 -in leaf.pem -outform DER | base64 > client.pem; openssl pkey -in new.key -outform DER | base64 > client.key",
    ),
];

/// With a line break 16 bytes, so that whoever reads ahead by a power of two leaves whole lines to the next.
const PASSPHRASE: &str = "correct horses!";

/// The files that the pages speak of, all sound: a CA with its key, an intermediate, a client certificate, containers, requests.
const FILES: &str = r#"
umask 077
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
for name in ca inter client new key1; do key $name.key; done
cp key1.key key1.pem; cp client.key key2.pem
printf '%s\n' basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash > ca.ext
cp ca.ext inter.ext
printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth > client.ext
openssl req -new -key ca.key -subj '/CN=Example Root CA' -out ca.csr
openssl x509 -req -in ca.csr -signkey ca.key -days 3650 -extfile ca.ext -out ca.pem
openssl req -new -key inter.key -subj '/CN=Example Issuing CA' -out inter.csr
openssl x509 -req -in inter.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1825 -extfile inter.ext -out chain.pem
openssl req -new -key client.key -subj /CN=client.example.com -out client.csr
openssl x509 -req -in client.csr -CA chain.pem -CAkey inter.key -CAcreateserial -days 365 -extfile client.ext -out leaf.pem
cat leaf.pem chain.pem > client.pem
cat client.pem client.key > combined.pem
cp client.pem full.pem; cp client.pem fullchain.pem; cp ca.pem root.pem; cp ca.pem partner-ca.pem
openssl req -new -key key1.key -subj /CN=client.example.com -out old.csr
openssl x509 -req -in old.csr -CA chain.pem -CAkey inter.key -CAcreateserial -days 300 -extfile client.ext -out old.pem
openssl x509 -in chain.pem -outform DER -out issuer.der
openssl x509 -in leaf.pem -outform DER -out client.der
openssl crl2pkcs7 -nocrl -certfile client.pem -out client.p7b
openssl pkcs12 -export -in client.pem -inkey client.key -passout 'pass:correct horses!' -out client.p12
cp client.p12 old.p12
printf 'correct horses!' > passphrase.txt; cp passphrase.txt passphrase
mkdir folder; cp client.pem client.key ca.pem folder
printf '{"cert": "%s", "certificate": "%s"}' "$(awk '{printf "%s\\n", $0}' client.pem)" "$(awk '{printf "%s\\n", $0}' client.pem)" > secrets.json
cp secrets.json answer.json
"#;

/// The `sh` blocks of a page.
fn blocks(page: &str) -> Vec<String> {
    page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// A copy of the sound files, over them those of these bundles.
fn folder(sound: &Path, fixtures: &[&Fixture]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let copied = sh(folder.path(), &format!("cp -R '{}/.' .", sound.display()));
    assert_eq!(copied.code, 0, "{}", copied.err);
    for fixture in fixtures {
        for (name, content) in
            [("client.pem", &fixture.cert), ("client.key", &fixture.key), ("ca.pem", &fixture.ca), ("old.pem", &fixture.replaces)]
        {
            if let Some(content) = content {
                fs::write(folder.path().join(name), content).unwrap();
            }
        }
    }
    folder
}

/// In a shell that stops at the first failure. Who is asked for a passphrase gives it.
fn sh(folder: &Path, script: &str) -> Ended {
    let bin = Path::new(env!("CARGO_BIN_EXE_certflight")).parent().unwrap();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default().replace('\0', "");
    let mut command = Command::new("sh");
    command.current_dir(folder).args(["-e", "-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())).env_remove("VERCEL_TOKEN");
    command.envs([("CERT_FILE", "client.pem"), ("KEY_FILE", "client.key"), ("CA_FILE", "ca.pem"), ("PASSPHRASE", PASSPHRASE)]);
    command.envs([("CLIENT_CERT", read("client.pem")), ("CLIENT_KEY", read("client.key"))]);
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(format!("{PASSPHRASE}\n").repeat(4096).as_bytes());
    let output = child.wait_with_output().unwrap();
    Ended { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// What openssl writes may be DER.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The scripts of docs/pipelines.md, and the lines of its jobs.
#[test]
fn the_pipelines_run() {
    if sh(Path::new("/"), "openssl version | grep '^OpenSSL 3' && command -v jq").code != 0 {
        return;
    }
    let sound = tempfile::tempdir().unwrap();
    assert_eq!(sh(sound.path(), FILES).code, 0);
    let page = include_str!("../../../docs/pipelines.md");
    let jobs = page.lines().filter_map(|line| line.trim_start().strip_prefix("- "));
    let jobs = jobs
        .map(|line| line.strip_prefix("run: ").unwrap_or(line))
        .filter(|line| line.starts_with("certflight "))
        .map(str::to_owned);
    let (remote, local): (Vec<String>, Vec<String>) =
        blocks(page).into_iter().chain(jobs).partition(|block| block.contains("--project"));
    assert_eq!((local.len(), remote.len()), (8, 2), "{local:#?}{remote:#?}");
    for block in local {
        let folder = folder(sound.path(), &[]);
        let ended = sh(folder.path(), &block);
        assert_eq!(ended.code, 0, "{block}\n{}{}", ended.out, ended.err);
        assert!(!folder.path().join("care.txt").exists(), "{block}");
    }
    // From the last to the first: what is listed each night was uploaded before.
    let folder = folder(sound.path(), &[]);
    let sandbox = support::Sandbox::start();
    let first = "mkdir receipts; certflight upload --project shop --team acme client.pem client.key ca.pem --origin https://api.example.com";
    for block in std::iter::once(first).chain(remote.iter().rev().map(String::as_str)) {
        let ended = sh(folder.path(), &to(&sandbox, block));
        assert_eq!(ended.code, 0, "{block}\n{}{}", ended.out, ended.err);
    }
    assert!(!folder.path().join("care.txt").exists());
}

/// A block whose commands speak to the sandbox in place of the API, where the first certificate has another ID.
fn to(sandbox: &support::Sandbox, block: &str) -> String {
    let url = &sandbox.url;
    let block = block.replace("--project", &format!("--api-url {url} --project")).replace("cert_1", "sandbox_cert_1");
    let block = block.replace(&format!("--sandbox --api-url {url}"), "--sandbox");
    format!("export VERCEL_TOKEN={}\n{block}", support::TOKEN)
}

/// docs/rotation.md from top to bottom, against the sandbox, on projects that have the old certificate.
#[test]
fn the_rotation_runs() {
    if sh(Path::new("/"), "openssl version | grep '^OpenSSL 3' && command -v jq").code != 0 {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(sh(folder.path(), FILES).code, 0);
    let names = "mv client.pem new.pem; mv client.key new.key; cat chain.pem >> old.pem; mv key1.key old.key";
    assert_eq!(sh(folder.path(), names).code, 0);
    let sandbox = support::Sandbox::start();
    let run = |block: &str| sh(folder.path(), &to(&sandbox, block));
    for project in ["shop", "blog"] {
        let old = format!(
            "certflight upload --project {project} --team acme --cert old.pem --key old.key --ca ca.pem --origin https://api.example.com"
        );
        let ended = run(&old);
        assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    }
    let all = blocks(include_str!("../../../docs/rotation.md"));
    assert_eq!(all.len(), 8);
    for block in &all {
        let ended = run(block);
        // After the new one is there, nothing needs care.
        assert_eq!(ended.code, 0, "{block}\n{}{}", ended.out, ended.err);
    }
    let serial = |name: &str| run(&format!("openssl x509 -in {name} -noout -serial")).out.to_ascii_lowercase();
    for project in ["shop", "blog"] {
        let receipt = run(&format!("jq -r .leaf.serial receipts/{project}.json")).out;
        assert!(serial("new.pem").contains(receipt.trim()), "{receipt}");
    }
}

#[test]
fn every_command_of_a_page_runs() {
    // .ci/run says when it is not there.
    if sh(Path::new("/"), "openssl version | grep '^OpenSSL 3'").code != 0 {
        return;
    }
    let sound = tempfile::tempdir().unwrap();
    let made = sh(sound.path(), FILES);
    assert_eq!(made.code, 0, "{}", made.err);
    let fixtures = certflight_fixtures::all();
    let (mut run, mut skipped, mut wrong) = (0, Vec::new(), Vec::new());
    for code in Code::ALL {
        for block in blocks(code.page()) {
            if let Some(known) = NOT_RUN.iter().find(|(page, part, _)| *page == code.name() && block.contains(part)) {
                skipped.push(known);
                continue;
            }
            run += 1;
            // On the page's own bundles, alone and together, or, for what makes or compares something new, on a sound one.
            let own: Vec<&Fixture> = fixtures.iter().filter(|fixture| fixture.code == code.name()).collect();
            let alone = own.iter().map(std::slice::from_ref);
            let mut last = None;
            let is_well = |fixtures: &[&Fixture]| {
                let folder = folder(sound.path(), fixtures);
                if let (true, Some((_, script))) = (fixtures.is_empty(), BEFORE.iter().find(|(page, _)| *page == code.name())) {
                    assert_eq!(sh(folder.path(), script).code, 0);
                }
                let ended = sh(folder.path(), &block);
                // A verdict is one, whichever it is.
                let is_well = ended.code == 0 || ended.code == 1 && (ended.out.contains("FAIL:") || ended.err.contains("FAIL:"));
                last = Some(format!("{code}: {block}\n{}{}(exit code {})", ended.out, ended.err, ended.code));
                is_well
            };
            if !alone.chain([&own[..], &[]]).any(is_well) {
                wrong.extend(last);
            }
        }
    }
    assert_eq!(skipped.len(), NOT_RUN.len(), "a block that is not run is no longer there");
    assert!(wrong.is_empty(), "{} of {run}:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(run > 150, "{run}");
}
