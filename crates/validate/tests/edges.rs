//! Where a rule turns: the last value on one side, the first on the other.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{Code, GatePolicy, Policy, Report, Request, Role, Severity, Source, Timestamp};
use pki::{bundle, key, params, pem};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
    SanType,
};
use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

fn check(made: &pki::Bundle, gate: GatePolicy) -> Report {
    let (cert, ca) = (pem(&made.sent), pem([&made.root]));
    let sources = [(Role::Cert, cert.as_str()), (Role::Key, made.key.as_str()), (Role::Ca, ca.as_str())]
        .map(|(role, text)| Source::new(role, role.name(), text.as_bytes()));
    certflight_validate::check(&Request { sources: &sources, origin: None }, &Policy::from(gate))
}

/// What is said of validity, and how loud; of every certificate the same.
fn dates(made: &pki::Bundle, at: &str, min_validity: Option<u64>) -> Option<(Code, Severity)> {
    let gate = GatePolicy::new(Timestamp::parse_rfc3339(at).unwrap());
    let gate = min_validity.into_iter().fold(gate, |gate, seconds| gate.min_validity(Duration::from_secs(seconds)));
    let about = [Code::CertificateExpired, Code::CertificateNotYetValid, Code::CertificateExpiresSoon];
    let report = check(made, gate);
    let said: Vec<_> = report.findings().iter().filter(|finding| about.contains(&finding.code)).collect();
    assert!(said.is_empty() || said.len() == report.chain().len(), "{said:?}");
    said.first().map(|finding| (finding.code, finding.severity))
}

/// Both ends belong to the validity (RFC 5280 section 4.1.2.5); what is asked beyond it is reached at the instant itself.
#[test]
fn validity_includes_both_ends() {
    let made = bundle(&[0, 0]); // from 2024-01-01 to 2049-12-31, at midnight
    let early = Some((Code::CertificateNotYetValid, Severity::Error));
    let expired = Some((Code::CertificateExpired, Severity::Error));
    let soon = Some((Code::CertificateExpiresSoon, Severity::Warning));
    let too_soon = Some((Code::CertificateExpiresSoon, Severity::Error));
    for (at, min_validity, expected) in [
        ("2023-12-31T23:59:59Z", None, early),
        ("2024-01-01T00:00:00Z", None, None),
        ("2049-12-01T00:00:00Z", None, None), // 30 days before
        ("2049-12-01T00:00:01Z", None, soon),
        ("2049-12-31T00:00:00Z", None, soon),
        ("2049-12-31T00:00:00.5Z", None, soon), // it has no finer end than a second
        ("2049-12-31T00:00:01Z", None, expired),
        ("2049-11-21T00:00:00Z", Some(40 * DAY), None),
        ("2049-11-21T00:00:01Z", Some(40 * DAY), too_soon),
        ("2049-12-26T00:00:00Z", Some(5 * DAY), soon),
        ("2049-12-26T00:00:01Z", Some(5 * DAY), too_soon),
    ] {
        assert_eq!(dates(&made, at, min_validity), expected, "{at}, {min_validity:?}");
    }
}

/// A root, CAs below it in this order, and a leaf; `change` is given each one's number, the root's first, the leaf's last.
fn made(names: &[&str], change: impl Fn(usize, &mut CertificateParams)) -> pki::Bundle {
    let mut sent: Vec<Vec<u8>> = Vec::new();
    let mut above: Option<(CertificateParams, KeyPair)> = None;
    let mut root = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let own_key = key(0);
        let mut own = params(name, at + 1 < names.len());
        change(at, &mut own);
        match &above {
            None => root = own.self_signed(&own_key).unwrap().der().to_vec(),
            Some((issuer, issuer_key)) => {
                let der = own.signed_by(&own_key, &Issuer::from_params(issuer, issuer_key)).unwrap().der().to_vec();
                sent.insert(0, der);
            }
        }
        above = Some((own, own_key));
    }
    pki::Bundle { sent, root, key: above.unwrap().1.serialize_pem() }
}

fn errors(made: &pki::Bundle, gate: GatePolicy) -> Vec<Code> {
    check(made, gate).errors().map(|finding| finding.code).collect()
}

