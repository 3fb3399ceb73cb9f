//! Processor time of whole processes, in turns: `paired ROUNDS COMMAND… [-- COMMAND…]…` prints for each command the median over the rounds, in microseconds, and its ratio to the first.
//!
//! The time is that of the process's first thread, from its creation on, as the kernel counts it in nanoseconds; so the commands have one thread. Linux alone has it.

#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "it prints what it measured")]

use std::fs;
use std::process::{Command, Stdio};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (rounds, rest) = arguments.split_first().expect("usage: paired ROUNDS COMMAND… [-- COMMAND…]…");
    let commands: Vec<&[String]> = rest.split(|word| word == "--").collect();
    let mut taken: Vec<Vec<f64>> = vec![Vec::new(); commands.len()];
    for _ in 0..rounds.parse().expect("a number of rounds") {
        for (command, taken) in commands.iter().zip(&mut taken) {
            taken.push(run(command));
        }
    }
    let medians: Vec<f64> = taken.iter_mut().map(|taken| median(taken)).collect();
    for (command, taken) in commands.iter().zip(&medians) {
        println!("{taken:.0} {:.3} {}", taken / medians[0], command.join(" "));
    }
}

/// Microseconds. While a process that has ended waits to be waited for, the kernel still tells of it.
fn run(command: &[String]) -> f64 {
    let (program, arguments) = command.split_first().expect("a command");
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the command starts");
    let of_child = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", child.id())).expect("Linux");
    while !of_child("stat").contains(") Z ") {}
    let nanoseconds: f64 = of_child("schedstat").split(' ').next().and_then(|first| first.parse().ok()).expect("a number");
    let status = child.wait().expect("it has ended");
    assert!(status.success(), "{program}: {status}");
    nanoseconds / 1000.0
}

fn median(list: &mut [f64]) -> f64 {
    list.sort_by(f64::total_cmp);
    list[list.len() / 2]
}
