//! Runs the command over tiny suites that a test makes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test that fails here has found something; not every file asks for all of it"
)]

use certflight_fixtures::Fixture;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// The numbers of a row of the table: cases, right, false accepts, false rejects, no finding, other, cannot tell, not judged.
    pub(crate) fn row(&self, class: &str, mode: &str) -> [usize; 8] {
        let row = self
            .out
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find(|words| words.starts_with(&[class, mode]));
        let row = row.unwrap_or_else(|| panic!("no row {class} {mode}:\n{}", self.out));
        let numbers: Vec<usize> = row[2..10].iter().map(|word| word.parse().unwrap()).collect();
        numbers.try_into().unwrap()
    }

    /// Whether a line begins like this.
    pub(crate) fn says(&self, beginning: &str) -> bool {
        self.out.lines().any(|line| line.starts_with(beginning))
    }
}

pub(crate) fn run(args: &[&Path]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_certflight-conformance")).args(args).output().unwrap();
    Ended {
        code: output.status.code().expect("the command ended by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder of the test's own, empty.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder); // it is there after an earlier run
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn write_json(path: PathBuf, value: &Value) -> PathBuf {
    fs::write(&path, value.to_string()).unwrap();
    path
}

/// A list of exceptions for these cases.
pub(crate) fn exceptions(folder: &Path, ids: &[&str]) -> PathBuf {
    let list: String = ids.iter().map(|id| format!("[[exception]]\nid = '{id}'\nreason = 'the test wants it'\n")).collect();
    let path = folder.join("exceptions.toml");
    fs::write(&path, list).unwrap();
    path
}

/// The PEM blocks of a fixture's certificate input, the leaf first.
pub(crate) fn blocks(fixture: &Fixture) -> Vec<String> {
    let text = String::from_utf8(fixture.cert.clone().unwrap()).unwrap();
    text.split_inclusive("-----END CERTIFICATE-----\n").map(str::to_owned).collect()
}
