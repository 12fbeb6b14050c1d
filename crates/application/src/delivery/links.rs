//! Links of a mail, of which one may carry a token.

use dashtam_domain::{
    delivery::OutboxItem,
    identity::{OneTimeToken, Purpose},
    secret::SecretKind,
    time::Timestamp,
};
use url::Url;

use super::Delivery;

/// Makes the links of one item's mail, and keeps what has to be stored for them to work.
pub(super) struct Links<'a> {
    delivery: &'a Delivery,
    item: &'a OutboxItem,
    /// The token of the link that has one, as it is stored.
    pub(super) token: Option<OneTimeToken>,
}

impl<'a> Links<'a> {
    pub(super) fn new(delivery: &'a Delivery, item: &'a OutboxItem) -> Self {
        Self { delivery, item, token: None }
    }

    /// A page of the front end with `?token=`. Every attempt gives the same link, which works until
    /// `expires_at`; it takes the place of those that were asked for earlier.
    pub(super) fn with_token(
        &mut self,
        path: &str,
        kind: SecretKind,
        purpose: Purpose,
        expires_at: Timestamp,
        subject: Option<String>,
    ) -> Url {
        let secret = self.delivery.mailed_secrets.derive(kind, self.item.id);
        self.token = Some(OneTimeToken {
            hash: secret.hash(),
            user: self.item.event.user(),
            purpose,
            subject,
            created_at: self.item.created_at,
            expires_at,
        });
        let mut link = self.delivery.policy.page(path);
        link.query_pairs_mut().append_pair("token", secret.expose());
        link
    }
}
