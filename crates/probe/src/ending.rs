//! What the connections of one version mean together: the one with the certificate, and the one without, so that taken is told from ignored.

use crate::alert::Alert;
use crate::attempt::{Attempt, Outcome, Version};
use crate::http::Answer;
use crate::probed::Acceptance;
use certflight_validate::Code;

/// What an origin makes of a certificate under one version, and what is to be said of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) acceptance: Acceptance,
    pub(crate) code: Option<Code>,
}

const fn ending(acceptance: Acceptance, code: Code) -> Ending {
    Ending { acceptance, code: Some(code) }
}

/// Of the connection with the certificate, if there was something to present, and of the one without, if there was one.
pub(crate) fn of(with: Option<&Attempt>, without: Option<&Attempt>) -> Option<Ending> {
    use Acceptance::{NotRequested, Refused, Unknown};
    let attempt = with.or(without)?;
    let outcome = &attempt.outcome;
    Some(match (&attempt.requested, with) {
        _ if !attempt.is_spoken() => ending(
            Unknown,
            match outcome {
                Outcome::Silent => Code::ProbeSilent,
                Outcome::Incompatible(_) => Code::ProbeNoCommonTls,
                // What a hello is answered with that offers nothing of what is taken, or names a server that is not there.
                Outcome::Alert(Alert(40 | 47 | 70 | 71 | 86 | 109 | 112 | 120)) => Code::ProbeNoCommonTls,
                Outcome::Alert(_) => Code::ProbeAlert,
                _ => Code::ProbeTlsFailed,
            },
        ),
        (None, _) if attempt.handshake_done => ending(NotRequested, Code::ProbeNotRequested),
        (None, _) => ending(
            Unknown,
            match outcome {
                Outcome::Silent => Code::ProbeSilent,
                Outcome::Alert(_) => Code::ProbeAlert,
                _ => Code::ProbeTlsFailed,
            },
        ),
        (Some(_), None) => ending(Unknown, Code::ProbeNotPresented),
        // Under TLS 1.2 others sign with more hashes than this client does.
        (Some(_), Some(with)) if with.signed_with.is_none() && with.version == Version::Tls12 && with.is_kind_taken => {
            ending(Unknown, Code::ProbeSchemeNotTaken)
        }
        (Some(_), Some(with)) if with.signed_with.is_none() => ending(Refused, Code::ProbeSchemeNotTaken),
        // A connection that did not come as far as being asked says nothing of doing without.
        (Some(_), Some(with)) => presented(with, without.filter(|without| without.is_spoken() && without.requested.is_some())),
    })
}

