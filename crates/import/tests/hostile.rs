//! Files made to cost: refused by what they ask for, before anything is derived.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_import::{Allowance, open, open_within};
use certflight_validate::{Opened, Sealed, SealedKind, SecretBytes, SecretText};
use proptest::prelude::*;

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let header: Vec<u8> = if content.len() < 0x80 { vec![tag, length[3]] } else { [&[tag, 0x84][..], &length].concat() };
    [header, content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

fn integer(value: i64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let digits = bytes.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<u8>>();
    match digits.first() {
        None => tlv(2, &[&[0]]),
        Some(0x80..) if value > 0 => tlv(2, &[&[0], &digits]),
        _ => tlv(2, &[&digits]),
    }
}

const PBES2: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PBKDF2: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
const SCRYPT: &[u8] = &[0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b];
const AES_256: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
const PKCS12_3DES: &[u8] = &[0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01, 0x03];
const DATA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const SHA_1: &[u8] = &[0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a];
const SHROUDED: &[u8] = &[0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02];
const SAFE: &[u8] = &[0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x06];

fn pbes2(kdf: &[u8]) -> Vec<u8> {
    sequence(&[PBES2, &sequence(&[kdf, &sequence(&[AES_256, &tlv(4, &[&[7; 16]])])])])
}

fn pbkdf2(iterations: i64) -> Vec<u8> {
    pbes2(&sequence(&[PBKDF2, &sequence(&[&tlv(4, &[&[7; 8]]), &integer(iterations)])]))
}

fn scrypt(n: i64, r: i64, p: i64) -> Vec<u8> {
    pbes2(&sequence(&[SCRYPT, &sequence(&[&tlv(4, &[&[7; 8]]), &integer(n), &integer(r), &integer(p)])]))
}

fn pkcs12_pbe(iterations: i64) -> Vec<u8> {
    sequence(&[PKCS12_3DES, &sequence(&[&tlv(4, &[&[7; 8]]), &integer(iterations)])])
}

fn encrypted(algorithm: &[u8]) -> Vec<u8> {
    sequence(&[algorithm, &tlv(4, &[&[9; 64]])])
}

/// A container with these bags in the clear, and a MAC of so many iterations.
fn pfx(bags: &[&[u8]], mac_iterations: i64) -> Vec<u8> {
    let safe = sequence(bags);
    let info = sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&safe])])]);
    let content = sequence(&[&info]);
    let digest = sequence(&[&sequence(&[SHA_1, &[5, 0]]), &tlv(4, &[&[1; 20]])]);
    let mac = sequence(&[&digest, &tlv(4, &[&[7; 8]]), &integer(mac_iterations)]);
    sequence(&[&integer(3), &sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&content])])]), &mac])
}

fn shrouded(algorithm: &[u8]) -> Vec<u8> {
    sequence(&[SHROUDED, &tlv(0xa0, &[&encrypted(algorithm)])])
}

fn outcome(kind: SealedKind, bytes: Vec<u8>) -> Opened {
    open(&Sealed::new(kind, SecretBytes::new(bytes)), Some(&SecretText::new("correct horse".to_owned())))
}

