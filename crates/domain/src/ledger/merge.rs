//! What comes in, held against what is there. Pure: the callers read and write.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    connections::PulledTransaction,
    id::{AccountId, ImportId, SyncRunId, TransactionId, UserId},
    money::Currency,
    time::Timestamp,
};

use super::{Transaction, TransactionDetails, TransactionStatus, statement::StatementRow};

/// What a page of pulled transactions changes.
#[derive(Debug, Default, PartialEq)]
pub struct PullChanges {
    /// New rows.
    pub added: Vec<Transaction>,
    /// Rows that say something else now.
    pub changed: Vec<Transaction>,
    /// Rows that are as they were.
    pub unchanged: Vec<TransactionId>,
}

/// Holds a page of an institution's transactions against `known`, the stored rows with the same source ids or
/// with the ids of the pending rows they take the place of.
///
/// A posted row that names its pending predecessor takes over the stored row, so that the transaction keeps
/// its id; a pending row whose successor is already stored is marked as removed.
pub fn reconcile(
    owner: UserId,
    account: AccountId,
    run: SyncRunId,
    known: Vec<Transaction>,
    pulled: Vec<PulledTransaction>,
    now: Timestamp,
    mut next_id: impl FnMut() -> Uuid,
) -> PullChanges {
    let mut known: HashMap<String, Transaction> =
        known.into_iter().filter(|row| row.ordinal == 0).map(|row| (row.source_id.clone(), row)).collect();
    let mut changes = PullChanges::default();
    for row in last_of_each(pulled) {
        let own = known.remove(&row.external_id);
        let pending = row.replaces.as_ref().and_then(|id| known.remove(id));
        let (stored, superseded) = match own {
            Some(own) => (Some(own), pending),
            None => (pending, None),
        };
        if let Some(mut old) = superseded.filter(|old| old.status == TransactionStatus::Pending) {
            old.status = TransactionStatus::Removed;
            old.seen_in = Some(run);
            old.updated_at = now;
            changes.changed.push(old);
        }
        let (id, created_at) = match &stored {
            Some(stored) => (stored.id, stored.created_at),
            None => (TransactionId(next_id()), now),
        };
        let fresh = Transaction {
            id,
            account,
            owner,
            source_id: row.external_id,
            ordinal: 0,
            day: row.day,
            occurred_at: row.occurred_at,
            amount: row.amount,
            currency: row.currency,
            description: row.description,
            kind: row.kind,
            status: row.status,
            memo: row.memo,
            check_number: None,
            trade: row.trade,
            details: row.details,
            import: None,
            seen_in: Some(run),
            raw: Some(row.raw.to_string()),
            created_at,
            updated_at: now,
        };
        match stored {
            None => changes.added.push(fresh),
            Some(stored) if fresh.source_id != stored.source_id || fresh.differs(&stored) => {
                changes.changed.push(fresh);
            }
            Some(stored) => changes.unchanged.push(stored.id),
        }
    }
    changes
}

/// Of rows with one id in one page the last counts, in the order of first appearance.
fn last_of_each(pulled: Vec<PulledTransaction>) -> Vec<PulledTransaction> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(pulled.len());
    let mut rows: Vec<PulledTransaction> = Vec::with_capacity(pulled.len());
    for row in pulled {
        match places.get(&row.external_id) {
            Some(place) => rows[*place] = row,
            None => {
                places.insert(row.external_id.clone(), rows.len());
                rows.push(row);
            }
        }
    }
    rows
}

/// What a page of statement rows adds.
#[derive(Debug, Default, PartialEq)]
pub struct StatementPlan {
    /// New rows.
    pub added: Vec<Transaction>,
    /// How many rows were stored before.
    pub known: i64,
    /// Lines whose source id is also that of another row, which was kept apart.
    pub ambiguous: Vec<u64>,
}

/// Sorts the rows of one account in one statement file into new and known ones.
///
/// With an id of the institution, a row is known when a stored row has that id, the same amount and a day at
/// most three days off; within one file its texts must agree too, because some banks give one id to different
/// rows. Without an id, a row is known by its day, amount and texts and by how many such rows came before it in
/// the file, so that two equal coffees stay two and the same file again adds nothing.
#[derive(Debug, Default)]
pub struct StatementMerge {
    /// How often a row without an id was seen in this file, by its hash.
    occurrences: HashMap<String, i32>,
}

/// Days by which a bank may shift a row between two downloads.
const DAY_TOLERANCE: i64 = 3;

