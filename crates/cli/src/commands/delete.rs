//! `certflight delete`.

use crate::api::{self, Api};
use crate::args::{DeleteArgs, Global};
use crate::ask;
use crate::failure::{Exit, Usage};
use crate::origins;
use crate::target::{self, Resolved};
use crate::token;
use certflight_upload::{CertificateId, Deleted};
use certflight_validate::Escaped;
use std::io::{self, Write};

pub(crate) fn run(args: &DeleteArgs, global: &Global, out: &mut impl Write) -> Result<Exit, Usage> {
    let id = CertificateId::new(args.id.as_str()).map_err(|error| Usage(format!("CERT_ID: {error}")))?;
    api::standard_input_is_read_once(&args.api)?;
    let found = token::find(&args.api)?;
    let resolved = target::resolve(&args.target, found.team)?;
    let api = Api::new(&args.api, found.token, global.debug)?;
    let mut errors = io::stderr();
    let Resolved { target, shown, .. } = &resolved;
    writeln!(errors, "target: {shown}, at {}, token from {}", Escaped(&api.url), found.from)?;
    if !args.yes {
        if ask::is_possible(global.non_interactive) {
            let question = format!("Delete the certificate {} from this project? Nothing has been sent yet.", Escaped(id.as_str()));
            if !ask::agrees(&question)? {
                writeln!(errors, "nothing was sent")?;
                return Ok(Exit::Rejected);
            }
        } else if ask::is_somebody_there(global.non_interactive) {
            return Err(Usage(
                "standard error is no terminal, so it cannot be asked there; --yes agrees, and nothing was sent".to_owned(),
            ));
        } else {
            resolved.must_be_named("; --yes agrees to it")?;
        }
    }
    let ended = api::run(api.client.delete(target, &id))?;
    // From here on the exit code tells what became of the certificate, whatever becomes of the output.
    let (exit, said) = match ended {
        Some(Ok(deleted)) => {
            if let Err(Usage(message)) = tell(&deleted, out) {
                let _ = writeln!(errors, "certflight: {message}");
            }
            return Ok(Exit::Pass);
        }
        Some(Err(error)) => (api::exit(error.outcome()), api::told(&error)),
        None if api.progress.is_sent() => {
            let message = "interrupted: the request may have been sent, so whether the certificate was deleted is not known; certflight list tells";
            (Exit::Unknown, message.to_owned())
        }
        None => (Exit::NotTaken, "interrupted: nothing was sent".to_owned()),
    };
    let _ = writeln!(errors, "certflight: {said}");
    Ok(exit)
}

fn tell(deleted: &Deleted, out: &mut impl Write) -> Result<(), Usage> {
    writeln!(out, "deleted\n  certificate ID: {}", Escaped(&deleted.cert_id))?;
    writeln!(out, "  origin: {}", origins::shown(&deleted.origin))?;
    writeln!(out, "  next: functions that are deployed may hold it until the project is deployed again")?;
    Ok(out.flush()?)
}