/// RFC 5280 section 6.1.4 (l), (m): what is self-issued does not count, nor does the leaf; the trust anchor is no intermediate.
#[test]
fn as_many_intermediates_are_allowed_as_are_said() {
    let [root, a, b, leaf] = ["Example Root CA", "Example CA A", "Example CA B", "client.example.com"];
    let too_long = vec![Code::ChainPathLength];
    for (names, intermediates) in [
        (&[root, leaf][..], 0),
        (&[root, a, leaf], 1),
        (&[root, a, b, leaf], 2),
        (&[root, a, a, leaf], 1),    // a new key of the same CA
        (&[root, root, a, leaf], 1), // and of the root
    ] {
        let limited = |length| {
            made(names, move |at, params| {
                if at == 0 {
                    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(length));
                }
            })
        };
        let unlimited = made(names, |_, _| {});
        assert_eq!(errors(&limited(intermediates), pki::policy()), [], "{names:?}");
        assert_eq!(errors(&unlimited, pki::policy().max_depth(intermediates.into())), [], "{names:?}");
        if let Some(fewer) = intermediates.checked_sub(1) {
            assert_eq!(errors(&limited(fewer), pki::policy()), too_long, "{names:?}");
            assert_eq!(errors(&unlimited, pki::policy().max_depth(fewer.into())), too_long, "{names:?}");
        }
    }
}

/// OpenSSL's bound on a path is 100 certificates; whether a longer one would hold is not looked for.
#[test]
fn a_path_is_followed_up_to_the_bound() {
    let names: Vec<String> = (0..103).map(|at| format!("Example CA {at}")).collect();
    for (count, expected) in [(101, vec![]), (102, vec![Code::ChainTooComplex])] {
        let names: Vec<&str> = names[..count].iter().map(String::as_str).collect();
        assert_eq!(errors(&made(&names, |_, _| {}), pki::policy().max_depth(200)), expected, "{count} certificates");
    }
}

/// Which common names of a leaf OpenSSL binds as DNS names.
#[test]
fn a_common_name_is_bound_where_it_looks_like_a_host() {
    for (name, bound) in [
        ("client.example.com", true),
        ("client_1.example.com", true),
        ("example.com", true),
        ("client", false),
        ("the client of example.com", false),
        ("-client.example.com", false),
        ("client-.example.com", false),
    ] {
        let excluded = vec![GeneralSubtree::DnsName(String::new())];
        let made = made(&["Example Root CA", "Example CA", name], |at, params| {
            if at == 1 {
                params.name_constraints =
                    Some(NameConstraints { permitted_subtrees: Vec::new(), excluded_subtrees: excluded.clone() });
            }
        });
        let expected = if bound { vec![Code::ChainNameConstraints] } else { vec![] };
        assert_eq!(errors(&made, pki::policy()), expected, "{name}");
    }
}

#[test]
fn four_wrong_names_are_shown_and_the_rest_counted() {
    for (count, more) in [(4, ""), (6, " and 2 more")] {
        let made = made(&["Example Root CA", "client"], |at, params| {
            if at == 1 {
                params.subject_alt_names =
                    (0..count).map(|at| SanType::DnsName(format!("a_{at}.example.com").try_into().unwrap())).collect();
            }
        });
        let report = check(&made, pki::policy());
        let finding = report.findings().iter().find(|finding| finding.code == Code::ProfileAlternativeName).unwrap();
        assert!(finding.message.ends_with(&format!("DNS name “a_3.example.com”{more}")), "{}", finding.message);
    }
}

#[test]
fn an_unknown_extension_counts_only_where_it_is_critical() {
    for critical in [false, true] {
        let made = made(&["Example Root CA", "client.example.com"], |at, params| {
            if at == 1 {
                let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
                extension.set_criticality(critical);
                params.custom_extensions.push(extension);
            }
        });
        let expected = if critical { vec![Code::UnknownCriticalExtension] } else { vec![] };
        assert_eq!(errors(&made, pki::policy()), expected);
    }
}

