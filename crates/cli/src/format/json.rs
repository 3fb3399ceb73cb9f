//! JSON, version 1. Its schema is docs/report.schema.json.

use crate::format::Shown;
use crate::format::json_probe::JsonProbe;
use certflight_validate::{CertificateFacts, Escaped, Finding, Location, ObjectKind, Placement, Role, SourceId, Verdict};
use serde::Serialize;
use serde_json::value::RawValue;
use std::io::{self, Write};

/// The document. What is absent is left out.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<&'a str>,
    findings: Vec<JsonFinding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf: Option<JsonCertificate<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    chain: Vec<JsonCertificate<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<JsonCertificate<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sorted: Vec<JsonPlacement<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    skipped: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    probe: Option<JsonProbe<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<Upload<'a>>,
}

/// Where an object of FILES went.
#[derive(Serialize)]
struct JsonPlacement<'a> {
    file: &'a str,
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    used_as: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'static str>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    location: Place<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<JsonNote<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    help: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    commands: &'a [String],
    reference: &'static str,
}

#[derive(Serialize)]
struct JsonNote<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    input: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_line: Option<u32>,
}

#[derive(Serialize)]
struct JsonCertificate<'a> {
    subject: &'a str,
    issuer: &'a str,
    serial: &'a str,
    not_before: String,
    not_after: String,
    public_key: &'a str,
    signature: &'a str,
    sha256: &'a str,
    public_key_sha256: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    alternative_names: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    key_usage: &'a [&'static str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    extended_key_usage: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    policies: &'a [String],
    ca: bool,
    location: Place<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    trust_anchor: bool,
}

/// What became of an upload.
#[derive(Default, Serialize)]
pub(crate) struct Upload<'a> {
    pub(crate) sent: bool,
    pub(crate) sandbox: bool,
    pub(crate) skipped: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cert_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<serde_json::Value>,
}

impl<'a> Document<'a> {
    /// A check's report, and the files that were passed over.
    pub(crate) fn of(shown: &Shown<'a>) -> Self {
        let Shown { report, skipped, probing, .. } = *shown;
        let last = report.chain().len().saturating_sub(1);
        let anchored = |at| report.chain_is_anchored() && at == last;
        Document {
            verdict: Some(match report.verdict() {
                Verdict::Pass => "pass",
                Verdict::Fail => "fail",
            }),
            checked_at: report.checked_at().map(|at| at.to_string()),
            findings: shown.findings().map(JsonFinding::of).collect(),
            leaf: report.leaf().map(|facts| JsonCertificate::of(facts, false)),
            chain: report.chain().iter().enumerate().map(|(at, facts)| JsonCertificate::of(facts, anchored(at))).collect(),
            others: report.others().iter().map(|facts| JsonCertificate::of(facts, false)).collect(),
            origin: report.origin(),
            sorted: report.placements().iter().map(JsonPlacement::of).collect(),
            skipped,
            probe: probing.map(|probing| JsonProbe::of(probing, report)),
            ..Document::skipped()
        }
    }

    /// The same, with what became of the upload.
    pub(crate) fn with(self, upload: Upload<'a>) -> Self {
        Document { upload: Some(upload), ..self }
    }

    /// The same, as one of many.
    pub(crate) fn of_batch(self, id: Option<&'a RawValue>, line: Option<u64>) -> Self {
        Document { id, batch_line: line, ..self }
    }

    /// Of a bundle that could not be read, and why.
    pub(crate) fn unreadable(why: &'a str) -> Self {
        Document { verdict: Some("fail"), unreadable: Some(why), ..Document::skipped() }
    }

    /// Without a verdict: validation was skipped.
    pub(crate) fn skipped() -> Self {
        Document {
            version: 1,
            id: None,
            batch_line: None,
            verdict: None,
            checked_at: None,
            unreadable: None,
            findings: Vec::new(),
            leaf: None,
            chain: Vec::new(),
            others: Vec::new(),
            origin: None,
            sorted: Vec::new(),
            skipped: &[],
            probe: None,
            upload: None,
        }
    }
}

impl<'a> JsonPlacement<'a> {
    fn of(placement: &'a Placement) -> Self {
        let place = Place::of(&placement.at);
        JsonPlacement {
            file: place.file.unwrap_or_default(),
            what: &placement.what,
            certificate: place.certificate,
            line: place.line,
            used_as: placement.used_as.iter().map(|role| role.name()).collect(),
            left_out: placement.left_out,
        }
    }
}

impl<'a> JsonFinding<'a> {
    fn of(finding: &'a Finding) -> Self {
        JsonFinding {
            code: finding.code.name(),
            severity: finding.severity.name(),
            message: &finding.message,
            location: Place::of(&finding.at),
            notes: finding
                .notes
                .iter()
                .map(|note| JsonNote { text: &note.text, location: note.at.as_ref().map(Place::of) })
                .collect(),
            help: &finding.help,
            commands: &finding.commands,
            reference: finding.code.reference(),
        }
    }
}

impl<'a> JsonCertificate<'a> {
    fn of(facts: &'a CertificateFacts, trust_anchor: bool) -> Self {
        JsonCertificate {
            subject: &facts.subject,
            issuer: &facts.issuer,
            serial: &facts.serial,
            not_before: facts.not_before.to_string(),
            not_after: facts.not_after.to_string(),
            public_key: &facts.public_key,
            signature: &facts.signature,
            sha256: &facts.sha256,
            public_key_sha256: &facts.public_key_sha256,
            alternative_names: &facts.alternative_names,
            key_usage: &facts.key_usage,
            extended_key_usage: &facts.extended_key_usage,
            policies: &facts.policies,
            ca: facts.is_ca,
            location: Place::of(&facts.at),
            trust_anchor,
        }
    }
}

/// What was given without a role and has found none belongs to the whole.
fn input(role: Role) -> &'static str {
    if role == Role::Auto { "bundle" } else { role.name() }
}

impl<'a> Place<'a> {
    fn of(at: &'a Location) -> Self {
        let bare = |input| Place { input, file: None, certificate: None, line: None, last_line: None };
        let source = |source: &'a SourceId| Place { file: Some(&source.name), ..bare(input(source.role)) };
        match at {
            Location::Source(id) => source(id),
            Location::Lines { source: id, lines } => Place { line: Some(lines.first), last_line: Some(lines.last), ..source(id) },
            Location::Object { source: id, kind, index, lines } => Place {
                certificate: (*kind == ObjectKind::Certificate).then_some(*index),
                line: lines.map(|lines| lines.first),
                last_line: lines.map(|lines| lines.last),
                ..source(id)
            },
            Location::Missing(role) => bare(role.name()),
            Location::Origin => bare("origin"),
            _ => bare("bundle"),
        }
    }
}

/// Writes JSON, with a line break after it.
pub(crate) fn write(document: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    out.write_all(text(document)?.as_bytes())
}

/// JSON, with a line break after it. What a terminal should not be sent is escaped as JSON can, so that it reads the same.
pub(crate) fn text(document: &impl Serialize) -> io::Result<String> {
    Ok(shown(serde_json::to_string_pretty(document)?))
}

/// The same on one line.
pub(crate) fn line(document: &impl Serialize) -> io::Result<String> {
    Ok(shown(serde_json::to_string(document)?))
}

fn shown(text: String) -> String {
    let mut shown = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // Outside of strings JSON has only ASCII and line breaks, and in them serde_json has escaped the control characters under space.
        if c != '\n' && Escaped::is_needed(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown.push('\n');
    shown
}
