//! A client's connection, which ends when nothing useful comes by it.

use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use actix_rt::net::{ActixStream, Ready, TcpStream};
use dashtam_api::{Connection, ConnectionStanding};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep_until},
};
use tokio_openssl::SslStream;

use super::opening::Deadlines;

/// How long the head of a request may take on a connection of the reserve.
const HURRY: Duration = Duration::from_secs(2);

/// The stream under a connection, with TLS or without.
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(SslStream<TcpStream>),
}

/// A client. Bodies of requests have deadlines of their own; here ends a connection that brings no request for too
/// long, however busily it brings the beginning of one, and one whose answers are not read.
pub(super) struct Client {
    wire: Wire,
    connection: Rc<Connection>,
    deadlines: Deadlines,
    /// Since when the client has not taken anything of what is written.
    stuck_since: Option<Instant>,
    reading: Pin<Box<Sleep>>,
    writing: Pin<Box<Sleep>>,
}

impl Client {
    pub(super) fn new(wire: Wire, connection: Rc<Connection>, deadlines: Deadlines) -> Self {
        let later = tokio::time::Instant::now() + deadlines.head;
        Self {
            wire,
            connection,
            deadlines,
            stuck_since: None,
            reading: Box::pin(sleep_until(later)),
            writing: Box::pin(sleep_until(later)),
        }
    }

    pub(super) fn connection(&self) -> &Rc<Connection> {
        &self.connection
    }

    /// Whether it has been without a request for too long. Wakes the task when that may have become so.
    fn is_idle(&mut self, cx: &mut Context<'_>) -> bool {
        // An answer that is not read yet has its own end.
        if self.connection.is_turned_away() && self.stuck_since.is_none() {
            return true;
        }
        let Some(since) = self.connection.quiet_since().filter(|_| self.stuck_since.is_none()) else {
            return false;
        };
        let limit = if self.connection.has_answered() {
            self.deadlines.idle
        } else if self.connection.standing() == ConnectionStanding::Reserved {
            self.deadlines.head.min(HURRY)
        } else {
            // The server below answers 408 just before.
            self.deadlines.head + Duration::from_secs(1)
        };
        is_over(&mut self.reading, since + limit, cx)
    }

    /// Notes how a write went; an error once nothing could be written for too long.
    fn written<T>(&mut self, poll: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        match poll {
            Poll::Ready(done) => {
                if self.stuck_since.take().is_some() {
                    self.connection.was_read();
                }
                Poll::Ready(done)
            }
            Poll::Pending => {
                let since = *self.stuck_since.get_or_insert_with(Instant::now);
                if is_over(&mut self.writing, since + self.deadlines.unread, cx) {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                Poll::Pending
            }
        }
    }

    fn socket(&self) -> &TcpStream {
        match &self.wire {
            Wire::Plain(socket) => socket,
            Wire::Tls(stream) => stream.get_ref(),
        }
    }
}

/// Whether this instant has come; if not, the timer wakes the task by then. An earlier alarm is left as it is, so that a
/// busy connection does not set one for each request: when it rings, the task looks again.
fn is_over(timer: &mut Pin<Box<Sleep>>, until: Instant, cx: &mut Context<'_>) -> bool {
    if Instant::now() >= until {
        return true;
    }
    let until = until.into();
    if timer.deadline() > until {
        timer.as_mut().reset(until);
    }
    if timer.as_mut().poll(cx).is_ready() {
        timer.as_mut().reset(until);
        return timer.as_mut().poll(cx).is_ready();
    }
    false
}

impl AsyncRead for Client {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let poll = match &mut this.wire {
            Wire::Plain(socket) => Pin::new(socket).poll_read(cx, buffer),
            Wire::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        };
        // Also when something came: the bytes of a head that never ends are no request. It looks as if the client had
        // closed its side, after which the connection is put away.
        if this.is_idle(cx) {
            buffer.set_filled(before);
            return Poll::Ready(Ok(()));
        }
        poll
    }
}

impl AsyncWrite for Client {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = match &mut this.wire {
            Wire::Plain(socket) => Pin::new(socket).poll_write(cx, bytes),
            Wire::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        };
        this.written(poll, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = match &mut this.wire {
            Wire::Plain(socket) => Pin::new(socket).poll_write_vectored(cx, parts),
            Wire::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
        };
        this.written(poll, cx)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.wire {
            Wire::Plain(socket) => socket.is_write_vectored(),
            Wire::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match &mut this.wire {
            Wire::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match &mut this.wire {
            Wire::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

impl ActixStream for Client {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(self.socket(), cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(self.socket(), cx)
    }
}
