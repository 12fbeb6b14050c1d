//! CAMT.052, .053 and .054: what banks of Europe and elsewhere send as XML (ISO 20022).
//!
//! The file is never turned into a tree: elements are gone through one by one, and an entry is told as soon as it ends.

mod entry;

use std::borrow::Cow;

use dashtam_domain::{
    ledger::{
        AccountKind,
        statement::{
            StatementAccount, StatementBalance, StatementBalanceKind, StatementError, StatementEvent,
            StatementEvents, StatementFormat, StatementProblem, StatementReader,
        },
    },
    money::{Currency, exact_decimal},
};
use quick_xml::{Reader, events::Event};

use crate::csv::text::{decode, readable};
use entry::{Entry, day};

/// Elements inside one another that are told apart; what is nested deeper is not looked at.
const DEEPEST: usize = 40;
/// A text is cut here: no field of the format is longer.
const LONGEST: usize = 2_000;

/// The reader of CAMT files.
#[derive(Debug, Clone, Copy, Default)]
pub struct CamtReader;

impl StatementReader for CamtReader {
    fn format(&self) -> StatementFormat {
        StatementFormat { key: "camt", name: "CAMT.052, .053 and .054", extensions: &["xml", "camt"] }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        let head = decode(head, None);
        head.trim_start().starts_with('<')
            && ["BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn", ":camt.05"]
                .iter()
                .any(|name| head.contains(name))
    }

    fn read<'a>(&self, file: &'a [u8]) -> Result<StatementEvents<'a>, StatementError> {
        let mut events = Events { text: readable(file, None), machine: Machine::default() };
        match events.next() {
            Some(first @ StatementEvent::Account(_)) => Ok(Box::new(std::iter::once(first).chain(events))),
            _ => Err(StatementError::NoStatement("there is no account in it.".to_owned())),
        }
    }
}

/// The events of one file, read as they are asked for.
struct Events<'a> {
    text: Cow<'a, str>,
    machine: Machine,
}

impl Iterator for Events<'_> {
    type Item = StatementEvent;

    fn next(&mut self) -> Option<StatementEvent> {
        self.machine.next(&self.text)
    }
}

/// Where the reading of a file is, and what it knows there.
#[derive(Default)]
struct Machine {
    at: usize,
    /// Line ends before `counted`.
    passed: u64,
    counted: usize,
    path: Vec<String>,
    /// Elements that are open beyond [`DEEPEST`].
    deeper: usize,
    value: String,
    account: Account,
    balance: Balance,
    entry: Option<Entry>,
    /// What is told next, behind its account.
    waiting: Option<StatementEvent>,
    is_over: bool,
}

/// The account of a statement while its parts are read.
#[derive(Default)]
struct Account {
    number: Option<String>,
    currency: Option<Currency>,
    institution: Option<String>,
    institution_id: Option<String>,
    kind: Option<String>,
    is_told: bool,
    line: u64,
}

/// A balance while its parts are read.
#[derive(Default)]
struct Balance {
    code: String,
    amount: Option<String>,
    is_debit: bool,
    day: Option<String>,
}

impl Machine {
    /// The line of a place; places only ever grow.
    fn line_of(&mut self, text: &str, at: usize) -> u64 {
        let passed = text.as_bytes().get(self.counted..at).unwrap_or_default();
        self.passed += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = self.counted.max(at);
        self.passed + 1
    }

    fn is_in(&self, ends: &[&str]) -> bool {
        let from = self.path.len().checked_sub(ends.len());
        from.and_then(|from| self.path.get(from..)).is_some_and(|path| path.iter().eq(ends))
    }

