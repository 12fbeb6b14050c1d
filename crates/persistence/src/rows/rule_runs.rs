//! Tables `rule_runs` and `rule_run_changes`.

use dashtam_domain::{
    id::{RuleRunId, TransactionId, UserId},
    ledger::TransactionKey,
    ledger::meaning::rule::{RuleRun, RuleRunChange, RuleRunState},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::decided;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rule_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub decider_id: Option<Uuid>,
    pub state: String,
    pub after_day: Option<Date>,
    pub after_id: Option<Uuid>,
    pub examined: i64,
    pub changed: i64,
    pub undone: i64,
    pub skipped: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub failures: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a run.
pub(crate) fn row(run: &RuleRun) -> ActiveModel {
    ActiveModel {
        id: Set(run.id.0),
        user_id: Set(run.owner.0),
        decider_id: Set(run.of),
        state: Set(run.state.as_str().to_owned()),
        after_day: Set(run.place.map(|place| place.day.0)),
        after_id: Set(run.place.map(|place| place.id.0)),
        examined: Set(run.examined),
        changed: Set(run.changed),
        undone: Set(run.undone),
        skipped: Set(run.skipped),
        created_at: Set(run.created_at.as_chrono()),
        updated_at: Set(run.updated_at.as_chrono()),
        failures: Set(run.failures),
    }
}

impl FromRow for RuleRun {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::RuleRun, 0);
        let after =
            entry.maybe_day(C::AfterDay as usize)?.zip(entry.get::<Option<Uuid>>(C::AfterId as usize)?);
        Ok(Self {
            id: RuleRunId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            of: entry.get(C::DeciderId as usize)?,
            state: entry.word(C::State as usize, RuleRunState::parse)?,
            place: after.map(|(day, id)| TransactionKey { day, id: TransactionId(id), amount: None }),
            examined: entry.get(C::Examined as usize)?,
            changed: entry.get(C::Changed as usize)?,
            undone: entry.get(C::Undone as usize)?,
            skipped: entry.get(C::Skipped as usize)?,
            failures: entry.get(C::Failures as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}

/// Transaction, before, after.
impl FromRow for RuleRunChange {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::RuleRun, 0);
        Ok(Self {
            transaction: TransactionId(entry.get(0)?),
            before: entry.maybe_parse(1, decided::read)?.map(|of| of.outcome),
            after: entry.maybe_parse(2, decided::read)?.map(|of| of.outcome),
        })
    }
}
