//! What the terminal can show: width, colours, Unicode.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use certflight_validate::Severity;
use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// The width where none is known: what fits on a page.
const WIDTH: usize = 100;

/// What a piece of text is, so that it gets its colour.
#[derive(Clone, Copy)]
pub(crate) enum Paint {
    Error,
    Warning,
    Note,
    Good,
    Strong,
    Frame,
}

impl Paint {
    pub(crate) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Paint::Error,
            Severity::Warning => Paint::Warning,
            _ => Paint::Note,
        }
    }

    fn style(self) -> Style {
        match self {
            Paint::Error => AnsiColor::Red.on_default().bold(),
            Paint::Warning => AnsiColor::Yellow.on_default().bold(),
            Paint::Note => AnsiColor::Cyan.on_default().bold(),
            Paint::Good => AnsiColor::Green.on_default().bold(),
            Paint::Strong => Style::new().bold(),
            Paint::Frame => AnsiColor::Blue.on_default(),
        }
    }
}

/// How a stream is written to.
pub(crate) struct Look {
    width: usize,
    colour: bool,
    unicode: bool,
}

impl Look {
    /// Of a stream, as `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM` say for colours, `COLUMNS` and the terminal for the width, the locale for Unicode.
    pub(crate) fn of(stream: &impl anstream::stream::RawStream) -> Self {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let terminal = || terminal_size::terminal_size().filter(|_| stream.is_terminal()).map(|(width, _)| usize::from(width.0));
        Look {
            // A terminal of less gets long lines rather than none.
            width: columns.or_else(terminal).unwrap_or(WIDTH).clamp(40, 200),
            colour: AutoStream::choice(stream) != ColorChoice::Never,
            unicode: supports_unicode::on(supports_unicode::Stream::Stdout),
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        let style = paint.style();
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Writes text in lines that fit, the first after `first`, the others after `rest`.
    pub(crate) fn wrap(&self, out: &mut String, first: &str, rest: &str, text: &str) -> fmt::Result {
        let options = textwrap::Options::new(self.width).initial_indent(first).subsequent_indent(rest).break_words(false);
        let options =
            options.word_splitter(textwrap::WordSplitter::NoHyphenation).word_separator(textwrap::WordSeparator::AsciiSpace);
        textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
    }

    /// Writes the text as the terminal can show it.
    pub(crate) fn print(&self, text: &str, out: &mut impl Write) -> io::Result<()> {
        match self.unicode {
            true => out.write_all(text.as_bytes()),
            false => out.write_all(ascii(text).as_bytes()),
        }
    }
}

/// The text in ASCII: what is drawn and quoted in its own signs, the rest escaped.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '“' | '”' => out.push('"'),
            '’' => out.push('\''),
            '…' => out.push_str("..."),
            '●' => out.push('*'),
            '✗' => out.push('X'),
            '│' => out.push('|'),
            '–' => out.push('-'),
            c if c.is_ascii() => out.push(c),
            c => {
                let _ = write!(out, "{}", c.escape_unicode()); // writing to a String does not fail
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_without_unicode_gets_ascii() {
        assert_eq!(ascii("✗ “Müller” …│"), "X \"M\\u{fc}ller\" ...|");
    }

    #[test]
    fn lines_fit_and_words_stay_whole() {
        let look = Look { width: 40, colour: false, unicode: true };
        let mut out = String::new();
        look.wrap(&mut out, "help: ", "      ", "append the missing certificate to the certificate file after-the-one-it-issued")
            .unwrap();
        assert_eq!(out, "help: append the missing certificate to\n      the certificate file\n      after-the-one-it-issued\n");
    }
}
