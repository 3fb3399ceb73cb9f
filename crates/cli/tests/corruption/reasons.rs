//! Why a bundle may pass that `openssl verify -x509_strict` refuses. The table stands in docs/differences.md, too.

use serde_json::Value;

/// A reason to differ about a trust anchor. What stands below it is signed, and no difference about it is explained.
pub(crate) struct Reason {
    /// OpenSSL's number of the error.
    pub(crate) error: u32,
    /// What the report says of the same certificate.
    pub(crate) code: &'static str,
    pub(crate) why: &'static str,
}

pub(crate) const REASONS: &[Reason] = &[
    Reason {
        error: 2,
        code: "ca-not-self-signed",
        why: "A trust anchor need not be self-signed (RFC 5280 section 6.1.1 (d)); OpenSSL looks for its issuer, unless it is told -partial_chain.",
    },
    Reason {
        error: 79,
        code: "profile-basic-constraints",
        why: "Basic constraints are demanded of the certificates below the anchor (RFC 5280 section 6.1.4 (k)); of a root without them whose key usage has keyCertSign, OpenSSL asks for them only with -x509_strict.",
    },
    Reason {
        error: 82,
        code: "profile-basic-constraints",
        why: "The same root: keyCertSign goes with cA true (RFC 5280 section 4.2.1.3).",
    },
    Reason {
        error: 86,
        code: "profile-subject-key-identifier",
        why: "A CA's subject key identifier is a demand on who issues it (RFC 5280 section 4.2.1.2), and path validation does not ask for it.",
    },
    Reason {
        error: 89,
        code: "profile-basic-constraints",
        why: "That basic constraints are critical is a demand on who issues them (RFC 5280 section 4.2.1.9); they are heeded either way.",
    },
    Reason {
        error: 92,
        code: "profile-key-usage-missing",
        why: "Key usage counts where it is there (RFC 5280 section 6.1.4 (n)); that a CA has one is a demand on who issues it (section 4.2.1.3).",
    },
];

/// The codes of all that the report says.
pub(crate) fn codes(report: &Value) -> String {
    let findings = report["findings"].as_array().into_iter().flatten();
    findings.filter_map(|finding| finding["code"].as_str()).collect::<Vec<_>>().join(", ")
}

/// Why each of the errors that OpenSSL prints is none here; nothing where one of them has no reason.
pub(crate) fn reasons(report: &Value, refusal: &str) -> Option<Vec<&'static Reason>> {
    let chain = report["chain"].as_array()?;
    let anchor = &chain.last()?["location"];
    let is_at = |place: &Value| ["input", "file", "certificate"].iter().all(|field| place[field] == anchor[field]);
    let says =
        |code: &str| report["findings"].as_array()?.iter().find(|finding| finding["code"] == code && is_at(&finding["location"]));
    let errors = refusal.lines().filter_map(|line| line.strip_prefix("error ")?.split_once(" depth lookup: "));
    let mut found = Vec::new();
    for (error, _) in errors {
        let (number, depth) = error.split_once(" at ")?;
        let (number, depth): (u32, usize) = (number.parse().ok()?, depth.parse().ok()?);
        let explains = |reason: &&Reason| reason.error == number && depth + 1 == chain.len() && says(reason.code).is_some();
        found.push(REASONS.iter().find(explains)?);
    }
    (!found.is_empty()).then_some(found)
}
