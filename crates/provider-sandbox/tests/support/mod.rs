//! A running bank, the adapter in front of it, and a customer's browser.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use dashtam_domain::{
    connections::{
        AccountsFeed, AuthorizationGrant, AuthorizationRequest, Credentials, HoldingsFeed, Linking,
        OAuthLink, PageRequest, Provider, ProviderError, PulledTransaction, RefusedRow, TransactionWindow,
        TransactionsFeed,
    },
    secret::SecretText,
    time::{Day, Timestamp},
};
use dashtam_local::{SystemClock, SystemRandomness};
use dashtam_provider_kit::{Client, ClientOptions};
use dashtam_provider_sandbox::{SandboxOptions, SandboxProvider};
use dashtam_sandbox_bank::{AccountKind, Options, RunningBank, SandboxBank, World};
use reqwest::redirect::Policy;
use url::Url;

pub(crate) const SEED: u64 = 2026;
pub(crate) const SECRET: &str = "a:secret & more";
pub(crate) const REDIRECT: &str = "http://127.0.0.1:9/callback?from=bank";
pub(crate) const STATE: &str = "dso_a-state & <more>";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A bank whose clock the test moves, and the adapter in front of it.
pub(crate) struct Town {
    pub(crate) bank: RunningBank,
    pub(crate) provider: Box<dyn Provider>,
    offset: Arc<AtomicI64>,
    state_file: Option<PathBuf>,
}

pub(crate) fn client_options() -> ClientOptions {
    ClientOptions { first_pause: Duration::from_millis(10), ..ClientOptions::default() }
}

impl Town {
    pub(crate) async fn open() -> Self {
        Self::open_with(client_options()).await
    }

    pub(crate) async fn open_with(client: ClientOptions) -> Self {
        Self::open_keeping(None, client).await
    }

    pub(crate) async fn open_keeping(state_file: Option<PathBuf>, client: ClientOptions) -> Self {
        let offset = Arc::new(AtomicI64::new(0));
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let bank = SandboxBank::start(bank_options(anywhere, &offset, state_file.clone())).await.unwrap();
        let provider = Box::new(adapter(&bank.base_url(), SECRET, client));
        Self { bank, provider, offset, state_file }
    }

    /// Ends the bank and opens it again at the same place. The adapter stays as it is.
    pub(crate) async fn opened_again(self) -> Self {
        let addr = self.bank.addr();
        self.bank.stop().await.unwrap();
        let options = bank_options(addr, &self.offset, self.state_file.clone());
        Self { bank: SandboxBank::start(options).await.unwrap(), ..self }
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.offset.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::new(time(&self.offset))
    }

    pub(crate) fn world(&self, customer: &str) -> World {
        World::generate(SEED, customer, self.now().day().0)
    }

    pub(crate) fn account(&self, customer: &str, kind: AccountKind) -> String {
        self.world(customer).account_of(kind).unwrap().id.clone()
    }

    pub(crate) fn link(&self) -> &dyn OAuthLink {
        let Linking::OAuth(link) = self.provider.linking() else { panic!("not linked by OAuth") };
        link
    }

    /// What the customer's browser brings back after they agreed.
    pub(crate) async fn consent(&self, customer: &str) -> AuthorizationGrant {
        let verifier = SecretText::new(VERIFIER);
        let request = AuthorizationRequest { state: SecretText::new(STATE), verifier: verifier.clone() };
        let mut url = self.link().authorization_url(&request, self.now()).await.unwrap();
        let mut form: HashMap<String, String> = url.query_pairs().into_owned().collect();
        for (name, value) in [("customer", customer), ("password", "sandbox"), ("decision", "approve")] {
            form.insert(name.to_owned(), value.to_owned());
        }
        url.set_query(None);
        let browser = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let answer = browser.post(url).form(&form).send().await.unwrap();
        let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        let mut brought: HashMap<String, String> = back.query_pairs().into_owned().collect();
        assert_eq!(brought["state"], STATE);
        AuthorizationGrant { code: SecretText::new(brought.remove("code").unwrap()), verifier }
    }

    pub(crate) async fn linked(&self, customer: &str) -> Credentials {
        let grant = self.consent(customer).await;
        self.link().exchange(&grant, self.now()).await.unwrap()
    }

    pub(crate) async fn refreshed(&self, credentials: &Credentials) -> Result<Credentials, ProviderError> {
        self.link().refresh(credentials, self.now()).await
    }

    pub(crate) fn accounts(&self) -> &dyn AccountsFeed {
        self.provider.feeds().accounts.unwrap()
    }

    pub(crate) fn transactions(&self) -> &dyn TransactionsFeed {
        self.provider.feeds().transactions.unwrap()
    }

    pub(crate) fn holdings(&self) -> &dyn HoldingsFeed {
        self.provider.feeds().holdings.unwrap()
    }

    /// All days the bank has.
    pub(crate) fn window(&self) -> TransactionWindow {
        let today = self.now().day();
        let from = today.plus_days(-self.transactions().history_days());
        TransactionWindow { from, to: today.plus_days(1) }
    }

    /// A complete listing, page by page, and how many pages it took.
    pub(crate) async fn listing(
        &self,
        credentials: &Credentials,
        account: &str,
        window: TransactionWindow,
    ) -> Result<(Vec<PulledTransaction>, Vec<RefusedRow>, usize), ProviderError> {
        let (mut rows, mut refused, mut pages) = (Vec::new(), Vec::new(), 0);
        let mut next: Option<String> = None;
        loop {
            let feed = self.transactions();
            let page =
                feed.transactions(credentials, &PageRequest::new(account, window, next.as_deref())).await?;
            rows.extend(page.rows);
            refused.extend(page.refused);
            pages += 1;
            next = page.next;
            if next.is_none() {
                return Ok((rows, refused, pages));
            }
        }
    }

    /// The rows of a listing none of which is refused.
    pub(crate) async fn rows(&self, credentials: &Credentials, account: &str) -> Vec<PulledTransaction> {
        let (rows, refused, _) = self.listing(credentials, account, self.window()).await.unwrap();
        assert_eq!(refused, []);
        rows
    }
}

/// The adapter for a bank at an address.
pub(crate) fn adapter(base_url: &str, secret: &str, client: ClientOptions) -> SandboxProvider {
    let http = Client::new(client, Arc::new(SystemRandomness), Arc::new(SystemClock));
    let options = SandboxOptions {
        base_url: base_url.parse().unwrap(),
        client_id: "dashtam".to_owned(),
        client_secret: SecretText::new(secret),
        redirect_uri: REDIRECT.parse().unwrap(),
    };
    SandboxProvider::new(options, http).unwrap()
}

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn time(offset: &AtomicI64) -> DateTime<Utc> {
    let noon: DateTime<Utc> = "2026-07-15T12:00:00Z".parse().unwrap();
    noon + TimeDelta::seconds(offset.load(Ordering::Relaxed))
}

fn bank_options(listen: SocketAddr, offset: &Arc<AtomicI64>, state_file: Option<PathBuf>) -> Options {
    let offset = Arc::clone(offset);
    let mut options = Options::new(SEED, Arc::new(move || time(&offset)));
    options.listen = listen;
    options.clients = vec![dashtam_sandbox_bank::Client::new("dashtam", SECRET, [REDIRECT])];
    options.slow_delay = Duration::from_millis(300);
    options.state_file = state_file;
    options
}
