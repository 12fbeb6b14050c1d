//! Tables (RFC 4180). Texts that a spreadsheet would take for a formula get an apostrophe; numbers do not, because they are
//! numbers.

use std::fmt::Write;

use dashtam_application::exports::ExportKind;
use dashtam_domain::{
    ledger::{BalancePoint, Holding, Tag, Transaction},
    time::Timestamp,
};

use super::Beside;

const TRANSACTIONS: &str = "id,account_id,account_name,institution,day,posted_at,amount,currency,status,kind,description,merchant,\
                            memo,check_number,category,category_by,tags,note,hidden,transfer_id,symbol,quantity,price,fees,\
                            source,source_id,import_id,created_at,updated_at";
const HOLDINGS: &str =
    "account_id,symbol,name,asset_class,quantity,price,market_value,cost_basis,currency,as_of";
const BALANCES: &str = "account_id,day,as_of,balance,available,currency,source";

/// The names of the columns.
pub(super) fn head(kind: ExportKind, is_marked: bool) -> String {
    let columns = match kind {
        ExportKind::Transactions => TRANSACTIONS,
        ExportKind::Holdings => HOLDINGS,
        ExportKind::Balances => BALANCES,
    };
    format!("{}{columns}\r\n", if is_marked { "\u{feff}" } else { "" })
}

/// One line, cell by cell.
struct Line<'o> {
    out: &'o mut String,
    is_first: bool,
}

impl<'o> Line<'o> {
    fn new(out: &'o mut String) -> Self {
        Self { out, is_first: true }
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(',');
        }
    }

    /// What can be no formula and needs no quotes: a number, an id, a day, one of our words.
    fn plain(&mut self, value: impl std::fmt::Display) -> &mut Self {
        self.comma();
        // Writing to a string does not fail.
        let _ = write!(self.out, "{value}");
        self
    }

    fn maybe(&mut self, value: Option<impl std::fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.plain(value),
            None => self.plain(""),
        }
    }

    /// What somebody wrote.
    fn text(&mut self, text: Option<&str>) -> &mut Self {
        self.comma();
        let text = text.unwrap_or_default();
        // Apostrophes that are there already do not pass for it.
        let is_formula = text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
        let needs_quotes = text.contains(['"', ',', '\n', '\r']);
        if needs_quotes {
            self.out.push('"');
        }
        if is_formula {
            self.out.push('\'');
        }
        if needs_quotes {
            self.out.push_str(&text.replace('"', "\"\""));
            self.out.push('"');
        } else {
            self.out.push_str(text);
        }
        self
    }

    fn end(&mut self) {
        self.out.push_str("\r\n");
    }
}

fn moment(at: Timestamp) -> String {
    at.as_chrono().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The line of a transaction.
pub(super) fn transaction(out: &mut String, row: &Transaction, beside: &Beside) {
    let account = beside.accounts.get(&row.account);
    let (trade, category) = (row.trade.as_ref(), row.category());
    let tags: Vec<&str> = row.tags().into_iter().map(Tag::as_str).collect();
    let is_connected = account.is_some_and(|account| account.source.connection().is_some());
    let source = if row.import.is_some() || !is_connected { "file" } else { "connection" };
    Line::new(out)
        .plain(row.id)
        .plain(row.account)
        .text(account.map(|account| account.shown_name()))
        .text(account.and_then(|account| account.institution.as_deref()))
        .plain(row.shown_day())
        .maybe(row.occurred_at.map(moment))
        .plain(row.shown_amount())
        .plain(row.currency)
        .plain(row.status.as_str())
        .plain(row.kind.as_str())
        .text(Some(row.shown_description()))
        .text(row.shown_merchant())
        .text(row.memo.as_deref())
        .text(row.check_number.as_deref())
        .maybe(category.map(|(category, _)| category))
        .maybe(category.map(|(_, by)| by.as_str()))
        .text(Some(&tags.join(",")))
        .text(row.note())
        .plain(row.is_hidden())
        .maybe(row.transfer.map(|link| link.id))
        .text(trade.and_then(|trade| trade.symbol.as_deref()))
        .maybe(trade.map(|trade| trade.quantity))
        .maybe(trade.and_then(|trade| trade.price))
        .maybe(trade.and_then(|trade| trade.fees))
        .plain(source)
        .text(Some(&row.unique_source_id()))
        .maybe(row.import)
        .plain(moment(row.created_at))
        .plain(moment(row.updated_at))
        .end();
}

/// The line of a position.
pub(super) fn holding(out: &mut String, row: &Holding) {
    Line::new(out)
        .plain(row.account)
        .text(row.symbol.as_deref())
        .text(row.name.as_deref())
        .plain(row.asset_class.as_str())
        .plain(row.quantity)
        .maybe(row.price)
        .maybe(row.market_value)
        .maybe(row.cost_basis)
        .plain(row.currency)
        .maybe(row.as_of.map(moment))
        .end();
}

/// The line of a balance.
pub(super) fn balance(out: &mut String, row: &BalancePoint) {
    Line::new(out)
        .plain(row.account)
        .plain(row.as_of.day())
        .plain(moment(row.as_of))
        .plain(row.balance)
        .maybe(row.available)
        .plain(row.currency)
        .plain(row.source.as_str())
        .end();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_texts_and_numbers_stay_numbers() {
        let mut out = String::new();
        Line::new(&mut out)
            .text(Some("=1+1"))
            .text(Some("a \"b\", c\nd"))
            .text(Some("-x,y"))
            .plain("-1.50")
            .end();
        assert_eq!(out, "'=1+1,\"a \"\"b\"\", c\nd\",\"'-x,y\",-1.50\r\n");
    }
}
