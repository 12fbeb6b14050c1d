//! The reading side of the identity area.

use super::{ApiKeyQueries, AuditQueries, SessionQueries, SignInQueries, UserQueries};

/// Everything about identity that can be read without a unit of work.
pub trait IdentityQueries:
    UserQueries + SessionQueries + ApiKeyQueries + SignInQueries + AuditQueries
{
}

impl<T> IdentityQueries for T where
    T: UserQueries + SessionQueries + ApiKeyQueries + SignInQueries + AuditQueries + ?Sized
{
}
