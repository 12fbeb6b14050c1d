//! A strict stand-in for Plaid: Hosted Link and the endpoints that read, over HTTP on this machine.
//!
//! It is strict where Plaid is: JSON by POST, the operator's access and the version in headers, no fields that it does not
//! know, sessions that end, public tokens that work once, cursors that belong to one item, and no product that an item does
//! not have. Levers make it fail.

mod data;
mod hooks;
mod link;
mod respond;
pub mod samples;
mod state;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashtam_domain::sources::Clock;
use serde_json::{Value, json};
use url::Url;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use state::State;

pub use hooks::SignedMessage;

/// The id that is registered.
pub const CLIENT_ID: &str = "fake0client0id0123456789";
/// Its secret.
pub const SECRET: &str = "fake0plaid0secret0abcdef012345";

/// A request that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The path, such as `/transactions/sync`.
    pub path: String,
    /// The body.
    pub body: Value,
}

/// Something that happened to the transactions of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A new row.
    Added(Value),
    /// A row that says something else.
    Modified(Value),
    /// A row that is gone: its account and its id.
    Removed(String, String),
}

/// A bank as Plaid shows it of one user.
#[derive(Debug, Clone, Default)]
pub struct FakeBank {
    /// Its name.
    pub name: String,
    /// What it has: Plaid's products.
    pub products: Vec<String>,
    /// Its accounts.
    pub accounts: Vec<Value>,
    /// What happened to its transactions, the earliest first.
    pub events: Vec<Event>,
    /// The answer about holdings, without accounts and item.
    pub holdings: Value,
    /// Securities of the investment transactions.
    pub securities: Vec<Value>,
    /// Investment transactions, in any order.
    pub invested: Vec<Value>,
    /// What is owed.
    pub liabilities: Value,
    /// When the user's consent ends.
    pub consent_expiration_time: Option<String>,
}

/// The stand-in. It listens until it is dropped.
pub struct FakePlaid {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for FakePlaid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakePlaid").field("address", &self.server.address()).finish_non_exhaustive()
    }
}

impl FakePlaid {
    /// Starts one. Everything that ends, ends by this clock.
    pub async fn start(clock: Arc<dyn Clock>) -> Self {
        let server = MockServer::start().await;
        let base = server.uri();
        let state = Arc::new(Mutex::new(State::new(clock, base)));
        let shared = Arc::clone(&state);
        let answer =
            move |request: &Request| -> ResponseTemplate { respond::respond(&mut lock(&shared), request) };
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self { server, state }
    }

    /// Where it listens.
    pub fn base_url(&self) -> Url {
        self.server.uri().parse().expect("the server has an address")
    }

    /// What a user does at Plaid's pages: signs in at this bank and consents, or signs in again. Where the browser is sent
    /// in the end, if anywhere.
    pub fn finish(&self, pages: &Url, bank: FakeBank) -> Option<Url> {
        link::finish(&mut self.lock(), pages, Some(bank))
    }

    /// The user opens the pages and gives up.
    pub fn give_up(&self, pages: &Url) -> Option<Url> {
        link::finish(&mut self.lock(), pages, None)
    }

    /// The user opens the pages and stays there.
    pub fn open(&self, pages: &Url) {
        link::open(&mut self.lock(), pages);
    }

    /// More happens to the transactions of the only item.
    pub fn happen(&self, events: impl IntoIterator<Item = Event>) {
        self.lock().only_item().bank.events.extend(events);
    }

    /// Changes what the bank of the only item shows.
    pub fn change(&self, change: impl FnOnce(&mut FakeBank)) {
        change(&mut self.lock().only_item().bank);
    }

    /// Puts an error into the only item, or takes it out; the user has to sign in again meanwhile.
    pub fn break_item(&self, code: Option<&str>) {
        self.lock().only_item().error = code.map(str::to_owned);
    }

    /// The bank forgets the place in the only item's changes.
    pub fn lose_cursors(&self) {
        self.lock().only_item().generation += 1;
    }

    /// Whether the only item's transactions have been collected: not at all, in part, or wholly.
    pub fn collected(&self, status: &str) {
        status.clone_into(&mut self.lock().only_item().status);
    }

    /// So many times the list of changes moves on while it is read.
    pub fn mutate(&self, times: usize) {
        self.lock().mutations = times;
    }

    /// Pages of transactions have no more rows than this.
    pub fn pages_of(&self, rows: usize) {
        self.lock().page = rows;
    }

    /// Says something of the only item, such as `TRANSACTIONS` and `SYNC_UPDATES_AVAILABLE`, and signs it.
    pub fn says(&self, kind: &str, code: &str) -> SignedMessage {
        let mut state = self.lock();
        let item = state.only_item().id.clone();
        let body =
            json!({"webhook_type": kind, "webhook_code": code, "item_id": item, "environment": "sandbox"});
        hooks::sign(&state, body.to_string().into_bytes())
    }

    /// Signs this body.
    pub fn signs(&self, body: &[u8]) -> SignedMessage {
        hooks::sign(&self.lock(), body.to_vec())
    }

    /// Signs with another key from now on. The one before is none any more.
    pub fn replace_key(&self) {
        hooks::replace(&mut self.lock());
    }

    /// Answers the next request to this path with an error of Plaid's.
    pub fn fail(&self, path: &str, status: u16, kind: &str, code: &str) {
        self.plant(path, (status, kind.to_owned(), code.to_owned(), "planted".to_owned()));
    }

    /// Answers the next request to this path with an error of these words.
    pub fn fail_saying(&self, path: &str, kind: &str, code: &str, message: &str) {
        self.plant(path, (400, kind.to_owned(), code.to_owned(), message.to_owned()));
    }

    fn plant(&self, path: &str, fault: state::Fault) {
        self.lock().faults.entry(path.to_owned()).or_default().push_back(fault);
    }

    /// How many items there are.
    pub fn items(&self) -> usize {
        self.lock().items.len()
    }

    /// What was asked for, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// The paths that were asked for, in order.
    pub fn paths(&self) -> Vec<String> {
        self.lock().calls.iter().map(|call| call.path.clone()).collect()
    }

    /// Forgets what was asked for.
    pub fn forget_calls(&self) {
        self.lock().calls.clear();
    }

    /// Everything that must not be seen in a log: the operator's secret and every token that was handed out.
    pub fn secrets(&self) -> Vec<String> {
        let state = self.lock();
        [SECRET.to_owned()].into_iter().chain(state.handed_out.iter().cloned()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
