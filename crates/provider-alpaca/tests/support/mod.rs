//! Two servers to ask, and a place where everything that is logged ends up.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a helper of a test may fail it")]

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use dashtam_domain::{
    connections::{
        Credentials, Linking, PageRequest, Provider, ProviderError, PulledAccount, PulledHolding,
        PulledHoldings, TransactionPage, TransactionWindow,
    },
    secret::SecretText,
    time::{Day, Timestamp},
};
use dashtam_local::{SystemClock, SystemRandomness};
use dashtam_provider_alpaca::{AlpacaOptions, AlpacaProvider};
use dashtam_provider_kit::{Client, ClientOptions};
use tracing_subscriber::fmt::MakeWriter;
use url::Url;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

/// Keys of tests; neither may be seen anywhere.
pub(crate) const LIVE: &str = "AKLIVE4F1C";
pub(crate) const PAPER: &str = "PKPAPER4F1C";
pub(crate) const SECRET: &str = "secret-9d2e";

pub(crate) const ACCOUNT: &str = r#"{"id": "e6fe16f3", "account_number": "PA3CRCJ7QUIR", "currency": "USD",
    "cash": "-23140.2", "equity": "103820.56", "non_marginable_buying_power": "7386.56"}"#;

pub(crate) struct Bench {
    pub(crate) live: MockServer,
    pub(crate) paper: MockServer,
    pub(crate) provider: AlpacaProvider,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let bounds = ClientOptions {
            attempts: 2,
            first_pause: Duration::from_millis(1),
            longest_wait: Duration::ZERO,
            ..ClientOptions::default()
        };
        let (live, paper) = (MockServer::start().await, MockServer::start().await);
        let http = Client::new(bounds, Arc::new(SystemRandomness), Arc::new(SystemClock));
        let url = |server: &MockServer| Url::parse(&server.uri()).unwrap();
        let options = AlpacaOptions { live_url: url(&live), paper_url: url(&paper) };
        Self { provider: AlpacaProvider::new(options, http).unwrap(), live, paper }
    }

    pub(crate) async fn claim(&self, id: &str, secret: &str) -> Result<Credentials, ProviderError> {
        let Linking::Secret(link) = self.provider.linking() else { panic!("not linked by a secret") };
        let secrets = [SecretText::new(id), SecretText::new(secret)];
        link.claim(&secrets, Timestamp::from_micros(0).unwrap()).await
    }

    /// Answers requests with the live keys for a path like this.
    pub(crate) async fn answers(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(method("GET"))
            .and(path(at))
            .and(header("apca-api-key-id", LIVE))
            .and(header("apca-api-secret-key", SECRET))
            .respond_with(answer)
            .mount(&self.live)
            .await;
    }

    pub(crate) async fn accounts(&self) -> Result<Vec<PulledAccount>, ProviderError> {
        self.provider.feeds().accounts.unwrap().accounts(&credentials(LIVE)).await.map(|told| told.accounts)
    }

    pub(crate) async fn transactions(&self, page: Option<&str>) -> Result<TransactionPage, ProviderError> {
        let window = TransactionWindow {
            from: Day::parse("2019-01-01").unwrap(),
            to: Day::parse("2026-11-23").unwrap(),
        };
        self.provider
            .feeds()
            .transactions
            .unwrap()
            .transactions(&credentials(LIVE), &PageRequest::new("e6fe16f3", window, page))
            .await
    }

    pub(crate) async fn holdings(&self) -> Result<Vec<PulledHolding>, ProviderError> {
        self.provider
            .feeds()
            .holdings
            .unwrap()
            .holdings(&credentials(LIVE), "e6fe16f3")
            .await
            .map(PulledHoldings::shown)
    }

    /// Path and query of every request to the live server so far.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let requests = self.live.received_requests().await.unwrap();
        requests.iter().map(|request| request.url[url::Position::BeforePath..].to_owned()).collect()
    }
}

pub(crate) fn credentials(id: &str) -> Credentials {
    Credentials {
        access_token: SecretText::new(format!(r#"{{"key_id": "{id}", "secret_key": "{SECRET}"}}"#)),
        refresh_token: None,
        id_token: None,
        token_type: "API key".to_owned(),
        scope: None,
        expires_at: None,
        grant_expires_at: None,
    }
}

pub(crate) fn json(body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.into(), "application/json")
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
    let folder = std::env::var_os("DASHTAM_SAMPLES").map_or_else(beside, PathBuf::from).join("alpaca");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no sample files in {}", folder.display());
    None
}
