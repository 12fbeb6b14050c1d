//! Files of what a user has, for other programs.

#[cfg(feature = "parquet")]
mod columnar;
mod csv;
mod ofx;
mod plain;

use std::collections::HashMap;

use dashtam_application::exports::{Export, ExportKind, ExportPage, FileError};
use dashtam_domain::{
    id::AccountId,
    ledger::{Account, TransactionFilter, meaning::OwnCategory},
    time::{Day, Timestamp},
};

use crate::views::{BalanceLine, ClosingView, HoldingView, LotView, TransactionView};

/// What sort of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Jsonl,
    Ofx,
    Hledger,
    Beancount,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Csv,
            Self::Jsonl,
            Self::Ofx,
            Self::Hledger,
            Self::Beancount,
            #[cfg(feature = "parquet")]
            Self::Parquet,
        ];
        all.into_iter().find(|format| format.as_str() == text)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Ofx => "ofx",
            Self::Hledger => "hledger",
            Self::Beancount => "beancount",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }

    /// Whether it has anything but transactions.
    pub(crate) fn has_all(self) -> bool {
        !matches!(self, Self::Ofx | Self::Hledger | Self::Beancount)
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson",
            Self::Ofx => "application/x-ofx",
            Self::Hledger | Self::Beancount => "text/plain; charset=utf-8",
            #[cfg(feature = "parquet")]
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Hledger => "journal",
            other => other.as_str(),
        }
    }
}

/// What is known beside the rows.
pub(crate) struct Beside {
    pub(crate) accounts: HashMap<AccountId, Account>,
    pub(crate) own: Vec<OwnCategory>,
    pub(crate) now: Timestamp,
    /// The days that were asked for.
    pub(crate) from: Option<Day>,
    pub(crate) to: Option<Day>,
}

/// Writes the parts of one file.
pub(crate) struct Writer {
    format: Format,
    kind: ExportKind,
    beside: Beside,
    /// Begins with the mark that some spreadsheets know UTF-8 by.
    is_marked: bool,
    ofx: ofx::Open,
    #[cfg(feature = "parquet")]
    columnar: Option<columnar::Open>,
}

impl Writer {
    pub(crate) fn new(
        format: Format,
        kind: ExportKind,
        export: &Export,
        filter: &TransactionFilter,
        now: Timestamp,
    ) -> Self {
        let accounts = export.accounts().iter().map(|account| (account.id, account.clone())).collect();
        let own = export.categories().to_vec();
        let beside = Beside { accounts, own, now, from: filter.from, to: filter.to };
        Self {
            format,
            kind,
            beside,
            is_marked: false,
            ofx: ofx::Open::Nothing,
            #[cfg(feature = "parquet")]
            columnar: None,
        }
    }

    /// Lets the file begin with the mark that some spreadsheets know UTF-8 by.
    pub(crate) fn marked(mut self, is_marked: bool) -> Self {
        self.is_marked = is_marked;
        self
    }

    /// What the file begins with.
    pub(crate) fn head(&mut self) -> Result<Vec<u8>, FileError> {
        #[cfg(feature = "parquet")]
        if self.format == Format::Parquet {
            let open = columnar::Open::new(csv::columns(self.kind))?;
            let ready = open.ready();
            self.columnar = Some(open);
            return Ok(ready);
        }
        Ok(self.begin().into_bytes())
    }

    /// A part of the file.
    pub(crate) fn page(&mut self, page: &ExportPage) -> Result<Vec<u8>, FileError> {
        #[cfg(feature = "parquet")]
        if let Some(open) = &mut self.columnar {
            add(open, page, &self.beside)?;
            return Ok(open.ready());
        }
        Ok(self.part(page).into_bytes())
    }

    /// What the file ends with.
    pub(crate) fn tail(&mut self) -> Result<Vec<u8>, FileError> {
        #[cfg(feature = "parquet")]
        if let Some(open) = &mut self.columnar {
            return open.end();
        }
        Ok(self.end().into_bytes())
    }

    fn begin(&self) -> String {
        match self.format {
            Format::Csv => csv::head(self.kind, self.is_marked),
            Format::Jsonl => {
                format!("{{\"schema\":\"dashtam.export/1\",\"kind\":\"{}\"}}\n", self.kind.as_str())
            }
            Format::Ofx => ofx::head(self.beside.now),
            Format::Hledger => plain::hledger_head(&self.beside),
            Format::Beancount => plain::beancount_head(&self.beside),
            #[cfg(feature = "parquet")]
            Format::Parquet => String::new(),
        }
    }

