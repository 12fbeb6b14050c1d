//! What the stand-in remembers.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use dashtam_domain::{sources::Clock, time::Timestamp};

use super::{Call, FakeBank, hooks::SigningKey};

/// A user's bank behind an access token.
pub(super) struct Item {
    pub(super) id: String,
    pub(super) access_token: String,
    pub(super) bank: FakeBank,
    /// The code of what is wrong with it.
    pub(super) error: Option<String>,
    /// `NOT_READY`, `INITIAL_UPDATE_COMPLETE` or `HISTORICAL_UPDATE_COMPLETE`.
    pub(super) status: String,
    /// Cursors of another one are not known.
    pub(super) generation: usize,
}

/// How a session stands.
pub(super) enum Standing {
    Unopened,
    Open,
    GivenUp,
    /// With the public token, unless an item was renewed.
    Done(Option<String>),
}

/// A session at Plaid's pages.
pub(super) struct Session {
    pub(super) link_token: String,
    pub(super) ends: Timestamp,
    /// The item that is renewed.
    pub(super) renews: Option<String>,
    pub(super) products: Vec<String>,
    pub(super) back: Option<String>,
    pub(super) standing: Standing,
}

/// A public token that was not used yet.
pub(super) struct Granted {
    pub(super) bank: FakeBank,
    pub(super) ends: Timestamp,
}

/// A status, a type, a code and a message.
pub(super) type Fault = (u16, String, String, String);

pub(super) struct State {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) base: String,
    pub(super) calls: Vec<Call>,
    pub(super) sessions: Vec<Session>,
    pub(super) granted: HashMap<String, Granted>,
    pub(super) items: Vec<Item>,
    pub(super) handed_out: Vec<String>,
    pub(super) faults: HashMap<String, VecDeque<Fault>>,
    pub(super) mutations: usize,
    pub(super) page: usize,
    /// What messages are signed with, the latest last.
    pub(super) keys: Vec<SigningKey>,
    numbers: usize,
}

impl State {
    pub(super) fn new(clock: Arc<dyn Clock>, base: String) -> Self {
        let now = clock.now();
        Self {
            clock,
            base,
            calls: Vec::new(),
            sessions: Vec::new(),
            granted: HashMap::new(),
            items: Vec::new(),
            handed_out: Vec::new(),
            faults: HashMap::new(),
            mutations: 0,
            page: 500,
            keys: vec![SigningKey::new("key1", now)],
            numbers: 0,
        }
    }

    /// A token of this sort that was not there before.
    pub(super) fn token(&mut self, sort: &str) -> String {
        self.numbers += 1;
        let token = format!("{sort}-sandbox-{:08x}-4f1c-9d2e", self.numbers);
        self.handed_out.push(token.clone());
        token
    }

    pub(super) fn number(&mut self) -> usize {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn only_item(&mut self) -> &mut Item {
        assert_eq!(self.items.len(), 1, "there is one item");
        &mut self.items[0]
    }
}
