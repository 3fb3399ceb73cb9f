//! `certflight upload`: checks, says what will be sent and where, sends, says what became of it.

mod dry;
mod ending;
mod sending;

use crate::api::{self, Api};
use crate::args::{Format, Global, UploadArgs};
use crate::failure::{Exit, Usage};
use crate::format::Shown;
use crate::format::human::{self, Detail};
use crate::format::json::{self, Document, Upload};
use crate::target::{self, Resolved};
use crate::terminal::Look;
use crate::token::{self, Found};
use crate::{ask, exposure, input, probing, receipt};
use certflight_sandbox::Sandbox;
use certflight_upload::{Request, Token};
use certflight_validate::{Escaped, Policy, Report, Role, on_clean_stack, skip_validation, validate};
use dry::Dry;
use ending::Ended;
use sending::{End, Expectation, Sending};
use std::io::{self, Write};

/// What stands for a token where none is needed. A word that no answer holds: what looks like the token is hidden in answers.
const NO_TOKEN: &str = "certflight-needs-no-token-here";

/// What stands for the address in a dry run of `--sandbox`, where no sandbox is started.
const SANDBOX: &str = "http://sandbox";

pub(crate) fn run(args: &UploadArgs, global: &Global, out: &mut impl Write) -> Result<Exit, Usage> {
    // Before the key is gone, nobody is waited for.
    let exit = on_clean_stack(|| uploaded(args, global, out))?;
    out.flush()?;
    Ok(exit)
}

fn uploaded(args: &UploadArgs, global: &Global, out: &mut impl Write) -> Result<Exit, Usage> {
    input::standard_input_is_read_once(
        &args.inputs,
        &[args.api.token_file.as_deref(), args.gate.replaces.as_deref(), args.api.api_ca.as_deref()],
    )?;
    let probe = args.probe_args.asked_for(args.probe)?;
    let found = find_token(args)?;
    let resolved = target::resolve(&args.target, found.team)?;
    let Resolved { target, shown, .. } = &resolved;
    let is_asked_for = resolved.is_inferred && !args.dry_run && !args.sandbox;
    if is_asked_for && !ask::is_possible(global.non_interactive) {
        resolved.must_be_named("")?;
    }
    let expectation = Expectation::new(args)?;
    let destination = Destination::new(args, found.token, global.debug)?;
    if let Some(path) = args.receipt.as_deref().filter(|_| !args.dry_run) {
        let cannot = |why| Usage(format!("--receipt {}: {why}; nothing was sent", Escaped(path)));
        receipt::can_be_written(path, destination.kept(), target).map_err(cannot)?;
    }

    let inputs = input::read(&args.inputs, args.gate.replaces.as_deref(), global.non_interactive)?;
    let sources = inputs.sources();
    let request = certflight_validate::Request { sources: &sources, origin: args.inputs.origin.as_deref() };
    let mut probing = None;
    let all = |report, probing| Shown { probing, ..Shown::all(report, &sources, &inputs.skipped) };
    let (upload, report, origin) = if args.skip_validation {
        match skip_validation(&request) {
            Ok(bundle) => {
                // Nothing of it counts; the receipt is to name the certificate all the same.
                let seen = certflight_validate::check(&request, &Policy::new(std::time::SystemTime::now().into()));
                (Request::upload_skipping_validation(target, &bundle), seen, bundle.origin().map(str::to_owned))
            }
            Err(rejected) => return reject(&all(rejected.report(), None), Exit::Rejected, args, out),
        }
    } else {
        let policy = args.policy();
        match validate(&request, &policy) {
            Ok(bundle) => {
                let mut report = bundle.report().clone();
                if let Some(probe) = probe {
                    let (joined, done) = probing::of_sound(probe, &bundle, bundle.report(), &policy.into())?;
                    (report, probing) = (joined, Some(done));
                    let exit = probing::exit(&report, bundle.report().verdict(), probing.as_ref());
                    if exit != Exit::Pass {
                        return reject(&all(&report, probing.as_ref()), exit, args, out);
                    }
                }
                (Request::upload(target, &bundle), report, bundle.origin().map(str::to_owned))
            }
            Err(rejected) => {
                let mut report = rejected.report().clone();
                if let Some(probe) = probe {
                    let (joined, done) = probing::of_unsound(probe, &request, &report, &policy.into())?;
                    (report, probing) = (joined, Some(done));
                }
                return reject(&all(&report, probing.as_ref()), Exit::Rejected, args, out);
            }
        }
    };
    if let (Format::Human, false) = (args.format, args.skip_validation) {
        human::report(&all(&report, probing.as_ref()), Detail::Usual, &Look::of(&io::stdout()), out)?;
        writeln!(out)?;
    }
    let skipped = inputs.skipped.clone();
    drop(sources);
    drop(inputs);
    out.flush()?;
    let mut errors = io::stderr();
    if !args.sandbox {
        warn_of_exposed_keys(args, &report);
    }
    if args.skip_validation {
        writeln!(errors, "validation is skipped: nothing was checked")?;
    }
    writeln!(errors, "target: {shown}, at {}", destination.shown(&found.from))?;

    let kept = destination.kept().map(str::to_owned);
    let end = match destination.api {
        None => {
            if expectation.is_some() || args.receipt.is_some() {
                writeln!(errors, "dry run: what is there is not listed, and no receipt is written")?;
            }
            End::Dry(Dry::of(&upload, &destination.url))
        }
        Some(_) if is_asked_for && !ask::agrees("Upload to this target? Nothing has been sent yet.")? => End::Declined,
        Some(api) => {
            let sending = Sending { api: &api, expectation, origin: origin.as_deref() };
            let work = async {
                if let Some(sandbox) = destination.sandbox {
                    tokio::spawn(sandbox.serve());
                }
                sending.send(&upload).await
            };
            on_clean_stack(|| api::run(work))?.unwrap_or_else(|| End::Interrupted { is_sent: api.progress.is_sent() })
        }
    };
    drop(upload);
    let ended =
        Ended { end: &end, args, report: &report, skipped: &skipped, probing: probing.as_ref(), target, api: kept.as_deref() };
    // From here on the exit code tells what became of the certificate, whatever becomes of the output.
    let is_kept = ended.keep_receipt();
    if let Err(Usage(message)) = &is_kept {
        let _ = writeln!(errors, "certflight: {message}");
    }
    match ended.write(is_kept.unwrap_or(false), out).and_then(|()| Ok(out.flush()?)) {
        // Of a dry run the output is all that there is.
        Err(failure) if matches!(end, End::Dry(_)) => return Err(failure),
        Err(Usage(message)) => {
            let _ = writeln!(errors, "certflight: {message}");
        }
        Ok(()) => {}
    }
    Ok(end.exit())
}

