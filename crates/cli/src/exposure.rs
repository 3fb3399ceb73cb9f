//! Whether others on this machine can read a secret's file.

/// Warns where a regular file with a secret can be read by others.
#[cfg(unix)]
pub(crate) fn warn(path: &str, what: &str) {
    use certflight_validate::Escaped;
    use std::io::{self, Write as _};
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(about) = std::fs::metadata(path) else { return }; // who reads it says why not
    let mode = about.permissions().mode() & 0o777;
    if about.is_file() && mode & 0o044 != 0 {
        let message = format!("{}: others can read {what} (mode {mode:04o}); chmod 600 makes it its owner's alone", Escaped(path));
        let _ = writeln!(io::stderr(), "warning: {message}");
    }
}

/// On Windows an access list decides, mostly that of the folder; it is not looked at.
#[cfg(not(unix))]
pub(crate) fn warn(_path: &str, _what: &str) {}
