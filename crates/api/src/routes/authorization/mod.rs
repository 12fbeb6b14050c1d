//! Linking a provider instance at its institution.

mod complete;
mod disconnect;
mod link;
mod poll;
mod redirect;
mod refresh;
mod start;
mod status;

use crate::endpoint::Endpoint;

pub(crate) use complete::Callback;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    start::ENDPOINT,
    redirect::ENDPOINT,
    complete::ENDPOINT,
    status::ENDPOINT,
    refresh::ENDPOINT,
    disconnect::ENDPOINT,
    link::ENDPOINT,
    poll::ENDPOINT,
];
