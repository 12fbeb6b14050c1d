//! The reading side, on mocks.

use std::fmt;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        ConnectionOverview, ConnectionQueries, ConnectionTally, ExpiryNotice, SealedCredentials, SyncRun,
        SyncRunKey,
    },
    delivery::{DeadLetter, DeliveryQueries, Due},
    id::{AuditId, ConnectionId, MailRequestId, OutboxId, SessionId, SyncRunId, UserId},
    identity::{
        ApiKeyNotice, ApiKeyQueries, AuditEntry, AuditQueries, AuditRecord, ChainHead, ChainKey, Challenge,
        EmailAddress, Familiarity, Keystore, KeystoreQueries, LoginName, OneTimeToken, Purpose, SecondFactor,
        SecondFactorQueries, SecurityConfig, Session, SessionKey, SessionQueries, SessionSnapshot,
        SignInBudget, SignInQueries, User, UserFilter, UserKey, UserQueries,
    },
    page::{Limit, Page},
    sealed::{SealedField, SealedQueries, SealedValue},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    MockApiKeyQueries, MockArchiveQueries, MockAuditQueries, MockCategoryQueries, MockConnectionQueries,
    MockDeliveryQueries, MockExportQueries, MockHoldingDayQueries, MockKeystoreQueries, MockLedgerQueries,
    MockLiveQueries, MockNotificationQueries, MockPayeeQueries, MockPortfolioQueries, MockRuleQueries,
    MockSavedLayoutQueries, MockSavedViewQueries, MockSealedQueries, MockSecondFactorQueries,
    MockSecurityQueries, MockSessionQueries, MockSignInQueries, MockStreamQueries, MockTransferQueries,
    MockUserQueries, MockWebhookQueries, MockWorthQueries,
};

/// A reading side of mocks.
#[derive(Default)]
pub struct MockQueries {
    /// Of accounts of people.
    pub users: MockUserQueries,
    /// Of sessions.
    pub sessions: MockSessionQueries,
    /// Of API keys.
    pub api_keys: MockApiKeyQueries,
    /// Of what a sign-in waits for.
    pub sign_in: MockSignInQueries,
    /// Of the audit trail.
    pub audit: MockAuditQueries,
    /// Of the keystore.
    pub keystore: MockKeystoreQueries,
    /// Of second factors.
    pub second_factors: MockSecondFactorQueries,
    /// Of the connections area.
    pub connections: MockConnectionQueries,
    /// Of the ledger area.
    pub ledger: MockLedgerQueries,
    /// Of what accounts held on earlier days.
    pub holding_days: MockHoldingDayQueries,
    /// Of securities.
    pub securities: MockSecurityQueries,
    /// Of exchange rates and of the net worth.
    pub worth: MockWorthQueries,
    /// Of categories.
    pub categories: MockCategoryQueries,
    /// Of payees.
    pub payees: MockPayeeQueries,
    /// Of transfers.
    pub transfers: MockTransferQueries,
    /// Of recurring streams.
    pub streams: MockStreamQueries,
    /// Of what portfolios are reckoned from.
    pub portfolio: MockPortfolioQueries,
    /// Of rules.
    pub rules: MockRuleQueries,
    /// Of saved layouts of tables.
    pub saved_layouts: MockSavedLayoutQueries,
    /// Of saved views.
    pub saved_views: MockSavedViewQueries,
    /// Of large exports.
    pub exports: MockExportQueries,
    /// Of the sealed values.
    pub sealed: MockSealedQueries,
    /// Of the delivery area.
    pub delivery: MockDeliveryQueries,
    /// Of live events.
    pub live: MockLiveQueries,
    /// Of endpoints and what is sent to them.
    pub webhooks: MockWebhookQueries,
    /// Of what people want to hear of.
    pub notifications: MockNotificationQueries,
    /// Of archives.
    pub archive: MockArchiveQueries,
}

impl MockQueries {
    /// A reading side that expects nothing.
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MockQueries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MockQueries")
    }
}

#[async_trait]
impl UserQueries for MockQueries {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.users.user(id).await
    }

    async fn users_of(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        self.users.users_of(ids).await
    }

    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        self.users.user_by_email(email).await
    }

    async fn user_by_login(&self, login: &LoginName) -> Result<Option<User>, StoreError> {
        self.users.user_by_login(login).await
    }

    async fn users(
        &self,
        filter: &UserFilter,
        after: Option<UserKey>,
        limit: Limit,
    ) -> Result<Page<User, UserKey>, StoreError> {
        self.users.users(filter, after, limit).await
    }
}

#[async_trait]
impl SessionQueries for MockQueries {
    async fn session(&self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError> {
        self.sessions.session(id).await
    }

    async fn session_by_credential(&self, hash: &SecretHash) -> Result<Option<SessionSnapshot>, StoreError> {
        self.sessions.session_by_credential(hash).await
    }

    async fn sessions(
        &self,
        owner: UserId,
        now: Timestamp,
        after: Option<SessionKey>,
        limit: Limit,
    ) -> Result<Page<Session, SessionKey>, StoreError> {
        self.sessions.sessions(owner, now, after, limit).await
    }

    async fn count_sessions(&self, owner: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.sessions.count_sessions(owner, now).await
    }

    async fn familiarity(
        &self,
        owner: UserId,
        device: &str,
        network: &str,
    ) -> Result<Familiarity, StoreError> {
        self.sessions.familiarity(owner, device, network).await
    }

    async fn trusts(
        &self,
        owner: UserId,
        fingerprint: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.sessions.trusts(owner, fingerprint, now).await
    }

    async fn security_config(&self) -> Result<SecurityConfig, StoreError> {
        self.sessions.security_config().await
    }

    async fn sessions_below(&self, version: i32, now: Timestamp) -> Result<(u64, u64), StoreError> {
        self.sessions.sessions_below(version, now).await
    }
}

#[async_trait]
impl ApiKeyQueries for MockQueries {
    async fn api_keys(&self, owner: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.api_keys.api_keys(owner, now).await
    }

