//! Tables (CSV) of banks, cards, brokers and programs, by the layout that each of them has.
//!
//! The file is cut into records by place, gone through once to learn what only the whole of it tells (how dates and
//! numbers are written, which accounts there are, in which order the rows stand), and then told row by row. Memory beyond
//! the file is some bytes for each row.

mod balances;
mod columns;
pub(crate) mod dates;
mod guess;
mod kinds;
mod layouts;
pub(crate) mod money;
pub(crate) mod orders;
mod prices;
mod row;
mod sample;
mod security;
mod sheet;
mod table;
pub(crate) mod text;

use std::collections::VecDeque;

use dashtam_domain::{
    ledger::{
        AccountKind, CsvProfile,
        statement::{
            OpenStatement, StatementAccount, StatementBalance, StatementBalanceKind, StatementError,
            StatementEvent, StatementEvents, StatementFormat, StatementHints, StatementLayout,
            StatementProblem, StatementReader, TableSample,
        },
    },
    time::Day,
};

pub use prices::PriceTableReader;

use columns::Look;
use sheet::Cutter;
use table::{Group, Table};

/// The largest table that is read: 8 MiB, more than 100,000 rows. A table is gone through as a whole before its first row
/// is told, and whoever else waits for the same thread waits meanwhile.
const LARGEST: usize = 8 << 20;

/// The reader of tables.
#[derive(Debug, Clone, Copy, Default)]
pub struct CsvReader;

impl StatementReader for CsvReader {
    fn format(&self) -> StatementFormat {
        StatementFormat { key: "csv", name: "CSV", extensions: &["csv", "tsv", "txt"] }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        text::may_be_table(head)
    }

    fn read<'a>(&self, file: &'a [u8]) -> Result<StatementEvents<'a>, StatementError> {
        Ok(self.open(file, &StatementHints::default())?.events)
    }

    fn open<'a>(&self, file: &'a [u8], hints: &StatementHints) -> Result<OpenStatement<'a>, StatementError> {
        if file.len() > LARGEST {
            return Err(StatementError::TooLarge { most: LARGEST });
        }
        let table = Table::open(file, hints)?;
        let layout = StatementLayout {
            profile: table.found.profile.clone(),
            origin: table.found.origin,
            confidence: table.found.confidence,
            balances: table.balances,
        };
        Ok(OpenStatement { layout: Some(layout), events: Box::new(Events::new(table)) })
    }

    fn takes_profile(&self) -> bool {
        true
    }

    fn sample(&self, file: &[u8]) -> Option<TableSample> {
        Some(sample::of(file))
    }

    fn layouts(&self) -> Vec<CsvProfile> {
        layouts::built_in().to_vec()
    }
}

/// The events of one table, read as they are asked for.
struct Events<'a> {
    table: Table<'a>,
    cutter: Cutter,
    /// The account, and how many of its rows are told.
    account: usize,
    told: usize,
    /// The newest balance of the account.
    newest: Option<StatementBalance>,
    waiting: VecDeque<StatementEvent>,
    is_begun: bool,
}

impl<'a> Events<'a> {
    fn new(table: Table<'a>) -> Self {
        let cutter = Cutter::new(table.delimiter);
        let waiting = table.remarks().map(StatementEvent::Note).collect();
        Self { table, cutter, account: 0, told: 0, newest: None, waiting, is_begun: false }
    }

    /// The next row of the current account; `None` at its end.
    fn row(&mut self) -> Option<StatementEvent> {
        let group = self.table.accounts.get(self.account)?;
        let count = group.rows.len();
        if self.told >= count {
            return None;
        }
        let at = if self.table.is_newest_first { count - 1 - self.told } else { self.told };
        self.told += 1;
        let place = *self.table.records.get(*group.rows.get(at)?)?;
        let refused = |reason: &str| {
            Some(StatementEvent::Refused(StatementProblem { line: place.line, reason: reason.to_owned() }))
        };
        if place.is_broken {
            return refused("A quotation mark is not closed, or the row is longer than any real row.");
        }
        let cells = self.cutter.cut(&self.table.text, place);
        if self.table.rules.columns.look(cells, Some(self.table.rules.order)) == Look::Remark {
            return refused("DAY is not a date.");
        }
        let raw = self.table.text.get(place.from..place.to).unwrap_or_default();
        match self.table.rules.read(cells, raw, place.line, group.currency) {
            Err(reason) => refused(&reason),
            Ok(row) => {
                let is_own = row.currency.is_none();
                if let Some(amount) = self.table.balance(cells, group.currency).filter(|_| is_own) {
                    self.tell(place.line, amount, row.day);
                }
                Some(StatementEvent::Row(row))
            }
        }
    }

