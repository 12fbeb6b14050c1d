//! How many wrong passwords are looked at: a budget for every address, known or not, and one for each client that
//! signed in before, so that strangers cannot lock an owner out.

use std::net::IpAddr;

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{
    call::ClientInfo,
    id::{SessionId, UserId},
    identity::EmailAddress,
    secret::{OpaqueSecret, SecretHash},
    store::StoreError,
    time::Timestamp,
};

/// A budget of wrong passwords as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInBudget {
    /// What it is found by: the hash of an address, or of a known client together with the address.
    pub subject: SecretHash,
    /// Set for a known client: whose.
    pub owner: Option<UserId>,
    /// Wrong passwords one after the other.
    pub failures: i32,
    /// The last wrong password, or the last sign-in of a known client.
    pub last_at: Timestamp,
    /// Set when the budget was spent: until when.
    pub locked_until: Option<Timestamp>,
}

impl SignInBudget {
    /// So many wrong passwords one after the other spend a budget.
    pub const FAILURES: i32 = 10;
    /// For how long a spent budget stays so.
    pub const LOCK: TimeDelta = TimeDelta::hours(1);
    /// Wrong passwords are forgotten when there was none for so long.
    pub const MEMORY: TimeDelta = TimeDelta::hours(24);
    /// For how long a client is known after its last sign-in.
    pub const KNOWN_FOR: TimeDelta = TimeDelta::days(90);
    /// How many clients of one account are known at once; the ones used last count.
    pub const MOST_CLIENTS: u32 = 50;

    /// The budget of a session whose holder is asked for the password again.
    pub fn of_session(session: SessionId) -> SecretHash {
        subject(&["session", &session.to_string()])
    }

    /// The budget of everybody who is not known.
    pub fn of_address(email: &EmailAddress) -> SecretHash {
        subject(&["address", email.canonical()])
    }

    /// The budget of the client that was given this mark.
    pub fn of_mark(email: &EmailAddress, mark: &OpaqueSecret) -> SecretHash {
        subject(&["mark", email.canonical(), mark.expose()])
    }

    /// The budget of a client that is recognised by where it is and what it is, for programs that keep no cookie.
    /// Half of an IPv6 address names the network; hosts change the rest by themselves.
    pub fn of_client(email: &EmailAddress, client: &ClientInfo) -> Option<SecretHash> {
        let network = match client.address?.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}")
            }
        };
        Some(subject(&["client", email.canonical(), &network, client.user_agent.as_deref()?]))
    }

    /// Until when the budget is spent, if it is.
    pub fn spent_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.locked_until.filter(|until| *until > now && *until <= Self::longest_lock(now))
    }

    /// A lock that ends later than this was set by a clock that was ahead, and counts no more.
    pub fn longest_lock(now: Timestamp) -> Timestamp {
        now.plus(Self::LOCK + Timestamp::SKEW)
    }

    /// Whether it is that of a client that is still known.
    pub fn is_known(&self, now: Timestamp) -> bool {
        self.owner.is_some() && now.since(self.last_at) <= Self::KNOWN_FOR
    }
}

/// Hashes the parts with their lengths, so that no two lists of parts are one text.
fn subject(parts: &[&str]) -> SecretHash {
    let text: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    SecretHash::of(&format!("dashtam/sign-in/v1 {text}"))
}

