//! Names that are made to deceive: in subjects, alternative names, file names and origins, in every format.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod support;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};
use std::fs;
use std::path::Path;
use support::{Ended, command};

/// Colours and a cleared screen, a line of its own, a workflow command, text turned round, markup, and what ends attributes and CDATA.
const HOSTILE: &str = "\u{1b}[2J\u{1b}[31mPASS\r\n::error::forged\n\u{202e}txet\u{2066}<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;]]>-->%0A\u{7f}\u{9b}";

const FORMATS: [&str; 5] = ["human", "json", "github", "junit", "html"];

/// A chain whose leaf and root have this subject and whose leaf has it as an alternative name, written to `client.pem`, `client.key` and `ca.pem`; the key is of
/// neither, so that there is something to say.
fn bundle(folder: &Path, name: &str) {
    let key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, name);
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name.push(DnType::CommonName, name);
    leaf.distinguished_name.push(DnType::OrganizationName, name);
    let ascii: String = name.chars().filter(char::is_ascii).collect();
    leaf.subject_alt_names = vec![SanType::URI(ascii.clone().try_into().unwrap()), SanType::DnsName(ascii.try_into().unwrap())];
    let leaf_key = KeyPair::generate().unwrap();
    let issued = leaf.signed_by(&leaf_key, &Issuer::from_params(&root, &key)).unwrap();
    fs::write(folder.join("client.pem"), issued.pem()).unwrap();
    fs::write(folder.join("client.key"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    fs::write(folder.join("ca.pem"), root.self_signed(&key).unwrap().pem()).unwrap();
}

fn check(folder: &Path, format: &str, more: &[&str]) -> Ended {
    let mut command = command();
    command.current_dir(folder).args(["check", "--verbose", "--format", format]).args(more);
    Ended::of(command.output().unwrap())
}

/// What holds of every format: one line stays one, nothing steers a terminal or turns text round, and what is too long is cut.
fn is_tame(format: &str, ended: &Ended) {
    for (stream, text) in [("out", &ended.out), ("err", &ended.err)] {
        let wild = text.chars().find(|c| certflight_validate::Escaped::is_needed(*c) && *c != '\n');
        assert_eq!(wild, None, "{format} {stream}: {text}");
        assert!(!text.lines().any(|line| line.starts_with("::error::forged") || line.starts_with("PASS")), "{format}: {text}");
        assert!(text.len() < 100_000, "{format}: {} bytes", text.len());
    }
    match format {
        "json" => drop(ended.json()),
        "github" => {
            let (lines, verdict) = ended.out.trim_end().rsplit_once('\n').unwrap();
            assert!(verdict.starts_with("certflight: FAIL"), "{}", ended.out);
            for line in lines.lines() {
                assert!(["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start)), "{line}");
            }
        }
        "junit" => {
            roxmltree::Document::parse(&ended.out).unwrap();
        }
        "html" => {
            for tag in ["<script", "<img", "onerror=alert(1)>", "]]>"] {
                assert!(!ended.out.contains(tag), "{tag}: {}", ended.out);
            }
            // Every quotation mark of an attribute is the report's own.
            assert!(!ended.out.contains("\"'&amp;]"), "{}", ended.out);
        }
        _ => {}
    }
}

const INPUTS: [&str; 6] = ["--cert", "client.pem", "--key", "client.key", "--ca", "ca.pem"];

#[test]
fn in_subjects_and_alternative_names() {
    let folder = tempfile::tempdir().unwrap();
    bundle(folder.path(), HOSTILE);
    for format in FORMATS {
        let ended = check(folder.path(), format, &INPUTS);
        is_tame(format, &ended);
        let shown = if format == "json" { r"\\u{1b}[2J" } else { r"\u{1b}[2J" };
        assert_eq!(ended.code, 1, "{}", ended.err);
        assert!(ended.out.contains(shown), "{format}: {}", ended.out);
        assert!(ended.out.contains("key-mismatch"), "{format}: {}", ended.out);
    }
}

#[test]
fn of_sixty_four_kilobytes() {
    let folder = tempfile::tempdir().unwrap();
    bundle(folder.path(), &"x".repeat(64 * 1024));
    for format in FORMATS {
        let ended = check(folder.path(), format, &INPUTS);
        is_tame(format, &ended);
        assert!(ended.out.contains("xxx…"), "{format}: it is cut, and the cut is marked");
    }
    let ended = check(folder.path(), "human", &[&INPUTS[..], &["--quiet"]].concat());
    is_tame("human", &Ended { out: ended.out, err: ended.err, code: ended.code });
}

#[test]
fn in_origins() {
    let folder = tempfile::tempdir().unwrap();
    bundle(folder.path(), "client.example.com");
    let long = format!("https://{}.example.com", "x".repeat(64 * 1024));
    for origin in
        [HOSTILE.to_owned(), format!("https://{HOSTILE}.example.com/"), format!("https://api.example.com/{HOSTILE}"), long]
    {
        for format in FORMATS {
            let ended = check(folder.path(), format, &[&INPUTS[..], &["--origin", &origin]].concat());
            is_tame(format, &ended);
            assert!(ended.out.contains("[origin-") || ended.out.contains("origin-"), "{format}: {}", ended.out);
        }
    }
}

/// Windows allows no such name.
#[cfg(unix)]
#[test]
fn in_file_names() {
    // A name has no slash and at most 255 bytes.
    let name = HOSTILE.replace('/', "");
    let folder = tempfile::tempdir().unwrap();
    bundle(folder.path(), "client.example.com");
    fs::rename(folder.path().join("client.pem"), folder.path().join(&name)).unwrap();
    fs::write(folder.path().join(format!("{name}.txt")), "nothing").unwrap();
    for format in FORMATS {
        let named = check(folder.path(), format, &["--cert", &name, "--key", "client.key", "--ca", "ca.pem"]);
        is_tame(format, &named);
        assert!(named.out.contains("key-mismatch"), "{format}: {}", named.out);
        is_tame(format, &check(folder.path(), format, &["."]));
        // What names no file is told of on the other stream.
        let ended = check(folder.path(), format, &["--cert", &format!("{name}?")]);
        assert_eq!(ended.code, 2);
        assert!(!ended.err.chars().any(|c| certflight_validate::Escaped::is_needed(c) && c != '\n'), "{}", ended.err);
    }
}
