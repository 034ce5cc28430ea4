//! One target of `src`, for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tokenward_fuzz::run("provider_answer", bytes));
