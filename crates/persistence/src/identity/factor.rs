//! [`SecondFactorRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{
        BackupCodes, EnabledFactor, PendingFactor, PendingProof, SecondFactor, SecondFactorRepository,
        TotpStep,
    },
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, Condition, EntityTrait, Iterable, QueryFilter, QueryTrait, Set, UpdateMany,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    cells::{Cells, Entry, FromRow},
    rows::{
        columns,
        second_factors::{ActiveModel, Column, Entity},
    },
    unit_of_work::SeaUnitOfWork,
};

static FIND: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM second_factors WHERE user_id = $1", columns("", Column::iter()))
});
/// The row is read and then acted on, so that on Postgres nobody may change it in between.
static FIND_LOCKED: LazyLock<String> = LazyLock::new(|| format!("{} FOR UPDATE", *FIND));

/// A lock that is longer than any, `$11`, was set by a clock that was ahead. The lock of every tenth failure is an argument of its own, the longest one for all beyond: `$3` to `$10`.
const COUNT: &str = "UPDATE second_factors SET failures = failures + 1, locked_until = \
    CASE WHEN (failures + 1) % 10 <> 0 THEN locked_until ELSE \
    CASE (failures + 1) / 10 WHEN 1 THEN $3 WHEN 2 THEN $4 WHEN 3 THEN $5 WHEN 4 THEN $6 WHEN 5 THEN $7 \
    WHEN 6 THEN $8 WHEN 7 THEN $9 ELSE $10 END END \
    WHERE user_id = $1 AND enabled_at IS NOT NULL AND (locked_until IS NULL OR locked_until <= $2 OR locked_until > $11) \
    RETURNING failures";

/// How many failures there are now.
struct Failures(i32);

impl FromRow for Failures {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::SecondFactor, 0).get(0).map(Self)
    }
}

#[async_trait]
impl SecondFactorRepository for SeaUnitOfWork {
    async fn find(&mut self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let statement = self.statement(&FIND, &FIND_LOCKED, vec![user.0.into()]);
        Ok(self.rows_raw(statement).await?.pop())
    }

    async fn begin(&mut self, user: UserId, pending: &PendingFactor) -> Result<(), StoreError> {
        let (key, code) = match &pending.proof {
            PendingProof::Totp(key) => (Some(key.as_str().to_owned()), None),
            PendingProof::Email(hash) => (None, Some(hash.to_hex())),
        };
        let row = ActiveModel {
            user_id: Set(user.0),
            pending_id: Set(Some(pending.id)),
            pending_key_encrypted: Set(key),
            pending_code_hash: Set(code),
            pending_expires_at: Set(Some(pending.expires_at.as_chrono())),
            pending_tries: Set(pending.tries),
            ..ActiveModel::default()
        };
        let newest = OnConflict::column(Column::UserId)
            .update_columns([
                Column::PendingId,
                Column::PendingKeyEncrypted,
                Column::PendingCodeHash,
                Column::PendingExpiresAt,
                Column::PendingTries,
            ])
            .to_owned();
        self.execute(&Entity::insert(row).on_conflict(newest).into_query()).await.map(drop)
    }

    async fn try_pending(
        &mut self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<PendingFactor>, StoreError> {
        let mut update = Entity::update_many()
            .col_expr(Column::PendingTries, Expr::col(Column::PendingTries).add(1))
            .filter(Column::UserId.eq(user.0))
            .filter(Column::PendingId.is_not_null())
            .filter(Column::PendingExpiresAt.gte(now.as_chrono()))
            .filter(Column::PendingTries.lt(PendingFactor::TRIES))
            .into_query();
        update.returning(Query::returning().columns(Column::iter()));
        Ok(self.row::<SecondFactor>(&update).await?.and_then(|factor| factor.pending))
    }

    async fn drop_pending(&mut self, user: UserId, pending: Uuid) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .set(settled(ActiveModel::default()))
            .filter(Column::UserId.eq(user.0))
            .filter(Column::PendingId.eq(pending));
        self.execute(&update.into_query()).await.map(drop)
    }

