//! What is left of a key in the memory of the command, once it has nothing to do any more but to write its last words. It is stopped there by a reader that does not
//! read. Linux alone shows the memory of a process as a file, so elsewhere nothing is tested.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use certflight_fixtures::memory::{Found, Masked, Needles, base64, copies, der};
use std::collections::BTreeMap;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use zeroize::Zeroizing;

/// write(2), by architecture.
const WRITE: Option<&str> = match () {
    () if cfg!(target_arch = "x86_64") => Some("1"),
    () if cfg!(any(target_arch = "aarch64", target_arch = "riscv64")) => Some("64"),
    () => None,
};

/// Copies that stay, each with its reason: the end of the case's name, the mapping, how many. A row that does not hold any more fails, too.
const REMAINING: [(&str, &str, usize, &str); 3] = [
    (
        "from a variable",
        "[stack]",
        1,
        "the environment, as the system handed it over when the process began; safe code cannot write there",
    ),
    (
        "upload to a sandbox of the same process",
        "[heap]",
        1,
        "the buffer into which the sandbox's HTTP server, hyper, reads; it is freed and not wiped",
    ),
    ("convert to the body", "[heap]", 1, "the output itself, which has the key in it; it is wiped once it is written"),
];

/// A pipe that takes nothing any more.
fn full_pipe() -> (PipeReader, PipeWriter) {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    let (reader, mut writer) = std::io::pipe().unwrap();
    let flags = fcntl_getfl(&writer).unwrap();
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK).unwrap();
    for size in [4096, 1] {
        while writer.write(&[b' '; 4096][..size]).is_ok() {}
    }
    fcntl_setfl(&writer, flags).unwrap();
    (reader, writer)
}

/// A command that waits to be let write its last words.
struct Stopped {
    child: Child,
    reader: PipeReader,
}

impl Stopped {
    fn start(mut command: Command, input: Option<&Masked>) -> Self {
        let (reader, writer) = full_pipe();
        command.stdout(writer).stderr(Stdio::null());
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().unwrap();
        drop(command); // and with it this process's end of the pipe
        if let Some(input) = input {
            child.stdin.take().unwrap().write_all(&input.reveal()).unwrap();
        }
        let mut stopped = Stopped { child, reader };
        while !stopped.writes() {
            assert!(stopped.child.try_wait().unwrap().is_none(), "the command ended without a word");
            thread::yield_now();
        }
        stopped
    }

    /// Whether it waits in write(2) to standard output.
    fn writes(&self) -> bool {
        let call = std::fs::read_to_string(format!("/proc/{}/syscall", self.child.id())).unwrap_or_default();
        let mut fields = call.split(' ');
        fields.next() == WRITE && fields.next() == Some("0x1")
    }

    /// Its exit code and what it wrote.
    fn end(mut self) -> (i32, String) {
        let mut text = String::new();
        self.reader.read_to_string(&mut text).unwrap();
        (self.child.wait().unwrap().code().unwrap(), text.trim_start().to_owned())
    }
}

