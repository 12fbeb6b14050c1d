//! Files on which an importer fails in silence: each is stored as it is right, and inspecting it says the same.

use std::{fs, path::Path};

use dashtam_tests::{Engine, User, figures::sum, samples};
use serde_json::Value;

use crate::engines::{on_both_engines, shared};

on_both_engines!(files_that_were_taken_wrongly_are_taken_right);

/// A user's accounts: number masked, sort, balance, and amounts with texts in the order of the texts.
type Account = (&'static str, &'static str, Option<&'static str>, &'static [(&'static str, &'static str)]);

/// Files that are imported one after the other, and what there is then.
const EXPECTED: &[(&[&str], &[Account])] = &[
    (
        &["branch-a.ofx", "branch-b.ofx"],
        &[
            ("****3456", "checking", Some("100.00"), &[("-15.00", "MERCADO")]),
            ("****3456", "checking", Some("900.00"), &[("-15.00", "FARMACIA")]),
        ],
    ),
    (
        &["same-number-two-types.ofx"],
        &[
            ("****5444", "checking", Some("100.00"), &[("-1.00", "CHK")]),
            ("****5444", "savings", Some("900.00"), &[("-2.00", "SAV")]),
        ],
    ),
    (&["charset-1251.ofx"], &[("****0044", "checking", Some("100.00"), &[("-1.00", "МАГАЗИН")])]),
    (&["charset-936.ofx"], &[("****0042", "checking", Some("100.00"), &[("-1.00", "支付宝-午餐")])]),
    (
        &["fitid-minus-one.ofx"],
        &[("****0902", "checking", Some("100.00"), &[("-2.00", "BUS"), ("-2.00", "BUS"), ("-2.00", "BUS")])],
    ),
    (
        &["fitid-restart-a.ofx", "fitid-restart-b.ofx"],
        &[("****0802", "checking", Some("100.00"), &[("-12.00", "BOOK SHOP"), ("-12.00", "CAFE LUNA")])],
    ),
    (
        &["same-fitid-equal-rows.ofx"],
        &[("****0006", "checking", Some("100.00"), &[("-3.20", "BUS"), ("-3.20", "BUS")])],
    ),
    (&["loan.ofx"], &[("****0094", "loan", Some("-150000.00"), &[("804.10", "PAYMENT")])]),
    (&["currency-row-sum.ofx"], &[("****0082", "checking", Some("100.00"), &[("-100.00", "HOTEL")])]),
    (&["origcurrency.ofx"], &[("****0081", "checking", Some("100.00"), &[("-107.00", "WISE")])]),
    (
        &["debit-positive.ofx"],
        &[("****0086", "credit_card", Some("100.00"), &[("100.00", "PAYMENT"), ("5.55", "STORE")])],
    ),
];

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

async fn import(user: &User, folder: &Path, name: &str) -> Value {
    user.api.upload(name, &fs::read(folder.join(name)).unwrap()).await.expect(201)
}

async fn files_that_were_taken_wrongly_are_taken_right(engine: Engine, test: &str) {
    let Some(folder) = samples::cases(test) else { return };
    let server = shared!(engine, test);
    for (files, expected) in EXPECTED {
        let user = User::new(&server).await;
        for name in *files {
            let report = import(&user, &folder, name).await;
            assert_eq!(
                (&report["rows"]["known"], &report["rows"]["refused"]),
                (&0.into(), &0.into()),
                "{name}"
            );
            let again = import(&user, &folder, name).await;
            assert_eq!(
                (&again["rows"]["taken"], &again["rows"]["known"]),
                (&0.into(), &report["rows"]["taken"])
            );
        }
        let (accounts, rows) = super::ledger(&user).await;
        assert_eq!(accounts.len(), expected.len(), "{files:?}: {accounts:?}");
        for (mask, kind, balance, expected) in *expected {
            let account = accounts.iter().find(|account| {
                (text(account, "account_number_masked"), text(account, "account_type")) == (*mask, *kind)
                    && account["balance"].as_str() == *balance
            });
            let account =
                account.unwrap_or_else(|| panic!("{files:?}: {mask} {kind} {balance:?} in {accounts:?}"));
            let mut own: Vec<_> = rows
                .iter()
                .filter(|row| row["account_id"] == account["id"])
                .map(|row| (text(row, "amount"), text(row, "description")))
                .collect();
            own.sort_by_key(|(_, name)| *name);
            assert_eq!(own, *expected, "{files:?}");
        }
        let names: std::collections::HashSet<&str> =
            accounts.iter().map(|account| text(account, "name")).collect();
        let kinds: std::collections::HashSet<&str> =
            accounts.iter().map(|account| text(account, "account_type")).collect();
        assert!(names.len() * kinds.len() >= accounts.len(), "a person can tell them apart: {accounts:?}");
    }
}

