//! Everything secret that the tests came across, so that logs can be searched for it.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use aho_corasick::AhoCorasick;

static KNOWN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// Beginnings of tokens: our own opaque ones, JWTs, and the bank's codes and tokens.
const MARKS: [&str; 12] =
    ["dss_", "dsf_", "dsk_", "dsr_", "dsv_", "dso_", "dsx_", "eyJ", "sba_", "sbr_", "sbc_", "fernet:"];

/// Remembers a secret. Short texts could be anything and are left out.
pub fn plant(secret: &str) {
    if secret.len() >= 8 {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_default().insert(secret.to_owned());
    }
}

/// The lines of a log that hold a secret, or something that looks like one.
pub fn leaks(log: &str) -> Vec<String> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let searched = known.iter().flatten().map(String::as_str).chain(MARKS);
    // In one pass: there are thousands of secrets after some hundred tests, and a log may be long.
    let finder = AhoCorasick::new(searched).expect("there is room for thousands of short texts");
    log.lines().filter(|line| finder.is_match(line)).map(str::to_owned).collect()
}