/// Whether this machine lets a process be looked at like that; else why not.
fn is_possible() -> Result<(), String> {
    WRITE.ok_or("the number of write(2) is not known here")?;
    std::fs::read_to_string("/proc/self/syscall").map_err(|error| format!("/proc/self/syscall: {error}"))?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_certflight")).arg("sandbox").stdout(Stdio::piped()).spawn().unwrap();
    let mut byte = [0];
    child.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
    let searched = Needles::default().in_process(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    searched.map(drop).map_err(|error| format!("the memory of a child: {error}"))
}

struct Key {
    folder: PathBuf,
    text: Masked,
    needles: Needles,
}

impl Key {
    fn of(fixture: &str) -> Self {
        let folder = certflight_fixtures::data_folder().join(fixture);
        let text = Masked::file(&folder.join("key.pem"));
        let mut needles = Needles::default();
        needles.add_key(&der(&text.reveal()));
        Key { folder, text, needles }
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    /// The command with the certificate and the CA, and `key` for the key.
    fn command(&self, args: &[&str], key: &str) -> Command {
        let mut command = support::command();
        command.args(args).args(["--cert", &self.file("cert.pem"), "--ca", &self.file("ca.pem"), "--key", key]);
        command
    }
}

/// Every copy that was found, by its case and mapping.
#[derive(Default)]
struct Ledger {
    cases: usize,
    copies: BTreeMap<(String, String), (usize, String)>,
}

impl Ledger {
    /// Stops the command at its last words, and looks.
    fn look(&mut self, key: &Key, case: &str, command: Command, input: Option<&Masked>, exit: i32, word: &str) {
        let stopped = Stopped::start(command, input);
        let found = key.needles.in_process(stopped.child.id()).unwrap();
        let (code, text) = stopped.end();
        assert_eq!((code, text.contains(word)), (exit, true), "{case}: {text}");
        self.cases += 1;
        let mut mappings: BTreeMap<&str, Vec<Found>> = BTreeMap::new();
        for one in &found {
            mappings.entry(&one.mapping).or_default().push(one.clone());
        }
        for (mapping, found) in mappings {
            self.copies.insert(
                (case.to_owned(), mapping.to_owned()),
                (copies(&found), format!("{} stretches, {}", found.len(), found[0])),
            );
        }
    }

    /// What is found and not in the table, and what is in the table and not found.
    fn wrong(&self) -> Vec<String> {
        let row = |case: &str, mapping: &str| REMAINING.iter().find(|row| case.ends_with(row.0) && row.1 == mapping);
        let mut wrong = Vec::new();
        for ((case, mapping), (count, what)) in &self.copies {
            let expected = row(case, mapping).map_or(0, |row| row.2);
            if *count != expected {
                wrong.push(format!("{case}: {count} copies in {mapping:?}, expected {expected}: {what}"));
            }
        }
        for (case, mapping, ..) in &REMAINING {
            if !self.copies.keys().any(|(found, at)| found.ends_with(case) && at == mapping) {
                wrong.push(format!("{case}: none in {mapping} any more; the row has to go"));
            }
        }
        wrong
    }
}

#[test]
fn a_command_that_only_has_to_write_has_no_key_any_more() {
    if let Err(why) = is_possible() {
        let _ = writeln!(std::io::stderr(), "NOT RUN: the search of the command's memory for keys: {why}");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("memory-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut ledger = Ledger::default();
    for fixture in ["ok__p256-pkcs8", "ok__p521-sec1", "ok__ed25519-pkcs8", "ok__rsa2048-pkcs8", "ok__rsa2048-pkcs1"] {
        let key = Key::of(fixture);
        let from_file = key.file("key.pem");
        let text = key.text.reveal();
        let other = if fixture.contains("p256") { "ok__p384-pkcs8" } else { "ok__p256-pkcs8" };
        let mut look = |case: &str, command: Command, input: Option<&Masked>, exit: i32, word: &str| {
            ledger.look(&key, &format!("{fixture}: {case}"), command, input, exit, word);
        };

        look("check", key.command(&["check"], &from_file), None, 0, "PASS");
        look("check as JSON", key.command(&["check", "--format", "json"], &from_file), None, 0, "pass");
        look("check from standard input", key.command(&["check"], "-"), Some(&key.text), 0, "PASS");
        let mut command = key.command(&["check"], "env:THE_KEY");
        command.env("THE_KEY", str::from_utf8(&text).unwrap());
        look("check from a variable", command, None, 0, "PASS");
        let mut files = support::command();
        files.args(["check", "--verbose"]).args(["cert.pem", "key.pem", "ca.pem"].map(|name| key.file(name)));
        look("check of files", files, None, 0, "PASS");

        look("check, expired", key.command(&["check", "--at", "2199-01-01T00:00:00Z"], &from_file), None, 1, "FAIL");
        let mut command = support::command();
        let certificate = support::file(other, "cert.pem");
        command.args(["check", "--cert", &certificate, "--ca", &key.file("ca.pem"), "--key", &from_file]);
        look("check, another certificate", command, None, 1, "key-mismatch");
        let mut command = support::command();
        command.args(["check", "--cert", &from_file, "--ca", &key.file("ca.pem"), "--key", &from_file]);
        look("check, the key for the certificate", command, None, 1, "key-in-certificate-input");
        let cut = Masked::of(&text[..text.len() - 40]);
        look("check, cut short, from standard input", key.command(&["check"], "-"), Some(&cut), 1, "pem-unterminated");
        let twice = Masked::of(&base64(&text));
        look("check of base64 from standard input", key.command(&["check"], "-"), Some(&twice), 0, "base64-of-pem");
        // Larger than what is made room for at first.
        let mut long = Zeroizing::new(Vec::with_capacity(text.len() + 100_000));
        long.extend_from_slice(&text);
        long.resize(text.len() + 100_000, b'\n');
        look("check of a long text from standard input", key.command(&["check"], "-"), Some(&Masked::of(&long)), 0, "PASS");

        // A line of a batch, in a file and from standard input.
        let member = |field: &str, text: &[u8]| format!("\"{field}\":\"{}\"", str::from_utf8(text).unwrap().replace('\n', "\\n"));
        let certificates = ["cert", "ca"].map(|field| member(field, &std::fs::read(key.file(&format!("{field}.pem"))).unwrap()));
        let line =
            Zeroizing::new(format!("{{{},{},{}}}\n", certificates[0], &*Zeroizing::new(member("key", &text)), certificates[1]));
        let batch = folder.join(format!("{fixture}.jsonl"));
        std::fs::write(&batch, line.as_bytes()).unwrap();
        let mut command = support::command();
        command.args(["check", "--batch", batch.to_str().unwrap()]);
        look("check of a batch", command, None, 0, "summary");
        let mut command = support::command();
        command.args(["check", "--batch", "-"]);
        look("check of a batch from standard input", command, Some(&Masked::of(line.as_bytes())), 0, "summary");
        // The key's lines beside the CA are stray text, and the CA is remembered.
        let stray: Zeroizing<Vec<u8>> =
            Zeroizing::new(text.split_inclusive(|byte| *byte == b'\n').filter(|line| line[0] != b'-').collect::<Vec<_>>().concat());
        let beside = Zeroizing::new(
            line.replace("\"ca\":\"", &format!("\"ca\":\"{}", str::from_utf8(&stray).unwrap().replace('\n', "\\n"))),
        );
        let mut command = support::command();
        command.args(["check", "--batch", "-"]);
        look("check of a batch, the key beside its CA", command, Some(&Masked::of(beside.as_bytes())), 0, "pem-stray-text");
        let alone = Zeroizing::new(member("key", &text));
        for (case, line) in [
            ("a text", alone.split_once(':').unwrap().1.to_owned()),
            ("an origin", format!("{{\"origin\":{}}}", alone.split_once(':').unwrap().1)),
        ] {
            let mut command = support::command();
            command.args(["check", "--batch", "-"]);
            look(
                &format!("check of a batch, the key as {case}"),
                command,
                Some(&Masked::of(Zeroizing::new(line).as_bytes())),
                1,
                "summary",
            );
        }

        let out = folder.join(fixture);
        look("convert", key.command(&["convert", "--out", out.to_str().unwrap()], &from_file), None, 0, "wrote");
        look(
            "upload, refused",
            key.command(&["upload", "--sandbox", "--project", "app", "--min-validity", "36500d"], &from_file),
            None,
            1,
            "nothing was sent",
        );
        look(
            "upload, a dry run",
            key.command(&["upload", "--dry-run", "--sandbox", "--project", "app", "--format", "json"], &from_file),
            None,
            0,
            "redacted",
        );
    }

    // Over the network, with one key: the others differ in nothing there.
    let key = Key::of("ok__p256-pkcs8");
    let from_file = key.file("key.pem");
    let upload = |more: &[&str]| key.command(&[&["upload", "--project", "app", "--format", "json"], more].concat(), &from_file);
    ledger.look(&key, "upload to a sandbox of the same process", upload(&["--sandbox"]), None, 0, "cert_");
    let server = support::Server::start(support::Answer::json("200 OK", r#"{"updated":true,"origin":"","certId":"cert_1"}"#));
    let mut command = upload(&["--api-url", &server.url]);
    command.env("VERCEL_TOKEN", support::TOKEN);
    ledger.look(&key, "upload in the clear", command, None, 0, "cert_1");
    let tls = support::net::Tls::new("localhost", 2099);
    let root = folder.join("root.pem");
    std::fs::write(&root, &tls.root_pem).unwrap();
    let server = tls.serve(r#"{"updated":true,"origin":"","certId":"cert_1"}"#);
    let url = format!("https://localhost:{}", server.port);
    let mut command = upload(&["--api-url", &url, "--api-ca", root.to_str().unwrap()]);
    command.env("VERCEL_TOKEN", support::TOKEN);
    ledger.look(&key, "upload over TLS", command, None, 0, "cert_1");
    let command = key.command(&["convert", "--format", "json"], &from_file);
    ledger.look(&key, "convert to the body", command, None, 0, "cert");
    std::fs::remove_dir_all(&folder).unwrap();
    let wrong = ledger.wrong();
    let _ = writeln!(
        std::io::stderr(),
        "memory: the command at its last words, {} cases, {} with copies",
        ledger.cases,
        ledger.copies.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_has_the_rows() {
    let page = include_str!("../../../docs/memory.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.contains("| `[")).collect();
    let row = |(case, mapping, copies, why): &(&str, &str, usize, &str)| format!("| {case} | `{mapping}` | {copies} | {why} |");
    assert_eq!(rows, REMAINING.iter().map(row).collect::<Vec<_>>());
}
