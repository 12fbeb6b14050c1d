//! Keeps what a person says of a recurring stream.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::StreamId,
    identity::Scope,
    ledger::{
        Line,
        recurring::{StreamMark, StreamVerdict},
    },
};

use super::{MarkedStream, Recurring, RecurringError};
use crate::request::{Request, authorize, request};

/// Says that a stream is one.
#[derive(Debug)]
pub struct ConfirmStream {
    /// Its id.
    pub stream: StreamId,
}

request!(ConfirmStream, "recurring.confirm", Access::User(Needs::change(Scope::TransactionsWrite)));

/// Says that a stream is none.
#[derive(Debug)]
pub struct DismissStream {
    /// Its id.
    pub stream: StreamId,
}

request!(DismissStream, "recurring.dismiss", Access::User(Needs::change(Scope::TransactionsWrite)));

/// Calls a stream something else.
#[derive(Debug)]
pub struct RenameStream {
    /// Its id.
    pub stream: StreamId,
    /// What it is called; `None`: as its transactions are.
    pub name: Option<Line>,
}

request!(RenameStream, "recurring.rename", Access::User(Needs::change(Scope::TransactionsWrite)));

impl Recurring {
    /// Says that a stream is one, whatever was said before.
    pub async fn confirm(&self, call: &Call, request: ConfirmStream) -> Result<MarkedStream, RecurringError> {
        let say = |mark: &mut StreamMark| mark.verdict = Some(StreamVerdict::Confirmed);
        self.say::<ConfirmStream>(call, request.stream, say).await
    }

    /// Says that a stream is none: lists leave it out from now on, however it goes on.
    pub async fn dismiss(&self, call: &Call, request: DismissStream) -> Result<MarkedStream, RecurringError> {
        let say = |mark: &mut StreamMark| mark.verdict = Some(StreamVerdict::Dismissed);
        self.say::<DismissStream>(call, request.stream, say).await
    }

    /// Calls a stream something else.
    pub async fn rename(&self, call: &Call, request: RenameStream) -> Result<MarkedStream, RecurringError> {
        let RenameStream { stream, name } = request;
        self.say::<RenameStream>(call, stream, |mark| mark.name = name).await
    }

    #[tracing::instrument(name = "recurring.change", skip_all, fields(stream.id = %stream))]
    async fn say<R: Request>(
        &self,
        call: &Call,
        stream: StreamId,
        say: impl FnOnce(&mut StreamMark) + Send,
    ) -> Result<MarkedStream, RecurringError> {
        let owner = authorize::<R>(call)?.user;
        let found = self.found(owner, call.now).await?.into_iter().find(|of| of.stream.id == stream);
        let MarkedStream { stream, .. } = found.ok_or(RecurringError::NotFound)?;
        let mut work = self.store.begin().await?;
        let stored = work.streams().mark(owner, stream.id).await?;
        let before = stored.unwrap_or_else(|| StreamMark::new(&stream, owner, call.now));
        let mut mark = before.clone();
        say(&mut mark);
        if mark != before {
            mark.updated_at = call.now;
            work.streams().put_mark(&mark).await?;
        }
        work.commit().await?;
        Ok(MarkedStream { stream, mark: Some(mark) })
    }
}
