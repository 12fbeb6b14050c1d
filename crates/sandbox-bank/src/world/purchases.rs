//! Card purchases: authorised on one day, pending for two, posted on the third.

use std::collections::VecDeque;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc, Weekday};

use super::{
    Status, Transaction, TransactionKind,
    book::{Book, Entry, cents},
    merchants::Merchant,
    profile::Profile,
    rng::{Key, Rng},
};

/// A purchase posts this many days after it was made.
const POSTS_AFTER: u64 = 3;
/// Sorts pending rows behind the posted rows of their day.
const PENDING_POSITION: u32 = 1_000;

/// The possible numbers of purchases in a day, each as likely as the others.
pub(super) type Habit = [u32; 6];

struct Purchase {
    made_on: NaiveDate,
    occurred_at: Option<DateTime<Utc>>,
    merchant: &'static Merchant,
    description: String,
    authorised: i64,
    posted: i64,
    pending_id: String,
    linked: bool,
    position: u32,
}

/// The purchases made with one card.
pub(super) struct Purchases {
    key: Key,
    label: &'static str,
    merchants: &'static [Merchant],
    habit: Habit,
    waiting: VecDeque<Purchase>,
}

impl Purchases {
    pub(super) fn new(key: Key, label: &'static str, merchants: &'static [Merchant], habit: Habit) -> Self {
        Self { key, label, merchants, habit, waiting: VecDeque::new() }
    }

    /// Posts what was bought three days ago.
    pub(super) fn post_due(&mut self, day: NaiveDate, book: &mut Book) {
        while let Some(purchase) = self.waiting.pop_front_if(|next| posts_on(next.made_on) <= Some(day)) {
            let mut entry =
                Entry::new(TransactionKind::Purchase, cents(-purchase.posted), purchase.description)
                    .with(purchase.merchant.name);
            entry.category = purchase.merchant.code;
            entry.occurred_at = purchase.occurred_at;
            entry.pending_id = purchase.linked.then_some(purchase.pending_id);
            book.post(day, entry);
        }
    }

    /// Makes the purchases of one day.
    pub(super) fn make(&mut self, day: NaiveDate, profile: &Profile) {
        let key = self.key.day(day);
        let mut rng = key.rng();
        let weekend = matches!(day.weekday(), Weekday::Fri | Weekday::Sat);
        let count = rng.pick(&self.habit) + u32::from(weekend && rng.chance(1, 4));
        let mut seconds = i64::from(rng.pick(&[7_u32, 8, 9, 11])) * 3600;
        for position in 0..count {
            let Some(merchant) = choose(self.merchants, &mut rng) else { return };
            seconds += rng.between(300, 3 * 3600);
            let authorised = profile.scaled(day, rng.between(merchant.from, merchant.to)).max(100);
            // The tip is added after the card was authorised.
            let tip = if merchant.tips && rng.chance(2, 3) { rng.between(15, 22) } else { 0 };
            let branch = rng.between(merchant.branches.0, merchant.branches.1);
            self.waiting.push_back(Purchase {
                made_on: day,
                occurred_at: day
                    .and_hms_opt(0, 0, 0)
                    .map(|midnight| midnight.and_utc() + chrono::TimeDelta::seconds(seconds.min(86_399))),
                merchant,
                description: merchant.statement_text(self.label, branch),
                authorised,
                posted: authorised + authorised * tip / 100,
                pending_id: format!("p-{}", key.part(u64::from(position)).hex()),
                linked: rng.chance(3, 4),
                position,
            });
        }
    }

    /// What is authorised but not posted by `today`. Today's own purchases are known tomorrow.
    pub(super) fn pending(self, today: NaiveDate) -> Vec<Transaction> {
        let known = self.waiting.into_iter().filter(|purchase| purchase.made_on < today);
        let row = |purchase: Purchase| Transaction {
            id: purchase.pending_id,
            date: purchase.made_on,
            occurred_at: purchase.occurred_at,
            amount: cents(-purchase.authorised),
            description: purchase.description,
            kind: TransactionKind::Purchase,
            status: Status::Pending,
            pending_id: None,
            counterparty: Some(purchase.merchant.name.to_owned()),
            category: purchase.merchant.code,
            original: None,
            security: None,
            position: PENDING_POSITION + purchase.position,
        };
        known.map(row).collect()
    }
}

fn posts_on(made_on: NaiveDate) -> Option<NaiveDate> {
    made_on.checked_add_days(Days::new(POSTS_AFTER))
}

fn choose(merchants: &'static [Merchant], rng: &mut Rng) -> Option<&'static Merchant> {
    let total = merchants.iter().map(|merchant| merchant.weight).sum();
    let mut draw = rng.below(total);
    merchants.iter().find(|merchant| {
        let chosen = draw < merchant.weight;
        draw = draw.saturating_sub(merchant.weight);
        chosen
    })
}
