//! A server that writes whatever it is told to, byte by byte if need be: libraries for servers would mend it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// What a good institution answers to some requests.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name in a test.
    pub name: &'static str,
    /// Whether a request is one of these, by its method and path, e.g. `GET /v2/account`.
    pub matches: fn(&str) -> bool,
    /// The body of a good answer.
    pub body: String,
    /// Whether the adapter may do without the answer.
    pub optional: bool,
}

impl Route {
    /// Whether the body is JSON.
    pub fn is_json(&self) -> bool {
        self.body.trim_start().starts_with(['{', '['])
    }
}

/// What is written in answer to a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// These bytes, and the connection is closed.
    Bytes(Vec<u8>),
    /// A beginning, and then the same part again and again until so many bytes were written or nobody reads on.
    Endless {
        /// How it begins.
        head: Vec<u8>,
        /// What follows.
        part: Vec<u8>,
        /// Bytes after which even this ends.
        most: usize,
        /// Between two parts.
        pause: Duration,
    },
    /// Nothing at all, for as long as somebody waits.
    Silence,
}

impl Answer {
    /// A well-formed answer.
    pub fn whole(status: u16, body: Vec<u8>) -> Self {
        Self::with_headers(status, &[("content-type", "application/json")], body)
    }

    /// A well-formed answer with these headers.
    pub fn with_headers(status: u16, headers: &[(&str, &str)], body: Vec<u8>) -> Self {
        let mut bytes = format!("HTTP/1.1 {status} Some Words\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            bytes += &format!("{name}: {value}\r\n");
        }
        bytes += "connection: close\r\n\r\n";
        Self::Bytes([bytes.into_bytes(), body].concat())
    }

    /// The good answer of a route.
    pub fn good(route: &Route) -> Self {
        Self::whole(200, route.body.clone().into_bytes())
    }
}

/// A running institution. It ends when it is dropped.
pub(super) struct Server {
    pub(super) url: Url,
    hits: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers the requests of one route with `bad`, and all others well.
    pub(super) async fn start(routes: &[Route], attacked: &'static str, bad: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = address(&listener);
        let (hits, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let routes = Arc::new(routes.to_vec());
        let bad = Arc::new(bad);
        let (counted, written) = (Arc::clone(&hits), Arc::clone(&sent));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (routes, bad) = (Arc::clone(&routes), Arc::clone(&bad));
                let (hits, sent) = (Arc::clone(&counted), Arc::clone(&written));
                tokio::spawn(async move {
                    // A client that leaves early is what is hoped for.
                    let _ = serve(stream, &routes, attacked, &bad, &hits, &sent).await;
                });
            }
        });
        Self { url, hits, sent, task }
    }

    /// Requests of the attacked route so far.
    pub(super) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    /// Bytes somebody took of bad answers.
    pub(super) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn address(listener: &TcpListener) -> Url {
    let address = listener.local_addr().expect("it is bound");
    format!("http://{address}/").parse().expect("it is an address")
}

async fn serve(
    mut stream: TcpStream,
    routes: &[Route],
    attacked: &str,
    bad: &Answer,
    hits: &AtomicUsize,
    sent: &AtomicUsize,
) -> io::Result<()> {
    let line = request(&mut stream).await?;
    let Some(route) = routes.iter().find(|route| (route.matches)(&line)) else {
        return write(&mut stream, &Answer::whole(404, b"{}".to_vec()), &AtomicUsize::new(0)).await;
    };
    if route.name == attacked {
        hits.fetch_add(1, Ordering::SeqCst);
        write(&mut stream, bad, sent).await
    } else {
        write(&mut stream, &Answer::good(route), &AtomicUsize::new(0)).await
    }
}

/// Method and path of the request, once all of it was read: closing before would reset the connection.
async fn request(stream: &mut TcpStream) -> io::Result<String> {
    let mut read = Vec::new();
    let end = loop {
        let mut part = [0; 4_096];
        let size = stream.read(&mut part).await?;
        read.extend_from_slice(&part[..size]);
        match read.windows(4).position(|four| four == b"\r\n\r\n") {
            Some(end) => break end + 4,
            None if size == 0 || read.len() > 1 << 20 => return Err(io::ErrorKind::InvalidData.into()),
            None => {}
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
    let length = head.split("content-length:").nth(1).and_then(|rest| rest.split("\r\n").next());
    let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    let mut left = length.saturating_sub(read.len() - end);
    while left > 0 {
        let mut part = [0; 4_096];
        let size = stream.read(&mut part).await?;
        if size == 0 {
            break;
        }
        left = left.saturating_sub(size);
    }
    let line = String::from_utf8_lossy(&read[..end]);
    Ok(line.split(" HTTP/").next().unwrap_or_default().to_owned())
}

async fn write(stream: &mut TcpStream, answer: &Answer, sent: &AtomicUsize) -> io::Result<()> {
    match answer {
        Answer::Bytes(bytes) => {
            stream.write_all(bytes).await?;
            sent.fetch_add(bytes.len(), Ordering::SeqCst);
        }
        Answer::Endless { head, part, most, pause } => {
            stream.write_all(head).await?;
            let mut written = 0;
            while written < *most {
                stream.write_all(part).await?;
                written += part.len();
                sent.fetch_add(part.len(), Ordering::SeqCst);
                if !pause.is_zero() {
                    tokio::time::sleep(*pause).await;
                }
            }
        }
        Answer::Silence => {
            // Until the other side leaves.
            let _ = stream.read(&mut [0; 1]).await?;
        }
    }
    stream.shutdown().await
}

/// A place that nobody must be sent to.
pub(super) struct Elsewhere {
    pub(super) url: Url,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Elsewhere {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = address(&listener);
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, connections, task }
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.task.abort();
    }
}
