//! What a preview shows of a file: gathered while the file goes through the import.

use std::collections::HashSet;

use dashtam_domain::{
    id::{AccountId, TransactionId},
    ledger::{
        Corrected, Import, Planned, StatementPlan, Transaction,
        statement::{StatementProblem, StatementRow},
    },
    page::{Limit, Page},
};

use super::preview::{ImportPreview, PreviewAccount, PreviewRow, RowFate, RowSays};

/// A row on its way through the import.
#[derive(Debug)]
struct SeenRow {
    number: u64,
    line: u64,
    says: RowSays,
    /// Whether it corrects another one, and only takes it back.
    corrects: Option<bool>,
}

/// What a preview wants to know of the rows of a page; empty where there is none.
#[derive(Debug, Default)]
pub(super) struct PageSeen {
    rows: Vec<SeenRow>,
    /// The stored rows that are known by what they say.
    by_content: HashSet<TransactionId>,
    /// Of the corrections in their order: what became of each, and the row it is about.
    corrections: Vec<(Corrected, Option<TransactionId>)>,
}

impl PageSeen {
    /// A row of the file.
    pub(super) fn note(&mut self, number: u64, row: &StatementRow) {
        self.rows.push(SeenRow {
            number,
            line: row.line,
            says: RowSays::of(row),
            corrects: row.corrects.as_ref().map(|correction| correction.delete),
        });
    }

    /// The stored rows of the page.
    pub(super) fn finds(&mut self, known: &[Transaction]) {
        if !self.rows.is_empty() {
            let by_content = known.iter().filter(|row| row.source_id.starts_with("h:"));
            self.by_content = by_content.map(|row| row.id).collect();
        }
    }

    /// The fate of the page's next correction.
    pub(super) fn corrects(&mut self, fate: Corrected, row: Option<TransactionId>) {
        if !self.rows.is_empty() {
            self.corrections.push((fate, row));
        }
    }
}

/// Gathers what a preview shows; of the rows those of one page.
#[derive(Debug, Default)]
pub(super) struct Tally {
    after: u64,
    limit: Limit,
    rows: Vec<PreviewRow>,
    changed: i64,
    accounts: Vec<PreviewAccount>,
}

impl Tally {
    /// Gathers the rows behind this one.
    pub(super) fn new(after: u64, limit: Limit) -> Self {
        Self { after, limit, ..Self::default() }
    }

    /// Whether the row with this number is shown; one more than the page holds, to learn whether there is another.
    fn shows(&self, number: u64) -> bool {
        let end = self.after.saturating_add(self.limit.get() as u64 + 1);
        self.after < number && number <= end
    }

    fn row(&mut self, row: PreviewRow) {
        self.changed += i64::from(row.fate == RowFate::Changed);
        if self.shows(row.number) {
            self.rows.push(row);
        }
    }

    pub(super) fn refused(&mut self, number: u64, account: Option<AccountId>, problem: &StatementProblem) {
        self.row(PreviewRow {
            number,
            line: problem.line,
            account,
            fate: RowFate::Refused,
            says: None,
            transaction: None,
            field: problem.field().map(str::to_owned),
            reason: Some(problem.reason.clone()),
        });
    }

    /// Notes an account; told again in the same file, the later counts.
    pub(super) fn account(&mut self, told: PreviewAccount) {
        match self.accounts.iter_mut().find(|known| known.account.id == told.account.id) {
            Some(known) => {
                let (is_new, before) = (known.is_new || told.is_new, known.balance.take());
                *known = PreviewAccount { is_new, balance: told.balance.or(before), ..known.clone() };
                known.account = told.account;
            }
            None => self.accounts.push(told),
        }
    }

    /// Takes a page of rows and what was planned for them.
    pub(super) fn page(&mut self, account: AccountId, seen: PageSeen, plan: &StatementPlan) {
        let PageSeen { rows, by_content, corrections } = seen;
        let (mut planned, mut corrections) = (plan.rows.iter(), corrections.into_iter());
        for SeenRow { number, line, says, corrects } in rows {
            let corrected = corrects.and_then(|_| corrections.next());
            // What only takes another row back is nothing itself.
            let own = if corrects == Some(true) { None } else { planned.next() };
            let (fate, transaction, reason) = match (own, corrected) {
                (None, Some((Corrected::One, row))) => {
                    (RowFate::Changed, row, Some("It takes back a row that is stored.".to_owned()))
                }
                (Some(Planned::New(_)), Some((Corrected::One, row))) => {
                    (RowFate::Changed, row, Some("It takes the place of a row that is stored.".to_owned()))
                }
                (Some(Planned::Known(id)), _) => {
                    let how = if by_content.contains(id) {
                        "A row that says the same is stored."
                    } else {
                        "A row with the same id and amount is stored."
                    };
                    (RowFate::Known, Some(*id), Some(how.to_owned()))
                }
                (Some(Planned::New(_)), corrected) => {
                    let note = corrected.and_then(|(fate, _)| fate.note(line));
                    (RowFate::New, None, note.map(|note| note.reason))
                }
                (None, corrected) => {
                    let (fate, row) = corrected.unwrap_or((Corrected::Missing, None));
                    let note = fate.note(line).map(|note| note.reason);
                    let gone = || "The row that it takes back is gone already.".to_owned();
                    (RowFate::Known, row, Some(note.unwrap_or_else(gone)))
                }
            };
            let (account, says, field) = (Some(account), Some(says), None);
            self.row(PreviewRow { number, line, account, fate, says, transaction, field, reason });
        }
    }

    /// The preview, with the rows in the order of the file.
    pub(super) fn finish(self, import: Import) -> ImportPreview {
        let Self { limit, mut rows, changed, accounts, .. } = self;
        rows.sort_unstable_by_key(|row| row.number);
        let rows = Page::cut(rows, limit, |last| last.number);
        ImportPreview { import, changed, accounts, rows, layout: None }
    }
}
