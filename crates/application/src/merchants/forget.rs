//! Forgets what is learned of a merchant.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::PayeeId,
    identity::Scope,
    ledger::meaning::Payee,
};

use super::{Merchants, MerchantsError};
use crate::request::{authorize, request};

/// Which merchant shall be forgotten.
#[derive(Debug)]
pub struct ForgetMerchant {
    /// Its id.
    pub payee: PayeeId,
}

request!(ForgetMerchant, "merchants.forget", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Merchants {
    /// Forgets the merchant, and answers it as it was. What people chose for its transactions stays; transactions that got
    /// something from what was learned are decided anew.
    #[tracing::instrument(name = "merchants.forget", skip_all, fields(payee.id = %request.payee))]
    pub async fn forget(&self, call: &Call, request: ForgetMerchant) -> Result<Payee, MerchantsError> {
        let owner = authorize::<ForgetMerchant>(call)?.user;
        let mut work = self.store.begin().await?;
        let payee = work.payees().hold(owner, request.payee).await?.ok_or(MerchantsError::NotFound)?;
        work.payees().remove(owner, payee.id).await?;
        self.settle(work, call, &payee).await?;
        Ok(payee)
    }
}
