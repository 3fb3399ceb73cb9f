//! All that a check came to.

use crate::certificate::Certificate;
use crate::code::Severity;
use crate::finding::{CertificateFacts, Finding, Placement};
use crate::policy::Policy;
use crate::timestamp::Timestamp;
use std::fmt;
use std::sync::OnceLock;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No finding is an error.
    Pass,
    /// At least one is.
    Fail,
}

/// All that a check found, in a stable order.
#[derive(Clone)]
pub struct Report {
    pub(crate) at: Option<Timestamp>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) chain: Certificates,
    pub(crate) others: Certificates,
    pub(crate) anchored: bool,
    pub(crate) paired: Option<bool>,
    /// The gate's proofs are there. Without them nothing passes, whatever was found.
    pub(crate) proved: bool,
    pub(crate) origin: Option<String>,
    pub(crate) placements: Vec<Placement>,
}

/// The most findings of a report: what four inputs make, and as much again of what the checks make of them. What is more is counted.
const MAX_FINDINGS: usize = 400;

impl Report {
    /// The findings in order, errors first, so that no error is lost to what matters less.
    pub(crate) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by(Finding::order);
        let more = findings.len().saturating_sub(MAX_FINDINGS);
        if more > 0 {
            findings.truncate(MAX_FINDINGS);
            if let Some(last) = findings.pop() {
                findings.push(last.note(format!("and {more} more findings, not shown")));
            }
        }
        Report {
            at: None,
            findings,
            chain: Certificates::default(),
            others: Certificates::default(),
            anchored: false,
            paired: None,
            proved: false,
            origin: None,
            placements: Vec::new(),
        }
    }

    /// The instant of the check, to the second; `None` where nothing was checked because the inputs cannot be sent at all.
    pub fn checked_at(&self) -> Option<Timestamp> {
        self.at
    }

    /// The findings: errors first, then warnings, then the rest; within one severity by input, line and code.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings that are errors.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// [`Verdict::Pass`] when no finding is an error, and the key and the path were proved.
    pub fn verdict(&self) -> Verdict {
        if self.proved && self.errors().next().is_none() { Verdict::Pass } else { Verdict::Fail }
    }

    /// The client certificate itself, if it could be told.
    pub fn leaf(&self) -> Option<&CertificateFacts> {
        self.chain().first() // a path begins with it, however far it goes
    }

    /// The path from the leaf towards the trust anchor, the leaf first: the one that verifies, else the best there is.
    pub fn chain(&self) -> &[CertificateFacts] {
        self.chain.facts()
    }

    /// Where the path does not verify: the certificates beside it, the first 32 in the order of the inputs. Else none.
    pub fn others(&self) -> &[CertificateFacts] {
        self.others.facts()
    }

    /// Whether [`chain`](Self::chain) ends at a trust anchor with every signature verified.
    pub fn chain_is_anchored(&self) -> bool {
        self.anchored
    }

    /// Whether the private key was proved to be the leaf's; `None` where one of the two is not there.
    pub fn key_is_of_leaf(&self) -> Option<bool> {
        self.paired
    }

    /// Where each certificate and key went that was given without a role, in the order of the sources.
    pub fn placements(&self) -> &[Placement] {
        &self.placements
    }

    /// The origin in its canonical form, if it is sound.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The same with what was found elsewhere, as by a probe of the origin; the levels of `policy` hold for it. It can turn a pass into a failure and nothing
    /// else: what [`validate`](crate::validate) proved, or did not, stays.
    #[must_use]
    pub fn with(self, findings: Vec<Finding>, policy: &Policy) -> Self {
        let levelled = |finding: Finding| Finding { severity: policy.level(finding.code, finding.severity), ..finding };
        let mut all = self.findings;
        all.extend(findings.into_iter().map(levelled));
        all.sort_by(Finding::order);
        Report { findings: all, ..self }
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("at", &self.at)
            .field("findings", &self.findings)
            .field("chain", &self.chain())
            .field("others", &self.others())
            .field("anchored", &self.anchored)
            .field("paired", &self.paired)
            .field("proved", &self.proved)
            .field("origin", &self.origin)
            .field("placements", &self.placements)
            .finish()
    }
}

/// Certificates of a report. What they say is written down when it is asked for: a gate that lets a bundle pass asks for nothing.
#[derive(Clone, Default)]
pub(crate) struct Certificates {
    list: Vec<Certificate>,
    facts: OnceLock<Vec<CertificateFacts>>,
}

impl Certificates {
    pub(crate) fn new(list: Vec<Certificate>) -> Self {
        Certificates { list, facts: OnceLock::new() }
    }

    fn facts(&self) -> &[CertificateFacts] {
        self.facts.get_or_init(|| self.list.iter().map(Certificate::facts).collect())
    }
}
