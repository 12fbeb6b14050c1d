//! Links an instance by a secret the user pastes: a setup token, API keys.

use std::collections::BTreeMap;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::Linking,
    fault::FieldError,
    id::ConnectionId,
    secret::SecretText,
};

use super::{Authorization, AuthorizationError, Linked};
use crate::request::{authorize, request};

/// What the user pasted.
#[derive(Debug)]
pub struct LinkWithSecret {
    /// For which instance.
    pub connection: ConnectionId,
    /// By the names of the provider's fields.
    pub secrets: BTreeMap<String, SecretText>,
}

request!(LinkWithSecret, "authorization.link_with_secret", Access::User(Needs::connection()));

impl Authorization {
    /// Proves the secret at the institution and stores what comes of it.
    #[tracing::instrument(name = "authorization.link_with_secret", skip_all)]
    pub async fn link_with_secret(
        &self,
        call: &Call,
        request: LinkWithSecret,
    ) -> Result<Linked, AuthorizationError> {
        let owner = authorize::<LinkWithSecret>(call)?.user;
        let found = self.queries.connection(owner, request.connection).await?;
        let connection = found.ok_or(AuthorizationError::NotFound)?.connection;
        let Linking::Secret(link) = self.provider(&connection.provider)?.linking() else {
            return Err(AuthorizationError::WrongLink);
        };

        let mut given = request.secrets;
        let mut values = Vec::new();
        let mut missing = Vec::new();
        for field in link.fields() {
            match given.remove(field.name).filter(|value| !value.expose().trim().is_empty()) {
                Some(value) => values.push(SecretText::new(value.expose().trim())),
                None => missing.push(FieldError::new(
                    field.name,
                    "missing",
                    format!("{} is required.", field.label),
                )),
            }
        }
        if !missing.is_empty() {
            return Err(AuthorizationError::MissingSecrets(missing));
        }
        match link.claim(&values, call.now).await {
            Ok(credentials) => self.link(call, owner, connection.id, &credentials).await,
            Err(error) => {
                let said = link.explain(&error).map_or_else(|| error.to_string(), str::to_owned);
                self.note_failure(call, &connection, &said).await?;
                Err(AuthorizationError::Claim { said, error })
            }
        }
    }
}
