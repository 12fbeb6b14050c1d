//! What makes files of exports: an edge knows the formats.

use std::collections::BTreeMap;

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

/// Writes one file, part by part.
pub trait ExportFile: Send {
    /// What the file begins with.
    fn head(&mut self) -> Vec<u8>;
    /// A part of the file.
    fn page(&mut self, page: &ExportPage) -> Vec<u8>;
    /// What the file ends with.
    fn tail(&mut self) -> Vec<u8>;
}
