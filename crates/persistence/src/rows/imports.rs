//! Table `imports`.

use dashtam_domain::{
    id::{ImportId, UserId},
    ledger::{Import, ImportCounts, ImportState, statement::StatementProblem},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};
use serde::{Deserialize, Serialize};

use super::maybe;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub file_name: Option<String>,
    pub format: String,
    pub size: i64,
    pub state: String,
    pub taken: i64,
    pub known: i64,
    pub refused: i64,
    pub accounts: i64,
    pub problems: String,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A problem as the JSON column holds it.
#[derive(Serialize, Deserialize)]
struct Problem {
    line: u64,
    reason: String,
}

/// The schema lists the words of this column, and SQLite cannot change the list in place: an interrupted import is
/// stored as a running one that has an end.
fn stored(state: ImportState) -> ImportState {
    match state {
        ImportState::Interrupted => ImportState::Running,
        other => other,
    }
}

/// Every column of an import.
pub(crate) fn row(import: &Import) -> Result<ActiveModel, StoreError> {
    let problem = |p: &StatementProblem| Problem { line: p.line, reason: p.reason.clone() };
    let problems: Vec<_> = import.problems.iter().map(problem).collect();
    Ok(ActiveModel {
        id: Set(import.id.0),
        user_id: Set(import.owner.0),
        file_name: Set(import.file_name.clone()),
        format: Set(import.format.clone()),
        size: Set(import.size),
        state: Set(stored(import.state).as_str().to_owned()),
        taken: Set(import.counts.taken),
        known: Set(import.counts.known),
        refused: Set(import.counts.refused),
        accounts: Set(import.counts.accounts),
        problems: Set(serde_json::to_string(&problems).map_err(|error| StoreError::Database(error.into()))?),
        created_at: Set(import.created_at.as_chrono()),
        finished_at: Set(maybe(import.finished_at)),
    })
}

impl FromRow for Import {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Import, 0);
        let problems = entry.parse(C::Problems as usize, |text| {
            serde_json::from_str::<Vec<Problem>>(text)
                .map(|list| {
                    let own = |p: Problem| StatementProblem { line: p.line, reason: p.reason };
                    list.into_iter().map(own).collect()
                })
                .map_err(|_| "is not a list of problems")
        })?;
        let finished_at = entry.maybe_time(C::FinishedAt as usize)?;
        Ok(Self {
            id: ImportId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            file_name: entry.maybe_text(C::FileName as usize)?,
            format: entry.text(C::Format as usize)?,
            size: entry.get(C::Size as usize)?,
            state: match (entry.word(C::State as usize, ImportState::parse)?, finished_at) {
                (ImportState::Running, Some(_)) => ImportState::Interrupted,
                (state, _) => state,
            },
            counts: ImportCounts {
                taken: entry.get(C::Taken as usize)?,
                known: entry.get(C::Known as usize)?,
                refused: entry.get(C::Refused as usize)?,
                accounts: entry.get(C::Accounts as usize)?,
            },
            problems,
            created_at: entry.time(C::CreatedAt as usize)?,
            finished_at,
        })
    }
}