/// What became of a certificate that was presented.
fn presented(with: &Attempt, without: Option<&Attempt>) -> Ending {
    use Acceptance::{Accepted, Refused, Unknown};
    let is_same = without.is_some_and(|without| is_alike(&with.outcome, &without.outcome));
    let is_refused_without = without.is_some_and(is_cut);
    // The server's own Finished comes after it has looked at the certificate (RFC 5246 section 7.3); under TLS 1.3 it comes before (RFC 8446 section 2).
    let (is_looked_at, is_early) = match with.version {
        Version::Tls12 => (with.handshake_done, !with.handshake_done),
        Version::Tls13 => (false, false),
    };
    match &with.outcome {
        Outcome::Answer(answer) => answered(answer, without),
        // Whoever goes on with nobody says nothing of the certificate; nor is there a signature to refuse without one.
        Outcome::Alert(alert) if matches!(code(*alert), Code::ProbeAlert) && (is_same || without.is_none()) => {
            ending(Unknown, Code::ProbeAlert)
        }
        Outcome::Alert(alert) if code(*alert) == Code::ProbeSignatureRefused && is_same => ending(Unknown, Code::ProbeAlert),
        // A handshake_failure is what TLS 1.2 has for no certificate, too, so that both end alike is no doubt.
        Outcome::Alert(alert) => ending(Refused, code(*alert)),
        Outcome::Closed | Outcome::Reset | Outcome::Silent if is_looked_at && is_refused_without && !is_same => {
            ending(Accepted, Code::ProbeNoHttp)
        }
        Outcome::Silent if with.handshake_done => ending(Unknown, Code::ProbeNoHttp),
        Outcome::Silent => ending(Unknown, Code::ProbeSilent),
        // Where it answers without one, or says by an alert that it wants one, the cut is for this one. Under TLS 1.3 none goes out before this side is done.
        Outcome::Closed | Outcome::Reset if is_early && without.is_some_and(|without| is_heard(without) || is_alert(without)) => {
            ending(Refused, Code::ProbeReset)
        }
        Outcome::Closed | Outcome::Reset if with.handshake_done && without.is_some_and(is_heard) => {
            ending(Refused, Code::ProbeReset)
        }
        // It may be that it closes on everyone, or on what is not its protocol.
        Outcome::Closed | Outcome::Reset => ending(Unknown, Code::ProbeReset),
        Outcome::NoHttp | Outcome::Http2 if is_refused_without => ending(Accepted, Code::ProbeNoHttp),
        Outcome::NoHttp | Outcome::Http2 => ending(Unknown, Code::ProbeNoHttp),
        Outcome::TlsFailed(_) | Outcome::Incompatible(_) => ending(Unknown, Code::ProbeTlsFailed),
    }
}

/// What a status says of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Whoever asked was heard: a success, a redirect, or that there is nothing at the path, nothing for HEAD.
    Heard,
    /// Statuses that name a certificate: nginx has them inside, and others show them.
    OfCertificate,
    /// The request, or whoever makes it, is not liked: RFC 9110 sections 15.5.1, 15.5.2, 15.5.4. nginx and IIS say it of certificates, gateways too.
    Denied,
    /// It failed for a reason of its own: too many requests, too busy.
    Failed,
}

fn meaning(status: u16) -> Meaning {
    match status {
        495 | 496 => Meaning::OfCertificate,
        400 | 401 | 403 => Meaning::Denied,
        404 | 405 | 406 | 410 | 501 => Meaning::Heard,
        400.. => Meaning::Failed,
        _ => Meaning::Heard,
    }
}

fn answered(answer: &Answer, without: Option<&Attempt>) -> Ending {
    use Acceptance::{Accepted, NotRequired, Refused, Unknown};
    let other = match without.map(|without| &without.outcome) {
        Some(Outcome::Answer(other)) => Some((other, meaning(other.status))),
        _ => None,
    };
    match (meaning(answer.status), other) {
        (Meaning::OfCertificate, _) => ending(Refused, Code::ProbeHttpRefused),
        // Worse with the certificate than without.
        (Meaning::Denied, Some((_, Meaning::Heard))) => ending(Refused, Code::ProbeHttpRefused),
        (Meaning::Denied, Some((other, Meaning::Denied))) if are_pages_of_nginx(answer, other) => {
            ending(Refused, Code::ProbeHttpRefused)
        }
        // A gateway may take any certificate in TLS and deny it here, as that of AWS does; or it is about something else.
        (Meaning::Denied | Meaning::Failed, _) => ending(Unknown, Code::ProbeHttpError),
        (Meaning::Heard, Some((_, Meaning::Denied | Meaning::OfCertificate))) => Ending { acceptance: Accepted, code: None },
        (Meaning::Heard, Some((other, Meaning::Heard))) if are_alike(answer, other) => ending(NotRequired, Code::ProbeNotRequired),
        // To a page to log in, or to nothing: with the certificate it comes further.
        (Meaning::Heard, Some((other, Meaning::Heard))) if answer.status < 300 && other.status >= 300 => {
            Ending { acceptance: Accepted, code: None }
        }
        (Meaning::Heard, Some(_)) => ending(Unknown, Code::ProbeNotRequired),
        (Meaning::Heard, None) if without.is_some_and(is_cut) => Ending { acceptance: Accepted, code: None },
        // Where the other connection came to nothing, taken cannot be told from ignored.
        (Meaning::Heard, None) => ending(Unknown, Code::ProbeNotRequired),
    }
}

