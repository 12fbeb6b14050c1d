//! The other sides of transactions, and what is learned of them.

mod forget;
mod list;
mod update;

use std::sync::Arc;

use dashtam_domain::{
    call::Call,
    delivery::WorkSignal,
    id::RuleRunId,
    ledger::meaning::{Payee, PayeeQueries, rule::RuleRun},
    sources::Sources,
    store::{Store, UnitOfWork},
};

use crate::{
    errors::{CommonError, faults},
    rules::decide_again_of,
};

pub use forget::ForgetMerchant;
pub use list::ListMerchants;
pub use update::UpdateMerchant;

/// The other sides of transactions.
pub struct Merchants {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn PayeeQueries>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) sources: Sources,
}

/// Why something about merchants did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MerchantsError {
    /// Not there, or somebody else's.
    #[error("There is no such merchant.")]
    NotFound,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    MerchantsError {
        Self::NotFound => NotFound: "not-found",
    }
}

impl Merchants {
    /// Decides anew about the transactions that got something from what was learned of this payee, and ends the unit.
    async fn settle(
        &self,
        mut work: Box<dyn UnitOfWork>,
        call: &Call,
        payee: &Payee,
    ) -> Result<(), MerchantsError> {
        let id = RuleRunId(self.sources.ids.next());
        let run = RuleRun::new(id, payee.owner, Some(payee.id.0), call.now);
        let is_left = decide_again_of(&mut *work, call, run).await?;
        work.commit().await?;
        if is_left {
            self.signal.ring();
        }
        Ok(())
    }
}
