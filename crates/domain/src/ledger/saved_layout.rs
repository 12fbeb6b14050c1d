//! How a person said that tables with certain column names are read, kept for the next of these tables.

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::{CsvProfile, statement::TableSample};
use crate::{id::UserId, store::StoreError, time::Timestamp};

/// A layout of tables that a person told about. There is one for the names of a table's columns: the one that was told
/// last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedLayout {
    /// Whose it is.
    pub owner: UserId,
    /// SHA-256 of the column names, in base64 for addresses.
    pub header: String,
    /// How such tables are read. Its headers are all names of the columns.
    pub profile: CsvProfile,
    /// When it was told last.
    pub saved_at: Timestamp,
}

impl SavedLayout {
    /// Most layouts of one user; beyond that, those that were told longest ago are forgotten.
    pub const MOST: usize = 50;

    /// How a table was read, for the next one with the same column names. `None` for a table whose columns have no names.
    pub fn new(owner: UserId, profile: &CsvProfile, sample: &TableSample, now: Timestamp) -> Option<Self> {
        if profile.without_header || profile.columns.is_empty() {
            return None;
        }
        let names = sample.lines.get(sample.names)?.iter().map(|name| name.trim());
        let headers: Vec<String> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let header = URL_SAFE_NO_PAD.encode(Sha256::digest(headers.join("\n")));
        // It fits by its column names alone; a currency is the account's, and the next file may be of another one.
        let profile = CsvProfile { headers, file_name: None, currency: None, ..profile.clone() };
        // What would not be read back is not kept.
        CsvProfile::from_json(&profile.to_json()).is_ok().then_some(Self {
            owner,
            header,
            profile,
            saved_at: now,
        })
    }
}

/// Saved layouts, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SavedLayoutRepository: Send {
    /// Keeps a layout in the place of the one with the same column names, and no more than [`SavedLayout::MOST`] of one
    /// owner: the newest.
    async fn keep(&mut self, layout: &SavedLayout) -> Result<(), StoreError>;
}

/// Reads saved layouts.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SavedLayoutQueries: Send + Sync {
    /// The owner's layouts, the newest first.
    async fn saved_layouts(&self, owner: UserId) -> Result<Vec<SavedLayout>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::CsvColumn;

    fn profile() -> CsvProfile {
        CsvProfile {
            columns: vec![(CsvColumn::Day, "When".to_owned()), (CsvColumn::Amount, "How much".to_owned())],
            file_name: Some("may".to_owned()),
            ..CsvProfile::default()
        }
    }

    fn told(profile: &CsvProfile, names: &[&str]) -> Option<SavedLayout> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let sample = TableSample { lines: vec![vec!["Bank of Somewhere".to_owned()], names], names: 1 };
        SavedLayout::new(UserId(uuid::Uuid::nil()), profile, &sample, Timestamp::from_micros(0).unwrap())
    }

    #[test]
    fn a_layout_fits_by_all_names_of_its_columns() {
        let told_once = told(&profile(), &["When", " How much ", ""]).unwrap();
        assert_eq!(told_once.profile.headers, ["When", "How much"]);
        assert_eq!(told_once.profile.file_name, None);
        assert_eq!(told(&profile(), &["When", "How much"]).unwrap().header, told_once.header);
        assert_ne!(told(&profile(), &["How much", "When"]).unwrap().header, told_once.header);
    }

    #[test]
    fn a_table_without_names_is_not_kept() {
        assert_eq!(told(&CsvProfile { without_header: true, ..profile() }, &["When", "How much"]), None);
        assert_eq!(told(&CsvProfile::default(), &["When", "How much"]), None);
    }
}