#[test]
fn key_usages_are_shown_by_their_names() {
    use KeyUsagePurpose::{ContentCommitment, CrlSign, DecipherOnly, DigitalSignature, EncipherOnly, KeyAgreement};
    for (usages, expected) in [
        (vec![DigitalSignature], &["digitalSignature"][..]),
        (vec![DigitalSignature, ContentCommitment, KeyAgreement], &["digitalSignature", "nonRepudiation", "keyAgreement"]),
        (
            vec![DigitalSignature, CrlSign, EncipherOnly, DecipherOnly],
            &["digitalSignature", "cRLSign", "encipherOnly", "decipherOnly"],
        ),
    ] {
        let made = made(&["Example Root CA", "client.example.com"], |at, params| {
            if at == 1 {
                params.key_usages = usages.clone();
            }
        });
        assert_eq!(check(&made, pki::policy()).leaf().unwrap().key_usage, expected);
    }
}

/// RFC 5280 section 4.1.2.9. The byte that says which version it is stands first in the signed part.
#[test]
fn only_version_3_has_extensions() {
    let made = bundle(&[0, 0]);
    let version = [0xa0, 0x03, 0x02, 0x01];
    let at = made.sent[0].windows(4).position(|window| window == version).unwrap() + 4;
    for (value, expected) in [(0, "version 1 does not have"), (1, "version 2 does not have"), (3, "its version field is 3")] {
        let mut leaf = made.sent[0].clone();
        leaf[at] = value;
        let report = check(&pki::Bundle { sent: vec![leaf], root: made.root.clone(), key: made.key.clone() }, pki::policy());
        let finding = report.errors().find(|finding| finding.code == Code::CertificateMalformed).unwrap();
        assert!(finding.message.contains(expected), "{}", finding.message);
    }
}

/// The origin is held to the longest text, and the longest name, that there can be.
#[test]
fn an_origin_is_as_long_as_it_may_be() {
    let said = |origin: &str| -> Vec<(Code, String)> {
        let report = certflight_validate::check(&Request { sources: &[], origin: Some(origin) }, &Policy::from(pki::policy()));
        let about = |code: &Code| code.name().starts_with("origin");
        report
            .findings()
            .iter()
            .filter(|finding| about(&finding.code))
            .map(|finding| (finding.code, finding.message.clone()))
            .collect()
    };
    let name = |length: usize| {
        let label = "a".repeat(49);
        let name = format!("{label}.{label}.{label}.{label}.{}.com", "a".repeat(63));
        name[name.len() - length..].to_owned()
    };
    assert_eq!(said(&format!("https://{}", name(253))), []);
    let malformed = |origin: &str, why: &str| {
        let said = said(origin);
        assert!(matches!(said.as_slice(), [(Code::OriginMalformed, message)] if message.contains(why)), "{origin}: {said:?}");
    };
    malformed(&format!("https://{}", name(254)), "longer than 253 characters");
    malformed(&format!("https://a.{}.com", "b".repeat(64)), "a part of the host");
    assert_eq!(said(&format!("https://a.{}.com", "b".repeat(63))), []);
    malformed("https://-a.example.com", "a part of the host");
    malformed("https://a-.example.com", "a part of the host");
    malformed("https://a..example.com", "a part of the host");
    assert_eq!(said("https://a-b_c.example.com"), []);
    malformed("https://example.com.", "ends in a dot");
    malformed("https://0x7f.1", "no address in the usual form");
    malformed("https://[2001:db8::1]x", "");
    malformed("https://exam ple.com", "white space");
    for port in ["0", "+444", "65536", "", "x"] {
        malformed(&format!("https://example.com:{port}"), "no number from 1 to 65535");
    }
    assert_eq!(said("https://example.com:65535"), []);
    let long = |length: usize| format!("https://{}", "a".repeat(length - 8));
    malformed(&long(1100), "the host");
    malformed(&long(1101), "too long");
    malformed("https://example.com\u{7}", "control character");
}

#[test]
fn hosts_of_local_use_are_told_from_public_ones() {
    let private = |host: &str| {
        let origin = format!("https://{host}");
        let report = certflight_validate::check(&Request { sources: &[], origin: Some(&origin) }, &Policy::from(pki::policy()));
        report.findings().iter().any(|finding| finding.code == Code::OriginPrivateHost)
    };
    for host in [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "0.0.0.0",
        "0.1.2.3",
        "192.0.2.1",
        "224.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[fc00::1]",
        "[fe80::1]",
        "[ff02::1]",
        "[::ffff:10.0.0.1]",
        "localhost",
        "a.localhost",
        "printer.local",
        "router.home.arpa",
        "intranet",
    ] {
        assert!(private(host), "{host}");
    }
    for host in [
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.0",
        "101.64.0.1",
        "99.100.0.1",
        "239.255.255.255.example.com",
        "223.255.255.255",
        "[2606:4700::1]",
        "[::ffff:1.1.1.1]",
        "home.example",
        "arpa.example.com",
    ] {
        assert!(!private(host), "{host}");
    }
}

