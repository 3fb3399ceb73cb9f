//! Whether a CA may issue for the names of a certificate below it (RFC 5280 section 4.2.1.10).

use crate::extensions::NameConstraints;
use crate::general_name::{GeneralName, is_host, mailbox, network, uri_host};

/// A name that the constraints forbid, in words for a message.
#[derive(Clone, Debug)]
pub(super) struct Violation {
    pub(super) name: String,
    pub(super) why: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Permitted,
    Excluded,
}

/// A comparison looks at every byte of both, so each full so many bytes of one of them cost as much as another comparison. Host names have 253 at most.
const BYTES: usize = 1024;

/// How many comparisons [`violation`] makes at most.
pub(super) fn comparisons(constraints: &NameConstraints, names: &[GeneralName]) -> usize {
    let long = |name: &GeneralName| name.length() / BYTES;
    let constraints = || constraints.permitted.iter().chain(&constraints.excluded);
    let (name_count, constraint_count) = (names.len(), constraints().count());
    if name_count == 0 || constraint_count == 0 {
        return 0;
    }
    let of_names = names.iter().map(long).sum::<usize>().saturating_add(name_count);
    let of_constraints = constraints().map(long).sum::<usize>();
    of_names.saturating_mul(constraint_count).saturating_add(of_constraints.saturating_mul(name_count))
}

/// The first of a certificate's names that `constraints` forbid.
pub(super) fn violation(constraints: &NameConstraints, names: &[GeneralName]) -> Option<Violation> {
    let (name, why) = names.iter().find_map(|name| Some((name, why_forbidden(constraints, name)?)))?;
    Some(Violation { name: name.to_string(), why })
}

fn why_forbidden(constraints: &NameConstraints, name: &GeneralName) -> Option<String> {
    let excluded: Vec<&GeneralName> = constraints.excluded.iter().filter(|constraint| name.has_form_of(constraint)).collect();
    let permitted: Vec<&GeneralName> = constraints.permitted.iter().filter(|constraint| name.has_form_of(constraint)).collect();
    if excluded.is_empty() && permitted.is_empty() {
        return None;
    }
    if let GeneralName::Other { form, .. } = name {
        return Some(format!("constraints of the form {form} are not processed here, so the name is refused"));
    }
    // A URI without a host name is refused, too: section 4.2.1.10.
    if !name.is_well_formed() || matches!(name, GeneralName::Uri(uri) if uri_host(uri).is_none()) {
        return Some("it has no form that could be compared with the constraints, so it is refused".into());
    }
    if let Some(constraint) = excluded.into_iter().find(|constraint| is_within(name, constraint, Side::Excluded)) {
        return Some(format!("excluded is the {constraint}"));
    }
    if permitted.is_empty() || permitted.iter().any(|constraint| is_within(name, constraint, Side::Permitted)) {
        return None;
    }
    const SHOWN: usize = 4;
    let shown: Vec<String> = permitted.iter().take(SHOWN).map(|constraint| constraint.to_string()).collect();
    let more = if permitted.len() > SHOWN { format!(" and {} more", permitted.len() - SHOWN) } else { String::new() };
    Some(format!("permitted is only the {}{more}", shown.join(", the ")))
}

/// Whether a well-formed name lies in the subtree. A constraint that is malformed permits nothing and excludes everything.
fn is_within(name: &GeneralName, constraint: &GeneralName, side: Side) -> bool {
    let malformed = side == Side::Excluded;
    match (name, constraint) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => dns(name, base, side).unwrap_or(malformed),
        (GeneralName::Email(name), GeneralName::Email(base)) => email(name, base).unwrap_or(malformed),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => {
            let host = uri_host(name).unwrap_or_default();
            on_host(&host, &base.to_ascii_lowercase()).unwrap_or(malformed)
        }
        (GeneralName::Ip(address), GeneralName::Ip(base)) => ip(address, base).unwrap_or(malformed),
        (GeneralName::Directory(name), GeneralName::Directory(base)) => name.begins_with(base),
        _ => malformed,
    }
}

/// `None` where the constraint is malformed. With a leading dot, which RFC 5280 does not speak of here, OpenSSL and others take only what is below.
fn dns(name: &str, base: &str, side: Side) -> Option<bool> {
    if base.is_empty() {
        return Some(true);
    }
    let (below_only, host) = match base.strip_prefix('.') {
        Some(host) => (true, host),
        None => (false, base),
    };
    if !is_host(host) {
        return None;
    }
    // `*.example.com` can stand for `foo.example.com`, so excluding that excludes it.
    let stands_for = || {
        let rest = name.strip_prefix('*')?;
        let label = host.strip_suffix(rest)?;
        Some(!label.is_empty() && !label.contains('.') && !below_only)
    };
    let below = name.strip_suffix(host).is_some_and(|rest| rest.ends_with('.'));
    Some(below || (!below_only && name == host) || (side == Side::Excluded && stands_for().unwrap_or(false)))
}

