//! Families of inputs that are made to be slow. Each is a function of a few numbers, so that they can be searched.

use crate::der::{base64, integer, oid, pem, sequence, tlv};
use certflight_import::open;
use certflight_validate::{
    GatePolicy, MAX_INPUT_BYTES, Policy, Report, Request, Role, Sealed, SealedKind, SecretBytes, SecretText, Source, Timestamp,
    check, skip_validation,
};
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use std::fmt::Write as _;

/// What is done with an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A check.
    Check,
    /// A check of a bundle that asks for a certificate policy.
    CheckPolicies,
    /// An upload without validation, which looks for private keys.
    Skip,
    /// Opening what is sealed.
    Open(&'static str),
}

/// An input, and what is done with it.
pub struct Case {
    /// The sources.
    pub sources: Vec<(Role, Vec<u8>)>,
    /// What is done.
    pub work: Work,
}

impl Case {
    fn check(sources: Vec<(Role, Vec<u8>)>) -> Self {
        Case { sources, work: Work::Check }
    }

    /// Does it, and says how it ended.
    pub fn run(&self) -> String {
        let sources: Vec<Source<'_>> = self.sources.iter().map(|(role, bytes)| Source::new(*role, role.name(), bytes)).collect();
        let request = Request { sources: &sources, origin: Some("https://api.example.com") };
        let now = Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).expect("a time");
        let gate = GatePolicy::new(now).max_depth(100);
        match self.work {
            Work::Check => codes(&check(&request, &Policy::from(gate))),
            Work::CheckPolicies => codes(&check(&request, &Policy::from(gate.require_policy()))),
            Work::Skip => match skip_validation(&request) {
                Ok(_) => "sent".to_owned(),
                Err(rejected) => rejected.to_string(),
            },
            Work::Open(kind) => {
                let kind = if kind == "pkcs12" { SealedKind::Pkcs12 } else { SealedKind::EncryptedPkcs8 };
                let bytes = self.sources.first().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
                let outcome = open(&Sealed::new(kind, SecretBytes::new(bytes)), Some(&SecretText::new("correct horse".into())));
                format!("{outcome:?}").chars().take(60).collect()
            }
        }
    }
}

/// The codes of the errors, each once, and how many findings there are.
fn codes(report: &Report) -> String {
    let mut codes: Vec<&str> = report.errors().map(|finding| finding.code.name()).collect();
    codes.sort_unstable();
    codes.dedup();
    format!("{} findings: {}", report.findings().len(), codes.join(" "))
}

/// Inputs that differ in a few numbers.
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// The numbers, with the least and the most of each.
    pub numbers: &'static [(&'static str, usize, usize)],
    /// Makes one.
    pub build: fn(&[usize]) -> Case,
}

