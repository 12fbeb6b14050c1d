//! Categories: what everybody has, and what users add.

mod create;
mod delete;
mod list;
mod update;

use std::sync::Arc;

use dashtam_domain::{
    fault::FieldError,
    ledger::meaning::{CategoryError, CategoryKey, CategoryQueries, OwnCategory},
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, faults};

pub use create::CreateCategory;
pub use delete::DeleteCategory;
pub use list::ListCategories;
pub use update::UpdateCategory;

/// Categories of users' own.
pub struct Categories {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn CategoryQueries>,
    pub(crate) sources: Sources,
}

/// Why something about categories did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CategoriesError {
    /// Not there, or somebody else's.
    #[error("There is no such category of your own.")]
    NotFound,
    /// There is one with this label in this place.
    #[error("There is a category with this label in this place already.")]
    Taken,
    /// It cannot be removed.
    #[error("Transactions have this category, rules name it, or it holds others. Archive it instead.")]
    InUse,
    /// There are as many as there may be.
    #[error("There may be at most {most} categories of your own.", most = OwnCategory::MOST)]
    TooMany,
    /// Its group is none.
    #[error(transparent)]
    Group(#[from] CategoryError),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    CategoriesError {
        Self::NotFound => NotFound: "not-found",
        Self::Taken => Conflict: "category-exists",
        Self::InUse => Conflict: "category-in-use",
        Self::TooMany => Conflict: "too-many-categories",
        Self::Group(_) => Invalid: "invalid-request",
    }
    fields: |error| match error {
        Self::Group(group) => vec![FieldError::new("group", "unsuitable", group.to_string())],
        _ => Vec::new(),
    };
}

/// Whether a category fits among the owner's others: its group is a group, what it holds is in none, and nothing in the
/// same place has its label.
fn fits(category: &OwnCategory, all: &[OwnCategory]) -> Result<(), CategoriesError> {
    let mut others = all.iter().filter(|other| other.id != category.id);
    match category.group {
        None => {}
        Some(CategoryKey::Default(group)) if group.group.is_none() => {}
        Some(CategoryKey::Own(id)) if others.clone().any(|other| other.id == id && other.group.is_none()) => {
        }
        Some(_) => return Err(CategoryError::NoGroup.into()),
    }
    let holds = others.clone().any(|other| other.group == Some(CategoryKey::Own(category.id)));
    if holds && category.group.is_some() {
        return Err(CategoryError::HoldsOthers.into());
    }
    let is_taken = others.any(|other| other.group == category.group && other.label == category.label);
    if is_taken { Err(CategoriesError::Taken) } else { Ok(()) }
}
