//! Every committed bundle, against what its `expect.toml` says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_fixtures::{Expect, ExpectedFinding, Fixture};
use certflight_validate::{
    CaRole, Code, Finding, GatePolicy, Location, Policy, Purpose, Report, Request, Role, Source, Timestamp, Verdict,
};
use std::collections::BTreeSet;
use std::time::Duration;

fn sources(fixture: &Fixture) -> Vec<Source<'_>> {
    let named = [
        (Role::Cert, "cert.pem", &fixture.cert),
        (Role::Key, "key.pem", &fixture.key),
        (Role::Ca, "ca.pem", &fixture.ca),
        (Role::Replaces, "replaces.pem", &fixture.replaces),
    ];
    named
        .into_iter()
        .filter_map(|(role, name, bytes)| Some(Source::new(role, name, bytes.as_deref()?)))
        .chain(fixture.given.iter().map(|(name, bytes)| Source::new(Role::Auto, name, bytes)))
        .collect()
}

/// The policies of the flags in `expect.toml`; `None` for the gate where it cannot express them.
fn policies(expect: &Expect) -> (Policy, Option<GatePolicy>) {
    let at = Timestamp::parse_rfc3339(expect.at()).unwrap();
    let mut gate = GatePolicy::new(at);
    let mut purpose = None;
    let mut args = expect.args.iter().map(String::as_str);
    while let Some(flag) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{flag} has no value"));
        gate = match flag {
            "--min-validity" => {
                gate.min_validity(Duration::from_secs(value().strip_suffix('d').unwrap().parse::<u64>().unwrap() * 86_400))
            }
            "--max-depth" => gate.max_depth(value().parse().unwrap()),
            "--ca-role" => match value() {
                "origin-server" => gate.ca_role(CaRole::OriginServer),
                other => panic!("the test does not know the role {other:?}"),
            },
            "--purpose" => {
                purpose = Some(match value() {
                    "server" => Purpose::Server,
                    "any" => Purpose::Any,
                    other => panic!("the test does not know the purpose {other:?}"),
                });
                gate
            }
            "--policy" => gate.accept_policy(value().parse().unwrap()),
            "--require-policy" => gate.require_policy(),
            "--inhibit-any-policy" => gate.inhibit_any_policy(),
            "--inhibit-policy-mapping" => gate.inhibit_policy_mapping(),
            "--strict" => gate.strict(),
            other => panic!("the test does not know {other:?}"),
        };
    }
    match purpose {
        Some(purpose) => (Policy::from(gate).purpose(purpose), None),
        None => (gate.clone().into(), Some(gate)),
    }
}

fn report(fixture: &Fixture) -> Report {
    let sources = sources(fixture);
    certflight_validate::check(
        &Request { sources: &sources, origin: fixture.expect.origin.as_deref() },
        &policies(&fixture.expect).0,
    )
}

/// What was given without a role and has found none belongs to the whole.
fn input(role: Role) -> &'static str {
    if role == Role::Auto { "bundle" } else { role.name() }
}

/// The place of a finding as `expect.toml` writes it: input, object, first and last line.
fn place(at: &Location) -> (&'static str, Option<usize>, Option<u32>, Option<u32>) {
    match at {
        Location::Source(source) => (input(source.role), None, None, None),
        Location::Lines { source, lines } => (input(source.role), None, Some(lines.first), Some(lines.last)),
        Location::Object { source, index, lines, .. } => {
            (input(source.role), Some(*index), lines.map(|lines| lines.first), lines.map(|lines| lines.last))
        }
        Location::Missing(role) => (role.name(), None, None, None),
        Location::Origin => ("origin", None, None, None),
        _ => ("bundle", None, None, None),
    }
}

fn fits(expected: &ExpectedFinding, found: &Finding) -> bool {
    let (input, certificate, line, last_line) = place(&found.at);
    let agrees = |expected: Option<u64>, found: Option<u64>| expected.is_none() || expected == found;
    expected.code == found.code.name()
        && expected.severity.name() == found.severity.name()
        && expected.input.name() == input
        && agrees(expected.certificate.map(|n| n as u64), certificate.map(|n| n as u64))
        && agrees(expected.line.map(u64::from), line.map(u64::from))
        && agrees(expected.last_line.map(u64::from), last_line.map(u64::from))
}

