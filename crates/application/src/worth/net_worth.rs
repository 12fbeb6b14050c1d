//! The sum of all balances over time, in one currency.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::Scope,
    ledger::worth::{
        AccountRecord, NetWorth, NetWorthTerms, PIVOT, RATE_LASTS, RateBook, earlier_beginning, join_linked,
        net_worth, usual_currency,
    },
    money::Currency,
    time::Day,
};

use super::{Worth, WorthError};
use crate::{
    ledger::{HistoryInterval, LONGEST_HISTORY, USUAL_HISTORY},
    request::{authorize, request},
};

/// Which net worth.
#[derive(Debug)]
pub struct ShowNetWorth {
    /// From this day on; `None`: 90 days before the last.
    pub from: Option<Day>,
    /// Until and with this day; `None`: today.
    pub to: Option<Day>,
    /// In this currency; `None`: the one that most accounts have.
    pub currency: Option<Currency>,
    /// How the time is cut.
    pub interval: HistoryInterval,
    /// Whether there is no total where something is missing in it.
    pub strict: bool,
}

request!(ShowNetWorth, "worth.net_worth", Access::User(Needs::read(Scope::BalancesRead)));

/// The net worth over some time.
#[derive(Debug)]
pub struct NetWorthOver {
    /// From this day on.
    pub from: Day,
    /// Until and with this day.
    pub to: Day,
    /// The net worth at the end of each day, week or month.
    pub worth: NetWorth,
}

impl Worth {
    /// The caller's balances of all accounts together at the end of each day, week or month, with accounts that are one
    /// counted once. Whatever the number of accounts, it asks the store three times at most, and never for transactions.
    pub async fn net_worth(&self, call: &Call, request: ShowNetWorth) -> Result<NetWorthOver, WorthError> {
        let owner = authorize::<ShowNetWorth>(call)?.user;
        let ShowNetWorth { from, to, currency, interval, strict } = request;
        let to = to.unwrap_or_else(|| call.now.day());
        let from = from.unwrap_or_else(|| to.plus_days(-USUAL_HISTORY));
        if from > to || to.days_since(from) > LONGEST_HISTORY {
            return Err(WorthError::UnsuitableTime);
        }
        let days = interval.ends(from, to);
        let first = days.first().copied().unwrap_or(from);
        let mut records = self.queries.account_records(owner, first).await?;
        if let Some(earlier) = earlier_beginning(&records, first) {
            records = self.queries.account_records(owner, earlier).await?;
        }
        let mut records = join_linked(records);
        records.retain(|record| record.is_counted);
        let currency =
            currency.unwrap_or_else(|| usual_currency(records.iter().map(|record| record.currency)));
        let book = self.book(&records, currency, first, to).await?;
        let worth = net_worth(&records, &days, NetWorthTerms { currency, strict }, &book);
        Ok(NetWorthOver { from, to, worth })
    }

    /// The rates it takes to convert what these accounts hold, if any.
    async fn book(
        &self,
        records: &[AccountRecord],
        currency: Currency,
        from: Day,
        to: Day,
    ) -> Result<RateBook, WorthError> {
        let told = records.iter().filter(|record| !record.told.is_empty());
        let mut among: Vec<Currency> =
            told.map(|record| record.currency).filter(|of| *of != currency).collect();
        if among.is_empty() {
            return Ok(RateBook::default());
        }
        among.extend([currency, PIVOT]);
        among.sort_unstable();
        among.dedup();
        let rates = self.queries.rates(&among, from.plus_days(-RATE_LASTS), to).await?;
        Ok(rates.into_iter().collect())
    }
}
