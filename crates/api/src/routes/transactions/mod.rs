//! Transactions.

mod correct;
mod list;
mod show;
mod split;
mod take_back;

pub(in crate::routes) use correct::wording_code;
use dashtam_application::ledger::{Ledger, ListTransactions};
use dashtam_domain::{
    id::AccountId,
    ledger::{Hidden, TransactionFilter, TransactionKey, TransactionStatus},
    page::Limit,
    time::Day,
};

use crate::{
    answer::{self, Answered},
    endpoint::Endpoint,
    extract::{CallFor, FromParams, Params},
    views::TransactionView,
};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[list::ENDPOINT, show::ENDPOINT, correct::ENDPOINT, take_back::ENDPOINT];

/// The transactions that are asked for, of whatever account.
pub(super) struct Wanted {
    from: Option<Day>,
    to: Option<Day>,
    status: Option<TransactionStatus>,
    hidden: Option<Hidden>,
    after: Option<TransactionKey>,
    limit: Limit,
}

impl FromParams for Wanted {
    fn take(params: &mut Params<'_>) -> Self {
        let day = "This parameter must be a day such as 2026-01-31.";
        let status = "The status must be pending, posted or removed.";
        Self {
            from: params.read("from", "day", day, Day::parse),
            to: params.read("to", "day", day, Day::parse),
            status: params.read("status", "unknown", status, TransactionStatus::parse),
            hidden: params.read("hidden", "unknown", "This parameter must be without, with or only.", hidden),
            after: params.cursor(),
            limit: params.limit(),
        }
    }
}

impl Wanted {
    /// Makes the request, for one account or for all of them.
    pub(super) fn of(self, account: Option<AccountId>) -> ListTransactions {
        let Self { from, to, status, hidden, after, limit } = self;
        let hidden = hidden.unwrap_or_default();
        ListTransactions { filter: TransactionFilter { account, from, to, status, hidden }, after, limit }
    }
}

fn hidden(text: &str) -> Option<Hidden> {
    match text {
        "without" => Some(Hidden::Without),
        "with" => Some(Hidden::With),
        "only" => Some(Hidden::Only),
        _ => None,
    }
}

/// Answers with a page of transactions.
pub(super) async fn transactions(
    call: &CallFor<ListTransactions>,
    request: ListTransactions,
    ledger: &Ledger,
) -> Answered {
    let page = ledger.transactions(call, request).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), TransactionView::SIZE, TransactionView::from))
}
