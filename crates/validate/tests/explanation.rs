//! When no path verifies: every candidate issuer is named, by file and place, with what speaks against it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{Code, Finding, GatePolicy, Location, Policy, Report, Request, Role, Source};
use pki::{check, key, params, pem};
use rcgen::{CertificateParams, CustomExtension, GeneralSubtree, Issuer, KeyPair, NameConstraints, date_time_ymd};

/// A root, an issuing CA under it, and the leaf that the CA's key signed.
struct Pki {
    root: (CertificateParams, KeyPair),
    ca: (CertificateParams, KeyPair),
    leaf: Vec<u8>,
    leaf_key: String,
}

fn pki(change_leaf: impl FnOnce(&mut CertificateParams)) -> Pki {
    let root = (params("Example Root CA", true), key(0));
    let ca = (params("Example CA", true), key(0));
    let leaf_key = key(0);
    let mut leaf = params("client.example.com", false);
    leaf.use_authority_key_identifier_extension = true;
    change_leaf(&mut leaf);
    let leaf = leaf.signed_by(&leaf_key, &Issuer::from_params(&ca.0, &ca.1)).unwrap().der().to_vec();
    Pki { root, ca, leaf, leaf_key: leaf_key.serialize_pem() }
}

impl Pki {
    fn root_pem(&self) -> String {
        pem([&self.root.0.self_signed(&self.root.1).unwrap().der().to_vec()])
    }

    /// A certificate of the CA's name by the root, for this key.
    fn ca_for(&self, key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut ca = self.ca.0.clone();
        change(&mut ca);
        ca.signed_by(key, &Issuer::from_params(&self.root.0, &self.root.1)).unwrap().der().to_vec()
    }

    fn check(&self, above: &[Vec<u8>]) -> Report {
        let sent = pem([&self.leaf].into_iter().chain(above));
        check(sent.as_bytes(), self.leaf_key.as_bytes(), self.root_pem().as_bytes())
    }
}

/// The errors, of which there is one.
fn only(report: &Report) -> &Finding {
    let errors: Vec<&Finding> = report.errors().collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0]
}

/// What is said of each certificate of the certificate input, by its number there.
fn notes(finding: &Finding) -> Vec<(usize, String)> {
    let place = |at: &Location| match at {
        Location::Object { source, index, .. } if source.role == Role::Cert => *index,
        other => panic!("{other:?}"),
    };
    finding.notes.iter().filter_map(|note| Some((place(note.at.as_ref()?), note.text.clone()))).collect()
}

#[test]
fn another_key_of_the_same_name() {
    let pki = pki(|_| {});
    let reissued = pki.ca_for(&key(0), |_| {});
    let report = pki.check(&[reissued]);
    let finding = only(&report);
    assert_eq!(finding.code, Code::ChainSignatureInvalid);
    let expected = "“CN=Example CA”: same name, but the signature does not verify with its key: reissued CA?";
    assert_eq!(notes(finding), [(2, expected.to_owned())]);
}

#[test]
fn each_of_several_has_its_own_reason() {
    let pki = pki(|_| {});
    let expired = pki.ca_for(&pki.ca.1, |ca| ca.not_after = date_time_ymd(2025, 1, 1));
    let other_key = pki.ca_for(&key(0), |_| {});
    let constrained = pki.ca_for(&pki.ca.1, |ca| {
        ca.not_after = date_time_ymd(2025, 1, 1);
        ca.name_constraints = Some(NameConstraints {
            permitted_subtrees: Vec::new(),
            excluded_subtrees: vec![GeneralSubtree::DirectoryName(params("client.example.com", false).distinguished_name)],
        });
    });
    let report = pki.check(&[other_key, expired, constrained]);
    let finding = only(&report);
    assert_eq!(finding.code, Code::CertificateExpired);
    let notes = notes(finding);
    assert_eq!(notes.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [2, 4]);
    assert!(notes[0].1.contains("does not verify with its key"), "{notes:?}");
    assert!(notes[1].1.contains("its key signed, but the certificate “CN=Example CA” expired on 2025-01-01"), "{notes:?}");
}

