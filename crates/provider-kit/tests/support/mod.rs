//! A client with short waits, and institutions that break the connection.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use dashtam_domain::{
    secret::SecretText,
    sources::{Clock, Randomness},
    time::Timestamp,
};
use dashtam_provider_kit::{Client, ClientOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;
use wiremock::MockServer;

pub(crate) const TOKEN: &str = "bearer-that-nobody-may-see";

/// A clock that always says half past midnight.
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::parse("2026-07-15T00:30:00Z").unwrap()
    }
}

/// Randomness that makes every pause as short as it can be.
struct Unlucky;

impl Randomness for Unlucky {
    fn bytes(&self) -> [u8; 32] {
        [0; 32]
    }
}

pub(crate) fn options() -> ClientOptions {
    ClientOptions {
        connect_timeout: Duration::from_secs(2),
        total_timeout: Duration::from_secs(5),
        max_body: 1_000,
        attempts: 3,
        first_pause: Duration::from_millis(20),
        longest_wait: Duration::from_secs(2),
    }
}

pub(crate) fn client() -> Client {
    client_with(options())
}

pub(crate) fn client_with(options: ClientOptions) -> Client {
    Client::new(options, Arc::new(Unlucky), Arc::new(Stopped))
}

pub(crate) fn token() -> SecretText {
    SecretText::new(TOKEN)
}

pub(crate) fn url(server: &MockServer, path: &str) -> Url {
    format!("{}{path}", server.uri()).parse().unwrap()
}

/// An institution that answers each request with the next of these texts, the last one from then on, and hangs
/// up. Counts the requests.
pub(crate) async fn rude(answers: &'static [&'static str]) -> (Url, Arc<AtomicUsize>) {
    let (listener, url) = listener().await;
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let mut stream = request(&listener).await;
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let answer = answers.get(number).or(answers.last()).unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (url, count)
}

/// An institution that begins an answer and goes on with the same text for as long as it is listened to.
pub(crate) async fn endless(head: &'static str, part: &'static str, pause: Duration) -> Url {
    let (listener, url) = listener().await;
    tokio::spawn(async move {
        let mut stream = request(&listener).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        while stream.write_all(part.as_bytes()).await.is_ok() {
            tokio::time::sleep(pause).await;
        }
    });
    url
}

async fn listener() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/data", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

/// The next connection, once its request was read: closing before would reset it.
async fn request(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = [0; 4_096];
    assert!(stream.read(&mut request).await.unwrap() > 0);
    stream
}