/// Were anything derived, each of these would run for minutes to years, or take gigabytes.
#[test]
fn giant_costs_are_refused() {
    const GIANT: i64 = 1 << 31;
    for (name, kind, bytes) in [
        ("PBKDF2", SealedKind::EncryptedPkcs8, encrypted(&pbkdf2(GIANT))),
        ("PBKDF2 at the end of 64 bits", SealedKind::EncryptedPkcs8, encrypted(&pbkdf2(i64::MAX))),
        ("scrypt N", SealedKind::EncryptedPkcs8, encrypted(&scrypt(GIANT, 8, 1))),
        ("scrypt r", SealedKind::EncryptedPkcs8, encrypted(&scrypt(16, GIANT, 1))),
        ("scrypt p", SealedKind::EncryptedPkcs8, encrypted(&scrypt(16, 8, GIANT))),
        ("scrypt beyond 64 bits", SealedKind::EncryptedPkcs8, encrypted(&scrypt(i64::MAX, i64::MAX, i64::MAX))),
        ("PKCS#12 PBE", SealedKind::EncryptedPkcs8, encrypted(&pkcs12_pbe(GIANT))),
        ("the MAC", SealedKind::Pkcs12, pfx(&[], GIANT)),
        ("a bag", SealedKind::Pkcs12, pfx(&[&shrouded(&pbkdf2(GIANT))], 1)),
        // Each is allowed, all together are not.
        ("many bags", SealedKind::Pkcs12, pfx(&[shrouded(&pbkdf2(100_000)).as_slice(); 200], 1)),
    ] {
        let outcome = outcome(kind, bytes);
        assert!(matches!(outcome, Opened::TooCostly(_)), "{name}: {outcome:?}");
    }
}

/// What an encrypted part asks for is seen only once it is decrypted, and is counted before it is derived.
#[test]
fn a_giant_cost_inside_an_encrypted_part_is_refused() {
    use cbc::cipher::block_padding::NoPadding;
    use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
    for (iterations, is_too_costly) in [(1 << 31, true), (1, false)] {
        let mut text = sequence(&[&shrouded(&pbkdf2(iterations))]);
        let padding = 16 - text.len() % 16;
        text.extend(vec![u8::try_from(padding).unwrap(); padding]);
        let mut key = [0; 32];
        pbkdf2::pbkdf2_hmac::<sha1::Sha1>(b"correct horse", &[7; 8], 1, &mut key);
        let length = text.len();
        cbc::Encryptor::<aes::Aes256>::new(&key.into(), &[7; 16].into()).encrypt_padded::<NoPadding>(&mut text, length).unwrap();
        let encrypted_data: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
        let info = sequence(&[DATA, &pbkdf2(1), &tlv(0x80, &[&text])]);
        let part = sequence(&[encrypted_data, &tlv(0xa0, &[&sequence(&[&integer(0), &info])])]);
        let content = sequence(&[&part]);
        let whole = sequence(&[&integer(3), &sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&content])])])]);
        let outcome = outcome(SealedKind::Pkcs12, whole);
        // The shrouded key is noise, so that with an honest cost the part is opened and the key in it is damaged.
        assert_eq!(matches!(outcome, Opened::TooCostly(_)), is_too_costly, "{outcome:?}");
        assert!(is_too_costly || matches!(outcome, Opened::Damaged(_)), "{outcome:?}");
    }
}

#[test]
fn no_iterations_and_negative_ones_are_no_loophole() {
    for algorithm in
        [pbkdf2(0), pbkdf2(-1), pbkdf2(i64::MIN), pkcs12_pbe(0), pkcs12_pbe(-5), scrypt(0, 8, 1), scrypt(-2, 8, 1), scrypt(3, 8, 1)]
    {
        let outcome = outcome(SealedKind::EncryptedPkcs8, encrypted(&algorithm));
        assert!(matches!(outcome, Opened::Damaged(_)), "{outcome:?}");
    }
    for iterations in [0, -1] {
        let outcome = outcome(SealedKind::Pkcs12, pfx(&[], iterations));
        assert!(matches!(outcome, Opened::Damaged(_)), "{outcome:?}");
    }
}

