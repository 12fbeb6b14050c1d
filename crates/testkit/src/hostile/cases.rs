//! The table of bad answers, apart from values within good ones.

use std::time::Duration;

use dashtam_domain::connections::ProviderError;
use url::Url;

use super::{Answer, MARK, Route};

/// A bad answer.
#[derive(Debug)]
pub struct Case {
    /// What is bad about it.
    pub name: String,
    /// The answer.
    pub answer: Answer,
    /// What may come of it.
    pub expect: Expect,
    /// Whether it makes one wait.
    pub slow: bool,
}

/// What may come of a bad answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// It may pass: try later.
    Unavailable,
    /// Slow down.
    RateLimited,
    /// It cannot be read, or it is a page of something in front of the institution.
    Unreadable,
    /// It is refused by a code, and nothing else.
    Rejected,
    /// The credentials are not accepted.
    Unauthorized,
    /// Any error.
    Failure,
    /// Data or an error, as long as it ends.
    Anything,
}

impl Expect {
    /// Whether this may come of it.
    pub fn allows<T>(self, result: &Result<T, ProviderError>) -> bool {
        use ProviderError::{
            AccessTokenRejected, Malformed, Misconfigured, NeedsReauthorization, RateLimited, Rejected,
            Unavailable,
        };
        let Err(error) = result else { return self == Self::Anything };
        match self {
            Self::Unavailable => *error == Unavailable,
            Self::RateLimited => matches!(error, RateLimited { .. }),
            Self::Unreadable => matches!(error, Malformed { .. } | Unavailable),
            Self::Rejected => matches!(error, Rejected { .. }),
            Self::Unauthorized => {
                matches!(error, AccessTokenRejected | NeedsReauthorization | Misconfigured)
            }
            Self::Failure | Self::Anything => true,
        }
    }
}

/// `Retry-After` as it should not be, and as it may be.
const WAITS: [&str; 9] = [
    "",
    "0",
    "-5",
    "1.5",
    "soon",
    "99999999999999999999999",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Sun, 32 Foo 2026 25:61:61 GMT",
];

/// Every bad answer to a request whose good answer is that of `route`.
pub(super) fn table(route: &Route, elsewhere: &Url) -> Vec<Case> {
    let good = route.body.as_bytes();
    let mut cases = statuses();
    cases.extend(redirects(elsewhere));
    cases.extend(transfers(good));
    cases.extend(bodies(good));
    cases.extend(slow());
    if !route.is_json() {
        // A part of a text is a text.
        let parts = ["a half", "two in one", "a length that is too short", "no length and half a body"];
        for case in cases.iter_mut().filter(|case| parts.contains(&case.name.as_str())) {
            case.expect = Expect::Anything;
        }
    }
    cases
}

fn case(name: impl Into<String>, answer: Answer, expect: Expect) -> Case {
    Case { name: name.into(), answer, expect, slow: false }
}

fn raw(name: &str, bytes: impl AsRef<[u8]>, expect: Expect) -> Case {
    case(name, Answer::Bytes(bytes.as_ref().to_vec()), expect)
}

fn body(name: &str, bytes: impl AsRef<[u8]>, expect: Expect) -> Case {
    case(name, Answer::whole(200, bytes.as_ref().to_vec()), expect)
}

