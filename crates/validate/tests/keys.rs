//! Private keys that only DER made by hand can be: each with one number, one curve or one half that does not fit.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails here has found something")]

use certflight_validate::{Code, GatePolicy, Policy, Request, Role, Source, Timestamp};

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let length = match length {
        0..=0x7f => vec![u8::try_from(length).unwrap()],
        _ => [&[0x82][..], &u16::try_from(length).unwrap().to_be_bytes()].concat(),
    };
    [&[tag], &length[..], content].concat()
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// A number that is not negative.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let sign = if bytes[0] & 0x80 == 0 { &[][..] } else { &[0] };
    tlv(0x02, &[sign, bytes].concat())
}

fn number(value: u16) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    integer(if bytes[0] == 0 { &bytes[1..] } else { &bytes })
}

/// What is said of the key: the code of its error, with its message; `None` where it can be read.
fn said(label: &str, der: &[u8]) -> Option<(Code, String)> {
    let text = pem_rfc7468::encode_string(label, pem_rfc7468::LineEnding::LF, der).unwrap();
    let sources = [Source::new(Role::Key, "key", text.as_bytes())];
    let policy = Policy::from(GatePolicy::new(Timestamp::parse_rfc3339(certflight_fixtures::DEFAULT_AT).unwrap()));
    let report = certflight_validate::check(&Request { sources: &sources, origin: None }, &policy);
    let about = [Code::KeyMalformed, Code::KeyInconsistent, Code::KeyUnsupported];
    let mut found = report.errors().filter(|finding| about.contains(&finding.code));
    found.next().map(|finding| (finding.code, finding.message.clone()))
}

#[track_caller]
fn assert_said(label: &str, der: &[u8], code: Code, part: &str) {
    let (found, message) = said(label, der).unwrap();
    assert_eq!(found, code, "{message}");
    assert!(message.contains(part), "{message}");
}

/// 61 times 53, with 17 for the exponent: RFC 8017 section 3.2 in numbers that fit a hand.
const RSA: [u16; 8] = [3233, 17, 413, 61, 53, 53, 49, 38];

fn pkcs1(numbers: [u16; 8]) -> Vec<u8> {
    sequence(&[vec![number(0)], numbers.map(number).to_vec()].concat())
}

#[test]
fn every_number_of_an_rsa_key_counts() {
    assert_eq!(said("RSA PRIVATE KEY", &pkcs1(RSA)), None);
    let exponent = "its private exponent does not undo its public one";
    let speed = "the numbers that speed up signing do not fit its primes";
    for (at, value, why) in [
        (0, 3235, "do not multiply to its modulus"),
        (2, 413 + 52, exponent), // right for one prime alone
        (2, 413 + 60, exponent),
        (3, 59, "do not multiply to its modulus"),
        (5, 54, speed),
        (6, 50, speed),
        (7, 39, speed),
    ] {
        let mut numbers = RSA;
        numbers[at] = value;
        assert_said("RSA PRIVATE KEY", &pkcs1(numbers), Code::KeyInconsistent, why);
    }
    let mut one = RSA;
    (one[3], one[4]) = (3233, 1);
    assert_said("RSA PRIVATE KEY", &pkcs1(one), Code::KeyInconsistent, "0 or 1");
}

/// OpenSSL's bound of 16,384 bits, which are 2048 bytes; of any of the numbers, the arithmetic is with all of them.
#[test]
fn an_rsa_key_is_looked_at_up_to_the_bound() {
    let long = |bytes: usize| integer(&[&[0x7f][..], &vec![1; bytes - 1]].concat());
    for at in 0..8 {
        let with = |bytes| {
            let mut numbers = RSA.map(number);
            numbers[at] = long(bytes);
            sequence(&[vec![number(0)], numbers.to_vec()].concat())
        };
        let (code, message) = said("RSA PRIVATE KEY", &with(2048)).unwrap();
        assert_eq!(code, Code::KeyInconsistent, "{message}");
        assert_said("RSA PRIVATE KEY", &with(2049), Code::KeyUnsupported, "more than 16,384 bits");
    }
}

const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];

/// RFC 5915, without the public half.
fn sec1(private: &[u8], parameters: Option<Vec<u8>>) -> Vec<u8> {
    let parameters = parameters.map(|parameters| tlv(0xa0, &parameters)).unwrap_or_default();
    sequence(&[number(1), tlv(0x04, private), parameters])
}

fn pkcs8(curve: &[u8], inner: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[tlv(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]), tlv(0x06, curve)]);
    sequence(&[number(0), algorithm, tlv(0x04, inner)])
}

#[test]
fn two_names_of_a_curve_have_to_agree() {
    let named = |curve: &[u8]| sec1(&[7; 32], Some(tlv(0x06, curve)));
    assert_eq!(said("PRIVATE KEY", &pkcs8(P256, &named(P256))), None);
    assert_eq!(said("PRIVATE KEY", &pkcs8(P256, &sec1(&[7; 32], None))), None);
    assert_eq!(said("EC PRIVATE KEY", &named(P256)), None);
    assert_said("PRIVATE KEY", &pkcs8(P256, &named(P384)), Code::KeyInconsistent, "two different curves");
    assert_said("EC PRIVATE KEY", &sec1(&[7; 32], None), Code::KeyMalformed, "does not name its curve");
}

#[test]
fn parameters_that_are_written_out_are_told_from_damage() {
    let explicit = sequence(&[number(1)]);
    assert_said("EC PRIVATE KEY", &sec1(&[7; 32], Some(explicit)), Code::KeyUnsupported, "explicit curve parameters");
    assert_said("EC PRIVATE KEY", &sec1(&[7; 32], Some(number(1))), Code::KeyMalformed, "does not follow SEC1");
    // The sequence stands elsewhere.
    let elsewhere = sequence(&[number(1), tlv(0x04, &[7; 32]), tlv(0xa1, &sequence(&[number(1)]))]);
    assert_said("EC PRIVATE KEY", &elsewhere, Code::KeyMalformed, "does not follow SEC1");
}

/// Some writers add zeros in front of the private number, some leave out those that it has.
#[test]
fn a_private_number_may_be_padded_with_zeros_alone() {
    let of = |bytes: &[u8]| said("PRIVATE KEY", &pkcs8(P256, &sec1(bytes, None)));
    assert_eq!(of(&[&[0, 0][..], &[7; 32]].concat()), None);
    assert_eq!(of(&[7; 31]), None);
    let (code, message) = of(&[&[1][..], &[7; 32]].concat()).unwrap();
    assert_eq!((code, message.contains("none of its curve")), (Code::KeyMalformed, true), "{message}");
}

/// RFC 8410 section 7: version 1 may bring the public half along (RFC 5958 section 2).
#[test]
fn the_public_half_of_an_ed25519_key_is_held_against_its_seed() {
    // RFC 8032 section 7.1, test 1.
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let public = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let key = |seed: &[u8], public: &[u8]| {
        let public = tlv(0x81, &[&[0][..], public].concat());
        sequence(&[number(1), sequence(&[tlv(0x06, &[0x2b, 0x65, 0x70])]), tlv(0x04, &tlv(0x04, seed)), public])
    };
    assert_eq!(said("PRIVATE KEY", &key(&seed, &public)), None);
    let mut other = public.clone();
    other[31] ^= 1;
    assert_said("PRIVATE KEY", &key(&seed, &other), Code::KeyInconsistent, "public half");
    assert_said("PRIVATE KEY", &key(&seed[1..], &public), Code::KeyMalformed, "32 bytes");
}