/// All families.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "mesh",
        numbers: &[
            ("sent", 1, 2047),
            ("authorities", 0, 2048),
            ("names", 1, 64),
            ("keys", 1, 512),
            ("key kind", 0, 7),
            ("name bytes", 1, 4000),
            ("letters", 0, LETTERS),
            ("padding", 0, 70_000),
            ("role", 0, 1),
        ],
        build: mesh,
    },
    Family {
        name: "signed mesh",
        numbers: &[
            ("certificates", 1, 2047),
            ("names", 1, 64),
            ("policies", 0, 2000),
            ("mappings", 0, 2000),
            ("policy bytes", 4, 4000),
            ("path lengths", 0, 1),
            ("constraints", 0, 50),
            ("name bytes", 1, 4000),
            ("letters", 0, LETTERS),
            ("way out", 0, 1),
        ],
        build: signed_mesh,
    },
    Family {
        name: "name constraints",
        numbers: &[
            ("names", 1, 250_000),
            ("name bytes", 1, 2_000_000),
            ("constraints", 1, 250_000),
            ("base bytes", 1, 2_000_000),
            ("form", 0, 4),
            ("letters", 0, LETTERS),
            ("CAs", 1, 20),
        ],
        build: constraints,
    },
    Family {
        name: "one piece",
        numbers: &[
            ("piece", 0, PIECES.len() - 1),
            ("around", 0, 3),
            ("role", 0, 3),
            ("KiB", 1, 4096),
            ("work", 0, 1),
            ("second piece", 0, PIECES.len() - 1),
        ],
        build: one_piece,
    },
    Family { name: "RSA keys", numbers: &[("keys", 1, 8), ("bytes of a prime", 64, 1024), ("roles", 1, 2)], build: rsa_keys },
    Family {
        name: "points",
        numbers: &[("sent", 1, 2047), ("authorities", 0, 2048), ("in use", 0, 2048), ("curve", 0, 1), ("files", 0, 8)],
        build: points,
    },
    Family {
        name: "extensions",
        numbers: &[("extensions", 1, 300_000), ("bytes of one", 0, 2000), ("kind", 0, 4), ("critical", 0, 1), ("files", 1, 3)],
        build: extensions,
    },
    Family {
        name: "a long path",
        numbers: &[
            ("certificates", 1, 2047),
            ("anchored", 0, 1),
            ("constraints", 0, 20),
            ("name bytes", 1, 1000),
            ("letters", 0, LETTERS),
            ("role", 0, 1),
        ],
        build: long_path,
    },
    Family {
        name: "names",
        numbers: &[
            ("certificates", 1, 2048),
            ("RDNs", 1, 200_000),
            ("bytes of one", 1, 1_500_000),
            ("letters", 0, LETTERS),
            ("alternative", 0, 1),
            ("files", 1, 3),
            ("role", 0, 1),
        ],
        build: names,
    },
    Family {
        name: "structures",
        numbers: &[("structures", 1, 500_000), ("white space", 0, 4_000_000), ("kind", 0, 4), ("role", 0, 2), ("layers", 0, 3)],
        build: structures,
    },
    Family { name: "copies", numbers: &[("certificates", 1, 2048), ("role", 0, 2), ("files", 1, 8)], build: copies },
    Family {
        name: "derivation",
        numbers: &[("iterations", 1, 10_000_000), ("kind", 0, 5), ("keys", 1, 8), ("salt bytes", 1, 3_000_000)],
        build: derivation,
    },
];

const LETTERS: usize = 6;

const ED25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

/// A text of about so many bytes in DER, with its tag; `at` tells it from others, at its end.
fn text(letters: usize, bytes: usize, at: usize) -> Vec<u8> {
    let repeated = |unit: &str| {
        let mut text = unit.repeat(bytes / unit.len().max(1));
        let _ = write!(text, "{at:x}"); // writing to a String does not fail
        text
    };
    match letters {
        0 => tlv(0x0c, repeated("a").as_bytes()),
        // Eighteen characters by NFKC, 33 bytes.
        1 => tlv(0x0c, repeated("\u{fdfa}").as_bytes()),
        2 => {
            let text = repeated("\u{fdfa}").replace("\u{fdfa}", "\u{fdfa}\u{fdfa}"); // two bytes a character here
            tlv(0x1e, &text.encode_utf16().take(bytes / 2 + 8).flat_map(u16::to_be_bytes).collect::<Vec<u8>>())
        }
        // Marks in the wrong order, of classes that are sorted.
        3 => tlv(0x0c, repeated("\u{0315}\u{0300}\u{05ae}\u{0327}").as_bytes()),
        // A sigma at the end of a word is another letter.
        4 => tlv(0x0c, repeated("Σ\u{0300}'\u{0300}'").as_bytes()),
        // Latin-1 in one byte each.
        5 => tlv(0x14, &[vec![0xc4; bytes], format!("{at:x}").into_bytes()].concat()),
        _ => tlv(0x0c, repeated("Ä b").as_bytes()),
    }
}

/// A name of one attribute.
fn name(letters: usize, bytes: usize, at: usize) -> Vec<u8> {
    sequence(&[&rdn(&text(letters, bytes, at))])
}

fn rdn(value: &[u8]) -> Vec<u8> {
    tlv(0x31, &sequence(&[&oid(&[0x55, 4, 3]), value]))
}

fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    sequence(&[&oid(id), critical, &tlv(4, value)])
}

fn ca_extensions() -> Vec<u8> {
    [extension(&[0x55, 0x1d, 0x13], true, &sequence(&[&[1, 1, 0xff]])), extension(&[0x55, 0x1d, 0x0f], true, &[3, 2, 2, 4])]
        .concat()
}

fn leaf_extensions() -> Vec<u8> {
    let client = oid(&[0x2b, 6, 1, 5, 5, 7, 3, 2]);
    [extension(&[0x55, 0x1d, 0x0f], true, &[3, 2, 7, 0x80]), extension(&[0x55, 0x1d, 0x25], false, &sequence(&[&client]))].concat()
}

