#![no_main]
//! See `certflight_harness::answer`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| certflight_harness::answer::run(bytes));
