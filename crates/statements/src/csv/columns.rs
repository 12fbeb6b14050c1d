//! Where the columns of a table are, and what a record of it is at first sight.

use dashtam_domain::ledger::{ColumnValues, CsvColumn, DateOrder};

use super::{
    dates,
    layouts::{Found, is_header, place_of},
    money,
    sheet::Cells,
};

/// The columns of a table by their places.
#[derive(Debug)]
pub(super) struct Columns {
    /// Several where a layout has several for one meaning.
    places: Vec<(CsvColumn, usize)>,
    keep: Option<(usize, Vec<String>)>,
    indicator: Option<(usize, Vec<String>)>,
    /// Columns with whole account numbers in them.
    pub(super) numbers: Vec<usize>,
    names: Vec<String>,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing, or the header again.
    Nothing,
    /// A remark or a total.
    Remark,
    /// A row that the profile leaves out.
    LeftOut,
    /// A row without an amount.
    WithoutAmount,
    /// A transaction, as far as one sees.
    Row,
}

/// Parts of the names of columns in which whole account numbers stand.
const NUMBERS: [&str; 7] =
    ["iban", "account number", "kontonummer", "tegenrekening", "rekening", "auftragskonto", "card number"];

impl Columns {
    pub(super) fn of(found: &Found) -> Self {
        let (names, profile) = (&found.names, &found.profile);
        let place = |name: &str| place_of(names, name, profile.without_header);
        let values = |of: &Option<ColumnValues>| {
            let of = of.as_ref()?;
            Some((place(&of.column)?, of.values.iter().map(|value| value.trim().to_lowercase()).collect()))
        };
        let account = profile.column(CsvColumn::Account).and_then(&place);
        let is_number = |name: &String| NUMBERS.iter().any(|part| name.contains(part));
        Self {
            places: profile
                .columns
                .iter()
                .flat_map(|(column, name)| name.split('|').map(move |name| (*column, name)))
                .filter_map(|(column, name)| Some((column, place(name)?)))
                .collect(),
            keep: values(&profile.keep_if),
            indicator: values(&profile.indicator),
            numbers: (0..names.len())
                .filter(|at| names.get(*at).is_some_and(is_number) || account == Some(*at))
                .collect(),
            names: names.clone(),
        }
    }

    pub(super) fn has(&self, wanted: CsvColumn) -> bool {
        self.places.iter().any(|(column, _)| *column == wanted)
    }

    /// The cell of a column, of several with one meaning the first that is filled; empty where there is none.
    pub(super) fn cell<'c>(&self, cells: Cells<'c>, wanted: CsvColumn) -> &'c str {
        let places = self.places.iter().filter(|(column, _)| *column == wanted);
        places.map(|(_, at)| cells.get(*at)).find(|cell| !cell.is_empty()).unwrap_or_default()
    }

    /// The same, if there is something in it.
    pub(super) fn filled<'c>(&self, cells: Cells<'c>, wanted: CsvColumn) -> Option<&'c str> {
        Some(self.cell(cells, wanted)).filter(|cell| !cell.is_empty())
    }

    /// Whether the row says that money went out; `None` where no column tells.
    pub(super) fn is_out(&self, cells: Cells<'_>) -> Option<bool> {
        let (at, out) = self.indicator.as_ref()?;
        let value = cells.get(*at).to_lowercase();
        Some(out.contains(&value))
    }

    /// What a record is; `order` is how dates are written, if that is known.
    pub(super) fn look(&self, cells: Cells<'_>, order: Option<DateOrder>) -> Look {
        if cells.is_blank() || is_header(&self.names, cells) {
            return Look::Nothing;
        }
        let day = self.cell(cells, CsvColumn::Day);
        let is_day = match order {
            Some(order) => dates::read(day, order).is_some(),
            None => dates::orders(day).next().is_some(),
        };
        let amounts = [CsvColumn::Amount, CsvColumn::Debit, CsvColumn::Credit];
        let has_amount = amounts.into_iter().any(|column| self.filled(cells, column).is_some());
        let could_be_day = day.bytes().any(|byte| byte.is_ascii_digit());
        if !is_day && (!could_be_day || !amounts.into_iter().any(|c| money::is_amount(self.cell(cells, c)))) {
            return Look::Remark;
        }
        if let Some((at, values)) = &self.keep
            && !values.contains(&cells.get(*at).to_lowercase())
        {
            return Look::LeftOut;
        }
        if !has_amount && self.filled(cells, CsvColumn::Quantity).is_none() {
            return Look::WithoutAmount;
        }
        Look::Row
    }
}
