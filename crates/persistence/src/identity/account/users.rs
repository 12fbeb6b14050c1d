//! [`UserRepository`] on the unit of work.

use std::net::IpAddr;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    identity::{EmailAddress, PasswordHash, Standing, User, UserRepository},
    record::Record,
    store::{Admitted, Inserted, StoreError},
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::NotSet,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set, UpdateMany,
    sea_query::{Condition, Expr, ExprTrait, LockType, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    cells::{Cells, Entry, FromRow},
    guarded::insert_where,
    rows::users::{ActiveModel, Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

/// `User::standing` in SQL, the best of everybody but $1 at $2: 2 is lasting, 1 passing.
const STANDING: &str = "SELECT COALESCE(MAX(CASE WHEN u.expiration_time IS NULL THEN 2 ELSE 1 END), 0) \
     FROM users u WHERE u.administrator AND u.id <> $1 AND u.is_active AND u.deletion_due_at IS NULL \
     AND NOT u.readonly AND (u.expiration_time IS NULL OR u.expiration_time >= $2)";

/// Writes everything that changes, if the stored revision is this one's.
fn changed(user: &User) -> UpdateMany<Entity> {
    let changed =
        ActiveModel { id: NotSet, created_at: NotSet, revision: Set(user.revision + 1), ..row(user) };
    Entity::update_many()
        .set(changed)
        .filter(Column::Id.eq(user.id.0))
        .filter(Column::Revision.eq(user.revision))
}

impl SeaUnitOfWork {
    /// Lets others who want the same wait until the unit of work ends. The one row of the installation is the lock; SQLite
    /// has one writer anyway.
    async fn hold_installation(&mut self) -> Result<(), StoreError> {
        let lock = "SELECT global_min_token_version FROM security_config";
        let lock = self.statement(lock, &format!("{lock} FOR UPDATE"), Vec::new());
        self.rows_raw::<Raised>(lock).await?;
        Ok(())
    }
}

#[async_trait]
impl UserRepository for SeaUnitOfWork {
    async fn find(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        let locked = Entity::find_by_id(id.0).lock(LockType::NoKeyUpdate);
        self.row(&locked.into_query()).await
    }

    async fn find_by_email(&mut self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        let locked =
            Entity::find().filter(Column::EmailCanonical.eq(email.canonical())).lock(LockType::NoKeyUpdate);
        self.row(&locked.into_query()).await
    }

    async fn insert_if_absent(&mut self, user: &User) -> Result<Inserted, StoreError> {
        let taken = OnConflict::column(Column::EmailCanonical).do_nothing().to_owned();
        let stored = self.execute(&Entity::insert(row(user)).on_conflict(taken).into_query()).await?;
        Ok(if stored == 1 { Inserted::New } else { Inserted::Exists })
    }

    async fn insert_first(&mut self, user: &User) -> Result<Inserted, StoreError> {
        self.hold_installation().await?;
        let one = Query::select().column(Column::Id).from(Entity).limit(1).to_owned();
        if self.row::<Uuid>(&one).await?.is_some() {
            return Ok(Inserted::Exists);
        }
        self.insert_if_absent(user).await
    }

    async fn update(&mut self, user: &mut User) -> Result<(), StoreError> {
        if self.execute(&changed(user).into_query()).await? == 0 {
            return self.fail(StoreError::Stale);
        }
        user.revision += 1;
        Ok(())
    }

    async fn insert_sub_user(&mut self, user: &User) -> Result<Admitted, StoreError> {
        let manager = user.managed_by.map(|manager| manager.0);
        // On Postgres a statement sees what was there when it began: whoever waits for another has to wait before
        // it counts.
        let lock = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Expr::col(Column::Id).eq(manager))
            .lock(LockType::NoKeyUpdate)
            .to_owned();
        self.rows::<Uuid>(&lock).await?;
        let within = "(m.user_limit < 0 OR m.user_limit > \
             (SELECT COUNT(*) FROM users s WHERE s.managed_by = m.id))";
        let manager = Query::select()
            .expr(Expr::val(1))
            .from_as(Entity, "m")
            .and_where(Expr::col(("m", Column::Id)).eq(manager))
            .and_where(Expr::cust(within))
            .to_owned();
        let guard = Condition::all().add(Expr::exists(manager));
        let taken = OnConflict::column(Column::EmailCanonical).do_nothing().to_owned();
        if self.execute(&insert_where(row(user), taken, guard)).await? == 1 {
            return Ok(Admitted::New);
        }
        let same = Entity::find().filter(Column::EmailCanonical.eq(user.email.canonical()));
        let found: Option<User> = self.row(&same.into_query()).await?;
        Ok(if found.is_some() { Admitted::Exists } else { Admitted::Full })
    }

    async fn other_administrators(&mut self, but: UserId, now: Timestamp) -> Result<Standing, StoreError> {
        self.hold_installation().await?;
        let best = self.statement(STANDING, STANDING, vec![but.0.into(), now.as_chrono().into()]);
        let best: Option<Raised> = self.rows_raw(best).await?.pop();
        Ok(match best {
            Some(Raised(2)) => Standing::Lasting,
            Some(Raised(1)) => Standing::Passing,
            _ => Standing::None,
        })
    }

    async fn has_sub_users(&mut self, manager: UserId) -> Result<bool, StoreError> {
        let one = Query::select()
            .column(Column::Id)
            .from(Entity)
            .and_where(Expr::col(Column::ManagedBy).eq(manager.0))
            .limit(1)
            .to_owned();
        Ok(self.row::<Uuid>(&one).await?.is_some())
    }

    async fn update_email(&mut self, user: &mut User) -> Result<Inserted, StoreError> {
        match self.update_unless_taken(changed(user)).await? {
            Some(0) => self.fail(StoreError::Stale),
            Some(_) => {
                user.revision += 1;
                Ok(Inserted::New)
            }
            None => Ok(Inserted::Exists),
        }
    }

    async fn remove_unverified(&mut self, email: &EmailAddress) -> Result<bool, StoreError> {
        let delete = Entity::delete_many()
            .filter(Column::EmailCanonical.eq(email.canonical()))
            .filter(Column::EmailVerifiedAt.is_null());
        Ok(self.execute(&delete.into_query()).await? == 1)
    }

    async fn replace_password(
        &mut self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        // The revision moves too: a copy read before must not bring the old hash back.
        let update = Entity::update_many()
            .col_expr(Column::PasswordHash, Expr::val(new.as_str()))
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
            .filter(Column::Id.eq(id.0))
            .filter(Column::PasswordHash.eq(expected.as_str()));
        Ok(self.execute(&update.into_query()).await? == 1)
    }

    async fn record_sign_in(
        &mut self,
        id: UserId,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .set(ActiveModel {
                last_login_at: Set(Some(now.as_chrono())),
                last_login_ip: Set(address.map(|address| address.to_string())),
                updated_at: Set(now.as_chrono()),
                ..ActiveModel::default()
            })
            .filter(Column::Id.eq(id.0));
        self.execute(&update.into_query()).await.map(drop)
    }

    async fn rotate_tokens(&mut self, id: UserId, now: Timestamp) -> Result<Option<i32>, StoreError> {
        let mut update = Entity::update_many()
            .col_expr(Column::MinTokenVersion, Expr::col(Column::MinTokenVersion).add(1))
            .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
            .col_expr(Column::UpdatedAt, Expr::val(now.as_chrono()))
            .filter(Column::Id.eq(id.0))
            .into_query();
        update.returning(Query::returning().column(Column::MinTokenVersion));
        Ok(self.row(&update).await?.map(|Raised(version)| version))
    }
}

/// A lone number in the first column, e.g. a version.
struct Raised(i32);

impl FromRow for Raised {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::User, 0).get(0).map(Self)
    }
}
