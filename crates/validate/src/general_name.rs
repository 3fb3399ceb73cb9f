//! General names (RFC 5280 section 4.2.1.6), as subject alternative names and name constraints hold them.

use crate::name::Name;
use crate::text::{self, Escaped};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use x509_parser::extensions::GeneralName as Parsed;

/// A name of one form. What a form's syntax forbids is kept, so that it can be shown; [`is_well_formed`](Self::is_well_formed) tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum GeneralName {
    /// dNSName, in lower case.
    Dns(String),
    /// rfc822Name.
    Email(String),
    Uri(String),
    /// iPAddress: an address; in a constraint an address and its mask.
    Ip(Vec<u8>),
    Directory(Name),
    /// A form that is not processed.
    Other {
        /// Its name; of an otherName the type is part of it.
        form: String,
        /// The content, so that two of one form can be told apart.
        value: Vec<u8>,
    },
}

impl GeneralName {
    /// `None` where the bytes do not follow the structure of their form.
    pub(crate) fn new(name: &Parsed<'_>) -> Option<Self> {
        Some(match name {
            Parsed::DNSName(host) => Self::dns(host),
            Parsed::RFC822Name(mailbox) => GeneralName::Email((*mailbox).to_owned()),
            Parsed::URI(uri) => GeneralName::Uri((*uri).to_owned()),
            Parsed::IPAddress(bytes) => GeneralName::Ip(bytes.to_vec()),
            Parsed::DirectoryName(name) => GeneralName::Directory(Name::new(name)),
            Parsed::OtherName(kind, value) => Self::other(&format!("otherName {}", text::oid(kind)), value),
            Parsed::X400Address(value) => Self::other("x400Address", value.data),
            Parsed::EDIPartyName(value) => Self::other("ediPartyName", value.data),
            Parsed::RegisteredID(id) => Self::other("registeredID", id.as_bytes()),
            // Text that is not even UTF-8: of its form, and no well-formed name of it.
            Parsed::Invalid(tag, bytes) => match tag.0 {
                1 => GeneralName::Email(String::from_utf8_lossy(bytes).into_owned()),
                2 => Self::dns(&String::from_utf8_lossy(bytes)),
                6 => GeneralName::Uri(String::from_utf8_lossy(bytes).into_owned()),
                _ => return None,
            },
        })
    }

    pub(crate) fn dns(host: &str) -> Self {
        GeneralName::Dns(host.to_ascii_lowercase())
    }

    fn other(form: &str, value: &[u8]) -> Self {
        GeneralName::Other { form: form.to_owned(), value: value.to_vec() }
    }

    /// Whether a constraint of the other's form speaks of this name.
    pub(crate) fn has_form_of(&self, other: &GeneralName) -> bool {
        match (self, other) {
            (GeneralName::Other { form, .. }, GeneralName::Other { form: other, .. }) => form == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// The bytes that a comparison may have to look at.
    pub(crate) fn length(&self) -> usize {
        match self {
            GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => text.len(),
            GeneralName::Ip(bytes) => bytes.len(),
            GeneralName::Directory(name) => name.compared().len(),
            GeneralName::Other { form, .. } => form.len(),
        }
    }

    /// Whether a subject's name follows the syntax of its form, as far as that can be told.
    pub(crate) fn is_well_formed(&self) -> bool {
        match self {
            GeneralName::Dns(host) => is_host(host.strip_prefix("*.").unwrap_or(host)),
            GeneralName::Email(mailbox) => self::mailbox(mailbox).is_some(),
            GeneralName::Uri(uri) => scheme(uri).is_some(),
            GeneralName::Ip(bytes) => matches!(bytes.len(), 4 | 16),
            GeneralName::Directory(_) | GeneralName::Other { .. } => true,
        }
    }

    /// Whether a constraint follows the syntax of its form (RFC 5280 section 4.2.1.10).
    pub(crate) fn is_well_formed_constraint(&self) -> bool {
        let domain = |text: &str| is_host(text.strip_prefix('.').unwrap_or(text));
        match self {
            GeneralName::Dns(base) => base.is_empty() || is_host(base),
            GeneralName::Email(base) => domain(base) || mailbox(base).is_some(),
            GeneralName::Uri(base) => domain(base),
            GeneralName::Ip(base) => network(base).is_some(),
            GeneralName::Directory(_) | GeneralName::Other { .. } => true,
        }
    }
}

impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GeneralName::Dns(host) => write!(f, "DNS name “{}”", Escaped(host)),
            GeneralName::Email(mailbox) => write!(f, "e-mail address “{}”", Escaped(mailbox)),
            GeneralName::Uri(uri) => write!(f, "URI “{}”", Escaped(uri)),
            GeneralName::Ip(bytes) => write!(f, "IP address {}", address(bytes)),
            GeneralName::Directory(name) => write!(f, "directory name “{}”", name.shown()),
            GeneralName::Other { form, .. } => write!(f, "name of the form {form}"),
        }
    }
}

