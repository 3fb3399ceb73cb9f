//! Every committed container: what other tools closed is opened, and nothing else comes out of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_fixtures::{Container, Fixture};
use certflight_import::open;
use certflight_validate::{Object, Opened, Role, Sealed, SealedKind, SecretBytes, SecretText, Source, inspect};
use std::collections::BTreeSet;

/// The one sealed thing in a file.
fn sealed(bytes: &[u8]) -> Sealed {
    let mut list = inspect(&Source::new(Role::Auto, "file", bytes)).sealed;
    assert_eq!(list.len(), 1);
    list.pop().unwrap()
}

fn text(passphrase: &str) -> SecretText {
    SecretText::new(passphrase.to_owned())
}

fn opened(container: &Container) -> Opened {
    let passphrase = text(&container.passphrase);
    open(&sealed(&container.bytes), (!container.passphrase.is_empty()).then_some(&passphrase))
}

/// What is to come out: each object's name and DER.
fn expected(container: &Container) -> BTreeSet<(String, Vec<u8>)> {
    let fixture = certflight_fixtures::named(&container.bundle);
    let all = objects(&fixture);
    container.contents.iter().map(|name| all.iter().find(|(known, _)| known == name).unwrap().clone()).collect()
}

fn objects(fixture: &Fixture) -> Vec<(String, Vec<u8>)> {
    let blocks = |text: &Option<Vec<u8>>| -> Vec<Vec<u8>> {
        pem::parse_many(text.as_ref().unwrap()).unwrap().into_iter().map(pem::Pem::into_contents).collect()
    };
    let (cert, key, ca) = (blocks(&fixture.cert), blocks(&fixture.key), blocks(&fixture.ca));
    [("leaf", &cert[0]), ("intermediate", &cert[1]), ("root", &ca[0]), ("key", &key[0])]
        .map(|(name, der)| (name.to_owned(), der.clone()))
        .to_vec()
}

/// The objects by name. A key in another container than the bundle's is the same key if it holds the same private number.
fn named(container: &Container, list: &[Object]) -> BTreeSet<(String, Vec<u8>)> {
    let all = objects(&certflight_fixtures::named(&container.bundle));
    let find = |der: &[u8]| all.iter().find(|(_, known)| known == der || holds_same_number(known, der));
    list.iter()
        .map(|object| {
            let (der, is_key) = match object {
                Object::Certificate(der) => (der.as_slice(), false),
                Object::PrivateKey(der) => (der.expose(), true),
            };
            let found = find(der).unwrap_or_else(|| panic!("{}: an object that was never put in", container.name));
            assert_eq!(is_key, found.0 == "key");
            found.clone()
        })
        .collect()
}

/// PKCS#8 around PKCS#1 or SEC1, or the same with other attributes: the shorter one's end, which is the longest secret, is in the longer one.
fn holds_same_number(known: &[u8], der: &[u8]) -> bool {
    // P-256 in SEC1: version 1, then 32 bytes. RSA in PKCS#1: the primes fill the second half.
    let number = |der: &[u8]| {
        let at = der.windows(5).position(|window| window == [0x02, 0x01, 0x01, 0x04, 0x20])?;
        Some(der[at + 5..at + 37].to_vec())
    };
    match (number(known), number(der)) {
        (Some(one), Some(other)) => one == other,
        _ => known.len() > 600 && der.len() > 600 && known[known.len() - 500..] == der[der.len() - 500..],
    }
}

#[test]
fn every_container_opens_to_what_was_put_in() {
    let mut seen = 0;
    for container in certflight_fixtures::containers() {
        seen += 1;
        match (opened(&container), container.contents[0].as_str()) {
            (Opened::Unsupported(name), "unsupported") => assert!(!name.is_empty()),
            (Opened::WrongPassphrase, "wrong") => {}
            (Opened::Objects(list), _) => assert_eq!(named(&container, &list), expected(&container), "{}", container.name),
            (other, _) => panic!("{}: {other:?}", container.name),
        }
    }
    assert!(seen > 50);
}

/// Needs no passphrase, whatever is given.
fn is_open(container: &Container) -> bool {
    container.name.ends_with(".p7b") || container.name == "p256-plain-no-mac.p12"
}

