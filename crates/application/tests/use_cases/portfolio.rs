//! What a portfolio returned, by what was told of its value.

use std::collections::HashMap;

use dashtam_application::portfolio::{
    Agreement, ListPositions, NoPerformance, Performance, PortfolioError, ShowAllocation, ShowPerformance,
};
use dashtam_domain::{
    id::{AccountId, DecisionId, SecurityId},
    ledger::{
        Account, AccountKind, AssetClass, BalanceSource, HeldPosition, HoldingSnapshot, Leg, LegKind,
        ToldBalance, Transaction, TransactionDetails, TransactionKind,
        portfolio::{NoReturn, Targets},
        transfer::{TransferKind, TransferLink},
        worth::AccountRecord,
    },
    money::Currency,
    page::Page,
    time::Day,
};
use dashtam_testkit::builders::{self, decimal};
use uuid::Uuid;

use crate::world::World;

pub(crate) fn day(month: u32, day: u32) -> Day {
    Day::new(2025, month, day).unwrap()
}

fn record(account: AccountId, told: &[(Day, &str)]) -> AccountRecord {
    let point = |(day, balance): &(Day, &str)| ToldBalance {
        as_of: day.start(),
        source: BalanceSource::Sync,
        balance: decimal(balance),
    };
    AccountRecord {
        account,
        kind: AccountKind::Brokerage,
        is_counted: true,
        same_as: None,
        currency: Currency::USD,
        is_active: true,
        told: told.iter().map(point).collect(),
        sums: Vec::new(),
    }
}

/// An account with what was told of its value and what moved it.
pub(crate) type Part = (Account, AccountRecord, Vec<Transaction>);

pub(crate) fn account(world: &World, id: &str) -> Account {
    let mut account = builders::file_account(world.owner, id);
    account.kind = AccountKind::Brokerage;
    account.currency = Currency::USD;
    account
}

pub(crate) fn part(account: Account, told: &[(Day, &str)], rows: Vec<Transaction>) -> Part {
    let record = record(account.id, told);
    (account, record, rows)
}

pub(crate) fn with(mut world: World, parts: Vec<Part>) -> World {
    let accounts: Vec<Account> = parts.iter().map(|(account, _, _)| account.clone()).collect();
    let records: Vec<AccountRecord> = parts.iter().map(|(_, record, _)| record.clone()).collect();
    let rows: HashMap<AccountId, Vec<Transaction>> =
        parts.into_iter().map(|(account, _, rows)| (account.id, rows)).collect();
    world
        .queries
        .ledger
        .expect_accounts()
        .returning(move |_, _, _, _| Ok(Page { items: accounts.clone(), next: None }));
    world.queries.worth.expect_account_records().returning(move |_, _| Ok(records.clone()));
    world.queries.holding_days.expect_holders().returning(|_| Ok(Vec::new()));
    world
        .queries
        .portfolio
        .expect_history()
        .returning(move |_, of, _, _| Ok(Page { items: rows[&of].clone(), next: None }));
    world
}

/// A world with one brokerage account, of which this was told and in which this moved.
fn world(told: &[(Day, &str)], rows: impl Fn(&Account) -> Vec<Transaction>) -> World {
    let world = World::new();
    let account = account(&world, "1");
    let rows = rows(&account);
    with(world, vec![part(account, told, rows)])
}

pub(crate) fn moved(account: &Account, kind: TransactionKind, on: Day, amount: &str) -> Transaction {
    let row = builders::transaction(account, &format!("{on} {amount}"), on);
    Transaction { kind, amount: decimal(amount), currency: Currency::USD, ..row }
}

pub(crate) fn asked() -> ShowPerformance {
    ShowPerformance { from: Some(day(1, 1)), to: Some(day(12, 31)), ..ShowPerformance::default() }
}

#[tokio::test]
async fn returns_go_by_what_was_told_and_what_flowed() {
    let told = [(day(1, 1), "1000"), (day(1, 2), "1610"), (day(1, 3), "1642.20")];
    let mut world = world(&told, |account| {
        vec![
            moved(account, TransactionKind::Deposit, day(1, 2), "600"),
            moved(account, TransactionKind::Dividend, day(1, 3), "7"),
            // Before everything, and so nothing of it.
            moved(account, TransactionKind::Deposit, day(1, 1), "1000"),
        ]
    });
    let call = world.call();
    let found = world.build().portfolio().performance(&call, asked()).await.unwrap();
    let figures = (found.start, found.end, found.gain, found.income);
    let expected = (Some(decimal("1000")), Some(decimal("1642.20")), Some(decimal("42.20")), decimal("7"));
    assert_eq!(figures, expected);
    // 1610 of 1600, and 2 percent more.
    let rate = found.time_weighted.unwrap().rate;
    assert_eq!(rate.round_dp(12), decimal("0.026375"));
    assert_eq!((found.values.len(), found.flows.len(), found.time_weighted_annual), (3, 1, None));
    let money = found.money_weighted.unwrap();
    assert!(money.period > decimal("0.02") && money.period < decimal("0.04"), "{money:?}");
}

