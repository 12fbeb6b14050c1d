//! [`AccountRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    connections::Connection,
    id::{AccountId, ConnectionId, UserId},
    ledger::{Account, AccountRepository, AccountSource, ChangeKind},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Func, LockType, OnConflict, Query},
};

use crate::{
    rows::{
        accounts::{ActiveModel, Column, Entity, listed, row},
        providers,
    },
    unit_of_work::SeaUnitOfWork,
};

/// Whatever an account can hold.
const HELD: [&str; 4] = ["transactions", "balances", "holdings", "import_accounts"];

static REMOVE_EMPTY: LazyLock<String> = LazyLock::new(|| {
    let holds_none =
        |table| format!(" AND NOT EXISTS (SELECT 1 FROM {table} WHERE user_id = $1 AND account_id = $2)");
    format!("DELETE FROM accounts WHERE user_id = $1 AND id = $2{}", HELD.map(holds_none).concat())
});

/// What a source may leave out: what is stored then stays.
const KEPT: [Column; 8] = [
    Column::Balance,
    Column::Available,
    Column::BalanceAsOf,
    Column::LastSyncedAt,
    Column::CreditLimit,
    Column::InterestRate,
    Column::CoveredFrom,
    Column::CoveredTo,
];

#[async_trait]
impl AccountRepository for SeaUnitOfWork {
    async fn upsert(&mut self, account: &Account) -> Result<AccountId, StoreError> {
        let seq = self.change_number(account.owner).await?;
        let mut known = OnConflict::columns([Column::UserId, Column::Source, Column::ExternalId]);
        known.update_columns([
            Column::Institution,
            Column::InstitutionUrl,
            Column::Name,
            Column::Mask,
            Column::Kind,
            Column::Currency,
            Column::IsActive,
            Column::ClosedSince,
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

    async fn find(&mut self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError> {
        let select = Entity::find()
            .select_only()
            .columns(listed())
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::Id.eq(id.0));
        self.row(&select.into_query()).await
    }

    async fn of_connection(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
    ) -> Result<Vec<Account>, StoreError> {
        // Before the owner's clock, which a page under way waits for.
        let alone = providers::Entity::find_by_id(connection.0)
            .filter(providers::Column::UserId.eq(owner.0))
            .lock(LockType::Update);
        self.row::<Connection>(&alone.into_query()).await?;
        let select = Entity::find()
            .select_only()
            .columns(listed())
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::ConnectionId.eq(connection.0))
            .order_by_asc(Column::Id);
        self.rows(&select.into_query()).await
    }

    async fn restate(&mut self, account: &Account) -> Result<(), StoreError> {
        let seq = self.change_number(account.owner).await?;
        let update = Entity::update_many()
            .set(ActiveModel {
                id: NotSet,
                user_id: NotSet,
                connection_id: NotSet,
                source: NotSet,
                external_id: NotSet,
                created_at: NotSet,
                born_seq: NotSet,
                ..row(account, seq)
            })
            .filter(Column::UserId.eq(account.owner.0))
            .filter(Column::Id.eq(account.id.0));
        if self.execute(&update.into_query()).await? == 0 {
            return self.fail(StoreError::Stale);
        }
        Ok(())
    }

    async fn remove_empty(&mut self, owner: UserId, id: AccountId) -> Result<bool, StoreError> {
        // While there is an account to which they belong.
        self.write_days().await?;
        let delete = self.statement(&REMOVE_EMPTY, &REMOVE_EMPTY, vec![owner.0.into(), id.0.into()]);
        let is_removed = self.execute_raw(delete).await? == 1;
        if is_removed {
            self.note_removals(owner, ChangeKind::Account, &[id.0]).await?;
        }
        Ok(is_removed)
    }

    async fn deactivate_others(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        keep: &[AccountId],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let seq = self.change_number(owner).await?;
        let update = Entity::update_many()
            .set(ActiveModel {
                seq: Set(seq),
                is_active: Set(false),
                updated_at: Set(now.as_chrono()),
                ..ActiveModel::default()
            })
            // What the institution told of its end stays.
            .col_expr(
                Column::ClosedSince,
                Expr::from(Func::coalesce([Expr::col(Column::ClosedSince), Expr::val(now.day().0)])),
            )
            .filter(Column::UserId.eq(owner.0))
            .filter(Column::ConnectionId.eq(connection.0))
            .filter(Column::IsActive.eq(true))
            .filter(Column::Id.is_not_in(keep.iter().map(|account| account.0)));
        self.execute(&update.into_query()).await
    }
}
