//! `certflight check`. It starts no async runtime and builds no HTTP client.

use crate::args::{CheckArgs, ReportFormat};
use crate::failure::{Exit, Usage};
use crate::format::human::{self, Detail};
use crate::format::{Shown, github, html, json, junit};
use crate::input;
use crate::terminal::Look;
use certflight_validate::{Request, Verdict};
use std::io::{self, Write};

pub(crate) fn run(args: &CheckArgs, non_interactive: bool, out: &mut impl Write) -> Result<Exit, Usage> {
    let inputs = input::read(&args.inputs, args.gate.replaces.as_deref(), non_interactive)?;
    let sources = inputs.sources();
    let request = Request { sources: &sources, origin: args.inputs.origin.as_deref() };
    let report = certflight_validate::check(&request, &args.policy());
    let shown =
        Shown { report: &report, sources: &sources, skipped: &inputs.skipped, min_severity: args.output.min_severity.into() };
    match args.output.format {
        ReportFormat::Human => {
            let detail = match (args.output.quiet, args.output.verbose) {
                (true, _) => Detail::Quiet,
                (_, true) => Detail::Verbose,
                _ => Detail::Usual,
            };
            human::report(&shown, detail, &Look::of(&io::stdout()), out)?;
        }
        ReportFormat::Json => json::write(&json::Document::of(&shown), out)?,
        ReportFormat::Github => github::write(&shown, out)?,
        ReportFormat::Junit => junit::write(&shown, out)?,
        ReportFormat::Html => html::write(&shown, out)?,
    }
    out.flush()?;
    Ok(match report.verdict() {
        Verdict::Pass => Exit::Pass,
        Verdict::Fail => Exit::Rejected,
    })
}
