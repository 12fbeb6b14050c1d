//! Statement files.

mod create;
mod form;
mod formats;
mod list;
mod preview;
mod show;
mod undo;

use crate::endpoint::Endpoint;

pub(crate) use form::{FILE_LIMIT, PART, read, refuse};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[list::ENDPOINT, create::ENDPOINT, formats::ENDPOINT, show::ENDPOINT, undo::ENDPOINT];
