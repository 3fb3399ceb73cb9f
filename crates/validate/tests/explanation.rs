//! When no path verifies: every candidate issuer is named, by file and place, with what speaks against it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

mod pki;

use certflight_validate::{Code, Finding, Location, Report, Role};
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
