#![no_main]
//! Origins: what is read prints in a form that is read as the same, with nothing left to say.

use certflight_fuzz::{CA, CERT, KEY, validate};
use certflight_validate::{Code, Location};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A sound bundle around it: what comes out goes in again there.
    let Ok(passed) = validate(CERT, KEY, CA, Some(text)) else { return };
    let origin = passed.origin().expect("an origin was given");
    let again = validate(CERT, KEY, CA, Some(origin)).expect("a canonical origin is one");
    assert_eq!(again.origin(), Some(origin));
    let left: Vec<Code> =
        again.report().findings().iter().filter(|finding| finding.at == Location::Origin).map(|finding| finding.code).collect();
    assert!(left.is_empty() || left == [Code::OriginPrivateHost], "{left:?}");
    let rest = origin.strip_prefix("https://").expect("the scheme is https");
    assert!(rest.is_ascii() && !rest.is_empty() && !rest.contains(['/', '?', '#', '@', '*', '\\', ' ', '%']), "{origin}");
});
