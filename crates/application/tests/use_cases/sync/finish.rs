//! What needs the whole of an account: rows that are gone, positions, and how far the run got.

use dashtam_domain::{
    connections::{
        Absence, Feature, ProviderError, PulledHolding, PulledHoldings, SentJson, SyncState, TransactionPage,
    },
    id::AccountId,
    ledger::{AssetClass, SecurityIds},
    money::Currency,
    time::Day,
};
use dashtam_testkit::{
    builders::{self, at, day, decimal},
    fakes::{Recorder, ScriptedProvider},
};

use super::bench::{Bench, page, pulled_account, sealed};

/// A run under way of a bank that can do less, with one stored account.
fn bench(without: Option<Feature>) -> (Bench, AccountId) {
    let mut bench = Bench::with(|bank| match without {
        Some(feature) => bank.without(feature),
        None => bank,
    });
    bench.claims();
    bench.has_credentials(sealed(&bench.connection, "access", None));
    bench.knows_accounts(Vec::new());
    let id = AccountId(builders::id());
    bench.stores_accounts(vec![id]);
    bench.bank.will_show_accounts(Ok(vec![pulled_account("a")]));
    (bench, id)
}

fn position(id: &str) -> PulledHolding {
    PulledHolding {
        external_id: id.to_owned(),
        ids: SecurityIds::default(),
        symbol: Some(id.to_owned()),
        name: None,
        asset_class: AssetClass::Equity,
        is_money: false,
        quantity: decimal("-2"),
        price: Some(decimal("4.00")),
        market_value: Some(decimal("-8.00")),
        cost_basis: Some(decimal("7.00")),
        option: None,
        currency: Currency::USD,
        as_of: Some(at(900)),
        raw: SentJson::default(),
    }
}

/// The days in which the last page said it really listed rows, and those in which missing rows count as gone.
async fn gone_between(covered_from: Option<Day>) -> (Day, Day) {
    let (mut bench, id) = bench(Some(Feature::Holdings));
    bench.stores_page(Vec::new());
    let windows = Recorder::new();
    let seen = windows.clone();
    let (owner, run) = (bench.world.owner, bench.run.id);
    bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
        unit.has_nothing_to_match();
        unit.transactions
            .expect_remove_unseen()
            .withf(move |whose, which, _, by, absence, now| {
                (*whose, *which, by.run, *absence, *now) == (owner, id, run, Absence::Removed, at(1_000))
            })
            .times(1)
            .returning(move |_, _, window, _, _, _| {
                seen.push((window.from, window.to));
                Ok(3)
            });
        unit.accounts.expect_upsert().times(1).returning(|account| Ok(account.id));
        unit.accounts.expect_find().returning(|_, _| Ok(None));
    });
    bench.ends();
    bench.bank.will_show_page("a", Ok(TransactionPage { covered_from, ..page(Vec::new(), None) }));
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.counts.removed, 3);
    windows.only()
}

#[tokio::test]
async fn rows_the_bank_no_longer_shows_are_removed_within_the_days_it_listed() {
    let today = at(1_000).day();
    let first = today.plus_days(-ScriptedProvider::HISTORY_DAYS);
    assert_eq!(gone_between(None).await, (first, today.plus_days(1)));
    assert_eq!(gone_between(Some(day(-5))).await, (day(-5), today.plus_days(1)));
    let before = first.plus_days(-9);
    assert_eq!(gone_between(Some(before)).await.0, first, "never beyond what was asked for");
}

#[tokio::test]
async fn the_positions_of_an_account_take_the_place_of_the_earlier_ones() {
    let (mut bench, id) = bench(None);
    bench.stores_page(Vec::new());
    let finished = bench.finishes_account(0);
    bench.ends();
    bench
        .bank
        .will_show_page("a", Ok(page(Vec::new(), None)))
        .will_show_holdings("a", Ok(vec![position("ACME"), position("CASH")]));
    bench.run_next().await.unwrap();

    assert!(finished.unit.is_committed());
    let holdings = finished.holdings.only();
    let keys: Vec<_> = holdings.iter().map(|holding| holding.external_id.as_str()).collect();
    assert_eq!(keys, ["ACME", "CASH"]);
    let first = &holdings[0];
    assert!(first.security.is_some() && first.security != holdings[1].security);
    assert_eq!((first.account, first.owner), (id, bench.world.owner));
    assert_eq!((first.quantity, first.market_value), (decimal("-2"), Some(decimal("-8.00"))));
    assert_eq!(
        (first.cost_basis, first.as_of, first.updated_at),
        (Some(decimal("7.00")), Some(at(900)), at(1_000))
    );

    let account = finished.account.only();
    assert_eq!((account.id, account.last_synced_at), (id, Some(at(1_000))));
}

