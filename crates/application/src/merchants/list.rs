//! Lists merchants.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::PayeeId,
    identity::Scope,
    ledger::meaning::Payee,
    page::{Limit, Page},
};

use super::{Merchants, MerchantsError};
use crate::request::{authorize, request};

/// The merchants of which something is known.
#[derive(Debug)]
pub struct ListMerchants {
    /// Behind this one.
    pub after: Option<PayeeId>,
    /// Most entries of a page.
    pub limit: Limit,
}

request!(ListMerchants, "merchants.list", Access::User(Needs::read(Scope::TransactionsRead)));

impl Merchants {
    /// The caller's merchants, the earliest first.
    pub async fn list(
        &self,
        call: &Call,
        request: ListMerchants,
    ) -> Result<Page<Payee, PayeeId>, MerchantsError> {
        let owner = authorize::<ListMerchants>(call)?.user;
        Ok(self.queries.payees(owner, request.after, request.limit).await?)
    }
}
