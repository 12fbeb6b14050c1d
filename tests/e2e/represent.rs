//! Compressed answers, and documents that need not be sent again.

use dashtam_tests::{
    Api, Engine, User,
    api::{Reply, send},
    statement::{ofx, rows},
};

use crate::engines::shared;

async fn get(api: &Api, path: &str, headers: &[(&str, &str)]) -> Reply {
    let request = api.request("GET", path);
    send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

#[tokio::test]
async fn large_answers_are_compressed_and_those_that_may_hold_secrets_are_not() {
    let server =
        shared!(Engine::Sqlite, "large_answers_are_compressed_and_those_that_may_hold_secrets_are_not");
    let user = User::new(&server).await;
    user.api.upload("a.ofx", &ofx("1", &rows(1, 40), 0, "20260831")).await.expect(201);
    let plain = get(&user.api, "/api/v1/transactions", &[]).await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "Accept-Encoding"));
    for (accepted, coding) in [("gzip", "gzip"), ("gzip, deflate, br", "br"), ("br;q=0, gzip", "gzip")] {
        let small = get(&user.api, "/api/v1/transactions", &[("accept-encoding", accepted)]).await;
        assert_eq!((small.status, small.header("content-encoding")), (200, coding));
        assert_eq!(small.header("content-length"), small.body.len().to_string());
        assert!(small.body.len() * 4 < plain.body.len(), "{} of {}", small.body.len(), plain.body.len());
    }
    let small = get(&user.api, "/health", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(small.header("content-encoding"), "", "not worth it");

    for _ in 0..4 {
        User::sign_in(&Api::of(&server), &user.email, &user.password).await;
    }
    let secret = get(&user.api, "/api/v1/auth/sessions", &[("accept-encoding", "gzip, br")]).await;
    assert!(secret.status == 200 && secret.body.len() > 1_100, "{}", secret.text());
    assert_eq!((secret.header("content-encoding"), secret.header("etag")), ("", ""));
}

#[tokio::test]
async fn constant_documents_are_sent_once() {
    let server = shared!(Engine::Sqlite, "constant_documents_are_sent_once");
    let api = Api::of(&server);
    for path in [
        "/openapi.json",
        "/docs",
        "/docs/swagger-ui.css",
        "/redoc",
        "/redoc/redoc.js",
        "/.well-known/jwks.json",
    ] {
        let mut tags = Vec::new();
        for accepted in ["identity", "gzip"] {
            let accept = ("accept-encoding", accepted);
            let first = get(&api, path, &[accept]).await;
            let tag = first.header("etag").to_owned();
            assert!(first.status == 200 && tag.starts_with('"'), "{path}: {:?}", first.headers);
            assert_eq!(first.header("vary"), "Accept-Encoding", "{path}");
            let again = get(&api, path, &[accept, ("if-none-match", &tag)]).await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
            assert_eq!(again.header("etag"), tag, "{path}");
            assert_eq!(again.header("cache-control"), first.header("cache-control"), "{path}");
            assert_eq!(again.header("content-type"), "", "{path}");
            let other = get(&api, path, &[accept, ("if-none-match", "\"another\"")]).await;
            assert_eq!((other.status, other.body == first.body), (200, true), "{path}");
            tags.push((first.header("content-encoding") == "gzip", tag));
        }
        // The same bytes, the same tag; other bytes, another one.
        assert_eq!(tags[0].1 != tags[1].1, tags[1].0, "{path}: {tags:?}");
        assert!(!tags[0].0, "{path}");
    }
}