/// Where the request goes.
struct Destination {
    /// Without a slash at its end.
    url: String,
    /// None for a dry run.
    api: Option<Api>,
    /// One of this process, not served yet.
    sandbox: Option<Sandbox>,
    is_sandbox: bool,
}

impl Destination {
    fn new(args: &UploadArgs, token: Token, debug: bool) -> Result<Self, Usage> {
        let is_sandbox = args.sandbox;
        if args.dry_run {
            let url = if is_sandbox { SANDBOX.to_owned() } else { api::url(&args.api)? };
            return Ok(Destination { url, api: None, sandbox: None, is_sandbox });
        }
        if is_sandbox {
            let sandbox = Sandbox::bind(0).map_err(|error| Usage(format!("--sandbox: no port on 127.0.0.1: {error}")))?;
            let url = format!("http://{}", sandbox.address());
            let api = Api::of_sandbox(&args.api, &url, token, debug)?;
            return Ok(Destination { url, api: Some(api), sandbox: Some(sandbox), is_sandbox });
        }
        let api = Api::new(&args.api, token, debug)?;
        Ok(Destination { url: api.url.clone(), api: Some(api), sandbox: None, is_sandbox })
    }

    /// The address that outlives the command.
    fn kept(&self) -> Option<&str> {
        (!self.is_sandbox).then_some(&self.url)
    }

    fn shown(&self, token_from: &str) -> String {
        match self.is_sandbox {
            true => "a sandbox on this machine, which no one else sees".to_owned(),
            false => format!("{}, token from {token_from}", Escaped(&self.url)),
        }
    }
}

/// A dry run and the sandbox need no account. A dry run shows the target that the login would give, where there is one.
fn find_token(args: &UploadArgs) -> Result<Found, Usage> {
    let none = || Token::new(NO_TOKEN.into()).map_err(|error| Usage(error.to_string()));
    if args.sandbox {
        return Ok(Found { token: none()?, from: String::new(), team: None });
    }
    match token::find(&args.api) {
        Err(_) if args.dry_run && args.api.token_file.is_none() => {
            Ok(Found { token: none()?, from: "nowhere: a dry run needs none".to_owned(), team: None })
        }
        found => found,
    }
}

/// The file of `--key`, and those of FILES in which the key was found.
fn warn_of_exposed_keys(args: &UploadArgs, report: &Report) {
    let named = args.inputs.key.as_deref();
    let placed = report.placements().iter().filter(|placement| placement.used_as.contains(&Role::Key));
    let found = placed.filter_map(|placement| placement.at.source()).map(|source| &*source.name);
    let mut paths: Vec<&str> = named.into_iter().chain(found).filter(|path| *path != "-" && !path.starts_with("env:")).collect();
    paths.dedup();
    paths.iter().for_each(|path| exposure::warn(path, "the private key"));
}

/// Rejected by validation, not to be sent at all, or not taken by the origin: nothing goes out.
fn reject(shown: &Shown<'_>, exit: Exit, args: &UploadArgs, out: &mut impl Write) -> Result<Exit, Usage> {
    match args.format {
        Format::Human => {
            human::report(shown, Detail::Usual, &Look::of(&io::stdout()), out)?;
            writeln!(out, "\nnothing was sent")?;
        }
        Format::Json => {
            let upload = Upload { sandbox: args.sandbox, skipped: args.skip_validation, ..Upload::default() };
            json::write(&Document::of(shown).with(upload), out)?;
        }
    }
    Ok(exit)
}
