//! [`ToldRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, BalanceId, ImportId, UserId},
    ledger::{
        AccountKind, BalanceParts, BalancePoint, BalanceSource, ChangeKind, ImportedBalance, TakenBack,
        Tellings, ToldAccount, ToldFate, ToldRepository, ToldRow, TransactionStatus,
    },
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    Value,
    prelude::Uuid,
    sea_query::{Expr, OnConflict, Query},
};

use super::days::Movement;
use crate::{
    cells::{Cells, Entry, FromRow},
    rows::columns,
    unit_of_work::SeaUnitOfWork,
};

const NOTE_ACCOUNT: &str = "INSERT INTO import_accounts \
    (user_id, import_id, account_id, made, institution, name, mask, kind, currency, told_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (user_id, import_id, account_id) DO UPDATE SET \
    made = import_accounts.made OR excluded.made, institution = excluded.institution, name = excluded.name, \
    mask = excluded.mask, kind = excluded.kind, currency = excluded.currency";
const NOTE_BALANCE: &str = "INSERT INTO import_balances \
    (user_id, import_id, account_id, as_of, balance, available, currency, told_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id, import_id, account_id, as_of) DO UPDATE SET \
    balance = excluded.balance, available = excluded.available, currency = excluded.currency";
const ACCOUNTS: &str =
    "SELECT account_id FROM import_accounts WHERE user_id = $1 AND import_id = $2 ORDER BY account_id";
const OF_ACCOUNT: &str = "SELECT user_id, import_id, account_id, made, institution, name, mask, kind, currency, \
    told_at FROM import_accounts WHERE user_id = $1 AND account_id = $2";
const BALANCES: &str = "SELECT user_id, import_id, account_id, as_of, balance, available, currency, told_at \
    FROM import_balances WHERE user_id = $1 AND account_id = $2";
const FORGET: &str = "DELETE FROM import_accounts WHERE user_id = $1 AND import_id = $2";
const FORGET_ROWS: &str = "DELETE FROM import_rows WHERE user_id = $1 AND import_id = $2";

/// SQLite is told by which index an import's rows are found.
const BROUGHT: &str = " INDEXED BY ix_transactions_imported";

/// What another import than the one that is undone told of a transaction.
const TOLD_BY_OTHERS: &str = "SELECT r.import_id FROM import_rows r WHERE r.user_id = $1 \
    AND r.account_id = transactions.account_id AND r.transaction_id = transactions.id AND r.import_id <> $2";

/// Gives rows that another import told too to the first of those.
fn hand_over(index: &str) -> String {
    format!(
        "UPDATE transactions{index} SET import_id = ({TOLD_BY_OTHERS} ORDER BY r.import_id LIMIT 1), seq = $3, \
         updated_at = $4 WHERE user_id = $1 AND import_id = $2 AND EXISTS ({TOLD_BY_OTHERS})"
    )
}

/// Lets go of rows that a run saw too.
fn let_go(index: &str) -> String {
    format!(
        "UPDATE transactions{index} SET import_id = NULL, seq = $3, updated_at = $4 \
         WHERE user_id = $1 AND import_id = $2 AND seen_in IS NOT NULL"
    )
}

/// Deletes the rows that are left.
fn delete(index: &str) -> String {
    let told = columns("", Movement::COLUMNS.into_iter());
    format!("DELETE FROM transactions{index} WHERE user_id = $1 AND import_id = $2 RETURNING id, {told}")
}

/// Gives rows their status back that no other import's correction takes away.
fn restore() -> String {
    let told = columns("", Movement::COLUMNS.into_iter());
    format!(
        "UPDATE transactions SET status = $5, seq = $3, updated_at = $4 WHERE user_id = $1 AND status = 'removed' \
         AND id IN (SELECT r.transaction_id FROM import_rows r WHERE r.user_id = $1 AND r.import_id = $2 \
         AND r.fate = 'removed' AND r.former = $5 AND NOT EXISTS (SELECT 1 FROM import_rows o \
         WHERE o.user_id = $1 AND o.account_id = r.account_id AND o.transaction_id = r.transaction_id \
         AND o.import_id <> $2 AND o.fate = 'removed')) RETURNING {told}"
    )
}

/// Another import whose correction takes the same row away remembers what the row was.
const PASS_ON: &str = "UPDATE import_rows SET former = (SELECT mine.former FROM import_rows mine \
    WHERE mine.user_id = $1 AND mine.import_id = $2 AND mine.transaction_id = import_rows.transaction_id \
    AND mine.fate = 'removed') WHERE user_id = $1 AND import_id <> $2 AND fate = 'removed' AND former IS NULL \
    AND (account_id, transaction_id) IN (SELECT r.account_id, r.transaction_id FROM import_rows r \
    WHERE r.user_id = $1 AND r.import_id = $2 AND r.fate = 'removed' AND r.former IS NOT NULL)";

impl FromRow for ToldAccount {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Telling, 0);
        Ok(Self {
            owner: UserId(entry.get(0)?),
            import: ImportId(entry.get(1)?),
            account: AccountId(entry.get(2)?),
            made: entry.get(3)?,
            institution: entry.maybe_text(4)?,
            name: entry.text(5)?,
            mask: entry.maybe_text(6)?,
            kind: entry.word(7, AccountKind::parse)?,
            currency: entry.parse(8, str::parse)?,
            at: entry.time(9)?,
        })
    }
}

