//! Fills `fuzz/corpus` from the fixtures. What is there already stays, so what earlier runs found does too.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for the repository; what fails here has its reason in a message"
)]

use certflight_fixtures::{Fixture, containers_folder};
use certflight_harness::TARGETS;
use std::fs;
use std::path::{Path, PathBuf};

/// What the API answers, and what its headers say.
const ANSWERS: &[&str] = &[
    r#"{"updated":true,"origin":"https://api.example.com","certId":"cert_1"}"#,
    r#"{"clientCerts":[{"origin":"https://a.example","id":"cert_1"},{"id":"b"}]}"#,
    r#"{"origin":"https://api.example.com","certId":"cert_1"}"#,
    r#"{"error":{"code":"rate_limited","message":"later","limit":{"reset":1700000000}}}"#,
    r#"{"err":{"code":"forbidden","message":"no"}}"#,
    "Sun, 06 Nov 1994 08:49:47 GMT",
    "120",
];

struct Corpus(PathBuf);

impl Corpus {
    fn put(&self, target: &str, name: &str, content: &[u8]) {
        fs::write(self.0.join(target).join(name), content).unwrap();
    }

    /// Behind a byte that says what it is.
    fn put_behind(&self, target: &str, name: &str, first: u8, content: &[u8]) {
        self.put(target, name, &[&[first], content].concat());
    }

    fn fixture(&self, fixture: &Fixture) {
        let name = &fixture.name;
        let files = [("cert", &fixture.cert), ("key", &fixture.key), ("ca", &fixture.ca)];
        for (file, text) in files {
            let Some(text) = text else { continue };
            self.put("scan", &format!("{name}.{file}"), text);
            self.put_behind("repair", &format!("{name}.{file}"), 0, text);
            if file == "key" {
                self.put_behind("key", name, 1, text);
            }
            // What is no PEM, many a fixture's point, is no seed of DER.
            for (number, block) in pem::parse_many(text).unwrap_or_default().iter().enumerate() {
                match file {
                    "key" => self.put_behind("key", &format!("{name}.{number}"), 1, block.contents()),
                    _ => self.put("certificate", &format!("{name}.{file}.{number}"), block.contents()),
                }
            }
        }
        for (file, text) in &fixture.given {
            self.put("scan", &format!("{name}.{file}"), text);
        }
        let origin = fixture.expect.origin.as_deref().unwrap_or_default();
        if !origin.is_empty() {
            self.put("origin", name, origin.as_bytes());
        }
        let parts = files.map(|(_, text)| text.as_deref().unwrap_or_default());
        self.put("bundle", name, &[parts[0], parts[1], parts[2], origin.as_bytes()].join(&b"\n====\n"[..]));
    }

    /// The kind stands in the first byte, as `import::run` has it.
    fn container(&self, path: &Path) {
        let name = path.file_name().unwrap().to_string_lossy();
        let content = fs::read(path).unwrap();
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        let kind = match () {
            () if ends(&[".p12"]) => 0,
            () if ends(&["-der.p7b", "-ber.p7b"]) => 1,
            () if ends(&[".jks", ".jceks"]) => 2,
            () if ends(&["-der.key"]) => 3,
            () => return self.put("scan", &name, &content),
        };
        self.put_behind("import", &name, kind, &content);
    }
}

fn main() {
    let corpus = Corpus(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus"));
    for target in TARGETS {
        fs::create_dir_all(corpus.0.join(target.name)).unwrap();
    }
    for fixture in certflight_fixtures::all() {
        corpus.fixture(&fixture);
    }
    for entry in fs::read_dir(containers_folder()).unwrap() {
        corpus.container(&entry.unwrap().path());
    }
    // Plans are made of any bytes; the fuzzer finds the others from there.
    for number in 0..16 {
        let mut rng = fastrand::Rng::with_seed(number);
        let plan: Vec<u8> = (0..200).map(|_| rng.u8(..)).collect();
        for target in ["names", "chain"] {
            corpus.put(target, &format!("plan-{number}"), &plan);
        }
        corpus.put_behind("repair", &format!("plan-{number}"), 1, &plan);
        corpus.put_behind("key", &format!("plan-{number}"), 0, &plan);
        corpus.put_behind("answer", &format!("plan-{number}"), 0, &plan);
    }
    for (number, answer) in ANSWERS.iter().enumerate() {
        corpus.put_behind("answer", &format!("answer-{number}"), 1, answer.as_bytes());
    }
    for target in TARGETS {
        let count = fs::read_dir(corpus.0.join(target.name)).unwrap().count();
        assert!(count > 0, "{}: there are no seeds", target.name);
        println!("{}: {count} files", target.name);
    }
}
