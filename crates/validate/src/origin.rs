//! The origin: scheme, host, port, and nothing else (RFC 6454).

use crate::code::Code;
use crate::finding::{Finding, Location};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use url::Host;

/// A well-formed https origin in its canonical form: the scheme and host in lower case, IDNA hosts in ASCII, no default port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    host: Host<String>,
    port: u16,
}

const HTTPS: u16 = 443;

/// The longest origin that is looked at: "https://", a host of 253 characters (RFC 1035 section 2.3.4) in up to four bytes each, a port.
const MAX_LENGTH: usize = 1100;

impl Origin {
    /// Reads an origin. `None` where it is none, with an error among the findings; what was tidied is a finding too.
    pub(crate) fn parse(text: &str, findings: &mut Vec<Finding>) -> Option<Self> {
        let before = findings.len();
        let mut say = |code, message: String, help: &str| findings.push(Finding::new(code, Location::Origin, message).help(help));
        // The text is not repeated: it may hold a password, or be a key that was given in the wrong place.
        let malformed = |why: &str| format!("this is no origin: {why}");
        if text.len() > MAX_LENGTH {
            say(Code::OriginMalformed, malformed("it is too long"), FORM);
            return None;
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            say(Code::OriginMalformed, malformed("there is white space or a control character in it"), FORM);
            return None;
        }
        if text.contains('\\') {
            say(Code::OriginMalformed, malformed("there is a backslash in it"), FORM);
            return None;
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            say(Code::OriginMalformed, malformed("it does not begin with https://"), FORM);
            return None;
        };
        let mut sound = true;
        if !scheme.eq_ignore_ascii_case("https") {
            say(Code::OriginNotHttps, "the origin's scheme is not https, and mutual TLS needs it".into(), FORM);
            sound = false;
        }
        let (rest, fragment) = cut(rest, '#');
        let (rest, query) = cut(rest, '?');
        let (authority, path) = cut(rest, '/');
        if fragment.is_some() {
            say(Code::OriginHasFragment, "the origin has a fragment, from # on".into(), "leave out everything from # on");
        }
        if query.is_some() {
            say(Code::OriginHasQuery, "the origin has a query, from ? on".into(), "leave out everything from ? on");
        }
        match path {
            None => {}
            Some("") => say(
                Code::OriginTrailingSlash,
                "the origin ends in a slash; it is left out".into(),
                "leave out the slash at the end",
            ),
            Some(_) => say(
                Code::OriginHasPath,
                "the origin has a path; the certificate is chosen by scheme, host and port alone".into(),
                "leave out everything after the host and port",
            ),
        }
        let host_port = match authority.rsplit_once('@') {
            None => authority,
            Some((_, host_port)) => {
                // What stands before the @ may be a password, so it is not shown.
                say(
                    Code::OriginHasCredentials,
                    "the origin has a user name or password".into(),
                    "leave out everything between https:// and @; take the password for exposed if it was one",
                );
                host_port
            }
        };
        let split = split_port(host_port);
        let port = match split {
            Ok((_, None)) => Some(HTTPS),
            Ok((_, Some(digits))) => {
                let port = digits.parse::<u16>().ok().filter(|port| *port != 0 && digits.bytes().all(|b| b.is_ascii_digit()));
                match port {
                    None => say(Code::OriginMalformed, malformed("the port is no number from 1 to 65535"), FORM),
                    Some(HTTPS) => say(
                        Code::OriginDefaultPort,
                        "the origin names port 443, which https has anyway; it is left out".into(),
                        "leave out :443",
                    ),
                    Some(_) => {}
                }
                port
            }
            Err(()) => {
                say(Code::OriginMalformed, malformed("the brackets of an IPv6 address do not close before the port"), FORM);
                None
            }
        };
        let host = match split {
            Err(()) => None,
            Ok((host, _)) if host.contains('*') => {
                say(
                    Code::OriginWildcard,
                    "the origin's host has a wildcard; an origin is one host".into(),
                    "upload the certificate once for each host, or without an origin for the whole project",
                );
                None
            }
            Ok((host, _)) => match parse_host(host) {
                Ok(host) => Some(host),
                Err(why) => {
                    say(Code::OriginMalformed, malformed(why), FORM);
                    None
                }
            },
        };
        if let Some(host) = &host
            && let Some(why) = private(host)
        {
            let message = format!("the origin's host {host} {why}, so functions in the vendor's network will hardly reach it");
            say(Code::OriginPrivateHost, message, "give the host by which the partner's API is reached from the internet");
        }
        let errors = |finding: &Finding| finding.severity == crate::code::Severity::Error;
        let (true, Some(host), Some(port), None) = (sound, host, port, findings.iter().skip(before).find(|f| errors(f))) else {
            return None;
        };
        let origin = Origin { host, port };
        // Whatever differs beyond the slash and the port, which were named already.
        let canonical = origin.to_string();
        let named = text.strip_suffix('/').unwrap_or(text);
        let named = named.strip_suffix(":443").unwrap_or(named);
        if named != canonical {
            let message = format!("the origin is written as {canonical}");
            findings.push(Finding::new(Code::OriginNormalized, Location::Origin, message));
        }
        Some(origin)
    }
}

