//! `certflight check`. It starts no async runtime and builds no HTTP client.

use crate::args::{CheckArgs, GateArgs, InputArgs, OutputArgs, ProbeArgs, ReportFormat};
use crate::failure::{Exit, Usage};
use crate::format::human::{self, Detail};
use crate::format::{Shown, github, html, json, junit};
use crate::passphrase::Passphrases;
use crate::terminal::Look;
use crate::{batch, input, probing};
use certflight_validate::{Policy, Request, on_clean_stack, validate};
use std::io::{self, Write};

pub(crate) fn run(args: &CheckArgs, non_interactive: bool, out: &mut impl Write) -> Result<Exit, Usage> {
    let CheckArgs { inputs, gate, output, .. } = args;
    let probe = args.probe_args.asked_for(args.probe)?;
    if let Some(batch) = &args.batch {
        return batch::run(args, batch, out);
    }
    run_as(&Asked { inputs, gate, policy: args.policy(), probe, output, non_interactive }, out)
}

/// What is to be checked, and how; and whether the origin is to be asked, too.
pub(crate) struct Asked<'a> {
    pub(crate) inputs: &'a InputArgs,
    pub(crate) gate: &'a GateArgs,
    pub(crate) policy: Policy,
    pub(crate) probe: Option<&'a ProbeArgs>,
    pub(crate) output: &'a OutputArgs,
    pub(crate) non_interactive: bool,
}

pub(crate) fn run_as(asked: &Asked<'_>, out: &mut impl Write) -> Result<Exit, Usage> {
    // Before the key is gone, nobody is waited for.
    let exit = on_clean_stack(|| report(asked, out))?;
    out.flush()?;
    Ok(exit)
}

fn report(asked: &Asked<'_>, out: &mut impl Write) -> Result<Exit, Usage> {
    let Asked { inputs: args, gate, policy, output, .. } = asked;
    let mut inputs = input::read_closed(args, gate.replaces.as_deref())?;
    let passphrases = Passphrases::new(args.passphrase_file.as_deref(), asked.non_interactive)?;
    let mut report = inputs.checked(args.origin.as_deref(), |request| certflight_validate::check(request, policy), || passphrases);
    let sources = inputs.sources();
    let request = Request { sources: &sources, origin: args.origin.as_deref() };
    let checked = report.verdict();
    let mut probing = None;
    if let (Some(probe), Some(at)) = (asked.probe, report.checked_at()) {
        let (joined, done) = match validate(&request, &gate.policy(at)) {
            Ok(bundle) => probing::of_sound(probe, &bundle, &report, policy)?,
            Err(_) => probing::of_unsound(probe, &request, &report, policy)?,
        };
        (report, probing) = (joined, Some(done));
    }
    let shown = Shown {
        probing: probing.as_ref(),
        min_severity: output.min_severity.into(),
        ..Shown::all(&report, &sources, &inputs.skipped)
    };
    match output.format {
        ReportFormat::Human => {
            let detail = match (output.quiet, output.verbose) {
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
    Ok(probing::exit(&report, checked, probing.as_ref()))
}