#[test]
fn nesting_and_counts_are_bounded() {
    let nested = |levels: usize| (0..levels).fold(sequence(&[]), |inner, _| sequence(&[&sequence(&[SAFE, &tlv(0xa0, &[&inner])])]));
    let bag = |inner: &[u8]| sequence(&[SAFE, &tlv(0xa0, &[inner])]);
    for levels in [10, 1000] {
        let outcome = outcome(SealedKind::Pkcs12, pfx(&[&bag(&nested(levels))], 1));
        assert!(matches!(outcome, Opened::Damaged(_)), "{levels}: {outcome:?}");
    }
    for kind in [SealedKind::Pkcs12, SealedKind::Pkcs7, SealedKind::EncryptedPkcs8] {
        for open_end in [&[0x30, 0x80][..], &[0x24, 0x80], &[0xa0, 0x80]] {
            let outcome = outcome(kind.clone(), open_end.repeat(1_000_000));
            assert!(matches!(outcome, Opened::Damaged(_)), "{kind:?}: {outcome:?}");
        }
    }
    let key: &[u8] = &[0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x01];
    let plain = sequence(&[key, &tlv(0xa0, &[&sequence(&[&integer(0)])])]);
    let outcome = outcome(SealedKind::Pkcs12, pfx(&vec![plain.as_slice(); 3000], 1));
    assert!(matches!(outcome, Opened::TooCostly(_)), "{outcome:?}");
}

#[test]
fn lying_lengths_of_a_key_store_allocate_nothing() {
    let head = [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1];
    let giant = [0xff; 4];
    for (name, rest) in [
        ("count of entries", [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2][..], &giant].concat()),
        ("alias", [&head[..], &[0, 0, 0, 1, 0xff, 0xff]].concat()),
        ("key", [&head[..], &[0, 0, 0, 1, 0, 0], &[0; 8], &giant].concat()),
        ("chain", [&head[..], &[0, 0, 0, 1, 0, 0], &[0; 8], &[0, 0, 0, 0], &giant].concat()),
        ("certificate", [&head[..], &[0, 0, 0, 2, 0, 0], &[0; 8], &[0, 0], &giant].concat()),
    ] {
        let outcome = outcome(SealedKind::JavaKeyStore, rest);
        assert!(matches!(outcome, Opened::Damaged(_)), "{name}: {outcome:?}");
    }
}

/// A container without a MAC, of parts in the clear.
fn bare(parts: &[&[&[u8]]]) -> Vec<u8> {
    let infos: Vec<Vec<u8>> = parts.iter().map(|bags| sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&sequence(bags)])])])).collect();
    let content = sequence(&infos.iter().map(Vec::as_slice).collect::<Vec<_>>());
    sequence(&[&integer(3), &sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&content])])])])
}

fn key_store(version: u8, entries: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(entries.len()).unwrap().to_be_bytes();
    // Without a passphrase and without keys nothing holds the checksum against it.
    [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, version][..], &count, &entries.concat(), &[0; 20]].concat()
}

/// As many objects as an input may have certificates; in several parts no more than in one.
#[test]
fn as_many_objects_are_taken_as_are_allowed() {
    const MAX: usize = certflight_validate::MAX_CERTIFICATES;
    let key: &[u8] = &[0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x01];
    let bag = sequence(&[key, &tlv(0xa0, &[&sequence(&[&integer(0)])])]);
    let bags = |count: usize| vec![bag.as_slice(); count];
    let signed_data: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let pkcs7 = |count: usize| {
        let certificates = tlv(0xa0, &vec![&[0x30, 0x00][..]; count]);
        let data = sequence(&[&integer(1), &tlv(0x31, &[]), &sequence(&[DATA]), &certificates]);
        sequence(&[signed_data, &tlv(0xa0, &[&data])])
    };
    let entry = [&[0, 0, 0, 2, 0, 1, b'a'][..], &[0; 8], &[0, 1, b'X', 0, 0, 0, 1, 7]].concat();
    for (name, kind, allowed, beyond) in [
        ("PKCS#12", SealedKind::Pkcs12, bare(&[&bags(MAX)]), bare(&[&bags(MAX + 1)])),
        ("two parts", SealedKind::Pkcs12, bare(&[&bags(MAX / 2), &bags(MAX / 2)]), bare(&[&bags(MAX / 2), &bags(MAX / 2 + 1)])),
        ("PKCS#7", SealedKind::Pkcs7, pkcs7(MAX), pkcs7(MAX + 1)),
        (
            "key store",
            SealedKind::JavaKeyStore,
            key_store(2, &vec![entry.clone(); MAX]),
            key_store(2, &vec![entry.clone(); MAX + 1]),
        ),
    ] {
        let open = |bytes| open(&Sealed::new(kind.clone(), SecretBytes::new(bytes)), None);
        assert!(matches!(open(allowed), Opened::Objects(objects) if objects.len() == MAX), "{name}");
        assert!(matches!(open(beyond), Opened::TooCostly(_)), "{name}");
    }
}

