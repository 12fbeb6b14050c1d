//! Clients that are slow, or too many, and what they leave to others.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use dashtam_tests::{Api, Engine, Server, User, api::send, server::Options};
use reqwest::Version;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::engines::place;

/// Longer than any deadline of these servers, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with room for forty connections of a client, whose deadlines are short.
fn hasty(tls: bool) -> Options {
    let settings = [
        ("DASHTAM__HTTP__CONNECTIONS_PER_CLIENT", "40"),
        ("DASHTAM__HTTP__HEAD_SECONDS", "3"),
        ("DASHTAM__HTTP__BODY_SECONDS", "3"),
        ("DASHTAM__HTTP__IDLE_SECONDS", "3"),
        ("DASHTAM__HTTP__UNREAD_SECONDS", "3"),
    ];
    Options {
        variables: settings.map(|(name, value)| (name, value.to_owned())).into(),
        tls,
        ..Options::default()
    }
}

fn address(url: &str) -> &str {
    url.split_once("://").expect("an address of a server").1
}

async fn connect(url: &str) -> TcpStream {
    TcpStream::connect(address(url)).await.expect("the server listens")
}

/// Everything that still comes, until the server closes; the test fails when it does not.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is reset has ended, too.
    let _ =
        timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server closes the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Announces a megabyte and sends ten bytes.
