//! What the bench `ratio` measured, as docs/speed.md has it: `table` prints it, `table --write` puts it there.

#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "it prints the table")]

use certflight_benches::bundle::{self, Bundle};
use certflight_benches::decoders;
use certflight_benches::floor::Floor;
use certflight_validate::validate;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const BEGIN: &str = "<!-- written by `cargo run --release -p certflight-benches --example table -- --write` -->\n";
const END: &str = "<!-- end -->\n";

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

/// How often floor and whole are measured in turns, each over so many microseconds: the machine may be slow for a while, and then it is for both.
const TURNS: usize = 101;
const TURN: f64 = 4000.0;

/// The ratio of a whole check to its floor, and that of the floor with the decoders.
fn ratios(bundle: &Bundle) -> (f64, f64) {
    let floor = Floor::of(bundle);
    let sources = bundle.sources();
    let (request, gate) = (bundle::request(&sources), bundle::gate());
    let whole = in_turns(&|| floor.run(), &|| validate(&request, &gate).is_ok());
    let bare = in_turns(&|| floor.run(), &|| decoders::run(bundle) && floor.run());
    (whole, bare)
}

/// The median of the ratios of `whole` to `floor`, in turns.
fn in_turns(floor: &dyn Fn() -> bool, whole: &dyn Fn() -> bool) -> f64 {
    let once = |times: usize, run: &dyn Fn() -> bool| {
        let began = Instant::now();
        (0..times).for_each(|_| assert!(black_box(run())));
        began.elapsed().as_secs_f64() * 1e6
    };
    let times = (TURN / once(1, floor).max(once(1, whole))).ceil() as usize;
    let mut ratios: Vec<f64> = (0..TURNS).map(|_| once(times, whole) / once(times, floor)).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[TURNS / 2]
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
            "bare",
            "scan",
            "decode",
            "certificates",
            "key",
            "path",
            "rules",
            "webpki",
        ],
    );
    line(&mut out, &["---"; 14]);
    for bundle in bundle::by_key() {
        let kind = bundle.name.as_str();
        let of = |name| median(kind, name).unwrap_or_else(|| panic!("{kind}: {name} was not measured"));
        let steps = ["scan", "decode", "certificates", "key", "path", "whole"].map(of);
        let alone = (0..steps.len()).map(|at| steps[at] - if at > 0 { steps[at - 1] } else { 0.0 });
        let mut cells: Vec<String> = [of("verify"), of("match"), of("floor"), of("whole")].map(|time| format!("{time:.1}")).into();
        cells.insert(0, kind.to_owned());
        let (whole, bare) = ratios(&bundle);
        cells.extend([format!("**{whole:.2}**"), format!("{bare:.2}")]);
        cells.extend(alone.map(|time| format!("{time:.1}")));
        cells.push(median(kind, "webpki").map_or("–".to_owned(), |time| format!("{time:.1}")));
        line(&mut out, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    out.push('\n');
    line(&mut out, &["bundle", "floor", "whole", "ratio", "webpki"]);
    line(&mut out, &["---"; 5]);
    let deep = [3, 10, 30].map(bundle::deep);
    let roots = [1, 10, 150, 1000].map(bundle::roots);
    let crossed = [4, 8, 16].map(bundle::cross_signed);
    for bundle in deep.iter().chain(&roots).chain(&crossed) {
        let name = &bundle.name;
        let whole = median(name, "whole").unwrap_or_else(|| panic!("{name} was not measured"));
        let floor = median(name, "floor");
        let shown = |time: Option<f64>| time.map_or("–".to_owned(), |time| format!("{time:.1}"));
        let ratio = floor.map_or("–".to_owned(), |_| format!("{:.2}", ratios(bundle).0));
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
