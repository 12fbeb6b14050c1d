//! See `dashtam_fuzz_bodies::enable_banking`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| dashtam_fuzz_bodies::enable_banking(input));
