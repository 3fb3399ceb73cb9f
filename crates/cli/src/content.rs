//! Content from a file, standard input or a variable, into buffers that are wiped.

use certflight_validate::{Escaped, MAX_INPUT_BYTES};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// The content of a file, of standard input (`-`) or of a variable (`env:NAME`); else why it cannot be read.
pub(crate) fn read_from(from: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    if let Some(variable) = from.strip_prefix("env:") {
        return match std::env::var(variable) {
            Ok(content) => Ok(Zeroizing::new(content.into_bytes())),
            Err(std::env::VarError::NotPresent) => Err("the variable is not set".to_owned()),
            Err(std::env::VarError::NotUnicode(content)) => {
                // A key in UTF-16 is still one.
                drop(Zeroizing::new(content.into_encoded_bytes()));
                Err("the variable is no UTF-8 text".to_owned())
            }
        };
    }
    let read = if from == "-" { read_capped(io::stdin().lock(), ROOM, ROOM) } else { read_file(from) };
    read.map_err(|error| why(&error))
}

/// Where a secret is read from, unless it may be the secret itself, given in place of its file: it is there, or could be in a folder that is there.
pub(crate) fn shown(from: &str) -> String {
    match from == "-" || from.starts_with("env:") || is_placed(from) {
        true => Escaped(from).to_string(),
        false => "(not shown, it may be the secret itself)".to_owned(),
    }
}

/// Whether there is such a file, or could be one in a folder that is there.
pub(crate) fn is_placed(from: &str) -> bool {
    let path = Path::new(from);
    path.exists() || from.contains(['/', '\\']) && path.parent().is_some_and(Path::is_dir)
}

/// The longest part of a path that is shown where it could be base64: a key's shortest text has 64 characters, and a part of it is too much.
const LONGEST_SHOWN: usize = 40;

/// The path of a file that is not there, unless it, or a part of it, may be a text that somebody put in its place. Base64 has slashes, too, and its other alphabet (RFC 4648 section 5)
/// hyphens: only of a path whose folder is there they belong to names.
pub(crate) fn shown_path(path: &str) -> String {
    let base64 = |c: char| c.is_ascii_alphanumeric() || "+=\\\n".contains(c);
    let is_long = |part: &str| part.len() >= LONGEST_SHOWN;
    // Names have words: nearly no text of a key is without capitals, small letters and digits, unless it is hexadecimal.
    let is_random = |part: &str| {
        let has = |kind: fn(&u8) -> bool| part.as_bytes().iter().any(kind);
        has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
            || part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let has_part = path.split('/').any(|part| is_long(part) && part.chars().all(base64));
    let has_text = || path.split(|c| !(base64(c) || "/-_".contains(c))).any(|part| is_long(part) && is_random(part));
    match has_part || !is_placed(path) && has_text() {
        true => "(not shown, it may be the text itself)".to_owned(),
        false => Escaped(path).to_string(),
    }
}

/// The content of a regular file: a pipe that somebody left in its place is not waited for.
pub(crate) fn read_regular_file(path: impl AsRef<Path>) -> io::Result<Zeroizing<Vec<u8>>> {
    match path.as_ref().metadata()?.is_file() {
        true => read_file(path),
        false => Err(io::Error::other("it is no regular file")),
    }
}

pub(crate) fn read_file(path: impl AsRef<Path>) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        // Windows refuses to open a directory; Unix refuses to read it, with a less clear message on some systems.
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    match usize::try_from(about.len()).unwrap_or(usize::MAX).min(MAX_INPUT_BYTES) {
        // A pipe, or a file that the system makes up.
        0 => read_capped(file, ROOM, ROOM),
        // One byte more than there is to read shows that there is no more.
        length => read_capped(file, length + 1, 1),
    }
}

/// Standard input is read into a buffer of its own unless more room than that has is there: then the system reads into the room, and no copy stays behind.
/// tests/memory.rs holds it to that.
const ROOM: usize = 32 * 1024;

/// Reads more bytes than an input may have, at most by a little, so that the library sees that it is too large. There is room for so many bytes at `first`, and for no read
/// for less than `least`.
fn read_capped(mut reader: impl Read, first: usize, least: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(vec![0; first]);
    let mut length = 0;
    while length <= MAX_INPUT_BYTES {
        if buffer.len() - length < least {
            // Grown by hand: a Vec that grows by itself leaves its old bytes behind.
            let mut larger = Zeroizing::new(vec![0; buffer.len() * 2]);
            if let (Some(start), Some(read)) = (larger.get_mut(..length), buffer.get(..length)) {
                start.copy_from_slice(read);
            }
            buffer = larger;
        }
        match reader.read(buffer.get_mut(length..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(length);
    Ok(buffer)
}

/// Whether an argument is the content of a certificate or key, where only its path belongs: PEM, the base64 of PEM, or bare base64 of DER, whose first
/// two characters stand for a SEQUENCE (0x30) and the beginning of its length.
pub(crate) fn is_content(argument: &str) -> bool {
    let value = argument.split_once('=').filter(|(flag, _)| flag.starts_with("--")).map_or(argument, |(_, value)| value);
    let base64 = |b: u8| b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || b"+/=\\".contains(&b);
    let der = |text: &str| matches!(text.as_bytes(), [b'M', b'A'..=b'I', ..]) && text.len() >= 60 && text.bytes().all(base64);
    // A variable's content in place of its name; a text behind the dashes of a flag.
    let is_der = [value, argument].iter().any(|text| der(text.strip_prefix("env:").unwrap_or(text).trim_start_matches('-')));
    argument.contains("-----BEGIN") || argument.contains("-----END") || argument.contains("LS0tLS1CRUdJ") || is_der
}

/// The cause in plain words, the remedy where there is one.
pub(crate) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file; check the path".to_owned(),
        io::ErrorKind::PermissionDenied => "the file may not be read by this user; check its permissions".to_owned(),
        io::ErrorKind::IsADirectory => "this is a directory; name the file in it".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    }
}
