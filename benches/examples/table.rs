//! What the bench `ratio` measured, as docs/speed.md has it: `table` prints it, `table --write` puts it there.

#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "it prints the table")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const BEGIN: &str = "<!-- written by `cargo run --release -p certflight-benches --example table -- --write` -->\n";
const END: &str = "<!-- end -->\n";

const KINDS: [&str; 6] = ["P-256", "RSA-2048 under RSA-4096", "RSA-4096", "Ed25519", "P-384", "P-521"];

fn main() {
    let text = text();
    if std::env::args().nth(1).as_deref() == Some("--write") {
        let path = root().join("docs/speed.md");
        let page = fs::read_to_string(&path).expect("docs/speed.md");
        let (before, rest) = page.split_once(BEGIN).expect("the mark before the tables");
        let (_, after) = rest.split_once(END).expect("the mark after them");
        fs::write(&path, format!("{before}{BEGIN}{text}{END}{after}")).expect("docs/speed.md can be written");
    } else {
        println!("{text}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The median of a bench in microseconds, where it ran.
fn median(group: &str, name: &str) -> Option<f64> {
    // Criterion names folders without slashes.
    let path = root().join("target/criterion").join(format!("ratio_{group}")).join(name).join("new/estimates.json");
    let estimates: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    Some(estimates["median"]["point_estimate"].as_f64()? / 1000.0)
}

fn text() -> String {
    let mut out = format!("{}\n\n", machine());
    line(
        &mut out,
        &[
            "bundle",
            "verify",
            "match",
            "floor",
            "whole",
            "ratio",
            "scan",
            "decode",
            "certificates",
            "key",
            "path",
            "rules",
            "webpki",
        ],
    );
    line(&mut out, &["---"; 13]);
    for kind in KINDS {
        let of = |name| median(kind, name).unwrap_or_else(|| panic!("{kind}: {name} was not measured"));
        let steps = ["scan", "decode", "certificates", "key", "path", "whole"].map(of);
        let alone = (0..steps.len()).map(|at| steps[at] - if at > 0 { steps[at - 1] } else { 0.0 });
        let mut cells: Vec<String> = [of("verify"), of("match"), of("floor"), of("whole")].map(|time| format!("{time:.1}")).into();
        cells.insert(0, kind.to_owned());
        cells.push(format!("**{:.2}**", of("whole") / of("floor")));
        cells.extend(alone.map(|time| format!("{time:.1}")));
        cells.push(median(kind, "webpki").map_or("–".to_owned(), |time| format!("{time:.1}")));
        line(&mut out, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    out.push('\n');
    line(&mut out, &["bundle", "floor", "whole", "ratio", "webpki"]);
    line(&mut out, &["---"; 5]);
    let deep = [3, 10, 30].map(|count| format!("{count} certificates on the path"));
    let roots = [1, 10, 150, 1000].map(|count| format!("{count} roots in the CA file"));
    let crossed = [4, 8, 16].map(|count| format!("{count} CAs that certify each other"));
    for name in deep.iter().chain(&roots).chain(&crossed) {
        let whole = median(name, "whole").unwrap_or_else(|| panic!("{name} was not measured"));
        let floor = median(name, "floor");
        let shown = |time: Option<f64>| time.map_or("–".to_owned(), |time| format!("{time:.1}"));
        let ratio = floor.map_or("–".to_owned(), |floor| format!("{:.2}", whole / floor));
        line(&mut out, &[name, &shown(floor), &format!("{whole:.1}"), &ratio, &shown(median(name, "webpki"))]);
    }
    out
}

fn line(out: &mut String, cells: &[&str]) {
    let _ = writeln!(out, "| {} |", cells.join(" | ")); // writing to a String does not fail
}

/// What it was measured on.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unknown processor", |line| line.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let printed = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().map(|output| output.stdout).unwrap_or_default();
        String::from_utf8_lossy(&output).trim().to_owned()
    };
    let day = printed("date", &["-u", "+%Y-%m-%d"]);
    format!(
        "{model}, {cores} cores, {}, {} ({}), on {day}. Microseconds.",
        printed("uname", &["-srm"]),
        printed("rustc", &["-V"]),
        "release profile"
    )
}
