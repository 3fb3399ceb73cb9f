//! `check --batch`: many bundles, on all cores, with one line of JSON for each in the order in which they came. Memory does not grow with their number.

mod entry;
mod lines;
mod ordered;
mod progress;
mod summary;

use crate::args::CheckArgs;
use crate::content::{shown_path, why};
use crate::failure::{Exit, Usage};
use crate::forgiving;
use crate::format::{Shown, json};
use crate::input;
use crate::passphrase::{self, Passphrases};
use certflight_validate::{Escaped, Fleet, Policy, SecretText, Severity, on_clean_stack};
use entry::{Entry, Id, Unreadable};
use lines::{Lines, Next};
use memchr::memmem;
use ordered::Questions;
use progress::Progress;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use summary::Summary;
use zeroize::Zeroizing;

/// How many bundles one thread checks at a time, and how many bytes of them: to hand over one costs a few microseconds, to check it a hundred.
const CHUNK: usize = 16;
const CHUNK_BYTES: usize = 256 * 1024;

/// How many bytes of lines are in memory at the same time, unless one line alone has more; and how many of answers before they are written.
const BYTES_AT_ONCE: usize = 32 * 1024 * 1024;
/// As how many bytes a bundle counts that names files, beside those of its line: how much is in them, and in its report, turns out when it is read.
const BYTES_OF_FILES: usize = 1024 * 1024;
const WRITTEN_AT_ONCE: usize = 256 * 1024;

/// The most folders of a batch: their names are in memory together, as they are sorted.
const MAX_FOLDERS: usize = 1_000_000;

/// What holds of every bundle.
struct Batch<'a> {
    args: &'a CheckArgs,
    origin: Option<&'a str>,
    passphrase: Option<Arc<SecretText>>,
    min_severity: Severity,
    fleet: Fleet,
}

/// One bundle to check.
enum Asked {
    /// A line and its number.
    Line(u64, Result<Zeroizing<Vec<u8>>, TooLong>),
    Folder(PathBuf),
}

struct TooLong;

/// Some bundles, and how far in the whole the last of them is.
struct Chunk {
    asked: Vec<Asked>,
    so_far: u64,
}

/// What was said of them.
struct Answer {
    text: String,
    summary: Summary,
    so_far: u64,
}

/// Why a batch ends before its end.
enum Stopped {
    ReaderGone,
    Failed(Usage),
}

/// What a batch came to, as far as it went.
struct Ended {
    summary: Summary,
    /// Every bundle was checked.
    is_whole: bool,
}

impl<E: Into<Usage>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Stopped::Failed(error.into())
    }
}

pub(crate) fn run(args: &CheckArgs, from: &str, out: &mut impl Write) -> Result<Exit, Usage> {
    input::standard_input_is_read_once(&args.inputs, &[Some(from)])?;
    let batch = Batch {
        args,
        origin: args.inputs.origin.as_deref(),
        passphrase: args.inputs.passphrase_file.as_deref().map(passphrase::read).transpose()?.map(Arc::new),
        min_severity: args.output.min_severity.into(),
        fleet: Fleet::new(),
    };
    let cannot = |error: io::Error| Usage(format!("--batch {}: {}", shown_path(from), why(&error)));
    let Ended { summary, is_whole } = if from == "-" {
        batch.lines(io::stdin(), None, from, out)?
    } else if Path::new(from).is_dir() {
        batch.folders(from, out)?
    } else {
        let file = File::open(from).map_err(cannot)?;
        let length = file.metadata().map_err(cannot)?.len();
        batch.lines(file, Some(length).filter(|length| *length > 0), from, out)?
    };
    out.write_all(json::line(&summary.document())?.as_bytes())?;
    out.flush()?;
    // Of those that nobody wanted to know of, none has passed.
    Ok(if is_whole && summary.all_passed() { Exit::Pass } else { Exit::Rejected })
}

