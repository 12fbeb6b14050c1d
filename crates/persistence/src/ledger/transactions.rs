//! [`TransactionRepository`] on the unit of work.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{Absence, TransactionWindow},
    id::{AccountId, ImportId, SyncRunId, TransactionId, UserId},
    ledger::{KnownAs, Shown, Transaction, TransactionRepository, TransactionStatus},
    store::StoreError,
    time::{Day, Timestamp},
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set, UpdateMany,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Func, OnConflict, Query},
};

use super::{
    days::Movement,
    locked::{Kept, keeping},
    newest,
};
use crate::{
    cells::FromRow,
    rows::{
        columns,
        transactions::{ActiveModel, Column, Entity, KNOWN_AS, WIDTH, found_by, row, told},
    },
    unit_of_work::SeaUnitOfWork,
};

/// Looks each id up by itself, in the order only the unique index gives: while the planner knows nothing of a table
/// that grows, a list of ids lets it read the whole account by another index instead, again for every page.
fn with_source_ids(columns: &str) -> String {
    format!(
        "SELECT {columns} FROM (SELECT DISTINCT value FROM jsonb_array_elements_text($3::text::jsonb)) AS wanted \
         CROSS JOIN LATERAL (SELECT * FROM transactions WHERE user_id = $1 AND account_id = $2 \
         AND source_id = wanted.value ORDER BY user_id, account_id, source_id, ordinal) AS known"
    )
}

static WITH_SOURCE_IDS: LazyLock<String> = LazyLock::new(|| with_source_ids(&columns("known", told())));
static KNOWN: LazyLock<String> = LazyLock::new(|| with_source_ids(&columns("known", KNOWN_AS.into_iter())));

/// The rare pending rows have an index of their own, which SQLite is told.
static PENDING: LazyLock<[String; 2]> = LazyLock::new(|| {
    [" INDEXED BY ix_transactions_account_pending", ""].map(|index| {
        let told = columns("t", told());
        format!(
            "SELECT {told} FROM transactions t{index} WHERE t.user_id = $1 AND t.account_id = $2 \
             AND t.status = 'pending'"
        )
    })
});

#[async_trait]
impl TransactionRepository for SeaUnitOfWork {
    async fn with_source_ids(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<Transaction>, StoreError> {
        self.by_source_ids((owner, account), source_ids, &WITH_SOURCE_IDS, &told().collect::<Vec<_>>()).await
    }

    async fn known(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<KnownAs>, StoreError> {
        self.by_source_ids((owner, account), source_ids, &KNOWN, &KNOWN_AS).await
    }

    async fn on_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        days: &[Day],
        except: ImportId,
    ) -> Result<Vec<Transaction>, StoreError> {
        let mut found = Vec::new();
        for chunk in days.chunks(Self::chunk(1)) {
            let others = Condition::any().add(Column::ImportId.is_null()).add(Column::ImportId.ne(except.0));
            for of_days in by_told_day(|day| day.is_in(chunk.iter().map(|day| day.0))) {
                let select = Entity::find()
                    .select_only()
                    .columns(told())
                    .filter(Column::UserId.eq(owner.0))
                    .filter(Column::AccountId.eq(account.0))
                    .filter(of_days)
                    .filter(others.clone());
                found.extend(self.rows::<Transaction>(&select.into_query()).await?);
            }
        }
        Ok(found)
    }

    async fn kept(
        &mut self,
        owner: UserId,
        account: AccountId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        self.change_number(owner).await?;
        let mut found = Vec::new();
        for chunk in ids.chunks(Self::chunk(1)) {
            let select = Entity::find()
                .filter(Column::Id.is_in(chunk.iter().map(|id| id.0)))
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::AccountId.eq(account.0));
            found.extend(self.rows::<Transaction>(&select.into_query()).await?);
        }
        Ok(found)
    }

    async fn find_all(
        &mut self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError> {
        let mut found = Vec::new();
        for chunk in ids.chunks(Self::chunk(1)) {
            let select = Entity::find()
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::Id.is_in(chunk.iter().map(|id| id.0)));
            found.extend(self.rows::<Transaction>(&select.into_query()).await?);
        }
        Ok(found)
    }

    async fn pending(&mut self, owner: UserId, account: AccountId) -> Result<Vec<Transaction>, StoreError> {
        let values = vec![owner.0.into(), account.0.into()];
        self.rows_raw(self.statement(&PENDING[0], &PENDING[1], values)).await
    }

