//! One transaction that all repositories write through.

use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use chrono::NaiveDate;
use dashtam_domain::{
    id::{AccountId, UserId},
    identity::{AuditRecord, AuditSeal},
    money::Decimal,
    store::{self, StoreError, UnitOfWork},
};
use sea_orm::{DbBackend, EntityTrait, QueryTrait, Statement, StatementBuilder, UpdateMany, Value};

use crate::{
    cells::FromRow,
    fault::{BrokenRule, broken_rule, from_driver, is_duplicate, of_commit},
    held::Held,
    pulse::Pulse,
    to_tell::ToTell,
};

/// A day of an account, in one currency.
pub(crate) type AccountDay = (UserId, AccountId, NaiveDate, String);

/// A unit of work. The repositories are implemented on it, one file each; whoever embeds the store writes through
/// [`Store`](dashtam_domain::store::Store), unless the rows that were copied from elsewhere are to be noted too.
pub struct SeaUnitOfWork {
    held: Held,
    /// Set while a statement runs and cleared when it ended well: a call that fails, or is dropped half way, leaves
    /// it set, and what the database then holds must not be committed.
    failed: bool,
    /// Lines of the audit trail, written when the unit commits.
    pub(crate) lines: Vec<AuditRecord>,
    /// The numbers of this unit in the clocks of the change feed, by owner.
    pub(crate) change_numbers: Vec<(UserId, i64)>,
    /// What the unit tells at once.
    pub(crate) to_tell: ToTell,
    /// What the transactions that this unit changes add to the days of their accounts: sum and count.
    pub(crate) moved: BTreeMap<AccountDay, (Decimal, i64)>,
    /// Links the lines.
    pub(crate) seal: Arc<dyn AuditSeal>,
    /// Hears of failures.
    pulse: Arc<Pulse>,
}

impl fmt::Debug for SeaUnitOfWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeaUnitOfWork")
    }
}

impl SeaUnitOfWork {
    pub(crate) fn new(held: Held, seal: Arc<dyn AuditSeal>, pulse: Arc<Pulse>) -> Self {
        Self {
            held,
            failed: false,
            lines: Vec::new(),
            change_numbers: Vec::new(),
            to_tell: ToTell::default(),
            moved: BTreeMap::new(),
            seal,
            pulse,
        }
    }

    /// The transaction, for a call whose outcome [`check`](Self::check) will hear.
    fn open(&mut self) -> Result<&mut Held, StoreError> {
        if self.failed {
            return Err(StoreError::Aborted);
        }
        self.failed = true;
        Ok(&mut self.held)
    }