    async fn enable(
        &mut self,
        user: UserId,
        pending: Uuid,
        factor: &EnabledFactor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (key, step) = factor.totp.as_ref().map(|(key, step)| (key.as_str().to_owned(), *step)).unzip();
        let model = settled(ActiveModel {
            totp_key_encrypted: Set(key),
            totp_last_step: Set(step),
            enabled_at: Set(Some(now.as_chrono())),
            backup_codes: Set(factor.backup_codes.to_stored()),
            backup_created_at: Set(Some(now.as_chrono())),
            failures: Set(0),
            locked_until: Set(None),
            ..ActiveModel::default()
        });
        let update = Entity::update_many()
            .set(model)
            .filter(Column::UserId.eq(user.0))
            .filter(Column::PendingId.eq(pending))
            .filter(Column::PendingExpiresAt.gte(now.as_chrono()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn lift(&mut self, user: UserId) -> Result<bool, StoreError> {
        let wrong = Condition::any().add(Column::Failures.gt(0)).add(Column::LockedUntil.is_not_null());
        let update = Entity::update_many().set(whole()).filter(Column::UserId.eq(user.0)).filter(wrong);
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn use_totp_step(
        &mut self,
        user: UserId,
        step: TotpStep,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let unspent = Condition::any().add(Column::TotpLastStep.is_null()).add(Column::TotpLastStep.lt(step));
        let update = right_code(user, now, ActiveModel { totp_last_step: Set(Some(step)), ..whole() })
            .filter(Column::TotpKeyEncrypted.is_not_null())
            .filter(Column::Failures.lt(SecondFactor::EXHAUSTED))
            .filter(unspent);
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn use_backup_code(
        &mut self,
        user: UserId,
        as_read: &BackupCodes,
        without: &BackupCodes,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = right_code(user, now, ActiveModel { backup_codes: Set(without.to_stored()), ..whole() })
            .filter(Column::BackupCodes.eq(as_read.to_stored()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn accept_mailed_code(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        let update = right_code(user, now, whole()).filter(Column::Failures.lt(SecondFactor::EXHAUSTED));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn count_failure(&mut self, user: UserId, now: Timestamp) -> Result<Option<i32>, StoreError> {
        let mut values = vec![user.0.into(), now.as_chrono().into()];
        values.extend((1..=8).map(|tens| {
            let lock = SecondFactor::lock_after(tens * SecondFactor::FAILURES);
            now.plus(lock.unwrap_or(SecondFactor::LONGEST_LOCK)).as_chrono().into()
        }));
        values.push(SecondFactor::longest_lock(now).as_chrono().into());
        let counted: Vec<Failures> = self.rows_raw(self.statement(COUNT, COUNT, values)).await?;
        Ok(counted.first().map(|Failures(failures)| *failures))
    }

    async fn replace_backup_codes(
        &mut self,
        user: UserId,
        codes: &BackupCodes,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .set(ActiveModel {
                backup_codes: Set(codes.to_stored()),
                backup_created_at: Set(Some(now.as_chrono())),
                ..ActiveModel::default()
            })
            .filter(Column::UserId.eq(user.0))
            .filter(Column::EnabledAt.is_not_null());
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn remove(&mut self, user: UserId) -> Result<bool, StoreError> {
        Ok(self.execute(&Entity::delete_by_id(user.0).into_query()).await? == 1)
    }
}

/// The same change, which also settles the enrolment under way.
fn settled(model: ActiveModel) -> ActiveModel {
    ActiveModel {
        pending_id: Set(None),
        pending_key_encrypted: Set(None),
        pending_code_hash: Set(None),
        pending_expires_at: Set(None),
        pending_tries: Set(0),
        ..model
    }
}

/// Wrong codes are forgotten.
fn whole() -> ActiveModel {
    ActiveModel { user_id: NotSet, failures: Set(0), locked_until: Set(None), ..ActiveModel::default() }
}

/// What a right code changes, unless the factor is locked.
fn right_code(user: UserId, now: Timestamp, change: ActiveModel) -> UpdateMany<Entity> {
    let open = Condition::any()
        .add(Column::LockedUntil.is_null())
        .add(Column::LockedUntil.lte(now.as_chrono()))
        .add(Column::LockedUntil.gt(SecondFactor::longest_lock(now).as_chrono()));
    Entity::update_many()
        .set(change)
        .filter(Column::UserId.eq(user.0))
        .filter(Column::EnabledAt.is_not_null())
        .filter(open)
}