impl FromRow for ImportedBalance {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::Telling, 0);
        let import: Uuid = entry.get(1)?;
        let point = BalancePoint {
            // What is recorded of this instant keeps its own id.
            id: BalanceId(import),
            owner: UserId(entry.get(0)?),
            account: AccountId(entry.get(2)?),
            as_of: entry.time(3)?,
            balance: entry.decimal(4)?,
            available: entry.maybe_decimal(5)?,
            parts: BalanceParts::default(),
            currency: entry.parse(6, str::parse)?,
            source: BalanceSource::Statement,
            created_at: entry.time(7)?,
        };
        Ok(Self { import: ImportId(import), point })
    }
}

/// A transaction that was deleted.
struct Deleted {
    id: Uuid,
    movement: Movement,
}

impl FromRow for Deleted {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let id = Entry::new(row, Record::Transaction, 0).get(0)?;
        Ok(Self { id, movement: Movement::read(row, 1)? })
    }
}

#[async_trait]
impl ToldRepository for SeaUnitOfWork {
    async fn note_account(&mut self, told: &ToldAccount) -> Result<(), StoreError> {
        let values: Vec<Value> = vec![
            told.owner.0.into(),
            told.import.0.into(),
            told.account.0.into(),
            told.made.into(),
            told.institution.clone().into(),
            told.name.clone().into(),
            told.mask.clone().into(),
            told.kind.as_str().into(),
            told.currency.as_str().into(),
            told.at.as_chrono().into(),
        ];
        self.execute_raw(self.statement(NOTE_ACCOUNT, NOTE_ACCOUNT, values)).await.map(drop)
    }

    async fn note_balance(&mut self, told: &ImportedBalance) -> Result<(), StoreError> {
        let ImportedBalance { import, point } = told;
        let values: Vec<Value> = vec![
            point.owner.0.into(),
            import.0.into(),
            point.account.0.into(),
            point.as_of.as_chrono().into(),
            point.balance.to_string().into(),
            point.available.map(|available| available.to_string()).into(),
            point.currency.as_str().into(),
            point.created_at.as_chrono().into(),
        ];
        self.execute_raw(self.statement(NOTE_BALANCE, NOTE_BALANCE, values)).await.map(drop)
    }

    async fn note_rows(
        &mut self,
        owner: UserId,
        import: ImportId,
        account: AccountId,
        rows: &[ToldRow],
    ) -> Result<(), StoreError> {
        const COLUMNS: [&str; 6] = ["user_id", "import_id", "account_id", "transaction_id", "fate", "former"];
        for chunk in rows.chunks(Self::chunk(COLUMNS.len())) {
            let known = OnConflict::columns(["user_id", "import_id", "transaction_id", "fate"])
                .do_nothing()
                .to_owned();
            let mut insert = Query::insert();
            insert.into_table("import_rows").columns(COLUMNS).on_conflict(known);
            for row in chunk {
                let (fate, former) = match row.fate {
                    ToldFate::Known => ("known", None),
                    ToldFate::Removed { former } => ("removed", former),
                };
                let values: [Expr; 6] = [
                    owner.0.into(),
                    import.0.into(),
                    account.0.into(),
                    row.transaction.0.into(),
                    fate.into(),
                    former.map(|status| status.as_str().to_owned()).into(),
                ];
                insert.values_panic(values);
            }
            self.execute(&insert).await?;
        }
        Ok(())
    }

    async fn accounts(&mut self, owner: UserId, import: ImportId) -> Result<Vec<AccountId>, StoreError> {
        let found = self.statement(ACCOUNTS, ACCOUNTS, vec![owner.0.into(), import.0.into()]);
        Ok(self.rows_raw::<Uuid>(found).await?.into_iter().map(AccountId).collect())
    }

    async fn of_account(&mut self, owner: UserId, account: AccountId) -> Result<Tellings, StoreError> {
        let of = || vec![owner.0.into(), account.0.into()];
        let accounts = self.rows_raw(self.statement(OF_ACCOUNT, OF_ACCOUNT, of())).await?;
        let balances = self.rows_raw(self.statement(BALANCES, BALANCES, of())).await?;
        Ok(Tellings { accounts, balances })
    }

    async fn take_back_rows(
        &mut self,
        owner: UserId,
        import: ImportId,
        now: Timestamp,
    ) -> Result<TakenBack, StoreError> {
        let seq = self.change_number(owner).await?;
        let of = || -> Vec<Value> { vec![owner.0.into(), import.0.into()] };
        let written = || -> Vec<Value> { [of(), vec![seq.into(), now.as_chrono().into()]].concat() };
        let mut back = TakenBack::default();
        for statement in [hand_over, let_go] {
            let keep = self.statement(&statement(BROUGHT), &statement(""), written());
            back.kept += self.execute_raw(keep).await?;
        }
        let delete = self.statement(&delete(BROUGHT), &delete(""), of());
        let deleted: Vec<Deleted> = self.rows_raw(delete).await?;
        let gone: Vec<Uuid> = deleted.iter().map(|row| row.id).collect();
        back.removed = gone.len() as u64;
        deleted.into_iter().for_each(|row| self.goes(row.movement));
        self.note_removals(owner, ChangeKind::Transaction, &gone).await?;
        for status in [TransactionStatus::Posted, TransactionStatus::Pending] {
            let values = [written(), vec![status.as_str().into()]].concat();
            let restored: Vec<Movement> =
                self.rows_raw(self.statement(&restore(), &restore(), values)).await?;
            back.restored += restored.len() as u64;
            restored.into_iter().for_each(|movement| self.comes(movement));
        }
        for statement in [PASS_ON, FORGET_ROWS] {
            self.execute_raw(self.statement(statement, statement, of())).await?;
        }
        Ok(back)
    }

    async fn forget(&mut self, owner: UserId, import: ImportId) -> Result<(), StoreError> {
        let values = vec![owner.0.into(), import.0.into()];
        self.execute_raw(self.statement(FORGET, FORGET, values)).await.map(drop)
    }
}
