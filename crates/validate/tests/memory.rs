//! No part of a private key is left in memory, on the heap or on a stack, once a check, a refusal or a conversion is over and its inputs are dropped. Linux alone
//! shows a process its memory as a file, so elsewhere nothing is tested.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_fixtures::memory::{Found, Masked, Needles, base64, copies, der, pem};
use certflight_validate::{
    GatePolicy, Policy, Request, Role, Source, Timestamp, Verdict, check, convert, inspect, skip_validation, validate,
};
use std::hint::black_box;
use std::io::Write as _;
use zeroize::Zeroizing;

type Secret = Zeroizing<Vec<u8>>;

/// A kind of key, by its bundle, and its PEM's label.
const KEYS: [(&str, &str); 9] = [
    ("ok__p256-pkcs8", "PRIVATE KEY"),
    ("ok__p256-sec1", "EC PRIVATE KEY"),
    ("ok__p384-pkcs8", "PRIVATE KEY"),
    ("ok__p384-sec1", "EC PRIVATE KEY"),
    ("ok__p521-pkcs8", "PRIVATE KEY"),
    ("ok__p521-sec1", "EC PRIVATE KEY"),
    ("ok__ed25519-pkcs8", "PRIVATE KEY"),
    ("ok__rsa2048-pkcs8", "PRIVATE KEY"),
    ("ok__rsa2048-pkcs1", "RSA PRIVATE KEY"),
];

/// Writes a key's file, of the PEM label and the DER.
type Write = fn(&str, &[u8]) -> Secret;

/// How a key's file may be written.
const FORMS: [(&str, Write); 7] = [
    ("PEM", |label, der| pem(label, der)),
    ("escaped line breaks", |label, der| replaced(&pem(label, der), b"\\n")),
    ("one line", |label, der| replaced(&pem(label, der), b" ")),
    ("base64 of PEM", |label, der| base64(&pem(label, der))),
    ("UTF-16", |label, der| wide(&pem(label, der))),
    ("DER", |_, der| copy(der)),
    ("base64 of DER", |_, der| base64(der)),
];

fn copy(bytes: &[u8]) -> Secret {
    Zeroizing::new(bytes.to_vec())
}

fn replaced(text: &[u8], line_break: &[u8]) -> Secret {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 2));
    for byte in text {
        match byte {
            b'\n' => out.extend_from_slice(line_break),
            other => out.push(*other),
        }
    }
    out
}

fn wide(text: &[u8]) -> Secret {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 2 + 2));
    out.extend_from_slice(&[0xff, 0xfe]);
    out.extend(text.iter().flat_map(|byte| [*byte, 0]));
    out
}

/// A bundle whose key is given in some form.
struct Bundle {
    cert: Vec<u8>,
    ca: Vec<u8>,
    /// Certificates of another key.
    other: Vec<u8>,
}

impl Bundle {
    fn read(folder: &str) -> Self {
        let read = |folder: &str, name: &str| read_public(folder, name);
        let other = if folder.contains("p384") { "ok__p256-pkcs8" } else { "ok__p384-pkcs8" };
        Bundle { cert: read(folder, "cert.pem"), ca: read(folder, "ca.pem"), other: read(other, "cert.pem") }
    }
}

/// What is done with the key's text. Each gives whether it passed.
type Work = fn(&Bundle, &[u8]) -> bool;

const WORKS: [(&str, bool, Work); 12] = [
    ("inspect", true, |_, key| inspect(&Source::new(Role::Auto, "key", key)).recognised),
    ("check", true, |bundle, key| checked(&[(Role::Cert, &bundle.cert), (Role::Key, key), (Role::Ca, &bundle.ca)], NOW)),
    ("check of files", true, |bundle, key| {
        checked(&[(Role::Auto, &bundle.cert), (Role::Auto, key), (Role::Auto, &bundle.ca)], NOW)
    }),
    ("check, refused: another certificate", false, |bundle, key| {
        checked(&[(Role::Cert, &bundle.other), (Role::Key, key), (Role::Ca, &bundle.ca)], NOW)
    }),
    ("check, refused: expired", false, |bundle, key| {
        checked(&[(Role::Cert, &bundle.cert), (Role::Key, key), (Role::Ca, &bundle.ca)], "2199-01-01T00:00:00Z")
    }),
    ("check, refused: twice the key", false, |bundle, key| {
        checked(&[(Role::Cert, &bundle.cert), (Role::Key, key), (Role::Cert, key), (Role::Ca, &bundle.ca)], NOW)
    }),
    ("check, refused: the key for the certificate", false, |bundle, key| {
        checked(&[(Role::Cert, key), (Role::Key, &bundle.cert), (Role::Ca, key)], NOW)
    }),
    ("check, the key in the certificate that is replaced", true, |bundle, key| {
        let joined = [(Role::Cert, bundle.cert.as_slice()), (Role::Key, key), (Role::Ca, &bundle.ca), (Role::Replaces, key)];
        checked(&joined, NOW);
        true
    }),
    ("validate", true, |bundle, key| {
        let sources = sources(&[(Role::Cert, &bundle.cert), (Role::Key, key), (Role::Ca, &bundle.ca)]);
        let bundle = validate(&Request { sources: &sources, origin: None }, &GatePolicy::new(at(NOW)));
        bundle.is_ok_and(|bundle| bundle.key_pem().expose().len() > 100)
    }),
    ("convert", true, |bundle, key| {
        let sources = sources(&[(Role::Cert, &bundle.cert), (Role::Key, key), (Role::Ca, &bundle.ca)]);
        let converted = convert(&Request { sources: &sources, origin: None }, &Policy::new(at(NOW)));
        converted.is_ok_and(|converted| converted.key_pem().is_some_and(|key| key.expose().len() > 100))
    }),
    ("skip validation", true, |bundle, key| {
        let sources = sources(&[(Role::Cert, &bundle.cert), (Role::Key, key), (Role::Ca, &bundle.ca)]);
        // What is no text is refused.
        skip_validation(&Request { sources: &sources, origin: None }).is_ok() | str::from_utf8(key).is_err()
    }),
    ("skip validation, refused: a key among certificates", false, |bundle, key| {
        let sources = sources(&[(Role::Cert, key), (Role::Key, key), (Role::Ca, &bundle.ca)]);
        skip_validation(&Request { sources: &sources, origin: None }).is_ok()
    }),
];

