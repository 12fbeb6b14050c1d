//! Balances of a statement: recorded always, and the account's own never goes back in time.

use dashtam_domain::{
    ledger::{
        Account, AccountTerms, BalancePoint, BalanceSource,
        statement::{
            StatementBalanceKind::{Available, Ledger},
            StatementEvent,
        },
    },
    money::Decimal,
    time::Day,
};
use dashtam_testkit::{
    builders::{self, day, decimal},
    fakes::Recorder,
};

use super::{account, balance, begins, ends, import, new_account_id, upload, upserts};
use crate::world::World;

/// Imports a file with these balances into an account of which `known` is known; what became of the account and
/// of the history.
async fn after(balances: Vec<StatementEvent>, known: Option<Account>) -> (Account, Vec<BalancePoint>) {
    let mut world = World::new();
    let events = [vec![StatementEvent::Account(account())], balances].concat();
    let request = upload(&mut world, events);
    begins(&mut world);
    let id = known.as_ref().map_or_else(new_account_id, |known| known.id);
    world.unit(|unit| drop(upserts(unit, id)));
    let (mut written, points) = (Recorder::new(), Recorder::new());
    let seen = points.clone();
    let owner = world.owner;
    let closed = world.unit(|unit| {
        unit.accounts
            .expect_find()
            .withf(move |asked, which| (*asked, *which) == (owner, id))
            .times(1)
            .return_once(|_, _| Ok(known));
        written = upserts(unit, id);
        unit.balances.expect_record().returning(move |new| {
            new.iter().for_each(|point| seen.push(point.clone()));
            Ok(())
        });
    });
    ends(&mut world);
    import(&mut world, request).await.unwrap();
    assert!(closed.is_committed());
    let account = written.only();
    assert_eq!((account.id, account.last_synced_at), (id, Some(world.now)));
    (account, points.all())
}

/// An account whose balance held on this day.
fn known_on(as_of: Day) -> Option<Account> {
    let world = World::new();
    let account = builders::file_account(world.owner, "12-3456-7890");
    Some(Account { balance_as_of: Some(as_of.start()), ..account })
}

/// What was told of the account's balance; `None` leaves what is stored.
fn told(account: &Account) -> Option<(String, Option<String>, Day)> {
    let text = |amount: Decimal| amount.to_string();
    let as_of = account.balance_as_of.map(|at| at.day());
    account.balance.map(|balance| (text(balance), account.available.map(text), as_of.unwrap()))
}

fn stated(on: Option<Day>) -> Vec<StatementEvent> {
    vec![balance(Ledger, "100.00", on), balance(Available, "90.00", on)]
}

#[tokio::test]
async fn the_balances_of_a_new_account_are_taken_and_recorded() {
    let (account, points) = after(stated(Some(day(5))), None).await;
    assert_eq!(told(&account), Some(("100.00".to_owned(), Some("90.00".to_owned()), day(5))));
    let [point] = points.as_slice() else { panic!("one point is expected: {points:?}") };
    assert_eq!(
        (point.account, point.as_of, point.source),
        (account.id, day(5).start(), BalanceSource::Statement)
    );
    assert_eq!((point.balance, point.available), (decimal("100.00"), Some(decimal("90.00"))));
}

#[tokio::test]
async fn a_statement_of_the_same_day_or_later_moves_the_balance() {
    for before in [day(4), day(5)] {
        let (account, _) = after(stated(Some(day(5))), known_on(before)).await;
        assert_eq!(told(&account).map(|(balance, ..)| balance).as_deref(), Some("100.00"));
    }
}

#[tokio::test]
async fn an_older_statement_is_recorded_and_does_not_move_the_balance_back() {
    let (account, points) = after(stated(Some(day(5))), known_on(day(6))).await;
    assert_eq!((told(&account), account.available, account.balance_as_of), (None, None, None));
    assert_eq!(points.len(), 1);
    assert_eq!(points[0].as_of, day(5).start());
}

#[tokio::test]
async fn a_balance_without_a_day_counts_as_of_now_and_yields_to_one_with_a_day() {
    let (account, points) = after(stated(None), None).await;
    let now = builders::at(1_000);
    assert_eq!(account.balance_as_of, Some(now));
    assert_eq!(points[0].as_of, now);

    let (account, points) = after(stated(None), known_on(day(1))).await;
    assert_eq!(told(&account), None);
    assert_eq!(points.len(), 1);
}

#[tokio::test]
async fn a_file_without_a_ledger_balance_records_none() {
    for balances in [Vec::new(), vec![balance(Available, "90.00", Some(day(5)))]] {
        let (account, points) = after(balances, None).await;
        assert_eq!(told(&account), None);
        assert!(points.is_empty());
    }
}

#[tokio::test]
async fn of_several_ledger_balances_the_last_counts() {
    let both = vec![balance(Ledger, "1.00", Some(day(5))), balance(Ledger, "2.00", Some(day(6)))];
    let (account, points) = after(both, None).await;
    assert_eq!(told(&account), Some(("2.00".to_owned(), None, day(6))));
    assert_eq!(points.len(), 1);
}

/// The credit limits that the account had after a statement of another one, with this balance or without any.
async fn limit_after(balances: Vec<StatementEvent>, known_on_day: Day) -> Option<Decimal> {
    let limit = |text| AccountTerms { credit_limit: Some(decimal(text)), ..AccountTerms::default() };
    let known = known_on(known_on_day).map(|known| Account { terms: limit("5000"), ..known });
    let (account, _) = after([vec![StatementEvent::Terms(limit("1000"))], balances].concat(), known).await;
    account.terms.credit_limit
}

#[tokio::test]
async fn an_older_statement_does_not_bring_back_what_was_agreed_before() {
    for (before, expected) in [(day(4), "1000"), (day(5), "1000"), (day(6), "5000")] {
        assert_eq!(limit_after(stated(Some(day(5))), before).await, Some(decimal(expected)), "{before}");
    }
    // What does not say of when it is, is taken for new.
    assert_eq!(limit_after(Vec::new(), day(6)).await, Some(decimal("1000")));
}
