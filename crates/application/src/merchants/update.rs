//! Says whether something is learned of a merchant.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::PayeeId,
    identity::Scope,
    ledger::meaning::Payee,
};

use super::{Merchants, MerchantsError};
use crate::request::{authorize, request};

/// What shall be different of a merchant.
#[derive(Debug)]
pub struct UpdateMerchant {
    /// Of which one.
    pub payee: PayeeId,
    /// Whether nothing shall be learned of it.
    pub is_refused: Option<bool>,
}

request!(UpdateMerchant, "merchants.update", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Merchants {
    /// Refuses what is learned of the merchant, or takes that back. Transactions that got something from it are decided anew.
    #[tracing::instrument(name = "merchants.update", skip_all, fields(payee.id = %request.payee))]
    pub async fn update(&self, call: &Call, request: UpdateMerchant) -> Result<Payee, MerchantsError> {
        let owner = authorize::<UpdateMerchant>(call)?.user;
        let UpdateMerchant { payee, is_refused } = request;
        let mut work = self.store.begin().await?;
        let mut payee = work.payees().hold(owner, payee).await?.ok_or(MerchantsError::NotFound)?;
        if is_refused.is_none_or(|is_refused| is_refused == payee.is_refused) {
            return Ok(payee);
        }
        payee.is_refused = !payee.is_refused;
        payee.updated_at = call.now;
        work.payees().put(std::slice::from_ref(&payee)).await?;
        self.settle(work, call, &payee).await?;
        Ok(payee)
    }
}
