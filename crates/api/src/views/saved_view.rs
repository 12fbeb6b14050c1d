//! Saved views.

use std::collections::BTreeMap;

use dashtam_domain::ledger::SavedView;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// What a person asks of their transactions again and again.
#[derive(Serialize, ToSchema)]
#[schema(as = SavedView)]
pub(crate) struct SavedViewView<'a> {
    id: Id,
    name: &'a str,
    /// Parameters of `GET /transactions`, by their names.
    #[schema(value_type = Object)]
    filter: &'a BTreeMap<String, String>,
    created_at: Moment,
    updated_at: Moment,
}

impl SavedViewView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 300;
}

impl<'a> From<&'a SavedView> for SavedViewView<'a> {
    fn from(view: &'a SavedView) -> Self {
        Self {
            id: Id(view.id.0),
            name: view.name.as_str(),
            filter: &view.filter,
            created_at: Moment(view.created_at),
            updated_at: Moment(view.updated_at),
        }
    }
}
