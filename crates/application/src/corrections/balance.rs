//! Balances that people state where no institution does.

use chrono::TimeDelta;
use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, BalanceId, UserId},
    identity::{AuditAction, AuditLine, Scope},
    ledger::{BalanceParts, BalancePoint, BalanceSource},
    money::Decimal,
    store::UnitOfWork,
    time::{Day, Timestamp},
};
use serde_json::json;

use super::{CorrectionError, Corrections};
use crate::request::{authorize, request};

/// What an account held.
#[derive(Debug)]
pub struct StateBalance {
    /// Which account.
    pub account: AccountId,
    /// At the end of this day.
    pub day: Day,
    /// So much, in the account's currency; below zero is owed.
    pub balance: Decimal,
}

request!(StateBalance, "balances.state", Access::User(Needs::change(Scope::AccountsWrite)));

/// Which stated balance is taken back.
#[derive(Debug)]
pub struct TakeBackBalance {
    /// Of which account.
    pub account: AccountId,
    /// Of which day.
    pub day: Day,
}

request!(TakeBackBalance, "balances.take_back", Access::User(Needs::change(Scope::AccountsWrite)));

/// The last instant of a day, at which its balance held.
fn end_of(day: Day) -> Timestamp {
    day.plus_days(1).start().plus(-TimeDelta::microseconds(1))
}

impl Corrections {
    /// Records what a person says that an account held at the end of a day. What institutions and statements told of that day
    /// goes before it. Of two for one day the later one counts.
    #[tracing::instrument(name = "balances.state", skip_all, fields(account.id = %request.account))]
    pub async fn state_balance(
        &self,
        call: &Call,
        request: StateBalance,
    ) -> Result<BalancePoint, CorrectionError> {
        let owner = authorize::<StateBalance>(call)?.user;
        let StateBalance { account, day, balance } = request;
        // Somewhere it is tomorrow already.
        if day > call.now.day().plus_days(1) {
            return Err(CorrectionError::DayToCome);
        }
        let mut work = self.store.begin().await?;
        let found = work.corrections().hold_account(owner, account).await?;
        let account = found.ok_or(CorrectionError::NotFound("account"))?;
        let point = BalancePoint {
            id: BalanceId(self.sources.ids.next()),
            account: account.id,
            owner,
            balance,
            available: None,
            parts: BalanceParts::default(),
            currency: account.currency,
            as_of: end_of(day),
            source: BalanceSource::User,
            created_at: call.now,
        };
        // A new row each time: who follows the feed is told of the former one's end.
        work.balances().remove(owner, account.id, BalanceSource::User, &[point.as_of]).await?;
        work.balances().record(std::slice::from_ref(&point)).await?;
        self.note_balance(&mut *work, call, (owner, account.id), day).await?;
        work.commit().await?;
        Ok(point)
    }

    /// Takes back what a person said that an account held at the end of a day.
    #[tracing::instrument(name = "balances.take_back", skip_all, fields(account.id = %request.account))]
    pub async fn take_back_balance(
        &self,
        call: &Call,
        request: TakeBackBalance,
    ) -> Result<(), CorrectionError> {
        let owner = authorize::<TakeBackBalance>(call)?.user;
        let TakeBackBalance { account, day } = request;
        let mut work = self.store.begin().await?;
        if work.corrections().hold_account(owner, account).await?.is_none() {
            return Err(CorrectionError::NotFound("account"));
        }
        let removed = work.balances().remove(owner, account, BalanceSource::User, &[end_of(day)]).await?;
        if removed == 0 {
            return Err(CorrectionError::NotFound("balance of this day that somebody stated"));
        }
        self.note_balance(&mut *work, call, (owner, account), day).await?;
        Ok(work.commit().await?)
    }

    /// The line of the trail, without the amount.
    async fn note_balance(
        &self,
        work: &mut dyn UnitOfWork,
        call: &Call,
        (owner, account): (UserId, AccountId),
        day: Day,
    ) -> Result<(), CorrectionError> {
        let line = AuditLine::new(AuditAction::AccountCorrected, owner).with(json!({
            "account_id": account.to_string(), "fields": ["balance"], "date": day.to_string(),
        }));
        Ok(work.note(&self.sources, call, line).await?)
    }
}
