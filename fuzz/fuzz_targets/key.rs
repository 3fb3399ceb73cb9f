#![no_main]
//! Private keys: any bytes as DER under each label, beside a leaf of the kind, and as text. What passes is the key of the leaf.

use certflight_fuzz::{ED25519, P256, RSA, Sound, after, contains, pem, sources, validate};
use certflight_validate::Request;
use libfuzzer_sys::fuzz_target;

/// A bundle, and what stands before the private number of its key, which has `length` bytes and which every form of the key holds.
struct Kind {
    sound: Sound,
    before: &'static [u8],
    length: usize,
}

// RFC 8410 section 7: an OCTET STRING of 32 bytes in another.
const ED25519_KIND: Kind = Kind { sound: ED25519, before: &[0x04, 0x22, 0x04, 0x20], length: 32 };
// RFC 5915 section 3: version 1, an OCTET STRING of 32 bytes.
const P256_KIND: Kind = Kind { sound: P256, before: &[0x02, 0x01, 0x01, 0x04, 0x20], length: 32 };
// RFC 8017 appendix A.1.2: the first of two primes of 1024 bits.
const RSA_KIND: Kind = Kind { sound: RSA, before: &[0x02, 0x81, 0x81, 0x00], length: 128 };

fuzz_target!(|bytes: &[u8]| {
    for (label, kind) in [
        ("PRIVATE KEY", ED25519_KIND),
        ("PRIVATE KEY", P256_KIND),
        ("PRIVATE KEY", RSA_KIND),
        ("EC PRIVATE KEY", P256_KIND),
        ("RSA PRIVATE KEY", RSA_KIND),
    ] {
        passes_only_with_its_number(&kind, pem(label, bytes).as_bytes());
    }
    passes_only_with_its_number(&ED25519_KIND, bytes);
});

fn passes_only_with_its_number(kind: &Kind, text: &[u8]) {
    let Ok(passed) = validate(&Request { sources: &sources(kind.sound.cert, text, kind.sound.ca), origin: None }) else { return };
    let der_of = |text: &[u8]| pem_rfc7468::decode_vec(text).expect("what goes out, and the fixture, is PEM").1;
    let fixture = der_of(kind.sound.key);
    let number = after(&fixture, kind.before, kind.length);
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    assert!(contains(&der_of(passed.key_pem().expose().as_bytes()), &number[zeros..]), "another key passed");
}
