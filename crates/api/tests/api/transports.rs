//! One credential a request, each where it belongs; and what an API key may do on every route there is.

use actix_web::{http::Method, test::TestRequest};
use dashtam_domain::identity::Scope;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, SESSION, cookie},
    world::{PASSWORD, Reply, World},
};

const ME: &str = "/api/v1/auth/me";
const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn bearer(world: &World, scheme: &str, token: &str) -> Reply {
    world.send(TestRequest::get().uri(ME).insert_header(("authorization", format!("{scheme} {token}")))).await
}

async fn by_cookie(world: &World, value: &str) -> Reply {
    world.send(TestRequest::get().uri(ME).insert_header(("cookie", format!("{SESSION}={value}")))).await
}

#[actix_web::test]
async fn every_secret_works_in_its_place_only() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "transport": "cookie"});
    let login = world.post("/api/v1/auth/login", body).await;
    let browser = Browser::of(&world, &login);
    let made =
        user.post("/api/v1/auth/api-keys", json!({"name": "job", "scopes": ["profile:read"]})).await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (access, key) = (text(&user.login["access_token"]), text(&made["key"]));
    let secrets = [
        access.clone(),
        key.clone(),
        browser.secret.clone(),
        text(&user.login["refresh_token"]),
        browser.csrf.clone(),
        cookie(&login, "__Host-dashtam_kc").unwrap().0,
    ];
    for secret in &secrets {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let reply = bearer(&world, scheme, secret).await;
            if *secret == access || *secret == key {
                assert_eq!(reply.json()["email"], "ada@example.com");
            } else {
                reply.problem(401, "invalid-access-token");
                assert_eq!(reply.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
                assert!(!reply.text().contains(secret));
            }
        }
        bearer(&world, "Basic", secret).await.problem(401, "unauthenticated");
        let reply = by_cookie(&world, secret).await;
        if *secret == browser.secret {
            assert_eq!(reply.json()["email"], "ada@example.com");
        } else {
            reply.problem(401, "invalid-access-token");
        }
        // Nothing but a refresh token refreshes.
        if *secret != secrets[3] {
            let refused = world.post("/api/v1/auth/refresh", json!({"refresh_token": secret})).await;
            refused.problem(401, "invalid-refresh-token");
        }
    }
}

#[actix_web::test]
async fn of_two_credentials_none_is_used() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let browser = Browser::sign_in(&world, "ada@example.com").await;
    let good = format!("Bearer {}", user.token());
    for (authorization, secret) in [
        (good.as_str(), browser.secret.as_str()),
        ("Bearer x", &browser.secret),
        (&good, "x"),
        ("Basic eA==", "x"),
    ] {
        for method in [Method::GET, Method::PATCH] {
            let request = TestRequest::default()
                .method(method)
                .uri(ME)
                .insert_header(("authorization", authorization))
                .insert_header(("cookie", format!("{SESSION}={secret}")))
                .insert_header(("x-csrf-token", browser.csrf.clone()));
            let refused = world.send(request.set_json(json!({"name": "Eve"}))).await;
            refused.problem(401, "ambiguous-credentials");
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        }
    }
    let both = TestRequest::post().uri("/api/v1/auth/logout").insert_header(("authorization", good.clone()));
    let both = both.insert_header(("cookie", format!("{SESSION}={}", browser.secret)));
    world.send(both).await.problem(401, "ambiguous-credentials");
    let twice = TestRequest::get().uri(ME).insert_header(("authorization", good.clone()));
    world.send(twice.append_header(("authorization", good.clone()))).await.problem(401, "unauthenticated");
    let cookies = format!("{SESSION}={0}; {SESSION}={0}", browser.secret);
    let twice = TestRequest::get().uri(ME).insert_header(("cookie", cookies));
    world.send(twice).await.problem(401, "ambiguous-credentials");
    assert_eq!(
        (user.get(ME).await.status, browser.get(ME).await.status),
        (200.try_into().unwrap(), 200.try_into().unwrap())
    );
    assert_eq!(user.get(ME).await.json()["name"], "Ada Lovelace");
}