/// What a certificate is made of, but its signature.
struct Plan<'a> {
    serial: usize,
    subject: &'a [u8],
    issuer: &'a [u8],
    /// The subject public key info.
    key: &'a [u8],
    /// The AlgorithmIdentifier of the signature.
    algorithm: &'a [u8],
    extensions: &'a [u8],
}

fn certificate(plan: &Plan<'_>, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let validity = sequence(&[&tlv(0x17, b"240101000000Z"), &tlv(0x17, b"491231235959Z")]);
    let extensions = if plan.extensions.is_empty() { Vec::new() } else { tlv(0xa3, &tlv(0x30, plan.extensions)) };
    let tbs = sequence(&[
        &tlv(0xa0, &[2, 1, 2]),
        &integer(&(plan.serial + 1).to_be_bytes()),
        plan.algorithm,
        plan.issuer,
        &validity,
        plan.subject,
        plan.key,
        &extensions,
    ]);
    let signature = sign(&tbs);
    sequence(&[&tbs, plan.algorithm, &tlv(3, &[&[0][..], &signature].concat())])
}

/// A kind of key and signature. The signatures are not good; to find that out takes as long as for good ones.
struct Kind {
    key: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

fn ecdsa(last: u8) -> Vec<u8> {
    sequence(&[&oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, last])])
}

fn rsa_sha256() -> Vec<u8> {
    sequence(&[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b]), &[5, 0]])
}

/// The subject public key info of a fixture's leaf, from the OID of its curve.
fn fixture_point(fixture: &str, curve: &[u8], length: usize) -> Vec<u8> {
    let fixture = certflight_fixtures::named(fixture);
    let text = String::from_utf8(fixture.cert.expect("a certificate")).expect("text");
    let base64: String = text.lines().skip(1).take_while(|line| !line.starts_with('-')).collect();
    let der = decode(&base64);
    let at = der.windows(curve.len()).position(|window| window == curve).expect("the curve");
    let after = der.get(at + curve.len()..).unwrap_or_default();
    let start = after.iter().position(|byte| *byte == 4).expect("a point");
    after.get(start..start + length).expect("a point").to_vec()
}

fn decode(base64: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u32> = base64.bytes().filter(|byte| *byte != b'=').map(digit).collect();
    digits
        .chunks(4)
        .flat_map(|four| {
            let number = four.iter().fold(0, |number, digit| number << 6 | digit) << (6 * (4 - four.len()));
            number.to_be_bytes().into_iter().skip(1).take(four.len() * 6 / 8).collect::<Vec<u8>>()
        })
        .collect()
}

const P384: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 0x22];
const P521: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 0x23];
const EC: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

fn ec_key(curve: &[u8], point: &[u8]) -> Vec<u8> {
    sequence(&[&sequence(&[EC, curve]), &tlv(3, &[&[0][..], point].concat())])
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = sequence(&[&integer(modulus), &integer(exponent)]);
    sequence(&[&sequence(&[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]), &[5, 0]]), &tlv(3, &[&[0][..], &key].concat())])
}

/// `at` tells RSA keys from each other; of the curves there is one key.
fn kind(which: usize, at: usize) -> Kind {
    let rsa = |bytes: usize, exponent: &[u8]| {
        let mut modulus = vec![0xa5; bytes];
        modulus.splice(8..16, (at as u64).to_be_bytes());
        Kind { key: rsa_key(&modulus, exponent), algorithm: rsa_sha256(), signature: vec![0x11; bytes] }
    };
    let two_numbers = |bytes: usize| sequence(&[&integer(&vec![0x11; bytes]), &integer(&vec![0x13; bytes])]);
    match which {
        0 => rsa(256, &[1, 0, 1]),
        1 => rsa(1024, &[1, 0, 1]),
        2 => rsa(1024, &[1, 0xff, 0xff, 0xff, 0xff]),
        3 => {
            Kind { key: ec_key(P384, &fixture_point("ok__p384-pkcs8", P384, 97)), algorithm: ecdsa(3), signature: two_numbers(48) }
        }
        4 => {
            Kind { key: ec_key(P384, &fixture_point("ok__p384-pkcs8", P384, 97)), algorithm: ecdsa(4), signature: two_numbers(48) }
        }
        5 => {
            Kind { key: ec_key(P521, &fixture_point("ok__p521-pkcs8", P521, 133)), algorithm: ecdsa(4), signature: two_numbers(66) }
        }
        // Nothing is computed, so nothing is charged.
        6 => Kind {
            key: ec_key(P384, &fixture_point("ok__p384-pkcs8", P384, 97)),
            algorithm: sequence(&[&oid(&[0x2a, 3, 4])]),
            signature: vec![1; 8],
        },
        _ => {
            let key = KeyPair::generate().expect("a key").subject_public_key_info();
            Kind { key, algorithm: ecdsa(4), signature: two_numbers(32) }
        }
    }
}

