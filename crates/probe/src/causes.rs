//! What may be behind an end, the likeliest first: what validation found and what the origin lists, before what is usual.

use crate::alert::Alert;
use crate::attempt::{Attempt, Outcome};
use crate::http::Answer;
use certflight_validate::{Code, Finding, Report};

/// What is known when causes are looked for.
pub(crate) struct Context<'a> {
    pub(crate) report: &'a Report,
    /// The connection that the end is of.
    pub(crate) attempt: &'a Attempt,
}

/// What may be behind the end that `code` names, the likeliest first.
pub(crate) fn of(code: Code, context: &Context<'_>) -> Vec<String> {
    let mut causes = context.found(code);
    causes.extend(context.of_outcome(code).iter().map(|cause| (*cause).to_owned()));
    causes.extend(usual(code).iter().map(|cause| (*cause).to_owned()));
    causes.extend(context.depth(code));
    causes
}

/// Causes that nothing here speaks for or against.
fn usual(code: Code) -> &'static [&'static str] {
    use Code::*;
    match code {
        ProbeUnknownCa => &[
            "the partner has not put the CA that issued it among those that this host trusts, or has an older one of the same name",
            "this host is of another environment of the partner's (production, say, and not testing) than the certificate was issued for",
        ],
        ProbeBadCertificate => &[
            "the server says this whatever is wrong, as those in Go before 1.21 do: an unknown CA, a usage, a date",
            "the server holds certificates against a list of its own, by subject or fingerprint, and this one is not on it",
        ],
        ProbeCertificateExpired => {
            &["the partner's own copy of the intermediate or the root has expired", "the clock of the server is wrong"]
        }
        ProbeCertificateRevoked => &[
            "the CA has revoked it, or an intermediate above it: a renewal often revokes what it replaces",
            "the server's revocation list is out of date, or another CA's",
        ],
        ProbeUnsupportedCertificate => &[
            "its extended key usage, or that of an intermediate, leaves out clientAuth",
            "the server does not take its kind of key, or asks for a version or an extension that the certificate does not have",
        ],
        ProbeCertificateUnknown => &[
            "servers in Java say this whatever is wrong: an unknown CA, a missing intermediate, a date, a usage",
            "the server holds certificates against a list of its own, and this one is not on it",
        ],
        ProbeAccessDenied => &[
            "the partner has not registered this certificate, by subject, name or fingerprint, for this host",
            "servers on GnuTLS say this whatever is wrong: an unknown CA, a date",
        ],
        ProbeCertificateRequired => &[
            "something on the way ends TLS and opens it anew without the certificate",
            "the server passes over a certificate whose kind or CA it does not take, as if none had come",
        ],
        ProbeSignatureRefused => &[
            "the key is another certificate's, or a certificate on the path was not signed by its issuer",
            "something on the way changes the handshake",
        ],
        ProbeHandshakeFailure => &[
            "the server does not take the certificate and has no alert for the reason",
            "the server does not take the signature, its hash or its curve",
        ],
        ProbeReset => &[
            "a server on Node, or a load balancer as those of AWS, closes on a certificate that it does not take, and says nothing",
            "a firewall on the way cuts what it cannot look into",
        ],
        ProbeHttpRefused => &["the partner has not put the CA that issued it among those that this host trusts"],
        ProbeNotRequested => &[
            "another host name of the partner's is the one that asks: many keep one for mutual TLS alone",
            "the server asks only at some paths, which TLS 1.3 and most clients do not do",
            "a CDN or load balancer stands in front and ends TLS there",
        ],
        ProbeNoCommonTls => &[
            "the server speaks an older TLS alone, or only ciphers without forward secrecy, which the probe does not offer; other clients may have more in common with it",
        ],
        ProbeSilent => {
            &["a firewall lets the connection through and drops what follows", "the server waits for something else than TLS"]
        }
        ProbeTlsFailed => &["the port is not one of TLS", "a proxy or firewall on the way answers in the server's place"],
        ProbeNotRequired => &[
            "the certificate is asked for and looked at by the paths that need it; --probe-path /PATH asks for one of them",
            "the server asks for a certificate and makes nothing of it",
        ],
        _ => &[],
    }
}

