//! The commands beside a finding: what they are about, and that nothing foreign stands in them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{Code, Policy, Report, Request, Role, Source, Timestamp};
use pki::{key, params, pem};
use rcgen::{CustomExtension, Issuer};

fn check(sources: &[(Role, &str, &[u8])], at: &str) -> Report {
    let sources: Vec<Source<'_>> = sources.iter().map(|(role, name, bytes)| Source::new(*role, name, bytes)).collect();
    certflight_validate::check(&Request { sources: &sources, origin: None }, &Policy::new(Timestamp::parse_rfc3339(at).unwrap()))
}

fn fixture(name: &str) -> Report {
    let fixture = certflight_fixtures::named(name);
    let inputs = [(Role::Cert, "cert.pem", &fixture.cert), (Role::Key, "key.pem", &fixture.key), (Role::Ca, "ca.pem", &fixture.ca)];
    let given: Vec<(Role, &str, &[u8])> =
        inputs.into_iter().filter_map(|(role, name, bytes)| Some((role, name, bytes.as_deref()?))).collect();
    check(&given, fixture.expect.at())
}

/// The commands of each finding of a code.
fn commands(report: &Report, code: Code) -> Vec<String> {
    report.findings().iter().filter(|finding| finding.code == code).map(|finding| finding.commands.join("; ")).collect()
}

#[test]
fn a_weak_key_is_replaced_where_it_is_ones_own() {
    let of = |name| commands(&fixture(name), Code::KeyWeak);
    let (own, issuers) = (of("key-weak__leaf"), of("key-weak__intermediate"));
    assert!(own.len() == 2 && own.iter().all(|command| command.contains("openssl genpkey")), "leaf and key: {own:?}");
    assert!(issuers.len() == 1 && issuers[0].contains("-text"), "{issuers:?}");
}

#[test]
fn an_untrusted_top_is_compared_by_its_fingerprint() {
    let (own, root) = (key(0), pem([&params("Example Root CA", true).self_signed(&key(0)).unwrap().der().to_vec()]));
    let leaf = pem([&params("client.example.com", false).self_signed(&own).unwrap().der().to_vec()]);
    let report = check(&[(Role::Cert, "cert.pem", leaf.as_bytes()), (Role::Ca, "ca.pem", root.as_bytes())], pki::NOW);
    assert_eq!(commands(&report, Code::ChainUntrusted), ["openssl x509 -in cert.pem -noout -subject -fingerprint -sha256"]);
}

/// OpenSSL's commands read PEM; what came in DER is shown by our own.
#[test]
fn what_has_no_lines_is_shown_by_a_check() {
    let made = pki::bundle(&[0, 0, 0]);
    let early = "2020-01-01T00:00:00Z";
    let (cert, ca) = (pem(&made.sent), pem([&made.root]));
    let key = (Role::Key, "key.pem", made.key.as_bytes());
    let text = check(&[(Role::Cert, "cert.pem", cert.as_bytes()), key, (Role::Ca, "ca.pem", ca.as_bytes())], early);
    assert!(commands(&text, Code::CertificateNotYetValid).contains(&"openssl x509 -in ca.pem -noout -subject -dates".to_owned()));
    let binary = check(&[(Role::Cert, "cert.pem", cert.as_bytes()), key, (Role::Ca, "ca.der", &made.root)], early);
    let found = commands(&binary, Code::CertificateNotYetValid);
    assert!(found.iter().any(|command| command.ends_with("--ca ca.der --verbose")), "{found:?}");
}

/// The address is foreign text: of a certificate that somebody else made.
#[test]
fn an_issuer_is_fetched_from_plain_addresses_of_the_web_alone() {
    let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()][..], content].concat();
    for (address, fetched) in [
        ("http://ca.example.com/ca.crt", true),
        ("https://ca.example.com/ca.crt", true),
        ("ldap://ca.example.com/ca", false),
        ("ca.example.com/ca.crt", false),
        ("http://ca.example.com/$(id)", false),
        ("http://ca.example.com/a b", false),
        ("http://ca.example.com/;id", false),
    ] {
        let method = tlv(0x06, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
        let access = tlv(0x30, &tlv(0x30, &[method, tlv(0x86, address.as_bytes())].concat()));
        let (ca, leaf_key) = ((params("Example CA", true), key(0)), key(0));
        let mut leaf = params("client.example.com", false);
        leaf.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], access)];
        let leaf = pem([&leaf.signed_by(&leaf_key, &Issuer::from_params(&ca.0, &ca.1)).unwrap().der().to_vec()]);
        let root = pem([&params("Example Root CA", true).self_signed(&key(0)).unwrap().der().to_vec()]);
        let key = leaf_key.serialize_pem();
        let given = [
            (Role::Cert, "cert.pem", leaf.as_bytes()),
            (Role::Key, "key.pem", key.as_bytes()),
            (Role::Ca, "ca.pem", root.as_bytes()),
        ];
        let report = check(&given, pki::NOW);
        let found = commands(&report, Code::ChainMissingIssuer);
        assert!(found.len() == 1 && found[0].contains("curl") == fetched, "{address}: {found:?}");
        assert!(fetched || found.iter().all(|command| !command.contains(address)), "{address}: {found:?}");
    }
}