#[test]
fn a_wrong_passphrase_is_one_and_none_is_asked_for() {
    for container in certflight_fixtures::containers().iter().filter(|c| !is_open(c) && c.contents[0] != "unsupported") {
        let sealed = sealed(&container.bytes);
        for wrong in ["", "Correct horse", "correct horse ", "korrekt", "Grüsse"] {
            if wrong == container.passphrase {
                continue;
            }
            // A store of certificates without a passphrase is read without its checksum.
            if container.name == "p256-trust.jks" && wrong.is_empty() {
                continue;
            }
            let outcome = open(&sealed, Some(&text(wrong)));
            assert!(matches!(outcome, Opened::WrongPassphrase), "{} with {wrong:?}: {outcome:?}", container.name);
        }
        let outcome = open(&sealed, None);
        match container.passphrase.is_empty() || container.name == "p256-trust.jks" {
            true => assert!(matches!(outcome, Opened::Objects(_)), "{}: {outcome:?}", container.name),
            false => assert!(matches!(outcome, Opened::Locked), "{}: {outcome:?}", container.name),
        }
    }
}

/// With the right passphrase: a file cut short, or changed, is damaged, and never gives what was not put in.
#[test]
fn damage_is_told_from_a_wrong_passphrase() {
    let mut damaged = 0;
    for container in certflight_fixtures::containers() {
        if container.contents[0] == "unsupported" || container.name.ends_with(".key") && container.bytes[0] != 0x30 {
            continue;
        }
        let kind = sealed(&container.bytes).kind().clone();
        let attempt = |bytes: Vec<u8>| {
            let passphrase = text(&container.passphrase);
            open(&Sealed::new(kind.clone(), SecretBytes::new(bytes)), (!container.passphrase.is_empty()).then_some(&passphrase))
        };
        let bytes = if container.bytes[0] == b'-' {
            pem::parse(&container.bytes).unwrap().into_contents()
        } else {
            container.bytes.clone()
        };
        for length in (1..bytes.len()).step_by(bytes.len() / 40 + 1) {
            let outcome = attempt(bytes[..length].to_vec());
            assert!(!matches!(outcome, Opened::Objects(_) | Opened::Locked), "{} cut to {length}: {outcome:?}", container.name);
        }
        for at in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            match attempt(flipped) {
                Opened::Objects(list) if has_checksum(&container) => {
                    assert_eq!(named(&container, &list), expected(&container), "{} flipped at {at}", container.name);
                }
                Opened::Damaged(_) => damaged += 1,
                _ => {}
            }
        }
    }
    assert!(damaged > 500, "{damaged}");
}

/// Its makers put a checksum over all of it, and it needs the passphrase.
fn has_checksum(container: &Container) -> bool {
    let without = ["no-mac", "p7b", "trust"].iter().any(|part| container.name.contains(part));
    !without && !container.name.ends_with(".key")
}

/// The ciphertext past its first block: the passphrase is right, whatever the rest says.
#[test]
fn a_flip_late_in_the_ciphertext_is_damage() {
    for name in ["p256-modern.p12", "p256-legacy.p12", "p256-no-mac.p12", "p256-legacy-no-mac.p12", "p256-der.key"] {
        let bytes = certflight_fixtures::container(name);
        let text = text("correct horse");
        let range = match name {
            "p256-der.key" => bytes.len() - 100..bytes.len(),
            // The certificates come first, and then the key.
            _ => 300..700,
        };
        for at in range.step_by(7) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            let outcome = open(&sealed(&flipped), Some(&text));
            // Without a checksum, what decrypts to a well-formed safe or key is what is in it. Whether it belongs together is checked elsewhere.
            let unseen = (name.contains("no-mac") || name.ends_with(".key")) && matches!(outcome, Opened::Objects(_));
            assert!(unseen || matches!(outcome, Opened::Damaged(_)), "{name} flipped at {at}: {outcome:?}");
        }
    }
}

/// Its keys open, so the passphrase is right; the checksum at the end covers everything.
#[test]
fn a_key_store_that_opens_and_does_not_add_up_is_damaged() {
    let stores =
        certflight_fixtures::containers().into_iter().filter(|container| container.bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]));
    let mut stores: Vec<Container> = stores.filter(|container| container.contents.iter().any(|name| name == "key")).collect();
    assert!(!stores.is_empty());
    for store in &mut stores {
        assert!(matches!(opened(store), Opened::Objects(_)), "{}", store.name);
        *store.bytes.last_mut().unwrap() ^= 1;
        assert!(matches!(opened(store), Opened::Damaged(_)), "{}", store.name);
    }
}

#[test]
fn what_is_too_large_is_not_looked_at() {
    let sealed = Sealed::new(SealedKind::Pkcs12, SecretBytes::new(vec![0x30; certflight_validate::MAX_INPUT_BYTES + 1]));
    assert!(matches!(open(&sealed, None), Opened::TooCostly(_)));
}
