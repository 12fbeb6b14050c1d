//! Recurring streams: found when somebody looks, with what the user said of them.

mod change;
mod list;

use std::sync::Arc;

use dashtam_domain::{
    id::UserId,
    ledger::recurring::{HISTORY_DAYS, Stream, StreamMark, StreamQueries, StreamVerdict, marked, streams},
    store::{Store, StoreError},
    time::{Day, Timestamp},
};

use crate::errors::{CommonError, faults};

pub use change::{ConfirmStream, DismissStream, RenameStream};
pub use list::{GetStream, ListStreams};

/// Recurring streams.
pub struct Recurring {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn StreamQueries>,
}

/// A stream, and what its owner said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkedStream {
    /// The stream as it is today.
    pub stream: Stream,
    /// What its owner said.
    pub mark: Option<StreamMark>,
}

impl MarkedStream {
    /// Whether the owner said that it is none.
    pub fn is_dismissed(&self) -> bool {
        self.mark.as_ref().and_then(|mark| mark.verdict) == Some(StreamVerdict::Dismissed)
    }
}

/// Why something about streams did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecurringError {
    /// Not there, or somebody else's.
    #[error("There is no such recurring stream.")]
    NotFound,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    RecurringError {
        Self::NotFound => NotFound: "not-found",
    }
}

impl Recurring {
    /// The owner's streams as they are now, by the day on which each comes next.
    pub(crate) async fn found(&self, owner: UserId, now: Timestamp) -> Result<Vec<MarkedStream>, StoreError> {
        let today: Day = now.day();
        let rows = self.queries.stream_rows(owner, today.plus_days(-HISTORY_DAYS)).await?;
        let marks = self.queries.stream_marks(owner).await?;
        let found = marked(streams(&rows, today), marks).into_iter();
        Ok(found.map(|(stream, mark)| MarkedStream { stream, mark }).collect())
    }
}
