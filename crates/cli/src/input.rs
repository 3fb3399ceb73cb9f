//! Inputs from files, folders, standard input and variables, into buffers that are wiped.

use crate::args::InputArgs;
use crate::failure::Usage;
use crate::passphrase::Passphrases;
use certflight_validate::{Escaped, MAX_INPUT_BYTES, Opened, Role, Source, inspect};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// The most files of a folder that are read: a folder with more is not one of a partner's certificates.
const MAX_FILES: usize = 256;

/// One input, read, and what was opened in it.
pub(crate) struct Input {
    role: Role,
    name: String,
    bytes: Zeroizing<Vec<u8>>,
    opened: Vec<Opened>,
}

impl Input {
    pub(crate) fn source(&self) -> Source<'_> {
        Source { opened: &self.opened, ..Source::new(self.role, &self.name, &self.bytes) }
    }
}

/// All that was named, read.
pub(crate) struct Inputs {
    list: Vec<Input>,
    /// The files of a folder in which nothing has to do with certificates or keys.
    pub(crate) skipped: Vec<String>,
}

impl Inputs {
    pub(crate) fn sources(&self) -> Vec<Source<'_>> {
        self.list.iter().map(Input::source).collect()
    }
}

/// Standard input can be given to one input, to the passphrase or to what `also` is, and not twice.
pub(crate) fn standard_input_is_read_once(args: &InputArgs, also: Option<&str>) -> Result<(), Usage> {
    let flags = [&args.cert, &args.key, &args.ca, &args.passphrase_file].into_iter().filter_map(|from| from.as_deref());
    let all = flags.chain(args.files.iter().map(String::as_str)).chain(also);
    if all.filter(|from| *from == "-").count() > 1 {
        return Err(Usage("standard input can be read once: give - in one place only".into()));
    }
    Ok(())
}

/// Reads what the flags and FILES name, and opens what is closed in it.
pub(crate) fn read(args: &InputArgs) -> Result<Inputs, Usage> {
    standard_input_is_read_once(args, None)?;
    let flags = [(Role::Cert, &args.cert), (Role::Key, &args.key), (Role::Ca, &args.ca)];
    let named = flags.into_iter().filter_map(|(role, from)| Some((role, from.as_deref()?)));
    let given: Vec<(Role, &str)> = named.chain(args.files.iter().map(|file| (Role::Auto, file.as_str()))).collect();
    if given.is_empty() && args.origin.is_none() {
        return Err(Usage("there is nothing to read: give the files, or --cert FILE, --key FILE and --ca FILE".into()));
    }
    let mut inputs = Inputs { list: Vec::new(), skipped: Vec::new() };
    for (role, from) in given {
        match role {
            Role::Auto if is_folder(from) => read_folder(from, &mut inputs)?,
            _ => inputs.list.push(read_one(role, from)?),
        }
    }
    let mut passphrases = Passphrases::new(args.passphrase_file.as_deref())?;
    for input in &mut inputs.list {
        for sealed in inspect(&input.source()).sealed {
            let opened = passphrases.open(&sealed, &input.name);
            input.opened.push(opened);
        }
    }
    Ok(inputs)
}

fn is_folder(from: &str) -> bool {
    from != "-" && !from.starts_with("env:") && Path::new(from).is_dir()
}

/// The files of a folder, not those of the folders in it, by name. Hidden files are the system's and the editors'.
fn read_folder(folder: &str, inputs: &mut Inputs) -> Result<(), Usage> {
    let cannot = |error: io::Error| Usage(format!("{}: {}", Escaped(folder), why(&error)));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.is_file() {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            let message =
                format!("{}: there are more than {MAX_FILES} files in the folder; name those that are meant", Escaped(folder));
            return Err(Usage(message));
        }
    }
    paths.sort();
    for path in paths {
        let Some(path) = path.to_str() else {
            return Err(Usage(format!("{}: the name of a file in it is no UTF-8; rename it", Escaped(folder))));
        };
        let input = read_one(Role::Auto, path)?;
        match inspect(&input.source()).recognised {
            true => inputs.list.push(input),
            false => inputs.skipped.push(input.name),
        }
    }
    Ok(())
}

fn read_one(role: Role, from: &str) -> Result<Input, Usage> {
    let name = if from == "-" { "standard input" } else { from };
    let flag = if role == Role::Auto { String::new() } else { format!("--{role} ") };
    match read_from(from) {
        Ok(bytes) => Ok(Input { role, name: name.to_owned(), bytes, opened: Vec::new() }),
        Err(why) => Err(Usage(format!("{flag}{}: {why}", Escaped(from)))),
    }
}

/// The content of a file, of standard input (`-`) or of a variable (`env:NAME`); else why it cannot be read.
pub(crate) fn read_from(from: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    if let Some(variable) = from.strip_prefix("env:") {
        return match std::env::var(variable) {
            Ok(content) => Ok(Zeroizing::new(content.into_bytes())),
            Err(std::env::VarError::NotPresent) => Err("the variable is not set".to_owned()),
            Err(std::env::VarError::NotUnicode(_)) => Err("the variable is no UTF-8 text".to_owned()),
        };
    }
    let read = if from == "-" { read_capped(io::stdin().lock(), 0) } else { read_file(from) };
    read.map_err(|error| why(&error))
}

/// Where a secret is read from, unless it may be the secret itself, given in place of its file: without a separator or a dot.
pub(crate) fn shown(from: &str) -> String {
    match from == "-" || from.starts_with("env:") || from.contains(['/', '\\', '.']) {
        true => Escaped(from).to_string(),
        false => "(not shown, it may be the secret itself)".to_owned(),
    }
}

fn read_file(path: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        // Windows refuses to open a directory; Unix refuses to read it, with a less clear message on some systems.
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    read_capped(file, usize::try_from(about.len()).unwrap_or(usize::MAX))
}

/// Reads up to one byte more than an input may have, which is enough for the library to see that it is too large.
pub(crate) fn read_capped(reader: impl Read, expected: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut reader = reader.take(MAX_INPUT_BYTES as u64 + 1);
    let mut buffer = Zeroizing::new(vec![0; expected.clamp(4096, MAX_INPUT_BYTES) + 1]);
    let mut length = 0;
    loop {
        if length == buffer.len() {
            // Grown by hand: a Vec that grows by itself leaves its old bytes behind.
            let mut larger = Zeroizing::new(vec![0; buffer.len() * 2]);
            if let Some(start) = larger.get_mut(..length) {
                start.copy_from_slice(&buffer);
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
    let der = matches!(value.as_bytes(), [b'M', b'A'..=b'I', ..]) && value.len() >= 60 && value.bytes().all(base64);
    value.contains("-----BEGIN") || value.contains("LS0tLS1CRUdJ") || der
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
