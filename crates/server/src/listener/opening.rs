//! From a socket to a client that may speak.

use std::{
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_http::Protocol;
use actix_rt::net::TcpStream;
use dashtam_api::{Admission, Connection, Occupied};
use ipnet::IpNet;
use openssl::ssl::{Ssl, SslAcceptor};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_openssl::SslStream;

use super::client::{Client, Wire};
use crate::settings::Http;

/// The first byte of every TLS conversation, which begins with a handshake record.
const HANDSHAKE: u8 = 0x16;
/// How much of a plain request is read before its connection is closed, so that the answer is not lost with what
/// would otherwise lie unread.
const MOST_UNREAD: u64 = 64 * 1024;

/// How often the log says that connections are turned away.
const BETWEEN_LINES: Duration = Duration::from_secs(60);

/// How long a client may take for each part of a conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// For the handshake, and again for the head of the first request.
    pub(crate) head: Duration,
    /// Without any request.
    pub(crate) idle: Duration,
    /// With an answer that it does not read.
    pub(crate) unread: Duration,
}

impl Deadlines {
    pub(crate) fn new(http: &Http) -> Self {
        Self {
            head: Duration::from_secs(http.head_seconds),
            idle: Duration::from_secs(http.idle_seconds),
            unread: Duration::from_secs(http.unread_seconds),
        }
    }
}

/// Every connection goes through here first.
pub(crate) struct Door {
    /// Counts the connections of all listeners.
    admission: Arc<Admission>,
    /// Proxies, which speak for many clients and so are not counted as one.
    trusted_proxies: Vec<IpNet>,
    /// How long clients may take.
    pub(super) deadlines: Deadlines,
    /// Does the TLS handshake; `None` where plain HTTP is spoken.
    tls: Option<SslAcceptor>,
    told: Mutex<Option<Instant>>,
}

impl Door {
    /// A door for one sort of listener; all doors of a process share their `admission`.
    pub(crate) fn new(
        admission: Arc<Admission>,
        trusted_proxies: Vec<IpNet>,
        deadlines: Deadlines,
        tls: Option<SslAcceptor>,
    ) -> Arc<Self> {
        Arc::new(Self { admission, trusted_proxies, deadlines, tls, told: Mutex::default() })
    }

    /// The client at the other end, unless there is no room for it or it does not get to the point.
    pub(super) async fn open(&self, socket: TcpStream) -> Option<(Client, Protocol, Option<SocketAddr>)> {
        let peer = socket.peer_addr().ok()?;
        let address = peer.ip().to_canonical();
        let Some(place) = self.admission.connection(address, self.is_proxy(address)) else {
            self.tell_that_it_is_full();
            return None;
        };
        let (wire, protocol) = match &self.tls {
            None => (Wire::Plain(socket), Protocol::Http1),
            Some(acceptor) => {
                let greeted = tokio::time::timeout(self.deadlines.head, greet(acceptor, socket)).await;
                let stream = greeted.ok().flatten()?;
                let protocol = match stream.ssl().selected_alpn_protocol() {
                    Some(b"h2") => Protocol::Http2,
                    _ => Protocol::Http1,
                };
                (Wire::Tls(stream), protocol)
            }
        };
        Some((Client::new(wire, Connection::new(place), self.deadlines), protocol, Some(peer)))
    }

    /// Writes a line into the log, once a minute at most.
    fn tell_that_it_is_full(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= BETWEEN_LINES) {
            *told = Some(Instant::now());
            let Occupied { open, turned_away } = self.admission.occupied();
            tracing::warn!(
                open,
                turned_away,
                "a connection was turned away: its client or all have too many (http.*)"
            );
        }
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }
}

/// Shakes hands. Who speaks plain HTTP to the port of HTTPS is told so in plain HTTP.
async fn greet(acceptor: &SslAcceptor, mut socket: TcpStream) -> Option<SslStream<TcpStream>> {
    let mut first = [0];
    if socket.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first[0] != HANDSHAKE {
        if first[0].is_ascii_uppercase() {
            explain(&mut socket).await.ok()?;
        }
        return None;
    }
    let mut stream = SslStream::new(Ssl::new(acceptor.context()).ok()?, socket).ok()?;
    Pin::new(&mut stream).accept().await.ok()?;
    Some(stream)
}

/// A sentence for people, in an answer any HTTP client understands.
async fn explain(socket: &mut TcpStream) -> std::io::Result<()> {
    const SENTENCE: &str =
        "This port speaks HTTPS only. Begin the address with https:// instead of http://, and try again.\n";
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{SENTENCE}",
        SENTENCE.len()
    );
    socket.write_all(answer.as_bytes()).await?;
    socket.shutdown().await?;
    let rest = async { tokio::io::copy(&mut socket.take(MOST_UNREAD), &mut tokio::io::sink()).await };
    let _ = tokio::time::timeout(super::GOODBYE, rest).await;
    Ok(())
}
