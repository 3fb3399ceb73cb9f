#![no_main]
//! Certificates: any bytes as DER, as leaf, intermediate and trust anchor. As leaf and intermediate nothing passes but what was signed.

use certflight_fuzz::{CA, CERT, KEY, pem, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|der: &[u8]| {
    let text = pem("CERTIFICATE", der);
    if let Ok(passed) = validate(text.as_bytes(), KEY, CA, None) {
        assert!(
            std::str::from_utf8(CERT).expect("the fixture is ASCII").starts_with(&passed.certificate_pem()),
            "a leaf passed that nobody signed"
        );
    }
    let mut chain = CERT.to_vec();
    chain.extend_from_slice(text.as_bytes());
    let _ = validate(&chain, KEY, CA, None);
    let _ = validate(CERT, KEY, text.as_bytes(), None);
});
