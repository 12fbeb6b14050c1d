//! A file at a glance: its accounts, their sums, and what an import of it would say.

use std::{collections::HashMap, sync::Arc};

use dashtam_domain::{
    id::{AccountId, ImportId, UserId},
    ledger::{
        Corrected, MAX_PROBLEMS, StatementMerge, StatementSurvey, StatementTarget, Survey, Transaction,
        TransactionStatus,
        statement::{
            OpenStatement, StatementBalanceKind, StatementError, StatementEvent, StatementHints,
            StatementLayout, StatementProblem, StatementRow,
        },
    },
    money::{Currency, Decimal},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{OfxReader, ofx::is_investment, readers};

/// So many bytes tell a format.
const HEAD: usize = 4096;

/// What a statement file holds, and what an import of it would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Key of the format, the same as in the report of an import.
    pub format: &'static str,
    /// How it was read, where that is not fixed by its format.
    pub layout: Option<StatementLayout>,
    /// Its accounts in file order; statements that name no account are each there for themselves.
    pub accounts: Vec<AccountSummary>,
    /// Whether a statement names no account, so that an import asks for one.
    pub asks_for_account: bool,
    /// How many rows an import into an empty ledger takes and refuses.
    pub rows: RowCounts,
    /// Refused rows and notes in the order of their lines, the first [`MAX_PROBLEMS`] of them.
    pub problems: Vec<StatementProblem>,
}

/// One account of the file, summed up.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountSummary {
    /// The account number as written; `None` when the file has none.
    pub account: Option<String>,
    /// The currency of the statement; `None` when the file has none.
    pub currency: Option<Currency>,
    /// The number of cash transactions.
    pub transactions: u64,
    /// Exact sum of the cash transactions in the account's currency; `None` when it has more digits than we can
    /// keep.
    pub sum: Option<Decimal>,
    /// The number of investment transactions, which are neither in the count nor in the sum of the cash transactions.
    pub trades: u64,
    /// The number of positions; `None` when the file has no list of them.
    pub positions: Option<u64>,
    /// The ledger balance, if the file states one.
    pub ledger_balance: Option<Decimal>,
}

/// The rows of a file, counted by what becomes of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows that an import into an empty ledger adds.
    pub taken: u64,
    /// Rows that were in an earlier statement of the same account and file.
    pub known: u64,
    /// Rows that cannot be read. Each has its problem in the list.
    pub refused: u64,
}

/// Reads a whole file and sums it up, without storing anything.
pub fn inspect(file: &[u8]) -> Result<Summary, StatementError> {
    inspect_with(file, &StatementHints::default())
}

/// The same, with what is known of the file beside its bytes.
pub fn inspect_with(file: &[u8], hints: &StatementHints) -> Result<Summary, StatementError> {
    let head = file.get(..HEAD).unwrap_or(file);
    let reader = readers().into_iter().find(|reader| reader.recognises(head));
    let reader = reader.unwrap_or_else(|| Arc::new(OfxReader));
    let OpenStatement { layout, events } = reader.open(file, hints)?;
    let survey = Survey::of(events);
    let mut inspector = Inspector::new(&survey, reader.format().key);
    for event in reader.open(file, hints)?.events {
        inspector.take(event);
    }
    Ok(Summary { layout, ..inspector.finish() })
}

/// What a ledger that was empty before the file holds of one account.
#[derive(Default)]
struct Book {
    rows: HashMap<String, Vec<Transaction>>,
    /// Rows in a currency other than the account's, and the line of the first.
    foreign: (u64, u64),
    /// The first currency that a row names, for an account that names none.
    first: Option<Currency>,
}

/// Goes through a file as an import does.
struct Inspector<'a> {
    statements: std::slice::Iter<'a, StatementSurvey>,
    /// Where each account stands in the list of accounts.
    places: HashMap<(String, String), usize>,
    /// Of accounts whose rows may meet one another: several statements, or corrections.
    books: Vec<Book>,
    keeps_rows: bool,
    current: Option<(usize, StatementMerge<'a>)>,
    next_id: u128,
    summary: Summary,
}

