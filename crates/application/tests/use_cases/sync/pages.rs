//! Pages of transactions, each stored in a unit of work of its own.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        Absence, Provider, ProviderError, PulledTransaction, RefusedRow, SyncCounts, SyncState,
        TransactionPage, TransactionWindow,
    },
    id::{AccountId, SecurityId, SyncRunId},
    ledger::{
        Account, AccountSource, Announced, AssetClass, DecisionState, KnownAs, Leg, LegKind, Shown, Trade,
        Transaction, TransactionDetails, TransactionStatus,
    },
    money::Currency,
};
use dashtam_testkit::{
    builders::{self, at, day, decimal},
    fakes::{ProviderCall, ScriptedProvider},
    mocks::{MockAccountsFeed, MockProvider, MockTransactionsFeed},
};

use super::bench::{Bench, page, pulled, pulled_account, sealed};

/// A run under way that has stored its one account, which is answered.
fn with_account(mut bench: Bench) -> (Bench, Account) {
    let source = AccountSource::Connection(bench.connection.id);
    let account = builders::account(bench.world.owner, source, "a");
    bench.stores_accounts(vec![account.id]);
    bench.bank.will_show_accounts(Ok(vec![pulled_account("a")]));
    (bench, account)
}

/// The windows and pages the bank was asked for.
fn asked(bank: &ScriptedProvider) -> Vec<(TransactionWindow, Option<String>)> {
    let page = |call| match call {
        ProviderCall::Page { window, page, .. } => Some((window, page)),
        _ => None,
    };
    bank.calls().into_iter().filter_map(page).collect()
}

