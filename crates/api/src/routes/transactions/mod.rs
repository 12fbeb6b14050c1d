//! Transactions.

mod bulk;
mod correct;
mod filter;
mod list;
mod show;
mod split;
pub(super) mod tags;
mod take_back;
mod totals;

pub(in crate::routes) use filter::{
    Asked, NARROWED, NarrowParams, OrderParams, SourceParams, StaleParams, narrowed, only_stale, order,
    ordered, stale,
};

use dashtam_application::ledger::{Ledger, ListTransactions};

use crate::{
    answer::{self, Answered},
    endpoint::Endpoint,
    extract::CallFor,
    views::TransactionView,
};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    list::ENDPOINT,
    totals::ENDPOINT,
    bulk::CORRECT,
    bulk::UNDO,
    show::ENDPOINT,
    correct::ENDPOINT,
    take_back::ENDPOINT,
];

/// Answers with a page of transactions.
pub(super) async fn transactions(
    call: &CallFor<ListTransactions>,
    request: ListTransactions,
    ledger: &Ledger,
) -> Answered {
    let page = ledger.transactions(call, request).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), TransactionView::SIZE, TransactionView::from))
}
