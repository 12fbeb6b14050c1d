//! The fuzz targets on a bounded number of inputs: the seeds, samples of real institutions if they are there, and
//! changed copies of both. `DASHTAM_FUZZ_ROUNDS` asks for more.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "tests fail by panicking")]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dashtam_fuzz_bodies::{Mutator, TARGETS, Target};

/// Changed inputs per target.
const ROUNDS: usize = 4_000;
/// Longest that one input may take, on a busy machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(20);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if path.is_dir() {
            files(&path, endings, found);
        } else if endings.is_empty() || endings.contains(&ending) {
            found.push(path);
        }
    }
}

fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    files(&folder().join("corpus").join(target.name), &[], &mut found);
    assert!(!found.is_empty(), "{} has no seeds", target.name);
    if let Some((name, endings)) = target.samples {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
        let samples = std::env::var_os("DASHTAM_SAMPLES").map_or_else(beside, PathBuf::from).join(name);
        match samples.is_dir() {
            true => files(&samples, endings, &mut found),
            false => println!("skipped: no samples in {}", samples.display()),
        }
    }
    found.sort();
    let small = |path: PathBuf| fs::read(path).ok().filter(|bytes| bytes.len() <= 32 * 1024);
    found.into_iter().filter_map(small).collect()
}

fn run(target: &Target, input: &[u8]) {
    let started = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| (target.body)(input)));
    let shown = || input.escape_ascii().to_string();
    assert!(ended.is_ok(), "{} failed on: {}", target.name, shown());
    assert!(started.elapsed() < PATIENCE, "{} took {:?} on: {}", target.name, started.elapsed(), shown());
}

fn bounded(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let asked = std::env::var("DASHTAM_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| run(target, seed));
    let mut mutator = Mutator::new(20_261_122);
    for _ in 0..asked.unwrap_or(ROUNDS) {
        run(target, &mutator.next(&seeds));
    }
}

#[test]
fn statement() {
    bounded("statement");
}

#[test]
fn table() {
    bounded("table");
}

#[test]
fn schwab() {
    bounded("schwab");
}

#[test]
fn simplefin() {
    bounded("simplefin");
}

#[test]
fn alpaca() {
    bounded("alpaca");
}

#[test]
fn enable_banking() {
    bounded("enable_banking");
}

#[test]
fn fernet() {
    bounded("fernet");
}

#[test]
fn callback() {
    bounded("callback");
}

#[test]
fn every_target_has_its_file() {
    let mut found = Vec::new();
    files(&folder().join("fuzz_targets"), &["rs"], &mut found);
    let mut names: Vec<_> = found.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
    names.sort_unstable();
    let mut targets = TARGETS.map(|target| target.name);
    targets.sort_unstable();
    assert_eq!(names, targets);
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for name in targets {
        let text = fs::read_to_string(folder().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(text.contains(&format!("dashtam_fuzz_bodies::{name}(")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
