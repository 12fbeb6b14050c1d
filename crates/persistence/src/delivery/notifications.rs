//! [`NotificationRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    delivery::notification::{
        NotificationKey, NotificationKind, NotificationRepository, NotificationSettings,
    },
    id::UserId,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockType, OnConflict, Query},
};

use crate::{
    rows::{
        notification_settings::{Column, Entity, row},
        told_notifications as told,
    },
    unit_of_work::SeaUnitOfWork,
};

/// Columns of a row of what was told.
const WIDTH: usize = 4;

#[async_trait]
impl NotificationRepository for SeaUnitOfWork {
    async fn find(&mut self, owner: UserId) -> Result<Option<NotificationSettings>, StoreError> {
        let found = Entity::find_by_id(owner.0).lock(LockType::NoKeyUpdate);
        self.row(&found.into_query()).await
    }

    async fn put(&mut self, settings: &NotificationSettings) -> Result<(), StoreError> {
        let mutable = Column::iter().filter(|column| !matches!(column, Column::UserId | Column::Revision));
        let known = OnConflict::column(Column::UserId)
            .update_columns(mutable)
            .value(Column::Revision, Expr::col((Entity, Column::Revision)).add(1))
            .to_owned();
        let insert = Entity::insert(row(settings)).on_conflict(known);
        self.execute(&insert.into_query()).await.map(drop)
    }

    async fn note_told(
        &mut self,
        owner: UserId,
        keys: &[NotificationKey],
        now: Timestamp,
    ) -> Result<Vec<NotificationKey>, StoreError> {
        let mut new = Vec::new();
        for chunk in keys.chunks(Self::chunk(WIDTH)) {
            let known =
                OnConflict::columns([told::Column::UserId, told::Column::Kind, told::Column::Subject])
                    .do_nothing()
                    .to_owned();
            let rows = chunk.iter().map(|key| told::row(owner, key, now));
            let mut insert = told::Entity::insert_many(rows).on_conflict(known).into_query();
            insert.returning(Query::returning().columns([told::Column::Kind, told::Column::Subject]));
            new.extend(self.rows::<NotificationKey>(&insert).await?);
        }
        Ok(new)
    }

    async fn keep_told(
        &mut self,
        owner: UserId,
        kind: NotificationKind,
        subjects: &[String],
    ) -> Result<(), StoreError> {
        let mut remove = told::Entity::delete_many()
            .filter(told::Column::UserId.eq(owner.0))
            .filter(told::Column::Kind.eq(kind.as_str()));
        if !subjects.is_empty() {
            remove = remove.filter(told::Column::Subject.is_not_in(subjects.iter().map(String::as_str)));
        }
        self.execute(&remove.into_query()).await.map(drop)
    }
}