impl StatementMerge {
    /// The ids under which the stored rows that matter to these rows are found.
    pub fn source_ids(rows: &[StatementRow]) -> Vec<String> {
        let mut ids: Vec<String> = rows.iter().map(source_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Plans one page of rows. `known` are the stored rows with the page's source ids.
    #[expect(clippy::too_many_arguments, reason = "one caller, and every value is its own type")]
    pub fn plan(
        &mut self,
        owner: UserId,
        account: AccountId,
        import: ImportId,
        currency: Currency,
        known: Vec<Transaction>,
        rows: Vec<StatementRow>,
        now: Timestamp,
        mut next_id: impl FnMut() -> Uuid,
    ) -> StatementPlan {
        let mut by_id: HashMap<String, Vec<Known>> = HashMap::with_capacity(known.len());
        for row in &known {
            by_id.entry(row.source_id.clone()).or_default().push(Known::of(row, import));
        }
        let mut plan = StatementPlan::default();
        for row in rows {
            let source_id = source_id(&row);
            let siblings = by_id.entry(source_id.clone()).or_default();
            let ordinal = if row.source_id.is_some() {
                if siblings.iter().any(|sibling| sibling.is(&row)) {
                    plan.known += 1;
                    continue;
                }
                let next = siblings.iter().map(|sibling| sibling.ordinal + 1).max().unwrap_or(0);
                if next > 0 {
                    plan.ambiguous.push(row.line);
                }
                next
            } else {
                let seen = self.occurrences.entry(source_id.clone()).or_insert(0);
                let ordinal = *seen;
                *seen += 1;
                if siblings.iter().any(|sibling| sibling.ordinal == ordinal) {
                    plan.known += 1;
                    continue;
                }
                ordinal
            };
            let added =
                transaction(row, source_id, ordinal, owner, account, import, currency, now, next_id());
            siblings.push(Known::of(&added, import));
            plan.added.push(added);
        }
        plan
    }
}

/// What is remembered of a stored row while a page is planned.
#[derive(Debug)]
struct Known {
    ordinal: i32,
    day: crate::time::Day,
    amount: crate::money::Decimal,
    /// Its texts, when it came with this very import.
    texts: Option<(String, Option<String>, Option<String>)>,
}

impl Known {
    fn of(row: &Transaction, import: ImportId) -> Self {
        let texts = (row.import == Some(import))
            .then(|| (row.description.clone(), row.memo.clone(), row.check_number.clone()));
        Self { ordinal: row.ordinal, day: row.day, amount: row.amount, texts }
    }

    fn is(&self, row: &StatementRow) -> bool {
        self.amount == row.amount
            && self.day.days_since(row.day).abs() <= DAY_TOLERANCE
            && self.texts.as_ref().is_none_or(|(description, memo, check)| {
                *description == describe(row) && *memo == row.memo && *check == row.check_number
            })
    }
}

/// The row's own id, or `h:` and a hash of what it says.
fn source_id(row: &StatementRow) -> String {
    if let Some(id) = &row.source_id {
        return id.clone();
    }
    let mut hash = Sha256::new();
    let normalised = |text: Option<&String>| {
        text.map(|t| t.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()).unwrap_or_default()
    };
    for part in [
        row.day.to_string(),
        row.amount.normalize().to_string(),
        normalised(row.name.as_ref()),
        normalised(row.memo.as_ref()),
        normalised(row.check_number.as_ref()),
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    format!("h:{}", &crate::secret::SecretHash::from_bytes(digest).to_hex()[..32])
}

/// Payee, else memo, else the institution's word for the sort.
fn describe(row: &StatementRow) -> String {
    row.name.clone().or_else(|| row.memo.clone()).unwrap_or_else(|| row.source_kind.clone())
}

#[expect(clippy::too_many_arguments, reason = "one caller, and every value is its own type")]
fn transaction(
    row: StatementRow,
    source_id: String,
    ordinal: i32,
    owner: UserId,
    account: AccountId,
    import: ImportId,
    currency: Currency,
    now: Timestamp,
    id: Uuid,
) -> Transaction {
    Transaction {
        id: TransactionId(id),
        account,
        owner,
        source_id,
        ordinal,
        day: row.day,
        occurred_at: row.occurred_at,
        amount: row.amount,
        currency: row.currency.unwrap_or(currency),
        description: describe(&row),
        kind: row.kind,
        status: TransactionStatus::Posted,
        memo: row.memo,
        check_number: row.check_number,
        trade: None,
        details: TransactionDetails::default(),
        import: Some(import),
        seen_in: None,
        raw: Some(row.raw),
        created_at: now,
        updated_at: now,
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
