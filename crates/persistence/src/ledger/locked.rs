//! Transactions that are about to be written over, and what of them stays.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use dashtam_domain::{
    ledger::{Transaction, TransactionCorrections, transfer::TransferLink},
    record::Record,
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, prelude::Uuid,
    sea_query::LockType,
};

use super::days::Movement;
use crate::{
    cells::{Cells, Entry, FromRow},
    rows::{
        corrections,
        transactions::{Column, Entity, transfer},
    },
    unit_of_work::SeaUnitOfWork,
};

/// What is stored of locked transactions beside what their institution says.
pub(super) struct Kept {
    /// What does not come from their institutions, by id.
    pub(super) beside: HashMap<Uuid, Beside>,
    /// Those about which a rule decided something.
    pub(super) decided: Vec<Uuid>,
}

/// What of a transaction does not come from its institution.
#[derive(Default)]
pub(super) struct Beside {
    corrections: Option<Box<TransactionCorrections>>,
    transfer: Option<TransferLink>,
}

impl SeaUnitOfWork {
    /// Locks these transactions; [`StoreError::Stale`] when one of them is no longer where it says it is.
    pub(super) async fn lock_all(&mut self, transactions: &[&Transaction]) -> Result<Kept, StoreError> {
        let select = Entity::find()
            .select_only()
            .column(Column::Id)
            .columns(Movement::COLUMNS)
            .columns([Column::Corrections, Column::Decided, Column::TransferId, Column::TransferKind])
            .filter(Column::Id.is_in(transactions.iter().map(|transaction| transaction.id.0)))
            // Everybody locks in the same order, so that nobody waits in a circle.
            .order_by_asc(Column::Id)
            .lock(LockType::NoKeyUpdate);
        let (mut stored, mut all, mut decided) = (HashSet::new(), HashMap::new(), Vec::new());
        for Locked { place, movement, beside, is_decided } in self.rows(&select.into_query()).await? {
            self.goes(movement);
            all.insert(place.id, beside);
            decided.extend(is_decided.then_some(place.id));
            stored.insert(place);
        }
        let place = |row: &Transaction| Place { id: row.id.0, owner: row.owner.0, account: row.account.0 };
        if transactions.iter().all(|row| stored.contains(&place(row))) {
            Ok(Kept { beside: all, decided })
        } else {
            self.fail(StoreError::Stale)
        }
    }
}

/// What an institution says, with this beside it.
pub(super) fn keeping(of: &Transaction, Beside { corrections, transfer }: Beside) -> Cow<'_, Transaction> {
    match of.corrections == corrections && of.transfer == transfer {
        true => Cow::Borrowed(of),
        false => Cow::Owned(Transaction { corrections, transfer, ..of.clone() }),
    }
}

/// Where a transaction is stored; an update does not move it.
#[derive(PartialEq, Eq, Hash)]
struct Place {
    id: Uuid,
    owner: Uuid,
    account: Uuid,
}

/// A transaction that is about to be written over.
struct Locked {
    place: Place,
    movement: Movement,
    beside: Beside,
    is_decided: bool,
}

impl FromRow for Locked {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Transaction, 0);
        let place = Place { id: entry.get(0)?, owner: entry.get(1)?, account: entry.get(2)? };
        let behind = 1 + Movement::COLUMNS.len();
        let corrected = entry.maybe_parse(behind, corrections::read_transaction)?;
        let corrections = corrected.map(|corrected| corrected.corrections);
        let is_decided = entry.maybe_text(behind + 1)?.is_some();
        let beside = Beside { corrections, transfer: transfer(&entry, behind + 2)? };
        Ok(Self { place, movement: Movement::read(row, 1)?, beside, is_decided })
    }
}
