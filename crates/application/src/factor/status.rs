//! What the caller's account has for a second factor.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    identity::{SecondFactor, SecondFactorKind, User},
    time::Timestamp,
};

use super::{SecondFactorError, SecondFactors};
use crate::request::{authorize, request};

/// What there is.
#[derive(Debug)]
pub struct GetFactorStatus;

request!(GetFactorStatus, "second_factor.status", Access::User(Needs::own()));

/// What there is, without any secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorStatus {
    /// What a sign-in asks for.
    pub kind: SecondFactorKind,
    /// Since when it is switched on.
    pub enabled_at: Option<Timestamp>,
    /// How many backup codes are left.
    pub backup_codes_left: usize,
    /// When they were made.
    pub backup_codes_created_at: Option<Timestamp>,
}

impl FactorStatus {
    pub(crate) fn of(user: &User, factor: Option<&SecondFactor>) -> Self {
        Self {
            kind: user.second_factor,
            enabled_at: factor.and_then(|factor| factor.enabled_at),
            backup_codes_left: factor.map_or(0, |factor| factor.backup_codes.left()),
            backup_codes_created_at: factor.and_then(|factor| factor.backup_created_at),
        }
    }
}

impl SecondFactors {
    /// The kind, its age, and how many backup codes are left.
    #[tracing::instrument(name = "second_factor.status", skip_all)]
    pub async fn status(
        &self,
        call: &Call,
        _request: GetFactorStatus,
    ) -> Result<FactorStatus, SecondFactorError> {
        let principal = authorize::<GetFactorStatus>(call)?;
        let user = self.queries.user(principal.user).await?.ok_or(AccessDenied::Anonymous)?;
        let factor = match user.second_factor {
            SecondFactorKind::None => None,
            SecondFactorKind::Totp | SecondFactorKind::Email => self.queries.second_factor(user.id).await?,
        };
        Ok(FactorStatus::of(&user, factor.as_ref()))
    }
}
