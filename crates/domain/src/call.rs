//! The circumstances of one use case: who calls, from where, and at what time.

use std::net::IpAddr;

use chrono::TimeDelta;

use crate::{
    access::{Access, AccessDenied, Freshness, Needs},
    delivery::idempotency::{Fingerprint, IdempotencyKey},
    id::{SessionId, UserId},
    identity::{AccountFlags, Assurance, Quota, Scopes, SessionSnapshot, Transport, User},
    time::Timestamp,
};

/// A signed-in user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whose things the call is about.
    pub user: UserId,
    /// The session the credential belongs to.
    pub session: SessionId,
    /// How the credential travels.
    pub transport: Transport,
    /// May do what concerns everybody.
    pub administrator: bool,
    /// What the account is kept from.
    pub flags: AccountFlags,
    /// What an API key is kept to; `None`: not an API key.
    pub scopes: Option<Scopes>,
    /// When the caller last proved who it is.
    pub authenticated_at: Timestamp,
    /// How surely the person was known.
    pub assurance: Assurance,
    /// What the account can prove: less than that is no fresh proof.
    pub expected: Assurance,
}

impl Principal {
    /// How long a proof of identity is fresh.
    pub const FRESH: TimeDelta = TimeDelta::minutes(5);

    /// A user without restrictions who has just signed in.
    pub fn new(user: UserId, session: SessionId, now: Timestamp) -> Self {
        Self {
            user,
            session,
            transport: Transport::Token,
            administrator: false,
            flags: AccountFlags::default(),
            scopes: None,
            authenticated_at: now,
            assurance: Assurance::OneFactor,
            expected: Assurance::OneFactor,
        }
    }

    /// Whoever holds the credential of this session.
    pub fn of(snapshot: &SessionSnapshot) -> Self {
        let SessionSnapshot { session, user, .. } = snapshot;
        Self {
            transport: session.transport,
            scopes: session.key.as_ref().map(|key| key.scopes),
            authenticated_at: session.authenticated_at,
            assurance: session.assurance,
            ..Self::of_user(user, session.id, session.authenticated_at)
        }
    }

    /// This user, by a credential that has no session of ours.
    pub fn of_user(user: &User, session: SessionId, authenticated_at: Timestamp) -> Self {
        Self {
            administrator: user.administrator,
            flags: user.flags,
            expected: user.second_factor.assurance(),
            ..Self::new(user.id, session, authenticated_at)
        }
    }

    /// Whether the caller proved lately who it is, with every factor the account has.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.since(self.authenticated_at);
        self.assurance >= self.expected && age >= TimeDelta::zero() && age <= Self::FRESH
    }

    /// Whether the caller looks after any account but the own one.
    pub fn manages(&self) -> bool {
        self.administrator || self.flags.user_limit != Quota::NONE
    }

    /// Whether flags, scopes and the age of the sign-in let this caller pass. Each can only refuse.
    fn meets(&self, needs: Needs, now: Timestamp) -> Result<(), AccessDenied> {
        let Needs { scope, changes, connections, commands, freshness } = needs;
        if let Some(scopes) = self.scopes {
            let scope = scope.ok_or(AccessDenied::NotForApiKeys)?;
            if !scopes.has(scope) {
                return Err(AccessDenied::InsufficientScope(scope));
            }
        }
        let stale = match freshness {
            Freshness::Any => false,
            Freshness::WithPassword => self.expected > Assurance::OneFactor && !self.is_fresh(now),
            Freshness::Recent => !self.is_fresh(now),
        };
        match () {
            () if changes && self.flags.read_only => Err(AccessDenied::ReadOnly),
            () if connections && self.flags.device_read_only => Err(AccessDenied::ConnectionsReadOnly),
            () if commands && self.flags.limit_commands => Err(AccessDenied::CommandNotAllowed),
            () if stale => Err(AccessDenied::StepUpRequired),
            () => Ok(()),
        }
    }
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

/// A request that must take effect once, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The client's key.
    pub key: IdempotencyKey,
    /// What the request said, to notice a key used for something else.
    pub fingerprint: Fingerprint,
}

