//! Everything a client can send wrong, and the refusal it gets.

use dashtam_tests::{Api, Engine, User, api::send};
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::engines::shared;

/// Stands in every input and must stand in no answer.
const PLANTED: &str = "pl4nted-v4lue";
const ID: &str = "01900000-0000-7000-8000-000000000000";

/// A refusal that repeats nothing of what was sent.
#[track_caller]
fn assert_silent(what: &str, reply: &dashtam_tests::Reply, status: u16) -> Value {
    let problem = reply.problem();
    assert_eq!(reply.status, status, "{what}: {problem}");
    for member in ["title", "detail", "errors"] {
        let text = problem[member].to_string();
        assert!(!text.contains(PLANTED), "{what}: {member} repeats the input: {problem}");
    }
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{what}");
    problem
}

#[tokio::test]
async fn bodies_that_are_wrong_are_refused_with_the_right_status() {
    let server = shared!(Engine::Sqlite, "bodies_that_are_wrong_are_refused_with_the_right_status");
    let user = User::new(&server).await;
    let deep = "[".repeat(100_000);
    let quoted = format!("\"{PLANTED}\"");
    let cut = format!("{{\"email\": \"{PLANTED}");
    let repeated =
        format!("{{\"alias\": \"{PLANTED}\", \"alias\": \"b\", \"email\": \"a\", \"email\": \"b\"}}");
    let wrong = [
        ("nothing", "", 400),
        ("half an object", cut.as_str(), 400),
        ("no JSON", "email=a&password=b", 400),
        ("two objects", "{} {}", 400),
        ("a comma too many", "{\"email\": \"a\",}", 400),
        ("a number with a leading zero", "{\"email\": 01}", 400),
        ("brackets without end", deep.as_str(), 400),
        ("a list", "[]", 422),
        ("a text", quoted.as_str(), 422),
        ("null", "null", 422),
        ("a number", "17", 422),
        ("an empty object", "{}", 422),
        ("fields twice", repeated.as_str(), 422),
    ];
    let routes = ["auth/register", "auth/login", "auth/verify-email", "auth/refresh", "providers/create"];
    for path in routes {
        let path = format!("/api/v1/{path}");
        for (what, body, status) in wrong {
            let request = user.api.request("POST", &path).header("Content-Type", "application/json");
            let reply = send(request.body(body.to_owned())).await;
            // Some of these bodies have only fields this route does not know, and miss those it needs.
            assert_silent(&format!("{what} at {path}"), &reply, status);
        }
        let not_text = [0xff, 0xfe, b'{', 0];
        let request = user.api.request("POST", &path).header("Content-Type", "application/json");
        assert_silent("no text", &send(request.body(not_text.to_vec())).await, 400);
        for kind in
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", PLANTED]
        {
            let request = user.api.request("POST", &path).header("Content-Type", kind).body("{}");
            assert_silent(&format!("{kind} at {path}"), &send(request).await, 415);
        }
        assert_silent("no content type", &send(user.api.request("POST", &path).body("{}")).await, 415);
        let encoded = user.api.request("POST", &path).json(&json!({})).header("Content-Encoding", "gzip");
        assert_silent("a compressed body", &send(encoded).await, 415);
    }
}

