//! Sealed values as a whole: every column that holds some, and what moving them to another key needs.

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    identity::{FieldCipher, FieldContext},
    page::{Limit, Page},
    secret::Sealed,
    store::StoreError,
    time::Timestamp,
};

/// A column of the store whose values are sealed.
///
/// [`SealedField::ALL`] is the one list of them. What is missing there would stay under an old key for ever, and be
/// lost with it; a test compares the list with the schema and with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedField {
    table: &'static str,
    column: &'static str,
    row: &'static str,
}

impl SealedField {
    /// Access token of an institution.
    pub const ACCESS_TOKEN: Self =
        Self { table: "provider_credentials", column: "access_token_encrypted", row: "connection_id" };
    /// Refresh token of an institution.
    pub const REFRESH_TOKEN: Self =
        Self { table: "provider_credentials", column: "refresh_token_encrypted", row: "connection_id" };
    /// OpenID Connect token of an institution.
    pub const ID_TOKEN: Self =
        Self { table: "provider_credentials", column: "id_token_encrypted", row: "connection_id" };
    /// PKCE verifier of an authorization under way.
    pub const PKCE_VERIFIER: Self =
        Self { table: "pending_authorizations", column: "verifier_encrypted", row: "id" };

    /// Private half of the pair that signs access tokens.
    pub const SIGNING_KEY: Self = Self { table: "keystore", column: "private_key_encrypted", row: "row_id" };
    /// Private half of the pair that signs next.
    pub const NEXT_SIGNING_KEY: Self =
        Self { table: "keystore_published", column: "private_key_encrypted", row: "row_id" };

    /// Key of an authenticator.
    pub const TOTP_KEY: Self = Self { table: "second_factors", column: "totp_key_encrypted", row: "user_id" };
    /// Key of an authenticator that is not confirmed yet.
    pub const PENDING_TOTP_KEY: Self =
        Self { table: "second_factors", column: "pending_key_encrypted", row: "user_id" };

    /// Every one there is.
    pub const ALL: &'static [Self] = &[
        Self::ACCESS_TOKEN,
        Self::REFRESH_TOKEN,
        Self::ID_TOKEN,
        Self::PKCE_VERIFIER,
        Self::SIGNING_KEY,
        Self::NEXT_SIGNING_KEY,
        Self::TOTP_KEY,
        Self::PENDING_TOTP_KEY,
    ];

    /// Whether its values live for some minutes only, so that nobody misses one that is lost.
    pub fn is_short_lived(self) -> bool {
        self == Self::PKCE_VERIFIER || self == Self::PENDING_TOTP_KEY
    }

    /// Name of the table.
    pub const fn table(self) -> &'static str {
        self.table
    }

    /// Name of the column.
    pub const fn column(self) -> &'static str {
        self.column
    }

    /// Name of the column with the row's id: a UUID, and unique in the table.
    pub const fn row_column(self) -> &'static str {
        self.row
    }

    /// The place of the value in this row.
    pub const fn at(self, row: Uuid) -> FieldContext {
        FieldContext { table: self.table, column: self.column, row }
    }
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
    /// The values of a column by row id, those of all users; rows without a value are left out.
    async fn sealed_values(
        &self,
        field: SealedField,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<SealedValue, Uuid>, StoreError>;
    /// The fingerprint of the installation's master secret at the last start, if there was one.
    async fn master_secret_mark(&self) -> Result<Option<String>, StoreError>;
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
    /// Takes exactly this value away, in one guarded statement; false when something else is there by now. For columns
    /// that may be empty; the rest of the row stays.
    async fn clear_if_same(&mut self, field: SealedField, value: &SealedValue) -> Result<bool, StoreError>;
    /// Takes the row away that holds exactly this value, in one guarded statement; false when something else is there
    /// by now.
    async fn remove_row_if_same(
        &mut self,
        field: SealedField,
        value: &SealedValue,
    ) -> Result<bool, StoreError>;
    /// Remembers the fingerprint of the installation's master secret, in one guarded statement: whether it is another
    /// than before. Of any number of callers with one fingerprint one hears yes.
    async fn mark_master_secret(&mut self, mark: &str, now: Timestamp) -> Result<bool, StoreError>;
}

/// A cipher of several keys that tells which of them a value is under.
pub trait KeyRotation: FieldCipher {
    /// How many keys there are.
    fn keys(&self) -> usize;
    /// Which key opens the value, counted from 0, the one that seals. `None` when none does.
    fn key_of(&self, sealed: &Sealed, context: FieldContext) -> Option<usize>;
}
