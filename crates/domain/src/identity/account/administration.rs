//! Looking after other people's accounts: whose one may look after, how they are found, and the one rule about
//! administrators: there is always one.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{
    call::Principal,
    id::UserId,
    identity::{AccountFlags, Quota, SecondFactorKind, User},
    store::StoreError,
    time::Timestamp,
};

/// How long somebody for whom an account was made has time to choose its password.
pub const INVITATION: TimeDelta = TimeDelta::hours(72);

/// Whose accounts somebody looks after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's.
    Everybody,
    /// Those of this manager's sub-users.
    SubUsersOf(UserId),
}

impl Reach {
    /// The reach of a caller whom [`Access::Manager`](crate::access::Access::Manager) let pass.
    pub fn of(principal: &Principal) -> Self {
        if principal.administrator { Self::Everybody } else { Self::SubUsersOf(principal.user) }
    }

    /// Whether it goes as far as this account.
    pub fn covers(self, user: &User) -> bool {
        match self {
            Self::Everybody => true,
            Self::SubUsersOf(manager) => user.managed_by == Some(manager),
        }
    }
}

/// Flags that shall be different; `None` leaves one as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FlagChange {
    /// See [`AccountFlags`], also for the others.
    pub read_only: Option<bool>,
    /// Connections stay as they are.
    pub device_read_only: Option<bool>,
    /// No commands.
    pub limit_commands: Option<bool>,
    /// The address stays.
    pub fixed_email: Option<bool>,
    /// How many connections.
    pub device_limit: Option<Quota>,
    /// How many sub-users.
    pub user_limit: Option<Quota>,
}

impl FlagChange {
    /// These flags with the changes.
    pub fn applied_to(&self, flags: AccountFlags) -> AccountFlags {
        AccountFlags {
            read_only: self.read_only.unwrap_or(flags.read_only),
            device_read_only: self.device_read_only.unwrap_or(flags.device_read_only),
            limit_commands: self.limit_commands.unwrap_or(flags.limit_commands),
            fixed_email: self.fixed_email.unwrap_or(flags.fixed_email),
            device_limit: self.device_limit.unwrap_or(flags.device_limit),
            user_limit: self.user_limit.unwrap_or(flags.user_limit),
        }
    }
}

/// How far an installation can count on somebody as its administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Not at all: no administrator, disabled, expired, given up, or one that may only look.
    None,
    /// Until the account's time is over.
    Passing,
    /// For good.
    Lasting,
}

impl User {
    /// How far an installation can count on this account for its administration.
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.expires_at {
            _ if !self.administrator || !self.is_usable(now) || self.deletion_due_at.is_some() => {
                Standing::None
            }
            // Nothing of administration but looking is left to it, not even to take the flag away again.
            _ if self.flags.read_only => Standing::None,
            Some(_) => Standing::Passing,
            None => Standing::Lasting,
        }
    }

    /// Whether a change that lowers `before` to `after` would leave the installation with less than it can count on
    /// now; `others` is the best standing of everybody else.
    pub fn is_missed(before: Standing, after: Standing, others: Standing) -> bool {
        after < before && others < before
    }

    /// Switches the account on or off. Who is switched on again keeps an account that was given up.
    pub fn switch(&mut self, on: bool) {
        self.is_active = on;
        if on {
            self.deletion_due_at = None;
            self.off_by_administrator = false;
        }
    }

    /// Takes the second factor away.
    pub fn lose_second_factor(&mut self, now: Timestamp) {
        self.second_factor = SecondFactorKind::None;
        self.updated_at = now;
    }
}

/// Where a list of users begins and what it is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum UserSearch {
    /// Everybody, oldest account first.
    #[default]
    Everybody,
    /// Addresses that begin with this, in lower case; by address.
    Email(String),
    /// Names that begin with this, whatever the case of its letters a to z; by name.
    Name(String),
}

/// Which users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// By their address or name.
    pub search: UserSearch,
    /// Switched off, or not.
    pub disabled: Option<bool>,
    /// Administrators, or not.
    pub administrator: Option<bool>,
    /// Sub-users of this manager.
    pub managed_by: Option<UserId>,
}

