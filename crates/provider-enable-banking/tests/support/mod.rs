//! The adapter before a strict stand-in for Enable Banking.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail it")]

pub(crate) mod fake;

use std::{sync::Arc, time::Duration};

use dashtam_domain::{
    connections::{
        AuthorizationGrant, AuthorizationRequest, Credentials, Linking, OAuthLink, PageRequest, Provider,
        ProviderError, PulledAccounts, TransactionPage, TransactionWindow,
    },
    secret::SecretText,
    sources::Clock,
    time::{Day, Timestamp},
};
use dashtam_local::SystemRandomness;
use dashtam_provider_enable_banking::{EnableBanking, EnableBankingOptions, EnableBankingProvider, PsuType};
use dashtam_provider_kit::{Client, ClientOptions};
use dashtam_testkit::fakes::ManualClock;
use fake::{APPLICATION, Fake, FakeAccount, FakeBank, REDIRECT, key_pair};
use serde_json::{Value, json};
use url::Url;

pub(crate) const STATE: &str = "state-of-the-test";
/// The number of the first account.
pub(crate) const IBAN: &str = "FI2112345600000785";
/// What the first account is known by.
pub(crate) const CURRENT: &str = "WwpbCiJhY2NvdW50IjEx:EUR";
pub(crate) const SAVINGS: &str = "WwpbCiJhY2NvdW50IjIy:EUR";

pub(crate) struct Bench {
    pub(crate) fake: Fake,
    pub(crate) provider: EnableBankingProvider,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) fn start() -> Timestamp {
    Timestamp::parse("2026-11-30T12:00:00Z").unwrap()
}

