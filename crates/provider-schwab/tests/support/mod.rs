//! The adapter, linked at a stand-in for Schwab.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        AccountsFeed, AuthorizationGrant, AuthorizationRequest, Credentials, OAuthLink, PageRequest,
        ProviderError, PulledTransaction, RefusedRow, TransactionWindow, TransactionsFeed,
    },
    secret::SecretText,
    sources::Clock,
    time::{Day, Timestamp},
};
use dashtam_provider_kit::{BudgetOptions, Client, ClientOptions};
use dashtam_provider_schwab::{SchwabOptions, SchwabProvider};
use dashtam_testkit::{
    fakes::{CountingRandomness, ManualClock},
    schwab::{APP_KEY, APP_SECRET, FakeSchwab, REDIRECT_URI},
};
use url::Url;

pub(crate) struct Setup {
    pub(crate) fake: FakeSchwab,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) provider: SchwabProvider,
}

pub(crate) fn client_options() -> ClientOptions {
    ClientOptions {
        attempts: 2,
        first_pause: Duration::from_millis(1),
        total_timeout: Duration::from_secs(20),
        ..ClientOptions::default()
    }
}

pub(crate) fn options(base_url: Url) -> SchwabOptions {
    SchwabOptions {
        base_url,
        app_key: APP_KEY.to_owned(),
        app_secret: SecretText::new(APP_SECRET),
        redirect_uri: REDIRECT_URI.to_owned(),
        // Tests are in a hurry; the budget has tests of its own.
        budget: BudgetOptions { per_minute: 60_000, ..SchwabOptions::BUDGET },
    }
}

pub(crate) fn provider(
    options: SchwabOptions,
    client: ClientOptions,
    clock: Arc<dyn Clock>,
) -> SchwabProvider {
    let client = Client::new(client, Arc::new(CountingRandomness::default()), clock.clone());
    SchwabProvider::new(options, client, clock).unwrap()
}

/// An empty stand-in at noon of 2026-11-22, and the adapter for it.
pub(crate) async fn empty() -> Setup {
    let clock = Arc::new(ManualClock::new(Timestamp::parse("2026-11-22T17:00:00Z").unwrap()));
    let fake = FakeSchwab::start(clock.clone()).await;
    let provider = provider(options(fake.base_url()), client_options(), clock.clone());
    Setup { fake, clock, provider }
}

/// The same with the made-up accounts.
pub(crate) async fn setup() -> Setup {
    let setup = empty().await;
    for account in dashtam_testkit::schwab::samples::accounts() {
        setup.fake.put_account(account);
    }
    setup
}

pub(crate) fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        state: SecretText::new("state-of-this-browser"),
        verifier: SecretText::new("verifier-0123456789-0123456789-0123456789-01"),
    }
}

/// What the callback hands over: the code, decoded once.
pub(crate) fn grant(back: &Url) -> AuthorizationGrant {
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    AuthorizationGrant { code: SecretText::new(code), verifier: request().verifier }
}

impl Setup {
    pub(crate) async fn sign_in(&self) -> AuthorizationGrant {
        let address = self.provider.authorization_url(&request(), self.clock.now()).await.unwrap();
        grant(&self.fake.sign_in(&address).unwrap())
    }

    pub(crate) async fn link(&self) -> Credentials {
        let credentials = self.provider.exchange(&self.sign_in().await, self.clock.now()).await.unwrap();
        self.fake.forget_calls();
        credentials
    }

    pub(crate) async fn accounts(&self) -> Result<Vec<String>, ProviderError> {
        let credentials = self.link().await;
        let accounts = AccountsFeed::accounts(&self.provider, &credentials).await?.accounts;
        Ok(accounts.into_iter().map(|account| account.external_id).collect())
    }

    pub(crate) async fn walk(
        &self,
        account: &str,
        window: TransactionWindow,
    ) -> Result<Walked, ProviderError> {
        walk(&self.provider, &self.link().await, account, window).await
    }
}

#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) rows: Vec<PulledTransaction>,
    pub(crate) refused: Vec<RefusedRow>,
    pub(crate) notes: Vec<String>,
    pub(crate) pages: usize,
    pub(crate) covered_from: Option<Day>,
}

/// Every page of a window, as a synchronisation reads them.
pub(crate) async fn walk(
    provider: &SchwabProvider,
    credentials: &Credentials,
    account: &str,
    window: TransactionWindow,
) -> Result<Walked, ProviderError> {
    let mut walked = Walked::default();
    let mut page: Option<String> = None;
    loop {
        let got =
            provider.transactions(credentials, &PageRequest::new(account, window, page.as_deref())).await?;
        walked.pages += 1;
        walked.rows.extend(got.rows);
        walked.refused.extend(got.refused);
        walked.notes.extend(got.notes);
        page = got.next;
        if page.is_none() {
            walked.covered_from = got.covered_from;
            return Ok(walked);
        }
        assert!(got.covered_from.is_none(), "only the last page tells");
    }
}

pub(crate) fn window(from: &str, to: &str) -> TransactionWindow {
    TransactionWindow { from: Day::parse(from).unwrap(), to: Day::parse(to).unwrap() }
}

/// What the first synchronisation asks for.
pub(crate) fn everything(setup: &Setup) -> TransactionWindow {
    let today = setup.clock.now().day();
    TransactionWindow { from: today.plus_days(-setup.provider.history_days()), to: today.plus_days(1) }
}

pub(crate) fn hours(hours: i64) -> TimeDelta {
    TimeDelta::hours(hours)
}