    async fn due_key_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<ApiKeyNotice>, StoreError> {
        self.api_keys.due_key_notices(now, limit).await
    }
}

#[async_trait]
impl SignInQueries for MockQueries {
    async fn one_time_token(
        &self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        self.sign_in.one_time_token(purpose, hash, now).await
    }

    async fn challenge(&self, hash: &SecretHash) -> Result<Option<Challenge>, StoreError> {
        self.sign_in.challenge(hash).await
    }

    async fn sign_in_budgets(&self, subjects: &[SecretHash]) -> Result<Vec<SignInBudget>, StoreError> {
        self.sign_in.sign_in_budgets(subjects).await
    }
}

#[async_trait]
impl AuditQueries for MockQueries {
    async fn audit_trail(
        &self,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.audit.audit_trail(of, before, limit).await
    }

    async fn connection_audit(
        &self,
        owner: UserId,
        connection: ConnectionId,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.audit.connection_audit(owner, connection, before, limit).await
    }

    async fn sub_user_trail(
        &self,
        manager: UserId,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.audit.sub_user_trail(manager, of, before, limit).await
    }

    async fn audit_heads(
        &self,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<ChainHead, Uuid>, StoreError> {
        self.audit.audit_heads(after, limit).await
    }

    async fn audit_records(
        &self,
        after: Option<ChainKey>,
        limit: Limit,
    ) -> Result<Page<AuditRecord, ChainKey>, StoreError> {
        self.audit.audit_records(after, limit).await
    }
}

#[async_trait]
impl KeystoreQueries for MockQueries {
    async fn keystore(&self) -> Result<Option<Keystore>, StoreError> {
        self.keystore.keystore().await
    }
}

#[async_trait]
impl SecondFactorQueries for MockQueries {
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        self.second_factors.second_factor(user).await
    }

    async fn due_second_factor_resets(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        self.second_factors.due_second_factor_resets(now, limit).await
    }
}

#[async_trait]
impl ConnectionQueries for MockQueries {
    async fn connection(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<ConnectionOverview>, StoreError> {
        self.connections.connection(owner, id).await
    }

    async fn connections(
        &self,
        owner: UserId,
        after: Option<ConnectionId>,
        limit: Limit,
    ) -> Result<Page<ConnectionOverview, ConnectionId>, StoreError> {
        self.connections.connections(owner, after, limit).await
    }

    async fn credentials(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<SealedCredentials>, StoreError> {
        self.connections.credentials(owner, id).await
    }

    async fn due_grant_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<ExpiryNotice>, StoreError> {
        self.connections.due_grant_notices(now, limit).await
    }

    async fn connections_due(&self, now: Timestamp) -> Result<Due, StoreError> {
        self.connections.connections_due(now).await
    }

    async fn connection_tallies(&self) -> Result<Vec<ConnectionTally>, StoreError> {
        self.connections.connection_tallies().await
    }

    async fn sync_runs(
        &self,
        owner: UserId,
        connection: ConnectionId,
        after: Option<SyncRunKey>,
        limit: Limit,
    ) -> Result<Page<SyncRun, SyncRunKey>, StoreError> {
        self.connections.sync_runs(owner, connection, after, limit).await
    }

    async fn sync_run(&self, owner: UserId, id: SyncRunId) -> Result<Option<SyncRun>, StoreError> {
        self.connections.sync_run(owner, id).await
    }

    async fn syncs_due(&self, now: Timestamp) -> Result<Due, StoreError> {
        self.connections.syncs_due(now).await
    }
}

#[async_trait]
impl DeliveryQueries for MockQueries {
    async fn dead_letters(
        &self,
        after: Option<OutboxId>,
        limit: Limit,
    ) -> Result<Page<DeadLetter, OutboxId>, StoreError> {
        self.delivery.dead_letters(after, limit).await
    }

    async fn dead_letter(&self, id: OutboxId) -> Result<Option<DeadLetter>, StoreError> {
        self.delivery.dead_letter(id).await
    }

    async fn mail_requests(&self, limit: Limit) -> Result<Vec<MailRequestId>, StoreError> {
        self.delivery.mail_requests(limit).await
    }

    async fn mails_due(&self, now: Timestamp) -> Result<(Due, u64), StoreError> {
        self.delivery.mails_due(now).await
    }
}

#[async_trait]
impl SealedQueries for MockQueries {
    async fn sealed_values(
        &self,
        field: SealedField,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<SealedValue, Uuid>, StoreError> {
        self.sealed.sealed_values(field, after, limit).await
    }

    async fn secret_key_mark(&self) -> Result<Option<String>, StoreError> {
        self.sealed.secret_key_mark().await
    }
}
