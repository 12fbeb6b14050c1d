//! The provider catalogue and provider instances.

mod audit_log;
mod available;
mod configured;
mod create;
mod delete;
mod hint;
mod list;
mod show;
mod sync;
mod syncs;
mod update;

use dashtam_domain::{connections::ProviderDescriptor, id::ConnectionId};

use crate::{answer::Answer, endpoint::Endpoint, views::ProviderTypeView};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    available::ENDPOINT,
    configured::ENDPOINT,
    list::ENDPOINT,
    create::ENDPOINT,
    show::ENDPOINT,
    update::ENDPOINT,
    delete::ENDPOINT,
    sync::ENDPOINT,
    syncs::ENDPOINT,
    audit_log::ENDPOINT,
    hint::ENDPOINT,
];

/// Tells where a provider instance is.
fn location(id: ConnectionId) -> String {
    format!("/api/v1/providers/{id}")
}

/// Answers with a part of the catalogue.
fn catalogue(descriptors: &[ProviderDescriptor]) -> Answer {
    Answer::ok(&descriptors.iter().map(ProviderTypeView::from).collect::<Vec<_>>())
}
