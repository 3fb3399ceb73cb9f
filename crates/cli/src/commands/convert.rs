//! `certflight convert`.

use crate::args::{BodyFormat, ConvertArgs};
use crate::failure::{Exit, Usage};
use crate::format::human::{self, Detail};
use crate::format::{Shown, words};
use crate::terminal::Look;
use crate::{files, input};
use certflight_validate::{Converted, Escaped, Finding, Policy, Request, SecretText, Source, Verdict, on_clean_stack};
use std::io::{self, IsTerminal as _, Write};
use std::time::SystemTime;

pub(crate) fn run(args: &ConvertArgs, non_interactive: bool, out: &mut impl Write) -> Result<Exit, Usage> {
    if args.format.is_some() && io::stdout().is_terminal() && !args.force {
        return Err(Usage("the body holds the private key; it is printed to a terminal only with --force".into()));
    }
    let mut said = Vec::new();
    // Before the key is gone, nobody is waited for.
    let exit = on_clean_stack(|| converted(args, non_interactive, out, &mut said))?;
    out.flush()?;
    io::stderr().write_all(&said)?;
    Ok(exit)
}

/// What goes to standard error is in `said`.
fn converted(args: &ConvertArgs, non_interactive: bool, out: &mut impl Write, said: &mut Vec<u8>) -> Result<Exit, Usage> {
    let inputs = input::read(&args.inputs, None, non_interactive)?;
    let sources = inputs.sources();
    let request = Request { sources: &sources, origin: args.inputs.origin.as_deref() };
    let converted = match certflight_validate::convert(&request, &Policy::new(SystemTime::now().into())) {
        Ok(converted) => converted,
        Err(rejected) => {
            refuse(&Shown::all(rejected.report(), &sources, &inputs.skipped), said)?;
            writeln!(said, "\nnothing was written")?;
            return Ok(Exit::Rejected);
        }
    };
    let exit = match (&args.out, args.format) {
        (Some(folder), _) => trio(&converted, folder, args.force, &inputs.skipped, out)?,
        (None, Some(BodyFormat::Json) | None) => body(&converted, &sources, args.inputs.origin.is_some(), out, said)?,
    };
    if exit == Exit::Pass {
        warn(&converted, said)?;
    }
    Ok(exit)
}

/// Writes the three files and says what was changed on the way.
fn trio(converted: &Converted, folder: &str, force: bool, skipped: &[String], out: &mut impl Write) -> Result<Exit, Usage> {
    let (cert, key, ca) = (converted.certificate_pem(), converted.key_pem(), converted.ca_pem());
    let mut list = Vec::new();
    list.extend(cert.as_deref().map(|text| files::New { name: "cert.pem", text: text.as_bytes(), secret: false }));
    list.extend(key.as_ref().map(|text| files::New { name: "key.pem", text: text.expose().as_bytes(), secret: true }));
    list.extend(ca.as_deref().map(|text| files::New { name: "ca.pem", text: text.as_bytes(), secret: false }));
    for path in files::write(folder, &list, force)? {
        writeln!(out, "wrote {}", Escaped(&path))?;
    }
    for (there, what) in [(cert.is_some(), "client certificate"), (key.is_some(), "private key"), (ca.is_some(), "CA certificate")]
    {
        if !there {
            writeln!(out, "not written: there is no {what}")?;
        }
    }
    human::placements(converted.report().placements(), skipped, &Look::of(&io::stdout()), out)?;
    let changes: Vec<&Finding> = converted.changes().collect();
    if !changes.is_empty() {
        writeln!(out, "\nchanged:")?;
    }
    for change in changes {
        writeln!(out, "  {}: {}", words::location(&change.at), change.message)?;
    }
    Ok(Exit::Pass)
}

/// Prints the body of the API's request. Without the origin that was asked for it would be one for the whole project.
fn body(
    converted: &Converted,
    sources: &[Source<'_>],
    for_origin: bool,
    out: &mut impl Write,
    said: &mut Vec<u8>,
) -> Result<Exit, Usage> {
    let origin = converted.report().origin();
    let parts = (converted.certificate_pem(), converted.key_pem(), converted.ca_pem());
    let (Some(cert), Some(key), Some(ca), true) = (parts.0, parts.1, parts.2, origin.is_some() == for_origin) else {
        refuse(&Shown::all(converted.report(), sources, &[]), said)?;
        writeln!(said, "\nthe API's body needs a certificate, a key, a CA and a sound origin; nothing was written")?;
        return Ok(Exit::Rejected);
    };
    let body: SecretText = certflight_upload::body(&cert, &key, &ca, origin);
    out.write_all(body.expose().as_bytes())?;
    writeln!(out)?;
    Ok(Exit::Pass)
}

/// Says why not, where the output's reader does not take it for the output.
fn refuse(shown: &Shown<'_>, said: &mut Vec<u8>) -> io::Result<()> {
    human::report(shown, Detail::Usual, &Look::of(&io::stderr()), said)
}

/// What is converted need not be sound, but nobody is to learn it from a handshake.
fn warn(converted: &Converted, said: &mut Vec<u8>) -> io::Result<()> {
    let report = converted.report();
    if report.verdict() == Verdict::Pass {
        return Ok(());
    }
    let mut codes: Vec<&str> = report.errors().map(|finding| finding.code.name()).collect();
    codes.dedup();
    writeln!(said, "certflight: this bundle would not pass: {}. certflight check says more", codes.join(", "))
}
