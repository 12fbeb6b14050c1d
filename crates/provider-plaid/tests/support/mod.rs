//! The adapter before a strict stand-in for Plaid.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a helper of a test may fail it")]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use dashtam_domain::{
    connections::{
        Changes, ChangesPage, Credentials, HostedLink, HostedOutcome, HostedRequest, HostedSession, Linking,
        Provider, ProviderError, PulledAccounts, PulledHoldings,
    },
    id::ConnectionId,
    secret::SecretText,
    sources::Clock,
    time::Timestamp,
};
use dashtam_local::SystemRandomness;
use dashtam_provider_kit::{Client, ClientOptions};
use dashtam_provider_plaid::{PlaidOptions, PlaidProvider, Product};
use dashtam_testkit::{
    fakes::ManualClock,
    plaid::{CLIENT_ID, FakeBank, FakePlaid, SECRET},
};
use url::Url;

pub(crate) const STATE: &str = "state-of-the-test";

pub(crate) struct Bench {
    pub(crate) plaid: FakePlaid,
    pub(crate) provider: PlaidProvider,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) fn start() -> Timestamp {
    Timestamp::parse("2026-11-30T12:00:00Z").unwrap()
}

pub(crate) fn options(base_url: Url) -> PlaidOptions {
    PlaidOptions {
        base_url,
        client_id: SecretText::new(CLIENT_ID),
        secret: SecretText::new(SECRET),
        products: Product::ALL.to_vec(),
        country_codes: vec!["US".to_owned()],
        language: "en".to_owned(),
        redirect_uri: None,
        webhook_uri: None,
    }
}

pub(crate) fn client(clock: Arc<dyn Clock>) -> Client {
    let bounds = ClientOptions {
        total_timeout: Duration::from_secs(3),
        max_body: 1024 * 1024,
        attempts: 2,
        first_pause: Duration::from_millis(1),
        longest_wait: Duration::from_millis(50),
        ..ClientOptions::default()
    };
    Client::new(bounds, Arc::new(SystemRandomness), clock)
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(|options| options).await
    }

    pub(crate) async fn with(change: impl FnOnce(PlaidOptions) -> PlaidOptions) -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let plaid = FakePlaid::start(clock.clone()).await;
        let options = change(options(plaid.base_url()));
        let provider = PlaidProvider::new(options, client(clock.clone()), clock.clone()).unwrap();
        Self { plaid, provider, clock }
    }

    pub(crate) fn link(&self) -> &dyn HostedLink {
        let Linking::Hosted(link) = self.provider.linking() else { panic!("not linked at pages of its own") };
        link
    }

    pub(crate) async fn begin(&self, current: Option<&Credentials>) -> Result<HostedSession, ProviderError> {
        let request = HostedRequest {
            state: SecretText::new(STATE),
            connection: ConnectionId(uuid_of_the_test()),
            current: current.cloned(),
        };
        self.link().begin(&request, self.clock.now()).await
    }

    /// Exchanges what the session has granted.
    pub(crate) async fn end(
        &self,
        session: &HostedSession,
        current: Option<&Credentials>,
    ) -> Result<Credentials, ProviderError> {
        let HostedOutcome::Granted(grant) = self.link().outcome(&session.key).await? else {
            panic!("nothing was granted")
        };
        Ok(self.link().exchange(&grant, current, self.clock.now()).await?.credentials)
    }

    pub(crate) async fn linked(&self, bank: FakeBank) -> Credentials {
        let session = self.begin(None).await.unwrap();
        self.plaid.finish(&session.url, bank);
        self.end(&session, None).await.unwrap()
    }

    pub(crate) async fn accounts(&self, of: &Credentials) -> Result<PulledAccounts, ProviderError> {
        self.provider.feeds().accounts.unwrap().accounts(of).await
    }

    pub(crate) async fn holdings(
        &self,
        of: &Credentials,
        account: &str,
    ) -> Result<PulledHoldings, ProviderError> {
        self.provider.feeds().holdings.unwrap().holdings(of, account).await
    }

    pub(crate) async fn changes(
        &self,
        of: &Credentials,
        cursor: Option<&str>,
    ) -> Result<Changes, ProviderError> {
        self.provider.feeds().changes.unwrap().changes(of, cursor).await
    }

    /// All pages from here, of a listing that is read to its end.
    pub(crate) async fn listing(&self, of: &Credentials, from: Option<&str>) -> Vec<ChangesPage> {
        let (mut pages, mut cursor): (Vec<ChangesPage>, _) = (Vec::new(), from.map(str::to_owned));
        loop {
            let page = match self.changes(of, cursor.as_deref()).await.unwrap() {
                Changes::Page(page) => page,
                other => panic!("no page: {other:?}"),
            };
            cursor = Some(page.cursor.clone());
            let more = page.more;
            pages.push(page);
            if !more {
                return pages;
            }
        }
    }
}

fn uuid_of_the_test() -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057)
}

/// The folder of sample files, which are not part of this repository; `None`, said aloud, when it is not there.
pub(crate) fn samples() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = std::env::var_os("DASHTAM_SAMPLES").map_or_else(beside, PathBuf::from).join("plaid");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no sample files in {}", folder.display());
    None
}