/// OpenSSL goes on from a trust anchor that is not its own issuer.
#[test]
fn an_anchor_that_is_no_root_is_told() {
    let above = (params("Example Root CA", true), key(0));
    let other_key = CustomExtension::from_oid_content(&[2, 5, 29, 35], vec![0x30, 0x06, 0x80, 0x04, 1, 2, 3, 4]);
    for (name, extension, is) in
        [("Example CA", None, "is an intermediate"), ("Example Root CA", Some(other_key), "does not name its own key")]
    {
        let (mut ca, ca_key, leaf_key) = (params(name, true), key(0), key(0));
        ca.custom_extensions.extend(extension);
        let root = ca.signed_by(&ca_key, &Issuer::from_params(&above.0, &above.1)).unwrap().der().to_vec();
        let leaf = params("client.example.com", false).signed_by(&leaf_key, &Issuer::from_params(&ca, &ca_key)).unwrap();
        let made = pki::Bundle { sent: vec![leaf.der().to_vec()], root, key: leaf_key.serialize_pem() };
        // It is no intermediate of the path either.
        let report = check(&made, pki::policy().max_depth(0));
        let said: Vec<&str> =
            report.findings().iter().filter(|f| f.code == Code::CaNotSelfSigned).map(|f| f.message.as_str()).collect();
        assert!(matches!(said.as_slice(), [message] if message.contains(is)), "{said:?}");
        assert!(report.errors().all(|finding| finding.code != Code::ChainPathLength), "{report:?}");
    }
}

/// A leaf that is its own trust anchor has to have signed itself.
#[test]
fn a_leaf_of_its_own_name_is_no_proof() {
    let (leaf, own, other) = (params("client.example.com", false), key(0), key(0));
    let by_another = leaf.signed_by(&own, &Issuer::from_params(&leaf, &other)).unwrap().der().to_vec();
    let sound = leaf.self_signed(&own).unwrap().der().to_vec();
    for (der, passes) in [(sound, true), (by_another, false)] {
        let made = pki::Bundle { sent: vec![der.clone()], root: der, key: own.serialize_pem() };
        assert_eq!(errors(&made, pki::policy()).is_empty(), passes);
    }
}

fn tlv(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    [&[tag, u8::try_from(content.len()).unwrap()][..], &content].concat()
}

/// `1.2.3` and this arc; anyPolicy for none.
fn policy_id(arc: Option<u8>) -> Vec<u8> {
    arc.map_or_else(|| tlv(6, &[vec![0x55, 0x1d, 0x20, 0x00]]), |arc| tlv(6, &[vec![0x2a, 0x03, arc]]))
}

fn policies(list: &[Option<u8>]) -> CustomExtension {
    let infos: Vec<Vec<u8>> = list.iter().map(|arc| tlv(0x30, &[policy_id(*arc)])).collect();
    CustomExtension::from_oid_content(&[2, 5, 29, 32], tlv(0x30, &infos))
}

fn mappings(list: &[(Option<u8>, Option<u8>)]) -> CustomExtension {
    let pairs: Vec<Vec<u8>> = list.iter().map(|(from, to)| tlv(0x30, &[policy_id(*from), policy_id(*to)])).collect();
    CustomExtension::from_oid_content(&[2, 5, 29, 33], tlv(0x30, &pairs))
}

