//! Where each object of files without a flag goes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{CaRole, Code, GatePolicy, Location, Policy, Report, Request, Role, Source, Timestamp, Verdict};
use rcgen::KeyPair;

fn check(sources: &[Source<'_>], gate: GatePolicy) -> Report {
    certflight_validate::check(&Request { sources, origin: None }, &Policy::from(gate))
}

fn gate() -> GatePolicy {
    GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap())
}

/// The sources of a fixture, named and not.
fn report(name: &str, gate: GatePolicy) -> Report {
    let fixture = certflight_fixtures::named(name);
    let named = [(Role::Cert, "cert", &fixture.cert), (Role::Key, "key", &fixture.key), (Role::Ca, "ca", &fixture.ca)];
    let named = named.into_iter().filter_map(|(role, name, bytes)| Some(Source::new(role, name, bytes.as_deref()?)));
    let given = fixture.given.iter().map(|(name, bytes)| Source::new(Role::Auto, &name["given-".len()..], bytes));
    check(&named.chain(given).collect::<Vec<_>>(), gate)
}

/// Each placement as `file: what -> role+role`, or `-> -` for what is left out.
fn placed(report: &Report) -> Vec<String> {
    let line = |placement: &certflight_validate::Placement| {
        let Location::Object { source, .. } = &placement.at else { panic!("an object has a place of its own") };
        let roles: Vec<&str> = placement.used_as.iter().map(|role| role.name()).collect();
        assert_eq!(roles.is_empty(), placement.left_out.is_some(), "what is left out has a reason, and only that");
        let roles = if roles.is_empty() { "-".to_owned() } else { roles.join("+") };
        format!("{}: {} -> {roles}", source.name, placement.what.trim_start_matches("CN="))
    };
    report.placements().iter().map(line).collect()
}

#[test]
fn everything_goes_where_it_belongs() {
    for (name, expected) in [
        (
            "ok__files",
            &[
                "a.pem: Example Issuing CA -> cert",
                "b.pem: private key (P-256) -> key",
                "c.pem: Example Root CA -> ca",
                "d.pem: client.example.com -> cert",
            ][..],
        ),
        (
            "ok__copies",
            &[
                "chain.pem: Example Issuing CA -> cert",
                "chain.pem: Example Root CA -> ca",
                "client.pem: client.example.com -> cert",
                "client.pem: private key (P-256) -> key",
                "fullchain.pem: client.example.com -> -",
                "fullchain.pem: Example Issuing CA -> -",
                "fullchain.pem: Example Root CA -> -",
            ],
        ),
        ("ok__named-and-files", &["cas.pem: Example Root CA -> ca", "cas.pem: Example Issuing CA -> cert"]),
        (
            "ca-not-self-signed__files",
            &[
                "client.pem: client.example.com -> cert",
                "client.pem: Example Issuing CA -> cert+ca",
                "client.pem: private key (P-256) -> key",
            ],
        ),
        ("leaf-self-signed__files", &["client.pem: client.example.com -> cert+ca", "client.pem: private key (P-256) -> key"]),
        ("leaf-self-signed__files-ca", &["client.pem: client.example.com -> cert+ca", "client.pem: private key (P-256) -> key"]),
        (
            "leaf-ambiguous__two",
            &[
                "chain.pem: Example Issuing CA -> -",
                "chain.pem: Example Root CA -> ca",
                "one.pem: client.example.com -> -",
                "one.pem: private key (P-256) -> -",
                "two.pem: other.example.com -> -",
                "two.pem: private key (P-256) -> -",
            ],
        ),
        (
            "object-unused__ca-key",
            &[
                "all.pem: client.example.com -> cert",
                "all.pem: Example Issuing CA -> cert",
                "all.pem: Example Root CA -> ca",
                "all.pem: private key (P-256) -> key",
                "ca.key: private key (P-256) -> -",
            ],
        ),
        (
            "certificate-missing__files",
            &["all.pem: Example Issuing CA -> -", "all.pem: Example Root CA -> ca", "all.pem: private key (P-256) -> key"],
        ),
        (
            "key-multiple__files",
            &[
                "all.pem: client.example.com -> cert",
                "all.pem: Example Issuing CA -> cert",
                "all.pem: Example Root CA -> ca",
                "one.key: private key (P-256) -> -",
                "two.key: private key (Ed25519) -> -",
            ],
        ),
        (
            "object-unused__named-ca",
            &["all.pem: client.example.com -> cert", "all.pem: Example Root CA -> -", "all.pem: private key (P-256) -> key"],
        ),
    ] {
        assert_eq!(placed(&report(name, gate())), expected, "{name}");
    }
}

