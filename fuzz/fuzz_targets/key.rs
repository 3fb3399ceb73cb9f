#![no_main]
//! See `certflight_harness::key`.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| certflight_harness::key::run(bytes));

// Every second time the DER inside is changed as a whole.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let changed = seed.is_multiple_of(2).then(|| certflight_harness::mutate::behind_first(&data[..size], seed.into())).flatten();
    certflight_harness::mutate::put(changed, data, max_size).unwrap_or_else(|| libfuzzer_sys::fuzzer_mutate(data, size, max_size))
});
