//! What workers write the files of prepared exports by.

use std::collections::BTreeMap;

use dashtam_application::exports::{
    AskExport, Export, ExportData, ExportFile, ExportFiles, ExportPage, FileError,
};
use dashtam_domain::time::{Day, Timestamp};
use url::form_urlencoded::Serializer;

use super::query::ExportQuery;
use crate::{exports::Writer, prelude::*};

/// The formats of exports, for the worker that prepares them and for pages that ask for one.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExportWriters;

/// Reads the parameters of an export as its query would be, with the broken rules.
pub(super) fn read(asked: &BTreeMap<String, String>) -> (ExportQuery, Checks) {
    let query = Serializer::new(String::new()).extend_pairs(asked).finish();
    let mut params = Params::of(&query);
    let read = ExportQuery::take(&mut params);
    let mut checks = Checks::default();
    checks.extend(params.broken());
    (read, checks)
}

fn query(asked: &BTreeMap<String, String>) -> Option<ExportQuery> {
    let (query, checks) = read(asked);
    checks.is_kept().then_some(query)
}

impl ExportWriters {
    /// Whether this build writes Parquet.
    pub const HAS_PARQUET: bool = cfg!(feature = "parquet");

    /// What an export with these parameters of `GET /exports` is asked by on this day; `None` if there is no such export.
    pub fn wanted(asked: BTreeMap<String, String>, day: Day) -> Option<AskExport> {
        query(&asked).map(|query| wanted(&query, asked, day))
    }
}

/// What the application is asked.
pub(super) fn wanted(query: &ExportQuery, asked: BTreeMap<String, String>, day: Day) -> AskExport {
    AskExport {
        data: query.data(),
        asked,
        file_name: query.file_name(day),
        media_type: query.format().media_type(),
    }
}

impl ExportFiles for ExportWriters {
    fn read(&self, asked: &BTreeMap<String, String>) -> Option<ExportData> {
        query(asked).map(|query| query.data())
    }

    fn file(
        &self,
        asked: &BTreeMap<String, String>,
        export: &Export,
        now: Timestamp,
    ) -> Option<Box<dyn ExportFile>> {
        let writer = query(asked)?.writer(export, now);
        Some(Box::new(Prepared(writer)))
    }
}

/// One file.
struct Prepared(Writer);

impl ExportFile for Prepared {
    fn head(&mut self) -> Result<Vec<u8>, FileError> {
        self.0.head()
    }

    fn page(&mut self, page: &ExportPage) -> Result<Vec<u8>, FileError> {
        self.0.page(page)
    }

    fn tail(&mut self) -> Result<Vec<u8>, FileError> {
        self.0.tail()
    }
}
