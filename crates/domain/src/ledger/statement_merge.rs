//! Rows of statement files, held against what is there. Pure: the callers read and write.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    id::{AccountId, ImportId, TransactionId, UserId},
    money::Currency,
    time::{Day, Timestamp},
};

use super::{
    StatementSurvey, ToldFate, ToldRow, Transaction, TransactionStatus,
    alias::of_several,
    statement::{StatementProblem, StatementRow},
    texts::{Closeness, agree},
};

/// What a row of a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// New; with its place among the new rows of the page.
    New(usize),
    /// Stored before, as this row.
    Known(TransactionId),
}

/// What a page of statement rows adds.
#[derive(Debug, Default, PartialEq)]
pub struct StatementPlan {
    /// New rows.
    pub added: Vec<Transaction>,
    /// The lines of the new rows.
    pub lines: Vec<u64>,
    /// How many rows were stored before.
    pub known: i64,
    /// What each row of the page is, in their order.
    pub rows: Vec<Planned>,
    /// What a person should look at, in the order of the rows.
    pub notes: Vec<StatementProblem>,
}

impl StatementPlan {
    /// The stored rows that the page tells of and does not bring, each once.
    pub fn told(&self) -> Vec<ToldRow> {
        let known = self.rows.iter().filter_map(|row| match row {
            Planned::Known(id) => Some(ToldRow { transaction: *id, fate: ToldFate::Known }),
            Planned::New(_) => None,
        });
        known.collect()
    }
}

/// Sorts the rows of one statement into new and known ones.
///
/// An institution's id is trusted as far as it is one. A row is known when a stored row has its id and amount, a day
/// at most three days off, and texts that do not contradict. An id that several rows of the statement have says
/// nothing, and neither does none: then a row is known by its day, amount and texts, and each stored row is only
/// ever one row of the statement, so that two equal coffees stay two and the same file again adds nothing.
#[derive(Debug)]
pub struct StatementMerge<'a> {
    survey: &'a StatementSurvey,
    /// Whether the account was empty when the statement began.
    is_fresh: bool,
    /// Stored rows that are a row of this statement already.
    used: HashSet<TransactionId>,
    /// New rows with their lines, and the stored rows that look like them.
    alike: Vec<Alike>,
}

/// A new row that looks like a stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Alike {
    line: u64,
    added: TransactionId,
    stored: TransactionId,
}

/// What is left to tell at the end of a statement.
#[derive(Debug, Default, PartialEq)]
pub struct StatementEnd {
    /// What a person should look at, in the order of the rows.
    pub notes: Vec<StatementProblem>,
    /// Stored rows and new ones that may be the same.
    pub alike: Vec<(TransactionId, TransactionId)>,
}

/// Days by which a bank may shift a row between two downloads.
const DAY_TOLERANCE: i64 = 3;

/// Whose rows these are, and when they come in.
#[derive(Debug, Clone, Copy)]
pub struct StatementTarget {
    /// The user it belongs to.
    pub owner: UserId,
    /// In which account.
    pub account: AccountId,
    /// By which import.
    pub import: ImportId,
    /// The statement's currency.
    pub currency: Currency,
    /// Now.
    pub now: Timestamp,
}

impl<'a> StatementMerge<'a> {
    /// Begins with a statement. `is_fresh` says that its account has just been made.
    pub fn new(survey: &'a StatementSurvey, is_fresh: bool) -> Self {
        Self { survey, is_fresh, used: HashSet::new(), alike: Vec::new() }
    }

    /// The ids under which the stored rows that matter to these rows are found.
    pub fn source_ids(&self, rows: &[StatementRow]) -> Vec<String> {
        let mut ids: Vec<String> = Vec::with_capacity(rows.len());
        for row in rows {
            // In a new account, what has an id of its own is nowhere under what it says.
            if self.own_id(row).is_none() || !self.is_fresh {
                ids.push(content_id(row));
            }
            ids.extend(row.source_id.clone());
            ids.extend(row.source_id.as_deref().and_then(of_several).map(|(id, _)| id.to_owned()));
            ids.extend(row.corrects.as_ref().map(|correction| correction.source_id.clone()));
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The row's id, if it is one.
    fn own_id<'r>(&self, row: &'r StatementRow) -> Option<&'r str> {
        row.source_id.as_deref().filter(|id| !self.survey.is_shared(id))
    }

