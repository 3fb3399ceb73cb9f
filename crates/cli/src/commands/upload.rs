//! `certflight upload`.

use crate::args::{Format, UploadArgs};
use crate::failure::{Exit, Usage};
use crate::format::Shown;
use crate::format::human::{self, Detail};
use crate::format::json::{self, Document, Upload};
use crate::input;
use crate::target::{self, Resolved};
use crate::terminal::Look;
use crate::token;
use certflight_sandbox::Sandbox;
use certflight_upload::{Client, Error, Outcome, Request, Token, Uploaded};
use certflight_validate::{Escaped, Report, skip_validation, validate};
use std::io::{self, Write};

/// What stands for a token where none is needed. A word that no answer holds: what looks like the token is hidden in answers.
const NO_TOKEN: &str = "certflight-needs-no-token-here";

/// What stands for the address in a dry run of `--sandbox`, where no sandbox is started.
const SANDBOX: &str = "http://sandbox";

pub(crate) fn run(args: &UploadArgs, out: &mut impl Write) -> Result<Exit, Usage> {
    let Resolved { target, shown } = target::resolve(&args.target)?;
    input::standard_input_is_read_once(&args.inputs, &[args.token_file.as_deref(), args.gate.replaces.as_deref()])?;
    // A dry run and the sandbox need no account; both take any token.
    let token = if args.sandbox || args.dry_run {
        Token::new(NO_TOKEN.into()).map_err(|error| Usage(error.to_string()))?
    } else {
        token::read(args.token_file.as_deref())?
    };
    let destination = Destination::new(args, token)?;
    let inputs = input::read(&args.inputs, args.gate.replaces.as_deref())?;
    let sources = inputs.sources();
    let request = certflight_validate::Request { sources: &sources, origin: args.inputs.origin.as_deref() };

    let (bundle, report) = if args.skip_validation {
        match skip_validation(&request) {
            Ok(bundle) => (Request::upload_skipping_validation(&target, &bundle), None),
            Err(rejected) => return reject(&Shown::all(rejected.report(), &sources, &inputs.skipped), args, out),
        }
    } else {
        match validate(&request, &args.policy()) {
            Ok(bundle) => (Request::upload(&target, &bundle), Some(bundle.report().clone())),
            Err(rejected) => return reject(&Shown::all(rejected.report(), &sources, &inputs.skipped), args, out),
        }
    };
    if let (Format::Human, Some(report)) = (args.format, &report) {
        human::report(&Shown::all(report, &sources, &inputs.skipped), Detail::Usual, &Look::of(&io::stdout()), out)?;
        writeln!(out)?;
    }
    let skipped = inputs.skipped.clone();
    drop(sources);
    drop(inputs);
    out.flush()?;
    let mut errors = io::stderr();
    if args.skip_validation {
        writeln!(errors, "validation is skipped: nothing was checked")?;
    }
    writeln!(errors, "target: {shown}, at {}", destination.place())?;

    let ended = if args.dry_run { End::Dry(Dry::of(&bundle, &destination)) } else { destination.send(bundle)? };
    // From here on the exit code tells what became of the certificate, whatever becomes of the output.
    if let Err(Usage(message)) =
        write_end(&ended, args, report.as_ref().map(|report| (report, skipped.as_slice())), out).and_then(|()| Ok(out.flush()?))
    {
        let _ = writeln!(errors, "certflight: {message}");
    }
    Ok(ended.exit())
}

/// An address, unless it has a part that may hold a password or token.
fn shown_url(url: &str) -> String {
    if url.contains(['@', '?', '#']) { "(not shown, it may hold a secret)".to_owned() } else { Escaped(url).to_string() }
}

/// Rejected by validation, or not to be sent at all: nothing goes out.
fn reject(shown: &Shown<'_>, args: &UploadArgs, out: &mut impl Write) -> Result<Exit, Usage> {
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
    out.flush()?;
    Ok(Exit::Rejected)
}

/// Where the request goes.
enum Destination {
    Api { client: Client, url: String },
    Sandbox,
}

impl Destination {
    fn new(args: &UploadArgs, token: Token) -> Result<Self, Usage> {
        if args.sandbox {
            return Ok(Destination::Sandbox);
        }
        let client =
            Client::new(&args.api_url, token).map_err(|error| Usage(format!("--api-url {}: {error}", shown_url(&args.api_url))))?;
        Ok(Destination::Api { client, url: args.api_url.trim_end_matches('/').to_owned() })
    }

    fn place(&self) -> String {
        match self {
            Destination::Api { url, .. } => Escaped(url).to_string(),
            Destination::Sandbox => "a sandbox on this machine, which no one else sees".to_owned(),
        }
    }

