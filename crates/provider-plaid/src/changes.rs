//! Reading transactions: Plaid's list of changes, and behind it those of investment accounts, for which Plaid has no such
//! list.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        ChangedTransaction, Changes, ChangesFeed, ChangesPage, Credentials, KeptRow, ProviderError,
        PulledTransaction, RefusedChange, RefusedRow, TakenBack,
    },
    money::Currency,
    time::Day,
};
use dashtam_provider_kit::lenient::{day, kept, text};
use serde_json::{Value, json};

use crate::{
    PlaidProvider, Product,
    api::with_token,
    feed::{has, rows},
    map::{holding::security_of, id, investment, kept_row, transaction},
    place::{HISTORY, Place, is_cursor},
};

/// Rows of a page, the most that Plaid gives.
const PAGE: usize = 500;

const SYNC: &str = "transactions";
const INVESTED: &str = "investment transactions";

impl PlaidProvider {
    /// A page of Plaid's list of changes.
    async fn sync(
        &self,
        credentials: &Credentials,
        invested: Option<Day>,
        cursor: String,
    ) -> Result<Changes, ProviderError> {
        let mut body = with_token(&credentials.access_token);
        body["count"] = PAGE.into();
        body["options"] = json!({"include_original_description": true});
        if !cursor.is_empty() {
            body["cursor"] = cursor.as_str().into();
        }
        let answer = match self.ask(&["transactions", "sync"], &body, SYNC).await {
            Ok(answer) => answer,
            Err(refusal) if refusal.is_mutation() => return Ok(Changes::Moved),
            Err(refusal) if refusal.is_of_cursor() && !cursor.is_empty() => {
                return Ok(Changes::CursorUnknown);
            }
            Err(refusal) if refusal.is_not_ready() => return Ok(Changes::NotReady),
            Err(refusal) if refusal.is_without() => {
                let page = ChangesPage { partial: true, ..ChangesPage::default() };
                return Ok(Changes::Page(self.behind(credentials, page, invested, cursor)));
            }
            Err(refusal) => return Err(refusal.error),
        };
        let malformed = || ProviderError::Malformed { at: SYNC };
        let status = text(&answer, "transactions_update_status").unwrap_or_default();
        let next = text(&answer, "next_cursor").unwrap_or_default();
        let more = answer.get("has_more").and_then(Value::as_bool).ok_or_else(malformed)?;
        if !is_cursor(&next) {
            return Err(malformed());
        }
        let mut page = ChangesPage {
            soon: status == "INITIAL_UPDATE_COMPLETE",
            partial: status != "HISTORICAL_UPDATE_COMPLETE",
            ..ChangesPage::default()
        };
        for field in ["added", "modified"] {
            for row in rows(&answer, field, SYNC)? {
                take(&mut page, row, "transaction_id", transaction::read(row));
            }
        }
        for row in rows(&answer, "removed", SYNC)? {
            gone(&mut page, row, id(row, "transaction_id"));
        }
        if next.is_empty() {
            // While nothing is ready there is no place to go on at.
            let empty = page.rows.is_empty() && page.removed.is_empty() && page.refused.is_empty();
            return if empty && !more { Ok(Changes::NotReady) } else { Err(malformed()) };
        }
        if more && next == cursor {
            // A page that leads back to itself would be read for ever.
            return Err(malformed());
        }
        if more {
            page.more = true;
            page.cursor = Place::Transactions { invested, cursor: next }.to_string();
            return Ok(Changes::Page(page));
        }
        Ok(Changes::Page(self.behind(credentials, page, invested, next)))
    }

    /// What comes behind the last page of transactions.
    fn behind(
        &self,
        credentials: &Credentials,
        page: ChangesPage,
        invested: Option<Day>,
        cursor: String,
    ) -> ChangesPage {
        let more = has(credentials, Product::Investments);
        let place = match more {
            true => Place::investments(invested, self.clock.now().day(), cursor),
            false => Place::Transactions { invested, cursor },
        };
        ChangesPage { more, cursor: place.to_string(), ..page }
    }