#[tokio::test]
async fn a_bank_without_positions_leaves_those_there_are() {
    let (mut bench, _) = bench(Some(Feature::Holdings));
    bench.stores_page(Vec::new());
    let finished = bench.finishes_account(0);
    bench.ends();
    bench.bank.will_show_page("a", Ok(page(Vec::new(), None)));
    bench.run_next().await.unwrap();
    assert!(finished.unit.is_committed());
    assert!(finished.holdings.is_empty());
}

#[tokio::test]
async fn positions_the_bank_says_nothing_about_stay() {
    let (mut bench, _) = bench(None);
    bench.stores_page(Vec::new());
    let finished = bench.finishes_account(0);
    let ended = bench.ends();
    bench
        .bank
        .will_show_page("a", Ok(page(Vec::new(), None)))
        .will_tell_holdings("a", PulledHoldings::Untold);
    bench.run_next().await.unwrap();
    assert!(finished.unit.is_committed() && finished.holdings.is_empty());
    assert!(ended.run.only().notes.is_empty());
}

#[tokio::test]
async fn positions_with_gaps_add_and_change_and_take_none_away() {
    let (mut bench, id) = bench(None);
    bench.stores_page(Vec::new());
    let merged = Recorder::new();
    let seen = merged.clone();
    // Replacing positions is not expected of this unit.
    let finished = bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
        unit.has_nothing_to_match();
        unit.knows_no_securities();
        unit.transactions.expect_remove_unseen().returning(|_, _, _, _, _, _| Ok(0));
        unit.holdings.expect_merge().times(1).returning(move |_, account, holdings| {
            seen.push((account, holdings.len()));
            Ok(())
        });
        unit.accounts.expect_upsert().times(1).returning(|account| Ok(account.id));
        unit.accounts.expect_find().returning(|_, _| Ok(None));
    });
    let ended = bench.ends();
    let gaps = vec!["A position could not be read: shares is missing.".to_owned()];
    let told = PulledHoldings::Told { holdings: vec![position("ACME")], gaps: gaps.clone() };
    bench.bank.will_show_page("a", Ok(page(Vec::new(), None))).will_tell_holdings("a", told);
    bench.run_next().await.unwrap();
    assert!(finished.is_committed());
    assert_eq!(merged.only(), (id, 1));
    assert_eq!(ended.run.only().notes, gaps);
}

#[tokio::test]
async fn a_listing_with_gaps_on_any_page_removes_no_row_and_the_run_says_so() {
    for gap_in in [0, 1] {
        let (mut bench, _) = bench(Some(Feature::Holdings));
        bench.stores_page(Vec::new());
        bench.stores_page(Vec::new());
        // Removing rows is not expected of this unit.
        let finished = bench.world.unit(|unit| {
            unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
            unit.accounts.expect_upsert().times(1).returning(|account| Ok(account.id));
            unit.accounts.expect_find().returning(|_, _| Ok(None));
        });
        let ended = bench.ends();
        for (number, next) in [(0, Some("more")), (1, None)] {
            let gap = (number == gap_in).then(|| "Incomplete transaction listing.".to_owned());
            let gaps = gap.into_iter().collect();
            bench.bank.will_show_page("a", Ok(TransactionPage { gaps, ..page(Vec::new(), next) }));
        }
        let run = bench.run_next().await.unwrap().unwrap();
        assert!(finished.is_committed());
        assert_eq!((run.state, run.counts.removed), (SyncState::Completed, 0));
        assert_eq!(ended.run.only().notes, ["Incomplete transaction listing."]);
    }
}

#[tokio::test]
async fn a_bank_without_transactions_removes_none() {
    let (mut bench, _) = bench(Some(Feature::Transactions));
    // Removing rows is not expected of this unit.
    let finished = bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
        unit.knows_no_securities();
        unit.holdings.expect_replace().times(1).returning(|_, _, _| Ok(()));
        unit.accounts.expect_upsert().times(1).returning(|account| Ok(account.id));
        unit.accounts.expect_find().returning(|_, _| Ok(None));
    });
    bench.ends();
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(finished.is_committed());
    assert_eq!(run.state, SyncState::Completed);
}

#[tokio::test]
async fn when_the_positions_fail_the_account_is_not_through_and_no_row_is_gone() {
    let (mut bench, _) = bench(None);
    let stored = bench.stores_page(Vec::new());
    let ended = bench.ends();
    bench
        .bank
        .will_show_page("a", Ok(page(Vec::new(), None)))
        .will_show_holdings("a", Err(ProviderError::Unavailable));
    bench.run_next().await.unwrap();
    assert!(stored.unit.is_committed());
    assert_eq!(ended.run.only().state, SyncState::Failed);
}
