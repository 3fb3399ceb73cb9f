//! The search against a model that tries every path: random PKIs whose CAs share names and keys, sign each other, limit path lengths and constrain names.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{Code, Request, Role, Source, Verdict};
use pki::{check, key, params, pem};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rcgen::{BasicConstraints, GeneralSubtree, IsCa, Issuer, KeyPair, NameConstraints, SanType};
use std::cell::Cell;

const NAMES: usize = 4;
const KEYS: usize = 2;
const CASES: u32 = 1500;

/// A certificate; names, keys and hosts by number.
#[derive(Clone, Debug)]
struct Plan {
    subject: usize,
    key: usize,
    issuer: usize,
    issuer_key: usize,
    path_len: Option<u8>,
    excludes: Option<usize>,
    host: Option<usize>,
    is_anchor: bool,
}

impl Plan {
    fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    fn issued(&self, below: &Plan) -> bool {
        self.subject == below.issuer && self.key == below.issuer_key
    }
}

fn authority() -> impl Strategy<Value = Plan> {
    let path_len = proptest::option::weighted(0.4, 0..3_u8);
    let host = |weight| proptest::option::weighted(weight, 0..2_usize);
    (0..NAMES, 0..KEYS, 0..NAMES, 0..KEYS, path_len, host(0.3), host(0.5), proptest::bool::weighted(0.15)).prop_map(
        |(subject, key, issuer, issuer_key, path_len, excludes, host, is_anchor)| Plan {
            subject,
            key,
            issuer,
            issuer_key,
            path_len,
            excludes,
            host,
            is_anchor,
        },
    )
}

/// The leaf has a name and a key of its own.
fn leaf() -> impl Strategy<Value = Plan> {
    // Mostly no host of its own: what is to be found out is which intermediates may follow which.
    (authority(), proptest::option::weighted(0.2, 0..2_usize)).prop_map(|(plan, host)| Plan {
        subject: NAMES,
        key: KEYS,
        path_len: None,
        excludes: None,
        host,
        is_anchor: false,
        ..plan
    })
}

/// Whether a path holds, leaf first: RFC 5280 section 6.1, of what the plans can vary.
fn holds(path: &[&Plan]) -> bool {
    let lengths = path.iter().enumerate().skip(1).all(|(at, plan)| {
        let below = path[1..at].iter().filter(|plan| !plan.is_self_issued()).count();
        plan.path_len.is_none_or(|allowed| below <= usize::from(allowed))
    });
    let names = path.iter().enumerate().all(|(at, above)| {
        path[..at].iter().enumerate().all(|(depth, below)| {
            let exempt = depth > 0 && below.is_self_issued();
            exempt || above.excludes.is_none() || above.excludes != below.host
        })
    });
    lengths && names
}

fn some_path_holds<'a>(path: &mut Vec<&'a Plan>, all: &'a [Plan]) -> bool {
    let top = path[path.len() - 1];
    if top.is_anchor && holds(path) {
        return true;
    }
    all.iter().any(|plan| {
        if !plan.issued(top) || path.iter().any(|on| std::ptr::eq(*on, plan)) {
            return false;
        }
        path.push(plan);
        let found = some_path_holds(path, all);
        path.pop();
        found
    })
}

fn issue(plan: &Plan, keys: &[KeyPair]) -> Vec<u8> {
    let name = |name: usize| format!("Example CA {name}");
    let is_leaf = plan.subject == NAMES;
    let mut params = params(&if is_leaf { "client".to_owned() } else { name(plan.subject) }, !is_leaf);
    let host = |host: usize| format!("host{host}.example.com");
    if let Some(length) = plan.path_len {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(length));
    }
    params.name_constraints = plan.excludes.map(|excluded| NameConstraints {
        permitted_subtrees: Vec::new(),
        excluded_subtrees: vec![GeneralSubtree::DnsName(host(excluded))],
    });
    params.subject_alt_names = plan.host.iter().map(|&at| SanType::DnsName(host(at).try_into().unwrap())).collect();
    let issuer = pki::params(&name(plan.issuer), true);
    params.signed_by(&keys[plan.key], &Issuer::from_params(&issuer, &keys[plan.issuer_key])).unwrap().der().to_vec()
}

