//! Finds accounts.

use std::collections::HashMap;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::UserId,
    identity::{EmailAddress, Reach, Scope, User, UserFilter, UserKey},
    page::{Limit, Page},
};

use super::{Administration, AdministrationError, Locks};
use crate::request::{authorize, request};

/// Which page of which users.
#[derive(Debug, Default)]
pub struct ListUsers {
    /// Which users.
    pub filter: UserFilter,
    /// After this place.
    pub after: Option<UserKey>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListUsers, "administration.list_users", Access::Manager(Needs::read(Scope::AdminRead)));

/// Which user.
#[derive(Debug)]
pub struct GetUser {
    /// The user it is about.
    pub user: UserId,
}

request!(GetUser, "administration.get_user", Access::Manager(Needs::read(Scope::AdminRead)));

/// What some users are called.
#[derive(Debug)]
pub struct NameUsers {
    /// Their ids.
    pub users: Vec<UserId>,
}

request!(NameUsers, "administration.name_users", Access::Manager(Needs::read(Scope::AdminRead)));

/// Every administrator, for the command line.
#[derive(Debug)]
pub struct ListAdministrators;

request!(ListAdministrators, "administration.list_administrators", Access::System);

/// An account as those see it who look after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedUser {
    /// The account.
    pub user: User,
    /// How many sessions it has, API keys apart.
    pub sessions: u64,
    /// What keeps people from signing in for a while.
    pub locks: Locks,
}

impl Administration {
    /// Users, of a manager the own sub-users only.
    pub async fn list_users(
        &self,
        call: &Call,
        request: ListUsers,
    ) -> Result<Page<User, UserKey>, AdministrationError> {
        let ListUsers { mut filter, after, limit } = request;
        if let Reach::SubUsersOf(manager) = Reach::of(authorize::<ListUsers>(call)?) {
            if filter.managed_by.is_some_and(|asked| asked != manager) {
                return Ok(Page { items: Vec::new(), next: None });
            }
            filter.managed_by = Some(manager);
        }
        Ok(self.queries.users(&filter, after, limit).await?)
    }

    /// One account.
    pub async fn get_user(&self, call: &Call, request: GetUser) -> Result<ManagedUser, AdministrationError> {
        let reach = Reach::of(authorize::<GetUser>(call)?);
        let user = self.queries.user(request.user).await?.filter(|user| reach.covers(user));
        let user = user.ok_or(AdministrationError::NotFound)?;
        self.managed(call, user).await
    }

    /// The addresses of those of these users whom the caller looks after. The others are left out, as if they were not there.
    pub async fn name_users(
        &self,
        call: &Call,
        request: NameUsers,
    ) -> Result<HashMap<UserId, EmailAddress>, AdministrationError> {
        let reach = Reach::of(authorize::<NameUsers>(call)?);
        let found = self.queries.users_of(&request.users).await?;
        Ok(found.into_iter().filter(|user| reach.covers(user)).map(|user| (user.id, user.email)).collect())
    }

    /// An account with what is asked for beside it.
    pub(super) async fn managed(&self, call: &Call, user: User) -> Result<ManagedUser, AdministrationError> {
        let sessions = self.queries.count_sessions(user.id, call.now).await?;
        let locks = self.locks(call, &user).await?;
        Ok(ManagedUser { user, sessions, locks })
    }

    /// All administrators.
    pub async fn list_administrators(
        &self,
        call: &Call,
        _request: ListAdministrators,
    ) -> Result<Vec<User>, AdministrationError> {
        call.permits(Access::System)?;
        let filter = UserFilter { administrator: Some(true), ..UserFilter::default() };
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.queries.users(&filter, after, Limit::default()).await?;
            all.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }
}
