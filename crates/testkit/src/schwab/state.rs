//! What the stand-in remembers.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use dashtam_domain::{sources::Clock, time::Timestamp};

use super::{Call, Endpoint, FakeAccount, Fault, Lever};

/// A code that waits to be exchanged.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) code: String,
    pub(super) challenge: Option<String>,
    pub(super) expires_at: Timestamp,
}

/// A sign-in. There is one: another one of the same user takes its place.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) refresh_token: String,
    pub(super) expires_at: Timestamp,
}

pub(super) struct State {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) accounts: Vec<FakeAccount>,
    pub(super) codes: Vec<Code>,
    pub(super) grant: Option<Grant>,
    /// Access tokens and when they end.
    pub(super) access_tokens: HashMap<String, Timestamp>,
    pub(super) levers: HashSet<Lever>,
    pub(super) faults: HashMap<Endpoint, VecDeque<Fault>>,
    pub(super) calls: Vec<Call>,
    /// Every code and token that was handed out.
    pub(super) handed_out: Vec<String>,
    made: u64,
}

impl State {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            accounts: Vec::new(),
            codes: Vec::new(),
            grant: None,
            access_tokens: HashMap::new(),
            levers: HashSet::new(),
            faults: HashMap::new(),
            calls: Vec::new(),
            handed_out: Vec::new(),
            made: 0,
        }
    }

    pub(super) fn is_on(&self, lever: Lever) -> bool {
        self.levers.contains(&lever)
    }

    /// A new text that nobody had before, remembered as handed out. Like Schwab's, codes and tokens have
    /// characters that need care in forms and addresses.
    pub(super) fn make(&mut self, kind: &str) -> String {
        self.made += 1;
        let made = format!("{kind}.b2F1dGgyLmJkYy5zY2h3YWI+/{:08}=", self.made);
        self.handed_out.push(made.clone());
        made
    }
}
