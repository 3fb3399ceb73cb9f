//! Cases of NIST's Public Key Interoperability Test Suite: a folder with its certificates and a table of the cases.

use crate::case::{self, Case, Expected, Mode, Unreadable};
use certflight_validate::{GatePolicy, PolicyId, Purpose, Timestamp};
use pem_rfc7468::LineEnding;
use serde::Deserialize;
use std::path::Path;

/// An instant at which every path of the suite that is not about dates is valid.
const AT: &str = "2015-01-01T00:00:00Z";

/// `NIST-test-policy-N` is this arc, then N.
const TEST_POLICIES: &str = "2.16.840.1.101.3.2.1.48";

/// A case of the table; the suite itself has them as prose. Fields that are not here are passed over.
#[derive(Deserialize)]
struct Row {
    name: String,
    section: String,
    expected: Validity,
    needs_crl: bool,
    #[serde(default)]
    needs_dsa: bool,
    /// Files of `certs/`, from the trust anchor to the leaf.
    cert_path: Vec<String>,
    initial_policy_set: Vec<String>,
    #[serde(default)]
    initial_explicit_policy: bool,
    #[serde(default)]
    initial_policy_mapping_inhibit: bool,
    #[serde(default)]
    initial_any_policy_inhibit: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Validity {
    Valid,
    Invalid,
}

/// Reads the cases of a folder.
///
/// # Errors
/// When `cases.json` or a certificate that it names cannot be read, or a case has no path or a policy of another name.
pub(crate) fn read(folder: &Path) -> Result<Vec<Case>, Unreadable> {
    let table = folder.join("cases.json");
    let rows: Vec<Row> = case::read_json(&table)?;
    rows.into_iter().map(|row| case(&table, &folder.join("certs"), row)).collect()
}

fn case(table: &Path, certs: &Path, row: Row) -> Result<Case, Unreadable> {
    let wrong = |why: &str| Unreadable::case(table, &row.name, why);
    let [anchor, intermediates @ .., leaf] = row.cert_path.as_slice() else {
        return Err(wrong("cert_path is shorter than an anchor and a leaf"));
    };
    let leaf = case::read(&certs.join(leaf))?;
    let mut sent = pem(&leaf);
    for file in intermediates.iter().rev() {
        sent.push_str(&pem(&case::read(&certs.join(file))?));
    }
    Ok(Case {
        cert: sent,
        key: None,
        ca: Some(pem(&case::read(&certs.join(anchor))?)),
        leaf: case::fingerprint(&leaf),
        purpose: Purpose::Any,
        gate: gate(&row).ok_or_else(|| wrong("initial_policy_set is empty or names neither anyPolicy nor NIST-test-policy-N"))?,
        expected: match row.expected {
            Validity::Valid => vec![(Mode::Default, Expected::Accept)],
            Validity::Invalid => vec![(Mode::Default, Expected::Reject)],
        },
        unjudged: row.needs_crl.then_some("revocation is not checked"),
        needs_algorithm: row.needs_dsa,
        limit: None,
        id: row.name,
        class: row.section,
    })
}

/// The inputs of RFC 5280 section 6.1.1 (a), (c), (e), (f) and (g).
fn gate(row: &Row) -> Option<GatePolicy> {
    let mut gate = GatePolicy::new(Timestamp::parse_rfc3339(AT)?);
    if row.initial_policy_set.is_empty() {
        return None;
    }
    if !row.initial_policy_set.iter().any(|name| name == "anyPolicy") {
        for name in &row.initial_policy_set {
            let policy: PolicyId = format!("{TEST_POLICIES}.{}", name.strip_prefix("NIST-test-policy-")?).parse().ok()?;
            gate = gate.accept_policy(policy);
        }
    }
    if row.initial_explicit_policy {
        gate = gate.require_policy();
    }
    if row.initial_policy_mapping_inhibit {
        gate = gate.inhibit_policy_mapping();
    }
    if row.initial_any_policy_inhibit {
        gate = gate.inhibit_any_policy();
    }
    Some(gate)
}

fn pem(der: &[u8]) -> String {
    pem_rfc7468::encode_string("CERTIFICATE", LineEnding::LF, der)
        .expect("the label is sound, and base64 of what fits memory has a length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demands(set: &[&str], inputs: [bool; 3]) -> Option<String> {
        let [initial_explicit_policy, initial_policy_mapping_inhibit, initial_any_policy_inhibit] = inputs;
        let row = Row {
            name: String::new(),
            section: String::new(),
            expected: Validity::Valid,
            needs_crl: false,
            needs_dsa: false,
            cert_path: Vec::new(),
            initial_policy_set: set.iter().map(|&name| name.to_owned()).collect(),
            initial_explicit_policy,
            initial_policy_mapping_inhibit,
            initial_any_policy_inhibit,
        };
        gate(&row).map(|gate| format!("{gate:?}"))
    }

    #[test]
    fn the_inputs_of_a_case_become_demands() {
        let shown = |gate: GatePolicy| Some(format!("{gate:?}"));
        let base = || GatePolicy::new(Timestamp::parse_rfc3339(AT).unwrap());
        let policy = |n: u32| format!("2.16.840.1.101.3.2.1.48.{n}").parse::<PolicyId>().unwrap();
        assert_eq!(demands(&["anyPolicy"], [false; 3]), shown(base()));
        assert_eq!(demands(&["anyPolicy", "NIST-test-policy-1"], [false; 3]), shown(base()));
        let two = base().accept_policy(policy(1)).accept_policy(policy(2));
        assert_eq!(demands(&["NIST-test-policy-1", "NIST-test-policy-2"], [false; 3]), shown(two));
        assert_eq!(demands(&["anyPolicy"], [true, false, false]), shown(base().require_policy()));
        assert_eq!(demands(&["anyPolicy"], [false, true, false]), shown(base().inhibit_policy_mapping()));
        assert_eq!(demands(&["anyPolicy"], [false, false, true]), shown(base().inhibit_any_policy()));
        assert_eq!(demands(&[], [false; 3]), None);
        assert_eq!(demands(&["NIST-test-policy-"], [false; 3]), None);
        assert_eq!(demands(&["1.2.3"], [false; 3]), None);
    }
}
