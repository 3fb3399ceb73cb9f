//! New files: whole or not at all, and the secret ones readable by their owner alone from the start.

use crate::content::why;
use crate::failure::Usage;
use certflight_validate::Escaped;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use tempfile::NamedTempFile;

/// A file to be made.
pub(crate) struct New<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a [u8],
    /// Only its owner may read it.
    pub(crate) secret: bool,
}

/// Writes the files into a folder, which is made if it is not there, and gives their paths. Each is written under another name first and then takes its
/// own in one step. Without `force` nothing is written where one of them is there already.
pub(crate) fn write(folder: &str, files: &[New<'_>], force: bool) -> Result<Vec<String>, Usage> {
    let path = Path::new(folder);
    let cannot = |name: &str, error: &io::Error| Usage(format!("{}: {}", Escaped(&path.join(name).to_string_lossy()), why(error)));
    if !force && let Some(there) = files.iter().find(|file| fs::symlink_metadata(path.join(file.name)).is_ok()) {
        return Err(exists(folder, there.name));
    }
    fs::create_dir_all(path).map_err(|error| cannot("", &error))?;
    let mut ready = Vec::new();
    for file in files {
        let temporary = prepare(path, file).map_err(|error| cannot(file.name, &error))?;
        ready.push((temporary, file.name));
    }
    let mut written = Vec::new();
    for (temporary, name) in ready {
        let target = path.join(name);
        // Another process may have made it in the meantime.
        let kept = if force { temporary.persist(&target) } else { temporary.persist_noclobber(&target) };
        match kept {
            Ok(_) => written.push(target.to_string_lossy().into_owned()),
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => return Err(exists(folder, name)),
            Err(failed) => return Err(cannot(name, &failed.error)),
        }
    }
    Ok(written)
}

/// Whether a file can be made in the folder of `path`. What is tried has no name where the system allows it, and is gone at once where not.
pub(crate) fn can_be_made_beside(path: &str) -> io::Result<()> {
    tempfile::tempfile_in(folder_of(path)).map(drop)
}

/// Writes a file in one step, over one that is there. Its name in the meantime is always the same, so that a process that is killed in between leaves nothing
/// that the next one does not take away.
pub(crate) fn replace(path: &str, text: &[u8]) -> Result<(), Usage> {
    let cannot = |error: &io::Error| Usage(format!("{}: {}", Escaped(path), why(error)));
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let part = format!(".{name}.certflight-part");
    let folder = folder_of(path);
    match fs::remove_file(folder.join(&part)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot(&error)),
        _ => {}
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(&part).rand_bytes(0);
    let temporary = fill(&mut builder, folder, text, 0o666).map_err(|error| cannot(&error))?;
    temporary.persist(path).map(drop).map_err(|failed| cannot(&failed.error))
}

fn folder_of(path: &str) -> &Path {
    match Path::new(path).parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn exists(folder: &str, name: &str) -> Usage {
    let path = Path::new(folder).join(name);
    Usage(format!(
        "{}: the file is there already; --force writes over it, or name another folder",
        Escaped(&path.to_string_lossy())
    ))
}

/// A file of another name in the same folder, with all of the content in it.
fn prepare(folder: &Path, file: &New<'_>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".certflight-");
    fill(&mut builder, folder, file.text, if file.secret { 0o600 } else { 0o666 })
}

fn fill(builder: &mut tempfile::Builder<'_, '_>, folder: &Path, text: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The process's mask takes from it, as from any new file.
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    // On Windows a file has the access list of its folder; who may read that may read the key.
    #[cfg(not(unix))]
    let _ = mode;
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(text)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}