async fn trickle(url: &str, path: &str) -> TcpStream {
    let mut stream = connect(url).await;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: dashtam\r\nContent-Type: application/json\r\n\
         Content-Length: 1000000\r\n\r\n{{\"email\":"
    );
    // The server may have turned it away already.
    let _ = stream.write_all(head.as_bytes()).await;
    stream
}

#[tokio::test]
async fn slow_bodies_end_and_leave_room_for_health_and_for_who_is_signed_in() {
    let place = place!(Engine::Sqlite, "slow_bodies_end_and_leave_room_for_health_and_for_who_is_signed_in");
    let mut options = hasty(false);
    // Long enough that none of them ends while the others are served.
    options.variables.retain(|(name, _)| *name != "DASHTAM__HTTP__BODY_SECONDS");
    options.variables.push(("DASHTAM__HTTP__BODY_SECONDS", "20".to_owned()));
    let server = Server::start_with(&place, &options);
    let user = User::new(&server).await;
    // The pool's connections go first: nobody shall be let in by one that was open before.
    sleep(Duration::from_secs(4)).await;

    let mut slow = Vec::new();
    for _ in 0..1_100 {
        slow.push(trickle(&server.api, "/api/v1/auth/login").await);
    }
    let begun = Instant::now();
    // Those that have no more room are sent away meanwhile.
    sleep(Duration::from_secs(2)).await;
    let stranger = Api::of(&server);
    for _ in 0..5 {
        let asked = Instant::now();
        for path in ["/health", "/health/live", "/health/ready", "/api/v1/health"] {
            stranger.get(path).await.expect(200);
        }
        user.api.get("/api/v1/auth/me").await.expect(200);
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "the slow ones are still waited for");
    // Whoever shows a credential that is none gets no further than those who show none.
    stranger.with_token("none").get("/api/v1/auth/me").await.refused(401, "invalid-access-token");

    let (mut late, mut refused) = (0, 0);
    for stream in &mut slow {
        let answer = rest(stream).await;
        late += usize::from(answer.starts_with("HTTP/1.1 408") && answer.contains("/errors/request-timeout"));
        refused += usize::from(answer.starts_with("HTTP/1.1 503"));
    }
    assert!(begun.elapsed() < 2 * PATIENCE, "{:?}", begun.elapsed());
    assert!((20..=40).contains(&late), "{late} were served until their time was over, {refused} refused");
    stranger.get("/health").await.expect(200);
    assert!(server.log().contains("a connection was turned away"), "{}", server.log());
    // The room is there again, for everybody.
    assert_eq!(stranger.get("/api/v1/providers/available").await.status, 200);
}

#[tokio::test]
async fn a_body_that_comes_steadily_is_not_slow() {
    let place = place!(Engine::Sqlite, "a_body_that_comes_steadily_is_not_slow");
    let server = Server::start_with(&place, &hasty(false));
    let mut stream = connect(&server.api).await;
    let body = format!("{{\"email\":\"{}\",\"password\":\"x\"}}", "a".repeat(11_000));
    let head = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: dashtam\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("the server reads");
    for part in body.as_bytes().chunks(2_000) {
        stream.write_all(part).await.expect("the server reads on");
        sleep(Duration::from_secs(1)).await;
    }
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
}

#[tokio::test]
async fn heads_that_never_end_and_connections_without_a_request_are_closed() {
    let place = place!(Engine::Sqlite, "heads_that_never_end_and_connections_without_a_request_are_closed");
    let server = Server::start_with(&place, &hasty(false));
    let silent = async {
        let mut stream = connect(&server.api).await;
        rest(&mut stream).await
    };
    let first = async {
        let mut stream = connect(&server.api).await;
        trickled_head(&mut stream).await
    };
    let second = async {
        let mut stream = connect(&server.api).await;
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: dashtam\r\n\r\n").await.unwrap();
        let mut start = [0; 15];
        stream.read_exact(&mut start).await.expect("the first request is answered");
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        trickled_head(&mut stream).await
    };
    let begun = Instant::now();
    let (silent, first, _second) = tokio::join!(silent, first, second);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    for answer in [silent, first] {
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

/// Sends a head bit by bit until the server has enough; what it said.
async fn trickled_head(stream: &mut TcpStream) -> String {
    let _ = stream.write_all(b"GET /health/live HTTP/1.1\r\n").await;
    for turn in 0..200 {
        if stream.write_all(format!("X-{turn}: 1\r\n").as_bytes()).await.is_err() {
            break;
        }
        let mut some = [0; 1024];
        match timeout(Duration::from_millis(100), stream.read(&mut some)).await {
            Err(_) => {}
            Ok(Ok(read)) if read > 0 => {}
            Ok(_) => return String::new(),
        }
    }
    rest(stream).await
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_not_kept_for_ever() {
    let place = place!(Engine::Sqlite, "an_answer_that_nobody_reads_is_not_kept_for_ever");
    let server = Server::start_with(&place, &hasty(false));
    let mut stream = connect(&server.api).await;
    // More answers than any buffer holds, asked for at once.
    let request = "GET /redoc/redoc.js HTTP/1.1\r\nHost: dashtam\r\n\r\n".repeat(12);
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    sleep(Duration::from_secs(8)).await;
    let answers = rest(&mut stream).await;
    assert!(answers.starts_with("HTTP/1.1 200") && answers.matches("HTTP/1.1 200").count() < 12);
}

#[tokio::test]
async fn plain_http_on_the_port_of_https_is_told_and_both_versions_of_http_are_spoken_there() {
    let place = place!(
        Engine::Sqlite,
        "plain_http_on_the_port_of_https_is_told_and_both_versions_of_http_are_spoken_there"
    );
    let server = Server::start_with(&place, &hasty(true));
    for url in [&server.api, &server.callback] {
        let mut stream = connect(url).await;
        stream
            .write_all(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: dashtam\r\n\r\n{\"a\":1}")
            .await
            .unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
    }
    // What is neither is closed, as is who says nothing; the log says nothing of either.
    let mut garbage = connect(&server.api).await;
    garbage.write_all(b"\x00\x01\x02").await.unwrap();
    let mut silent = connect(&server.api).await;
    assert_eq!(rest(&mut garbage).await + &rest(&mut silent).await, "");

    let api = Api::of(&server);
    let answer = api.request("GET", "/health").send().await.expect("the server answers");
    assert_eq!((answer.version(), answer.status().as_u16()), (Version::HTTP_2, 200));
    let mut http = reqwest::Client::builder().http1_only().no_proxy();
    let pem = std::fs::read(server.says["certificate"].as_str().unwrap()).unwrap();
    http = http.add_root_certificate(reqwest::Certificate::from_pem(&pem).unwrap());
    let old = http.build().unwrap().get(format!("{}/health", server.api)).send().await.unwrap();
    assert_eq!((old.version(), old.status().as_u16()), (Version::HTTP_11, 200));

    // HTTP/2 has the same deadlines: a body that does not come is waited for no longer.
    let request = api.request("POST", "/api/v1/auth/login").header("content-type", "application/json");
    let reply = send(request.body(reqwest::Body::wrap(NeverComes)));
    timeout(PATIENCE, reply).await.expect("it is answered").refused(408, "request-timeout");
}

/// A body whose sender never gets to it.
struct NeverComes;

impl http_body::Body for NeverComes {
    type Data = &'static [u8];
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn broken_requests_leave_no_noise_in_the_log() {
    let place = place!(Engine::Sqlite, "broken_requests_leave_no_noise_in_the_log");
    let server = Server::start_with(&place, &hasty(false));
    for nonsense in
        [&b"nonsense\r\n\r\n"[..], b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"GET /"]
    {
        let mut stream = connect(&server.api).await;
        stream.write_all(nonsense).await.unwrap();
        rest(&mut stream).await;
    }
    let noise: Vec<String> = server
        .log()
        .lines()
        .filter(|line| {
            ["ERROR", "WARN", "stream error", "worker", "actix"].iter().any(|word| line.contains(word))
        })
        .map(str::to_owned)
        .collect();
    assert!(noise.is_empty(), "{noise:#?}");
}
