//! Forgets stored values that no key opens, so that what they were for can begin again.

use dashtam_domain::{
    access::Access,
    call::Call,
    id::{ConnectionId, UserId, WebhookId},
    identity::{AuditAction, AuditLine, PendingProof},
    page::Limit,
    sealed::{SealedField, SealedValue},
    store::{StoreError, UnitOfWork},
    webhook::DisabledBecause,
};
use serde_json::json;
use uuid::Uuid;

use super::Keys;
use crate::{
    authorization::{keeper::line_about, unreadable::note_unreadable},
    errors::CommonError,
    request::request,
    webhooks,
};

/// A page of one column, whose values are forgotten where no key opens them.
#[derive(Debug, Clone, Copy)]
pub struct ForgetLost {
    /// Which column.
    pub field: SealedField,
    /// After the row of this id; from the beginning without.
    pub after: Option<Uuid>,
    /// How many values are looked at.
    pub limit: Limit,
}

request!(ForgetLost, "keys.forget_lost", Access::System);

/// What became of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Values that were forgotten.
    pub forgotten: u64,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Uuid>,
}

impl Keys {
    /// Forgets what no key opens, each value in a unit of work of its own and only where it is still the one that was
    /// read. A connection has to be linked again, which its owner is told; an authenticator gives way to backup codes;
    /// a signing key gives way to another; a webhook is
    /// switched off until it gets another secret; what lives for minutes only begins anew.
    #[tracing::instrument(name = "keys.forget_lost", skip_all)]
    pub async fn forget_lost(&self, call: &Call, request: ForgetLost) -> Result<Forgotten, CommonError> {
        call.permits(Access::System)?;
        let ForgetLost { field, after, limit } = request;
        let page = self.queries.sealed_values(field, after, limit).await?;
        let mut done = Forgotten { next: page.next, ..Forgotten::default() };
        for value in page.items {
            if self.ring.key_of(&value.sealed, field.at(value.row)).is_none() {
                done.forgotten += u64::from(self.forget(call, field, &value).await?);
            }
        }
        Ok(done)
    }

    async fn forget(
        &self,
        call: &Call,
        field: SealedField,
        value: &SealedValue,
    ) -> Result<bool, CommonError> {
        if [SealedField::AccessToken, SealedField::RefreshToken, SealedField::IdToken].contains(&field) {
            return self.forget_credentials(call, ConnectionId(value.row), field, value).await;
        }
        if field == SealedField::WebhookSecret {
            return self.forget_webhook_secret(call, value).await;
        }
        let mut work = self.store.begin().await?;
        let gone = match field {
            SealedField::PreviousWebhookSecret => work.sealed_values().clear_if_same(field, value).await?,
            SealedField::TotpKey => work.sealed_values().clear_if_same(field, value).await?,
            SealedField::PendingTotpKey => drop_enrolment(&mut *work, value).await?,
            _ => work.sealed_values().remove_row_if_same(field, value).await?,
        };
        if !gone {
            return Ok(false);
        }
        let details = json!({"secret": field.as_str()});
        match field {
            SealedField::TotpKey | SealedField::PendingTotpKey => {
                let user = UserId(value.row);
                let line = AuditLine::new(AuditAction::SecretForgotten, user).with(details);
                work.note(&self.sources, call, line).await?;
            }
            // An authorization that was never completed leaves no trace otherwise either.
            SealedField::PkceVerifier => {}
            _ => {
                let line = AuditLine::of_nobody(AuditAction::SecretForgotten).with(details);
                work.note(&self.sources, call, line).await?;
            }
        }
        work.commit().await?;
        Ok(true)
    }

    /// A webhook without a secret is told nothing until its owner gives it another.
    async fn forget_webhook_secret(&self, call: &Call, value: &SealedValue) -> Result<bool, CommonError> {
        let mut work = self.store.begin().await?;
        let Some(mut webhook) = work.webhooks().find(WebhookId(value.row)).await? else { return Ok(false) };
        if webhook.secret.as_ref() != Some(&value.sealed) {
            return Ok(false);
        }
        webhook.secret = None;
        let details = json!({"secret": SealedField::WebhookSecret.as_str()});
        let line = AuditLine::new(AuditAction::SecretForgotten, webhook.owner).with(details);
        work.note(&self.sources, call, line).await?;
        webhooks::end(&mut *work, &self.sources, call, &mut webhook, DisabledBecause::SecretLost).await?;
        work.commit().await?;
        Ok(true)
    }

    /// The credentials go as a whole: with one of them missing the others are of no use.
    async fn forget_credentials(
        &self,
        call: &Call,
        id: ConnectionId,
        field: SealedField,
        value: &SealedValue,
    ) -> Result<bool, CommonError> {
        // Whose they are is asked first, so that the connection can be locked before them, as everywhere.
        let mut work = self.store.begin().await?;
        let Some(found) = work.credentials().find(id).await? else { return Ok(false) };
        drop(work);
        let mut work = self.store.begin().await?;
        let Some(mut connection) = work.connections().find(found.owner, id).await? else { return Ok(false) };
        let Some(sealed) = work.credentials().find(id).await? else { return Ok(false) };
        let present = match field {
            SealedField::AccessToken => Some(&sealed.access_token),
            SealedField::RefreshToken => sealed.refresh_token.as_ref(),
            _ => sealed.id_token.as_ref(),
        };
        if present != Some(&value.sealed) {
            return Ok(false);
        }
        work.credentials().delete(id).await?;
        note_unreadable(&mut *work, &self.sources, call, &mut connection).await?;
        let details = json!({"secret": field.as_str()});
        let line = line_about(&connection, AuditAction::SecretForgotten, details);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        Ok(true)
    }
}

/// Gives the enrolment up that has this key.
async fn drop_enrolment(work: &mut dyn UnitOfWork, value: &SealedValue) -> Result<bool, StoreError> {
    let user = UserId(value.row);
    let found = work.second_factors().find(user).await?.and_then(|factor| factor.pending);
    match found {
        Some(pending) if matches!(&pending.proof, PendingProof::Totp(key) if *key == value.sealed) => {
            work.second_factors().drop_pending(user, pending.id).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}
