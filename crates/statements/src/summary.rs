//! A file at a glance: its accounts, their sums, and what could not be read.

use dashtam_domain::{
    ledger::{
        MAX_PROBLEMS,
        statement::{StatementBalanceKind, StatementError, StatementEvent, StatementProblem},
    },
    money::{Currency, Decimal},
};

use crate::ofx::Events;

/// What a statement file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// `qfx` when the file has elements of Intuit's, else `ofx`.
    pub format: &'static str,
    /// Its statements in file order; an account with two statements is there twice.
    pub accounts: Vec<AccountSummary>,
    /// How many rows were taken and refused.
    pub rows: RowCounts,
    /// Refused rows and notes in file order, the first [`MAX_PROBLEMS`] of them.
    pub problems: Vec<StatementProblem>,
}

/// One statement of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountSummary {
    /// The account number as written; `None` when the file has none.
    pub account: Option<String>,
    /// The statement's currency; `None` when the file has none.
    pub currency: Option<Currency>,
    /// Number of cash transactions.
    pub transactions: u64,
    /// Exact sum of the cash transactions; `None` when it has more digits than we can keep.
    pub sum: Option<Decimal>,
    /// The ledger balance, when the file states one.
    pub ledger_balance: Option<Decimal>,
}

/// Rows by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Readable.
    pub taken: u64,
    /// Not readable; each has its problem.
    pub refused: u64,
}

/// Reads a whole file and sums it up.
pub fn inspect(file: &[u8]) -> Result<Summary, StatementError> {
    let mut events = Events::new(file)?;
    let mut summary =
        Summary { format: "ofx", accounts: Vec::new(), rows: RowCounts::default(), problems: Vec::new() };
    for event in events.by_ref() {
        summary.take(event);
    }
    summary.format = events.dialect();
    Ok(summary)
}

impl Summary {
    fn take(&mut self, event: StatementEvent) {
        match event {
            StatementEvent::Account(account) => self.accounts.push(AccountSummary {
                account: account.number,
                currency: account.currency,
                transactions: 0,
                sum: Some(Decimal::ZERO),
                ledger_balance: None,
            }),
            StatementEvent::Row(row) => {
                self.rows.taken += 1;
                if let Some(account) = self.accounts.last_mut() {
                    account.transactions += 1;
                    account.sum = account.sum.and_then(|sum| exact_sum(sum, row.amount));
                }
            }
            StatementEvent::Balance(balance) => {
                if let Some(account) = self.accounts.last_mut()
                    && balance.kind == StatementBalanceKind::Ledger
                {
                    account.ledger_balance = Some(balance.amount);
                }
            }
            StatementEvent::Refused(problem) => {
                self.rows.refused += 1;
                self.report(problem);
            }
            StatementEvent::Note(problem) => self.report(problem),
        }
    }

    fn report(&mut self, problem: StatementProblem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
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
