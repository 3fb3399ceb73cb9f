//! What the program is built from, and docs/supply-chain.md.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What cargo prints, of the lock file as it is and without asking a registry: all that it asks for was needed to build this test.
fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(args).args(["--locked", "--offline"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Only Linux: on other systems other crates stand in the tree.
#[cfg(target_os = "linux")]
#[test]
fn the_page_has_the_figures() {
    let page = include_str!("../../../docs/supply-chain.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> =
        ["certflight-validate", "certflight-import", "certflight-probe", "certflight-upload", "certflight-sandbox", "certflight"]
            .into_iter()
            .map(|member| {
                let tree = cargo(&["tree", "-p", member, "-e", "normal", "--prefix", "none"]);
                // `name v1.0.0`; then where it comes from, or that it stood there before.
                let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
                assert!(crates.len() > 50, "{tree}");
                format!("| `{member}` | {} |", crates.len())
            })
            .collect();
    assert_eq!(rows, expected);
}

/// The packages that are built on this system.
fn packages() -> Vec<Value> {
    let host = cargo(&["version", "--verbose"]);
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
    let metadata = cargo(&["metadata", "--format-version", "1", "--filter-platform", &host]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

#[test]
fn no_crate_asks_for_a_newer_rust() {
    let version = |text: &str| {
        let numbers: Vec<u32> = text.split('.').map(|number| number.parse().unwrap()).collect();
        (numbers[0], numbers[1])
    };
    let ours = version(env!("CARGO_PKG_RUST_VERSION"));
    let packages = packages();
    assert!(packages.len() > 200);
    for package in &packages {
        if let Some(theirs) = package["rust_version"].as_str() {
            assert!(version(theirs) <= ours, "{} asks for Rust {theirs}", package["name"]);
        }
    }
    let page = include_str!("../../../docs/supply-chain.md");
    assert!(page.contains(&format!("**Rust {}.{}**", ours.0, ours.1)));
}

#[test]
fn every_member_forbids_unsafe_code() {
    let members: Vec<Value> = packages().into_iter().filter(|package| package["source"].is_null()).collect();
    assert!(members.len() > 8);
    for member in &members {
        let manifest = std::fs::read_to_string(member["manifest_path"].as_str().unwrap()).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}", member["name"]);
    }
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        assert!(std::fs::read_to_string(root().join(manifest)).unwrap().contains("unsafe_code = \"forbid\""), "{manifest}");
    }
}

#[test]
fn neither_openssl_nor_aws_lc_is_in_the_tree() {
    let lock = include_str!("../../../Cargo.lock");
    let names: Vec<&str> = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).collect();
    assert!(names.contains(&"ring") && names.contains(&"reqwest"), "the lock file was read");
    for name in names {
        // openssl-probe is no OpenSSL: it knows the paths where systems keep their root certificates.
        let openssl = name.contains("openssl") && name != "openssl-probe";
        assert!(!openssl && !name.contains("aws-lc") && name != "native-tls", "{name}");
    }
}

#[test]
fn every_exception_to_an_advisory_has_a_reason() {
    let deny = include_str!("../../../deny.toml");
    let lines: Vec<&str> = deny.lines().collect();
    let excepted: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].trim().starts_with("\"RUSTSEC-")).collect();
    assert_eq!(excepted.len(), 1);
    for at in excepted {
        assert!(lines[at - 1].trim().starts_with('#'), "{}", lines[at]);
    }
}