    /// A page of the transactions of investment accounts.
    async fn invested(
        &self,
        credentials: &Credentials,
        from: Day,
        offset: usize,
        cursor: String,
    ) -> Result<ChangesPage, ProviderError> {
        let today = self.clock.now().day();
        let mut body = with_token(&credentials.access_token);
        body["start_date"] = from.to_string().into();
        body["end_date"] = today.to_string().into();
        body["options"] = json!({"count": PAGE, "offset": offset});
        let answer = match self.ask(&["investments", "transactions", "get"], &body, INVESTED).await {
            Ok(answer) => answer,
            // Next time from the beginning.
            Err(refusal) if refusal.is_without() || refusal.is_not_ready() => {
                let cursor = Place::Transactions { invested: None, cursor }.to_string();
                let soon = refusal.is_not_ready();
                return Ok(ChangesPage { cursor, soon, partial: true, ..ChangesPage::default() });
            }
            Err(refusal) => return Err(refusal.error),
        };
        let malformed = || ProviderError::Malformed { at: INVESTED };
        let total =
            answer.get("total_investment_transactions").and_then(Value::as_u64).ok_or_else(malformed)?;
        let told = rows(&answer, "investment_transactions", INVESTED)?;
        let read = offset.saturating_add(told.len());
        let more = u64::try_from(read).is_ok_and(|read| read < total);
        if more && told.is_empty() {
            // Rows are left out, and the next listing would begin behind them.
            return Err(malformed());
        }
        let place = match more {
            true => Place::Investments { from, offset: read, cursor },
            false => Place::Transactions { invested: Some(today), cursor },
        };
        let mut page = ChangesPage { more, cursor: place.to_string(), ..ChangesPage::default() };
        for row in told {
            match investment::cancels(row) {
                Some(taken_back) => gone(&mut page, row, Ok(taken_back)),
                None => {
                    let read = investment::read(row, security_of(row, &answer));
                    take(&mut page, row, "investment_transaction_id", read);
                }
            }
        }
        Ok(page)
    }
}

/// Takes a row, or why it cannot be read.
fn take(page: &mut ChangesPage, row: &Value, field: &'static str, read: Result<PulledTransaction, String>) {
    let account = id(row, "account_id");
    match (account, read) {
        (Ok(account), Ok(row)) => page.rows.push(ChangedTransaction { account, row }),
        (account, read) => {
            let reason = read.err().or_else(|| account.clone().err()).unwrap_or_default();
            let row = RefusedRow { external_id: id(row, field).ok(), day: day(row, "date"), reason };
            page.refused.push(RefusedChange { account: account.ok(), row });
        }
    }
}

/// Takes word of a row that is gone. One that cannot be read is told of: what it was about stays.
fn gone(page: &mut ChangesPage, row: &Value, told: Result<String, String>) {
    match (id(row, "account_id"), told) {
        (Ok(account), Ok(external_id)) => page.removed.push(TakenBack { account, external_id }),
        (account, told) => {
            let reason = told.err().or_else(|| account.clone().err()).unwrap_or_default();
            let row =
                RefusedRow { external_id: None, day: None, reason: format!("what was taken back: {reason}") };
            page.refused.push(RefusedChange { account: account.ok(), row });
        }
    }
}

#[async_trait]
impl ChangesFeed for PlaidProvider {
    /// What Plaid was asked for when the item was made reaches farther back, and is not all there for ever.
    fn history_days(&self) -> Option<i64> {
        Some(HISTORY)
    }

    async fn changes(
        &self,
        credentials: &Credentials,
        cursor: Option<&str>,
    ) -> Result<Changes, ProviderError> {
        let place = match cursor.map(Place::parse) {
            None => Place::FIRST,
            Some(Some(place)) => place,
            Some(None) => return Ok(Changes::CursorUnknown),
        };
        match place {
            // An item of a broker has nothing else to tell.
            Place::Transactions { invested, cursor } if !has(credentials, Product::Transactions) => {
                Ok(Changes::Page(self.behind(credentials, ChangesPage::default(), invested, cursor)))
            }
            Place::Transactions { invested, cursor } => self.sync(credentials, invested, cursor).await,
            Place::Investments { from, offset, cursor } => {
                Ok(Changes::Page(self.invested(credentials, from, offset, cursor).await?))
            }
        }
    }

    fn read_again(&self, _account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        rows.iter().map(|row| kept_row(&kept(row)?)).collect()
    }
}
