//! Users inside a unit of work, and read outside one.

use async_trait::async_trait;

use crate::{
    id::UserId,
    identity::{EmailAddress, LoginName, PasswordHash, Standing, User, UserFilter, UserKey},
    page::{Limit, Page},
    store::{Admitted, Inserted, StoreError},
    time::Timestamp,
};

/// Users, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait UserRepository: Send {
    /// The user with this id, locked for the rest of the unit of work; `None` when there is none.
    async fn find(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The user with this canonical address, locked; `None` when there is none.
    async fn find_by_email(&mut self, email: &EmailAddress) -> Result<Option<User>, StoreError>;
    /// Adds the user unless the address is taken, decided by the database in one statement.
    async fn insert_if_absent(&mut self, user: &User) -> Result<Inserted, StoreError>;
    /// Adds the user if there is none at all. Racing callers go one after the other, and one of them adds.
    async fn insert_first(&mut self, user: &User) -> Result<Inserted, StoreError>;
    /// Writes a changed user and bumps its revision; [`StoreError::Stale`] when somebody else wrote first.
    async fn update(&mut self, user: &mut User) -> Result<(), StoreError>;
    /// Adds a sub-user unless the address is taken, or the manager has as many as the manager's `user_limit` allows.
    /// Racing callers of one manager go one after the other; counting and adding are one guarded statement.
    async fn insert_sub_user(&mut self, user: &User) -> Result<Admitted, StoreError>;
    /// The best standing of all administrators but this one. Until the unit of work ends, everybody else who asks
    /// waits: decisions about administrators are made one after the other. Ask before a user is locked.
    async fn other_administrators(&mut self, but: UserId, now: Timestamp) -> Result<Standing, StoreError>;
    /// Whether this user has sub-users, for a unit of work that has locked the user and so lets nobody add one.
    async fn has_sub_users(&mut self, manager: UserId) -> Result<bool, StoreError>;
    /// As [`update`](Self::update), of a user with another address or login: [`Inserted::Exists`] when somebody else
    /// has it, decided by the database.
    async fn update_email(&mut self, user: &mut User) -> Result<Inserted, StoreError>;
    /// Removes the account with this address if nobody ever proved it; whether there was one.
    async fn remove_unverified(&mut self, email: &EmailAddress) -> Result<bool, StoreError>;
    /// Replaces the hash if it still is `expected`; whether it was.
    async fn replace_password(
        &mut self,
        id: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError>;
    /// Notes a sign-in without touching the revision: two sign-ins at once are no conflict.
    async fn record_sign_in(
        &mut self,
        id: UserId,
        address: Option<std::net::IpAddr>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Raises the user's token version by one, in one guarded statement: of racing callers each gets a version of
    /// its own. The new version; `None` when there is no such user.
    async fn rotate_tokens(&mut self, id: UserId, now: Timestamp) -> Result<Option<i32>, StoreError>;
}

/// Reads users.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait UserQueries: Send + Sync {
    /// The user with this id.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// Those of these users who are there, each once, in no order. A hundred are looked up at once.
    async fn users_of(&self, ids: &[UserId]) -> Result<Vec<User>, StoreError>;
    /// The user with this canonical address.
    async fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError>;
    /// The user who signs in by this name.
    async fn user_by_login(&self, login: &LoginName) -> Result<Option<User>, StoreError>;
    /// Users of this filter, in the order of its search; a page costs what its range of the index costs.
    async fn users(
        &self,
        filter: &UserFilter,
        after: Option<UserKey>,
        limit: Limit,
    ) -> Result<Page<User, UserKey>, StoreError>;
}
