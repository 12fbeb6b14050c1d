//! One message to one endpoint, and how its tries ended.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    id::{UserId, WebhookDeliveryId, WebhookId},
    live::{LiveEvent, LiveKind},
    time::Timestamp,
    words::words,
};

/// So much of an answer is kept, in bytes.
pub const ANSWER_KEPT: usize = 4_096;

words! {
/// What becomes of a delivery.
DeliveryState {
    /// It is going to be tried, for the first time or again.
    Pending = "pending",
    /// It was taken.
    Delivered = "delivered",
    /// It was given up.
    Failed = "failed",
    /// Its endpoint was switched off before it was taken.
    Dropped = "dropped",
}
}

words! {
/// Why there was no answer to a try.
WebhookFailure {
    /// The address is one that must not be reached.
    AddressNotAllowed = "address_not_allowed",
    /// The answer did not come in time.
    TimedOut = "timed_out",
    /// Nobody could be reached at the address, or the connection broke.
    Unreachable = "unreachable",
}
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldEvent {
    /// Something that happened.
    Live(LiveKind),
    /// Events are missing: they were removed before the endpoint could be told of them.
    Resync,
    /// Nothing: the owner tries the endpoint out.
    Test,
}

impl ToldEvent {
    /// Stored and told form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live(kind) => kind.as_str(),
            Self::Resync => "resync",
            Self::Test => "webhook.test",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        let other = [Self::Resync, Self::Test].into_iter().find(|other| other.as_str() == text);
        other.or_else(|| LiveKind::parse(text).map(Self::Live))
    }
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There was an answer.
    Answered {
        /// Its HTTP status.
        status: u16,
        /// The beginning of its body.
        body: String,
    },
    /// There was none.
    Failed(WebhookFailure),
}

impl Outcome {
    /// Whether the endpoint took the message.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Answered { status: 200..=299, .. })
    }
}

/// A try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub millis: i64,
    /// How it ended.
    pub outcome: Outcome,
}

/// What a try means for the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It took the message.
    Taken,
    /// It did not, this time.
    Refused,
    /// It will never take one again.
    Gone,
}