/// The one CA certificate makes 2 of policy 1, the other 3 of that. For the first to make 4 of 3 it would have to come again, and on no path does a
/// certificate come twice (RFC 5280 section 6.1).
#[test]
fn no_certificate_stands_on_a_path_twice() {
    let (ca_key, leaf_key) = (key(0), key(0));
    let ca = params("Example CA", true);
    let root = ca.self_signed(&ca_key).unwrap().der().to_vec();
    let issuer = Issuer::from_params(&ca, &ca_key);
    let issue = |extensions, params: &CertificateParams, key: &KeyPair| {
        let mut params = params.clone();
        params.custom_extensions = extensions;
        params.signed_by(key, &issuer).unwrap().der().to_vec()
    };
    let one = issue(vec![policies(&[Some(1), Some(3)]), mappings(&[(Some(1), Some(2)), (Some(3), Some(4))])], &ca, &ca_key);
    let other = issue(vec![policies(&[Some(2)]), mappings(&[(Some(2), Some(3))])], &ca, &ca_key);
    for (named, passes) in [(2, true), (3, true), (4, false)] {
        let leaf = issue(vec![policies(&[Some(named)])], &params("client.example.com", false), &leaf_key);
        let made = pki::Bundle { sent: vec![leaf, one.clone(), other.clone()], root: root.clone(), key: leaf_key.serialize_pem() };
        let gate = pki::policy().require_policy().accept_policy("1.2.3.1".parse().unwrap());
        let found = errors(&made, gate);
        assert_eq!(found.is_empty(), passes, "{named}: {found:?}");
    }
}

/// As an intermediate it may not map anyPolicy; of a trust anchor no policy is processed, also where it was looked at as the former before.
#[test]
fn what_an_intermediate_may_not_do_an_anchor_may() {
    let (root_key, ca_key, leaf_key) = (key(0), key(0), key(0));
    let root = params("Example Root CA", true);
    let mut ca = params("Example CA", true);
    ca.custom_extensions = vec![policies(&[None]), mappings(&[(None, Some(1))])];
    let ca_der = ca.signed_by(&ca_key, &Issuer::from_params(&root, &root_key)).unwrap().der().to_vec();
    let leaf = params("client.example.com", false).signed_by(&leaf_key, &Issuer::from_params(&ca, &ca_key)).unwrap().der().to_vec();
    let root_der = root.self_signed(&root_key).unwrap().der().to_vec();
    let run = |sent: &[&Vec<u8>], cas: &[&Vec<u8>]| {
        let (cert, ca, key) = (pem(sent.iter().copied()), pem(cas.iter().copied()), leaf_key.serialize_pem());
        pki::check(cert.as_bytes(), key.as_bytes(), ca.as_bytes()).verdict() == certflight_validate::Verdict::Pass
    };
    assert!(!run(&[&leaf, &ca_der], &[&root_der]));
    assert!(run(&[&leaf], &[&root_der, &ca_der]));
    let (upper, upper_key) = (params("Example Upper CA", true), key(0));
    let upper_der = upper.signed_by(&upper_key, &Issuer::from_params(&root, &root_key)).unwrap().der().to_vec();
    let below_upper = ca.signed_by(&ca_key, &Issuer::from_params(&upper, &upper_key)).unwrap().der().to_vec();
    assert!(run(&[&leaf], &[&upper_der, &below_upper]));
}

/// OpenSSL leaves NULs at the end of a common name out of account, and takes one elsewhere for what cannot be compared.
#[test]
fn a_nul_takes_no_common_name_from_under_a_constraint() {
    for (name, excluded, fails) in [
        ("bad.evil.org\0", "evil.org", true),
        ("good.example.org\0\0", "evil.org", false),
        ("bad.evil.org\0.example.org", "other.org", true),
        ("no host\0", "evil.org", false),
    ] {
        let (mut root, root_key) = (pki::params("Example Root CA", true), pki::key(0));
        root.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: Vec::new(),
            excluded_subtrees: vec![rcgen::GeneralSubtree::DnsName(excluded.into())],
        });
        let key = pki::key(0);
        let leaf = pki::params(name, false).signed_by(&key, &rcgen::Issuer::from_params(&root, &root_key)).unwrap();
        let ca = root.self_signed(&root_key).unwrap();
        let report = pki::check(leaf.pem().as_bytes(), key.serialize_pem().as_bytes(), ca.pem().as_bytes());
        let refused = report.errors().any(|finding| finding.code == Code::ChainNameConstraints);
        assert_eq!(refused, fails, "{name:?} where {excluded} is excluded: {:?}", report.findings());
    }
}
