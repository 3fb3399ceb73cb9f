//! Whether an answer is right.

use crate::case::{Case, Expected, Mode};
use crate::run::{self, Answer, Leaf};
use certflight_validate::{Code, Severity};

/// What a run counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Right,
    FalseAccept,
    FalseReject,
    /// Nothing was said of the defect.
    NoFinding,
    /// The library judged another certificate than the case's leaf.
    OtherLeaf,
    TooSlow,
    Panicked,
    /// Refused because an algorithm cannot be verified: neither right nor wrong.
    CannotTell,
    /// Not run, because the case asks for what is not checked.
    NotJudged,
}

impl Outcome {
    pub(crate) fn is_wrong(self) -> bool {
        !matches!(self, Outcome::Right | Outcome::CannotTell | Outcome::NotJudged)
    }
}

/// A case, run and judged in one mode.
pub(crate) struct Judged<'a> {
    pub(crate) case: &'a Case,
    pub(crate) mode: Mode,
    pub(crate) expected: Expected,
    /// Not there when it was not run, or panicked.
    pub(crate) answer: Option<Answer>,
    pub(crate) outcome: Outcome,
}

/// Runs every case in its modes.
pub(crate) fn all(cases: &[Case]) -> Vec<Judged<'_>> {
    let runs = cases.iter().flat_map(|case| case.expected.iter().map(move |&(mode, expected)| (case, mode, expected)));
    runs.map(|(case, mode, expected)| {
        let answer = if case.unjudged.is_some() { None } else { run::run(case, mode) };
        let outcome = if case.unjudged.is_some() { Outcome::NotJudged } else { judge(case, expected, answer.as_ref()) };
        Judged { case, mode, expected, answer, outcome }
    })
    .collect()
}

/// Codes that come from how a case is put to the library, and so never speak of its defect: there is no key in it, its instant is near the end
/// of a real certificate's validity, its intermediates are in no order, its trust anchor is an intermediate.
const OF_THE_HARNESS: [Code; 6] = [
    Code::KeyMissing,
    Code::CertificateExpiresSoon,
    Code::ChainOrder,
    Code::DuplicateCertificate,
    Code::ChainIntermediateNotSent,
    Code::CaNotSelfSigned,
];

/// Judges what came of a case; no answer is a panic.
fn judge(case: &Case, expected: Expected, answer: Option<&Answer>) -> Outcome {
    let Some(answer) = answer else { return Outcome::Panicked };
    if answer.leaf == Leaf::Another || (answer.passed && answer.leaf != Leaf::Right) {
        return Outcome::OtherLeaf;
    }
    if case.needs_algorithm && cannot_tell(answer) {
        return Outcome::CannotTell;
    }
    match expected {
        Expected::Accept if !answer.passed => Outcome::FalseReject,
        Expected::Reject if answer.passed => Outcome::FalseAccept,
        Expected::Finding if !speaks_of_a_defect(answer) => Outcome::NoFinding,
        _ if case.limit.is_some_and(|limit| answer.time > limit) => Outcome::TooSlow,
        _ => Outcome::Right,
    }
}

fn cannot_tell(answer: &Answer) -> bool {
    answer
        .findings
        .iter()
        .any(|(severity, code)| *severity == Severity::Error && matches!(code, Code::SignatureUnsupported | Code::KeyUnsupported))
}

fn speaks_of_a_defect(answer: &Answer) -> bool {
    answer.findings.iter().any(|(severity, code)| *severity >= Severity::Warning && !OF_THE_HARNESS.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn answer(passed: bool, findings: &[(Severity, Code)]) -> Answer {
        Answer { passed, leaf: Leaf::Right, findings: findings.to_vec(), time: Duration::from_millis(101) }
    }

    #[test]
    fn verdicts_are_held_to_what_is_expected() {
        let judged = |expected, passed| judge(&Case::blank(), expected, Some(&answer(passed, &[])));
        assert_eq!(judged(Expected::Accept, true), Outcome::Right);
        assert_eq!(judged(Expected::Accept, false), Outcome::FalseReject);
        assert_eq!(judged(Expected::Reject, true), Outcome::FalseAccept);
        assert_eq!(judged(Expected::Reject, false), Outcome::Right);
        assert_eq!(judged(Expected::Either, true), Outcome::Right);
        assert_eq!(judged(Expected::Either, false), Outcome::Right);
    }

    #[test]
    fn a_finding_has_to_be_a_warning_or_an_error_of_the_certificates() {
        let judged = |passed, findings: &[_]| judge(&Case::blank(), Expected::Finding, Some(&answer(passed, findings)));
        assert_eq!(judged(true, &[]), Outcome::NoFinding);
        assert_eq!(judged(true, &[(Severity::Info, Code::ProfileSerialNumber)]), Outcome::NoFinding);
        assert_eq!(judged(true, &[(Severity::Warning, Code::ProfileSerialNumber)]), Outcome::Right);
        assert_eq!(judged(false, &[(Severity::Error, Code::UnknownCriticalExtension)]), Outcome::Right);
        let harness = OF_THE_HARNESS.map(|code| (Severity::Error, code));
        assert_eq!(judged(false, &harness), Outcome::NoFinding);
    }

    #[test]
    fn another_leaf_is_wrong_whatever_is_expected() {
        for (expected, passed) in [(Expected::Reject, false), (Expected::Either, false), (Expected::Accept, true)] {
            let other = Answer { leaf: Leaf::Another, ..answer(passed, &[]) };
            assert_eq!(judge(&Case::blank(), expected, Some(&other)), Outcome::OtherLeaf);
        }
        let untold = |passed| Answer { leaf: Leaf::Untold, ..answer(passed, &[]) };
        assert_eq!(judge(&Case::blank(), Expected::Reject, Some(&untold(false))), Outcome::Right);
        assert_eq!(judge(&Case::blank(), Expected::Either, Some(&untold(true))), Outcome::OtherLeaf);
    }

    #[test]
    fn what_cannot_be_verified_is_told_apart_only_where_the_case_says_so() {
        let unsupported = answer(false, &[(Severity::Error, Code::SignatureUnsupported)]);
        let dsa = Case { needs_algorithm: true, ..Case::blank() };
        assert_eq!(judge(&dsa, Expected::Accept, Some(&unsupported)), Outcome::CannotTell);
        assert_eq!(judge(&dsa, Expected::Reject, Some(&unsupported)), Outcome::CannotTell);
        assert_eq!(judge(&dsa, Expected::Accept, Some(&answer(false, &[]))), Outcome::FalseReject);
        assert_eq!(judge(&Case::blank(), Expected::Accept, Some(&unsupported)), Outcome::FalseReject);
    }

    #[test]
    fn panics_are_wrong_and_so_is_what_takes_too_long() {
        assert_eq!(judge(&Case::blank(), Expected::Either, None), Outcome::Panicked);
        let timed = |millis| Case { limit: Some(Duration::from_millis(millis)), ..Case::blank() };
        assert_eq!(judge(&timed(100), Expected::Either, Some(&answer(true, &[]))), Outcome::TooSlow);
        assert_eq!(judge(&timed(101), Expected::Either, Some(&answer(true, &[]))), Outcome::Right);
        assert_eq!(judge(&timed(100), Expected::Reject, Some(&answer(true, &[]))), Outcome::FalseAccept);
    }
}
