//! What is to be said of what was seen.

use crate::attempt::{Attempt, Outcome, Version};
use crate::causes::{self, Context};
use crate::ending::{self, Ending};
use crate::http::Answer;
use crate::identity::Unpresentable;
use crate::probed::{Acceptance, Probed};
use crate::route::Unreachable;
use certflight_validate::{Code, Escaped, Finding, Location, Report, Severity};

/// The most names of a server's list that a finding shows.
const SHOWN_NAMES: usize = 5;

/// What the origin makes of the certificate, and the findings about it.
pub(crate) fn judge(probed: &Probed, unpresentable: Option<Unpresentable>, report: &Report) -> (Acceptance, Vec<Finding>) {
    let judge = Judge { probed, unpresentable, report };
    let mut findings = Vec::new();
    findings.extend(probed.unreachable.as_ref().map(|why| judge.unreachable(why)));
    // What each version came to, the one that a client of both comes to first.
    let mut told: Vec<Told<'_>> =
        [Version::Tls13, Version::Tls12].into_iter().filter_map(|version| Told::of(probed, version)).collect();
    let is_spoken = told.iter().any(|told| told.attempt.is_spoken());
    told.sort_by_key(|told| if is_spoken { u8::from(!told.attempt.is_spoken()) } else { told.rank() });
    let Some((Told { ending, attempt }, others)) = told.split_first() else { return (Acceptance::Unknown, findings) };
    let renegotiates = probed.attempts.iter().any(|attempt| attempt.renegotiation);
    let main = match ending.acceptance {
        // Who asks once the request is there may ask under the other version, too, and not get so far.
        Acceptance::NotRequested if renegotiates => {
            Ending { acceptance: Acceptance::Unknown, code: Some(Code::ProbeRenegotiation) }
        }
        _ => *ending,
    };
    // Where a connection is missing, that it could not be made says why.
    let is_explained = probed.unreachable.is_some() && main.code == Some(Code::ProbeNotRequired);
    findings.extend(main.code.filter(|_| !is_explained).map(|code| judge.ended(code, main.acceptance, attempt)));
    let other = others.iter().find(|other| other.attempt.is_spoken() && differ(main, other.ending));
    findings.extend(other.map(|other| judge.versions_differ(main, other.ending)));
    findings.extend(judge.not_listed(attempt));
    if renegotiates && main.code != Some(Code::ProbeRenegotiation) {
        findings.push(judge.ended(Code::ProbeRenegotiation, main.acceptance, attempt));
    }
    findings.extend(judge.server());
    (main.acceptance, findings)
}

/// What a version came to, and the connection that it is said of.
struct Told<'a> {
    ending: Ending,
    attempt: &'a Attempt,
}

impl<'a> Told<'a> {
    fn of(probed: &'a Probed, version: Version) -> Option<Self> {
        let (with, without) = (probed.attempt(version, true), probed.attempt(version, false));
        Some(Told { ending: ending::of(with, without)?, attempt: with.or(without)? })
    }

    /// Where nothing is spoken, what is no TLS says more than a refusal, and that more than silence.
    fn rank(&self) -> u8 {
        match self.ending.code {
            Some(Code::ProbeTlsFailed) => 0,
            Some(Code::ProbeNoCommonTls) => 1,
            _ => 2,
        }
    }
}

/// Whether a client under the other version comes to something else; where it cannot be told under the main one, that is what is said.
fn differ(main: Ending, other: Ending) -> bool {
    main.acceptance != Acceptance::Unknown && main.acceptance != other.acceptance
}

struct Judge<'a> {
    probed: &'a Probed,
    unpresentable: Option<Unpresentable>,
    report: &'a Report,
}

fn finding(code: Code, message: String) -> Finding {
    Finding::new(code, Location::Origin, message)
}