/// An alias of more than 255 bytes, and the certificates of version 1, which have no type.
#[test]
fn key_stores_of_both_versions_are_read() {
    let alias = [&[0x01, 0x02][..], &[b'a'; 258]].concat();
    for (version, kind) in [(1, &[][..]), (2, &[0, 1, b'X'])] {
        let entry = [&[0, 0, 0, 2][..], &alias, &[0; 8], kind, &[0, 0, 0, 3, 7, 8, 9]].concat();
        let sealed = Sealed::new(SealedKind::JavaKeyStore, SecretBytes::new(key_store(version, &[entry])));
        let Opened::Objects(objects) = open(&sealed, None) else { panic!("version {version}") };
        assert!(matches!(objects.as_slice(), [certflight_validate::Object::Certificate(der)] if der == &[7, 8, 9]));
    }
}

#[test]
fn a_file_is_looked_at_up_to_the_bound() {
    let open = |length: usize| outcome(SealedKind::JavaKeyStore, vec![0; length]);
    assert!(matches!(open(certflight_validate::MAX_INPUT_BYTES), Opened::Damaged(_)));
    assert!(matches!(open(certflight_validate::MAX_INPUT_BYTES + 1), Opened::TooCostly(_)));
}

/// Each of the two is allowed alone; what can be seen of a file is counted before anything of it is derived.
#[test]
fn the_checksum_counts_with_what_it_covers() {
    let outcome = outcome(SealedKind::Pkcs12, pfx(&[&shrouded(&pbkdf2(4_000_000))], 4_000_000));
    assert!(matches!(outcome, Opened::TooCostly(_)), "{outcome:?}");
}

#[test]
fn other_ways_to_protect_a_container_are_named() {
    let of = |part: &[u8], whole: &[u8]| {
        let info = sequence(&[part, &tlv(0xa0, &[&tlv(4, &[&sequence(&[])])])]);
        let content = sequence(&[&info]);
        sequence(&[&integer(3), &sequence(&[whole, &tlv(0xa0, &[&tlv(4, &[&content])])])])
    };
    let pkcs7 = |last: u8| [&DATA[..10], &[last]].concat();
    for (bytes, expected) in [
        (of(&pkcs7(3), DATA), Some("encryption for a certificate")),
        (of(DATA, &pkcs7(2)), Some("integrity by a signature")),
        (of(&pkcs7(5), DATA), None),
        (of(DATA, &pkcs7(5)), None),
    ] {
        match (outcome(SealedKind::Pkcs12, bytes), expected) {
            (Opened::Unsupported(what), Some(part)) => assert!(what.contains(part), "{what}"),
            (Opened::Damaged(_), None) => {}
            (other, _) => panic!("{expected:?}: {other:?}"),
        }
    }
}

/// AES-256 under a key of one iteration.
fn closed(plain: &[u8]) -> Vec<u8> {
    use cbc::cipher::block_padding::NoPadding;
    use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
    let padding = 16 - plain.len() % 16;
    let mut text = [plain, &vec![u8::try_from(padding).unwrap(); padding]].concat();
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<sha1::Sha1>(b"correct horse", &[7; 8], 1, &mut key);
    let length = text.len();
    cbc::Encryptor::<aes::Aes256>::new(&key.into(), &[7; 16].into()).encrypt_padded::<NoPadding>(&mut text, length).unwrap();
    sequence(&[&pbkdf2(1), &tlv(4, &[&text])])
}