/// As many blocks as an input may hold.
fn fill(ders: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut out = String::new();
    for der in ders {
        let block = pem("CERTIFICATE", &der);
        if out.len() + block.len() > MAX_INPUT_BYTES {
            break;
        }
        out.push_str(&block);
    }
    out.into_bytes()
}

/// CAs that name each other as issuers, whose signatures are bad.
fn mesh(numbers: &[usize]) -> Case {
    let &[sent, authorities, names, keys, key_kind, bytes, letters, padding, role] = numbers else { return empty() };
    let kinds: Vec<Kind> = (0..if key_kind < 3 { keys } else { 1 }).map(|at| kind(key_kind, at)).collect();
    let named: Vec<Vec<u8>> = (0..names).map(|at| name(letters, bytes, at)).collect();
    let pad = extension(&[0x2a, 3, 4], false, &vec![0; padding]);
    let extensions = [ca_extensions(), if padding > 0 { pad } else { Vec::new() }].concat();
    let one = |at: usize| {
        let kind = kinds.get(at % kinds.len())?;
        let plan = Plan {
            serial: at,
            subject: named.get(at % names)?,
            issuer: named.get((at / names + at) % names)?,
            key: &kind.key,
            algorithm: &kind.algorithm,
            extensions: &extensions,
        };
        Some(certificate(&plan, |_| kind.signature.clone()))
    };
    let leaf = || {
        let kind = kinds.first()?;
        let subject = name(0, 4, 77);
        let plan = Plan {
            serial: 1_000_000,
            subject: &subject,
            issuer: named.first()?,
            key: &kind.key,
            algorithm: &kind.algorithm,
            extensions: &leaf_extensions(),
        };
        Some(certificate(&plan, |_| kind.signature.clone()))
    };
    let sent = fill(leaf().into_iter().chain((0..sent).filter_map(one)));
    let authorities = fill((0..authorities).filter_map(|at| one(at + 5000)));
    let roles = if role == 0 { [Role::Cert, Role::Ca] } else { [Role::Auto; 2] };
    Case::check(roles.into_iter().zip([sent, authorities]).collect())
}

/// One key that signs everything: CAs of few names that all issue each other, with policies, mappings and constraints.
fn signed_mesh(numbers: &[usize]) -> Case {
    let &[certificates, names, policies, mappings, policy_bytes, path_lengths, constraints, bytes, letters, way_out] = numbers
    else {
        return empty();
    };
    let signer = Signer::new();
    let named: Vec<Vec<u8>> = (0..names).map(|at| name(letters, bytes, at)).collect();
    let root = name(0, 4, 99);
    let policy = |at: usize| {
        let mut content = vec![0x2a; policy_bytes.max(4) - 3];
        content.extend([0x81 | (at >> 14 & 0x7f) as u8, 0x80 | (at >> 7 & 0x7f) as u8, (at & 0x7f) as u8]);
        oid(&content)
    };
    let list: Vec<Vec<u8>> = (0..policies).map(|at| sequence(&[&policy(at)])).collect();
    let mapped: Vec<Vec<u8>> = (0..mappings).map(|at| sequence(&[&policy(at), &policy(at * 7 % mappings)])).collect();
    let policies_of = |at: usize| {
        let mut extensions = Vec::new();
        if policies > 0 {
            extensions.extend(extension(&[0x55, 0x1d, 0x20], false, &tlv(0x30, &list.concat())));
        }
        if mappings > 0 {
            extensions.extend(extension(&[0x55, 0x1d, 0x21], false, &tlv(0x30, &mapped.concat())));
            extensions.extend(extension(&[0x55, 0x1d, 0x24], true, &sequence(&[&tlv(0x81, &[(at % 100) as u8])])));
        }
        extensions
    };
    let one = |at: usize| {
        let length = if path_lengths > 0 { vec![2, 1, (at % 100) as u8] } else { Vec::new() };
        let basic = extension(&[0x55, 0x1d, 0x13], true, &sequence(&[&[1, 1, 0xff], &length]));
        let usage = extension(&[0x55, 0x1d, 0x0f], true, &[3, 2, 2, 4]);
        let subtrees: Vec<Vec<u8>> =
            (0..constraints).map(|other| sequence(&[&tlv(0x82, format!("x{at}.{other}.example").as_bytes())])).collect();
        let constraint = extension(&[0x55, 0x1d, 0x1e], true, &sequence(&[&tlv(0xa1, &subtrees.concat())]));
        let extensions = [basic, usage, policies_of(at), if constraints > 0 { constraint } else { Vec::new() }].concat();
        let subject = named.get(at % names)?;
        let issuer = if at == 0 { &root } else { named.get((at / names + at) % names)? };
        Some(signer.certificate(at, subject, issuer, &extensions))
    };
    let issuer = if way_out == 1 { named.first() } else { named.last() };
    let subject = name(0, 4, 77);
    let leaf = signer.certificate(
        1_000_000,
        &subject,
        issuer.map_or(&root, |issuer| issuer),
        &[leaf_extensions(), policies_of(0)].concat(),
    );
    let sent = fill(std::iter::once(leaf).chain((0..certificates).filter_map(one)));
    let ca = fill([signer.certificate(1_000_001, &root, &root, &ca_extensions())]);
    let work = if policies > 0 { Work::CheckPolicies } else { Work::Check };
    Case { sources: vec![(Role::Cert, sent), (Role::Ca, ca)], work }
}

