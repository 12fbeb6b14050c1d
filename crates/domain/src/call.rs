//! The circumstances of one use case: who calls, from where, and at what time.

use std::{any::Any, fmt, net::IpAddr, sync::Arc};

use crate::{
    access::{Access, AccessDenied},
    delivery::idempotency::{Fingerprint, IdempotencyKey, StoredAnswer},
    id::{SessionId, UserId},
    time::Timestamp,
};

/// A signed-in user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whose things the call is about.
    pub user: UserId,
    /// The session the credential belongs to.
    pub session: SessionId,
    /// May do what concerns everybody.
    pub administrator: bool,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody known.
    Anyone,
    /// A signed-in user.
    User(Principal),
    /// The program itself.
    System,
}

/// Where the call comes from; information for sessions and the audit trail, never proof of anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientInfo {
    /// Network address of the client.
    pub address: Option<IpAddr>,
    /// Its `User-Agent`, cut to 512 characters.
    pub user_agent: Option<String>,
}

/// Turns a use case's outcome into the answer that a repeated request will get again.
pub type Present = Arc<dyn Fn(&dyn Any) -> StoredAnswer + Send + Sync>;

/// A request that must take effect once, however often it is sent.
#[derive(Clone)]
pub struct Once {
    /// The client's key.
    pub key: IdempotencyKey,
    /// What the request said, to notice a key used for something else.
    pub fingerprint: Fingerprint,
    /// Renders the outcome, so that the answer is stored in the unit of work that causes it.
    pub present: Present,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The circumstances of one use case. A plain value: it holds no port.
#[derive(Debug, Clone)]
pub struct Call {
    /// Read once at the edge, so that one request never sees two times.
    pub now: Timestamp,
    /// Who calls.
    pub caller: Caller,
    /// From where.
    pub client: ClientInfo,
    /// Set when the client sent an idempotency key.
    pub once: Option<Once>,
}

impl Call {
    /// A call by the program itself.
    pub fn system(now: Timestamp) -> Self {
        Self { now, caller: Caller::System, client: ClientInfo::default(), once: None }
    }

    /// A call by a signed-in user from nowhere in particular.
    pub fn user(user: UserId, session: SessionId, now: Timestamp) -> Self {
        let caller = Caller::User(Principal { user, session, administrator: false });
        Self { now, caller, client: ClientInfo::default(), once: None }
    }

    /// A call by nobody known.
    pub fn anonymous(now: Timestamp) -> Self {
        Self { now, caller: Caller::Anyone, client: ClientInfo::default(), once: None }
    }

    /// The signed-in user, or the refusal.
    pub fn principal(&self) -> Result<&Principal, AccessDenied> {
        match &self.caller {
            Caller::User(principal) => Ok(principal),
            Caller::Anyone => Err(AccessDenied::Anonymous),
            Caller::System => Err(AccessDenied::Forbidden),
        }
    }

    /// Whether `access` lets this caller pass.
    pub fn permits(&self, access: Access) -> Result<(), AccessDenied> {
        match (access, &self.caller) {
            (Access::Public, _) | (Access::User(_), Caller::User(_)) | (Access::System, Caller::System) => {
                Ok(())
            }
            (Access::Administrator, Caller::User(principal)) if principal.administrator => Ok(()),
            (_, Caller::Anyone) => Err(AccessDenied::Anonymous),
            _ => Err(AccessDenied::Forbidden),
        }
    }
}
