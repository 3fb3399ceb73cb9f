//! For people.

use crate::format::probe::Line;
use crate::format::words::{self, Step};
use crate::format::{self, Shown};
use crate::probing::Probing;
use crate::terminal::{Look, Paint};
use certflight_probe::Acceptance;
use certflight_validate::{CertificateFacts, Escaped, Finding, Location, Placement, Report, Severity, Source, Verdict, excerpt};
use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// How much is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The verdict alone.
    Quiet,
    Usual,
    /// The facts of every certificate, too.
    Verbose,
}

/// The verdict, where the files' objects went, the chain, the findings.
pub(crate) fn report(shown: &Shown<'_>, detail: Detail, look: &Look, out: &mut impl Write) -> io::Result<()> {
    let mut text = String::new();
    let _ = compose(shown, detail, look, &mut text); // writing to a String does not fail
    look.print(&text, out)
}

fn compose(shown: &Shown<'_>, detail: Detail, look: &Look, text: &mut String) -> fmt::Result {
    let report = shown.report;
    let paint = if report.verdict() == Verdict::Pass { Paint::Good } else { Paint::Error };
    writeln!(text, "{}", look.paint(paint, &words::verdict(report)))?;
    if detail == Detail::Quiet {
        return Ok(());
    }
    sorted(report.placements(), shown.skipped, look, text)?;
    chain(report, detail, look, text)?;
    facts_beside(report, detail, look, text)?;
    if let Some(probing) = shown.probing {
        probe(probing, report, look, text)?;
    }
    for alike in gathered(shown) {
        writeln!(text)?;
        self::finding(&alike, shown.sources, look, text)?;
    }
    shown.hidden().map_or(Ok(()), |hidden| writeln!(text, "\n{hidden}"))
}

/// The most places that a finding names besides the first.
const MAX_PLACES: usize = 8;

/// Findings in their order; a warning or info that is said of several certificates is gathered at the first of them, each error stands alone.
fn gathered<'a>(shown: &Shown<'a>) -> Vec<Vec<&'a Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in shown.findings() {
        let is_alike = |group: &&mut Vec<&Finding>| {
            group.first().is_some_and(|first| (first.code, first.severity) == (finding.code, finding.severity))
        };
        match groups.iter_mut().find(is_alike).filter(|_| finding.severity != Severity::Error) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// Where each object went that was given without a flag.
pub(crate) fn placements(placements: &[Placement], skipped: &[String], look: &Look, out: &mut impl Write) -> io::Result<()> {
    let mut text = String::new();
    let _ = sorted(placements, skipped, look, &mut text); // writing to a String does not fail
    look.print(&text, out)
}

fn sorted(placements: &[Placement], skipped: &[String], look: &Look, text: &mut String) -> fmt::Result {
    if placements.is_empty() && skipped.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nfiles, sorted by what they hold:")?;
    for Placement { at, what, used_as, left_out, .. } in placements {
        let roles: Vec<&str> = used_as.iter().map(|role| role.name()).collect();
        let went = left_out.map_or_else(|| roles.join(" and "), |why| format!("left out, {why}"));
        look.wrap(text, "  ", "    ", &format!("{}: {what} -> {went}", words::location(at)))?;
    }
    for name in skipped {
        look.wrap(text, "  ", "    ", &format!("{}: passed over, no certificate or key can be read from it", Escaped(name)))?;
    }
    Ok(())
}