    async fn unseen(
        &mut self,
        owner: UserId,
        account: AccountId,
        window: TransactionWindow,
        shown: &Shown,
    ) -> Result<Vec<Transaction>, StoreError> {
        let posted = Column::Status.eq(TransactionStatus::Posted.as_str());
        let unseen = self.unseen_ids((owner, account), window, shown, posted).await?;
        self.find_all(owner, &unseen).await
    }

    async fn posted_on(
        &mut self,
        owner: UserId,
        account: AccountId,
        days: &[Day],
    ) -> Result<Vec<Transaction>, StoreError> {
        let mut found = Vec::new();
        for chunk in days.chunks(Self::chunk(1)) {
            for of_days in by_told_day(|day| day.is_in(chunk.iter().map(|day| day.0))) {
                let select = Entity::find()
                    .select_only()
                    .columns(told())
                    .filter(Column::UserId.eq(owner.0))
                    .filter(Column::AccountId.eq(account.0))
                    .filter(of_days)
                    .filter(Column::Status.eq(TransactionStatus::Posted.as_str()));
                found.extend(self.rows::<Transaction>(&select.into_query()).await?);
            }
        }
        Ok(found)
    }

    async fn posted_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        from: Day,
        to: Day,
    ) -> Result<Vec<Day>, StoreError> {
        self.days_with_rows(owner, account, (from, to)).await
    }

    async fn insert(&mut self, transactions: &[Transaction]) -> Result<u64, StoreError> {
        let numbers = self.stamp_each(transactions.iter().map(|row| row.owner)).await?;
        let mut added = 0;
        for chunk in transactions.chunks(Self::chunk(WIDTH)) {
            let known =
                OnConflict::columns([Column::UserId, Column::AccountId, Column::SourceId, Column::Ordinal])
                    .do_nothing()
                    .to_owned();
            let insert =
                Entity::insert_many(chunk.iter().map(|of| row(of, numbers.of(of.owner)))).on_conflict(known);
            let mut insert = insert.into_query();
            insert.returning(Query::returning().column(Column::Id));
            let inserted: HashSet<Uuid> = self.rows(&insert).await?.into_iter().collect();
            added += inserted.len() as u64;
            let inserted = chunk.iter().filter(|row| inserted.contains(&row.id.0));
            inserted.clone().for_each(|row| self.comes(Movement::of(row)));
            self.note_deciders(inserted).await?;
        }
        Ok(added)
    }

    /// One statement per few hundred rows, as an insert of rows that exist; the raw row stays when none is given,
    /// because nobody who reads transactions to change them sees it. Corrections and transfers are those that are
    /// stored, whatever whoever read the row before it was held knew of them.
    async fn update(&mut self, transactions: &[Transaction]) -> Result<(), StoreError> {
        let numbers = self.stamp_each(transactions.iter().map(|row| row.owner)).await?;
        let transactions = newest(transactions, |transaction| transaction.id);
        for chunk in transactions.chunks(Self::chunk(WIDTH)) {
            let Kept { mut beside, decided } = self.lock_all(chunk).await?;
            let chunk: Vec<Cow<'_, Transaction>> =
                chunk.iter().map(|of| keeping(of, beside.remove(&of.id.0).unwrap_or_default())).collect();
            chunk.iter().for_each(|transaction| self.comes(Movement::of(transaction)));
            let mut stored = OnConflict::column(Column::Id);
            stored.update_columns(told().chain(found_by()).filter(|column| {
                !matches!(
                    column,
                    Column::Id
                        | Column::UserId
                        | Column::AccountId
                        | Column::CreatedAt
                        | Column::BornSeq
                        | Column::TransferId
                        | Column::TransferKind
                )
            }));
            let raw =
                Func::coalesce([Expr::col(("excluded", Column::Raw)), Expr::col((Entity, Column::Raw))]);
            stored.value(Column::Raw, raw);
            let insert =
                Entity::insert_many(chunk.iter().map(|of| row(of, numbers.of(of.owner)))).on_conflict(stored);
            self.execute(&insert.into_query()).await?;
            self.forget_deciders(&decided).await?;
            self.note_deciders(chunk.iter().map(|row| &**row)).await?;
        }
        Ok(())
    }

    async fn mark_seen(
        &mut self,
        owner: UserId,
        ids: &[TransactionId],
        run: SyncRunId,
    ) -> Result<(), StoreError> {
        for chunk in ids.chunks(Self::chunk(1)) {
            let update = Entity::update_many()
                .col_expr(Column::SeenIn, Expr::val(run.0))
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::Id.is_in(chunk.iter().map(|id| id.0)));
            self.execute(&update.into_query()).await?;
        }
        Ok(())
    }

    async fn remove_unseen(
        &mut self,
        owner: UserId,
        account: AccountId,
        window: TransactionWindow,
        shown: &Shown,
        absence: Absence,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let may_go = match absence {
            Absence::PendingOnly => Column::Status.eq(TransactionStatus::Pending.as_str()),
            Absence::Removed => Column::Status.ne(TransactionStatus::Removed.as_str()),
        };
        // With the clock held nobody changes what is found here.
        let seq = self.change_number(owner).await?;
        let unseen = self.unseen_ids((owner, account), window, shown, may_go).await?;
        let mut removed = 0;
        for chunk in unseen.chunks(Self::chunk(1)) {
            let these = Column::Id.is_in(chunk.iter().map(|id| id.0));
            removed += self.mark_removed(removal(owner, account, seq, now).filter(these)).await?;
        }
        Ok(removed)
    }

    async fn remove(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_id: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let seq = self.change_number(owner).await?;
        let update = removal(owner, account, seq, now).filter(Column::SourceId.eq(source_id));
        self.mark_removed(update).await
    }
}

