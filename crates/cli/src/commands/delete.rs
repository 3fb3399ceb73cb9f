//! `certflight delete`.

use crate::api::{self, Api};
use crate::args::{DeleteArgs, Global};
use crate::ask;
use crate::failure::{Exit, Usage};
use crate::origins;
use crate::target::{self, Resolved};
use crate::token;
use certflight_upload::CertificateId;
use certflight_validate::Escaped;
use std::io::{self, Write};

pub(crate) fn run(args: &DeleteArgs, global: &Global, out: &mut impl Write) -> Result<Exit, Usage> {
    let id = CertificateId::new(args.id.as_str()).map_err(|error| Usage(format!("CERT_ID: {error}")))?;
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
        } else {
            resolved.must_be_named("; --yes agrees to it")?;
        }
    }
    match api::run(api.client.delete(target, &id))? {
        Some(Ok(deleted)) => {
            writeln!(out, "deleted\n  certificate ID: {}", Escaped(&deleted.cert_id))?;
            writeln!(out, "  origin: {}", origins::shown(&deleted.origin))?;
            writeln!(out, "  next: functions that are deployed may hold it until the project is deployed again")?;
            out.flush()?;
            Ok(Exit::Pass)
        }
        Some(Err(error)) => {
            writeln!(errors, "certflight: {}", api::told(&error))?;
            Ok(api::exit(error.outcome()))
        }
        None if api.progress.is_sent() => {
            writeln!(
                errors,
                "certflight: interrupted: the request may have been sent, so whether the certificate was deleted is not known; \
                 certflight list tells"
            )?;
            Ok(Exit::Unknown)
        }
        None => {
            writeln!(errors, "certflight: interrupted, nothing was sent")?;
            Ok(Exit::NotTaken)
        }
    }
}
