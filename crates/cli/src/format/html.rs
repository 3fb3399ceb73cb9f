//! One HTML file to send on: no script, no address that is fetched, and of the inputs only what a report says of them.

use crate::format::human::facts;
use crate::format::words::{self, Step};
use crate::format::{self, Shown, timeline};
use crate::probing::Probing;
use certflight_validate::{Escaped, Finding, Location, Placement, Severity, Source, Verdict, excerpt};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io::{self, Write};

const STYLE: &str = include_str!("report.css");

pub(crate) fn write(shown: &Shown<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all(document(shown).into_string().as_bytes())
}

fn document(shown: &Shown<'_>) -> Markup {
    let report = shown.report;
    let verdict = words::verdict(report);
    let class = if report.verdict() == Verdict::Pass { "pass" } else { "fail" };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Should a mistake ever let foreign markup through, it can load and run nothing.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "certflight: " (verdict) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p .tool { "certflight " (env!("CARGO_PKG_VERSION")) ", a client certificate checked" }
                    h1 class=(class) { (verdict) }
                    dl {
                        @if let Some(leaf) = report.leaf() { div { dt { "Certificate" } dd { (leaf.subject) } } }
                        @if let Some(key) = words::key(report) { div { dt { "Private key" } dd { (key) } } }
                        @if let Some(origin) = report.origin() { div { dt { "Origin" } dd { (origin) } } }
                        @if let Some(at) = report.checked_at() { div { dt { "Checked as of" } dd { (at) } } }
                    }
                }
                main {
                    (findings(shown))
                    (chain(shown))
                    (probe(shown))
                    (timeline::section(report))
                    (certificates(shown))
                    (files(report.placements(), shown.skipped))
                }
                footer { p { "Where a command names a file, it is the file of whoever ran the check. No private key is part of this report." } }
            }
        }
    }
}

/// The path from the leaf up: a node for each certificate, a line to its issuer, broken where it breaks. The words stand beside the drawing, so
/// that they wrap, can be copied and are read aloud.
fn chain(shown: &Shown<'_>) -> Markup {
    let (report, Some(at)) = (shown.report, shown.report.checked_at()) else { return html! {} };
    let steps = words::steps(report);
    if steps.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="chain" {
            h2 #chain { "Chain, from the leaf up" }
            ol .chain {
                @for Step { facts, what, faults, link_faults, is_last } in &steps {
                    li {
                        div .step {
                            (rail(faults.is_empty(), !is_last || !link_faults.is_empty(), !link_faults.is_empty()))
                            div {
                                p { strong { (facts.subject) } " " span .what { (what) } }
                                p { (facts.public_key) ", " (words::validity(facts, at)) }
                                p .place { (words::location(&facts.at)) }
                                @for fault in faults { p .bad { (link(shown, fault)) } }
                            }
                        }
                        @if !link_faults.is_empty() {
                            div .step {
                                (broken(!is_last))
                                div {
                                    @for fault in link_faults { p .bad { (link(shown, fault)) } }
                                    @if *is_last { p { "issuer: " (facts.issuer) } }
                                }
                            }
                        }
                    }
                }
            }
            @if report.chain_is_anchored() { p .good { "Trust anchor reached, every signature verified." } }
            @else { p .bad { "The path does not verify." } }
        }
    }
}

/// The node of a certificate, and the line that leaves it.
fn rail(good: bool, goes_on: bool, breaks: bool) -> Markup {
    let class = if good { "node" } else { "node bad" };
    html! {
        svg .rail aria-hidden="true" width="28" {
            @if goes_on { line .cut[breaks] x1="14" y1="16" x2="14" y2="100%" {} }
            circle class=(class) cx="14" cy="16" r="8" {}
            @if !good { path .mark d="M10.5 12.5 l7 7 m0 -7 l-7 7" {} }
        }
    }
}

/// The link that fails.
fn broken(goes_on: bool) -> Markup {
    html! {
        svg .rail aria-hidden="true" width="28" {
            line .cut x1="14" y1="0" x2="14" y2=(if goes_on { "100%" } else { "16" }) {}
            path .cross d="M7 9 l14 14 m0 -14 l-14 14" {}
        }
    }
}