/// Whether TLS itself ended it.
fn is_cut(attempt: &Attempt) -> bool {
    matches!(attempt.outcome, Outcome::Alert(_) | Outcome::Closed | Outcome::Reset)
}

fn is_alert(attempt: &Attempt) -> bool {
    matches!(attempt.outcome, Outcome::Alert(_))
}

/// Whether whoever asked was heard; that a certificate is wanted, or a failure, is no such answer.
fn is_heard(attempt: &Attempt) -> bool {
    match &attempt.outcome {
        Outcome::Answer(answer) => meaning(answer.status) == Meaning::Heard,
        Outcome::NoHttp | Outcome::Http2 => true,
        _ => false,
    }
}

/// Whether these are the pages of nginx for a certificate that does not verify and for none: both have the status 400, and the one is shorter by twice what
/// "The SSL certificate error" is shorter than "No required SSL certificate was sent" (ngx_http_special_response.c). An answer to HEAD tells the length.
fn are_pages_of_nginx(with: &Answer, without: &Answer) -> bool {
    let lengths = with.content_length.zip(without.content_length);
    with.status == 400 && without.status == 400 && lengths.is_some_and(|(with, without)| with.checked_add(22) == Some(without))
}

/// The same status, and to the same place where it leads somewhere.
fn are_alike(one: &Answer, other: &Answer) -> bool {
    one.status == other.status && one.location == other.location
}

fn is_alike(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Answer(one), Outcome::Answer(other)) => are_alike(one, other),
        (Outcome::Closed | Outcome::Reset, Outcome::Closed | Outcome::Reset) => true,
        _ => one == other,
    }
}