fn statuses() -> Vec<Case> {
    let telling = format!(
        r#"{{"error":"{MARK}","error_description":"{MARK}","message":"{MARK}","errors":["{MARK}"],"code":"{MARK}"}}"#
    );
    let page = format!("<html><body>{MARK}</body></html>");
    let mut cases = Vec::new();
    for text in [telling.as_str(), page.as_str(), ""] {
        let mut add = |status: u16, expect| {
            let answer = Answer::whole(status, text.as_bytes().to_vec());
            cases.push(case(format!("{status} {text:.6}"), answer, expect));
        };
        for status in [400, 402, 404, 405, 408, 409, 410, 413, 414, 418, 422, 431, 451] {
            add(status, Expect::Failure);
        }
        for status in [201, 202, 204, 206, 299, 304] {
            add(status, if text == telling { Expect::Anything } else { Expect::Failure });
        }
        for status in [500, 501, 502, 503, 504, 507, 520, 599, 600, 999] {
            add(status, Expect::Unavailable);
        }
        add(403, Expect::Failure);
        // A page is a word of what stands in front of the institution.
        add(401, if text == page { Expect::Failure } else { Expect::Unauthorized });
        add(429, Expect::RateLimited);
    }
    for wait in WAITS {
        for status in [429, 503] {
            let expect = if status == 429 { Expect::RateLimited } else { Expect::Unavailable };
            let answer = Answer::with_headers(status, &[("retry-after", wait)], b"{}".to_vec());
            cases.push(case(format!("{status}, wait {wait:?}"), answer, expect));
        }
    }
    cases
}

fn redirects(elsewhere: &Url) -> Vec<Case> {
    let places = [
        elsewhere.as_str(),
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::1]:1/",
        "file:///etc/passwd",
        "/",
        "\u{fffd}",
    ];
    let away = |status: u16, place: &str| {
        let answer = Answer::with_headers(status, &[("location", place)], MARK.into());
        case(format!("{status} to {place}"), answer, Expect::Rejected)
    };
    let statuses = [301, 302, 303, 307, 308];
    statuses.into_iter().flat_map(|status| places.map(|place| away(status, place))).collect()
}

