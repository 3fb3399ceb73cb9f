//! `certflight list`.

use crate::api::{self, Api};
use crate::args::{Global, ListArgs};
use crate::failure::{Exit, Usage};
use crate::format::{list, words};
use crate::join::{Question, join};
use crate::receipt;
use crate::target::{self, Resolved};
use crate::token;
use certflight_validate::Escaped;
use std::io::{self, Write};
use std::time::SystemTime;

pub(crate) fn run(args: &ListArgs, global: &Global, out: &mut impl Write) -> Result<Exit, Usage> {
    api::standard_input_is_read_once(&args.api)?;
    let found = token::find(&args.api)?;
    let Resolved { target, shown, .. } = target::resolve(&args.target, found.team)?;
    let receipts = args.receipts.as_deref().map(receipt::read_folder).transpose()?;
    let api = Api::new(&args.api, found.token, global.debug)?;
    if let (Some((receipts, _)), Some(folder)) = (&receipts, &args.receipts)
        && let Some(other) = receipts.first().filter(|_| receipts.iter().all(|kept| !kept.receipt.is_of(&api.url, &target)))
    {
        let place = other.receipt.place();
        let message = "no receipt in the folder is of this project, as named here; the first is of";
        return Err(Usage(format!("--receipts {}: {message} {place}", Escaped(folder))));
    }
    let mut errors = io::stderr();
    writeln!(errors, "target: {shown}, at {}, token from {}", Escaped(&api.url), found.from)?;
    let live = match api::run(api.client.list(&target))? {
        Some(Ok(listing)) => listing.certificates,
        Some(Err(error)) => {
            let _ = writeln!(errors, "certflight: {}", api::told(&error));
            return Ok(api::exit(error.outcome()));
        }
        None => {
            let _ = writeln!(errors, "certflight: interrupted, nothing was changed");
            return Ok(Exit::NotTaken);
        }
    };
    let Some((receipts, others)) = receipts else {
        list::plain(&live, args.format, out)?;
        return Ok(Exit::Pass);
    };
    for path in &others {
        writeln!(errors, "warning: {}: this is no receipt, it was passed over", Escaped(path))?;
    }
    let question = Question { api: &api.url, target: &target, now: SystemTime::now().into(), min_validity: args.min_validity };
    let joined = join(&question, &live, &receipts);
    if joined.foreign > 0 {
        let count = words::counted(joined.foreign, "receipt");
        writeln!(errors, "passed over: {count} of other projects, teams or addresses")?;
    }
    list::joined(&joined.rows, question.now, args.format, out)?;
    Ok(if joined.rows.iter().any(|row| row.state.needs_care()) { Exit::Rejected } else { Exit::Pass })
}
