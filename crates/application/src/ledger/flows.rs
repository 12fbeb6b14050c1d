//! Adds up what was spent and what was earned.

use std::collections::HashSet;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, UserId},
    identity::Scope,
    ledger::meaning::{Flow, Grouping, OwnCategory, Summed, Totals},
    ledger::worth::{RATE_LASTS, usual_currency},
    ledger::{Account, TransactionFilter, TransactionStatus},
    money::Currency,
    page::Limit,
    time::Day,
};

use super::{LONGEST_HISTORY, LONGEST_REPORT, Ledger, LedgerError};
use crate::request::{authorize, request};

/// Over which time, and by what.
#[derive(Debug)]
pub struct Over {
    /// From this day on; `None`: the first of the month of the last day.
    pub from: Option<Day>,
    /// Until and with this day; `None`: today.
    pub to: Option<Day>,
    /// By what it is added up.
    pub by: Grouping,
    /// Into which currency amounts are converted by the rates of their days; `None`: into none, currencies stay apart.
    pub currency: Option<Currency>,
}

/// What was spent.
#[derive(Debug)]
pub struct ShowSpending(pub Over);

request!(ShowSpending, "spending.show", Access::User(Needs::read(Scope::TransactionsRead)));

/// What was earned.
#[derive(Debug)]
pub struct ShowIncome(pub Over);

request!(ShowIncome, "income.show", Access::User(Needs::read(Scope::TransactionsRead)));

/// What was spent and what was earned, month by month.
#[derive(Debug)]
pub struct ShowFlows {
    /// The day on which the first of them begins.
    pub from: Day,
    /// How many.
    pub months: i32,
    /// Into which currency amounts are converted by the rates of their days; `None`: into that of the net worth.
    pub currency: Option<Currency>,
}

request!(ShowFlows, "flows.show", Access::User(Needs::read(Scope::TransactionsRead)));

/// What was spent in a month.
#[derive(Debug)]
pub struct MonthSpent {
    /// From this day on.
    pub from: Day,
    /// Until and with this day.
    pub to: Day,
    /// What it came to, by the group of the category.
    pub sums: Summed,
}

/// What was spent and what was earned, month by month.
#[derive(Debug)]
pub struct Flows {
    /// In this currency, as far as rates are known.
    pub currency: Currency,
    /// What was spent in each month, the earliest first.
    pub spent: Vec<MonthSpent>,
    /// What was earned, by month.
    pub earned: Summed,
    /// The categories of the owner's own, by which some of these are named.
    pub own: Vec<OwnCategory>,
}

/// What the transactions of some days come to.
struct Part<'c> {
    from: Day,
    to: Day,
    totals: Totals<'c>,
}

/// What was spent or earned over some time.
#[derive(Debug)]
pub struct FlowTotals {
    /// From this day on.
    pub from: Day,
    /// Until and with this day.
    pub to: Day,
    /// What it all came to.
    pub sums: Summed,
    /// The categories of the owner's own, by which some of these are named.
    pub own: Vec<OwnCategory>,
}

impl Ledger {
    /// What the caller spent: posted transactions that nobody hid, without what only changes its place.
    pub async fn spending(&self, call: &Call, request: ShowSpending) -> Result<FlowTotals, LedgerError> {
        let owner = authorize::<ShowSpending>(call)?.user;
        self.totals(call, owner, Flow::Expense, request.0).await
    }

    /// What the caller earned: posted transactions that nobody hid, without what only changes its place.
    pub async fn income(&self, call: &Call, request: ShowIncome) -> Result<FlowTotals, LedgerError> {
        let owner = authorize::<ShowIncome>(call)?.user;
        self.totals(call, owner, Flow::Income, request.0).await
    }

