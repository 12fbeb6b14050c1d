//! [`ConnectionRepository`] on the unit of work.

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{Connection, ConnectionRepository, GrantId, ProviderKey, SyncPace},
    id::{ConnectionId, UserId},
    ledger::ChangeKind,
    store::{Admitted, Inserted, StoreError},
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set, UpdateMany,
    sea_query::{Condition, Expr, ExprTrait, LockType, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    guarded::insert_where,
    rows::{
        accounts, columns,
        providers::{ActiveModel, Column, Entity, due, row},
        users,
    },
    unit_of_work::SeaUnitOfWork,
};

fn take_due(index: &str, lock: &str) -> String {
    let (all, due) = (columns("p", Column::iter()), due(index));
    format!("SELECT {all} FROM {due} ORDER BY p.next_sync_at, p.id LIMIT $3{lock}")
}

static TAKE_DUE_SQLITE: LazyLock<String> = LazyLock::new(|| take_due(" INDEXED BY ix_providers_due", ""));
static TAKE_DUE_POSTGRES: LazyLock<String> =
    LazyLock::new(|| take_due("", " FOR NO KEY UPDATE OF p SKIP LOCKED"));

#[async_trait]
impl ConnectionRepository for SeaUnitOfWork {
    async fn find(&mut self, owner: UserId, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        let locked = Entity::find_by_id(id.0).filter(Column::UserId.eq(owner.0)).lock(LockType::NoKeyUpdate);
        self.row(&locked.into_query()).await
    }

    async fn insert_if_absent(&mut self, connection: &Connection) -> Result<Inserted, StoreError> {
        let taken = OnConflict::columns([Column::UserId, Column::Alias]).do_nothing().to_owned();
        let stored = self.execute(&Entity::insert(row(connection)).on_conflict(taken).into_query()).await?;
        Ok(if stored == 1 { Inserted::New } else { Inserted::Exists })
    }

    async fn insert_within_limit(&mut self, connection: &Connection) -> Result<Admitted, StoreError> {
        let owner = connection.owner.0;
        // On Postgres a statement sees what was there when it began: whoever waits for another has to wait before
        // it counts.
        let lock = Query::select()
            .column(users::Column::Id)
            .from(users::Entity)
            .and_where(Expr::col(users::Column::Id).eq(owner))
            .lock(LockType::NoKeyUpdate)
            .to_owned();
        self.rows::<Uuid>(&lock).await?;
        let within = "(u.device_limit < 0 OR u.device_limit > \
             (SELECT COUNT(*) FROM providers p WHERE p.user_id = u.id))";
        let owner_within = Query::select()
            .expr(Expr::val(1))
            .from_as(users::Entity, "u")
            .and_where(Expr::col(("u", users::Column::Id)).eq(owner))
            .and_where(Expr::cust(within))
            .to_owned();
        let guard = Condition::all().add(Expr::exists(owner_within));
        let taken = OnConflict::columns([Column::UserId, Column::Alias]).do_nothing().to_owned();
        if self.execute(&insert_where(row(connection), taken, guard)).await? == 1 {
            return Ok(Admitted::New);
        }
        let same = Entity::find()
            .filter(Column::UserId.eq(owner))
            .filter(Column::Alias.eq(connection.alias.as_str()));
        let found: Option<Connection> = self.row(&same.into_query()).await?;
        Ok(if found.is_some() { Admitted::Exists } else { Admitted::Full })
    }

    async fn update(&mut self, connection: &mut Connection) -> Result<Inserted, StoreError> {
        // The usual write leaves the alias alone and so cannot meet the unique rule.
        let same_alias = changed(connection).filter(Column::Alias.eq(connection.alias.as_str())).into_query();
        if self.execute(&same_alias).await? == 0 {
            match self.update_unless_taken(changed(connection)).await? {
                Some(0) => return self.fail(StoreError::Stale),
                Some(_) => {}
                None => return Ok(Inserted::Exists),
            }
        }
        connection.revision += 1;
        Ok(Inserted::New)
    }

    async fn take_due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Connection>, StoreError> {
        let far = now.plus(SyncPace::LONGEST_WAIT);
        let values = vec![now.as_chrono().into(), far.as_chrono().into(), i64::from(limit).into()];
        let statement = self.statement(&TAKE_DUE_SQLITE, &TAKE_DUE_POSTGRES, values);
        self.rows_raw(statement).await
    }

    async fn of_grant(
        &mut self,
        provider: &ProviderKey,
        grant: &GrantId,
    ) -> Result<Option<Connection>, StoreError> {
        let locked = Entity::find()
            .filter(Column::ProviderKey.eq(provider.as_str()))
            .filter(Column::GrantId.eq(grant.as_str()))
            .order_by_asc(Column::Id)
            .limit(1)
            .lock(LockType::NoKeyUpdate);
        self.row(&locked.into_query()).await
    }

    async fn delete(&mut self, owner: UserId, id: ConnectionId) -> Result<bool, StoreError> {
        // Before the owner's clock: a page under way keeps the row from being deleted and waits for the clock.
        let alone = Entity::find_by_id(id.0).filter(Column::UserId.eq(owner.0)).lock(LockType::Update);
        if self.row::<Connection>(&alone.into_query()).await?.is_none() {
            return Ok(false);
        }
        let held = accounts::Entity::find()
            .select_only()
            .column(accounts::Column::Id)
            .filter(accounts::Column::UserId.eq(owner.0))
            .filter(accounts::Column::ConnectionId.eq(id.0));
        let held: Vec<Uuid> = self.rows(&held.into_query()).await?;
        self.note_removals(owner, ChangeKind::Account, &held).await?;
        // While there are accounts to which they belong.
        self.write_days().await?;
        let delete = Entity::delete_many().filter(Column::Id.eq(id.0)).filter(Column::UserId.eq(owner.0));
        Ok(self.execute(&delete.into_query()).await? == 1)
    }
}

/// Writes everything that changes, if the stored revision is this one's.
fn changed(connection: &Connection) -> UpdateMany<Entity> {
    let fresh = ActiveModel {
        id: NotSet,
        user_id: NotSet,
        created_at: NotSet,
        revision: Set(connection.revision + 1),
        ..row(connection)
    };
    Entity::update_many()
        .set(fresh)
        .filter(Column::Id.eq(connection.id.0))
        .filter(Column::UserId.eq(connection.owner.0))
        .filter(Column::Revision.eq(connection.revision))
}
