//! The catalogue of services. It is never passed into a use case.

use std::{fmt, sync::Arc};

use crate::{
    administration::Administration,
    api_keys::ApiKeys,
    areas::{ConnectionsArea, Has, IdentityArea, LedgerArea},
    audit::Audit,
    authorization::Authorization,
    categories::Categories,
    connections::Connections,
    corrections::Corrections,
    delivery::Delivery,
    denials::RateLimitDenials,
    exports::Exports,
    factor::SecondFactors,
    imports::Imports,
    keystore::Signing,
    ledger::Ledger,
    live::Live,
    merchants::Merchants,
    notifications::Notifications,
    portfolio::Portfolio,
    profile::Profile,
    reconciliations::Reconciliations,
    recovery::Recovery,
    recurring::Recurring,
    registration::Registration,
    remap::Remap,
    rules::Rules,
    saved_views::SavedViews,
    sessions::Sessions,
    sign_in::{LinkSignIn, PasswordSignIn, SecondStep, StepUps},
    sync::Sync,
    token_rotation::TokenRotation,
    transfers::Transfers,
    upkeep::Upkeep,
    webhooks::Webhooks,
    worth::Worth,
};

/// The services of the areas that were asked for, here all of them; cheap to clone.
#[derive(Clone)]
pub struct Dashtam<I = IdentityArea, C = ConnectionsArea, L = LedgerArea> {
    pub(crate) identity: I,
    pub(crate) connections: C,
    pub(crate) ledger: L,
    pub(crate) denials: Arc<RateLimitDenials>,
    pub(crate) live: Arc<Live>,
    pub(crate) upkeep: Arc<Upkeep>,
}

impl<I, C, L> fmt::Debug for Dashtam<I, C, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dashtam")
    }
}

impl<I, C, L> Dashtam<I, C, L> {
    /// The record of requests that a rate limit refused.
    pub fn denials(&self) -> &Arc<RateLimitDenials> {
        &self.denials
    }

    /// Events as they happen.
    pub fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Upkeep of the store.
    pub fn upkeep(&self) -> &Arc<Upkeep> {
        &self.upkeep
    }

    /// New passwords for those who lost theirs.
    pub fn recovery(&self) -> &Arc<Recovery>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().recovery
    }

    /// Sign-up.
    pub fn registration(&self) -> &Arc<Registration>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().registration
    }

    /// Second factors.
    pub fn second_factors(&self) -> &Arc<SecondFactors>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().second_factors
    }

    /// Sign-in by address and password.
    pub fn password_sign_in(&self) -> &Arc<PasswordSignIn>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().password_sign_in
    }

    /// Sign-in by a mailed link.
    pub fn link_sign_in(&self) -> &Arc<LinkSignIn>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().link_sign_in
    }

    /// The second step of a sign-in.
    pub fn second_step(&self) -> &Arc<SecondStep>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().second_step
    }

    /// Programs of users' that are told of events.
    pub fn webhooks(&self) -> &Arc<Webhooks>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().webhooks
    }

    /// Proofs by the holders of sessions that they still are who they are.
    pub fn step_ups(&self) -> &Arc<StepUps>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().step_ups
    }

    /// Sessions and their tokens.
    pub fn sessions(&self) -> &Arc<Sessions>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().sessions
    }

    /// Personal API keys.
    pub fn api_keys(&self) -> &Arc<ApiKeys>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().api_keys
    }

    /// The caller's own account.
    pub fn profile(&self) -> &Arc<Profile>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().profile
    }

    /// The keys that sign access tokens.
    pub fn signing(&self) -> &Arc<Signing>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().signing
    }

    /// Rotation of tokens that may have leaked.
    pub fn token_rotation(&self) -> &Arc<TokenRotation>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().token_rotation
    }

    /// What concerns every account.
    pub fn administration(&self) -> &Arc<Administration>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().administration
    }

    /// The audit trail.
    pub fn audit(&self) -> &Arc<Audit>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().audit
    }

    /// The outbox.
    pub fn delivery(&self) -> &Arc<Delivery>
    where
        I: Has<IdentityArea>,
    {
        &self.identity.get().delivery
    }

    /// Provider catalogue and instances.
    pub fn connections(&self) -> &Arc<Connections>
    where
        C: Has<ConnectionsArea>,
    {
        &self.connections.get().connections
    }

    /// Linking at an institution.
    pub fn authorization(&self) -> &Arc<Authorization>
    where
        C: Has<ConnectionsArea>,
    {
        &self.connections.get().authorization
    }

    /// Synchronisation.
    pub fn sync(&self) -> &Arc<Sync>
    where
        C: Has<ConnectionsArea>,
    {
        &self.connections.get().sync
    }

    /// Accounts, transactions, holdings.
    pub fn ledger(&self) -> &Arc<Ledger>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().ledger
    }

    /// Categories of users' own.
    pub fn categories(&self) -> &Arc<Categories>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().categories
    }

    /// What people ask of their transactions again and again.
    pub fn saved_views(&self) -> &Arc<SavedViews>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().saved_views
    }

    /// Files of what a user has.
    pub fn exports(&self) -> &Arc<Exports>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().exports
    }

    /// What people correct.
    pub fn corrections(&self) -> &Arc<Corrections>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().corrections
    }

    /// Statement files.
    pub fn imports(&self) -> &Arc<Imports>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().imports
    }

    /// Exchange rates, and what somebody is worth.
    pub fn worth(&self) -> &Arc<Worth>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().worth
    }

    /// The reading again of what is stored.
    pub fn remap(&self) -> &Arc<Remap>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().remap
    }

    /// The other sides of transactions, and what is learned of them.
    pub fn merchants(&self) -> &Arc<Merchants>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().merchants
    }

    /// Rules, and what they decide about transactions.
    pub fn rules(&self) -> &Arc<Rules>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().rules
    }

    /// Securities, and what is held of them over time.
    pub fn portfolio(&self) -> &Arc<Portfolio>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().portfolio
    }

    /// Recurring streams.
    pub fn recurring(&self) -> &Arc<Recurring>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().recurring
    }

    /// Notifications for people.
    pub fn notifications(&self) -> &Arc<Notifications>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().notifications
    }

    /// Transfers between a user's own accounts.
    pub fn transfers(&self) -> &Arc<Transfers>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().transfers
    }

    /// Decisions about transactions that may be one.
    pub fn reconciliations(&self) -> &Arc<Reconciliations>
    where
        L: Has<LedgerArea>,
    {
        &self.ledger.get().reconciliations
    }
}
