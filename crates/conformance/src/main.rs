//! Runs files of x509-limbo and PKITS through the library and prints how many cases come out right: docs/conformance.md.
//!
//! `case` is what a suite's cases have in common; `limbo` and `pkits` read them; `run` asks the library, `judge` compares; `exceptions` has the
//! cases that may be wrong; `table` and `report` print.

mod args;
mod case;
mod exceptions;
mod judge;
mod limbo;
mod pkits;
mod report;
mod run;
mod table;

use args::{Cli, Suite};
use case::{Case, Unreadable};
use clap::Parser as _;
use exceptions::Exceptions;
use report::Report;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

const LIMBO_EXCEPTIONS: (&str, &str) = ("exceptions/limbo.toml", include_str!("../exceptions/limbo.toml"));
const PKITS_EXCEPTIONS: (&str, &str) = ("exceptions/pkits.toml", include_str!("../exceptions/pkits.toml"));

fn main() -> ExitCode {
    let (cases, exceptions) = match read(&Cli::parse().suite) {
        Ok(read) => read,
        Err(Unreadable(why)) => return unusable(&why),
    };
    let report = Report::new(&judge::all(&cases), &exceptions);
    let mut out = io::stdout().lock();
    match out.write_all(report.text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that has seen enough does not change how the run ended.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => unusable(&format!("the output cannot be written: {error}")),
        _ if report.passed => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    }
}

fn read(suite: &Suite) -> Result<(Vec<Case>, Exceptions), Unreadable> {
    match suite {
        Suite::Limbo { file, expectations, exceptions } => {
            let now = SystemTime::now().into();
            Ok((limbo::read(file, expectations.as_deref(), now)?, excepted(exceptions.as_ref(), LIMBO_EXCEPTIONS)?))
        }
        Suite::Pkits { folder, exceptions } => Ok((pkits::read(folder)?, excepted(exceptions.as_ref(), PKITS_EXCEPTIONS)?)),
    }
}

/// The list that was given, else the committed one.
fn excepted(given: Option<&PathBuf>, (name, committed): (&str, &str)) -> Result<Exceptions, Unreadable> {
    match given {
        None => exceptions::parse(Path::new(name), committed),
        Some(path) => {
            let text = String::from_utf8(case::read(path)?).map_err(|_| Unreadable::new(path, "is not UTF-8; save it as that"))?;
            exceptions::parse(path, &text)
        }
    }
}

fn unusable(why: &str) -> ExitCode {
    // Nothing is left to do where even standard error is closed.
    let _ = writeln!(io::stderr(), "certflight-conformance: {why}");
    ExitCode::from(2)
}