/// An address, or an address and a mask.
fn address(bytes: &[u8]) -> String {
    let one = |bytes: &[u8]| match *bytes {
        [a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d).to_string()),
        _ => <[u8; 16]>::try_from(bytes).ok().map(|bytes| Ipv6Addr::from(bytes).to_string()),
    };
    let (first, mask) = bytes.split_at(bytes.len() / 2);
    match (one(bytes), one(first), one(mask)) {
        // 16 bytes are one IPv6 address, and never an address of 8 bytes with a mask.
        (Some(whole), ..) => whole,
        (None, Some(first), Some(mask)) => format!("{first}/{mask}"),
        _ => format!("of {} bytes", bytes.len()),
    }
}

/// The address and the mask of a constraint, whose mask is one bits and then zero bits (RFC 4632 section 3.1).
pub(crate) fn network(base: &[u8]) -> Option<(&[u8], &[u8])> {
    let (address, mask) = base.split_at(base.len() / 2);
    let ones = mask.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>();
    let leading = mask.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).take_while(|bit| *bit == 1).count();
    (matches!(base.len(), 8 | 32) && u64::try_from(leading) == Ok(ones)).then_some((address, mask))
}

/// The longest host name (RFC 1034 section 3.1), written out.
const MAX_HOST: usize = 253;

/// Whether `text` is a host name: labels of letters, digits, hyphens and, since they are in use, underscores (RFC 1034 section 3.5, RFC 1123 section
/// 2.1).
pub(crate) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= MAX_HOST && text.split('.').all(label)
}

/// Local part and host of an address (RFC 5321 section 4.1.2). The host is in lower case; of a quoted local part only the quotes are looked at.
pub(crate) fn mailbox(text: &str) -> Option<(&str, String)> {
    let (local, host) = text.rsplit_once('@')?;
    // An address literal, as `[192.0.2.1]`; what it holds is not looked at.
    let literal =
        host.len() > 2 && host.starts_with('[') && host.ends_with(']') && host.bytes().all(|byte| byte.is_ascii_graphic());
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let plain = !local.is_empty() && local.bytes().all(|byte| byte.is_ascii_graphic() && !b"@\"(),:;<>[\\]".contains(&byte));
    ((quoted && local.is_ascii() || plain) && (is_host(host) || literal)).then(|| (local, host.to_ascii_lowercase()))
}

/// What follows the scheme and its colon (RFC 3986 section 3.1).
fn scheme(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    let mut bytes = scheme.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let sound = first && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (sound && uri.bytes().all(|byte| byte.is_ascii_graphic())).then_some(rest)
}

