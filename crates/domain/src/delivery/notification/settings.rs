//! How far somebody was told.

use chrono::TimeDelta;

use crate::{
    id::{TransactionId, UserId},
    ledger::{ChangeKey, ChangeKind},
    time::Timestamp,
};

use super::NotificationPreferences;

/// A transaction is told only while its day is no longer ago than so many days: who links a bank is not told its history.
pub const RECENT_DAYS: i64 = 7;
/// After a mail, the next one comes no sooner: what happens in between is told together.
pub const REST: TimeDelta = TimeDelta::minutes(15);
/// What was told and has passed is remembered for so long: longer than anything is new.
pub const TOLD_KEPT: TimeDelta = TimeDelta::days(60);
/// How long after midnight UTC of a Monday the week before is summed up.
const WEEKLY_AFTER: TimeDelta = TimeDelta::hours(6);

/// How far somebody's changes were looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotificationPlace {
    /// Number of a change.
    pub seq: i64,
    /// The last transaction with this number that was looked at; `None`: everything with this number was.
    pub transaction: Option<TransactionId>,
}

impl NotificationPlace {
    /// Behind everything up to this number.
    pub fn after(seq: i64) -> Self {
        Self { seq, transaction: None }
    }

    /// Its place among the transactions of the feed.
    pub fn key(self) -> ChangeKey {
        match self.transaction {
            Some(TransactionId(id)) => ChangeKey { seq: self.seq, kind: ChangeKind::Transaction, id },
            None => ChangeKey::end_of(self.seq),
        }
    }
}

/// What somebody wants to hear of, and how far it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationSettings {
    /// Whose.
    pub owner: UserId,
    /// What is wanted.
    pub preferences: NotificationPreferences,
    /// How far the owner's changes were looked through.
    pub place: NotificationPlace,
    /// Transactions that were stored before are not told.
    pub since: Timestamp,
    /// When the next summary of a week is due; `None`: none is wanted.
    pub weekly_due_at: Option<Timestamp>,
    /// Nothing is looked for before; `None`: at once.
    pub rest_until: Option<Timestamp>,
    /// How often they were written; the store counts.
    pub revision: i64,
    /// When the owner last said what is wanted.
    pub updated_at: Timestamp,
}

impl NotificationSettings {
    /// Those of somebody who says for the first time what is wanted, and whose clock stands at `seq`.
    pub fn new(owner: UserId, preferences: NotificationPreferences, seq: i64, now: Timestamp) -> Self {
        let mut settings = Self {
            owner,
            preferences: NotificationPreferences::default(),
            place: NotificationPlace::after(seq),
            since: now,
            weekly_due_at: None,
            rest_until: None,
            revision: 0,
            updated_at: now,
        };
        settings.want(preferences, seq, now);
        settings
    }

    /// Says what is wanted from now on. What is switched on begins now, with the clock at `seq`.
    pub fn want(&mut self, preferences: NotificationPreferences, seq: i64, now: Timestamp) {
        let before = std::mem::replace(&mut self.preferences, preferences);
        if !before.is_on() {
            self.place = NotificationPlace::after(seq);
            self.rest_until = None;
        }
        // Where rows were told before, those that nobody has looked at yet still are.
        let tells_rows = |of: &NotificationPreferences| !of.large().is_empty() || of.switches().price_raised;
        if tells_rows(&self.preferences) && !tells_rows(&before) {
            self.since = now;
        }
        self.weekly_due_at = match self.preferences.switches().weekly_summary {
            true => self.weekly_due_at.or_else(|| Some(Self::next_weekly(now))),
            false => None,
        };
        self.updated_at = now;
    }

    /// When the week of this instant is summed up: the Monday after it, at six o'clock UTC.
    pub fn next_weekly(now: Timestamp) -> Timestamp {
        now.day().first_of_week().plus_days(7).start().plus(WEEKLY_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        delivery::notification::{LargeFrom, NotificationSwitches},
        money::{Currency, Decimal},
    };

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn wanting(weekly_summary: bool, large: bool) -> NotificationPreferences {
        let switches = NotificationSwitches { weekly_summary, ..NotificationSwitches::default() };
        with(switches, large)
    }

    fn with(switches: NotificationSwitches, large: bool) -> NotificationPreferences {
        let from = LargeFrom { currency: Currency::EUR, amount: Decimal::TEN };
        NotificationPreferences::new(switches, large.then_some(from).into_iter().collect(), Vec::new())
            .unwrap()
    }

    #[test]
    fn a_week_is_summed_up_on_the_monday_after_it() {
        for (now, due) in [
            ("2026-11-29T23:59:59Z", "2026-11-30T06:00:00Z"),
            ("2026-11-30T00:00:00Z", "2026-12-07T06:00:00Z"),
            ("2026-11-30T06:00:00Z", "2026-12-07T06:00:00Z"),
        ] {
            assert_eq!(NotificationSettings::next_weekly(at(now)), at(due), "{now}");
        }
    }

    #[test]
    fn what_is_switched_on_begins_now() {
        let owner = UserId(Uuid::nil());
        let (first, later, last) =
            (at("2026-11-24T10:00:00Z"), at("2026-11-25T10:00:00Z"), at("2026-11-26T10:00:00Z"));
        let mut settings = NotificationSettings::new(owner, wanting(true, false), 7, first);
        let monday = Some(at("2026-11-30T06:00:00Z"));
        assert_eq!((settings.place, settings.weekly_due_at), (NotificationPlace::after(7), monday));
        settings.want(wanting(true, true), 20, later);
        assert_eq!(settings.place, NotificationPlace::after(7), "something was on: nothing is left out");
        assert_eq!((settings.since, settings.weekly_due_at), (later, monday));
        settings.want(wanting(false, true), 30, last);
        assert_eq!((settings.since, settings.weekly_due_at), (later, None));
        let prices = NotificationSwitches { price_raised: true, ..NotificationSwitches::default() };
        settings.want(with(prices, true), 35, last);
        assert_eq!(settings.since, later, "what came in and nobody looked at is still told");
        settings.want(wanting(false, false), 40, last);
        settings.want(wanting(false, true), 50, last);
        assert_eq!((settings.place, settings.since), (NotificationPlace::after(50), last));
    }
}
