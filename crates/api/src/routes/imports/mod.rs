//! Statement files.

mod create;
mod form;
mod formats;
mod show;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[create::ENDPOINT, formats::ENDPOINT, show::ENDPOINT];