#[tokio::test]
async fn every_page_is_stored_by_itself_and_leads_to_the_next() {
    let (mut bench, account) = with_account(Bench::under_way());
    let pages = [bench.stores_page(Vec::new()), bench.stores_page(Vec::new())];
    bench.finishes_account(0);
    bench.ends();
    bench
        .bank
        .will_show_page("a", Ok(page(vec![pulled("1", day(1)), pulled("2", day(2))], Some("second"))))
        .will_show_page("a", Ok(page(vec![pulled("3", day(3))], None)));
    let run = bench.run_next().await.unwrap().unwrap();

    assert!(pages.iter().all(|page| page.unit.is_committed()));
    assert_eq!(pages.iter().map(|page| page.added.only().len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(run.counts.added, 3);
    let cursors: Vec<_> = asked(&bench.bank).into_iter().map(|(_, page)| page).collect();
    assert_eq!(cursors, [None, Some("second".to_owned())]);

    let row = &pages[1].added.only()[0];
    assert_eq!((row.account, row.owner, row.seen_in), (account.id, bench.world.owner, Some(bench.run.id)));
    assert_eq!((row.source_id.as_str(), row.day, row.raw.as_deref()), ("3", day(3), Some(r#"{"id":"3"}"#)));
}

#[tokio::test]
async fn the_first_run_asks_for_the_whole_history_and_later_ones_for_an_overlap() {
    let today = at(1_000).day();
    for (last, from) in [(None, today.plus_days(-ScriptedProvider::HISTORY_DAYS)), (Some(day(-20)), day(-30))]
    {
        let mut bench = Bench::new();
        bench.claims();
        bench.has_credentials(sealed(&bench.connection, "access", None));
        let source = AccountSource::Connection(bench.connection.id);
        let last_synced_at = last.map(|day| day.start());
        let known = Account { last_synced_at, ..builders::account(bench.world.owner, source, "a") };
        bench.knows_accounts(vec![known]);
        let (mut bench, _) = with_account(bench);
        bench.stores_page(Vec::new());
        bench.finishes_account(0);
        bench.ends();
        bench.bank.will_show_page("a", Ok(page(Vec::new(), None)));
        bench.run_next().await.unwrap();
        assert_eq!(asked(&bench.bank), [(TransactionWindow { from, to: today.plus_days(1) }, None)]);
    }
}

#[tokio::test]
async fn a_clock_that_was_ahead_leaves_a_window_that_begins_before_it_ends() {
    let today = at(1_000).day();
    let mut bench = Bench::new();
    bench.claims();
    bench.has_credentials(sealed(&bench.connection, "access", None));
    let source = AccountSource::Connection(bench.connection.id);
    let last_synced_at = Some(day(60).start());
    let known = Account { last_synced_at, ..builders::account(bench.world.owner, source, "a") };
    bench.knows_accounts(vec![known]);
    let (mut bench, _) = with_account(bench);
    bench.stores_page(Vec::new());
    bench.finishes_account(0);
    bench.ends();
    bench.bank.will_show_page("a", Ok(page(Vec::new(), None)));
    bench.run_next().await.unwrap();
    // What was read when is not known: all of it is read again.
    let from = today.plus_days(-ScriptedProvider::HISTORY_DAYS);
    assert_eq!(asked(&bench.bank), [(TransactionWindow { from, to: today.plus_days(1) }, None)]);
}

#[tokio::test]
async fn a_row_that_cannot_be_used_is_counted_while_its_neighbours_are_stored() {
    let (mut bench, _) = with_account(Bench::under_way());
    let written = bench.stores_page(Vec::new());
    bench.finishes_account(0);
    bench.ends();
    let (external_id, when) = (Some("2".to_owned()), day(3));
    let refused = vec![RefusedRow { external_id, day: Some(when), reason: "no amount".to_owned() }];
    let rows = vec![pulled("1", day(1)), pulled("3", day(1))];
    let notes = vec!["History before 2011 was not asked for.".to_owned()];
    bench.bank.will_show_page("a", Ok(TransactionPage { refused, notes, ..page(rows, None) }));
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.state, SyncState::Completed);
    let told = format!(
        "A transaction of {when} with the id 2 was left out of \u{201c}Account a\u{201d}: no amount.",
    );
    assert_eq!(run.notes, [told.as_str(), "History before 2011 was not asked for."]);
    assert_eq!(run.counts, SyncCounts { accounts: 1, added: 2, updated: 0, removed: 0, refused: 1 });
    let stored: Vec<_> = written.added.only().into_iter().map(|row| row.source_id).collect();
    assert_eq!(stored, ["1", "3"]);
}

/// What is stored of a row that the institution tells of.
fn stored(account: &Account, id: &str) -> Transaction {
    let row = pulled(id, day(1));
    Transaction {
        amount: row.amount,
        occurred_at: row.occurred_at,
        description: row.description,
        kind: row.kind,
        seen_in: Some(SyncRunId(builders::id())),
        ..builders::transaction(account, id, day(1))
    }
}

#[tokio::test]
async fn rows_that_are_told_as_before_are_not_read() {
    let (mut bench, account) = with_account(Bench::under_way());
    let mut rows = ["twice", "once"].map(|id| stored(&account, id));
    // Most booked rows were pending once, of which the institution says nothing any more.
    rows[1].announced = Some(Announced { amount: rows[1].amount, day: day(1) });
    let (run, ids) = (bench.run.id, rows.each_ref().map(|row| row.id));
    let shown = Shown { run, unchanged: ids.into() };
    bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
        unit.knows_no_aliases();
        unit.transactions
            .expect_known()
            .times(1)
            .return_once(move |_, _, _| Ok(rows.iter().map(KnownAs::from).collect()));
        unit.transactions.expect_insert().withf(<[_]>::is_empty).returning(|_| Ok(0));
        unit.transactions.expect_update().withf(<[_]>::is_empty).returning(|_| Ok(()));
        unit.transactions.expect_mark_seen().withf(|_, seen, _| seen.is_empty()).returning(|_, _, _| Ok(()));
    });
    bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
        unit.has_nothing_to_match();
        unit.knows_no_securities();
        unit.holdings.expect_replace().returning(|_, _, _| Ok(()));
        unit.transactions
            .expect_remove_unseen()
            .withf(move |_, _, _, listed, _, _| *listed == shown)
            .times(1)
            .returning(|_, _, _, _, _, _| Ok(0));
        unit.accounts.expect_upsert().returning(|account| Ok(account.id));
        unit.accounts.expect_find().returning(|_, _| Ok(None));
    });
    bench.ends();
    // Of rows with one id the last counts.
    let told = vec![pulled("twice", day(9)), pulled("once", day(1)), pulled("twice", day(1))];
    bench.bank.will_show_page("a", Ok(page(told, None)));
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!((run.counts.added, run.counts.updated), (0, 0));
}

/// A purchase as the institution tells it.
fn bought(id: &str) -> PulledTransaction {
    let symbol = || Some("VTI".to_owned());
    let trade = Trade {
        security: None,
        symbol: symbol(),
        name: None,
        asset_class: AssetClass::Etf,
        quantity: decimal("2"),
        price: Some(decimal("1.75")),
        fees: None,
    };
    let leg = Leg { symbol: symbol(), ..Leg::new(LegKind::Security, Currency::USD) };
    let details = TransactionDetails { legs: vec![leg], ..TransactionDetails::default() };
    PulledTransaction { trade: Some(trade), details, ..pulled(id, day(1)) }
}

