//! Names of codes on the command line: what is meant by one that is not quite right, and what a shell completes.

use certflight_validate::{Code, Escaped, Severity};
use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsStr;

/// How alike a name has to be to be proposed, by Jaro-Winkler; clap's own bound.
const ALIKE: f64 = 0.7;

/// The most names that are proposed.
const PROPOSED: usize = 3;

/// The names most like what was written, the likest first.
pub(crate) fn nearest(written: &str) -> Vec<&'static str> {
    let mut alike: Vec<(f64, &str)> = Code::ALL
        .iter()
        .map(|code| (strsim::jaro_winkler(written, code.name()), code.name()))
        .filter(|(alike, _)| *alike > ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    alike.into_iter().take(PROPOSED).map(|(_, name)| name).collect()
}

/// Reads a code. The list of all is too long for a message, so that a wrong one is answered with the nearest.
#[derive(Clone)]
pub(crate) struct CodeParser {
    /// Only what is no error by nature.
    pub(crate) lowerable: bool,
}

impl TypedValueParser for CodeParser {
    type Value = Code;

    fn parse_ref(&self, command: &clap::Command, argument: Option<&clap::Arg>, value: &OsStr) -> Result<Code, clap::Error> {
        let text = value.to_string_lossy();
        let why = match text.parse::<Code>() {
            Ok(code) if self.lowerable && code.severity() == Severity::Error => "an error cannot be lowered".to_owned(),
            Ok(code) => return Ok(code),
            Err(_) => match nearest(&text)[..] {
                [] => "certflight explain lists all codes".to_owned(),
                ref names => format!("the nearest codes are {}", names.join(", ")),
            },
        };
        let mut error = clap::Error::new(ErrorKind::ValueValidation).with_cmd(command);
        if let Some(argument) = argument {
            error.insert(ContextKind::InvalidArg, ContextValue::String(argument.to_string()));
        }
        error.insert(ContextKind::InvalidValue, ContextValue::String(Escaped(&text).to_string()));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![why.into()]));
        Err(error)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let fits = |code: &&Code| !self.lowerable || code.severity() != Severity::Error;
        Some(Box::new(Code::ALL.iter().filter(fits).map(|code| PossibleValue::new(code.name()))))
    }
}
