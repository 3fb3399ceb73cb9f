//! How the time of a check grows: with the number of bundles, the roots of a CA file, the depth of the path, the bytes of an input. `growth` prints a table of what it measured,
//! `growth --write` draws it, too, as docs/growth.svg. The command is looked for in target/release.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "it prints the table, and a bench that fails here measures nothing"
)]

use certflight_benches::bundle::{self, Bundle, Mixed};
use certflight_validate::{MAX_INPUT_BYTES, check, validate};
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What grows, in which unit, and what was measured: how much of it, and microseconds.
struct Series {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

fn main() {
    let series = [bundles(), roots(), depth(), bytes()];
    for Series { name, points } in &series {
        println!("| {name} | {} |", points.iter().map(|(x, y)| format!("{x}: {}", shown(*y))).collect::<Vec<_>>().join(", "));
    }
    if std::env::args().nth(1).as_deref() == Some("--write") {
        fs::write(root().join("docs/growth.svg"), drawn(&series)).expect("docs/growth.svg can be written");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn shown(microseconds: f64) -> String {
    match microseconds {
        small if small < 1000.0 => format!("{small:.0} µs"),
        more if more < 1e6 => format!("{:.1} ms", more / 1e3),
        much => format!("{:.1} s", much / 1e6),
    }
}

/// The time that the whole command takes, on all cores.
fn bundles() -> Series {
    let file = std::env::temp_dir().join(format!("certflight-growth-{}", std::process::id()));
    let mixed = Mixed::new(false);
    let lines: Vec<String> = (0..1000)
        .map(|at| {
            let Bundle { cert, key, ca, .. } = mixed.bundle(at);
            serde_json::json!({ "id": at, "cert": cert, "key": key, "ca": ca }).to_string()
        })
        .collect();
    let points = [1, 100, 10_000, 100_000].map(|count| {
        let mut out = BufWriter::new(fs::File::create(&file).expect("a temporary file"));
        (0..count).for_each(|at| writeln!(out, "{}", lines[at % lines.len()]).expect("room for it"));
        drop(out);
        let mut command = Command::new(root().join("target/release/certflight"));
        command.args(["check", "--at", certflight_fixtures::DEFAULT_AT, "--batch"]).arg(&file).stdout(Stdio::null());
        let taken = median(if count > 1000 { 1 } else { 5 }, || assert!(command.status().expect("the command starts").success()));
        (count as f64, taken)
    });
    fs::remove_file(&file).expect("it is ours");
    Series { name: "bundles of a batch, wall time on all cores", points: points.into() }
}

fn roots() -> Series {
    let points = [1, 10, 100, 1000].map(|count| (count as f64, whole(&bundle::roots(count))));
    Series { name: "roots in the CA file", points: points.into() }
}

fn depth() -> Series {
    let points = [3, 10, 20, 30].map(|count| (count as f64, whole(&bundle::deep(count))));
    Series { name: "certificates on the path", points: points.into() }
}

fn whole(bundle: &Bundle) -> f64 {
    let sources = bundle.sources();
    let (request, gate) = (bundle::request(&sources), bundle::gate());
    assert!(validate(&request, &gate).is_ok(), "{}", bundle.name);
    median(51, || assert!(black_box(validate(&request, &gate)).is_ok()))
}

/// Text before the root, up to the cap.
fn bytes() -> Series {
    let mut bundle = bundle::deep(3);
    let root = bundle.ca.clone();
    let points = [4096, 64 * 1024, 1024 * 1024, MAX_INPUT_BYTES].map(|size| {
        let filler = "# what a CA file has between its certificates\n";
        bundle.ca = filler.repeat((size - root.len()) / filler.len()) + &root;
        let sources = bundle.sources();
        let (request, gate) = (bundle::request(&sources), bundle::gate());
        assert!(check(&request, &gate.clone().into()).errors().next().is_none());
        (bundle.ca.len() as f64, median(21, || assert!(black_box(validate(&request, &gate)).is_ok())))
    });
    Series { name: "bytes of an input", points: points.into() }
}

fn median(times: usize, run: impl FnMut()) -> f64 {
    let mut run = run;
    let mut taken: Vec<f64> = (0..times)
        .map(|_| {
            let began = Instant::now();
            run();
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    taken.sort_by(f64::total_cmp);
    taken[taken.len() / 2]
}

/// Both axes logarithmic, a panel each.
fn drawn(series: &[Series]) -> String {
    let (width, height, margin) = (420.0, 260.0, 60.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        2.0 * width,
        2.0 * height
    );
    for (at, Series { name, points }) in series.iter().enumerate() {
        let (left, top) = ((at % 2) as f64 * width, (at / 2) as f64 * height);
        let range = |of: fn(&(f64, f64)) -> f64| {
            let logs = points.iter().map(of).map(f64::log10);
            (logs.clone().fold(f64::INFINITY, f64::min), logs.fold(f64::NEG_INFINITY, f64::max))
        };
        let ((x_from, x_to), (y_from, y_to)) = (range(|point| point.0), range(|point| point.1));
        let place = |(x, y): &(f64, f64)| {
            let across = (x.log10() - x_from) / (x_to - x_from);
            let up = (y.log10() - y_from) / (y_to - y_from);
            (left + margin + across * (width - 1.6 * margin), top + height - margin + up * (1.8 * margin - height))
        };
        let line: Vec<String> = points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{name}</text>", left + margin, top + 24.0);
        let _ = writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"#06c\" stroke-width=\"2\"/>", line.join(" "));
        for point in points {
            let (x, y) = place(point);
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"#06c\"/>");
            let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>", y - 9.0, shown(point.1));
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{}</text>",
                top + height - 36.0,
                point.0
            );
        }
    }
    svg + "</svg>\n"
}