#[test]
fn a_candidate_that_leads_nowhere() {
    let pki = pki(|_| {});
    // Two certificates of the CA: one has expired, the other is by a root that is not there.
    let expired = pki.ca_for(&pki.ca.1, |ca| ca.not_after = date_time_ymd(2025, 1, 1));
    let elsewhere = (params("Other Root CA", true), key(0));
    let dangling = pki.ca.0.signed_by(&pki.ca.1, &Issuer::from_params(&elsewhere.0, &elsewhere.1)).unwrap().der().to_vec();
    let report = pki.check(&[dangling, expired]);
    let finding = only(&report);
    assert_eq!(finding.code, Code::CertificateExpired);
    assert_eq!(notes(finding), [(2, "“CN=Example CA”: its key signed, but no path leads on from it".to_owned())]);
}

#[test]
fn a_renamed_ca_is_known_by_its_key_identifier() {
    let pki = pki(|_| {});
    let mut renamed = params("Example Issuing CA", true);
    renamed.key_identifier_method = pki.ca.0.key_identifier_method.clone();
    let renamed = renamed.signed_by(&pki.ca.1, &Issuer::from_params(&pki.root.0, &pki.root.1)).unwrap().der().to_vec();
    let report = pki.check(&[renamed]);
    let finding = only(&report);
    assert_eq!(finding.code, Code::ChainMissingIssuer);
    let found = finding.notes.iter().any(|note| note.text.contains("has the key identifier that is looked for, but another name"));
    assert!(found, "{:?}", finding.notes);
}

#[test]
fn a_missing_issuer_is_named_with_its_address() {
    // AuthorityInfoAccess: one description, caIssuers, a URI.
    let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()][..], content].concat();
    let method = tlv(0x06, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    let description = tlv(0x30, &[method, tlv(0x86, b"http://ca.example.com/ca.crt")].concat());
    let access = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tlv(0x30, &description));
    let pki = pki(|leaf| leaf.custom_extensions.push(access));
    let report = pki.check(&[]);
    let finding = only(&report);
    assert_eq!(finding.code, Code::ChainMissingIssuer);
    assert!(finding.message.contains("“CN=Example CA”"), "{}", finding.message);
    assert!(finding.commands.iter().any(|line| line.contains("http://ca.example.com/ca.crt")), "{:?}", finding.commands);
}

/// As [`check`], with what the gate demands.
fn check_with(gate: GatePolicy, sent: &[Vec<u8>], leaf_key: &str, cas: &[Vec<u8>]) -> Report {
    let (cert, ca) = (pem(sent), pem(cas));
    let sources = [(Role::Cert, "cert.pem", cert.as_str()), (Role::Key, "key.pem", leaf_key), (Role::Ca, "ca.pem", ca.as_str())]
        .map(|(role, name, text)| Source::new(role, name, text.as_bytes()));
    certflight_validate::check(&Request { sources: &sources, origin: None }, &Policy::from(gate))
}

/// Where the certificates of the path stand: the input, and the number there.
fn places(report: &Report) -> Vec<(Role, usize)> {
    let place = |at: &Location| match at {
        Location::Object { source, index, .. } => (source.role, *index),
        other => panic!("{other:?}"),
    };
    report.chain().iter().map(|facts| place(&facts.at)).collect()
}

