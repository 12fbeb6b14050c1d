//! Reading accounts, transactions and positions.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, Credentials, HoldingsFeed, KeptRow, PageRequest, ProviderError, PulledAccount,
        PulledAccounts, PulledHolding, PulledHoldings, PulledTransaction, RefusedRow, TransactionPage,
        TransactionsFeed,
    },
    money::Currency,
};
use dashtam_provider_kit::lenient;
use serde_json::Value;
use url::Url;

use crate::{SandboxProvider, map};

/// The largest page that the bank gives.
const PAGE: &str = "500";

impl SandboxProvider {
    /// Makes an address below `/v1/accounts`. The segments are encoded.
    fn data(&self, segments: &[&str]) -> Result<Url, ProviderError> {
        let mut url = self.options.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| ProviderError::Malformed { at: "base address" })?
            .clear()
            .extend(["v1", "accounts"])
            .extend(segments);
        Ok(url)
    }

    async fn read(&self, url: &Url, credentials: &Credentials) -> Result<Value, ProviderError> {
        let answer = self.http.get(url, &credentials.access_token).await?;
        match answer.status {
            200 => serde_json::from_slice(&answer.body).map_err(|_| ProviderError::Malformed { at: "JSON" }),
            401 => Err(ProviderError::AccessTokenRejected),
            status => Err(ProviderError::Rejected { code: format!("http_{status}") }),
        }
    }
}

/// The list in `field`; anything else is an answer we cannot read.
fn list<'a>(answer: &'a Value, field: &'static str) -> Result<&'a Vec<Value>, ProviderError> {
    answer.get(field).and_then(Value::as_array).ok_or(ProviderError::Malformed { at: field })
}

/// The rows that can be read, and the gaps that the others leave.
fn readable<T>(
    rows: &[Value],
    what: &str,
    read: impl Fn(&Value) -> Result<T, String>,
) -> (Vec<T>, Vec<String>) {
    let (mut good, mut gaps) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match read(row) {
            Ok(row) => good.push(row),
            Err(reason) => {
                tracing::warn!(what, reason, "a row was left out");
                let which = lenient::called(row, &["id", "symbol"]);
                gaps.push(format!("A row {which} of the list of {what} could not be read: {reason}."));
            }
        }
    }
    (good, gaps)
}

/// Where the next page begins. A listing whose end is in doubt must not pass for a complete one: rows that
/// were not listed would be taken for removed.
fn next_page(answer: &Value) -> Result<Option<String>, ProviderError> {
    match answer.get("next_cursor") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(cursor)) if !cursor.is_empty() => Ok(Some(cursor.clone())),
        Some(_) => Err(ProviderError::Malformed { at: "next_cursor" }),
    }
}

#[async_trait]
impl AccountsFeed for SandboxProvider {
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let answer = self.read(&self.data(&[])?, credentials).await?;
        let (accounts, gaps) = readable(list(&answer, "accounts")?, "accounts", map::account);
        Ok(PulledAccounts { accounts, gaps })
    }

    fn read_account(&self, raw: &str) -> Result<PulledAccount, String> {
        map::account(&lenient::kept_json(raw)?)
    }
}

#[async_trait]
impl TransactionsFeed for SandboxProvider {
    fn history_days(&self) -> i64 {
        Self::HISTORY_DAYS
    }

    async fn transactions(
        &self,
        credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        let mut url = self.data(&[&asked.account, "transactions"])?;
        url.query_pairs_mut()
            .append_pair("from", &asked.window.from.to_string())
            .append_pair("to", &asked.window.to.to_string())
            .append_pair("limit", PAGE)
            .extend_pairs(asked.page.iter().map(|cursor| ("cursor", cursor)));
        let answer = self.read(&url, credentials).await?;
        let mut rows = Vec::new();
        let mut refused = Vec::new();
        for row in list(&answer, "transactions")? {
            match map::transaction(row) {
                Ok(row) => rows.push(row),
                Err(reason) => {
                    let (external_id, day) = (lenient::text(row, "id"), lenient::day(row, "date"));
                    refused.push(RefusedRow { external_id, day, reason });
                }
            }
        }
        let next = next_page(&answer)?;
        if next.is_some() && next == asked.page {
            // A page that leads back to itself would be read for ever.
            return Err(ProviderError::Malformed { at: "next_cursor" });
        }
        let gaps = lenient::gaps(&refused);
        Ok(TransactionPage { rows, refused, next, covered_from: None, gaps, notes: Vec::new() })
    }

    fn read_again(&self, _account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        rows.iter().map(|row| lenient::kept(row).and_then(|row| map::transaction(&row))).collect()
    }
}

#[async_trait]
impl HoldingsFeed for SandboxProvider {
    async fn holdings(
        &self,
        credentials: &Credentials,
        account: &str,
    ) -> Result<PulledHoldings, ProviderError> {
        let answer = self.read(&self.data(&[account, "holdings"])?, credentials).await?;
        let (holdings, gaps) = readable(list(&answer, "holdings")?, "positions", map::holding);
        Ok(PulledHoldings::Told { holdings, gaps })
    }

    fn read_holding(&self, _account: Currency, raw: &str) -> Result<PulledHolding, String> {
        map::holding(&lenient::kept_json(raw)?)
    }
}
