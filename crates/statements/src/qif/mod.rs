//! QIF, the format of Quicken that some banks and programs still write: lines that begin with a letter for what they say.

mod record;

use std::borrow::Cow;

use dashtam_domain::ledger::{
    AccountKind, DateOrder,
    statement::{
        LayoutOrigin, OpenStatement, StatementAccount, StatementError, StatementEvent, StatementEvents,
        StatementFormat, StatementHints, StatementProblem, StatementReader,
    },
};

use crate::{
    csv::{
        money,
        orders::Orders,
        text::{decode, readable},
    },
    ofx::amounts::Marks,
};
use record::Record;

/// A record with more bytes is none.
const MOST_BYTES: usize = 64 * 1024;

/// The reader of QIF files.
#[derive(Debug, Clone, Copy, Default)]
pub struct QifReader;

impl StatementReader for QifReader {
    fn format(&self) -> StatementFormat {
        StatementFormat { key: "qif", name: "QIF", extensions: &["qif"] }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let head = decode(head, None);
        let first = head.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let starts =
            |word: &str| first.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        ["!Type:", "!Account", "!Option:", "!Clear:"].into_iter().any(starts)
    }

    fn takes_profile(&self) -> bool {
        true
    }

    fn read<'a>(&self, file: &'a [u8]) -> Result<StatementEvents<'a>, StatementError> {
        Ok(self.open(file, &StatementHints::default())?.events)
    }

    fn open<'a>(&self, file: &'a [u8], hints: &StatementHints) -> Result<OpenStatement<'a>, StatementError> {
        let given = hints.profile.as_ref();
        let text = readable(file, given.and_then(|given| given.encoding.as_deref()));
        let (mut orders, mut marks, mut rows) = (Orders::default(), Marks::default(), false);
        let mut first = Lines::default();
        while let Some(piece) = first.next(&text) {
            if let Piece::Record { record, .. } = piece {
                rows |= record.date().is_some();
                orders.count(record.date().unwrap_or_default());
                record.amounts().for_each(|amount| money::count(&mut marks, amount));
            }
        }
        if !rows {
            return Err(StatementError::NoStatement("it has no transactions.".to_owned()));
        }
        match given.and_then(|given| given.decimal) {
            Some(',') => marks = Marks { points: 0, commas: 1 },
            Some(_) => marks = Marks { points: 1, commas: 0 },
            None => {}
        }
        let known = given.and_then(|given| given.date_order);
        let origin = if known.is_some() { LayoutOrigin::Given } else { LayoutOrigin::Guessed };
        let order = orders.choose(known, origin)?;
        let currency = given.and_then(|given| given.currency);
        let events = Box::new(Events {
            text,
            lines: Lines::default(),
            order,
            marks,
            currency,
            waiting: None,
            told: None,
        });
        Ok(OpenStatement { layout: None, events })
    }
}

/// A piece of a file.
enum Piece<'t> {
    /// The account, or only the sort of account, of the records that follow.
    Account { line: u64, name: Option<String>, kind: AccountKind },
    /// A transaction.
    Record { line: u64, record: Record<'t> },
    /// A record that is none.
    Endless { line: u64 },
}

/// Goes through a file record by record.
#[derive(Default)]
struct Lines {
    at: usize,
    line: u64,
    /// The name in the last list of accounts.
    name: Option<String>,
    is_account: bool,
    /// The sort of account of the section, if it has transactions.
    kind: Option<AccountKind>,
}

