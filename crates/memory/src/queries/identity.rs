//! The reading side of the identity area.

use std::{cmp::Reverse, collections::BTreeSet};

use async_trait::async_trait;
use dashtam_domain::{
    id::{AuditId, ConnectionId, SessionId, UserId},
    identity::{
        ApiKeyNotice, ApiKeyQueries, AuditEntry, AuditQueries, AuditRecord, ChainHead, ChainKey, Challenge,
        EmailAddress, Familiarity, Keystore, KeystoreQueries, LoginName, OneTimeToken, Purpose, SecondFactor,
        SecondFactorQueries, SecurityConfig, Session, SessionKey, SessionQueries, SessionSnapshot,
        SignInBudget, SignInQueries, User, UserFilter, UserKey, UserQueries, UserSearch,
    },
    page::{Limit, Page},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use uuid::Uuid;

use super::{sessions, trail};
use crate::{
    mark::{Mark, hash_key},
    store::MemoryStore,
    table,
    tables::Tables,
};

/// Whether the user is in the list of this filter.
fn is_listed(filter: &UserFilter, user: &User) -> bool {
    let found = match &filter.search {
        UserSearch::Everybody => true,
        UserSearch::Email(prefix) | UserSearch::Name(prefix) => {
            filter.search.key(user).text.starts_with(prefix.as_str())
        }
    };
    found
        && filter.disabled.is_none_or(|disabled| disabled != user.is_active)
        && filter.administrator.is_none_or(|administrator| administrator == user.administrator)
        && filter.managed_by.is_none_or(|manager| user.managed_by == Some(manager))
}

/// Looks at every user there is.
fn users(tables: &Tables, filter: &UserFilter, after: Option<UserKey>, limit: Limit) -> Page<User, UserKey> {
    let place = |user: &User| {
        let UserKey { text, id } = filter.search.key(user);
        (text, id)
    };
    let after = after.map(|UserKey { text, id }| (text, id));
    let listed = tables.users.iter().map(|row| &row.user).filter(|user| is_listed(filter, user));
    let behind = listed.filter(|user| Some(place(user)) > after);
    table::page_by(behind, place, limit, |last| filter.search.key(last))
}

#[async_trait]
impl UserQueries for MemoryStore {
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.look(|tables| tables.users.get(&id).map(|row| row.user.clone()))
    }

    async fn users_of(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids: BTreeSet<UserId> = ids.iter().copied().collect();
        self.look(|tables| {
            ids.iter().filter_map(|id| tables.users.get(id)).map(|row| row.user.clone()).collect()
        })
    }

    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        let email = Mark::Email(email.canonical().to_owned());
        self.look(|tables| tables.users.first(&email).map(|row| row.user.clone()))
    }

    async fn user_by_login(&self, login: &LoginName) -> Result<Option<User>, StoreError> {
        let login = Mark::Login(login.as_str().to_owned());
        self.look(|tables| tables.users.first(&login).map(|row| row.user.clone()))
    }

    async fn users(
        &self,
        filter: &UserFilter,
        after: Option<UserKey>,
        limit: Limit,
    ) -> Result<Page<User, UserKey>, StoreError> {
        self.look(|tables| users(tables, filter, after, limit))
    }
}