/// Nothing but their fingerprints is looked up: no row, and no security.
#[tokio::test]
async fn trades_that_are_told_as_before_are_not_read_either() {
    let (mut bench, account) = with_account(Bench::under_way());
    let told = bought("1");
    let (mut trade, mut details) = (told.trade.clone().unwrap(), told.details.clone());
    let security = Some(SecurityId(builders::id()));
    (trade.security, details.legs[0].security) = (security, security);
    let row = Transaction { trade: Some(trade), details, ..stored(&account, "1") };
    bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
        unit.knows_no_aliases();
        unit.transactions.expect_known().times(1).return_once(move |_, _, _| Ok(vec![KnownAs::from(&row)]));
        unit.transactions.expect_insert().withf(<[_]>::is_empty).returning(|_| Ok(0));
        unit.transactions.expect_update().withf(<[_]>::is_empty).returning(|_| Ok(()));
        unit.transactions.expect_mark_seen().withf(|_, seen, _| seen.is_empty()).returning(|_, _, _| Ok(()));
    });
    bench.finishes_account(0);
    bench.ends();
    bench.bank.will_show_page("a", Ok(page(vec![told], None)));
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!((run.counts.added, run.counts.updated), (0, 0));
}

#[tokio::test]
async fn rows_are_held_against_what_is_stored() {
    let (mut bench, account) = with_account(Bench::under_way());
    // No run was shown the rows before.
    let as_pulled = |id: &str| Transaction { seen_in: None, ..stored(&account, id) };
    let same = as_pulled("same");
    let moved = Transaction { day: day(7), ..as_pulled("moved") };
    let announced = Transaction { status: TransactionStatus::Pending, ..as_pulled("announced") };
    let written = bench.stores_page(vec![same.clone(), moved.clone(), announced.clone()]);
    bench.finishes_account(0);
    bench.ends();
    let booked = PulledTransaction { replaces: Some("announced".to_owned()), ..pulled("booked", day(1)) };
    let rows = vec![pulled("same", day(1)), pulled("moved", day(1)), booked];
    bench.bank.will_show_page("a", Ok(page(rows, None)));
    let run = bench.run_next().await.unwrap().unwrap();

    assert!(written.added.only().is_empty());
    assert_eq!(written.seen.only(), [same.id]);
    let changed: Vec<_> =
        written.changed.all().concat().into_iter().map(|row| (row.id, row.source_id, row.status)).collect();
    let posted = TransactionStatus::Posted;
    let expected = [(moved.id, "moved".to_owned(), posted), (announced.id, "booked".to_owned(), posted)];
    assert_eq!(changed, expected, "the booked row takes the announced one's place and id");
    let aliases: Vec<_> =
        written.aliases.only().into_iter().map(|alias| (alias.source_id, alias.transaction)).collect();
    assert_eq!(aliases, [("announced".to_owned(), announced.id)], "it is still known as the announced one");
    let [decision] = &written.decisions.only()[..] else { panic!("one decision") };
    assert_eq!((decision.left, decision.state), (announced.id, DecisionState::Applied));
    assert_eq!((run.counts.added, run.counts.updated), (0, 2));
}

#[tokio::test]
async fn rows_are_looked_up_by_their_own_ids_and_those_they_replace() {
    let (mut bench, account) = with_account(Bench::under_way());
    let (owner, id) = (bench.world.owner, account.id);
    bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
        unit.knows_no_aliases();
        unit.transactions
            .expect_with_source_ids()
            .withf(move |asked, which, ids| {
                (*asked, *which) == (owner, id) && ids == ["announced", "booked", "other"]
            })
            .times(1)
            .returning(|_, _, _| Ok(Vec::new()));
        unit.reconciliations.expect_rejected_pairs().times(1).returning(|_, _| Ok(Vec::new()));
        unit.reconciliations.expect_put_aliases().times(1).returning(|_| Ok(()));
        unit.transactions.expect_insert().returning(|_| Ok(2));
        unit.transactions.expect_update().returning(|_| Ok(()));
        unit.transactions.expect_mark_seen().returning(|_, _, _| Ok(()));
    });
    bench.finishes_account(0);
    bench.ends();
    let booked = PulledTransaction { replaces: Some("announced".to_owned()), ..pulled("booked", day(1)) };
    bench.bank.will_show_page("a", Ok(page(vec![pulled("other", day(1)), booked], None)));
    bench.run_next().await.unwrap();
}

