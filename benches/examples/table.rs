//! What the bench `ratio` measures, in turns, as docs/speed.md has it: `table` prints it, `table --write` puts it there.

#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "it prints the table")]

use certflight_benches::bundle;
use certflight_benches::steps::{self, Step};
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

/// How often each step is measured, in turns with the others, and over how many microseconds at a time: the machine may be slow for a while, and then it is for all.
const TURNS: usize = 101;
const TURN: f64 = 3000.0;

/// What the steps of a bundle took, in microseconds, turn by turn.
struct Measured(Vec<(&'static str, Vec<f64>)>);

impl Measured {
    fn of(steps: &[Step<'_>]) -> Self {
        let once = |times: usize, run: &dyn Fn() -> bool| {
            let began = Instant::now();
            (0..times).for_each(|_| assert!(black_box(run())));
            began.elapsed().as_secs_f64() * 1e6 / times as f64
        };
        let times: Vec<usize> = steps.iter().map(|(_, run)| (TURN / once(3, run)).ceil() as usize).collect();
        let mut taken: Vec<(&str, Vec<f64>)> = steps.iter().map(|(name, _)| (*name, Vec::new())).collect();
        for _ in 0..TURNS {
            for ((step, times), (_, taken)) in steps.iter().zip(&times).zip(&mut taken) {
                taken.push(once(*times, &step.1));
            }
        }
        Measured(taken)
    }

    fn turns(&self, name: &str) -> Option<&[f64]> {
        self.0.iter().find(|(step, _)| *step == name).map(|(_, turns)| turns.as_slice())
    }

    fn median(&self, name: &str) -> Option<f64> {
        self.turns(name).map(|turns| median(turns.to_vec()))
    }

    /// The median over the turns of what `of` makes of the times of these steps.
    fn of_turns<const N: usize>(&self, names: [&str; N], of: impl Fn([f64; N]) -> f64) -> Option<f64> {
        let steps = names.map(|name| self.turns(name));
        steps
            .iter()
            .all(Option::is_some)
            .then(|| median((0..TURNS).map(|turn| of(steps.map(|step| step.map_or(f64::NAN, |step| step[turn])))).collect()))
    }

    fn ratio(&self) -> Option<f64> {
        self.of_turns(["whole", "floor"], |[whole, floor]| whole / floor)
    }
}

fn median(mut list: Vec<f64>) -> f64 {
    list.sort_by(f64::total_cmp);
    list[list.len() / 2]
}

const COLUMNS: [&str; 15] = [
    "bundle",
    "verify",
    "match",
    "floor",
    "whole",
    "**ratio**",
    "decoders",
    "bare",
    "scan",
    "decode",
    "certificates",
    "key",
    "path",
    "rules",
    "webpki",
];

fn text() -> String {
    let time = |time: Option<f64>| time.map_or("–".to_owned(), |time| format!("{time:.1}"));
    let ratio = |ratio: Option<f64>| ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
    let mut out = format!("{}\n\n", machine());
    line(&mut out, &COLUMNS);
    line(&mut out, &["---"; COLUMNS.len()]);
    for bundle in bundle::by_key() {
        let measured = Measured::of(&steps::all(&bundle));
        let steps = ["scan", "decode", "certificates", "key", "path", "whole"];
        let alone = steps.windows(2).map(|pair| measured.of_turns([pair[0], pair[1]], |[before, up_to]| up_to - before));
        let bare = measured.of_turns(["decoders", "floor"], |[decoders, floor]| (decoders + floor) / floor);
        let mut cells = vec![bundle.name.clone()];
        cells.extend(["verify", "match", "floor", "whole"].map(|name| time(measured.median(name))));
        cells.extend([format!("**{}**", ratio(measured.ratio())), time(measured.median("decoders")), ratio(bare)]);
        cells.push(time(measured.median("scan")));
        cells.extend(alone.map(time));
        cells.push(time(measured.median("webpki")));
        line(&mut out, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    out.push('\n');
    line(&mut out, &["bundle", "floor", "whole", "ratio", "webpki"]);
    line(&mut out, &["---"; 5]);
    let (sized, graphs) = (bundle::deep_and_broad(), bundle::graphs());
    let sized = sized.iter().map(|bundle| (bundle, steps::with_floor(bundle)));
    for (bundle, steps) in sized.chain(graphs.iter().map(|bundle| (bundle, steps::whole(bundle)))) {
        let measured = Measured::of(&steps);
        let cells = [
            time(measured.median("floor")),
            time(measured.median("whole")),
            ratio(measured.ratio()),
            time(measured.median("webpki")),
        ];
        line(&mut out, &[&[bundle.name.as_str()][..], &cells.each_ref().map(String::as_str)].concat());
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
