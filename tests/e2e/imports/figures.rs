//! A small statement whose every figure was reckoned by hand.

use dashtam_tests::{
    Engine, User,
    figures::sum,
    statement::{Row, ofx},
};
use serde_json::json;

use crate::engines::{on_both_engines, shared};

on_both_engines!(every_row_of_a_statement_is_shown_as_it_was_written);

fn row(id: &str, day: &str, cents: i64, name: &str) -> Row {
    Row { id: id.to_owned(), day: day.to_owned(), cents, name: name.to_owned() }
}

async fn every_row_of_a_statement_is_shown_as_it_was_written(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let rows = [
        row("A1", "20260803", 215_000, "Salary"),
        row("A2", "20260804", -118_550, "Rent"),
        row("A3", "20260806", -1, "A cent"),
        row("A4", "20260806", -1, "A cent"),
        row("A5", "20260807120000[-5:EST]", -999_999_999_999, "A very large amount"),
    ];
    let file = ofx("880012345678", &rows, -42, "20260831");
    let report = user.api.upload("by hand.ofx", &file).await.expect(201);
    assert_eq!(report["rows"], json!({"taken": 5, "known": 0, "refused": 0}));
    assert_eq!((&report["file_name"], &report["format"]), (&json!("by hand.ofx"), &json!("ofx")));
    assert_eq!(report["size"], file.len());
    // The salary stands there as a debit.
    let problems = report["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{report}");
    assert!(problems[0]["reason"].as_str().unwrap().contains("contradicts the sign"), "{report}");

    let (accounts, shown) = super::ledger(&user).await;
    assert_eq!(accounts.len(), 1);
    let account = &accounts[0];
    assert_eq!((&account["balance"], &account["currency"]), (&json!("-0.42"), &json!("USD")));
    assert_eq!(
        (&account["account_type"], &account["account_number_masked"]),
        (&json!("checking"), &json!("****5678"))
    );
    assert!(!account.to_string().contains("880012345678"), "the whole number is shown: {account}");
    let texts: Vec<[&str; 4]> = shown
        .iter()
        .map(|row| ["date", "amount", "description", "status"].map(|field| row[field].as_str().unwrap()))
        .collect();
    assert_eq!(texts.len(), 5);
    for expected in [
        ["2026-08-03", "2150.00", "Salary", "posted"],
        ["2026-08-04", "-1185.50", "Rent", "posted"],
        ["2026-08-06", "-0.01", "A cent", "posted"],
        ["2026-08-07", "-9999999999.99", "A very large amount", "posted"],
    ] {
        assert!(texts.contains(&expected), "{expected:?} is not in {texts:?}");
    }
    assert_eq!(texts.iter().filter(|text| text[2] == "A cent").count(), 2);
    assert_eq!(sum(&shown).to_string(), "-9999999035.51");
    assert!(shown.iter().all(|row| row["import_id"] == report["id"] && row["currency"] == "USD"));
    let balances = user.api.all("/api/v1/balances").await;
    assert_eq!(balances[0]["balance"], "-0.42");
    assert!(balances[0]["as_of"].as_str().unwrap().starts_with("2026-08-31T"), "{balances:?}");
}