/// A constraint is a mailbox, a host, or with a leading dot the hosts below a domain.
fn email(name: &str, base: &str) -> Option<bool> {
    let (local, host) = mailbox(name)?;
    if base.contains('@') {
        return Some((local, host) == mailbox(base)?);
    }
    on_host(&host, &base.to_ascii_lowercase())
}

/// A constraint is a host, or with a leading dot the hosts below a domain.
fn on_host(host: &str, base: &str) -> Option<bool> {
    match base.strip_prefix('.') {
        Some(domain) => is_host(domain).then(|| host.strip_suffix(base).is_some_and(|rest| !rest.is_empty())),
        None => is_host(base).then(|| host == base),
    }
}

fn ip(address: &[u8], base: &[u8]) -> Option<bool> {
    let (network, mask) = network(base)?;
    Some(address.len() == network.len() && address.iter().zip(network).zip(mask).all(|((a, n), m)| a & m == n & m))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_subtrees() {
        use Side::{Excluded, Permitted};
        for (name, base, side, within) in [
            ("example.com", "example.com", Permitted, Some(true)),
            ("a.b.example.com", "example.com", Permitted, Some(true)),
            ("notexample.com", "example.com", Permitted, Some(false)),
            ("example.com", ".example.com", Permitted, Some(false)),
            ("a.example.com", ".example.com", Permitted, Some(true)),
            ("anything", "", Permitted, Some(true)),
            ("*.example.com", "example.com", Permitted, Some(true)),
            ("*.example.com", ".example.com", Permitted, Some(true)),
            ("*.example.com", "foo.example.com", Permitted, Some(false)),
            ("*.example.com", "foo.example.com", Excluded, Some(true)),
            ("*.example.com", "a.foo.example.com", Excluded, Some(false)),
            ("*.example.com", ".foo.example.com", Excluded, Some(false)),
            ("*.example.com", "fooexample.com", Excluded, Some(false)),
            ("*.a.example.com", "example.com", Excluded, Some(true)),
            ("a", "exa mple.com", Permitted, None),
            ("a", "example.com.", Excluded, None),
            ("a", "..", Excluded, None),
        ] {
            assert_eq!(dns(name, base, side), within, "{name} {base}");
        }
    }

    #[test]
    fn mail_and_uri_subtrees() {
        for (name, base, within) in [
            ("a@example.com", "a@example.com", Some(true)),
            ("a@EXAMPLE.com", "a@example.COM", Some(true)),
            ("A@example.com", "a@example.com", Some(false)),
            ("a@example.com", "example.com", Some(true)),
            ("a@b.example.com", "example.com", Some(false)),
            ("a@b.example.com", ".example.com", Some(true)),
            ("a@example.com", ".example.com", Some(false)),
            ("a@example.com", "b@c@example.com", None),
            ("a@example.com", "", None),
            ("a@example.com", "@", None),
        ] {
            assert_eq!(email(name, base), within, "{name} {base}");
        }
        assert_eq!(on_host("a.example.com", "example.com"), Some(false));
        assert_eq!(on_host("example.com", "https://example.com"), None);
    }

    #[test]
    fn ip_subtrees() {
        let base = [192, 0, 2, 0, 255, 255, 255, 0];
        assert_eq!(ip(&[192, 0, 2, 9], &base), Some(true));
        assert_eq!(ip(&[192, 0, 3, 9], &base), Some(false));
        assert_eq!(ip(&[0; 16], &base), Some(false));
        assert_eq!(ip(&[0; 4], &[0; 8]), Some(true));
        assert_eq!(ip(&[0; 4], &[0, 0, 0, 0, 255, 0, 255, 0]), None);
        assert_eq!(ip(&[0; 4], &[0; 4]), None);
        assert_eq!(ip(&[0, 15, 1, 1], &[0, 0, 0, 0, 255, 240, 0, 0]), Some(true));
    }

    #[test]
    fn four_constraints_are_shown_and_the_rest_counted() {
        let why = |count: usize| {
            let permitted = (0..count).map(|at| GeneralName::Dns(format!("{at}.example.com"))).collect();
            why_forbidden(&NameConstraints { permitted, excluded: Vec::new() }, &GeneralName::Dns("example.org".into())).unwrap()
        };
        assert!(why(4).ends_with("the DNS name “3.example.com”"), "{}", why(4));
        assert!(why(6).ends_with("the DNS name “3.example.com” and 2 more"), "{}", why(6));
    }
}
