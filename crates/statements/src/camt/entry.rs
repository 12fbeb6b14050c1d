//! One entry of an account: its fields as they come, and the row they make.

use dashtam_domain::{
    ledger::{
        TransactionDetails, TransactionKind, mask_number,
        statement::{StatementEvent, StatementProblem, StatementRow},
    },
    money::{Currency, exact_decimal},
    time::Day,
};

use crate::{csv::dates, ofx::fields::is_placeholder};

/// So much text of an entry is kept.
const MOST_TEXT: usize = 4_000;

/// An entry while its elements are read.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) line: u64,
    /// Where it begins in the file.
    pub(super) from: usize,
    pub(super) currency: Option<String>,
    /// Transactions that it is made of, where the bank says so.
    pub(super) parts: u32,
    amount: Option<String>,
    is_debit: Option<bool>,
    status: String,
    booked: Option<String>,
    valued: Option<String>,
    own_id: Option<String>,
    reference: Option<String>,
    check: Option<String>,
    debtor: Option<String>,
    creditor: Option<String>,
    remittance: String,
    additional: Option<String>,
    code: String,
    numbers: Vec<String>,
}

impl Entry {
    pub(super) fn new(line: u64, from: usize) -> Self {
        Self { line, from, ..Self::default() }
    }

    /// Takes a value; `path` leads to it from the entry.
    pub(super) fn keep(&mut self, path: &[String], value: String) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let first = |slot: &mut Option<String>, value: String| {
            slot.get_or_insert(value);
        };
        match path.as_slice() {
            ["Amt"] => self.amount = Some(value),
            ["CdtDbtInd"] => self.is_debit = Some(value == "DBIT"),
            ["Sts"] | ["Sts", "Cd"] => self.status = value,
            ["BookgDt", ..] => first(&mut self.booked, value),
            ["ValDt", ..] => first(&mut self.valued, value),
            ["AcctSvcrRef"] => self.own_id = Some(value),
            ["NtryRef"] => first(&mut self.reference, value),
            ["AddtlNtryInf"] => self.additional = Some(value),
            ["BkTxCd", .., "Cd" | "SubFmlyCd"] if self.code.len() < 40 => {
                self.code.push_str(if self.code.is_empty() { "" } else { "-" });
                self.code.push_str(&value);
            }
            [.., "Refs", "AcctSvcrRef"] if self.parts == 1 => first(&mut self.own_id, value),
            [.., "Refs", "ChqNb"] => first(&mut self.check, value),
            [.., "Dbtr", "Nm"] | [.., "Dbtr", "Pty", "Nm"] => first(&mut self.debtor, value),
            [.., "Cdtr", "Nm"] | [.., "Cdtr", "Pty", "Nm"] => first(&mut self.creditor, value),
            [.., "IBAN"] | [.., "DbtrAcct" | "CdtrAcct", "Id", "Othr", "Id"] => self.numbers.push(value),
            [.., "RmtInf", "Ustrd"] | [.., "CdtrRefInf", "Ref"] if self.remittance.len() < MOST_TEXT => {
                self.remittance.push_str(if self.remittance.is_empty() { "" } else { " " });
                self.remittance.push_str(&value);
            }
            _ => {}
        }
    }

    /// The row, or why there is none.
    pub(super) fn finish(self, raw: &str, account: Option<Currency>) -> StatementEvent {
        let line = self.line;
        let refused =
            |reason: &str| StatementEvent::Refused(StatementProblem { line, reason: reason.to_owned() });
        if matches!(self.status.as_str(), "PDNG" | "INFO" | "FUTR") {
            let reason = "An entry that is not booked is left out.".to_owned();
            return StatementEvent::Note(StatementProblem { line, reason });
        }
        let Some(day) = self.booked.as_deref().or(self.valued.as_deref()).and_then(day) else {
            return refused("BookgDt is missing or not a date.");
        };
        let amount = match self.amount.as_deref().map(exact_decimal) {
            Some(Ok(amount)) => amount,
            _ => return refused("Amt is missing or not a number."),
        };
        let Some(is_debit) = self.is_debit else { return refused("CdtDbtInd is missing.") };
        let own = self.currency.as_deref().map(|code| code.parse().unwrap_or(Currency::NONE));
        // Of several transactions in one entry none names the other side of all.
        let other = if is_debit { self.creditor } else { self.debtor };
        let name = other.filter(|_| self.parts < 2);
        let remittance = Some(self.remittance).filter(|text| !text.is_empty() && self.parts < 2);
        let (name, memo) = match (name, remittance.or_else(|| self.additional.clone())) {
            (Some(name), memo) => (Some(name), memo),
            (None, memo) => (memo, None),
        };
        let usable = |id: Option<String>| id.filter(|id| !is_placeholder(id));
        let raw = self.numbers.iter().fold(raw.to_owned(), |raw, number| match mask_number(number) {
            Some(mask) if number.len() > mask.len() => raw.replace(number.as_str(), &mask),
            _ => raw,
        });
        StatementEvent::Row(StatementRow {
            line,
            source_id: usable(self.own_id),
            corrects: None,
            day,
            occurred_at: None,
            amount: if is_debit { -amount } else { amount },
            kind: kind(&self.code, is_debit),
            source_kind: self.code,
            name,
            memo,
            check_number: usable(self.check),
            reference: usable(self.reference),
            currency: own.filter(|own| Some(*own) != account),
            trade: None,
            details: TransactionDetails::default(),
            raw,
        })
    }
}

/// A date, with or without a time behind it.
pub(super) fn day(text: &str) -> Option<Day> {
    let date = text.get(..10).unwrap_or(text);
    dates::read(date, dashtam_domain::ledger::DateOrder::YearFirst).map(|dated| dated.day)
}

/// The sort of an entry by the codes of ISO 20022: domain, family and sub-family.
fn kind(code: &str, is_debit: bool) -> TransactionKind {
    let part = |wanted: &str| code.split('-').any(|part| part == wanted);
    if part("SALA") {
        TransactionKind::DirectDeposit
    } else if part("INTR") || part("INTE") {
        TransactionKind::Interest
    } else if part("CHRG") || part("FEES") || part("COMM") {
        TransactionKind::Fee
    } else if part("STDO") {
        TransactionKind::StandingOrder
    } else if part("RDDT") || part("IDDT") {
        TransactionKind::DirectDebit
    } else if part("CWDL") {
        TransactionKind::Cash
    } else if part("POSD") || part("CCRD") {
        TransactionKind::PointOfSale
    } else if part("RCDT") || part("ICDT") {
        TransactionKind::Transfer
    } else if is_debit {
        TransactionKind::Debit
    } else {
        TransactionKind::Credit
    }
}
