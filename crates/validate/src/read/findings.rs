//! What is said of one source. An input of megabytes can be wrong in every line, so what is kept is bounded and the rest is counted.

use crate::code::Severity;
use crate::finding::Finding;
use std::cmp::Reverse;

/// The most findings that one source makes; what is more is counted.
const MAX_SHOWN: usize = 50;

/// The most that are kept until the worst of them are chosen.
const MAX_KEPT: usize = 1000;

#[derive(Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    errors: usize,
    all: usize,
}

impl Findings {
    pub(super) fn push(&mut self, finding: Finding) {
        self.all += 1;
        let is_error = finding.severity == Severity::Error;
        self.errors += usize::from(is_error);
        // Errors have their place even after a thousand remarks: without one the source would count as sound.
        if self.list.len() < MAX_KEPT || is_error && self.errors <= MAX_SHOWN {
            self.list.push(finding);
        }
    }

    /// How many errors there were.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter()
    }

    /// The worst, and of those the first; the last one says how many there are beside them.
    pub(super) fn into_shown(self) -> Vec<Finding> {
        let Findings { list: mut shown, all, .. } = self;
        if all > MAX_SHOWN {
            shown.sort_by_key(|finding| Reverse(finding.severity)); // stable
            shown.truncate(MAX_SHOWN);
            let more = all - MAX_SHOWN;
            if let Some(last) = shown.pop() {
                shown.push(last.note(format!("and {more} more findings in this input, not shown")));
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::finding::Location;

    #[test]
    fn an_error_after_thousands_of_remarks_is_kept() {
        let mut findings = Findings::default();
        for _ in 0..5000 {
            findings.push(Finding::new(Code::PemStrayText, Location::Bundle, "a remark"));
        }
        findings.push(Finding::new(Code::PemBadBase64, Location::Bundle, "an error"));
        assert_eq!((findings.errors(), findings.iter().count()), (1, MAX_KEPT + 1));
        let shown = findings.into_shown();
        assert_eq!((shown.len(), shown[0].code), (MAX_SHOWN, Code::PemBadBase64));
        assert_eq!(shown[MAX_SHOWN - 1].notes[0].text, "and 4951 more findings in this input, not shown");
    }

    #[test]
    fn as_many_as_are_shown_need_no_count() {
        let mut findings = Findings::default();
        for _ in 0..MAX_SHOWN {
            findings.push(Finding::new(Code::PemStrayText, Location::Bundle, "a remark"));
        }
        let shown = findings.into_shown();
        assert!(shown.len() == MAX_SHOWN && shown.iter().all(|finding| finding.notes.is_empty()));
    }
}
