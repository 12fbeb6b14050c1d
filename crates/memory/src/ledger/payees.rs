//! [`PayeeRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{PayeeId, UserId},
    ledger::meaning::{Payee, PayeeName, PayeeRepository},
    store::StoreError,
};

use crate::{mark::Mark, unit::Unit};

#[async_trait]
impl PayeeRepository for Unit {
    async fn named(&mut self, owner: UserId, names: &[PayeeName]) -> Result<Vec<Payee>, StoreError> {
        self.run(|tables| {
            let payees = names.iter().map(|name| Mark::Alias(owner, name.as_str().to_owned()));
            Ok(payees.filter_map(|mark| tables.payees.first(&mark).cloned()).collect())
        })
    }

    /// There is one writer: whoever has a unit holds everything.
    async fn hold(&mut self, owner: UserId, id: PayeeId) -> Result<Option<Payee>, StoreError> {
        self.run(|tables| Ok(tables.payees.get(&id).filter(|payee| payee.owner == owner).cloned()))
    }

    async fn put(&mut self, payees: &[Payee]) -> Result<(), StoreError> {
        self.run(|tables| {
            for payee in payees {
                tables.needs_user(payee.owner)?;
                tables.payees.put(payee.clone());
            }
            Ok(())
        })
    }

    async fn remove(&mut self, owner: UserId, id: PayeeId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.payees.remove(&id, |payee| payee.owner == owner).is_some()))
    }
}