    /// Hands on an outcome and remembers a failure, so that commit can refuse.
    fn check<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        match outcome {
            Ok(done) => {
                self.failed = false;
                Ok(done)
            }
            Err(error) => {
                self.pulse.heard(&error);
                Err(from_driver(&error))
            }
        }
    }

    /// Ends the unit of work with this error.
    pub(crate) fn fail<T>(&mut self, error: StoreError) -> Result<T, StoreError> {
        self.failed = true;
        Err(error)
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: &impl StatementBuilder) -> Result<u64, StoreError> {
        let statement = self.held.backend().build(statement);
        self.execute_raw(statement).await
    }

    /// Runs a statement that the builder has no words for.
    pub(crate) async fn execute_raw(&mut self, statement: Statement) -> Result<u64, StoreError> {
        let done = self.open()?.execute(statement).await;
        self.check(done)
    }

    /// Runs a statement that writes new rows, or tells which rule of the schema refused one; the rows it answers. A refusal is
    /// the end of the unit of work, which can only be rolled back then.
    pub(crate) async fn insert_new<T: FromRow>(
        &mut self,
        statement: Statement,
    ) -> Result<Result<Vec<T>, BrokenRule>, StoreError> {
        let done = self.open()?.rows::<T>(statement).await;
        let rule = done.as_ref().err().and_then(broken_rule);
        if let Some(rule) = rule {
            return Ok(Err(rule));
        }
        let read = self.check(done)?;
        if read.is_err() {
            self.failed = true;
        }
        read.map(Ok)
    }

    /// How many rows an update changed, or `None` when a unique rule refused it. It runs behind a savepoint, because
    /// on Postgres a statement that breaks such a rule would otherwise be the end of the whole transaction; asking
    /// first would let two racers through.
    pub(crate) async fn update_unless_taken<E: EntityTrait>(
        &mut self,
        update: UpdateMany<E>,
    ) -> Result<Option<u64>, StoreError> {
        let update = self.held.backend().build(&update.into_query());
        let updated = behind_savepoint(self.open()?, update).await;
        self.check(updated)
    }

    /// Runs a statement; the rows it answers.
    pub(crate) async fn rows<T: FromRow>(
        &mut self,
        statement: &impl StatementBuilder,
    ) -> Result<Vec<T>, StoreError> {
        let statement = self.held.backend().build(statement);
        self.rows_raw(statement).await
    }

    /// Runs a statement that the builder has no words for; the rows it answers.
    pub(crate) async fn rows_raw<T: FromRow>(&mut self, statement: Statement) -> Result<Vec<T>, StoreError> {
        let found = self.open()?.rows(statement).await;
        let read = self.check(found)?;
        if read.is_err() {
            self.failed = true;
        }
        read
    }

    /// Runs a statement; the one row it answers.
    pub(crate) async fn row<T: FromRow>(
        &mut self,
        statement: &impl StatementBuilder,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(statement).await?.pop())
    }

    /// A statement of this engine: the first text is SQLite's, the second Postgres's.
    pub(crate) fn statement(&self, sqlite: &str, postgres: &str, values: Vec<Value>) -> Statement {
        let text = if self.is_postgres() { postgres } else { sqlite };
        Statement::from_sql_and_values(self.held.backend(), text, values)
    }

    /// Whether this is Postgres.
    pub(crate) fn is_postgres(&self) -> bool {
        self.held.backend() == DbBackend::Postgres
    }

    /// How many rows of `columns` values each fit in one statement: both engines bound the number of values, and
    /// beyond a few hundred rows longer statements gain nothing.
    pub(crate) const fn chunk(columns: usize) -> usize {
        let fit = 16_000 / columns;
        if fit > 500 { 500 } else { fit }
    }
}

async fn behind_savepoint(held: &mut Held, statement: Statement) -> Result<Option<u64>, sqlx::Error> {
    held.plain("SAVEPOINT try").await?;
    match held.execute(statement).await {
        Ok(changed) => {
            held.plain("RELEASE SAVEPOINT try").await?;
            Ok(Some(changed))
        }
        Err(error) if is_duplicate(&error) => {
            held.plain("ROLLBACK TO SAVEPOINT try").await?;
            held.plain("RELEASE SAVEPOINT try").await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl SeaUnitOfWork {
    /// Writes what is known only now that the unit ends.
    async fn write_late(&mut self) -> Result<(), StoreError> {
        self.write_days().await?;
        self.write_audit().await
    }
}

#[async_trait]
impl UnitOfWork for SeaUnitOfWork {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let written = if self.failed { Err(StoreError::Aborted) } else { self.write_late().await };
        let bell = self.bell();
        let Self { held, pulse, .. } = *self;
        if written.is_err() {
            held.roll_back().await;
            return written;
        }
        held.commit(bell).await.map_err(|error| {
            pulse.heard(&error);
            of_commit(&error)
        })
    }

    async fn roll_back(self: Box<Self>) {
        self.held.roll_back().await;
    }
}

macro_rules! accessors {
    ($(#$_about:tt)* $work:ident: $($(#$_what:tt)* $name:ident -> $port:path,)+) => {
        impl store::$work for SeaUnitOfWork {
            $(fn $name(&mut self) -> &mut dyn $port { self })+
        }
    };
}
dashtam_domain::repositories!(accessors);