    fn part(&mut self, page: &ExportPage) -> String {
        let mut out = String::with_capacity(64 << 10);
        match (self.format, page) {
            (Format::Csv, ExportPage::Transactions { rows, .. }) => {
                rows.iter()
                    .for_each(|row| csv::transaction(&mut csv::Line::new(&mut out), row, &self.beside));
            }
            (Format::Csv, ExportPage::Holdings(rows)) => {
                rows.iter().for_each(|row| csv::holding(&mut csv::Line::new(&mut out), row));
            }
            (Format::Csv, ExportPage::Balances(rows)) => {
                rows.iter().for_each(|row| csv::balance(&mut csv::Line::new(&mut out), row));
            }
            (Format::Csv, ExportPage::Lots(rows)) => {
                rows.iter().for_each(|row| csv::lot(&mut csv::Line::new(&mut out), row, &self.beside));
            }
            (Format::Csv, ExportPage::Closings(rows)) => {
                rows.iter().for_each(|row| csv::closing(&mut csv::Line::new(&mut out), row, &self.beside));
            }
            (Format::Jsonl, ExportPage::Transactions { rows, .. }) => {
                rows.iter().for_each(|row| line(&mut out, &TransactionView::from(row)));
            }
            (Format::Jsonl, ExportPage::Holdings(rows)) => {
                rows.iter().for_each(|row| line(&mut out, &HoldingView::from(row)));
            }
            (Format::Jsonl, ExportPage::Balances(rows)) => {
                rows.iter().for_each(|row| line(&mut out, &BalanceLine::from(row)));
            }
            (Format::Jsonl, ExportPage::Lots(rows)) => {
                rows.iter().for_each(|row| line(&mut out, &LotView::from(row)));
            }
            (Format::Jsonl, ExportPage::Closings(rows)) => {
                rows.iter().for_each(|row| line(&mut out, &ClosingView::from(row)));
            }
            (Format::Ofx, page) => self.ofx.page(&mut out, page, &self.beside),
            (Format::Hledger, ExportPage::Transactions { rows, .. }) => {
                rows.iter().for_each(|row| plain::hledger(&mut out, row, &self.beside));
            }
            (Format::Beancount, ExportPage::Transactions { rows, .. }) => {
                rows.iter().for_each(|row| plain::beancount(&mut out, row, &self.beside));
            }
            // These have transactions only, and nothing else is asked of them.
            (Format::Hledger | Format::Beancount, _) => {}
            // Its cells are written by columns.
            #[cfg(feature = "parquet")]
            (Format::Parquet, _) => {}
        }
        out
    }

    fn end(&mut self) -> String {
        match self.format {
            Format::Ofx => self.ofx.tail(),
            _ => String::new(),
        }
    }
}

/// Adds the rows of a part to a file that is written by columns.
#[cfg(feature = "parquet")]
fn add(open: &mut columnar::Open, page: &ExportPage, beside: &Beside) -> Result<(), FileError> {
    fn each<T>(
        open: &mut columnar::Open,
        rows: &[T],
        write: impl Fn(&mut Vec<Option<String>>, &T),
    ) -> Result<(), FileError> {
        for row in rows {
            let mut cells = Vec::new();
            write(&mut cells, row);
            open.add(cells)?;
        }
        Ok(())
    }
    match page {
        ExportPage::Transactions { rows, .. } => {
            each(open, rows, |cells, row| csv::transaction(cells, row, beside))
        }
        ExportPage::Holdings(rows) => each(open, rows, csv::holding),
        ExportPage::Balances(rows) => each(open, rows, csv::balance),
        ExportPage::Lots(rows) => each(open, rows, |cells, row| csv::lot(cells, row, beside)),
        ExportPage::Closings(rows) => each(open, rows, |cells, row| csv::closing(cells, row, beside)),
    }
}

fn line(out: &mut String, view: &impl serde::Serialize) {
    // Views hold strings, numbers and lists only: there is nothing that could fail.
    out.push_str(&serde_json::to_string(view).unwrap_or_default());
    out.push('\n');
}
