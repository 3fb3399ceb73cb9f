//! One past every bound.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{Code, MAX_CERTIFICATES, MAX_INPUT_BYTES, Policy, Request, Role, Source, Verdict};
use pki::{bundle, check, key, params, pem};
use rcgen::Issuer;

fn codes(report: &certflight_validate::Report) -> Vec<Code> {
    report.errors().map(|finding| finding.code).collect()
}

#[test]
fn an_input_may_be_as_large_as_the_bound_and_no_larger() {
    let made = bundle(&[0, 0]);
    let (cert, ca) = (pem(&made.sent), pem([&made.root]));
    let padded = |length: usize| format!("{cert}{}", "\n".repeat(length - cert.len()));
    assert_eq!(check(padded(MAX_INPUT_BYTES).as_bytes(), made.key.as_bytes(), ca.as_bytes()).verdict(), Verdict::Pass);
    let report = check(padded(MAX_INPUT_BYTES + 1).as_bytes(), made.key.as_bytes(), ca.as_bytes());
    assert_eq!(codes(&report), [Code::InputTooLarge]);
}

#[test]
fn an_input_may_have_as_many_certificates_as_the_bound_and_no_more() {
    let made = bundle(&[0, 0]);
    // Copies count: what is counted is what has to be read.
    let with = |count: usize| pem(&made.sent) + &pem([&made.root]).repeat(count - 1);
    let ca = pem([&made.root]);
    assert_eq!(check(with(MAX_CERTIFICATES).as_bytes(), made.key.as_bytes(), ca.as_bytes()).verdict(), Verdict::Pass);
    let report = check(with(MAX_CERTIFICATES + 1).as_bytes(), made.key.as_bytes(), ca.as_bytes());
    assert_eq!(codes(&report), [Code::InputTooLarge]);
}

/// `count` CAs of one name that all certify each other; the first is certified by the root, the last issued the leaf.
fn cross_signed(count: usize, way_out: bool) -> (String, String, String) {
    let root_key = key(0);
    let root_params = params("Example Root CA", true);
    let root = root_params.self_signed(&root_key).unwrap().der().to_vec();
    let root = (root, Issuer::new(root_params, root_key));
    let keys: Vec<_> = (0..count).map(|_| key(0)).collect();
    let ca = params("Example Cross CA", true);
    let mut sent = Vec::new();
    for issuer in &keys {
        let signer = Issuer::from_params(&ca, issuer);
        sent.extend(
            keys.iter().filter(|key| !std::ptr::eq(*key, issuer)).map(|key| ca.signed_by(key, &signer).unwrap().der().to_vec()),
        );
    }
    if way_out {
        sent.push(ca.signed_by(&keys[0], &root.1).unwrap().der().to_vec());
    }
    let leaf_key = key(0);
    let issuer = Issuer::from_params(&ca, &keys[count - 1]);
    sent.insert(0, params("client.example.com", false).signed_by(&leaf_key, &issuer).unwrap().der().to_vec());
    (pem(&sent), leaf_key.serialize_pem(), pem([&root.0]))
}

#[test]
fn a_way_out_of_cross_signed_cas_is_found() {
    let (cert, key, ca) = cross_signed(16, true);
    let report = check(cert.as_bytes(), key.as_bytes(), ca.as_bytes());
    assert_eq!(codes(&report), []);
}

#[test]
fn a_search_that_is_given_up_says_so_and_is_no_pass() {
    let (cert, key, ca) = cross_signed(36, false);
    let report = check(cert.as_bytes(), key.as_bytes(), ca.as_bytes());
    assert_eq!(codes(&report), [Code::ChainTooComplex]);
}

#[test]
fn an_input_that_is_wrong_everywhere_makes_few_findings() {
    for text in [
        "-----BEGIN X-----\nAA==\n-----END X-----\n",
        "-----END X-----\n",
        "-----BEGIN X\n",
        "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n",
    ] {
        let many = text.repeat(MAX_INPUT_BYTES / text.len());
        let report = check(many.as_bytes(), many.as_bytes(), many.as_bytes());
        assert!(report.findings().len() < 200, "{}", report.findings().len());
        assert!(
            report.findings().iter().any(|finding| finding.notes.iter().any(|note| note.text.contains("more findings"))),
            "the rest is counted"
        );
        assert_eq!(report.verdict(), Verdict::Fail);
    }
}

/// Any of these would run for hours in a reader that looks back, or ahead, for each piece.
#[test]
fn an_input_made_of_one_piece_is_read_in_proportion() {
    for piece in [
        "-",
        "—",
        "- ",
        "-----BEGIN ",
        "-----END CERTIFICATE",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE----------END CERTIFICATE-----",
        "-----END CERTIFICATE----------BEGIN CERTIFICATE-----",
        "---begin private key---",
        "\\",
        "\\n",
        "\\u0041",
        "\"",
        "A",
        "A ",
        "n",
        "\n",
        "\r",
        " \n",
        "Proc-Type: 4,ENCRYPTED",
        "DEK-Info: ",
        "LS0tLS1CRUdJTiBD",
        "0\u{0}",
        "\u{0}",
    ] {
        for (before, after) in [
            ("", ""),
            ("-----BEGIN PRIVATE KEY-----\n", "\n-----END PRIVATE KEY-----\n"),
            ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"),
        ] {
            let many = format!("{before}{}{after}", piece.repeat(MAX_INPUT_BYTES / 4 / piece.len()));
            let source = [Source::new(Role::Auto, "input", many.as_bytes())];
            let policy = Policy::from(pki::policy());
            let report = certflight_validate::check(&Request { sources: &source, origin: None }, &policy);
            assert!(report.verdict() == Verdict::Fail && report.findings().len() < 100, "{piece:?}: {}", report.findings().len());
        }
    }
}

#[test]
fn names_are_compared_as_often_as_the_bound_and_no_more() {
    // The leaf's subject is a name, too: 500 names and 500 constraints are the bound.
    for (names, expected) in [(499, vec![]), (500, vec![Code::ChainTooComplex])] {
        let (mut root, root_key) = (params("Example Root CA", true), key(0));
        let host = |at: usize| format!("host{at}.example.com");
        root.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: (0..500).map(|at| rcgen::GeneralSubtree::DnsName(host(at))).collect(),
            excluded_subtrees: Vec::new(),
        });
        let mut leaf = params("client", false);
        leaf.subject_alt_names = (0..names).map(|at| rcgen::SanType::DnsName(host(at % 500).try_into().unwrap())).collect();
        let leaf_key = key(0);
        let cert = leaf.signed_by(&leaf_key, &Issuer::from_params(&root, &root_key)).unwrap().pem();
        let ca = root.self_signed(&root_key).unwrap().pem();
        assert_eq!(codes(&check(cert.as_bytes(), leaf_key.serialize_pem().as_bytes(), ca.as_bytes())), expected, "{names}");
    }
}