impl<'a> Inspector<'a> {
    fn new(survey: &'a Survey, format: &'static str) -> Self {
        let mut keys: Vec<_> = survey.statements.iter().filter_map(key).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        let keys_missing = survey.statements.iter().any(|statement| key(statement).is_none());
        let corrects = survey.statements.iter().any(|statement| statement.corrects);
        let (accounts, problems) = (Vec::new(), Vec::new());
        Self {
            statements: survey.statements.iter(),
            places: HashMap::new(),
            books: Vec::new(),
            // Nearly all files have one statement per account: their rows need not be remembered.
            keeps_rows: corrects || keys.len() < all,
            current: None,
            next_id: 0,
            summary: Summary {
                format,
                layout: None,
                accounts,
                asks_for_account: keys_missing,
                rows: RowCounts::default(),
                problems,
            },
        }
    }

    fn take(&mut self, event: StatementEvent) {
        match event {
            StatementEvent::Account(_) => self.begin(),
            StatementEvent::Row(row) => self.row(row),
            StatementEvent::Balance(balance) => {
                if let Some((place, _)) = &self.current
                    && balance.kind == StatementBalanceKind::Ledger
                    && let Some(account) = self.summary.accounts.get_mut(*place)
                {
                    account.ledger_balance = Some(balance.amount);
                }
            }
            StatementEvent::Holdings(held) => {
                if let Some((place, _)) = &self.current
                    && let Some(account) = self.summary.accounts.get_mut(*place)
                {
                    account.positions = held.positions.map(|positions| positions.len() as u64);
                }
            }
            StatementEvent::Terms(_) => {}
            StatementEvent::Refused(problem) => {
                self.summary.rows.refused += 1;
                self.report(problem);
            }
            StatementEvent::Note(problem) => self.report(problem),
        }
    }

    fn begin(&mut self) {
        let Some(statement) = self.statements.next() else { return };
        let new = self.summary.accounts.len();
        let place = match key(statement) {
            Some(key) => *self.places.entry(key).or_insert(new),
            None => {
                self.report(StatementProblem {
                    line: statement.account.line,
                    reason: "The statement does not say which account it is about: an import asks for it \
                             (account_id)."
                        .to_owned(),
                });
                new
            }
        };
        if place == new {
            self.summary.accounts.push(AccountSummary {
                account: statement.account.number.clone().or_else(|| statement.account.name.clone()),
                currency: statement.account.currency,
                transactions: 0,
                sum: Some(Decimal::ZERO),
                trades: 0,
                positions: None,
                ledger_balance: None,
            });
            self.books.push(Book::default());
        }
        if let Some(note) = statement.note() {
            self.report(note);
        }
        self.current = Some((place, StatementMerge::new(statement, place == new)));
    }

    fn row(&mut self, row: StatementRow) {
        let Some((place, merge)) = &mut self.current else { return };
        let Some(account) = self.summary.accounts.get_mut(*place) else { return };
        let Some(book) = self.books.get_mut(*place) else { return };
        if !self.keeps_rows {
            self.summary.rows.taken += 1;
            if is_investment(&row.source_kind) {
                account.trades += 1;
                return;
            }
            return book.count(account, row.line, row.amount, row.currency);
        }
        let into = StatementTarget {
            owner: UserId(Uuid::nil()),
            account: AccountId(Uuid::nil()),
            import: ImportId(Uuid::nil()),
            currency: account.currency.unwrap_or(Currency::NONE),
            now: Timestamp::new(Default::default()),
        };
        let (line, corrects) = (row.line, row.corrects.clone());
        let is_trade = is_investment(&row.source_kind);
        let is_instruction = corrects.as_ref().is_some_and(|correction| correction.delete);
        let rows = [row];
        let ids = merge.source_ids(&rows);
        let known: Vec<Transaction> =
            ids.iter().filter_map(|id| book.rows.get(id)).flatten().cloned().collect();
        let mut notes = Vec::new();
        if !is_instruction {
            let next_id = &mut self.next_id;
            let plan = merge.plan(into, known, rows.into(), || {
                *next_id += 1;
                Uuid::from_u128(*next_id)
            });
            self.summary.rows.taken += plan.added.len() as u64;
            self.summary.rows.known += u64::try_from(plan.known).unwrap_or(0);
            notes.extend(plan.notes);
            for added in plan.added {
                let currency = (added.currency != into.currency).then_some(added.currency);
                if is_trade {
                    account.trades += 1;
                    continue;
                }
                book.count(account, line, added.amount, currency);
                book.rows
                    .entry(added.source_id.clone())
                    .or_default()
                    .push(Transaction { raw: None, ..added });
            }
        }
        if let Some(correction) = corrects {
            let fate = Corrected::of(&correction.source_id, book.rows.values().flatten());
            if fate == Corrected::One {
                book.remove(account, &correction.source_id, into.currency);
            }
            if is_instruction {
                let taken = u64::from(fate == Corrected::One);
                self.summary.rows.taken += taken;
                self.summary.rows.known += 1 - taken;
            }
            notes.extend(fate.note(line));
        }
        notes.into_iter().for_each(|note| self.report(note));
    }