/// Ed25519: a fast key, so that what is measured is not its signatures.
struct Signer {
    pair: KeyPair,
    key: Vec<u8>,
}

impl Signer {
    fn new() -> Self {
        let pair = KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
        let key = pair.subject_public_key_info();
        Signer { pair, key }
    }

    fn certificate(&self, serial: usize, subject: &[u8], issuer: &[u8], extensions: &[u8]) -> Vec<u8> {
        let plan = Plan { serial, subject, issuer, key: &self.key, algorithm: ED25519, extensions };
        certificate(&plan, |signed| self.pair.sign(signed).expect("a signature"))
    }
}

/// A name or constraint of one form, of so many bytes.
fn general_name(form: usize, letters: usize, bytes: usize, at: usize, base: bool) -> Vec<u8> {
    let host = |bytes: usize| format!("{}h{at:x}.example", "a.".repeat(bytes / 2));
    match form {
        0 => tlv(0x82, host(bytes).as_bytes()),
        1 if base => tlv(0x81, host(bytes.min(200)).as_bytes()),
        1 => tlv(0x81, format!("{}@h{at:x}.example", "a".repeat(bytes)).as_bytes()),
        2 if base => tlv(0x86, host(bytes.min(200)).as_bytes()),
        2 => tlv(0x86, format!("https://h{at:x}.example/{}", "a".repeat(bytes)).as_bytes()),
        3 => tlv(0xa4, &name(letters, bytes, at)),
        _ if base => tlv(0x87, &[&(at as u32).to_be_bytes()[..], &[0xff; 4]].concat()),
        _ => tlv(0x87, &(!(at as u32)).to_be_bytes()),
    }
}

/// Many or long names of a leaf, and many or long constraints of the CAs above it.
fn constraints(numbers: &[usize]) -> Case {
    let &[names, bytes, constraints, base_bytes, form, letters, authorities] = numbers else { return empty() };
    let signer = Signer::new();
    let room = 2_900_000;
    let list = |count: usize, one: &dyn Fn(usize) -> Vec<u8>| {
        let mut out = Vec::new();
        for at in 0..count {
            let next = one(at);
            if out.len() + next.len() > room {
                break;
            }
            out.extend(next);
        }
        out
    };
    let alternative = list(names, &|at| general_name(form, letters, bytes, at, false));
    let leaf = [leaf_extensions(), extension(&[0x55, 0x1d, 0x11], false, &tlv(0x30, &alternative))].concat();
    let subtrees =
        list(constraints / authorities, &|at| sequence(&[&general_name(form, letters, base_bytes, at + 70_000_000, true)]));
    let above = extension(&[0x55, 0x1d, 0x1e], true, &sequence(&[&tlv(0xa1, &subtrees)]));
    let above = [ca_extensions(), above].concat();
    let subject = name(0, 4, 77);
    let called: Vec<Vec<u8>> = (0..=authorities).map(|at| name(0, 4, at)).collect();
    let leaf = called.first().map(|issuer| signer.certificate(1, &subject, issuer, &leaf));
    let cas = called.windows(2).enumerate().filter_map(|(at, pair)| {
        let [subject, issuer] = pair else { return None };
        let issuer = if at + 1 == authorities { subject } else { issuer };
        Some(signer.certificate(at + 2, subject, issuer, &above))
    });
    Case::check(vec![(Role::Cert, fill(leaf)), (Role::Ca, fill(cas.collect::<Vec<_>>().into_iter().rev()))])
}

