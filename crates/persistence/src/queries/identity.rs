//! [`IdentityQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AuditId, ConnectionId, SessionId, UserId},
    identity::{
        AuditEntry, AuditRecord, ChainHead, ChainKey, Challenge, EmailAddress, Familiarity, IdentityQueries,
        KeyNotice, LoginName, OneTimeToken, Purpose, SecurityConfig, Session, SessionKey, SessionSnapshot,
        SignInBudget, User, UserFilter, UserKey,
    },
    page::{Limit, Page},
    secret::SecretHash,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{Guided, SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{
        audit_log, auth_challenges, columns, one_time_tokens, security_config, sessions, sign_in_budgets,
        users,
    },
};

/// A session with its user.
pub(crate) static SESSION: LazyLock<String> = LazyLock::new(|| {
    let user = columns("u", users::Column::iter());
    let session = columns("s", sessions::Column::iter());
    let floor = columns("c", security_config::Column::iter());
    format!(
        "SELECT {user}, {session}, {floor} FROM sessions s JOIN users u ON u.id = s.user_id \
         CROSS JOIN security_config c WHERE s.id = $1"
    )
});
static SESSION_BY_CREDENTIAL: LazyLock<String> =
    LazyLock::new(|| SESSION.replace("s.id = $1", "s.credential_hash = $1"));

static CONNECTION_AUDIT: LazyLock<Guided> = LazyLock::new(|| {
    let entry = columns("a", audit_log::Column::iter());
    Guided::by("ix_audit_log_user_id_connection_id_id", |index| {
        format!(
            "SELECT {entry} FROM audit_log a{index} WHERE a.user_id = $1 AND a.connection_id = $2 AND a.id < $3 \
             ORDER BY a.id DESC LIMIT $4"
        )
    })
});
static SIGN_IN_BUDGETS: LazyLock<String> = LazyLock::new(|| {
    let budget = columns("b", sign_in_budgets::Column::iter());
    format!("SELECT {budget} FROM sign_in_budgets b WHERE b.subject IN ($1, $2, $3)")
});
static ONE_TIME_TOKEN: LazyLock<String> = LazyLock::new(|| {
    let token = columns("t", one_time_tokens::Column::iter());
    format!(
        "SELECT {token} FROM one_time_tokens t WHERE t.token_hash = $1 AND t.purpose = $2 AND t.expires_at >= $3"
    )
});
static CHALLENGE: LazyLock<String> = LazyLock::new(|| {
    let challenge = columns("c", auth_challenges::Column::iter());
    format!("SELECT {challenge} FROM auth_challenges c WHERE c.token_hash = $1")
});
static USER: LazyLock<String> = LazyLock::new(|| user_by("id"));
static USER_BY_LOGIN: LazyLock<String> = LazyLock::new(|| user_by("login"));
static USER_BY_EMAIL: LazyLock<String> = LazyLock::new(|| user_by("email_canonical"));

fn user_by(column: &str) -> String {
    format!("SELECT {} FROM users u WHERE u.{column} = $1", columns("u", users::Column::iter()))
}

#[async_trait]
impl IdentityQueries for SqlQueries {
    async fn session(&self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError> {
        self.pool.row(&SESSION, &[Arg::Id(id.0)]).await
    }

    async fn session_by_credential(&self, hash: &SecretHash) -> Result<Option<SessionSnapshot>, StoreError> {
        self.pool.row(&SESSION_BY_CREDENTIAL, &[Arg::Text(&hash.to_hex())]).await
    }

    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        self.pool.row(&USER_BY_EMAIL, &[Arg::Text(email.canonical())]).await
    }

    async fn user_by_login(&self, login: &LoginName) -> Result<Option<User>, StoreError> {
        self.pool.row(&USER_BY_LOGIN, &[Arg::Text(login.as_str())]).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.pool.row(&USER, &[Arg::Id(id.0)]).await
    }

    async fn users(
        &self,
        filter: &UserFilter,
        after: Option<UserKey>,
        limit: Limit,
    ) -> Result<Page<User, UserKey>, StoreError> {
        self.list_users(filter, after, limit).await
    }

    async fn sub_user_trail(
        &self,
        manager: UserId,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.trail_of_sub_users(manager, of, before, limit).await
    }

    async fn one_time_token(
        &self,
        purpose: Purpose,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        let hash = hash.to_hex();
        let args = [Arg::Text(&hash), Arg::Text(purpose.as_str()), Arg::Time(now.as_chrono())];
        self.pool.row(&ONE_TIME_TOKEN, &args).await
    }

    async fn challenge(&self, hash: &SecretHash) -> Result<Option<Challenge>, StoreError> {
        self.pool.row(&CHALLENGE, &[Arg::Text(&hash.to_hex())]).await
    }

    async fn sign_in_budgets(&self, subjects: &[SecretHash]) -> Result<Vec<SignInBudget>, StoreError> {
        // Three at most; a shorter list repeats its first.
        let hex: Vec<String> = subjects.iter().map(SecretHash::to_hex).collect();
        let Some(first) = hex.first() else { return Ok(Vec::new()) };
        let subject = |place: usize| Arg::Text(hex.get(place).unwrap_or(first));
        self.pool.rows(&SIGN_IN_BUDGETS, &[subject(0), subject(1), subject(2)]).await
    }

    async fn connection_audit(
        &self,
        owner: UserId,
        connection: ConnectionId,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        let before = before.map_or_else(Uuid::max, |id| id.0);
        let args = [Arg::Id(owner.0), Arg::Id(connection.0), Arg::Id(before), count(limit)];
        self.pool.page(CONNECTION_AUDIT.of(&self.pool), &args, limit, |last: &AuditEntry| last.id).await
    }

    async fn sessions(
        &self,
        owner: UserId,
        now: Timestamp,
        after: Option<SessionKey>,
        limit: Limit,
    ) -> Result<Page<Session, SessionKey>, StoreError> {
        self.live_sessions(owner, now, after, limit).await
    }

    async fn api_keys(&self, owner: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.live_api_keys(owner, now).await
    }

    async fn due_key_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<KeyNotice>, StoreError> {
        self.due_notices_of_keys(now, limit).await
    }

    async fn count_sessions(&self, owner: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.count_live_sessions(owner, now).await
    }

    async fn familiarity(
        &self,
        owner: UserId,
        device: &str,
        network: &str,
    ) -> Result<Familiarity, StoreError> {
        self.how_familiar(owner, device, network).await
    }

    async fn trusts(
        &self,
        owner: UserId,
        fingerprint: &SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.trusts_client(owner, fingerprint, now).await
    }

    async fn security_config(&self) -> Result<SecurityConfig, StoreError> {
        self.token_floor().await
    }

    async fn sessions_below(&self, version: i32, now: Timestamp) -> Result<(u64, u64), StoreError> {
        self.count_below(version, now).await
    }

    async fn audit_trail(
        &self,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError> {
        self.trail(of, before, limit).await
    }

    async fn audit_heads(
        &self,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<ChainHead, Uuid>, StoreError> {
        self.chain_heads(after, limit).await
    }

    async fn audit_records(
        &self,
        after: Option<ChainKey>,
        limit: Limit,
    ) -> Result<Page<AuditRecord, ChainKey>, StoreError> {
        self.chain_records(after, limit).await
    }
}
