//! Rows that were once left out or taken for something else, as people reported them.

use std::{fs, path::Path};

use dashtam_domain::{
    connections::{AccountsFeed, HoldingsFeed, PulledTransaction},
    ledger::{OptionRight, TransactionFlag, TransactionKind},
    time::Day,
};
use dashtam_testkit::schwab::FakeAccount;
use serde_json::Value;

use super::{Samples, decimal};
use crate::support::{Setup, Walked, empty, everything};

/// The account of the file at the stand-in; its hash.
async fn account() -> Option<(Setup, String)> {
    let folder = Samples::open()?.0;
    let file = folder.parent().map(|all| all.join("cases/schwab-extra.json"))?;
    if !Path::exists(&file) {
        println!("skipped: {} is not there", file.display());
        return None;
    }
    let accounts: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let (number, account) = accounts.as_object().unwrap().iter().next().unwrap();
    let hash = account[0].as_str().unwrap().to_owned();
    let setup = empty().await;
    setup.fake.put_account(FakeAccount {
        number: number.clone(),
        hash: hash.clone(),
        nickname: None,
        entry: account[1].clone(),
        transactions: account[2].as_array().unwrap().clone(),
    });
    Some((setup, hash))
}

fn row<'a>(walked: &'a Walked, id: &str) -> &'a PulledTransaction {
    walked.rows.iter().find(|row| row.external_id == id).unwrap()
}

#[tokio::test]
async fn every_row_of_a_long_history_is_taken_for_what_it_is() {
    let Some((setup, hash)) = account().await else { return };
    let walked = setup.walk(&hash, everything(&setup)).await.unwrap();
    assert_eq!((walked.rows.len(), walked.refused.len()), (13, 0), "{:?}", walked.refused);
    // Three quiet years lie behind it.
    let old = row(&walked, "10");
    assert_eq!((old.day, old.amount), (Day::new(2023, 2, 1).unwrap(), decimal("250.00")));
    // Its net amount is not told.
    let trade = row(&walked, "12");
    assert_eq!((trade.amount, trade.kind), (decimal("-1955.65"), TransactionKind::Trade));
    assert_eq!(trade.details.flags, [TransactionFlag::AmountFromLegs]);
    assert_eq!(trade.details.fee, Some(decimal("0.65")));
    for (id, kind) in [
        ("1", TransactionKind::Other),
        ("2", TransactionKind::Fee),
        ("3", TransactionKind::Fee),
        ("4", TransactionKind::Dividend),
        ("8", TransactionKind::Deposit),
        ("9", TransactionKind::Other),
        ("11", TransactionKind::Trade),
        ("13", TransactionKind::Transfer),
    ] {
        assert_eq!(row(&walked, id).kind, kind, "{id}");
    }
    assert_eq!(row(&walked, "12").details.references.sub_account.as_deref(), Some("CASH"));
    let option = row(&walked, "9").details.legs[0].option.clone().unwrap();
    assert_eq!(
        (option.underlying.as_deref(), option.strike, option.expiry, option.right),
        (Some("BRKB"), Some(decimal("400")), Day::new(2026, 4, 17), Some(OptionRight::Put))
    );
}

#[tokio::test]
async fn the_cash_of_an_account_is_told() {
    let Some((setup, hash)) = account().await else { return };
    let credentials = setup.link().await;
    let told = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap();
    assert_eq!(told.accounts[0].parts.cash, Some(decimal("0.00")));
    assert_eq!(told.accounts[0].balance, Some(decimal("10342.29")));
    let held = setup.provider.holdings(&credentials, &hash).await.unwrap().shown();
    let short = held.iter().find(|one| one.symbol.as_deref() == Some("SHRT")).unwrap();
    assert_eq!((short.quantity, short.market_value), (decimal("-3"), Some(decimal("-75.30"))));
    assert_eq!(held.len(), 3);
}
