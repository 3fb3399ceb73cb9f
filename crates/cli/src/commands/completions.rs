//! `certflight completions`.

use crate::args::{Cli, CompletionsArgs};
use crate::failure::{Exit, Usage};
use clap::CommandFactory as _;
use std::io::Write;

pub(crate) fn run(args: &CompletionsArgs, out: &mut impl Write) -> Result<Exit, Usage> {
    clap_complete::generate(args.shell, &mut Cli::command(), "certflight", out);
    out.flush()?;
    Ok(Exit::Pass)
}
