//! What a run comes to: the table, the cases that are wrong, and how the list of exceptions fares.

use crate::exceptions::Exceptions;
use crate::judge::{Judged, Outcome};
use crate::table::{milliseconds, table};
use certflight_validate::{Code, Escaped, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// A run, summed up.
pub(crate) struct Report {
    /// For people; ends with a line break.
    pub(crate) text: String,
    /// Whether cases were judged, and each is right or excepted, and each exception is needed.
    pub(crate) passed: bool,
}

impl Report {
    pub(crate) fn new(all: &[Judged<'_>], exceptions: &Exceptions) -> Self {
        let mut lines = vec![table(all)];
        let reasons = all.iter().filter_map(|judged| judged.case.unjudged);
        let unjudged = reasons.fold(BTreeMap::<_, usize>::new(), |mut counts, reason| {
            *counts.entry(reason).or_default() += 1;
            counts
        });
        lines.extend(unjudged.iter().map(|(reason, count)| format!("not judged: {count}, {reason}")));

        let untold = all.iter().filter(|judged| judged.outcome == Outcome::CannotTell);
        lines.extend(untold.map(|judged| format!("cannot tell: {}", told(judged))));

        let mut wrong = 0;
        let mut needed = BTreeSet::new();
        for judged in all.iter().filter(|judged| judged.outcome.is_wrong()) {
            match exceptions.get(&judged.case.id) {
                Some(reason) => {
                    needed.insert(judged.case.id.as_str());
                    lines.push(format!("excepted: {}\n    {}", told(judged), Escaped(reason)));
                }
                None => {
                    wrong += 1;
                    lines.push(format!("wrong: {}", told(judged)));
                }
            }
        }

        let given: BTreeSet<&str> = all.iter().map(|judged| judged.case.id.as_str()).collect();
        let (here, elsewhere): (Vec<&str>, Vec<&str>) = exceptions.keys().map(String::as_str).partition(|id| given.contains(id));
        let needless: Vec<&str> = here.into_iter().filter(|id| !needed.contains(id)).collect();
        lines
            .extend(needless.iter().map(|id| format!("no longer needed: the exception for {}; take it off the list", Escaped(id))));
        lines.push(format!(
            "exceptions: {} needed, {} no longer needed, {} not in these files",
            needed.len(),
            needless.len(),
            elsewhere.len()
        ));

        let nothing = all.iter().all(|judged| judged.outcome == Outcome::NotJudged);
        let passed = !nothing && wrong == 0 && needless.is_empty();
        lines.push(match (passed, nothing) {
            (true, _) => "PASS".to_owned(),
            (false, true) => "FAIL: no case was judged, so nothing is shown".to_owned(),
            (false, false) => format!("FAIL: {wrong} wrong, {} exceptions no longer needed", needless.len()),
        });
        Report { text: lines.join("\n") + "\n", passed }
    }
}

/// One line: the case, what was expected, what came, and the codes.
fn told(judged: &Judged<'_>) -> String {
    let Judged { case, mode, expected, answer, outcome } = judged;
    let case = format!("{} ({}, {mode}): expected {expected}", Escaped(&case.id), Escaped(&case.class));
    let Some(answer) = answer else { return format!("{case}, panicked") };
    let came = if answer.passed { "passed" } else { "rejected" };
    let aside = match outcome {
        Outcome::NoFinding => ", without a word on the defect".to_owned(),
        Outcome::OtherLeaf => ", with another certificate for the leaf".to_owned(),
        Outcome::TooSlow => format!(" after {} ms, which is too long", milliseconds(answer.time)),
        _ => String::new(),
    };
    format!("{case}, {came}{aside}: {}", codes(&answer.findings))
}

/// Each code once, with how often it came where that was more.
fn codes(findings: &[(Severity, Code)]) -> String {
    let mut counts: Vec<((Severity, Code), usize)> = Vec::new();
    for finding in findings {
        match counts.iter_mut().find(|(counted, _)| counted == finding) {
            Some((_, count)) => *count += 1,
            None => counts.push((*finding, 1)),
        }
    }
    let words = counts.iter().map(|((severity, code), count)| match count {
        1 => format!("{severity} {code}"),
        _ => format!("{severity} {code} ({count} times)"),
    });
    words.collect::<Vec<_>>().join(", ")
}
