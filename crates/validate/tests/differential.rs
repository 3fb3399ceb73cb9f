//! The verdict beside that of rustls-webpki and of the openssl command, over generated PKIs: every difference has a reason in the table of
//! differential/reasons.rs and docs/differences.md.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]
#![allow(clippy::disallowed_methods, reason = "what is not to be done in the library; openssl reads files")]

#[path = "differential/generate.rs"]
mod generate;
#[path = "differential/peers.rs"]
mod peers;
mod pki;
#[path = "differential/plan.rs"]
mod plan;
#[path = "differential/reasons.rs"]
mod reasons;

use certflight_validate::{Report, Severity, Verdict};
use generate::Pki;
use plan::Plan;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use reasons::{Peer, REASONS, Reason};
use std::collections::BTreeSet;
use std::io::Write as _;

/// Every change alone, every name under every constraint, and this many PKIs with two changes; always the same ones.
fn plans(random: usize) -> impl Iterator<Item = Plan> {
    let mut runner = TestRunner::deterministic();
    let strategy = plan::double();
    let random = (0..random).map(move |_| strategy.new_tree(&mut runner).unwrap().current());
    plan::single().into_iter().chain(plan::names_and_constraints()).chain(random)
}

fn report(pki: &Pki) -> Report {
    let sent = pki::pem([&pki.leaf].into_iter().chain(&pki.intermediates));
    pki::check(sent.as_bytes(), pki.key.as_bytes(), pki::pem(&pki.anchors).as_bytes())
}

/// Compares all verdicts, and gives the names of the reasons that were needed.
fn compare(peer: Peer, random: usize, ask: impl Fn(&Pki) -> Result<(), String>) -> BTreeSet<&'static str> {
    let mut needed = BTreeSet::new();
    let (mut accepted, mut refused) = (0, 0);
    for plan in plans(random) {
        let pki = generate::pki(&plan);
        let (ours, theirs) = (report(&pki), ask(&pki));
        let we_accept = ours.verdict() == Verdict::Pass;
        *if we_accept { &mut accepted } else { &mut refused } += 1;
        if we_accept == theirs.is_ok() {
            continue;
        }
        let explains = |reason: &&Reason| reason.peer == peer && reason.we_accept == we_accept && (reason.holds)(&plan);
        let reasons: Vec<&Reason> = REASONS.iter().filter(explains).collect();
        assert!(
            !reasons.is_empty(),
            "{} says {theirs:?}, and there is no reason to differ\n{plan:?}\n{ours:#?}\n{}\n{}",
            peer.name(),
            pki::pem([&pki.leaf].into_iter().chain(&pki.intermediates)),
            pki::pem(&pki.anchors),
        );
        // What another refuses does not pass without a word, where the other is not simply incomplete.
        let warned = ours.findings().iter().any(|finding| finding.severity == Severity::Warning);
        let silent = ["backtracking", "critical-policies", "constraint-forms"];
        assert!(!we_accept || warned || reasons.iter().any(|reason| silent.contains(&reason.name)), "no warning: {plan:?}");
        needed.extend(reasons.iter().map(|reason| reason.name));
    }
    assert!(accepted > 200 && refused > 200, "{accepted} accepted, {refused} refused: too few to say anything");
    needed
}

/// A reason that explains nothing any more has to go.
fn assert_all_needed(peer: Peer, needed: &BTreeSet<&str>) {
    let idle: Vec<&str> =
        REASONS.iter().filter(|reason| reason.peer == peer && !needed.contains(reason.name)).map(|reason| reason.name).collect();
    assert!(idle.is_empty(), "{} no longer differs for: {idle:?}", peer.name());
}

#[test]
fn every_difference_to_rustls_webpki_has_a_reason() {
    let needed = compare(Peer::Webpki, 2500, peers::webpki);
    assert_all_needed(Peer::Webpki, &needed);
}

/// With the 3.0 series, which the reasons were found with; `.ci/run` says where another one, or none, is installed.
#[test]
fn every_difference_to_openssl_has_a_reason() {
    if !peers::openssl_version().is_some_and(|version| version.starts_with("OpenSSL 3.0.")) {
        let _ = writeln!(std::io::stderr(), "NOT RUN: there is no openssl command of the 3.0 series");
        return;
    }
    let folder = std::env::temp_dir().join(format!("certflight-differential-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let needed = compare(Peer::OpenSsl, 250, |pki| peers::openssl(pki, &folder));
    std::fs::remove_dir_all(&folder).unwrap();
    assert_all_needed(Peer::OpenSsl, &needed);
}

#[test]
fn the_page_has_the_reasons() {
    let page = include_str!("../../../docs/differences.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |reason: &Reason| {
        let (we, they) = if reason.we_accept { ("accepts", "refuses") } else { ("refuses", "accepts") };
        format!("| `{}` | {we} | {} {they} | {} |", reason.name, reason.peer.name(), reason.why)
    };
    assert_eq!(rows, REASONS.iter().map(row).collect::<Vec<_>>());
}
