//! `certflight explain`.

use crate::args::ExplainArgs;
use crate::failure::{Exit, Usage};
use certflight_validate::Code;
use std::io::Write;

pub(crate) fn run(args: &ExplainArgs, out: &mut impl Write) -> Result<Exit, Usage> {
    match args.code {
        Some(code) => write!(out, "{}", code.page())?,
        None => {
            for code in Code::ALL {
                writeln!(out, "{:<7}  {:<30}  {}", code.severity(), code, code.summary())?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Pass)
}
