//! Takes stored rows back: one unit of work, so that either all of an account is there or nothing of it.

use dashtam_domain::{
    id::UserId,
    identity::{EmailAddress, UserRepository as _},
    record::Record,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};
use sea_orm::Value as Bound;
use serde_json::{Map, Value as Json};

use crate::{
    cells::{Cells, Entry, FromRow},
    connect::Database,
    fault::BrokenRule,
    unit_of_work::SeaUnitOfWork,
    whole_account::{self, Part},
};

/// The part that holds the account itself. It comes first.
const USERS: &str = "users";
const RULES: &str = "rules";
/// So many bytes of rows wait at most, and one row more.
const MOST_WAITING: usize = 4 << 20;
/// So many characters of a name that the archive made up are told.
const MOST_TOLD: usize = 64;
/// Another count of the numbers of the change feed: whoever followed it elsewhere begins anew.
const EPOCH: &str = "UPDATE user_clocks SET epoch = $2 WHERE user_id = $1";

/// The rows of an account cannot be taken back. Nothing of them is stored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// This very account is there.
    #[error("this account is there already")]
    AccountThere,
    /// Somebody has the address.
    #[error("another account has this e-mail address")]
    EmailTaken,
    /// A row with the same id or the same unique name is there.
    #[error("something of {table} is there already")]
    There {
        /// The part.
        table: &'static str,
    },
    /// A row refers to one that did not come before it.
    #[error("a row of {table} refers to what the archive does not hold")]
    Incomplete {
        /// The part.
        table: &'static str,
    },
    /// Rows name what belongs to other accounts of this server, or are not the owner's.
    #[error("rows of {table} name what belongs to another account")]
    Foreign {
        /// The part.
        table: &'static str,
    },
    /// A row is not as this version stores it.
    #[error("a row of {table} {reason}")]
    Row {
        /// The part, as the archive names it.
        table: String,
        /// The rule that it breaks; never a value.
        reason: String,
    },
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn broken(table: &str, reason: impl Into<String>) -> RestoreError {
    RestoreError::Row { table: told(table), reason: reason.into() }
}

/// A name that is the archive's, without what a terminal would obey.
fn told(name: &str) -> String {
    name.chars().take(MOST_TOLD).flat_map(char::escape_debug).collect()
}

/// An account whose rows are being taken back. Nobody sees any of them before [`Restored::commit`]; dropping it
/// undoes all.
pub struct Restoration {
    work: SeaUnitOfWork,
    owner: UserId,
    email: EmailAddress,
    /// Of the feed of changes.
    epoch: i64,
    parts: Vec<&'static Part>,
    /// How many rows of each part were taken.
    taken: Vec<u64>,
    /// The part that is being taken.
    at: usize,
    /// Its rows that are not written yet.
    waiting: Vec<Vec<Bound>>,
    /// How many bytes of the archive these are.
    waiting_bytes: usize,
}

impl std::fmt::Debug for Restoration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restoration").field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl Database {
    /// Begins to take an account back, with this address. On SQLite nobody else writes until it ended.
    ///
    /// # Errors
    ///
    /// When the account or the address is there already, or the store does not answer.
    pub async fn begin_restoration(
        &self,
        owner: UserId,
        email: EmailAddress,
        now: Timestamp,
    ) -> Result<Restoration, RestoreError> {
        let mut work = self.store.open().await?;
        let there = if work.find(owner).await?.is_some() {
            Some(RestoreError::AccountThere)
        } else if work.find_by_email(&email).await?.is_some() {
            Some(RestoreError::EmailTaken)
        } else {
            None
        };
        if let Some(there) = there {
            Box::new(work).roll_back().await;
            return Err(there);
        }
        let parts: Vec<_> = whole_account::all().collect();
        let taken = vec![0; parts.len()];
        let epoch = now.as_chrono().timestamp_micros();
        let waiting = Vec::new();
        Ok(Restoration { work, owner, email, epoch, parts, taken, at: 0, waiting, waiting_bytes: 0 })
    }
}