pub(crate) fn options(base_url: Url) -> EnableBankingOptions {
    EnableBankingOptions {
        base_url,
        application_id: APPLICATION.to_owned(),
        private_key: SecretText::new(key_pair().0.as_str()),
        redirect_uri: REDIRECT.to_owned(),
        psu_type: PsuType::Personal,
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

pub(crate) fn provider(
    options: EnableBankingOptions,
    bank: &str,
    clock: Arc<dyn Clock>,
) -> EnableBankingProvider {
    provider_asking(options, bank, client(clock.clone()), clock)
}

/// The same with a client that is there, because to make one takes longer than to ask.
pub(crate) fn provider_asking(
    options: EnableBankingOptions,
    bank: &str,
    http: Client,
    clock: Arc<dyn Clock>,
) -> EnableBankingProvider {
    let application = EnableBanking::new(options, http, clock).unwrap();
    application.provider(bank.parse().unwrap()).unwrap()
}

/// A booked row of that day.
pub(crate) fn booked(reference: Option<&str>, day: &str, amount: &str) -> Value {
    json!({"entry_reference": reference, "transaction_amount": {"currency": "EUR", "amount": amount},
        "creditor": {"name": "Kauppa"}, "creditor_account": {"iban": "FI0455231152453547"},
        "debtor": null, "debtor_account": {"iban": IBAN}, "credit_debit_indicator": "DBIT", "status": "BOOK",
        "booking_date": day, "value_date": day, "transaction_date": day, "remittance_information": ["thanks"],
        "bank_transaction_code": {"description": "Card", "code": "PMNT", "sub_code": "CCRD-POSD"}})
}

/// A pending row of that day.
pub(crate) fn pending(reference: Option<&str>, day: &str, amount: &str) -> Value {
    let mut row = booked(reference, day, amount);
    row["status"] = "PDNG".into();
    row["booking_date"] = Value::Null;
    row
}

fn account(hash: &str, iban: &str, sort: &str, balance: &str) -> FakeAccount {
    FakeAccount {
        details: json!({"identification_hash": hash, "account_id": {"iban": iban}, "name": "A. Aalto",
            "details": sort, "product": "Account", "cash_account_type": sort, "usage": "PRIV", "currency": "EUR"}),
        balances: vec![
            json!({"name": "Booked", "balance_type": "ITBD",
                "balance_amount": {"currency": "EUR", "amount": balance}}),
            json!({"name": "Available", "balance_type": "ITAV",
                "balance_amount": {"currency": "EUR", "amount": "50.00"}}),
        ],
        transactions: Vec::new(),
    }
}

/// A bank with two accounts, of which the first has seven rows.
pub(crate) fn bank() -> FakeBank {
    let mut current = account("WwpbCiJhY2NvdW50IjEx", IBAN, "CACC", "1234.56");
    current.transactions = vec![
        pending(Some("r7"), "2026-11-30", "7.00"),
        booked(Some("r6"), "2026-11-28", "6.00"),
        // Two coffees: nothing tells them apart.
        booked(None, "2026-11-20", "2.50"),
        booked(None, "2026-11-20", "2.50"),
        booked(Some("r3"), "2026-10-02", "3.00"),
        booked(Some("r2"), "2026-06-02", "2.00"),
        booked(Some("r1"), "2025-03-01", "1.00"),
    ];
    let savings = account("WwpbCiJhY2NvdW50IjIy", "FI5542345670000081", "SVGS", "9000");
    FakeBank {
        name: "Nordea".to_owned(),
        country: "FI".to_owned(),
        maximum_consent_validity: 15_552_000,
        accounts: vec![current, savings],
        history_days: 730,
        page: 3,
    }
}

pub(crate) fn window(from: &str, to: &str) -> TransactionWindow {
    TransactionWindow { from: Day::parse(from).unwrap(), to: Day::parse(to).unwrap() }
}

/// The days that are asked for at first.
pub(crate) fn everything() -> TransactionWindow {
    window("2024-11-30", "2026-12-01")
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(bank()).await
    }

    pub(crate) async fn with(bank: FakeBank) -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let fake = Fake::start(clock.clone(), bank).await;
        let provider = provider(options(fake.base_url()), "FI:Nordea", clock.clone());
        Self { fake, provider, clock }
    }

    pub(crate) fn link(&self) -> &dyn OAuthLink {
        let Linking::OAuth(link) = self.provider.linking() else { panic!("not linked by redirect") };
        link
    }

    pub(crate) async fn open(&self) -> Result<Url, ProviderError> {
        self.link().authorization_url(&request(), self.clock.now()).await
    }

    /// What the browser brings back after the user consented.
    pub(crate) async fn consent(&self) -> AuthorizationGrant {
        grant(&self.fake.consent(&self.open().await.unwrap()))
    }

    pub(crate) async fn exchange(&self, grant: &AuthorizationGrant) -> Result<Credentials, ProviderError> {
        self.link().exchange(grant, self.clock.now()).await
    }

    pub(crate) async fn linked(&self) -> Credentials {
        let credentials = self.exchange(&self.consent().await).await.unwrap();
        self.fake.take_calls();
        credentials
    }

    pub(crate) async fn accounts(&self, of: &Credentials) -> Result<PulledAccounts, ProviderError> {
        self.provider.feeds().accounts.unwrap().accounts(of).await
    }

    pub(crate) async fn page(
        &self,
        of: &Credentials,
        days: TransactionWindow,
        page: Option<&str>,
    ) -> Result<TransactionPage, ProviderError> {
        let asked = PageRequest::new(CURRENT, days, page);
        self.provider.feeds().transactions.unwrap().transactions(of, &asked).await
    }

    /// All pages of a listing.
    pub(crate) async fn listing(&self, of: &Credentials, days: TransactionWindow) -> Vec<TransactionPage> {
        let mut pages = vec![self.page(of, days, None).await.unwrap()];
        while let Some(next) = pages[pages.len() - 1].next.clone() {
            pages.push(self.page(of, days, Some(&next)).await.unwrap());
        }
        pages
    }
}

pub(crate) fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        state: SecretText::new(STATE),
        verifier: SecretText::new("verifier-0123456789-0123456789-0123456789-01"),
    }
}

/// What the callback hands over.
pub(crate) fn grant(back: &Url) -> AuthorizationGrant {
    let value = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(value("state"), STATE);
    AuthorizationGrant { code: SecretText::new(value("code")), verifier: request().verifier }
}

/// The ids of all rows, in their order.
pub(crate) fn ids(pages: &[TransactionPage]) -> Vec<String> {
    pages.iter().flat_map(|page| &page.rows).map(|row| row.external_id.clone()).collect()
}
