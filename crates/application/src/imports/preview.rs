//! Shows what an import would do, and does nothing.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, TransactionId},
    identity::Scope,
    ledger::{
        Account, BalancePoint, Import,
        statement::{StatementLayout, StatementRow},
    },
    money::{Currency, Decimal},
    page::{Limit, Page},
    time::Day,
};

use super::{
    ImportError, ImportStatement, Imports, create::Reading, pages::Pages, tally::Tally, units::Units,
};
use crate::request::{authorize, request};

/// A file that might be imported, and which of its rows are shown.
#[derive(Debug)]
pub struct PreviewImport {
    /// The file.
    pub statement: ImportStatement,
    /// Behind the row with this number; 0 is before the first.
    pub after: u64,
    /// How many.
    pub limit: Limit,
}

impl PreviewImport {
    /// The most rows of a file that is shown. Where there is one writer, everybody else who writes waits for a preview:
    /// this many are gone through in less than a second.
    pub const MOST_ROWS: u64 = 10_000;
}

request!(PreviewImport, "imports.preview", Access::User(Needs::command(Scope::ImportsWrite)));

/// What an import would do.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportPreview {
    /// The report as it would be, without an id that means anything.
    pub import: Import,
    /// How many rows would change one that is stored. They are among those that are taken.
    pub changed: i64,
    /// The accounts that the file is about, in the order of the file.
    pub accounts: Vec<PreviewAccount>,
    /// A page of its rows, in the order of the file.
    pub rows: Page<PreviewRow, u64>,
    /// How the file is read, where that is not fixed by its format.
    pub layout: Option<StatementLayout>,
}

/// What would become of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFate {
    /// It would be stored.
    New,
    /// It is stored already.
    Known,
    /// It would change a row that is stored: take its place, or take it back.
    Changed,
    /// It cannot be used.
    Refused,
}

impl RowFate {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Known => "known",
            Self::Changed => "changed",
            Self::Refused => "refused",
        }
    }
}

/// A row of a file and its fate.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRow {
    /// Its place among the rows of the file, from 1.
    pub number: u64,
    /// Line of the file on which it begins, from 1.
    pub line: u64,
    /// The account it is about.
    pub account: Option<AccountId>,
    /// What would become of it.
    pub fate: RowFate,
    /// What it says, unless it was refused.
    pub says: Option<RowSays>,
    /// The stored transaction that it is, or that it would change.
    pub transaction: Option<TransactionId>,
    /// The element that is the cause, where one is.
    pub field: Option<String>,
    /// Why, in one sentence.
    pub reason: Option<String>,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq)]
pub struct RowSays {
    /// Its day.
    pub day: Day,
    /// Signed, positive is money in.
    pub amount: Decimal,
    /// Its currency, where that is not the statement's.
    pub currency: Option<Currency>,
    /// Payee or description.
    pub description: Option<String>,
}

impl RowSays {
    pub(super) fn of(row: &StatementRow) -> Self {
        let description = row.name.clone().or_else(|| row.memo.clone());
        Self { day: row.day, amount: row.amount, currency: row.currency, description }
    }
}

/// An account that a file is about.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewAccount {
    /// The account as it would be.
    pub account: Account,
    /// Whether it would be made.
    pub is_new: bool,
    /// The balance that the file states.
    pub balance: Option<BalancePoint>,
}

impl Imports {
    /// What an import of the file would do: the import itself, in one unit of work that is rolled back. A key for
    /// repeated requests is not used up.
    #[tracing::instrument(name = "imports.preview", skip_all, fields(file.size = request.statement.file.len()))]
    pub async fn preview(&self, call: &Call, request: PreviewImport) -> Result<ImportPreview, ImportError> {
        let owner = authorize::<PreviewImport>(call)?.user;
        let PreviewImport { statement, after, limit } = request;
        let (reading, chosen) = Reading::begin(self, owner, statement).await?;
        if reading.survey.rows > PreviewImport::MOST_ROWS {
            return Err(ImportError::TooLong(reading.survey.rows));
        }
        let _turn = self.previews.lock().await;
        let import = reading.import(self, owner, call.now);
        let mut units = Units::preview(&*self.store);
        let mut work = units.begin().await?;
        work.imports().insert(&import).await?;
        units.end(work).await?;
        let pages = Pages::new(self, units, import, &reading.survey, chosen);
        let shown = reading.store(pages.shown_by(Tally::new(after, limit))).await?.give_up().await?;
        Ok(ImportPreview { layout: reading.layout, ..shown })
    }
}
