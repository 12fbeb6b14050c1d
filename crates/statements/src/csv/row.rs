//! One row of a table, read.

use dashtam_domain::{
    ledger::{
        CsvColumn, DateOrder, Exchange, TransactionDetails, TransactionFlag, TransactionKind, mask_number,
        meaning::DefaultCategory, statement::StatementRow,
    },
    money::{Currency, Decimal, DecimalError},
};

use super::{
    columns::Columns,
    dates::{self, Dated},
    kinds, money, security,
    sheet::Cells,
};
use crate::{
    ofx::{amounts::Marks, fields::is_placeholder},
    trade::trade,
};

/// How the rows of a table are read.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) columns: Columns,
    pub(super) order: DateOrder,
    pub(super) marks: Marks,
    pub(super) invert: bool,
    pub(super) fee_is_extra: bool,
    /// Whether this program wrote the table.
    pub(super) is_own_export: bool,
}

/// Institutions' ids are shorter.
const LONGEST_ID: usize = 200;

/// A text as it was before it was kept from being taken for a formula.
fn without_apostrophe(text: &str) -> &str {
    let is_formula =
        |plain: &&str| plain.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
    text.strip_prefix('\'').filter(is_formula).unwrap_or(text)
}

impl Rules {
    /// Reads a row of an account in this currency. An error is a sentence without any value of the file.
    pub(super) fn read(
        &self,
        cells: Cells<'_>,
        raw: &str,
        line: u64,
        account: Option<Currency>,
    ) -> Result<StatementRow, String> {
        let columns = &self.columns;
        let text = |column| {
            let text = columns.filled(cells, column)?;
            let plain = if self.is_own_export { without_apostrophe(text) } else { text };
            Some(plain.replace("\r\n", "\n"))
        };
        let dated = self.dated(cells);
        let own =
            columns.filled(cells, CsvColumn::Currency).map(|text| text.parse().unwrap_or(Currency::NONE));
        let currency = own.or(account);
        let (dated, amount) = match (dated.ok_or("DAY is not a date"), self.amount(cells, currency)) {
            (Ok(dated), Ok(amount)) => (dated, amount),
            (Err(one), Err(other)) => return Err(format!("{one}, and {other}.")),
            (Err(one), Ok(_)) | (Ok(_), Err(one)) => return Err(format!("{one}.")),
        };
        let source_kind = text(CsvColumn::Kind).unwrap_or_default();
        let written_in = currency.unwrap_or(Currency::NONE);
        let legs = security::legs(self, cells, &source_kind, amount, written_in);
        let own_kind = TransactionKind::parse(&source_kind).filter(|_| self.is_own_export);
        let kind =
            own_kind.unwrap_or_else(|| kinds::kind(&source_kind, amount, security::moves_units(&legs)));
        let fee = self.fees(cells, currency);
        let mut details = TransactionDetails {
            fee: (!fee.is_zero()).then_some(fee),
            legs,
            exchange: self.exchange(cells, currency),
            category: self.category(text(CsvColumn::Category)),
            ..TransactionDetails::default()
        };
        let odd = [
            (details.legs_total().is_some_and(|sum| sum != amount), TransactionFlag::LegsDoNotAddUp),
            (own == Some(Currency::NONE), TransactionFlag::CurrencyUnknown),
        ];
        details.flags = odd.into_iter().filter_map(|(is_odd, flag)| is_odd.then_some(flag)).collect();
        let name = text(CsvColumn::Payee);
        let memo = text(CsvColumn::Memo).filter(|memo| name.as_ref() != Some(memo));
        let id = columns.cell(cells, CsvColumn::Id).trim_matches(['\'', '"', ' ']);
        let is_id = !id.is_empty() && id.len() <= LONGEST_ID && !is_placeholder(id);
        let check = text(CsvColumn::Check).filter(|check| !is_placeholder(check));
        Ok(StatementRow {
            line,
            source_id: is_id.then(|| id.to_owned()),
            corrects: None,
            day: dated.day,
            occurred_at: dated.instant(),
            amount,
            kind,
            source_kind,
            name,
            memo,
            check_number: check,
            reference: None,
            currency: own.filter(|own| Some(*own) != account),
            trade: trade(&details),
            details,
            raw: self.masked(cells, raw),
        })
    }

    /// What the table calls a category: in one of ours by its key, which institutions have a code for.
    fn category(&self, told: Option<String>) -> Option<String> {
        if !self.is_own_export {
            return told;
        }
        let code = DefaultCategory::by_key(&told?)?.codes.first()?;
        Some((*code).to_owned())
    }

    /// The day on which it was booked, else the day of the transaction; with its time if the day has one.
    fn dated(&self, cells: Cells<'_>) -> Option<Dated> {
        let read = |column| dates::read(self.columns.cell(cells, column), self.order);
        read(CsvColumn::Posted).or_else(|| read(CsvColumn::Day))
    }

    /// Reads a number of a cell.
    pub(super) fn number(&self, text: &str, currency: Option<Currency>) -> Result<Decimal, DecimalError> {
        money::read(text, currency, || self.marks)
    }

    /// The signed amount, with what fees take of it.
    pub(super) fn amount(
        &self,
        cells: Cells<'_>,
        currency: Option<Currency>,
    ) -> Result<Decimal, &'static str> {
        let read = |column| match self.columns.filled(cells, column) {
            None => Ok(None),
            Some(text) => self.number(text, currency).map(Some).map_err(|error| match error {
                DecimalError::Malformed => "AMOUNT is not a number",
                DecimalError::TooPrecise => "AMOUNT has more than 28 digits",
            }),
        };
        let (one, debit, credit) =
            (read(CsvColumn::Amount)?, read(CsvColumn::Debit)?, read(CsvColumn::Credit)?);
        let two = credit.unwrap_or_default().abs().checked_sub(debit.unwrap_or_default().abs());
        let plain = match one {
            Some(amount) => match self.columns.is_out(cells) {
                Some(true) => -amount.abs(),
                Some(false) => amount.abs(),
                None => amount,
            },
            None => two.ok_or("AMOUNT has more than 28 digits")?,
        };
        let signed = if self.invert { -plain } else { plain };
        if !self.fee_is_extra {
            return Ok(signed);
        }
        signed.checked_sub(self.fees(cells, currency)).ok_or("AMOUNT has more than 28 digits")
    }

    /// What the row says of fees, positive.
    fn fees(&self, cells: Cells<'_>, currency: Option<Currency>) -> Decimal {
        let read = |column| {
            let text = self.columns.filled(cells, column);
            text.and_then(|text| self.number(text, currency).ok()).unwrap_or_default().abs()
        };
        read(CsvColumn::Fee).checked_add(read(CsvColumn::OtherFee)).unwrap_or_default()
    }

    /// The second currency of a row.
    fn exchange(&self, cells: Cells<'_>, currency: Option<Currency>) -> Option<Exchange> {
        let original: Currency = self.columns.filled(cells, CsvColumn::OriginalCurrency)?.parse().ok()?;
        let is_other = Some(original) != currency;
        is_other.then_some(Exchange { currency: original, rate: None, is_converted: true })
    }

    /// The row as it stands, but for account numbers, of which only the end is kept.
    fn masked(&self, cells: Cells<'_>, raw: &str) -> String {
        let raw = raw.trim_matches(['\r', '\n']).to_owned();
        self.columns.numbers.iter().fold(raw, |raw, at| {
            let number = cells.get(*at);
            match mask_number(number) {
                Some(mask) if number.len() > mask.len() && super::is_number(number) => {
                    raw.replace(number, &mask)
                }
                _ => raw,
            }
        })
    }
}