    fn open(&mut self, text: &str, name: &str, currency: Option<String>, at: usize) {
        self.value.clear();
        if self.path.len() >= DEEPEST {
            self.deeper += 1;
            return;
        }
        self.path.push(name.to_owned());
        match name {
            "Stmt" | "Rpt" | "Ntfctn" => {
                let line = self.line_of(text, at);
                self.account = Account { line, ..Account::default() };
                self.entry = None;
            }
            "Bal" => self.balance = Balance::default(),
            "Ntry" => {
                let line = self.line_of(text, at);
                self.entry = Some(Entry::new(line, at));
            }
            "TxDtls" => {
                if let Some(entry) = &mut self.entry {
                    entry.parts += 1;
                }
            }
            "Amt" if self.is_in(&["Ntry", "Amt"]) => {
                if let Some(entry) = &mut self.entry {
                    entry.currency = currency;
                }
            }
            _ => {}
        }
    }

    /// An element ends: its value goes where it belongs, or what it was is told.
    fn close(&mut self, text: &str, name: &str, end: usize) -> Option<StatementEvent> {
        if self.deeper > 0 {
            self.deeper -= 1;
            return None;
        }
        if self.path.last().is_none_or(|last| last != name) {
            // An element that was never opened, or whose inner ones were never closed.
            let open = self.path.iter().rposition(|open| open == name)?;
            self.path.truncate(open + 1);
        }
        let value = std::mem::take(&mut self.value).trim().to_owned();
        let told = match name {
            "Ntry" => self.entry.take().map(|entry| {
                let raw = text.get(entry.from..end).unwrap_or_default();
                entry.finish(raw, self.account.currency)
            }),
            "Bal" => self.told_balance(text, end),
            _ => {
                if !value.is_empty() {
                    self.keep(name, value);
                }
                None
            }
        };
        self.path.pop();
        told
    }

    fn keep(&mut self, name: &str, value: String) {
        let path = &self.path;
        if let Some(entry) = &mut self.entry {
            let inner = path.iter().rposition(|open| open == "Ntry").map_or(0, |at| at + 1);
            return entry.keep(path.get(inner..).unwrap_or_default(), value);
        }
        if path.iter().any(|open| open == "Bal") {
            match name {
                "Cd" | "Prtry" => self.balance.code = value,
                "Amt" => self.balance.amount = Some(value),
                "CdtDbtInd" => self.balance.is_debit = value == "DBIT",
                "Dt" | "DtTm" => self.balance.day = Some(value),
                _ => {}
            }
        } else if self.is_in(&["Acct", "Id", "IBAN"]) || self.is_in(&["Acct", "Id", "Othr", "Id"]) {
            self.account.number = Some(value.split_whitespace().collect());
        } else if self.is_in(&["Acct", "Ccy"]) {
            self.account.currency = value.parse().ok();
        } else if self.is_in(&["Acct", "Tp", "Cd"]) {
            self.account.kind = Some(value);
        } else if self.path.iter().any(|open| open == "Svcr") {
            match name {
                "Nm" => self.account.institution = Some(value),
                "BIC" | "BICFI" => self.account.institution_id = Some(value),
                _ => {}
            }
        }
    }

    /// The account, told before anything of it is.
    fn begin(&mut self) -> Option<StatementEvent> {
        if std::mem::replace(&mut self.account.is_told, true) {
            return None;
        }
        let account = &self.account;
        let kind = match account.kind.as_deref() {
            Some("SVGS") => AccountKind::Savings,
            Some("LOAN") => AccountKind::Loan,
            Some("CARD") => AccountKind::CreditCard,
            _ => AccountKind::Checking,
        };
        Some(StatementEvent::Account(StatementAccount {
            line: account.line,
            institution: account.institution.clone().or_else(|| account.institution_id.clone()),
            institution_id: account.institution_id.clone().unwrap_or_default(),
            institution_hint: None,
            branch: None,
            number: account.number.clone(),
            name: None,
            kind,
            kind_word: String::new(),
            currency: account.currency,
        }))
    }

