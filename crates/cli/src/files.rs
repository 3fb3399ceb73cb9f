//! New files: whole or not at all, and the secret ones readable by their owner alone from the start.

use crate::content::why;
use crate::failure::Usage;
use certflight_validate::Escaped;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
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

/// Whether [`replace`] can write there, as far as can be told without writing. What is tried in the folder has no name where the system allows it, and is gone at
/// once where not.
pub(crate) fn can_be_replaced(path: &str) -> io::Result<()> {
    if path.ends_with(std::path::is_separator) || Path::new(path).file_name().is_none() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    let path = &fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    for name in [path, &part_of(path)] {
        match fs::symlink_metadata(name) {
            Ok(about) if about.is_dir() => return Err(io::Error::from(io::ErrorKind::IsADirectory)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error), // a name that is too long
            _ => {}
        }
    }
    tempfile::tempfile_in(folder_of(path)).map(drop)
}

/// Writes a file in one step. On Linux it has no name until it is whole, so that a process that is killed leaves nothing; elsewhere, and to take the place of a
/// file that is there, it has another name for a moment, always the same, which the next process takes away.
pub(crate) fn replace(path: &str, text: &[u8]) -> io::Result<()> {
    // Another process that does the same may take the name away; the last one stays.
    let in_the_way = |error: &io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists => true,
        // What another process has open there cannot be renamed on Windows for that moment.
        io::ErrorKind::PermissionDenied => cfg!(windows),
        _ => false,
    };
    let mut done = replace_once(path, text);
    for _ in 0..100 {
        match &done {
            Err(error) if in_the_way(error) => done = replace_once(path, text),
            _ => break,
        }
    }
    done
}

fn replace_once(path: &str, text: &[u8]) -> io::Result<()> {
    // Of a link, what it leads to.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path));
    let part = part_of(path);
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let whole = match make_whole(path, &part, text) {
        Ok(Named::Path) => return Ok(()),
        Ok(Named::Part) => Ok(()),
        // Another process was there in between. What it may be writing is not written over.
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound) => return Err(error),
        // There are no such files here. Made anew: what another user may have put there is not written through.
        Err(_) => fs::File::create_new(&part).and_then(|mut file| file.write_all(text)),
    };
    whole.and_then(|()| fs::rename(&part, path))
}

/// What a file without a name was called in the end.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "there are no such files"))]
enum Named {
    Path,
    Part,
}

/// Writes a file without a name and then gives it one: that of `path`, or of `part` where something is called so. Fails where a file system has no such files.
#[cfg(target_os = "linux")]
fn make_whole(path: &Path, part: &Path, text: &[u8]) -> io::Result<Named> {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};
    use std::os::fd::AsRawFd as _;
    let mode = Mode::from_raw_mode(0o666); // the process's mask takes from it
    let mut file = fs::File::from(openat(CWD, folder_of(path), OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, mode)?);
    file.write_all(text)?;
    // open(2), O_TMPFILE: this is how an unprivileged process names it.
    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    match linkat(CWD, &nameless, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => Ok(Named::Path),
        Err(_) => Ok(linkat(CWD, &nameless, CWD, part, AtFlags::SYMLINK_FOLLOW).map(|()| Named::Part)?),
    }
}

#[cfg(not(target_os = "linux"))]
fn make_whole(_path: &Path, _part: &Path, _text: &[u8]) -> io::Result<Named> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

fn part_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    folder_of(path).join(format!(".{name}.certflight-part"))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
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
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The process's mask takes from the second, as from any new file.
        let mode = if file.secret { 0o600 } else { 0o666 };
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    // On Windows a file has the access list of its folder; who may read that may read the key.
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(file.text)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_at_once_each_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipt.json");
        let path = path.to_str().unwrap();
        std::thread::scope(|scope| {
            for number in b'0'..b'4' {
                scope.spawn(move || {
                    for _ in 0..200 {
                        replace(path, &[number; 1000]).unwrap();
                        let read = fs::read(path).unwrap();
                        assert!(read.len() == 1000 && read.iter().all(|byte| Some(byte) == read.first()));
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
