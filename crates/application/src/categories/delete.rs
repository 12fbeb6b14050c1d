//! Removes a category that nothing has.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::CategoryId,
    identity::Scope,
    ledger::meaning::OwnCategory,
};

use super::{Categories, CategoriesError};
use crate::request::{authorize, request};

/// Which category shall go.
#[derive(Debug)]
pub struct DeleteCategory {
    /// Its id.
    pub category: CategoryId,
}

request!(DeleteCategory, "categories.delete", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Categories {
    /// Removes the category, and answers it as it was. One that transactions have, or that holds others, stays: it can be
    /// archived.
    #[tracing::instrument(name = "categories.delete", skip_all, fields(category.id = %request.category))]
    pub async fn delete(&self, call: &Call, request: DeleteCategory) -> Result<OwnCategory, CategoriesError> {
        let owner = authorize::<DeleteCategory>(call)?.user;
        let mut work = self.store.begin().await?;
        let all = work.categories().hold_all(owner).await?;
        let found = all.into_iter().find(|other| other.id == request.category);
        let category = found.ok_or(CategoriesError::NotFound)?;
        if !work.categories().remove_unused(owner, category.id).await? {
            return Err(CategoriesError::InUse);
        }
        work.commit().await?;
        Ok(category)
    }
}
