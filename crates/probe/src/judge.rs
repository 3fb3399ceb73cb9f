//! What is to be said of what was seen.

use crate::attempt::{Attempt, Version};
use crate::ending::{self, Ending};
use crate::identity::Unpresentable;
use crate::probed::{Acceptance, Probed};
use crate::sentences::Sentences;
use certflight_validate::{Code, Finding, Report};

/// What the origin makes of the certificate, and the findings about it.
pub(crate) fn judge(probed: &Probed, unpresentable: Option<Unpresentable>, report: &Report) -> (Acceptance, Vec<Finding>) {
    let say = Sentences { probed, unpresentable, report };
    let mut findings = Vec::new();
    findings.extend(probed.unreachable.as_ref().map(|why| say.unreachable(why)));
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
    let unknown = Ending { acceptance: Acceptance::Unknown, code: Some(Code::ProbeNotRequired) };
    let is_explained = probed.unreachable.is_some() && main == unknown;
    findings.extend(main.code.filter(|_| !is_explained).map(|code| say.ended(code, main.acceptance, attempt)));
    let other = others.iter().find(|other| other.attempt.is_spoken() && differ(main, other.ending));
    findings.extend(other.map(|other| say.versions_differ(main, other.ending)));
    findings.extend(say.not_listed(attempt));
    if renegotiates && main.code != Some(Code::ProbeRenegotiation) {
        findings.push(say.ended(Code::ProbeRenegotiation, main.acceptance, attempt));
    }
    findings.extend(say.server());
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
            Some(Code::ProbeNoCommonTls | Code::ProbeAlert) => 1,
            _ => 2,
        }
    }
}

/// Whether a client under the other version comes to something else. Where it cannot be told under the main one, that is what is said; and beside a refusal
/// what cannot be told is no difference.
fn differ(main: Ending, other: Ending) -> bool {
    match (main.acceptance, other.acceptance) {
        (Acceptance::Unknown, _) | (Acceptance::Refused, Acceptance::Unknown) => false,
        (main, other) => main != other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Alert;
    use crate::attempt::Outcome;
    use crate::http::Answer;
    use crate::request::{CertificateRequest, Scheme};
    use crate::route::Unreachable;
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
        let silent = |version| [asked(version, true, Outcome::Silent), asked(version, false, Outcome::Silent)];
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
            (both(taken(Tls13), silent(Tls12)), Acceptance::Accepted, vec![Code::ProbeVersionsDiffer]),
            (both(refused(Tls13), silent(Tls12)), Acceptance::Refused, vec![Code::ProbeUnknownCa]),
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
            (Outcome::Silent, Outcome::Alert(Alert(80)), Code::ProbeAlert),
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
        // Beside what counts it is a warning.
        let taken = [asked(Tls13, true, answer(200)), asked(Tls13, false, Outcome::Alert(Alert(116)))];
        let attempts = taken.into_iter().chain([again(true), again(false)]).collect();
        let codes = vec![Code::ProbeVersionsDiffer, Code::ProbeRenegotiation];
        assert_eq!(told(attempts, None), (Acceptance::Accepted, codes));
    }

    #[test]
    fn a_connection_that_is_not_there_any_more_leaves_open_what_it_was_for() {
        let gone = || Some(Unreachable::Tcp("refused".to_owned()));
        assert_eq!(told(Vec::new(), gone()), (Acceptance::Unknown, vec![Code::ProbeUnreachable]));
        let attempts = vec![asked(Tls13, true, answer(200))];
        assert_eq!(told(attempts, gone()), (Acceptance::Unknown, vec![Code::ProbeUnreachable]));
        let attempts = vec![asked(Tls13, true, answer(200)), asked(Tls13, false, answer(200))];
        let codes = vec![Code::ProbeUnreachable, Code::ProbeNotRequired];
        assert_eq!(told(attempts, gone()), (Acceptance::NotRequired, codes));
        let attempts = vec![asked(Tls13, true, Outcome::Alert(Alert(48)))];
        assert_eq!(told(attempts, gone()), (Acceptance::Refused, vec![Code::ProbeUnreachable, Code::ProbeUnknownCa]));
    }
}
