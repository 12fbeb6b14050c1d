//! Changes a category.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::CategoryId,
    identity::Scope,
    ledger::meaning::{CategoryChange, OwnCategory},
};

use super::{Categories, CategoriesError, fits};
use crate::request::{authorize, request};

/// What shall be different of a category.
#[derive(Debug)]
pub struct UpdateCategory {
    /// Of which one.
    pub category: CategoryId,
    /// What.
    pub change: CategoryChange,
}

request!(UpdateCategory, "categories.update", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Categories {
    /// Changes the category. Transactions that have it keep it.
    #[tracing::instrument(name = "categories.update", skip_all, fields(category.id = %request.category))]
    pub async fn update(&self, call: &Call, request: UpdateCategory) -> Result<OwnCategory, CategoriesError> {
        let owner = authorize::<UpdateCategory>(call)?.user;
        let mut work = self.store.begin().await?;
        let all = work.categories().hold_all(owner).await?;
        let found = all.iter().find(|other| other.id == request.category);
        let mut category = found.cloned().ok_or(CategoriesError::NotFound)?;
        if category.change(request.change, call.now) {
            fits(&category, &all)?;
            work.categories().put(&category).await?;
            work.commit().await?;
        }
        Ok(category)
    }
}
