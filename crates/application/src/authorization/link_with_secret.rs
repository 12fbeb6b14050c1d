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

/// Most unknown fields that are told of, and the most characters of a name that are repeated.
const MOST_NAMES: usize = 20;
const LONGEST_NAME: usize = 64;

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
        let mut wrong = Vec::new();
        for field in link.fields() {
            match given.remove(field.name).filter(|value| !value.expose().trim().is_empty()) {
                Some(value) => values.push(SecretText::new(value.expose().trim())),
                None => wrong.push(FieldError::new(
                    field.name,
                    "missing",
                    format!("{} is required.", field.label),
                )),
            }
        }
        let names: Vec<_> = link.fields().iter().map(|field| field.name).collect();
        for name in given.into_keys().take(MOST_NAMES) {
            let name: String = name.chars().take(LONGEST_NAME).collect();
            let message = format!("There is no such field. There is: {}.", names.join(", "));
            wrong.push(FieldError::new(name, "unknown", message));
        }
        if !wrong.is_empty() {
            return Err(AuthorizationError::WrongSecrets(wrong));
        }
        match link.claim(&values, call.now).await {
            Ok(credentials) => self.link(call, owner, connection.id, &credentials, None).await,
            Err(error) => {
                let said = link.explain(&error).map_or_else(|| error.to_string(), str::to_owned);
                self.note_failure(call, &connection, &said).await?;
                Err(AuthorizationError::Claim { said, error })
            }
        }
    }
}
