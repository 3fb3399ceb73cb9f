//! docs/bounds.md has a row for every bound, with its value and a test that there is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use std::fs;
use std::path::{Path, PathBuf};

/// Numbers of these types that bound nothing which outsiders choose.
const NO_BOUNDS: [(&str, &str); 30] = [
    ("cli/src/content.rs", "LONGEST_SHOWN"),
    ("cli/src/batch/lines.rs", "CHUNK"),
    ("cli/src/batch/mod.rs", "CHUNK"),
    ("cli/src/batch/mod.rs", "CHUNK_BYTES"),
    ("cli/src/batch/mod.rs", "WRITTEN_AT_ONCE"),
    ("cli/src/batch/ordered.rs", "AHEAD"),
    ("cli/src/batch/progress.rs", "STANDS"),
    ("cli/src/batch/progress.rs", "BAR"),
    ("validate/src/name.rs", "LENGTH"),
    ("validate/src/read/body.rs", "ROOM"),
    ("cli/src/code_name.rs", "PROPOSED"),
    ("cli/src/commands/explain.rs", "OTHERS"),
    ("cli/src/passphrase.rs", "ATTEMPTS"),
    ("cli/src/receipt.rs", "VERSION"),
    ("cli/src/terminal.rs", "WIDTH"),
    ("validate/src/secret.rs", "STACK"),
    ("cli/src/content.rs", "ROOM"),
    ("import/src/jks.rs", "JKS"),
    ("import/src/jks.rs", "JCEKS"),
    ("import/src/jks.rs", "DIGEST"),
    ("import/src/legacy_pem.rs", "SALT"),
    ("probe/src/wire.rs", "DAY"),
    ("sandbox/src/fault.rs", "LATE"),
    ("upload/src/answer.rs", "SURELY_MILLISECONDS"),
    ("upload/src/conceal.rs", "WIDTH"),
    ("validate/src/check/strength.rs", "MIN_RSA_BITS"),
    ("validate/src/read/boundary.rs", "FEWEST"),
    ("validate/src/read/layers.rs", "SHORTEST"),
    ("validate/src/read/leak.rs", "SHORTEST_KEY"),
    ("validate/src/policy.rs", "EXPIRES_SOON"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    fs::read_to_string(root().join("docs/bounds.md")).unwrap()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension() == Some("rs".as_ref()) {
            found.push(path);
        }
    }
}

/// The constants of a source whose type is a number or a span of time: name and value.
fn constants(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for line in text.lines() {
        let Some((_, rest)) = line.split_once("const ").filter(|(before, _)| before.is_empty() || before.ends_with(' ')) else {
            continue;
        };
        let Some((name, (kind, value))) = rest.split_once(": ").and_then(|(name, rest)| Some((name, rest.split_once(" = ")?)))
        else {
            continue;
        };
        let is_number = ["usize", "u16", "u32", "u64", "Duration", "[Duration; 2]"].contains(&kind);
        if let Some(value) = value.strip_suffix(';').filter(|_| is_number) {
            found.push((name, value));
        }
    }
    found
}

#[test]
fn every_bound_has_a_row_with_its_value() {
    let page = page();
    let mut seen = 0;
    for name in ["validate", "import", "probe", "upload", "cli", "sandbox"] {
        let mut files = Vec::new();
        sources(&root().join("crates").join(name).join("src"), &mut files);
        for file in files {
            let short = file.strip_prefix(root().join("crates")).unwrap().to_str().unwrap().replace('\\', "/");
            for (constant, value) in constants(&fs::read_to_string(&file).unwrap()) {
                // A port, and a unit.
                if NO_BOUNDS.contains(&(&short, constant)) || ["HTTPS", "MIB"].contains(&constant) {
                    continue;
                }
                seen += 1;
                let expected = format!("`{short}` `{constant} = {value}`");
                assert!(page.contains(&expected), "docs/bounds.md has no {expected}");
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn every_row_names_a_test_that_there_is() {
    let page = page();
    let (page, _measured) = page.split_once("## The slowest inputs").unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && line.matches('|').count() == 6).collect();
    assert!(rows.len() > 60, "{}", rows.len());
    for row in rows.iter().filter(|row| !row.starts_with("| quantity")) {
        let tests: Vec<&str> = row.split('`').filter(|word| word.contains("::") && word.starts_with("crates/")).collect();
        assert!(!tests.is_empty() || row.contains("| the same |"), "no test: {row}");
        for test in tests {
            let (file, function) = test.split_once("::").unwrap();
            let text = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(&format!("fn {function}(")), "{test}");
        }
    }
}
