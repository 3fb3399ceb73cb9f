//! Cases of x509-limbo: its file, and expectations that go with it.

use crate::case::{self, Case, Expected, Mode, Unreadable};
use certflight_validate::{GatePolicy, Purpose, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// The file, as far as it is used; fields that are not here are passed over.
#[derive(Deserialize)]
struct Limbo {
    testcases: Vec<Testcase>,
}

/// Older files have null where newer ones have an empty list.
#[derive(Deserialize)]
struct Testcase {
    id: String,
    validation_kind: Kind,
    trusted_certs: Option<Vec<String>>,
    untrusted_intermediates: Option<Vec<String>>,
    peer_certificate: String,
    peer_certificate_key: Option<String>,
    validation_time: Option<String>,
    expected_result: ExpectedResult,
    max_chain_depth: Option<usize>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Kind {
    Client,
    Server,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum ExpectedResult {
    Success,
    Failure,
}

/// What is expected of a case, in place of its `expected_result`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    class: String,
    default: Expected,
    strict: Expected,
}

impl Expectation {
    /// By the case alone: its class is the first part of its name.
    fn of(testcase: &Testcase) -> Self {
        let expected = match testcase.expected_result {
            ExpectedResult::Success => Expected::Accept,
            ExpectedResult::Failure => Expected::Reject,
        };
        let class = testcase.id.split_once("::").map_or(testcase.id.as_str(), |(first, _)| first);
        Expectation { class: class.to_owned(), default: expected, strict: expected }
    }
}

/// The class of cases that are about how long a check takes, and the longest that it may.
const TIMED: (&str, Duration) = ("dos", Duration::from_millis(100));

/// Reads the cases; `now` is the instant of those that name none.
///
/// # Errors
/// When a file cannot be read, a certificate of a leaf is no PEM, or a case is missing from the expectations.
pub(crate) fn read(file: &Path, expectations: Option<&Path>, now: Timestamp) -> Result<Vec<Case>, Unreadable> {
    let limbo: Limbo = case::read_json(file)?;
    let expectations =
        expectations.map(|path| case::read_json::<HashMap<String, Expectation>>(path).map(|all| (path, all))).transpose()?;
    let expected = |testcase: &Testcase| match &expectations {
        None => Ok(Expectation::of(testcase)),
        Some((path, all)) => {
            let found = all.get(&testcase.id).cloned();
            found.ok_or_else(|| Unreadable::case(path, &testcase.id, "nothing is expected of it; add it"))
        }
    };
    limbo.testcases.into_iter().map(|testcase| case(file, expected(&testcase)?, testcase, now)).collect()
}

fn case(file: &Path, expectation: Expectation, testcase: Testcase, now: Timestamp) -> Result<Case, Unreadable> {
    let wrong = |why: &str| Unreadable::case(file, &testcase.id, why);
    let (_, leaf) = pem_rfc7468::decode_vec(testcase.peer_certificate.as_bytes())
        .map_err(|error| wrong(&format!("peer_certificate is no PEM: {error}")))?;
    let at = match &testcase.validation_time {
        None => now,
        Some(text) => Timestamp::parse_rfc3339(text).ok_or_else(|| wrong("validation_time is not RFC 3339"))?,
    };
    let gate = GatePolicy::new(at);
    let gate = testcase.max_chain_depth.into_iter().fold(gate, GatePolicy::max_depth);
    let mut sent = vec![testcase.peer_certificate];
    sent.extend(testcase.untrusted_intermediates.unwrap_or_default());
    let trusted = testcase.trusted_certs.unwrap_or_default();
    let Expectation { class, default, strict } = expectation;
    let (timed, limit) = TIMED;
    Ok(Case {
        cert: sent.join("\n"),
        key: testcase.peer_certificate_key,
        ca: (!trusted.is_empty()).then(|| trusted.join("\n")),
        leaf: case::fingerprint(&leaf),
        purpose: match testcase.validation_kind {
            Kind::Client => Purpose::Client,
            Kind::Server => Purpose::Server,
        },
        gate,
        expected: vec![(Mode::Default, default), (Mode::Strict, strict)],
        unjudged: (class == "crl").then_some("revocation is not checked"),
        needs_algorithm: false,
        limit: (class == timed).then_some(limit),
        id: testcase.id,
        class,
    })
}