#[async_trait]
impl SessionQueries for MemoryStore {
    async fn session(&self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError> {
        self.look(|tables| tables.snapshot(tables.sessions.get(&id)?))
    }

    async fn session_by_credential(&self, hash: &SecretHash) -> Result<Option<SessionSnapshot>, StoreError> {
        self.look(|tables| tables.snapshot(tables.sessions.first(&Mark::Hash(hash_key(hash)))?))
    }

    async fn sessions(
        &self,
        owner: UserId,
        now: Timestamp,
        after: Option<SessionKey>,
        limit: Limit,
    ) -> Result<Page<Session, SessionKey>, StoreError> {
        self.look(|tables| sessions::page(tables, owner, now, after, limit))
    }

    async fn count_sessions(&self, owner: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.look(|tables| sessions::count(tables, owner, now))
    }

    async fn familiarity(
        &self,
        owner: UserId,
        device: &str,
        network: &str,
    ) -> Result<Familiarity, StoreError> {
        self.look(|tables| sessions::familiarity(tables, owner, device, network))
    }

    async fn trusts(
        &self,
        owner: UserId,
        fingerprint: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.look(|tables| sessions::trusts(tables, owner, fingerprint, now))
    }

    async fn security_config(&self) -> Result<SecurityConfig, StoreError> {
        self.look(|tables| tables.config().cloned())?
    }

    async fn sessions_below(&self, version: i32, now: Timestamp) -> Result<(u64, u64), StoreError> {
        self.look(|tables| sessions::below(tables, version, now))
    }
}

#[async_trait]
impl ApiKeyQueries for MemoryStore {
    async fn api_keys(&self, owner: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.look(|tables| sessions::api_keys(tables, owner, now))
    }

    async fn due_key_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<ApiKeyNotice>, StoreError> {
        self.look(|tables| sessions::due_key_notices(tables, now, limit))
    }
}

#[async_trait]
impl SignInQueries for MemoryStore {
    async fn one_time_token(
        &self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        let live = |token: &&OneTimeToken| token.purpose == purpose && token.expires_at >= now;
        self.look(|tables| tables.one_time_tokens.get(&hash_key(hash)).filter(live).cloned())
    }

    async fn challenge(&self, hash: &SecretHash) -> Result<Option<Challenge>, StoreError> {
        self.look(|tables| tables.challenges.first(&Mark::Hash(hash_key(hash))).cloned())
    }

    async fn sign_in_budgets(&self, subjects: &[SecretHash]) -> Result<Vec<SignInBudget>, StoreError> {
        self.look(|tables| {
            subjects
                .iter()
                .filter_map(|subject| tables.sign_in_budgets.get(&hash_key(subject)))
                .copied()
                .collect()
        })
    }
}

#[async_trait]
impl AuditQueries for MemoryStore {
    async fn audit_trail(
        &self,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.look(|tables| trail::newest(tables, of, before, limit))
    }

    async fn connection_audit(
        &self,
        owner: UserId,
        connection: ConnectionId,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.look(|tables| trail::of_connection(tables, (owner, connection), before, limit))
    }

    async fn sub_user_trail(
        &self,
        manager: UserId,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.look(|tables| trail::of_sub_users(tables, (manager, of), before, limit))
    }

    async fn audit_heads(
        &self,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<ChainHead, Uuid>, StoreError> {
        self.look(|tables| trail::heads(tables, after, limit))
    }

    async fn audit_records(
        &self,
        after: Option<ChainKey>,
        limit: Limit,
    ) -> Result<Page<AuditRecord, ChainKey>, StoreError> {
        self.look(|tables| trail::records(tables, after, limit))
    }
}

#[async_trait]
impl KeystoreQueries for MemoryStore {
    async fn keystore(&self) -> Result<Option<Keystore>, StoreError> {
        self.look(|tables| {
            let mut published: Vec<_> = tables.published_keys.iter().cloned().collect();
            published.sort_by_key(|key| Reverse(key.published_at));
            tables.signing_key.get(&()).map(|current| Keystore { current: current.clone(), published })
        })
    }
}

#[async_trait]
impl SecondFactorQueries for MemoryStore {
    async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        self.look(|tables| tables.second_factors.get(&user).cloned())
    }

    async fn due_second_factor_resets(&self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        self.look(|tables| {
            let due = tables.second_factor_resets.iter().filter(|reset| reset.due_at <= now);
            let mut due: Vec<_> = due.map(|reset| (reset.due_at, reset.user)).collect();
            due.sort_unstable();
            due.into_iter().take(limit as usize).map(|(_, user)| user).collect()
        })
    }
}