impl Restoration {
    /// Takes a row of a part. Parts come in the order in which archives tell them.
    ///
    /// # Errors
    ///
    /// When the row cannot be stored; then the restoration can only be [abandoned](Self::abandon).
    pub async fn take(&mut self, table: &str, row: &str) -> Result<(), RestoreError> {
        let at = self.parts.iter().position(|part| part.table == table);
        let at = at.ok_or_else(|| broken(table, "is of a part that this version does not know"))?;
        if at != self.at {
            if at < self.at {
                return Err(broken(table, "comes too late"));
            }
            self.flush().await?;
            self.at = at;
        }
        if row.len() > self.parts[at].longest {
            return Err(broken(table, "is longer than any of its kind"));
        }
        let values = self.values(self.parts[at], row)?;
        let fit = SeaUnitOfWork::chunk(values.len().max(1));
        self.waiting.push(values);
        self.waiting_bytes += row.len();
        self.taken[at] += 1;
        if self.parts[at].most.is_some_and(|most| self.taken[at] > most) {
            return Err(broken(table, "is one more than an account may have"));
        }
        if self.waiting.len() >= fit || self.waiting_bytes >= MOST_WAITING {
            self.flush().await?;
        }
        Ok(())
    }

    /// Writes what is left, and makes certain that the account is whole and touches nobody else's. It is still seen by nobody.
    ///
    /// # Errors
    ///
    /// When it is not; then nothing is stored.
    pub async fn checked(mut self) -> Result<Restored, RestoreError> {
        if let Err(error) = self.check().await {
            self.abandon().await;
            return Err(error);
        }
        Ok(Restored { rows: self.taken_rows(), work: self.work })
    }

    fn taken_rows(&self) -> Vec<(&'static str, u64)> {
        self.parts.iter().map(|part| part.table).zip(self.taken.iter().copied()).collect()
    }

    /// Undoes everything, before it returns.
    pub async fn abandon(self) {
        Box::new(self.work).roll_back().await;
    }

    /// The values of a row, in the order in which they are written.
    fn values(&self, part: &'static Part, row: &str) -> Result<Vec<Bound>, RestoreError> {
        let wrong = |reason: String| broken(part.table, reason);
        let cells = serde_json::from_str::<Map<String, Json>>(row);
        let mut cells = cells.map_err(|_| wrong("is not an object".to_owned()))?;
        if part.table == USERS {
            if cells.get("id").and_then(Json::as_str) != Some(self.owner.to_string().as_str()) {
                return Err(wrong("is of another account".to_owned()));
            }
            cells.insert("email".to_owned(), self.email.as_str().into());
            cells.insert("email_canonical".to_owned(), self.email.canonical().into());
        }
        let mut values = Vec::new();
        if part.owner.is_some() {
            values.push(Bound::from(self.owner.0));
        }
        for (name, kind) in part.told() {
            let value = cells.remove(name);
            let value = kind.bind(value.as_ref());
            values.push(value.ok_or_else(|| wrong(format!("has something in {name} that cannot be read")))?);
        }
        match cells.keys().next() {
            None => Ok(values),
            Some(name) if part.dropped.contains(&name.as_str()) => {
                Err(wrong(format!("has {name}, which no archive decides")))
            }
            Some(name) => Err(wrong(format!("has {}, which this version does not know", told(name)))),
        }
    }

