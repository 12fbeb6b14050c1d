//! What each month did to an account, and whether that adds up.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::AccountId,
    identity::Scope,
    ledger::Account,
    ledger::worth::{Month, MonthStatement, monthly_statements},
    money::Currency,
};

use super::{
    Ledger, LedgerError,
    balance_history::{Told, apart},
};
use crate::request::{authorize, request};

/// The longest time that is shown at once, in months.
pub const LONGEST_REPORT: i32 = 120;
/// What is shown when nobody says from when on, in months.
const USUAL_REPORT: i32 = 12;

/// Which months.
#[derive(Debug)]
pub struct ShowMonths {
    /// Of this account.
    pub account: AccountId,
    /// From this month on; `None`: so that there are twelve.
    pub from: Option<Month>,
    /// Until and with this month; `None`: the present one.
    pub to: Option<Month>,
}

request!(ShowMonths, "balances.reconciliation", Access::User(Needs::read(Scope::BalancesRead)));

/// What months did to an account.
#[derive(Debug)]
pub struct AccountMonths {
    /// The account.
    pub account: Account,
    /// The months that have begun, the earliest first.
    pub months: Vec<MonthStatement>,
    /// Transactions of the time in other currencies than the account's, which no balance holds: how many of each.
    pub unconverted: Vec<(Currency, i64)>,
}

impl Ledger {
    /// What the caller's account began each month with, what moved, what it ended with, and where that does not add up.
    pub async fn months(&self, call: &Call, request: ShowMonths) -> Result<AccountMonths, LedgerError> {
        let owner = authorize::<ShowMonths>(call)?.user;
        let ShowMonths { account, from, to } = request;
        let today = call.now.day();
        let to = to.unwrap_or_else(|| Month::of(today));
        let from = from.unwrap_or_else(|| to.plus(1 - USUAL_REPORT));
        if from > to || from.plus(LONGEST_REPORT) <= to {
            return Err(LedgerError::UnsuitableTime);
        }
        let account = self.queries.account(owner, account).await?.ok_or(LedgerError::NotFound("account"))?;
        let Told { points: told, sums } = self.told(&account).await?;
        let (sums, unconverted) = apart(sums, account.currency, (from.first(), to.last().min(today)));
        let months = monthly_statements(account.shown_kind(), &told, &sums, (from, to), today);
        Ok(AccountMonths { account, months, unconverted })
    }
}