/// The path from the leaf up to the anchor, with a mark where it breaks.
fn chain(report: &Report, detail: Detail, look: &Look, text: &mut String) -> fmt::Result {
    let (Some(at), false) = (report.checked_at(), report.chain().is_empty()) else { return Ok(()) };
    writeln!(text, "\nchain, from the leaf up:")?;
    for step in words::steps(report) {
        let Step { facts, what, faults, link_faults, is_last } = &step;
        let good = faults.is_empty();
        let node = if good { look.paint(Paint::Good, "●") } else { look.paint(Paint::Error, "✗") };
        // Behind the last one nothing goes on, unless it should have.
        let line = if *is_last && link_faults.is_empty() { " " } else { "│" };
        let (first, rest) = (format!("  {node} "), format!("  {line} "));
        look.wrap(text, &first, &format!("{rest}  "), &format!("{} ({what})", look.paint(Paint::Strong, &facts.subject)))?;
        look.wrap(text, &rest, &format!("{rest}  "), &format!("{}, {}", facts.public_key, words::validity(facts, at)))?;
        look.wrap(text, &rest, &format!("{rest}  "), &words::location(&facts.at))?;
        if detail == Detail::Verbose {
            for (name, value) in self::facts(facts) {
                look.wrap(text, &rest, &format!("{rest}  "), &format!("{name}: {value}"))?;
            }
        }
        for fault in faults {
            look.wrap(text, &rest, &format!("{rest}  "), &look.paint(Paint::Error, &format!("✗ {}", fault.code)))?;
        }
        if link_faults.is_empty() {
            if !is_last {
                writeln!(text, "{}", rest.trim_end())?;
            }
        } else {
            let codes: Vec<&str> = link_faults.iter().map(|fault| fault.code.name()).collect();
            let broken = look.paint(Paint::Error, &format!("✗ {}", codes.join(", ")));
            let issuer = if *is_last { format!(" (issued by {})", facts.issuer) } else { String::new() };
            look.wrap(text, "  ", "    ", &format!("{broken}{issuer}"))?;
            if !is_last {
                writeln!(text, "  │")?;
            }
        }
    }
    let end = match report.chain_is_anchored() {
        true => look.paint(Paint::Good, "trust anchor reached, every signature verified"),
        false => look.paint(Paint::Error, "the path does not verify"),
    };
    writeln!(text, "  {end}")
}

/// The key, the origin, and for those who look for a reason the certificates that the path does without.
fn facts_beside(report: &Report, detail: Detail, look: &Look, text: &mut String) -> fmt::Result {
    let paint = if report.key_is_of_leaf() == Some(true) { Paint::Good } else { Paint::Error };
    let key = words::key(report).map(|key| look.paint(paint, key));
    let origin = report.origin().map(str::to_owned);
    let lines: Vec<String> = [("private key", key), ("origin", origin)]
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}: {}", value?)))
        .collect();
    if !lines.is_empty() {
        writeln!(text, "\n{}", lines.join("\n"))?;
    }
    if detail == Detail::Verbose && !report.others().is_empty() {
        writeln!(text, "\nbeside the path:")?;
        for other in report.others() {
            look.wrap(text, "  - ", "    ", &look.paint(Paint::Strong, &other.subject))?;
            look.wrap(text, "    ", "      ", &words::location(&other.at))?;
            for (name, value) in self::facts(other) {
                look.wrap(text, "    ", "      ", &format!("{name}: {value}"))?;
            }
        }
    }
    Ok(())
}

/// What a probe saw, and what it comes to.
fn probe(probing: &Probing, report: &Report, look: &Look, text: &mut String) -> fmt::Result {
    let (heading, lines) = format::probe::section(probing, report);
    writeln!(text)?;
    look.wrap(text, "", "  ", &heading)?;
    for Line { is_detail, text: line } in &lines {
        let indent = if *is_detail { "    " } else { "  " };
        look.wrap(text, indent, &format!("{indent}  "), line)?;
    }
    if let Probing::Done(probed) = probing {
        let paint = match probed.acceptance {
            Acceptance::Accepted => Paint::Good,
            Acceptance::NotRequired | Acceptance::Unknown => Paint::Warning,
            Acceptance::NotRequested | Acceptance::Refused => Paint::Error,
        };
        look.wrap(text, "  ", "    ", &look.paint(paint, format::probe::end(probed)))?;
    }
    Ok(())
}

/// What `--verbose` shows of a certificate: name and value.
pub(crate) fn facts(facts: &CertificateFacts) -> Vec<(&'static str, String)> {
    let or = |list: String, none: &str| if list.is_empty() { none.to_owned() } else { list };
    vec![
        ("issuer", facts.issuer.clone()),
        ("serial", facts.serial.clone()),
        ("valid from", facts.not_before.to_string()),
        ("valid until", facts.not_after.to_string()),
        ("SHA-256 of the certificate", facts.sha256.clone()),
        ("SHA-256 of the public key", facts.public_key_sha256.clone()),
        ("signed with", facts.signature.clone()),
        ("alternative names", or(facts.alternative_names.join(", "), "none")),
        ("CA", if facts.is_ca { "yes" } else { "no" }.to_owned()),
        ("key usage", or(facts.key_usage.join(", "), "not limited")),
        ("extended key usage", or(facts.extended_key_usage.join(", "), "not limited")),
        ("policies", or(facts.policies.join(", "), "none")),
    ]
}

