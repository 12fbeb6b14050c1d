//! Which layout a table has: one that the caller names or saved, one that is known, or one that its column names suggest.

use std::{collections::HashSet, sync::OnceLock};

use dashtam_domain::ledger::{
    CsvColumn, CsvProfile,
    statement::{LayoutOrigin, StatementError, StatementHints},
};

use super::{
    dates, guess,
    money::is_amount,
    sheet::{Cells, Cutter, Place},
};

/// The header stands in one of so many records.
const MOST_PREAMBLE: usize = 200;
/// Columns behind these mean nothing.
const MOST_COLUMNS: usize = 1_000;
/// A layout with fewer column names says little: then the file's name has to agree.
const FEW_NAMES: usize = 4;

/// The key of the layout that this program writes.
const OWN: &str = "dashtam";

/// The layouts that are known.
pub(super) fn built_in() -> &'static [CsvProfile] {
    static LAYOUTS: OnceLock<Vec<CsvProfile>> = OnceLock::new();
    LAYOUTS.get_or_init(|| {
        // The file is a part of the program; a test reads every entry of it.
        let all: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("layouts.json")).unwrap_or_default();
        all.iter().filter_map(|layout| CsvProfile::from_json(layout).ok()).collect()
    })
}

/// A layout, and where its header is.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) profile: CsvProfile,
    pub(super) origin: LayoutOrigin,
    pub(super) confidence: u8,
    /// Place of the header among the records; `None` where there is none.
    pub(super) header: Option<usize>,
    /// The names of the columns, as [`plain`] makes them.
    pub(super) names: Vec<String>,
}

impl Found {
    /// Whether this program wrote the table.
    pub(super) fn is_own_export(&self) -> bool {
        self.origin == LayoutOrigin::BuiltIn && self.profile.key == OWN
    }
}

/// A column name as names are compared.
pub(super) fn plain(name: &str) -> String {
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '"');
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The place of a column that may have several names; by its number where there is no header.
pub(super) fn place_of(names: &[String], wanted: &str, without_header: bool) -> Option<usize> {
    if without_header {
        return wanted.parse::<usize>().ok()?.checked_sub(1);
    }
    wanted.split('|').map(plain).find_map(|wanted| names.iter().position(|name| *name == wanted))
}

/// Finds the layout of a table.
pub(super) fn find(
    text: &str,
    records: &[Place],
    delimiter: u8,
    hints: &StatementHints,
) -> Result<Found, StatementError> {
    let mut cutter = Cutter::new(delimiter);
    let heads: Vec<Vec<String>> = records
        .iter()
        .take(MOST_PREAMBLE)
        .map(|place| match place.is_broken {
            true => Vec::new(),
            false => cutter.cut(text, *place).iter().take(MOST_COLUMNS).map(plain).collect(),
        })
        .collect();
    let file_name = hints.file_name.as_deref().unwrap_or_default().to_lowercase();
    if let Some(given) = hints.profile.as_ref().filter(|given| !given.columns.is_empty()) {
        let found = fit(given, &heads, &file_name, LayoutOrigin::Given);
        return found.ok_or_else(|| StatementError::Unclear {
            field: if given.headers.is_empty() { "profile.columns" } else { "profile.headers" },
            reason: "The table has no line with the column names of this profile.".to_owned(),
            candidates: candidates(&heads),
        });
    }
    // What a person said counts before what is known, and before what can be guessed.
    let saved = hints.saved.iter().find_map(|profile| fit(profile, &heads, &file_name, LayoutOrigin::Saved));
    let fits =
        built_in().iter().filter_map(|profile| fit(profile, &heads, &file_name, LayoutOrigin::BuiltIn));
    // Of equals the first.
    let best = fits.reduce(|best, next| if next.confidence > best.confidence { next } else { best });
    let found = saved.or(best).or_else(|| guess::guess(text, records, &heads, &mut cutter));
    let mut found = found.ok_or_else(|| StatementError::Unclear {
        field: "profile",
        reason: "The columns of this table are not known here: say which of them are the day and the amount."
            .to_owned(),
        candidates: candidates(&heads),
    })?;
    if let Some(given) = &hints.profile {
        found.profile = found.profile.completed_by(given);
    }
    Ok(found)
}

