//! The access token: from a file, a variable or the stored login, never from an argument, which other users of the machine can see.

use crate::args::ApiArgs;
use crate::failure::Usage;
use crate::{content, exposure, login};
use certflight_upload::Token;
use certflight_validate::Escaped;
use zeroize::{Zeroize as _, Zeroizing};

const VARIABLE: &str = "VERCEL_TOKEN";

/// A token, and what it brings along.
pub(crate) struct Found {
    pub(crate) token: Token,
    /// What it came from.
    pub(crate) from: String,
    /// The team that is active in the login that it came from.
    pub(crate) team: Option<String>,
}

/// Reads the token from `--token-file`, else from the variable, else from the login that the vendor's command line stored.
pub(crate) fn find(args: &ApiArgs) -> Result<Found, Usage> {
    if let Some(path) = &args.token_file {
        let from = format!("--token-file {}", content::shown(path));
        let bytes =
            if path == "-" { content::read_from(path) } else { content::read_file(path).map_err(|error| content::why(&error)) };
        let bytes = bytes.map_err(|why| Usage(format!("{from}: {why}")))?;
        exposure::warn(path, "the token");
        let text = str::from_utf8(&bytes).map_err(|_| Usage(format!("{from}: this is no text")))?;
        return found(Zeroizing::new(text.trim_ascii().to_owned()), from, None);
    }
    match std::env::var(VARIABLE) {
        Ok(mut value) => {
            let text = Zeroizing::new(value.trim_ascii().to_owned());
            value.zeroize();
            return found(text, VARIABLE.to_owned(), None);
        }
        Err(std::env::VarError::NotPresent) => {}
        Err(std::env::VarError::NotUnicode(_)) => return Err(Usage(format!("{VARIABLE}: this is no text"))),
    }
    let Some(login) = login::read()? else {
        let message = format!(
            "there is no token: set the variable {VARIABLE}, name a file with --token-file, or log in with the vendor's command line"
        );
        return Err(Usage(message));
    };
    exposure::warn(&login.path, "the token");
    found(login.token, Escaped(&login.path).to_string(), login.team)
}

fn found(mut text: Zeroizing<String>, from: String, team: Option<String>) -> Result<Found, Usage> {
    let token = Token::new(std::mem::take(&mut *text)).map_err(|error| Usage(format!("{from}: {error}")))?;
    Ok(Found { token, from, team })
}
