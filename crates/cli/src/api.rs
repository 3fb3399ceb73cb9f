//! The API as the flags name it: a client, what is told while it works, and Ctrl-C.

use crate::args::ApiArgs;
use crate::content;
use crate::failure::{Exit, Usage};
use certflight_upload::{Client, ConfigError, Error, Event, Failure, Outcome, Token, clean_api_url};
use certflight_validate::{Escaped, Policy, Request, Role, Source, Timestamp};
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::UNIX_EPOCH;

/// The most characters of an answer's body that `--debug` shows.
const SHOWN: usize = 4096;

/// A client of the API, or of a sandbox, at its address.
pub(crate) struct Api {
    pub(crate) client: Client,
    /// Without a slash at its end.
    pub(crate) url: String,
    pub(crate) progress: Progress,
}

impl Api {
    pub(crate) fn new(args: &ApiArgs, token: Token, debug: bool) -> Result<Self, Usage> {
        let roots = args.api_ca.as_deref().map(roots).transpose()?;
        Self::build(args, &url(args)?, token, roots, debug).map_err(|error| wrong(args, &error))
    }

    /// Of a sandbox of this process.
    pub(crate) fn of_sandbox(args: &ApiArgs, url: &str, token: Token, debug: bool) -> Result<Self, Usage> {
        Self::build(args, url, token, None, debug).map_err(|error| Usage(format!("--sandbox: {error}")))
    }

    fn build(args: &ApiArgs, url: &str, token: Token, roots: Option<String>, debug: bool) -> Result<Self, ConfigError> {
        let progress = Progress::default();
        let told = progress.clone();
        let builder = Client::builder(url, token).timeout(args.timeout).observer(move |event| {
            told.note(event);
            // A terminal that is gone is no reason to stop.
            let _ = tell(event, debug);
        });
        let builder = roots.into_iter().fold(builder, |builder, pem| builder.root_certificates(pem));
        Ok(Api { client: builder.build()?, url: url.to_owned(), progress })
    }
}

/// The API's address in one form, without a slash at its end.
pub(crate) fn url(args: &ApiArgs) -> Result<String, Usage> {
    clean_api_url(&args.api_url).map_err(|error| wrong(args, &error))
}

fn wrong(args: &ApiArgs, error: &ConfigError) -> Usage {
    Usage(match error {
        ConfigError::Proxy(_) | ConfigError::Tls(_) => error.to_string(),
        ConfigError::Roots(_) => format!("--api-ca {}: {error}", Escaped(args.api_ca.as_deref().unwrap_or_default())),
        _ => format!("--api-url {}: {error}", shown_url(&args.api_url)),
    })
}

/// Standard input can be given to the token or to the roots.
pub(crate) fn standard_input_is_read_once(args: &ApiArgs) -> Result<(), Usage> {
    match (args.token_file.as_deref(), args.api_ca.as_deref()) {
        (Some("-"), Some("-")) => Err(Usage("standard input can be read once: give - in one place only".into())),
        _ => Ok(()),
    }
}

/// The root certificates of `--api-ca`, in clean PEM whatever they came in.
fn roots(from: &str) -> Result<String, Usage> {
    let failed = |why: &str| Usage(format!("--api-ca {}: {why}", Escaped(from)));
    let bytes = content::read_from(from).map_err(|why| failed(&why))?;
    let source = [Source::new(Role::Ca, from, &bytes)];
    // Certificates alone are read, so the instant plays no part.
    let policy = Policy::new(Timestamp::from(UNIX_EPOCH));
    let converted = certflight_validate::convert(&Request { sources: &source, origin: None }, &policy);
    let pem = converted.ok().and_then(|converted| converted.ca_pem());
    pem.ok_or_else(|| failed("no certificate can be read there; certflight check --ca FILE says why"))
}

/// An address, unless it has a part that may hold a password or token.
fn shown_url(url: &str) -> String {
    if url.contains(['@', '?', '#']) { "(not shown, it may hold a secret)".to_owned() } else { Escaped(url).to_string() }
}

/// Whether a request that changes something may be under way, so that its fate is not known.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<AtomicBool>);

impl Progress {
    pub(crate) fn is_sent(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn note(&self, event: &Event<'_>) {
        match event {
            Event::Sent => self.0.store(true, Ordering::SeqCst),
            // Only what was surely not carried out is tried again.
            Event::Waiting { .. } => self.0.store(false, Ordering::SeqCst),
            _ => {}
        }
    }
}

/// Says what happens on standard error: that it is tried again always, the rest with `--debug`.
fn tell(event: &Event<'_>, debug: bool) -> io::Result<()> {
    let mut errors = io::stderr().lock();
    match event {
        Event::Waiting { error, wait } => {
            writeln!(errors, "certflight: {error:#}\ncertflight: trying again in {:.1} seconds", wait.as_secs_f64())
        }
        Event::Request { method, url, headers, body } if debug => {
            writeln!(errors, "> {method} {}", Escaped(url))?;
            headers.iter().try_for_each(|(name, value)| writeln!(errors, "> {name}: {}", Escaped(value)))?;
            body.iter().try_for_each(|body| writeln!(errors, "> {body}"))
        }
        Event::Answer { status, headers, body } if debug => {
            writeln!(errors, "< {status}")?;
            headers.iter().try_for_each(|(name, value)| writeln!(errors, "< {}: {}", Escaped(name), Escaped(value)))?;
            let shown: String = body.chars().take(SHOWN).map(|c| if Escaped::is_needed(c) { '\u{fffd}' } else { c }).collect();
            let cut = if body.chars().nth(SHOWN).is_some() { "…" } else { "" };
            writeln!(errors, "< {shown}{cut}")
        }
        _ => Ok(()),
    }
}

/// Runs what speaks to the API until it ends or somebody interrupts it; `None` for that.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> Result<Option<T>, Usage> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Usage(format!("the network cannot be used: {error}")))?;
    let done = runtime.block_on(async {
        tokio::select! {
            biased; // what has just ended is not lost to a signal that comes with it
            done = work => Some(done),
            () = interrupted() => None,
        }
    });
    // The system's look-up of a name cannot be ended; nobody waits for it.
    runtime.shutdown_background();
    Ok(done)
}

/// Ends with the first signal that asks the process to end. From then on the process does not end by them: what is left to do is short.
#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// On Windows they are events of the console.
#[cfg(windows)]
async fn interrupted() {
    use tokio::signal::windows::{ctrl_break, ctrl_c};
    let (Ok(mut interrupt), Ok(mut terminate)) = (ctrl_c(), ctrl_break()) else { return std::future::pending().await };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// What went wrong and what to do, with the flag that does it.
pub(crate) fn told(error: &Error) -> String {
    match error.failure {
        Failure::Unreachable { is_tls: true, .. } => format!("{error} (--api-ca FILE)"),
        _ => error.to_string(),
    }
}

/// The exit code of what is known after a failure.
pub(crate) fn exit(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Refused => Exit::Refused,
        Outcome::NotTaken => Exit::NotTaken,
        Outcome::Unknown => Exit::Unknown,
    }
}
