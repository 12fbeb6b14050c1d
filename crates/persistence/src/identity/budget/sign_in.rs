//! [`SignInBudgetRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{SignInBudget, SignInBudgetRepository},
    record::Record,
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryTrait, Set,
    sea_query::OnConflict,
};

use crate::{
    cells::{Cells, Entry, FromRow},
    rows::sign_in_budgets::{ActiveModel, Column, Entity},
    unit_of_work::SeaUnitOfWork,
};

/// A budget that was spent, also by a clock that was ahead, or whose last failure is long past, begins anew with this failure. The guard makes the
/// statement answer nothing while the budget is spent.
const COUNT: &str = "INSERT INTO sign_in_budgets (subject, failures, last_at) VALUES ($1, 1, $2) \
    ON CONFLICT (subject) DO UPDATE SET \
    failures = CASE WHEN sign_in_budgets.locked_until IS NOT NULL OR sign_in_budgets.last_at < $4 THEN 1 \
        ELSE sign_in_budgets.failures + 1 END, \
    locked_until = CASE WHEN sign_in_budgets.locked_until IS NOT NULL OR sign_in_budgets.last_at < $4 THEN NULL \
        WHEN sign_in_budgets.failures + 1 >= $5 THEN $3 END, \
    last_at = $2 \
    WHERE sign_in_budgets.locked_until IS NULL OR sign_in_budgets.locked_until <= $2 \
    OR sign_in_budgets.locked_until > $6 \
    RETURNING failures";

const FORGET_OLDEST: &str = "DELETE FROM sign_in_budgets WHERE user_id = $1 AND subject NOT IN \
    (SELECT subject FROM sign_in_budgets WHERE user_id = $1 ORDER BY last_at DESC, subject LIMIT $2)";

const PURGE: &str = "DELETE FROM sign_in_budgets WHERE subject IN (SELECT subject FROM sign_in_budgets \
    WHERE last_at < $1 AND (locked_until IS NULL OR locked_until < $3) AND (user_id IS NULL OR last_at < $2) LIMIT $4)";

/// How many failures there are now.
struct Failures(i32);

impl FromRow for Failures {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::SignInBudget, 0).get(0).map(Self)
    }
}

#[async_trait]
impl SignInBudgetRepository for SeaUnitOfWork {
    async fn count_failure(
        &mut self,
        subject: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<i32>, StoreError> {
        let values = vec![
            subject.to_hex().into(),
            now.as_chrono().into(),
            now.plus(SignInBudget::LOCK).as_chrono().into(),
            now.plus(-SignInBudget::MEMORY).as_chrono().into(),
            SignInBudget::FAILURES.into(),
            SignInBudget::longest_lock(now).as_chrono().into(),
        ];
        let counted: Vec<Failures> = self.rows_raw(self.statement(COUNT, COUNT, values)).await?;
        Ok(counted.first().map(|Failures(failures)| *failures))
    }

    async fn restore(&mut self, subject: &SecretHash, now: Timestamp) -> Result<bool, StoreError> {
        let longest = SignInBudget::longest_lock(now).as_chrono();
        let not_spent = Condition::any()
            .add(Column::LockedUntil.is_null())
            .add(Column::LockedUntil.lte(now.as_chrono()))
            .add(Column::LockedUntil.gt(longest));
        let update = whole().filter(Column::Subject.eq(subject.to_hex())).filter(not_spent);
        self.execute(&update.into_query()).await?;
        // What was not restored either never was or is spent. Looked at afterwards: a racer that spends the budget
        // only after this look came later.
        let spent = Entity::find()
            .filter(Column::Subject.eq(subject.to_hex()))
            .filter(Column::LockedUntil.gt(now.as_chrono()))
            .filter(Column::LockedUntil.lte(longest));
        Ok(self.row::<SignInBudget>(&spent.into_query()).await?.is_none())
    }

    async fn lift(&mut self, subject: &SecretHash) -> Result<(), StoreError> {
        self.execute(&whole().filter(Column::Subject.eq(subject.to_hex())).into_query()).await.map(drop)
    }

    async fn remember(
        &mut self,
        owner: UserId,
        clients: &[SecretHash],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if clients.is_empty() {
            return Ok(());
        }
        let rows = clients.iter().map(|client| ActiveModel {
            subject: Set(client.to_hex()),
            user_id: Set(Some(owner.0)),
            failures: Set(0),
            last_at: Set(now.as_chrono()),
            locked_until: Set(None),
        });
        let newest = OnConflict::column(Column::Subject)
            .update_columns([Column::UserId, Column::Failures, Column::LastAt, Column::LockedUntil])
            .to_owned();
        self.execute(&Entity::insert_many(rows).on_conflict(newest).into_query()).await?;
        let values = vec![owner.0.into(), i64::from(SignInBudget::MOST_CLIENTS).into()];
        self.execute_raw(self.statement(FORGET_OLDEST, FORGET_OLDEST, values)).await.map(drop)
    }

    async fn forget_clients(&mut self, owner: UserId) -> Result<(), StoreError> {
        let delete = Entity::delete_many().filter(Column::UserId.eq(owner.0));
        self.execute(&delete.into_query()).await.map(drop)
    }

    async fn purge(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let values = vec![
            now.plus(-SignInBudget::MEMORY).as_chrono().into(),
            now.plus(-SignInBudget::KNOWN_FOR).as_chrono().into(),
            now.as_chrono().into(),
            i64::from(limit).into(),
        ];
        self.execute_raw(self.statement(PURGE, PURGE, values)).await
    }
}

/// Makes budgets whole.
fn whole() -> sea_orm::UpdateMany<Entity> {
    Entity::update_many().set(ActiveModel {
        subject: NotSet,
        user_id: NotSet,
        last_at: NotSet,
        failures: Set(0),
        locked_until: Set(None),
    })
}