/// The first of several that are alike in full, of the others what is said and where.
fn finding(alike: &[&Finding], sources: &[Source<'_>], look: &Look, text: &mut String) -> fmt::Result {
    let Some((finding, others)) = alike.split_first() else { return Ok(()) };
    let paint = Paint::of(finding.severity);
    let head = look.paint(paint, &format!("{}[{}]", finding.severity, finding.code));
    look.wrap(text, &format!("{head} "), "  ", &finding.message)?;
    let here = finding.notes.iter().find(|note| note.at.as_ref() == Some(&finding.at));
    place(&finding.at, here.map_or("", |note| &note.text), "-->", paint, sources, look, text)?;
    for note in finding.notes.iter().filter(|note| note.at.as_ref() != Some(&finding.at)) {
        match &note.at {
            Some(at) if words::lines(at).is_some() => place(at, &note.text, ":::", Paint::Note, sources, look, text)?,
            Some(at) => item("note", &format!("{}: {}", words::location(at), note.text), look, text)?,
            None => item("note", &note.text, look, text)?,
        }
    }
    for other in others.iter().take(MAX_PLACES) {
        item("also", &format!("{}: {}", words::location(&other.at), other.message), look, text)?;
    }
    if let more @ 1.. = others.len().saturating_sub(MAX_PLACES) {
        item("also", &format!("at {more} more places; --format json names them all"), look, text)?;
    }
    for help in &finding.help {
        item("help", help, look, text)?;
    }
    // Not wrapped: they are to be pasted.
    for command in &finding.commands {
        writeln!(text, "           {}", look.paint(Paint::Strong, &format!("$ {command}")))?;
    }
    item("see", &format!("certflight explain {} ({})", finding.code, finding.code.reference()), look, text)
}

fn item(name: &str, value: &str, look: &Look, text: &mut String) -> fmt::Result {
    let rest = " ".repeat("   = : ".len() + name.len());
    look.wrap(text, &format!("   = {}: ", look.paint(Paint::Note, name)), &rest, value)
}

/// The file, the first line of what is meant and the last, what may be shown of them, and a mark under the first.
fn place(
    at: &Location,
    label: &str,
    arrow: &str,
    paint: Paint,
    sources: &[Source<'_>],
    look: &Look,
    text: &mut String,
) -> fmt::Result {
    look.wrap(text, &format!("  {} ", look.paint(Paint::Frame, arrow)), "      ", &words::location(at))?;
    let excerpt = words::lines(at).and_then(|(id, lines)| Some(excerpt(sources.get(id.position)?, lines))).unwrap_or_default();
    let Some(first) = excerpt.first() else { return Ok(()) };
    let digits = excerpt.last().map_or(0, |line| line.number.to_string().len()).max(2);
    let bar = look.paint(Paint::Frame, "|");
    // Room for the number and the bar.
    let width = look.width().saturating_sub(digits + 5).max(20);
    for (at, line) in excerpt.iter().enumerate() {
        let cut = cut(&line.text, width);
        if at > 0 && line.number > first.number + 1 {
            writeln!(text, " {:>digits$} {bar} …", "")?;
        }
        let number = look.paint(Paint::Frame, &format!("{:>digits$}", line.number));
        writeln!(text, "{}", format!(" {number} {bar} {cut}").trim_end())?;
        if at == 0 {
            let lead = cut.len() - cut.trim_start().len();
            let length = cut.trim().chars().count().max(1);
            let marks = look.paint(paint, &"^".repeat(length));
            let label = if label.is_empty() { String::new() } else { format!(" {label}") };
            let room = lead + length + label.chars().count();
            let (beside, below) = if room <= width { (label, String::new()) } else { (String::new(), label) };
            writeln!(text, " {:>digits$} {bar} {}{marks}{beside}", "", " ".repeat(lead))?;
            if !below.is_empty() {
                look.wrap(text, &format!(" {:>digits$} {bar} ", ""), &format!(" {:>digits$} {bar} ", ""), below.trim_start())?;
            }
        }
    }
    Ok(())
}

fn cut(line: &str, width: usize) -> String {
    match line.chars().count() > width {
        true => line.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        false => line.to_owned(),
    }
}
