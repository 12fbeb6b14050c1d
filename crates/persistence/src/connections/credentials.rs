//! [`CredentialRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{CredentialRepository, ExpiryNotice, RefreshRight, SealedCredentials},
    id::{ConnectionId, UserId},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, LockType, OnConflict},
};

use crate::{
    rows::provider_credentials::{ActiveModel, Column, Entity, Whose, first_notice, row},
    unit_of_work::SeaUnitOfWork,
};

/// Materialized, so that the rows are picked once; racing workers on Postgres step over each other's.
fn take(lock: &str) -> String {
    format!(
        "WITH due AS MATERIALIZED (SELECT connection_id FROM provider_credentials \
         WHERE refresh_due_at IS NOT NULL AND refresh_due_at <= $1 \
         ORDER BY refresh_due_at, connection_id LIMIT $2{lock}) \
         UPDATE provider_credentials SET refresh_due_at = NULL \
         WHERE connection_id IN (SELECT connection_id FROM due) RETURNING user_id, connection_id"
    )
}

static TAKE_SQLITE: LazyLock<String> = LazyLock::new(|| take(""));
static TAKE_POSTGRES: LazyLock<String> = LazyLock::new(|| take(" FOR UPDATE SKIP LOCKED"));

#[async_trait]
impl CredentialRepository for SeaUnitOfWork {
    async fn find(&mut self, connection: ConnectionId) -> Result<Option<SealedCredentials>, StoreError> {
        let locked = Entity::find_by_id(connection.0).lock(LockType::NoKeyUpdate);
        self.row(&locked.into_query()).await
    }

    /// What was never stored has revision 0 and is stored as revision 1, so that of two first writes one is stale,
    /// and credentials that were deleted meanwhile do not come back.
    async fn put(&mut self, credentials: &mut SealedCredentials) -> Result<(), StoreError> {
        let next = ActiveModel { revision: Set(credentials.revision + 1), ..row(credentials) };
        let written = if credentials.revision == 0 {
            let taken = OnConflict::column(Column::ConnectionId).do_nothing().to_owned();
            self.execute(&Entity::insert(next).on_conflict(taken).into_query()).await?
        } else {
            // What was told of a grant's end stays told until the end itself is another.
            let notice_due_at = match (credentials.grant_expires_at, first_notice(credentials)) {
                (Some(end), Some(first)) => Expr::case(
                    Expr::col(Column::GrantExpiresAt).eq(end.as_chrono()),
                    Expr::col(Column::NoticeDueAt),
                )
                .finally(first.as_chrono())
                .into(),
                _ => Expr::val(Option::<DateTimeUtc>::None),
            };
            let kept = ActiveModel {
                connection_id: NotSet,
                user_id: NotSet,
                created_at: NotSet,
                notice_due_at: NotSet,
                ..next
            };
            let update = Entity::update_many()
                .set(kept)
                .col_expr(Column::NoticeDueAt, notice_due_at)
                .filter(Column::ConnectionId.eq(credentials.connection.0))
                .filter(Column::UserId.eq(credentials.owner.0))
                .filter(Column::Revision.eq(credentials.revision));
            self.execute(&update.into_query()).await?
        };
        if written == 0 {
            return self.fail(StoreError::Stale);
        }
        credentials.revision += 1;
        Ok(())
    }

    async fn claim_refresh(
        &mut self,
        connection: ConnectionId,
        revision: i32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<RefreshRight>, StoreError> {
        for (right, held) in [
            (RefreshRight::Free, Column::RefreshLeaseUntil.is_null()),
            (RefreshRight::Inherited, Column::RefreshLeaseUntil.lt(now.as_chrono())),
            // Taken by a clock that was ahead.
            (
                RefreshRight::Inherited,
                Column::RefreshLeaseUntil.gt(now.plus(SealedCredentials::LONGEST_HOLD).as_chrono()),
            ),
        ] {
            let claim = Entity::update_many()
                .set(ActiveModel { refresh_lease_until: Set(Some(until.as_chrono())), ..Default::default() })
                .filter(Column::ConnectionId.eq(connection.0))
                .filter(Column::Revision.eq(revision))
                .filter(held);
            if self.execute(&claim.into_query()).await? == 1 {
                return Ok(Some(right));
            }
        }
        Ok(None)
    }

    async fn take_due_refreshes(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(UserId, ConnectionId)>, StoreError> {
        let values = vec![now.as_chrono().into(), i64::from(limit).into()];
        let statement = self.statement(&TAKE_SQLITE, &TAKE_POSTGRES, values);
        let taken: Vec<Whose> = self.rows_raw(statement).await?;
        Ok(taken.into_iter().map(|Whose(owner, connection)| (owner, connection)).collect())
    }

    async fn settle_notice(
        &mut self,
        notice: &ExpiryNotice,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let settle = Entity::update_many()
            .col_expr(Column::NoticeDueAt, Expr::val(next.map(Timestamp::as_chrono)))
            .filter(Column::ConnectionId.eq(notice.connection.0))
            .filter(Column::UserId.eq(notice.owner.0))
            .filter(Column::NoticeDueAt.eq(notice.due_at.as_chrono()))
            .filter(Column::GrantExpiresAt.eq(notice.grant_expires_at.as_chrono()));
        Ok(self.execute(&settle.into_query()).await? == 1)
    }

    async fn release_refresh(&mut self, connection: ConnectionId) -> Result<(), StoreError> {
        let release = Entity::update_many()
            .set(ActiveModel { refresh_lease_until: Set(None), ..Default::default() })
            .filter(Column::ConnectionId.eq(connection.0));
        self.execute(&release.into_query()).await.map(drop)
    }

    async fn delete(&mut self, connection: ConnectionId) -> Result<bool, StoreError> {
        let delete = Entity::delete_many().filter(Column::ConnectionId.eq(connection.0));
        Ok(self.execute(&delete.into_query()).await? == 1)
    }
}
