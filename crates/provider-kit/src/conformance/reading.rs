//! Asking an adapter for everything, as a synchronisation does.

use std::{fmt, sync::Arc, time::Duration};

use dashtam_domain::{
    connections::{
        Changes, Credentials, PageRequest, Provider, ProviderError, PulledAccounts, PulledHoldings,
        PulledTransaction, RefusedRow, TransactionWindow,
    },
    sources::{Clock, Randomness},
    time::Timestamp,
};

use super::{
    Bank, BankUnderTest, MARK, Place,
    model::{now, today},
    server::{Fault, Server},
};
use crate::{Client, ClientOptions};

/// Attempts of the client that an adapter under test is given.
pub(crate) const ATTEMPTS: usize = 2;
/// The most bytes of a body that it reads.
pub(crate) const MOST_BODY: usize = 256 * 1024;
/// No listing of a bank under test has more pages.
const MOST_PAGES: usize = 200;
/// How long an answer may take where nothing is said about it: long enough for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);
/// What has not ended by then does not end.
const FOR_EVER: Duration = Duration::from_secs(120);

struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

struct NoChance;

impl Randomness for NoChance {
    fn bytes(&self) -> [u8; 32] {
        [0; 32]
    }
}

/// Everything that an adapter told.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) accounts: PulledAccounts,
    /// Each with the id of its account.
    pub(crate) rows: Vec<(String, PulledTransaction)>,
    pub(crate) refused: Vec<RefusedRow>,
    /// Of listings of transactions.
    pub(crate) gaps: Vec<String>,
    pub(crate) holdings: Vec<(String, PulledHoldings)>,
    /// Of the listing that had the most.
    pub(crate) pages: usize,
}

/// A bank that is open, and the adapter that was pointed to it.
pub(crate) struct Town {
    subject: Arc<dyn BankUnderTest>,
    pub(crate) place: Place,
    pub(crate) server: Server,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) credentials: Credentials,
}

impl Town {
    /// Opens a bank in which nothing goes wrong.
    pub(crate) async fn open(subject: &Arc<dyn BankUnderTest>, bank: Bank) -> Self {
        Self::with(subject, bank, None, PATIENCE).await
    }

    /// Opens an ordinary bank in which the request in this place, and all behind it, meet the fault.
    pub(crate) async fn failing(subject: &Arc<dyn BankUnderTest>, from: usize, fault: Fault) -> Self {
        let bank = bank_of(subject, accounts_of(subject));
        Self::with(subject, bank, Some((from, fault)), PATIENCE).await
    }

    /// Opens a bank that says nothing, before an adapter that does not wait long.
    pub(crate) async fn silent(subject: &Arc<dyn BankUnderTest>) -> Self {
        let bank = bank_of(subject, accounts_of(subject));
        Self::with(subject, bank, Some((0, Fault::Silence)), Duration::from_secs(1)).await
    }

    async fn with(
        subject: &Arc<dyn BankUnderTest>,
        bank: Bank,
        fault: Option<(usize, Fault)>,
        patience: Duration,
    ) -> Self {
        let bounds = ClientOptions {
            total_timeout: patience,
            max_body: MOST_BODY,
            attempts: u32::try_from(ATTEMPTS).expect("there are few"),
            first_pause: Duration::from_millis(1),
            longest_wait: Duration::from_millis(50),
            ..ClientOptions::default()
        };
        let clock: Arc<dyn Clock> = Arc::new(StandingClock);
        let http = Client::new(bounds, Arc::new(NoChance), Arc::clone(&clock));
        Self::asked_with(http, clock, subject, bank, fault, patience).await
    }

    /// Another bank for the same adapter, ordinary and with this fault. It is asked with the same client, because to make
    /// one takes longer than to ask everything.
    pub(crate) async fn next(&self, from: usize, fault: Fault) -> Self {
        let Place { http, clock, patience, .. } = self.place.clone();
        let bank = bank_of(&self.subject, accounts_of(&self.subject));
        Self::asked_with(http, clock, &self.subject, bank, Some((from, fault)), patience).await
    }

    async fn asked_with(
        http: Client,
        clock: Arc<dyn Clock>,
        subject: &Arc<dyn BankUnderTest>,
        bank: Bank,
        fault: Option<(usize, Fault)>,
        patience: Duration,
    ) -> Self {
        let server = Server::start(Arc::clone(subject), bank.clone(), fault).await;
        let place = Place { url: server.url.clone(), http, patience, clock };
        let (provider, credentials) = (subject.provider(&place), subject.credentials(&bank, &place));
        Self { subject: Arc::clone(subject), place, server, provider, credentials }
    }