    /// Plans one page of rows. `known` are the stored rows with the page's source ids; one that was merged into another
    /// stands there as it was.
    pub fn plan(
        &mut self,
        into: StatementTarget,
        known: Vec<Transaction>,
        rows: Vec<StatementRow>,
        mut next_id: impl FnMut() -> Uuid,
    ) -> StatementPlan {
        let mut by_id: HashMap<String, Vec<Transaction>> = HashMap::with_capacity(known.len());
        for row in known {
            by_id.entry(row.source_id.clone()).or_default().push(row);
        }
        by_id.values_mut().for_each(|rows| rows.sort_by_key(|row| row.ordinal));
        let mut plan = StatementPlan::default();
        for row in rows {
            let content = content_id(&row);
            let own = self.own_id(&row).map(str::to_owned);
            if let Some(stored) = self.find(&by_id, &row, own.as_deref(), &content, into.currency) {
                plan.known += 1;
                plan.rows.push(Planned::Known(stored.id));
                if !is_same_text(stored, &row) {
                    plan.notes.push(note(
                        row.line,
                        "The row is stored already, with the same id and amount and another text; what is stored \
                         stays.",
                    ));
                }
                let (id, source_id) = (stored.id, stored.source_id.clone());
                self.use_up(id, &source_id, own.as_deref());
                continue;
            }
            if own.as_ref().is_some_and(|id| by_id.contains_key(id)) {
                plan.notes.push(note(
                    row.line,
                    "The row's id is also that of a stored row that says something else; both are kept, and may \
                     be the same.",
                ));
            }
            let source_id = own.clone().unwrap_or(content);
            let siblings = by_id.entry(source_id.clone()).or_default();
            let ordinal = siblings.iter().map(|sibling| sibling.ordinal + 1).max().unwrap_or(0);
            plan.lines.push(row.line);
            plan.rows.push(Planned::New(plan.added.len()));
            let added = transaction(row, source_id, ordinal, into, next_id());
            siblings.push(Transaction { raw: None, ..added.clone() });
            self.use_up(added.id, &added.source_id, own.as_deref());
            plan.added.push(added);
        }
        plan
    }

    /// Remembers that a stored row is a row of this statement, unless nobody can ask for it any more: in a new
    /// account, what is stored under an id of its own.
    fn use_up(&mut self, id: TransactionId, source_id: &str, own: Option<&str>) {
        if !self.is_fresh || own.is_none_or(|own| own != source_id) {
            self.used.insert(id);
        }
    }

    /// The stored row that this row is.
    fn find<'k>(
        &self,
        by_id: &'k HashMap<String, Vec<Transaction>>,
        row: &StatementRow,
        own: Option<&str>,
        content: &str,
        currency: Currency,
    ) -> Option<&'k Transaction> {
        let currency = row.currency.unwrap_or(currency);
        let under = |id: &str| {
            by_id.get(id).into_iter().flatten().filter(move |stored| {
                stored.amount == row.amount && stored.currency == currency && !self.used.contains(&stored.id)
            })
        };
        let same = |stored: &&Transaction| stored.day == row.day && is_same_text(stored, row);
        let by_given = row.source_id.as_deref().and_then(|id| under(id).find(same));
        // What is found under what it says agrees in everything but blanks and case.
        by_given
            .or_else(|| under(content).find(|stored| stored.day == row.day))
            .or_else(|| own.and_then(|id| under(id).find(|stored| is_retold(stored, row, id))))
            .or_else(|| {
                let own = own?;
                let ids = [Some(own), of_several(own).map(|(id, _)| id)];
                let exported = ids.into_iter().flatten().filter_map(|id| by_id.get(id)).flatten();
                let mut unused = exported
                    .filter(|stored| stored.currency == currency && !self.used.contains(&stored.id))
                    .filter(|stored| stored.unique_source_id() == own);
                unused.find(|stored| is_exported(stored, row))
            })
    }

    /// The days on which new rows may be stored already under another id; none in a new account.
    pub fn days_to_compare(&self, plan: &StatementPlan) -> Vec<Day> {
        if self.is_fresh {
            return Vec::new();
        }
        let mut days: Vec<Day> = plan.added.iter().map(|row| row.day).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// Holds a page's new rows against `stored`, all that is stored on their days by anything but this import: rows
    /// that look the same under another id are proposed as duplicates.
    pub fn compare(&mut self, plan: &StatementPlan, stored: &[Transaction]) {
        let mut by_amount: HashMap<_, Vec<&Transaction>> = HashMap::with_capacity(stored.len());
        for row in stored.iter().filter(|row| row.status != TransactionStatus::Removed) {
            by_amount
                .entry((row.day, row.amount.normalize(), row.currency.to_string()))
                .or_default()
                .push(row);
        }
        let mut proposed: HashSet<TransactionId> = self.alike.iter().map(|alike| alike.stored).collect();
        for (row, line) in plan.added.iter().zip(&plan.lines) {
            let key = (row.day, row.amount.normalize(), row.currency.to_string());
            let texts = texts_of(row);
            let found = by_amount.get(&key).into_iter().flatten().find(|stored| {
                stored.source_id != row.source_id
                    && !self.used.contains(&stored.id)
                    && !proposed.contains(&stored.id)
                    && agree(&texts, &texts_of(stored), Closeness::Alike)
            });
            if let Some(found) = found {
                proposed.insert(found.id);
                self.alike.push(Alike { line: *line, added: row.id, stored: found.id });
            }
        }
    }

    /// Ends the statement: the proposals that are left.
    pub fn finish(self) -> StatementEnd {
        let Self { alike, used, .. } = self;
        let left: Vec<Alike> = alike.into_iter().filter(|alike| !used.contains(&alike.stored)).collect();
        let told = |alike: &Alike| {
            note(
                alike.line,
                "The row looks like one that is stored under another id (same day, amount and text): possibly a \
                 duplicate; both are kept.",
            )
        };
        StatementEnd {
            notes: left.iter().map(told).collect(),
            alike: left.iter().map(|alike| (alike.stored, alike.added)).collect(),
        }
    }
}

