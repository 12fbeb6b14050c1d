//! The catalogue of services. It is never passed into a use case.

use std::{fmt, sync::Arc};

use dashtam_domain::{sources::Sources, store::Storage};

use crate::{
    Policy,
    administration::Administration,
    api_keys::ApiKeys,
    audit::Audit,
    authorization::Authorization,
    builder::{DashtamBuilder, Security},
    connections::Connections,
    delivery::Delivery,
    imports::Imports,
    ledger::Ledger,
    limits::Limits,
    profile::Profile,
    recovery::Recovery,
    registration::Registration,
    second_factor::SecondFactors,
    sessions::Sessions,
    sign_in::SignIn,
    signing::Signing,
    sync::Sync,
    token_rotation::TokenRotation,
    upkeep::Upkeep,
};

/// Every service of Dashtam; cheap to clone.
#[derive(Clone)]
pub struct Dashtam {
    pub(crate) recovery: Arc<Recovery>,
    pub(crate) registration: Arc<Registration>,
    pub(crate) second_factors: Arc<SecondFactors>,
    pub(crate) sign_in: Arc<SignIn>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) api_keys: Arc<ApiKeys>,
    pub(crate) profile: Arc<Profile>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) authorization: Arc<Authorization>,
    pub(crate) sync: Arc<Sync>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) imports: Arc<Imports>,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) signing: Arc<Signing>,
    pub(crate) upkeep: Arc<Upkeep>,
    pub(crate) token_rotation: Arc<TokenRotation>,
    pub(crate) administration: Arc<Administration>,
    pub(crate) audit: Arc<Audit>,
}

impl fmt::Debug for Dashtam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dashtam")
    }
}

impl Dashtam {
    /// Begins with what nothing works without.
    pub fn builder(storage: Storage, sources: Sources, security: Security, policy: Policy) -> DashtamBuilder {
        DashtamBuilder::new(storage, sources, security, policy)
    }

    /// New passwords for those who lost theirs.
    pub fn recovery(&self) -> &Arc<Recovery> {
        &self.recovery
    }

    /// Sign-up.
    pub fn registration(&self) -> &Arc<Registration> {
        &self.registration
    }

    /// Second factors.
    pub fn second_factors(&self) -> &Arc<SecondFactors> {
        &self.second_factors
    }

    /// Sign-in.
    pub fn sign_in(&self) -> &Arc<SignIn> {
        &self.sign_in
    }

    /// Sessions and their tokens.
    pub fn sessions(&self) -> &Arc<Sessions> {
        &self.sessions
    }

    /// Personal API keys.
    pub fn api_keys(&self) -> &Arc<ApiKeys> {
        &self.api_keys
    }

    /// The caller's own account.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// Provider catalogue and instances.
    pub fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }

    /// Linking at an institution.
    pub fn authorization(&self) -> &Arc<Authorization> {
        &self.authorization
    }

    /// Synchronisation.
    pub fn sync(&self) -> &Arc<Sync> {
        &self.sync
    }

    /// Accounts, transactions, holdings.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// The record of requests that a rate limit refused.
    pub fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    /// Statement files.
    pub fn imports(&self) -> &Arc<Imports> {
        &self.imports
    }

    /// The keys that sign access tokens.
    pub fn signing(&self) -> &Arc<Signing> {
        &self.signing
    }

    /// Rotation of tokens that may have leaked.
    pub fn token_rotation(&self) -> &Arc<TokenRotation> {
        &self.token_rotation
    }

    /// What concerns every account.
    pub fn administration(&self) -> &Arc<Administration> {
        &self.administration
    }

    /// The audit trail.
    pub fn audit(&self) -> &Arc<Audit> {
        &self.audit
    }

    /// The outbox.
    pub fn delivery(&self) -> &Arc<Delivery> {
        &self.delivery
    }

    /// Upkeep of the store.
    pub fn upkeep(&self) -> &Arc<Upkeep> {
        &self.upkeep
    }
}
