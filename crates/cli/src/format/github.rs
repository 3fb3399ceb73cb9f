//! Annotations of GitHub Actions: a workflow command a line, as its runner reads them from a step's output.

use crate::format::{Shown, words};
use certflight_validate::Severity;
use std::io::{self, Write};

/// One annotation for each finding, then the verdict as a line of the log.
pub(crate) fn write(shown: &Shown<'_>, out: &mut impl Write) -> io::Result<()> {
    for finding in shown.findings() {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            _ => "notice",
        };
        let mut place = String::new();
        if let Some(file) = words::path(&finding.at) {
            place.push_str(&format!("file={},", property(&file)));
            if let Some((_, lines)) = words::lines(&finding.at) {
                place.push_str(&format!("line={},endLine={},", lines.first, lines.last));
            }
        }
        writeln!(out, "::{command} {place}title={}::{}", property(finding.code.name()), data(&words::text(finding)))?;
    }
    writeln!(out, "certflight: {}", words::verdict(shown.report))
}

/// The text of a workflow command, escaped as the runner undoes it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command, where a colon or a comma would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("50%\r\n::error::a,b"), "50%25%0D%0A::error::a,b");
        assert_eq!(property("C:\\a,b%3A.pem\n"), "C%3A\\a%2Cb%253A.pem%0A");
    }
}
