//! The change feed: of each sort of row what changed behind a place, by number and id.

use dashtam_domain::{
    id::UserId,
    ledger::{
        Account, BalancePoint, Change, ChangeKey, ChangeKind, ChangedRow, Decision, Holding, Security,
        Transaction, TransactionDetails, TransactionStatus,
    },
    page::{Limit, Page},
};
use uuid::Uuid;

use crate::{
    followed::Followed,
    mark::Mark,
    table::{Row, Table, page_by},
    tables::Tables,
};

/// What the feed tells of a row.
trait Told: Clone {
    /// Its id.
    fn id(&self) -> Uuid;
    /// The row as a follower sees it.
    fn shown(&self) -> ChangedRow;
}

macro_rules! told {
    ($($row:ident as $shown:ident;)+) => {$(
        impl Told for $row {
            fn id(&self) -> Uuid {
                self.id.0
            }

            fn shown(&self) -> ChangedRow {
                ChangedRow::$shown(Box::new(self.clone()))
            }
        }
    )+};
}
told! { Account as Account; Security as Security; Holding as Holding; BalancePoint as Balance; }

impl Told for Decision {
    fn id(&self) -> Uuid {
        self.id.0
    }

    fn shown(&self) -> ChangedRow {
        ChangedRow::Match(Box::new(Self { before: None, ..self.clone() }))
    }
}

impl Told for Transaction {
    fn id(&self) -> Uuid {
        self.id.0
    }

    fn shown(&self) -> ChangedRow {
        match self.status {
            TransactionStatus::Removed => ChangedRow::Removed,
            TransactionStatus::Pending | TransactionStatus::Posted => {
                let mut listed = self.clone();
                strip(&mut listed);
                ChangedRow::Transaction(Box::new(listed))
            }
        }
    }
}

/// Makes a transaction what lists show of it.
pub(super) fn strip(row: &mut Transaction) {
    row.raw = None;
    let (payee, category) = (row.details.payee.take(), row.details.category.take());
    row.details = TransactionDetails { payee, category, ..TransactionDetails::default() };
}

/// A page of what changed in one table. Looks at every row of the owner.
fn of_table<T: Told>(
    table: &Table<Followed<T>>,
    (owner, kind): (UserId, ChangeKind),
    (after, until): (ChangeKey, i64),
    limit: Limit,
) -> Page<Change, ChangeKey>
where
    Followed<T>: Row,
{
    let key = |row: &Followed<T>| ChangeKey { seq: row.seq, kind, id: row.id() };
    let mine = table.marked(&Mark::Owner(owner));
    let changed = mine.filter(|row| row.seq <= until && key(row) > after);
    let page = page_by(changed, key, limit, key);
    let change = |row: &Followed<T>| Change { key: key(row), born: row.born, row: row.shown() };
    Page { items: page.items.iter().map(change).collect(), next: page.next }
}

pub(super) fn changes(
    tables: &Tables,
    of: (UserId, ChangeKind),
    range: (ChangeKey, i64),
    limit: Limit,
) -> Page<Change, ChangeKey> {
    match of.1 {
        ChangeKind::Account => of_table(&tables.accounts, of, range, limit),
        ChangeKind::Security => of_table(&tables.securities, of, range, limit),
        ChangeKind::Holding => of_table(&tables.holdings, of, range, limit),
        ChangeKind::Transaction => of_table(&tables.transactions, of, range, limit),
        ChangeKind::Balance => of_table(&tables.balances, of, range, limit),
        ChangeKind::Match => of_table(&tables.decisions, of, range, limit),
    }
}

pub(super) fn removals(
    tables: &Tables,
    (owner, kind): (UserId, ChangeKind),
    (after, until): (ChangeKey, i64),
    limit: Limit,
) -> Page<Change, ChangeKey> {
    // In the order of number and id, by their key.
    let gone = tables.removals.marked(&Mark::Removed(owner, kind.as_str()));
    let gone = gone.map(|row| Change {
        key: ChangeKey { seq: row.seq, kind, id: row.id },
        born: row.seq,
        row: ChangedRow::Removed,
    });
    let behind = gone.filter(|change| change.key > after && change.key.seq <= until);
    Page::cut(behind.take(limit.get() + 1).collect(), limit, |last| last.key)
}