/// The place of the line that most likely names the columns: of those with the most filled cells the first, because names
/// stand above what they name.
pub(super) fn widest(lines: &[Vec<String>]) -> Option<usize> {
    let filled = |line: &Vec<String>| line.iter().filter(|cell| !cell.is_empty()).count();
    (0..lines.len()).rev().max_by_key(|at| lines.get(*at).map_or(0, filled))
}

/// The names of the likeliest header, to choose from.
fn candidates(heads: &[Vec<String>]) -> Vec<String> {
    let names = widest(heads.get(..50).unwrap_or(heads)).and_then(|at| heads.get(at));
    names
        .into_iter()
        .flatten()
        .filter(|name| !name.is_empty())
        .take(40)
        .map(|name| name.chars().take(60).collect())
        .collect()
}

/// Holds a table against a profile.
fn fit(profile: &CsvProfile, heads: &[Vec<String>], file_name: &str, origin: LayoutOrigin) -> Option<Found> {
    let hint = profile.file_name.as_deref().map(str::to_lowercase);
    let is_named = hint.as_deref().is_some_and(|hint| file_name.contains(hint));
    let found =
        |header, names, confidence| Found { profile: profile.clone(), origin, confidence, header, names };
    if profile.without_header {
        let first = heads.first()?;
        let fits = profile.headers.len() == first.len()
            && profile.headers.iter().zip(first).all(|(pattern, cell)| match pattern.as_str() {
                "{any}" => true,
                "{day}" => dates::orders(cell).next().is_some(),
                "{amount}" => is_amount(cell),
                literal => plain(literal) == *cell,
            });
        let is_given = origin == LayoutOrigin::Given && profile.headers.is_empty();
        return (fits || is_given).then(|| found(None, Vec::new(), 80));
    }
    // Of a profile that names no headers the columns themselves have to be there.
    let needed = [CsvColumn::Day, CsvColumn::Amount, CsvColumn::Debit, CsvColumn::Credit];
    let own: Vec<&str> = needed.into_iter().filter_map(|column| profile.column(column)).collect();
    let is_few = profile.headers.len() < FEW_NAMES;
    if origin != LayoutOrigin::Given && is_few && hint.is_some() && !is_named {
        return None;
    }
    // Made once, as a table may begin with many lines that are no header.
    let alternatives = |name: &str| name.split('|').map(plain).collect::<Vec<String>>();
    let wanted: Vec<Vec<String>> =
        profile.headers.iter().map(String::as_str).chain(own).map(alternatives).collect();
    let is_there = |names: &Vec<String>, wanted: &Vec<String>| wanted.iter().any(|name| names.contains(name));
    let header = heads.iter().position(|names| wanted.iter().all(|name| is_there(names, name)))?;
    let names = heads.get(header)?.clone();
    let of_columns = profile.columns.iter().flat_map(|(_, name)| alternatives(name));
    let known: HashSet<String> = wanted.into_iter().flatten().chain(of_columns).collect();
    let filled = names.iter().filter(|name| !name.is_empty());
    let (all, covered) = (filled.clone().count(), filled.filter(|name| known.contains(*name)).count());
    if origin == LayoutOrigin::Saved && covered < all {
        return None;
    }
    // A fitting file name adds to the certainty; what is not told of by the profile takes from it.
    let share = (60 + 35 * covered / all.max(1)).min(95) + if is_named { 5 } else { 0 };
    Some(found(Some(header), names, u8::try_from(share).unwrap_or(100)))
}

/// Whether a record is the header once more, as in files that were put together.
pub(super) fn is_header(names: &[String], cells: Cells<'_>) -> bool {
    !names.is_empty()
        && names.len() == cells.len()
        && cells.iter().zip(names).all(|(cell, name)| plain(cell) == *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_read() {
        let all: Vec<serde_json::Value> = serde_json::from_str(include_str!("layouts.json")).unwrap();
        for layout in &all {
            let read = CsvProfile::from_json(layout);
            assert!(read.is_ok(), "{read:?}");
        }
        assert_eq!(built_in().len(), all.len());
        let keys: HashSet<&str> = built_in().iter().map(|layout| layout.key.as_str()).collect();
        assert_eq!(keys.len(), all.len());
        assert!(!keys.contains(""));
    }
}
