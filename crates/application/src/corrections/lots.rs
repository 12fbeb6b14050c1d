//! Names the lots that a sale takes.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::TransactionId,
    identity::Scope,
    ledger::{Transaction, TransactionChange, portfolio::Pick},
};

use super::{CorrectionError, Corrections, TakeBackOfTransaction};
use crate::{
    portfolio::PortfolioError,
    request::{authorize, request},
};

/// Which lots a sale takes, where its account asks for that.
#[derive(Debug)]
pub struct NameLots {
    /// The sale.
    pub transaction: TransactionId,
    /// The lots, each with positive units. What the sale takes beyond them is of the oldest.
    pub lots: Vec<Pick>,
}

request!(NameLots, "transactions.name_lots", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Corrections {
    /// Names the lots that a sale takes, in the place of those that were named before. They count in an account of which the lots are
    /// [specific](dashtam_domain::ledger::portfolio::LotMethod::Specific), and are a correction of the transaction as others are.
    ///
    /// The lots are looked for as everything is now. Where a source later tells otherwise, and one of them is not there, the sale
    /// takes the oldest in its place.
    #[tracing::instrument(
        name = "transactions.name_lots", skip_all, fields(transaction.id = %request.transaction)
    )]
    pub async fn name_lots(&self, call: &Call, request: NameLots) -> Result<Transaction, CorrectionError> {
        let owner = authorize::<NameLots>(call)?.user;
        let NameLots { transaction, lots } = request;
        self.portfolio.can_take(owner, call.now.day(), transaction, &lots).await??;
        let change = TransactionChange { lots: Some(Some(lots)), ..TransactionChange::default() };
        let (transaction, _) = self.change::<NameLots>(call, transaction, change).await?;
        Ok(transaction)
    }

    /// An error if later sales would lose what they are named once this one is named nothing. What ends nothing any more, or
    /// cannot be reckoned, takes no lots from others.
    pub(super) async fn may_lose_names(
        &self,
        call: &Call,
        transaction: TransactionId,
    ) -> Result<(), CorrectionError> {
        let owner = authorize::<TakeBackOfTransaction>(call)?.user;
        let found = self.portfolio.queries.transaction(owner, transaction).await?;
        if found.is_none_or(|found| found.named_lots().is_empty()) {
            return Ok(());
        }
        match self.portfolio.can_take(owner, call.now.day(), transaction, &[]).await {
            Ok(fits) => Ok(fits?),
            Err(PortfolioError::Common(common)) => Err(common.into()),
            Err(_) => Ok(()),
        }
    }
}

impl From<PortfolioError> for CorrectionError {
    fn from(error: PortfolioError) -> Self {
        match error {
            PortfolioError::NotFound(what) => Self::NotFound(what),
            PortfolioError::Common(common) => Self::Common(common),
            other => Self::Unreckonable(other.to_string()),
        }
    }
}
