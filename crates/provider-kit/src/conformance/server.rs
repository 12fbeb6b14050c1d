//! The bank on a port of this machine, and what it may be made to do instead of answering.

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::{Url, form_urlencoded};

use super::{Bank, BankUnderTest, MARK};

/// Longer requests are none of an adapter's.
const LONGEST: usize = 1 << 20;

/// A request of the adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, e.g. `GET`.
    pub method: String,
    /// The path, as it was sent: what is encoded in it is still so.
    pub path: String,
    /// The parameters behind the question mark, decoded.
    pub query: Vec<(String, String)>,
    /// The headers, with names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first header of this name, which is written in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn parse(head: &str, body: Vec<u8>) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Some(Self {
            method,
            path: path.to_owned(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: headers.collect(),
            body,
        })
    }
}

/// The answer of the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, which is said to be JSON.
    pub body: Vec<u8>,
}

impl Reply {
    /// A good answer.
    pub fn json(body: &Value) -> Self {
        Self::new(200, body.to_string())
    }

    /// An answer with this status.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into().into_bytes() }
    }
}

/// How a bank refuses in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It does not take the credentials: an access token that has ended, keys that are wrong.
    Unauthorized,
    /// The user, or time, has ended the grant. Where there is a refresh, this is what the token endpoint answers.
    GrantEnded,
}

/// What happens in the place of an answer.
#[derive(Clone)]
pub(crate) enum Fault {
    /// The bank refuses.
    Refused(Refusal),
    /// Another status, with words of which nothing may be repeated, and with `Retry-After` in seconds.
    Status(u16, Option<u32>),
    /// Another address.
    Redirect,
    /// A good status and this body.
    Body(Vec<u8>),
    /// A good status and the first half of the answer's body.
    Half,
    /// The answer, said to be a page.
    Mistyped,
    /// Nothing, for as long as somebody waits.
    Silence,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "a refusal ({refusal:?})"),
            Self::Status(status, None) => write!(f, "status {status}"),
            Self::Status(status, Some(wait)) => write!(f, "status {status} with a wait of {wait} seconds"),
            Self::Redirect => f.write_str("a redirect"),
            Self::Body(body) => {
                let begin = String::from_utf8_lossy(&body[..body.len().min(40)]);
                write!(f, "a body of {} bytes that begins with {begin:?}", body.len())
            }
            Self::Half => f.write_str("half an answer"),
            Self::Mistyped => f.write_str("an answer that is said to be a page"),
            Self::Silence => f.write_str("silence"),
        }
    }
}

struct Shared {
    subject: Arc<dyn BankUnderTest>,
    bank: Bank,
    /// The fault, and the place of the first request that meets it.
    fault: Option<(usize, Fault)>,
    paths: Mutex<Vec<String>>,
    faulted: AtomicUsize,
}

/// A running bank. It ends when it is dropped.
pub(crate) struct Server {
    pub(crate) url: Url,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Server {
    /// Opens the bank. With a fault, the request in that place meets it, and all behind that.
    pub(crate) async fn start(
        subject: Arc<dyn BankUnderTest>,
        bank: Bank,
        fault: Option<(usize, Fault)>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let url = format!("http://{address}/").parse().expect("it is an address");
        let shared =
            Arc::new(Shared { subject, bank, fault, paths: Mutex::default(), faulted: AtomicUsize::new(0) });
        let served = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&served);
                tokio::spawn(async move {
                    // A client that leaves early is no concern of the bank's.
                    let _ = serve(stream, &shared).await;
                });
            }
        });
        Self { url, shared, task }
    }

    /// The paths that were asked for so far.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.shared.paths.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests so far that met the fault.
    pub(crate) fn faulted(&self) -> usize {
        self.shared.faulted.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let request = read(&mut stream).await?;
    let place = {
        let mut paths = shared.paths.lock().unwrap_or_else(PoisonError::into_inner);
        paths.push(request.path.clone());
        paths.len() - 1
    };
    let fault = shared.fault.as_ref().filter(|(from, _)| place >= *from).map(|(_, fault)| fault);
    if fault.is_some() {
        shared.faulted.fetch_add(1, Ordering::SeqCst);
    }
    let answer = || shared.subject.answer(&shared.bank, &request);
    let (json, none) = ("application/json", String::new());
    let bytes = match fault {
        None => written(&answer(), json, &none),
        Some(Fault::Refused(refusal)) => written(&shared.subject.refuses(*refusal, &request), json, &none),
        Some(Fault::Status(status, wait)) => {
            let words = format!(r#"{{"error":"{MARK}","error_description":"{MARK}","message":"{MARK}"}}"#);
            let wait = wait.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default();
            written(&Reply::new(*status, words), json, &wait)
        }
        Some(Fault::Redirect) => written(&Reply::new(302, MARK), json, "location: /elsewhere\r\n"),
        Some(Fault::Body(body)) => written(&Reply { status: 200, body: body.clone() }, json, &none),
        Some(Fault::Half) => {
            let mut reply = answer();
            reply.body.truncate(reply.body.len() / 2);
            written(&reply, json, &none)
        }
        Some(Fault::Mistyped) => written(&answer(), "text/html; charset=utf-8", &none),
        Some(Fault::Silence) => {
            // Until the other side leaves.
            let _ = stream.read(&mut [0; 1]).await?;
            return Ok(());
        }
    };
    stream.write_all(&bytes).await?;
    stream.shutdown().await
}

fn written(reply: &Reply, content_type: &str, headers: &str) -> Vec<u8> {
    let (status, length) = (reply.status, reply.body.len());
    let head = format!(
        "HTTP/1.1 {status} Some Words\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n"
    );
    [head.as_bytes(), &reply.body].concat()
}

/// The request, once all of it was read: closing before would reset the connection.
async fn read(stream: &mut TcpStream) -> io::Result<Request> {
    let mut read = Vec::new();
    let end = loop {
        let mut part = [0; 4_096];
        let size = stream.read(&mut part).await?;
        read.extend_from_slice(&part[..size]);
        match read.windows(4).position(|four| four == b"\r\n\r\n") {
            Some(end) => break end + 4,
            None if size == 0 || read.len() > LONGEST => return Err(io::ErrorKind::InvalidData.into()),
            None => {}
        }
    };
    let mut body = read.split_off(end);
    let head = String::from_utf8_lossy(&read).into_owned();
    let lengths = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let mut lengths = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = lengths.next().and_then(|(_, length)| length.trim().parse().ok()).unwrap_or(0);
    while body.len() < length.min(LONGEST) {
        let mut part = [0; 4_096];
        let size = stream.read(&mut part).await?;
        if size == 0 {
            break;
        }
        body.extend_from_slice(&part[..size]);
    }
    Request::parse(&head, body).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_apart() {
        let head = "GET /v1/a%20b/rows?from=2026-11-01&x=a%26b HTTP/1.1\r\nAuthorization: Bearer x\r\nhost: y\r\n\r\n";
        let request = Request::parse(head, b"{\"a\":1}".to_vec()).unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/v1/a%20b/rows"));
        assert_eq!((request.parameter("x"), request.parameter("y")), (Some("a&b"), None));
        assert_eq!(
            (request.header("authorization"), request.json()["a"].as_u64()),
            (Some("Bearer x"), Some(1))
        );
        assert_eq!(Request::parse("", Vec::new()), None);
    }
}
