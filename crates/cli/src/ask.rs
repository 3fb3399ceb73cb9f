//! Questions on a terminal.

use crate::failure::Usage;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Whether anybody can be asked: somebody sees the question, and can answer it.
pub(crate) fn is_possible(non_interactive: bool) -> bool {
    !non_interactive && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether somebody is there who is not to be passed over for want of a place to ask.
pub(crate) fn is_somebody_there(non_interactive: bool) -> bool {
    !non_interactive && io::stdin().is_terminal()
}

/// Asks a question that only y or yes agrees to.
pub(crate) fn agrees(question: &str) -> Result<bool, Usage> {
    let mut errors = io::stderr();
    write!(errors, "{question} [y/N] ")?;
    errors.flush()?;
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    let read = read.map_err(|error| Usage(format!("the answer cannot be read: {error}")))?;
    if read == 0 {
        writeln!(errors)?;
    }
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
