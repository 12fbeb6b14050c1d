//! What an API key may do.

use crate::words::words;

words! {
/// One thing an API key may be allowed.
Scope {
    /// The account's own profile.
    ProfileRead = "profile:read",
    /// Connections and their state.
    ConnectionsRead = "connections:read",
    /// Making, linking, changing and removing connections.
    ConnectionsWrite = "connections:write",
    /// Accounts.
    AccountsRead = "accounts:read",
    /// Correcting accounts.
    AccountsWrite = "accounts:write",
    /// Transactions.
    TransactionsRead = "transactions:read",
    /// Changing transactions: correcting them, and saying which are one.
    TransactionsWrite = "transactions:write",
    /// Balances.
    BalancesRead = "balances:read",
    /// Positions.
    HoldingsRead = "holdings:read",
    /// Feeding in statement files.
    ImportsWrite = "imports:write",
    /// Starting synchronisations.
    SyncRun = "sync:run",
    /// Hearing of what happens as it happens.
    EventsRead = "events:read",
    /// Endpoints that are told of events, and what was sent to them.
    WebhooksRead = "webhooks:read",
    /// Trying endpoints out, sending again, and removing them.
    WebhooksWrite = "webhooks:write",
    /// What concerns everybody, for administrators.
    AdminRead = "admin:read",
    /// Changing what concerns everybody, for administrators.
    AdminWrite = "admin:write",
}
}

impl Scope {
    /// Every scope, in the order in which they are shown.
    pub const ALL: [Self; 16] = [
        Self::ProfileRead,
        Self::ConnectionsRead,
        Self::ConnectionsWrite,
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::TransactionsRead,
        Self::TransactionsWrite,
        Self::BalancesRead,
        Self::HoldingsRead,
        Self::ImportsWrite,
        Self::SyncRun,
        Self::EventsRead,
        Self::WebhooksRead,
        Self::WebhooksWrite,
        Self::AdminRead,
        Self::AdminWrite,
    ];

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u32);

impl Scopes {
    /// Whether this scope is among them.
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Those scopes that are in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// Stored form: the words, with blanks between them.
    pub fn to_text(self) -> String {
        self.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Reads the stored form; `None` for a word that is no scope. Words that were scopes while they opened nothing are
    /// left out: keys that were made with them go on with the rest.
    pub fn parse(text: &str) -> Option<Self> {
        const OPENED_NOTHING: &str = "exports:read";
        text.split_whitespace().filter(|word| *word != OPENED_NOTHING).map(Scope::parse).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | scope.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_comes_back_as_it_was_stored() {
        let all: Scopes = Scope::ALL.into_iter().collect();
        assert_eq!(all.iter().count(), 16);
        let some: Scopes = [Scope::SyncRun, Scope::AccountsRead].into_iter().collect();
        for set in [all, some, Scopes::default()] {
            assert_eq!(Scopes::parse(&set.to_text()), Some(set));
        }
        assert_eq!(some.to_text(), "accounts:read sync:run");
        assert!(some.has(Scope::SyncRun) && !some.has(Scope::AdminRead));
        assert_eq!(Scopes::parse("accounts:read root"), None);
        assert_eq!(Scopes::parse("exports:read accounts:read sync:run"), Some(some));
        assert_eq!(Scope::parse("exports:read"), None, "nobody gets it any more");
    }
}
