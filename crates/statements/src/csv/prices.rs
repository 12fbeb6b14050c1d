//! Tables of prices, as `docs/prices.md` describes them: a column for each thing that is told, known by its name.

use std::{borrow::Cow, vec};

use dashtam_domain::{
    ledger::{
        Cusip, Figi, Isin, SecurityFacts, SecurityIds,
        portfolio::{PriceFileError, PriceReader, PriceRow, PriceRows},
    },
    money::{Currency, exact_decimal},
    time::Day,
};

use super::{
    sheet::{Cells, Cutter, Place, records},
    text::readable,
};

/// The longest symbol and exchange, in bytes.
const LONGEST_SYMBOL: usize = 100;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 200;

/// Reads tables of prices.
#[derive(Debug, Clone, Copy)]
pub struct PriceTableReader;

/// Where the columns are.
struct Columns {
    day: usize,
    price: usize,
    currency: Option<usize>,
    symbol: Option<usize>,
    isin: Option<usize>,
    cusip: Option<usize>,
    figi: Option<usize>,
    exchange: Option<usize>,
    name: Option<usize>,
}

impl Columns {
    fn of(header: Cells<'_>) -> Option<Self> {
        let names: Vec<String> = header.iter().map(str::to_ascii_lowercase).collect();
        let place = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
        let columns = Self {
            day: place(&["date", "day"])?,
            price: place(&["price", "close"])?,
            currency: place(&["currency"]),
            symbol: place(&["symbol", "ticker"]),
            isin: place(&["isin"]),
            cusip: place(&["cusip"]),
            figi: place(&["figi"]),
            exchange: place(&["exchange"]),
            name: place(&["name"]),
        };
        let names_security = [columns.symbol, columns.isin, columns.cusip, columns.figi];
        names_security.iter().any(Option::is_some).then_some(columns)
    }
}

impl PriceReader for PriceTableReader {
    fn read<'a>(&self, file: &'a [u8]) -> Result<PriceRows<'a>, PriceFileError> {
        let text = readable(file, None);
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
        let mut places = records(&text, delimiter).into_iter();
        let mut cutter = Cutter::new(delimiter);
        loop {
            let place = places.next().ok_or(PriceFileError::Unrecognised)?;
            let header = cutter.cut(&text, place);
            if header.is_blank() {
                continue;
            }
            let (columns, width) = (Columns::of(header), header.len());
            let columns = columns.ok_or(PriceFileError::Unrecognised)?;
            return Ok(Box::new(Rows { text, places, cutter, columns, width }));
        }
    }
}

/// The rows behind the names of the columns.
struct Rows<'a> {
    text: Cow<'a, str>,
    places: vec::IntoIter<Place>,
    cutter: Cutter,
    columns: Columns,
    /// How many cells a row has.
    width: usize,
}

impl Iterator for Rows<'_> {
    type Item = (u64, Result<PriceRow, String>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let place = self.places.next()?;
            if place.is_broken {
                return Some((place.line, Err("has a quotation mark that nothing closes".to_owned())));
            }
            let cells = self.cutter.cut(&self.text, place);
            if !cells.is_blank() {
                return Some((place.line, row(cells, self.width, &self.columns)));
            }
        }
    }
}

/// The price of one row.
fn row(cells: Cells<'_>, width: usize, columns: &Columns) -> Result<PriceRow, String> {
    if cells.len() != width {
        return Err(format!("has {} fields and not {width}", cells.len()));
    }
    if cells.iter().any(|cell| cell.contains(char::is_control)) {
        return Err("has a character that cannot be printed".to_owned());
    }
    let told = |place: Option<usize>| place.map(|at| cells.get(at)).filter(|text| !text.is_empty());
    let day = Day::parse(cells.get(columns.day)).ok_or("has no day such as 2026-01-31")?;
    let price = exact_decimal(cells.get(columns.price)).map_err(|error| format!("the price {error}"))?;
    let currency = told(columns.currency).map(str::parse::<Currency>).transpose();
    let currency = currency.map_err(|error| format!("the currency {error}"))?;
    let short = |what: &str, place: Option<usize>, most: usize| match told(place) {
        Some(text) if text.len() > most => Err(format!("the {what} is too long")),
        text => Ok(text.map(str::to_owned)),
    };
    let ids = SecurityIds {
        isin: number("ISIN", told(columns.isin), Isin::parse)?,
        cusip: number("CUSIP", told(columns.cusip), Cusip::parse)?,
        figi: number("FIGI", told(columns.figi), Figi::parse)?,
        own: None,
        exchange: short("exchange", columns.exchange, LONGEST_SYMBOL)?,
    };
    let symbol = short("symbol", columns.symbol, LONGEST_SYMBOL)?;
    if symbol.is_none() && ids.isin.is_none() && ids.cusip.is_none() && ids.figi.is_none() {
        return Err("names no security".to_owned());
    }
    let name = short("name", columns.name, LONGEST_NAME)?;
    let facts = SecurityFacts { ids, symbol, name, asset_class: None, currency, multiplier: None };
    Ok(PriceRow { facts, day, price })
}