const PIECES: [&str; 34] = [
    "-",
    "\u{2014}",
    "- ",
    "-----BEGIN ",
    "-----END CERTIFICATE",
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN CERTIFICATE----------END CERTIFICATE-----",
    "-----END CERTIFICATE----------BEGIN CERTIFICATE-----",
    "---begin private key---",
    "-----BEGIN X-----\nAA==\n-----END X-----\n",
    "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
    "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n",
    "\\",
    "\\n",
    "\\u0041",
    "\"",
    "A",
    "A ",
    "n",
    "\n",
    "\r",
    " \n",
    "Proc-Type: 4,ENCRYPTED",
    "DEK-Info: ",
    "LS0tLS1CRUdJTiBD",
    "0\u{0}",
    "\u{0}",
    "private key",
    "begin private ",
    "%41",
    "MC4CAQAwBQYDK2VwBCIEI",
    "AAAAAAAAAAAAAAAA\nA\n",
];

/// Megabytes of one or two pieces.
fn one_piece(numbers: &[usize]) -> Case {
    let &[piece, around, role, kib, work, second] = numbers else { return empty() };
    let (Some(piece), Some(second)) = (PIECES.get(piece), PIECES.get(second)) else { return empty() };
    let both = format!("{piece}{second}");
    let (before, after) = match around {
        0 => ("", ""),
        1 => ("-----BEGIN PRIVATE KEY-----\n", "\n-----END PRIVATE KEY-----\n"),
        2 => ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"),
        _ => ("key: |\n  \"", "\"\n"),
    };
    let room = (kib * 1024).saturating_sub(before.len() + after.len());
    let text = format!("{before}{}{after}", both.repeat(room / both.len()));
    let role = [Role::Auto, Role::Cert, Role::Key, Role::Ca].get(role).copied().unwrap_or(Role::Auto);
    let role = if work == 1 && role == Role::Auto { Role::Cert } else { role };
    Case { sources: vec![(role, text.into_bytes())], work: if work == 0 { Work::Check } else { Work::Skip } }
}

/// RSA keys whose numbers hold up to the last check: both primes are 2^k - 1, and the exponents undo each other modulo 2^k - 2.
fn rsa_keys(numbers: &[usize]) -> Case {
    let &[keys, bytes, roles] = numbers else { return empty() };
    let one = |at: usize| {
        let bytes = bytes - at;
        let prime = vec![0xff; bytes];
        // (2^k - 1)^2 = 2^2k - 2^(k+1) + 1.
        let mut modulus = vec![0xff; bytes];
        if let Some(last) = modulus.last_mut() {
            *last = 0xfe;
        }
        modulus.extend(vec![0; bytes - 1]);
        modulus.push(1);
        let mut exponent = prime.clone();
        if let Some(last) = exponent.last_mut() {
            *last = 0xfd;
        }
        let e = integer(&exponent);
        let p = integer(&prime);
        pem("RSA PRIVATE KEY", &sequence(&[&[2, 1, 0], &integer(&modulus), &e, &e, &p, &p, &e, &e, &e]))
    };
    let text: String = (0..keys).map(one).collect();
    let roles = if roles == 1 { vec![Role::Key] } else { vec![Role::Key, Role::Auto] };
    Case::check(roles.into_iter().map(|role| (role, text.clone().into_bytes())).collect())
}

