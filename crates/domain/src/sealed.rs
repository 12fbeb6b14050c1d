//! Sealed values as a whole: every kind there is, and what moving them to another key needs.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    identity::{FieldCipher, FieldContext},
    page::{Limit, Page},
    secret::Sealed,
    store::StoreError,
    time::Timestamp,
    words::words,
};

words! {
/// A kind of value that is stored sealed.
///
/// [`SealedField::ALL`] is the one list of them. What is missing there would stay under an old key for ever, and be
/// lost with it; a test compares the list with the schema and with the rows. Where each is stored is the store's to know.
SealedField {
    /// Access token of an institution.
    AccessToken = "access_token",
    /// Refresh token of an institution.
    RefreshToken = "refresh_token",
    /// OpenID Connect token of an institution.
    IdToken = "id_token",
    /// PKCE verifier of an authorization under way.
    PkceVerifier = "pkce_verifier",
    /// Private half of the pair that signs access tokens.
    SigningKey = "signing_key",
    /// Private half of the pair that signs next.
    NextSigningKey = "next_signing_key",
    /// Key of an authenticator.
    TotpKey = "totp_key",
    /// Key of an authenticator that is not confirmed yet.
    PendingTotpKey = "pending_totp_key",
    /// What messages to an endpoint are signed by.
    WebhookSecret = "webhook_secret",
    /// What they were signed by before.
    PreviousWebhookSecret = "previous_webhook_secret",
}
}

impl SealedField {
    /// Every one there is.
    pub const ALL: &'static [Self] = &[
        Self::AccessToken,
        Self::RefreshToken,
        Self::IdToken,
        Self::PkceVerifier,
        Self::SigningKey,
        Self::NextSigningKey,
        Self::TotpKey,
        Self::PendingTotpKey,
        Self::WebhookSecret,
        Self::PreviousWebhookSecret,
    ];

    /// Whether its values live for some minutes only, so that nobody misses one that is lost.
    pub fn is_short_lived(self) -> bool {
        matches!(self, Self::PkceVerifier | Self::PendingTotpKey)
    }

    /// The place of the value in this row.
    pub const fn at(self, row: Uuid) -> FieldContext {
        FieldContext { place: Place::Field(self), row }
    }
}

/// Among what a sealed value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Among the values of a kind.
    Field(SealedField),
    /// In something that Dashtam does not store itself, by a name that never changes.
    Elsewhere(&'static str),
}

/// A stored value and the row it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// Id of the row.
    pub row: Uuid,
    /// The value.
    pub sealed: Sealed,
}

/// Reading side of the sealed values.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SealedQueries: Send + Sync {
    /// The values of a kind by row id, those of all users; rows without a value are left out.
    async fn sealed_values(
        &self,
        field: SealedField,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<SealedValue, Uuid>, StoreError>;
    /// The fingerprint of the installation's secret key at the last start, if there was one.
    async fn secret_key_mark(&self) -> Result<Option<String>, StoreError>;
}

/// Sealed values, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SealedValueRepository: Send {
    /// Puts `new` in the place of exactly this value, in one guarded statement; false when something else is there
    /// by now. Nothing else of the row changes, its revision neither: who holds a copy of it may still write.
    async fn replace_if_same(
        &mut self,
        field: SealedField,
        value: &SealedValue,
        new: &Sealed,
    ) -> Result<bool, StoreError>;
    /// Takes exactly this value away, in one guarded statement; false when something else is there by now. For values
    /// that may be absent; the rest of the row stays.
    async fn clear_if_same(&mut self, field: SealedField, value: &SealedValue) -> Result<bool, StoreError>;
    /// Takes the row away that holds exactly this value, in one guarded statement; false when something else is there
    /// by now.
    async fn remove_row_if_same(
        &mut self,
        field: SealedField,
        value: &SealedValue,
    ) -> Result<bool, StoreError>;
    /// Remembers the fingerprint of the installation's secret key, in one guarded statement: whether it is another
    /// than before. Of any number of callers with one fingerprint one hears yes.
    async fn mark_secret_key(&mut self, mark: &str, now: Timestamp) -> Result<bool, StoreError>;
}

/// A cipher of several keys that tells which of them a value is under.
pub trait KeyRotation: FieldCipher {
    /// How many keys there are.
    fn keys(&self) -> usize;
    /// Which key opens the value, counted from 0, the one that seals. `None` when none does.
    fn key_of(&self, sealed: &Sealed, context: FieldContext) -> Option<usize>;
}
