//! What the connections of one version mean together: the one with the certificate, and the one without, so that taken is told from ignored.

use crate::alert::Alert;
use crate::attempt::{Attempt, Outcome};
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

/// Statuses by which servers refuse a certificate: nginx's 400 for what it calls 495 and 496 inside, and those two where it, or another, shows them.
const REFUSED: [u16; 3] = [400, 495, 496];

/// Statuses that deny the request (RFC 9110 sections 15.5.2 and 15.5.4), for whatever reason.
const DENIED: [u16; 2] = [401, 403];

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
                Outcome::Alert(_) | Outcome::Incompatible(_) => Code::ProbeNoCommonTls,
                _ => Code::ProbeTlsFailed,
            },
        ),
        (None, _) if attempt.renegotiation => ending(Unknown, Code::ProbeRenegotiation),
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
        (Some(_), Some(with)) if with.signed_with.is_none() => ending(Refused, Code::ProbeSchemeNotTaken),
        (Some(_), Some(with)) => presented(with, without),
    })
}

/// What became of a certificate that was presented.
fn presented(with: &Attempt, without: Option<&Attempt>) -> Ending {
    use Acceptance::{Accepted, NotRequired, Refused, Unknown};
    let is_same = without.is_some_and(|without| is_alike(&with.outcome, &without.outcome));
    match &with.outcome {
        // Whoever cannot go on with anybody says nothing of the certificate.
        Outcome::Alert(alert) if is_same && code(*alert) == Code::ProbeAlert => ending(Unknown, Code::ProbeAlert),
        Outcome::Alert(alert) => ending(Refused, code(*alert)),
        // It may be that it speaks no HTTP and closes on everyone.
        Outcome::Closed | Outcome::Reset if is_same && with.handshake_done => ending(Unknown, Code::ProbeReset),
        Outcome::Closed | Outcome::Reset => ending(Refused, Code::ProbeReset),
        // Whoever refuses the other connection would have refused this one.
        Outcome::Silent if with.handshake_done && without.is_some_and(is_refused) => ending(Accepted, Code::ProbeNoHttp),
        Outcome::Silent if with.handshake_done => ending(Unknown, Code::ProbeNoHttp),
        Outcome::Silent => ending(Unknown, Code::ProbeSilent),
        Outcome::TlsFailed(_) | Outcome::Incompatible(_) => ending(Unknown, Code::ProbeTlsFailed),
        Outcome::NoHttp | Outcome::Http2 if is_same => ending(NotRequired, Code::ProbeNotRequired),
        Outcome::NoHttp | Outcome::Http2 => ending(Accepted, Code::ProbeNoHttp),
        Outcome::Answer(answer) => answered(answer, without),
    }
}

/// Whether TLS itself ended it.
fn is_refused(attempt: &Attempt) -> bool {
    matches!(attempt.outcome, Outcome::Alert(_) | Outcome::Closed | Outcome::Reset)
}

fn answered(answer: &Answer, without: Option<&Attempt>) -> Ending {
    use Acceptance::{Accepted, NotRequired, Refused, Unknown};
    let status = answer.status;
    let is_denial = REFUSED.contains(&status) || DENIED.contains(&status);
    match without.map(|without| &without.outcome) {
        // TLS itself told the two apart, so the certificate was taken, and the status is about something else.
        _ if is_denial && without.is_some_and(is_refused) => ending(Accepted, Code::ProbeHttpForbidden),
        Some(Outcome::Answer(other)) => match (is_denial, REFUSED.contains(&other.status) || DENIED.contains(&other.status)) {
            (false, true) => Ending { acceptance: Accepted, code: None },
            (false, false) if other.status == status => ending(NotRequired, Code::ProbeNotRequired),
            (false, false) => Ending { acceptance: Accepted, code: None },
            // Worse with the certificate than without.
            (true, false) => ending(Refused, Code::ProbeHttpRefused),
            // nginx puts its refusal into HTTP, whether no certificate came or one that it does not take.
            (true, true) if REFUSED.contains(&status) && (status != 400 || is_nginx(answer)) => {
                ending(Refused, Code::ProbeHttpRefused)
            }
            (true, true) if REFUSED.contains(&status) => ending(Unknown, Code::ProbeHttpRefused),
            (true, true) if other.status == status => ending(Unknown, Code::ProbeHttpForbidden),
            (true, true) => ending(Accepted, Code::ProbeHttpForbidden),
        },
        _ if REFUSED.contains(&status) => ending(Unknown, Code::ProbeHttpRefused),
        _ if is_denial => ending(Unknown, Code::ProbeHttpForbidden),
        Some(Outcome::Alert(_) | Outcome::Closed | Outcome::Reset | Outcome::Http2 | Outcome::NoHttp) => {
            Ending { acceptance: Accepted, code: None }
        }
        // Where the other connection came to nothing, taken cannot be told from ignored.
        Some(Outcome::Silent | Outcome::Incompatible(_) | Outcome::TlsFailed(_)) | None => ending(Unknown, Code::ProbeNotRequired),
    }
}

