//! Makes a category.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::CategoryId,
    identity::Scope,
    ledger::Line,
    ledger::meaning::{CategoryKey, Flow, OwnCategory},
};

use super::{Categories, CategoriesError, fits};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// A category wanted.
#[derive(Debug)]
pub struct CreateCategory {
    /// What people read.
    pub label: Line,
    /// The group it shall be in; `None`: it is one.
    pub group: Option<CategoryKey>,
    /// Which way its money goes; `None`: as that of its group, and out where there is none.
    pub flow: Option<Flow>,
}

request!(CreateCategory, "categories.create", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Categories {
    /// Makes the category.
    #[tracing::instrument(name = "categories.create", skip_all)]
    pub async fn create(
        &self,
        call: &Call,
        request: CreateCategory,
        present: Present<OwnCategory>,
    ) -> Result<OwnCategory, CategoriesError> {
        let owner = authorize::<CreateCategory>(call)?.user;
        let CreateCategory { label, group, flow } = request;
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let all = work.categories().hold_all(owner).await?;
        if all.len() as u64 >= OwnCategory::MOST {
            return Err(CategoriesError::TooMany);
        }
        let of_group = |key| match key {
            CategoryKey::Default(group) => Some(group.flow),
            CategoryKey::Own(id) => all.iter().find(|other| other.id == id).map(|other| other.flow),
        };
        let category = OwnCategory {
            id: CategoryId(self.sources.ids.next()),
            owner,
            label,
            group,
            flow: flow.or_else(|| of_group(group?)).unwrap_or(Flow::Expense),
            is_archived: false,
            created_at: call.now,
            updated_at: call.now,
        };
        fits(&category, &all)?;
        work.categories().put(&category).await?;
        once::finish(call, &mut *work, &category, present).await?;
        work.commit().await?;
        Ok(category)
    }
}
