//! What is kept of the days of accounts, held against their transactions.

use dashtam_domain::{
    access::Access, call::Call, id::AccountId, ledger::KeptAccount, page::Limit, store::StoreError,
};
use uuid::Uuid;

use super::Upkeep;
use crate::{errors::CommonError, request::request};

/// Accounts of a sample.
const SAMPLE: u16 = 50;

/// Some accounts, in the order of their ids.
#[derive(Debug)]
pub struct CheckDays {
    /// From this one on.
    pub from: AccountId,
    /// Whether what is wrong is put right.
    pub repair: bool,
}

request!(CheckDays, "upkeep.check_days", Access::System);

/// A look at some accounts, other ones each time.
#[derive(Debug)]
pub struct CheckSample;

request!(CheckSample, "upkeep.check_sample", Access::System);

/// What came of some accounts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CheckedDays {
    /// How many were looked at.
    pub accounts: u64,
    /// Those of whose days something wrong was kept, with the number of days.
    pub wrong: Vec<(AccountId, usize)>,
    /// Those that could not be looked at; the log says why.
    pub failed: Vec<AccountId>,
    /// Where to go on; `None` at the end.
    pub next: Option<AccountId>,
}

impl Upkeep {
    /// Adds up the transactions of some accounts and compares the sums with those that are kept of their days. Each account is a
    /// unit of work: its owner's ledger stands still meanwhile. One that fails does not keep the others from being looked at.
    #[tracing::instrument(name = "upkeep.check_days", skip_all)]
    pub async fn check_days(&self, call: &Call, request: CheckDays) -> Result<CheckedDays, CommonError> {
        call.permits(Access::System)?;
        // One more than is looked at: with it the next ones begin.
        let limit = Limit::new(SAMPLE + 1).unwrap_or_default();
        let mut accounts = self.queries.kept_accounts(request.from, limit).await?.items;
        let next = accounts.get(usize::from(SAMPLE)).map(|account| account.id);
        accounts.truncate(usize::from(SAMPLE));
        let mut checked = CheckedDays { next, ..CheckedDays::default() };
        for account in accounts {
            match self.check_account(&account, request.repair).await {
                Ok(wrong) => {
                    checked.accounts += 1;
                    checked.wrong.extend((wrong > 0).then_some((account.id, wrong)));
                }
                Err(error) => {
                    tracing::warn!(account.id = %account.id, %error, "the days of an account could not be checked");
                    checked.failed.push(account.id);
                }
            }
        }
        Ok(checked)
    }

    /// On how many days of the account something wrong is kept; with `repair`, was kept.
    async fn check_account(&self, account: &KeptAccount, repair: bool) -> Result<usize, StoreError> {
        let mut work = self.store.begin().await?;
        let wrong = work.balances().check_days(account.owner, account.id, repair).await?;
        if wrong.is_empty() || !repair {
            work.roll_back().await;
        } else {
            work.commit().await?;
        }
        Ok(wrong.len())
    }

    /// Looks at some accounts, those that were made from some moment on, and logs what is wrong. It repairs nothing: what went
    /// wrong is to be understood first.
    #[tracing::instrument(name = "upkeep.check_sample", skip_all)]
    pub async fn check_sample(&self, call: &Call, _request: CheckSample) -> Result<u64, CommonError> {
        call.permits(Access::System)?;
        let first = AccountId(Uuid::nil());
        let one = Limit::new(1).unwrap_or_default();
        let oldest = self.queries.kept_accounts(first, one).await?.items;
        let Some(oldest) = oldest.first() else { return Ok(0) };
        let from = AccountId(some_id(oldest.id.0, call.now.as_micros()));
        let mut checked = self.check_days(call, CheckDays { from, repair: false }).await?;
        if checked.accounts == 0 {
            checked = self.check_days(call, CheckDays { from: first, repair: false }).await?;
        }
        for (account, days) in &checked.wrong {
            tracing::error!(account.id = %account, days, "the sums of an account's days are wrong; dashtam ledger check tells more");
        }
        Ok(checked.accounts)
    }
}

/// An id such as was given at some moment since this first one was. Ids of our own begin with the time in milliseconds; those
/// of accounts that came from elsewhere may be any, and every other time so may this one.
fn some_id(first: Uuid, now_micros: i64) -> Uuid {
    let now = u64::try_from(now_micros).unwrap_or(0);
    let drawn = now.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    if drawn >> 63 == 1 {
        return Uuid::from_u128(u128::from(drawn << 1) << 64);
    }
    let made = u64::try_from(first.as_u128() >> 80).unwrap_or(0);
    let since = (now / 1_000).saturating_sub(made).max(1);
    Uuid::from_u128(u128::from(made + (drawn >> 20) % since) << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over how many of ten equal parts of a span such places are spread, of a thousand of either kind.
    #[test]
    fn samples_begin_anywhere() {
        const NOW: i64 = 1_800_000_000_000_000;
        let made: u128 = 1_500_000_000_000;
        let first = Uuid::from_u128(made << 80 | 7);
        let places: Vec<u128> =
            (0..2_000).map(|second| some_id(first, NOW + second * 1_000_000).as_u128()).collect();
        let spread = |from: u128, to: u128| {
            let part = (to - from) / 10;
            (0..10)
                .map(|tenth| {
                    let part = from + part * tenth..from + part * (tenth + 1);
                    places.iter().filter(|place| part.contains(place)).count()
                })
                .min()
        };
        assert!(
            spread(made << 80, (1_800_000_000_000 + 2_000_000) << 80).unwrap() > 50,
            "since the first account"
        );
        assert!(spread(0, u128::MAX).unwrap() > 50, "of all ids");
        // A first account that says nothing of a time, and a clock before it.
        assert!(some_id(Uuid::max(), 0).as_u128() > 0);
    }
}
