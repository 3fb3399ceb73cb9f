//! `certflight man`.

use crate::args::{Cli, ManArgs};
use crate::failure::{Exit, Usage};
use certflight_validate::Escaped;
use clap::CommandFactory as _;
use std::fs;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(args: &ManArgs, out: &mut impl Write) -> Result<Exit, Usage> {
    let folder = Path::new(&args.dir);
    let failed = |error: std::io::Error| Usage(format!("{}: the pages cannot be written there: {error}", Escaped(&args.dir)));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    clap_mangen::generate_to(command.clone(), folder).map_err(failed)?;
    let others = command.get_subcommands().map(|one| format!("certflight-{}.1", one.get_name()));
    for file in std::iter::once("certflight.1".to_owned()).chain(others) {
        writeln!(out, "{}", Escaped(&folder.join(&file).to_string_lossy()))?;
    }
    out.flush()?;
    Ok(Exit::Pass)
}