/// The circumstances of one use case. A plain value: it holds no port and does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Read once at the edge, so that one request never sees two times.
    pub now: Timestamp,
    /// Who calls.
    pub caller: Caller,
    /// The client that asked.
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
        let caller = Caller::User(Principal::new(user, session, now));
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
            (Access::Public, _) | (Access::System, Caller::System) => Ok(()),
            (Access::User(needs), Caller::User(principal)) => principal.meets(needs, self.now),
            (Access::Administrator(needs), Caller::User(principal)) if principal.administrator => {
                principal.meets(needs, self.now)
            }
            (Access::Manager(needs), Caller::User(principal)) if principal.manages() => {
                principal.meets(needs, self.now)
            }
            (_, Caller::Anyone) => Err(AccessDenied::Anonymous),
            _ => Err(AccessDenied::Forbidden),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::Scope;

    fn any_needs() -> impl Strategy<Value = Needs> {
        let freshness =
            prop_oneof![Just(Freshness::Any), Just(Freshness::WithPassword), Just(Freshness::Recent)];
        let scope = proptest::option::of(0..Scope::ALL.len());
        (scope, any::<[bool; 3]>(), freshness).prop_map(
            |(scope, [changes, connections, commands], freshness)| {
                let scope = scope.map(|at| Scope::ALL[at]);
                Needs { scope, changes, connections, commands, freshness }
            },
        )
    }

    fn any_principal(now: Timestamp) -> impl Strategy<Value = Principal> {
        let scopes = proptest::option::of(proptest::collection::vec(0..Scope::ALL.len(), 0..13));
        (any::<[bool; 7]>(), scopes, -1..12i64).prop_map(move |(bits, scopes, minutes)| {
            let [administrator, read_only, device_read_only, limit_commands, fixed_email, two, both] = bits;
            let assurance = |two| if two { Assurance::TwoFactors } else { Assurance::OneFactor };
            let flags = AccountFlags {
                read_only,
                device_read_only,
                limit_commands,
                fixed_email,
                ..AccountFlags::default()
            };
            Principal {
                administrator,
                flags,
                scopes: scopes.map(|scopes| scopes.into_iter().map(|at| Scope::ALL[at]).collect()),
                authenticated_at: now.plus(TimeDelta::minutes(-minutes)),
                assurance: assurance(both),
                expected: assurance(two),
                ..Principal::new(UserId(uuid::Uuid::nil()), SessionId(uuid::Uuid::nil()), now)
            }
        })
    }

    proptest! {
        /// Role, flags, scopes and freshness together never let more pass than each alone.
        #[test]
        fn restrictions_only_take_away(
            needs in any_needs(),
            principal in any_principal(Timestamp::from_micros(1_700_000_000_000_000).unwrap()),
            rule in 0..3u8,
        ) {
            let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
            let access = [Access::Administrator(needs), Access::Manager(needs), Access::User(needs)][usize::from(rule)];
            let passes = |principal: &Principal| {
                let caller = Caller::User(principal.clone());
                Call { caller, ..Call::anonymous(now) }.permits(access).is_ok()
            };
            let free = Principal { administrator: true, ..Principal::new(principal.user, principal.session, now) };
            let alone = [
                Principal { administrator: principal.administrator, ..free.clone() },
                Principal { flags: principal.flags, ..free.clone() },
                Principal { scopes: principal.scopes, ..free.clone() },
                Principal {
                    authenticated_at: principal.authenticated_at,
                    assurance: principal.assurance,
                    expected: principal.expected,
                    ..free.clone()
                },
            ];
            prop_assert_eq!(passes(&principal), alone.iter().all(passes));
        }
    }

    #[test]
    fn a_proof_is_fresh_for_five_minutes_and_needs_every_factor() {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let (user, session) = (UserId(uuid::Uuid::nil()), SessionId(uuid::Uuid::nil()));
        let since = |seconds: i64| Principal::new(user, session, now.plus(TimeDelta::seconds(-seconds)));
        assert!(since(0).is_fresh(now) && since(300).is_fresh(now));
        assert!(!since(301).is_fresh(now) && !since(-1).is_fresh(now));
        let half = Principal { expected: Assurance::TwoFactors, ..since(0) };
        assert!(!half.is_fresh(now));
        assert!(Principal { assurance: Assurance::TwoFactors, ..half }.is_fresh(now));
    }
}
