//! [`IdentityQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AuditId, ConnectionId, SessionId, UserId},
    identity::{AuditEntry, EmailAddress, IdentityQueries, SessionSnapshot, SignInBudget, User},
    page::{Limit, Page},
    secret::SecretHash,
    store::StoreError,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{SqlQueries, count};
use crate::{
    pool::Arg,
    rows::{audit_log, columns, sessions, sign_in_budgets, users},
};

/// A session with its user.
pub(crate) static SESSION: LazyLock<String> = LazyLock::new(|| {
    let user = columns("u", users::Column::iter());
    let session = columns("s", sessions::Column::iter());
    format!("SELECT {user}, {session} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1")
});

static CONNECTION_AUDIT: LazyLock<String> = LazyLock::new(|| {
    let entry = columns("a", audit_log::Column::iter());
    format!(
        "SELECT {entry} FROM audit_log a WHERE a.user_id = $1 AND a.connection_id = $2 AND a.id < $3 \
         ORDER BY a.id DESC LIMIT $4"
    )
});
static SIGN_IN_BUDGETS: LazyLock<String> = LazyLock::new(|| {
    let budget = columns("b", sign_in_budgets::Column::iter());
    format!("SELECT {budget} FROM sign_in_budgets b WHERE b.subject IN ($1, $2, $3)")
});
static USER: LazyLock<String> = LazyLock::new(|| user_by("id"));
static USER_BY_EMAIL: LazyLock<String> = LazyLock::new(|| user_by("email_canonical"));

fn user_by(column: &str) -> String {
    format!("SELECT {} FROM users u WHERE u.{column} = $1", columns("u", users::Column::iter()))
}

#[async_trait]
impl IdentityQueries for SqlQueries {
    async fn session(&self, id: SessionId) -> Result<Option<SessionSnapshot>, StoreError> {
        self.pool.row(&SESSION, &[Arg::Id(id.0)]).await
    }

    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        self.pool.row(&USER_BY_EMAIL, &[Arg::Text(email.canonical())]).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.pool.row(&USER, &[Arg::Id(id.0)]).await
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
        let rows = self.pool.rows(&CONNECTION_AUDIT, &args).await?;
        Ok(Page::cut(rows, limit, |last: &AuditEntry| last.id))
    }
}