#[test]
fn what_is_left_out_has_its_own_reason() {
    let all = certflight_fixtures::named("ok__one-file").given[0].1.clone();
    let other = certflight_fixtures::named("leaf-ambiguous__two").given[2].1.clone();
    let reasons = |sources: &[Source<'_>]| -> Vec<String> {
        let report = check(sources, gate());
        report.placements().iter().filter_map(|placement| placement.left_out).map(str::to_owned).collect()
    };
    let auto = |bytes| Source::new(Role::Auto, "file", bytes);
    let text = String::from_utf8(all.clone()).unwrap();
    let key = text.find("-----BEGIN PRIVATE").unwrap();
    let (key, other_leaf) = (&text[key..key + 241], String::from_utf8(other.clone()).unwrap());
    let other_leaf = &other_leaf[..other_leaf.find("-----BEGIN PRIVATE").unwrap()];
    for (sources, expected) in [
        (vec![auto(all.as_slice()), auto(other_leaf.as_bytes())], "and not the one of the key"),
        (vec![Source::new(Role::Cert, "cert", &all), auto(other_leaf.as_bytes())], "--cert names"),
        (vec![Source::new(Role::Key, "key", key.as_bytes()), auto(key.as_bytes())], "--key names"),
    ] {
        let reasons = reasons(&sources);
        assert!(reasons.iter().any(|reason| reason.contains(expected)), "{expected}: {reasons:?}");
    }
    let unrelated = pki::bundle(&[0, 0, 0]);
    let reasons = reasons(&[auto(all.as_slice()), auto(pki::pem([&unrelated.sent[1]]).as_bytes())]);
    assert_eq!(reasons, ["it is not an issuer of the client certificate"]);
}

/// With that role the root that the leaf chains to is sent along, and `ca` is somebody else's.
#[test]
fn for_an_origin_server_the_root_above_the_leaf_is_sent() {
    let server = |gate: GatePolicy| gate.ca_role(CaRole::OriginServer);
    let with_own = placed(&report("ok__files", server(gate())));
    assert_eq!(with_own[2], "c.pem: Example Root CA -> cert");
    let all = certflight_fixtures::named("ok__one-file").given[0].1.clone();
    let theirs = certflight_fixtures::named("chain-missing-issuer__unrelated-ca").ca.unwrap();
    let sources = [Source::new(Role::Auto, "all.pem", &all), Source::new(Role::Auto, "server.pem", &theirs)];
    let report = check(&sources, server(gate()));
    assert_eq!(placed(&report)[4], "server.pem: Unrelated Root CA -> ca");
    assert!(report.errors().next().is_none(), "{:?}", report.errors().collect::<Vec<_>>());
}

/// A flag decides its part alone: what is found is no trust anchor beside the one that is named.
#[test]
fn nothing_becomes_a_trust_anchor_beside_a_named_one() {
    let leaf = certflight_fixtures::named("leaf-self-signed__files").given[0].1.clone();
    let partial = certflight_fixtures::named("ca-not-self-signed__files").given[0].1.clone();
    let named = certflight_fixtures::named("chain-missing-issuer__unrelated-ca").ca.unwrap();
    for (file, gate) in [(&leaf, gate()), (&partial, gate()), (&leaf, gate().ca_role(CaRole::OriginServer))] {
        let report = check(&[Source::new(Role::Ca, "ca", &named), Source::new(Role::Auto, "file", file)], gate);
        assert!(placed(&report).iter().all(|line| !line.ends_with("ca")), "{:?}", placed(&report));
    }
    let alone = check(&[Source::new(Role::Auto, "file", &leaf)], gate().ca_role(CaRole::OriginServer));
    assert_eq!(placed(&alone)[0], "file: client.example.com -> cert", "it is sent, and the CA is the server's");
}

/// The order of the files says nothing.
#[test]
fn any_order_gives_the_same_bundle() {
    let made = pki::bundle(&[0, 1, 2, 0]);
    let mut blocks: Vec<String> = made.sent.iter().map(|der| pki::pem([der])).collect();
    blocks.extend([made.key.clone(), pki::pem([&made.root])]);
    for turn in 0..blocks.len() {
        blocks.rotate_left(turn);
        let sources: Vec<Source<'_>> = blocks.iter().map(|text| Source::new(Role::Auto, "file", text.as_bytes())).collect();
        let passed = certflight_validate::validate(&Request { sources: &sources, origin: None }, &pki::policy()).unwrap();
        assert_eq!(passed.certificate_pem(), pki::pem(&made.sent));
        assert_eq!((passed.ca_pem(), passed.key_pem().expose()), (pki::pem([&made.root]), made.key.as_str()));
    }
}

