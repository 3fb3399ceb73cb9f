//! The command: files, tokens, formats and exit codes around the library.

mod api;
mod args;
mod ask;
mod batch;
mod code_name;
mod commands;
mod content;
mod exposure;
mod failure;
mod files;
mod forgiving;
mod format;
mod help;
mod input;
mod join;
mod link;
mod login;
mod origins;
mod output;
mod passphrase;
mod probing;
mod proxy;
mod receipt;
mod symptom;
mod target;
mod terminal;
mod token;

use args::{Cli, Command, Global};
use failure::{Exit, Usage};
use forgiving::Forgiving;
use output::Output;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything repeats an argument in a message. Other users of the machine have seen it already.
    if std::env::args_os().any(|argument| content::is_content(&argument.to_string_lossy())) {
        let _ = writeln!(
            io::stderr(),
            "certflight: an argument holds the text of a certificate or key, which other users of this machine can see; it is not shown. Give a \
             file, - for standard input, or env:NAME, and take a key that was given like this for exposed"
        );
        return Exit::Usage.into();
    }
    if std::env::args_os().any(|argument| argument == "--no-color") {
        // Before anything is printed, an error in the arguments too.
        anstream::ColorChoice::Never.write_global();
    }
    let cli = Cli::of_process();
    let Global { cwd, non_interactive, .. } = &cli.global;
    if let Some(folder) = cwd
        && let Err(error) = std::env::set_current_dir(folder)
    {
        let _ = writeln!(io::stderr(), "certflight: --cwd {}: the folder cannot be entered: {error}", content::shown_path(folder));
        return Exit::Usage.into();
    }
    let mut out = Output::new(Forgiving(io::stdout().lock()));
    let ended = match &cli.command {
        Command::Check(args) => commands::check::run(args, *non_interactive, &mut out),
        Command::Probe(args) => commands::probe::run(args, *non_interactive, &mut out),
        Command::Upload(args) => commands::upload::run(args, &cli.global, &mut out),
        Command::List(args) => commands::list::run(args, &cli.global, &mut out),
        Command::Delete(args) => commands::delete::run(args, &cli.global, &mut out),
        Command::Convert(args) => commands::convert::run(args, *non_interactive, &mut out),
        Command::Explain(args) => commands::explain::run(args, &mut out),
        Command::Sandbox(args) => commands::sandbox::run(args, &mut out),
        Command::Completions(args) => commands::completions::run(args, &mut out),
        Command::Man(args) => commands::man::run(args, &mut out),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(Usage(message)) => {
            // Nothing is left to do where even standard error is closed.
            let _ = writeln!(io::stderr(), "certflight: {message}");
            let _ = out.flush();
            Exit::Usage.into()
        }
    }
}
