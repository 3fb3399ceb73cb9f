//! For people.

use certflight_validate::{
    CertificateFacts, Escaped, Finding, Lines, Location, ObjectKind, Placement, Report, Role, Severity, SourceId, Verdict,
};
use std::io::{self, Write};

/// The verdict, where the files' objects went, the chain, the findings. `skipped` are files that were passed over.
pub(crate) fn report(report: &Report, skipped: &[String], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", verdict(report))?;
    sorted(report.placements(), skipped, out)?;
    if !report.chain().is_empty() {
        writeln!(out, "\nchain, from the leaf up:")?;
        for (depth, facts) in report.chain().iter().enumerate() {
            certificate(facts, depth, out)?;
        }
        let end =
            if report.chain_is_anchored() { "trust anchor reached, every signature verified" } else { "the path does not verify" };
        writeln!(out, "  {end}")?;
    }
    if let Some(origin) = report.origin() {
        writeln!(out, "\norigin: {origin}")?;
    }
    for finding in report.findings() {
        writeln!(out)?;
        self::finding(finding, out)?;
    }
    Ok(())
}

/// Where each object went that was given without a flag.
pub(crate) fn sorted(placements: &[Placement], skipped: &[String], out: &mut impl Write) -> io::Result<()> {
    if placements.is_empty() && skipped.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nfiles, sorted by what they hold:")?;
    for Placement { at, what, used_as, left_out, .. } in placements {
        let roles: Vec<&str> = used_as.iter().map(|role| role.name()).collect();
        let went = left_out.map_or_else(|| roles.join(" and "), |why| format!("left out, {why}"));
        writeln!(out, "  {}: {what} -> {went}", location(at))?;
    }
    for name in skipped {
        writeln!(out, "  {}: passed over, no certificate or key can be read from it", Escaped(name))?;
    }
    Ok(())
}

fn verdict(report: &Report) -> String {
    let count = |severity| report.findings().iter().filter(|finding| finding.severity == severity).count();
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (errors, warnings) = (plural(count(Severity::Error), "error"), plural(count(Severity::Warning), "warning"));
    match report.verdict() {
        Verdict::Pass => format!("PASS: {warnings}"),
        Verdict::Fail => format!("FAIL: {errors}, {warnings}"),
    }
}

fn certificate(facts: &CertificateFacts, depth: usize, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "  {depth}. {}", facts.subject)?;
    writeln!(out, "     {}, {} to {}, {}", facts.public_key, facts.not_before.date(), facts.not_after.date(), location(&facts.at))
}

fn finding(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}[{}] {}", finding.severity, finding.code, location(&finding.at))?;
    writeln!(out, "  {}", finding.message)?;
    for note in &finding.notes {
        match &note.at {
            Some(at) => writeln!(out, "  note: {}: {}", location(at), note.text)?,
            None => writeln!(out, "  note: {}", note.text)?,
        }
    }
    for help in &finding.help {
        writeln!(out, "  help: {help}")?;
    }
    writeln!(out, "  see:  certflight explain {} ({})", finding.code, finding.code.reference())
}

/// A place in words. File names are foreign text.
pub(crate) fn location(at: &Location) -> String {
    let file = |source: &SourceId| match source.role {
        Role::Auto => Escaped(&source.name).to_string(),
        role => format!("{role} {}", Escaped(&source.name)),
    };
    let span = |lines: &Lines| {
        if lines.first == lines.last { format!("line {}", lines.first) } else { format!("lines {}-{}", lines.first, lines.last) }
    };
    match at {
        Location::Source(source) => file(source),
        Location::Lines { source, lines } => format!("{}, {}", file(source), span(lines)),
        Location::Object { source, kind, index, lines } => {
            let what = match kind {
                ObjectKind::Certificate => "certificate",
                ObjectKind::PrivateKey => "key",
            };
            let lines = lines.as_ref().map(|lines| format!(" ({})", span(lines))).unwrap_or_default();
            format!("{}, {what} {index}{lines}", file(source))
        }
        Location::Missing(role) => format!("{role} input"),
        Location::Origin => "origin".to_owned(),
        _ => "all inputs".to_owned(),
    }
}
