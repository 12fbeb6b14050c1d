//! Health, documentation and pages for people.

use std::sync::atomic::Ordering;

use actix_web::{http::Method, test::TestRequest};
use dashtam_domain::store::StorageTrouble;

use crate::world::World;

#[actix_web::test]
async fn without_redis_the_program_is_degraded_and_ready() {
    struct Dependencies(bool);

    #[async_trait::async_trait]
    impl dashtam_api::Readiness for Dependencies {
        async fn database(&self) -> bool {
            true
        }

        async fn redis(&self) -> Option<bool> {
            Some(self.0)
        }
    }

    let mut world = World::new().await;
    for (connected, status, word) in [(true, "healthy", "connected"), (false, "degraded", "disconnected")] {
        world.change().readiness = std::sync::Arc::new(Dependencies(connected));
        let ready = world.get("/health/ready").await;
        assert_eq!(ready.status, 200);
        let expected =
            serde_json::json!({"status": status, "database": "connected", "redis": word, "version": "1.2.3"});
        assert_eq!(ready.json(), expected);
    }
}

#[actix_web::test]
async fn health_tells_what_keeps_anything_from_being_stored() {
    struct Storage(StorageTrouble);

    #[async_trait::async_trait]
    impl dashtam_api::Readiness for Storage {
        async fn database(&self) -> bool {
            true
        }

        async fn storage(&self) -> Option<StorageTrouble> {
            Some(self.0)
        }
    }

    let mut world = World::new().await;
    for trouble in StorageTrouble::ALL {
        world.change().readiness = std::sync::Arc::new(Storage(trouble));
        for path in ["/health", "/health/ready", "/api/v1/health"] {
            let reply = world.get(path).await;
            assert_eq!(reply.status, 503);
            let expected = serde_json::json!({
                "status": "degraded", "database": "connected", "storage": trouble.as_str(), "redis": null,
                "version": "1.2.3"
            });
            assert_eq!(reply.json(), expected);
        }
        assert_eq!(world.get("/health/live").await.status, 200);
    }
}

#[actix_web::test]
async fn health_tells_the_database() {
    let world = World::new().await;
    let healthy = r#"{"status":"healthy","database":"connected","redis":null,"version":"1.2.3"}"#;
    for path in ["/health", "/health/ready", "/api/v1/health"] {
        let reply = world.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.text()), (200, healthy.to_owned()));
    }
    world.healthy.store(false, Ordering::SeqCst);
    for path in ["/health", "/health/ready", "/api/v1/health"] {
        let reply = world.get(path).await;
        assert_eq!(reply.status, 503);
        assert_eq!(reply.json()["status"], "degraded");
        assert_eq!(reply.json()["database"], "disconnected");
    }
    assert_eq!(world.get("/health/live").await.status, 200);
    assert_eq!(world.get("/").await.json()["name"], "Dashtam");
    let head = world.send(TestRequest::default().method(Method::HEAD).uri("/health/live")).await;
    assert_eq!(head.status, 200);
}

#[actix_web::test]
async fn the_documentation_comes_from_here_alone() {
    let mut world = World::new().await;
    let document = world.get("/openapi.json").await.json();
    assert_eq!(document["info"]["version"], "1.2.3");
    for (page, script) in [("/docs", "/docs/swagger-ui-bundle.js"), ("/redoc", "/redoc/redoc.js")] {
        for slash in ["", "/"] {
            let shown = world.get(&format!("{page}{slash}")).await;
            assert_eq!(shown.status, 200, "{page}{slash}");
            assert!(shown.text().contains(script));
            assert!(!shown.text().contains("://"));
            assert!(shown.header("content-security-policy").unwrap().contains("script-src 'self';"));
        }
        let script = world.get(script).await;
        assert!(script.header("content-type").unwrap().starts_with("text/javascript"));
        assert!(script.body.len() > 500_000);
    }
    assert!(world.get("/docs/swagger-initializer.js").await.text().contains("/openapi.json"));
    assert!(world.get("/docs/swagger-ui.css").await.header("content-type").unwrap().starts_with("text/css"));
    let reader = world.get("/redoc/redoc.js").await.text();
    assert!(reader.contains("Redoc.init(\"/openapi.json\""));
    assert!(!reader.contains("cdn."), "its badge would be asked of its maker");

    world.change().docs = false;
    for path in ["/openapi.json", "/docs", "/redoc", "/docs/index.css"] {
        world.get(path).await.problem(404, "no-such-route");
    }
    assert_eq!(world.get("/").await.json()["docs"], "disabled");
}

#[actix_web::test]
async fn looking_at_the_verification_page_changes_nothing() {
    let world = World::new().await;
    let page = world.get("/verify-email?token=s3cret").await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("s3cret"));
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self';"));
    assert!(page.text().contains("/api/v1/auth/verify-email") && page.text().contains("/link.js"));
    assert_eq!(world.get("/link.js").await.header("content-type"), Some("text/javascript; charset=utf-8"));
}

#[actix_web::test]
async fn pages_have_a_name_a_style_and_a_way_onward_and_load_from_here_alone() {
    let mut world = World::new().await;
    let style = world.get("/page.css").await;
    assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(!style.text().contains("://") && !style.text().contains("@import"));
    let places = ["/login", "/api-keys", "/providers/01890a5d-ac96-774b-bcce-b302099a8057"];
    for path in ["/verify-email", "/reset-password", "/login-link", "/forgot-password"].iter().chain(&places)
    {
        let page = world.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let text = page.text();
        for part in [
            "<header>Dashtam</header>",
            " - Dashtam</title>",
            "href=\"/page.css\"",
            "href=\"/login\"",
            "href=\"/forgot-password\"",
        ] {
            assert!(text.contains(part), "{path}: {part}");
        }
        assert!(!text.contains("://") && !text.contains("style=") && !text.contains("<script>"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    assert!(world.get("/login").await.text().contains("href=\"/docs\""));
    let strange = world.get("/providers/%3Cscript%3E").await.text();
    assert!(strange.contains("&lt;script&gt;") && !strange.contains("<script>"));
    world.change().docs = false;
    assert!(!world.get("/login").await.text().contains("/docs"));
}

#[actix_web::test]
async fn the_page_of_a_used_link_says_so_when_it_is_opened_again() {
    let world = World::new().await;
    world.register("ada@example.com").await;
    let token = world.token_mailed_to("ada@example.com").await;
    let place = format!("/verify-email?token={token}");
    let before = world.get(&place).await;
    assert!(!before.text().contains("works no more") && !before.text().contains(&token));
    let verified = world.post("/api/v1/auth/verify-email", serde_json::json!({"token": token})).await;
    assert_eq!(verified.status, 200, "{}", verified.text());
    for gone in [place.as_str(), "/verify-email?token=s3cret", &format!("/login-link?token={token}")] {
        let page = world.get(gone).await;
        assert_eq!(page.status, 200, "{gone}");
        assert!(page.text().contains("works no more") && page.text().contains(" hidden>"), "{gone}");
    }
}
