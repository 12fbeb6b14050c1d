//! Begins to use an authenticator.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    identity::{AuditAction, AuditLine, FactorMethod, PendingFactor, PendingProof, TotpKey},
    sealed::SealedField,
    secret::SecretText,
    time::Timestamp,
};
use serde_json::json;

use super::{SecondFactorError, SecondFactors};
use crate::request::{authorize, request};

/// What an authenticator shows the key under.
const ISSUER: &str = "Dashtam";

/// A key for an authenticator.
#[derive(Debug)]
pub struct EnrolTotp;

request!(EnrolTotp, "second_factor.enrol_totp", Access::User(Needs::own().fresh()));

/// What an authenticator needs. Shown once.
#[derive(Debug)]
pub struct TotpEnrolment {
    /// The key, for people who type it.
    pub secret: SecretText,
    /// The key, for a picture.
    pub uri: SecretText,
    /// Last instant it can be confirmed.
    pub expires_at: Timestamp,
}

impl SecondFactors {
    /// Makes a key. Nothing else changes before a code of it is shown; an authenticator in use goes on until then.
    #[tracing::instrument(name = "second_factor.enrol_totp", skip_all)]
    pub async fn enrol_totp(
        &self,
        call: &Call,
        _request: EnrolTotp,
    ) -> Result<TotpEnrolment, SecondFactorError> {
        let principal = authorize::<EnrolTotp>(call)?;
        let user = self.queries.user(principal.user).await?.ok_or(AccessDenied::Anonymous)?;
        let key = TotpKey::generate(&*self.sources.randomness);
        let sealed = self.cipher.seal(key.as_base32(), SealedField::PendingTotpKey.at(user.id.0))?;
        let expires_at = call.now.plus(PendingFactor::LIFETIME);
        let proof = PendingProof::Totp(sealed);
        let pending = PendingFactor { id: self.sources.ids.next(), proof, expires_at, tries: 0 };

        let mut work = self.store.begin().await?;
        work.second_factors().begin(user.id, &pending).await?;
        let details = json!({ "method": FactorMethod::Totp.as_str() });
        let line = AuditLine::new(AuditAction::SecondFactorEnrolled, user.id).with(details);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        let uri = key.uri(ISSUER, user.email.as_str());
        Ok(TotpEnrolment { secret: key.as_base32().clone(), uri, expires_at })
    }
}
