//! What makes files of exports: an edge knows the formats.

use std::{collections::BTreeMap, error::Error};

use dashtam_domain::time::Timestamp;

use super::{Export, ExportData, ExportPage};

/// Makes the files of prepared exports.
pub trait ExportFiles: Send + Sync {
    /// What these parameters ask for; `None` if no export takes them any more.
    fn read(&self, asked: &BTreeMap<String, String>) -> Option<ExportData>;
    /// What writes the file that these parameters ask for, of an export that was begun at `now`; `None` if no export takes them
    /// any more.
    fn file(
        &self,
        asked: &BTreeMap<String, String>,
        export: &Export,
        now: Timestamp,
    ) -> Option<Box<dyn ExportFile>>;
}

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("The file could not be written.")]
pub struct FileError(#[source] pub Box<dyn Error + Send + Sync>);

/// Writes one file, part by part.
pub trait ExportFile: Send {
    /// What the file begins with.
    fn head(&mut self) -> Result<Vec<u8>, FileError>;
    /// A part of the file.
    fn page(&mut self, page: &ExportPage) -> Result<Vec<u8>, FileError>;
    /// What the file ends with.
    fn tail(&mut self) -> Result<Vec<u8>, FileError>;
}
