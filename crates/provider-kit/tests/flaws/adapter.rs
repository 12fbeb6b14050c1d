//! An adapter with one flaw, or none.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, AuthorizationGrant, AuthorizationRequest, Credentials, Feature, Feeds, KeptRow,
        Linking, OAuthLink, PageRequest, Provider, ProviderDescriptor, ProviderError, ProviderType,
        PulledAccount, PulledAccounts, PulledTransaction, RefusedRow, Revocation, SecretField, SecretLink,
        TransactionPage, TransactionsFeed,
    },
    ledger::{AccountKind, TransactionStatus},
    money::Currency,
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::{
    Client,
    lenient::{day, decimal, gaps, kept, required_decimal, required_text, text},
};
use serde_json::{Value, json};
use url::Url;

/// What an adapter may do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    OffersWhatItHasNot,
    AsksAgainAndAgain,
    LosesRows,
    TurnsSigns,
    TakesAllForDollars,
    TakesDaysOfUtc,
    TakesPendingForBooked,
    MakesIdsAnew,
    ReadsDifferently,
    FailsForOneRow,
    DropsUnreadableRows,
    TellsValues,
    IgnoresTheWindow,
    ReadsOnePage,
    StopsAtEmptyPages,
    ReadsForEver,
    DeclaresOneAnswer,
    TakesRefusalForOutage,
    ForgetsTheWait,
    Hammers,
    TakesOutageForNothing,
    TakesAnythingForNothing,
    RepeatsWords,
    TellsTheToken,
    BelievesWhatIsPasted,
    SendsSomewhere,
    RefreshesByNothing,
}

pub(crate) struct Ledger {
    descriptor: ProviderDescriptor,
    url: Url,
    http: Client,
    flaw: Flaw,
    ids: AtomicU32,
}

impl Ledger {
    pub(crate) fn new(url: Url, http: Client, flaw: Flaw) -> Self {
        let key = "ledger".parse().unwrap();
        let mut descriptor = ProviderDescriptor::new(key, "Ledger", ProviderType::Banking);
        descriptor.description = "A book of accounts.".to_owned();
        descriptor.features = vec![Feature::Accounts, Feature::Transactions];
        if flaw == Flaw::OffersWhatItHasNot {
            descriptor.features.push(Feature::Holdings);
        }
        Self { descriptor, url, http, flaw, ids: AtomicU32::new(0) }
    }

    async fn get(
        &self,
        credentials: &Credentials,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Value, ProviderError> {
        let mut url = self.url.join(path).unwrap();
        url.query_pairs_mut().extend_pairs(query);
        let mut answer = self.http.get(&url, &credentials.access_token).await;
        for _ in 0..5 {
            if self.flaw == Flaw::Hammers && matches!(answer, Err(ProviderError::RateLimited { .. })) {
                answer = self.http.get(&url, &credentials.access_token).await;
            }
        }
        let answer = match (answer, self.flaw) {
            (Err(ProviderError::RateLimited { .. }), Flaw::ForgetsTheWait) => {
                return Err(ProviderError::RateLimited { retry_after: None });
            }
            (Err(ProviderError::Unavailable), Flaw::TakesOutageForNothing) => return Ok(json!({})),
            (answer, _) => answer?,
        };
        let code = match (answer.status, self.flaw) {
            (200, flaw) => {
                let read = serde_json::from_slice(&answer.body).ok();
                let read = read.or_else(|| (flaw == Flaw::TakesAnythingForNothing).then(|| json!({})));
                return read.ok_or(ProviderError::Malformed { at: "answer" });
            }
            (401, Flaw::TakesRefusalForOutage) => return Err(ProviderError::Unavailable),
            (401, _) => return Err(ProviderError::NeedsReauthorization),
            (_, Flaw::RepeatsWords) => String::from_utf8_lossy(&answer.body).into_owned(),
            (_, Flaw::TellsTheToken) => credentials.access_token.expose().to_owned(),
            (status, _) => format!("http_{status}"),
        };
        Err(ProviderError::Rejected { code })
    }

    fn list(&self, answer: &Value, field: &str) -> Result<Vec<Value>, ProviderError> {
        let careless = [Flaw::TakesOutageForNothing, Flaw::TakesAnythingForNothing].contains(&self.flaw);
        match answer.get(field).and_then(Value::as_array) {
            Some(rows) => Ok(rows.clone()),
            None if careless => Ok(Vec::new()),
            None => Err(ProviderError::Malformed { at: "list" }),
        }
    }

    fn row(&self, row: &Value) -> Result<PulledTransaction, String> {
        let amount = required_decimal(row, "amount").map_err(|reason| match self.flaw {
            Flaw::TellsValues => format!("{reason}: {}", row["amount"]),
            _ => reason,
        })?;
        let amount = if self.flaw == Flaw::TurnsSigns { -amount } else { amount };
        let dated = if self.flaw == Flaw::TakesDaysOfUtc { "at" } else { "day" };
        let day = day(row, dated).ok_or("day is missing")?;
        let mut id = required_text(row, "id")?;
        if self.flaw == Flaw::MakesIdsAnew {
            id = format!("{id}-{}", self.ids.fetch_add(1, Ordering::SeqCst));
        }
        let currency = currency(row)?;
        let words = text(row, "words").unwrap_or_default();
        let mut read = PulledTransaction::new(id, day, amount, currency, words);
        if row["pending"] == true && self.flaw != Flaw::TakesPendingForBooked {
            read.status = TransactionStatus::Pending;
        }
        read.raw = row.clone().into();
        Ok(read)
    }
}

fn currency(row: &Value) -> Result<Currency, String> {
    required_text(row, "currency")?.parse().map_err(|why| format!("currency {why}"))
}

fn account(row: &Value) -> Result<PulledAccount, String> {
    let (id, name) = (required_text(row, "id")?, required_text(row, "name")?);
    let account = PulledAccount::new(id, name, AccountKind::Checking, currency(row)?);
    Ok(PulledAccount { balance: decimal(row, "balance")?, ..account })
}

impl Provider for Ledger {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        match self.flaw {
            Flaw::SendsSomewhere | Flaw::RefreshesByNothing => Linking::OAuth(self),
            _ => Linking::Secret(self),
        }
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds { accounts: Some(self), transactions: Some(self), ..Feeds::default() }
    }
}

