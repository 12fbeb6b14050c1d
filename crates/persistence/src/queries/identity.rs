//! [`IdentityQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    id::{SessionId, UserId},
    identity::{EmailAddress, IdentityQueries, SessionSnapshot, User},
    store::StoreError,
};
use sea_orm::Iterable;

use super::SqlQueries;
use crate::{
    pool::Arg,
    rows::{columns, sessions, users},
};

/// A session with its user.
pub(crate) static SESSION: LazyLock<String> = LazyLock::new(|| {
    let user = columns("u", users::Column::iter());
    let session = columns("s", sessions::Column::iter());
    format!("SELECT {user}, {session} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1")
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
}
