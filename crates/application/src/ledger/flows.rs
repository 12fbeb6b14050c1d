//! Adds up what was spent and what was earned.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::UserId,
    identity::Scope,
    ledger::meaning::{Flow, Grouping, OwnCategory, Total, Totals},
    ledger::{TransactionFilter, TransactionStatus},
    page::Limit,
    time::Day,
};

use super::{LONGEST_HISTORY, Ledger, LedgerError};
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
}

/// What was spent.
#[derive(Debug)]
pub struct ShowSpending(pub Over);

request!(ShowSpending, "spending.show", Access::User(Needs::read(Scope::TransactionsRead)));

/// What was earned.
#[derive(Debug)]
pub struct ShowIncome(pub Over);

request!(ShowIncome, "income.show", Access::User(Needs::read(Scope::TransactionsRead)));

/// What was spent or earned over some time.
#[derive(Debug)]
pub struct FlowTotals {
    /// From this day on.
    pub from: Day,
    /// Until and with this day.
    pub to: Day,
    /// Of everything, for each currency.
    pub all: Vec<Total>,
    /// Of each thing.
    pub each: Vec<Total>,
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

    /// Reads the time page by page: it costs what it holds, whatever there is besides.
    async fn totals(
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
        let mut totals = Totals::new(flow, over.by, &own);
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
            page.items.iter().for_each(|transaction| totals.add(transaction));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let (all, each) = totals.finish();
        Ok(FlowTotals { from, to, all, each, own })
    }
}