#[test]
fn the_search_finds_a_path_exactly_where_there_is_one() {
    let keys: Vec<KeyPair> = (0..=KEYS).map(|_| key(0)).collect();
    let leaf_key = keys[KEYS].serialize_pem();
    let (passed, failed) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let strategy = (leaf(), proptest::collection::vec(authority(), 4..16));
    let run = TestRunner::new(config).run(&strategy, |(leaf, authorities)| {
        let expected = some_path_holds(&mut vec![&leaf], &authorities);
        let ders: Vec<Vec<u8>> = authorities.iter().map(|plan| issue(plan, &keys)).collect();
        let of =
            |anchors: bool| ders.iter().zip(&authorities).filter(move |(_, plan)| plan.is_anchor == anchors).map(|(der, _)| der);
        let sent = pem([&issue(&leaf, &keys)]) + &pem(of(false));
        let report = check(sent.as_bytes(), leaf_key.as_bytes(), pem(of(true)).as_bytes());
        prop_assert_eq!(report.verdict() == Verdict::Pass, expected, "{:#?}", report);
        prop_assert!(expected || report.errors().all(|finding| finding.code != Code::ChainTooComplex), "{:#?}", report);
        prop_assert!(expected || report.errors().next().is_some(), "rejected without a word: {:#?}", report);
        let count = if expected { &passed } else { &failed };
        count.set(count.get() + 1);
        Ok(())
    });
    run.unwrap();
    assert!(passed.get() > CASES / 10 && failed.get() > CASES / 10, "{} pass, {} do not", passed.get(), failed.get());
}

/// Two roots of one name and key, the first of which forbids what an intermediate further down is called: the way through the other one holds.
#[test]
fn a_certificate_is_looked_at_again_where_more_is_allowed_below_it() {
    let keys: Vec<KeyPair> = (0..5).map(|_| key(0)).collect();
    let ca = |subject, issuer| Plan {
        subject,
        key: subject,
        issuer,
        issuer_key: issuer,
        path_len: None,
        excludes: None,
        host: None,
        is_anchor: false,
    };
    let upper = ca(1, 0);
    let lower = Plan { host: Some(0), ..ca(2, 1) };
    let leaf = ca(NAMES, 2);
    let sent = pem([leaf, lower, upper].iter().map(|plan| issue(plan, &keys)).collect::<Vec<_>>().iter());
    for refused in [Plan { excludes: Some(0), ..ca(0, 0) }, Plan { path_len: Some(1), ..ca(0, 0) }] {
        let roots = [refused, ca(0, 0)].map(|plan| issue(&plan, &keys));
        let alone = check(sent.as_bytes(), keys[NAMES].serialize_pem().as_bytes(), pem([&roots[0]]).as_bytes());
        assert_eq!(alone.verdict(), Verdict::Fail);
        let both = check(sent.as_bytes(), keys[NAMES].serialize_pem().as_bytes(), pem(&roots).as_bytes());
        assert_eq!(both.verdict(), Verdict::Pass, "{both:#?}");
    }
}

/// The names are equal by RFC 5280 section 7.1, and OpenSSL, which folds ASCII letters only, finds no issuer.
#[test]
fn letters_beyond_ascii_have_to_be_written_alike() {
    let verdicts = ["Müller CA", "MÜLLER ca", "Mu\u{308}ller CA", "mÜLLER  ca"].map(|issuer_name| {
        let (root_key, leaf_key) = (key(0), key(0));
        let root = params("müller CA", true).self_signed(&root_key).unwrap().der().to_vec();
        let issuer = params(issuer_name, true);
        let leaf = params("client", false).signed_by(&leaf_key, &Issuer::from_params(&issuer, &root_key)).unwrap().der().to_vec();
        let report = check(pem([&leaf]).as_bytes(), leaf_key.serialize_pem().as_bytes(), pem([&root]).as_bytes());
        let errors: Vec<Code> = report.errors().map(|finding| finding.code).collect();
        (report.verdict(), errors)
    });
    let refused = (Verdict::Fail, vec![Code::ProfileNameEncoding]);
    assert_eq!(verdicts, [(Verdict::Pass, vec![]), refused.clone(), refused.clone(), refused]);
}

/// What the policy denies keeps an issuer off the path where there is another one, for what is between two certificates as well.
#[test]
fn a_denied_spelling_gives_way_to_another_issuer() {
    let (root_key, ca_key, leaf_key) = (key(0), key(0), key(0));
    let root = params("Example Root CA", true);
    let issue = |name: &str| {
        let ca = params(name, true).signed_by(&ca_key, &Issuer::from_params(&root, &root_key)).unwrap().der().to_vec();
        let leaf_issuer = params("Example CA", true);
        let leaf = params("client", false).signed_by(&leaf_key, &Issuer::from_params(&leaf_issuer, &ca_key)).unwrap();
        (ca, leaf.der().to_vec())
    };
    let ((capitals, _), (same, leaf)) = (issue("EXAMPLE CA"), issue("Example CA"));
    let (key, ca) = (leaf_key.serialize_pem(), pem([&root.self_signed(&root_key).unwrap().der().to_vec()]));
    let passes = |sent: &[&Vec<u8>]| {
        let cert = pem(sent.iter().copied());
        let sources = [(Role::Cert, cert.as_str()), (Role::Key, key.as_str()), (Role::Ca, ca.as_str())]
            .map(|(role, text)| Source::new(role, "given", text.as_bytes()));
        let policy = pki::policy().deny(Code::ProfileNameEncoding);
        certflight_validate::validate(&Request { sources: &sources, origin: None }, &policy).is_ok()
    };
    assert!(!passes(&[&leaf, &capitals]));
    assert!(passes(&[&leaf, &capitals, &same]));
}
