//! The change feed: what happened in a user's ledger since somebody last looked.
//!
//! Each user has a clock. A unit of work that changes rows of the user takes the next number of that clock and puts it
//! into every row it writes. It holds the clock until it commits, so that the order of the numbers is the order of the
//! commits, and whoever has seen everything up to a number has missed nothing.

use uuid::Uuid;

use super::{Account, BalancePoint, Decision, Holding, Security, Transaction};

/// What sort of row a change is about. Accounts come before what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// An account.
    Account,
    /// A security.
    Security,
    /// A position of an account.
    Holding,
    /// A transaction.
    Transaction,
    /// A recorded balance.
    Balance,
    /// A decision about two transactions.
    Match,
}

impl ChangeKind {
    /// Every sort, in the order of the feed.
    pub const ALL: [Self; 6] =
        [Self::Account, Self::Security, Self::Holding, Self::Transaction, Self::Balance, Self::Match];

    /// Stored and shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Security => "security",
            Self::Holding => "holding",
            Self::Transaction => "transaction",
            Self::Balance => "balance",
            Self::Match => "match",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Some sorts of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeKinds(u8);

impl ChangeKinds {
    /// The sorts, in the order of the feed.
    pub fn iter(self) -> impl Iterator<Item = ChangeKind> {
        ChangeKind::ALL.into_iter().filter(move |kind| self.0 & Self::bit(*kind) != 0)
    }

    const fn bit(kind: ChangeKind) -> u8 {
        1 << kind as u8
    }
}

impl FromIterator<ChangeKind> for ChangeKinds {
    fn from_iter<T: IntoIterator<Item = ChangeKind>>(kinds: T) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | Self::bit(kind)))
    }
}

/// A user's clock at some moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgerClock {
    /// Number of the last change; 0 before the first.
    pub seq: i64,
    /// Which count of numbers this is: another one begins when an earlier state of the database is restored.
    pub epoch: i64,
}

/// The place of a change in the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeKey {
    /// Number of the change.
    pub seq: i64,
    /// What sort of row.
    pub kind: ChangeKind,
    /// Id of the row.
    pub id: Uuid,
}

impl ChangeKey {
    /// Before everything.
    pub const START: Self = Self { seq: -1, kind: ChangeKind::Account, id: Uuid::nil() };

    /// Behind all changes with this number.
    pub const fn end_of(seq: i64) -> Self {
        Self { seq, kind: ChangeKind::Match, id: Uuid::max() }
    }

    /// Behind which number and id rows of a sort come after this place.
    pub fn within(self, kind: ChangeKind) -> (i64, Uuid) {
        let id = match kind.cmp(&self.kind) {
            std::cmp::Ordering::Less => Uuid::max(),
            std::cmp::Ordering::Equal => self.id,
            std::cmp::Ordering::Greater => Uuid::nil(),
        };
        (self.seq, id)
    }
}

/// A row as it is now.
#[derive(Debug, Clone, PartialEq)]
pub enum ChangedRow {
    /// An account.
    Account(Box<Account>),
    /// A security.
    Security(Box<Security>),
    /// A position.
    Holding(Box<Holding>),
    /// A transaction, without its raw row and what it is made of.
    Transaction(Box<Transaction>),
    /// A recorded balance.
    Balance(Box<BalancePoint>),
    /// A decision, without what was before.
    Match(Box<Decision>),
    /// It is there no more. With an account everything it held is gone.
    Removed,
}

/// The last change of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its place.
    pub key: ChangeKey,
    /// Number of the change that made the row.
    pub born: i64,
    /// The row.
    pub row: ChangedRow,
}

impl Change {
    /// Whether whoever has seen everything up to this place does not know the row yet.
    pub fn is_new_after(&self, place: ChangeKey) -> bool {
        ChangeKey { seq: self.born, ..self.key } > place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_ordered_by_number_sort_and_id() {
        let key = |seq, kind, id| ChangeKey { seq, kind, id: Uuid::from_u128(id) };
        let order = [
            ChangeKey::START,
            key(0, ChangeKind::Account, 1),
            key(0, ChangeKind::Account, 2),
            key(0, ChangeKind::Transaction, 1),
            key(0, ChangeKind::Balance, 1),
            ChangeKey::end_of(0),
            key(1, ChangeKind::Account, 0),
        ];
        assert!(order.is_sorted());
        // Rows of one number: those of an earlier sort are behind us, those of a later one before us.
        let place = key(7, ChangeKind::Transaction, 3);
        assert_eq!(place.within(ChangeKind::Account), (7, Uuid::max()));
        assert_eq!(place.within(ChangeKind::Transaction), (7, Uuid::from_u128(3)));
        assert_eq!(place.within(ChangeKind::Balance), (7, Uuid::nil()));
    }

    #[test]
    fn sorts_come_once_and_in_the_order_of_the_feed() {
        let kinds: ChangeKinds =
            [ChangeKind::Balance, ChangeKind::Account, ChangeKind::Balance].into_iter().collect();
        assert_eq!(kinds.iter().collect::<Vec<_>>(), [ChangeKind::Account, ChangeKind::Balance]);
        let all: ChangeKinds = ChangeKind::ALL.into_iter().collect();
        assert_eq!(all.iter().collect::<Vec<_>>(), ChangeKind::ALL);
    }

    #[test]
    fn a_row_is_new_to_whoever_left_before_it_was_made() {
        let key = ChangeKey { seq: 9, kind: ChangeKind::Transaction, id: Uuid::from_u128(5) };
        let change = Change { key, born: 4, row: ChangedRow::Removed };
        assert!(change.is_new_after(ChangeKey::end_of(3)));
        assert!(!change.is_new_after(ChangeKey::end_of(4)));
        // Half-way through the rows of one number.
        assert!(change.is_new_after(ChangeKey { seq: 4, id: Uuid::from_u128(4), ..key }));
        assert!(!change.is_new_after(ChangeKey { seq: 4, id: Uuid::from_u128(6), ..key }));
    }
}
