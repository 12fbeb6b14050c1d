//! Lists categories.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::Scope,
    ledger::meaning::OwnCategory,
};

use super::{Categories, CategoriesError};
use crate::request::{authorize, request};

/// All categories.
#[derive(Debug)]
pub struct ListCategories;

request!(ListCategories, "categories.list", Access::User(Needs::read(Scope::TransactionsRead)));

impl Categories {
    /// The caller's own categories; everybody's are known.
    pub async fn list(
        &self,
        call: &Call,
        _request: ListCategories,
    ) -> Result<Vec<OwnCategory>, CategoriesError> {
        let owner = authorize::<ListCategories>(call)?.user;
        Ok(self.queries.categories(owner).await?)
    }
}
