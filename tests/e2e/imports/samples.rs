//! Every sample of a real bank: it is imported, or refused with a reason, and never breaks anything.

use std::fs;

use dashtam_tests::{Engine, Server, User, figures::sum, samples};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::engines::{on_both_engines, place, shared};

on_both_engines!(every_sample_is_imported_or_refused_with_a_reason);

async fn every_sample_is_imported_or_refused_with_a_reason(engine: Engine, test: &str) {
    let Some(folder) = samples::ofx(test) else { return };
    // A server of its own: its log must not have a single failure of ours.
    let server = Server::start(&place!(engine, test));
    let user = User::new(&server).await;
    let files = samples::files(&folder);
    assert!(!files.is_empty(), "{} has no statement", folder.display());
    let mut imported = 0;
    for path in &files {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let file = fs::read(path).unwrap();
        let reply = user.api.upload(&name, &file).await;
        if reply.status == 201 {
            imported += 1;
            let report = reply.expect(201);
            assert_eq!(report["status"], "completed", "{name}: {report}");
            let again = user.api.upload(&name, &file).await.expect(201);
            assert_eq!(again["rows"]["taken"], 0, "{name}: {again}");
            let stored = |report: &Value| {
                report["rows"]["taken"].as_u64().unwrap() + report["rows"]["known"].as_u64().unwrap()
            };
            assert_eq!(stored(&report), stored(&again), "{name}: {report} {again}");
            let path = format!("/api/v1/imports/{}", report["id"].as_str().unwrap());
            assert_eq!(user.api.get(&path).await.expect(200), report, "{name}");
        } else {
            assert!((400..500).contains(&reply.status), "{name}: {} {}", reply.status, reply.text());
            let problem = reply.problem();
            assert!(matches!(reply.status, 415 | 422), "{name}: {problem}");
        }
    }
    assert!(imported > files.len() / 2, "only {imported} of {} samples were imported", files.len());
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

/// Count, sum and ledger balance of each account of a file, reckoned from the file's text with another program.
type Expected = (&'static str, &'static [(u64, &'static str, Option<&'static str>)]);

/// Statements of banks, cards and brokers: SGML and XML, one account and several, dots and commas.
const EXPECTED: &[Expected] = &[
    ("dashtam__chase_checking_account.qfx", &[(7, "1249.27", Some("5000.27"))]),
    ("annacruz__creditcard.ofx", &[(3, "-20.16", Some("-1111.01"))]),
    ("annacruz__sample.ofx", &[(36, "-3896.56", Some("598.44"))]),
    ("annacruz__bradesco.ofx", &[(6, "-2166.81", Some("0.00"))]),
    ("annacruz__v211.ofx", &[(1, "-80", Some("2156.56")), (2, "327.00", Some("-562.00"))]),
    (
        "asgrim__ofx-multiple-accounts-xml.ofx",
        &[(0, "0", Some("43.01")), (2, "496.02", Some("3000.25")), (1, "18.70", Some("11728.56"))],
    ),
    ("asgrim__ofxdata-memoWithAmpersand.ofx", &[(16, "393.82", Some("-734.05"))]),
    ("asgrim__ofxdata-oneline.ofx", &[(8, "-1977.10", Some("100.00"))]),
    ("ofxparse__bank_medium.ofx", &[(3, "-345.27", Some("382.34"))]),
    ("ofxparse__fidelity-savings.ofx", &[(4, "-1778.3952", None)]),
    ("gpl/ofxgo__moneymrkt1_v203.ofx", &[(3, "4774.8611135902484", Some("3317.738651126686"))]),
    ("gpl/ofxtools__stmtrs_euro.ofx", &[(2, "-500.00", Some("200.29"))]),
    ("gpl/reds__360Checking.qfx", &[(4, "1233.55", Some("4321.98"))]),
];

#[tokio::test]
async fn figures_of_real_statements_are_those_reckoned_by_hand() {
    let test = "figures_of_real_statements_are_those_reckoned_by_hand";
    let Some(folder) = samples::ofx(test) else { return };
    let server = shared!(Engine::Sqlite, test);
    for (name, expected) in EXPECTED {
        // Each with a user of its own: some files are of the same account.
        let user = User::new(&server).await;
        let file = fs::read(folder.join(name)).unwrap();
        let mut reply = user.api.upload(name, &file).await;
        if reply.status == 422 {
            // The file names no account.
            reply.refused(422, "account-needed");
            reply = user.api.upload_to("new", name, &file).await;
        }
        let report = reply.expect(201);
        let rows: u64 = expected.iter().map(|(count, ..)| count).sum();
        assert_eq!(
            (&report["rows"]["taken"], &report["rows"]["refused"]),
            (&rows.into(), &0.into()),
            "{name}"
        );
        let (accounts, rows) = super::ledger(&user).await;
        assert_eq!(accounts.len(), expected.len(), "{name}");
        let mut found: Vec<_> = accounts
            .iter()
            .map(|account| {
                let own: Vec<&Value> = rows.iter().filter(|row| row["account_id"] == account["id"]).collect();
                let balance = account["balance"].as_str().map(str::to_owned);
                (own.len() as u64, sum(own), balance)
            })
            .collect();
        let mut expected: Vec<_> = expected
            .iter()
            .map(|(count, sum, balance)| {
                (*count, Decimal::from_str_exact(sum).unwrap(), balance.map(str::to_owned))
            })
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{name}");
    }
}
