//! The rows of an account, page by page.

use std::{io, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    http::header::{CACHE_CONTROL, ContentType},
    web::{Bytes, Data},
};
use chrono::NaiveDate;
use futures_util::{StreamExt, stream};
use serde::Serialize;

use super::{DataError, account, answer, cursor::Cursor, enter, instant, query, remember, touched};
use crate::{
    bank::Bank,
    faults::Lever,
    grants::{Scope, store::Visit},
    params::Params,
    world::{Account, Transaction, World},
};

const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 500;
const MALFORMED_AMOUNT: &str = "12.O4-";
/// Long enough for the first half of a page to be on its way before the connection is cut.
const CUT_AFTER: Duration = Duration::from_millis(50);

#[derive(Serialize)]
struct Page {
    transactions: Vec<TransactionView>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct TransactionView {
    id: String,
    date: NaiveDate,
    occurred_at: Option<String>,
    amount: String,
    currency: &'static str,
    description: String,
    r#type: &'static str,
    status: &'static str,
    pending_id: Option<String>,
    counterparty: Option<String>,
    /// Told of the household's rows only, as is the other currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<OriginalView>,
    security: Option<SecurityView>,
}

#[derive(Serialize)]
struct OriginalView {
    currency: &'static str,
    amount: String,
    rate: String,
}

#[derive(Serialize)]
struct SecurityView {
    symbol: &'static str,
    isin: &'static str,
    name: &'static str,
    quantity: Option<String>,
    price: Option<String>,
    fees: Option<String>,
}

/// Answers `GET /v1/accounts/{id}/transactions`.
pub(crate) async fn list(request: HttpRequest, bank: Data<Bank>) -> HttpResponse {
    match read(&request, &bank).await {
        Ok((page, true)) => cut(&page),
        outcome => answer(outcome.map(|(page, _)| page)),
    }
}

/// The page, and whether its delivery is to be cut.
async fn read(request: &HttpRequest, bank: &Bank) -> Result<(Page, bool), DataError> {
    let (visit, world) = enter(request, bank, Scope::Transactions).await?;
    let account = account(request, &world)?;
    let counted = touched::counts(&visit, account);
    let account = &*touched::listed(&visit, &world, account);
    let window = Window::read(&query(request)?, account, world.today)?;
    let touched = Touched::of(&visit, &world);
    let in_window = |row: &&Transaction| (window.from..=window.to).contains(&row.date);
    let mut rows = account
        .transactions
        .iter()
        .filter(in_window)
        .filter(|row| window.after.is_none_or(|after| row.order() > after))
        .filter(|row| !(visit.history.saw_removed && touched.removes(row)));
    let shown: Vec<&Transaction> = rows.by_ref().take(window.limit).collect();
    let more = rows.next().is_some();
    let cursor = shown
        .last()
        .filter(|_| more)
        .map(|last| Cursor { from: window.from, to: window.to, after: last.order() }.text(&account.id));
    let delivery_cut = visit.customer.levers.has(Lever::Cut);
    if cursor.is_none() && !delivery_cut {
        let listed =
            |wanted: &dyn Fn(&Transaction) -> bool| account.transactions.iter().filter(in_window).any(wanted);
        bank.store.listed(
            visit.grant,
            listed(&|row| touched.removes(row)),
            listed(&|row| touched.reissues(row)),
            counted && window.to >= world.today,
        );
        remember(bank).await;
    }
    let view = |row: &&Transaction| show(row, account.currency, &touched, visit.history.saw_reissued);
    Ok((Page { transactions: shown.iter().map(view).collect(), next_cursor: cursor }, delivery_cut))
}

/// The part of an account that is asked for.
struct Window {
    from: NaiveDate,
    to: NaiveDate,
    after: Option<(NaiveDate, u32)>,
    limit: usize,
}

impl Window {
    fn read(params: &Params, account: &Account, today: NaiveDate) -> Result<Self, DataError> {
        let limit = match params.get("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
                .ok_or(DataError::InvalidParameter("limit", "must be a number from 1 to 500"))?,
        };
        let (from, to) = (date(params, "from")?, date(params, "to")?);
        if let Some(text) = params.get("cursor") {
            let unknown = DataError::InvalidParameter("cursor", "is not a cursor of this listing");
            let cursor = Cursor::read(text, &account.id).ok_or(unknown)?;
            if from.is_some_and(|from| from != cursor.from) || to.is_some_and(|to| to != cursor.to) {
                return Err(unknown);
            }
            return Ok(Self { from: cursor.from, to: cursor.to, after: Some(cursor.after), limit });
        }
        let first = account.transactions.first().map_or(today, |row| row.date);
        let (from, to) = (from.unwrap_or(first), to.unwrap_or(today));
        if from > to && (params.get("from").is_some() || params.get("to").is_some()) {
            return Err(DataError::InvalidParameter("from", "must not be after the last day"));
        }
        Ok(Self { from, to, after: None, limit })
    }
}

fn date(params: &Params, name: &'static str) -> Result<Option<NaiveDate>, DataError> {
    let Some(text) = params.get(name) else { return Ok(None) };
    // The parser would also take shorter forms.
    let parsed = Some(text).filter(|text| text.len() == 10).and_then(|text| text.parse().ok());
    parsed.map(Some).ok_or(DataError::InvalidParameter(name, "must be a date such as 2026-01-31"))
}

/// The rows on which the customer's levers work.
struct Touched {
    malformed: Option<String>,
    removed: Option<String>,
    reissued: Option<String>,
}

impl Touched {
    fn of(visit: &Visit, world: &World) -> Self {
        let row = |lever: Lever| {
            let pulled = visit.customer.levers.has(lever);
            world.touched_by(lever, visit.linked_on).filter(|_| pulled).map(|row| row.id.clone())
        };
        Self {
            malformed: row(Lever::MalformedRow),
            removed: row(Lever::RemovedRow),
            reissued: row(Lever::ReissuedId),
        }
    }