#[tokio::test]
async fn fields_that_are_wrong_are_all_told_and_none_is_repeated() {
    let server = shared!(Engine::Sqlite, "fields_that_are_wrong_are_all_told_and_none_is_repeated");
    let user = User::new(&server).await;
    let long = PLANTED.repeat(200);
    let values = [
        json!(null),
        json!(17),
        json!(1.5e300),
        json!(true),
        json!([PLANTED]),
        json!({"a": PLANTED}),
        json!(""),
        json!("   "),
        json!(format!("{PLANTED}\u{0}")),
        json!(format!("{PLANTED}\u{7}\r\nbcc: x@y.example")),
        json!(long),
    ];
    for value in &values {
        let body = json!({"email": value, "password": value, "name": value});
        let reply = user.api.post("/api/v1/auth/register", &body).await;
        assert_silent(&format!("register {value}"), &reply, 422);
        let rules = reply.broken_rules();
        for field in ["email:", "password:", "name:"] {
            assert!(rules.iter().any(|rule| rule.starts_with(field)), "{value}: {rules:?}");
        }
        let body = json!({"provider_key": value, "alias": value});
        let reply = user.api.post("/api/v1/providers/create", &body).await;
        assert_silent(&format!("create {value}"), &reply, 422);
        assert!(reply.broken_rules().iter().any(|rule| rule.starts_with("alias:")), "{value}");
    }
    let unknown = json!({"provider_key": PLANTED, "alias": "A"});
    assert_silent("an unknown bank", &user.api.post("/api/v1/providers/create", &unknown).await, 400);
    assert!(user.api.all("/api/v1/providers").await.is_empty());
}

