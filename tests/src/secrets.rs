//! Everything secret that the tests came across, so that logs can be searched for it.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

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
    let planted = known.iter().flatten().filter(|secret| log.contains(secret.as_str()));
    let marks = MARKS.iter().filter(|mark| log.contains(**mark)).copied();
    let searched: Vec<&str> = planted.map(String::as_str).chain(marks).collect();
    log.lines()
        .filter(|line| searched.iter().any(|secret| line.contains(secret)))
        .map(str::to_owned)
        .collect()
}
