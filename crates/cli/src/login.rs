//! The login that the vendor's command line has stored. It is read, never written.

use crate::content;
use crate::failure::Usage;
use certflight_validate::{Escaped, Timestamp};
use serde::Deserialize;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// A login that holds a token.
pub(crate) struct Login {
    pub(crate) token: Zeroizing<String>,
    /// The file that the token is from.
    pub(crate) path: String,
    /// The ID of the team that is active there.
    pub(crate) team: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Auth {
    #[serde(default)]
    token: Option<Zeroizing<String>>,
    /// In seconds since 1970 began.
    #[serde(default)]
    expires_at: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    current_team: Option<String>,
    cred_storage: Option<String>,
}

/// The stored login, if there is one with a token that has not expired.
pub(crate) fn read() -> Result<Option<Login>, Usage> {
    let Some(folder) = folder() else { return Ok(None) };
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (path, config) = (file("auth.json"), file("config.json"));
    let config: Config = parse(&config)?.unwrap_or_default();
    let auth: Option<Auth> = parse(&path)?;
    let (token, expires_at) = auth.map(|auth| (auth.token, auth.expires_at)).unwrap_or_default();
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        if config.cred_storage.as_deref() == Some("keyring") {
            return Err(Usage(
                "there is no token: the vendor's command line keeps its login in the system's keyring, which is not read; set the variable \
                 VERCEL_TOKEN, or name a file with --token-file"
                    .to_owned(),
            ));
        }
        return Ok(None);
    };
    let since = expires_at.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok());
    let expiry = since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
    if let Some(expiry) = expiry.filter(|expiry| *expiry <= SystemTime::now()) {
        return Err(Usage(format!(
            "{}: the stored login has expired at {}; the vendor's command line renews it (vercel whoami), or set VERCEL_TOKEN",
            Escaped(&path),
            Timestamp::from(expiry)
        )));
    }
    Ok(Some(Login { token, path, team: config.current_team.filter(|team| !team.is_empty()) }))
}

/// A file's JSON; `None` where there is no file. Its text is in no message: it holds tokens.
fn parse<T: for<'de> Deserialize<'de>>(path: &str) -> Result<Option<T>, Usage> {
    let bytes = match content::read_regular_file(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Usage(format!("{}: {}", Escaped(path), content::why(&error)))),
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|_| Usage(format!("{}: this is not the JSON that the vendor's command line writes", Escaped(path))))
}

/// Where the vendor's command line keeps its files: the XDG base directory, and its counterparts on macOS and Windows.
fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = variable("XDG_DATA_HOME").map(PathBuf::from).or_else(|| default_base(&variable))?;
    Some(base.join("com.vercel.cli"))
}

#[cfg(windows)]
fn default_base(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    variable("APPDATA").map(|base| PathBuf::from(base).join("xdg.data"))
}

#[cfg(target_os = "macos")]
fn default_base(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    variable("HOME").map(|home| PathBuf::from(home).join("Library/Application Support"))
}

#[cfg(not(any(windows, target_os = "macos")))]
fn default_base(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    variable("HOME").map(|home| PathBuf::from(home).join(".local/share"))
}