/// Certificates whose public keys are points in compressed form, for which a square root has to be found.
fn points(numbers: &[usize]) -> Case {
    let &[sent, authorities, in_use, curve, files] = numbers else { return empty() };
    let (curve, fixture, length) = if curve == 0 { (P521, "ok__p521-pkcs8", 67) } else { (P384, "ok__p384-pkcs8", 49) };
    let mut point = fixture_point(fixture, curve, length);
    if let Some(first) = point.first_mut() {
        *first = 2;
    }
    let (key, subject) = (ec_key(curve, &point), name(0, 4, 1));
    let one = |serial: usize| {
        let plan =
            Plan { serial, subject: &subject, issuer: &subject, key: &key, algorithm: ED25519, extensions: &ca_extensions() };
        certificate(&plan, |_| vec![7; 64])
    };
    let mut sources = vec![
        (Role::Cert, fill((0..sent).map(one))),
        (Role::Ca, fill((0..authorities).map(|at| one(at + 3000)))),
        (Role::Replaces, fill((0..in_use).map(|at| one(at + 6000)))),
    ];
    sources.extend((0..files).map(|file| (Role::Auto, fill((0..2048).map(|at| one(at + 9000 + 3000 * file))))));
    sources.retain(|(_, text)| !text.is_empty());
    Case::check(sources)
}

/// One certificate with as many extensions as there is room for.
fn extensions(numbers: &[usize]) -> Case {
    let &[count, bytes, kind, critical, files] = numbers else { return empty() };
    let signer = Signer::new();
    let mut all = leaf_extensions();
    for at in 0..count {
        let arcs =
            [(at >> 21 & 0x7f) as u8 | 0x80, (at >> 14 & 0x7f) as u8 | 0x80, (at >> 7 & 0x7f) as u8 | 0x80, (at & 0x7f) as u8];
        let id = [&[0x2a, 3][..], &arcs].concat();
        let mut value = vec![0x30; bytes];
        if kind == 1 {
            value = tlv(4, &vec![0; bytes]);
        } else if kind == 2 {
            value = (0..bytes.min(30)).fold(vec![5, 0], |inner, _| tlv(0x30, &inner));
        } else if kind == 3 {
            value = tlv(0x30, &[5, 0].repeat(bytes / 2));
        }
        let next = extension(&id, critical == 1, &value);
        if all.len() + next.len() > 2_900_000 {
            break;
        }
        all.extend(next);
    }
    let subject = name(0, 4, 1);
    if kind == 4 {
        all = all.into_iter().chain(ca_extensions()).collect();
    }
    let one = |serial| fill([signer.certificate(serial, &subject, &subject, &all)]);
    Case::check(
        [Role::Cert, Role::Ca, Role::Replaces].into_iter().take(files).enumerate().map(|(at, role)| (role, one(at))).collect(),
    )
}

/// Each certificate issued the one before it.
fn long_path(numbers: &[usize]) -> Case {
    let &[certificates, anchored, constraints, bytes, letters, role] = numbers else { return empty() };
    let signer = Signer::new();
    let called = |at: usize| name(letters, bytes, at);
    let subtrees: Vec<Vec<u8>> = (0..constraints).map(|at| sequence(&[&tlv(0xa4, &name(0, 4, at + 7))])).collect();
    let mut above = ca_extensions();
    if constraints > 0 {
        above.extend(extension(&[0x55, 0x1d, 0x1e], true, &sequence(&[&tlv(0xa0, &subtrees.concat())])));
    }
    let one = |at: usize| {
        let extensions = if at == 0 { leaf_extensions() } else { above.clone() };
        signer.certificate(at, &called(at), &called(at + 1), &extensions)
    };
    let sent = fill((0..certificates).map(one));
    let top = called(if anchored == 1 { certificates } else { certificates + 1 });
    let ca = fill([signer.certificate(9_999_999, &top, &top, &ca_extensions())]);
    let role = if role == 0 { Role::Cert } else { Role::Auto };
    Case::check(vec![(role, sent), (Role::Ca, ca)])
}

