//! Transactions: searched and narrowed by what the address says, page by page.

pub(crate) mod bulk;

use std::collections::HashMap;

use askama::Template;
use dashtam_api::visit;
use dashtam_application::{
    categories::ListCategories,
    ledger::{AskedTransactions, LedgerError, ListAccounts, ListTransactions},
};
use dashtam_domain::{
    id::{AccountId, BulkEditId},
    ledger::{
        Account, Hidden, Narrowing, SearchTerms, Sign, TransactionFilter, TransactionKey, TransactionStatus,
        TransferFilter,
        meaning::{CategoryChoice, CategoryFilter, OwnCategory},
    },
    page::Limit,
    time::Day,
};
use url::form_urlencoded;

use self::bulk::Bulk;
use super::rows::{self, CategoryGroup, TransactionRow};
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// How many rows are shown at once.
const ROWS: u16 = 50;

/// The fields of the address that narrow the list.
const FIELDS: [&str; 9] = ["q", "account", "category", "from", "to", "way", "moved", "status", "hidden"];

/// One thing to choose: its name, its words, and whether it is chosen.
struct Choice {
    key: String,
    label: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "transactions.html")]
struct Page<'a> {
    frame: Frame,
    q: &'a str,
    from: &'a str,
    to: &'a str,
    way: &'a str,
    moved: &'a str,
    status: &'a str,
    hidden: &'a str,
    accounts: Vec<Choice>,
    categories: Vec<CategoryGroup>,
    without_category: bool,
    is_narrowed: bool,
    is_later_page: bool,
    /// What of the address could not be understood.
    errors: Vec<String>,
    rows: Vec<TransactionRow>,
    shown: String,
    more: Option<String>,
    /// The form that changes many of them, and where it is sent to.
    bulk: Bulk,
    /// How the list is narrowed, as the addresses of its forms have it.
    narrowed: String,
    /// The change of many that can be taken back.
    undoable: Option<String>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    shown(&visit, Bulk::default()).await
}

/// The list that the address asks for, with this form beside it.
async fn shown(visit: &Visit, bulk: Bulk) -> Outcome {
    let (dashtam, call, query) = (visit.dashtam(), &visit.call, &visit.query);
    let accounts = accounts(visit).await?;
    let own = dashtam.categories().list(call, ListCategories).await?;
    let (asked, errors) = asked(visit, &own);
    let after = visit::place(query.text("after"));
    let limit = Limit::new(ROWS).unwrap_or_default();
    let page = dashtam.ledger().transactions(call, ListTransactions { asked, after, limit }).await?;
    let names: HashMap<AccountId, String> =
        accounts.iter().map(|account| (account.id, account.shown_name().to_owned())).collect();
    let mut rows = rows::transactions(&page.items, &names, &own);
    let bulk = bulk.on(visit, &own, &mut rows);
    let chosen = query.text("account");
    let choice = |account: &Account| Choice {
        is_chosen: account.id.to_string() == chosen,
        key: account.id.to_string(),
        label: account.shown_name().to_owned(),
    };
    let shown = words::counted(i64::try_from(rows.len()).unwrap_or(i64::MAX), "transaction", "transactions");
    let page = Page {
        frame: visit.frame("Transactions", "transactions").telling(bulk::told(query)),
        q: query.text("q"),
        from: query.text("from"),
        to: query.text("to"),
        way: query.text("way"),
        moved: query.text("moved"),
        status: query.text("status"),
        hidden: query.text("hidden"),
        accounts: accounts.iter().filter(|account| account.same_as().is_none()).map(choice).collect(),
        categories: rows::category_groups(&own, query.text("category")),
        without_category: query.text("category") == CategoryChoice::NONE,
        is_narrowed: FIELDS.iter().any(|field| query.has(field)),
        is_later_page: after.is_some(),
        errors,
        rows,
        shown,
        more: page.next.map(|next| further(visit, next)),
        bulk,
        narrowed: narrowed(visit),
        undoable: query.text("edit").parse::<BulkEditId>().ok().map(|edit| edit.to_string()),
    };
    Reply::page(&page)
}

/// All accounts.
pub(crate) async fn accounts(visit: &Visit) -> Result<Vec<Account>, LedgerError> {
    let ledger = visit.dashtam().ledger();
    rows::whole(|after, limit| ledger.accounts(&visit.call, ListAccounts { connection: None, after, limit }))
        .await
}

/// What the address asks for, and what of it could not be understood.
fn asked(visit: &Visit, own: &[OwnCategory]) -> (AskedTransactions, Vec<String>) {
    let query = &visit.query;
    let mut errors = Vec::new();
    let mut day = |field: &str, label: &str| {
        let text = query.text(field);
        let day = Day::parse(text).filter(|day| day.has_plain_year());
        if !text.is_empty() && day.is_none() {
            errors.push(format!("{label} is no day such as 2026-01-31."));
        }
        day
    };
    let (from, to) = (day("from", "From"), day("to", "To"));
    let text = match query.text("q") {
        "" => None,
        words => SearchTerms::parse(words).map_err(|error| errors.push(format!("The search {error}."))).ok(),
    };
    let category = match query.text("category") {
        "" => CategoryFilter::Any,
        CategoryChoice::NONE => CategoryFilter::Uncategorized,
        key => key.parse().map_or(CategoryFilter::Any, |key| CategoryFilter::Among(vec![key])),
    };
    let transfers = match query.text("moved") {
        "only" => Some(TransferFilter::new(true).by_flow(own)),
        "without" => Some(TransferFilter::new(false).by_flow(own)),
        _ => None,
    };
    let sign = match query.text("way") {
        "in" => Sign::parse("positive"),
        "out" => Sign::parse("negative"),
        _ => None,
    };
    let filter = TransactionFilter {
        from,
        to,
        category,
        status: TransactionStatus::parse(query.text("status")),
        hidden: Hidden::parse(query.text("hidden")).unwrap_or_default(),
        narrowing: Narrowing { sign, text, transfers, ..Narrowing::default() },
        ..TransactionFilter::default()
    };
    let accounts = query.text("account").parse().into_iter().collect();
    (AskedTransactions { filter, accounts, connections: Vec::new() }, errors)
}

/// What of the address narrows the list.
fn narrowing(visit: &Visit) -> form_urlencoded::Serializer<'static, String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for field in FIELDS {
        if visit.query.has(field) {
            query.append_pair(field, visit.query.text(field));
        }
    }
    query
}

/// The address of the next page.
fn further(visit: &Visit, next: TransactionKey) -> String {
    let query = narrowing(visit).append_pair("after", &visit::cursor(&next)).finish();
    format!("/transactions?{query}")
}

/// How the list is narrowed, and from where on it is shown.
fn narrowed(visit: &Visit) -> String {
    let mut query = narrowing(visit);
    if visit.query.has("after") {
        query.append_pair("after", visit.query.text("after"));
    }
    query.finish()
}

/// The address of the list as it is narrowed, with this behind it.
fn place(visit: &Visit, more: &str) -> String {
    let narrowed = narrowed(visit);
    let and = if narrowed.is_empty() { "" } else { "&" };
    format!("/transactions?{narrowed}{and}{more}")
}
