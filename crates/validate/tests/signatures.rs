//! Every signature algorithm with every kind of key: what verifies, what is weak, and what cannot be told. The certificates were made by
//! signatures/make.sh.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]
#![allow(clippy::disallowed_methods, reason = "what is not to be done in the library; the certificates are files")]

mod pki;

use certflight_validate::{Code, Finding};
use pki::{check, pem};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
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
    /// The hash does not count, and more cannot be told.
    WeakHashUnverified,
    /// It verifies, and the key is too short.
    ShortKey,
    /// It verifies, the key is too short, and the hash does not count.
    Weak,
    /// The key is too short, the hash does not count, and more cannot be told.
    WeakUnverified,
    /// Nothing can be told, of an algorithm of this name.
    CannotTell(&'static str),
    /// Nothing can be told, and the key is too short.
    ShortAndCannotTell(&'static str),
}

use Cell::{CannotTell, Good, ShortAndCannotTell, ShortKey, Weak, WeakHash, WeakHashUnverified, WeakUnverified};

const CELLS: &[(&str, Cell)] = &[
    // ring takes no RSA key below 1024 bits.
    ("rsa768-sha1", WeakUnverified),
    ("rsa768-sha256", ShortAndCannotTell("RSA with SHA-256 with RSA 768 bit")),
    ("rsa1024-sha1", Weak),
    ("rsa1024-sha224", ShortAndCannotTell("RSA with SHA-224")),
    ("rsa1024-sha256", ShortKey),
    // ring verifies short keys with SHA-1, SHA-256 and SHA-512 alone, and no PSS.
    ("rsa1024-sha384", ShortAndCannotTell("RSA with SHA-384")),
    ("rsa1024-sha512", ShortKey),
    ("rsa1024-pss-sha1", WeakUnverified),
    ("rsa1024-pss-sha256", ShortAndCannotTell("RSASSA-PSS with SHA-256")),
    ("rsa1024-pss-sha384", ShortAndCannotTell("RSASSA-PSS with SHA-384")),
    ("rsa1024-pss-salt20", ShortAndCannotTell("RSASSA-PSS")),
    ("rsa1024-pss-mgf1-sha1", ShortAndCannotTell("RSASSA-PSS")),
    ("rsa1536-sha1", Weak),
    ("rsa1536-sha224", ShortAndCannotTell("RSA with SHA-224")),
    ("rsa1536-sha256", ShortKey),
    ("rsa1536-sha384", ShortAndCannotTell("RSA with SHA-384")),
    ("rsa1536-sha512", ShortKey),
    ("rsa1536-pss-sha1", WeakUnverified),
    ("rsa1536-pss-sha256", ShortAndCannotTell("RSASSA-PSS with SHA-256")),
    ("rsa1536-pss-sha384", ShortAndCannotTell("RSASSA-PSS with SHA-384")),
    ("rsa1536-pss-sha512", ShortAndCannotTell("RSASSA-PSS with SHA-512")),
    ("rsa1536-pss-salt20", ShortAndCannotTell("RSASSA-PSS")),
    ("rsa1536-pss-mgf1-sha1", ShortAndCannotTell("RSASSA-PSS")),
    ("rsa2047-sha1", Weak),
    ("rsa2047-sha224", ShortAndCannotTell("RSA with SHA-224")),
    ("rsa2047-sha256", ShortKey),
    ("rsa2047-sha384", ShortAndCannotTell("RSA with SHA-384")),
    ("rsa2047-sha512", ShortKey),
    ("rsa2047-pss-sha1", WeakUnverified),
    ("rsa2047-pss-sha256", ShortAndCannotTell("RSASSA-PSS with SHA-256")),
    ("rsa2047-pss-sha384", ShortAndCannotTell("RSASSA-PSS with SHA-384")),
    ("rsa2047-pss-sha512", ShortAndCannotTell("RSASSA-PSS with SHA-512")),
    ("rsa2047-pss-salt20", ShortAndCannotTell("RSASSA-PSS")),
    ("rsa2047-pss-mgf1-sha1", ShortAndCannotTell("RSASSA-PSS")),
    ("rsa2048-sha1", WeakHash),
    ("rsa2048-sha224", CannotTell("RSA with SHA-224")),
    ("rsa2048-sha256", Good),
    ("rsa2048-sha384", Good),
    ("rsa2048-sha512", Good),
    // ring has no PSS with SHA-1.
    ("rsa2048-pss-sha1", WeakHashUnverified),
    ("rsa2048-pss-sha256", Good),
    ("rsa2048-pss-sha384", Good),
    ("rsa2048-pss-sha512", Good),
    ("rsa2048-pss-salt20", CannotTell("RSASSA-PSS")),
    ("rsa2048-pss-mgf1-sha1", CannotTell("RSASSA-PSS")),
    ("rsa3072-sha1", WeakHash),
    ("rsa3072-sha224", CannotTell("RSA with SHA-224")),
    ("rsa3072-sha256", Good),
    ("rsa3072-sha384", Good),
    ("rsa3072-sha512", Good),
    ("rsa3072-pss-sha1", WeakHashUnverified),
    ("rsa3072-pss-sha256", Good),
    ("rsa3072-pss-sha384", Good),
    ("rsa3072-pss-sha512", Good),
    ("rsa3072-pss-salt20", CannotTell("RSASSA-PSS")),
    ("rsa3072-pss-mgf1-sha1", CannotTell("RSASSA-PSS")),
    ("rsa4096-sha1", WeakHash),
    ("rsa4096-sha224", CannotTell("RSA with SHA-224")),
    ("rsa4096-sha256", Good),
    ("rsa4096-sha384", Good),
    ("rsa4096-sha512", Good),
    ("rsa4096-pss-sha1", WeakHashUnverified),
    ("rsa4096-pss-sha256", Good),
    ("rsa4096-pss-sha384", Good),
    ("rsa4096-pss-sha512", Good),
    ("rsa4096-pss-salt20", CannotTell("RSASSA-PSS")),
    ("rsa4096-pss-mgf1-sha1", CannotTell("RSASSA-PSS")),
    ("rsa8192-sha1", WeakHash),
    ("rsa8192-sha224", CannotTell("RSA with SHA-224")),
    ("rsa8192-sha256", Good),
    ("rsa8192-sha384", Good),
    ("rsa8192-sha512", Good),
    ("rsa8192-pss-sha1", WeakHashUnverified),
    ("rsa8192-pss-sha256", Good),
    ("rsa8192-pss-sha384", Good),
    ("rsa8192-pss-sha512", Good),
    ("rsa8192-pss-salt20", CannotTell("RSASSA-PSS")),
    ("rsa8192-pss-mgf1-sha1", CannotTell("RSASSA-PSS")),
    ("rsa2048-sha3-256", CannotTell("RSA with SHA3-256")),
    ("rsa2049-sha256", Good),
    ("rsa2049-pss-sha256", Good),
    ("rsa8200-sha256", CannotTell("RSA with SHA-256 with RSA 8200 bit")),
    ("rsa2048-e3", Good),
    ("rsa2048-e4294967297", Good),
    ("rsa2048-e8589934591", Good),
    // ring stops at exponents of 33 bits.
    ("rsa2048-e8589934593", CannotTell("RSA 2048 bit and an exponent of 34 bit")),
    ("rsa2048-e17179869185", CannotTell("RSA 2048 bit and an exponent of 35 bit")),
    // A key for PSS alone (RFC 4055 section 1.2) is not read.
    ("rsapss2048-sha256", CannotTell("RSASSA-PSS")),
    ("rsapss2048-restricted-sha256", CannotTell("RSASSA-PSS")),
    ("p256-sha1", WeakHash),
    ("p256-sha224", CannotTell("ECDSA with SHA-224")),
    ("p256-sha256", Good),
    ("p256-sha384", Good),
    ("p256-sha512", Good),
    ("p256-sha3-256", CannotTell("ECDSA with SHA3-256")),
    ("p256-compressed-sha256", Good),
    ("p256-hybrid-sha256", CannotTell("hybrid form")),
    ("p384-sha1", WeakHash),
    ("p384-sha224", CannotTell("ECDSA with SHA-224")),
    ("p384-sha256", Good),
    ("p384-sha384", Good),
    ("p384-sha512", Good),
    ("p384-sha3-256", CannotTell("ECDSA with SHA3-256")),
    ("p384-compressed-sha256", Good),
    ("p384-hybrid-sha256", CannotTell("hybrid form")),
    ("p521-sha1", WeakHash),
    ("p521-sha224", CannotTell("ECDSA with SHA-224")),
    ("p521-sha256", Good),
    ("p521-sha384", Good),
    ("p521-sha512", Good),
    ("p521-sha3-256", CannotTell("ECDSA with SHA3-256")),
    ("p521-compressed-sha256", Good),
    ("p521-hybrid-sha256", CannotTell("hybrid form")),
    ("p192-sha256", CannotTell("P-192")),
    ("p224-sha256", CannotTell("P-224")),
    ("secp256k1-sha256", CannotTell("secp256k1")),
    ("brainpoolp256r1-sha256", CannotTell("brainpoolP256r1")),
    ("brainpoolp256t1-sha256", CannotTell("brainpoolP256t1")),
    ("brainpoolp384r1-sha256", CannotTell("brainpoolP384r1")),
    ("brainpoolp512r1-sha256", CannotTell("brainpoolP512r1")),
    ("p256-explicit-sha256", CannotTell("explicit curve parameters")),
    ("ed25519", Good),
    ("ed448", CannotTell("Ed448")),
    ("dsa2048-sha1", CannotTell("DSA")),
    ("dsa2048-sha224", CannotTell("DSA")),
    ("dsa2048-sha256", CannotTell("DSA")),
    ("dsa2048-sha384", CannotTell("DSA")),
    ("dsa2048-sha512", CannotTell("DSA")),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/signatures")
}

/// The DER of the leaf and of its CA.
fn cell(name: &str) -> [Vec<u8>; 2] {
    ders(&fs::read_to_string(folder().join(format!("{name}.pem"))).unwrap())
}

fn ders(text: &str) -> [Vec<u8>; 2] {
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
            WeakHash | WeakHashUnverified => assert_eq!(codes, [Code::SignatureWeak], "{name}"),
            ShortKey => assert_eq!(codes, [Code::KeyWeak], "{name}"),
            Weak | WeakUnverified => assert_eq!(codes, [Code::KeyWeak, Code::SignatureWeak], "{name}"),
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

/// What can be verified is found to be bad, weak or not; of the others still nothing can be told, and they are called by their names.
#[test]
fn a_changed_signature_is_bad_where_it_can_be_told() {
    for (name, cell_outcome) in CELLS {
        let [leaf, ca] = cell(name);
        let signature = children(&leaf)[2].len();
        // The BIT STRING's content ends the certificate; its header and the count of unused bits take at most five bytes.
        let first = leaf.len() - signature + 5;
        for (at, bit) in [(first, 0x80), (leaf.len() - signature / 2, 0x10), (leaf.len() - 1, 1)] {
            let mut changed = leaf.clone();
            changed[at] ^= bit;
            let findings = errors(&[changed, ca.clone()]);
            let expected = match cell_outcome {
                Good | WeakHash | ShortKey | Weak => vec![Code::ChainSignatureInvalid],
                WeakHashUnverified => vec![Code::SignatureWeak],
                WeakUnverified => vec![Code::KeyWeak, Code::SignatureWeak],
                CannotTell(_) => vec![Code::SignatureUnsupported],
                ShortAndCannotTell(_) => vec![Code::KeyWeak, Code::SignatureUnsupported],
            };
            assert_eq!(codes(&findings), expected, "{name}, byte {at}");
            if let CannotTell(algorithm) | ShortAndCannotTell(algorithm) = cell_outcome {
                assert_names(&findings, algorithm, name);
            }
        }
    }
}

#[test]
fn every_file_is_a_cell() {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter_map(|file| Some(file.strip_suffix(".pem")?.to_owned())).collect();
    assert_eq!(files, CELLS.iter().map(|(name, _)| (*name).to_owned()).collect());
}

/// One cell of each kind of key.
const KINDS: [&str; 6] = ["rsa2048-sha256", "rsa3072-sha256", "p256-sha256", "p384-sha384", "p521-sha512", "ed25519"];

/// A signature algorithm of one kind and a key of another: no such signature can be good.
#[test]
fn a_signature_is_not_made_with_a_key_of_another_kind() {
    for signed in KINDS {
        for other in KINDS.into_iter().filter(|other| *other != signed) {
            let pair = [cell(signed)[0].clone(), cell(other)[1].clone()];
            assert_eq!(codes(&errors(&pair)), [Code::ChainSignatureInvalid], "{signed} under {other}");
        }
    }
}

/// Where the algorithm or the key is none that is verified here, the other half does not make the signature a bad one.
#[test]
fn one_unknown_half_leaves_nothing_to_tell() {
    for kind in KINDS {
        for (unknown, algorithm, key) in [
            ("ed448", "Ed448", "Ed448"),
            ("dsa2048-sha256", "DSA with SHA-256", "DSA"),
            ("p256-sha3-256", "ECDSA with SHA3-256", ""),
            ("rsa2048-pss-salt20", "RSASSA-PSS", ""),
            ("secp256k1-sha256", "", "secp256k1"),
            ("p256-explicit-sha256", "", "explicit curve parameters"),
            ("rsapss2048-sha256", "", "RSASSA-PSS"),
        ] {
            let signed = [cell(unknown)[0].clone(), cell(kind)[1].clone()];
            let signs = [cell(kind)[0].clone(), cell(unknown)[1].clone()];
            for (pair, name) in [(signed, algorithm), (signs, key)].into_iter().filter(|(_, name)| !name.is_empty()) {
                let findings = errors(&pair);
                let codes = codes(&findings);
                assert!(!codes.contains(&Code::ChainSignatureInvalid), "{kind}, {unknown}: {codes:?}");
                assert_names(&findings, name, kind);
            }
        }
    }
}

// Algorithm identifiers, whole.
const RSA_SHA256_ABSENT: &[u8] = &[0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const RSA_SHA256_INTEGER: &[u8] = &[0x30, 0x0e, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x02, 0x01, 0x00];
const PSS_ABSENT: &[u8] = &[0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const ECDSA_SHA256_NULL: &[u8] = &[0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x05, 0x00];
const ED25519_NULL: &[u8] = &[0x30, 0x07, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x05, 0x00];

/// RFC 4055 section 5: the parameters are NULL, but some signers leave them out and verifiers take both.
#[test]
fn rsa_verifies_without_parameters() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keys/openssl/rsa2048-intermediate.pem");
    let (_, key) = pem_rfc7468::decode_vec(&fs::read(path).unwrap()).unwrap();
    let key = RsaKeyPair::from_pkcs8(&key).unwrap();
    let chain = String::from_utf8(certflight_fixtures::named("ok__rsa2048-pkcs8").cert.unwrap()).unwrap();
    let [leaf, intermediate] = ders(&chain);
    let leaf = with_algorithm(&leaf, RSA_SHA256_ABSENT, |tbs, _| {
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), tbs, &mut signature).unwrap();
        element(0x03, &[&[0], &signature])
    });
    assert_eq!(codes(&errors(&[leaf.clone(), intermediate.clone()])), []);
    let mut changed = leaf;
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(codes(&errors(&[changed, intermediate])), [Code::ChainSignatureInvalid]);
}

#[test]
fn parameters_that_an_algorithm_does_not_have_leave_nothing_to_tell() {
    for (kind, identifier, name) in [
        ("rsa2048-sha256", RSA_SHA256_INTEGER, "RSA with SHA-256 and parameters that it does not have"),
        ("rsa2048-pss-sha256", PSS_ABSENT, "RSASSA-PSS with unusual parameters"),
        ("p256-sha256", ECDSA_SHA256_NULL, "ECDSA with SHA-256 and parameters that it does not have"),
        ("ed25519", ED25519_NULL, "Ed25519 and parameters that it does not have"),
    ] {
        let [leaf, ca] = cell(kind);
        let findings = errors(&[with_algorithm(&leaf, identifier, unsigned), ca]);
        assert_eq!(codes(&findings), [Code::SignatureUnsupported], "{name}");
        assert_names(&findings, name, kind);
    }
}

/// OpenSSL 3.0 does not make these, and of a signature of theirs only the name can be said, whatever key it is held against.
#[test]
fn ml_dsa_is_named() {
    let [leaf, ca] = cell("p256-sha256");
    for (arc, name) in [(0x11, "ML-DSA-44"), (0x12, "ML-DSA-65"), (0x13, "ML-DSA-87")] {
        let ml_dsa = [0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, arc];
        let leaf = with_algorithm(&leaf, &ml_dsa, unsigned);
        for ca in [ca.clone(), with_key_algorithm(&ca, &ml_dsa)] {
            let findings = errors(&[leaf.clone(), ca]);
            assert_eq!(codes(&findings), [Code::SignatureUnsupported], "{name}");
            assert_names(&findings, name, name);
        }
    }
}

/// A key that is not verified with uses nothing of what a check may spend on signatures, however large it is.
#[test]
fn a_huge_key_leaves_nothing_to_tell_or_a_bad_signature() {
    // rsaEncryption with NULL, RFC 3279 section 2.3.1.
    let rsa = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let numbers = [element(0x02, &[&[0x7f; 20_000]]), element(0x02, &[&[0x01, 0x00, 0x01]])];
    let bits = element(0x03, &[&[0], &element(0x30, &[&numbers[0], &numbers[1]])]);
    let huge = element(0x30, &[&rsa, &bits]);
    for (kind, expected) in [("rsa2048-sha256", Code::SignatureUnsupported), ("p256-sha256", Code::ChainSignatureInvalid)] {
        let [leaf, ca] = cell(kind);
        let findings = errors(&[leaf, with_key(&ca, &huge)]);
        assert_eq!(codes(&findings), [expected], "{kind}");
        if expected == Code::SignatureUnsupported {
            assert_names(&findings, "RSA 159999 bit", kind);
        }
    }
}

/// The length of the header of a DER element, and of its content.
fn header(der: &[u8]) -> (usize, usize) {
    match der[1] {
        short @ 0..0x80 => (2, short.into()),
        long => {
            let bytes = usize::from(long & 0x7f);
            (2 + bytes, der[2..2 + bytes].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        }
    }
}

/// The elements in a constructed one.
fn children(der: &[u8]) -> Vec<&[u8]> {
    let (start, length) = header(der);
    let mut rest = &der[start..start + length];
    let mut children = Vec::new();
    while !rest.is_empty() {
        let (start, length) = header(rest);
        let (child, after) = rest.split_at(start + length);
        children.push(child);
        rest = after;
    }
    children
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    match content.len() {
        0..0x80 => [&[tag], length, &content].concat(),
        _ => [&[tag, 0x80 | u8::try_from(length.len()).unwrap()], length, &content].concat(),
    }
}

/// Its signature stays what it was, for algorithms with which it cannot be verified.
fn unsigned(_: &[u8], signature: &[u8]) -> Vec<u8> {
    signature.to_vec()
}

/// The certificate with another signature algorithm in both places. `sign` makes the BIT STRING of the signed part and the old BIT STRING.
fn with_algorithm(certificate: &[u8], identifier: &[u8], sign: impl Fn(&[u8], &[u8]) -> Vec<u8>) -> Vec<u8> {
    let parts = children(certificate);
    let mut fields = children(parts[0]);
    fields[2] = identifier; // after version and serial number, RFC 5280 section 4.1
    let tbs = element(0x30, &fields);
    element(0x30, &[&tbs, identifier, &sign(&tbs, parts[2])])
}

/// The certificate with another algorithm of its key.
fn with_key_algorithm(certificate: &[u8], identifier: &[u8]) -> Vec<u8> {
    let key = children(children(children(certificate)[0])[6])[1];
    with_key(certificate, &element(0x30, &[identifier, key]))
}

/// The certificate with another subject public key info. The signature is no longer its own.
fn with_key(certificate: &[u8], key: &[u8]) -> Vec<u8> {
    let parts = children(certificate);
    let mut fields = children(parts[0]);
    fields[6] = key;
    element(0x30, &[&element(0x30, &fields), parts[1], parts[2]])
}
