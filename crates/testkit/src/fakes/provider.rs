//! An institution that says what the test wrote down.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, AuthorizationGrant, AuthorizationRequest, Credentials, Feature, Feeds, HoldingsFeed,
        Linking, OAuthLink, PageRequest, Provider, ProviderDescriptor, ProviderError, ProviderType,
        PulledAccount, PulledAccounts, PulledHolding, PulledHoldings, Revocation, SyncPace, TransactionPage,
        TransactionWindow, TransactionsFeed,
    },
    secret::SecretHash,
    time::Timestamp,
};
use url::Url;

use super::{OpenUnits, Recorder};

/// What the institution was asked, with secrets in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderCall {
    /// To exchange a code.
    Exchange {
        /// The code.
        code: String,
        /// The PKCE verifier.
        verifier: String,
    },
    /// For new credentials.
    Refresh {
        /// The refresh token.
        refresh_token: Option<String>,
    },
    /// To forget the grant.
    Revoke {
        /// The access token.
        access_token: String,
    },
    /// For the accounts.
    Accounts {
        /// The access token.
        access_token: String,
    },
    /// For a page of transactions.
    Page {
        /// The access token.
        access_token: String,
        /// The account it is about.
        account: String,
        /// The days that are asked for.
        window: TransactionWindow,
        /// Which page; the first when `None`.
        page: Option<String>,
    },
    /// For the positions.
    Holdings {
        /// The access token.
        access_token: String,
        /// The account it is about.
        account: String,
    },
}

type Answers<T> = VecDeque<Result<T, ProviderError>>;

#[derive(Debug, Default)]
struct Script {
    exchanges: Answers<Credentials>,
    refreshes: Answers<Credentials>,
    revocations: Answers<Revocation>,
    accounts: Answers<PulledAccounts>,
    pages: HashMap<String, Answers<TransactionPage>>,
    holdings: HashMap<String, Answers<PulledHoldings>>,
    thinks: bool,
}

/// [`Provider`] that gives the answers a test wrote down, each once and in order; being asked for more fails the
/// test, and so does being asked while a unit of work is open. Accounts without a script have no positions.
#[derive(Debug)]
pub struct ScriptedProvider {
    descriptor: ProviderDescriptor,
    open: OpenUnits,
    calls: Recorder<ProviderCall>,
    script: Mutex<Script>,
    pace: SyncPace,
}

impl ScriptedProvider {
    /// Days of history it says to have.
    pub const HISTORY_DAYS: i64 = 90;

    /// A provider that is not called while one of these units is open.
    pub fn new(key: &str, open: &OpenUnits) -> Self {
        Self {
            descriptor: ProviderDescriptor {
                key: key.parse().expect("it is a key"),
                name: format!("Bank {key}"),
                provider_type: ProviderType::Banking,
                description: "Says what a test wrote down.".to_owned(),
                icon_url: None,
                features: vec![Feature::Oauth2, Feature::Accounts, Feature::Transactions, Feature::Holdings],
                missing_configuration: None,
            },
            open: open.clone(),
            calls: Recorder::new(),
            script: Mutex::default(),
            pace: SyncPace::DEFAULT,
        }
    }

    /// The same provider, not set up.
    #[must_use]
    pub fn not_configured(mut self, missing: &str) -> Self {
        self.descriptor.missing_configuration = Some(missing.to_owned());
        self
    }

    /// The same provider, which can do less.
    #[must_use]
    pub fn without(mut self, feature: Feature) -> Self {
        self.descriptor.features.retain(|has| *has != feature);
        self
    }

    /// The same provider, which takes synchronisations like this.
    #[must_use]
    pub fn paced(mut self, pace: SyncPace) -> Self {
        self.pace = pace;
        self
    }

    /// What it was asked, in order.
    pub fn calls(&self) -> Vec<ProviderCall> {
        self.calls.all()
    }

    /// Answers the next exchange of a code.
    pub fn will_exchange(&self, answer: Result<Credentials, ProviderError>) -> &Self {
        self.script().exchanges.push_back(answer);
        self
    }

    /// Answers the next refresh.
    pub fn will_refresh(&self, answer: Result<Credentials, ProviderError>) -> &Self {
        self.script().refreshes.push_back(answer);
        self
    }

    /// Answers the next revocation.
    pub fn will_revoke(&self, answer: Result<Revocation, ProviderError>) -> &Self {
        self.script().revocations.push_back(answer);
        self
    }

    /// Answers the next question for the accounts.
    pub fn will_show_accounts(&self, answer: Result<Vec<PulledAccount>, ProviderError>) -> &Self {
        self.script().accounts.push_back(answer.map(Into::into));
        self
    }

    /// Answers the next question for the accounts, of which it says it left some out.
    pub fn will_show_some_accounts(&self, accounts: Vec<PulledAccount>, gap: &str) -> &Self {
        let gaps = vec![gap.to_owned()];
        self.script().accounts.push_back(Ok(PulledAccounts { accounts, gaps }));
        self
    }

