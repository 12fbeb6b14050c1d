//! Rules that are applied to what is stored.

mod list;
mod show;
mod start;
mod undo;

use crate::endpoint::Endpoint;

/// The endpoints of this folder.
pub(super) const LIST: Endpoint = list::ENDPOINT;
pub(super) const START: Endpoint = start::ENDPOINT;
pub(super) const SHOW: Endpoint = show::ENDPOINT;
pub(super) const UNDO: Endpoint = undo::ENDPOINT;
