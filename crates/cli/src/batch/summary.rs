//! What a batch came to, told at its end.

use super::entry::Id;
use certflight_validate::{Report, Timestamp, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

/// Of any part of a batch.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) bundles: u64,
    passed: u64,
    failed: u64,
    unreadable: u64,
    /// In how many bundles each code was found.
    codes: BTreeMap<&'static str, u64>,
    soonest: Option<Soonest>,
}

/// The first end of validity on the paths that passed.
#[derive(Serialize)]
struct Soonest {
    #[serde(serialize_with = "as_text")]
    not_after: Timestamp,
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_line: Option<u64>,
}

fn as_text<S: serde::Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(instant)
}

/// The last line of the answers.
#[derive(Serialize)]
struct Last<'s> {
    version: u32,
    summary: Counts<'s>,
}

#[derive(Serialize)]
struct Counts<'s> {
    bundles: u64,
    passed: u64,
    failed: u64,
    unreadable: u64,
    codes: &'s BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    soonest_expiry: Option<&'s Soonest>,
}

impl Summary {
    /// Takes one bundle in that could be read.
    pub(super) fn count(&mut self, report: &Report, id: Option<&Id>, line: Option<u64>) {
        self.bundles += 1;
        match report.verdict() {
            Verdict::Pass => self.passed += 1,
            Verdict::Fail => self.failed += 1,
        }
        let mut codes: Vec<&'static str> = report.findings().iter().map(|finding| finding.code.name()).collect();
        codes.sort_unstable();
        codes.dedup();
        for code in codes {
            *self.codes.entry(code).or_default() += 1;
        }
        let first = report.chain().iter().min_by_key(|certificate| certificate.not_after);
        if let Some(first) = first.filter(|_| report.verdict() == Verdict::Pass)
            && self.soonest.as_ref().is_none_or(|soonest| first.not_after < soonest.not_after)
        {
            let (not_after, subject) = (first.not_after, first.subject.clone());
            self.soonest = Some(Soonest { not_after, subject, id: id.cloned(), batch_line: line });
        }
    }

    /// Takes one in that could not.
    pub(super) fn count_unreadable(&mut self) {
        self.bundles += 1;
        self.unreadable += 1;
    }

    /// Takes in what came after this.
    pub(super) fn add(&mut self, later: Summary) {
        self.bundles += later.bundles;
        self.passed += later.passed;
        self.failed += later.failed;
        self.unreadable += later.unreadable;
        for (code, count) in later.codes {
            *self.codes.entry(code).or_default() += count;
        }
        if let Some(other) = later.soonest
            && self.soonest.as_ref().is_none_or(|soonest| other.not_after < soonest.not_after)
        {
            self.soonest = Some(other);
        }
    }

    pub(super) fn all_passed(&self) -> bool {
        self.passed == self.bundles
    }

    /// As a line of JSON says it.
    pub(super) fn document(&self) -> impl Serialize {
        Last {
            version: 1,
            summary: Counts {
                bundles: self.bundles,
                passed: self.passed,
                failed: self.failed,
                unreadable: self.unreadable,
                codes: &self.codes,
                soonest_expiry: self.soonest.as_ref(),
            },
        }
    }
}