    /// Writes the rows that wait, and reads them as they will be read.
    async fn flush(&mut self) -> Result<(), RestoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        if waiting.is_empty() {
            return Ok(());
        }
        let part = self.parts[self.at];
        let sql = insert(part, waiting.len());
        let values = waiting.into_iter().flatten().collect();
        let table = part.table;
        let written = match self.work.insert_and_read(table, &sql, values).await {
            Err(StoreError::Corrupt { reason, .. }) => {
                return Err(broken(table, format!("cannot be used: {}", reason.escape_debug())));
            }
            written => written?,
        };
        match written {
            Ok(()) => Ok(()),
            Err(BrokenRule::Unique) => Err(RestoreError::There { table }),
            Err(BrokenRule::Reference) => Err(RestoreError::Incomplete { table }),
            Err(BrokenRule::Value) => {
                Err(broken(table, "has a value that may not stand there, or lacks one"))
            }
        }
    }

    /// Writes what is left, and looks at what is there now.
    async fn check(&mut self) -> Result<(), RestoreError> {
        self.flush().await?;
        for (part, taken) in self.parts.iter().zip(&self.taken) {
            let Part { table, from, of_owner, .. } = **part;
            // A row that was taken and is not found as the owner's hangs on somebody else's.
            let owned = format!("SELECT COUNT(*) FROM {from} WHERE {of_owner}");
            if u64::try_from(count(&mut self.work, &owned, self.owner).await?).ok() != Some(*taken) {
                return Err(RestoreError::Foreign { table });
            }
            for (column, told) in part.told_as {
                // What is told in another way is never stored in the one that it stands for.
                let other = format!("{owned} AND x.{column} <> ({told})");
                if count(&mut self.work, &other, self.owner).await? > 0 {
                    return Err(broken(table, format!("has something in {column} that no archive tells")));
                }
            }
            for (column, named) in part.names {
                let others = format!(
                    "{owned} AND EXISTS (SELECT 1 FROM {named} n WHERE n.id = x.{column} AND n.user_id <> $1)"
                );
                if count(&mut self.work, &others, self.owner).await? > 0 {
                    return Err(RestoreError::Foreign { table });
                }
            }
        }
        if !self.work.rules_fit(self.owner.0).await? {
            return Err(broken(RULES, "is more than the rules of an account may ask"));
        }
        let epoch = self.work.statement(EPOCH, EPOCH, vec![self.owner.0.into(), self.epoch.into()]);
        self.work.execute_raw(epoch).await?;
        match self.work.find(self.owner).await? {
            Some(_) => Ok(()),
            None => Err(broken(USERS, "is missing")),
        }
    }
}

/// An account all of whose rows are there again, before anybody sees it. Dropping it undoes all.
pub struct Restored {
    work: SeaUnitOfWork,
    rows: Vec<(&'static str, u64)>,
}

impl std::fmt::Debug for Restored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restored").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Restored {
    /// How many rows each part has.
    pub fn rows(&self) -> &[(&'static str, u64)] {
        &self.rows
    }

    /// The unit of work that holds it, for what is to be true at the same moment.
    pub fn work(&mut self) -> &mut dyn UnitOfWork {
        &mut self.work
    }

    /// Makes the account visible as a whole.
    ///
    /// # Errors
    ///
    /// When the store does not; unless it is [`StoreError::Uncertain`], nothing is stored.
    pub async fn commit(self) -> Result<(), StoreError> {
        Box::new(self.work).commit().await
    }

    /// Undoes everything, before it returns.
    pub async fn abandon(self) {
        Box::new(self.work).roll_back().await;
    }
}

struct Count(i64);

impl FromRow for Count {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::Store, 0).get(0).map(Self)
    }
}

async fn count(work: &mut SeaUnitOfWork, sql: &str, owner: UserId) -> Result<i64, StoreError> {
    let statement = work.statement(sql, sql, vec![owner.0.into()]);
    Ok(work.rows_raw::<Count>(statement).await?.pop().map_or(0, |Count(rows)| rows))
}

/// The statement that writes so many rows of a part.
fn insert(part: &Part, rows: usize) -> String {
    let told: Vec<&str> = part.owner.into_iter().chain(part.told().map(|(name, _)| name)).collect();
    let given: Vec<&str> = part.given.iter().map(|(name, _)| *name).collect();
    let given_values: String = part.given.iter().map(|(_, value)| format!(", {value}")).collect();
    let width = told.len();
    let tuple = |row: usize| {
        let places: Vec<String> = (1..=width).map(|place| format!("${}", row * width + place)).collect();
        format!("({}{given_values})", places.join(", "))
    };
    let tuples: Vec<String> = (0..rows).map(tuple).collect();
    let columns = [told, given].concat().join("\", \"");
    format!("INSERT INTO {} (\"{columns}\") VALUES {}", part.table, tuples.join(", "))
}
