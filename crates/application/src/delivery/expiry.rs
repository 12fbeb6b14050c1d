//! Mails about the end of a connection's grant.

use dashtam_domain::{connections::ConnectionState, delivery::mail::MailContent, event::DomainEvent};

use super::Delivery;
use crate::errors::CommonError;

impl Delivery {
    /// What the owner is told; `None` when it is no longer so, because the connection was removed, given up, or
    /// authorized anew since.
    pub(super) async fn about_expiry(&self, event: &DomainEvent) -> Result<Option<MailContent>, CommonError> {
        let (user, connection, end) = match event {
            DomainEvent::ConnectionExpiring { user, connection, at } => (*user, *connection, Some(*at)),
            DomainEvent::ConnectionExpired { user, connection } => (*user, *connection, None),
            _ => return Ok(None),
        };
        let Some(found) = self.queries.connection(user, connection).await? else { return Ok(None) };
        let alias = found.connection.alias.as_str().to_owned();
        let link = self.policy.page(&format!("providers/{connection}"));
        Ok(match end {
            Some(at) if found.grant_expires_at == Some(at) => {
                Some(MailContent::ConnectionExpiring { alias, at, link })
            }
            None if found.connection.state == ConnectionState::Expired => {
                Some(MailContent::ConnectionExpired { alias, link })
            }
            _ => None,
        })
    }
}