impl SeaUnitOfWork {
    /// These columns of the account's rows with one of these ids, by this statement on Postgres.
    async fn by_source_ids<T: FromRow>(
        &mut self,
        (owner, account): (UserId, AccountId),
        source_ids: &[String],
        on_postgres: &str,
        columns: &[Column],
    ) -> Result<Vec<T>, StoreError> {
        if self.is_postgres() {
            let wanted = serde_json::Value::from(source_ids).to_string();
            let values = vec![owner.0.into(), account.0.into(), wanted.into()];
            return self.rows_raw(self.statement("", on_postgres, values)).await;
        }
        let mut found = Vec::new();
        for chunk in source_ids.chunks(Self::chunk(1)) {
            let select = Entity::find()
                .select_only()
                .columns(columns.iter().copied())
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::AccountId.eq(account.0))
                .filter(Column::SourceId.is_in(chunk.iter().map(String::as_str)));
            found.extend(self.rows::<T>(&select.into_query()).await?);
        }
        Ok(found)
    }

    /// The ids of those of the account's transactions of this window that were not shown and did not come from an import, in
    /// one of these states.
    async fn unseen_ids(
        &mut self,
        (owner, account): (UserId, AccountId),
        window: TransactionWindow,
        shown: &Shown,
        state: Expr,
    ) -> Result<Vec<TransactionId>, StoreError> {
        let unwritten = Condition::any().add(Column::SeenIn.is_null()).add(Column::SeenIn.ne(shown.run.0));
        let (from, to) = (window.from.0, window.to.0);
        let mut unseen = Vec::new();
        for of_days in by_told_day(|day| day.between(from, to)) {
            let select = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::AccountId.eq(account.0))
                .filter(of_days)
                .filter(state.clone())
                .filter(Column::ImportId.is_null())
                .filter(unwritten.clone());
            let ids = self.rows::<Uuid>(&select.into_query()).await?.into_iter().map(TransactionId);
            unseen.extend(ids.filter(|id| !shown.unchanged.contains(id)));
        }
        Ok(unseen)
    }

    /// Carries a removal out; how many rows it found.
    async fn mark_removed(&mut self, removal: UpdateMany<Entity>) -> Result<u64, StoreError> {
        let posted = Column::Status.eq(TransactionStatus::Posted.as_str());
        // The posted ones apart, because afterwards nobody knows which they were.
        let mut of_posted = removal.clone().filter(posted).into_query();
        of_posted.returning(Query::returning().columns(Movement::COLUMNS));
        let removed: Vec<Movement> = self.rows(&of_posted).await?;
        let count = removed.len() as u64;
        removed.into_iter().for_each(|movement| self.goes(Movement::posted(movement)));
        Ok(count + self.execute(&removal.into_query()).await?)
    }
}

/// Of these days by what the institution says, whatever day is shown: one after the other, each by an index of its own.
fn by_told_day(days: impl Fn(Column) -> Expr) -> [Expr; 2] {
    [days(Column::Day).and(Column::ToldDay.is_null()), days(Column::ToldDay)]
}

/// Marks what is not yet marked.
fn removal(owner: UserId, account: AccountId, seq: i64, now: Timestamp) -> UpdateMany<Entity> {
    let removed = TransactionStatus::Removed.as_str();
    let row = ActiveModel {
        status: Set(removed.to_owned()),
        seq: Set(seq),
        updated_at: Set(now.as_chrono()),
        raw: NotSet,
        ..ActiveModel::default()
    };
    Entity::update_many()
        .set(row)
        .filter(Column::UserId.eq(owner.0))
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::Status.ne(removed))
}
