#![no_main]
//! See `certflight_harness::chain`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| certflight_harness::chain::run(bytes));