    /// Lets other work go on before the next answer about accounts.
    pub fn will_think(&self) -> &Self {
        self.script().thinks = true;
        self
    }

    /// Answers the next question for transactions of this account.
    pub fn will_show_page(&self, account: &str, answer: Result<TransactionPage, ProviderError>) -> &Self {
        self.script().pages.entry(account.to_owned()).or_default().push_back(answer);
        self
    }

    /// Answers the next question for positions of this account.
    pub fn will_show_holdings(
        &self,
        account: &str,
        answer: Result<Vec<PulledHolding>, ProviderError>,
    ) -> &Self {
        let answer = answer.map(Into::into);
        self.script().holdings.entry(account.to_owned()).or_default().push_back(answer);
        self
    }

    /// Answers the next question for positions of this account with what it tells of them.
    pub fn will_tell_holdings(&self, account: &str, told: PulledHoldings) -> &Self {
        self.script().holdings.entry(account.to_owned()).or_default().push_back(Ok(told));
        self
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, call: ProviderCall) {
        self.open.assert_none("a question to an institution");
        self.calls.push(call);
    }

    fn offers(&self, feature: Feature) -> Option<&Self> {
        self.descriptor.features.contains(&feature).then_some(self)
    }
}

fn token(credentials: &Credentials) -> String {
    credentials.access_token.expose().to_owned()
}

impl Provider for ScriptedProvider {
    fn pace(&self) -> SyncPace {
        self.pace
    }

    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        Linking::OAuth(self)
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds {
            accounts: self.offers(Feature::Accounts).map(|feed| feed as &dyn AccountsFeed),
            transactions: self.offers(Feature::Transactions).map(|feed| feed as &dyn TransactionsFeed),
            holdings: self.offers(Feature::Holdings).map(|feed| feed as &dyn HoldingsFeed),
            changes: None,
        }
    }
}

#[async_trait]
impl OAuthLink for ScriptedProvider {
    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        _now: Timestamp,
    ) -> Result<Url, ProviderError> {
        let mut url: Url = "https://bank.example/authorize".parse().expect("it is an address");
        let challenge = SecretHash::of(request.verifier.expose()).to_hex();
        url.query_pairs_mut()
            .append_pair("state", request.state.expose())
            .append_pair("code_challenge", &challenge);
        Ok(url)
    }

    async fn exchange(
        &self,
        grant: &AuthorizationGrant,
        _now: Timestamp,
    ) -> Result<Credentials, ProviderError> {
        let (code, verifier) = (grant.code.expose().to_owned(), grant.verifier.expose().to_owned());
        self.note(ProviderCall::Exchange { code, verifier });
        self.script().exchanges.pop_front().expect("the test expects this exchange")
    }

    async fn refresh(&self, current: &Credentials, _now: Timestamp) -> Result<Credentials, ProviderError> {
        let refresh_token = current.refresh_token.as_ref().map(|token| token.expose().to_owned());
        self.note(ProviderCall::Refresh { refresh_token });
        self.script().refreshes.pop_front().expect("the test expects this refresh")
    }

    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError> {
        self.note(ProviderCall::Revoke { access_token: token(current) });
        self.script().revocations.pop_front().expect("the test expects this revocation")
    }
}

#[async_trait]
impl AccountsFeed for ScriptedProvider {
    async fn accounts(&self, credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        self.note(ProviderCall::Accounts { access_token: token(credentials) });
        let thinks = std::mem::take(&mut self.script().thinks);
        if thinks {
            tokio::task::yield_now().await;
        }
        self.script().accounts.pop_front().expect("the test expects this question for the accounts")
    }
}

#[async_trait]
impl TransactionsFeed for ScriptedProvider {
    fn history_days(&self) -> i64 {
        Self::HISTORY_DAYS
    }

    async fn transactions(
        &self,
        credentials: &Credentials,
        asked: &PageRequest,
    ) -> Result<TransactionPage, ProviderError> {
        self.note(ProviderCall::Page {
            access_token: token(credentials),
            account: asked.account.clone(),
            window: asked.window,
            page: asked.page.clone(),
        });
        let mut script = self.script();
        let answers = script.pages.get_mut(&asked.account).and_then(VecDeque::pop_front);
        answers.expect("the test expects this question for transactions")
    }
}

#[async_trait]
impl HoldingsFeed for ScriptedProvider {
    async fn holdings(
        &self,
        credentials: &Credentials,
        account: &str,
    ) -> Result<PulledHoldings, ProviderError> {
        self.note(ProviderCall::Holdings { access_token: token(credentials), account: account.to_owned() });
        let answer = self.script().holdings.get_mut(account).and_then(VecDeque::pop_front);
        answer.unwrap_or_else(|| Ok(Vec::new().into()))
    }
}
