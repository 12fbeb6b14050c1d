//! What a statement file says, read piece by piece so that memory stays flat however long the file is.

use super::account::stored_enum;
use crate::{
    connections::{KeptRow, PulledHolding},
    ledger::{AccountKind, AccountTerms, CsvProfile, Trade, TransactionDetails, TransactionKind},
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

/// A file format we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementFormat {
    /// Stable key, e.g. `ofx`.
    pub key: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// File name endings, lower case, without the dot.
    pub extensions: &'static [&'static str],
}

/// Reads one family of statement files.
pub trait StatementReader: Send + Sync {
    /// The family as the catalogue shows it.
    fn format(&self) -> StatementFormat;

    /// Whether the file's first bytes look like this format.
    fn recognises(&self, head: &[u8]) -> bool;

    /// Reads the file as a sequence of events. An error means that the file as a whole is not a statement
    /// (not this format, empty, an error answer of the bank); a bad row is an event of its own.
    fn read<'a>(&self, file: &'a [u8]) -> Result<StatementEvents<'a>, StatementError>;

    /// The same, with what is known of the file beside its bytes, and with how it is read.
    fn open<'a>(&self, file: &'a [u8], _hints: &StatementHints) -> Result<OpenStatement<'a>, StatementError> {
        Ok(OpenStatement { layout: None, events: self.read(file)? })
    }

    /// Whether a profile says more about such a file.
    fn takes_profile(&self) -> bool {
        false
    }

    /// The layouts of the format that are known to the reader.
    fn layouts(&self) -> Vec<CsvProfile> {
        Vec::new()
    }

    /// The first lines of such a file cut into cells, for a person who says how it is read: none where it has no columns.
    /// `None` where nothing is said of that.
    fn sample(&self, _file: &[u8]) -> Option<TableSample> {
        self.takes_profile().then(TableSample::default)
    }

    /// Reads a row of such a file again that was kept as it stands there, in an account of this currency. An error says
    /// why it cannot be read, or not without the rest of its file.
    fn read_again(&self, _row: &KeptRow, _account: Currency) -> Result<StatementRow, String> {
        Err("Rows of this format are not read again.".to_owned())
    }
}

/// The beginning of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSample {
    /// Its lines, each cut into cells, with those above the names of the columns.
    pub lines: Vec<Vec<String>>,
    /// The place of the line that names the columns, as far as that can be told; of a table without such a line, of the
    /// first one that is as wide as a row.
    pub names: usize,
}

/// A file that is being read.
pub struct OpenStatement<'a> {
    /// How it is read, where that is not fixed by its format.
    pub layout: Option<StatementLayout>,
    /// What it says.
    pub events: StatementEvents<'a>,
}

/// What is known of a file beside its bytes.
#[derive(Debug, Clone, Default)]
pub struct StatementHints {
    /// Its name.
    pub file_name: Option<String>,
    /// How a table is read, as the caller says: wholly, or by the members that complete what is found out.
    pub profile: Option<CsvProfile>,
    /// What the user said of tables before, the newest first: how those are read that have all their column names and no
    /// others.
    pub saved: Vec<CsvProfile>,
}

/// How a table is read.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementLayout {
    /// The profile.
    pub profile: CsvProfile,
    /// Where it comes from.
    pub origin: LayoutOrigin,
    /// How sure that is, from 0 to 100.
    pub confidence: u8,
    /// What the column of balances says, if there is one.
    pub balances: Option<BalanceCheck>,
}

stored_enum! {
    /// Where a profile comes from.
    LayoutOrigin {
        /// The caller named it.
        Given = "given",
        /// The user told about a table with the same column names before.
        Saved = "saved",
        /// Dashtam knows the layout.
        BuiltIn = "built_in",
        /// It was guessed from the names of the columns.
        Guessed = "guessed",
    }
}

/// Whether the balances of a table follow from its amounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BalanceCheck {
    /// Balances that were compared with the one before.
    pub compared: u64,
    /// Those that do not follow from it.
    pub wrong: u64,
    /// The line of the first of them.
    pub first_wrong: Option<u64>,
}

/// The events of one file, in file order. An account's event comes before its rows and balances.
pub type StatementEvents<'a> = Box<dyn Iterator<Item = StatementEvent> + Send + 'a>;

/// One piece of a statement file.
#[expect(clippy::large_enum_variant, reason = "nearly all events are rows")]
#[derive(Debug, Clone, PartialEq)]
pub enum StatementEvent {
    /// A new account begins; the rows and balances that follow are its own.
    Account(StatementAccount),
    /// A transaction.
    Row(StatementRow),
    /// A balance the institution states.
    Balance(StatementBalance),
    /// What an investment account held.
    Holdings(StatementHoldings),
    /// What was agreed of the account.
    Terms(AccountTerms),
    /// A row, or a balance, that could not be used, and why.
    Refused(StatementProblem),
    /// Something worth telling that costs no row, e.g. a truncated end or investment rows left aside.
    Note(StatementProblem),
}

