//! Reads what a sign-in, a verification or a recovery waits for.

use async_trait::async_trait;

use crate::{
    identity::{Challenge, OneTimeToken, Purpose, SignInBudget},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};

/// Reads what a sign-in, a verification or a recovery waits for.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SignInQueries: Send + Sync {
    /// A live one-time token; `None` when there is none.
    async fn one_time_token(
        &self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError>;
    /// The challenge with this token, in whatever state; `None` when there is none.
    async fn challenge(&self, hash: &SecretHash) -> Result<Option<Challenge>, StoreError>;
    /// The budgets of wrong passwords with these subjects, of which there are three at most, in no particular order.
    async fn sign_in_budgets(&self, subjects: &[SecretHash]) -> Result<Vec<SignInBudget>, StoreError>;
}
