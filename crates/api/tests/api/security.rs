//! Headers, traces, other origins, and failures on our side.

use std::sync::Arc;

use actix_web::{http::Method, test::TestRequest};

use crate::{log, world::World};

#[actix_web::test]
async fn every_answer_has_the_headers() {
    let mut world = World::new().await;
    for path in ["/", "/nothing", "/api/v1/auth/me", "/docs", "/verify-email"] {
        let reply = world.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        // What is the same for everybody may be kept, and is asked for again by its tag.
        let kept = if path == "/docs" { "no-cache" } else { "no-store" };
        assert_eq!(reply.header("cache-control"), Some(kept), "{path}");
        assert!(reply.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
        assert_eq!(reply.header("strict-transport-security"), None);
        assert_eq!(reply.header("x-trace-id").unwrap().len(), 32);
    }
    world.change().tls = true;
    let reply = world.get("/nothing").await;
    assert_eq!(reply.header("strict-transport-security"), Some("max-age=31536000"));
}

#[actix_web::test]
async fn traces_are_taken_over_if_they_are_valid() {
    let world = World::new().await;
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = ("traceparent", format!("00-{id}-00f067aa0ba902b7-01"));
    let reply = world.send(TestRequest::get().uri("/nothing").insert_header(parent)).await;
    assert_eq!(reply.header("x-trace-id"), Some(id));
    assert_eq!(reply.json()["trace_id"], id);
    let own = world.send(TestRequest::get().uri("/").insert_header(("x-trace-id", id))).await;
    assert_eq!(own.header("x-trace-id"), Some(id));
    let wrong = world.send(TestRequest::get().uri("/").insert_header(("x-trace-id", "<script>"))).await;
    assert_eq!(wrong.header("x-trace-id").unwrap().len(), 32);
}

#[actix_web::test]
async fn other_origins_need_a_permission() {
    let mut world = World::new().await;
    let origin = "https://app.example.com";
    let ask = |origin: &str, method: Method| {
        TestRequest::default()
            .method(method)
            .uri("/api/v1/auth/login")
            .insert_header(("origin", origin))
            .insert_header(("access-control-request-method", "POST"))
    };
    assert_eq!(world.send(ask(origin, Method::OPTIONS)).await.header("access-control-allow-origin"), None);
    world.change().cors_origins = vec![origin.to_owned()];
    let preflight = world.send(ask(origin, Method::OPTIONS)).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some(origin));
    assert!(preflight.header("access-control-allow-headers").unwrap().contains("Authorization"));
    assert_eq!(preflight.header("vary"), Some("Origin"));
    let refused = world.send(ask(origin, Method::GET)).await;
    refused.problem(405, "method-not-allowed");
    assert_eq!(refused.header("access-control-allow-origin"), Some(origin));
    for other in ["https://app.example.com.evil.example", "http://app.example.com", "null"] {
        let preflight = world.send(ask(other, Method::OPTIONS)).await;
        assert_eq!(preflight.header("access-control-allow-origin"), None);
        assert_eq!(preflight.status, 405);
    }
}

#[actix_web::test]
async fn a_panic_is_a_problem_too() {
    struct Broken;

    #[async_trait::async_trait]
    impl dashtam_api::Readiness for Broken {
        async fn database(&self) -> bool {
            panic!("s3cret")
        }
    }

    let mut world = World::new().await;
    world.change().readiness = Arc::new(Broken);
    let reply = world.get("/health").await;
    let problem = reply.problem(500, "internal");
    assert_eq!(problem["instance"], "/health");
    assert!(!reply.text().contains("s3cret"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
}

#[actix_web::test]
async fn the_log_names_routes_and_holds_no_secret() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let id = user.provider("Bank").await["id"].as_str().unwrap().to_owned();
    log::take();
    let callback =
        world.get(&format!("/api/v1/auth/{id}/callback?code=s3cret-code&state=s3cret-state")).await;
    user.get("/api/v1/accounts?cursor=s3cret").await;
    let login = serde_json::json!({"email": "s3cret@example.com", "password": "s3cret-password"});
    world.post("/api/v1/auth/login", login).await;
    world.get("/s3cret/path").await;
    let log = log::take();
    assert!(log.contains("\"http.route\":\"/api/v1/auth/{provider_id}/callback\""), "{log}");
    assert!(log.contains("\"http.method\":\"POST\"") && log.contains("\"http.status\":401"));
    assert!(log.contains(callback.header("x-trace-id").unwrap()));
    assert!(!log.contains("s3cret") && !log.contains(user.token()) && !log.contains(&id), "{log}");
}
