//! Reading tables of prices: a row that cannot be used is told, and costs no other row. The layout is described in `docs/prices.md`.

use std::str;

use dashtam_domain::{
    ledger::{Cusip, Figi, Isin, SecurityFacts, SecurityIds},
    money::{Currency, Decimal, exact_decimal},
    time::Day,
};

use crate::turn::others_turn;

/// The longest symbol and exchange, in bytes.
const LONGEST_SYMBOL: usize = 100;
/// So many rows are read without a turn for others.
const TOGETHER: usize = 2_000;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 200;

/// A price as a row tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    /// What the row calls the security; its currency is that of the price.
    pub facts: SecurityFacts,
    /// For which day.
    pub day: Day,
    /// Of one unit.
    pub price: Decimal,
}

/// What a table holds: of each line behind the first, from which line of the file it is, and its price or why it is none. The
/// reasons show nothing of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceFile {
    /// The rows, in the order of their lines.
    pub rows: Vec<(u64, Result<PriceRow, String>)>,
}

impl PriceFile {
    /// The most rows of one file.
    pub const MOST_ROWS: usize = 50_000;
    /// The largest file, in bytes: 8 MiB.
    pub const LARGEST: usize = 8 << 20;
}

/// Why a file as a whole is no table of prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceFileError {
    /// No header that is known.
    #[error(
        "This is no table of prices: its first line must name the columns date, price and one of symbol, isin, cusip and figi."
    )]
    Unrecognised,
    /// More than is taken at once.
    #[error("A table of prices may have {most} rows and 8 MiB at most; split it.", most = PriceFile::MOST_ROWS)]
    TooLong,
}

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
    fn of(header: &[String]) -> Option<Self> {
        let names: Vec<String> = header.iter().map(|name| name.to_ascii_lowercase()).collect();
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

/// The cells of a line, without the blanks around them. What stands in quotes may hold what else stands between two cells, and a
/// quote that is written twice.
fn cells(line: &str, between: char) -> Vec<String> {
    let (mut cells, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.trim().chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => is_quoted = !is_quoted,
            _ if character == between && !is_quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(character),
        }
    }
    cells.push(cell);
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Reads a table of prices. It lets others have their turn.
pub(super) async fn read_prices(file: &[u8]) -> Result<PriceFile, PriceFileError> {
    if file.len() > PriceFile::LARGEST {
        return Err(PriceFileError::TooLong);
    }
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let lines = (1..).zip(file.split(|byte| *byte == b'\n'));
    let mut lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let (_, header) = lines.next().ok_or(PriceFileError::Unrecognised)?;
    let header = str::from_utf8(header).map_err(|_| PriceFileError::Unrecognised)?;
    let between = if header.contains(';') && !header.contains(',') { ';' } else { ',' };
    let header = cells(header, between);
    let columns = Columns::of(&header).ok_or(PriceFileError::Unrecognised)?;
    let mut rows = Vec::new();
    for (number, line) in lines {
        if rows.len() == PriceFile::MOST_ROWS {
            return Err(PriceFileError::TooLong);
        }
        if rows.len() % TOGETHER == TOGETHER - 1 {
            others_turn().await;
        }
        rows.push((number, row(line, between, header.len(), &columns)));
    }
    Ok(PriceFile { rows })
}

/// The price of one row.
fn row(line: &[u8], between: char, width: usize, columns: &Columns) -> Result<PriceRow, String> {
    let line = str::from_utf8(line).map_err(|_| "is not text in UTF-8")?;
    let cells = cells(line, between);
    if cells.len() != width {
        return Err(format!("has {} fields and not {width}", cells.len()));
    }
    if cells.iter().any(|cell| cell.contains(char::is_control)) {
        return Err("has a character that cannot be printed".to_owned());
    }
    let at = |place: usize| cells.get(place).map_or("", String::as_str);
    let told = |place: Option<usize>| place.map(at).filter(|text| !text.is_empty());
    let day = Day::parse(at(columns.day)).ok_or("has no day such as 2026-01-31")?;
    let price = exact_decimal(at(columns.price)).map_err(|error| format!("the price {error}"))?;
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

    fn refused(file: &PriceFile) -> Vec<(u64, &str)> {
        file.rows.iter().filter_map(|(line, row)| Some((*line, row.as_ref().err()?.as_str()))).collect()
    }

    #[tokio::test]
    async fn columns_are_found_by_their_names_in_any_order() {
        let table = "\u{feff}Close;ISIN;Date;Currency;Name\r\n\
                     101.50;us0378331005;2026-01-30;usd;\"Apple; \"\"the\"\" company\"\r\n";
        let file = read_prices(table.as_bytes()).await.unwrap();
        let [(2, Ok(row))] = file.rows.as_slice() else { panic!("{file:?}") };
        assert_eq!((row.day, row.price.to_string().as_str()), (Day::new(2026, 1, 30).unwrap(), "101.50"));
        assert_eq!(row.facts.currency, Some(Currency::USD));
        assert_eq!(row.facts.ids.isin.as_ref().map(Isin::as_str), Some("US0378331005"));
        assert_eq!(row.facts.name.as_deref(), Some("Apple; \"the\" company"));
        let plain = read_prices(b"day,ticker,price\n2026-01-30,SPX,6900\n").await.unwrap();
        let [(2, Ok(row))] = plain.rows.as_slice() else { panic!("{plain:?}") };
        assert_eq!((row.facts.symbol.as_deref(), row.facts.currency), (Some("SPX"), None));
    }

    #[tokio::test]
    async fn a_bad_row_is_told_and_costs_no_other() {
        let mut table =
            b"date,symbol,isin,price,currency\n2026-01-30,A,,1,EUR\n30.01.2026,A,,1,EUR\n".to_vec();
        table.extend(b"2026-01-30,A,,one,EUR\n2026-01-30,A,US0378331006,1,EUR\n2026-01-30,,,1,EUR\n\n");
        table.extend(
            b"2026-01-30,A,,1,euro\n2026-01-30,A,1,EUR\n2026-01-30,\xff,,1,EUR\n2026-01-30,A\x01,,1,EUR\n",
        );
        table.extend(format!("2026-01-30,{},,1,EUR\n2026-01-31,A,,0,\n", "A".repeat(101)).into_bytes());
        let file = read_prices(&table).await.unwrap();
        assert_eq!(
            refused(&file),
            [
                (3, "has no day such as 2026-01-31"),
                (4, "the price is not a decimal number"),
                (5, "the ISIN is none, by its form or its check digit"),
                (6, "names no security"),
                (8, "the currency must be a three-letter ISO 4217 currency code"),
                (9, "has 4 fields and not 5"),
                (10, "is not text in UTF-8"),
                (11, "has a character that cannot be printed"),
                (12, "the symbol is too long"),
            ]
        );
        assert_eq!(file.rows.iter().filter(|(_, row)| row.is_ok()).count(), 2);
    }

    #[tokio::test]
    async fn what_is_no_table_of_prices_is_refused_as_a_whole() {
        for other in ["", "\n", "date,price\n", "date,symbol\n", "symbol,price\n", "<OFX>\n", "PK\u{3}\u{4}"]
        {
            assert_eq!(read_prices(other.as_bytes()).await, Err(PriceFileError::Unrecognised), "{other:?}");
        }
        assert_eq!(read_prices(b"\xff\xfe").await, Err(PriceFileError::Unrecognised));
        let table = |rows: usize| format!("date,symbol,price\n{}", "x\n".repeat(rows));
        let most = read_prices(table(PriceFile::MOST_ROWS).as_bytes()).await.unwrap();
        assert_eq!(most.rows.len(), PriceFile::MOST_ROWS);
        let more = table(PriceFile::MOST_ROWS + 1);
        assert_eq!(read_prices(more.as_bytes()).await, Err(PriceFileError::TooLong));
        let large = format!("date,symbol,price\n{}", " ".repeat(PriceFile::LARGEST));
        assert_eq!(read_prices(large.as_bytes()).await, Err(PriceFileError::TooLong));
    }
}
