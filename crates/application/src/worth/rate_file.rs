//! Reading lists of exchange rates: a row that cannot be used is told, and costs no other row.

use std::{fmt, str};

use chrono::NaiveDate;
use dashtam_domain::{
    ledger::worth::{FxRate, PIVOT, RateSource},
    money::{Currency, exact_decimal},
    time::Day,
};

/// Refusals that are told one by one.
const TOLD: usize = 1_000;
/// What the bank writes where it has no rate.
const NONE: &str = "N/A";

/// How a list is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLayout {
    /// A row for each day and a column for each currency, all in euros: `eurofxref-hist.csv` and `eurofxref.csv`.
    Ecb,
    /// A row for each rate: `day,base,quote,rate`.
    Plain,
}

impl fmt::Display for RateLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ecb => "ecb",
            Self::Plain => "plain",
        })
    }
}

/// A rate that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRate {
    /// The line of the file, from 1 on.
    pub line: usize,
    /// Why, in words that show nothing of the file but names of currencies.
    pub reason: String,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateFile {
    /// How it is laid out.
    pub layout: RateLayout,
    /// Its rates.
    pub rates: Vec<FxRate>,
    /// What cannot be used; the first thousand.
    pub refused: Vec<RefusedRate>,
    /// How many cannot be used.
    pub refused_count: usize,
}

impl RateFile {
    /// The first and the last day of its rates.
    pub fn days(&self) -> Option<(Day, Day)> {
        let days = || self.rates.iter().map(|rate| rate.day);
        Some((days().min()?, days().max()?))
    }

    fn refuse(&mut self, line: usize, reason: impl Into<String>) {
        self.refused_count += 1;
        if self.refused.len() < TOLD {
            self.refused.push(RefusedRate { line, reason: reason.into() });
        }
    }
}

/// Why a file as a whole is no list of exchange rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateFileError {
    /// An archive of files.
    #[error("This is a zip archive: unpack it, and take in the file that is inside.")]
    Packed,
    /// No header that is known.
    #[error(
        "This is no list of exchange rates: its first line must be that of the European Central Bank \
         (Date,USD,JPY,…) or day,base,quote,rate."
    )]
    Unrecognised,
}

/// What the columns of a file mean.
enum Columns {
    /// The currencies behind the day.
    Ecb(Vec<Currency>),
    /// Where day, base, quote and rate are.
    Plain([usize; 4]),
}

/// The cells of a line, without blanks and quotes around them; beyond this number of them an empty one is only what stands
/// behind a last comma.
fn cells(line: &str, between: char, number: usize) -> Vec<&str> {
    let mut cells: Vec<&str> = line.split(between).map(|cell| cell.trim().trim_matches('"').trim()).collect();
    if cells.len() == number + 1 && cells.last().is_some_and(|cell| cell.is_empty()) {
        cells.pop();
    }
    cells
}

fn columns(header: &[&str]) -> Option<Columns> {
    let names: Vec<String> = header.iter().map(|name| name.to_ascii_lowercase()).collect();
    let place = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
    if let [Some(day), Some(base), Some(quote), Some(rate)] =
        [place(&["day", "date"]), place(&["base"]), place(&["quote"]), place(&["rate"])]
    {
        return Some(Columns::Plain([day, base, quote, rate]));
    }
    let (first, currencies) = names.split_first()?;
    let currencies: Vec<Currency> = currencies.iter().map(|name| name.parse().ok()).collect::<Option<_>>()?;
    (first == "date" && !currencies.is_empty()).then_some(Columns::Ecb(currencies))
}

/// A day, also as the bank's list of one day writes it.
fn day(text: &str) -> Option<Day> {
    Day::parse(text).or_else(|| NaiveDate::parse_from_str(text, "%d %B %Y").ok().map(Day))
}

/// Reads a list of exchange rates.
pub fn read_rates(file: &[u8]) -> Result<RateFile, RateFileError> {
    if file.starts_with(b"PK\x03\x04") {
        return Err(RateFileError::Packed);
    }
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let lines = (1..).zip(file.split(|byte| *byte == b'\n'));
    let mut lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let (_, header) = lines.next().ok_or(RateFileError::Unrecognised)?;
    let header = str::from_utf8(header).map_err(|_| RateFileError::Unrecognised)?;
    let between = if header.contains(';') && !header.contains(',') { ';' } else { ',' };
    let header = cells(header, between, header.matches(between).count());
    let columns = columns(&header).ok_or(RateFileError::Unrecognised)?;
    let layout = match columns {
        Columns::Ecb(_) => RateLayout::Ecb,
        Columns::Plain(_) => RateLayout::Plain,
    };
    let mut read = RateFile { layout, rates: Vec::new(), refused: Vec::new(), refused_count: 0 };
    for (number, line) in lines {
        let Ok(line) = str::from_utf8(line) else {
            read.refuse(number, "is not text in UTF-8");
            continue;
        };
        let cells = cells(line, between, header.len());
        if cells.len() != header.len() {
            read.refuse(number, format!("has {} fields and not {}", cells.len(), header.len()));
            continue;
        }
        match &columns {
            Columns::Ecb(currencies) => of_bank(&mut read, number, &cells, currencies),
            Columns::Plain(places) => match of_row(&cells, *places) {
                Ok(rate) => read.rates.push(rate),
                Err(reason) => read.refuse(number, reason),
            },
        }
    }
    Ok(read)
}

/// Takes the rates of one of the bank's days.
fn of_bank(read: &mut RateFile, line: usize, cells: &[&str], currencies: &[Currency]) {
    let Some(day) = cells.first().and_then(|text| day(text)) else {
        return read.refuse(line, "has no day such as 2026-01-31");
    };
    for (currency, text) in currencies.iter().zip(&cells[1..]) {
        if text.is_empty() || *text == NONE {
            continue;
        }
        let rate = exact_decimal(text).map_err(|error| error.to_string()).and_then(|rate| {
            FxRate::new((PIVOT, *currency), day, rate, RateSource::EcbCsv).map_err(|error| error.to_string())
        });
        match rate {
            Ok(rate) => read.rates.push(rate),
            Err(reason) => read.refuse(line, format!("the rate of {currency}: {reason}")),
        }
    }
}

/// The rate of one row.
fn of_row(cells: &[&str], places: [usize; 4]) -> Result<FxRate, String> {
    let [day_text, base, quote, rate] = places.map(|place| cells.get(place).copied().unwrap_or_default());
    let day = day(day_text).ok_or("has no day such as 2026-01-31")?;
    let currency =
        |what: &str, text: &str| text.parse::<Currency>().map_err(|error| format!("the {what} {error}"));
    let pair = (currency("base", base)?, currency("quote", quote)?);
    let rate = exact_decimal(rate).map_err(|error| format!("the rate {error}"))?;
    FxRate::new(pair, day, rate, RateSource::UserCsv).map_err(|error| error.to_string())
}

#[cfg(test)]
#[path = "rate_file_tests.rs"]
mod tests;