    /// Remembers a balance, which rules those of earlier rows.
    fn tell(&mut self, line: u64, amount: dashtam_domain::money::Decimal, day: Day) {
        let as_of =
            self.newest.as_ref().and_then(|newest| newest.as_of).map_or(day, |before| before.max(day));
        let kind = StatementBalanceKind::Ledger;
        self.newest = Some(StatementBalance { line, kind, amount, as_of: Some(as_of) });
    }
}

impl Iterator for Events<'_> {
    type Item = StatementEvent;

    fn next(&mut self) -> Option<StatementEvent> {
        loop {
            if !self.is_begun {
                let group = self.table.accounts.get(self.account)?;
                self.is_begun = true;
                return Some(StatementEvent::Account(self.table.account(group)));
            }
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if let Some(event) = self.row() {
                return Some(event);
            }
            (self.account, self.told, self.is_begun) = (self.account + 1, 0, false);
            if let Some(balance) = self.newest.take() {
                return Some(StatementEvent::Balance(balance));
            }
        }
    }
}

impl Table<'_> {
    /// An account of the table. What it calls by a number has one; what it calls by a name is known by that.
    fn account(&self, group: &Group) -> StatementAccount {
        let profile = &self.found.profile;
        let called = group.called.as_deref();
        let number = called.filter(|called| is_number(called)).map(str::to_owned);
        let name = called.filter(|_| number.is_none()).map(str::to_owned);
        StatementAccount {
            line: group.rows.first().and_then(|at| self.records.get(*at)).map_or(1, |place| place.line),
            institution: profile.institution.clone(),
            institution_id: profile.institution.as_deref().unwrap_or_default().to_lowercase(),
            institution_hint: None,
            branch: None,
            number,
            name,
            kind: profile.account_kind.unwrap_or(AccountKind::Other),
            kind_word: String::new(),
            currency: group.currency,
        }
    }

    /// What there is to say of the table as a whole.
    fn remarks(&self) -> impl Iterator<Item = StatementProblem> {
        let notes = &self.notes;
        let lines = |count: u64| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
        let told = |(count, line): (u64, u64), what: &str| {
            (count > 0).then(|| StatementProblem { line, reason: format!("{}: {what}", lines(count)) })
        };
        let guessed = (self.found.origin == dashtam_domain::ledger::statement::LayoutOrigin::Guessed)
            .then(|| StatementProblem {
                line: 1,
                reason: "The layout of this table is not known: what its columns mean was guessed from their names."
                    .to_owned(),
            });
        let wrong = self.balances.filter(|check| check.wrong > 0).map(|check| StatementProblem {
            line: check.first_wrong.unwrap_or(1),
            reason: format!(
                "{} of {} balances do not follow from the row before: rows may be missing, or amounts read wrongly.",
                check.wrong, check.compared
            ),
        });
        let all = [
            guessed,
            told((notes.preamble, 1), "before the names of the columns, not rows."),
            told(notes.remarks, "without a day, taken for a remark or a total."),
            told(notes.left_out, "not booked, or of another sort than the profile takes; left out."),
            told(notes.without_amount, "without an amount; left out."),
            wrong,
        ];
        all.into_iter().flatten()
    }
}

/// Whether a text is an account's number rather than its name: digits, most of it.
fn is_number(called: &str) -> bool {
    let digits = called.chars().filter(char::is_ascii_digit).count();
    let others = called.chars().filter(|c| !c.is_ascii_digit() && !c.is_whitespace() && *c != '-').count();
    digits >= 4 && digits > others
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod tests;
