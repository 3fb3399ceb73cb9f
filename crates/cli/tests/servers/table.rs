//! The page docs/probe-servers.md: rows compared, or written with `CERTFLIGHT_BLESS=1`.

use super::case::{CASES, Case};
use super::curl;
use super::identity::Identity;
use super::probe::{self, Seen};
use super::reasons::{self, Way};
use super::server::{Program, Setting, Start};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const HEAD: &str = "\
| case | validation | TLS 1.3 | TLS 1.2 | certflight | agrees |
|---|---|---|---|---|---|
";

/// A folder of this test's own, empty.
pub(crate) fn folder(program: &Program) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers").join(program.name.replace([' ', '/'], "-"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs every row against a server, and holds what it saw to the page.
pub(crate) fn hold(program: &Program, start: impl FnMut(&Setting<'_>) -> Start) {
    if let Some(why) = program.missing() {
        let _ = writeln!(std::io::stderr(), "NOT RUN: {}: {why}", program.name);
        return;
    }
    let mut differences = Vec::new();
    let section = section(program, start, &mut differences);
    let heading = format!("{} {}", program.name, program.series);
    compare(&heading, &section);
    assert!(differences.is_empty(), "{}: {}", program.name, differences.join("\n"));
}

fn section(program: &Program, mut start: impl FnMut(&Setting<'_>) -> Start, differences: &mut Vec<String>) -> String {
    let folder = folder(program);
    let identity = Identity::in_folder(&folder);
    let (mut table, mut cannot) = (HEAD.to_owned(), String::new());
    let (mut needed, mut noted) = (BTreeSet::new(), BTreeSet::new());
    let no_curl = curl::missing();
    if let Some(why) = &no_curl {
        let _ = writeln!(std::io::stderr(), "NOT RUN: curl beside {}: {why}", program.name);
    }
    for (number, case) in CASES.iter().enumerate() {
        let folder = folder.join(number.to_string());
        fs::create_dir_all(&folder).unwrap();
        let files = case.files(&folder, &identity.root_pem);
        let setting = Setting {
            auth: case.auth,
            limit: case.limit,
            versions: case.versions,
            identity: &identity,
            trust: &files.trust,
            revocations: files.revocations.as_deref(),
            folder: &folder,
        };
        match start(&setting) {
            Start::Listening(server) => {
                let seen = probe::probe(&files, server.port);
                if no_curl.is_none() {
                    differences.extend(curl::compare(program.name, case, &files, server.port, &seen, &mut noted));
                }
                let agrees = match reason(program, case, &seen) {
                    Ok(None) => "yes".to_owned(),
                    Ok(Some(name)) => {
                        needed.insert((name, case.name));
                        format!("no: `{name}`")
                    }
                    Err(why) => {
                        differences.push(format!("{}: {why}", case.name));
                        "no".to_owned()
                    }
                };
                let _ = writeln!(table, "| {} | {agrees} |", row(program, case, &seen));
            }
            Start::CannotBeConfigured(why) => {
                let _ = writeln!(cannot, "- {}: {why}", case.name);
            }
        }
    }
    differences.extend(reasons::idle(program.name, &needed));
    if no_curl.is_none() {
        differences.extend(curl::idle(program.name, &noted));
    }
    if cannot.is_empty() { table } else { format!("{table}\nCannot be configured:\n\n{cannot}") }
}

fn row(program: &Program, case: &Case, seen: &Seen) -> String {
    let validation = if seen.validation.is_empty() { "pass".to_owned() } else { codes(&seen.validation) };
    let mut says = seen.acceptance.clone();
    if !seen.codes.is_empty() {
        says = format!("{says}: {}", codes(&seen.codes));
    }
    let wire = |tls| reasons::either(program.name, case.name, tls, seen.wire(tls, case.shows_without));
    let (tls13, tls12) = (wire("1.3"), wire("1.2"));
    format!("{} | {validation} | {tls13} | {tls12} | {says}", case.name)
}

fn codes(codes: &[String]) -> String {
    codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(" ")
}

/// Why validation and server differ, if they do. They agree where the server refuses what has an error, and nothing else.
fn reason(program: &Program, case: &Case, seen: &Seen) -> Result<Option<&'static str>, String> {
    let way = match (seen.acceptance.as_str(), seen.validation.is_empty()) {
        ("unknown", _) => Way::Unknown,
        ("refused", true) => Way::Refuses,
        ("accepted" | "not-required" | "not-requested", false) => Way::Accepts,
        _ => return Ok(None),
    };
    match reasons::of(program.name, case.name, way)[..] {
        [reason] => Ok(Some(reason.name)),
        [] => Err(format!("there is no reason to differ: {}", row(program, case, seen))),
        _ => Err("there is more than one reason".to_owned()),
    }
}

/// One file for tests that run side by side.
static PAGE: Mutex<()> = Mutex::new(());

/// Holds a section of the page to what it has to be.
pub(crate) fn compare(heading: &str, section: &str) {
    let _held = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/probe-servers.md");
    let page = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let mut parts: Vec<String> = page.split("\n## ").map(|part| part.trim_end_matches('\n').to_owned()).collect();
    let part = parts.iter_mut().find(|part| part.lines().next() == Some(heading));
    let part = part.unwrap_or_else(|| panic!("the page has no heading {heading}"));
    let now = format!("{heading}\n\n{}", section.trim_end_matches('\n'));
    if std::env::var_os("CERTFLIGHT_BLESS").is_some_and(|value| value == "1") {
        *part = now;
        fs::write(&path, parts.join("\n\n## ") + "\n").unwrap();
        return;
    }
    let (before, after): (Vec<_>, Vec<_>) = (part.lines().collect(), now.lines().collect());
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| format!("- {line}\n"));
    let new = after.iter().filter(|line| !before.contains(line)).map(|line| format!("+ {line}\n"));
    let changes: String = gone.chain(new).collect();
    assert!(*part == now, "{heading}: CERTFLIGHT_BLESS=1 writes the page anew\n{changes}");
}
