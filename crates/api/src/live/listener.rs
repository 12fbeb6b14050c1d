//! One stream. It has no task and no queue of its own: it works when its client takes what it wrote, and reads on from
//! where it came. A client that takes nothing costs nothing, and is cut off with its connection.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use actix_web::{
    HttpRequest,
    rt::time::{Instant, Sleep, sleep},
    web::Bytes,
};
use dashtam_application::{
    Request,
    live::{FollowEvents, Following},
};
use futures_util::{Stream, stream};

use super::text;
use crate::{
    extract::still_may,
    streams::{Farewell, LiveStreams, Seat},
};

/// How often is looked whether the credential is still good.
const CHECK: Duration = Duration::from_secs(3);
/// With every so manieth look something is written.
const KEEP_EVERY: u32 = 5;

/// What woke a stream.
enum Woken {
    /// It has to end.
    Lost,
    /// There may be something to read.
    Rung,
    /// It is time for a look.
    Time,
}

/// A stream of events.
pub(crate) struct Listener {
    request: HttpRequest,
    following: Following,
    seat: Seat,
    timer: Pin<Box<Sleep>>,
    checks: u32,
    is_open: bool,
    is_over: bool,
    /// Whether there may be something to read.
    is_behind: bool,
}

impl Listener {
    /// The stream that answers this request.
    pub(crate) fn new(request: HttpRequest, streams: &Arc<LiveStreams>, following: Following) -> Self {
        let seat = streams.take(following.owner());
        let timer = Box::pin(sleep(CHECK));
        let (is_open, is_over, is_behind) = (false, false, true);
        Self { request, following, seat, timer, checks: 0, is_open, is_over, is_behind }
    }

    /// What it writes.
    pub(crate) fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::unfold(self, |mut listener| async {
            let text = listener.next().await?;
            Some((Ok(Bytes::from(text)), listener))
        })
    }

    /// The next text; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        if self.is_over {
            return None;
        }
        if !self.is_open {
            self.is_open = true;
            return Some(text::opening(self.following.place()));
        }
        loop {
            if self.seat.is_lost() {
                return Some(self.end(self.seat.farewell()));
            }
            if self.is_behind {
                // A client whose stream breaks off comes again, and misses nothing.
                let told = self.following.read().await.inspect_err(|error| {
                    let error = error as &dyn std::error::Error;
                    tracing::error!(error, "a stream of events broke off");
                });
                let told = told.ok()?;
                self.is_behind = told.has_more;
                let mut text = text::told(&told, self.following.place());
                if told.is_over {
                    text += &self.end(Farewell::SignedOut);
                }
                if !text.is_empty() {
                    return Some(text);
                }
                continue;
            }
            match self.wait().await {
                Woken::Lost => {}
                Woken::Rung => self.is_behind = true,
                Woken::Time => {
                    self.timer.as_mut().reset(Instant::now() + CHECK);
                    if !still_may(&self.request, FollowEvents::ACCESS).await {
                        return Some(self.end(Farewell::SignedOut));
                    }
                    self.checks = self.checks.wrapping_add(1);
                    if self.checks.is_multiple_of(KEEP_EVERY) {
                        return Some(text::KEEP.to_owned());
                    }
                }
            }
        }
    }

    /// The last text.
    fn end(&mut self, farewell: Farewell) -> String {
        self.is_over = true;
        text::bye(farewell)
    }

    async fn wait(&mut self) -> Woken {
        let Self { following, seat, timer, .. } = self;
        let mut rung = pin!(following.rung());
        poll_fn(|cx| {
            if seat.poll_lost(cx).is_ready() {
                return Poll::Ready(Woken::Lost);
            }
            if rung.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Woken::Rung);
            }
            timer.as_mut().poll(cx).map(|()| Woken::Time)
        })
        .await
    }
}
