#![no_main]
//! The scanner and all that reads after it: any bytes in each of the three places.

use certflight_fuzz::{CA, CERT, KEY, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    assert!(validate(bytes, bytes, bytes, None).is_err(), "no text is certificate, key and CA in one");
    let _ = validate(bytes, KEY, CA, None);
    let _ = validate(CERT, KEY, bytes, None);
});