/// A place in a list of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserKey {
    /// What the list is ordered by: the address or the name in lower case; empty where it is the id alone.
    pub text: String,
    /// The user.
    pub id: UserId,
}

impl UserSearch {
    /// Where `user` stands in the list of this search.
    pub fn key(&self, user: &User) -> UserKey {
        let text = match self {
            Self::Everybody => String::new(),
            Self::Email(_) => user.email.canonical().to_owned(),
            Self::Name(_) => user.name.as_str().to_ascii_lowercase(),
        };
        UserKey { text, id: user.id }
    }
}

/// The reset of a second factor that somebody lost. Until it is due, whoever still has the factor can stop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorReset {
    /// The user it is about.
    pub user: UserId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it takes effect.
    pub due_at: Timestamp,
}

impl SecondFactorReset {
    /// How long the owner has time to object.
    pub const DELAY: TimeDelta = TimeDelta::hours(24);
}

/// Resets of second factors, inside a unit of work. Lock the user first.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SecondFactorResetRepository: Send {
    /// Adds one, unless one is under way for the user: that one, in that case.
    async fn insert_if_absent(&mut self, reset: &SecondFactorReset) -> Result<SecondFactorReset, StoreError>;
    /// Takes a due reset away, in one guarded statement: true for exactly one caller.
    async fn take(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError>;
    /// Takes a reset away whether due or not; whether there was one.
    async fn cancel(&mut self, user: UserId) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SessionId;

    fn user(now: Timestamp) -> User {
        let id = UserId(uuid::Uuid::from_u128(1));
        User::without_password(id, "ada@example.com".parse().unwrap(), "Ada".parse().unwrap(), now)
    }

    #[test]
    fn only_a_usable_account_without_an_end_is_counted_on_for_good() {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let (later, earlier) = (now.plus(TimeDelta::days(1)), now.plus(TimeDelta::days(-1)));
        let root = User { administrator: true, ..user(now) };
        let looking = AccountFlags { read_only: true, ..root.flags };
        for (who, expected) in [
            (root.clone(), Standing::Lasting),
            (user(now), Standing::None),
            (User { is_active: false, ..root.clone() }, Standing::None),
            (User { expires_at: Some(later), ..root.clone() }, Standing::Passing),
            (User { expires_at: Some(earlier), ..root.clone() }, Standing::None),
            (User { deletion_due_at: Some(later), ..root.clone() }, Standing::None),
            (User { flags: looking, ..root.clone() }, Standing::None),
        ] {
            assert_eq!(who.standing(now), expected, "{who:?}");
        }
    }

    #[test]
    fn who_counts_for_less_is_missed_unless_somebody_else_counts_for_as_much() {
        use Standing::{Lasting, None, Passing};
        for (before, after, others, missed) in [
            (Lasting, None, None, true),
            (Lasting, Passing, None, true),
            (Lasting, None, Passing, true),
            (Lasting, None, Lasting, false),
            (Passing, None, None, true),
            (Passing, None, Passing, false),
            (Passing, Lasting, None, false),
            (None, None, None, false),
            (Lasting, Lasting, None, false),
        ] {
            assert_eq!(User::is_missed(before, after, others), missed, "{before:?} {after:?} {others:?}");
        }
    }

    #[test]
    fn managers_reach_their_own_sub_users_only() {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let session = SessionId(uuid::Uuid::nil());
        let manager = Principal::new(UserId(uuid::Uuid::from_u128(7)), session, now);
        let mine = User { managed_by: Some(manager.user), ..user(now) };
        let foreign = User { managed_by: Some(UserId(uuid::Uuid::from_u128(8))), ..user(now) };
        let reach = Reach::of(&manager);
        assert!(reach.covers(&mine) && !reach.covers(&foreign) && !reach.covers(&user(now)));
        let everybody = Reach::of(&Principal { administrator: true, ..manager });
        assert!(everybody.covers(&mine) && everybody.covers(&foreign) && everybody.covers(&user(now)));
    }
}
