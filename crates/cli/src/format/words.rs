//! Words that several formats share: places, spans of time, counts. All that comes from outside is escaped.

use certflight_validate::{
    CertificateFacts, Code, Escaped, Finding, Lines, Location, ObjectKind, Report, Role, Severity, SourceId, Timestamp, Verdict,
};

/// The verdict in one line, with what it counts.
pub(crate) fn verdict(report: &Report) -> String {
    let count = |severity| report.findings().iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (counted(count(Severity::Error), "error"), counted(count(Severity::Warning), "warning"));
    match report.verdict() {
        Verdict::Pass => format!("PASS: {warnings}"),
        Verdict::Fail => format!("FAIL: {errors}, {warnings}"),
    }
}

pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Whether the private key is the leaf's, where both are there.
pub(crate) fn key(report: &Report) -> Option<&'static str> {
    report.key_is_of_leaf().map(|is_proved| if is_proved { "belongs to the leaf" } else { "not shown to belong to the leaf" })
}

/// A place: the input, the file, the object, the lines. File names are foreign text.
pub(crate) fn location(at: &Location) -> String {
    match at {
        Location::Source(source) => file(source),
        Location::Lines { source, lines } => format!("{}, {}", file(source), span(*lines)),
        Location::Object { source, kind, index, lines } => {
            let lines = lines.map(|lines| format!(" ({})", span(lines))).unwrap_or_default();
            format!("{}, {} {index}{lines}", file(source), object(*kind))
        }
        Location::Missing(role) => format!("{role} input"),
        Location::Origin => "origin".to_owned(),
        _ => "all inputs".to_owned(),
    }
}

fn file(source: &SourceId) -> String {
    match source.role {
        Role::Auto => Escaped(&source.name).to_string(),
        role => format!("{role} {}", Escaped(&source.name)),
    }
}

/// The file of a place, where it has one that others can open. Its name is foreign text.
pub(crate) fn path(at: &Location) -> Option<String> {
    let source = at.source()?;
    let is_file = &*source.name != "standard input" && !source.name.starts_with("env:");
    is_file.then(|| Escaped(&source.name).to_string())
}

/// What is wrong, why, and what mends it, in lines.
pub(crate) fn text(finding: &Finding) -> String {
    let mut lines = vec![format!("{} ({})", finding.message, location(&finding.at))];
    for note in &finding.notes {
        let at = note.at.as_ref().map(|at| format!(" ({})", location(at))).unwrap_or_default();
        lines.push(format!("note: {}{at}", note.text));
    }
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    lines.extend(finding.commands.iter().map(|command| format!("$ {command}")));
    lines.push(format!("see: certflight explain {} ({})", finding.code, finding.code.reference()));
    lines.join("\n")
}

fn span(lines: Lines) -> String {
    if lines.first == lines.last { format!("line {}", lines.first) } else { format!("lines {}-{}", lines.first, lines.last) }
}

pub(crate) fn object(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Certificate => "certificate",
        ObjectKind::PrivateKey => "key",
    }
}

/// The source and the lines of a place, where it has them.
pub(crate) fn lines(at: &Location) -> Option<(&SourceId, Lines)> {
    match at {
        Location::Lines { source, lines } | Location::Object { source, lines: Some(lines), .. } => Some((source, *lines)),
        _ => None,
    }
}

/// How long a certificate is still valid, as people read it.
pub(crate) fn validity(facts: &CertificateFacts, at: Timestamp) -> String {
    if at < facts.not_before {
        return format!("not valid before {}, in {}", facts.not_before.date(), days(facts.not_before.days_since(at)));
    }
    ending(facts.not_after, at)
}

/// When a validity ends, seen from `at`.
pub(crate) fn ending(end: Timestamp, at: Timestamp) -> String {
    match end.days_since(at) {
        0 if at > end => format!("expired {} ago, {}", days(at.days_since(end)), end.date()),
        0 => format!("expires today, {end}"),
        left => format!("expires in {}, {}", days(left), end.date()),
    }
}

/// Days, in years from two years on: nobody plans by the day that far ahead.
fn days(days: u64) -> String {
    match days {
        0..=729 => counted(usize::try_from(days).unwrap_or(usize::MAX), "day"),
        _ => format!("{} years", days / 365),
    }
}

/// Whether a finding speaks of the step from a certificate to its issuer, and not of the certificate itself.
pub(crate) fn is_about_link(code: Code) -> bool {
    matches!(
        code,
        Code::ChainMissingIssuer
            | Code::ChainUntrusted
            | Code::ChainSignatureInvalid
            | Code::ChainKeyIdentifier
            | Code::SignatureWeak
            | Code::SignatureUnsupported
    )
}

/// One certificate of the path and the step to the next, as far as errors speak of them.
pub(crate) struct Step<'a> {
    pub(crate) facts: &'a CertificateFacts,
    /// Leaf, intermediate, or the end of the path.
    pub(crate) what: &'static str,
    /// Errors of this certificate.
    pub(crate) faults: Vec<&'a Finding>,
    /// Errors of its signature, or of what comes above it.
    pub(crate) link_faults: Vec<&'a Finding>,
    pub(crate) is_last: bool,
}

/// The path from the leaf up, with the errors at their places.
pub(crate) fn steps<'a>(report: &'a Report) -> Vec<Step<'a>> {
    let last = report.chain().len().saturating_sub(1);
    // A CA input of which nothing could be used breaks the path where it ends.
    let of_ca = |finding: &&Finding| {
        let is_ca =
            matches!(finding.at, Location::Missing(Role::Ca)) || finding.at.source().is_some_and(|source| source.role == Role::Ca);
        is_ca && report.chain().iter().all(|facts| facts.at != finding.at)
    };
    let step = |(at, facts): (usize, &'a CertificateFacts)| {
        let (mut link_faults, faults): (Vec<_>, Vec<_>) =
            report.errors().filter(|finding| finding.at == facts.at).partition(|finding| is_about_link(finding.code));
        if at == last && !report.chain_is_anchored() && link_faults.is_empty() {
            link_faults.extend(report.errors().filter(of_ca));
        }
        let what = match at {
            0 if last == 0 && report.chain_is_anchored() => "leaf, its own trust anchor",
            0 => "leaf",
            _ if at == last && report.chain_is_anchored() => "trust anchor",
            _ if facts.subject == facts.issuer => "root",
            _ => "intermediate",
        };
        Step { facts, what, faults, link_faults, is_last: at == last }
    };
    report.chain().iter().enumerate().map(step).collect()
}
