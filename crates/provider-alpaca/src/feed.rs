//! Reading the account, its activities and its positions.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, Credentials, HoldingsFeed, KeptRow, PageRequest, ProviderError, PulledAccount,
        PulledAccounts, PulledHolding, PulledHoldings, PulledTransaction, RefusedRow, TransactionPage,
        TransactionsFeed,
    },
    money::Currency,
};
use dashtam_provider_kit::lenient::{called, gaps, kept, kept_json, text};
use serde_json::Value;
use url::Url;

use crate::{AlpacaProvider, activities, keys::Keys, map};

/// Most rows a page can have. There is no mark at the end: a page that is not full is the last.
const PAGE: usize = 100;

const ACCOUNT: &str = "account";
const ACTIVITIES: &str = "activities";
const POSITIONS: &str = "positions";

fn keys(credentials: &Credentials) -> Result<Keys, ProviderError> {
    // What we cannot read we did not store: only a new link mends that.
    Keys::parse(&credentials.access_token).ok_or(ProviderError::NeedsReauthorization)
}

impl AlpacaProvider {
    /// An address of the account these keys are for.
    fn address(&self, keys: &Keys, path: &[&str]) -> Result<Url, ProviderError> {
        let base = if keys.paper() { &self.options.paper_url } else { &self.options.live_url };
        let mut url = base.clone();
        url.path_segments_mut()
            .map_err(|()| ProviderError::Malformed { at: "base address" })?
            .pop_if_empty()
            .push("v2")
            .extend(path);
        Ok(url)
    }

    async fn read(&self, url: &Url, keys: &Keys, at: &'static str) -> Result<Value, ProviderError> {
        let headers = [("apca-api-key-id", &keys.id), ("apca-api-secret-key", &keys.secret)];
        let answer = self.http.get_signed(url, &headers).await?;
        match answer.status {
            200 => serde_json::from_slice(&answer.body).map_err(|_| ProviderError::Malformed { at }),
            // There is no refresh: keys that are refused are dead.
            401 | 403 => Err(ProviderError::NeedsReauthorization),
            429 => Err(ProviderError::RateLimited { retry_after: answer.retry_after }),
            500.. => Err(ProviderError::Unavailable),
            status => Err(ProviderError::Rejected { code: format!("http_{status}") }),
        }
    }

    async fn list(&self, url: &Url, keys: &Keys, at: &'static str) -> Result<Vec<Value>, ProviderError> {
        match self.read(url, keys, at).await? {
            Value::Array(rows) => Ok(rows),
            _ => Err(ProviderError::Malformed { at }),
        }
    }

    /// The account as Alpaca shows it.
    pub(crate) async fn account(&self, keys: &Keys) -> Result<Value, ProviderError> {
        self.read(&self.address(keys, &["account"])?, keys, ACCOUNT).await
    }

    async fn currency(&self, keys: &Keys) -> Result<Currency, ProviderError> {
        map::currency(&self.account(keys).await?).map_err(|_| ProviderError::Malformed { at: ACCOUNT })
    }
}

/// Where a page begins: the page token of this adapter. The rows do not tell their currency, so it is carried
/// along instead of being asked for again.
struct Place {
    currency: Currency,
    last: String,
}

impl Place {
    fn parse(token: &str) -> Option<Self> {
        let (currency, last) = token.split_once('|').filter(|(_, last)| !last.is_empty())?;
        Some(Self { currency: currency.parse().ok()?, last: last.to_owned() })
    }

    fn token(&self) -> String {
        format!("{}|{}", self.currency, self.last)
    }
}

#[async_trait]
impl AccountsFeed for AlpacaProvider {
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let keys = keys(credentials)?;
        let account = self.account(&keys).await?;
        let account = map::account(&account, keys.paper());
        Ok(vec![account.map_err(|_| ProviderError::Malformed { at: ACCOUNT })?].into())
    }

    fn read_account(&self, raw: &str) -> Result<PulledAccount, String> {
        map::kept_account(&kept_json(raw)?)
    }
}

#[async_trait]
impl TransactionsFeed for AlpacaProvider {
    fn history_days(&self) -> i64 {
        // As far back as there is an account.
        3_650
    }

