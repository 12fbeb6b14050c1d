//! Linking a connection at its institution.

mod complete;
mod disconnect;
pub(crate) mod expiry;
mod hosted;
pub(crate) mod keeper;
mod link_with_secret;
mod poll;
mod refresh;
mod refresh_due;
mod start;
mod status;
mod token_info;
pub(crate) mod unreadable;
pub(crate) mod vault;

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{
        Catalogue, ConnectionQueries, Credentials, HostedLink, Linking, OAuthLink, Provider, ProviderError,
        ProviderKey,
    },
    fault::FieldError,
    id::{ConnectionId, UserId},
    identity::{FieldCipher, IdentityQueries},
    ledger::LedgerQueries,
    secret::SealError,
    sources::Sources,
    store::Store,
};

use crate::errors::{CommonError, faults};

pub use complete::{CompleteAuthorization, Linked};
pub use disconnect::Disconnect;
pub use expiry::TellExpiry;
pub use keeper::Refreshed;
pub use link_with_secret::LinkWithSecret;
pub use poll::{PollAuthorization, Polled};
pub use refresh::RefreshCredentials;
pub use refresh_due::RefreshDue;
pub use start::{StartAuthorization, Started};
pub use status::{AuthorizationStatus, GetAuthorizationStatus};
pub use token_info::{GetTokenInfo, TokenInfo};
pub use unreadable::Unreadable;
pub use vault::seal as seal_credentials;

/// Links connections at their institutions.
pub struct Authorization {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn ConnectionQueries>,
    pub(crate) identity: Arc<dyn IdentityQueries>,
    pub(crate) ledger: Arc<dyn LedgerQueries>,
    pub(crate) sources: Sources,
    pub(crate) catalogue: Catalogue,
    pub(crate) cipher: Arc<dyn FieldCipher>,
    /// How long an authorization may take.
    pub(crate) lifetime: TimeDelta,
    pub(crate) keeper: Arc<keeper::Keeper>,
}

impl Authorization {
    /// The institution with this key, if this installation is set up for it.
    fn provider(&self, key: &ProviderKey) -> Result<&dyn Provider, AuthorizationError> {
        let provider = self.catalogue.get(key).ok_or(AuthorizationError::ProviderUnavailable)?;
        match provider.descriptor().missing_configuration {
            None => Ok(&**provider),
            Some(_) => Err(AuthorizationError::ProviderUnavailable),
        }
    }

    /// How accounts are linked there by redirect and consent.
    fn oauth_link(&self, key: &ProviderKey) -> Result<&dyn OAuthLink, AuthorizationError> {
        match self.provider(key)?.linking() {
            Linking::OAuth(link) => Ok(link),
            _ => Err(AuthorizationError::WrongLink),
        }
    }

    /// How accounts are linked there at pages of its own.
    fn hosted_link(&self, key: &ProviderKey) -> Result<&dyn HostedLink, AuthorizationError> {
        match self.provider(key)?.linking() {
            Linking::Hosted(link) => Ok(link),
            _ => Err(AuthorizationError::WrongLink),
        }
    }

    /// The credentials that a connection has. Those that no key opens any more are as good as none.
    async fn current(
        &self,
        owner: UserId,
        connection: ConnectionId,
    ) -> Result<Option<Credentials>, AuthorizationError> {
        let sealed = self.queries.credentials(owner, connection).await?;
        match sealed.map(|sealed| vault::open(&*self.cipher, &sealed)).transpose() {
            Err(SealError::Open) => Ok(None),
            other => Ok(other?),
        }
    }
}

