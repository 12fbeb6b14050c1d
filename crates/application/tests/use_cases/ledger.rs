//! Reading accounts, transactions and positions: always the caller's own.

use dashtam_application::{
    errors::CommonError,
    ledger::{
        AskedTransactions, GetAccount, GetTransaction, LedgerError, ListAccounts, ListHoldings,
        ListTransactions,
    },
};
use dashtam_domain::{
    id::{AccountId, ConnectionId, TransactionId},
    ledger::meaning::CategoryFilter,
    ledger::{
        Account, AccountChange, AccountSource, Hidden, TransactionFilter, TransactionKey, TransactionStatus,
    },
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

/// The reading side knows an account of this id.
fn knows_account_with(world: &mut World, id: AccountId) {
    let account = Account { id, ..builders::file_account(world.owner, "1") };
    world
        .queries
        .ledger
        .expect_account()
        .withf(move |_, which| *which == id)
        .times(1)
        .return_once(|_, _| Ok(Some(account)));
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
    ListTransactions { asked: filter.into(), after, limit }
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
        ..TransactionFilter::default()
    };
    let after = Some(TransactionKey { day: day(2), id: TransactionId(builders::id()), amount: None });
    let account = filter.account.unwrap();
    let request = shows(&mut world, filter, after, 2);
    knows_account_with(&mut world, account);
    let call = world.call();
    let page = world.build().ledger().transactions(&call, request).await.unwrap();
    assert_eq!(page.items.len(), 2);
}

#[tokio::test]
async fn an_account_without_transactions_is_told_from_none() {
    for known in [true, false] {
        let mut world = World::new();
        let account = AccountId(builders::id());
        let filter = TransactionFilter { account: Some(account), ..TransactionFilter::default() };
        let request = if known {
            knows_account_with(&mut world, account);
            shows(&mut world, filter, None, 0)
        } else {
            knows_account(&mut world, account, false);
            ListTransactions { asked: filter.into(), after: None, limit: Limit::new(9).unwrap() }
        };
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
async fn a_page_of_all_accounts_needs_no_second_look_up() {
    let mut world = World::new();
    let request = shows(&mut world, TransactionFilter::default(), None, 0);
    let call = world.call();
    let page = world.build().ledger().transactions(&call, request).await.unwrap();
    assert_eq!(page.items.len(), 0);
}

#[tokio::test]
async fn accounts_that_are_one_have_one_list() {
    let mut world = World::new();
    let (owner, now, limit) = (world.owner, world.now, Limit::new(2).unwrap());
    let (mut primary, mut linked) = (builders::file_account(owner, "1"), builders::file_account(owner, "2"));
    primary.note_link(linked.id, true, now);
    linked.correct(AccountChange { same_as: Some(Some(primary.id)), ..AccountChange::default() }, now);
    let row = |account: &Account, on| builders::transaction(account, &format!("t{on}"), day(on));
    let expected = vec![row(&primary, 9), row(&linked, 5)];
    let next = TransactionKey::of(&expected[1]);
    for account in [&linked, &primary] {
        let (id, found) = (account.id, account.clone());
        world
            .queries
            .ledger
            .expect_account()
            .withf(move |_, asked| *asked == id)
            .returning(move |_, _| Ok(Some(found.clone())));
    }
    // Of both in one statement, however many there are.
    let (both, shown) = ([primary.id, linked.id], expected.clone());
    world
        .queries
        .ledger
        .expect_transactions()
        .withf(move |_, filter, _, _| {
            let asked = &filter.narrowing.accounts;
            filter.account.is_none() && asked.len() == 2 && both.iter().all(|id| asked.contains(id))
        })
        .times(1)
        .return_once(move |_, _, _, _| Ok(Page { items: shown, next: Some(next) }));
    let call = world.call();
    let filter = TransactionFilter { account: Some(linked.id), ..TransactionFilter::default() };
    let request = ListTransactions { asked: filter.into(), after: None, limit };
    let page = world.build().ledger().transactions(&call, request).await.unwrap();
    assert_eq!((page.items, page.next), (expected, Some(next)));
}

/// Those of connections and those that are named are read once, and their transactions are asked for in one statement.
#[tokio::test]
async fn transactions_of_many_accounts_are_asked_for_at_once() {
    let mut world = World::new();
    let (owner, now) = (world.owner, world.now);
    let connection = ConnectionId(builders::id());
    let mut accounts: Vec<Account> = (0..9)
        .map(|n| {
            let mut account = builders::file_account(owner, &n.to_string());
            if n < 4 {
                account.source = AccountSource::Connection(connection);
            }
            account
        })
        .collect();
    let (first, linked, last) = (accounts[0].id, accounts[7].id, accounts[8].id);
    accounts[8].note_link(linked, true, now);
    let mut wanted: Vec<AccountId> = [8, 7, 0, 1, 2, 3].map(|at: usize| accounts[at].id).to_vec();
    wanted.sort_unstable();
    let all = accounts.clone();
    let list = world.queries.ledger.expect_accounts().times(2);
    list.returning(move |_, _, _, _| Ok(Page { items: all.clone(), next: None }));
    let list = world.queries.ledger.expect_transactions().times(1);
    let list = list.withf(move |_, filter, _, _| {
        let mut asked = filter.narrowing.accounts.clone();
        asked.sort_unstable();
        asked == wanted
    });
    list.returning(|_, _, _, _| Ok(Page { items: Vec::new(), next: None }));
    let call = world.call();
    let application = world.build();
    let asks = |accounts: Vec<AccountId>| ListTransactions {
        asked: AskedTransactions {
            filter: TransactionFilter::default(),
            accounts,
            connections: vec![connection],
        },
        after: None,
        limit: Limit::default(),
    };
    application.ledger().transactions(&call, asks(vec![last, first])).await.unwrap();
    let other = asks(vec![AccountId(builders::id())]);
    assert_refused!(application.ledger().transactions(&call, other).await, LedgerError::NotFound("account"));
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
