//! A strict stand-in for Schwab: its OAuth endpoints and its Trader API, over HTTP on this machine.
//!
//! It is strict where Schwab is: the redirect address byte for byte, HTTP Basic at the token endpoint, codes that
//! end in `@`, work once and die after 30 seconds, tokens that end, hashes instead of account numbers, full
//! timestamps, no range of more than a year, named types, and no more than 3000 rows. Levers make it fail.

mod api;
mod login;
mod respond;
pub mod samples;
mod state;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use dashtam_domain::sources::Clock;
use serde_json::Value;
use url::Url;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use state::State;

/// Key of the application that is registered.
pub const APP_KEY: &str = "fakeAppKey0123456789ABCDEFGHIJKL";
/// Its secret.
pub const APP_SECRET: &str = "fakeSecret012345";
/// Its redirect address: no slash at the end.
pub const REDIRECT_URI: &str = "https://127.0.0.1:8182";

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The page on which users sign in.
    Authorize,
    /// Tokens for a code.
    Exchange,
    /// Tokens for a refresh token.
    Refresh,
    /// Hashes of account numbers.
    AccountNumbers,
    /// All accounts.
    Accounts,
    /// One account.
    Account,
    /// Transactions of an account.
    Transactions,
    /// Names of accounts.
    UserPreference,
}

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Call {
    /// What was asked for.
    pub endpoint: Endpoint,
    /// The address, on a host of no meaning.
    pub url: Url,
}

impl Call {
    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// An account at the stand-in.
#[derive(Debug, Clone)]
pub struct FakeAccount {
    /// Its number, a secret.
    pub number: String,
    /// What stands for the number in addresses.
    pub hash: String,
    /// The user's name of it.
    pub nickname: Option<String>,
    /// The entry of the accounts list.
    pub entry: Value,
    /// Its transactions, in any order.
    pub transactions: Vec<Value>,
}

/// An answer in place of the right one.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Status.
    pub status: u16,
    /// Body.
    pub body: String,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// How long the answer takes.
    pub delay: Duration,
}

impl Fault {
    /// A fault with this status and body.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), headers: Vec::new(), delay: Duration::ZERO }
    }

    /// The fault with a header more.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What the stand-in does differently from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lever {
    /// A refresh answers with another refresh token.
    RotateRefreshTokens,
    /// A refresh answers without a refresh token.
    OmitRefreshTokens,
    /// An exchange answers without a refresh token, as for an application that acts for itself.
    ActAsApplication,
    /// A list of types is refused.
    RefuseTypeLists,
    /// Preferences come as a list.
    PreferencesAsList,
    /// Accounts and lists of rows are empty, as during maintenance.
    Maintenance,
}

/// The stand-in. It listens until it is dropped.
pub struct FakeSchwab {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for FakeSchwab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeSchwab").field("address", &self.server.address()).finish_non_exhaustive()
    }
}

impl FakeSchwab {
    /// Starts one without accounts. Everything that ends, ends by this clock.
    pub async fn start(clock: Arc<dyn Clock>) -> Self {
        let state = Arc::new(Mutex::new(State::new(clock)));
        let server = MockServer::start().await;
        let shared = Arc::clone(&state);
        let answer =
            move |request: &Request| -> ResponseTemplate { respond::respond(&mut lock(&shared), request) };
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self { server, state }
    }

    /// Starts one with the accounts of [`samples::accounts`].
    pub async fn with_samples(clock: Arc<dyn Clock>) -> Self {
        let fake = Self::start(clock).await;
        for account in samples::accounts() {
            fake.put_account(account);
        }
        fake
    }

    /// Where it listens.
    pub fn base_url(&self) -> Url {
        self.server.uri().parse().expect("the server has an address")
    }

    /// Adds an account, or replaces the one with its number.
    pub fn put_account(&self, account: FakeAccount) {
        let mut state = self.lock();
        state.accounts.retain(|known| known.number != account.number);
        state.accounts.push(account);
    }

    /// Removes every account.
    pub fn remove_accounts(&self) {
        self.lock().accounts.clear();
    }

    /// What the user's browser does: opens the address, signs in, consents. Where it is sent back to, or what the
    /// page says instead.
    pub fn sign_in(&self, address: &Url) -> Result<Url, String> {
        login::sign_in(&mut self.lock(), address)
    }

    /// Moves a lever.
    pub fn pull(&self, lever: Lever, on: bool) {
        let mut state = self.lock();
        if on {
            state.levers.insert(lever);
        } else {
            state.levers.remove(&lever);
        }
    }

    /// Answers the next `times` requests of this sort with the fault.
    pub fn fail(&self, endpoint: Endpoint, times: usize, fault: &Fault) {
        let mut state = self.lock();
        state.faults.entry(endpoint).or_default().extend(std::iter::repeat_n(fault.clone(), times));
    }

    /// Ends every access token, as happens before its time now and then.
    pub fn end_access_tokens(&self) {
        self.lock().access_tokens.clear();
    }

    /// Ends every sign-in, as a new password does.
    pub fn end_sign_ins(&self) {
        let mut state = self.lock();
        state.access_tokens.clear();
        state.grant = None;
    }

    /// How often this was asked for, faults included.
    pub fn count(&self, endpoint: Endpoint) -> usize {
        self.lock().calls.iter().filter(|call| call.endpoint == endpoint).count()
    }

    /// What was asked for, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// Forgets what was asked for.
    pub fn forget_calls(&self) {
        self.lock().calls.clear();
    }

    /// Everything that must not be seen in a log: the application's secret, every code and token handed out, and
    /// the numbers of the accounts.
    pub fn secrets(&self) -> Vec<String> {
        let state = self.lock();
        let numbers = state.accounts.iter().map(|account| account.number.clone());
        [APP_SECRET.to_owned()].into_iter().chain(state.handed_out.iter().cloned()).chain(numbers).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