#[tokio::test]
async fn the_lease_is_prolonged_with_every_page_from_where_the_last_one_left_it() {
    let mut bench = Bench::new();
    bench.claims();
    bench.has_credentials(sealed(&bench.connection, "access", None));
    bench.knows_accounts(Vec::new());
    // A bank whose every answer takes ten seconds.
    let mut slow = MockProvider::new(bench.bank.descriptor().clone());
    let mut accounts = MockAccountsFeed::new();
    let clock = bench.world.clock.clone();
    accounts.expect_accounts().times(1).returning(move |_| {
        clock.advance(TimeDelta::seconds(10));
        Ok(vec![pulled_account("a")].into())
    });
    let mut transactions = MockTransactionsFeed::new();
    let clock = bench.world.clock.clone();
    transactions.expect_history_days().return_const(90_i64);
    transactions.expect_absence().return_const(Absence::Removed);
    transactions.expect_transactions().times(2).returning(move |_, asked| {
        clock.advance(TimeDelta::seconds(10));
        Ok(page(Vec::new(), asked.page.is_none().then_some("second")))
    });
    (slow.accounts, slow.transactions) = (Some(accounts), Some(transactions));
    bench.world.provider(Arc::new(slow));

    let run = bench.run.id;
    // The accounts, two pages, and the end of the account, which no answer comes before.
    for until in [at(1_040), at(1_050), at(1_060), at(1_060)] {
        bench.world.unit(|unit| {
            unit.sync_runs
                .expect_prolong()
                .withf(move |id, attempt, end, told| {
                    (*id, *attempt, *end) == (run, 1, until) && told.is_some()
                })
                .times(1)
                .returning(|_, _, _, _| Ok(true));
            unit.accounts.expect_upsert().returning(|_| Ok(AccountId(builders::id())));
            unit.accounts.expect_find().returning(|_, _| Ok(None));
            unit.accounts.expect_deactivate_others().returning(|_, _, _, _| Ok(0));
            unit.balances.expect_record().returning(|_| Ok(()));
            unit.knows_no_aliases();
            unit.transactions.expect_with_source_ids().returning(|_, _, _| Ok(Vec::new()));
            unit.transactions.expect_insert().returning(|_| Ok(0));
            unit.transactions.expect_update().returning(|_| Ok(()));
            unit.transactions.expect_mark_seen().returning(|_, _, _| Ok(()));
            unit.has_nothing_to_match();
            unit.transactions.expect_remove_unseen().returning(|_, _, _, _, _, _| Ok(0));
        });
    }
    let ended = bench.ends();
    bench.run_next().await.unwrap();
    assert_eq!(ended.run.only().attempts, 1, "the end is guarded by the attempt");
}

#[tokio::test]
async fn what_was_stored_stays_when_a_later_page_fails() {
    let (mut bench, _) = with_account(Bench::under_way());
    let first = bench.stores_page(Vec::new());
    let ended = bench.ends();
    bench
        .bank
        .will_show_page("a", Ok(page(vec![pulled("1", day(1))], Some("second"))))
        .will_show_page("a", Err(ProviderError::Unavailable));
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(first.unit.is_committed() && ended.unit.is_committed());
    assert_eq!((run.state, run.counts.added), (SyncState::Failed, 1));
}

#[tokio::test]
async fn a_bank_that_pages_for_ever_is_stopped() {
    let (mut bench, _) = with_account(Bench::under_way());
    for _ in 0..10_000 {
        bench.world.unit(|unit| {
            unit.sync_runs.expect_prolong().returning(|_, _, _, _| Ok(true));
            unit.knows_no_aliases();
            unit.transactions.expect_with_source_ids().returning(|_, _, _| Ok(Vec::new()));
            unit.transactions.expect_insert().returning(|_| Ok(0));
            unit.transactions.expect_update().returning(|_| Ok(()));
            unit.transactions.expect_mark_seen().returning(|_, _, _| Ok(()));
        });
        bench.bank.will_show_page("a", Ok(page(Vec::new(), Some("and on"))));
    }
    let ended = bench.ends();
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.state, SyncState::Failed);
    let error = ProviderError::Malformed { at: "transactions never end" };
    assert_eq!(ended.run.only().error, Some(error.to_string()));
}
