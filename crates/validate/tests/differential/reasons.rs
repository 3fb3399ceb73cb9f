//! Why two validators may differ. The table stands in docs/differences.md, too.

use crate::plan::{Constraint, Eku, Names, Plan, What};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Webpki,
    OpenSsl,
}

impl Peer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Peer::Webpki => "rustls-webpki",
            Peer::OpenSsl => "OpenSSL",
        }
    }
}

pub(crate) struct Reason {
    pub(crate) name: &'static str,
    pub(crate) peer: Peer,
    /// Whether certflight is the one that accepts.
    pub(crate) we_accept: bool,
    pub(crate) why: &'static str,
    /// Whether the plan is one that the reason speaks of.
    pub(crate) holds: fn(&Plan) -> bool,
}

fn spoken_of_anchor(what: What) -> bool {
    use What::*;
    matches!(
        what,
        Expired
            | NotYetValid
            | CaFalse
            | PathLength(_)
            | OtherKeyUsage
            | KeyAgreement
            | Eku(_)
            | CriticalKeyIdentifier
            | UnknownCritical
            | DuplicateExtension
    )
}

pub(crate) const REASONS: &[Reason] = &[
    Reason {
        name: "ca-as-leaf",
        peer: Peer::Webpki,
        we_accept: true,
        why: "A path may end with a CA (RFC 5280 section 4.2.1.9); rustls-webpki takes none for a client. `leaf-is-ca` says so.",
        holds: |plan| plan.any(|at, what| at == 0 && matches!(what, What::CaTrue | What::PathLength(_))),
    },
    Reason {
        name: "any-purpose",
        peer: Peer::Webpki,
        we_accept: true,
        why: "anyExtendedKeyUsage stands for every purpose (RFC 5280 section 4.2.1.12); rustls-webpki wants clientAuth by name. `eku-any` says so.",
        holds: |plan| plan.any(|at, what| plan.is_below_anchor(at) && what == What::Eku(Eku::Any)),
    },
    Reason {
        name: "name-spelling",
        peer: Peer::Webpki,
        we_accept: true,
        why: "Names match without regard to case, white space and string type (RFC 5280 section 7.1); rustls-webpki compares bytes. `profile-name-encoding` says so.",
        holds: |plan| plan.any(|at, what| plan.is_below_anchor(at) && matches!(what, What::IssuerCase | What::IssuerType)),
    },
    Reason {
        name: "critical-policies",
        peer: Peer::Webpki,
        we_accept: true,
        why: "Certificate policies are processed (RFC 5280 section 6.1); rustls-webpki refuses them where they are critical.",
        holds: |plan| plan.any(|at, what| plan.is_below_anchor(at) && matches!(what, What::CriticalPolicy | What::RequirePolicy)),
    },
    Reason {
        name: "constraint-forms",
        peer: Peer::Webpki,
        we_accept: true,
        why: "Constraints on e-mail, URI and directory names are compared (RFC 5280 section 4.2.1.10); rustls-webpki refuses a name that meets one.",
        holds: |plan| {
            use Constraint::*;
            plan.any(|_, what| {
                let forms = matches!(
                    what,
                    What::Constraint(PermitEmail | ExcludeEmail | PermitUri | ExcludeUri | PermitDirectory | ExcludeDirectory)
                );
                forms || what == What::ConstrainedTwin
            })
        },
    },
    Reason {
        name: "anchor-certificate",
        peer: Peer::Webpki,
        we_accept: false,
        why: "The trust anchor's certificate is held to its own dates, extensions and usages, as OpenSSL does; rustls-webpki takes its name, key and name constraints alone (RFC 5280 section 6.1.1 (d)).",
        holds: |plan| plan.any(|at, what| at == plan.anchor() && spoken_of_anchor(what)),
    },
    Reason {
        name: "duplicate-extension",
        peer: Peer::Webpki,
        we_accept: false,
        why: "No extension may stand twice (RFC 5280 section 4.2); rustls-webpki looks only at those it reads.",
        holds: |plan| plan.any(|_, what| what == What::DuplicateExtension),
    },
    Reason {
        name: "key-identifier",
        peer: Peer::Webpki,
        we_accept: false,
        why: "An authority key identifier that names another certificate rules an issuer out, as in OpenSSL; rustls-webpki does not read it.",
        holds: |plan| plan.any(|at, what| plan.is_below_anchor(at) && what == What::OtherKeyIdentifier),
    },
    Reason {
        name: "key-usage",
        peer: Peer::Webpki,
        we_accept: false,
        why: "Key usage counts (RFC 5280 section 6.1.4 (n), section 4.2.1.3); rustls-webpki does not read it.",
        holds: |plan| plan.any(|_, what| matches!(what, What::OtherKeyUsage | What::KeyAgreement)),
    },
    Reason {
        name: "any-policy-mapped",
        peer: Peer::Webpki,
        we_accept: false,
        why: "anyPolicy must not be mapped (RFC 5280 section 6.1.4 (a)); rustls-webpki does not read policy mappings.",
        holds: |plan| plan.any(|at, what| at > 0 && what == What::MapsAnyPolicy),
    },
    Reason {
        name: "netscape-type",
        peer: Peer::Webpki,
        we_accept: false,
        why: "Netscape's certificate type of a leaf counts, as in OpenSSL; rustls-webpki does not read it.",
        holds: |plan| plan.has(0, What::NetscapeServer),
    },
    Reason {
        name: "names-in-the-subject",
        peer: Peer::Webpki,
        we_accept: false,
        why: "Constraints bind e-mail addresses and host names in the subject, too (RFC 5280 section 4.2.1.10, and OpenSSL); rustls-webpki looks at the alternative names.",
        holds: |plan| {
            let named = |at, what| at == 0 && matches!(what, What::Names(Names::EmailInSubject | Names::HostInCommonName));
            plan.any(named) && plan.any(|_, what| matches!(what, What::Constraint(_)))
        },
    },
    Reason {
        name: "partial-chain",
        peer: Peer::OpenSsl,
        we_accept: true,
        why: "A trust anchor need not be self-signed (RFC 5280 section 6.1.1 (d)); OpenSSL wants one that names itself as its issuer, unless it is told -partial_chain. `ca-not-self-signed` says so.",
        holds: |plan| {
            let other = |what| matches!(what, What::OtherIssuerName | What::OtherKey | What::OtherKeyIdentifier);
            plan.anchor() < plan.root() || plan.any(|at, what| at == plan.root() && other(what))
        },
    },
    Reason {
        name: "any-purpose",
        peer: Peer::OpenSsl,
        we_accept: true,
        why: "anyExtendedKeyUsage stands for every purpose (RFC 5280 section 4.2.1.12); OpenSSL wants clientAuth by name. `eku-any` says so.",
        holds: |plan| plan.any(|_, what| what == What::Eku(Eku::Any)),
    },
    Reason {
        name: "backtracking",
        peer: Peer::OpenSsl,
        we_accept: true,
        why: "Where one issuer of a name leads nowhere, the next is tried (RFC 4158); OpenSSL stays with the first that looks right. Of the certificate input the path goes first (`chain-order`); a CA input keeps its order.",
        holds: |plan| plan.any(|_, what| what == What::ConstrainedTwin),
    },
    Reason {
        name: "duplicate-extension",
        peer: Peer::OpenSsl,
        we_accept: false,
        why: "No extension may stand twice (RFC 5280 section 4.2); OpenSSL looks only at those it needs.",
        holds: |plan| plan.any(|_, what| what == What::DuplicateExtension),
    },
    Reason {
        name: "policies",
        peer: Peer::OpenSsl,
        we_accept: false,
        why: "A policy that a CA demands has to be there, and anyPolicy must not be mapped (RFC 5280 sections 6.1.4 (a), 6.1.5 (g)); OpenSSL asks for policies only when it is told -policy_check.",
        holds: |plan| plan.any(|_, what| matches!(what, What::RequirePolicy | What::MapsAnyPolicy)),
    },
    Reason {
        name: "key-agreement",
        peer: Peer::OpenSsl,
        we_accept: false,
        why: "In TLS 1.3 and with ECDHE a client's key signs (RFC 8446 section 4.4.2.2); OpenSSL is content with keyAgreement, too.",
        holds: |plan| plan.has(0, What::KeyAgreement),
    },
    Reason {
        name: "malformed-names",
        peer: Peer::OpenSsl,
        we_accept: false,
        why: "A name or constraint that cannot be compared fails closed (RFC 5280 section 4.2.1.10); OpenSSL compares its end.",
        holds: |plan| {
            plan.any(|_, what| what == What::Names(Names::MalformedDns) || what == What::Constraint(Constraint::MalformedDns))
                && plan.any(|_, what| matches!(what, What::Constraint(_)))
        },
    },
    Reason {
        name: "wildcards",
        peer: Peer::OpenSsl,
        we_accept: false,
        why: "A wildcard is excluded where a name is that it can stand for (CVE-2025-61727); OpenSSL compares it as it is written.",
        holds: |plan| {
            plan.any(|_, what| what == What::Names(Names::Wildcard))
                && plan.any(|_, what| what == What::Constraint(Constraint::ExcludeOneHost))
        },
    },
];