impl Lines {
    fn next<'t>(&mut self, text: &'t str) -> Option<Piece<'t>> {
        let (mut from, mut begun) = (self.at, self.line + 1);
        let mut is_empty = true;
        while self.at < text.len() {
            let rest = text.get(self.at..).unwrap_or_default();
            let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
            let line = rest.get(..end).unwrap_or_default().trim();
            let is_pair = rest.as_bytes().get(end..end + 2) == Some(b"\r\n");
            let before = self.at;
            self.at = (self.at + end + if is_pair { 2 } else { 1 }).min(text.len());
            self.line += 1;
            if line.starts_with('!') {
                if let Some(piece) = self.section(line) {
                    return Some(piece);
                }
                (from, begun, is_empty) = (self.at, self.line + 1, true);
                continue;
            }
            if !line.starts_with('^') {
                is_empty &= line.is_empty();
                if self.at < text.len() {
                    continue;
                }
            }
            // A record ends by its mark, or with the file.
            let to = if line.starts_with('^') { before } else { self.at };
            let record = Record(text.get(from..to).unwrap_or_default());
            let line = begun;
            (from, begun) = (self.at, self.line + 1);
            if std::mem::replace(&mut is_empty, true) {
                continue;
            }
            if self.is_account {
                self.name = record.field('N').map(str::to_owned);
            } else if self.kind.is_some() {
                let is_endless = record.0.len() > MOST_BYTES;
                return Some(if is_endless {
                    Piece::Endless { line }
                } else {
                    Piece::Record { line, record }
                });
            }
        }
        None
    }

    /// A line that says what the following records are.
    fn section(&mut self, line: &str) -> Option<Piece<'static>> {
        let word = line.to_ascii_lowercase();
        self.is_account = word.starts_with("!account");
        if self.is_account {
            self.kind = None;
            return None;
        }
        let kind = match word.strip_prefix("!type:").map(str::trim) {
            Some("bank") => AccountKind::Checking,
            Some("ccard") => AccountKind::CreditCard,
            Some("cash" | "oth a" | "oth l") => AccountKind::Other,
            Some("invst" | "port" | "401(k)/403(b)") => AccountKind::Brokerage,
            // An option of the program says nothing of what follows.
            None => return None,
            Some(_) => {
                self.kind = None;
                return None;
            }
        };
        self.kind = Some(kind);
        Some(Piece::Account { line: self.line, name: self.name.take(), kind })
    }
}

/// The events of one file, read as they are asked for.
struct Events<'a> {
    text: Cow<'a, str>,
    lines: Lines,
    order: DateOrder,
    marks: Marks,
    currency: Option<dashtam_domain::money::Currency>,
    /// An account that is told as soon as it has a record.
    waiting: Option<(u64, Option<String>, AccountKind)>,
    /// The sort of account whose records are told, and its name.
    told: Option<(Option<String>, AccountKind)>,
}

impl Iterator for Events<'_> {
    type Item = StatementEvent;

    fn next(&mut self) -> Option<StatementEvent> {
        loop {
            let mut here = Lines { name: self.lines.name.clone(), ..self.lines };
            let (line, record) = match here.next(&self.text)? {
                Piece::Account { line, name, kind } => {
                    // Programs begin a section for each month; without a name it is the account of before.
                    let same = |told: &(Option<String>, AccountKind)| {
                        told.1 == kind && (name.is_none() || told.0 == name)
                    };
                    self.waiting = (!self.told.as_ref().is_some_and(same)).then_some((line, name, kind));
                    self.lines = here;
                    continue;
                }
                Piece::Record { line, record } => (line, Some(record)),
                Piece::Endless { line } => (line, None),
            };
            if let Some((line, name, kind)) = self.waiting.take() {
                // The record is read once more behind its account.
                self.told = Some((name.clone(), kind));
                return Some(StatementEvent::Account(StatementAccount {
                    line,
                    institution: None,
                    institution_id: if name.is_some() { "qif".to_owned() } else { String::new() },
                    institution_hint: None,
                    branch: None,
                    number: None,
                    name,
                    kind,
                    kind_word: String::new(),
                    currency: self.currency,
                }));
            }
            let is_investment = self.told.as_ref().is_some_and(|told| told.1 == AccountKind::Brokerage);
            let refused = |reason: String| StatementEvent::Refused(StatementProblem { line, reason });
            let event = match record {
                None => refused("The record is longer than any real one.".to_owned()),
                Some(record) => match record.read(line, self.order, self.marks, is_investment) {
                    Ok(row) => StatementEvent::Row(row),
                    Err(reason) => refused(reason),
                },
            };
            self.lines = here;
            return Some(event);
        }
    }
}

#[cfg(test)]
mod tests;
