#![no_main]
//! See `certflight_harness::origin`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| certflight_harness::origin::run(bytes));
