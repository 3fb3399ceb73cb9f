//! JUnit XML, as GitLab, Jenkins and others read it: a test case for the verdict and one for each finding. An error is a failed one; warnings and infos pass, with what
//! they say as their output.

use crate::format::{Shown, words};
use certflight_validate::{Finding, Severity, Verdict};
use maud::{Markup, PreEscaped, html};
use std::io::{self, Write};

pub(crate) fn write(shown: &Shown<'_>, out: &mut impl Write) -> io::Result<()> {
    let report = shown.report;
    let cases: Vec<&Finding> = shown.findings().collect();
    let errors = cases.iter().filter(|finding| finding.severity == Severity::Error).count();
    let failed = report.verdict() == Verdict::Fail;
    let (tests, failures) = (cases.len() + 1, errors + usize::from(failed));
    let verdict = words::verdict(report);
    let document = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        testsuites name="certflight" tests=(tests) failures=(failures) errors="0" {
            "\n"
            testsuite name="certflight" tests=(tests) failures=(failures) errors="0" skipped="0" timestamp=[report.checked_at()] {
                "\n"
                // There at every run, so that it can be told whether a failure is new or mended.
                testcase classname="certflight" name="verdict" {
                    @if failed { failure type="verdict" message=(verdict) { (verdict) } } @else { system-out { (verdict) } }
                }
                "\n"
                @for finding in cases { (case(finding)) "\n" }
            }
            "\n"
        }
        "\n"
    };
    out.write_all(document.into_string().as_bytes())
}

fn case(finding: &Finding) -> Markup {
    let name = format!("{} ({})", finding.code, words::location(&finding.at));
    let line = words::lines(&finding.at).map(|(_, lines)| lines.first);
    let text = words::text(finding);
    html! {
        testcase classname="certflight" name=(xml(&name)) file=[words::path(&finding.at).map(|file| xml(&file))] line=[line] {
            @match finding.severity {
                Severity::Error => failure type=(finding.code.name()) message=(xml(&finding.message)) { (xml(&text)) },
                severity => system-out { (severity) ": " (xml(&text)) },
            }
        }
    }
}

/// Without the two characters that XML 1.0 section 2.2 knows no way to write; the others that it forbids are escaped long before.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
