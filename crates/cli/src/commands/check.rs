//! `certflight check`. It starts no async runtime and builds no HTTP client.

use crate::args::{CheckArgs, Format};
use crate::failure::{Exit, Usage};
use crate::format::{human, json};
use crate::input;
use certflight_validate::{Request, Verdict};
use std::io::Write;

pub(crate) fn run(args: &CheckArgs, out: &mut impl Write) -> Result<Exit, Usage> {
    let inputs = input::read(&args.inputs)?;
    let sources = inputs.sources();
    let request = Request { sources: &sources, origin: args.inputs.origin.as_deref() };
    let report = certflight_validate::check(&request, &args.policy());
    match args.format {
        Format::Human => human::report(&report, &inputs.skipped, out)?,
        Format::Json => json::write(&json::Document::of(&report, &inputs.skipped), out)?,
    }
    out.flush()?;
    Ok(match report.verdict() {
        Verdict::Pass => Exit::Pass,
        Verdict::Fail => Exit::Rejected,
    })
}
