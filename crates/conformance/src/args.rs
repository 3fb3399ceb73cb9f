//! The command line.

use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Runs published test suites through certflight's library and prints how many cases come out right.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) suite: Suite,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  every judged case is right, or excepted
  1  a case is wrong, an exception is no longer needed, or no case was judged
  2  wrong usage, or a file that cannot be read";

#[derive(Subcommand)]
pub(crate) enum Suite {
    /// Run a file of x509-limbo, in default and in strict mode
    Limbo {
        /// The suite's limbo.json
        file: PathBuf,
        /// What to expect of each case: {ID: {class, default, strict}}; without it, expected_result holds in both modes
        #[arg(long, value_name = "FILE")]
        expectations: Option<PathBuf>,
        /// The cases that may be wrong, in place of the committed list
        #[arg(long, value_name = "FILE")]
        exceptions: Option<PathBuf>,
    },
    /// Run a folder of PKITS: cases.json, and certs/ in DER
    Pkits {
        /// The folder
        folder: PathBuf,
        /// The cases that may be wrong, in place of the committed list
        #[arg(long, value_name = "FILE")]
        exceptions: Option<PathBuf>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_table_is_sound() {
        Cli::command().debug_assert();
    }
}