/// Long names, as subjects and issuers or as alternative names.
fn names(numbers: &[usize]) -> Case {
    let &[certificates, rdns, bytes, letters, alternative, files, role] = numbers else { return empty() };
    let signer = Signer::new();
    let room = 2_900_000 / certificates.max(1);
    let long = |at: usize| {
        let mut out = Vec::new();
        for _ in 0..rdns {
            let next = rdn(&text(letters, bytes, at));
            if out.len() + next.len() > room / 2 {
                break;
            }
            out.extend(next);
        }
        tlv(0x30, &out)
    };
    let one = |at: usize| {
        let (subject, issuer) = (long(at), long(at + 1));
        if alternative == 0 {
            return signer.certificate(at, &subject, &issuer, &leaf_extensions());
        }
        let names = [tlv(0xa4, &subject), tlv(0xa4, &issuer)].concat();
        let extensions = [leaf_extensions(), extension(&[0x55, 0x1d, 0x11], false, &tlv(0x30, &names))].concat();
        signer.certificate(at, &name(0, 4, at), &name(0, 4, at + 1), &extensions)
    };
    let roles = if role == 0 { [Role::Cert, Role::Ca, Role::Replaces] } else { [Role::Auto; 3] };
    let file = |number: usize| fill((0..certificates).map(|at| one(at + number * 5000)));
    Case::check(roles.into_iter().take(files).enumerate().map(|(at, role)| (role, file(at))).collect())
}

/// Structures in DER one after the other, white space after them, and base64 around.
fn structures(numbers: &[usize]) -> Case {
    let &[count, space, kind, role, layers] = numbers else { return empty() };
    let one = match kind {
        0 => sequence(&[&sequence(&[&oid(&[0x2a])]), &tlv(3, &[0])]),
        1 => sequence(&[&[2, 1, 1], &tlv(4, &[0])]),
        2 => sequence(&[&[2, 1, 0], &tlv(2, &[3]), &tlv(2, &[3])]),
        3 => sequence(&[&[2, 1, 3], &tlv(0x30, &[])]),
        _ => sequence(&[&sequence(&[&oid(&[0x2a])]), &tlv(4, &[0])]),
    };
    let most = MAX_INPUT_BYTES * 3_usize.pow(layers as u32) / 4_usize.pow(layers as u32) * 95 / 100;
    let count = count.min(most / one.len());
    let mut bytes = one.repeat(count);
    bytes.extend(vec![b' '; space.min(most - bytes.len())]);
    for _ in 0..layers {
        bytes = base64(&bytes).into_bytes();
    }
    bytes.truncate(MAX_INPUT_BYTES);
    Case::check(vec![([Role::Auto, Role::Cert, Role::Key].get(role).copied().unwrap_or(Role::Auto), bytes)])
}

/// One certificate over and over.
fn copies(numbers: &[usize]) -> Case {
    let &[certificates, role, files] = numbers else { return empty() };
    let signer = Signer::new();
    let subject = name(0, 200, 1);
    let one = signer.certificate(1, &subject, &subject, &ca_extensions());
    let text = fill(std::iter::repeat_n(one, certificates));
    let role = [Role::Auto, Role::Cert, Role::Ca].get(role).copied().unwrap_or(Role::Auto);
    Case::check((0..files).map(|_| (role, text.clone())).collect())
}

/// An encrypted key that asks for as much as the budget has.
fn derivation(numbers: &[usize]) -> Case {
    let &[iterations, kind, _, salt] = numbers else { return empty() };
    let salt = tlv(4, &vec![7; salt]);
    let aes = sequence(&[&oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a]), &tlv(4, &[7; 16])]);
    let pbes2 = |kdf: &[u8]| sequence(&[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0d]), &sequence(&[kdf, &aes])]);
    let pbkdf2 = |prf: u8| {
        let prf = sequence(&[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, prf]), &[5, 0]]);
        let parameters = sequence(&[&salt, &integer(&iterations.to_be_bytes()), &prf]);
        pbes2(&sequence(&[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0c]), &parameters]))
    };
    let algorithm = match kind {
        0 => pbkdf2(7),
        1 => pbkdf2(9),
        2 => pbkdf2(10),
        3 => pbkdf2(11),
        4 => {
            // N = 2^k with r = 8 fills the memory, p the work.
            let n = (iterations.next_power_of_two() / 256).clamp(2, 32_768);
            let parameters = sequence(&[&salt, &integer(&n.to_be_bytes()), &[2, 1, 8], &[2, 1, 16]]);
            pbes2(&sequence(&[&oid(&[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 0x0b]), &parameters]))
        }
        _ => sequence(&[
            &oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 1, 3]),
            &sequence(&[&salt, &integer(&(iterations / 3).max(1).to_be_bytes())]),
        ]),
    };
    Case { sources: vec![(Role::Key, sequence(&[&algorithm, &tlv(4, &[9; 64])]))], work: Work::Open("key") }
}

fn empty() -> Case {
    Case::check(Vec::new())
}
