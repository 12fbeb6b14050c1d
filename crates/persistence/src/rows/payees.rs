//! Table `payees`.

use dashtam_domain::{
    id::{PayeeId, UserId},
    ledger::meaning::{CategoryChoice, Payee, PayeeName},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payees")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    /// JSON.
    pub votes: String,
    pub is_refused: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a payee.
pub(crate) fn row(payee: &Payee) -> ActiveModel {
    let votes: Vec<(String, u32)> =
        payee.votes.iter().map(|(choice, count)| (choice.to_string(), *count)).collect();
    ActiveModel {
        id: Set(payee.id.0),
        user_id: Set(payee.owner.0),
        name: Set(payee.name.as_str().to_owned()),
        // Strings and numbers: there is nothing that could fail.
        votes: Set(serde_json::to_string(&votes).unwrap_or_default()),
        is_refused: Set(payee.is_refused),
        created_at: Set(payee.created_at.as_chrono()),
        updated_at: Set(payee.updated_at.as_chrono()),
    }
}

/// Choices that cannot be read are learned from no more. They are an error for nobody: whoever stores what an institution tells
/// looks payees up.
fn votes(text: &str) -> Vec<(CategoryChoice, u32)> {
    let stored: Vec<(String, u32)> = serde_json::from_str(text).unwrap_or_else(|_| {
        tracing::warn!("what people chose for a merchant cannot be read and counts no more");
        Vec::new()
    });
    let vote = |(choice, count): (String, u32)| Some((choice.parse().ok()?, count));
    stored.into_iter().filter_map(vote).collect()
}

impl FromRow for Payee {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Payee, 0);
        Ok(Self {
            id: PayeeId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            name: PayeeName::stored(entry.text(C::Name as usize)?),
            votes: votes(&entry.text(C::Votes as usize)?),
            is_refused: entry.get(C::IsRefused as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}
