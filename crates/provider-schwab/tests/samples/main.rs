//! Reads sample answers of Schwab, which are not part of this repository, through the whole adapter.
//!
//! `DASHTAM_SAMPLES` names their folder; without it, `../shared/fixtures` beside the workspace is tried.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests say what they skip, and fail by panicking"
)]

mod accounts;
mod answers;
mod cases;
#[path = "../support/mod.rs"]
mod support;
mod transactions;

use std::{
    fs,
    path::{Path, PathBuf},
};

use dashtam_domain::money::{Decimal, exact_decimal};
use dashtam_testkit::schwab::{FakeAccount, Fault};
use serde_json::Value;
use support::Setup;

const HASH: &str = "CCCC0000000000000000000000000000000000000000000000000000000000C3";

struct Samples(PathBuf);

impl Samples {
    fn open() -> Option<Self> {
        let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
        let folder = std::env::var_os("DASHTAM_SAMPLES").map_or_else(beside, PathBuf::from).join("schwab");
        if folder.is_dir() {
            return Some(Self(folder));
        }
        println!("skipped: no sample files in {}", folder.display());
        None
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }

    fn fault(&self, status: u16, name: &str) -> Fault {
        Fault::new(status, self.text(name))
    }
}

fn decimal(text: &str) -> Decimal {
    exact_decimal(text).unwrap()
}

fn sum(values: impl Iterator<Item = Decimal>) -> Decimal {
    values.fold(Decimal::ZERO, |sum, value| sum + value)
}

/// The sample's account as the stand-in's only one.
fn put(setup: &Setup, sample: &Value, transactions: Vec<Value>) {
    let entry = sample.as_array().map_or(sample, |list| &list[0]).clone();
    let number = entry["securitiesAccount"]["accountNumber"].as_str().unwrap_or("12345678").to_owned();
    setup.fake.remove_accounts();
    setup.fake.put_account(FakeAccount {
        number,
        hash: HASH.to_owned(),
        nickname: None,
        entry,
        transactions,
    });
}

/// Every file of the folder is named in a test here.
#[test]
fn no_sample_is_forgotten() {
    let Some(samples) = Samples::open() else { return };
    let tests = [
        include_str!("main.rs"),
        include_str!("accounts.rs"),
        include_str!("answers.rs"),
        include_str!("transactions.rs"),
    ]
    .concat();
    let mut folders = vec![samples.0];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name != "README.md" {
                assert!(tests.contains(&name), "{name} is in no test");
            }
        }
    }
}
