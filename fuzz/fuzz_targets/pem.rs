#![no_main]
//! The scanner and all that reads after it: any bytes in each of the three places, with sound inputs beside them and alone.

use certflight_fuzz::{ED25519, source, sources, validate};
use certflight_validate::{Request, Role};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
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
});
