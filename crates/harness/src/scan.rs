//! The scanner, and all that reads after it.

use crate::against::{self, Block};
use crate::sound::ED25519;
use crate::verdict::{line_count, source, sources, validate};
use base64ct::{Base64, Encoding as _};
use certflight_validate::harness::{Scanned, scan_text};
use certflight_validate::{Request, Role};
use rustls_pki_types::pem::{PemObject as _, SectionKind};

/// Any bytes: as a text of their own, in each of the three places with sound inputs beside them, and unsorted.
pub fn run(bytes: &[u8]) {
    let scanned = scan_text(bytes);
    spans_lie_inside(&scanned, bytes);
    blocks_are_the_same_again(&scanned);
    what_others_read_is_read(bytes);
    stands_in_each_place(bytes);
}

fn spans_lie_inside(scanned: &Scanned, bytes: &[u8]) {
    let count = line_count(bytes);
    for lines in scanned.blocks.iter().map(|block| &block.lines).chain(&scanned.refused) {
        assert!(1 <= lines.first && lines.first <= lines.last && lines.last as usize <= count, "{lines:?} of {count} lines");
    }
    for pair in scanned.blocks.windows(2) {
        assert!(pair[0].lines.last <= pair[1].lines.first, "{:?} and {:?} overlap", pair[0].lines, pair[1].lines);
    }
}

fn blocks_are_the_same_again(scanned: &Scanned) {
    for block in scanned.blocks.iter().filter(|block| !block.encrypted) {
        let base64 = Base64::encode_string(block.der.expose());
        let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
        let text = format!("-----BEGIN {0}-----\n{1}\n-----END {0}-----\n", block.label, lines.join("\n"));
        let again = scan_text(text.as_bytes());
        assert!(again.refused.is_empty(), "what was read is refused when it is written cleanly");
        let [one] = again.blocks.as_slice() else { panic!("one block became {}", again.blocks.len()) };
        assert!(one.label == block.label && one.der.expose() == block.der.expose() && !one.encrypted);
    }
}

/// The blocks that rustls-pki-types reads, up to the first that it cannot.
fn pki_types(text: &[u8]) -> Vec<Block> {
    let label = |kind: SectionKind| match kind {
        SectionKind::Certificate => "CERTIFICATE",
        SectionKind::PublicKey => "PUBLIC KEY",
        SectionKind::RsaPrivateKey => "RSA PRIVATE KEY",
        SectionKind::PrivateKey => "PRIVATE KEY",
        SectionKind::EcPrivateKey => "EC PRIVATE KEY",
        SectionKind::Crl => "X509 CRL",
        SectionKind::Csr => "CERTIFICATE REQUEST",
        _ => "ECHCONFIG",
    };
    let read = <(SectionKind, Vec<u8>)>::pem_slice_iter(text).map_while(Result::ok);
    read.map(|(kind, der)| Block { label: label(kind).to_owned(), der }).collect()
}

fn what_others_read_is_read(text: &[u8]) {
    let compared = against::pem(text, pki_types);
    assert!(
        compared.only_theirs.len() <= compared.refused,
        "{} blocks are read by others, and {} refused: {:?}",
        compared.only_theirs.len(),
        compared.refused,
        compared.only_theirs
    );
}

fn stands_in_each_place(bytes: &[u8]) {
    let in_place = |cert, key, ca| validate(&Request { sources: &sources(cert, key, ca), origin: None });
    let _ = in_place(bytes, ED25519.key, ED25519.ca);
    let _ = in_place(ED25519.cert, bytes, ED25519.ca);
    let _ = in_place(ED25519.cert, ED25519.key, bytes);
    assert!(in_place(bytes, bytes, bytes).is_err(), "no text is certificate, key and CA in one");
    // Sorted by what it holds, alone and beside the rest of a bundle.
    let sorted = |sources: &[&[u8]]| {
        let sources: Vec<_> = sources.iter().map(|bytes| source(Role::Auto, bytes)).collect();
        let _ = validate(&Request { sources: &sources, origin: None });
    };
    sorted(&[bytes]);
    sorted(&[bytes, ED25519.key, ED25519.ca]);
    sorted(&[ED25519.cert, bytes, ED25519.ca]);
    sorted(&[ED25519.cert, ED25519.key, bytes]);
    for role in [Role::Cert, Role::Key, Role::Ca] {
        let alone = validate(&Request { sources: &[source(role, bytes)], origin: None });
        assert!(alone.is_err(), "{role} alone is no bundle");
    }
}
