//! One keep-alive connection: writes prepared bytes, reads a status line, headers and a body of known length.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Room for headers and most bodies; it grows when a body is longer.
const ROOM: usize = 128 * 1024;

/// A request as the bytes that are sent.
#[derive(Debug, Clone)]
pub(crate) struct Request(Vec<u8>);

impl Request {
    /// Makes a GET.
    pub(crate) fn get(path: &str, access_token: Option<&str>) -> Self {
        Self::build("GET", path, access_token, None, b"")
    }

    /// Makes a POST of JSON.
    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::build("POST", path, None, Some("application/json"), body.to_string().as_bytes())
    }

    /// A POST of one file as the field `file` of a form.
    pub(crate) fn upload(path: &str, access_token: &str, name: &str, file: &[u8]) -> Self {
        let boundary = "a-line-that-no-statement-has";
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), file, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        let kind = format!("multipart/form-data; boundary={boundary}");
        Self::build("POST", path, Some(access_token), Some(&kind), &body)
    }

    fn build(method: &str, path: &str, access_token: Option<&str>, kind: Option<&str>, body: &[u8]) -> Self {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n");
        if let Some(token) = access_token {
            text += &format!("Authorization: Bearer {token}\r\n");
        }
        if let Some(kind) = kind {
            text += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        }
        text += "\r\n";
        Self([text.as_bytes(), body].concat())
    }
}

/// An answer as it came back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Answer<'_> {
    /// The JSON of an answer, unless it is a refusal.
    pub(crate) fn json(&self) -> Result<Value> {
        self.good()?;
        serde_json::from_slice(self.body).context("an answer is not JSON")
    }

    /// Fails if the answer is a refusal.
    pub(crate) fn good(&self) -> Result<()> {
        if !(200..300).contains(&self.status) {
            bail!("answered {}: {}", self.status, String::from_utf8_lossy(self.body));
        }
        Ok(())
    }
}

/// One connection to a server.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream =
            TcpStream::connect(address).await.with_context(|| format!("{address} cannot be reached"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; ROOM] })
    }

    /// Sends a request and reads the answer to its end.
    pub(crate) async fn ask(&mut self, request: &Request) -> Result<Answer<'_>> {
        self.stream.write_all(&request.0).await.context("the connection broke")?;
        let mut filled = 0;
        let head = loop {
            let seen = filled;
            filled += self.read(filled).await?;
            // The end of the headers may lie across two reads.
            if let Some(end) = find(&self.buffer[..filled], b"\r\n\r\n", seen.saturating_sub(3)) {
                break end + 4;
            }
        };
        let (status, length) = parse(&self.buffer[..head]).context("an answer cannot be read")?;
        let end = head + length;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while filled < end {
            filled += self.read(filled).await?;
        }
        Ok(Answer { status, body: &self.buffer[head..end] })
    }

    async fn read(&mut self, filled: usize) -> Result<usize> {
        match self.stream.read(&mut self.buffer[filled..]).await.context("the connection broke")? {
            0 => bail!("the connection was closed in the middle of an answer"),
            count => Ok(count),
        }
    }
}

fn find(text: &[u8], what: &[u8], from: usize) -> Option<usize> {
    text[from..].windows(what.len()).position(|window| window == what).map(|at| from + at)
}

/// Reads the status and the length of the body from the head of an answer.
fn parse(head: &[u8]) -> Option<(u16, usize)> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((status, length.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX: y\r\n\r\n"), Some((200, 12)));
        assert_eq!(parse(b"HTTP/1.1 204 No Content\r\n\r\n"), Some((204, 0)));
        assert_eq!(parse(b"nonsense\r\n\r\n"), None);
        assert_eq!(find(b"abc\r\n\r\nd", b"\r\n\r\n", 1), Some(3));
    }
}
