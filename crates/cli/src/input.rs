//! The inputs that the flags and FILES name, what is closed in them opened.

use crate::args::InputArgs;
use crate::content::{read_from, shown_path, why};
use crate::failure::Usage;
use crate::passphrase::Passphrases;
use certflight_validate::{Code, Escaped, MAX_ALL_BYTES, Opened, Report, Request, Role, Source, inspect};
use std::fs;
use std::io;
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
    /// An input of which nothing is opened yet.
    pub(crate) fn new(role: Role, name: &str, bytes: Zeroizing<Vec<u8>>) -> Self {
        Input { role, name: name.to_owned(), bytes, opened: Vec::new() }
    }

    fn source(&self) -> Source<'_> {
        Source { opened: &self.opened, ..Source::new(self.role, &self.name, &self.bytes) }
    }
}

/// All that was named, read.
#[derive(Default)]
pub(crate) struct Inputs {
    list: Vec<Input>,
    /// How many they have together.
    bytes: usize,
    /// The files of a folder from which no certificate or key can be read.
    pub(crate) skipped: Vec<String>,
}

impl Inputs {
    /// Keeps an input: no more bytes than are checked together, so that no folder fills the memory.
    pub(crate) fn put(&mut self, input: Input) -> Result<(), Usage> {
        self.bytes = self.bytes.saturating_add(input.bytes.len());
        if self.bytes > MAX_ALL_BYTES {
            let most = MAX_ALL_BYTES / (1024 * 1024);
            return Err(Usage(format!(
                "{}: with it the inputs have more than {most} MiB together; name those that are meant",
                Escaped(&input.name)
            )));
        }
        self.list.push(input);
        Ok(())
    }

    pub(crate) fn sources(&self) -> Vec<Source<'_>> {
        self.list.iter().map(Input::source).collect()
    }

    /// The report of `check`. Only where it says that something is closed is that looked for, opened with `passphrases`, and all of it checked again: nearly every bundle is
    /// read once.
    pub(crate) fn checked(
        &mut self,
        origin: Option<&str>,
        check: impl Fn(&Request<'_>) -> Report,
        passphrases: impl FnOnce() -> Passphrases,
    ) -> Report {
        let report = check(&Request { sources: &self.sources(), origin });
        if !report.findings().iter().any(|finding| matches!(finding.code, Code::ContainerInput | Code::KeyEncrypted)) {
            return report;
        }
        self.open(&mut passphrases());
        check(&Request { sources: &self.sources(), origin })
    }

    fn open(&mut self, passphrases: &mut Passphrases) {
        for input in &mut self.list {
            for sealed in inspect(&input.source()).sealed {
                let opened = passphrases.open(&sealed, &input.name);
                input.opened.push(opened);
            }
        }
    }

    /// The files of a folder, not those of the folders in it, by name. Hidden files are the system's and the editors'.
    pub(crate) fn put_folder(&mut self, folder: &str) -> Result<(), Usage> {
        let cannot = |error: io::Error| Usage(format!("{}: {}", Escaped(folder), why(&error)));
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if !hidden && !path.is_dir() {
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
            // A pipe, or a link to nothing: reading the one may never end, the other cannot be read.
            if !Path::new(path).is_file() {
                self.skipped.push(path.to_owned());
                continue;
            }
            let input = read_one(Role::Auto, path)?;
            match inspect(&input.source()).recognised {
                true => self.put(input)?,
                false => self.skipped.push(input.name),
            }
        }
        Ok(())
    }
}

/// Standard input can be given to one input, to the passphrase or to what `also` is, and not twice.
pub(crate) fn standard_input_is_read_once(args: &InputArgs, also: &[Option<&str>]) -> Result<(), Usage> {
    let flags = [&args.cert, &args.key, &args.ca, &args.passphrase_file].into_iter().filter_map(|from| from.as_deref());
    let all = flags.chain(args.files.iter().map(String::as_str)).chain(also.iter().copied().flatten());
    if all.filter(|from| *from == "-").count() > 1 {
        return Err(Usage("standard input can be read once: give - in one place only".into()));
    }
    Ok(())
}

/// Reads what the flags and FILES name, and the certificate that is replaced, and opens what is closed in them; `non_interactive` asks for no passphrase.
pub(crate) fn read(args: &InputArgs, replaces: Option<&str>, non_interactive: bool) -> Result<Inputs, Usage> {
    let mut inputs = read_closed(args, replaces)?;
    inputs.open(&mut Passphrases::new(args.passphrase_file.as_deref(), non_interactive)?);
    Ok(inputs)
}

/// The same, with nothing opened.
pub(crate) fn read_closed(args: &InputArgs, replaces: Option<&str>) -> Result<Inputs, Usage> {
    standard_input_is_read_once(args, &[replaces])?;
    let flags = [(Role::Cert, &args.cert), (Role::Key, &args.key), (Role::Ca, &args.ca)];
    let named = flags.into_iter().filter_map(|(role, from)| Some((role, from.as_deref()?)));
    let mut given: Vec<(Role, &str)> = named.chain(args.files.iter().map(|file| (Role::Auto, file.as_str()))).collect();
    if given.is_empty() && args.origin.is_none() {
        return Err(Usage("there is nothing to read: give the files, or --cert FILE, --key FILE and --ca FILE".into()));
    }
    given.extend(replaces.map(|from| (Role::Replaces, from)));
    let mut inputs = Inputs::default();
    for (role, from) in given {
        match role {
            Role::Auto if is_folder(from) => inputs.put_folder(from)?,
            _ => inputs.put(read_one(role, from)?)?,
        }
    }
    Ok(inputs)
}

fn is_folder(from: &str) -> bool {
    from != "-" && !from.starts_with("env:") && Path::new(from).is_dir()
}

fn read_one(role: Role, from: &str) -> Result<Input, Usage> {
    let name = if from == "-" { "standard input" } else { from };
    let flag = if role == Role::Auto { String::new() } else { format!("--{role} ") };
    match read_from(from) {
        Ok(bytes) => Ok(Input::new(role, name, bytes)),
        Err(why) => Err(Usage(format!("{flag}{}: {why}", shown_path(from)))),
    }
}