#[tokio::test]
async fn what_has_no_return_says_why() {
    let one_day = [(day(1, 1), "1000")];
    let mut world_of_one = world(&one_day, |_| Vec::new());
    let call = world_of_one.call();
    let found = world_of_one.build().portfolio().performance(&call, asked()).await.unwrap();
    assert_eq!(found.time_weighted, Err(NoPerformance::Figures(NoReturn::NoValues)));

    let two_days = [(day(1, 1), "1000"), (day(2, 1), "2000")];
    let mut euros = world(&two_days, |account| {
        let row = moved(account, TransactionKind::Deposit, day(1, 15), "600");
        vec![Transaction { currency: Currency::EUR, ..row }]
    });
    let call = euros.call();
    let found = euros.build().portfolio().performance(&call, asked()).await.unwrap();
    assert_eq!(found.money_weighted, Err(NoPerformance::SeveralCurrencies));

    let mut backwards = world(&two_days, |_| Vec::new());
    let call = backwards.call();
    let request =
        ShowPerformance { from: Some(day(2, 1)), to: Some(day(1, 1)), ..ShowPerformance::default() };
    let refused = backwards.build().portfolio().performance(&call, request).await;
    assert!(matches!(refused, Err(PortfolioError::UnsuitableTime)));
}

async fn shown(mut world: World) -> Performance {
    let call = world.call();
    world.build().portfolio().performance(&call, asked()).await.unwrap()
}