fn is_nginx(answer: &Answer) -> bool {
    // Derivatives answer alike: OpenResty, Tengine, Angie.
    let names = ["nginx", "openresty", "tengine", "angie"];
    answer.server.as_ref().is_some_and(|server| names.iter().any(|name| server.to_ascii_lowercase().starts_with(name)))
}

fn is_alike(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Answer(one), Outcome::Answer(other)) => one.status == other.status,
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
    use crate::attempt::Version;
    use crate::request::{CertificateRequest, Scheme};

    fn attempt(with_certificate: bool, outcome: Outcome) -> Attempt {
        let request = CertificateRequest { authorities: Vec::new(), unreadable: 0, schemes: Vec::new() };
        let scheme = with_certificate.then_some(Scheme(0x0403));
        Attempt::example(Version::Tls13, with_certificate, Some(request), scheme, outcome)
    }

    fn answer(status: u16, server: Option<&str>) -> Outcome {
        Outcome::Answer(Answer { status, server: server.map(str::to_owned), location: None })
    }

    /// With the certificate, without: what it means.
    #[test]
    fn taken_is_told_from_ignored() {
        use Acceptance::*;
        let alert = |number| Outcome::Alert(Alert(number));
        let plain = |status| answer(status, None);
        for (with, without, acceptance, code) in [
            (plain(200), alert(116), Accepted, None),
            (plain(200), plain(400), Accepted, None),
            (plain(200), plain(403), Accepted, None),
            (plain(404), plain(200), Accepted, None),
            (plain(200), Outcome::Closed, Accepted, None),
            (plain(200), Outcome::Silent, Unknown, Some(Code::ProbeNotRequired)),
            (plain(200), Outcome::TlsFailed("…".to_owned()), Unknown, Some(Code::ProbeNotRequired)),
            (plain(200), Outcome::NoHttp, Accepted, None),
            (plain(200), plain(200), NotRequired, Some(Code::ProbeNotRequired)),
            (plain(503), plain(503), NotRequired, Some(Code::ProbeNotRequired)),
            (plain(403), alert(116), Accepted, Some(Code::ProbeHttpForbidden)),
            (plain(400), Outcome::Reset, Accepted, Some(Code::ProbeHttpForbidden)),
            (plain(403), plain(400), Accepted, Some(Code::ProbeHttpForbidden)),
            (plain(403), plain(403), Unknown, Some(Code::ProbeHttpForbidden)),
            (plain(403), plain(200), Refused, Some(Code::ProbeHttpRefused)),
            (plain(400), plain(200), Refused, Some(Code::ProbeHttpRefused)),
            (plain(400), plain(400), Unknown, Some(Code::ProbeHttpRefused)),
            (answer(400, Some("nginx/1.22.1")), plain(400), Refused, Some(Code::ProbeHttpRefused)),
            (plain(495), plain(496), Refused, Some(Code::ProbeHttpRefused)),
            (alert(48), plain(200), Refused, Some(Code::ProbeUnknownCa)),
            (alert(40), alert(40), Refused, Some(Code::ProbeHandshakeFailure)),
            (alert(80), alert(80), Unknown, Some(Code::ProbeAlert)),
            (alert(80), plain(200), Refused, Some(Code::ProbeAlert)),
            (Outcome::Closed, Outcome::Reset, Unknown, Some(Code::ProbeReset)),
            (Outcome::Reset, plain(200), Refused, Some(Code::ProbeReset)),
            (Outcome::Silent, plain(200), Unknown, Some(Code::ProbeNoHttp)),
            (Outcome::Silent, alert(116), Accepted, Some(Code::ProbeNoHttp)),
            (Outcome::Http2, alert(116), Accepted, Some(Code::ProbeNoHttp)),
            (Outcome::NoHttp, Outcome::NoHttp, NotRequired, Some(Code::ProbeNotRequired)),
            (Outcome::TlsFailed("…".to_owned()), plain(200), Unknown, Some(Code::ProbeTlsFailed)),
        ] {
            let (one, other) = (attempt(true, with.clone()), attempt(false, without.clone()));
            let found = of(Some(&one), Some(&other)).unwrap();
            assert_eq!(found, Ending { acceptance, code }, "{with:?}, {without:?}");
        }
        assert_eq!(of(Some(&attempt(true, plain(200))), None).unwrap().acceptance, Unknown);
        assert_eq!(of(None, None), None);
    }
}