const NOW: &str = certflight_fixtures::DEFAULT_AT;

fn at(instant: &str) -> Timestamp {
    Timestamp::parse_rfc3339(instant).unwrap()
}

fn sources<'a>(list: &[(Role, &'a [u8])]) -> Vec<Source<'a>> {
    list.iter().map(|(role, bytes)| Source::new(*role, "file", bytes)).collect()
}

fn checked(list: &[(Role, &[u8])], instant: &str) -> bool {
    check(&Request { sources: &sources(list), origin: None }, &Policy::new(at(instant))).verdict() == Verdict::Pass
}

#[allow(clippy::disallowed_methods, reason = "what is not to be done in the library")]
fn read_public(folder: &str, name: &str) -> Vec<u8> {
    std::fs::read(certflight_fixtures::data_folder().join(folder).join(name)).unwrap()
}

fn say(text: &str) {
    #[allow(clippy::disallowed_methods, reason = "what is not to be done in the library")]
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// One test, since the whole process is looked at.
#[test]
fn no_part_of_a_key_is_left() {
    let key = |folder: &str| {
        let path = certflight_fixtures::data_folder().join(folder).join("key.pem");
        Masked::of(&der(&Masked::file(&path).reveal()))
    };
    if let Err(error) = Needles::default().in_this_process() {
        return say(&format!("NOT RUN: the search of memory for keys: {error}"));
    }
    // With a key of its own, whose copies stay.
    controls(&key("ok__rsa3072-pkcs8"));

    let mut left = Vec::new();
    let mut cases = 0;
    for (folder, label) in KEYS {
        let bundle = Bundle::read(folder);
        let key = key(folder);
        for (form, write) in FORMS {
            let mut needles = Needles::default();
            needles.add_key(&key.reveal());
            if form == "base64 of PEM" {
                let text = write(label, &key.reveal());
                // The first and last lines are everybody's.
                needles.add("the base64 of PEM", &text[60..text.len() - 60]);
            }
            for (name, passes, work) in WORKS {
                let input = Masked::of(&write(label, &key.reveal()));
                let found = needles.left_by(|| assert_eq!(work(&bundle, &input.reveal()), passes, "{folder}, {form}: {name}"));
                note(&mut left, &format!("{folder}, {form}: {name}"), &found.unwrap());
                cases += 1;
            }
            // Where a certificate belongs, and labelled so: torn, it looks like nothing.
            let mut torn = key.reveal();
            torn[..12].fill(0xff);
            let input = Masked::of(&write("CERTIFICATE", &torn));
            drop(torn);
            let found = needles.left_by(|| {
                let torn = input.reveal();
                assert!(!checked(&[(Role::Cert, &torn), (Role::Key, &bundle.cert), (Role::Ca, &torn)], NOW));
            });
            note(&mut left, &format!("{folder}, {form}: torn, for the certificate"), &found.unwrap());
            cases += 1;
            // Cut short, the key is malformed, and most of it is there.
            let mut cut = key.reveal();
            let length = cut.len() - 1;
            cut.truncate(length);
            let input = Masked::of(&write(label, &cut));
            drop(cut);
            let found = needles.left_by(|| {
                let key = input.reveal();
                assert!(!checked(&[(Role::Cert, &bundle.cert), (Role::Key, &key), (Role::Ca, &bundle.ca)], NOW));
            });
            note(&mut left, &format!("{folder}, {form}: cut short"), &found.unwrap());
            cases += 1;
        }
    }
    say(&format!("memory: {cases} cases, {} of them leave parts of a key", left.len()));
    assert!(left.is_empty(), "{}", left.join("\n"));
}

fn note(left: &mut Vec<String>, case: &str, found: &[Found]) {
    if let Some(first) = found.first() {
        left.push(format!("{case}: {} copies, {} stretches, {first}", copies(found), found.len()));
    }
}

/// What is left on purpose is found: alive, freed, and on the stack.
fn controls(key: &Masked) {
    let mut needles = Needles::default();
    needles.add_key(&key.reveal());
    let copies = |work: &(dyn Fn() + Sync)| copies(&needles.left_by(work).unwrap());
    assert_eq!(copies(&|| drop(key.reveal())), 0);
    let alive = key.reveal();
    assert_eq!(copies(&|| {}), 1);
    drop(alive);
    assert_eq!(copies(&|| drop(black_box(key.reveal().to_vec()))), 1, "freed");
    assert_eq!(copies(&|| deep(key, 100)), 2, "on the stack, too");
}

/// So deep that what is called afterwards does not reach it. The last of an RSA key's numbers is at its end.
#[inline(never)]
fn deep(key: &Masked, depth: usize) {
    let mut array = [0_u8; 256];
    if depth > 0 {
        deep(key, depth - 1);
    } else {
        let key = key.reveal();
        array[..64].copy_from_slice(&key[key.len() - 64..]);
    }
    black_box(&array);
}
