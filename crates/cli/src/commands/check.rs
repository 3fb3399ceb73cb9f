//! `certflight check`. It starts no async runtime and builds no HTTP client.

use crate::args::{CheckArgs, Format};
use crate::failure::{Exit, Usage};
use crate::format::{human, json};
use crate::input::{self, Input};
use certflight_validate::{Request, Source, Verdict};
use std::io::Write;

pub(crate) fn run(args: &CheckArgs, out: &mut impl Write) -> Result<Exit, Usage> {
    let inputs = input::read(&args.inputs)?;
    let sources: Vec<Source<'_>> = inputs.iter().map(Input::source).collect();
    let request = Request { sources: &sources, origin: args.inputs.origin.as_deref() };
    let report = certflight_validate::check(&request, &args.policy());
    match args.format {
        Format::Human => human::report(&report, out)?,
        Format::Json => json::write(&json::Document::of(&report), out)?,
    }
    out.flush()?;
    Ok(match report.verdict() {
        Verdict::Pass => Exit::Pass,
        Verdict::Fail => Exit::Rejected,
    })
}
