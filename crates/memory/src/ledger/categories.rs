//! [`CategoryRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{CategoryId, UserId},
    ledger::meaning::{CategoryChoice, CategoryKey, CategoryRepository, OwnCategory},
    store::StoreError,
};

use crate::{mark::Mark, unit::Unit};

#[async_trait]
impl CategoryRepository for Unit {
    /// There is one writer: whoever has a unit holds everything.
    async fn hold_all(&mut self, owner: UserId) -> Result<Vec<OwnCategory>, StoreError> {
        self.run(|tables| {
            let mut all: Vec<OwnCategory> = tables.categories.marked(&Mark::Owner(owner)).cloned().collect();
            all.sort_unstable_by_key(|category| category.id);
            Ok(all)
        })
    }

    async fn put(&mut self, category: &OwnCategory) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(category.owner)?;
            tables.categories.put(category.clone());
            Ok(())
        })
    }

    async fn remove_unused(&mut self, owner: UserId, id: CategoryId) -> Result<bool, StoreError> {
        self.run(|tables| {
            let key = CategoryKey::Own(id);
            let holds = tables.categories.marked(&Mark::Owner(owner)).any(|other| other.group == Some(key));
            let has = tables.transactions.marked(&Mark::Owner(owner)).any(|row| {
                let of_part =
                    row.split().is_some_and(|parts| parts.iter().any(|part| part.category == Some(key)));
                of_part || row.category().is_some_and(|(category, _)| category == key)
            });
            let mut rules = tables.rules.marked(&Mark::Owner(owner));
            let is_named = rules.any(|rule| rule.terms.own_categories().contains(&id));
            let key = CategoryChoice::Category(CategoryKey::Own(id));
            let mut payees = tables.payees.marked(&Mark::Owner(owner));
            let is_voted = payees.any(|payee| payee.votes.iter().any(|(choice, _)| *choice == key));
            let is_unused =
                |category: &OwnCategory| category.owner == owner && !holds && !has && !is_named && !is_voted;
            Ok(tables.categories.remove(&id, is_unused).is_some())
        })
    }
}