#[async_trait]
impl SecretLink for Ledger {
    fn fields(&self) -> &'static [SecretField] {
        &[SecretField { name: "key", label: "Key" }]
    }

    async fn claim(&self, secrets: &[SecretText], _now: Timestamp) -> Result<Credentials, ProviderError> {
        let key = secrets.first().ok_or(ProviderError::NeedsReauthorization)?;
        let credentials = Credentials::bearer(key.clone());
        if self.flaw != Flaw::BelievesWhatIsPasted {
            self.get(&credentials, "accounts", &[]).await?;
        }
        Ok(credentials)
    }
}

#[async_trait]
impl OAuthLink for Ledger {
    /// The bank is asked, and what it says counts for nothing.
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        _now: Timestamp,
    ) -> Result<Url, ProviderError> {
        let _ = self.get(&Credentials::bearer(SecretText::new("none")), "accounts", &[]).await;
        let mut url = self.url.join("page").unwrap();
        url.query_pairs_mut().append_pair("state", request.state.expose());
        Ok(url)
    }

    async fn exchange(
        &self,
        _grant: &AuthorizationGrant,
        _now: Timestamp,
    ) -> Result<Credentials, ProviderError> {
        Err(ProviderError::NeedsReauthorization)
    }

    async fn refresh(&self, current: &Credentials, _now: Timestamp) -> Result<Credentials, ProviderError> {
        self.get(current, "accounts", &[]).await?;
        Ok(current.clone())
    }

    async fn revoke(&self, _current: &Credentials) -> Result<Revocation, ProviderError> {
        Ok(Revocation::Unsupported)
    }
}

#[async_trait]
impl AccountsFeed for Ledger {
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        let answer = self.get(credentials, "accounts", &[]).await?;
        if self.flaw == Flaw::AsksAgainAndAgain {
            for _ in 0..5 {
                self.get(credentials, "accounts", &[]).await?;
            }
        }
        let read: Result<Vec<PulledAccount>, String> =
            self.list(&answer, "accounts")?.iter().map(account).collect();
        let mut read = read.map_err(|_| ProviderError::Malformed { at: "accounts" })?;
        if self.flaw == Flaw::TakesAllForDollars {
            read.iter_mut().for_each(|account| account.currency = Currency::USD);
        }
        Ok(read.into())
    }
}

#[async_trait]
impl TransactionsFeed for Ledger {
    fn history_days(&self) -> i64 {
        730
    }

    async fn transactions(
        &self,
        credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        let (from, to) = (asked.window.from.to_string(), asked.window.to.to_string());
        let from = if self.flaw == Flaw::IgnoresTheWindow { "2000-01-01" } else { from.as_str() };
        let mut query = vec![("account", asked.account.as_str()), ("from", from), ("to", to.as_str())];
        query.extend(asked.page.as_deref().map(|page| ("cursor", page)));
        let answer = self.get(credentials, "rows", &query).await?;
        let mut page = TransactionPage::from(Vec::new());
        let list = self.list(&answer, "rows")?;
        for row in list.iter().skip(usize::from(self.flaw == Flaw::LosesRows)) {
            match (self.row(row), self.flaw) {
                (Ok(row), _) => page.rows.push(row),
                (Err(_), Flaw::FailsForOneRow) => return Err(ProviderError::Malformed { at: "row" }),
                (Err(_), Flaw::DropsUnreadableRows) => {}
                (Err(reason), _) => {
                    page.refused.push(RefusedRow { external_id: text(row, "id"), day: None, reason });
                }
            }
        }
        page.gaps = gaps(&page.refused);
        page.next = text(&answer, "next");
        match self.flaw {
            Flaw::ReadsOnePage => page.next = None,
            Flaw::StopsAtEmptyPages if list.is_empty() => page.next = None,
            Flaw::ReadsForEver => {}
            _ if page.next.is_some() && page.next == asked.page => {
                return Err(ProviderError::Malformed { at: "next" });
            }
            _ => {}
        }
        Ok(page)
    }

    fn read_again(&self, _account: Currency, rows: &[KeptRow]) -> Vec<Result<PulledTransaction, String>> {
        let read = |row: &KeptRow| -> Result<PulledTransaction, String> {
            let mut read = self.row(&kept(row)?)?;
            if self.flaw == Flaw::ReadsDifferently {
                read.description.push('!');
            }
            Ok(read)
        };
        rows.iter().map(read).collect()
    }
}
