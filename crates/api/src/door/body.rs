//! Bodies that come too slowly end.

use std::{
    any::Any,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use actix_web::{
    error::PayloadError,
    rt::time::{Sleep, sleep_until},
    web::Bytes,
};
use futures_util::Stream;

/// How long the body of a request may take to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyDeadlines {
    /// How long its sender may be waited for, whatever has come.
    pub grace: Duration,
    /// Every so many bytes that have come buy another second of waiting. Zero: none do.
    pub bytes_per_second: u32,
    /// How long the request may take from its head to the end of its body.
    pub whole: Duration,
}

/// A body with these deadlines. Only time in which the client is waited for counts against its rate: what we take to
/// work on a part is ours.
pub(crate) struct TimedBody<S> {
    inner: S,
    deadlines: BodyDeadlines,
    begun: Instant,
    received: u64,
    waited: Duration,
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> TimedBody<S> {
    pub(crate) fn new(inner: S, deadlines: BodyDeadlines) -> Self {
        Self {
            inner,
            deadlines,
            begun: Instant::now(),
            received: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            timer: None,
        }
    }

    /// Until when a client that was first waited for at `since` may send the next part.
    fn until(&self, since: Instant) -> Instant {
        let BodyDeadlines { grace, bytes_per_second, whole } = self.deadlines;
        let bought = self.received.checked_div(bytes_per_second.into()).unwrap_or_default();
        let spare = grace.saturating_add(Duration::from_secs(bought)).saturating_sub(self.waited);
        // The whole bounds what the rate may buy, so that no sum is out of range.
        (since + spare.min(whole)).min(self.begun + whole)
    }
}

impl<S> Stream for TimedBody<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(item) = Pin::new(&mut self.inner).poll_next(cx) {
            if let Some(since) = self.waiting_since.take() {
                self.waited += since.elapsed();
            }
            if let Some(Ok(part)) = &item {
                self.received += part.len() as u64;
            }
            return Poll::Ready(item);
        }
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let until = self.until(since).into();
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        match timer.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into())))),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Whether a body broke off because it came too slowly.
pub(crate) fn is_timeout<E: Any>(error: &E) -> bool {
    let error = (error as &dyn Any).downcast_ref::<PayloadError>();
    matches!(error, Some(PayloadError::Io(error)) if error.kind() == io::ErrorKind::TimedOut)
}
