//! Looks for the slowest input under the bounds: in each family it goes from the smallest numbers to worse ones, by chance, and prints the worst that it found.
//!
//! `search` searches all families, `search FAMILY` one of them, each for `SECONDS` (a variable, 20 by default). `search FAMILY NUMBER…` measures one input.

#![allow(clippy::print_stdout, reason = "it prints what it found")]

use certflight_benches::hostile::{FAMILIES, Family};
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Clone, Copy, Default)]
struct Taken {
    /// Processor time in nanoseconds.
    cpu: u64,
    /// The most memory of the process, in KiB, and what it was before.
    peak: u64,
    before: u64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = arguments.iter().skip(1).filter_map(|number| number.parse().ok()).collect();
    for family in FAMILIES.iter().filter(|family| arguments.first().is_none_or(|name| name == family.name)) {
        if numbers.is_empty() {
            search(family);
        } else {
            let (taken, ended, bytes) = measure(family, &numbers);
            println!("{} {} {} {bytes} {ended}", taken.cpu, taken.peak, taken.before);
        }
    }
}

/// The first line of a file of the kernel's that begins with `word`: its first number.
fn number(path: &str, word: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(word)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn measure(family: &Family, numbers: &[usize]) -> (Taken, String, usize) {
    let case = (family.build)(numbers);
    let bytes = case.sources.iter().map(|(_, bytes)| bytes.len()).sum();
    // The peak counts from here (proc_pid_clear_refs(5)).
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = number("/proc/self/status", "VmHWM:");
    let start = number("/proc/self/schedstat", "");
    let ended = case.run();
    let cpu = number("/proc/self/schedstat", "").saturating_sub(start);
    (Taken { cpu, peak: number("/proc/self/status", "VmHWM:"), before }, ended, bytes)
}

/// One process a measurement, so that the memory is its own.
fn apart(family: &Family, numbers: &[usize]) -> (Taken, String) {
    let program = std::env::current_exe().expect("this program");
    let arguments = numbers.iter().map(ToString::to_string);
    let output = Command::new(program).arg(family.name).args(arguments).output().expect("a process");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut words = text.split_whitespace();
    let mut next = || words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
    let taken = Taken { cpu: next(), peak: next(), before: next() };
    (taken, text.trim().splitn(4, ' ').last().unwrap_or_default().to_owned())
}

fn search(family: &Family) {
    let seconds = std::env::var("SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(20);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut worst: Vec<(Taken, Vec<usize>, String)> = Vec::new();
    let middle = |least: usize, most: usize| least + (most - least).min(8);
    let mut best: (Taken, Vec<usize>) =
        (Taken::default(), family.numbers.iter().map(|(_, least, most)| middle(*least, *most)).collect());
    let mut failures = 0;
    while Instant::now() < end {
        let mut next = best.1.clone();
        if failures > 12 {
            // Somewhere else.
            for (number, (_, least, most)) in next.iter_mut().zip(family.numbers) {
                let top = (*most - *least + 1) as f64;
                *number = (*least + top.powf(fastrand::f64()) as usize - 1).min(*most);
            }
        } else {
            for _ in 0..fastrand::usize(1..4) {
                let at = fastrand::usize(..next.len());
                let (Some(number), Some((_, least, most))) = (next.get_mut(at), family.numbers.get(at)) else { continue };
                *number = match fastrand::u8(..5) {
                    0 => number.saturating_mul(2),
                    1 => *number / 2,
                    2 => number.saturating_mul(8),
                    3 => number.saturating_add(1),
                    _ => fastrand::usize(*least..=*most),
                }
                .clamp(*least, *most);
            }
        }
        let (taken, ended) = apart(family, &next);
        let is_worse = |taken: &Taken| taken.cpu > best.0.cpu + best.0.cpu / 50;
        if is_worse(&taken) {
            (best, failures) = ((taken, next.clone()), 0);
        } else {
            failures = if failures > 12 { 0 } else { failures + 1 };
        }
        worst.push((taken, next, ended));
    }
    let tried = worst.len();
    let by_time = worst.iter().max_by_key(|(taken, ..)| taken.cpu);
    let by_memory = worst.iter().max_by_key(|(taken, ..)| taken.peak);
    for (what, found) in [("time", by_time), ("memory", by_memory)] {
        let Some((taken, numbers, ended)) = found else { continue };
        let named: Vec<String> =
            family.numbers.iter().zip(numbers).map(|((name, ..), number)| format!("{name} {number}")).collect();
        println!(
            "{} ({what}, of {tried}): {} ms, {} MiB (inputs {} MiB)\n    {}\n    search '{}' {}\n    {ended}",
            family.name,
            taken.cpu / 1_000_000,
            taken.peak / 1024,
            taken.before / 1024,
            named.join(", "),
            family.name,
            numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        );
    }
}