/// The scope that each route wants of an API key; `None`: no key may.
fn scope_of(method: &str, path: &str) -> Option<&'static str> {
    let reads = method == "get";
    let path = path.trim_start_matches("/api/v1/").trim_end_matches('/');
    Some(match path {
        "auth/me" | "auth/me/profile" if reads => "profile:read",
        "accounts/{account_id}" if !reads => "accounts:write",
        "accounts/{account_id}/corrections/{field}" | "accounts/{account_id}/balances/{date}" => {
            "accounts:write"
        }
        "accounts/{account_id}/balances" if !reads => "accounts:write",
        "account-proposals" | "accounts" | "accounts/{account_id}" | "sync" => "accounts:read",
        "balances"
        | "accounts/{account_id}/balances"
        | "accounts/{account_id}/reconciliation"
        | "net-worth"
        | "rates" => "balances:read",
        "transactions/{transaction_id}" if !reads => "transactions:write",
        "transactions/bulk" | "transactions/bulk/{edit_id}/undo" => "transactions:write",
        "transactions/{transaction_id}/corrections/{field}" => "transactions:write",
        "portfolio/targets" | "notifications" if !reads => "accounts:write",
        "notifications" => "accounts:read",
        "portfolio/prices" if !reads => "imports:write",
        "portfolio/closings/{transaction_id}/lots" if !reads => "transactions:write",
        "accounts/{account_id}/holdings"
        | "accounts/{account_id}/holdings/as-of"
        | "accounts/{account_id}/holdings/history"
        | "holdings"
        | "portfolio/lots"
        | "portfolio/positions"
        | "portfolio/gains"
        | "portfolio/closings"
        | "portfolio/closings/{transaction_id}/lots"
        | "portfolio/allocation"
        | "portfolio/targets"
        | "portfolio/prices"
        | "securities"
        | "securities/{security_id}"
        | "securities/{security_id}/price" => "holdings:read",
        "transactions" | "transactions/{transaction_id}" | "accounts/{account_id}/transactions" => {
            "transactions:read"
        }
        "portfolio/income"
        | "portfolio/forecast"
        | "portfolio/performance"
        | "spending"
        | "income"
        | "tags"
        | "transactions/totals"
        | "rules/preview" => "transactions:read",
        path if [
            "reconciliations",
            "categories",
            "rules",
            "merchants",
            "views",
            "transfers",
            "recurring",
        ]
        .iter()
        .any(|room| path.starts_with(room)) =>
        {
            if reads {
                "transactions:read"
            } else {
                "transactions:write"
            }
        }
        "imports" | "imports/{import_id}" => "imports:write",
        "webhooks" | "webhooks/{webhook_id}" | "webhooks/{webhook_id}/deliveries" if reads => "webhooks:read",
        "webhooks/{webhook_id}" if method == "delete" => "webhooks:write",
        "webhooks/{webhook_id}/test" | "webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver" => {
            "webhooks:write"
        }
        "providers" | "providers/{provider_id}" | "providers/{provider_id}/audit-log" if reads => {
            "connections:read"
        }
        "auth/{provider_id}/status" => "connections:read",
        "providers/create" | "providers/{provider_id}" => "connections:write",
        "auth/{provider_id}/authorize"
        | "auth/{provider_id}/authorize/redirect"
        | "auth/{provider_id}/link"
        | "auth/{provider_id}/link/poll"
        | "auth/{provider_id}/disconnect" => "connections:write",
        "providers/{provider_id}/syncs" | "syncs/{sync_id}" => "connections:read",
        "providers/{provider_id}/sync" | "auth/{provider_id}/refresh" | "syncs/{sync_id}/cancel" => {
            "sync:run"
        }
        "events" => "events:read",
        "token-rotation/security-config" => "admin:read",
        "token-rotation/global" => "admin:write",
        path if path.starts_with("admin/") => {
            if reads {
                "admin:read"
            } else {
                "admin:write"
            }
        }
        _ => return None,
    })
}

/// Every route that wants a caller: method, template, and a path.
pub(crate) fn routes() -> Vec<(String, String, String)> {
    let document = serde_json::to_value(dashtam_api::openapi()).unwrap();
    let mut routes = Vec::new();
    for (template, methods) in document["paths"].as_object().unwrap() {
        let field = if template.contains("/accounts/") { "name" } else { "note" };
        let filled = template.split('/').map(|part| match part {
            "{field}" => field,
            part if part.starts_with('{') => ID,
            part => part,
        });
        let filled: Vec<_> = filled.collect();
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"] != json!([{}]) {
                routes.push((method.clone(), template.clone(), filled.join("/")));
            }
        }
    }
    assert!(routes.len() > 40, "{}", routes.len());
    routes
}