/// The files, each of these texts one.
fn check_files(texts: &[&str]) -> Report {
    check(&texts.iter().map(|text| Source::new(Role::Auto, "file", text.as_bytes())).collect::<Vec<_>>(), gate())
}

fn codes(report: &Report) -> Vec<Code> {
    report.errors().map(|finding| finding.code).collect()
}

fn message(report: &Report, code: Code) -> &str {
    &report.findings().iter().find(|finding| finding.code == code).unwrap().message
}

fn self_signed(name: &str, ca: bool, key: &KeyPair) -> String {
    pki::pem([&pki::params(name, ca).self_signed(key).unwrap().der().to_vec()])
}

/// What cannot be read may be what is missing, so only what an error does not explain is called missing.
#[test]
fn what_is_missing_is_said_where_no_error_explains_it() {
    let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap()).unwrap();
    let sound = certflight_fixtures::named("ok__direct-root");
    let (key, ca) = (text(sound.key), text(sound.ca));
    let broken_key = text(certflight_fixtures::named("key-malformed__truncated").key);
    let broken_cert = text(certflight_fixtures::named("certificate-malformed__tag").cert);
    let request = "-----BEGIN DH PARAMETERS-----\nMAYCAQECAQI=\n-----END DH PARAMETERS-----\n";
    let (no_cert, no_key, no_ca) = (Code::CertificateMissing, Code::KeyMissing, Code::CaMissing);
    for (sources, expected) in [
        (vec![], vec![no_cert, no_key, no_ca]),
        (vec![(Role::Auto, &broken_key)], vec![no_cert, no_ca]), // a key says nothing of certificates
        (vec![(Role::Auto, &broken_cert)], vec![]),
        (vec![(Role::Key, &broken_key)], vec![no_cert, no_ca]),
        (vec![(Role::Cert, &broken_cert)], vec![no_key, no_ca]),
        (vec![(Role::Cert, &key)], vec![no_key, no_ca]), // a key in the certificate input explains that there is no certificate
        (vec![(Role::Auto, &key)], vec![no_cert, no_ca]),
        (vec![(Role::Auto, &ca)], vec![no_cert, no_key]),
        (vec![(Role::Auto, &broken_cert), (Role::Key, &key)], vec![]),
        (vec![(Role::Auto, &broken_key), (Role::Cert, &broken_cert)], vec![no_ca]),
    ] {
        let given: Vec<Source<'_>> = sources.iter().map(|(role, text)| Source::new(*role, "file", text.as_bytes())).collect();
        let mut found = codes(&check(&given, gate()));
        found.retain(|code| [no_cert, no_key, no_ca].contains(code));
        found.sort_by_key(|code| [no_cert, no_key, no_ca].iter().position(|other| other == code));
        assert_eq!(found, expected, "{:?}", sources.iter().map(|(role, text)| (role, &text[..40])).collect::<Vec<_>>());
    }
    let only_other = check(&[Source::new(Role::Cert, "file", request.as_bytes())], gate());
    assert!(codes(&only_other).contains(&no_cert), "a block of another kind is left out, which explains nothing: {only_other:?}");
}

#[test]
fn what_is_missing_is_asked_for_where_it_would_be_looked_for() {
    let sound = certflight_fixtures::named("ok__direct-root");
    let (key, ca) = (sound.key.unwrap(), sound.ca.unwrap());
    let named = check(&[Source::new(Role::Key, "key", &key)], gate());
    assert_eq!(message(&named, Code::CaMissing), "there is no CA certificate");
    let files = check(&[Source::new(Role::Auto, "file", &ca)], gate());
    assert_eq!(message(&files, Code::KeyMissing), "there is no private key in the files");
}

#[test]
fn keys_are_compared_up_to_the_bound() {
    let keys: Vec<String> = (0..9).map(|_| pki::key(0).serialize_pem()).collect();
    for role in [Role::Auto, Role::Key] {
        for (count, said) in [(8, "there is more than one private key"), (9, "there are 9 private keys")] {
            let text = keys[..count].concat();
            let report = check(&[Source::new(role, "keys", text.as_bytes())], gate());
            assert!(message(&report, Code::KeyMultiple).starts_with(said), "{role}, {count}");
        }
    }
}

