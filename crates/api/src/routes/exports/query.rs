//! What can be asked of an export, now or by a worker later.

use dashtam_application::{
    exports::{Export, ExportData, ExportKind},
    ledger::AskedTransactions,
};
use dashtam_domain::{
    ledger::portfolio::LotMethod,
    time::{Day, Timestamp},
};

use crate::{
    exports::{Format, Writer},
    prelude::*,
    routes::{
        portfolio::method,
        transactions::{Asked, NARROWED},
    },
};

/// What shall be in a file, and what sort of file it is.
pub(super) struct ExportQuery {
    kind: ExportKind,
    format: Option<Format>,
    is_marked: bool,
    asked: AskedTransactions,
    method: Option<LotMethod>,
}

impl FromParams for ExportQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let kinds = "This parameter must be transactions, holdings, balances, lots or closings.";
        let formats = if cfg!(feature = "parquet") {
            "This parameter must be csv, jsonl, ofx, hledger, beancount or parquet."
        } else {
            "This parameter must be csv, jsonl, ofx, hledger or beancount."
        };
        let kind =
            params.read("kind", "unknown", kinds, ExportKind::parse).unwrap_or(ExportKind::Transactions);
        if !params.has("format") {
            params.refuse("format", "missing", "This parameter is required.");
        }
        let format = params.read("format", "unknown", formats, Format::parse);
        if format.is_some_and(|format| !format.has_all()) && kind != ExportKind::Transactions {
            params.refuse("format", "unsuitable", "Only transactions are exported in this format.");
        }
        if kind != ExportKind::Transactions {
            let is_of_days = |name: &str| kind == ExportKind::Closings && matches!(name, "from" | "to");
            let narrowed = NARROWED.into_iter().filter(|name| params.has(name) && !is_of_days(name));
            for name in narrowed.collect::<Vec<_>>() {
                params.refuse(name, "unsuitable", "This parameter narrows transactions only.");
            }
        }
        let is_reckoned = matches!(kind, ExportKind::Lots | ExportKind::Closings);
        if params.has("method") && !is_reckoned {
            params.refuse("method", "unsuitable", "This parameter is of lots and closings only.");
        }
        let flag = |text: &str| match text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        let message = "This parameter must be true or false.";
        let is_marked = params.read("excel", "wrong_type", message, flag).unwrap_or_default();
        let method = method(params);
        Self { kind, format, is_marked, asked: Asked::take(params).0, method }
    }
}

impl ExportQuery {
    /// What sort of file it is.
    pub(super) fn format(&self) -> Format {
        self.format.unwrap_or(Format::Csv)
    }

    /// What the file is called, of this day.
    pub(super) fn file_name(&self, day: Day) -> String {
        format!("dashtam-{}-{day}.{}", self.kind.as_str(), self.format().extension())
    }

    /// What the application is asked.
    pub(super) fn data(&self) -> ExportData {
        let format = self.format();
        ExportData {
            kind: self.kind,
            asked: self.asked.clone(),
            method: self.method,
            format: format.as_str(),
            by_account: format == Format::Ofx,
        }
    }

    /// What writes the file.
    pub(super) fn writer(&self, export: &Export, now: Timestamp) -> Writer {
        Writer::new(self.format(), self.kind, export, &self.asked.filter, now).marked(self.is_marked)
    }
}
