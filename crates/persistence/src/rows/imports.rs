//! Table `imports`.

use dashtam_domain::{
    id::{ImportId, UserId},
    ledger::{Import, ImportCounts, ImportState, Undone, statement::StatementProblem},
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
    pub undone_at: Option<DateTimeUtc>,
    pub undone_removed: Option<i64>,
    pub undone_kept: Option<i64>,
    pub undone_restored: Option<i64>,
    pub undone_accounts: Option<i64>,
    /// Whether all that it told is noted.
    pub is_remembered: bool,
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
/// stored as a running one that has an end, and an undone one as what it was before.
fn stored(state: ImportState) -> ImportState {
    match state {
        ImportState::Interrupted => ImportState::Running,
        ImportState::Undone => ImportState::Completed,
        other => other,
    }
}

/// Every column in its order, as lists select them: without the problems, of which there may be many.
pub(crate) fn listed(alias: &str) -> String {
    use sea_orm::Iterable;
    let all = super::columns(alias, Column::iter());
    all.replace(&format!("{alias}.problems"), "'[]'")
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
        is_remembered: Set(true),
        ..undoing(import.undone)
    })
}

/// The columns of an undoing.
pub(crate) fn undoing(undone: Option<Undone>) -> ActiveModel {
    ActiveModel {
        undone_at: Set(maybe(undone.map(|undone| undone.at))),
        undone_removed: Set(undone.map(|undone| undone.removed)),
        undone_kept: Set(undone.map(|undone| undone.kept)),
        undone_restored: Set(undone.map(|undone| undone.restored)),
        undone_accounts: Set(undone.map(|undone| undone.accounts)),
        ..<ActiveModel as Default>::default()
    }
}

fn undone<R: Cells>(entry: &Entry<'_, R>) -> Result<Option<Undone>, StoreError> {
    use Column as C;
    let Some(at) = entry.maybe_time(C::UndoneAt as usize)? else { return Ok(None) };
    let count = |column: C| -> Result<i64, StoreError> {
        Ok(entry.get::<Option<i64>>(column as usize)?.unwrap_or_default())
    };
    Ok(Some(Undone {
        at,
        removed: count(C::UndoneRemoved)?,
        kept: count(C::UndoneKept)?,
        restored: count(C::UndoneRestored)?,
        accounts: count(C::UndoneAccounts)?,
    }))
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
        let undone = undone(&entry)?;
        Ok(Self {
            id: ImportId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            file_name: entry.maybe_text(C::FileName as usize)?,
            format: entry.text(C::Format as usize)?,
            size: entry.get(C::Size as usize)?,
            state: match (entry.word(C::State as usize, ImportState::parse)?, finished_at) {
                _ if undone.is_some() => ImportState::Undone,
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
            undone,
        })
    }
}
