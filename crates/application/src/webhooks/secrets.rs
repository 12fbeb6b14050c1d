//! The secrets of endpoints: drawn, sealed and opened.

use dashtam_domain::{
    id::WebhookId,
    sealed::SealedField,
    secret::{SealError, Sealed},
    time::Timestamp,
    webhook::{PreviousSecret, Webhook, WebhookSecret},
};

use super::Webhooks;

impl Webhooks {
    /// A new secret.
    pub(super) fn draw(&self) -> WebhookSecret {
        WebhookSecret::from_bytes(&self.sources.randomness.bytes())
    }

    /// Seals the present secret of an endpoint.
    pub(super) fn seal(&self, id: WebhookId, secret: &WebhookSecret) -> Result<Sealed, SealError> {
        self.cipher.seal(secret.text(), SealedField::WebhookSecret.at(id.0))
    }

    fn open(&self, field: SealedField, id: WebhookId, sealed: &Sealed) -> Result<WebhookSecret, SealError> {
        let text = self.cipher.open(sealed, field.at(id.0))?;
        WebhookSecret::parse(text.expose()).ok_or(SealError::Open)
    }

    /// The present secret as one that was replaced now; `None` when there is none that opens.
    pub(super) fn replaced(
        &self,
        webhook: &Webhook,
        now: Timestamp,
    ) -> Result<Option<PreviousSecret>, SealError> {
        let Some(sealed) = &webhook.secret else { return Ok(None) };
        let Ok(secret) = self.open(SealedField::WebhookSecret, webhook.id, sealed) else { return Ok(None) };
        let place = SealedField::PreviousWebhookSecret.at(webhook.id.0);
        let sealed = self.cipher.seal(secret.text(), place)?;
        Ok(Some(PreviousSecret { sealed, until: now.plus(Webhook::PREVIOUS_SECRET) }))
    }

    /// What messages are signed by now, the present secret first. An earlier one that does not open is left out.
    pub(super) fn signing(&self, webhook: &Webhook, now: Timestamp) -> Result<Vec<WebhookSecret>, SealError> {
        let sealed = webhook.secret.as_ref().ok_or(SealError::Open)?;
        let mut secrets = vec![self.open(SealedField::WebhookSecret, webhook.id, sealed)?];
        if let Some(previous) = webhook.previous.as_ref().filter(|previous| previous.until > now) {
            let field = SealedField::PreviousWebhookSecret;
            secrets.extend(self.open(field, webhook.id, &previous.sealed).ok());
        }
        Ok(secrets)
    }
}