impl Context<'_> {
    fn has(&self, code: Code) -> Option<&Finding> {
        self.report.findings().iter().find(|finding| finding.code == code)
    }

    /// Causes that something speaks for.
    fn found(&self, code: Code) -> Vec<String> {
        use Code::*;
        let is_any = matches!(
            code,
            ProbeBadCertificate
                | ProbeCertificateUnknown
                | ProbeAccessDenied
                | ProbeHandshakeFailure
                | ProbeReset
                | ProbeHttpRefused
                | ProbeHttpError
                | ProbeAlert
        );
        let is_path = is_any || code == ProbeUnknownCa;
        let mut causes = Vec::new();
        let mut validation = |codes: &[Code]| {
            let found = codes.iter().filter_map(|code| self.has(*code));
            causes.extend(found.map(|finding| format!("validation found {}: {}", finding.code, finding.message)));
        };
        if is_path {
            validation(&[
                ChainMissingIssuer,
                ChainSignatureInvalid,
                ChainUntrusted,
                ChainPathLength,
                ChainIssuerNotCa,
                ChainNoCertSign,
            ]);
        }
        if is_any || code == ProbeCertificateExpired {
            validation(&[CertificateExpired, CertificateNotYetValid]);
        }
        if is_any || code == ProbeUnsupportedCertificate {
            validation(&[EkuNoClientAuth, EkuAny, ChainEku, KeyUsageNoDigitalSignature, UnknownCriticalExtension]);
        }
        if is_any || code == ProbeSignatureRefused {
            validation(&[KeyMismatch, ChainSignatureInvalid, SignatureWeak, KeyWeak, CertificateMalformed]);
        }
        if code == ProbeUnknownCa {
            validation(&[ChainSignatureInvalid]);
        }
        if is_path {
            causes.extend(self.not_sent());
            causes.extend(self.not_listed());
            causes.extend(self.self_signed());
        }
        causes
    }

    /// Causes that the very end speaks for.
    fn of_outcome(&self, code: Code) -> &'static [&'static str] {
        match (code, &self.attempt.outcome) {
            (Code::ProbeNoCommonTls, Outcome::Alert(Alert(112))) => {
                &["the server knows no such server name; --servername NAME names another"]
            }
            (Code::ProbeNoHttp, Outcome::Silent) => &[
                "the server looks up whether the certificate was revoked, and waits for that",
                "the server answers GET alone and not HEAD, as s_server of OpenSSL does",
                "something on the way drops packets as long as those with a certificate",
            ],
            (Code::ProbeHttpError, Outcome::Answer(Answer { status: 400 | 401 | 403, .. })) => &[
                "the path is not one for everybody, or needs a token, too; --probe-path /PATH asks for another",
                "the server takes any certificate in TLS and refuses this one in HTTP, as nginx (400) and the gateway of AWS (403) do",
                "the certificate is valid to the server and not registered for this",
            ],
            (Code::ProbeHttpError, _) => &["the server, or what is behind it, is down or too busy, or limits requests"],
            (Code::ProbeHttpRefused, Outcome::Answer(Answer { status: 400 | 495 | 496, .. })) => &[
                "the server is nginx or one like it: the reason stands in its error log alone, as “client SSL certificate verify error”",
            ],
            (Code::ProbeNoHttp, Outcome::NoHttp) => &["the server speaks another protocol over TLS"],
            (Code::ProbeNoHttp, Outcome::Closed | Outcome::Reset) => &["the server closes on HEAD, or has nothing behind it"],
            (Code::ProbeSilent, _) if self.attempt.is_spoken() => &[
                "the server looks up whether the certificate was revoked, and waits for that",
                "something on the way drops packets as long as those with a certificate",
            ],
            _ => &[],
        }
    }

    fn not_sent(&self) -> Option<String> {
        let finding = self.has(Code::ChainIntermediateNotSent)?;
        Some(format!(
            "an intermediate is only in the CA input, so it was not sent, and the server may not have it ({}); clients on OpenSSL that verify the \
             origin by that file send it along",
            finding.code
        ))
    }

    fn not_listed(&self) -> Option<String> {
        let request = self.attempt.requested.as_ref()?;
        (!request.authorities.is_empty() && request.listed(self.report).is_none())
            .then(|| "the server names the CAs that it takes, and none of them is on the certificate's path".to_owned())
    }

    fn self_signed(&self) -> Option<String> {
        self.has(Code::LeafSelfSigned)?;
        Some("the certificate is self-signed, so the server has to trust it by itself".to_owned())
    }

    /// OpenSSL calls a chain that is too deep an unknown CA. Its own limit is of intermediates, Apache's of all certificates above the leaf.
    fn depth(&self, code: Code) -> Option<String> {
        let intermediates = self.report.chain().len().saturating_sub(2);
        let server = match code {
            Code::ProbeHttpRefused => "nginx takes 1 unless ssl_verify_depth says otherwise",
            Code::ProbeUnknownCa => "Apache takes none unless SSLVerifyDepth says more",
            _ => return None,
        };
        let is_deep = self.report.chain_is_anchored() && intermediates > 0;
        is_deep.then(|| {
            format!("the path is too deep for the server: it has {} above the certificate; {server}", counted(intermediates))
        })
    }
}

fn counted(intermediates: usize) -> String {
    if intermediates == 1 { "1 intermediate".to_owned() } else { format!("{intermediates} intermediates") }
}
