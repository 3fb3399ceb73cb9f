//! Every signature algorithm with every kind of key: what verifies, what is weak, and what cannot be told. The certificates were made by
//! signatures/make.sh.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]
#![allow(clippy::disallowed_methods, reason = "what is not to be done in the library; the certificates are files")]

mod pki;

use certflight_validate::{Code, Finding};
use pki::{check, pem};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is expected of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    /// It verifies.
    Good,
    /// It verifies, and the hash does not count.
    WeakHash,
    /// It verifies, and the key is too short.
    ShortKey,
    /// The key is too short, and the hash does not count.
    Weak,
    /// Nothing can be told, of an algorithm of this name.
    CannotTell(&'static str),
    /// Nothing can be told, and the key is too short.
    ShortAndCannotTell(&'static str),
}

use Cell::{CannotTell, Good, ShortAndCannotTell, ShortKey, Weak, WeakHash};

const CELLS: &[(&str, Cell)] = &[
    ("rsa1024-sha1", Weak),
    ("rsa1024-sha256", ShortKey),
    // ring verifies short keys with SHA-256 and SHA-512 alone.
    ("rsa1024-sha384", ShortAndCannotTell("RSA with SHA-384")),
    ("rsa1024-sha512", ShortKey),
    ("rsa2048-sha1", WeakHash),
    ("rsa2048-sha224", CannotTell("RSA with SHA-224")),
    ("rsa2048-sha256", Good),
    ("rsa2048-sha384", Good),
    ("rsa2048-sha512", Good),
    ("rsa2048-sha3-256", CannotTell("2.16.840.1.101.3.4.3.14")),
    ("rsa2048-pss-sha1", WeakHash),
    ("rsa2048-pss-sha256", Good),
    ("rsa2048-pss-sha384", Good),
    ("rsa2048-pss-sha512", Good),
    ("rsa2048-pss-salt20", CannotTell("RSASSA-PSS")),
    ("rsa2048-pss-mgf1-sha1", CannotTell("RSASSA-PSS")),
    ("rsa2048-e3", Good),
    ("rsa2048-e4294967297", Good),
    // ring stops at exponents of 33 bits.
    ("rsa2048-e17179869185", CannotTell("RSA with SHA-256")),
    ("rsa3072-sha1", WeakHash),
    ("rsa3072-sha256", Good),
    ("rsa3072-sha384", Good),
    ("rsa3072-sha512", Good),
    ("rsa3072-pss-sha256", Good),
    ("rsa3072-pss-sha384", Good),
    ("rsa3072-pss-sha512", Good),
    ("rsa4096-sha1", WeakHash),
    ("rsa4096-sha256", Good),
    ("rsa4096-sha384", Good),
    ("rsa4096-sha512", Good),
    ("rsa4096-pss-sha256", Good),
    ("rsa4096-pss-sha384", Good),
    ("rsa4096-pss-sha512", Good),
    ("rsa8192-sha1", WeakHash),
    ("rsa8192-sha256", Good),
    ("rsa8192-sha384", Good),
    ("rsa8192-sha512", Good),
    ("rsa8192-pss-sha256", Good),
    ("rsa8192-pss-sha384", Good),
    ("rsa8192-pss-sha512", Good),
    ("rsapss2048-sha256", CannotTell("RSASSA-PSS")),
    ("p256-sha1", WeakHash),
    ("p256-sha224", CannotTell("ECDSA with SHA-224")),
    ("p256-sha256", Good),
    ("p256-sha384", Good),
    ("p256-sha512", Good),
    ("p256-sha3-256", CannotTell("2.16.840.1.101.3.4.3.10")),
    ("p384-sha1", WeakHash),
    ("p384-sha224", CannotTell("ECDSA with SHA-224")),
    ("p384-sha256", Good),
    ("p384-sha384", Good),
    ("p384-sha512", Good),
    ("p384-sha3-256", CannotTell("2.16.840.1.101.3.4.3.10")),
    ("p521-sha1", WeakHash),
    ("p521-sha224", CannotTell("ECDSA with SHA-224")),
    ("p521-sha256", Good),
    ("p521-sha384", Good),
    ("p521-sha512", Good),
    ("p521-sha3-256", CannotTell("2.16.840.1.101.3.4.3.10")),
    ("p192-sha256", CannotTell("P-192")),
    ("p224-sha256", CannotTell("P-224")),
    ("secp256k1-sha256", CannotTell("secp256k1")),
    ("brainpoolp256r1-sha256", CannotTell("brainpoolP256r1")),
    ("brainpoolp384r1-sha256", CannotTell("brainpoolP384r1")),
    ("p256-explicit-sha256", CannotTell("explicit curve parameters")),
    ("ed25519", Good),
    ("ed448", CannotTell("Ed448")),
    ("dsa2048-sha1", CannotTell("DSA")),
    ("dsa2048-sha256", CannotTell("DSA")),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/signatures")
}

/// The DER of the leaf and of its CA.
fn cell(name: &str) -> [Vec<u8>; 2] {
    let text = fs::read_to_string(folder().join(format!("{name}.pem"))).unwrap();
    let blocks = text.split_inclusive("-----END CERTIFICATE-----\n");
    let ders: Vec<Vec<u8>> = blocks.map(|block| pem_rfc7468::decode_vec(block.as_bytes()).unwrap().1).collect();
    ders.try_into().unwrap()
}

/// What is wrong with the path; that there is no key is how it is asked.
fn errors([leaf, ca]: &[Vec<u8>; 2]) -> Vec<Finding> {
    let report = check(pem([leaf]).as_bytes(), b"", pem([ca]).as_bytes());
    report.errors().filter(|finding| !matches!(finding.code, Code::KeyMissing | Code::InputEmpty)).cloned().collect()
}

fn codes(findings: &[Finding]) -> Vec<Code> {
    let mut codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
    codes.sort();
    codes
}

fn assert_names(findings: &[Finding], algorithm: &str, cell: &str) {
    let unsupported = findings.iter().find(|finding| finding.code == Code::SignatureUnsupported).unwrap();
    assert!(
        unsupported.message.contains(algorithm) && unsupported.message.contains("cannot be told"),
        "{cell}: {}",
        unsupported.message
    );
}

#[test]
fn every_cell_comes_out_as_it_should() {
    for (name, expected) in CELLS {
        let findings = errors(&cell(name));
        let codes = codes(&findings);
        match expected {
            Good => assert_eq!(codes, [], "{name}"),
            WeakHash => assert_eq!(codes, [Code::SignatureWeak], "{name}"),
            ShortKey => assert_eq!(codes, [Code::KeyWeak], "{name}"),
            Weak => assert_eq!(codes, [Code::KeyWeak, Code::SignatureWeak], "{name}"),
            CannotTell(algorithm) => {
                assert_eq!(codes, [Code::SignatureUnsupported], "{name}");
                assert_names(&findings, algorithm, name);
            }
            ShortAndCannotTell(algorithm) => {
                assert_eq!(codes, [Code::KeyWeak, Code::SignatureUnsupported], "{name}");
                assert_names(&findings, algorithm, name);
            }
        }
    }
}

/// What can be verified is found to be bad, weak or not; of the others still nothing can be told.
#[test]
fn a_changed_signature_is_bad_where_it_can_be_told() {
    for (name, expected) in CELLS {
        let [mut leaf, ca] = cell(name);
        *leaf.last_mut().unwrap() ^= 1;
        let codes = codes(&errors(&[leaf, ca]));
        let expected = match expected {
            // ring has no PSS with SHA-1, so only that the hash does not count can be said.
            WeakHash if name.contains("pss") => vec![Code::SignatureWeak],
            Good | WeakHash | ShortKey | Weak => vec![Code::ChainSignatureInvalid],
            CannotTell(_) => vec![Code::SignatureUnsupported],
            ShortAndCannotTell(_) => vec![Code::KeyWeak, Code::SignatureUnsupported],
        };
        assert_eq!(codes, expected, "{name}");
    }
}

#[test]
fn every_file_is_a_cell() {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter_map(|file| Some(file.strip_suffix(".pem")?.to_owned())).collect();
    assert_eq!(files, CELLS.iter().map(|(name, _)| (*name).to_owned()).collect());
}

/// A signature algorithm of one kind and a key of another: no such signature can be good.
#[test]
fn a_signature_is_not_made_with_a_key_of_another_kind() {
    let [leaf, _] = cell("p256-sha256");
    for other in ["rsa2048-sha256", "ed25519", "p384-sha384"] {
        assert_eq!(codes(&errors(&[leaf.clone(), cell(other)[1].clone()])), [Code::ChainSignatureInvalid], "{other}");
    }
}

/// OpenSSL 3.0 does not make these, and of a signature of theirs only the name can be said.
#[test]
fn ml_dsa_is_named() {
    const ECDSA_SHA256: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let [leaf, ca] = cell("p256-sha256");
    for (arc, name) in [(0x11, "ML-DSA-44"), (0x12, "ML-DSA-65"), (0x13, "ML-DSA-87")] {
        let ml_dsa = [0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, arc];
        let tbs_end = 4 + 4 + usize::from(u16::from_be_bytes([leaf[6], leaf[7]]));
        let swap = |part: &[u8]| {
            let at = part.windows(ECDSA_SHA256.len()).position(|window| window == ECDSA_SHA256).unwrap();
            [&part[..at], &ml_dsa, &part[at + ECDSA_SHA256.len()..]].concat()
        };
        let sequence = |content: &[u8]| [&[0x30, 0x82][..], &u16::try_from(content.len()).unwrap().to_be_bytes(), content].concat();
        let tbs = sequence(&swap(&leaf[8..tbs_end]));
        let findings = errors(&[sequence(&[tbs, swap(&leaf[tbs_end..])].concat()), ca.clone()]);
        assert_eq!(codes(&findings), [Code::SignatureUnsupported], "{name}");
        assert_names(&findings, name, name);
    }
}