/// What decrypts to whole DER that is no key may as well come of another passphrase.
#[test]
fn a_key_is_opened_where_it_is_one() {
    let key = sequence(&[&integer(0), &sequence(&[])]);
    assert!(matches!(outcome(SealedKind::EncryptedPkcs8, closed(&key)), Opened::Objects(objects) if objects.len() == 1));
    for other in [integer(5), sequence(&[&integer(2)])] {
        assert!(matches!(outcome(SealedKind::EncryptedPkcs8, closed(&other)), Opened::WrongPassphrase));
    }
    // It begins as a key does, and is cut in the middle.
    let cut = [&[0x30, 0x10][..], &integer(0), &[0x04, 0x20], &[9; 11]].concat();
    assert!(matches!(outcome(SealedKind::EncryptedPkcs8, closed(&cut)), Opened::Damaged(_)));
}

/// Where the checksum fits, the passphrase is right, and what does not open is damaged (PBMAC1, RFC 9579).
#[test]
fn a_checksum_that_fits_proves_the_passphrase() {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let info = sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&sequence(&[&shrouded(&pbkdf2(1))])])])]);
    let content = sequence(&[&info]);
    let sha_256 = sequence(&[&[0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09], &[5, 0]]);
    let parameters = sequence(&[&tlv(4, &[&[7; 8]]), &integer(1), &integer(32), &sha_256]);
    let pbmac1: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0e];
    let algorithm = sequence(&[pbmac1, &sequence(&[&sequence(&[PBKDF2, &parameters]), &sha_256])]);
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(b"correct horse", &[7; 8], 1, &mut key);
    let digest = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap().chain_update(&content).finalize().into_bytes();
    let with = |digest: &[u8]| {
        let mac = sequence(&[&sequence(&[&algorithm, &tlv(4, &[digest])]), &tlv(4, &[&[7; 8]]), &integer(1)]);
        sequence(&[&integer(3), &sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&content])])]), &mac])
    };
    assert!(matches!(outcome(SealedKind::Pkcs12, with(&digest)), Opened::Damaged(_)));
    assert!(matches!(outcome(SealedKind::Pkcs12, with(&[0; 32])), Opened::WrongPassphrase));
}

fn kind() -> impl Strategy<Value = SealedKind> {
    prop_oneof![
        Just(SealedKind::Pkcs12),
        Just(SealedKind::Pkcs7),
        Just(SealedKind::JavaKeyStore),
        Just(SealedKind::EncryptedPkcs8),
        "[A-Z0-9-]{0,14},?[0-9A-Fa-f]{0,36}".prop_map(|dek_info| SealedKind::EncryptedPem { dek_info }),
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_answered(kind in kind(), bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = outcome(kind, bytes);
    }

    /// Real files with pieces of themselves put elsewhere.
    #[test]
    fn spliced_files_are_answered(which in 0_usize..50, from in 0_usize..600, to in 0_usize..600, length in 1_usize..40) {
        let all = certflight_fixtures::containers();
        let file = &all[which % all.len()];
        let mut bytes = file.bytes.clone();
        let (from, to) = (from % bytes.len(), to % bytes.len());
        let piece: Vec<u8> = bytes[from..(from + length).min(bytes.len())].to_vec();
        bytes.splice(to..to, piece);
        for kind in [SealedKind::Pkcs12, SealedKind::Pkcs7, SealedKind::JavaKeyStore, SealedKind::EncryptedPkcs8] {
            let _ = outcome(kind, bytes.clone());
        }
    }
}

#[test]
fn scrypt_takes_as_much_memory_as_the_bound_and_no_more() {
    for (n, is_too_costly) in [(1 << 15, false), (1 << 16, true)] {
        let outcome = outcome(SealedKind::EncryptedPkcs8, encrypted(&scrypt(n, 8, 1)));
        assert_eq!(matches!(outcome, Opened::TooCostly(_)), is_too_costly, "{n}: {outcome:?}");
    }
}

#[test]
fn objects_are_read_up_to_the_bound_and_no_further() {
    let key: &[u8] = &[0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x01];
    let plain = sequence(&[key, &tlv(0xa0, &[&sequence(&[&integer(0)])])]);
    // Entries of a key store: kind, an empty alias, a date, no bytes, no chain.
    let entry = [&[0, 0, 0, 1, 0, 0][..], &[0; 8], &[0; 4], &[0; 4]].concat();
    for (count, is_too_costly) in [(2048_u32, false), (2049, true)] {
        let bags = vec![plain.as_slice(); count as usize];
        let store =
            [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2][..], &count.to_be_bytes(), &entry.repeat(count as usize), &[0; 20]].concat();
        for (kind, bytes) in [(SealedKind::Pkcs12, pfx(&bags, 1)), (SealedKind::JavaKeyStore, store)] {
            let outcome = outcome(kind, bytes);
            assert_eq!(matches!(outcome, Opened::TooCostly(_)), is_too_costly, "{count}: {outcome:?}");
        }
    }
}

