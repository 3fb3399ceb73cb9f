//! Whether others on this machine can read a secret's file.

use std::io::{self, Write as _};

/// Warns where a regular file with a secret can be read by others. On Windows the access list decides, which is not looked at.
pub(crate) fn warn(path: &str, what: &str) {
    #[cfg(unix)]
    {
        use certflight_validate::Escaped;
        use std::os::unix::fs::PermissionsExt as _;
        let Ok(about) = std::fs::metadata(path) else { return }; // who reads it says why not
        let mode = about.permissions().mode() & 0o777;
        if about.is_file() && mode & 0o044 != 0 {
            let path = Escaped(path);
            let _ = writeln!(
                io::stderr(),
                "warning: {path}: others can read {what} (mode {mode:04o}); chmod 600 makes it its owner's alone"
            );
        }
    }
    #[cfg(not(unix))]
    let _ = (path, what, io::stderr().flush());
}
