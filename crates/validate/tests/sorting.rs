//! Where each object of files without a flag goes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{CaRole, GatePolicy, Location, Policy, Report, Request, Role, Source, Timestamp};

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
