#![no_main]
//! See `certflight_harness::names`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| certflight_harness::names::run(bytes));
