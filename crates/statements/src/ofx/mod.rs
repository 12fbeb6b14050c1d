//! OFX and QFX, versions 1 (SGML) and 2 (XML), read with patience for what banks make of them.
//!
//! The file is never turned into a tree: it is cut into elements one by one, and each row is told as soon
//! as it ends. What a bank leaves out (headers, closing elements, account, currency) costs as little as
//! possible, and what cannot be read is refused row by row.

mod account;
mod aggregate;
pub(crate) mod amounts;
mod aside;
mod charset;
mod dates;
pub(crate) mod fields;
mod header;
mod investments;
mod kinds;
mod lexer;
mod lines;
mod listed;
mod machine;
mod masked;
mod position;
mod row;
mod status;
mod tags;
mod terms;
mod trade;
mod values;

use std::borrow::Cow;

use dashtam_domain::{
    connections::KeptRow,
    ledger::statement::{
        StatementError, StatementEvent, StatementEvents, StatementFormat, StatementReader, StatementRow,
    },
    money::Currency,
};

use machine::Machine;

/// The reader of OFX and QFX files.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfxReader;

impl StatementReader for OfxReader {
    fn format(&self) -> StatementFormat {
        StatementFormat { key: "ofx", name: "OFX / QFX", extensions: &["ofx", "qfx"] }
    }

    fn recognises(&self, head: &[u8]) -> bool {
        header::check(&header::transcode(head)).is_ok()
    }

    fn read<'a>(&self, file: &'a [u8]) -> Result<StatementEvents<'a>, StatementError> {
        Ok(Box::new(Events::new(file)?))
    }

    fn read_again(&self, row: &KeptRow, account: Currency) -> Result<StatementRow, String> {
        let raw = row.raw.as_bytes();
        trade::read_alone(raw, account).unwrap_or_else(|| row::read_alone(raw, account))
    }
}

/// The events of one file, read as they are asked for.
struct Events<'a> {
    text: Cow<'a, [u8]>,
    machine: Machine,
}

impl<'a> Events<'a> {
    /// Reads the file up to its first statement.
    fn new(file: &'a [u8]) -> Result<Self, StatementError> {
        let text = header::transcode(file);
        header::check(&text)?;
        let header = header::root(&text).unwrap_or(text.len());
        let charset::Text { bytes: text, note } = charset::decode(text, header);
        let mut machine = Machine::new();
        if let Some((at, reason)) = note {
            machine.remark(&text, at, reason);
        }
        machine.start(&text)?;
        Ok(Self { text, machine })
    }
}

impl Iterator for Events<'_> {
    type Item = StatementEvent;

    fn next(&mut self) -> Option<StatementEvent> {
        self.machine.next(&self.text)
    }
}

/// Whether a row with this word for its sort is an investment transaction.
pub(crate) fn is_investment(source_kind: &str) -> bool {
    tags::Tag::of(source_kind.as_bytes()) == tags::Tag::Trade
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod investment_tests;
#[cfg(test)]
mod tests;
