//! Passphrases of containers and encrypted keys: from a file, a variable or standard input, or asked for on a terminal. Never from an argument, which
//! every user of the machine can see.

use crate::content;
use crate::failure::Usage;
use certflight_import::{Allowance, open_within};
use certflight_validate::{Escaped, Opened, Sealed, SecretText};
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The longest passphrase that is read, in bytes.
const MAX_LENGTH: usize = 4096;

/// How often a passphrase is asked for before the check goes on without.
const ATTEMPTS: usize = 3;

/// The passphrases that are known so far.
pub(crate) struct Passphrases {
    /// From `--passphrase-file`; then none is asked for.
    given: Option<Arc<SecretText>>,
    /// Those that were typed and opened something: a partner's files often have the same one.
    typed: Vec<SecretText>,
    non_interactive: bool,
    /// What all files together may still cost.
    allowance: Allowance,
}

impl Passphrases {
    /// Reads the file, variable or standard input that `--passphrase-file` names. A line break at its end is not part of the passphrase.
    pub(crate) fn new(from: Option<&str>, non_interactive: bool) -> Result<Self, Usage> {
        Ok(Self::of(from.map(read).transpose()?.map(Arc::new), non_interactive))
    }

    /// With what was read before.
    pub(crate) fn of(given: Option<Arc<SecretText>>, non_interactive: bool) -> Self {
        Passphrases { given, typed: Vec::new(), non_interactive, allowance: Allowance::default() }
    }

    /// Opens what `name` holds: without a passphrase if none is needed, else with the one given, those typed before, or a new one.
    pub(crate) fn open(&mut self, sealed: &Sealed, name: &str) -> Opened {
        let opened = open_within(sealed, None, &mut self.allowance);
        if !matches!(opened, Opened::Locked) {
            return opened;
        }
        if let Some(given) = &self.given {
            return open_within(sealed, Some(given), &mut self.allowance);
        }
        for typed in &self.typed {
            let opened = open_within(sealed, Some(typed), &mut self.allowance);
            if !matches!(opened, Opened::WrongPassphrase) {
                return opened;
            }
        }
        // Where nobody sees the question, nobody answers it.
        if !self.non_interactive && io::stderr().is_terminal() { self.ask(sealed, name) } else { Opened::Locked }
    }

    fn ask(&mut self, sealed: &Sealed, name: &str) -> Opened {
        let mut question = format!("Passphrase of {}: ", Escaped(name));
        let mut outcome = Opened::Locked;
        for _ in 0..ATTEMPTS {
            let Ok(answer) = rpassword::prompt_password(&question) else { break };
            let answer = SecretText::new(answer);
            outcome = open_within(sealed, Some(&answer), &mut self.allowance);
            if !matches!(outcome, Opened::WrongPassphrase) {
                self.typed.push(answer);
                break;
            }
            question = format!("That is not it. Passphrase of {}: ", Escaped(name));
        }
        outcome
    }
}

/// Reads the passphrase that a file, variable or standard input holds.
pub(crate) fn read(from: &str) -> Result<SecretText, Usage> {
    let cannot = |why: &str| Usage(format!("--passphrase-file {}: {why}", content::shown(from)));
    let mut bytes = content::read_from(from).map_err(|why| cannot(&why))?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    if bytes.len() > MAX_LENGTH {
        return Err(cannot("it is longer than any passphrase; is it the right file?"));
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(SecretText::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(cannot("the passphrase is no UTF-8 text"))
        }
    }
}
