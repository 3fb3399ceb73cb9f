//! What the fuzzers found, and what they begin with, again: `fuzz/regressions` has a folder for each target.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that fails here has found something, and shows which file")]

use certflight_harness::TARGETS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    fs::read_dir(folder).unwrap().map(name).collect()
}

#[test]
fn every_target_has_its_folder_and_its_fuzzer() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names(&folder().join("regressions")), targets);
    let fuzzers: BTreeSet<String> = targets.iter().map(|target| format!("{target}.rs")).collect();
    assert_eq!(names(&folder().join("fuzz_targets")), fuzzers);
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    for target in &targets {
        assert!(page.contains(&format!("| `{target}` |")), "fuzz/README.md has no row for {target}");
    }
}

#[test]
fn what_was_found_is_not_found_again() {
    for target in TARGETS {
        let folder = folder().join("regressions").join(target.name);
        let files = names(&folder);
        assert!(!files.is_empty(), "{}: there is nothing to replay", target.name);
        for file in files {
            println!("{}/{file}", target.name);
            (target.run)(&fs::read(folder.join(file)).unwrap());
        }
    }
}
