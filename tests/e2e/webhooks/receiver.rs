//! A program that receives webhooks, and answers what it is told to.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use dashtam_tests::patience::{SOON, eventually};
use serde_json::Value;

/// A message that came.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Received {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }
}

/// What it answers.
pub(super) struct Answer {
    /// `None`: never.
    status: Option<u16>,
    headers: String,
    body: &'static str,
}

impl Answer {
    pub(super) fn status(status: u16) -> Self {
        Self { status: Some(status), headers: String::new(), body: "" }
    }

    pub(super) fn hang() -> Self {
        Self { status: None, ..Self::status(0) }
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    pub(super) fn saying(self, body: &'static str) -> Self {
        Self { body, ..self }
    }
}

type Script = Box<dyn Fn(&Received) -> Answer + Send>;

#[derive(Default)]
struct Seen {
    all: Vec<Received>,
    /// Which of them a test has asked for.
    taken: Vec<bool>,
}

/// The program, until the test ends.
pub(super) struct Receiver {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    script: Arc<Mutex<Script>>,
}

impl Receiver {
    pub(super) fn new(script: impl Fn(&Received) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
        let (to, told) = (seen.clone(), script.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (to, told) = (to.clone(), told.clone());
                thread::spawn(move || serve(stream, &to, &told));
            }
        });
        Self { address, seen, script }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers something else from now on.
    pub(super) fn answers(&self, script: impl Fn(&Received) -> Answer + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// The next message of this sort that no test has asked for yet.
    pub(super) async fn next(&self, is_meant: impl Fn(&Received) -> bool) -> Received {
        eventually("a message", SOON, async || {
            let mut seen = self.seen.lock().unwrap();
            let Seen { all, taken } = &mut *seen;
            let at = (0..all.len()).find(|at| !taken[*at] && is_meant(&all[*at]))?;
            taken[at] = true;
            Some(all[at].clone())
        })
        .await
    }

    /// Whether no message of this sort came so far.
    pub(super) fn never(&self, is_meant: impl Fn(&Received) -> bool) -> bool {
        !self.all().iter().any(is_meant)
    }

    /// All that came so far.
    pub(super) fn all(&self) -> Vec<Received> {
        self.seen.lock().unwrap().all.clone()
    }
}

fn read(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.strip_prefix("POST ")?.split(' ').next()?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body: String::from_utf8(body).ok()? })
}

fn serve(mut stream: TcpStream, seen: &Mutex<Seen>, script: &Mutex<Script>) {
    let Some(received) = read(&stream) else { return };
    let answer = (script.lock().unwrap())(&received);
    {
        let mut seen = seen.lock().unwrap();
        seen.all.push(received);
        seen.taken.push(false);
    }
    let Some(status) = answer.status else {
        // Until whoever asked gives up.
        let _ = stream.read(&mut [0; 16]);
        return;
    };
    let Answer { headers, body, .. } = answer;
    let length = body.len();
    let whole = format!(
        "HTTP/1.1 {status} So\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    // Who hangs up early gets nothing.
    let _ = stream.write_all(whole.as_bytes());
}