/// The host name of a URI's authority, in lower case (RFC 3986 section 3.2); `None` where there is none, or where readers of URIs differ, OpenSSL among
/// them: with a user in front, or with a query that follows the authority at once.
pub(crate) fn uri_host(uri: &str) -> Option<String> {
    let rest = scheme(uri)?.strip_prefix("//")?;
    let authority = rest.split('/').next()?;
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) => return None,
        None => authority,
    };
    // A last label of digits makes it an IPv4 address, in whatever spelling (WHATWG URL, "ends in a number").
    let last = host.rsplit('.').next()?;
    let number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X");
    (is_host(host) && !number).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_have_one_meaning() {
        assert_eq!(mailbox("A.b@Example.COM"), Some(("A.b", "example.com".into())));
        assert_eq!(mailbox("\"a@b\"@example.com"), Some(("\"a@b\"", "example.com".into())));
        assert_eq!(mailbox("*@example.com"), Some(("*", "example.com".into())));
        assert_eq!(mailbox("a@[192.0.2.1]"), Some(("a", "[192.0.2.1]".into())));
        assert_eq!(mailbox("\"\"@example.com"), Some(("\"\"", "example.com".into())));
        for bad in [
            "",
            "a",
            "\"@example.com",
            "\"a@example.com",
            "a\"@example.com",
            "\"é\"@example.com",
            "a@[]",
            "a@[192.0.2.1",
            "a@192.0.2.1]",
            "a@[192.0.2.1 ]",
            "@example.com",
            "a@",
            "a@b@example.com",
            "a@.example.com",
            "a b@example.com",
            "a@exa mple.com",
            "é@example.com",
        ] {
            assert_eq!(mailbox(bad), None, "{bad}");
        }
    }

    #[test]
    fn hosts_of_uris_are_names() {
        for (uri, host) in [
            ("https://Example.com", Some("example.com")),
            ("spiffe://example.com/a", Some("example.com")),
            ("https://example.com:443/x@y?z", Some("example.com")),
            ("https://user@example.com/", None),
            ("https://evil.example@example.com/", None),
            ("https://example.com?x", None),
            ("https://example.com#@evil.example", None),
            ("urn:x:y", None),
            ("mailto:a@example.com", None),
            ("https:///path", None),
            ("https://192.0.2.1/", None),
            ("https://0x7f.1/", None),
            ("https://[2001:db8::1]/", None),
            ("https://evil.example\\@example.com/", None),
            ("https://example.com:x/", None),
            ("//example.com", None),
            ("https://exa\tmple.com", None),
            ("2https://example.com", None),
            ("h+t-t.p2://example.com", Some("example.com")),
            ("h_p://example.com", None),
            ("://example.com", None),
            ("https://example.com/a b", None),
            ("https://example.0x7f/", None),
            ("https://example.0X7f/", None),
            ("https://example.7/", None),
        ] {
            assert_eq!(uri_host(uri).as_deref(), host, "{uri}");
        }
    }

    #[test]
    fn a_host_is_one_up_to_the_bound() {
        let longest = format!("{}a.b", "a.".repeat((MAX_HOST - 3) / 2));
        assert!(longest.len() == MAX_HOST && is_host(&longest) && !is_host(&format!("{longest}b")));
    }

    #[test]
    fn addresses_are_shown_with_their_masks() {
        assert_eq!(address(&[192, 0, 2, 0, 255, 255, 255, 0]), "192.0.2.0/255.255.255.0");
        assert_eq!(address(&[0; 16]), "::");
        assert_eq!(address(&[1, 2, 3]), "of 3 bytes");
    }

    #[test]
    fn every_form_is_shown_with_its_kind() {
        for (name, shown) in [
            (GeneralName::Dns("example.com".into()), "DNS name “example.com”"),
            (GeneralName::Email("a@example.com".into()), "e-mail address “a@example.com”"),
            (GeneralName::Uri("urn:x".into()), "URI “urn:x”"),
            (GeneralName::Ip(vec![192, 0, 2, 1]), "IP address 192.0.2.1"),
        ] {
            assert_eq!(name.to_string(), shown);
        }
    }
}
