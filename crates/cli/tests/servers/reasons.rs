//! Why a server refuses what passes, or takes what does not.

use super::{case, table};
use std::collections::BTreeSet;

/// How server and validation differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// The server refuses what passes.
    Refuses,
    /// It takes what does not pass.
    Accepts,
    /// The probe cannot tell.
    Unknown,
}

/// A reason to differ.
pub(crate) struct Reason {
    pub(crate) name: &'static str,
    way: Way,
    why: &'static str,
    /// Servers, and a row in which they differ for this reason.
    differ: &'static [(&'static [&'static str], &'static str)],
}

pub(crate) const OPENSSL: &str = "openssl s_server";
pub(crate) const NGINX: &str = "nginx";
const GNUTLS: &str = "gnutls-serv";
const GO: &str = "Go net/http";
pub(crate) const JAVA: &str = "Java SSLServerSocket";
const RUSTLS: &str = "rustls";
pub(crate) const ALL: &[&str] = &[RUSTLS, OPENSSL, NGINX, GNUTLS, GO, JAVA];

pub(crate) const REASONS: &[Reason] = &[
    Reason {
        name: "other-ca",
        way: Way::Refuses,
        why: "The server trusts another CA than the one that certflight was given. Only the probe can tell.",
        differ: &[(ALL, "the server trusts another CA"), (ALL, "the server trusts another CA; optional")],
    },
    Reason {
        name: "intermediate-not-sent",
        way: Way::Refuses,
        why: "The intermediate is in the CA file, so it is not sent, and the server does not have it. `chain-intermediate-not-sent` warns of it.",
        differ: &[(ALL, "intermediate in the CA file, the root alone trusted")],
    },
    Reason {
        name: "scheme-not-taken",
        way: Way::Refuses,
        why: "The server takes no signature of this kind of key, so no certificate is presented.",
        differ: &[(&[RUSTLS, OPENSSL, NGINX, GNUTLS, JAVA], "Ed25519; the server takes none"), (&[RUSTLS], "P-521")],
    },
    Reason {
        name: "own-limit",
        way: Way::Refuses,
        why: "The path is sound and longer than the server's own limit.",
        differ: &[(&[OPENSSL, NGINX, JAVA], "path longer than the server's limit"), (&[RUSTLS, NGINX], "seven intermediates")],
    },
    Reason {
        name: "revoked",
        way: Way::Refuses,
        why: "The server has a revocation list. The validation asks nobody.",
        differ: &[(&[RUSTLS, OPENSSL, NGINX, GNUTLS, JAVA], "revoked leaf")],
    },
    Reason {
        name: "any-purpose",
        way: Way::Refuses,
        why: "anyExtendedKeyUsage stands for every purpose (RFC 5280 section 4.2.1.12); the server wants clientAuth by name. `eku-any` warns of it.",
        differ: &[(&[RUSTLS, OPENSSL, NGINX], "leaf for any purpose")],
    },
    Reason {
        name: "ca-as-leaf",
        way: Way::Refuses,
        why: "A path may end with a CA (RFC 5280 section 4.2.1.9); the server takes none for a client. `leaf-is-ca` warns of it.",
        differ: &[(&[RUSTLS], "leaf that is a CA")],
    },
    Reason {
        name: "version-1",
        way: Way::Refuses,
        why: "The server takes no certificate of version 1. `certificate-version` warns of it.",
        differ: &[(&[RUSTLS], "leaf of version 1")],
    },
    Reason {
        name: "not-verified",
        way: Way::Accepts,
        why: "The server asks for a certificate and looks at nothing but its key.",
        differ: &[(ALL, "CA of another name; asked, not verified")],
    },
    Reason {
        name: "anchor",
        way: Way::Accepts,
        why: "The server takes name and key of the trust anchor, and not its dates and limits (RFC 5280 section 6.1.1 (d)).",
        differ: &[(&[RUSTLS, JAVA], "expired root"), (&[RUSTLS, JAVA], "path longer than the root allows")],
    },
    Reason {
        name: "key-usage",
        way: Way::Accepts,
        why: "The server does not read the leaf's key usage.",
        differ: &[(&[RUSTLS, GO], "leaf's key may not sign")],
    },
    Reason {
        name: "extended-key-usage",
        way: Way::Accepts,
        why: "The server does not read extended key usage, or only the leaf's.",
        differ: &[(&[GNUTLS], "leaf for servers only"), (&[GNUTLS, JAVA], "intermediate for servers only")],
    },
    Reason {
        name: "netscape-type",
        way: Way::Accepts,
        why: "The server does not read Netscape's certificate type.",
        differ: &[(&[RUSTLS, GNUTLS, GO], "leaf for servers only by Netscape's type")],
    },
    Reason {
        name: "sha-1",
        way: Way::Accepts,
        why: "The server takes signatures with SHA-1 below a CA that Java does not bring along itself.",
        differ: &[(&[JAVA], "leaf signed with SHA-1")],
    },
    Reason {
        name: "not-presented",
        way: Way::Unknown,
        why: "The probe signs with no RSA key below 2048 bits, so it presents no certificate.",
        differ: &[(ALL, "RSA key of 1024 bits")],
    },
    Reason {
        name: "no-http",
        way: Way::Unknown,
        why: "The server answers HEAD with a page that has no status, whether a certificate came or not, so whether it is the same answer is not known.",
        differ: &[(&[GNUTLS], "sound; optional")],
    },
    Reason {
        name: "asked-later",
        way: Way::Unknown,
        why: "The server asks once it has the request, by negotiating again, which the probe does not do.",
        differ: &[(&[JAVA], "sound; asked after the request")],
    },
];

