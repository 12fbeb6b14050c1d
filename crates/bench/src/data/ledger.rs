//! Accounts and transactions of one household.

use anyhow::{Context, Result};
use chrono::TimeDelta;
use dashtam_domain::{
    id::{AccountId, TransactionId, UserId},
    ledger::{
        Account, AccountKind, AccountSource, AccountTerms, AssetClass, BalanceParts, Trade, Transaction,
        TransactionDetails, TransactionKind, TransactionStatus,
    },
    money::{Currency, Decimal},
    sources::Sources,
    time::{Day, Timestamp},
};
use dashtam_persistence::Database;

/// The number of accounts.
const ACCOUNTS: usize = 10;
/// The number of rows that are written together.
pub(super) const UNIT: usize = 5_000;
/// The newest rows, which are still pending: more than a page, and as many however long the history is.
const PENDING: usize = 150;
/// The number of years over which the rows are spread.
const YEARS: i64 = 10;

const SHOPS: [&str; 8] = [
    "Green Grocer",
    "Corner Bakery",
    "City Transport",
    "Book Shop at the Square",
    "Electric Works",
    "Coffee & Cake",
    "Hardware Store 24",
    "Pharmacy by the River",
];

/// Adds the accounts and this number of transactions.
pub(crate) async fn fill_ledger(
    database: &Database,
    sources: &Sources,
    owner: UserId,
    rows: usize,
) -> Result<()> {
    let accounts = add_accounts(database, sources, owner).await?;
    let first = Day::new(2016, 1, 1).context("a day")?;
    let mut written = 0;
    while written < rows {
        let unit: Vec<Transaction> = (written..rows.min(written + UNIT))
            .map(|n| {
                let day = first.plus_days(n as i64 * YEARS * 365 / rows as i64);
                let account = accounts[n % accounts.len()];
                let mut row = transaction(n, owner, account, TransactionId(sources.ids.next()), day);
                if n + PENDING >= rows {
                    row.status = TransactionStatus::Pending;
                }
                row
            })
            .collect();
        let mut work = database.storage.store.begin().await?;
        work.transactions().insert(&unit).await?;
        work.commit().await?;
        written += unit.len();
        if rows > 50_000 && written.is_multiple_of(100_000) {
            crate::tell(&format!("  {written} of {rows} transactions written"));
        }
    }
    Ok(())
}

async fn add_accounts(database: &Database, sources: &Sources, owner: UserId) -> Result<Vec<AccountId>> {
    let now = sources.clock.now();
    let mut work = database.storage.store.begin().await?;
    let mut accounts = Vec::with_capacity(ACCOUNTS);
    for n in 0..ACCOUNTS {
        let kind = if n % 3 == 0 { AccountKind::Brokerage } else { AccountKind::Checking };
        accounts.push(work.accounts().upsert(&account(n, owner, kind, sources, now)).await?);
    }
    work.commit().await?;
    Ok(accounts)
}

/// One of the accounts.
pub(super) fn account(
    n: usize,
    owner: UserId,
    kind: AccountKind,
    sources: &Sources,
    now: Timestamp,
) -> Account {
    Account {
        id: AccountId(sources.ids.next()),
        owner,
        source: AccountSource::Files { institution_id: "10020030".to_owned() },
        external_id: format!("40000{n:05}"),
        institution: Some("First Household Bank".to_owned()),
        institution_url: None,
        name: format!("First Household Bank ****{n:04}"),
        mask: Some(format!("****{n:04}")),
        kind,
        currency: Currency::USD,
        balance: Some(Decimal::new(123_456 + n as i64, 2)),
        available: Some(Decimal::new(120_000, 2)),
        parts: BalanceParts::default(),
        terms: AccountTerms::default(),
        balance_as_of: Some(odd(now)),
        is_active: true,
        covered: None,
        last_synced_at: Some(odd(now)),
        corrections: None,
        created_at: odd(now),
        updated_at: odd(now),
    }
}

/// The one transaction with a rare word.
const FAR_BACK: usize = 42;

/// One of the transactions.
pub(crate) fn transaction(
    n: usize,
    owner: UserId,
    account: AccountId,
    id: TransactionId,
    day: Day,
) -> Transaction {
    let at = odd(day.start().plus(TimeDelta::seconds(n as i64 % 86_400)));
    let shop = SHOPS[n % SHOPS.len()];
    let cents = (n as i64 * 7_919) % 50_000 + 1;
    let trade = n.is_multiple_of(20).then(|| Trade {
        security: None,
        symbol: Some("ACME".to_owned()),
        name: Some("Acme Corporation Common Stock".to_owned()),
        asset_class: AssetClass::Equity,
        quantity: Decimal::new(cents, 3),
        price: Some(Decimal::new(18_734, 2)),
        fees: Some(Decimal::new(495, 2)),
    });
    Transaction {
        id,
        account,
        owner,
        source_id: format!("{}-{n:010}", day.0.format("%Y%m%d")),
        ordinal: 0,
        day,
        occurred_at: n.is_multiple_of(2).then_some(at),
        amount: Decimal::new(if n.is_multiple_of(9) { cents } else { -cents }, 2),
        currency: Currency::USD,
        description: match n {
            FAR_BACK => "Zebra 咖啡店".to_owned(),
            _ => format!("{shop} No {}", n % 1_000),
        },
        kind: if trade.is_some() { TransactionKind::Trade } else { TransactionKind::PointOfSale },
        status: TransactionStatus::Posted,
        memo: n.is_multiple_of(3).then(|| format!("Card payment, reference {n:08}")),
        check_number: None,
        announced: None,
        trade,
        details: TransactionDetails::default(),
        import: None,
        seen_in: None,
        raw: Some(format!(
            "{{\"id\":\"{n:010}\",\"amount\":\"-{cents}\",\"merchant\":\"{shop}\",\"posted\":\"{day}\"}}"
        )),
        corrections: None,
        transfer: None,
        decided: None,
        created_at: at,
        updated_at: at,
    }
}

/// An instant with all six digits of its fraction, which everybody writes alike.
fn odd(at: Timestamp) -> Timestamp {
    let micros = at.as_micros();
    Timestamp::from_micros(micros - micros.rem_euclid(10) + 7).unwrap_or(at)
}
