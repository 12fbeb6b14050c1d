//! What is known of a recurring stream.

use super::Cadence;
use crate::{
    id::{AccountId, StreamId, TransactionId, UserId},
    ledger::{Line, account::stored_enum},
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

stored_enum! {
    /// Whether the amount of a stream stays.
    StreamAmount {
        /// It is nearly always that of the time before.
        Fixed = "fixed",
        /// It is another one each time.
        Varying = "varying",
    }
}

stored_enum! {
    /// How certain a stream is.
    StreamStatus {
        /// It came often enough.
        Mature = "mature",
        /// It came less often than it takes to be certain.
        EarlyDetection = "early_detection",
        /// It came less often than that, and not when it was due.
        Tombstoned = "tombstoned",
    }
}

stored_enum! {
    /// What a person should know of a stream.
    StreamEvent {
        /// It is due and did not come.
        Late = "late",
        /// The last amount is another one than those before.
        PriceChanged = "price_changed",
        /// It has not come for two periods.
        Ended = "ended",
        /// It came too few times to be certain.
        New = "new",
    }
}

stored_enum! {
    /// What a person said of a stream.
    StreamVerdict {
        /// It is one.
        Confirmed = "confirmed",
        /// It is none: it is not shown again unless it is asked for.
        Dismissed = "dismissed",
    }
}

/// What a person said of a stream. Streams are found anew whenever somebody looks; this is what stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamMark {
    /// Of which stream.
    pub id: StreamId,
    /// Whose it is.
    pub owner: UserId,
    /// In which account.
    pub account: AccountId,
    /// Whether it is one.
    pub verdict: Option<StreamVerdict>,
    /// What it is called instead.
    pub name: Option<Line>,
    /// When something was said first.
    pub created_at: Timestamp,
    /// When that last changed.
    pub updated_at: Timestamp,
}

impl StreamMark {
    /// Of a stream of which nothing is said yet.
    pub fn new(stream: &Stream, owner: UserId, now: Timestamp) -> Self {
        let (id, account) = (stream.id, stream.account);
        Self { id, owner, account, verdict: None, name: None, created_at: now, updated_at: now }
    }
}

/// Transactions with one other side that come back at regular times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its id: the same whenever it is found.
    pub id: StreamId,
    /// In which account.
    pub account: AccountId,
    /// What its last transaction is called.
    pub description: String,
    /// The other side of its last transaction, where somebody names it.
    pub merchant: Option<String>,
    /// The category of its last transaction.
    pub category: Option<String>,
    /// Its currency.
    pub currency: Currency,
    /// How often it comes.
    pub cadence: Cadence,
    /// Whether the amount stays.
    pub amount: StreamAmount,
    /// What it comes to on average; signed, positive is money in.
    pub average: Decimal,
    /// What it came to the last time.
    pub last_amount: Decimal,
    /// What it came to the time before that.
    pub amount_before: Decimal,
    /// How many thousandths the last amount is above what it was before, by the sign of the amounts; `None` where it is
    /// the same.
    pub price_change: Option<i64>,
    /// When it came first.
    pub first: Day,
    /// When it came last.
    pub last: Day,
    /// When it comes the next time.
    pub next: Option<Day>,
    /// How certain it is.
    pub status: StreamStatus,
    /// How certain it is, from 0 to 1000.
    pub confidence: i64,
    /// How many times it was left out in between.
    pub missed: u32,
    /// Whether it came lately.
    pub is_active: bool,
    /// What a person should know of it.
    pub events: Vec<StreamEvent>,
    /// Its transactions, the earliest first.
    pub transactions: Vec<TransactionId>,
}
