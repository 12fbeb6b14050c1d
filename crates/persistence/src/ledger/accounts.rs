//! [`AccountRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, ConnectionId, UserId},
    ledger::{Account, AccountRepository, AccountSource},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryTrait, Set,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Func, OnConflict, Query},
};

use crate::{
    rows::accounts::{ActiveModel, Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

/// What a source may leave out: what is stored then stays.
const KEPT: [Column; 4] = [Column::Balance, Column::Available, Column::BalanceAsOf, Column::LastSyncedAt];

#[async_trait]
impl AccountRepository for SeaUnitOfWork {
    async fn upsert(&mut self, account: &Account) -> Result<AccountId, StoreError> {
        let seq = self.stamp(account.owner).await?;
        let mut known = OnConflict::columns([Column::UserId, Column::Source, Column::ExternalId]);
        known.update_columns([
            Column::Institution,
            Column::InstitutionUrl,
            Column::Name,
            Column::Mask,
            Column::Kind,
            Column::Currency,
            Column::IsActive,
            Column::UpdatedAt,
            Column::Seq,
        ]);
        known.values(KEPT.map(|column| {
            let stored = Expr::col((Entity, column));
            (column, Func::coalesce([Expr::col(("excluded", column)), stored]).into())
        }));
        // What a balance is made of goes with the balance.
        let parts = Expr::case(
            Expr::col(("excluded", Column::Balance)).is_null(),
            Expr::col((Entity, Column::Parts)),
        )
        .finally(Expr::col(("excluded", Column::Parts)));
        known.value(Column::Parts, parts);
        let mut insert = Entity::insert(row(account, seq)).on_conflict(known).into_query();
        insert.returning(Query::returning().column(Column::Id));
        match self.row::<Uuid>(&insert).await? {
            Some(id) => Ok(AccountId(id)),
            None => self.fail(StoreError::Stale),
        }
    }

    async fn rename(
        &mut self,
        owner: UserId,
        source: &AccountSource,
        earlier: &[String],
        external_id: &str,
    ) -> Result<bool, StoreError> {
        let of_source =
            || Condition::all().add(Column::UserId.eq(owner.0)).add(Column::Source.eq(source.key()));
        let taken = Query::select()
            .expr(Expr::val(1))
            .from(Entity)
            .cond_where(of_source().add(Column::ExternalId.eq(external_id)))
            .to_owned();
        let update = Entity::update_many()
            .col_expr(Column::ExternalId, Expr::val(external_id))
            .filter(of_source().add(Column::ExternalId.is_in(earlier.iter().map(String::as_str))))
            .filter(Condition::all().not().add(Expr::exists(taken)));
        Ok(self.execute(&update.into_query()).await? > 0)
    }

    async fn deactivate_others(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        keep: &[AccountId],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let seq = self.stamp(owner).await?;
        let update = Entity::update_many()
            .set(ActiveModel {
                seq: Set(seq),
                is_active: Set(false),
                updated_at: Set(now.as_chrono()),
                ..ActiveModel::default()
            })
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::ConnectionId.eq(connection.0))
            .filter(Column::IsActive.eq(true))
            .filter(Column::Id.is_not_in(keep.iter().map(|account| account.0)));
        self.execute(&update.into_query()).await
    }
}