impl Batch<'_> {
    fn lines(&self, from: impl Read + Send, length: Option<u64>, name: &str, out: &mut impl Write) -> Result<Ended, Usage> {
        self.answers(length, out, |questions| {
            let mut lines = Lines::new(from);
            let mut asking = Asking::new(questions);
            for number in 1.. {
                let next = match lines.next(false) {
                    // Whoever writes the lines may wait for the answers.
                    Ok(Next::Later) if !asking.hand_over(lines.taken) => break,
                    Ok(Next::Later) => lines.next(true),
                    next => next,
                };
                let line = match next {
                    Ok(Next::Line(line)) if line.trim_ascii().is_empty() => continue,
                    Ok(Next::Line(line)) => Ok(line),
                    Ok(Next::TooLong | Next::Later) => Err(TooLong),
                    Ok(Next::End) => break,
                    Err(error) => {
                        asking.hand_over(lines.taken);
                        return Err(Usage(format!("--batch {}: line {number}: {}", Escaped(name), why(&error))).into());
                    }
                };
                if !asking.ask(Asked::Line(number, line), lines.taken) {
                    break;
                }
            }
            asking.hand_over(lines.taken);
            Ok(())
        })
    }

    /// The folders in a folder, by name. Files beside them are no bundles.
    fn folders(&self, from: &str, out: &mut impl Write) -> Result<Ended, Usage> {
        let cannot = |error: io::Error| Usage(format!("--batch {}: {}", Escaped(from), why(&error)));
        let mut folders = Vec::new();
        for entry in fs::read_dir(from).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if !hidden && entry.path().is_dir() {
                folders.push(entry.file_name());
            }
            if folders.len() > MAX_FOLDERS {
                return Err(Usage(format!("--batch {}: it has more than {MAX_FOLDERS} folders; give parts of it", Escaped(from))));
            }
        }
        if folders.is_empty() {
            let message = "there is no folder in it; each bundle has one of its own, with its files in it";
            return Err(Usage(format!("--batch {}: {message}", Escaped(from))));
        }
        folders.sort_unstable();
        self.answers(Some(folders.len() as u64), out, |questions| {
            let mut asking = Asking::new(questions);
            for (at, folder) in (1..).zip(&folders) {
                if !asking.ask(Asked::Folder(Path::new(from).join(folder)), at) {
                    break;
                }
            }
            asking.hand_over(folders.len() as u64);
            Ok(())
        })
    }

    /// Writes the answers to what is asked; `whole` is what the last of them will have come to.
    fn answers(
        &self,
        whole: Option<u64>,
        out: &mut impl Write,
        ask: impl FnOnce(Questions<'_, Chunk, Answer>) -> Result<(), Stopped> + Send,
    ) -> Result<Ended, Usage> {
        let mut progress = Progress::new(whole);
        let mut all = Summary::default();
        let mut unwritten = 0;
        let ended = ordered::run(
            BYTES_AT_ONCE,
            ask,
            |chunk| self.answer(chunk),
            |Answer { text, summary, so_far }, more| {
                all.add(summary);
                out.write_all(text.as_bytes())?;
                unwritten += text.len();
                if !more || unwritten >= WRITTEN_AT_ONCE {
                    out.flush()?;
                    unwritten = 0;
                }
                progress.reached(so_far, all.bundles);
                // Whoever has seen enough is not worked for any longer.
                if forgiving::is_reader_gone() { Err(Stopped::ReaderGone) } else { Ok(()) }
            },
            |error| Stopped::Failed(Usage(format!("--batch: no thread can be started: {error}"))),
        );
        match ended {
            Ok(()) => Ok(Ended { summary: all, is_whole: true }),
            Err(Stopped::ReaderGone) => Ok(Ended { summary: all, is_whole: false }),
            Err(Stopped::Failed(usage)) => Err(usage),
        }
    }

    fn answer(&self, chunk: Chunk) -> Answer {
        let mut answer = Answer { text: String::new(), summary: Summary::default(), so_far: chunk.so_far };
        // A batch may wait for its next line for days.
        let policy = self.args.policy();
        for asked in chunk.asked {
            on_clean_stack(|| self.answer_one(asked, &policy, &mut answer));
        }
        answer
    }

    fn answer_one(&self, asked: Asked, policy: &Policy, answer: &mut Answer) {
        let (line, entry) = match &asked {
            Asked::Line(number, Ok(line)) => (Some(*number), Entry::of_line(line)),
            Asked::Line(number, Err(TooLong)) => {
                let why = format!("the line has more than {} MiB; give the texts as files", lines::MAX_LINE / (1024 * 1024));
                (Some(*number), Err(Unreadable { id: None, why }))
            }
            Asked::Folder(path) => (None, Entry::of_folder(path)),
        };
        drop(asked);
        let text = match entry {
            Ok(entry) => self.checked(entry, line, policy, &mut answer.summary),
            Err(Unreadable { id, why }) => {
                answer.summary.count_unreadable();
                json::line(&json::Document::unreadable(&why).of_batch(id.as_ref().map(Id::raw), line))
            }
        };
        // Documents are texts, numbers and lists of them: none of these cannot be written.
        answer.text.push_str(&text.unwrap_or_default());
    }

    fn checked(&self, entry: Entry, line: Option<u64>, policy: &Policy, summary: &mut Summary) -> io::Result<String> {
        let Entry { id, mut inputs, origin } = entry;
        let report = inputs.checked(
            origin.as_ref().map(|origin| origin.as_str()).or(self.origin),
            |request| self.fleet.check(request, policy),
            || Passphrases::of(self.passphrase.clone(), true),
        );
        summary.count(&report, id.as_ref(), line);
        let sources = inputs.sources();
        let shown = Shown { min_severity: self.min_severity, ..Shown::all(&report, &sources, &inputs.skipped) };
        json::line(&json::Document::of(&shown).of_batch(id.as_ref().map(Id::raw), line))
    }
}

/// Puts questions together.
struct Asking<'g> {
    questions: Questions<'g, Chunk, Answer>,
    chunk: Vec<Asked>,
    bytes: usize,
}

impl<'g> Asking<'g> {
    fn new(questions: Questions<'g, Chunk, Answer>) -> Self {
        Asking { questions, chunk: Vec::with_capacity(CHUNK), bytes: 0 }
    }

    /// Whether anybody still wants answers.
    fn ask(&mut self, asked: Asked, so_far: u64) -> bool {
        self.bytes += match &asked {
            // Vectors of the line are left on the stack.
            Asked::Line(_, Ok(line)) if on_clean_stack(|| memmem::find(line, b"_file\"").is_some()) => line.len() + BYTES_OF_FILES,
            Asked::Line(_, Ok(line)) => line.len(),
            Asked::Line(_, Err(TooLong)) => 0,
            Asked::Folder(_) => BYTES_OF_FILES,
        };
        self.chunk.push(asked);
        self.chunk.len() < CHUNK && self.bytes < CHUNK_BYTES || self.hand_over(so_far)
    }

    fn hand_over(&mut self, so_far: u64) -> bool {
        if self.chunk.is_empty() {
            return true;
        }
        let asked = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        let bytes = std::mem::take(&mut self.bytes);
        self.questions.ask(Chunk { asked, so_far }, bytes)
    }
}
