//! Where sealed values stand: table and column of each kind.

use std::fmt;

use dashtam_domain::sealed::SealedField;

/// The column of a kind of sealed values; shown as `table.column`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    /// Name of the table.
    pub table: &'static str,
    /// Name of the column.
    pub column: &'static str,
    /// Name of the column with the row's id: a UUID, and unique in the table.
    pub(crate) row: &'static str,
}

impl SealedColumn {
    /// Where values of this kind stand.
    pub const fn of(field: SealedField) -> Self {
        let (table, column, row) = match field {
            SealedField::AccessToken => ("provider_credentials", "access_token_encrypted", "connection_id"),
            SealedField::RefreshToken => ("provider_credentials", "refresh_token_encrypted", "connection_id"),
            SealedField::IdToken => ("provider_credentials", "id_token_encrypted", "connection_id"),
            SealedField::PkceVerifier => ("pending_authorizations", "verifier_encrypted", "id"),
            SealedField::SigningKey => ("keystore", "private_key_encrypted", "row_id"),
            SealedField::NextSigningKey => ("keystore_published", "private_key_encrypted", "row_id"),
            SealedField::TotpKey => ("second_factors", "totp_key_encrypted", "user_id"),
            SealedField::PendingTotpKey => ("second_factors", "pending_key_encrypted", "user_id"),
            SealedField::WebhookSecret => ("webhooks", "secret_encrypted", "id"),
            SealedField::PreviousWebhookSecret => ("webhooks", "previous_secret_encrypted", "id"),
        };
        Self { table, column, row }
    }
}

impl fmt::Display for SealedColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}
