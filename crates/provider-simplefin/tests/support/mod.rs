//! A server to ask, a clock to turn, and a place where everything that is logged ends up.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a helper of a test may fail it")]

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        Credentials, Linking, PageRequest, Provider, ProviderError, PulledAccount, PulledHolding,
        PulledHoldings, SecretLink, TransactionPage, TransactionWindow,
    },
    secret::SecretText,
    sources::Clock,
    time::{Day, Timestamp},
};
use dashtam_local::SystemRandomness;
use dashtam_provider_kit::{AllowedAddresses, Client, ClientOptions};
use dashtam_provider_simplefin::{SimplefinOptions, SimplefinProvider};
use tracing_subscriber::fmt::MakeWriter;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

/// Name and password of the access URL in tests; neither may be seen anywhere.
pub(crate) const USER: &str = "user-4f1c";
pub(crate) const PASSWORD: &str = "word-9d2e";

/// A clock that stands still until it is turned.
pub(crate) struct TestClock(pub(crate) Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct Bench {
    pub(crate) server: MockServer,
    pub(crate) provider: SimplefinProvider,
    pub(crate) clock: Arc<TestClock>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(
            SimplefinOptions::default(),
            AllowedAddresses::PublicAndThisMachine,
            ClientOptions::default(),
        )
        .await
    }

    pub(crate) async fn with(
        options: SimplefinOptions,
        reach: AllowedAddresses,
        bounds: ClientOptions,
    ) -> Self {
        let clock = Arc::new(TestClock(Mutex::new(Timestamp::parse("2026-03-03T12:00:00Z").unwrap())));
        let client = Client::new(bounds, Arc::new(SystemRandomness), clock.clone());
        let guarded = client.guarded(reach, &[], Duration::from_secs(5));
        let provider = SimplefinProvider::new(options, guarded, clock.clone()).unwrap();
        Self { server: MockServer::start().await, provider, clock }
    }

    /// Forgets what the server was told to answer, and moves the clock on by a day.
    pub(crate) async fn again(&self) {
        self.server.reset().await;
        let tomorrow = self.clock.now().plus(TimeDelta::days(1));
        *self.clock.0.lock().unwrap() = tomorrow;
    }

    /// The access URL of this server.
    pub(crate) fn access_url(&self) -> String {
        let address = self.server.address();
        format!("http://{USER}:{PASSWORD}@{address}/simplefin")
    }

    pub(crate) fn credentials(&self) -> Credentials {
        credentials(&self.access_url())
    }

    /// A setup token for a path of this server.
    pub(crate) fn setup_token(&self, path: &str) -> SecretText {
        setup_token(&format!("{}{path}", self.server.uri()))
    }

    pub(crate) fn link(&self) -> &dyn SecretLink {
        match self.provider.linking() {
            Linking::Secret(link) => link,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn claim(&self, token: SecretText) -> Result<Credentials, ProviderError> {
        self.link().claim(&[token], self.clock.now()).await
    }

    /// Answers every request for accounts like this.
    pub(crate) async fn answers(&self, answer: ResponseTemplate) {
        Mock::given(method("GET"))
            .and(path("/simplefin/accounts"))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    pub(crate) async fn accounts(&self) -> Result<Vec<PulledAccount>, ProviderError> {
        self.provider.feeds().accounts.unwrap().accounts(&self.credentials()).await.map(|told| told.accounts)
    }

    pub(crate) async fn transactions(
        &self,
        account: &str,
        window: TransactionWindow,
        page: Option<&str>,
    ) -> Result<TransactionPage, ProviderError> {
        let feed = self.provider.feeds().transactions.unwrap();
        feed.transactions(&self.credentials(), &PageRequest::new(account, window, page)).await
    }

    pub(crate) async fn holdings(&self, account: &str) -> Result<Vec<PulledHolding>, ProviderError> {
        self.provider
            .feeds()
            .holdings
            .unwrap()
            .holdings(&self.credentials(), account)
            .await
            .map(PulledHoldings::shown)
    }

    /// The query of every request so far, without the version.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let query = |request: &wiremock::Request| request.url.query().unwrap_or_default().to_owned();
        requests.iter().map(query).map(|query| query.replace("version=2&", "")).collect()
    }
}

pub(crate) fn setup_token(claim_url: &str) -> SecretText {
    SecretText::new(STANDARD.encode(claim_url))
}

pub(crate) fn credentials(access_url: &str) -> Credentials {
    Credentials {
        access_token: SecretText::new(access_url),
        refresh_token: None,
        id_token: None,
        token_type: "Basic".to_owned(),
        scope: None,
        expires_at: None,
        grant_expires_at: None,
    }
}

pub(crate) fn json(body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.into(), "application/json")
}

pub(crate) fn days(from: &str, to: &str) -> TransactionWindow {
    TransactionWindow { from: Day::parse(from).unwrap(), to: Day::parse(to).unwrap() }
}

/// Collects what is logged, at every level.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Collects until the guard is dropped.
    pub(crate) fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(self.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The folder of sample files, which are not part of this repository; `None`, said aloud, when it is not there.
pub(crate) fn samples() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = std::env::var_os("DASHTAM_SAMPLES").map_or_else(beside, PathBuf::from).join("simplefin");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no sample files in {}", folder.display());
    None
}
