//! An institution that is linked at pages of its own and keeps a list of changes, and says what the test wrote down.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        AccountsFeed, Changes, ChangesFeed, Credentials, Feature, Feeds, GrantId, GrantedAccount, Hint,
        HintError, HintMessage, HintsFeed, HostedGrant, HostedLink, HostedOutcome, HostedRequest,
        HostedSession, Linking, Provider, ProviderDescriptor, ProviderError, ProviderType, PulledAccount,
        PulledAccounts, Revocation,
    },
    secret::SecretText,
    time::Timestamp,
};

use super::{OpenUnits, Recorder};

/// What the institution was asked, with secrets in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostedCall {
    /// To open its pages.
    Begin {
        /// The state that may come back.
        state: String,
        /// The access token of a connection that was linked before.
        current: Option<String>,
    },
    /// How a session ended.
    Outcome {
        /// Its key.
        key: String,
    },
    /// To exchange a grant.
    Exchange {
        /// The grant.
        grant: String,
        /// The access token of a connection that was linked before.
        current: Option<String>,
    },
    /// To forget the grant.
    Revoke {
        /// The access token.
        access_token: String,
    },
    /// What changed since a place.
    Changes {
        /// The place.
        cursor: Option<String>,
    },
}

#[derive(Debug, Default)]
struct Script {
    outcomes: VecDeque<Result<HostedOutcome, ProviderError>>,
    exchanges: VecDeque<Result<Credentials, ProviderError>>,
    accounts: Vec<PulledAccount>,
    changes: VecDeque<Result<Changes, ProviderError>>,
    meanwhile: VecDeque<Meanwhile>,
    while_exchanging: Option<Meanwhile>,
    history_days: Option<i64>,
    granted: Vec<GrantedAccount>,
}

/// Something that happens while the institution is asked.
struct Meanwhile(Pin<Box<dyn Future<Output = ()> + Send>>);

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meanwhile")
    }
}

/// [`Provider`] that gives the answers a test wrote down, each once and in order; being asked for more fails the test, and so
/// does being asked while a unit of work is open.
#[derive(Debug)]
pub struct HostedBank {
    descriptor: ProviderDescriptor,
    open: OpenUnits,
    calls: Recorder<HostedCall>,
    script: Mutex<Script>,
}

impl HostedBank {
    /// A provider that is not called while one of these units is open.
    pub fn new(key: &str, open: &OpenUnits) -> Self {
        let key = key.parse().expect("it is a key");
        let mut descriptor = ProviderDescriptor::new(key, "Hosted Bank", ProviderType::Aggregator);
        descriptor.features = vec![Feature::HostedLink, Feature::Accounts, Feature::Transactions];
        Self { descriptor, open: open.clone(), calls: Recorder::new(), script: Mutex::default() }
    }

    /// What it was asked, in order.
    pub fn calls(&self) -> Vec<HostedCall> {
        self.calls.all()
    }

    /// Answers the next question how a session ended.
    pub fn will_say(&self, answer: Result<HostedOutcome, ProviderError>) -> &Self {
        self.script().outcomes.push_back(answer);
        self
    }

    /// Answers the next exchange of a grant.
    pub fn will_exchange(&self, answer: Result<Credentials, ProviderError>) -> &Self {
        self.script().exchanges.push_back(answer);
        self
    }

    /// Shows these accounts from now on.
    pub fn shows(&self, accounts: Vec<PulledAccount>) -> &Self {
        self.script().accounts = accounts;
        self
    }

    /// Answers the next question for changes.
    pub fn will_tell(&self, answer: Result<Changes, ProviderError>) -> &Self {
        self.script().changes.push_back(answer);
        self
    }

    /// Shows these accounts before a grant is used, from now on.
    pub fn grants(&self, accounts: Vec<GrantedAccount>) -> &Self {
        self.script().granted = accounts;
        self
    }

    /// Tells everything of so many days, when it is asked for everything.
    pub fn has_history_of(&self, days: i64) -> &Self {
        self.script().history_days = Some(days);
        self
    }

    /// Lets this happen before the next question for changes that nothing else happens during is answered.
    pub fn meanwhile(&self, happens: impl Future<Output = ()> + Send + 'static) -> &Self {
        self.script().meanwhile.push_back(Meanwhile(Box::pin(happens)));
        self
    }

