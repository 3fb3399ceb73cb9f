#![no_main]
//! See `certflight_harness::repair`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| certflight_harness::repair::run(bytes));
