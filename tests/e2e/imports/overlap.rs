//! The same rows in more than one file.

use dashtam_tests::{
    Engine, User,
    figures::sum,
    statement::{Row, amount, ofx, rows},
};
use rust_decimal::Decimal;

use crate::engines::{on_both_engines, shared};

on_both_engines!(
    a_file_sent_again_adds_nothing,
    statements_that_overlap_add_the_overlap_once,
    a_bad_row_costs_no_other_row,
);

/// The sum of rows, reckoned in hundredths.
fn total(rows: &[Row]) -> Decimal {
    Decimal::from_str_exact(&amount(rows.iter().map(|row| row.cents).sum())).unwrap()
}

async fn a_file_sent_again_adds_nothing(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let rows = rows(1, 1301);
    let file = ofx("111", &rows, 500, "20260831");
    let first = user.api.upload("a.ofx", &file).await.expect(201);
    assert_eq!(first["rows"]["taken"], 1301);
    let before = super::ledger(&user).await;
    for name in ["a.ofx", "another name.qfx"] {
        let again = user.api.upload(name, &file).await.expect(201);
        assert_eq!((&again["rows"]["taken"], &again["rows"]["known"]), (&0.into(), &1301.into()));
        assert_ne!(again["id"], first["id"]);
    }
    let after = super::ledger(&user).await;
    assert_eq!(after.1, before.1);
    assert_eq!(after.0[0]["balance"], before.0[0]["balance"]);
    assert_eq!(sum(&after.1), total(&rows));

    // The same account number at another user is another account.
    let other = User::new(&server).await;
    assert_eq!(other.api.upload("a.ofx", &file).await.expect(201)["rows"]["taken"], 1301);
}

async fn statements_that_overlap_add_the_overlap_once(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let all = rows(1, 1500);
    let (older, newer) = (&all[..900], &all[600..]);
    // The newer statement comes first: the older one must not put its balance over it.
    let first = user.api.upload("newer.ofx", &ofx("222", newer, 900, "20260831")).await.expect(201);
    let second = user.api.upload("older.ofx", &ofx("222", older, 100, "20260731")).await.expect(201);
    assert_eq!(first["rows"]["taken"], 900);
    assert_eq!((&second["rows"]["taken"], &second["rows"]["known"]), (&600.into(), &300.into()));
    let (accounts, shown) = super::ledger(&user).await;
    assert_eq!((accounts.len(), shown.len()), (1, 1500));
    assert_eq!(sum(&shown), total(&all));
    assert_eq!(accounts[0]["balance"], "9.00");
}

async fn a_bad_row_costs_no_other_row(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let mut rows = rows(1, 30);
    let good: Decimal = total(&rows[..10]) + total(&rows[11..]);
    rows[10].day = "20261341".to_owned();
    let file = ofx("333", &rows, 0, "20260831");
    let report = user.api.upload("bad.ofx", &file).await.expect(201);
    assert_eq!((&report["rows"]["taken"], &report["rows"]["refused"]), (&29.into(), &1.into()));
    let line =
        String::from_utf8(file).unwrap().lines().position(|line| line.contains("20261341")).unwrap() + 1;
    let problem = &report["problems"][0];
    assert_eq!(problem["line"], line, "{problem}");
    assert!(!problem["reason"].as_str().unwrap().contains("20261341"), "{problem}");
    assert_eq!(sum(&super::ledger(&user).await.1), good);
}
