//! Accounts that something moves on every day.

use anyhow::Result;
use dashtam_domain::{
    id::{AccountId, BalanceId, TransactionId, UserId},
    ledger::{AccountKind, BalanceParts, BalancePoint, BalanceSource, Transaction},
    money::{Currency, Decimal},
    sources::Sources,
    time::Day,
};
use dashtam_persistence::Database;

use super::ledger::{UNIT, account, transaction};

/// The number of accounts.
pub(crate) const WORTH_ACCOUNTS: usize = 20;
/// The first day.
pub(crate) const FIRST_DAY: Day = Day(match chrono::NaiveDate::from_ymd_opt(2016, 1, 1) {
    Some(day) => day,
    None => chrono::NaiveDate::MIN,
});

/// Adds the accounts, each with a balance told on the day before the first and so many transactions on each day of these
/// years.
pub(crate) async fn fill_worth(
    database: &Database,
    sources: &Sources,
    owner: UserId,
    years: usize,
    per_day: usize,
) -> Result<()> {
    let now = sources.clock.now();
    let mut work = database.storage.store.begin().await?;
    let mut accounts: Vec<AccountId> = Vec::new();
    for n in 0..WORTH_ACCOUNTS {
        let account = account(n, owner, AccountKind::Checking, sources, now);
        let id = work.accounts().upsert(&account).await?;
        let told = BalancePoint {
            id: BalanceId(sources.ids.next()),
            account: id,
            owner,
            balance: Decimal::new(100_000 + n as i64, 2),
            available: None,
            parts: BalanceParts::default(),
            currency: Currency::USD,
            as_of: FIRST_DAY.plus_days(-1).start(),
            source: BalanceSource::Statement,
            created_at: now,
        };
        work.balances().record(&[told]).await?;
        accounts.push(id);
    }
    work.commit().await?;
    let on_day = WORTH_ACCOUNTS * per_day;
    let rows = years * 365 * on_day;
    let mut written = 0;
    while written < rows {
        let unit: Vec<Transaction> = (written..rows.min(written + UNIT))
            .map(|n| {
                let day = FIRST_DAY.plus_days((n / on_day) as i64);
                let account = accounts[n % WORTH_ACCOUNTS];
                let row = transaction(n, owner, account, TransactionId(sources.ids.next()), day);
                Transaction { raw: None, ..row }
            })
            .collect();
        let mut work = database.storage.store.begin().await?;
        work.transactions().insert(&unit).await?;
        work.commit().await?;
        written += unit.len();
    }
    Ok(())
}