    /// Lets this happen before the next exchange of a grant is answered.
    pub fn while_exchanging(&self, happens: impl Future<Output = ()> + Send + 'static) -> &Self {
        self.script().while_exchanging = Some(Meanwhile(Box::pin(happens)));
        self
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, call: HostedCall) {
        self.open.assert_none("a question to an institution");
        self.calls.push(call);
    }
}

fn token(credentials: &Credentials) -> String {
    credentials.access_token.expose().to_owned()
}

impl Provider for HostedBank {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn linking(&self) -> Linking<'_> {
        Linking::Hosted(self)
    }

    fn feeds(&self) -> Feeds<'_> {
        Feeds { accounts: Some(self), changes: Some(self), ..Feeds::default() }
    }

    fn hints(&self) -> Option<&dyn HintsFeed> {
        Some(self)
    }
}

/// Its messages name a grant, and are proven by a header that says "by the bank".
#[async_trait]
impl HintsFeed for HostedBank {
    async fn read(&self, message: &HintMessage, _now: Timestamp) -> Result<Hint, HintError> {
        self.open.assert_none("a question to an institution");
        match message.header("proof") {
            Some("by the bank") => {}
            Some("later") => return Err(ProviderError::Unavailable.into()),
            _ => return Err(HintError::Unproven),
        }
        let named = std::str::from_utf8(&message.body).ok().and_then(|text| text.parse::<GrantId>().ok());
        Ok(named.map_or(Hint::Nothing, Hint::News))
    }
}

#[async_trait]
impl HostedLink for HostedBank {
    async fn begin(&self, request: &HostedRequest, now: Timestamp) -> Result<HostedSession, ProviderError> {
        let state = request.state.expose().to_owned();
        self.note(HostedCall::Begin { state, current: request.current.as_ref().map(token) });
        Ok(HostedSession {
            url: "https://bank.example/pages/1".parse().expect("it is an address"),
            key: SecretText::new("session-key"),
            expires_at: now.plus(TimeDelta::hours(4)),
        })
    }

    async fn outcome(&self, key: &SecretText) -> Result<HostedOutcome, ProviderError> {
        self.note(HostedCall::Outcome { key: key.expose().to_owned() });
        self.script().outcomes.pop_front().expect("the test expects this question for the outcome")
    }

    async fn shows(&self, _key: &SecretText) -> Result<Vec<GrantedAccount>, ProviderError> {
        self.open.assert_none("a question to an institution");
        Ok(self.script().granted.clone())
    }

    async fn exchange(
        &self,
        grant: &SecretText,
        current: Option<&Credentials>,
        _now: Timestamp,
    ) -> Result<HostedGrant, ProviderError> {
        self.note(HostedCall::Exchange { grant: grant.expose().to_owned(), current: current.map(token) });
        let meanwhile = self.script().while_exchanging.take();
        if let Some(Meanwhile(happens)) = meanwhile {
            happens.await;
        }
        let answer = self.script().exchanges.pop_front().expect("the test expects this exchange");
        answer.map(|credentials| {
            // Named after its token, in this bank.
            let id = format!("grant-of-{}", credentials.access_token.expose()).parse().ok();
            HostedGrant { credentials, id }
        })
    }

    async fn revoke(&self, current: &Credentials) -> Result<Revocation, ProviderError> {
        self.note(HostedCall::Revoke { access_token: token(current) });
        Ok(Revocation::Done)
    }
}

#[async_trait]
impl AccountsFeed for HostedBank {
    async fn accounts(&self, _credentials: &Credentials) -> Result<PulledAccounts, ProviderError> {
        self.open.assert_none("a question to an institution");
        Ok(self.script().accounts.clone().into())
    }
}

#[async_trait]
impl ChangesFeed for HostedBank {
    fn history_days(&self) -> Option<i64> {
        self.script().history_days
    }

    async fn changes(
        &self,
        _credentials: &Credentials,
        cursor: Option<&str>,
    ) -> Result<Changes, ProviderError> {
        self.note(HostedCall::Changes { cursor: cursor.map(str::to_owned) });
        let meanwhile = self.script().meanwhile.pop_front();
        if let Some(Meanwhile(happens)) = meanwhile {
            happens.await;
        }
        self.script().changes.pop_front().expect("the test expects this question for changes")
    }
}