/// What a server does now so, now so, depending on which bytes come together: server, row, version, and the words of the page for it.
const EITHER: &[(&str, &str, &str, &[&str])] = &[
    // A signature that does not verify leaves an error behind in OpenSSL. Where the client's handshake comes in two reads, nginx takes the error for one of
    // the handshake, and closes with bytes unread.
    (NGINX, "leaf's signature damaged", "1.2", &["400", "reset"]),
];

/// The words for what a server did, where it does not always do the same.
pub(crate) fn either(server: &str, row: &str, tls: &str, seen: String) -> String {
    let words = EITHER.iter().find(|either| (either.0, either.1, either.2) == (server, row, tls)).map(|either| either.3);
    words.filter(|words| words.contains(&seen.as_str())).map_or(seen, |words| words.join(" or "))
}

/// The reasons that a server's row may have.
pub(crate) fn of(server: &str, row: &str, way: Way) -> Vec<&'static Reason> {
    let explains =
        |reason: &&Reason| reason.way == way && reason.differ.iter().any(|(servers, of)| servers.contains(&server) && *of == row);
    REASONS.iter().filter(explains).collect()
}

/// What is said to differ and did not.
pub(crate) fn idle(server: &str, needed: &BTreeSet<(&str, &str)>) -> Vec<String> {
    let said = REASONS.iter().flat_map(|reason| reason.differ.iter().map(move |(servers, row)| (reason.name, *row, *servers)));
    said.filter(|(name, row, servers)| servers.contains(&server) && !needed.contains(&(*name, *row)))
        .map(|(name, row, _)| format!("{row}: the reason {name} is idle"))
        .collect()
}

/// Servers, in the page's words.
pub(crate) fn names(servers: &[&str]) -> String {
    if servers.len() == ALL.len() { "all".to_owned() } else { servers.join(", ") }
}

#[test]
fn the_page_has_the_reasons() {
    let mut section = "| reason | validation | server | which | why |\n|---|---|---|---|---|\n".to_owned();
    for reason in REASONS {
        let rows = reason.differ.iter().map(|(_, row)| *row);
        assert!(rows.clone().all(|row| case::CASES.iter().any(|case| case.name == row)), "{}: no such row", reason.name);
        let servers: Vec<&str> =
            ALL.iter().copied().filter(|server| reason.differ.iter().any(|(of, _)| of.contains(server))).collect();
        let which = names(&servers);
        let (validation, server) = match reason.way {
            Way::Refuses => ("passes", "refuses"),
            Way::Accepts => ("fails", "accepts"),
            Way::Unknown => ("either", "not told"),
        };
        section += &format!("| `{}` | {validation} | {server} | {which} | {} |\n", reason.name, reason.why);
    }
    table::compare("Why they differ", &section);
}