    /// The closing balance, booked or available; others say what is in the rows already.
    fn told_balance(&mut self, text: &str, end: usize) -> Option<StatementEvent> {
        let Balance { code, amount, is_debit, day: as_of } = std::mem::take(&mut self.balance);
        let kind = match code.as_str() {
            "CLBD" => StatementBalanceKind::Ledger,
            "CLAV" => StatementBalanceKind::Available,
            _ => return None,
        };
        let line = self.line_of(text, end);
        let amount = match amount.as_deref().map(exact_decimal) {
            Some(Ok(amount)) => amount,
            _ => {
                let reason = "Amt of a balance is not a number.".to_owned();
                return Some(StatementEvent::Note(StatementProblem { line, reason }));
            }
        };
        let amount = if is_debit { -amount } else { amount };
        let as_of = as_of.as_deref().and_then(day);
        Some(StatementEvent::Balance(StatementBalance { line, kind, amount, as_of }))
    }

    /// Goes on to the next thing that is told.
    fn next(&mut self, text: &str) -> Option<StatementEvent> {
        if let Some(waiting) = self.waiting.take() {
            return Some(waiting);
        }
        if self.is_over {
            return None;
        }
        let from = self.at;
        let mut reader = Reader::from_str(text.get(from..).unwrap_or_default());
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        config.expand_empty_elements = true;
        loop {
            let begun = from + usize::try_from(reader.buffer_position()).unwrap_or(0);
            let event = reader.read_event();
            let end = from + usize::try_from(reader.buffer_position()).unwrap_or(0);
            match event {
                Ok(Event::Start(element)) => {
                    let currency = element.try_get_attribute("Ccy").ok().flatten();
                    let currency = currency.map(|attribute| attribute.value.as_ref().to_owned());
                    self.open(text, element.local_name().as_ref(), currency, begun);
                }
                Ok(Event::End(element)) => {
                    let name = element.local_name().as_ref().to_owned();
                    let needs_account = matches!(name.as_str(), "Ntry" | "Bal" | "Stmt" | "Rpt" | "Ntfctn");
                    let account = if needs_account && self.is_in_statement() { self.begin() } else { None };
                    let told = self.close(text, &name, end);
                    if account.is_some() || told.is_some() {
                        self.at = end;
                        self.waiting = if account.is_some() { told.clone() } else { None };
                        return account.or(told);
                    }
                }
                Ok(Event::Text(part)) => self.add(&part.xml10_content()),
                Ok(Event::CData(part)) => self.add(&part.xml10_content()),
                Ok(Event::GeneralRef(part)) => match part.resolve_char_ref() {
                    Ok(Some(c)) => self.add(c.encode_utf8(&mut [0; 4])),
                    _ => {
                        let plain = quick_xml::escape::resolve_xml_entity(&part.xml10_content());
                        self.add(plain.unwrap_or_default());
                    }
                },
                Ok(Event::Eof) => {
                    self.is_over = true;
                    let is_cut = self.entry.take().is_some() || !self.path.is_empty();
                    return if is_cut { self.cut_off(text, end) } else { None };
                }
                Ok(_) => {}
                Err(_) => {
                    self.is_over = true;
                    return self.cut_off(text, end);
                }
            }
        }
    }

    fn is_in_statement(&self) -> bool {
        self.path.iter().any(|open| matches!(open.as_str(), "Stmt" | "Rpt" | "Ntfctn"))
    }

    /// Adds to the value of the innermost element.
    fn add(&mut self, part: &str) {
        let free = LONGEST.saturating_sub(self.value.len());
        self.value.push_str(part.get(..part.floor_char_boundary(free)).unwrap_or_default());
    }

    /// The file ends too early; without an account there is nothing to say.
    fn cut_off(&mut self, text: &str, at: usize) -> Option<StatementEvent> {
        let line = self.line_of(text, at.min(text.len()));
        let reason = "The file breaks off here: what stood behind it is missing.".to_owned();
        self.account.is_told.then_some(StatementEvent::Note(StatementProblem { line, reason }))
    }
}

#[cfg(test)]
mod tests;