#[tokio::test]
async fn money_between_the_own_accounts_is_no_flow() {
    let between = |out: Day, come: Day| {
        let world = World::new();
        let (one, other) = (account(&world, "1"), account(&world, "2"));
        let link = |row| {
            let transfer = TransferLink { id: DecisionId(Uuid::from_u128(9)), kind: TransferKind::Internal };
            Transaction { transfer: Some(transfer), ..row }
        };
        let went = link(moved(&one, TransactionKind::Transfer, out, "-500"));
        let came = link(moved(&other, TransactionKind::Transfer, come, "500"));
        let own = moved(&other, TransactionKind::Deposit, day(1, 3), "10");
        let days = |values: [&'static str; 3]| [day(1, 1), day(1, 2), day(1, 3)].into_iter().zip(values);
        let told = |values| days(values).collect::<Vec<_>>();
        let one = part(one, &told(["1000", "510", "510"]), vec![went]);
        let other = part(other, &told(["1000", "1510", "1520"]), vec![came, own]);
        shown(with(world, vec![one, other]))
    };
    let found = between(day(1, 2), day(1, 2)).await;
    assert_eq!((found.paid_in, found.taken_out, found.flows.len()), (decimal("10"), decimal("0"), 1));
    assert_eq!((found.gain, found.time_weighted.unwrap().rate), (Some(decimal("20")), decimal("0.01")));
    // Of one that is under way on the first day the other side only lies within the days: the money was nowhere.
    let found = between(day(1, 1), day(1, 2)).await;
    assert_eq!((found.paid_in, found.flows.len()), (decimal("510"), 2));
}

/// Of a transfer in several transactions one side may be several, and is a flow where the other one is elsewhere. Where a
/// piece lies behind the last day, what is under way then is not lost.
#[tokio::test]
async fn pieces_of_a_transfer_are_flows_unless_the_whole_is_among_the_accounts() {
    let with_whole = |is_among: bool, last: Day, value: &'static str| {
        let world = World::new();
        let (one, other) = (account(&world, "1"), account(&world, "2"));
        let link = |row| {
            let transfer = TransferLink { id: DecisionId(Uuid::from_u128(9)), kind: TransferKind::Internal };
            Transaction { transfer: Some(transfer), ..row }
        };
        let pieces = [(day(1, 2), "300"), (last, "200")];
        let pieces = pieces.map(|(on, amount)| link(moved(&one, TransactionKind::Transfer, on, amount)));
        let whole = link(moved(&other, TransactionKind::Transfer, day(1, 2), "-500"));
        let days = |values: [&'static str; 3]| [day(1, 1), day(1, 2), day(1, 3)].into_iter().zip(values);
        let told = |values| days(values).collect::<Vec<_>>();
        let one = part(one, &told(["1000", "1300", value]), pieces.to_vec());
        let rows = if is_among { vec![whole] } else { Vec::new() };
        let other = part(other, &told(["1000", "500", "500"]), rows);
        shown(with(world, vec![one, other]))
    };
    let found = with_whole(false, day(1, 3), "1500").await;
    assert_eq!((found.paid_in, found.taken_out, found.flows.len()), (decimal("500"), decimal("0"), 2));
    let found = with_whole(true, day(1, 3), "1500").await;
    assert_eq!((found.paid_in, found.taken_out, found.flows.len()), (decimal("0"), decimal("0"), 0));
    assert_eq!(found.gain, Some(decimal("0")));
    let found = with_whole(true, day(1, 4), "1300").await;
    assert_eq!((found.paid_in, found.taken_out, found.flows.len()), (decimal("300"), decimal("500"), 2));
    assert_eq!(found.gain, Some(decimal("0")));
}

#[tokio::test]
async fn accounts_that_are_over_count_until_then() {
    let over = |last: &'static str, rows: fn(&Account) -> Vec<Transaction>| {
        let world = World::new();
        let (one, closed, old) = (account(&world, "1"), account(&world, "2"), account(&world, "3"));
        let told = [(day(1, 1), "1000"), (day(1, 2), "1000"), (day(1, 4), "1020")];
        let one = part(one, &told, Vec::new());
        let rows = rows(&closed);
        let mut closed = part(closed, &[(day(1, 1), "100"), (day(1, 2), last)], rows);
        closed.1.is_active = false;
        // In another currency, and over before all of it.
        let mut old = part(old, &[(day(1, 1).plus_days(-90), "7")], Vec::new());
        (old.1.is_active, old.1.currency) = (false, Currency::EUR);
        shown(with(world, vec![one, closed, old]))
    };
    let emptied = |of: &Account| vec![moved(of, TransactionKind::Withdrawal, day(1, 2), "-100")];
    let found = over("0", emptied).await;
    assert_eq!((found.start, found.end), (Some(decimal("1100")), Some(decimal("1020"))));
    assert_eq!((found.gain, found.values.len()), (Some(decimal("20")), 3));
    // Nobody knows where the money went.
    let found = over("100", |_| Vec::new()).await;
    assert_eq!(found.time_weighted, Err(NoPerformance::Figures(NoReturn::NoValues)));
}

#[tokio::test]
async fn flows_are_as_many_as_an_answer_holds() {
    let told = [(day(1, 1), "1000"), (day(2, 1), "2000")];
    let mut world =
        world(&told, |account| vec![moved(account, TransactionKind::Deposit, day(1, 15), "1"); 5_001]);
    let call = world.call();
    // It is this figure that there is none of, and not the whole page.
    let found = world.build().portfolio().performance(&call, asked()).await.unwrap();
    assert_eq!(found.time_weighted, Err(NoPerformance::TooMuch));
    assert_eq!((found.money_weighted, found.flows.len()), (Err(NoPerformance::TooMuch), 0));
}

#[tokio::test]
async fn a_return_of_figures_too_large_is_the_only_one_that_is_not_there() {
    let most = "79228162514264337593543950335";
    let told = [(day(1, 1), "1000"), (day(2, 1), most)];
    let mut world = world(&told, |account| {
        [day(1, 10), day(1, 15)].map(|on| moved(account, TransactionKind::Deposit, on, most)).to_vec()
    });
    let call = world.call();
    let found = world.build().portfolio().performance(&call, asked()).await.unwrap();
    assert_eq!(found.money_weighted, Err(NoPerformance::Figures(NoReturn::TooLarge)));
}

fn snapshot(account: &Account, on: Day, units: &str, basis: Option<&str>) -> HoldingSnapshot {
    let held = HeldPosition {
        external_id: "1".to_owned(),
        security: Some(SecurityId(Uuid::from_u128(1))),
        symbol: None,
        name: None,
        asset_class: AssetClass::Equity,
        quantity: decimal(units),
        price: None,
        market_value: None,
        cost_basis: basis.map(decimal),
        option: None,
        currency: Currency::USD,
    };
    HoldingSnapshot {
        owner: account.owner,
        account: account.id,
        day: on,
        import: None,
        taken_at: on.start(),
        value: None,
        positions: vec![held],
    }
}

