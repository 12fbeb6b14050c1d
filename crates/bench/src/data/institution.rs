//! An institution inside this process, which shows what it was told to and thinks as long as it was told to.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use async_trait::async_trait;
use dashtam_application::{Dashtam, authorization::LinkWithSecret, connections::CreateConnection, unkept};
use dashtam_domain::{
    call::Call,
    connections::{
        AccountsFeed, Credentials, Feeds, Linking, PageRequest, Provider, ProviderDescriptor, ProviderError,
        ProviderType, PulledAccount, PulledAccounts, PulledTransaction, SecretField, SecretLink,
        SyncFrequency, SyncPace, TransactionPage, TransactionsFeed,
    },
    id::{ConnectionId, SessionId, UserId},
    ledger::{AccountKind, TransactionStatus},
    money::{Currency, Decimal},
    secret::SecretText,
    sources::Sources,
    time::{Day, Timestamp},
};
use serde_json::json;

/// Its key in the catalogue.
const KEY: &str = "bench";
/// Rows of one page.
const PAGE: usize = 1_000;
/// Days over which rows are spread.
const DAYS: usize = 730;
/// Days before today on which rows may still be pending.
const PENDING_DAYS: i64 = 3;
const SECRET: &[SecretField] = &[SecretField { name: "word", label: "Word" }];

/// The institution.
pub(crate) struct Bank {
    descriptor: ProviderDescriptor,
    thinks: Duration,
    at_once: usize,
    shown: RwLock<Arc<Vec<PulledTransaction>>>,
    answers: AtomicUsize,
}

impl Bank {
    /// An institution that thinks so long about every answer, and lets so many synchronisations run at once.
    pub(crate) fn new(thinks: Duration, at_once: usize) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            descriptor: ProviderDescriptor::new(KEY.parse()?, "Bench Bank", ProviderType::Banking),
            thinks,
            at_once,
            shown: RwLock::default(),
            answers: AtomicUsize::new(0),
        }))
    }

    /// What every account shows from now on.
    pub(crate) fn shows(&self, rows: Vec<PulledTransaction>) {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rows);
    }

    /// The number of answers that it gave.
    pub(crate) fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }

    async fn think(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        if !self.thinks.is_zero() {
            tokio::time::sleep(self.thinks).await;
        }
    }
}

impl Provider for Bank {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        Linking::Secret(self)
    }

    fn pace(&self) -> SyncPace {
        let frequency = SyncFrequency { least: 1, most: 10_080 };
        SyncPace { max_parallel: self.at_once, frequency, ..SyncPace::DEFAULT }
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds { accounts: Some(self), transactions: Some(self), ..Feeds::default() }
    }
}

#[async_trait]
impl SecretLink for Bank {
    fn fields(&self) -> &'static [SecretField] {
        SECRET
    }

    async fn claim(&self, secrets: &[SecretText], _now: Timestamp) -> Result<Credentials, ProviderError> {
        let [word] = secrets else { return Err(ProviderError::NeedsReauthorization) };
        Ok(Credentials::bearer(word.clone()))
    }
}

#[async_trait]
impl AccountsFeed for Bank {
    async fn accounts(&self, _credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        self.think().await;
        let account = PulledAccount::new("1", "Household", AccountKind::Checking, Currency::USD);
        Ok(vec![PulledAccount { balance: Some(Decimal::new(123_456, 2)), ..account }].into())
    }
}

#[async_trait]
impl TransactionsFeed for Bank {
    fn history_days(&self) -> i64 {
        DAYS as i64
    }

    async fn transactions(
        &self,
        _credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        self.think().await;
        let rows = self.shown.read().unwrap_or_else(PoisonError::into_inner).clone();
        let from = asked.page.as_ref().and_then(|page| page.parse().ok()).unwrap_or(0);
        let to = rows.len().min(from + PAGE);
        let next = (to < rows.len()).then(|| to.to_string());
        Ok(TransactionPage { next, ..rows[from..to].to_vec().into() })
    }
}

/// What the last rows of a listing are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Newest {
    /// Not yet booked.
    Pending,
    /// Booked, under the ids they were announced by.
    Booked,
    /// Booked, under other ids.
    BookedAnew,
}

/// A listing of so many rows up to this day, of which the last few are of the last days.
pub(crate) fn listing(rows: usize, last: usize, newest: Newest, today: Day) -> Vec<PulledTransaction> {
    let older = rows - last;
    let row = |n: usize| {
        let (place, day) = match n.checked_sub(older) {
            None => {
                (None, today.plus_days(-((older - n) as i64 * DAYS as i64 / rows as i64) - PENDING_DAYS - 1))
            }
            Some(place) => (Some(place), today.plus_days(-(place as i64 % PENDING_DAYS) - 1)),
        };
        let cents = (n as i64 * 7_919) % 50_000 + 1;
        let amount = Decimal::new(-cents, 2);
        let (id, status) = match (place, newest) {
            (Some(_), Newest::Pending) => (format!("announced-{n:08}"), TransactionStatus::Pending),
            (Some(_), Newest::Booked) => (format!("announced-{n:08}"), TransactionStatus::Posted),
            (Some(_), Newest::BookedAnew) => (format!("booked-{n:08}"), TransactionStatus::Posted),
            (None, _) => (format!("row-{n:08}"), TransactionStatus::Posted),
        };
        let shop = format!("Shop {} at the {} Street", letters(n), letters(n / 26));
        let raw =
            json!({"id": id, "amount": amount.to_string(), "description": shop, "posted": day.to_string()});
        PulledTransaction {
            status,
            raw: raw.into(),
            ..PulledTransaction::new(id, day, amount, Currency::USD, shop)
        }
    };
    (0..rows).map(row).collect()
}

/// A word for a number.
fn letters(n: usize) -> String {
    let letter = char::from(b'A' + (n % 26) as u8);
    std::iter::repeat_n(letter, 3).collect()
}

/// Connects a user to the institution.
pub(crate) async fn connect(
    dashtam: &Dashtam,
    sources: &Sources,
    user: UserId,
    name: &str,
) -> Result<ConnectionId> {
    let call = Call::user(user, SessionId(sources.ids.next()), sources.clock.now());
    let wanted = CreateConnection { provider_key: KEY.to_owned(), alias: name.parse()? };
    let connection = dashtam.connections().create(&call, wanted, unkept).await?.connection.id;
    let secrets = [("word".to_owned(), SecretText::new("let-me-in"))].into();
    dashtam.authorization().link_with_secret(&call, LinkWithSecret { connection, secrets }).await?;
    Ok(connection)
}
