//! When each certificate of a report is valid, drawn: a bar each, and the instant of the check across them.

use crate::format::words;
use certflight_validate::{CertificateFacts, Report, Timestamp};
use maud::{Markup, html};

/// Draws the certificates of the path, and those beside one that does not verify.
pub(crate) fn section(report: &Report) -> Markup {
    let Some(at) = report.checked_at() else { return html! {} };
    let list: Vec<&CertificateFacts> = report.chain().iter().chain(report.others()).collect();
    let (Some(first), Some(last)) =
        (list.iter().map(|facts| facts.not_before).min(), list.iter().map(|facts| facts.not_after).max())
    else {
        return html! {};
    };
    let span = Span { first: first.min(at), last: last.max(at) };
    html! {
        section aria-labelledby="validity" {
            h2 #validity { "Validity" }
            ul .timeline {
                @for facts in list { (row(facts, at, &span)) }
            }
            p .scale { span { (span.first.date()) } span { (span.last.date()) } }
            p .legend { "The vertical line is the time of the check, " (at) "." }
        }
    }
}

fn row(facts: &CertificateFacts, at: Timestamp, span: &Span) -> Markup {
    let (from, to) = (span.share(facts.not_before), span.share(facts.not_after));
    let in_date = facts.not_before <= at && at <= facts.not_after;
    let class = if in_date { "good" } else { "bad" };
    let check = percent(span.share(at));
    html! {
        li {
            p { strong { (facts.subject) } ": from " (facts.not_before.date()) ", " (words::validity(facts, at)) }
            svg aria-hidden="true" width="100%" height="18" {
                rect .ground x="0" y="5" width="100%" height="8" {}
                // What is short beside a root's decades is still to be seen, so the bar has a stroke.
                rect class=(class) x=(percent(from)) y="5" width=(percent(to - from)) height="8" {}
                line .check x1=(check) y1="0" x2=(check) y2="18" {}
            }
        }
    }
}

/// The time from the first to the last instant that is drawn.
struct Span {
    first: Timestamp,
    last: Timestamp,
}

impl Span {
    /// Where an instant lies in it, from 0 to 1.
    fn share(&self, at: Timestamp) -> f64 {
        let seconds = |at: Timestamp| at.unix_seconds() as f64;
        let whole = seconds(self.last) - seconds(self.first);
        if whole > 0.0 { ((seconds(at) - seconds(self.first)) / whole).clamp(0.0, 1.0) } else { 0.0 }
    }
}

fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}