    /// What the caller spent in each of some months by group, and earned in each, of the same transactions as
    /// [spending](Self::spending) and [income](Self::income), which are read once for all of it.
    pub async fn flows(&self, call: &Call, request: ShowFlows) -> Result<Flows, LedgerError> {
        let owner = authorize::<ShowFlows>(call)?.user;
        let ShowFlows { from, months, currency } = request;
        if !(1..=LONGEST_REPORT).contains(&months) {
            return Err(LedgerError::UnsuitableTime);
        }
        let start = |at| from.first_of_month().plus_months(at);
        let end = |at| start(at + 1).plus_days(-1);
        let (first, last) = (start(0), end(months - 1));
        let currency = match currency {
            Some(currency) => currency,
            None => self.usual_currency(owner).await?,
        };
        let own = self.categories.categories(owner).await?;
        let part = |flow, by, from, to| {
            let totals = Totals::new(flow, by, &own).converted_into(Some(currency));
            Part { from, to, totals }
        };
        let mut parts = vec![part(Flow::Income, Grouping::Month, first, last)];
        parts.extend((0..months).map(|at| part(Flow::Expense, Grouping::Group, start(at), end(at))));
        self.add_up(owner, (first, last), &mut parts).await?;
        let mut parts = parts.into_iter();
        let earned = parts.next().map(|part| part.totals.finish()).unwrap_or_default();
        let spent = parts.map(|Part { from, to, totals }| MonthSpent { from, to, sums: totals.finish() });
        Ok(Flows { currency, spent: spent.collect(), earned, own })
    }

    pub(crate) async fn totals(
        &self,
        call: &Call,
        owner: UserId,
        flow: Flow,
        over: Over,
    ) -> Result<FlowTotals, LedgerError> {
        let to = over.to.unwrap_or_else(|| call.now.day());
        let from = over.from.unwrap_or_else(|| to.first_of_month());
        if from > to || to.days_since(from) > LONGEST_HISTORY {
            return Err(LedgerError::UnsuitableTime);
        }
        let own = self.categories.categories(owner).await?;
        let totals = Totals::new(flow, over.by, &own).converted_into(over.currency);
        let mut part = Part { from, to, totals };
        self.add_up(owner, (from, to), std::slice::from_mut(&mut part)).await?;
        let sums = part.totals.finish();
        Ok(FlowTotals { from, to, sums, own })
    }

    /// Reads the time page by page: it costs what it holds, whatever there is besides. All parts are converted alike.
    async fn add_up(
        &self,
        owner: UserId,
        (from, to): (Day, Day),
        parts: &mut [Part<'_>],
    ) -> Result<(), LedgerError> {
        let filter = TransactionFilter {
            from: Some(from),
            to: Some(to),
            status: Some(TransactionStatus::Posted),
            ..TransactionFilter::default()
        };
        let most = Limit::new(Limit::MAX).unwrap_or_default();
        let mut after = None;
        loop {
            let page = self.queries.transactions(owner, filter.clone(), after, most).await?;
            // Once for each currency there is.
            let among = parts.first().map(|part| part.totals.lacking(&page.items)).unwrap_or_default();
            if !among.is_empty() {
                let rates = self.rates.rates(&among, from.plus_days(-RATE_LASTS), to).await?;
                for part in &mut *parts {
                    let days = part.from.plus_days(-RATE_LASTS)..=part.to;
                    let of_days = rates.iter().filter(|rate| days.contains(&rate.day)).cloned();
                    part.totals.learn(&among, of_days.collect());
                }
            }
            for part in &mut *parts {
                let days = part.from..=part.to;
                let of_days = page.items.iter().filter(|row| days.contains(&row.shown_day()));
                of_days.for_each(|row| part.totals.add(row));
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// The currency of the owner's net worth.
    async fn usual_currency(&self, owner: UserId) -> Result<Currency, LedgerError> {
        let accounts = self.all_accounts(owner).await?;
        let ids: HashSet<AccountId> = accounts.iter().map(|account| account.id).collect();
        let is_counted = |account: &&Account| {
            account.is_in_net_worth() && account.same_as().is_none_or(|primary| !ids.contains(&primary))
        };
        Ok(usual_currency(accounts.iter().filter(is_counted).map(|account| account.currency)))
    }
}
