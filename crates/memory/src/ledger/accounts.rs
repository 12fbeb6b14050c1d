//! [`AccountRepository`] and [`ImportRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, ConnectionId, ImportId, UserId},
    ledger::{
        Account, AccountRepository, AccountSource, ChangeKind, Import, ImportRepository, ImportState, Undone,
    },
    store::StoreError,
    time::Timestamp,
};

use crate::{followed::Followed, mark::Mark, tables::Tables, unit::Unit};

/// What is stored with what its source tells now: what it leaves out stays, and what a balance is made of goes with the
/// balance.
fn told(stored: &Account, now: &Account) -> Account {
    Account {
        id: stored.id,
        balance: now.balance.or(stored.balance),
        available: now.available.or(stored.available),
        parts: if now.balance.is_some() { now.parts } else { stored.parts },
        terms: now.terms.or_before(stored.terms),
        balance_as_of: now.balance_as_of.or(stored.balance_as_of),
        covered: now.covered.or(stored.covered),
        last_synced_at: now.last_synced_at.or(stored.last_synced_at),
        corrections: stored.corrections.clone(),
        created_at: stored.created_at,
        ..now.clone()
    }
}

fn external(owner: UserId, source: &AccountSource, id: &str) -> Mark {
    Mark::External(owner, source.key(), id.to_owned())
}

fn upsert(tables: &mut Tables, account: &Account) -> Result<AccountId, StoreError> {
    let known = external(account.owner, &account.source, &account.external_id);
    if let Some(stored) = tables.accounts.first(&known) {
        let account = told(stored, account);
        let (id, seq) = (account.id, tables.change_number(account.owner));
        tables.accounts.write(account, seq);
        return Ok(id);
    }
    tables.needs_user(account.owner)?;
    if let Some(connection) = account.source.connection() {
        tables.needs_connection(account.owner, connection)?;
    }
    let seq = tables.change_number(account.owner);
    tables.accounts.add(Followed { row: account.clone(), seq, born: seq })?;
    Ok(account.id)
}

#[async_trait]
impl AccountRepository for Unit {
    async fn upsert(&mut self, account: &Account) -> Result<AccountId, StoreError> {
        self.run(|tables| upsert(tables, account))
    }

    async fn rename(
        &mut self,
        owner: UserId,
        source: &AccountSource,
        earlier: &[String],
        external_id: &str,
    ) -> Result<bool, StoreError> {
        self.run(|tables| {
            if tables.accounts.first(&external(owner, source, external_id)).is_some() {
                return Ok(false);
            }
            let known = |id: &String| tables.accounts.first(&external(owner, source, id));
            let known: Vec<AccountId> = earlier.iter().filter_map(known).map(|account| account.id).collect();
            match known[..] {
                [] => Ok(false),
                [one] => Ok(tables.accounts.change(
                    &one,
                    |_| true,
                    |account| {
                        account.row.external_id = external_id.to_owned();
                    },
                )),
                _ => Err(StoreError::Database("several accounts would get one external id".into())),
            }
        })
    }

    async fn find(&mut self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.run(|tables| {
            let own = tables.accounts.get(&id).filter(|account| account.owner == owner);
            Ok(own.map(|account| account.row.clone()))
        })
    }

    async fn of_connection(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
    ) -> Result<Vec<Account>, StoreError> {
        self.run(|tables| {
            let rows = tables.accounts.marked(&Mark::Connection(connection));
            let mut rows: Vec<Account> =
                rows.filter(|account| account.owner == owner).map(|account| account.row.clone()).collect();
            rows.sort_unstable_by_key(|account| account.id);
            Ok(rows)
        })
    }

    async fn restate(&mut self, account: &Account) -> Result<(), StoreError> {
        self.run(|tables| {
            let seq = tables.change_number(account.owner);
            let own = |stored: &Followed<Account>| stored.owner == account.owner;
            let written = tables.accounts.change(&account.id, own, |stored| {
                stored.row = Account {
                    source: stored.source.clone(),
                    external_id: stored.external_id.clone(),
                    created_at: stored.created_at,
                    ..account.clone()
                };
                stored.seq = seq;
            });
            if written { Ok(()) } else { Err(StoreError::Stale) }
        })
    }

    async fn remove_empty(&mut self, owner: UserId, id: AccountId) -> Result<bool, StoreError> {
        let mark = Mark::Account(id);
        self.run(|tables| {
            let is_held = tables.transactions.first(&mark).is_some()
                || tables.balances.first(&mark).is_some()
                || tables.holdings.first(&mark).is_some()
                || tables.told_accounts.first(&mark).is_some();
            let is_own = tables.accounts.get(&id).is_some_and(|account| account.owner == owner);
            if is_held || !is_own {
                return Ok(false);
            }
            tables.remove_account(id);
            tables.note_removals(owner, ChangeKind::Account, [id.0]);
            Ok(true)
        })
    }

    async fn deactivate_others(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        keep: &[AccountId],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let other = |account: &Followed<Account>| {
            account.owner == owner && account.is_active && !keep.contains(&account.id)
        };
        self.run(|tables| {
            let seq = tables.change_number(owner);
            Ok(tables.accounts.change_marked(&Mark::Connection(connection), other, |account| {
                account.row.is_active = false;
                account.row.terms.closed_since.get_or_insert(now.day());
                account.row.updated_at = now;
                account.seq = seq;
            }))
        })
    }
}

#[async_trait]
impl ImportRepository for Unit {
    async fn insert(&mut self, import: &Import) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(import.owner)?;
            tables.imports.add(import.clone())
        })
    }

    async fn update(&mut self, import: &Import) -> Result<(), StoreError> {
        self.run(|tables| {
            let same = |stored: &Import| stored.owner == import.owner;
            let written = tables.imports.change(&import.id, same, |stored| {
                *stored = Import { created_at: stored.created_at, ..import.clone() };
            });
            if written { Ok(()) } else { Err(StoreError::Stale) }
        })
    }

    async fn find(&mut self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError> {
        self.run(|tables| Ok(tables.imports.get(&id).filter(|import| import.owner == owner).cloned()))
    }

    async fn goes_on(&mut self, owner: UserId, id: ImportId) -> Result<bool, StoreError> {
        self.run(|tables| {
            tables.change_number(owner);
            let own = tables.imports.get(&id).filter(|import| import.owner == owner);
            Ok(own.is_some_and(|import| import.finished_at.is_none()))
        })
    }

    async fn undo(&mut self, owner: UserId, id: ImportId, undone: Undone) -> Result<bool, StoreError> {
        let ended = |import: &Import| {
            import.owner == owner && import.finished_at.is_some() && import.undone.is_none()
        };
        self.run(|tables| {
            Ok(tables.imports.change(&id, ended, |import| {
                import.state = ImportState::Undone;
                import.undone = Some(undone);
            }))
        })
    }

    /// Whatever is stored here is remembered.
    async fn in_doubt(&mut self, _: UserId, _: ImportId) -> Result<Option<ImportId>, StoreError> {
        self.run(|_| Ok(None))
    }

    async fn interrupt(&mut self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        let runs = |import: &&Import| import.state == ImportState::Running && import.created_at < before;
        self.run(|tables| {
            let interrupted: Vec<Import> = tables.imports.iter().filter(runs).cloned().collect();
            let count = interrupted.len() as u64;
            for import in interrupted {
                tables.imports.put(Import {
                    state: ImportState::Interrupted,
                    finished_at: Some(now),
                    ..import
                });
            }
            Ok(count)
        })
    }
}
