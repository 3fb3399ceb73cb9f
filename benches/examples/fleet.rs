//! Batches for `certflight check --batch`, and what their cryptography alone takes.
//!
//! `fleet lines COUNT (own|shared)` prints a batch: bundles of all kinds of keys, each with CAs of its own, or all of a kind with theirs in common. `fleet floor FILE` prints how many
//! microseconds of processor time the crypto floors of a batch take together.

#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "it prints what it is asked for")]

use certflight_benches::bundle::{Bundle, Mixed};
use certflight_benches::floor::Floor;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::time::{Duration, Instant};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["lines", count, sharing @ ("own" | "shared")] => lines(count.parse().expect("a number"), *sharing == "shared"),
        ["floor", file] => floor(file),
        _ => panic!("usage: fleet lines COUNT (own|shared), fleet floor FILE"),
    }
}

fn lines(count: usize, shared: bool) -> io::Result<()> {
    let mixed = Mixed::new(shared);
    let mut out = BufWriter::new(io::stdout().lock());
    for at in 0..count {
        let Bundle { cert, key, ca, .. } = mixed.bundle(at);
        let line = serde_json::json!({ "id": at, "cert": cert, "key": key, "ca": ca, "origin": "https://api.example.com" });
        writeln!(out, "{line}")?;
    }
    out.flush()
}

fn floor(file: &str) -> io::Result<()> {
    let mut taken = Duration::ZERO;
    for line in BufReader::new(File::open(file)?).lines() {
        let line: serde_json::Value = serde_json::from_str(&line?)?;
        let text = |field: &str| line[field].as_str().expect("a text").to_owned();
        let bundle = Bundle { name: String::new(), cert: text("cert"), key: text("key"), ca: text("ca") };
        let floor = Floor::of(&bundle);
        // Once before, as caches are warm where one bundle follows another.
        assert!(floor.run());
        let began = Instant::now();
        assert!(floor.run());
        taken += began.elapsed();
    }
    println!("{}", taken.as_micros());
    Ok(())
}