#[tokio::test]
async fn bodies_over_one_mebibyte_are_refused_and_those_of_one_mebibyte_are_read() {
    let server = shared!(Engine::Sqlite, "bodies_over_one_mebibyte_are_refused");
    let user = User::new(&server).await;
    let of_size = |size: usize| {
        let body = r#"{"provider_key":"sandbox","alias":"A"}"#;
        // White space is part of a body and says nothing.
        format!("{body}{}", " ".repeat(size - body.len()))
    };
    let post = |body: String| {
        let request = user.api.request("POST", "/api/v1/providers/create");
        send(request.header("Content-Type", "application/json").body(body))
    };
    for size in [(1 << 20) + 1, 3 << 20] {
        let problem = assert_silent("too large", &post(of_size(size)).await, 413);
        assert!(problem["type"].as_str().unwrap().ends_with("/errors/too-large"));
    }
    // A body in chunks says nothing of its size beforehand.
    let mut request = format!(
        "POST /api/v1/providers/create HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        user.access_token
    );
    for chunk in of_size((1 << 20) + 1).as_bytes().chunks(60_000) {
        request += &format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk));
    }
    let answer = raw(&server, (request + "0\r\n\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("/errors/too-large"), "{answer}");
    post(of_size(1 << 20)).await.expect(201);
}

#[tokio::test]
async fn ids_cursors_and_parameters_that_are_wrong_are_named() {
    let server = shared!(Engine::Sqlite, "ids_cursors_and_parameters_that_are_wrong_are_named");
    let user = User::new(&server).await;
    let long = "1".repeat(3000);
    for id in [PLANTED, "1", "0", "-1", "%00", "..%2f..%2fetc", "01900000-0000-7000-8000-00000000000g", &long]
    {
        for (method, path) in [
            ("GET", format!("/api/v1/providers/{id}")),
            ("DELETE", format!("/api/v1/providers/{id}")),
            ("POST", format!("/api/v1/providers/{id}/sync")),
            ("GET", format!("/api/v1/auth/{id}/status")),
            ("GET", format!("/api/v1/auth/{id}/authorize")),
            ("GET", format!("/api/v1/auth/{id}/callback")),
            ("POST", format!("/api/v1/auth/{id}/refresh")),
            ("DELETE", format!("/api/v1/auth/{id}/disconnect")),
            ("GET", format!("/api/v1/providers/{id}/audit-log")),
            ("GET", format!("/api/v1/accounts/{id}")),
            ("GET", format!("/api/v1/accounts/{id}/transactions")),
            ("GET", format!("/api/v1/accounts/{id}/holdings")),
            ("GET", format!("/api/v1/transactions/{id}")),
            ("GET", format!("/api/v1/imports/{id}")),
        ] {
            let reply = send(user.api.request(method, &path)).await;
            // `..` may be taken out of the path by the client itself: then there is nothing there.
            let status = if reply.status == 404 && id.contains("..") { 404 } else { 422 };
            assert_silent(&format!("{method} {path}"), &reply, status);
        }
    }
    let filters = [
        ("limit=0", "limit:out_of_range"),
        ("limit=501", "limit:out_of_range"),
        ("limit=-1", "limit:out_of_range"),
        ("limit=ten", "limit:out_of_range"),
        ("limit=1e2", "limit:out_of_range"),
        ("limit=99999999999999999999", "limit:out_of_range"),
        ("limit=1&limit=2", "limit:repeated"),
        ("cursor=pl4nted-v4lue", "cursor:invalid"),
        ("cursor=AAAA", "cursor:invalid"),
        ("cursor=%ff%fe", "cursor:invalid"),
        ("cursor=dDE6MjAyNi0xMy00NTp4", "cursor:invalid"),
    ];
    for list in ["accounts", "transactions", "balances", "providers", &format!("accounts/{ID}/transactions")]
    {
        for (query, rule) in filters {
            let reply = user.api.get(&format!("/api/v1/{list}?{query}")).await;
            assert_silent(&format!("{list}?{query}"), &reply, 422);
            assert_eq!(reply.broken_rules(), [rule], "{list}?{query}");
        }
    }
    for (query, rule) in [
        ("from=yesterday", "from:day"),
        ("to=2026-02-30", "to:day"),
        ("from=2026-1-1", "from:day"),
        ("status=pl4nted-v4lue", "status:unknown"),
        ("account_id=pl4nted-v4lue", "account_id:uuid"),
    ] {
        let reply = user.api.get(&format!("/api/v1/transactions?{query}")).await;
        assert_silent(query, &reply, 422);
        assert_eq!(reply.broken_rules(), [rule]);
    }
    let several = user.api.get("/api/v1/transactions?limit=0&from=x&cursor=x&status=x").await;
    assert_eq!(several.broken_rules().len(), 4);
    let empty = user.api.get("/api/v1/transactions?from=2026-02-02&to=2026-01-01").await;
    assert!(matches!(empty.status, 200 | 422), "{}", empty.text());
    let unknown = user.api.get("/api/v1/transactions?colour=blue&limit=500").await;
    assert_eq!(unknown.broken_rules(), ["colour:unknown"]);
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_are_told_apart() {
    let server = shared!(Engine::Sqlite, "unknown_paths_and_wrong_methods_are_told_apart");
    let user = User::new(&server).await;
    for path in [
        "/api/v1/pl4nted-v4lue",
        "/api/v2/accounts",
        "/API/V1/accounts",
        "/api/v1//accounts",
        "/api/v1/accounts/x/y/z",
        "/favicon.png",
        "/docs/../secret.key",
        "/docs/..%2f..%2fsecret.key",
        "/docs/pl4nted-v4lue",
        "/.env",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/api/v1/accounts%00",
    ] {
        let reply = user.api.get(path).await;
        let problem = assert_silent(path, &reply, 404);
        assert!(problem["type"].as_str().unwrap().ends_with("/errors/no-such-route"), "{problem}");
    }
    for (method, path, allowed) in [
        ("GET", "/api/v1/auth/login", "POST"),
        ("PUT", "/api/v1/auth/login", "POST"),
        ("DELETE", "/api/v1/accounts", "GET, HEAD"),
        ("POST", "/api/v1/transactions", "GET, HEAD"),
        ("PATCH", "/api/v1/imports", "GET, HEAD, POST"),
        ("POST", &format!("/api/v1/providers/{ID}"), "GET, HEAD, PATCH, DELETE"),
        ("POST", "/health", "GET, HEAD"),
        ("BREW", "/api/v1/accounts", "GET, HEAD"),
        ("OPTIONS", "/api/v1/accounts", "GET, HEAD"),
        ("TRACE", "/", "GET, HEAD"),
    ] {
        let reply = send(user.api.request(method, path)).await;
        let problem = assert_silent(&format!("{method} {path}"), &reply, 405);
        assert!(problem["type"].as_str().unwrap().ends_with("/errors/method-not-allowed"), "{problem}");
        assert_eq!(reply.header("allow"), allowed, "{method} {path}");
    }
    for path in ["/api/v1/accounts/", "/api/v1/accounts///", "/api/v1/auth/me/", "/health/"] {
        assert_eq!(user.api.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn odd_headers_do_no_harm() {
    let server = shared!(Engine::Sqlite, "odd_headers_do_no_harm");
    let user = User::new(&server).await;
    let with = async |name: &'static str, value: &[u8]| {
        let value = HeaderValue::from_bytes(value).unwrap();
        let request = user.api.request("GET", "/api/v1/auth/me");
        send(request.header(HeaderName::from_static(name), value)).await
    };
    let long = "x".repeat(16_000);
    for (name, value) in [
        ("user-agent", long.as_bytes()),
        ("user-agent", b"\xff\xfe\x80"),
        ("x-forwarded-for", b"pl4nted, 999.1.1.1, \"><script>"),
        ("x-trace-id", b"pl4nted-v4lue"),
        ("traceparent", b"00-zz-zz-01"),
        ("cookie", b"session=x; session=y"),
        ("accept", b"text/html"),
        ("accept-encoding", b"br, gzip, zstd;q=9"),
        ("origin", b"https://evil.example"),
        ("range", b"bytes=0-1"),
        ("expect", b"200-maybe"),
        ("if-none-match", b"*"),
    ] {
        let reply = with(name, value).await;
        assert!(matches!(reply.status, 200 | 417), "{name}: {} {}", reply.status, reply.text());
        assert_ne!(reply.header("x-trace-id"), PLANTED, "{name}");
        assert_eq!(reply.header("access-control-allow-origin"), "", "{name}");
    }
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    assert_eq!(with("x-trace-id", trace.as_bytes()).await.header("x-trace-id"), trace);
    let bad: [&[u8]; 5] = [b"Basic dXNlcjpwYXNz", b"Bearer", b"Bearer  ", b"bearer\tx", b"\xff"];
    for value in bad {
        let request = Api::of(&server).request("GET", "/api/v1/auth/me");
        let reply = send(request.header("Authorization", HeaderValue::from_bytes(value).unwrap())).await;
        assert_eq!(reply.status, 401, "{value:?}: {}", reply.text());
        reply.problem();
    }
}

/// What the server answers to bytes that no client library would send.
async fn raw(server: &dashtam_tests::Server, bytes: &[u8]) -> String {
    let address = server.api.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    // The server may hang up before it has read everything.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read =
        tokio::time::timeout(std::time::Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "the server neither answers nor hangs up");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn requests_that_are_not_http_are_refused_and_the_server_lives_on() {
    let server = shared!(Engine::Sqlite, "requests_that_are_not_http_are_refused_and_the_server_lives_on");
    let user = User::new(&server).await;
    let huge = format!("GET /health HTTP/1.1\r\nHost: x\r\nX-Huge: {}\r\n\r\n", "h".repeat(1 << 20));
    let many: String = (0..5000).map(|n| format!("X-{n}: y\r\n")).collect();
    let many = format!("GET /health HTTP/1.1\r\nHost: x\r\n{many}\r\n");
    let path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "p".repeat(1 << 20));
    for (what, bytes) in [
        ("one huge header", huge.as_bytes()),
        ("five thousand headers", many.as_bytes()),
        ("a huge path", path.as_bytes()),
        ("no method", b"/health HTTP/1.1\r\n\r\n".as_slice()),
        ("another protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        ("a header with a line break", b"GET /health HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\nBad\r\n\r\n"),
        ("two lengths", b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        (
            "a length and chunks",
            b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        ("a negative length", b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        ("an unknown version", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
    ] {
        let answer = raw(&server, bytes).await;
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4");
        assert!(refused, "{what}: {}", &answer[..answer.len().min(300)]);
        user.api.get("/api/v1/auth/me").await.expect(200);
    }
}
