//! The access token: from a file or a variable, never from an argument, which other users of the machine can see.

use crate::content;
use crate::failure::Usage;
use certflight_upload::Token;
use std::fs::File;
use std::io;
use zeroize::{Zeroize as _, Zeroizing};

const VARIABLE: &str = "VERCEL_TOKEN";

/// Reads the token from `--token-file`, else from the variable.
pub(crate) fn read(file: Option<&str>) -> Result<Token, Usage> {
    let (from, text) = match file {
        Some(path) => {
            let bytes = if path == "-" {
                content::read_capped(io::stdin().lock(), 0)
            } else {
                File::open(path).and_then(|file| content::read_capped(file, 0))
            };
            let from = format!("--token-file {}", content::shown(path));
            let bytes = bytes.map_err(|error| Usage(format!("{from}: {}", content::why(&error))))?;
            let text = str::from_utf8(&bytes).map_err(|_| Usage(format!("{from}: this is no text")))?;
            (from, Zeroizing::new(text.trim_ascii().to_owned()))
        }
        None => match std::env::var(VARIABLE) {
            Ok(mut value) => {
                let text = Zeroizing::new(value.trim_ascii().to_owned());
                value.zeroize();
                (VARIABLE.to_owned(), text)
            }
            Err(std::env::VarError::NotPresent) => {
                return Err(Usage(format!("there is no token: set the variable {VARIABLE}, or name a file with --token-file")));
            }
            Err(std::env::VarError::NotUnicode(_)) => return Err(Usage(format!("{VARIABLE}: this is no text"))),
        },
    };
    let mut text = text;
    Token::new(std::mem::take(&mut *text)).map_err(|error| Usage(format!("{from}: {error}")))
}