impl Judge<'_> {
    /// Of what a connection, or both of a version, came to.
    fn ended(&self, code: Code, acceptance: Acceptance, attempt: &Attempt) -> Finding {
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
        self.help(code).into_iter().fold(finding, Finding::help)
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
            Code::ProbeHttpRefused => refuses("in HTTP's terms"),
            Code::ProbeAlert => format!("the origin ended the connection under TLS {version} ({end})"),
            Code::ProbeReset if acceptance == Acceptance::Unknown => format!(
                "the origin cuts the connection under TLS {version} ({end}), and nothing shows that it is for the certificate"
            ),
            Code::ProbeReset => format!("the origin cut the connection once the certificate was presented, under TLS {version} ({end})"),
            Code::ProbeHttpError => {
                format!("the origin answers with an error of HTTP under TLS {version} ({end}), so what it makes of the certificate cannot be told")
            }
            Code::ProbeNotRequired if acceptance == Acceptance::Unknown => format!(
                "the origin asks for a certificate and answers with it ({end}), and what it does without one does not tell whether it takes this one or ignores it"
            ),
            Code::ProbeNotRequired => format!(
                "the origin asks for a certificate and answers the same without one ({end}), so that it takes this one cannot be told from that it ignores it"
            ),
            Code::ProbeSchemeNotTaken => {
                let offered = attempt.requested.iter().flat_map(|request| &request.schemes).map(ToString::to_string);
                let offered: Vec<String> = offered.take(SHOWN_NAMES * 4).collect();
                let offered = if offered.is_empty() { "none that TLS 1.3 allows".to_owned() } else { offered.join(", ") };
                let kind = self.report.leaf().map_or("private", |leaf| leaf.public_key.as_str());
                format!("the origin takes no signature that the {kind} key can make under TLS {version}; it takes {offered}")
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
            Code::ProbeNoCommonTls => format!("the origin and the probe have no way of TLS in common: {}", self.ends()),
            Code::ProbeRenegotiation => "under TLS 1.2 the origin asks to negotiate again once the request is made, perhaps for a certificate; the probe does not do \
                 that, nor does TLS 1.3, so what comes then cannot be told"
                .to_owned(),
            Code::ProbeNoHttp => match &attempt.outcome {
                Outcome::Http2 => "the origin takes the handshake and speaks HTTP/2 alone, so no request was made".to_owned(),
                Outcome::Silent => "the origin takes the handshake and does not answer the request in time".to_owned(),
                Outcome::NoHttp => "the origin takes the handshake and answers with something that is no answer of HTTP/1, or too long a one".to_owned(),
                _ => format!("the origin takes the handshake and cuts the connection at the request ({end})"),
            },
            _ => end,
        }
    }

    /// How each version ended, where none came to a handshake.
    fn ends(&self) -> String {
        let each = self.probed.attempts.iter().map(|attempt| format!("TLS {}: {}", attempt.version, attempt.end()));
        each.collect::<Vec<_>>().join(", ")
    }

    fn help(&self, code: Code) -> Vec<String> {
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

    fn unreachable(&self, why: &Unreachable) -> Finding {
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
                "the origin takes connections from some addresses alone: those of the vendor's functions are others than this machine's",
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
        self.help(Code::ProbeUnreachable).into_iter().fold(finding, Finding::help)
    }

    fn versions_differ(&self, main: Ending, other: Ending) -> Finding {
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
    fn not_listed(&self, attempt: &Attempt) -> Option<Finding> {
        let request = attempt.requested.as_ref().filter(|request| !request.authorities.is_empty())?;
        if self.report.chain().is_empty() || request.listed(self.report).is_some() {
            return None;
        }
        let count = request.authorities.len();
        let message = format!(
            "the origin names the CAs that it takes ({count}), and none of them is on the certificate's path; clients in Java or of Windows present nothing then, and so do those in Go"
        );
        let named = request.authorities.iter().take(SHOWN_NAMES).map(|name| format!("it names “{name}”"));
        let mut finding = named.fold(finding(Code::ProbeCaNotListed, message), Finding::note);
        if let more @ 1.. = count.saturating_sub(SHOWN_NAMES) {
            finding = finding.note(format!("and {more} more"));
        }
        Some(finding.help("use the certificate that one of these CAs issued, or ask the partner to add the CA of this one"))
    }

    fn server(&self) -> Option<Finding> {
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
                        .help("--ca-role origin-server says that ca is meant for the origin; ask the vendor"),
                )
            }
            (Some(public), Some(ca)) => {
                let message = format!(
                    "the origin's own certificate, “{subject}”, verifies neither by the public roots ({public}) nor by the CA input ({ca}), so calls will hardly \
                     get through, whatever ca is for"
                );
                let help = "ask the partner for the CA of their server, and whether this host is the right one";
                Some(finding(Code::ProbeServerUntrusted, message).help(help))
            }
        }
    }
}