#[test]
fn a_key_that_stands_in_two_files_is_one() {
    let all = certflight_fixtures::named("ok__one-file").given[0].1.clone();
    let all = String::from_utf8(all).unwrap();
    let start = all.find("-----BEGIN PRIVATE").unwrap();
    let report = check_files(&[&all, &all[start..start + 241]]);
    assert_eq!(report.verdict(), Verdict::Pass, "{report:?}");
    let left: Vec<_> = report.placements().iter().filter_map(|placement| placement.left_out).collect();
    assert_eq!(left, ["a second copy"]);
}

/// Without a key that tells, the client certificate is the one that is no CA's.
#[test]
fn of_unrelated_certificates_the_one_that_is_no_ca_is_the_leaf() {
    let (ca, leaf) = (self_signed("Example Root CA", true, &pki::key(0)), self_signed("client.example.com", false, &pki::key(0)));
    let report = check(&[Source::new(Role::Cert, "cert", format!("{ca}{leaf}").as_bytes())], gate());
    assert_eq!(report.leaf().unwrap().subject, "CN=client.example.com");
}

/// One key is taken even where it is an issuer's, so that the mismatch is named; of two such keys neither is.
#[test]
fn keys_of_issuers_alone() {
    let made = pki::bundle(&[0, 0, 0]);
    let (ca_key, other_key, root_key) = (pki::key(0), pki::key(0), pki::key(0));
    let text = pki::pem(made.sent.iter().take(1));
    let root = self_signed("Example Root CA", true, &root_key);
    let ca = self_signed("Example CA 0", true, &ca_key);
    let (ca_key, root_key) = (ca_key.serialize_pem(), root_key.serialize_pem());
    let one = check_files(&[&text, &ca, &root, &ca_key]);
    assert!(codes(&one).contains(&Code::KeyMismatch), "{one:?}");
    let two = check_files(&[&text, &ca, &root, &ca_key, &root_key]);
    assert!(codes(&two).contains(&Code::KeyMultiple), "{two:?}");
    // A key that fits nothing is more likely the leaf's than one that is an issuer's.
    let free = check_files(&[&text, &ca, &root, &ca_key, &other_key.serialize_pem()]);
    let mismatch = free.errors().find(|finding| finding.code == Code::KeyMismatch).unwrap();
    assert!(matches!(&mismatch.at, Location::Object { source, .. } if source.position == 4), "{mismatch:?}");
}

#[test]
fn a_key_that_is_left_out_is_said_to_be_whose_it_is() {
    let (own, other) = (pki::key(0), pki::key(0));
    let named = self_signed("client.example.com", false, &own);
    for (ca, expected) in
        [(true, "the key of a CA, which belongs into no upload; keep it away from here"), (false, "the key of another certificate")]
    {
        let files = [own.serialize_pem(), self_signed("Another", ca, &other), other.serialize_pem()].concat();
        let report =
            check(&[Source::new(Role::Cert, "cert", named.as_bytes()), Source::new(Role::Auto, "file", files.as_bytes())], gate());
        let left = report
            .placements()
            .iter()
            .filter(|placement| placement.what.contains("key"))
            .filter_map(|placement| placement.left_out);
        assert_eq!(left.collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn client_certificates_are_listed_up_to_ten() {
    let leaves: Vec<String> = (0..12).map(|at| self_signed(&format!("client{at}.example.com"), false, &pki::key(0))).collect();
    for (count, more) in [(10, None), (12, Some("and 2 more"))] {
        let report = check_files(&[&leaves[..count].concat()]);
        let finding = report.findings().iter().find(|finding| finding.code == Code::LeafAmbiguous).unwrap();
        let expected =
            format!("the files hold {count} client certificates and no key that fits one; which one is meant would be a guess");
        assert_eq!(finding.message, expected);
        assert_eq!(finding.notes.iter().filter(|note| note.at.is_some()).count(), 10);
        assert_eq!(finding.notes.iter().find(|note| note.at.is_none()).map(|note| note.text.as_str()), more);
    }
}

/// There are only CAs, and a key that fits two of them.
#[test]
fn of_issuers_those_that_the_key_fits_could_be_meant() {
    let key = pki::key(0);
    let both = [self_signed("Example CA", true, &key), self_signed("Another CA", true, &key)].concat();
    let report = check_files(&[&both, &key.serialize_pem()]);
    let finding = report.findings().iter().find(|finding| finding.code == Code::LeafAmbiguous).unwrap();
    assert!(finding.message.starts_with("the files hold 2 client certificates, each with its key"), "{}", finding.message);
}
