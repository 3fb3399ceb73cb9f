//! Runs a case through the library.

use crate::case::{Case, Mode};
use certflight_validate::{Code, Policy, Report, Request, Role, Severity, Source, Verdict, check};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// What a run came to.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) passed: bool,
    pub(crate) leaf: Leaf,
    pub(crate) findings: Vec<(Severity, Code)>,
    pub(crate) time: Duration,
}

/// Which certificate the library took for the leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// The case's.
    Right,
    Another,
    /// None: the input could not be read as far as that.
    Untold,
}

/// How often a run is tried that takes longer than the case allows: a busy machine is no fault of the library.
const TRIES: usize = 3;

/// Checks the case in one mode; `None` when that panics. The message of a panic is on standard error by then.
pub(crate) fn run(case: &Case, mode: Mode) -> Option<Answer> {
    let mut best = once(case, mode)?;
    for _ in 1..TRIES {
        if case.limit.is_none_or(|limit| best.time <= limit) {
            break;
        }
        let again = once(case, mode)?;
        best.time = best.time.min(again.time);
    }
    Some(best)
}

fn once(case: &Case, mode: Mode) -> Option<Answer> {
    let policy = policy(case, mode);
    let given = [(Role::Cert, Some(&case.cert)), (Role::Key, case.key.as_ref()), (Role::Ca, case.ca.as_ref())];
    let sources: Vec<Source<'_>> =
        given.into_iter().filter_map(|(role, text)| Some(Source::new(role, role.name(), text?.as_bytes()))).collect();
    let request = Request { sources: &sources, origin: None };
    // Nothing that the closure changes is looked at after a panic.
    catch_unwind(AssertUnwindSafe(|| {
        let begun = Instant::now();
        let report = check(&request, &policy);
        let time = begun.elapsed();
        Answer {
            passed: if case.key.is_some() { report.verdict() == Verdict::Pass } else { path_passes(&report) },
            leaf: match report.leaf() {
                None => Leaf::Untold,
                Some(leaf) if leaf.sha256 == case.leaf => Leaf::Right,
                Some(_) => Leaf::Another,
            },
            findings: report.findings().iter().map(|finding| (finding.severity, finding.code)).collect(),
            time,
        }
    }))
    .ok()
}

fn policy(case: &Case, mode: Mode) -> Policy {
    let gate = case.gate.clone();
    let gate = match mode {
        Mode::Default => gate,
        Mode::Strict => gate.strict(),
    };
    Policy::from(gate).purpose(case.purpose)
}

/// Without a key there is no pass, so the path is judged alone.
fn path_passes(report: &Report) -> bool {
    report.chain_is_anchored() && report.errors().all(|finding| finding.code == Code::KeyMissing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use certflight_validate::Purpose;

    #[test]
    fn only_strict_mode_is_strict() {
        let case = Case::blank();
        let shown = |policy: Policy| format!("{:?}", policy.purpose(Purpose::Any));
        assert_eq!(shown(policy(&case, Mode::Default)), shown(Policy::from(case.gate.clone())));
        assert_eq!(shown(policy(&case, Mode::Strict)), shown(Policy::from(case.gate.clone().strict())));
    }
}
