//! Two transactions that somebody names.

use dashtam_domain::id::{IdError, TransactionId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::prelude::*;

/// Two transactions.
#[derive(Deserialize, ToSchema)]
pub(super) struct PairBody {
    /// One of them.
    #[serde(default)]
    #[schema(value_type = String, format = Uuid, required)]
    transaction_id: Text,
    /// The other one.
    #[serde(default)]
    #[schema(value_type = String, format = Uuid, required)]
    other_transaction_id: Text,
}

impl PairBody {
    /// Reads both.
    pub(super) fn parse(self) -> Result<(TransactionId, TransactionId), Problem> {
        let mut checks = Checks::default();
        let malformed = |_: &IdError| "malformed";
        let transaction = checks.parse("transaction_id", self.transaction_id, malformed);
        let other = checks.parse("other_transaction_id", self.other_transaction_id, malformed);
        transaction.zip(other).ok_or_else(|| checks.into_problem())
    }
}