#[actix_web::test]
async fn on_every_route_a_key_does_what_its_scopes_say_and_nothing_about_the_account() {
    let world = World::new().await;
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    let root = world.sign_in("root@example.com", "Tests/2.0").await;
    let make = async |name: &str, scopes: Vec<&str>| {
        let made = root.post("/api/v1/auth/api-keys", json!({"name": name, "scopes": scopes})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()["key"].as_str().unwrap().to_owned()
    };
    let all = make("all", Scope::ALL.iter().map(|scope| scope.as_str()).collect()).await;
    let (profile, sync) = (make("profile", vec!["profile:read"]).await, make("sync", vec!["sync:run"]).await);
    for (method, template, path) in routes() {
        let ask = async |key: &str| {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = TestRequest::default().method(method).uri(&path);
            world.send(request.insert_header(("authorization", format!("Bearer {key}")))).await
        };
        let wanted = scope_of(&method, &template);
        let other = if wanted == Some("profile:read") { &sync } else { &profile };
        let with_all = ask(&all).await;
        let Some(wanted) = wanted else {
            for reply in [with_all, ask(other).await] {
                assert_eq!(reply.status, 403, "{method} {template}: {}", reply.text());
                reply.problem(403, "not-allowed-for-api-key");
            }
            continue;
        };
        let problem = String::from_utf8_lossy(&with_all.body);
        for refusal in ["not-allowed-for-api-key", "insufficient-scope", "invalid-access-token", "/forbidden"]
        {
            assert!(!problem.contains(refusal), "{method} {template}: {problem}");
        }
        let refused = ask(other).await;
        assert_eq!(refused.status, 403, "{method} {template}: {}", refused.text());
        assert_eq!(
            refused.problem(403, "insufficient-scope")["required"],
            json!([wanted]),
            "{method} {template}"
        );
    }
}

#[actix_web::test]
async fn no_scope_opens_nothing() {
    for scope in Scope::ALL.iter().map(|scope| scope.as_str()) {
        let opens =
            routes().into_iter().any(|(method, template, _)| scope_of(&method, &template) == Some(scope));
        assert!(opens, "{scope}");
    }
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let gone = user.post("/api/v1/auth/api-keys", json!({"name": "x", "scopes": ["exports:read"]})).await;
    assert_eq!(gone.status, 422);
}

#[actix_web::test]
async fn each_scope_alone_opens_its_routes_alone() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    for scope in Scope::ALL.iter().map(|scope| scope.as_str()).filter(|scope| !scope.starts_with("admin")) {
        let made = user.post("/api/v1/auth/api-keys", json!({"name": scope, "scopes": [scope]})).await.json();
        let key = format!("Bearer {}", made["key"].as_str().unwrap());
        for (method, template, path) in routes().into_iter().filter(|(method, ..)| method == "get") {
            let request = TestRequest::get().uri(&path).insert_header(("authorization", key.clone()));
            let reply = world.send(request).await;
            let opens = scope_of(&method, &template) == Some(scope);
            let refused = reply.status == 403 || reply.status == 401;
            assert_eq!(refused, !opens, "{scope} on {template}: {}", reply.text());
        }
    }
}

#[actix_web::test]
async fn a_demoted_administrators_key_loses_the_scopes_of_administrators_at_once() {
    let world = World::new().await;
    let user = world.user("root@example.com").await;
    // The last administrator stays one.
    world.user("other@example.com").await;
    world.grant("other@example.com").await;
    let wanted = json!({"name": "audit", "scopes": ["admin:read", "accounts:read"]});
    user.post("/api/v1/auth/api-keys", wanted.clone()).await.problem(403, "forbidden");
    world.grant("root@example.com").await;
    let root = world.sign_in("root@example.com", "Tests/2.0").await;
    let made = root.post("/api/v1/auth/api-keys", wanted).await.json();
    let get = async |path: &str| {
        let key = format!("Bearer {}", made["key"].as_str().unwrap());
        world.send(TestRequest::get().uri(path).insert_header(("authorization", key))).await
    };
    assert_eq!(get("/api/v1/admin/audit-log").await.status, 200);
    world.demote("root@example.com").await;
    get("/api/v1/admin/audit-log").await.problem(403, "forbidden");
    assert_eq!(get("/api/v1/accounts").await.status, 200, "the rest of it stays");
}
