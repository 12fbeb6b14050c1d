//! Tables (RFC 4180). Texts that a spreadsheet would take for a formula get an apostrophe; numbers do not, because they are
//! numbers.

use std::fmt::Write;

use dashtam_application::{
    exports::ExportKind,
    portfolio::{NotKnown, ShownClosing, ValuedLot},
};
use dashtam_domain::{
    id::{AccountId, SecurityId},
    ledger::{BalancePoint, Holding, Security, Tag, Transaction},
    money::Decimal,
    time::Timestamp,
};

use super::Beside;

const TRANSACTIONS: &str = "id,account_id,account_name,institution,day,posted_at,amount,currency,status,kind,description,merchant,\
                            memo,check_number,category,category_by,tags,note,hidden,transfer_id,symbol,quantity,price,fees,\
                            source,source_id,import_id,created_at,updated_at";
const HOLDINGS: &str =
    "account_id,symbol,name,asset_class,quantity,price,market_value,cost_basis,currency,as_of";
const BALANCES: &str = "account_id,day,as_of,balance,available,currency,source";
const LOTS: &str = "account_id,account_name,security_id,symbol,name,lot,acquired,units,basis,market_value,gain,\
                    gain_unknown_because,currency,is_opening,transaction_id,method";
const CLOSINGS: &str = "account_id,account_name,security_id,symbol,name,lot,side,units,acquired,closed,days,term,basis,proceeds,\
                        gain,gain_unknown_because,currency,is_opening,wash_sale_disallowed,opened_by,closed_by,method";

/// The names of the columns, between commas.
pub(super) fn columns(kind: ExportKind) -> &'static str {
    match kind {
        ExportKind::Transactions => TRANSACTIONS,
        ExportKind::Holdings => HOLDINGS,
        ExportKind::Balances => BALANCES,
        ExportKind::Lots => LOTS,
        ExportKind::Closings => CLOSINGS,
    }
}

/// The line of the names.
pub(super) fn head(kind: ExportKind, is_marked: bool) -> String {
    format!("{}{}\r\n", if is_marked { "\u{feff}" } else { "" }, columns(kind))
}

/// What takes the cells of a row, in the order of the columns.
pub(super) trait Cells {
    /// What can be no formula and needs no quotes: a number, an id, a day, one of our words. An empty one is nothing.
    fn plain(&mut self, value: impl std::fmt::Display) -> &mut Self;
    /// What somebody wrote.
    fn text(&mut self, text: Option<&str>) -> &mut Self;
    /// Ends the row.
    fn end(&mut self);

    /// Something plain, if there is something.
    fn maybe(&mut self, value: Option<impl std::fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.plain(value),
            None => self.plain(""),
        }
    }

    /// An account and a security of it.
    fn security(
        &mut self,
        (account, id): (AccountId, SecurityId),
        security: Option<&Security>,
        beside: &Beside,
    ) -> &mut Self {
        let name = beside.accounts.get(&account).map(|account| account.shown_name());
        self.plain(account)
            .text(name)
            .plain(id)
            .text(security.and_then(|security| security.symbol.as_deref()))
            .text(security.and_then(|security| security.name.as_deref()))
    }
}

/// One row as it is, cell by cell, for files that are no text.
#[cfg(feature = "parquet")]
impl Cells for Vec<Option<String>> {
    fn plain(&mut self, value: impl std::fmt::Display) -> &mut Self {
        let text = value.to_string();
        self.push((!text.is_empty()).then_some(text));
        self
    }

    fn text(&mut self, text: Option<&str>) -> &mut Self {
        self.push(text.map(str::to_owned));
        self
    }

    fn end(&mut self) {}
}

/// One line, cell by cell.
pub(super) struct Line<'o> {
    out: &'o mut String,
    is_first: bool,
}

impl<'o> Line<'o> {
    pub(super) fn new(out: &'o mut String) -> Self {
        Self { out, is_first: true }
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(',');
        }
    }
}

impl Cells for Line<'_> {
    fn plain(&mut self, value: impl std::fmt::Display) -> &mut Self {
        self.comma();
        // Writing to a string does not fail.
        let _ = write!(self.out, "{value}");
        self
    }

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
pub(super) fn transaction(cells: &mut impl Cells, row: &Transaction, beside: &Beside) {
    let account = beside.accounts.get(&row.account);
    let (trade, category) = (row.trade.as_ref(), row.category());
    let tags: Vec<&str> = row.tags().into_iter().map(Tag::as_str).collect();
    let is_connected = account.is_some_and(|account| account.source.connection().is_some());
    let source = if row.import.is_some() || !is_connected { "file" } else { "connection" };
    cells
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
pub(super) fn holding(cells: &mut impl Cells, row: &Holding) {
    cells
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
pub(super) fn balance(cells: &mut impl Cells, row: &BalancePoint) {
    cells
        .plain(row.account)
        .plain(row.as_of.day())
        .plain(moment(row.as_of))
        .plain(row.balance)
        .maybe(row.available)
        .plain(row.currency)
        .plain(row.source.as_str())
        .end();
}

/// The line of a lot.
pub(super) fn lot(cells: &mut impl Cells, row: &ValuedLot, beside: &Beside) {
    let lot = &row.lot;
    cells
        .security((lot.account, lot.security), row.security.as_ref(), beside)
        .plain(lot.number)
        .maybe(lot.acquired)
        .plain(lot.units)
        .maybe(lot.basis)
        .maybe(row.value.ok())
        .maybe(row.gain.ok())
        .plain(row.gain.err().map_or("", NotKnown::as_str))
        .plain(lot.currency)
        .plain(lot.is_opening)
        .maybe(lot.opened_by)
        .plain(row.method.as_str())
        .end();
}

/// The line of what is gone of a lot.
pub(super) fn closing(cells: &mut impl Cells, row: &ShownClosing, beside: &Beside) {
    let closing = &row.closing;
    let disallowed = row.washed.iter().try_fold(Decimal::ZERO, |sum, of| sum.checked_add(of.disallowed));
    cells
        .security((closing.account, closing.security), row.security.as_ref(), beside)
        .plain(closing.lot)
        .plain(closing.side.as_str())
        .plain(closing.units)
        .maybe(closing.acquired)
        .plain(closing.day)
        .maybe(closing.days())
        .maybe(closing.term().map(|term| term.as_str()))
        .maybe(closing.basis)
        .maybe(closing.proceeds)
        .maybe(closing.gain)
        .plain(row.gain.err().map_or("", NotKnown::as_str))
        .plain(closing.currency)
        .plain(closing.is_opening)
        .maybe(disallowed.filter(|sum| !sum.is_zero()))
        .maybe(closing.opened_by)
        .maybe(closing.closed_by)
        .plain(row.method.as_str())
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
