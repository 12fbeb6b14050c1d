//! Sealed values of every column, on both sides of the store.

use async_trait::async_trait;
use dashtam_domain::{
    id::{ConnectionId, UserId, WebhookId},
    identity::{PendingFactor, PendingProof, SecondFactor},
    page::{Limit, Page},
    sealed::{SealedField, SealedQueries, SealedValue, SealedValueRepository},
    secret::Sealed,
    store::StoreError,
    time::Timestamp,
    webhook::{PreviousSecret, Webhook},
};
use uuid::Uuid;

use crate::{mark::Mark, rows::SecretMark, store::MemoryStore, tables::Tables, unit::Unit};

/// What becomes of a value.
enum Change {
    Replace(Sealed),
    Clear,
    RemoveRow,
}

fn pending_key(factor: &SecondFactor) -> Option<&Sealed> {
    match factor.pending.as_ref().map(|pending| &pending.proof) {
        Some(PendingProof::Totp(key)) => Some(key),
        _ => None,
    }
}

fn previous_secret(webhook: &Webhook) -> Option<&Sealed> {
    webhook.previous.as_ref().map(|previous| &previous.sealed)
}

/// All values of a column, in the order of their rows.
fn values(tables: &Tables, field: SealedField) -> Vec<(Uuid, &Sealed)> {
    let of_credentials = || tables.credentials.iter().map(|row| &row.credentials);
    let factors = || tables.second_factors.iter();
    let present = |(row, sealed): (Uuid, Option<_>)| sealed.map(|sealed| (row, sealed));
    match field {
        SealedField::AccessToken => {
            of_credentials().map(|row| (row.connection.0, &row.access_token)).collect()
        }
        SealedField::RefreshToken => of_credentials()
            .map(|row| (row.connection.0, row.refresh_token.as_ref()))
            .filter_map(present)
            .collect(),
        SealedField::IdToken => of_credentials()
            .map(|row| (row.connection.0, row.id_token.as_ref()))
            .filter_map(present)
            .collect(),
        SealedField::PkceVerifier => {
            tables.authorizations.iter().map(|row| (row.id, &row.verifier)).collect()
        }
        SealedField::SigningKey => tables.signing_key.iter().map(|key| (key.row, &key.private)).collect(),
        SealedField::NextSigningKey => {
            let keys = tables.published_keys.iter().map(|key| (key.row, key.private.as_ref()));
            let mut keys: Vec<_> = keys.filter_map(present).collect();
            keys.sort_unstable_by_key(|(row, _)| *row);
            keys
        }
        SealedField::TotpKey => {
            factors().map(|row| (row.user.0, row.totp_key.as_ref())).filter_map(present).collect()
        }
        SealedField::PendingTotpKey => {
            factors().map(|row| (row.user.0, pending_key(row))).filter_map(present).collect()
        }
        SealedField::WebhookSecret => {
            let secrets = tables.webhooks.iter().map(|row| (row.id.0, row.secret.as_ref()));
            secrets.filter_map(present).collect()
        }
        SealedField::PreviousWebhookSecret => {
            let secrets = tables.webhooks.iter().map(|row| (row.id.0, previous_secret(row)));
            secrets.filter_map(present).collect()
        }
    }
}

/// Changes exactly this value; whether it was still there.
fn change(
    tables: &mut Tables,
    field: SealedField,
    value: &SealedValue,
    change: Change,
) -> Result<bool, StoreError> {
    if !values(tables, field).contains(&(value.row, &value.sealed)) {
        return Ok(false);
    }
    match change {
        Change::RemoveRow => remove_row(tables, field, value.row),
        Change::Replace(new) => put(tables, field, value.row, Some(new)),
        Change::Clear if is_required(field) => Err(StoreError::Database("the column cannot be empty".into())),
        Change::Clear => put(tables, field, value.row, None),
    }
}

/// Whether every row has a value in this column.
fn is_required(field: SealedField) -> bool {
    [SealedField::AccessToken, SealedField::PkceVerifier, SealedField::SigningKey].contains(&field)
}

fn remove_row(tables: &mut Tables, field: SealedField, row: Uuid) -> Result<bool, StoreError> {
    Ok(match field {
        SealedField::AccessToken | SealedField::RefreshToken | SealedField::IdToken => {
            tables.credentials.remove(&ConnectionId(row), |_| true).is_some()
        }
        SealedField::PkceVerifier => tables.authorizations.remove(&row, |_| true).is_some(),
        SealedField::SigningKey => tables.signing_key.remove(&(), |_| true).is_some(),
        SealedField::NextSigningKey => tables.published_keys.remove_where(1, |key| key.row == row) == 1,
        SealedField::WebhookSecret | SealedField::PreviousWebhookSecret => {
            tables.webhook_deliveries.remove_marked(&Mark::Webhook(WebhookId(row)), |_| true);
            tables.webhooks.remove(&WebhookId(row), |_| true).is_some()
        }
        SealedField::TotpKey | SealedField::PendingTotpKey => {
            tables.second_factors.remove(&UserId(row), |_| true).is_some()
        }
    })
}

