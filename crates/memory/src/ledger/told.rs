//! [`ToldRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, ImportId, TransactionId, UserId},
    ledger::{
        ChangeKind, ImportedBalance, TakenBack, Tellings, ToldAccount, ToldFate, ToldRepository, ToldRow,
        TransactionStatus,
    },
    store::StoreError,
    time::Timestamp,
};

use crate::{mark::Mark, rows::StoredTold, tables::Tables, unit::Unit};

/// What other imports than this one told of a row.
pub(super) fn others(
    tables: &Tables,
    import: ImportId,
    row: TransactionId,
) -> impl Iterator<Item = &StoredTold> {
    tables.told_rows.marked(&Mark::Row(row)).filter(move |told| told.import != import)
}

/// Takes back the rows that the import brought, and counts them.
fn take_back(tables: &mut Tables, (owner, import): (UserId, ImportId), now: Timestamp) -> TakenBack {
    let mut back = TakenBack::default();
    let seq = tables.change_number(owner);
    let brought: Vec<TransactionId> = tables
        .transactions
        .marked(&Mark::Import(import))
        .filter(|row| row.owner == owner)
        .map(|row| row.id)
        .collect();
    for id in brought {
        let heir = others(tables, import, id).map(|told| told.import).min();
        let is_seen = tables.transactions.get(&id).is_some_and(|row| row.seen_in.is_some());
        if heir.is_none() && !is_seen {
            tables.transactions.remove(&id, |_| true);
            tables.note_removals(owner, ChangeKind::Transaction, [id.0]);
            back.removed += 1;
            continue;
        }
        back.kept += 1;
        tables.transactions.change(
            &id,
            |_| true,
            |row| {
                row.row.import = heir;
                row.row.updated_at = now;
                row.seq = seq;
            },
        );
    }
    back
}

/// Gives the rows their status back that corrections of this import had taken away; how many.
fn restore(tables: &mut Tables, (owner, import): (UserId, ImportId), now: Timestamp) -> u64 {
    let seq = tables.change_number(owner);
    let marked: Vec<(TransactionId, TransactionStatus)> = tables
        .told_rows
        .marked(&Mark::Import(import))
        .filter_map(|told| match told.row.fate {
            ToldFate::Removed { former: Some(former) } => Some((told.row.transaction, former)),
            _ => None,
        })
        .collect();
    let mut restored = 0;
    for (id, former) in marked {
        let heirs: Vec<StoredTold> =
            others(tables, import, id).filter(|told| told.removes()).cloned().collect();
        if heirs.is_empty() {
            let removed = |status| status == TransactionStatus::Removed;
            let is_back = tables.transactions.change(
                &id,
                |row| row.owner == owner && removed(row.status),
                |row| {
                    row.row.status = former;
                    row.row.updated_at = now;
                    row.seq = seq;
                },
            );
            restored += u64::from(is_back);
        }
        for heir in heirs {
            if let ToldFate::Removed { former: None } = heir.row.fate {
                let row = ToldRow { fate: ToldFate::Removed { former: Some(former) }, ..heir.row };
                tables.told_rows.put(StoredTold { row, ..heir });
            }
        }
    }
    restored
}

#[async_trait]
impl ToldRepository for Unit {
    async fn note_account(&mut self, told: &ToldAccount) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_account(told.owner, told.account)?;
            let before = tables.told_accounts.get(&(told.import, told.account));
            let made = told.made || before.is_some_and(|before| before.made);
            tables.told_accounts.put(ToldAccount { made, ..told.clone() });
            Ok(())
        })
    }

    async fn note_balance(&mut self, told: &ImportedBalance) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_account(told.point.owner, told.point.account)?;
            tables.told_balances.put(told.clone());
            Ok(())
        })
    }

    async fn note_rows(
        &mut self,
        owner: UserId,
        import: ImportId,
        account: AccountId,
        rows: &[ToldRow],
    ) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_account(owner, account)?;
            for row in rows {
                let told = StoredTold { owner, import, account, row: *row };
                if tables.told_rows.get(&(import, row.transaction, told.removes())).is_none() {
                    tables.told_rows.put(told);
                }
            }
            Ok(())
        })
    }

    async fn accounts(&mut self, owner: UserId, import: ImportId) -> Result<Vec<AccountId>, StoreError> {
        self.run(|tables| {
            let told = tables.told_accounts.marked(&Mark::Import(import));
            Ok(told.filter(|told| told.owner == owner).map(|told| told.account).collect())
        })
    }

    async fn of_account(&mut self, owner: UserId, account: AccountId) -> Result<Tellings, StoreError> {
        let mark = Mark::Account(account);
        self.run(|tables| {
            let accounts = tables.told_accounts.marked(&mark).filter(|told| told.owner == owner);
            let balances = tables.told_balances.marked(&mark).filter(|told| told.point.owner == owner);
            Ok(Tellings { accounts: accounts.cloned().collect(), balances: balances.cloned().collect() })
        })
    }

    async fn take_back_rows(
        &mut self,
        owner: UserId,
        import: ImportId,
        now: Timestamp,
    ) -> Result<TakenBack, StoreError> {
        self.run(|tables| {
            let back = take_back(tables, (owner, import), now);
            let restored = restore(tables, (owner, import), now);
            tables.told_rows.remove_marked(&Mark::Import(import), |told| told.owner == owner);
            Ok(TakenBack { restored, ..back })
        })
    }

    async fn forget(&mut self, owner: UserId, import: ImportId) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.told_balances.remove_marked(&Mark::Import(import), |told| told.point.owner == owner);
            tables.told_accounts.remove_marked(&Mark::Import(import), |told| told.owner == owner);
            Ok(())
        })
    }
}