/// A message to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Its id, which the receiver sees in every try.
    pub id: WebhookDeliveryId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// Whose it is.
    pub owner: UserId,
    /// What it is about.
    pub event: ToldEvent,
    /// The number of the event by the owner's clock; none of a test.
    pub seq: Option<i64>,
    /// What is sent, in JSON.
    pub body: String,
    /// What becomes of it.
    pub state: DeliveryState,
    /// How often it was tried, since it was last wanted again.
    pub tries: i32,
    /// When it is tried next; `None` unless it is pending.
    pub due_at: Option<Timestamp>,
    /// The last try.
    pub last: Option<Try>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl WebhookDelivery {
    /// The pauses behind failed tries: the example of the standard, three days and four hours together.
    pub const PAUSES: [TimeDelta; 9] = [
        TimeDelta::seconds(5),
        TimeDelta::minutes(5),
        TimeDelta::minutes(30),
        TimeDelta::hours(2),
        TimeDelta::hours(5),
        TimeDelta::hours(10),
        TimeDelta::hours(14),
        TimeDelta::hours(20),
        TimeDelta::hours(24),
    ];
    /// The longest wait that an endpoint may ask for.
    pub const LONGEST_WAIT: TimeDelta = TimeDelta::hours(24);
    /// No delivery is due later than this from now on: the longest pause with its jitter, and some.
    pub const LATEST: TimeDelta = TimeDelta::hours(30);

    /// The message that tells an endpoint of an event.
    pub fn of(event: &LiveEvent, id: WebhookDeliveryId, webhook: WebhookId, now: Timestamp) -> Self {
        let kind = ToldEvent::Live(event.body.kind());
        let mut data = event.body.data();
        if let Value::Object(members) = &mut data {
            members.insert("seq".to_owned(), event.seq.into());
        }
        Self::new(kind, Some(event.seq), body(kind, event.at, data), (id, webhook, event.owner), now)
    }

    /// The message that tells an endpoint, whatever it wants to be told, that events up to this number are missing.
    pub fn resync(
        seq: i64,
        id: WebhookDeliveryId,
        (webhook, owner): (WebhookId, UserId),
        now: Timestamp,
    ) -> Self {
        let data = json!({ "seq": seq });
        Self::new(ToldEvent::Resync, Some(seq), body(ToldEvent::Resync, now, data), (id, webhook, owner), now)
    }

    /// A message that tells nothing, to try an endpoint out.
    pub fn test(id: WebhookDeliveryId, webhook: WebhookId, owner: UserId, now: Timestamp) -> Self {
        let data = json!({ "webhook_id": webhook.to_string() });
        Self::new(ToldEvent::Test, None, body(ToldEvent::Test, now, data), (id, webhook, owner), now)
    }

    fn new(
        event: ToldEvent,
        seq: Option<i64>,
        body: String,
        (id, webhook, owner): (WebhookDeliveryId, WebhookId, UserId),
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            webhook,
            owner,
            event,
            seq,
            body,
            state: DeliveryState::Pending,
            tries: 0,
            due_at: Some(now),
            last: None,
            created_at: now,
        }
    }

    /// Whether it is going to be tried.
    pub fn waits(&self) -> bool {
        self.due_at.is_some()
    }

    /// Wants it sent again, from the beginning.
    pub fn again(&mut self, now: Timestamp) {
        self.state = DeliveryState::Pending;
        self.tries = 0;
        self.due_at = Some(now);
    }

    /// Takes in how a try ended, which decides when the next one is: after a pause of the plan that `jitter` makes up to
    /// a fifth longer or shorter, and not before the endpoint asks for (`retry_after`, in seconds; of 429 and 503).
    pub fn learn(&mut self, tried: Try, retry_after: Option<u32>, now: Timestamp, jitter: u8) -> Verdict {
        let verdict = match &tried.outcome {
            outcome if outcome.is_taken() => Verdict::Taken,
            Outcome::Answered { status: 410, .. } => Verdict::Gone,
            _ => Verdict::Refused,
        };
        let told = match &tried.outcome {
            Outcome::Answered { status: 429 | 503, .. } => {
                retry_after.map(|seconds| TimeDelta::seconds(seconds.into()).min(Self::LONGEST_WAIT))
            }
            _ => None,
        };
        self.tries = self.tries.saturating_add(1);
        self.last = Some(tried);
        let pause = match verdict {
            Verdict::Taken | Verdict::Gone => None,
            Verdict::Refused => Self::pause(self.tries, jitter),
        };
        self.due_at = pause.map(|pause| now.plus(told.map_or(pause, |told| told.max(pause))));
        self.state = match (verdict, self.due_at) {
            (Verdict::Taken, _) => DeliveryState::Delivered,
            (_, Some(_)) => DeliveryState::Pending,
            (_, None) => DeliveryState::Failed,
        };
        verdict
    }

    /// The pause behind this many tries; `None` behind the last.
    fn pause(tries: i32, jitter: u8) -> Option<TimeDelta> {
        let place = usize::try_from(tries.saturating_sub(1)).ok()?;
        let pause = Self::PAUSES.get(place)?.num_milliseconds();
        let turn = i64::from(jitter) * 2 - i64::from(u8::MAX);
        Some(TimeDelta::milliseconds(pause + pause * turn / (5 * i64::from(u8::MAX))))
    }
}

