//! An institution whose books a test writes, and which therefore knows what is true.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, Credentials, Feeds, Linking, PageRequest, Provider, ProviderDescriptor, ProviderError,
        ProviderType, PulledAccount, PulledAccounts, PulledTransaction, SecretField, SecretLink,
        SyncFrequency, SyncPace, TransactionPage, TransactionWindow, TransactionsFeed,
    },
    ledger::{AccountKind, TransactionStatus},
    money::{Currency, Decimal},
    secret::SecretText,
    time::{Day, Timestamp},
};
use serde_json::json;

/// Its key in the catalogue.
pub(super) const KEY: &str = "model";
/// Few rows on a page, so that a listing has several.
const PAGE: usize = 3;
/// What was in the account before the first row.
const OPENING: i64 = 100_000;
const SECRET: &[SecretField] = &[SecretField { name: "word", label: "Word" }];

/// A row of the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Which purchase it is, whatever its id.
    pub(super) real: usize,
    pub(super) id: String,
    pub(super) day: Day,
    pub(super) cents: i64,
    pub(super) text: String,
    pub(super) is_posted: bool,
    /// The pending row that it says it takes the place of.
    pub(super) replaces: Option<String>,
}

impl Entry {
    fn pulled(&self) -> PulledTransaction {
        let amount = Decimal::new(self.cents, 2);
        let status = if self.is_posted { TransactionStatus::Posted } else { TransactionStatus::Pending };
        PulledTransaction {
            status,
            replaces: self.replaces.clone(),
            raw: json!({"id": self.id, "cents": self.cents}).into(),
            ..PulledTransaction::new(self.id.clone(), self.day, amount, Currency::USD, self.text.clone())
        }
    }
}

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) entries: Vec<Entry>,
    /// Ids of rows that are listed twice.
    pub(super) repeated: Vec<String>,
    /// Which purchase every id there ever was stands for.
    pub(super) issued: HashMap<String, usize>,
    made: usize,
}

impl Books {
    /// A number that no row has yet.
    pub(super) fn next(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    /// Remembers the ids that are there.
    pub(super) fn note_ids(&mut self) {
        let issued = self.entries.iter().map(|entry| (entry.id.clone(), entry.real));
        self.issued.extend(issued);
    }

    /// What is in the account.
    pub(super) fn balance(&self) -> Decimal {
        let posted = self.entries.iter().filter(|entry| entry.is_posted).map(|entry| entry.cents);
        Decimal::new(OPENING + posted.sum::<i64>(), 2)
    }

    fn listing(&self, window: TransactionWindow) -> Vec<PulledTransaction> {
        let shown = self.entries.iter().filter(|entry| (window.from..=window.to).contains(&entry.day));
        let again = shown.clone().filter(|entry| self.repeated.contains(&entry.id));
        shown.chain(again).map(Entry::pulled).collect()
    }
}

/// The institution.
pub(super) struct Bank {
    descriptor: ProviderDescriptor,
    books: Mutex<Books>,
    /// Answers that are left before it is down; with none left it answers for ever.
    answers_left: AtomicUsize,
}

const FOR_EVER: usize = usize::MAX;

impl Bank {
    pub(super) fn new() -> Self {
        let key = KEY.parse().unwrap();
        Self {
            descriptor: ProviderDescriptor::new(key, "Model Bank", ProviderType::Banking),
            books: Mutex::default(),
            answers_left: AtomicUsize::new(FOR_EVER),
        }
    }

    /// Its books, to read and to write.
    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes down after so many answers; `None` brings it back.
    pub(super) fn fails_after(&self, answers: Option<usize>) {
        self.answers_left.store(answers.unwrap_or(FOR_EVER), Ordering::SeqCst);
    }

    fn answers(&self) -> Result<(), ProviderError> {
        let less = |left: usize| if left == FOR_EVER { Some(left) } else { left.checked_sub(1) };
        let left = self.answers_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        left.map(drop).map_err(|_| ProviderError::Unavailable)
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
        SyncPace { frequency: SyncFrequency { least: 1, most: 10_080 }, ..SyncPace::DEFAULT }
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
        Ok(Credentials::bearer(secrets[0].clone()))
    }
}

#[async_trait]
impl AccountsFeed for Bank {
    async fn accounts(&self, _credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        self.answers()?;
        let account = PulledAccount::new("1", "Checking", AccountKind::Checking, Currency::USD);
        Ok(vec![PulledAccount { balance: Some(self.books().balance()), ..account }].into())
    }
}

#[async_trait]
impl TransactionsFeed for Bank {
    fn history_days(&self) -> i64 {
        30
    }

    async fn transactions(
        &self,
        _credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        self.answers()?;
        let rows = self.books().listing(asked.window);
        let from: usize = asked.page.as_ref().map_or(0, |page| page.parse().unwrap());
        let to = rows.len().min(from + PAGE);
        let next = (to < rows.len()).then(|| to.to_string());
        Ok(TransactionPage { next, ..rows[from..to].to_vec().into() })
    }
}
