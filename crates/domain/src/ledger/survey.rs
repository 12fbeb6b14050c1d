//! A first look at a whole statement file, for what a page of its rows cannot tell.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::statement::{StatementAccount, StatementEvent, StatementProblem};

/// What a file is about, statement by statement, in file order.
#[derive(Debug, Default)]
pub struct Survey {
    /// The statements of the file.
    pub statements: Vec<StatementSurvey>,
    /// How many rows it has, those that cannot be used among them.
    pub rows: u64,
}

/// One statement.
#[derive(Debug)]
pub struct StatementSurvey {
    /// Its account.
    pub account: StatementAccount,
    /// Whether a row of it corrects another one.
    pub corrects: bool,
    seen: HashSet<u64>,
    shared: HashSet<u64>,
    shared_rows: u64,
    shared_line: u64,
}

impl Survey {
    /// Goes through a file's events.
    pub fn of(events: impl Iterator<Item = StatementEvent>) -> Self {
        let mut survey = Self::default();
        for event in events {
            survey.take(event);
        }
        survey
    }

    /// Takes the next event of the file.
    pub fn take(&mut self, event: StatementEvent) {
        match event {
            StatementEvent::Account(account) => {
                if let Some(last) = self.statements.last_mut() {
                    last.seen = HashSet::new();
                }
                self.statements.push(StatementSurvey {
                    account,
                    corrects: false,
                    seen: HashSet::new(),
                    shared: HashSet::new(),
                    shared_rows: 0,
                    shared_line: 0,
                });
            }
            StatementEvent::Row(row) => {
                self.rows += 1;
                if let Some(statement) = self.statements.last_mut() {
                    statement.corrects |= row.corrects.is_some();
                    if let Some(id) = &row.source_id {
                        statement.see(id, row.line);
                    }
                }
            }
            StatementEvent::Refused(_) => self.rows += 1,
            StatementEvent::Balance(_)
            | StatementEvent::Holdings(_)
            | StatementEvent::Terms(_)
            | StatementEvent::Note(_) => {}
        }
    }
}

impl StatementSurvey {
    fn see(&mut self, id: &str, line: u64) {
        let key = key(id);
        if self.seen.insert(key) {
            return;
        }
        // With the second row the first one is one of several, too.
        if self.shared.insert(key) {
            self.shared_rows += 1;
        }
        self.shared_rows += 1;
        if self.shared_line == 0 {
            self.shared_line = line;
        }
    }

    /// Whether several rows of the statement have this id.
    pub fn is_shared(&self, id: &str) -> bool {
        self.shared.contains(&key(id))
    }

    /// What there is to say of ids that several rows have.
    pub fn note(&self) -> Option<StatementProblem> {
        (self.shared_rows > 0).then(|| StatementProblem {
            line: self.shared_line,
            reason: format!(
                "{} rows of the statement share their id with another row: such an id is none, so these rows are \
                 told apart by what they say, and all of them are kept.",
                self.shared_rows
            ),
        })
    }
}

/// A number stands for an id, so that memory stays small however long the file is.
fn key(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