fn body(event: ToldEvent, at: Timestamp, data: Value) -> String {
    json!({ "type": event.as_str(), "timestamp": at.to_string(), "data": data }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{AccountId, ConnectionId, SyncRunId},
        live::LiveBody,
        webhook::endpoint::sample,
    };
    use uuid::Uuid;

    const NOW: i64 = 1_764_374_400;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn delivery() -> WebhookDelivery {
        let webhook = sample();
        WebhookDelivery::test(WebhookDeliveryId(Uuid::from_u128(3)), webhook.id, webhook.owner, at(NOW))
    }

    fn answered(status: u16) -> Try {
        let outcome = Outcome::Answered { status, body: "so".to_owned() };
        Try { at: at(NOW), millis: 12, outcome }
    }

    #[test]
    fn a_message_tells_ids_its_number_and_when_it_happened() {
        let webhook = sample();
        let connection = ConnectionId(Uuid::from_u128(4));
        let body = LiveBody::SyncFailed { connection, run: SyncRunId(Uuid::from_u128(5)) };
        let event = LiveEvent { owner: webhook.owner, seq: 42, at: at(NOW), body };
        let told =
            WebhookDelivery::of(&event, WebhookDeliveryId(Uuid::from_u128(3)), webhook.id, at(NOW + 1));
        assert_eq!(
            (told.seq, told.state, told.due_at),
            (Some(42), DeliveryState::Pending, Some(at(NOW + 1)))
        );
        let read: Value = serde_json::from_str(&told.body).unwrap();
        assert_eq!(read["type"], "sync.failed");
        assert_eq!(read["timestamp"], "2025-11-29T00:00:00.000000Z");
        assert_eq!(read["data"]["seq"], 42);
        assert_eq!(read["data"]["provider_id"], connection.to_string());

        let accounts = vec![AccountId(Uuid::from_u128(6))];
        let event = LiveEvent { body: LiveBody::TransactionsChanged { accounts }, ..event };
        let told = WebhookDelivery::of(&event, told.id, webhook.id, at(NOW));
        assert_eq!(told.event, ToldEvent::Live(LiveKind::TransactionsChanged));
        let told = WebhookDelivery::resync(41, told.id, (webhook.id, webhook.owner), at(NOW));
        assert_eq!((told.event, told.seq), (ToldEvent::Resync, Some(41)));
        let read: Value = serde_json::from_str(&told.body).unwrap();
        assert_eq!((&read["type"], &read["data"]), (&json!("resync"), &json!({ "seq": 41 })));
        for event in
            LiveKind::ALL.map(ToldEvent::Live).into_iter().chain([ToldEvent::Resync, ToldEvent::Test])
        {
            assert_eq!(ToldEvent::parse(event.as_str()), Some(event));
        }
        assert_eq!(ToldEvent::parse("webhook.tested"), None);
    }

    #[test]
    fn the_pauses_are_those_of_the_plan_a_fifth_longer_or_shorter() {
        let total: TimeDelta = WebhookDelivery::PAUSES.into_iter().sum();
        assert_eq!(total.num_seconds(), 75 * 3_600 + 35 * 60 + 5);
        for (tries, pause) in (1..).zip(WebhookDelivery::PAUSES) {
            let pause = pause.num_milliseconds();
            let with = |jitter| WebhookDelivery::pause(tries, jitter).unwrap().num_milliseconds();
            assert_eq!((with(0), with(u8::MAX)), (pause * 4 / 5, pause * 6 / 5));
            assert!((pause - with(127)).abs() <= pause / 1_000, "the middle is the plan");
        }
        assert_eq!(WebhookDelivery::pause(10, 0), None);
        assert_eq!(WebhookDelivery::pause(0, 0), None);
        assert_eq!(WebhookDelivery::pause(i32::MIN, 0), None);
    }

    #[test]
    fn what_is_taken_is_done_and_what_fails_is_tried_ten_times() {
        for status in [200, 204, 299] {
            let mut delivery = delivery();
            assert_eq!(delivery.learn(answered(status), None, at(NOW), 0), Verdict::Taken);
            assert_eq!((delivery.state, delivery.due_at), (DeliveryState::Delivered, None));
        }
        // A redirect is a failure like others.
        for status in [199, 301, 302, 307, 400, 404, 500] {
            let mut delivery = delivery();
            let mut tries = 0;
            while delivery.state == DeliveryState::Pending {
                assert_eq!(delivery.learn(answered(status), Some(1), at(NOW), 0), Verdict::Refused);
                tries += 1;
            }
            assert_eq!((tries, delivery.state, delivery.due_at), (10, DeliveryState::Failed, None));
            delivery.again(at(NOW + 9));
            assert_eq!((delivery.tries, delivery.due_at), (0, Some(at(NOW + 9))));
        }
        let mut delivery = delivery();
        let tried = Try { outcome: Outcome::Failed(WebhookFailure::TimedOut), ..answered(1) };
        assert_eq!(delivery.learn(tried, None, at(NOW), 0), Verdict::Refused);
        assert_eq!(delivery.due_at, Some(at(NOW + 4)));
    }

    #[test]
    fn who_is_gone_is_not_asked_again() {
        let mut delivery = delivery();
        assert_eq!(delivery.learn(answered(410), Some(5), at(NOW), 0), Verdict::Gone);
        assert_eq!((delivery.state, delivery.due_at), (DeliveryState::Failed, None));
    }

    #[test]
    fn who_asks_to_wait_is_waited_for() {
        let waits = |status, told| {
            let mut delivery = delivery();
            delivery.learn(answered(status), told, at(NOW), 0);
            delivery.due_at.unwrap().since(at(NOW)).num_seconds()
        };
        assert_eq!(waits(429, Some(120)), 120);
        assert_eq!(waits(503, Some(120)), 120);
        assert_eq!(waits(503, Some(1)), 4, "no sooner than the plan");
        assert_eq!(waits(429, Some(u32::MAX)), 86_400, "a day at most");
        assert_eq!(waits(429, None), 4);
        assert_eq!(waits(500, Some(120)), 4, "others are not asked");
    }
}