/// A finding's code, as a link to what is said of it.
fn link(shown: &Shown<'_>, finding: &Finding) -> Markup {
    let at = shown.findings().position(|other| std::ptr::eq(other, finding));
    html! { "✗ " @match at { Some(at) => a href=(format!("#finding-{at}")) { (finding.code) }, None => (finding.code) } }
}

fn findings(shown: &Shown<'_>) -> Markup {
    let all: Vec<&Finding> = shown.findings().collect();
    html! {
        section aria-labelledby="findings" {
            h2 #findings { "Findings" }
            @if all.is_empty() && shown.hidden().is_none() { p { "None." } }
            @for (at, finding) in all.iter().enumerate() { (self::finding(at, finding, shown.sources)) }
            @if let Some(hidden) = shown.hidden() { p .legend { (hidden) } }
        }
    }
}

fn finding(number: usize, finding: &Finding, sources: &[Source<'_>]) -> Markup {
    let class = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        _ => "info",
    };
    html! {
        article class=(class) id=(format!("finding-{number}")) {
            h3 { span .severity { (finding.severity) } " " code { (finding.code) } }
            p { (finding.message) }
            (place(&finding.at, None, sources))
            @for note in &finding.notes {
                @match &note.at {
                    Some(at) => (place(at, Some(&note.text), sources)),
                    None => p .note { (note.text) },
                }
            }
            @if !finding.help.is_empty() || !finding.commands.is_empty() {
                h4 { "How to mend it" }
                @for help in &finding.help { p { (help) } }
                @for command in &finding.commands { pre { code { (command) } } }
            }
            p .reference { "Reference: " (finding.code.reference()) }
        }
    }
}

fn place(at: &Location, text: Option<&str>, sources: &[Source<'_>]) -> Markup {
    let lines = words::lines(at).and_then(|(id, lines)| Some(excerpt(sources.get(id.position)?, lines))).unwrap_or_default();
    html! {
        p .place { (words::location(at)) @if let Some(text) = text { ": " (text) } }
        @if !lines.is_empty() {
            pre { @for line in &lines { span .number { (format!("{:>4} ", line.number)) } (line.text) "\n" } }
        }
    }
}

fn certificates(shown: &Shown<'_>) -> Markup {
    let list: Vec<_> = shown.report.chain().iter().chain(shown.report.others()).collect();
    if list.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="facts" {
            h2 #facts { "Certificates" }
            @for certificate in list {
                table {
                    caption { (certificate.subject) }
                    @for (name, value) in facts(certificate) {
                        tr { th scope="row" { (name) } td { (value) } }
                    }
                }
            }
        }
    }
}

/// What a probe saw: the lines that people read in a terminal, too.
fn probe(shown: &Shown<'_>) -> Markup {
    let Some(probing) = shown.probing else { return html! {} };
    let (heading, lines) = format::probe::section(probing, shown.report);
    html! {
        section aria-labelledby="probe" {
            h2 #probe { "Probe" }
            p { (heading) }
            ul { @for line in lines { li .detail[line.is_detail] { (line.text) } } }
            @if let Probing::Done(probed) = probing { p { strong { (format::probe::end(probed)) } } }
        }
    }
}

fn files(placements: &[Placement], skipped: &[String]) -> Markup {
    if placements.is_empty() && skipped.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="files" {
            h2 #files { "Files, sorted by what they hold" }
            ul {
                @for Placement { at, what, used_as, left_out, .. } in placements {
                    li {
                        (words::location(at)) ": " (what) ", "
                        @match left_out {
                            Some(why) => { "left out, " (why) }
                            None => { "used as " (used_as.iter().map(|role| role.name()).collect::<Vec<_>>().join(" and ")) }
                        }
                    }
                }
                @for name in skipped { li { (Escaped(name)) ": passed over, no certificate or key can be read from it" } }
            }
        }
    }
}
