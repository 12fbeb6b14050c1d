//! [`SessionRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{EndReason, Session, SessionRepository, SessionSnapshot},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait, Set, sea_query::Query};
use uuid::Uuid;

use crate::{
    queries::SESSION,
    rows::sessions::{ActiveModel, Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

/// The row is read and then acted on, so that on Postgres nobody may change it in between.
static LOCKED: LazyLock<String> = LazyLock::new(|| format!("{} FOR NO KEY UPDATE OF s", *SESSION));

#[async_trait]
impl SessionRepository for SeaUnitOfWork {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(session)).into_query()).await.map(drop)
    }

    async fn end(
        &mut self,
        owner: UserId,
        id: SessionId,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = Entity::update_many()
            .set(ActiveModel {
                ended_at: Set(Some(now.as_chrono())),
                end_reason: Set(Some(reason.as_str().to_owned())),
                ..ActiveModel::default()
            })
            .filter(Column::Id.eq(id.0))
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::EndedAt.is_null());
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn end_all_of(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        reason: EndReason,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        let mut update = Entity::update_many()
            .set(ActiveModel {
                ended_at: Set(Some(now.as_chrono())),
                end_reason: Set(Some(reason.as_str().to_owned())),
                ..ActiveModel::default()
            })
            .filter(Column::UserId.eq(user.0))
            .filter(Column::EndedAt.is_null());
        if let Some(kept) = except {
            update = update.filter(Column::Id.ne(kept.0));
        }
        let mut update = update.into_query();
        update.returning(Query::returning().column(Column::Id));
        Ok(self.rows::<Uuid>(&update).await?.into_iter().map(SessionId).collect())
    }

    async fn find(&mut self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError> {
        let statement = self.statement(&SESSION, &LOCKED, vec![id.0.into()]);
        Ok(self.rows_raw(statement).await?.pop())
    }
}
