//! Reading transactions, from the newest to the oldest.

use async_trait::async_trait;
use chrono::{SecondsFormat, TimeDelta};
use dashtam_domain::{
    connections::{
        Credentials, KeptRow, PageRequest, ProviderError, PulledTransaction, TransactionPage,
        TransactionWindow, TransactionsFeed,
    },
    money::Currency,
    time::Timestamp,
};
use dashtam_provider_kit::lenient;
use serde_json::Value;
use url::Url;

use crate::{
    SchwabProvider, map,
    walk::{self, HISTORY_DAYS, Stretch, Walk},
    wire::{self, Failure},
};

/// Every type of transaction there is, because the endpoint wants all of them named.
const TYPES: [&str; 15] = [
    "TRADE",
    "RECEIVE_AND_DELIVER",
    "DIVIDEND_OR_INTEREST",
    "ACH_RECEIPT",
    "ACH_DISBURSEMENT",
    "CASH_RECEIPT",
    "CASH_DISBURSEMENT",
    "ELECTRONIC_FUND",
    "WIRE_OUT",
    "WIRE_IN",
    "JOURNAL",
    "MEMORANDUM",
    "MARGIN_CALL",
    "MONEY_MARKET",
    "SMA_ADJUSTMENT",
];
/// As many rows as an answer has at most; it may hide others.
const FULL: usize = 3_000;

#[async_trait]
impl TransactionsFeed for SchwabProvider {
    fn history_days(&self) -> i64 {
        HISTORY_DAYS
    }

    async fn transactions(
        &self,
        credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        let window = asked.window;
        let walk = match &asked.page {
            None => Walk::new(window),
            Some(token) => Walk::parse(token, window).ok_or(ProviderError::Malformed { at: "page token" })?,
        };
        self.stretch(credentials, &asked.account, window, walk).await
    }

    /// Rows of one day come together, so that tax withheld from a dividend is told from a transfer.
    fn read_again(&self, _account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        map::kept(rows.iter().map(lenient::kept).collect())
    }
}

impl SchwabProvider {
    /// The next stretch of the way. One that is too full for an answer is asked for in parts.
    async fn stretch(
        &self,
        credentials: &Credentials,
        account: &str,
        window: TransactionWindow,
        mut walk: Walk,
    ) -> Result<TransactionPage, ProviderError> {
        let mut notes = Vec::new();
        let mut singly = false;
        let (stretch, rows, hidden) = loop {
            let stretch = walk.stretch(window);
            singly |= walk.is_singly();
            match self.rows(credentials, account, stretch, singly, &mut walk).await {
                Ok((rows, hidden)) => break (stretch, rows, hidden),
                Err(Failure::TooLarge) if walk.halve(stretch) => {}
                // A single day: its types are asked for one by one.
                Err(Failure::TooLarge) if !singly => singly = true,
                // An error far back is not an empty stretch: it ends the history, and is told.
                Err(Failure::Refused | Failure::NotFound) if walk.is_far_back(window) => {
                    notes.push(format!(
                        "The institution refused to list transactions up to {}; they were not read.",
                        stretch.to
                    ));
                    let covered_from = walk.covered_from(window);
                    let (rows, refused, gaps) = (Vec::new(), Vec::new(), Vec::new());
                    return Ok(TransactionPage { rows, refused, next: None, covered_from, gaps, notes });
                }
                Err(failure) => return Err(failure.into()),
            }
        };
        if hidden {
            let day = stretch.to;
            notes.push(format!("There may be more transactions on {day} than the institution shows."));
            walk.stop_covering();
        }
        let mapped = map::transactions(rows);
        let any = hidden || !mapped.rows.is_empty() || !mapped.refused.is_empty();
        let next = walk.go_on(window, stretch, any).then(|| walk.token());
        let covered_from = walk.covered_from(window).filter(|_| next.is_none());
        if let (None, Some(first)) = (&next, walk::limit(window)) {
            notes.push(format!("Transactions before {first} were not asked for."));
        }
        let gaps = lenient::gaps(&mapped.refused);
        let map::Mapped { rows, refused } = mapped;
        Ok(TransactionPage { rows, refused, next, covered_from, gaps, notes })
    }

    /// All rows of a stretch, and whether a single day may have more: in one call, or in one call per type where
    /// a list of types is refused.
    async fn rows(
        &self,
        credentials: &Credentials,
        account: &str,
        stretch: Stretch,
        singly: bool,
        walk: &mut Walk,
    ) -> Result<(Vec<Value>, bool), Failure> {
        if !singly {
            match self.ask(credentials, account, stretch, &TYPES.join(",")).await {
                Ok(rows) if rows.len() >= FULL => return Err(Failure::TooLarge),
                Err(Failure::Refused) => {}
                other => return Ok((self.known(credentials, account, other).await?, false)),
            }
        }
        let mut all = Vec::new();
        let mut hidden = false;
        for (place, kind) in TYPES.into_iter().enumerate() {
            let rows = self.ask(credentials, account, stretch, kind).await;
            // The first one tells whether it was the list that was refused.
            let rows = if place == 0 { self.known(credentials, account, rows).await? } else { rows? };
            if !singly {
                walk.go_singly();
            }
            if rows.len() >= FULL && stretch.days() > 1 {
                return Err(Failure::TooLarge);
            }
            hidden |= rows.len() >= FULL;
            all.extend(rows);
        }
        Ok((all, hidden))
    }

    /// A refusal of an account that is not among those of the application is told as such.
    async fn known(
        &self,
        credentials: &Credentials,
        account: &str,
        rows: Result<Vec<Value>, Failure>,
    ) -> Result<Vec<Value>, Failure> {
        if let Err(Failure::Refused | Failure::NotFound) = rows
            && !self.numbers(credentials).await?.iter().any(|known| known.hash == account)
        {
            return Err(ProviderError::Rejected { code: "unknown_account".to_owned() }.into());
        }
        rows
    }

    async fn ask(
        &self,
        credentials: &Credentials,
        account: &str,
        stretch: Stretch,
        types: &str,
    ) -> Result<Vec<Value>, Failure> {
        let mut url: Url = self.trader(&["accounts", account, "transactions"])?;
        let end = wire::midnight_in_new_york(stretch.to.plus_days(1)).plus(TimeDelta::milliseconds(-1));
        url.query_pairs_mut()
            .append_pair("startDate", &written(wire::midnight_in_new_york(stretch.from)))
            .append_pair("endDate", &written(end))
            .append_pair("types", types);
        match self.read(credentials, &url, "transactions").await? {
            Value::Array(rows) => Ok(rows),
            // One row may come without its list.
            row if row.get("activityId").is_some() => Ok(vec![row]),
            _ => Err(ProviderError::Malformed { at: "transactions" }.into()),
        }
    }
}

/// Writes an instant in the one form that the endpoint takes: `2024-03-28T21:10:42.000Z`.
fn written(at: Timestamp) -> String {
    at.as_chrono().to_rfc3339_opts(SecondsFormat::Millis, true)
}
