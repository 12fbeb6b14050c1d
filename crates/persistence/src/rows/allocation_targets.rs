//! Table `allocation_targets`.

use dashtam_domain::{
    id::UserId,
    ledger::portfolio::{AllocationBy, Target, TargetOf, Targets},
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{Set, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::parts::decimal;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "allocation_targets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// JSON: all targets.
    pub targets: String,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

#[derive(Serialize, Deserialize)]
struct Stored {
    by: String,
    key: String,
    currency: String,
    percent: String,
}

/// Every column of the targets of a user.
pub(crate) fn row(owner: UserId, targets: &Targets, now: Timestamp) -> ActiveModel {
    let stored = |of: &Target| Stored {
        by: of.of.by().as_str().to_owned(),
        key: of.of.to_string(),
        currency: of.currency.to_string(),
        percent: of.percent.to_string(),
    };
    let all: Vec<Stored> = targets.as_slice().iter().map(stored).collect();
    // Strings only: there is nothing that could fail.
    let targets = serde_json::to_string(&all).unwrap_or_default();
    ActiveModel { user_id: Set(owner.0), targets: Set(targets), updated_at: Set(now.as_chrono()) }
}

/// The targets of a user.
pub(crate) struct Kept(pub(crate) Targets);

impl FromRow for Kept {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::AllocationTargets, 0).parse(0, read).map(Self)
    }
}

fn read(text: &str) -> Result<Targets, &'static str> {
    const NONE: &str = "has a target that is none";
    let stored: Vec<Stored> = serde_json::from_str(text).map_err(|_| NONE)?;
    let target = |of: Stored| {
        Ok(Target {
            of: AllocationBy::parse(&of.by).and_then(|by| TargetOf::parse(by, &of.key)).ok_or(NONE)?,
            currency: of.currency.parse().map_err(|_| NONE)?,
            percent: decimal(Some(of.percent))?.ok_or(NONE)?,
        })
    };
    let targets: Result<Vec<Target>, &'static str> = stored.into_iter().map(target).collect();
    Targets::new(targets?).map_err(|_| NONE)
}