/// A connection and its end.
fn described(attempt: &Attempt) -> String {
    let what = if attempt.with_certificate { "with the certificate" } else { "without one" };
    let server = match &attempt.outcome {
        Outcome::Answer(Answer { server: Some(server), .. }) => format!(", says {}", Escaped(server)),
        _ => String::new(),
    };
    format!("TLS {}, {what}: {}{server}", attempt.version, attempt.end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Alert;
    use crate::request::{CertificateRequest, Scheme};
    use certflight_validate::{Policy, Request, Timestamp, check};

    fn report() -> Report {
        check(&Request { sources: &[], origin: None }, &Policy::new(Timestamp::parse_rfc3339("2026-06-01T00:00:00Z").unwrap()))
    }

    fn answer(status: u16) -> Outcome {
        Outcome::Answer(Answer { status, server: None, content_length: None, location: None })
    }

    fn asked(version: Version, with_certificate: bool, outcome: Outcome) -> Attempt {
        let request = CertificateRequest { authorities: Vec::new(), unreadable: 0, schemes: Vec::new() };
        let scheme = with_certificate.then_some(Scheme(0x0403));
        Attempt::example(version, with_certificate, Some(request), scheme, outcome)
    }

    fn not_asked(version: Version, with_certificate: bool) -> Attempt {
        Attempt::example(version, with_certificate, None, None, answer(200))
    }

    fn not_spoken(version: Version, outcome: Outcome) -> Attempt {
        Attempt { outcome, ..Attempt::unmade(version, true, String::new()) }
    }

    fn told(attempts: Vec<Attempt>, unreachable: Option<Unreachable>) -> (Acceptance, Vec<Code>) {
        let probed = Probed {
            origin: "https://api.example.com".to_owned(),
            path: "/".to_owned(),
            server_name: "api.example.com".to_owned(),
            proxy: None,
            tried: Vec::new(),
            unreachable,
            attempts,
            server: None,
            acceptance: Acceptance::Unknown,
            findings: Vec::new(),
        };
        let (acceptance, findings) = judge(&probed, None, &report());
        (acceptance, findings.iter().map(|finding| finding.code).collect())
    }

    use Version::{Tls12, Tls13};

    #[test]
    fn the_newer_version_counts_where_it_is_spoken() {
        let alert = |number| Outcome::Alert(Alert(number));
        let taken = |version| [asked(version, true, answer(200)), asked(version, false, alert(116))];
        let refused = |version| [asked(version, true, alert(48)), asked(version, false, alert(116))];
        let old = |outcome| vec![not_spoken(Tls13, outcome)];
        let both = |newer: [Attempt; 2], older: [Attempt; 2]| newer.into_iter().chain(older).collect();
        for (attempts, acceptance, codes) in [
            (both(taken(Tls13), taken(Tls12)), Acceptance::Accepted, vec![]),
            (both(taken(Tls13), refused(Tls12)), Acceptance::Accepted, vec![Code::ProbeVersionsDiffer]),
            (both(refused(Tls13), taken(Tls12)), Acceptance::Refused, vec![Code::ProbeUnknownCa, Code::ProbeVersionsDiffer]),
            (
                both([not_asked(Tls13, true), not_asked(Tls13, false)], taken(Tls12)),
                Acceptance::NotRequested,
                vec![Code::ProbeNotRequested, Code::ProbeVersionsDiffer],
            ),
            ([old(alert(70)), taken(Tls12).to_vec()].concat(), Acceptance::Accepted, vec![]),
            ([old(Outcome::Silent), refused(Tls12).to_vec()].concat(), Acceptance::Refused, vec![Code::ProbeUnknownCa]),
            ([taken(Tls13).to_vec(), vec![not_spoken(Tls12, alert(70))]].concat(), Acceptance::Accepted, vec![]),
        ] {
            assert_eq!(told(attempts.clone(), None), (acceptance, codes), "{attempts:?}");
        }
    }

    #[test]
    fn where_nothing_is_spoken_the_more_telling_end_is_said() {
        let alert = || Outcome::Alert(Alert(70));
        let broken = || Outcome::TlsFailed("…".to_owned());
        for (newer, older, code) in [
            (Outcome::Silent, Outcome::Silent, Code::ProbeSilent),
            (Outcome::Silent, alert(), Code::ProbeNoCommonTls),
            (alert(), Outcome::Silent, Code::ProbeNoCommonTls),
            (alert(), broken(), Code::ProbeTlsFailed),
            (broken(), Outcome::Silent, Code::ProbeTlsFailed),
            (Outcome::Reset, Outcome::Silent, Code::ProbeTlsFailed),
            (Outcome::Incompatible("…".to_owned()), alert(), Code::ProbeNoCommonTls),
        ] {
            let attempts = vec![not_spoken(Tls13, newer.clone()), not_spoken(Tls12, older.clone())];
            assert_eq!(told(attempts, None), (Acceptance::Unknown, vec![code]), "{newer:?}, {older:?}");
        }
    }

    #[test]
    fn what_is_asked_for_later_is_not_called_unasked() {
        let again = |with_certificate| Attempt { renegotiation: true, ..not_asked(Tls12, with_certificate) };
        let attempts = vec![not_asked(Tls13, true), not_asked(Tls13, false), again(true), again(false)];
        assert_eq!(told(attempts, None), (Acceptance::Unknown, vec![Code::ProbeRenegotiation]));
    }

    #[test]
    fn a_connection_that_is_not_there_any_more_leaves_open_what_it_was_for() {
        let gone = || Some(Unreachable::Tcp("refused".to_owned()));
        assert_eq!(told(Vec::new(), gone()), (Acceptance::Unknown, vec![Code::ProbeUnreachable]));
        let attempts = vec![asked(Tls13, true, answer(200))];
        assert_eq!(told(attempts, gone()), (Acceptance::Unknown, vec![Code::ProbeUnreachable]));
        let attempts = vec![asked(Tls13, true, Outcome::Alert(Alert(48)))];
        assert_eq!(told(attempts, gone()), (Acceptance::Refused, vec![Code::ProbeUnreachable, Code::ProbeUnknownCa]));
    }
}