const FORM: &str = "write it as https://HOST or https://HOST:PORT, as https://api.example.com";

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.host)?;
        if self.port == HTTPS { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// What stands before and after the first `mark`.
fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// Host and port of an authority (RFC 3986 section 3.2.2): an IPv6 address stands in brackets.
fn split_port(text: &str) -> Result<(&str, Option<&str>), ()> {
    let colon = match text.strip_prefix('[') {
        None => text.split_once(':').map(|(host, port)| (host, Some(port))),
        Some(inner) => {
            let close = inner.find(']').ok_or(())? + 2;
            let (host, rest) = text.split_at_checked(close).ok_or(())?;
            match rest.strip_prefix(':') {
                Some(port) => Some((host, Some(port))),
                None if rest.is_empty() => Some((host, None)),
                None => return Err(()),
            }
        }
    };
    Ok(colon.unwrap_or((text, None)))
}

fn parse_host(text: &str) -> Result<Host<String>, &'static str> {
    if text.is_empty() {
        return Err("there is no host");
    }
    if text.contains('%') {
        return Err("there is a % in the host");
    }
    let host = Host::parse(text).map_err(|_| "the host is no name and no address")?;
    match &host {
        // A number that is read as an address only by browsers ("0x7f.1") is more likely a mistake.
        Host::Ipv4(address) if address.to_string() != text => Err("the host is no name and no address in the usual form"),
        Host::Domain(name) if name.ends_with('.') => Err("the host ends in a dot"),
        Host::Domain(name) if name.len() > 253 => Err("the host is longer than 253 characters"),
        Host::Domain(name) if !name.split('.').all(is_label) => {
            Err("a part of the host is empty, longer than 63 characters, or has characters that host names do not have")
        }
        _ => Ok(host),
    }
}

/// A label of a host name: letters, digits and hyphens inside (RFC 1123 section 2.1); the underscore is in use too.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Why a host is not on the public internet (RFC 6761, RFC 6890), if it is not.
fn private(host: &Host<String>) -> Option<&'static str> {
    match host {
        Host::Ipv4(address) => private_v4(*address).then_some("is an address of a private or reserved range"),
        Host::Ipv6(address) => private_v6(*address).then_some("is an address of a private or reserved range"),
        Host::Domain(name) => {
            let last = name.rsplit('.').next().unwrap_or(name);
            if matches!(last, "localhost" | "local" | "internal" | "test" | "invalid" | "onion" | "lan" | "home" | "corp")
                || name.ends_with(".home.arpa")
            {
                Some("has a name of local use")
            } else if !name.contains('.') {
                Some("has a name without a dot")
            } else {
                None
            }
        }
    }
}

fn private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_documentation()
        || address.is_multicast()
        || (a == 100 && (64..128).contains(&b)) // RFC 6598
        || a == 0
        || a >= 240
}

fn private_v6(address: Ipv6Addr) -> bool {
    match address.to_ipv4_mapped() {
        Some(mapped) => private_v4(mapped),
        None => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_multicast()
        }
    }
}