    /// What the adapter tells of these days. Secrets and the bank's words are looked for in all of it.
    pub(crate) async fn read(&self, window: TransactionWindow) -> Result<Reading, ProviderError> {
        let read = tokio::time::timeout(FOR_EVER, self.everything(window)).await;
        let read = read.unwrap_or_else(|_| panic!("the adapter has not ended after {FOR_EVER:?}"));
        match &read {
            Ok(reading) => {
                self.hides_secrets(reading);
                let reasons = reading.refused.iter().map(|refused| &refused.reason);
                for told in reasons.chain(&reading.gaps).chain(&reading.accounts.gaps) {
                    assert!(!told.contains(MARK), "a value of a row is repeated: {told}");
                    self.hides_secrets(told);
                }
            }
            Err(error) => self.hides(error),
        }
        read
    }

    /// An error repeats neither a secret nor a word of the bank.
    pub(crate) fn hides(&self, error: &ProviderError) {
        let told = format!("{error} {error:?}");
        assert!(!told.contains(MARK), "the bank's own words are repeated: {told}");
        self.hides_secrets(error);
        self.hides_secrets(&error.to_string());
    }

    /// What is told holds no secret.
    pub(crate) fn hides_secrets(&self, told: &(impl fmt::Debug + ?Sized)) {
        let told = format!("{told:?}");
        for secret in self.subject.secrets() {
            assert!(!told.contains(&secret), "the secret {secret} is told: {told}");
        }
    }

    async fn everything(&self, window: TransactionWindow) -> Result<Reading, ProviderError> {
        let (feeds, credentials) = (self.provider.feeds(), &self.credentials);
        let mut reading = Reading::default();
        if let Some(feed) = feeds.accounts {
            reading.accounts = feed.accounts(credentials).await?;
        }
        let accounts: Vec<String> =
            reading.accounts.accounts.iter().map(|account| account.external_id.clone()).collect();
        if feeds.changes.is_some() {
            self.changes(&mut reading).await?;
        }
        for account in accounts {
            if feeds.transactions.is_some() {
                self.listing(&account, window, &mut reading).await?;
            }
            if let Some(feed) = feeds.holdings {
                let holdings = feed.holdings(credentials, &account).await?;
                reading.holdings.push((account, holdings));
            }
        }
        Ok(reading)
    }

    async fn listing(
        &self,
        account: &str,
        window: TransactionWindow,
        reading: &mut Reading,
    ) -> Result<(), ProviderError> {
        let Some(feed) = self.provider.feeds().transactions else { return Ok(()) };
        let mut asked: Option<String> = None;
        for pages in 1..=MOST_PAGES {
            let request = PageRequest::new(account, window, asked.as_deref());
            let page = feed.transactions(&self.credentials, &request).await?;
            reading.pages = reading.pages.max(pages);
            reading.rows.extend(page.rows.into_iter().map(|row| (account.to_owned(), row)));
            reading.refused.extend(page.refused);
            reading.gaps.extend(page.gaps);
            let Some(next) = page.next else { return Ok(()) };
            assert_ne!(asked.as_ref(), Some(&next), "a page names itself as the one behind it");
            asked = Some(next);
        }
        panic!("a listing has more than {MOST_PAGES} pages, and the bank has not");
    }

    async fn changes(&self, reading: &mut Reading) -> Result<(), ProviderError> {
        let Some(feed) = self.provider.feeds().changes else { return Ok(()) };
        let mut asked: Option<String> = None;
        for pages in 1..=MOST_PAGES {
            let page = match feed.changes(&self.credentials, asked.as_deref()).await? {
                Changes::Page(page) => page,
                other => panic!("the bank tells all there is, and the adapter says {other:?}"),
            };
            reading.pages = reading.pages.max(pages);
            reading.rows.extend(page.rows.into_iter().map(|changed| (changed.account, changed.row)));
            reading.refused.extend(page.refused.into_iter().map(|refused| refused.row));
            if !page.more {
                return Ok(());
            }
            assert_ne!(asked.as_ref(), Some(&page.cursor), "a page names itself as the one behind it");
            asked = Some(page.cursor);
        }
        panic!("a listing has more than {MOST_PAGES} pages, and the bank has not");
    }
}

/// An ordinary bank with so many accounts, in the currency that the institution has.
pub(crate) fn bank_of(subject: &Arc<dyn BankUnderTest>, accounts: usize) -> Bank {
    let mut bank = Bank::ordinary(accounts);
    if let Some(currency) = subject.declares().only_currency {
        bank.accounts.iter_mut().for_each(|account| account.currency = currency);
    }
    bank
}

/// Accounts of the grants of an ordinary bank.
pub(crate) fn accounts_of(subject: &Arc<dyn BankUnderTest>) -> usize {
    subject.declares().most_accounts.clamp(1, 2)
}

/// The days up to tomorrow, from so many days before today on: what a synchronisation asks for.
pub(crate) fn last(days: i64) -> TransactionWindow {
    TransactionWindow { from: today().plus_days(-days), to: today().plus_days(1) }
}