/// The one transaction of this text, with all that it is made of.
async fn detail(user: &User, name: &str) -> Value {
    let (_, rows) = super::ledger(user).await;
    let row = rows.iter().find(|row| row["description"] == name).unwrap();
    user.api.get(&format!("/api/v1/transactions/{}", text(row, "id"))).await.expect(200)
}

#[tokio::test]
async fn currencies_parts_and_oddities_of_rows_are_kept() {
    let test = "currencies_parts_and_oddities_of_rows_are_kept";
    let Some(folder) = samples::cases(test) else { return };
    let server = shared!(Engine::Sqlite, test);
    let user = User::new(&server).await;
    for name in ["currency-row-sum.ofx", "origcurrency.ofx", "debit-positive.ofx"] {
        import(&user, &folder, name).await;
    }
    let hotel = detail(&user, "HOTEL").await;
    assert_eq!((text(&hotel, "amount"), text(&hotel, "currency")), ("-100.00", "EUR"));
    let exchange = serde_json::json!({"currency": "EUR", "rate": "1.07", "converted": false});
    assert_eq!(hotel["exchange"], exchange);
    let wise = detail(&user, "WISE").await;
    assert_eq!((text(&wise, "amount"), text(&wise, "currency")), ("-107.00", "USD"));
    let exchange = serde_json::json!({"currency": "EUR", "rate": "1.0700", "converted": true});
    assert_eq!(wise["exchange"], exchange);
    assert_eq!(detail(&user, "STORE").await["flags"], serde_json::json!(["sign_contradicts_kind"]));
    let borrower = User::new(&server).await;
    import(&borrower, &folder, "loan.ofx").await;
    let payment = detail(&borrower, "PAYMENT").await;
    let legs: Vec<_> = payment["legs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leg| (text(leg, "label"), text(leg, "amount")))
        .collect();
    assert_eq!(legs, [("PRINAMT", "500.00"), ("INTAMT", "304.10")]);
}

#[tokio::test]
async fn ids_that_change_with_each_download_are_proposed_as_duplicates() {
    let test = "ids_that_change_with_each_download_are_proposed_as_duplicates";
    let Some(folder) = samples::cases(test) else { return };
    let server = shared!(Engine::Sqlite, test);
    let user = User::new(&server).await;
    let first = import(&user, &folder, "fitid-rotated-a.ofx").await;
    assert_eq!(first["problems"], serde_json::json!([]));
    let second = import(&user, &folder, "fitid-rotated-b.ofx").await;
    let told = second["problems"].as_array().unwrap();
    assert_eq!(told.len(), 2, "{second}");
    assert!(told.iter().all(|problem| text(problem, "reason").contains("duplicate")), "{second}");
}

#[tokio::test]
async fn a_file_without_an_account_asks_for_one() {
    let test = "a_file_without_an_account_asks_for_one";
    let Some(folder) = samples::cases(test) else { return };
    let server = shared!(Engine::Sqlite, test);
    let user = User::new(&server).await;
    let [one, two] =
        ["no-account-a.qfx", "no-account-b.qfx"].map(|name| fs::read(folder.join(name)).unwrap());
    let asked = user.api.upload("a.qfx", &one).await;
    assert_eq!((asked.status, asked.broken_rules()), (422, vec!["account_id:required".to_owned()]));
    assert!(text(&asked.problem(), "type").ends_with("/errors/account-needed"));
    assert_eq!(super::ledger(&user).await, (vec![], vec![]));
    for bad in ["", "mine", "01890a5d-ac96-774b-bcce-b302099a8057"] {
        let refused = user.api.upload_to(bad, "a.qfx", &one).await;
        assert_eq!(refused.status, 422, "{bad}");
        assert!(refused.broken_rules()[0].starts_with("account_id:"), "{bad}: {}", refused.text());
    }
    user.api.upload_to("new", "a.qfx", &one).await.expect(201);
    let (accounts, _) = super::ledger(&user).await;
    let report = user.api.upload_to(text(&accounts[0], "id"), "b.qfx", &two).await.expect(201);
    assert_eq!(report["rows"]["taken"], 1, "{report}");
    let (accounts, rows) = super::ledger(&user).await;
    assert_eq!((accounts.len(), rows.len(), sum(&rows).to_string().as_str()), (1, 2, "-38.00"));
    assert_eq!(report["format"], "ofx");
}
