//! Reads sample files of real banks, which are not part of this repository.
//!
//! `DASHTAM_SAMPLES` names their folder; without it, `../shared/fixtures` beside the workspace is tried.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests say what they skip, and fail by panicking"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dashtam_domain::{
    connections::KeptRow,
    ledger::{
        TransactionFlag,
        statement::{StatementEvent, StatementReader},
    },
    money::{Currency, Decimal},
};
use dashtam_statements::{OfxReader, Summary, inspect};

fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = std::env::var_os("DASHTAM_SAMPLES").map_or_else(beside, PathBuf::from).join("ofx");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no sample files in {}", folder.display());
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "ofx" || e == "qfx" || e == "xml") {
            found.push(path);
        }
    }
}

#[test]
fn every_sample_is_read_or_refused_with_a_reason() {
    let Some(folder) = folder() else { return };
    let mut found = Vec::new();
    files(&folder, &mut found);
    found.sort();
    assert!(!found.is_empty());
    for path in found {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        match inspect(&fs::read(&path).unwrap()) {
            Ok(summary) => {
                assert!(!summary.accounts.is_empty(), "{name}");
                println!("{name}: {summary:?}");
            }
            Err(error) => println!("{name}: {error}"),
        }
    }
}

/// What a statement must come to: number, count of rows, sum and ledger balance.
type Expected = (&'static str, u64, &'static str, Option<&'static str>);

/// Reckoned from the files' text with another program, not with this crate.
const EXPECTED: &[(&str, &[Expected])] = &[
    ("actual__data-multi-decimal.ofx", &[("123456789123", 2, "-33.77000", None)]),
    ("actual__tracking-number.ofx", &[("", 2, "-33.77", None)]),
    ("annacruz__bradesco.ofx", &[("34545", 6, "-2166.81", Some("0.00"))]),
    ("annacruz__creditcard.ofx", &[("XXXXXXXXXXXX1111", 3, "-20.16", Some("-1111.01"))]),
    ("annacruz__invalid_version.ofx", &[("03227113109", 36, "-3896.56", Some("598.44"))]),
    ("annacruz__utf8.ofx", &[("03227113109", 36, "-3896.56", Some("598.44"))]),
    ("annacruz__santander.ofx", &[("3423130031625", 4, "0.00", Some("348.29"))]),
    (
        "annacruz__v211.ofx",
        &[("123456", 1, "-80", Some("2156.56")), ("123412341234", 2, "327.00", Some("-562.00"))],
    ),
    (
        "asgrim__ofx-multiple-accounts-xml.ofx",
        &[
            ("54658222458596", 0, "0", Some("43.01")),
            ("546582659855", 2, "496.02", Some("3000.25")),
            ("21252344525548", 1, "18.70", Some("11728.56")),
        ],
    ),
    ("asgrim__ofxdata-banking-xml200.ofx", &[("12345678901", 0, "0", Some("1234.56"))]),
    ("asgrim__ofxdata-google.ofx", &[("StockersTest", 0, "0", None)]),
    ("asgrim__ofxdata-investments-xml.ofx", &[("1234567890", 1, "1234.56", None)]),
    (
        "asgrim__ofxdata-memoWithAmpersand.ofx",
        &[("99999999-9999-9999-9999-999999999999", 16, "393.82", Some("-734.05"))],
    ),
    ("asgrim__ofxdata-oneline.ofx", &[("XXXXXXXXXXX", 8, "-1977.10", Some("100.00"))]),
    ("dashtam__chase_checking_account.qfx", &[("123456789", 7, "1249.27", Some("5000.27"))]),
    ("ofxparse__bank_medium.ofx", &[("12300 000012345678", 3, "-345.27", Some("382.34"))]),
    ("ofxparse__date_missing.ofx", &[("192639749", 0, "0", Some("0"))]),
    ("ofxparse__empty_balance.ofx", &[("192639749", 1, "120", None)]),
    ("ofxparse__fidelity-savings.ofx", &[("X0000001", 4, "-1778.3952", None)]),
    // Its cash rows are in another currency than the account.
    ("ofxparse__investment_medium.ofx", &[("ABC123", 3, "0", None)]),
    ("ofxparse__ofx-v102-empty-tags.ofx", &[("12345678", 1, "12.34", None)]),
    ("gpl/libofx__example-listing1.xml", &[("000000", 2, "209.95", Some("256.94"))]),
    ("gpl/libofx__ofx-2.1.1-sect-13.12.ofx", &[("999988", 1, "1000.00", None)]),
    ("gpl/libofx__ofx_spec201_stmtrs_example.xml", &[("999988", 2, "-500.00", Some("200.29"))]),
    ("gpl/ofxgo__inv_v202.ofx", &[("13971288918", 4, "1266.56372960083246", None)]),
    (
        "gpl/ofxgo__moneymrkt1_v203.ofx",
        &[("83483499583", 3, "4774.8611135902484", Some("3317.738651126686"))],
    ),
    ("gpl/ofxtools__stmtrs_euro.ofx", &[("999988", 2, "-500.00", Some("200.29"))]),
    ("gpl/reds__360Checking.qfx", &[("9876", 4, "1233.55", Some("4321.98"))]),
    ("gpl/reds__transactions.qfx", &[("23456", 2, "-1055.00", Some("150.65"))]),
];

#[test]
fn sums_agree_with_an_independent_reckoning() {
    let Some(folder) = folder() else { return };
    for (name, expected) in EXPECTED {
        let Ok(file) = fs::read(folder.join(name)) else {
            println!("skipped: {name} is not there");
            continue;
        };
        let Summary { accounts, .. } = inspect(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(accounts.len(), expected.len(), "{name}");
        for (account, (number, count, sum, ledger)) in accounts.iter().zip(*expected) {
            assert_eq!(account.account.as_deref().unwrap_or_default(), *number, "{name}");
            assert_eq!(account.transactions, *count, "{name}");
            assert_eq!(account.sum.map(|s| s.to_string()).as_deref(), Some(*sum), "{name}");
            assert_eq!(account.ledger_balance.map(|b| b.to_string()).as_deref(), *ledger, "{name}");
        }
    }
}

/// What an investment statement must come to: trades, what they did to the cash, positions that hold anything, and what
/// those are worth.
type Invested = (&'static str, usize, &'static str, usize, &'static str);

/// Reckoned from the files' text with another program, not with this crate. Reinvestments leave the cash as it is.
const INVESTED: &[Invested] = &[
    ("asgrim__ofxdata-google.ofx", 3, "41.2", 0, "0"),
    ("asgrim__ofxdata-investments-oneline-xml.ofx", 1, "-545.88", 0, "0"),
    ("asgrim__ofxdata-investments-xml.ofx", 5, "-533.29", 0, "0"),
    ("gpl/autosync__cusip.ofx", 2, "-47854.7700", 1, "95720.00"),
    ("gpl/autosync__income.ofx", 1, "1234.5600", 0, "0"),
    ("gpl/libofx__another-example.xml", 1, "2.00", 1, "1.78"),
    ("gpl/libofx__ofx-2.1.1-sect-13.12.ofx", 1, "-5025.00", 2, "10400.00"),
    ("gpl/libofx__ofx-2.1.1-sect-16.5.6.2.ofx", 1, "-120.00", 1, "156.18"),
    ("gpl/libofx__ofx-2.1.1-sect-16.5.6.5.ofx", 1, "-120.00", 1, "156.18"),
    ("gpl/ofxgo__inv_v202.ofx", 70, "26026.18150540244531", 6, "5839.9227185491761"),
    ("gpl/reds__no_seclist.qfx", 1, "-588.50", 1, "588.50"),
    ("gpl/reds__no_ticker.qfx", 1, "-588.50", 1, "588.50"),
    ("ofxparse__investment_401k.ofx", 3, "-197.2", 2, "792.29"),
    ("ofxparse__td_ameritrade.ofx", 0, "0", 2, "2000"),
    ("ofxparse__vanguard.ofx", 1, "4212.3", 1, "24479.72"),
    ("ofxparse__vanguard401k.ofx", 5, "-2019.0", 1, "5171.44"),
];

#[test]
fn investments_agree_with_an_independent_reckoning() {
    let Some(folder) = folder() else { return };
    for (name, trades, cash, positions, value) in INVESTED {
        let Ok(file) = fs::read(folder.join(name)) else {
            println!("skipped: {name} is not there");
            continue;
        };
        let (mut read, mut moved) = (0, Decimal::ZERO);
        let (mut held, mut worth) = (0, Decimal::ZERO);
        for event in OfxReader.read(&file).unwrap() {
            match event {
                StatementEvent::Row(row) if row.raw.contains("<BROKERID>") => {
                    read += 1;
                    moved += row.amount;
                    assert!(!row.details.flags.contains(&TransactionFlag::LegsDoNotAddUp), "{name}: {row:?}");
                    // Kept without its file, it says the same, unless three digits behind a mark have two readings.
                    let kept = KeptRow { raw: row.raw.clone(), day: row.day };
                    match OfxReader.read_again(&kept, Currency::USD) {
                        Ok(again) => assert_eq!(again.trade, row.trade, "{name}"),
                        Err(reason) => assert!(reason.contains("with the whole file"), "{name}: {reason}"),
                    }
                }
                StatementEvent::Holdings(told) => {
                    let told = told.positions.unwrap_or_default();
                    held += told.len();
                    worth += told.iter().filter_map(|one| one.market_value).sum::<Decimal>();
                }
                StatementEvent::Refused(problem) => panic!("{name}: {problem:?}"),
                _ => {}
            }
        }
        assert_eq!((read, held), (*trades, *positions), "{name}");
        assert_eq!((moved, worth), (cash.parse().unwrap(), value.parse().unwrap()), "{name}");
    }
}
