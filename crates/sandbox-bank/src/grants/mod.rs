//! Who may read what: scopes, codes, grants and tokens.

mod book;
mod bounded;
pub(crate) mod grant;
pub(crate) mod secret;
pub(crate) mod store;

use serde::{Deserialize, Serialize};

/// Something that an application may be allowed to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The list of accounts with balances.
    Accounts,
    /// The transactions of accounts.
    Transactions,
    /// The holdings of accounts.
    Holdings,
}

/// All scopes: the name, and what the consent page says.
pub(crate) const SCOPES: [(Scope, &str, &str); 3] = [
    (Scope::Accounts, "accounts", "your accounts and their balances"),
    (Scope::Transactions, "transactions", "your transactions of the last two years"),
    (Scope::Holdings, "holdings", "the securities you hold"),
];

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Scopes(u8);

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.text()
    }
}

impl TryFrom<String> for Scopes {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(Some(&text)).ok_or("not a list of scopes")
    }
}

impl Scopes {
    /// Reads a list separated by spaces; all scopes when there is none.
    pub(crate) fn parse(text: Option<&str>) -> Option<Self> {
        let Some(text) = text else { return Some(Self(0b111)) };
        let mut set = Self(0);
        for name in text.split_ascii_whitespace() {
            let (scope, ..) = SCOPES.iter().find(|(_, known, _)| *known == name)?;
            set.0 |= 1 << *scope as u8;
        }
        (set.0 != 0).then_some(set)
    }

    /// Whether the scope is in the set.
    pub(crate) const fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Whether all of these are in the set.
    pub(crate) const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the scopes, separated by spaces.
    pub(crate) fn text(self) -> String {
        let names: Vec<_> = SCOPES.iter().filter(|(scope, ..)| self.has(*scope)).map(|row| row.1).collect();
        names.join(" ")
    }
}

/// An error of OAuth 2 (RFC 6749).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OauthError {
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("the client is unknown or its secret is wrong")]
    InvalidClient,
    #[error("the code or token is unknown, used, expired or revoked")]
    InvalidGrant,
    #[error("the scope is unknown or exceeds what was granted")]
    InvalidScope,
    #[error("only authorization_code and refresh_token are supported")]
    UnsupportedGrantType,
    #[error("only the response type code is supported")]
    UnsupportedResponseType,
    #[error("the bank cannot answer now")]
    ServerError,
}

impl OauthError {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ServerError => "server_error",
        }
    }
}

impl From<std::io::Error> for OauthError {
    fn from(_: std::io::Error) -> Self {
        Self::ServerError
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_and_written() {
        assert_eq!(Scopes::parse(None).unwrap().text(), "accounts transactions holdings");
        let two = Scopes::parse(Some("holdings accounts")).unwrap();
        assert_eq!(two.text(), "accounts holdings");
        assert!(two.has(Scope::Accounts) && !two.has(Scope::Transactions));
        assert!(Scopes::parse(None).unwrap().covers(two) && !two.covers(Scopes::parse(None).unwrap()));
        assert_eq!(Scopes::parse(Some("payments")), None);
        assert_eq!(Scopes::parse(Some(" ")), None);
    }
}