/// What is plain inside safes inside safes is read, and the file is authentic, or not, all the same.
#[test]
fn safes_are_opened_up_to_the_bound_and_no_deeper() {
    let nested = |levels: usize| (0..levels).fold(sequence(&[]), |inner, _| sequence(&[&sequence(&[SAFE, &tlv(0xa0, &[&inner])])]));
    let outcome = |levels: usize| {
        let info = sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&nested(levels)])])]);
        let whole = sequence(&[&integer(3), &sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&sequence(&[&info])])])])]);
        outcome(SealedKind::Pkcs12, whole)
    };
    assert!(matches!(outcome(3), Opened::Objects(_)), "{:?}", outcome(3));
    assert!(matches!(outcome(4), Opened::Damaged(_)), "{:?}", outcome(4));
}

#[test]
fn a_passphrase_and_the_key_of_a_mac_have_their_bounds() {
    let sealed = Sealed::new(SealedKind::EncryptedPkcs8, SecretBytes::new(encrypted(&pbkdf2(1))));
    // The ciphertext is noise, so the longest passphrase is as wrong as one past it, which is not even tried.
    let mut allowance = Allowance::default();
    for (length, is_tried) in [(4096, true), (4097, false)] {
        let before = format!("{allowance:?}");
        let outcome = open_within(&sealed, Some(&SecretText::new("x".repeat(length))), &mut allowance);
        assert!(matches!(outcome, Opened::WrongPassphrase), "{outcome:?}");
        assert_eq!(before != format!("{allowance:?}"), is_tried, "{length}");
    }
    let pbmac1: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0e];
    let hmac: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09];
    for (length, is_read) in [(128, true), (129, false)] {
        let kdf =
            sequence(&[PBKDF2, &sequence(&[&tlv(4, &[&[7; 8]]), &integer(1), &integer(length), &sequence(&[hmac, &[5, 0]])])]);
        let algorithm = sequence(&[pbmac1, &sequence(&[&kdf, &sequence(&[hmac, &[5, 0]])])]);
        let mac = sequence(&[&sequence(&[&algorithm, &tlv(4, &[&[1; 32]])]), &tlv(4, &[&[7; 8]]), &integer(1)]);
        let content = sequence(&[]);
        let whole = sequence(&[&integer(3), &sequence(&[DATA, &tlv(0xa0, &[&tlv(4, &[&content])])]), &mac]);
        let outcome = outcome(SealedKind::Pkcs12, whole);
        assert_eq!(matches!(outcome, Opened::WrongPassphrase), is_read, "{length}: {outcome:?}");
    }
}
