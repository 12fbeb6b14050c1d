//! A strict stand-in for Enable Banking with one bank behind it, over HTTP on this machine.
//!
//! It is strict where Enable Banking is: tokens of the application with the right names and times, no fields or parameters that
//! it does not know, addresses to come back to that are registered, consents no longer than the bank gives, codes that work
//! once, names of accounts that are good in one session, keys of pages that belong to one listing, and four questions a day
//! about each account.

mod answers;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use dashtam_domain::{
    sources::Clock,
    time::{Day, Timestamp},
};
use josekit::jwk::{KeyPair, alg::rsa::RsaKeyPair};
use serde_json::Value;
use url::Url;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

/// The id of the application that is registered.
pub(crate) const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
/// The address that is registered for it.
pub(crate) const REDIRECT: &str = "https://127.0.0.1:8182";

/// The application's key pair: private and public half in PEM.
pub(crate) fn key_pair() -> &'static (String, String) {
    static PAIR: OnceLock<(String, String)> = OnceLock::new();
    PAIR.get_or_init(new_pair)
}

/// Another key pair.
pub(crate) fn new_pair() -> (String, String) {
    let pair = RsaKeyPair::generate(2_048).unwrap();
    let text = |pem| String::from_utf8(pem).unwrap();
    (text(pair.to_pem_private_key()), text(pair.to_pem_public_key()))
}

/// An account at the bank.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeAccount {
    /// What is said of it, without its name in a session.
    pub(crate) details: Value,
    pub(crate) balances: Vec<Value>,
    /// In the order in which they are listed.
    pub(crate) transactions: Vec<Value>,
}

/// The bank.
#[derive(Debug, Clone)]
pub(crate) struct FakeBank {
    pub(crate) name: String,
    pub(crate) country: String,
    /// The longest consent, in seconds.
    pub(crate) maximum_consent_validity: i64,
    pub(crate) accounts: Vec<FakeAccount>,
    /// So many days are told; older ones are refused.
    pub(crate) history_days: i64,
    /// Rows on a page.
    pub(crate) page: usize,
}

struct Authorization {
    id: String,
    state: String,
    valid_until: Timestamp,
    code: Option<(String, Timestamp)>,
}

struct FakeSession {
    id: String,
    valid_until: Timestamp,
    /// Why it is over, if it is.
    over: Option<&'static str>,
    /// The names of the accounts, in their order.
    uids: Vec<String>,
}

/// A listing under way: account, parameters, and where it is.
struct Listing {
    uid: String,
    asked: String,
    at: usize,
}

struct State {
    clock: Arc<dyn Clock>,
    base: String,
    bank: FakeBank,
    authorizations: Vec<Authorization>,
    sessions: Vec<FakeSession>,
    listings: HashMap<String, Listing>,
    asked: HashMap<(String, Day), u32>,
    calls: Vec<String>,
    faults: HashMap<String, VecDeque<(u16, String)>>,
    serial: u32,
}

/// The stand-in. It listens until it is dropped.
pub(crate) struct Fake {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

impl Fake {
    /// Starts one with this bank. Everything that ends, ends by this clock.
    pub(crate) async fn start(clock: Arc<dyn Clock>, bank: FakeBank) -> Self {
        let server = MockServer::start().await;
        let state = State {
            clock,
            base: server.uri(),
            bank,
            authorizations: Vec::new(),
            sessions: Vec::new(),
            listings: HashMap::new(),
            asked: HashMap::new(),
            calls: Vec::new(),
            faults: HashMap::new(),
            serial: 0,
        };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let answer = move |request: &Request| -> ResponseTemplate { lock(&shared).respond(request) };
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self { server, state }
    }

    pub(crate) fn base_url(&self) -> Url {
        self.server.uri().parse().unwrap()
    }

    /// The user consents at the bank's page. Where the browser is sent.
    pub(crate) fn consent(&self, page: &Url) -> Url {
        let mut state = self.lock();
        let code = state.name("code");
        let now = state.clock.now();
        let authorization = state.authorization(page);
        authorization.code = Some((code.clone(), now));
        let query = [("code", code.as_str()), ("state", authorization.state.as_str())];
        Url::parse_with_params(REDIRECT, query).unwrap()
    }

    /// Changes the bank.
    pub(crate) fn change(&self, change: impl FnOnce(&mut FakeBank)) {
        change(&mut self.lock().bank);
    }

    /// Ends all sessions: the user withdrew the consent at the bank, for instance.
    pub(crate) fn end_sessions(&self, code: &'static str) {
        for session in &mut self.lock().sessions {
            session.over = session.over.or(Some(code));
        }
    }

    /// Sessions that are not over.
    pub(crate) fn live_sessions(&self) -> usize {
        self.lock().sessions.iter().filter(|session| session.over.is_none()).count()
    }

    /// Answers the next request to a path with this end with an error.
    pub(crate) fn fail(&self, end: &str, status: u16, code: &str) {
        self.lock().faults.entry(end.to_owned()).or_default().push_back((status, code.to_owned()));
    }

    /// What was asked since the last time: the method, the path and the query.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().calls)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
