//! Refusals: each a problem of the right sort, none repeating what was sent.

use actix_web::{http::Method, test::TestRequest};
use serde_json::json;

use crate::world::World;

const REGISTER: &str = "/api/v1/auth/register";

fn raw(path: &str, body: impl Into<actix_web::web::Bytes>) -> TestRequest {
    TestRequest::post().uri(path).insert_header(("content-type", "application/json")).set_payload(body)
}

#[actix_web::test]
async fn bodies_that_are_no_json() {
    let world = World::new().await;
    for body in ["{\"email\": \"s3cret", "", "nonsense s3cret", "{\"email\":}", "[1,"] {
        let reply = world.send(raw(REGISTER, body)).await;
        reply.problem(400, "malformed-json");
        assert!(!reply.text().contains("s3cret"));
    }
    let reply = world.send(raw(REGISTER, &b"{\"email\":\"\xff\xfe\"}"[..])).await;
    reply.problem(400, "malformed-json");
}

#[actix_web::test]
async fn bodies_of_another_shape() {
    let world = World::new().await;
    for body in ["[]", "\"s3cret\"", "null", "7", "[\"a\",\"b\",\"c\"]", "{\"email\":\"a\",\"email\":\"b\"}"]
    {
        let reply = world.send(raw(REGISTER, body)).await;
        assert_eq!(reply.broken_rules(), ["body:wrong_shape"], "{body}");
        assert!(!reply.text().contains("s3cret"));
    }
}

#[actix_web::test]
async fn every_broken_rule_is_told_at_once() {
    let world = World::new().await;
    let all = world.post(REGISTER, json!({})).await;
    assert_eq!(all.broken_rules(), ["email:missing", "name:missing", "password:missing"]);
    let types = world.post(REGISTER, json!({"email": 1, "name": ["x"], "password": {"a": null}})).await;
    assert_eq!(types.broken_rules(), ["email:wrong_type", "name:wrong_type", "password:wrong_type"]);
    let values = json!({"email": "s3cret-mail", "name": "  ", "password": "s3cret"});
    let values = world.post(REGISTER, values).await;
    assert_eq!(values.broken_rules(), ["email:malformed", "name:blank", "password:too_short"]);
    assert!(!values.text().contains("s3cret"));
    let personal =
        json!({"email": "lovelace@example.com", "name": "Ada", "password": "Lovelace@example.com1"});
    assert_eq!(world.post(REGISTER, personal).await.broken_rules(), ["password:too_personal"]);
    let login = world.post("/api/v1/auth/login", json!({"email": null, "password": ""})).await;
    assert_eq!(login.broken_rules(), ["email:missing", "password:length"]);
}

#[actix_web::test]
async fn media_types_and_sizes() {
    let world = World::new().await;
    let form = TestRequest::post().uri(REGISTER).set_form([("email", "a@example.com")]);
    world.send(form).await.problem(415, "unsupported-media-type");
    let none = TestRequest::post().uri(REGISTER).set_payload("{}");
    world.send(none).await.problem(415, "unsupported-media-type");
    let zipped = raw(REGISTER, "{}").insert_header(("content-encoding", "gzip"));
    world.send(zipped).await.problem(415, "unsupported-content-encoding");
    let charset = TestRequest::post()
        .uri(REGISTER)
        .insert_header(("content-type", "Application/JSON; charset=utf-8"))
        .set_payload("{}");
    assert_eq!(world.send(charset).await.status, 422);
    let large = format!("{{\"email\":\"{}\"}}", "x".repeat(1 << 20));
    world.send(raw(REGISTER, large)).await.problem(413, "too-large");
    let huge = "x".repeat(5 << 20);
    world.send(raw(REGISTER, huge)).await.problem(413, "too-large");
}

#[actix_web::test]
async fn unknown_routes_and_methods() {
    let world = World::new().await;
    for path in ["/nothing", "/api/v1", "/api/v1/nothing?token=s3cret", "/api/v2/auth/me", "/docs/none.js"] {
        let reply = world.get(path).await;
        let problem = reply.problem(404, "no-such-route");
        assert_eq!(problem["instance"].as_str(), path.split('?').next());
        assert!(!reply.text().contains("s3cret"));
    }
    let reply = world.send(TestRequest::delete().uri("/api/v1/auth/login")).await;
    reply.problem(405, "method-not-allowed");
    assert_eq!(reply.header("allow"), Some("POST"));
    let reply = world.send(TestRequest::post().uri("/api/v1/providers/available")).await;
    assert_eq!(reply.header("allow"), Some("GET, HEAD"));
}