/// Why linking did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// No such instance, or somebody else's.
    #[error("There is no such provider instance.")]
    NotFound,
    /// Its provider is no longer in the catalogue or not set up.
    #[error("This provider is not available in this installation.")]
    ProviderUnavailable,
    /// The `state` is missing, unknown, used, or too old.
    #[error(
        "The authorization state is missing, unknown, already used or expired. Start the authorization again."
    )]
    InvalidState,
    /// The user, or the institution, said no.
    #[error("The authorization failed at the institution: it was not granted.")]
    NotGranted,
    /// The callback has no code.
    #[error("No authorization code received.")]
    MissingCode,
    /// The institution did not open its pages, or there is no address to send the browser to.
    #[error("The institution did not begin the authorization. {0}")]
    Begin(#[source] ProviderError),
    /// The institution did not say what came of what was begun.
    #[error("The institution did not say what came of the authorization. {0}")]
    Outcome(#[source] ProviderError),
    /// The user has not come to an end at the institution.
    #[error("The authorization is not finished at the institution yet.")]
    NotFinished,
    /// Another instance of the user's is linked to these accounts.
    #[error(
        "These accounts are linked by \u{201c}{0}\u{201d} already, and nothing was linked a second time. If that instance does \
         not work any more, link it again."
    )]
    LinkedAlready(String),
    /// Nothing was begun that could be asked about, or it has ended.
    #[error(
        "No authorization of this provider instance is under way. Start it again, unless it is connected."
    )]
    NotUnderWay,
    /// The code could not be exchanged.
    #[error("The authorization code could not be exchanged. {0}")]
    Exchange(#[source] ProviderError),
    /// What was pasted did not lead to credentials.
    #[error("{said}")]
    Claim {
        /// What happened and what to do, for the user.
        said: String,
        /// What the institution did.
        #[source]
        error: ProviderError,
    },
    /// The provider is linked in another way.
    #[error("This provider is not linked this way.")]
    WrongLink,
    /// A field of the secret is missing or blank, or there is one that the provider does not have.
    #[error("The provider needs other fields than were given.")]
    WrongSecrets(Vec<FieldError>),
    /// The provider is not linked, so there is nothing to refresh.
    #[error("The provider is not connected.")]
    NotConnected,
    /// The instance is switched off.
    #[error("The provider instance is switched off. Switch it on first.")]
    SwitchedOff,
    /// The institution did not refresh the credentials.
    #[error("The credentials could not be refreshed. {0}")]
    Refresh(#[source] ProviderError),
    /// No key opens what is stored of the authorization; the connection remembers that already.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

impl From<keeper::KeepError> for AuthorizationError {
    fn from(error: keeper::KeepError) -> Self {
        match error {
            keeper::KeepError::Provider(error) => Self::Refresh(error),
            keeper::KeepError::Unreadable(error) => Self::Unreadable(error),
            keeper::KeepError::Common(error) => Self::Common(error),
        }
    }
}

faults! {
    AuthorizationError {
        Self::NotFound => NotFound: "not-found",
        Self::ProviderUnavailable => Conflict: "provider-not-available",
        Self::InvalidState => Malformed: "invalid-authorization-state",
        Self::NotGranted => Malformed: "authorization-not-granted",
        Self::MissingCode => Malformed: "missing-authorization-code",
        Self::Exchange(ProviderError::NeedsReauthorization | ProviderError::Rejected { .. }) => Malformed: "authorization-exchange-failed",
        Self::Exchange(_) => BadGateway: "authorization-exchange-failed",
        Self::Begin(_) => BadGateway: "authorization-not-begun",
        Self::Outcome(_) => BadGateway: "authorization-outcome-unknown",
        Self::NotFinished => Conflict: "authorization-not-finished",
        Self::LinkedAlready(_) => Conflict: "accounts-linked-already",
        Self::NotUnderWay => Conflict: "no-authorization-under-way",
        Self::Claim { error: ProviderError::NeedsReauthorization | ProviderError::Rejected { .. }, .. } => Malformed: "link-failed",
        Self::Claim { .. } => BadGateway: "link-failed",
        Self::WrongLink => Conflict: "wrong-way-of-linking",
        Self::WrongSecrets(_) => Invalid: "invalid-request",
        Self::NotConnected => Conflict: "provider-not-connected",
        Self::SwitchedOff => Conflict: "provider-inactive",
        Self::Refresh(ProviderError::NeedsReauthorization) | Self::Unreadable(_) => Conflict: "reauthorization-needed",
        Self::Refresh(_) => BadGateway: "refresh-failed",
    }
    fields: |error| match error {
        Self::WrongSecrets(fields) => fields.clone(),
        _ => Vec::new(),
    };
}