#[test]
fn every_bundle_is_reported_as_expected() {
    let mut wrong = Vec::new();
    for fixture in certflight_fixtures::all() {
        let report = report(&fixture);
        let mut found: Vec<&Finding> = report.findings().iter().collect();
        for expected in &fixture.expect.finding {
            match found.iter().position(|finding| fits(expected, finding)) {
                Some(at) => drop(found.remove(at)),
                None => wrong.push(format!("{}: not found: {expected:?}", fixture.name)),
            }
        }
        wrong.extend(found.iter().map(|finding| {
            format!(
                "{}: unexpected: {} {} {:?}: {}",
                fixture.name,
                finding.severity,
                finding.code,
                place(&finding.at),
                finding.message
            )
        }));
        let verdict = if report.verdict() == Verdict::Pass { "pass" } else { "fail" };
        if fixture.expect.verdict.name() != verdict {
            wrong.push(format!("{}: verdict {verdict}", fixture.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_gate_decides_as_the_check_does() {
    for fixture in certflight_fixtures::all() {
        let sources = sources(&fixture);
        let request = Request { sources: &sources, origin: fixture.expect.origin.as_deref() };
        let (policy, Some(gate)) = policies(&fixture.expect) else { continue };
        let checked = certflight_validate::check(&request, &policy);
        match certflight_validate::validate(&request, &gate) {
            Ok(bundle) => {
                assert_eq!((checked.verdict(), checked.findings()), (Verdict::Pass, bundle.report().findings()), "{}", fixture.name)
            }
            Err(rejected) => {
                assert_eq!(
                    (checked.verdict(), checked.findings()),
                    (Verdict::Fail, rejected.report().findings()),
                    "{}",
                    fixture.name
                );
            }
        }
    }
}

/// What goes out is clean: given back, it passes with nothing left to mend, and comes out the same.
#[test]
fn mending_is_complete_and_idempotent() {
    let mut passed = 0;
    for fixture in certflight_fixtures::all() {
        let (_, Some(gate)) = policies(&fixture.expect) else { continue };
        let sources = sources(&fixture);
        let request = Request { sources: &sources, origin: fixture.expect.origin.as_deref() };
        let Ok(first) = certflight_validate::validate(&request, &gate) else { continue };
        passed += 1;
        let (cert, key, ca) = (first.certificate_pem(), first.key_pem(), first.ca_pem());
        let again = [(Role::Cert, cert.as_str()), (Role::Key, key.expose()), (Role::Ca, ca.as_str())]
            .map(|(role, text)| Source::new(role, "again", text.as_bytes()));
        let second = certflight_validate::validate(&Request { sources: &again, origin: first.origin() }, &gate)
            .unwrap_or_else(|rejected| panic!("{}: {rejected}", fixture.name));
        assert_eq!(
            (second.certificate_pem(), second.key_pem().expose(), second.ca_pem()),
            (cert, key.expose(), ca),
            "{}",
            fixture.name
        );
        assert_eq!(second.origin(), first.origin());
        let left: Vec<_> = second.report().findings().iter().filter(|finding| finding.code.is_change()).collect();
        assert!(left.is_empty(), "{}: {left:?}", fixture.name);
    }
    assert!(passed > 20, "only {passed} bundles passed");
}

#[test]
fn every_code_has_a_bundle() {
    // The first needs an input of a megabyte, which tests/bounds.rs builds; the others come from opening, which certflight-import does on
    // fixtures/containers.
    let built = [
        Code::InputTooLarge,
        Code::PassphraseWrong,
        Code::ContainerDamaged,
        Code::ContainerUnsupported,
        Code::ContainerOpened,
        Code::DerivationTooCostly,
    ]
    .map(Code::name);
    let all = certflight_fixtures::all();
    let about: BTreeSet<&str> = all.iter().map(|fixture| fixture.code.as_str()).collect();
    // A probe's findings are of no bundle: crates/cli/tests/probe.rs has a server for each.
    for code in Code::ALL.iter().filter(|code| !code.is_probe()) {
        assert!(about.contains(code.name()) != built.contains(&code.name()), "{code}");
    }
    for fixture in &all {
        let shown = fixture.expect.finding.iter().any(|finding| finding.code == fixture.code);
        assert!(shown || fixture.code == "ok", "{} does not expect its own code", fixture.name);
    }
}

/// No part of a private key is in anything that a report holds or shows.
#[test]
fn no_report_holds_key_material() {
    let mut looked_for = 0;
    for fixture in certflight_fixtures::all() {
        let Some(key) = fixture.key.as_deref().and_then(|key| str::from_utf8(key).ok()) else { continue };
        let report = format!("{:?}", report(&fixture));
        for line in key.split(['\n', '\r', ' ']).filter(|line| line.len() >= 40 && !line.contains('/')) {
            looked_for += 1;
            assert!(!report.contains(line), "{}", fixture.name);
        }
        let sources = sources(&fixture);
        assert!(!format!("{sources:?}").contains(key.trim()) || key.trim().is_empty());
    }
    assert!(looked_for > 100);
}
