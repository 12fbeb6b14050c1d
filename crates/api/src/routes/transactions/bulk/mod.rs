//! Many transactions at once.

mod correct;
mod undo;

use crate::endpoint::Endpoint;

/// The endpoints of this folder.
pub(super) const CORRECT: Endpoint = correct::ENDPOINT;
pub(super) const UNDO: Endpoint = undo::ENDPOINT;