    fn report(&mut self, problem: StatementProblem) {
        if self.summary.problems.len() < MAX_PROBLEMS {
            self.summary.problems.push(problem);
        }
    }

    fn finish(mut self) -> Summary {
        for at in 0..self.books.len() {
            if let Some((count, line)) = self.books.get(at).map(|book| book.foreign).filter(|of| of.0 > 0) {
                let rows = if count == 1 { "1 row is".to_owned() } else { format!("{count} rows are") };
                self.report(StatementProblem {
                    line,
                    reason: format!("{rows} in another currency than the account, and not part of its sum."),
                });
            }
        }
        if self.summary.rows.known > 0 {
            let reason = format!(
                "{} rows are in the file more than once; an import stores each once.",
                self.summary.rows.known
            );
            self.report(StatementProblem { line: 1, reason });
        }
        self.summary.problems.sort_by_key(|problem| problem.line);
        self.summary
    }
}

/// The key that tells the accounts of a file apart.
fn key(statement: &StatementSurvey) -> Option<(String, String)> {
    let identity = statement.account.identity()?;
    Some((statement.account.institution_id.clone(), identity.external_id))
}

impl Book {
    /// Counts a row that is new.
    fn count(&mut self, account: &mut AccountSummary, line: u64, amount: Decimal, other: Option<Currency>) {
        account.transactions += 1;
        let is_own = match (other, account.currency) {
            (None, _) => true,
            (Some(_), Some(_)) => false,
            (Some(other), None) => *self.first.get_or_insert(other) == other,
        };
        if is_own {
            account.sum = account.sum.and_then(|sum| exact_sum(sum, amount));
            return;
        }
        if self.foreign.0 == 0 {
            self.foreign.1 = line;
        }
        self.foreign.0 += 1;
    }

    /// Takes a row away that a later one corrects.
    fn remove(&mut self, account: &mut AccountSummary, source_id: &str, currency: Currency) {
        let currency = account.currency.or(self.first).unwrap_or(currency);
        let rows = self.rows.get_mut(source_id).into_iter().flatten();
        for row in rows.filter(|row| row.status != TransactionStatus::Removed) {
            row.status = TransactionStatus::Removed;
            account.transactions = account.transactions.saturating_sub(1);
            if row.currency == currency {
                account.sum = account.sum.and_then(|sum| exact_sum(sum, -row.amount));
            } else {
                self.foreign.0 = self.foreign.0.saturating_sub(1);
            }
        }
    }
}

/// Adds without rounding. The decimal type drops digits at the end when a sum needs too many of them, which
/// shows in its scale.
fn exact_sum(one: Decimal, other: Decimal) -> Option<Decimal> {
    let add = |a: Decimal, b: Decimal| a.checked_add(b).filter(|sum| sum.scale() >= a.scale().max(b.scale()));
    add(one, other).or_else(|| add(one.normalize(), other.normalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_or_none() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(exact_sum(number("-30.000"), number("1.5")).unwrap().to_string(), "-28.500");
        let (large, small) = (number("9999999999999999999999999999"), number("0.0000000001"));
        assert_eq!(exact_sum(large, small), None);
        assert_eq!(exact_sum(large, number("0.0000000000")), Some(large));
        assert_eq!(exact_sum(Decimal::MAX, Decimal::ONE), None);
    }
}