/// The world, with what was told of positions.
fn telling(mut world: World, told: Vec<HoldingSnapshot>) -> World {
    world
        .queries
        .holding_days
        .expect_holdings_on()
        .returning(move |_, account, _| Ok(told.iter().find(|of| of.account == account).cloned()));
    world
        .queries
        .securities
        .expect_securities()
        .returning(|_, _, _| Ok(Page { items: Vec::new(), next: None }));
    world.queries.portfolio.expect_targets().returning(|_| Ok(Targets::default()));
    world
}

async fn positions(
    world: World,
    told: Vec<HoldingSnapshot>,
) -> Vec<(AccountId, String, Option<String>, Agreement)> {
    let mut world = telling(world, told);
    let call = world.call();
    let found = world.build().portfolio().positions(&call, ListPositions::default()).await.unwrap();
    let text = |amount: Option<_>| {
        amount.map(|amount: dashtam_domain::money::Decimal| amount.normalize().to_string())
    };
    found
        .into_iter()
        .map(|of| (of.account, text(Some(of.units)).unwrap(), text(of.basis.ok()), of.agreement))
        .collect()
}

#[tokio::test]
async fn what_a_short_sale_brought_is_no_cost_below_zero() {
    let world = World::new();
    let account = account(&world, "1");
    let told = vec![snapshot(&account, day(2, 1), "-5", Some("-18"))];
    let id = account.id;
    let found = positions(with(world, vec![part(account, &[], Vec::new())]), told).await;
    assert_eq!(found, [(id, "-5".to_owned(), Some("18".to_owned()), Agreement::Opened)]);
}

#[tokio::test]
async fn units_that_moved_are_looked_for_where_they_were_told() {
    let world = World::new();
    let (from, to) = (account(&world, "1"), account(&world, "2"));
    let row = |account: &Account, kind, on: Day, units: &str, amount: &str| {
        let leg = Leg {
            security: Some(SecurityId(Uuid::from_u128(1))),
            quantity: Some(decimal(units)),
            amount: Some(decimal(amount)),
            asset_class: Some(AssetClass::Equity),
            ..Leg::new(LegKind::Security, Currency::USD)
        };
        let details = TransactionDetails { legs: vec![leg], ..TransactionDetails::default() };
        Transaction { details, trade: None, ..moved(account, kind, on, amount) }
    };
    let bought = row(&from, TransactionKind::Trade, day(1, 2), "10", "-100");
    let went = row(&from, TransactionKind::Transfer, day(1, 10), "-10", "0");
    let came = row(&to, TransactionKind::Transfer, day(1, 10), "10", "0");
    // The one was told after they moved, the other before: they are no opening of it.
    let mut told = vec![snapshot(&from, day(2, 1), "0", None), snapshot(&to, day(1, 5), "3", Some("60"))];
    told[0].positions.clear();
    let id = to.id;
    let parts = vec![part(from, &[], vec![bought, went]), part(to, &[], vec![came])];
    let found = positions(with(world, parts), told).await;
    assert_eq!(found, [(id, "13".to_owned(), Some("160".to_owned()), Agreement::Differs)]);
}

/// Brokers show what they keep as cash among the positions.
#[tokio::test]
async fn money_among_the_positions_is_no_position_and_no_part() {
    let world = World::new();
    let account = account(&world, "1");
    let mut told = snapshot(&account, day(2, 1), "5", Some("18"));
    told.positions[0].market_value = Some(decimal("20"));
    let money = HeldPosition {
        external_id: "USD".to_owned(),
        security: None,
        asset_class: AssetClass::CashEquivalent,
        ..told.positions[0].clone()
    };
    told.positions.push(money);
    let id = account.id;
    let world = with(world, vec![part(account.clone(), &[], Vec::new())]);
    let found = positions(world, vec![told.clone()]).await;
    assert_eq!(found, [(id, "5".to_owned(), Some("18".to_owned()), Agreement::Opened)]);
    let mut world = telling(with(World::new(), vec![part(account, &[], Vec::new())]), vec![told]);
    let call = world.call();
    let parts = world.build().portfolio().allocation(&call, ShowAllocation::default()).await.unwrap();
    assert_eq!(parts.len(), 1);
    assert_eq!((parts[0].key.as_str(), parts[0].share), ("equity", Some(decimal("100"))));
}