/// No path verifies, since the root has expired. Each kind of fault counts against the issuer that has it, wherever it stands.
#[test]
fn the_path_shown_is_the_one_with_the_fewest_faults() {
    let pki = pki(|_| {});
    let mut root = pki.root.0.clone();
    root.not_after = date_time_ymd(2025, 1, 1);
    let root = root.self_signed(&pki.root.1).unwrap().der().to_vec();
    let sound = pki.ca_for(&pki.ca.1, |_| {});
    let expired = pki.ca_for(&pki.ca.1, |ca| ca.not_after = date_time_ymd(2025, 1, 1));
    let constrained = pki.ca_for(&pki.ca.1, |ca| {
        let excluded = GeneralSubtree::DirectoryName(params("client.example.com", false).distinguished_name);
        ca.name_constraints = Some(NameConstraints { permitted_subtrees: Vec::new(), excluded_subtrees: vec![excluded] });
    });
    // It writes the name of the root otherwise, which is denied.
    let shouting = params("EXAMPLE ROOT CA", true);
    let shouted = pki.ca.0.signed_by(&pki.ca.1, &Issuer::from_params(&shouting, &pki.root.1)).unwrap().der().to_vec();
    for (fault, other) in [("expired", expired), ("constrained", constrained), ("spelled", shouted)] {
        for (sent, at) in
            [([pki.leaf.clone(), other.clone(), sound.clone()], 3), ([pki.leaf.clone(), sound.clone(), other.clone()], 2)]
        {
            let gate = pki::policy().deny(Code::ProfileNameEncoding);
            let report = check_with(gate, &sent, &pki.leaf_key, std::slice::from_ref(&root));
            assert_eq!(places(&report), [(Role::Cert, 1), (Role::Cert, at), (Role::Ca, 1)], "{fault}");
            let errors: Vec<Code> = report.errors().map(|finding| finding.code).collect();
            assert_eq!(errors, [Code::CertificateExpired], "{fault}");
        }
    }
    let sent = [pki.leaf.clone(), sound.clone(), pki.ca_for(&pki.ca.1, |_| {})];
    let report = check_with(pki::policy(), &sent, &pki.leaf_key, &[root]);
    assert_eq!(places(&report)[1], (Role::Cert, 2), "of equals the first");
}

/// Of two ways with the same faults the shorter one is shown, also where the longer one is met first.
#[test]
fn of_equal_paths_the_shorter_is_shown() {
    let pki = pki(|_| {});
    let mut root = pki.root.0.clone();
    root.not_after = date_time_ymd(2025, 1, 1);
    let root = root.self_signed(&pki.root.1).unwrap().der().to_vec();
    let middle = (params("Example Middle CA", true), key(0));
    let middle_der = middle.0.signed_by(&middle.1, &Issuer::from_params(&pki.root.0, &pki.root.1)).unwrap().der().to_vec();
    let long = pki.ca.0.signed_by(&pki.ca.1, &Issuer::from_params(&middle.0, &middle.1)).unwrap().der().to_vec();
    let short = pki.ca_for(&pki.ca.1, |_| {});
    let report = check_with(pki::policy(), &[pki.leaf.clone(), long, middle_der, short], &pki.leaf_key, &[root]);
    assert_eq!(places(&report), [(Role::Cert, 1), (Role::Cert, 4), (Role::Ca, 1)]);
}

/// What is wrong further up is no reason to speak of the issuers that were not taken below.
#[test]
fn issuers_that_were_not_taken_are_named_only_where_the_fault_is() {
    let pki = pki(|_| {});
    let mut root = pki.root.0.clone();
    root.not_after = date_time_ymd(2025, 1, 1);
    let root = root.self_signed(&pki.root.1).unwrap().der().to_vec();
    let sent = [pki.leaf.clone(), pki.ca_for(&pki.ca.1, |_| {}), pki.ca_for(&pki.ca.1, |_| {})];
    let report = check_with(pki::policy(), &sent, &pki.leaf_key, &[root]);
    let finding = only(&report);
    assert_eq!((finding.code, finding.notes.len()), (Code::CertificateExpired, 0), "{finding:?}");
    let all: Vec<_> = report.findings().iter().flat_map(|finding| &finding.notes).collect();
    assert!(all.iter().all(|note| !note.text.contains("its key signed")), "{all:?}");
}

#[test]
fn eight_issuers_are_named_and_the_rest_counted() {
    let pki = pki(|_| {});
    for (others, more) in [(8, None), (10, Some("and 2 more certificates of that name"))] {
        let mut sent = vec![pki.leaf.clone(), pki.ca_for(&pki.ca.1, |ca| ca.not_after = date_time_ymd(2025, 1, 1))];
        sent.extend((0..others).map(|_| pki.ca_for(&key(0), |_| {})));
        let report =
            check_with(pki::policy(), &sent, &pki.leaf_key, &[pki.root.0.self_signed(&pki.root.1).unwrap().der().to_vec()]);
        let finding = only(&report);
        assert_eq!(finding.code, Code::CertificateExpired);
        let placed = finding.notes.iter().filter(|note| note.at.is_some()).count();
        let counted: Vec<&str> = finding.notes.iter().filter(|note| note.at.is_none()).map(|note| note.text.as_str()).collect();
        assert_eq!((placed, counted), (8, Vec::from_iter(more)));
    }
}