/// RFC 8446 section 6.2.
fn code(alert: Alert) -> Code {
    match alert.0 {
        40 => Code::ProbeHandshakeFailure,
        41 | 42 => Code::ProbeBadCertificate,
        43 => Code::ProbeUnsupportedCertificate,
        44 => Code::ProbeCertificateRevoked,
        45 => Code::ProbeCertificateExpired,
        46 => Code::ProbeCertificateUnknown,
        48 => Code::ProbeUnknownCa,
        49 => Code::ProbeAccessDenied,
        51 => Code::ProbeSignatureRefused,
        116 => Code::ProbeCertificateRequired,
        _ => Code::ProbeAlert,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{CertificateRequest, Scheme};
    use Acceptance::*;

    fn attempt(version: Version, with_certificate: bool, outcome: Outcome) -> Attempt {
        let scheme = with_certificate.then_some(Scheme(0x0403));
        Attempt::example(version, with_certificate, Some(CertificateRequest::default()), scheme, outcome)
    }

    fn plain(status: u16) -> Outcome {
        Outcome::Answer(Answer { status, server: None, location: None, content_length: None })
    }

    fn page(status: u16, length: u64) -> Outcome {
        Outcome::Answer(Answer { status, server: None, location: None, content_length: Some(length) })
    }

    fn moved(to: &str) -> Outcome {
        Outcome::Answer(Answer { status: 302, server: None, location: Some(to.to_owned()), content_length: None })
    }

    fn alert(number: u8) -> Outcome {
        Outcome::Alert(Alert(number))
    }

    fn broken() -> Outcome {
        Outcome::TlsFailed("…".to_owned())
    }

    /// With the certificate, without: what it means under both versions.
    #[test]
    fn taken_is_told_from_ignored() {
        for (with, without, acceptance, code) in [
            (plain(200), alert(116), Accepted, None),
            (plain(200), Outcome::Closed, Accepted, None),
            (plain(200), Outcome::Reset, Accepted, None),
            (plain(404), alert(116), Accepted, None),
            (plain(405), alert(116), Accepted, None),
            (plain(302), alert(116), Accepted, None),
            (plain(200), plain(400), Accepted, None),
            (plain(200), plain(401), Accepted, None),
            (plain(200), plain(403), Accepted, None),
            (plain(200), plain(496), Accepted, None),
            (plain(200), plain(302), Accepted, None),
            (plain(200), plain(404), Accepted, None),
            (plain(200), plain(200), NotRequired, Some(Code::ProbeNotRequired)),
            (plain(404), plain(404), NotRequired, Some(Code::ProbeNotRequired)),
            (plain(302), plain(200), Unknown, Some(Code::ProbeNotRequired)),
            (plain(404), plain(200), Unknown, Some(Code::ProbeNotRequired)),
            (plain(302), plain(404), Unknown, Some(Code::ProbeNotRequired)),
            (plain(200), plain(429), Unknown, Some(Code::ProbeNotRequired)),
            (plain(200), plain(503), Unknown, Some(Code::ProbeNotRequired)),
            (plain(200), Outcome::Silent, Unknown, Some(Code::ProbeNotRequired)),
            (plain(200), broken(), Unknown, Some(Code::ProbeNotRequired)),
            (plain(200), Outcome::NoHttp, Unknown, Some(Code::ProbeNotRequired)),
            (plain(403), alert(116), Unknown, Some(Code::ProbeHttpError)),
            (plain(400), Outcome::Reset, Unknown, Some(Code::ProbeHttpError)),
            (plain(403), plain(400), Unknown, Some(Code::ProbeHttpError)),
            (plain(403), plain(403), Unknown, Some(Code::ProbeHttpError)),
            (plain(400), plain(400), Unknown, Some(Code::ProbeHttpError)),
            (plain(429), alert(116), Unknown, Some(Code::ProbeHttpError)),
            (plain(503), plain(503), Unknown, Some(Code::ProbeHttpError)),
            (plain(500), plain(200), Unknown, Some(Code::ProbeHttpError)),
            (plain(421), plain(421), Unknown, Some(Code::ProbeHttpError)),
            (plain(403), plain(200), Refused, Some(Code::ProbeHttpRefused)),
            (plain(400), plain(200), Refused, Some(Code::ProbeHttpRefused)),
            (plain(401), plain(404), Refused, Some(Code::ProbeHttpRefused)),
            (plain(495), plain(496), Refused, Some(Code::ProbeHttpRefused)),
            (plain(495), alert(116), Refused, Some(Code::ProbeHttpRefused)),
            (page(400, 208), page(400, 230), Refused, Some(Code::ProbeHttpRefused)),
            (page(400, 208), page(400, 208), Unknown, Some(Code::ProbeHttpError)),
            (page(400, 230), page(400, 208), Unknown, Some(Code::ProbeHttpError)),
            (page(403, 208), page(400, 230), Unknown, Some(Code::ProbeHttpError)),
            (page(400, u64::MAX), page(400, 21), Unknown, Some(Code::ProbeHttpError)),
            (alert(48), plain(200), Refused, Some(Code::ProbeUnknownCa)),
            (alert(41), plain(200), Refused, Some(Code::ProbeBadCertificate)),
            (alert(40), alert(40), Refused, Some(Code::ProbeHandshakeFailure)),
            (alert(80), alert(80), Unknown, Some(Code::ProbeAlert)),
            (alert(80), alert(116), Refused, Some(Code::ProbeAlert)),
            (alert(80), plain(200), Refused, Some(Code::ProbeAlert)),
            (Outcome::Closed, Outcome::Reset, Unknown, Some(Code::ProbeReset)),
            (Outcome::Reset, plain(200), Refused, Some(Code::ProbeReset)),
            (Outcome::Closed, Outcome::Http2, Refused, Some(Code::ProbeReset)),
            (Outcome::Closed, Outcome::Silent, Unknown, Some(Code::ProbeReset)),
            (Outcome::Silent, plain(200), Unknown, Some(Code::ProbeNoHttp)),
            (Outcome::Silent, Outcome::Silent, Unknown, Some(Code::ProbeNoHttp)),
            (Outcome::Http2, alert(116), Accepted, Some(Code::ProbeNoHttp)),
            (Outcome::Http2, Outcome::Http2, Unknown, Some(Code::ProbeNoHttp)),
            (Outcome::NoHttp, alert(116), Accepted, Some(Code::ProbeNoHttp)),
            (Outcome::NoHttp, Outcome::NoHttp, Unknown, Some(Code::ProbeNoHttp)),
            (moved("/app"), moved("/app"), NotRequired, Some(Code::ProbeNotRequired)),
            (moved("/app"), moved("/login"), Unknown, Some(Code::ProbeNotRequired)),
            (plain(406), alert(116), Accepted, None),
            (plain(410), alert(116), Accepted, None),
            (plain(501), alert(116), Accepted, None),
            (plain(407), alert(116), Unknown, Some(Code::ProbeHttpError)),
            (alert(51), alert(51), Unknown, Some(Code::ProbeAlert)),
            (alert(51), alert(116), Refused, Some(Code::ProbeSignatureRefused)),
            (Outcome::Closed, plain(400), Unknown, Some(Code::ProbeReset)),
            (Outcome::Closed, plain(503), Unknown, Some(Code::ProbeReset)),
            (Outcome::NoHttp, plain(200), Unknown, Some(Code::ProbeNoHttp)),
            (broken(), plain(200), Unknown, Some(Code::ProbeTlsFailed)),
        ] {
            for version in [Version::Tls12, Version::Tls13] {
                let (one, other) = (attempt(version, true, with.clone()), attempt(version, false, without.clone()));
                let found = of(Some(&one), Some(&other)).unwrap();
                assert_eq!(found, Ending { acceptance, code }, "{with:?}, {without:?}, {version}");
            }
        }
    }

    /// A TLS 1.2 server has looked at the certificate once the handshake is done.
    #[test]
    fn the_end_of_a_handshake_says_more_under_tls_1_2() {
        for (with, without, tls12, tls13) in [
            (Outcome::Silent, alert(40), (Accepted, Code::ProbeNoHttp), (Unknown, Code::ProbeNoHttp)),
            (Outcome::Closed, alert(40), (Accepted, Code::ProbeNoHttp), (Unknown, Code::ProbeReset)),
            (Outcome::Reset, alert(40), (Accepted, Code::ProbeNoHttp), (Unknown, Code::ProbeReset)),
        ] {
            for (version, (acceptance, code)) in [(Version::Tls12, tls12), (Version::Tls13, tls13)] {
                let (one, other) = (attempt(version, true, with.clone()), attempt(version, false, without.clone()));
                assert_eq!(of(Some(&one), Some(&other)), Some(ending(acceptance, code)), "{with:?}, {version}");
            }
        }
        // Before it is done, it has not taken it.
        let early = |outcome| Attempt { handshake_done: false, ..attempt(Version::Tls12, true, outcome) };
        for (with, without, acceptance, code) in [
            (Outcome::Closed, alert(40), Refused, Code::ProbeReset),
            (Outcome::Reset, plain(200), Refused, Code::ProbeReset),
            (Outcome::Closed, Outcome::Closed, Unknown, Code::ProbeReset),
            (Outcome::Closed, Outcome::Silent, Unknown, Code::ProbeReset),
            (Outcome::Silent, alert(40), Unknown, Code::ProbeSilent),
        ] {
            let other = attempt(Version::Tls12, false, without);
            assert_eq!(of(Some(&early(with.clone())), Some(&other)), Some(ending(acceptance, code)), "{with:?}");
        }
        assert_eq!(of(Some(&early(Outcome::Closed)), None), Some(ending(Unknown, Code::ProbeReset)));
        // Under TLS 1.3 no certificate has gone out by then.
        let sooner = Attempt { version: Version::Tls13, ..early(Outcome::Reset) };
        let other = attempt(Version::Tls13, false, plain(200));
        assert_eq!(of(Some(&sooner), Some(&other)), Some(ending(Unknown, Code::ProbeReset)));
    }

    /// What came to nothing, or not so far as being asked, is no witness.
    #[test]
    fn a_connection_that_was_not_asked_says_nothing_of_doing_without() {
        let with = |outcome| attempt(Version::Tls13, true, outcome);
        let unspoken = Attempt { outcome: Outcome::Reset, ..Attempt::unmade(Version::Tls13, false, String::new()) };
        let unasked = Attempt { requested: None, ..attempt(Version::Tls13, false, Outcome::Closed) };
        for without in [None, Some(&unspoken), Some(&unasked)] {
            let of = |outcome| of(Some(&with(outcome)), without).unwrap();
            assert_eq!(of(plain(200)), ending(Unknown, Code::ProbeNotRequired));
            assert_eq!(of(Outcome::Http2), ending(Unknown, Code::ProbeNoHttp));
            assert_eq!(of(Outcome::Closed), ending(Unknown, Code::ProbeReset));
            assert_eq!(of(alert(48)), ending(Refused, Code::ProbeUnknownCa));
            assert_eq!(of(alert(80)), ending(Unknown, Code::ProbeAlert));
        }
        assert_eq!(of(None, None), None);
        let without = attempt(Version::Tls13, false, plain(200));
        assert_eq!(of(None, Some(&without)), Some(ending(Unknown, Code::ProbeNotPresented)));
    }

    #[test]
    fn what_is_not_asked_for_is_told_from_what_is_not_reached() {
        let unasked = |handshake_done, outcome| {
            let requested = None;
            Attempt { handshake_done, requested, signed_with: None, ..attempt(Version::Tls12, true, outcome) }
        };
        for (handshake_done, outcome, acceptance, code) in [
            (true, plain(200), NotRequested, Code::ProbeNotRequested),
            (true, Outcome::Closed, NotRequested, Code::ProbeNotRequested),
            (false, Outcome::Silent, Unknown, Code::ProbeSilent),
            (false, alert(80), Unknown, Code::ProbeAlert),
            (false, Outcome::Closed, Unknown, Code::ProbeTlsFailed),
            (false, broken(), Unknown, Code::ProbeTlsFailed),
        ] {
            assert_eq!(of(Some(&unasked(handshake_done, outcome.clone())), None), Some(ending(acceptance, code)), "{outcome:?}");
        }
    }

    #[test]
    fn a_hello_is_refused_in_several_ways() {
        for (number, code) in [
            (40, Code::ProbeNoCommonTls),
            (70, Code::ProbeNoCommonTls),
            (112, Code::ProbeNoCommonTls),
            (120, Code::ProbeNoCommonTls),
            (80, Code::ProbeAlert),
        ] {
            let unspoken = Attempt { outcome: alert(number), ..Attempt::unmade(Version::Tls12, true, String::new()) };
            assert_eq!(of(Some(&unspoken), None), Some(ending(Unknown, code)), "{number}");
        }
    }

    /// P-256 with SHA-384 is one of TLS 1.2, and this client does not sign so.
    #[test]
    fn a_kind_of_key_that_is_taken_with_another_hash_leaves_it_open() {
        let with = |version, is_kind_taken| Attempt { signed_with: None, is_kind_taken, ..attempt(version, true, alert(40)) };
        for (version, is_kind_taken, acceptance) in
            [(Version::Tls12, true, Unknown), (Version::Tls12, false, Refused), (Version::Tls13, true, Refused)]
        {
            let found = of(Some(&with(version, is_kind_taken)), None);
            assert_eq!(found, Some(ending(acceptance, Code::ProbeSchemeNotTaken)), "{version} {is_kind_taken}");
        }
    }
}
