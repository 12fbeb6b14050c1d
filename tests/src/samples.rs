//! Sample files of real banks, which are not part of this repository.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Names the folder of samples; without it, `../shared/fixtures` beside the workspace is tried.
pub const SAMPLES: &str = "DASHTAM_SAMPLES";

/// The folder `ofx` of the samples, or a notice that `test` does without. `DASHTAM_REQUIRE_SERVERS=1` makes that a
/// failure.
pub fn ofx(test: &str) -> Option<PathBuf> {
    folder("ofx", test)
}

/// The folder `cases`: files on which a reader may fail in silence. Else as [`ofx`].
pub fn cases(test: &str) -> Option<PathBuf> {
    folder("cases", test)
}

fn folder(name: &str, test: &str) -> Option<PathBuf> {
    let beside = || crate::program::workspace().join("../shared/fixtures");
    let folder = std::env::var_os(SAMPLES).map_or_else(beside, PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let missing = format!("no sample statements in {}; point {SAMPLES} to them", folder.display());
    let required = std::env::var("DASHTAM_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
    assert!(!required, "{missing}");
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {missing}");
    None
}

/// Every statement file in a folder and its folders, by name.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of samples can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "ofx" || e == "qfx" || e == "xml") {
            found.push(path);
        }
    }
    found.sort();
    found
}
