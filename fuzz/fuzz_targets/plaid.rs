//! See `dashtam_fuzz_bodies::plaid`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| dashtam_fuzz_bodies::plaid(input));