#[actix_web::test]
async fn paths_and_queries() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    for (path, field) in [
        ("/api/v1/providers/not-a-uuid", "provider_id"),
        ("/api/v1/accounts/%7B01890a5d-ac96-774b-bcce-b302099a8057%7D", "account_id"),
        ("/api/v1/accounts/01890a5dac96774bbcceb302099a8057/transactions", "account_id"),
        ("/api/v1/transactions/1", "transaction_id"),
        ("/api/v1/imports/x", "import_id"),
        ("/api/v1/auth/schwab/authorize", "provider_id"),
    ] {
        let rules = user.get(path).await.broken_rules();
        assert_eq!(rules, [format!("{field}:uuid")], "{path}");
    }
    let query = "?account_id=x&from=2026-02-30&to=yesterday&status=s3cret&cursor=s3cret&limit=0";
    let reply = user.get(&format!("/api/v1/transactions{query}")).await;
    let all =
        ["account_id:uuid", "cursor:invalid", "from:day", "limit:out_of_range", "status:unknown", "to:day"];
    assert_eq!(reply.broken_rules(), all);
    assert!(!reply.text().contains("s3cret"));
    for limit in ["0", "501", "-1", "1.5", "ten", "65637"] {
        let reply = user.get(&format!("/api/v1/accounts?limit={limit}")).await;
        assert_eq!(reply.broken_rules(), ["limit:out_of_range"], "{limit}");
    }
    let twice = user.get("/api/v1/accounts?limit=1&limit=2").await;
    assert_eq!(twice.broken_rules(), ["limit:repeated"]);
    let empty = user.get("/api/v1/transactions?limit=&status=&from=&account_id=&cursor=").await;
    // An empty cursor is the beginning of the list.
    let all = ["account_id:empty", "from:empty", "limit:empty", "status:empty"];
    assert_eq!(empty.broken_rules(), all);
    for limit in ["1", "500"] {
        assert_eq!(user.get(&format!("/api/v1/accounts?limit={limit}")).await.status, 200);
    }
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    for path in ["providers", "accounts", "transactions", "imports"] {
        user.get(&format!("/api/v1/{path}/{unknown}")).await.problem(404, "not-found");
    }
    user.get(&format!("/api/v1/transactions?account_id={unknown}")).await.problem(404, "not-found");
}

#[actix_web::test]
async fn bearers() {
    let world = World::new().await;
    let me = "/api/v1/auth/me";
    let reply = world.get(me).await;
    reply.problem(401, "unauthenticated");
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    for header in ["Basic dTpw", "Bearer", "s3cret-token", "Bearer\ts3cret"] {
        let reply = world.send(TestRequest::get().uri(me).insert_header(("authorization", header))).await;
        reply.problem(401, "unauthenticated");
        assert!(!reply.text().contains("s3cret"));
    }
    for token in ["s3cret", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let header = ("authorization", format!("Bearer {token}"));
        let reply = world.send(TestRequest::get().uri(me).insert_header(header)).await;
        reply.problem(401, "invalid-access-token");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
        assert!(!reply.text().contains("s3cret"));
    }
    let user = world.user("ada@example.com").await;
    let lower = ("authorization", format!("bearer {}", user.token()));
    assert_eq!(world.send(TestRequest::get().uri(me).insert_header(lower)).await.status, 200);
    let twice = user.request(Method::GET, me).append_header(("authorization", "Bearer x"));
    world.send(twice).await.problem(401, "unauthenticated");
    // Who may not call is told so before the body is looked at.
    world.send(raw("/api/v1/providers/create", "nonsense")).await.problem(401, "unauthenticated");
}

#[actix_web::test]
async fn collections_answer_with_and_without_a_slash() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    for path in
        ["providers", "accounts", "transactions", "balances", "imports/formats", "providers/available"]
    {
        for slash in ["", "/"] {
            let reply = user.get(&format!("/api/v1/{path}{slash}")).await;
            assert_eq!(reply.status, 200, "{path}{slash}");
        }
    }
    for path in ["accounts/?limit=5", "accounts?limit=5"] {
        assert_eq!(user.get(&format!("/api/v1/{path}")).await.status, 200, "{path}");
    }
    let missing = user.get("/api/v1/nothing/").await;
    assert_eq!(missing.problem(404, "no-such-route")["instance"], "/api/v1/nothing/");
}