/// Two roots of one name and key, and a demand that the leaf cannot meet under either.
#[test]
fn a_trust_anchor_that_was_not_taken_is_one_to_which_no_path_holds() {
    let root = (params("Example Root CA", true), key(0));
    let leaf_key = key(0);
    let leaf = params("client.example.com", false).signed_by(&leaf_key, &Issuer::from_params(&root.0, &root.1)).unwrap();
    let roots = [2040, 2041].map(|year| {
        let mut params = root.0.clone();
        params.not_after = date_time_ymd(year, 1, 1);
        params.self_signed(&root.1).unwrap().der().to_vec()
    });
    let report = check_with(pki::policy().require_policy(), &[leaf.der().to_vec()], &leaf_key.serialize_pem(), &roots);
    let finding = only(&report);
    assert_eq!(finding.code, Code::ChainPolicy);
    let other = finding.notes.iter().find(|note| note.text.contains("its key signed")).unwrap();
    assert!(other.text.ends_with("its key signed, but the path to it does not hold as a whole"), "{}", other.text);
}

/// Of a path that ends nowhere the policies say nothing.
#[test]
fn a_missing_issuer_is_the_only_error_of_its_path() {
    let pki = pki(|_| {});
    let root = pki.root.0.self_signed(&pki.root.1).unwrap().der().to_vec();
    let report = check_with(pki::policy().require_policy(), std::slice::from_ref(&pki.leaf), &pki.leaf_key, &[root]);
    let finding = only(&report);
    assert_eq!(finding.code, Code::ChainMissingIssuer);
    // Neither says which key it looks for, so neither is a renamed CA.
    let notes: Vec<&str> = finding.notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(notes, ["this CA is “CN=Example Root CA”, another name"]);
    let bare = {
        let leaf_key = key(0);
        let leaf = params("client.example.com", false).signed_by(&leaf_key, &Issuer::from_params(&pki.ca.0, &pki.ca.1)).unwrap();
        let root = params("Example Root CA", false).self_signed(&pki.root.1).unwrap().der().to_vec();
        check_with(pki::policy(), &[leaf.der().to_vec()], &leaf_key.serialize_pem(), &[root])
    };
    let notes: Vec<&str> = only(&bare).notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(notes, ["this CA is “CN=Example Root CA”, another name"]);
}

/// A certificate that names itself as its issuer, and neither its own key nor the other one of that name signed it.
#[test]
fn a_self_issued_certificate_that_nobody_signed() {
    let pki = pki(|_| {});
    let by_a_lost_key = pki.ca.0.signed_by(&pki.ca.1, &Issuer::from_params(&pki.ca.0, &key(0))).unwrap().der().to_vec();
    let other = pki.ca.0.signed_by(&key(0), &Issuer::from_params(&pki.root.0, &key(0))).unwrap().der().to_vec();
    let report = pki.check(&[by_a_lost_key, other]);
    let codes: Vec<Code> = report.errors().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::ChainSignatureInvalid]);
}

/// A signature that cannot be told is a fault as one that is known to be late; of equals the first is shown.
#[test]
fn an_issuer_whose_key_is_unknown_is_no_better_than_an_expired_one() {
    let pki = pki(|_| {});
    let expired = pki.ca_for(&pki.ca.1, |ca| ca.not_after = date_time_ymd(2025, 1, 1));
    let p256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let mut unknown = pki.ca_for(&pki.ca.1, |_| {});
    let at = unknown.windows(p256.len()).position(|window| window == p256).unwrap() + p256.len() - 1;
    unknown[at] = 1;
    for (cas, first) in
        [([expired.clone(), unknown.clone()], Code::CertificateExpired), ([unknown, expired], Code::SignatureUnsupported)]
    {
        let report = check_with(pki::policy(), std::slice::from_ref(&pki.leaf), &pki.leaf_key, &cas);
        assert_eq!(places(&report), [(Role::Cert, 1), (Role::Ca, 1)]);
        assert!(report.errors().any(|finding| finding.code == first), "{report:?}");
    }
}