    fn base(&self) -> &str {
        match self {
            Destination::Api { url, .. } => url,
            Destination::Sandbox => SANDBOX,
        }
    }

    fn send(self, request: Request) -> Result<End, Usage> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Usage(format!("the network cannot be used: {error}")))?;
        runtime.block_on(async {
            let client = match self {
                Destination::Api { client, .. } => client,
                Destination::Sandbox => {
                    let sandbox = Sandbox::bind(0).map_err(|error| Usage(format!("--sandbox: no port on 127.0.0.1: {error}")))?;
                    let url = format!("http://{}", sandbox.address());
                    tokio::spawn(sandbox.serve());
                    let token = Token::new(NO_TOKEN.into()).map_err(|error| Usage(error.to_string()))?;
                    Client::new(&url, token).map_err(|error| Usage(format!("--sandbox: {error}")))?
                }
            };
            Ok(match client.upload(request).await {
                Ok(uploaded) => End::Taken(uploaded),
                Err(error) => End::Failed(error),
            })
        })
    }
}

enum End {
    Dry(Dry),
    Taken(Uploaded),
    Failed(Error),
}

impl End {
    fn exit(&self) -> Exit {
        match self {
            End::Dry(_) | End::Taken(_) => Exit::Pass,
            End::Failed(error) => match error.outcome() {
                Outcome::Refused => Exit::Refused,
                Outcome::NotTaken => Exit::NotTaken,
                Outcome::Unknown => Exit::Unknown,
            },
        }
    }
}

/// What a dry run shows: the request without its secrets.
struct Dry {
    method: &'static str,
    url: String,
    body: serde_json::Value,
}

impl Dry {
    fn of(request: &Request, destination: &Destination) -> Self {
        let shown = request.redacted();
        let body = serde_json::from_str(shown.body).unwrap_or_default();
        Dry { method: shown.method, url: format!("{}{}", destination.base(), shown.path_and_query), body }
    }
}

fn write_end(end: &End, args: &UploadArgs, report: Option<(&Report, &[String])>, out: &mut impl Write) -> Result<(), Usage> {
    if let Format::Json = args.format {
        let document = report.map_or_else(Document::skipped, |(report, skipped)| Document::of(&Shown::all(report, &[], skipped)));
        json::write(&document.with(upload(end, args)), out)?;
    }
    let sandbox = if args.sandbox { "sandbox: " } else { "" };
    match (end, args.format) {
        (End::Dry(dry), Format::Human) => {
            writeln!(out, "{sandbox}dry run: nothing was sent\n")?;
            writeln!(out, "{} {}", dry.method, Escaped(&dry.url))?;
            writeln!(out, "Authorization: Bearer [redacted]\nContent-Type: application/json\n")?;
            writeln!(out, "{:#}", dry.body)?;
        }
        (End::Taken(Uploaded { cert_id, origin, updated, .. }), Format::Human) => {
            writeln!(out, "{sandbox}uploaded")?;
            writeln!(out, "  certificate ID: {}", Escaped(cert_id))?;
            let shown = if origin.is_empty() { "every origin of the project" } else { origin };
            writeln!(out, "  origin: {}", Escaped(shown))?;
            writeln!(out, "  updated: {updated}")?;
            if let Some(asked) = report.and_then(|(report, _)| report.origin()).filter(|asked| asked != origin) {
                writeln!(out, "  note: the API names another origin than {asked}, which was asked for")?;
            }
        }
        (End::Failed(error), _) => {
            let _ = writeln!(io::stderr(), "certflight: {sandbox}{error}");
        }
        (_, Format::Json) => {}
    }
    Ok(())
}

fn upload<'a>(end: &'a End, args: &UploadArgs) -> Upload<'a> {
    let base = Upload { sandbox: args.sandbox, skipped: args.skip_validation, ..Upload::default() };
    match end {
        End::Dry(dry) => {
            let request = serde_json::json!({ "method": dry.method, "url": dry.url, "body": dry.body });
            Upload { request: Some(request), ..base }
        }
        End::Taken(taken) => Upload {
            sent: true,
            status: Some(200),
            cert_id: Some(&taken.cert_id),
            origin: Some(&taken.origin),
            updated: Some(taken.updated),
            ..base
        },
        End::Failed(error) => {
            let message = Some(error.to_string());
            match error {
                Error::Refused { status, code, .. } => {
                    Upload { sent: true, status: Some(*status), code: code.as_deref(), message, ..base }
                }
                Error::FateUnknown { .. } => Upload { sent: true, message, ..base },
                _ => Upload { message, ..base },
            }
        }
    }
}
