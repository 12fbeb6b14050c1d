//! Accounts and their balances.

use dashtam_domain::{
    connections::{ProviderError, PulledAccount, PulledInstitution},
    id::AccountId,
    ledger::{Account, AccountKind, AccountSource, AccountTerms, BalanceParts, BalanceSource},
    money::Currency,
};
use dashtam_testkit::builders::{self, at, decimal};

use super::bench::{AccountsWritten, Bench, page, pulled_account};

/// A run that shows these accounts, none of which has a transaction.
async fn after(pulled: Vec<PulledAccount>) -> (Bench, Vec<AccountId>, AccountsWritten) {
    let mut bench = Bench::under_way();
    let ids: Vec<_> = pulled.iter().map(|_| AccountId(builders::id())).collect();
    let written = bench.stores_accounts(ids.clone());
    for account in &pulled {
        bench.stores_page(Vec::new());
        bench.finishes_account(0);
        bench.bank.will_show_page(&account.external_id, Ok(page(Vec::new(), None)));
    }
    bench.ends();
    bench.bank.will_show_accounts(Ok(pulled));
    bench.run_next().await.unwrap();
    assert!(written.unit.is_committed());
    (bench, ids, written)
}

#[tokio::test]
async fn an_account_is_stored_as_the_institution_shows_it() {
    let parts = BalanceParts { cash: Some(decimal("2.50")), ..BalanceParts::default() };
    let (bench, ids, written) = after(vec![PulledAccount { parts, ..pulled_account("a") }]).await;
    let account = written.accounts.only();
    let expected = Account {
        id: account.id,
        owner: bench.world.owner,
        source: AccountSource::Connection(bench.connection.id),
        external_id: "a".to_owned(),
        institution: Some("Bank sandbox".to_owned()),
        institution_url: None,
        name: "Account a".to_owned(),
        mask: Some("****0001".to_owned()),
        kind: AccountKind::Checking,
        currency: Currency::USD,
        balance: Some(decimal("12.50")),
        available: Some(decimal("10.00")),
        parts,
        terms: AccountTerms::default(),
        balance_as_of: Some(at(900)),
        is_active: true,
        covered: None,
        last_synced_at: None,
        corrections: None,
        created_at: at(1_000),
        updated_at: at(1_000),
    };
    assert_eq!(account, expected);
    assert_eq!(written.kept.only(), ids, "every other account is switched off");

    let points = written.points.only();
    let [point] = points.as_slice() else { panic!("one point is expected: {points:?}") };
    assert_eq!((point.account, point.owner), (ids[0], bench.world.owner), "of the id the store answered");
    assert_eq!((point.balance, point.available), (decimal("12.50"), Some(decimal("10.00"))));
    assert_eq!((point.parts, point.as_of, point.source), (parts, at(900), BalanceSource::Sync));
}

#[tokio::test]
async fn a_balance_that_is_not_told_is_not_recorded_and_one_without_a_time_holds_now() {
    let silent = PulledAccount { balance: None, available: None, ..pulled_account("a") };
    let undated = PulledAccount { as_of: None, ..pulled_account("b") };
    let (_, ids, written) = after(vec![silent, undated]).await;
    let accounts = written.accounts.all();
    assert_eq!((accounts[0].balance, accounts[0].balance_as_of), (None, None));
    assert_eq!(accounts[1].balance_as_of, Some(at(1_000)));
    let points = written.points.only();
    assert_eq!(
        points.iter().map(|point| (point.account, point.as_of)).collect::<Vec<_>>(),
        [(ids[1], at(1_000))]
    );
}

#[tokio::test]
async fn the_bank_behind_an_aggregator_is_the_institution() {
    let site = "https://bank.example/".parse().unwrap();
    let institution = PulledInstitution { name: "Bank of Go".to_owned(), url: Some(site) };
    let (_, _, written) =
        after(vec![PulledAccount { institution: Some(institution.clone()), ..pulled_account("a") }]).await;
    let account = written.accounts.only();
    assert_eq!((account.institution, account.institution_url), (Some(institution.name), institution.url));
}

#[tokio::test]
async fn an_answer_that_left_something_out_switches_none_off_and_the_run_says_so() {
    let mut bench = Bench::under_way();
    let written = bench.stores_accounts(vec![AccountId(builders::id())]);
    bench.stores_page(Vec::new());
    bench.finishes_account(0);
    let ended = bench.ends();
    bench
        .bank
        .will_show_some_accounts(vec![pulled_account("a")], "Bank B has to be linked again.")
        .will_show_page("a", Ok(page(Vec::new(), None)));
    bench.run_next().await.unwrap();
    assert!(written.unit.is_committed());
    assert!(written.kept.is_empty());
    assert_eq!(ended.run.only().notes, ["Bank B has to be linked again."]);
    assert_eq!(ended.lines.only().details["notes"], 1);
}

#[tokio::test]
async fn an_answer_without_any_account_switches_none_off() {
    let (_, _, written) = after(Vec::new()).await;
    assert!(written.kept.is_empty());
    assert!(written.accounts.is_empty());
}

#[tokio::test]
async fn how_far_an_earlier_run_got_is_kept_until_this_one_is_through_with_the_account() {
    let mut bench = Bench::new();
    bench.claims();
    bench.has_credentials(super::sealed(&bench.connection, "access", None));
    let source = AccountSource::Connection(bench.connection.id);
    let known =
        Account { last_synced_at: Some(at(500)), ..builders::account(bench.world.owner, source, "a") };
    let id = known.id;
    bench.knows_accounts(vec![known]);
    let written = bench.stores_accounts(vec![id, AccountId(builders::id())]);
    bench.ends();
    bench
        .bank
        .will_show_accounts(Ok(vec![pulled_account("a"), pulled_account("b")]))
        .will_show_page("a", Err(ProviderError::Unavailable));
    bench.run_next().await.unwrap();
    let last: Vec<_> = written.accounts.all().iter().map(|account| account.last_synced_at).collect();
    assert_eq!(last, [Some(at(500)), None]);
}
