//! The findings about what was seen, in words.

use crate::attempt::{Attempt, Outcome};
use crate::causes::{self, Context};
use crate::ending::Ending;
use crate::http::Answer;
use crate::identity::Unpresentable;
use crate::probed::{Acceptance, Probed};
use crate::route::Unreachable;
use crate::server::Trust;
use certflight_validate::{Code, Escaped, Finding, Location, Report, Severity};

/// The most names of a server's list that a finding shows.
const SHOWN_NAMES: usize = 5;

/// What sentences are made of.
pub(crate) struct Sentences<'a> {
    pub(crate) probed: &'a Probed,
    pub(crate) unpresentable: Option<Unpresentable>,
    pub(crate) report: &'a Report,
}

fn finding(code: Code, message: String) -> Finding {
    Finding::new(code, Location::Origin, message)
}

impl Sentences<'_> {
    /// Of what a connection, or both of a version, came to.
    pub(crate) fn ended(&self, code: Code, acceptance: Acceptance, attempt: &Attempt) -> Finding {
        let mut finding = finding(code, self.message(code, acceptance, attempt));
        if acceptance == Acceptance::Unknown {
            // What cannot be told does not pass.
            finding.severity = Severity::Error;
        }
        for other in &self.probed.attempts {
            if !std::ptr::eq(other, attempt) {
                finding = finding.note(described(other));
            }
        }
        let causes = causes::of(code, &Context { report: self.report, attempt });
        for (at, cause) in causes.iter().enumerate() {
            let lead = if at == 0 { "most likely" } else { "or" };
            finding = finding.note(format!("{lead}: {cause}"));
        }
        self.help(code, Some(attempt)).into_iter().fold(finding, Finding::help)
    }

    fn message(&self, code: Code, acceptance: Acceptance, attempt: &Attempt) -> String {
        let (version, end) = (attempt.version, attempt.end());
        let refuses = |why: &str| format!("the origin refuses the certificate under TLS {version}, {why} ({end})");
        match code {
            Code::ProbeUnknownCa => refuses("as issued by a CA that it does not know"),
            Code::ProbeBadCertificate => refuses("and says only that it is bad"),
            Code::ProbeCertificateExpired => refuses("as expired or not yet valid"),
            Code::ProbeCertificateRevoked => refuses("as revoked"),
            Code::ProbeUnsupportedCertificate => refuses("as of a kind or for a purpose that it does not take"),
            Code::ProbeCertificateUnknown => refuses("for a reason that it does not tell"),
            Code::ProbeAccessDenied => {
                format!("the origin denies access to the certificate under TLS {version} ({end})")
            }
            Code::ProbeSignatureRefused => refuses("as its signature, or one on its path, does not verify"),
            Code::ProbeCertificateRequired => refuses("as if none had been presented"),
            Code::ProbeHandshakeFailure => refuses("without a reason"),
            Code::ProbeHttpRefused => refuses("in its HTTP answer"),
            Code::ProbeAlert if attempt.signed_with.is_some() => {
                format!("once the certificate was presented, the origin ended the connection under TLS {version} ({end})")
            }
            Code::ProbeAlert => format!("the origin ended the connection under TLS {version} ({end})"),
            Code::ProbeReset if acceptance == Acceptance::Unknown => format!(
                "the origin cuts the connection under TLS {version} ({end}), and nothing shows that it is for the certificate"
            ),
            Code::ProbeReset => format!("the origin cut the connection once the certificate was presented, under TLS {version} ({end})"),
            Code::ProbeHttpError => {
                format!("the origin answers with an error of HTTP under TLS {version} ({end}), so what it makes of the certificate cannot be told")
            }
            Code::ProbeNotRequested => {
                format!("the origin asks for no client certificate under TLS {version} ({end}), so none would ever be sent to it")
            }
            Code::ProbeNotRequired if acceptance == Acceptance::Unknown => format!(
                "the origin asks for a certificate and answers with it ({end}), and what it does without one does not tell whether it takes this one or ignores it"
            ),
            Code::ProbeNotRequired => format!(
                "the origin asks for a certificate and answers the same without one ({end}), so whether it takes this one or ignores it cannot be told"
            ),
            Code::ProbeSchemeNotTaken => {
                let offered = attempt.requested.iter().flat_map(|request| &request.schemes).map(ToString::to_string);
                let offered: Vec<String> = offered.take(SHOWN_NAMES * 4).collect();
                let offered = if offered.is_empty() { "none that TLS 1.3 allows".to_owned() } else { offered.join(", ") };
                let kind = self.report.leaf().map_or("private", |leaf| leaf.public_key.as_str());
                match acceptance {
                    Acceptance::Unknown => format!(
                        "the origin takes no signature that the probe makes with the {kind} key under TLS {version}, where others can make more; it takes {offered}"
                    ),
                    _ => format!("the origin takes no signature that the {kind} key can make under TLS {version}; it takes {offered}"),
                }
            }
            Code::ProbeNotPresented => match self.unpresentable {
                Some(Unpresentable::Certificate) => "there is no certificate that could be presented".to_owned(),
                Some(Unpresentable::Key) => "there is no private key, without which a certificate cannot be presented".to_owned(),
                _ => "the private key is of a kind that cannot sign here, so whether the origin takes the certificate cannot be told".to_owned(),
            },
            Code::ProbeSilent => "the origin took the connection and did not answer in time".to_owned(),
            Code::ProbeTlsFailed => match &attempt.outcome {
                Outcome::TlsFailed(why) => format!("what answers at the origin does not speak TLS as it should: {}", Escaped(why)),
                _ => format!("what answers at the origin does not speak TLS as it should ({end})"),
            },
            Code::ProbeNoCommonTls => format!("the origin and the probe have no TLS version, cipher suite or protocol in common ({})", self.ends()),
            Code::ProbeRenegotiation => "under TLS 1.2 the origin asks to negotiate again once the request is made, perhaps for a certificate; the probe takes \
                 no part in that, and TLS 1.3 has no such thing, so what comes then cannot be told"
                .to_owned(),
            Code::ProbeNoHttp => match &attempt.outcome {
                Outcome::Http2 => "the origin takes the handshake and speaks HTTP/2 alone, so no request was made".to_owned(),
                Outcome::Silent => "the origin takes the handshake and does not answer the request in time".to_owned(),
                Outcome::NoHttp => "the origin takes the handshake and answers with something that is no answer of HTTP/1, or one whose head is too long".to_owned(),
                _ => format!("the origin takes the handshake and cuts the connection at the request ({end})"),
            },
            // All others are said elsewhere, of the whole.
            _ => format!("the origin was seen to end the connection under TLS {version} ({end})"),
        }
    }

    /// How each version ended, where none came to a handshake.
    fn ends(&self) -> String {
        let each = self.probed.attempts.iter().map(|attempt| format!("TLS {}: {}", attempt.version, attempt.end()));
        each.collect::<Vec<_>>().join(", ")
    }

    fn help(&self, code: Code, attempt: Option<&Attempt>) -> Vec<String> {
        let top = self.report.chain().last();
        let issuer = top.map(|top| if top.is_ca { &top.subject } else { &top.issuer });
        let fingerprint =
            self.report.leaf().map(|leaf| format!("; its SHA-256 fingerprint is {}", leaf.sha256)).unwrap_or_default();
        match (code, issuer) {
            (
                Code::ProbeUnknownCa | Code::ProbeHttpRefused | Code::ProbeCertificateUnknown | Code::ProbeBadCertificate,
                Some(issuer),
            ) => {
                vec![format!("ask the partner whether {} trusts “{issuer}”, and send them that CA", Escaped(&self.probed.origin))]
            }
            (Code::ProbeHttpError, _) if !attempt.is_some_and(is_denied) => {
                vec!["try again later".to_owned()]
            }
            (Code::ProbeAccessDenied | Code::ProbeHttpError, _) => {
                vec![format!("ask the partner to register this certificate{fingerprint}")]
            }
            (Code::ProbeSchemeNotTaken, _) => {
                vec!["have a certificate issued for a key of a kind that the origin takes".to_owned()]
            }
            (Code::ProbeNotRequested, _) => vec!["ask the partner for the host name and port of their mutual TLS".to_owned()],
            (Code::ProbeUnreachable | Code::ProbeSilent, _) => {
                vec!["leave out the probe where the origin cannot be reached from here by design".to_owned()]
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn unreachable(&self, why: &Unreachable) -> Finding {
        let origin = Escaped(&self.probed.origin);
        let reason = match why {
            Unreachable::Name(why) => format!("its name does not resolve: {}", Escaped(why)),
            Unreachable::Tcp(why) => format!("no address takes the connection: {}", Escaped(why)),
            Unreachable::Proxy(why) => format!("the proxy cannot be reached: {}", Escaped(why)),
            Unreachable::OutOfTime => "the time of the probe was over; --probe-timeout gives it more".to_owned(),
            Unreachable::ProxyRefused(407) => {
                "the proxy asks for a user name and password (407), which the variable that names it may hold".to_owned()
            }
            Unreachable::ProxyRefused(status) => format!("the proxy opens no tunnel there, it answers {status}"),
            Unreachable::ProxyFailed(why) => format!("the proxy opens no tunnel: {}", Escaped(why)),
        };
        let again = match self.probed.attempts.len() {
            0 => "",
            _ => " any more after the connections before",
        };
        let mut finding = finding(Code::ProbeUnreachable, format!("{origin} cannot be reached{again}: {reason}"));
        for tried in &self.probed.tried {
            let why = tried.error.as_deref().unwrap_or("connected");
            finding = finding.note(format!("{}: {}", tried.address, Escaped(why)));
        }
        let causes: &[&str] = match why {
            Unreachable::Name(_) => &["the host is not written as it is, or is known inside a network alone"],
            Unreachable::Tcp(_) => &[
                "the host or port is wrong, or nothing listens there now",
                "the origin takes connections from some addresses alone: the vendor's functions call from other addresses than this machine",
            ],
            Unreachable::Proxy(_) => &["the variable that names the proxy is wrong, or the proxy is down"],
            Unreachable::ProxyRefused(_) | Unreachable::ProxyFailed(_) => {
                &["the proxy lets nobody through to this host or port", "what the variable names is no proxy"]
            }
            Unreachable::OutOfTime => &[],
        };
        for (at, cause) in causes.iter().enumerate() {
            let lead = if at == 0 { "most likely" } else { "or" };
            finding = finding.note(format!("{lead}: {cause}"));
        }
        self.help(Code::ProbeUnreachable, None).into_iter().fold(finding, Finding::help)
    }

    pub(crate) fn versions_differ(&self, main: Ending, other: Ending) -> Finding {
        let words = |ending: Ending| match ending.acceptance {
            Acceptance::Accepted => "takes the certificate",
            Acceptance::NotRequired => "does not need the certificate",
            Acceptance::NotRequested => "asks for no certificate",
            Acceptance::Refused => "refuses the certificate",
            Acceptance::Unknown => "does not let it be told",
        };
        let message = format!("the origin {} under TLS 1.3 and {} under TLS 1.2", words(main), words(other));
        let finding = self.probed.attempts.iter().map(described).fold(finding(Code::ProbeVersionsDiffer, message), Finding::note);
        finding.help("ask the partner to set both versions up alike; a client that offers both is under TLS 1.3")
    }

    /// Where the origin names CAs, and none of the path is among them.
    pub(crate) fn not_listed(&self, attempt: &Attempt) -> Option<Finding> {
        let request = attempt.requested.as_ref().filter(|request| !request.authorities.is_empty())?;
        if self.report.chain().is_empty() || request.listed(self.report).is_some() {
            return None;
        }
        let count = request.authorities.len();
        let message = format!(
            "the origin names the CAs that it takes ({count}), and none of them is on the certificate's path; clients in Java or Go, and those of Windows, then present nothing"
        );
        let named = request.authorities.iter().take(SHOWN_NAMES).map(|name| format!("it names “{name}”"));
        let mut finding = named.fold(finding(Code::ProbeCaNotListed, message), Finding::note);
        if let more @ 1.. = count.saturating_sub(SHOWN_NAMES) {
            finding = finding.note(format!("and {more} more"));
        }
        Some(finding.help("use the certificate that one of these CAs issued, or ask the partner to add the CA of this one"))
    }

    pub(crate) fn server(&self) -> Option<Finding> {
        let server = self.probed.server.as_ref()?;
        let subject = server.leaf.as_ref().map_or("which cannot be read", |leaf| leaf.subject.as_str());
        match (server.by_public_roots.reason(), server.by_ca.reason()) {
            (None, _) => None,
            (Some(public), None) => {
                let message = format!(
                    "the origin's own certificate, “{subject}”, verifies by the CA input alone, not by the public roots: {public}"
                );
                Some(
                    finding(Code::ProbeServerByCa, message)
                        .note("the vendor does not publish whether ca verifies the origin; calls work only if it does")
                        .help(
                            "ask the vendor what ca is for; --ca-role origin-server checks the bundle as if it were for the origin",
                        ),
                )
            }
            (Some(public), Some(ca)) => {
                let is_told = matches!((&server.by_public_roots, &server.by_ca), (Trust::NotVerified(_), Trust::NotVerified(_)));
                let so =
                    if is_told { "so calls will hardly get through, whatever ca is for" } else { "but other clients may take it" };
                let message = format!(
                    "the origin's own certificate, “{subject}”, verifies neither by the public roots ({public}) nor by the CA input ({ca}), {so}"
                );
                let help = "ask the partner for the CA of their server, and whether this host is the right one";
                Some(finding(Code::ProbeServerUntrusted, message).help(help))
            }
        }
    }
}

fn is_denied(attempt: &Attempt) -> bool {
    matches!(&attempt.outcome, Outcome::Answer(Answer { status: 400 | 401 | 403, .. }))
}

/// A connection and its end.
fn described(attempt: &Attempt) -> String {
    let server = match &attempt.outcome {
        Outcome::Answer(Answer { server: Some(server), .. }) => format!(", says {}", Escaped(server)),
        _ => String::new(),
    };
    format!("TLS {}, {}: {}{server}", attempt.version, attempt.which(), attempt.end())
}
