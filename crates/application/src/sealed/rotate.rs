//! Moves a page of stored values to the newest key.

use dashtam_domain::{access::Access, call::Call, page::Limit, sealed::SealedField};
use uuid::Uuid;

use super::Keys;
use crate::{errors::CommonError, request::request};

/// A page of one column, to be moved to the newest key.
#[derive(Debug, Clone, Copy)]
pub struct RotateValues {
    /// Which column.
    pub field: SealedField,
    /// After the row of this id; from the beginning without.
    pub after: Option<Uuid>,
    /// How many values: one unit of work.
    pub limit: Limit,
}

request!(RotateValues, "keys.rotate", Access::System);

/// What became of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Values that were under an older key and are under the newest now.
    pub moved: u64,
    /// Values that were under the newest key already.
    pub current: u64,
    /// Values that somebody else changed meanwhile and that were left alone.
    pub changed: u64,
    /// Rows whose value no key opens. They stay as they are.
    pub unreadable: Vec<Uuid>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Uuid>,
}

impl Keys {
    /// Re-encrypts what an older key opens. Each value is written only where it is still the one that was read, so
    /// that a running server is not disturbed; doing a page again does nothing.
    #[tracing::instrument(name = "keys.rotate", skip_all)]
    pub async fn rotate(&self, call: &Call, request: RotateValues) -> Result<Rotated, CommonError> {
        call.permits(Access::System)?;
        let RotateValues { field, after, limit } = request;
        let page = self.queries.sealed_values(field, after, limit).await?;
        let mut done = Rotated { next: page.next, ..Rotated::default() };
        let mut moves = Vec::new();
        for value in page.items {
            let place = field.at(value.row);
            match self.ring.key_of(&value.sealed, place) {
                Some(0) => done.current += 1,
                Some(_) => {
                    let new = self.ring.seal(&self.ring.open(&value.sealed, place)?, place)?;
                    moves.push((value, new));
                }
                None => done.unreadable.push(value.row),
            }
        }
        if moves.is_empty() {
            return Ok(done);
        }
        let mut work = self.store.begin().await?;
        for (value, new) in &moves {
            if work.sealed_values().replace_if_same(field, value, new).await? {
                done.moved += 1;
            } else {
                done.changed += 1;
            }
        }
        work.commit().await?;
        Ok(done)
    }
}
