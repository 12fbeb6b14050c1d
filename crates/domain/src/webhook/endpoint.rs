//! An endpoint: where events are told, which, and how it is doing.

use chrono::TimeDelta;

use super::WebhookUrl;
use crate::{
    id::{UserId, WebhookId},
    ledger::Line,
    live::{LiveKind, LiveKinds},
    secret::Sealed,
    time::Timestamp,
    words::words,
};

words! {
/// Why an endpoint is told nothing.
DisabledBecause {
    /// Its owner switched it off.
    Owner = "owner",
    /// Nothing reached it for [`Webhook::FAILS_FOR`].
    Failing = "failing",
    /// It answered that it is gone for good (410).
    Gone = "gone",
    /// No key opens its secret any more: it needs another one.
    SecretLost = "secret_lost",
    /// All sessions and API keys of its owner were ended, because the account was recovered or given up.
    SignedOut = "signed_out",
}
}

/// The secret before the present one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousSecret {
    /// The secret.
    pub sealed: Sealed,
    /// Until when messages are signed by it too.
    pub until: Timestamp,
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose events it is told.
    pub owner: UserId,
    /// Where it is.
    pub url: WebhookUrl,
    /// What its owner says of it.
    pub description: Option<Line>,
    /// What it is told.
    pub kinds: LiveKinds,
    /// Why it is told nothing; `None`: it is told.
    pub disabled: Option<DisabledBecause>,
    /// What messages are signed by; `None` once it is lost.
    pub secret: Option<Sealed>,
    /// What they were signed by before.
    pub previous: Option<PreviousSecret>,
    /// The owner's events up to this number became deliveries, as far as they are wanted.
    pub position: i64,
    /// How many of its deliveries wait.
    pub waiting: u32,
    /// When the first of the tries was that have failed since one was taken.
    pub failing_since: Option<Timestamp>,
    /// When the next of its deliveries is due.
    pub due_at: Option<Timestamp>,
    /// Until when a worker sends its deliveries; who holds an endpoint names it by this instant.
    pub held_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner last changed it.
    pub updated_at: Timestamp,
}

impl Webhook {
    /// Most endpoints of one user.
    pub const MOST: usize = 10;
    /// Most deliveries of one endpoint that wait. While there are as many, none are made of further events: these stay
    /// events until there is room.
    pub const MOST_WAITING: u32 = 10_000;
    /// To how many endpoints of one user workers send at one time, so that those of others have their turn while they
    /// answer slowly.
    pub const MOST_HELD: usize = 3;
    /// How long messages are signed by a secret that was replaced.
    pub const PREVIOUS_SECRET: TimeDelta = TimeDelta::hours(24);
    /// An endpoint that took nothing for so long, and had something to take, is switched off.
    pub const FAILS_FOR: TimeDelta = TimeDelta::days(5);
    /// How long a worker may hold an endpoint before another takes it: longer than [`Webhook::BEGINS_FOR`] and one try
    /// together take.
    pub const LEASE: TimeDelta = TimeDelta::seconds(45);
    /// For how long a worker that holds an endpoint begins with further tries.
    pub const BEGINS_FOR: TimeDelta = TimeDelta::seconds(10);

    /// Whether events of this kind are told.
    pub fn wants(&self, kind: LiveKind) -> bool {
        self.disabled.is_none() && self.kinds.has(kind)
    }

    /// Its kinds, in the order in which they are shown.
    pub fn listed_kinds(&self) -> impl Iterator<Item = LiveKind> {
        let kinds = self.kinds;
        LiveKind::ALL.into_iter().filter(move |kind| kinds.has(*kind))
    }

    /// Whether the worker holds it that took it until this instant.
    pub fn is_held(&self, until: Timestamp) -> bool {
        self.held_until == Some(until)
    }

    /// How many more deliveries may wait.
    pub fn room(&self) -> u32 {
        Self::MOST_WAITING.saturating_sub(self.waiting)
    }

    /// So many more deliveries wait from `at` on.
    pub fn queue(&mut self, count: usize, at: Timestamp) {
        self.waiting = self.waiting.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.wake(at);
    }