/// A number with its check digit.
fn number<T>(what: &str, text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, String> {
    text.map(|text| read(text).ok_or_else(|| format!("the {what} is none, by its form or its check digit")))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Vec<(u64, Result<PriceRow, String>)>;

    fn read(file: &[u8]) -> Result<Read, PriceFileError> {
        Ok(PriceTableReader.read(file)?.collect())
    }

    #[test]
    fn columns_are_found_by_their_names_in_any_order() {
        let table = "\u{feff}\r\nClose;ISIN;Date;Currency;Name\r\n\
                     101.50;us0378331005;2026-01-30;usd;\"Apple; \"\"the\"\" company\"\r\n;;;;\r\n";
        let rows = read(table.as_bytes()).unwrap();
        let [(3, Ok(row))] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.day, row.price.to_string().as_str()), (Day::new(2026, 1, 30).unwrap(), "101.50"));
        assert_eq!(row.facts.currency, Some(Currency::USD));
        assert_eq!(row.facts.ids.isin.as_ref().map(Isin::as_str), Some("US0378331005"));
        assert_eq!(row.facts.name.as_deref(), Some("Apple; \"the\" company"));
        let plain = read(b"day,ticker,price\n2026-01-30,SPX,6900").unwrap();
        let [(2, Ok(row))] = plain.as_slice() else { panic!("{plain:?}") };
        assert_eq!((row.facts.symbol.as_deref(), row.facts.currency), (Some("SPX"), None));
    }

    #[test]
    fn a_bad_row_is_told_and_costs_no_other() {
        let table = format!(
            "date,symbol,isin,price,currency\n2026-01-30,A,,1,EUR\n30.01.2026,A,,1,EUR\n2026-01-30,A,,one,EUR\n\
             2026-01-30,A,US0378331006,1,EUR\n2026-01-30,,,1,EUR\n\n2026-01-30,A,,1,euro\n2026-01-30,A,1,EUR\n\
             2026-01-30,A\u{1}B,,1,EUR\n2026-01-30,{},,1,EUR\n2026-01-30,\"A,,1,EUR\n2026-01-31,A,,0,\n",
            "A".repeat(101)
        );
        let rows = read(table.as_bytes()).unwrap();
        let refused: Vec<(u64, &str)> =
            rows.iter().filter_map(|(line, row)| Some((*line, row.as_ref().err()?.as_str()))).collect();
        assert_eq!(
            refused,
            [
                (3, "has no day such as 2026-01-31"),
                (4, "the price is not a decimal number"),
                (5, "the ISIN is none, by its form or its check digit"),
                (6, "names no security"),
                (8, "the currency must be a three-letter ISO 4217 currency code"),
                (9, "has 4 fields and not 5"),
                (10, "has a character that cannot be printed"),
                (11, "the symbol is too long"),
                (12, "has a quotation mark that nothing closes"),
            ]
        );
        assert_eq!(rows.iter().filter(|(_, row)| row.is_ok()).count(), 2);
    }

    #[test]
    fn what_is_no_table_of_prices_is_refused_as_a_whole() {
        for other in ["", "\n", "date,price\n", "date,symbol\n", "symbol,price\n", "<OFX>\n", "PK\u{3}\u{4}"]
        {
            assert_eq!(read(other.as_bytes()), Err(PriceFileError::Unrecognised), "{other:?}");
        }
        assert_eq!(read(b"\xff\xfe"), Err(PriceFileError::Unrecognised));
        assert_eq!(read(b"date,symbol,price\n"), Ok(Vec::new()), "a table without rows is one");
    }
}