/// Budgets of wrong passwords, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SignInBudgetRepository: Send {
    /// Counts a wrong password in one guarded statement, under the numbers of [`SignInBudget`]: the failures so far
    /// with this one, or `None` when the budget was spent before. Of any number of racing callers
    /// [`SignInBudget::FAILURES`] get a number.
    async fn count_failure(
        &mut self,
        subject: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<i32>, StoreError>;
    /// Takes back the wrong passwords counted so far, unless they spent the budget; whether it is not spent.
    async fn restore(&mut self, subject: &SecretHash, now: Timestamp) -> Result<bool, StoreError>;
    /// Lifts a spent budget.
    async fn lift(&mut self, subject: &SecretHash) -> Result<(), StoreError>;
    /// Makes these the user's newest known clients, with a whole budget each; the oldest beyond
    /// [`SignInBudget::MOST_CLIENTS`] are forgotten.
    async fn remember(
        &mut self,
        owner: UserId,
        clients: &[SecretHash],
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Forgets all known clients of the user.
    async fn forget_clients(&mut self, owner: UserId) -> Result<(), StoreError>;
    /// Removes budgets that mean nothing any more, up to `limit`; how many.
    async fn purge(&mut self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretKind;

    fn client(address: &str, agent: &str) -> ClientInfo {
        ClientInfo { address: Some(address.parse().unwrap()), user_agent: Some(agent.to_owned()) }
    }

    #[test]
    fn a_lock_that_is_longer_than_any_locks_nobody() {
        let now = Timestamp::from_micros(0).unwrap();
        let budget = |minutes| SignInBudget {
            subject: SecretHash::of("x"),
            owner: None,
            failures: 10,
            last_at: now,
            locked_until: Some(now.plus(TimeDelta::minutes(minutes))),
        };
        let spent = [-1, 1, 60, 66, 86_400].map(|minutes| budget(minutes).spent_until(now).is_some());
        assert_eq!(spent, [false, true, true, false, false]);
    }

    #[test]
    fn a_client_is_recognised_by_network_and_software() {
        let ada: EmailAddress = "Ada@Example.com".parse().unwrap();
        let of = |address: &str, agent: &str| SignInBudget::of_client(&ada, &client(address, agent)).unwrap();
        assert_eq!(of("192.0.2.1", "Browser/1"), of("::ffff:192.0.2.1", "Browser/1"));
        assert_eq!(of("2001:db8:1:2::3", "Browser/1"), of("2001:db8:1:2:ffff::4", "Browser/1"));
        for other in [of("192.0.2.2", "Browser/1"), of("192.0.2.1", "Browser/2"), of("2001:db8:1:2::3", "")] {
            assert_ne!(of("192.0.2.1", "Browser/1"), other);
        }
        let bob: EmailAddress = "bob@example.com".parse().unwrap();
        assert_ne!(
            SignInBudget::of_client(&bob, &client("192.0.2.1", "Browser/1")),
            Some(of("192.0.2.1", "Browser/1"))
        );
        assert_eq!(SignInBudget::of_client(&ada, &ClientInfo::default()), None);
    }

    #[test]
    fn subjects_of_different_kinds_never_meet() {
        let ada: EmailAddress = "ada@example.com".parse().unwrap();
        let mark = OpaqueSecret::from_bytes(SecretKind::KnownClient, &[1; 32]);
        assert_eq!(
            SignInBudget::of_address(&ada),
            SignInBudget::of_address(&"ADA@example.com".parse().unwrap())
        );
        assert_ne!(SignInBudget::of_address(&ada), SignInBudget::of_mark(&ada, &mark));
        assert_ne!(subject(&["a", "bc"]), subject(&["ab", "c"]));
    }

    #[test]
    fn a_spent_budget_is_whole_again_after_its_lock() {
        let at = |seconds: i64| Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000).unwrap();
        let budget = SignInBudget {
            subject: SecretHash::of("x"),
            owner: None,
            failures: 10,
            last_at: at(0),
            locked_until: Some(at(3_600)),
        };
        assert_eq!(budget.spent_until(at(3_599)), Some(at(3_600)));
        assert_eq!(budget.spent_until(at(3_600)), None);
        assert!(!budget.is_known(at(0)));
        let known = SignInBudget { owner: Some(UserId(uuid::Uuid::nil())), ..budget };
        assert!(known.is_known(at(90 * 86_400)) && !known.is_known(at(90 * 86_400 + 1)));
    }
}
