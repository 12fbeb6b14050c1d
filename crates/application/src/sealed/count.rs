//! Counts a page of stored values by the key each is under.

use dashtam_domain::{access::Access, call::Call, page::Limit, sealed::SealedField};
use uuid::Uuid;

use super::Keys;
use crate::{errors::CommonError, request::request};

/// A page of one column, to be looked at.
#[derive(Debug, Clone, Copy)]
pub struct CountKeys {
    /// Which column.
    pub field: SealedField,
    /// After the row of this id; from the beginning without.
    pub after: Option<Uuid>,
    /// How many values.
    pub limit: Limit,
}

request!(CountKeys, "keys.count", Access::System);

/// Which keys a page is under.
#[derive(Debug, PartialEq, Eq)]
pub struct KeyCounts {
    /// For each key of the ring, newest first, the values it opens.
    pub by_key: Vec<u64>,
    /// Rows whose value no key opens.
    pub unreadable: Vec<Uuid>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Uuid>,
}

impl Keys {
    /// Opens every value once, and changes nothing.
    #[tracing::instrument(name = "keys.count", skip_all)]
    pub async fn count(&self, call: &Call, request: CountKeys) -> Result<KeyCounts, CommonError> {
        call.permits(Access::System)?;
        let CountKeys { field, after, limit } = request;
        let page = self.queries.sealed_values(field, after, limit).await?;
        let mut counts =
            KeyCounts { by_key: vec![0; self.ring.keys()], unreadable: Vec::new(), next: page.next };
        for value in page.items {
            let key = self.ring.key_of(&value.sealed, field.at(value.row));
            match key.and_then(|key| counts.by_key.get_mut(key)) {
                Some(count) => *count += 1,
                None => counts.unreadable.push(value.row),
            }
        }
        Ok(counts)
    }
}