/// An account as the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementAccount {
    /// Line of the file, from 1.
    pub line: u64,
    /// Name of the institution, when the file has one.
    pub institution: Option<String>,
    /// What tells institutions apart: bank, broker or institution id; empty when the file has none.
    pub institution_id: String,
    /// What else tells the institution from others where its id says nothing: its name, for one.
    pub institution_hint: Option<String>,
    /// The branch, where accounts are numbered by branch.
    pub branch: Option<String>,
    /// The account number as written; `None` when the file has none.
    pub number: Option<String>,
    /// What its owner calls it, in files that know accounts by name: it stands in the place of a number.
    pub name: Option<String>,
    /// What sort of account.
    pub kind: AccountKind,
    /// The institution's own word for the sort, e.g. `CHECKING`; empty when there is none.
    pub kind_word: String,
    /// The statement's currency; `None` when the file has none that is ISO 4217.
    pub currency: Option<Currency>,
}

/// A transaction of the current account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    /// Line of the file on which the row begins, from 1.
    pub line: u64,
    /// The institution's id of the row; `None` when absent or a placeholder such as `0`.
    pub source_id: Option<String>,
    /// Id of an earlier row that this one corrects, and how.
    pub corrects: Option<Correction>,
    /// The calendar day as written, whatever zone the file mentions.
    pub day: Day,
    /// The instant, when the file gives a time of day.
    pub occurred_at: Option<Timestamp>,
    /// Signed, positive is money in.
    pub amount: Decimal,
    /// What sort of transaction the institution says it is; the amount's sign rules.
    pub kind: TransactionKind,
    /// The institution's own word for it, e.g. `DIRECTDEP`.
    pub source_kind: String,
    /// Payee or description.
    pub name: Option<String>,
    /// Further text.
    pub memo: Option<String>,
    /// Cheque number.
    pub check_number: Option<String>,
    /// Another reference of the institution.
    pub reference: Option<String>,
    /// Currency of the row when it differs from the statement's.
    pub currency: Option<Currency>,
    /// The security side of it.
    pub trade: Option<Trade>,
    /// What it is made of, and what is odd about it.
    pub details: TransactionDetails,
    /// The row as it stands in the file, but for account numbers, of which only the end is kept: for reading it again
    /// with a better reader.
    pub raw: String,
}

/// A row that replaces or deletes an earlier one (`CORRECTFITID`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Institution's id of the row that is corrected.
    pub source_id: String,
    /// Whether the earlier row goes without a successor.
    pub delete: bool,
}

/// A balance as stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementBalance {
    /// Line of the file, from 1.
    pub line: u64,
    /// Ledger or available.
    pub kind: StatementBalanceKind,
    /// Signed amount.
    pub amount: Decimal,
    /// The day it held.
    pub as_of: Option<Day>,
}

/// What an investment account held, as its statement says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StatementHoldings {
    /// Line of the file, from 1.
    pub line: u64,
    /// The day it held.
    pub as_of: Option<Day>,
    /// The positions; `None` where the statement has no list of them.
    pub positions: Option<Vec<PulledHolding>>,
    /// Whether some positions could not be read.
    pub has_gaps: bool,
    /// The money in the account.
    pub cash: Option<Decimal>,
    /// What is borrowed against securities; positive is owed.
    pub margin_debt: Option<Decimal>,
}

/// Which balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementBalanceKind {
    /// Booked.
    Ledger,
    /// What may be spent.
    Available,
}

/// Where something went wrong, and a sentence why. Of the file's own words it holds only what the institution says
/// of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementProblem {
    /// Line of the file, from 1.
    pub line: u64,
    /// One sentence.
    pub reason: String,
}

impl StatementProblem {
    /// The element of the file that is the cause, where the sentence begins with the name of one.
    pub fn field(&self) -> Option<&str> {
        let word = self.reason.split(' ').next().unwrap_or_default();
        let named = word.len() > 2 && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        named.then_some(word)
    }
}

/// The file as a whole cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// Not a format we read.
    #[error("The file is not a statement in a format that can be read here (OFX, QFX, CSV, QIF or CAMT).")]
    Unrecognised,
    /// The right format, and nothing for us in it.
    #[error("The file holds no account statement: {0}")]
    NoStatement(String),
    /// A table that can be read in several ways, or in none that is known: the caller has to say how.
    #[error("{reason}")]
    Unclear {
        /// The member of the profile that would tell.
        field: &'static str,
        /// One sentence.
        reason: String,
        /// What it may be.
        candidates: Vec<String>,
    },
    /// More than is looked through at once before the first row is told.
    #[error("Files of this format are read up to {most} bytes; split this one.")]
    TooLarge {
        /// The most bytes.
        most: usize,
    },
    /// The institution's error instead of a statement.
    #[error(
        "The institution answered with an error instead of a statement (code {code}){}",
        said(message.as_deref())
    )]
    InstitutionError {
        /// The institution's status code.
        code: String,
        /// What the institution says of it, for people.
        message: Option<String>,
    },
}

/// How a sentence ends that tells of an institution's answer: with its own words, if it has any.
pub fn said(message: Option<&str>) -> String {
    message.map_or_else(|| ".".to_owned(), |message| format!(": \u{201c}{message}\u{201d}"))
}