    async fn transactions(
        &self,
        credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        let (keys, window) = (keys(credentials)?, asked.window);
        let place = match &asked.page {
            Some(token) => Some(Place::parse(token).ok_or(ProviderError::Malformed { at: "page token" })?),
            None => None,
        };
        let currency = match &place {
            Some(place) => place.currency,
            None => self.currency(&keys).await?,
        };
        let mut url = self.address(&keys, &["account", "activities"])?;
        // Both ends are left out by Alpaca, and its days are New York's: a day more on either side costs nothing.
        url.query_pairs_mut()
            .append_pair("direction", "asc")
            .append_pair("page_size", &PAGE.to_string())
            .append_pair("after", &format!("{}T00:00:00Z", window.from.plus_days(-1)))
            .append_pair("until", &format!("{}T00:00:00Z", window.to.plus_days(2)))
            .extend_pairs(place.as_ref().map(|place| ("page_token", &place.last)));
        let list = self.list(&url, &keys, ACTIVITIES).await?;
        let next = match list.len() {
            ..PAGE => None,
            _ => {
                let last = list.iter().rev().find_map(|row| map::id(row, "id").ok());
                // A page that does not lead on would be read for ever.
                let moved = last.filter(|last| place.as_ref().is_none_or(|place| place.last != *last));
                let last = moved.ok_or(ProviderError::Malformed { at: ACTIVITIES })?;
                Some(Place { currency, last }.token())
            }
        };
        let (mut rows, mut refused) = (Vec::with_capacity(list.len()), Vec::new());
        for row in &list {
            match activities::activity(row, currency) {
                Ok(row) => rows.push(row),
                Err(reason) => {
                    let day = activities::day(row);
                    refused.push(RefusedRow { external_id: text(row, "id"), day, reason });
                }
            }
        }
        let gaps = gaps(&refused);
        let mut notes = Vec::new();
        if next.is_none() && window.to.days_since(window.from) > self.history_days() {
            notes.push(format!("Transactions before {} were not asked for.", window.from));
        }
        Ok(TransactionPage { rows, refused, next, covered_from: None, gaps, notes })
    }

    fn read_again(&self, account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        rows.iter().map(|row| kept(row).and_then(|row| activities::activity(&row, account))).collect()
    }
}

#[async_trait]
impl HoldingsFeed for AlpacaProvider {
    async fn holdings(
        &self,
        credentials: &Credentials,
        _account: &str,
    ) -> Result<PulledHoldings, ProviderError> {
        let keys = keys(credentials)?;
        let list = self.list(&self.address(&keys, &["positions"])?, &keys, POSITIONS).await?;
        // Only figures without a block in dollars need the currency of the account.
        let in_dollars = list.iter().all(|row| row.get("usd").is_some_and(Value::is_object));
        let currency = if in_dollars { Currency::USD } else { self.currency(&keys).await? };
        let mut holdings: Vec<PulledHolding> = Vec::with_capacity(list.len());
        let mut gaps = Vec::new();
        for row in &list {
            let read = map::holding(row, currency).and_then(|holding| {
                let twice = holdings.iter().any(|known| known.external_id == holding.external_id);
                if twice { Err("asset_id stands for two positions".to_owned()) } else { Ok(holding) }
            });
            match read {
                Ok(holding) => holdings.push(holding),
                Err(reason) => {
                    tracing::warn!(reason, "a position was refused");
                    let which = called(row, &["symbol", "asset_id"]);
                    gaps.push(format!("The position {which} could not be read: {reason}."));
                }
            }
        }
        Ok(PulledHoldings::Told { holdings, gaps })
    }

    fn read_holding(&self, account: Currency, raw: &str) -> Result<PulledHolding, String> {
        map::holding(&kept_json(raw)?, account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_token() {
        let place = Place { currency: Currency::USD, last: "20190801::a|b".to_owned() };
        let read = Place::parse(&place.token()).unwrap();
        assert_eq!((read.currency, read.last), (place.currency, place.last));
        for token in ["", "USD", "USD|", "dollar|x", "|x"] {
            assert!(Place::parse(token).is_none(), "{token}");
        }
    }
}