    /// One that waited does not any more.
    pub fn dequeue(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Takes in when the next delivery is due that waits. Where there is none nothing waits, whatever was counted.
    pub fn next_is_due(&mut self, at: Option<Timestamp>) {
        self.due_at = at;
        if at.is_none() {
            self.waiting = 0;
        }
    }

    /// Something is due at `at`: whoever looks for work finds it by then.
    pub fn wake(&mut self, at: Timestamp) {
        self.due_at = Some(self.due_at.map_or(at, |due| due.min(at)));
    }

    /// Remembers how a try ended.
    pub fn heard(&mut self, taken: bool, at: Timestamp) {
        self.failing_since = if taken { None } else { Some(self.failing_since.unwrap_or(at)) };
    }

    /// Whether it has failed for too long.
    pub fn has_failed_for_good(&self, now: Timestamp) -> bool {
        self.failing_since.is_some_and(|since| now.since(since) >= Self::FAILS_FOR)
    }

    /// Tells it nothing from now on. Its deliveries that wait have to be dropped with it.
    pub fn disable(&mut self, because: DisabledBecause) {
        self.disabled = Some(because);
        self.failing_since = None;
        self.due_at = None;
        self.held_until = None;
        self.waiting = 0;
    }

    /// Tells it what comes behind this number of the owner's clock.
    pub fn enable(&mut self, position: i64) {
        self.disabled = None;
        self.position = position;
    }
}

#[cfg(test)]
pub(super) fn sample() -> Webhook {
    let at = Timestamp::from_micros(0).expect("it is 1970");
    Webhook {
        id: WebhookId(uuid::Uuid::from_u128(1)),
        owner: UserId(uuid::Uuid::from_u128(2)),
        url: "https://example.com/hook".parse().expect("it is one"),
        description: None,
        kinds: [LiveKind::SyncFailed].into_iter().collect(),
        disabled: None,
        secret: Some(Sealed::new("sealed")),
        previous: None,
        position: 7,
        waiting: 0,
        failing_since: None,
        due_at: None,
        held_until: None,
        created_at: at,
        updated_at: at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn it_is_told_what_it_wants_while_it_is_enabled() {
        let mut webhook = sample();
        assert!(webhook.wants(LiveKind::SyncFailed) && !webhook.wants(LiveKind::SyncStarted));
        assert_eq!(webhook.listed_kinds().collect::<Vec<_>>(), [LiveKind::SyncFailed]);
        webhook.wake(at(9));
        webhook.wake(at(12));
        assert_eq!(webhook.due_at, Some(at(9)), "the earlier one counts");
        webhook.held_until = Some(at(50));
        assert!(webhook.is_held(at(50)) && !webhook.is_held(at(51)));
        webhook.disable(DisabledBecause::Owner);
        assert!(!webhook.wants(LiveKind::SyncFailed));
        assert_eq!((webhook.due_at, webhook.held_until), (None, None));
        webhook.enable(12);
        assert!(webhook.wants(LiveKind::SyncFailed));
        assert_eq!(webhook.position, 12);
    }

    #[test]
    fn there_is_room_for_ten_thousand() {
        let mut webhook = sample();
        webhook.queue(9_999, at(3));
        webhook.queue(0, at(4));
        assert_eq!((webhook.waiting, webhook.room(), webhook.due_at), (9_999, 1, Some(at(3))));
        webhook.queue(2, at(5));
        assert_eq!(webhook.room(), 0, "it is not less than none");
        webhook.dequeue();
        webhook.next_is_due(Some(at(9)));
        assert_eq!((webhook.waiting, webhook.due_at), (10_000, Some(at(9))));
        webhook.next_is_due(None);
        assert_eq!((webhook.waiting, webhook.due_at), (0, None), "nothing waits");
        webhook.dequeue();
        assert_eq!(webhook.waiting, 0);
        webhook.queue(3, at(1));
        webhook.disable(DisabledBecause::Owner);
        assert_eq!(webhook.waiting, 0, "what waited is dropped");
    }

    #[test]
    fn it_has_failed_for_good_after_five_days_of_failures_alone() {
        let mut webhook = sample();
        let day = 86_400;
        webhook.heard(false, at(0));
        webhook.heard(false, at(day));
        assert_eq!(webhook.failing_since, Some(at(0)));
        assert!(!webhook.has_failed_for_good(at(5 * day - 1)));
        assert!(webhook.has_failed_for_good(at(5 * day)));
        webhook.heard(true, at(5 * day));
        assert!(!webhook.has_failed_for_good(at(50 * day)));
    }
}