/// Puts a value into the row, or takes the one there away. `None` only for columns that may be empty.
fn put(tables: &mut Tables, field: SealedField, row: Uuid, new: Option<Sealed>) -> Result<bool, StoreError> {
    let (connection, user) = (ConnectionId(row), UserId(row));
    Ok(match (field, new) {
        (SealedField::AccessToken, Some(new)) => {
            tables.credentials.change(&connection, |_| true, |row| row.credentials.access_token = new)
        }
        (SealedField::RefreshToken, new) => {
            tables.credentials.change(&connection, |_| true, |row| row.credentials.refresh_token = new)
        }
        (SealedField::IdToken, new) => {
            tables.credentials.change(&connection, |_| true, |row| row.credentials.id_token = new)
        }
        (SealedField::PkceVerifier, Some(new)) => {
            tables.authorizations.change(&row, |_| true, |row| row.verifier = new)
        }
        (SealedField::SigningKey, Some(new)) => {
            tables.signing_key.change(&(), |_| true, |key| key.private = new)
        }
        (SealedField::NextSigningKey, new) => {
            let id = tables.published_keys.iter().find(|key| key.row == row).map(|key| key.id.clone());
            id.is_some_and(|id| tables.published_keys.change(&id, |_| true, |key| key.private = new))
        }
        (SealedField::TotpKey, new) => {
            tables.second_factors.change(&user, |_| true, |factor| factor.totp_key = new)
        }
        (SealedField::PendingTotpKey, new) => tables.second_factors.change(
            &user,
            |_| true,
            |factor| {
                // An enrolment without its key can be confirmed by nothing.
                let with = |key| move |old| PendingFactor { proof: PendingProof::Totp(key), ..old };
                factor.pending = new.and_then(|key| factor.pending.take().map(with(key)));
            },
        ),
        (SealedField::WebhookSecret, new) => {
            tables.webhooks.change(&WebhookId(row), |_| true, |webhook| webhook.secret = new)
        }
        (SealedField::PreviousWebhookSecret, new) => tables.webhooks.change(
            &WebhookId(row),
            |_| true,
            |webhook| {
                let with = |sealed| move |old| PreviousSecret { sealed, ..old };
                webhook.previous = new.and_then(|sealed| webhook.previous.take().map(with(sealed)));
            },
        ),
        _ => false,
    })
}

#[async_trait]
impl SealedValueRepository for Unit {
    async fn replace_if_same(
        &mut self,
        field: SealedField,
        value: &SealedValue,
        new: &Sealed,
    ) -> Result<bool, StoreError> {
        self.run(|tables| change(tables, field, value, Change::Replace(new.clone())))
    }

    async fn clear_if_same(&mut self, field: SealedField, value: &SealedValue) -> Result<bool, StoreError> {
        self.run(|tables| change(tables, field, value, Change::Clear))
    }

    async fn remove_row_if_same(
        &mut self,
        field: SealedField,
        value: &SealedValue,
    ) -> Result<bool, StoreError> {
        self.run(|tables| change(tables, field, value, Change::RemoveRow))
    }

    async fn mark_secret_key(&mut self, mark: &str, _now: Timestamp) -> Result<bool, StoreError> {
        self.run(|tables| {
            let news = tables.secret_marks.get(&()).is_none_or(|SecretMark(before)| before != mark);
            tables.secret_marks.put(SecretMark(mark.to_owned()));
            Ok(news)
        })
    }
}

#[async_trait]
impl SealedQueries for MemoryStore {
    async fn sealed_values(
        &self,
        field: SealedField,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<SealedValue, Uuid>, StoreError> {
        self.look(|tables| {
            let behind = values(tables, field).into_iter().filter(|(row, _)| Some(*row) > after);
            let value = |(row, sealed): (Uuid, &Sealed)| SealedValue { row, sealed: sealed.clone() };
            Page::cut(behind.take(limit.get() + 1).map(value).collect(), limit, |last| last.row)
        })
    }

    async fn secret_key_mark(&self) -> Result<Option<String>, StoreError> {
        self.look(|tables| tables.secret_marks.get(&()).map(|SecretMark(mark)| mark.clone()))
    }
}