/// Answers that break the rules of HTTP, or end before their end.
fn transfers(good: &[u8]) -> Vec<Case> {
    let headed = |head: &str, body: &[u8]| [head.as_bytes(), b"\r\n\r\n", body].concat();
    let half = &good[..good.len() / 2];
    let many_headers: String = (0..5_000).map(|n| format!("x-{n}: {MARK}\r\n")).collect();
    vec![
        raw("nothing", "", Expect::Unavailable),
        raw("another protocol", "SSH-2.0-OpenSSH_9.6\r\n", Expect::Unavailable),
        raw("an alert of TLS", [0x15, 3, 3, 0, 2, 2, 40], Expect::Unavailable),
        raw("zeros", [0; 4_096], Expect::Unavailable),
        raw("a cut head", "HTTP/1.1 200 OK\r\ncontent-le", Expect::Unavailable),
        raw("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", Expect::Unavailable),
        raw(
            "a long header",
            headed(&format!("HTTP/1.1 200 OK\r\nx: {}", "a".repeat(1 << 20)), b"{}"),
            Expect::Unavailable,
        ),
        raw(
            "many headers",
            headed(&format!("HTTP/1.1 200 OK\r\n{many_headers}x: y"), b"{}"),
            Expect::Unavailable,
        ),
        raw(
            "a cut body",
            headed(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}", good.len()), half),
            Expect::Unavailable,
        ),
        raw(
            "cut chunks",
            headed("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", b"ffff\r\n{\"a\":"),
            Expect::Unavailable,
        ),
        raw(
            "bad chunks",
            headed("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", b"zz\r\n{}\r\n0\r\n\r\n"),
            Expect::Unavailable,
        ),
        raw(
            "a chunk of any size",
            headed("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", b"ffffffffffffffffff\r\n{}"),
            Expect::Unavailable,
        ),
        raw(
            "two lengths",
            headed("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2", b"{}"),
            Expect::Unavailable,
        ),
        raw(
            "a length below zero",
            headed("HTTP/1.1 200 OK\r\ncontent-length: -1", b"{}"),
            Expect::Unavailable,
        ),
        raw(
            "a length that is too short",
            headed(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}", half.len()), good),
            Expect::Unreadable,
        ),
        raw(
            "no length and half a body",
            headed("HTTP/1.1 200 OK\r\nconnection: close", half),
            Expect::Unreadable,
        ),
        raw("promises of an answer", "HTTP/1.1 100 Continue\r\n\r\n".repeat(500), Expect::Unavailable),
        case(
            "a huge body",
            Answer::Endless {
                head: format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n[", 200 << 20).into_bytes(),
                part: vec![b' '; 64 << 10],
                most: 200 << 20,
                pause: Duration::ZERO,
            },
            Expect::Unreadable,
        ),
        case(
            "chunks without end",
            Answer::Endless {
                head: b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
                part: [b"10000\r\n".to_vec(), vec![b'['; 0x10000], b"\r\n".to_vec()].concat(),
                most: 200 << 20,
                pause: Duration::ZERO,
            },
            Expect::Unreadable,
        ),
    ]
}

/// Well-formed answers whose body is no answer.
fn bodies(good: &[u8]) -> Vec<Case> {
    let gzip = |bytes: &[u8]| {
        let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
        Answer::with_headers(200, &headers, bytes.to_vec())
    };
    let utf16: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain(String::from_utf8_lossy(good).encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    let broken_text = String::from_utf8_lossy(good).replacen("\":", "\u{fffd}\":", 1).into_bytes();
    let broken_text: Vec<u8> =
        broken_text.split(|byte| *byte == 0xef).flat_map(|part| [part, b"\xff"].concat()).collect();
    vec![
        body("an empty body", "", Expect::Failure),
        body("blanks", " \r\n\t ", Expect::Failure),
        body("a page", format!("<!DOCTYPE html><html><p>{MARK}</p></html>"), Expect::Unreadable),
        body("a page behind blanks", format!("\r\n\r\n  <HTML>{MARK}"), Expect::Unreadable),
        body("words", MARK, Expect::Unreadable),
        body("XML", format!("<?xml version=\"1.0\"?><e>{MARK}</e>"), Expect::Unreadable),
        body("invalid text", broken_text, Expect::Unreadable),
        body("text in two bytes", utf16, Expect::Unreadable),
        body("a half", &good[..good.len() / 2], Expect::Unreadable),
        body("two in one", [good, good].concat(), Expect::Unreadable),
        body("NaN", "NaN", Expect::Unreadable),
        body("infinity", "[-Infinity]", Expect::Unreadable),
        body("nothing", "null", Expect::Unreadable),
        body("a number", "1e400", Expect::Unreadable),
        body("a text", format!("\"{MARK}\""), Expect::Unreadable),
        body("a truth", "true", Expect::Unreadable),
        body("an empty object", "{}", Expect::Unreadable),
        body("an empty list", "[]", Expect::Anything),
        body("a list of nothing", "[null]", Expect::Anything),
        body("a list of lists", "[[],[[]]]", Expect::Anything),
        body("a list of words", format!("[\"{MARK}\"]"), Expect::Anything),
        body("deep lists", deep("[", "]"), Expect::Unreadable),
        body("deep objects", deep("{\"a\":", "}"), Expect::Unreadable),
        body("a deep end", "[".repeat(200_000), Expect::Unreadable),
        case("gzip that is none", gzip(&[0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6]), Expect::Unreadable),
        case("gzip that is a page", gzip(MARK.as_bytes()), Expect::Unreadable),
    ]
}

fn slow() -> Vec<Case> {
    let drip = |name: &str, head: &str, part: &str| {
        let answer = Answer::Endless {
            head: head.into(),
            part: part.into(),
            most: 1 << 20,
            pause: Duration::from_millis(50),
        };
        Case { slow: true, ..case(name, answer, Expect::Unavailable) }
    };
    vec![
        Case { slow: true, ..case("silence", Answer::Silence, Expect::Unavailable) },
        drip("a slow head", "HTTP/1.1 200 OK\r\n", "x: y\r\n"),
        drip("a slow body", "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", " "),
        drip("slow chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\n \r\n"),
        drip("slow promises", "", "HTTP/1.1 102 Processing\r\n\r\n"),
    ]
}