/// Whether a stored row under this id is the row although the bank tells it otherwise now.
fn is_retold(stored: &Transaction, row: &StatementRow, id: &str) -> bool {
    let apart = stored.day.days_since(row.day).abs();
    // A small number counts the rows of a statement; on another day it is another row's.
    let is_counter = id.len() <= 4 && id.bytes().all(|b| b.is_ascii_digit());
    let tolerance = if is_counter { 0 } else { DAY_TOLERANCE };
    let closeness = if apart == 0 { Closeness::Alike } else { Closeness::Contained };
    let checks = (&stored.check_number, &row.check_number);
    apart <= tolerance
        && !matches!(checks, (Some(one), Some(other)) if one != other)
        && agree(&texts_of(stored), &texts_of_row(row), closeness)
}

/// Whether a stored row is exported as this row: as it is, or as people corrected it.
fn is_exported(stored: &Transaction, row: &StatementRow) -> bool {
    let shown = || format!("{} {}", stored.shown_description(), stored.memo.as_deref().unwrap_or_default());
    let is_shown = (stored.shown_day(), stored.shown_amount()) == (row.day, row.amount)
        && agree(&shown(), &texts_of_row(row), Closeness::Alike);
    is_shown || (stored.amount == row.amount && is_retold(stored, row, &stored.source_id))
}

/// Whether the texts are the same but for blanks and case.
fn is_same_text(stored: &Transaction, row: &StatementRow) -> bool {
    let plain = |text: Option<&str>| normalised(text.unwrap_or_default());
    plain(Some(&stored.description)) == plain(Some(&describe(row)))
        && plain(stored.memo.as_deref()) == plain(row.memo.as_deref())
        && plain(stored.check_number.as_deref()) == plain(row.check_number.as_deref())
}

/// All that a stored row says in words.
fn texts_of(stored: &Transaction) -> String {
    format!("{} {}", stored.description, stored.memo.as_deref().unwrap_or_default())
}

/// All that a row says in words.
fn texts_of_row(row: &StatementRow) -> String {
    format!("{} {}", describe(row), row.memo.as_deref().unwrap_or_default())
}

fn normalised(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

/// How an id begins that stands for what a row says.
pub(super) const CONTENT: &str = "h:";

/// What stands for the id of a row without one: `h:` and a hash of what it says.
pub(super) fn content_id(row: &StatementRow) -> String {
    let mut hash = Sha256::new();
    let text = |text: Option<&String>| text.map(|text| normalised(text)).unwrap_or_default();
    for part in [
        row.day.to_string(),
        row.amount.normalize().to_string(),
        text(row.name.as_ref()),
        text(row.memo.as_ref()),
        text(row.check_number.as_ref()),
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    format!("{CONTENT}{}", &crate::secret::SecretHash::from_bytes(digest).to_hex()[..32])
}

/// Payee, else memo, else the institution's word for the sort.
pub(super) fn describe(row: &StatementRow) -> String {
    row.name.clone().or_else(|| row.memo.clone()).unwrap_or_else(|| row.source_kind.clone())
}

fn note(line: u64, reason: &str) -> StatementProblem {
    StatementProblem { line, reason: reason.to_owned() }
}

fn transaction(
    row: StatementRow,
    source_id: String,
    ordinal: i32,
    into: StatementTarget,
    id: Uuid,
) -> Transaction {
    Transaction {
        id: TransactionId(id),
        account: into.account,
        owner: into.owner,
        source_id,
        ordinal,
        day: row.day,
        occurred_at: row.occurred_at,
        amount: row.amount,
        currency: row.currency.unwrap_or(into.currency),
        description: describe(&row),
        kind: row.kind,
        status: TransactionStatus::Posted,
        memo: row.memo,
        check_number: row.check_number,
        announced: None,
        trade: row.trade,
        details: row.details,
        import: Some(into.import),
        seen_in: None,
        raw: Some(row.raw),
        corrections: None,
        transfer: None,
        decided: None,
        created_at: into.now,
        updated_at: into.now,
    }
}

#[cfg(test)]
#[path = "statement_merge_tests.rs"]
mod tests;
