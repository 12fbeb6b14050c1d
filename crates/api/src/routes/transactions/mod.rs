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
    ledger::meaning::{CategoryChoice, CategoryFilter},
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
    category: Option<CategoryChoice>,
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
            category: params.read("category", "unknown", CATEGORY, |text| text.parse().ok()),
            after: params.cursor(),
            limit: params.limit(),
        }
    }
}

impl Wanted {
    /// Makes the request, for one account or for all of them.
    pub(super) fn of(self, account: Option<AccountId>) -> ListTransactions {
        let Self { from, to, status, hidden, category, after, limit } = self;
        let hidden = hidden.unwrap_or_default();
        let category = match category {
            None => CategoryFilter::Any,
            Some(CategoryChoice::Uncategorized) => CategoryFilter::Uncategorized,
            Some(CategoryChoice::Category(category)) => CategoryFilter::Among(vec![category]),
        };
        let filter = TransactionFilter { account, from, to, status, hidden, category };
        ListTransactions { filter, after, limit }
    }
}

/// What the name of a category must be.
const CATEGORY: &str =
    "This parameter must be the key of a category such as food.coffee, the id of one of your own, or none.";

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