    fn malforms(&self, row: &Transaction) -> bool {
        self.malformed.as_ref() == Some(&row.id)
    }

    fn removes(&self, row: &Transaction) -> bool {
        self.removed.as_ref() == Some(&row.id)
    }

    fn reissues(&self, row: &Transaction) -> bool {
        self.reissued.as_ref() == Some(&row.id)
    }
}

fn show(row: &Transaction, currency: &'static str, touched: &Touched, reissued: bool) -> TransactionView {
    let new_id = reissued && touched.reissues(row);
    let security = row.security.as_ref().map(|security| SecurityView {
        symbol: security.symbol,
        isin: security.isin,
        name: security.name,
        quantity: security.quantity.map(|quantity| quantity.to_string()),
        price: security.price.map(|price| price.to_string()),
        fees: security.fees.map(|fees| fees.to_string()),
    });
    let original = row.original.as_ref().map(|original| OriginalView {
        currency: original.currency,
        amount: original.amount.to_string(),
        rate: original.rate.to_string(),
    });
    TransactionView {
        id: if new_id { row.id.replacen("t-", "t-re", 1) } else { row.id.clone() },
        date: row.date,
        occurred_at: row.occurred_at.map(instant),
        amount: if touched.malforms(row) { MALFORMED_AMOUNT.to_owned() } else { row.amount.to_string() },
        currency,
        description: row.description.clone(),
        r#type: row.kind.as_str(),
        status: row.status.as_str(),
        pending_id: row.pending_id.clone(),
        counterparty: row.counterparty.clone(),
        category: row.category,
        original,
        security,
    }
}

/// Promises a whole page, delivers half of it and cuts the connection.
fn cut(page: &Page) -> HttpResponse {
    let Ok(body) = serde_json::to_vec(page) else { return DataError::Internal.response() };
    let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
    let mut half = body;
    half.truncate(half.len() / 2);
    let first = stream::once(async { Ok::<_, io::Error>(Bytes::from(half)) });
    let end = stream::once(async {
        tokio::time::sleep(CUT_AFTER).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    HttpResponse::Ok()
        .insert_header(ContentType::json())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(SizedStream::new(length, Box::pin(first.chain(end))))
}
