//! What the source of a transaction says of it: whether that is another thing than before, told without reading it.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};

use super::{Trade, Transaction, TransactionDetails, TransactionKind, TransactionStatus};
use crate::{
    connections::PulledTransaction,
    id::TransactionId,
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

/// The first 64 bits of a SHA-256 hash of what an institution says of a row. What is known of it otherwise, its cheque number
/// and what it was while it was pending, does not count. Rows that say the same have the same one, and one row that says two
/// things has the same one for both in one of 2⁶⁴ cases. Another build of this program may compute another one; then the row
/// is read once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub i64);

impl Fingerprint {
    fn of(said: &Said<'_>) -> Self {
        let mut state = State(Sha256::new());
        said.hash(&mut state);
        Self(state.finish().cast_signed())
    }
}

/// A stored row, as far as it takes to see whether its source says anything new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAs {
    /// Its id.
    pub id: TransactionId,
    /// The source's id.
    pub source_id: String,
    /// What the source said. `None` of a row that no synchronisation was shown, that is removed, that shares its source id
    /// with another, or that an earlier version stored.
    pub fingerprint: Option<Fingerprint>,
}

impl From<&Transaction> for KnownAs {
    fn from(row: &Transaction) -> Self {
        let is_told = row.seen_in.is_some() && row.ordinal == 0 && row.status != TransactionStatus::Removed;
        let fingerprint = is_told.then(|| row.fingerprint());
        Self { id: row.id, source_id: row.source_id.clone(), fingerprint }
    }
}

/// What an institution says of a row.
#[derive(PartialEq, Hash)]
struct Said<'a> {
    day: Day,
    occurred_at: Option<Timestamp>,
    amount: Decimal,
    currency: Currency,
    description: &'a str,
    kind: TransactionKind,
    status: TransactionStatus,
    memo: Option<&'a str>,
    trade: Option<&'a Trade>,
    details: &'a TransactionDetails,
}

impl Transaction {
    fn said(&self) -> Said<'_> {
        Said {
            day: self.day,
            occurred_at: self.occurred_at,
            amount: self.amount,
            currency: self.currency,
            description: &self.description,
            kind: self.kind,
            status: self.status,
            memo: self.memo.as_deref(),
            trade: self.trade.as_ref(),
            details: &self.details,
        }
    }

    /// Whether another state of the same row says anything else to a reader.
    pub fn differs(&self, other: &Self) -> bool {
        self.said() != other.said()
            || self.check_number != other.check_number
            || self.announced != other.announced
    }

    /// Tells what the institution says of the row now from what it says at another time.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.said())
    }
}

impl PulledTransaction {
    /// That of the row which says this and nothing else.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&Said {
            day: self.day,
            occurred_at: self.occurred_at,
            amount: self.amount,
            currency: self.currency,
            description: &self.description,
            kind: self.kind,
            status: self.status,
            memo: self.memo.as_deref(),
            trade: self.trade.as_ref(),
            details: &self.details,
        })
    }
}

/// Not the hasher of the standard library, whose answers may be others with each release of it.
struct State(Sha256);

impl Hasher for State {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let hash: [u8; 32] = self.0.clone().finalize().into();
        hash.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Announced, sample};

    #[test]
    fn whatever_says_something_else_has_another_fingerprint() {
        let row = sample::transaction();
        let other_text =
            |description: &str| Transaction { description: description.to_owned(), ..row.clone() };
        let others = [
            other_text("x"),
            other_text(""),
            Transaction { memo: Some(String::new()), ..row.clone() },
            Transaction { amount: row.amount + Decimal::ONE, ..row.clone() },
            Transaction { day: Day(row.day.0.succ_opt().unwrap()), ..row.clone() },
            Transaction { status: TransactionStatus::Removed, ..row.clone() },
            Transaction {
                details: TransactionDetails { payee: Some("x".to_owned()), ..TransactionDetails::default() },
                ..row.clone()
            },
        ];
        for (at, other) in others.iter().enumerate() {
            assert!(row.differs(other) && row.fingerprint() != other.fingerprint(), "{other:?}");
            assert!(
                others[..at].iter().all(|before| before.fingerprint() != other.fingerprint()),
                "{other:?}"
            );
        }
    }

    #[test]
    fn what_is_not_said_does_not_count() {
        let row = sample::transaction();
        let same = Transaction {
            amount: "-1.00".parse().unwrap(),
            raw: Some("{}".to_owned()),
            source_id: "another".to_owned(),
            ..row.clone()
        };
        assert!(!row.differs(&same));
        assert_eq!(row.fingerprint(), same.fingerprint());

        // A reader is told of these, but not by the institution's row.
        let announced = Some(Announced { amount: row.amount, day: row.day });
        let check_number = Some("101".to_owned());
        for known in [Transaction { announced, ..row.clone() }, Transaction { check_number, ..row.clone() }] {
            assert!(row.differs(&known));
            assert_eq!(row.fingerprint(), known.fingerprint());
        }
    }

    #[test]
    fn a_row_that_came_in_has_that_of_what_came() {
        let row = sample::transaction();
        let pulled = PulledTransaction {
            kind: row.kind,
            status: row.status,
            memo: row.memo.clone(),
            details: row.details.clone(),
            occurred_at: row.occurred_at,
            trade: row.trade.clone(),
            ..PulledTransaction::new("1", row.day, row.amount, row.currency, row.description.clone())
        };
        assert_eq!(pulled.fingerprint(), row.fingerprint());
    }
}
