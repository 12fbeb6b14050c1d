//! Table `sign_in_budgets`.

use dashtam_domain::{id::UserId, identity::SignInBudget, record::Record, store::StoreError};
use sea_orm::entity::prelude::*;

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_budgets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    pub user_id: Option<Uuid>,
    pub failures: i32,
    pub last_at: DateTimeUtc,
    pub locked_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl FromRow for SignInBudget {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::SignInBudget, 0);
        Ok(Self {
            subject: entry.hash(C::Subject as usize)?,
            owner: entry.get::<Option<Uuid>>(C::UserId as usize)?.map(UserId),
            failures: entry.get(C::Failures as usize)?,
            last_at: entry.time(C::LastAt as usize)?,
            locked_until: entry.maybe_time(C::LockedUntil as usize)?,
        })
    }
}
