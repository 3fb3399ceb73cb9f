//! What a probe saw, in lines that the formats for people share. All that comes from outside is escaped.

use crate::format::words;
use crate::probing::Probing;
use certflight_probe::{Acceptance, Attempt, CertificateRequest, Probed, Server, Trust, Version};
use certflight_validate::{CaRole, Escaped, Report};

/// The most CA names and signature schemes that are shown.
const SHOWN: usize = 6;

/// One line, and whether it belongs to the one before.
pub(crate) struct Line {
    pub(crate) is_detail: bool,
    pub(crate) text: String,
}

/// The heading, then the lines.
pub(crate) fn section(probing: &Probing, report: &Report) -> (String, Vec<Line>) {
    match probing {
        Probing::NotRun(why) => (format!("probe: not run, {why}"), Vec::new()),
        Probing::Done(probed) => {
            (format!("probe of {}, HEAD {}:", Escaped(&probed.origin), Escaped(&probed.path)), lines(probed, report))
        }
    }
}

fn lines(probed: &Probed, report: &Report) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |is_detail, text| lines.push(Line { is_detail, text });
    if let Some(proxy) = &probed.proxy {
        say(false, format!("through the proxy {}", Escaped(proxy)));
    }
    if !probed.is_server_name_of_origin() {
        say(false, format!("server name: {}", Escaped(&probed.server_name)));
    }
    for tried in &probed.tried {
        let end = tried.error.as_deref().map_or_else(|| "connected".to_owned(), |why| Escaped(why).to_string());
        say(false, format!("{}: {end}", tried.address));
    }
    for version in [Version::Tls13, Version::Tls12] {
        let of: Vec<&Attempt> = probed.attempts.iter().filter(|attempt| attempt.version == version).collect();
        let Some(first) = of.first() else { continue };
        say(false, heading(first));
        for attempt in of.iter().filter(|_| first.is_spoken()) {
            say(true, format!("{}: {}", attempt.which(), attempt.end()));
        }
    }
    if let Some((attempt, request)) = probed.attempts.iter().find_map(|attempt| Some((attempt, attempt.requested.as_ref()?))) {
        requested(attempt, request, report).into_iter().for_each(|text| say(false, text));
    }
    if let Some(server) = &probed.server {
        let leaf = server.leaf.as_ref();
        let ends = leaf.zip(report.checked_at()).map(|(leaf, at)| format!(", {}", words::validity(leaf, at))).unwrap_or_default();
        let issuer = leaf.map(|leaf| format!(" issued by {}", leaf.issuer)).unwrap_or_default();
        let subject = leaf.map_or("cannot be read", |leaf| leaf.subject.as_str());
        say(false, format!("the origin's own certificate: {subject}{issuer}{ends}"));
        say(true, format!("by the public roots: {}", verifies(&server.by_public_roots)));
        say(true, format!("by the CA input: {}", verifies(&server.by_ca)));
        say(
            false,
            format!("calls work if ca is for the client certificate's issuer: {}", works(probed, server, CaRole::ClientIssuer)),
        );
        say(false, format!("calls work if ca verifies the origin: {}", works(probed, server, CaRole::OriginServer)));
    }
    lines
}

/// A version, and what was chosen under it.
fn heading(attempt: &Attempt) -> String {
    let version = attempt.version;
    let Some(cipher) = &attempt.cipher else { return format!("TLS {version}: {}", attempt.end()) };
    let protocol = attempt.alpn.as_ref().map(|name| format!(", {}", Escaped(name))).unwrap_or_default();
    let asks = if attempt.requested.is_some() { "asks for a certificate" } else { "asks for no certificate" };
    format!("TLS {version}, {cipher}{protocol}: {asks}")
}

fn requested(attempt: &Attempt, request: &CertificateRequest, report: &Report) -> [String; 2] {
    let list = |all: Vec<String>| {
        let more = all.len().saturating_sub(SHOWN);
        let shown = all.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{shown} and {more} more") } else { shown }
    };
    let names = match request.authorities.len() {
        0 => "it names no CA".to_owned(),
        count => {
            let names = list(request.authorities.iter().map(|name| format!("“{name}”")).collect());
            let ours = match request.listed(report) {
                _ if report.chain().is_empty() => String::new(),
                Some(name) => format!("; “{name}” is on this certificate's path"),
                None => "; none is on this certificate's path".to_owned(),
            };
            format!("it names {}: {names}{ours}", words::counted(count, "CA"))
        }
    };
    let schemes = list(request.schemes.iter().map(ToString::to_string).collect());
    let schemes = if schemes.is_empty() { "nothing that TLS 1.3 allows".to_owned() } else { schemes };
    let ours = match (attempt.with_certificate, attempt.signed_with) {
        (false, _) => String::new(),
        (true, Some(scheme)) => format!("; the key signs with {scheme}"),
        (true, None) => "; the key signs with none of them".to_owned(),
    };
    [names, format!("under TLS {} it takes {schemes}{ours}", attempt.version)]
}

fn verifies(trust: &Trust) -> String {
    match trust {
        Trust::Verified => "verifies".to_owned(),
        Trust::NotVerified(why) => format!("does not verify, {}", Escaped(why)),
        Trust::Unknown(why) => format!("cannot be told, {}", Escaped(why)),
    }
}

fn works(probed: &Probed, server: &Server, role: CaRole) -> &'static str {
    match probed.works(server, role) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "cannot be told",
    }
}

/// What it comes to, in a line.
pub(crate) fn end(probed: &Probed) -> &'static str {
    match probed.acceptance {
        Acceptance::Accepted => "the origin takes the certificate, and does not do without",
        Acceptance::NotRequired => "the origin answers the same with the certificate and without",
        Acceptance::NotRequested => "the origin asks for no certificate",
        Acceptance::Refused => "the origin does not take the certificate",
        Acceptance::Unknown => "whether the origin takes the certificate cannot be told",
    }
}
