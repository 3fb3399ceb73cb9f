//! The output formats, a file each.

pub(crate) mod github;
pub(crate) mod html;
pub(crate) mod human;
pub(crate) mod json;
mod json_probe;
pub(crate) mod junit;
pub(crate) mod list;
mod probe;
mod timeline;
pub(crate) mod words;

use crate::probing::Probing;
use certflight_validate::{Finding, Report, Severity, Source};

/// What a format shows.
pub(crate) struct Shown<'a> {
    pub(crate) report: &'a Report,
    /// The inputs, for excerpts.
    pub(crate) sources: &'a [Source<'a>],
    /// Files that were passed over.
    pub(crate) skipped: &'a [String],
    /// The probe that was asked for, whose findings the report has.
    pub(crate) probing: Option<&'a Probing>,
    /// Findings below it count, and are not shown.
    pub(crate) min_severity: Severity,
}

impl<'a> Shown<'a> {
    /// All that there is.
    pub(crate) fn all(report: &'a Report, sources: &'a [Source<'a>], skipped: &'a [String]) -> Self {
        Shown { report, sources, skipped, probing: None, min_severity: Severity::Info }
    }

    /// How many findings are too slight to be shown, if any are.
    pub(crate) fn hidden(&self) -> Option<String> {
        match self.report.findings().len() - self.findings().count() {
            0 => None,
            1 => Some("1 finding below --min-severity is not shown".to_owned()),
            hidden => Some(format!("{hidden} findings below --min-severity are not shown")),
        }
    }

    /// The findings that are not too slight to be shown.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        let least = self.min_severity;
        self.report.findings().iter().filter(move |finding| finding.severity >= least)
    }
}
