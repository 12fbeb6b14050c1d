//! Categories.

use std::borrow::Cow;

use dashtam_domain::ledger::meaning::{DefaultCategory, OwnCategory};
use serde::Serialize;
use utoipa::ToSchema;

/// A category, or a group of them. A transaction can have either.
#[derive(Serialize, ToSchema)]
#[schema(as = Category)]
pub(crate) struct CategoryView<'a> {
    /// The key of one that everybody has, such as `food.coffee`, or the id of one of the user's own.
    id: Cow<'a, str>,
    label: &'a str,
    /// The group it is in; null of a group.
    group: Option<Cow<'a, str>>,
    /// Which way its money goes: `income`, `expense`, or `transfer` where it only changes its place.
    flow: &'static str,
    /// Whether it is the user's own.
    own: bool,
    /// Whether it is no longer offered.
    archived: bool,
    /// Its name among Plaid's personal finance categories; null of the user's own.
    plaid_category: Option<&'static str>,
}

impl CategoryView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 200;
}

impl From<&'static DefaultCategory> for CategoryView<'_> {
    fn from(category: &'static DefaultCategory) -> Self {
        Self {
            id: category.key.into(),
            label: category.label,
            group: category.group.map(Cow::from),
            flow: category.flow.as_str(),
            own: false,
            archived: false,
            plaid_category: category.codes.first().copied(),
        }
    }
}

impl<'a> From<&'a OwnCategory> for CategoryView<'a> {
    fn from(category: &'a OwnCategory) -> Self {
        Self {
            id: category.id.to_string().into(),
            label: category.label.as_str(),
            group: category.group.map(|group| group.to_string().into()),
            flow: category.flow.as_str(),
            own: true,
            archived: category.is_archived,
            plaid_category: None,
        }
    }
}
