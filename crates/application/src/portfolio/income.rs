//! Dividends and interest.

use std::collections::{BTreeMap, HashMap};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, SecurityId, TransactionId},
    identity::Scope,
    ledger::Security,
    money::{Currency, Decimal},
    time::Day,
};

use super::{Moved, Portfolio, PortfolioError, Reckoning};
use crate::request::{authorize, request};

/// So many days are looked at where no first day is given.
const USUAL: i64 = 365;

/// Which income.
#[derive(Debug, Default)]
pub struct ShowPortfolioIncome {
    /// Of this account; `None`: of all.
    pub account: Option<AccountId>,
    /// From this day on; `None`: of a year.
    pub from: Option<Day>,
    /// Until and with this day; `None`: until today.
    pub to: Option<Day>,
}

request!(ShowPortfolioIncome, "portfolio.income", Access::User(Needs::read(Scope::TransactionsRead)));

/// What came of a security in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthIncome {
    /// The first day of the month.
    pub month: Day,
    /// In which account.
    pub account: AccountId,
    /// The security; `None` for interest on cash, and where none is named.
    pub security: Option<(SecurityId, Option<Security>)>,
    /// The currency.
    pub currency: Currency,
    /// Dividends.
    pub dividends: Decimal,
    /// Interest; what was paid is below zero.
    pub interest: Decimal,
    /// The transactions it is made of.
    pub transactions: Vec<TransactionId>,
}

impl Portfolio {
    /// Dividends and interest of the caller's accounts that hold securities, by month, account and security.
    #[tracing::instrument(name = "portfolio.income", skip_all)]
    pub async fn income(
        &self,
        call: &Call,
        request: ShowPortfolioIncome,
    ) -> Result<Vec<MonthIncome>, PortfolioError> {
        let owner = authorize::<ShowPortfolioIncome>(call)?.user;
        let ShowPortfolioIncome { account, from, to } = request;
        let to = to.unwrap_or_else(|| call.now.day());
        let from = from.unwrap_or_else(|| to.plus_days(-USUAL));
        if from > to {
            return Err(PortfolioError::UnsuitableTime);
        }
        let account = self.counted(owner, account).await?;
        let (mut accounts, _) = self.all_investing(owner).await?;
        accounts.retain(|of| account.is_none_or(|account| of.counts_as() == account));
        let history = self.read(owner, &accounts, Some(from)).await?;
        let securities = self.by_id(owner).await?;
        months(&history.income, &securities, from, to)
    }
}

impl Reckoning {
    /// Dividends and interest of these days, by month, account and security.
    pub fn months(&self, from: Day, to: Day) -> Result<Vec<MonthIncome>, PortfolioError> {
        months(&self.income, &self.securities, from, to)
    }
}

fn months(
    income: &[Moved],
    securities: &HashMap<SecurityId, Security>,
    from: Day,
    to: Day,
) -> Result<Vec<MonthIncome>, PortfolioError> {
    let mut months: BTreeMap<(Day, AccountId, Option<SecurityId>, Currency), MonthIncome> = BTreeMap::new();
    for moved in income.iter().filter(|moved| from <= moved.day && moved.day <= to) {
        let month = moved.day.first_of_month();
        let key = (month, moved.account, moved.security, moved.currency);
        let of = months.entry(key).or_insert_with(|| MonthIncome {
            month,
            account: moved.account,
            security: moved.security.map(|id| (id, securities.get(&id).cloned())),
            currency: moved.currency,
            dividends: Decimal::ZERO,
            interest: Decimal::ZERO,
            transactions: Vec::new(),
        });
        let sum = if moved.is_interest { &mut of.interest } else { &mut of.dividends };
        *sum = sum.checked_add(moved.amount).ok_or(PortfolioError::TooLarge)?;
        of.transactions.push(moved.transaction);
    }
    Ok(months.into_values().collect())
}
