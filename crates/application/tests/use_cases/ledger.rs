//! Reading accounts, transactions and positions: always the caller's own.

use dashtam_application::{
    errors::CommonError,
    ledger::{GetAccount, GetTransaction, LedgerError, ListAccounts, ListHoldings, ListTransactions},
};
use dashtam_domain::{
    id::{AccountId, ConnectionId, TransactionId},
    ledger::{Hidden, TransactionFilter, TransactionKey, TransactionStatus},
    meaning::CategoryFilter,
    page::{Limit, Page},
};
use dashtam_testkit::builders::{self, day};

use crate::world::{World, assert_refused, broken};

/// The reading side knows this account of the caller, or not.
fn knows_account(world: &mut World, id: AccountId, known: bool) {
    let owner = world.owner;
    let account = known.then(|| builders::file_account(owner, "1"));
    world
        .queries
        .ledger
        .expect_account()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(|_, _| Ok(account));
}

#[tokio::test]
async fn accounts_are_listed_as_asked() {
    let mut world = World::new();
    let (owner, limit) = (world.owner, Limit::new(3).unwrap());
    let (connection, after) = (Some(ConnectionId(builders::id())), Some(AccountId(builders::id())));
    let account = builders::file_account(owner, "1");
    let page = Page { next: Some(account.id), items: vec![account] };
    let found = page.clone();
    world
        .queries
        .ledger
        .expect_accounts()
        .withf(move |asked, of, from, count| {
            (*asked, *of, *from, *count) == (owner, connection, after, limit)
        })
        .times(1)
        .return_once(|_, _, _, _| Ok(found));
    let call = world.call();
    let request = ListAccounts { connection, after, limit };
    assert_eq!(world.build().ledger().accounts(&call, request).await.unwrap(), page);
}

#[tokio::test]
async fn an_account_is_found_among_the_callers_own_or_not_at_all() {
    let mut world = World::new();
    let account = AccountId(builders::id());
    let call = world.call();
    knows_account(&mut world, account, true);
    let found = world.build().ledger().account(&call, GetAccount { account }).await.unwrap();
    assert_eq!(found.owner, world.owner);

    knows_account(&mut world, account, false);
    let result = world.build().ledger().account(&call, GetAccount { account }).await;
    assert_refused!(result, LedgerError::NotFound("account"));
}

#[tokio::test]
async fn positions_are_those_of_an_account_of_the_caller() {
    let mut world = World::new();
    let account = builders::file_account(world.owner, "1");
    let (owner, id) = (world.owner, account.id);
    let positions = vec![builders::holding(&account, "ACME")];
    let found = positions.clone();
    knows_account(&mut world, id, true);
    world
        .queries
        .ledger
        .expect_holdings()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(|_, _| Ok(found));
    let call = world.call();
    let dashtam = world.build();
    assert_eq!(dashtam.ledger().holdings(&call, ListHoldings { account: id }).await.unwrap(), positions);

    knows_account(&mut world, id, false);
    let result = world.build().ledger().holdings(&call, ListHoldings { account: id }).await;
    assert_refused!(result, LedgerError::NotFound("account"));
}

/// The reading side answers this page for this question.
fn shows(
    world: &mut World,
    filter: TransactionFilter,
    after: Option<TransactionKey>,
    rows: usize,
) -> ListTransactions {
    let (owner, limit) = (world.owner, Limit::new(9).unwrap());
    let (account, wanted) = (builders::file_account(owner, "1"), filter.clone());
    let items = (0..rows).map(|n| builders::transaction(&account, &format!("t{n}"), day(1))).collect();
    world
        .queries
        .ledger
        .expect_transactions()
        .withf(move |asked, by, from, count| (*asked, by, *from, *count) == (owner, &wanted, after, limit))
        .times(1)
        .return_once(|_, _, _, _| Ok(Page { items, next: None }));
    ListTransactions { filter, after, limit }
}

#[tokio::test]
async fn transactions_are_listed_as_asked() {
    let mut world = World::new();
    let filter = TransactionFilter {
        account: Some(AccountId(builders::id())),
        from: Some(day(1)),
        to: Some(day(2)),
        status: Some(TransactionStatus::Pending),
        hidden: Hidden::Only,
        category: CategoryFilter::Uncategorized,
    };
    let after = Some(TransactionKey { day: day(2), id: TransactionId(builders::id()) });
    let request = shows(&mut world, filter, after, 2);
    let call = world.call();
    let page = world.build().ledger().transactions(&call, request).await.unwrap();
    assert_eq!(page.items.len(), 2);
}

#[tokio::test]
async fn an_empty_first_page_of_an_account_tells_an_empty_account_from_none() {
    for known in [true, false] {
        let mut world = World::new();
        let account = AccountId(builders::id());
        let filter = TransactionFilter { account: Some(account), ..TransactionFilter::default() };
        let request = shows(&mut world, filter, None, 0);
        knows_account(&mut world, account, known);
        let call = world.call();
        let result = world.build().ledger().transactions(&call, request).await;
        if known {
            assert!(result.unwrap().items.is_empty());
        } else {
            assert_refused!(result, LedgerError::NotFound("account"));
        }
    }
}

#[tokio::test]
async fn every_other_page_needs_no_second_look_up() {
    let account = Some(AccountId(builders::id()));
    let after = Some(TransactionKey { day: day(2), id: TransactionId(builders::id()) });
    for (account, after, rows) in [(None, None, 0), (account, after, 0), (account, None, 1)] {
        let mut world = World::new();
        let filter = TransactionFilter { account, ..TransactionFilter::default() };
        let request = shows(&mut world, filter, after, rows);
        let call = world.call();
        let page = world.build().ledger().transactions(&call, request).await.unwrap();
        assert_eq!(page.items.len(), rows);
    }
}

#[tokio::test]
async fn a_transaction_is_found_among_the_callers_own_or_not_at_all() {
    for known in [true, false] {
        let mut world = World::new();
        let account = builders::file_account(world.owner, "1");
        let row = builders::transaction(&account, "t", day(1));
        let (owner, id) = (world.owner, row.id);
        let found = known.then(|| row.clone());
        world
            .queries
            .ledger
            .expect_transaction()
            .withf(move |asked, which| (*asked, *which) == (owner, id))
            .times(1)
            .return_once(|_, _| Ok(found));
        let call = world.call();
        let result = world.build().ledger().transaction(&call, GetTransaction { transaction: id }).await;
        if known {
            assert_eq!(result.unwrap(), row);
        } else {
            assert_refused!(result, LedgerError::NotFound("transaction"));
        }
    }
}

#[tokio::test]
async fn a_failing_store_is_not_taken_for_nothing() {
    let mut world = World::new();
    world.queries.ledger.expect_account().return_once(|_, _| Err(broken()));
    let call = world.call();
    let request = GetAccount { account: AccountId(builders::id()) };
    let result = world.build().ledger().account(&call, request).await;
    assert_refused!(result, LedgerError::Common(CommonError::Store(_)));
}
