#![no_main]
//! Private keys: any bytes as DER under each label, and as text. What passes is the key of the leaf.

use certflight_fuzz::{CA, CERT, KEY, pem, validate};
use libfuzzer_sys::fuzz_target;

/// The private number of the fixture's key, which every form of the key holds.
fn number() -> Vec<u8> {
    let (_, der) = pem_rfc7468::decode_vec(KEY).expect("the fixture is PEM");
    // RFC 5915 section 3: version 1, then the number in an OCTET STRING of 32 bytes.
    let at = der.windows(5).position(|window| window == [0x02, 0x01, 0x01, 0x04, 0x20]).expect("the fixture is a P-256 key") + 5;
    der[at..at + 32].to_vec()
}

fuzz_target!(|bytes: &[u8]| {
    for text in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"].map(|label| pem(label, bytes)) {
        if let Ok(passed) = validate(CERT, text.as_bytes(), CA, None) {
            let (_, der) = pem_rfc7468::decode_vec(passed.key_pem().expose().as_bytes()).expect("what goes out is PEM");
            let number = number();
            let digits: Vec<u8> = number.iter().copied().skip_while(|&byte| byte == 0).collect();
            assert!(der.windows(digits.len()).any(|window| window == digits), "another key passed");
        }
    }
    let _ = validate(CERT, bytes, CA, None);
});
