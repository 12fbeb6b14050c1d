//! What an account is kept from, on every route: each flag refuses exactly what the matrix says and nothing else.

use std::collections::BTreeMap;

use actix_web::{http::Method, test::TestRequest};
use serde_json::{Value, json};

use crate::{browser::Browser, world::World};

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// What a route is to the flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Looks, or concerns the account itself: always open.
    Open,
    /// Changes something stored about the person or by administrators.
    Change,
    /// Makes, renames, links or removes a connection.
    Connection,
    /// Asks an institution for something, or feeds in a file.
    Command,
    /// Both of the last two.
    Disconnect,
}

/// Every route that wants a signed-in caller, and its sort. A route without a line fails the test.
const ROUTES: &[(&str, &str, Sort)] = &[
    ("get", "/api/v1/account-proposals", Sort::Open),
    ("get", "/api/v1/accounts", Sort::Open),
    ("get", "/api/v1/accounts/{account_id}", Sort::Open),
    ("get", "/api/v1/accounts/{account_id}/balances", Sort::Open),
    ("get", "/api/v1/accounts/{account_id}/holdings", Sort::Open),
    ("get", "/api/v1/accounts/{account_id}/holdings/as-of", Sort::Open),
    ("get", "/api/v1/accounts/{account_id}/holdings/history", Sort::Open),
    ("get", "/api/v1/accounts/{account_id}/transactions", Sort::Open),
    ("get", "/api/v1/accounts/{account_id}/reconciliation", Sort::Open),
    ("get", "/api/v1/balances", Sort::Open),
    ("get", "/api/v1/holdings", Sort::Open),
    ("get", "/api/v1/net-worth", Sort::Open),
    ("get", "/api/v1/rates", Sort::Open),
    ("get", "/api/v1/categories", Sort::Open),
    ("post", "/api/v1/categories", Sort::Change),
    ("patch", "/api/v1/categories/{category_id}", Sort::Change),
    ("delete", "/api/v1/categories/{category_id}", Sort::Change),
    ("get", "/api/v1/rules", Sort::Open),
    ("post", "/api/v1/rules", Sort::Change),
    ("post", "/api/v1/rules/preview", Sort::Open),
    ("get", "/api/v1/rules/runs", Sort::Open),
    ("post", "/api/v1/rules/runs", Sort::Change),
    ("get", "/api/v1/rules/runs/{run_id}", Sort::Open),
    ("post", "/api/v1/rules/runs/{run_id}/undo", Sort::Change),
    ("get", "/api/v1/rules/{rule_id}", Sort::Open),
    ("patch", "/api/v1/rules/{rule_id}", Sort::Change),
    ("delete", "/api/v1/rules/{rule_id}", Sort::Change),
    ("get", "/api/v1/merchants", Sort::Open),
    ("patch", "/api/v1/merchants/{merchant_id}", Sort::Change),
    ("delete", "/api/v1/merchants/{merchant_id}", Sort::Change),
    ("get", "/api/v1/transactions/totals", Sort::Open),
    ("get", "/api/v1/exports", Sort::Open),
    ("post", "/api/v1/exports", Sort::Open),
    ("get", "/api/v1/exports/jobs", Sort::Open),
    ("get", "/api/v1/exports/{export_id}", Sort::Open),
    ("delete", "/api/v1/exports/{export_id}", Sort::Open),
    ("get", "/api/v1/exports/{export_id}/content", Sort::Open),
    ("get", "/api/v1/views", Sort::Open),
    ("post", "/api/v1/views", Sort::Change),
    ("patch", "/api/v1/views/{view_id}", Sort::Change),
    ("delete", "/api/v1/views/{view_id}", Sort::Change),
    ("get", "/api/v1/webhooks", Sort::Open),
    ("post", "/api/v1/webhooks", Sort::Change),
    ("get", "/api/v1/webhooks/{webhook_id}", Sort::Open),
    ("patch", "/api/v1/webhooks/{webhook_id}", Sort::Change),
    ("delete", "/api/v1/webhooks/{webhook_id}", Sort::Change),
    ("post", "/api/v1/webhooks/{webhook_id}/rotate-secret", Sort::Change),
    ("post", "/api/v1/webhooks/{webhook_id}/test", Sort::Change),
    ("get", "/api/v1/webhooks/{webhook_id}/deliveries", Sort::Open),
    ("post", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", Sort::Change),
    ("get", "/api/v1/notifications", Sort::Open),
    ("put", "/api/v1/notifications", Sort::Change),
    ("get", "/api/v1/tags", Sort::Open),
    ("get", "/api/v1/spending", Sort::Open),
    ("get", "/api/v1/income", Sort::Open),
    ("get", "/api/v1/reconciliations", Sort::Open),
    ("post", "/api/v1/reconciliations", Sort::Change),
    ("get", "/api/v1/reconciliations/{reconciliation_id}", Sort::Open),
    ("post", "/api/v1/reconciliations/{reconciliation_id}/accept", Sort::Change),
    ("post", "/api/v1/reconciliations/{reconciliation_id}/reject", Sort::Change),
    ("post", "/api/v1/reconciliations/{reconciliation_id}/undo", Sort::Change),
    ("get", "/api/v1/recurring", Sort::Open),
    ("get", "/api/v1/recurring/{stream_id}", Sort::Open),
    ("patch", "/api/v1/recurring/{stream_id}", Sort::Change),
    ("post", "/api/v1/recurring/{stream_id}/confirm", Sort::Change),
    ("post", "/api/v1/recurring/{stream_id}/dismiss", Sort::Change),
    ("get", "/api/v1/transfers", Sort::Open),
    ("post", "/api/v1/transfers", Sort::Change),
    ("get", "/api/v1/portfolio/lots", Sort::Open),
    ("get", "/api/v1/portfolio/positions", Sort::Open),
    ("get", "/api/v1/portfolio/gains", Sort::Open),
    ("get", "/api/v1/portfolio/closings", Sort::Open),
    ("get", "/api/v1/portfolio/closings/{transaction_id}/lots", Sort::Open),
    ("put", "/api/v1/portfolio/closings/{transaction_id}/lots", Sort::Change),
    ("get", "/api/v1/portfolio/income", Sort::Open),
    ("get", "/api/v1/portfolio/forecast", Sort::Open),
    ("get", "/api/v1/portfolio/allocation", Sort::Open),
    ("get", "/api/v1/portfolio/targets", Sort::Open),
    ("put", "/api/v1/portfolio/targets", Sort::Change),
    ("get", "/api/v1/portfolio/performance", Sort::Open),
    ("get", "/api/v1/portfolio/prices", Sort::Open),
    ("post", "/api/v1/portfolio/prices", Sort::Command),
    ("delete", "/api/v1/portfolio/prices", Sort::Command),
    ("get", "/api/v1/securities", Sort::Open),
    ("get", "/api/v1/securities/{security_id}", Sort::Open),
    ("get", "/api/v1/securities/{security_id}/price", Sort::Open),
    ("get", "/api/v1/sync", Sort::Open),
    ("get", "/api/v1/events", Sort::Open),
    ("get", "/api/v1/transactions", Sort::Open),
    ("get", "/api/v1/transactions/{transaction_id}", Sort::Open),
    ("get", "/api/v1/imports", Sort::Open),
    ("get", "/api/v1/imports/{import_id}", Sort::Open),
    ("post", "/api/v1/imports", Sort::Command),
    ("delete", "/api/v1/imports/{import_id}", Sort::Command),
    ("get", "/api/v1/auth/me", Sort::Open),
    ("get", "/api/v1/auth/me/profile", Sort::Open),
    ("patch", "/api/v1/auth/me", Sort::Change),
    ("delete", "/api/v1/auth/me", Sort::Open),
    ("patch", "/api/v1/auth/me/password", Sort::Open),
    ("post", "/api/v1/auth/me/email", Sort::Change),
    ("get", "/api/v1/auth/me/export", Sort::Open),
    ("get", "/api/v1/auth/me/audit-log", Sort::Open),
    ("post", "/api/v1/auth/logout", Sort::Open),
    ("get", "/api/v1/auth/sessions", Sort::Open),
    ("patch", "/api/v1/auth/sessions/{session_id}", Sort::Open),
    ("delete", "/api/v1/auth/sessions/{session_id}", Sort::Open),
    ("delete", "/api/v1/auth/sessions/others/revoke", Sort::Open),
    ("delete", "/api/v1/auth/sessions/all/revoke", Sort::Open),
    ("get", "/api/v1/auth/api-keys", Sort::Open),
    ("post", "/api/v1/auth/api-keys", Sort::Open),
    ("delete", "/api/v1/auth/api-keys/{key_id}", Sort::Open),
    ("post", "/api/v1/auth/api-keys/{key_id}/rotate", Sort::Open),
    ("get", "/api/v1/auth/second-factor", Sort::Open),
    ("post", "/api/v1/auth/second-factor/totp", Sort::Open),
    ("post", "/api/v1/auth/second-factor/totp/confirm", Sort::Open),
    ("delete", "/api/v1/auth/second-factor/totp", Sort::Open),
    ("post", "/api/v1/auth/second-factor/email", Sort::Open),
    ("post", "/api/v1/auth/second-factor/email/confirm", Sort::Open),
    ("delete", "/api/v1/auth/second-factor/email", Sort::Open),
    ("post", "/api/v1/auth/second-factor/backup-codes", Sort::Open),
    ("post", "/api/v1/auth/step-up", Sort::Open),
    ("post", "/api/v1/auth/step-up/code", Sort::Open),
    ("post", "/api/v1/token-rotation/users/{user_id}", Sort::Open),
    ("post", "/api/v1/token-rotation/global", Sort::Change),
    ("get", "/api/v1/token-rotation/security-config", Sort::Open),
    ("get", "/api/v1/admin/audit-log", Sort::Open),
    ("get", "/api/v1/admin/users", Sort::Open),
    ("post", "/api/v1/admin/users", Sort::Change),
    ("get", "/api/v1/admin/users/{user_id}", Sort::Open),
    ("patch", "/api/v1/admin/users/{user_id}", Sort::Change),
    ("delete", "/api/v1/admin/users/{user_id}", Sort::Change),
    ("post", "/api/v1/admin/users/{user_id}/password-reset", Sort::Change),
    ("post", "/api/v1/admin/users/{user_id}/second-factor-reset", Sort::Change),
    ("delete", "/api/v1/admin/users/{user_id}/sessions", Sort::Change),
    ("delete", "/api/v1/admin/users/{user_id}/lock", Sort::Change),
    ("post", "/api/v1/admin/signing-key/rotation", Sort::Change),
    ("get", "/api/v1/admin/work", Sort::Open),
    ("get", "/api/v1/admin/health", Sort::Open),
    ("get", "/api/v1/admin/mails", Sort::Open),
    ("get", "/api/v1/admin/mails/{mail_id}", Sort::Open),
    ("post", "/api/v1/admin/mails/{mail_id}/retry", Sort::Change),
    ("delete", "/api/v1/admin/mails/{mail_id}", Sort::Change),
    ("get", "/api/v1/providers/", Sort::Open),
    ("post", "/api/v1/providers/create", Sort::Connection),
    ("get", "/api/v1/providers/{provider_id}", Sort::Open),
    ("patch", "/api/v1/providers/{provider_id}", Sort::Connection),
    ("delete", "/api/v1/providers/{provider_id}", Sort::Connection),
    ("get", "/api/v1/providers/{provider_id}/audit-log", Sort::Open),
    ("post", "/api/v1/providers/{provider_id}/sync", Sort::Command),
    ("get", "/api/v1/providers/{provider_id}/syncs", Sort::Open),
    ("get", "/api/v1/syncs/{sync_id}", Sort::Open),
    ("post", "/api/v1/syncs/{sync_id}/cancel", Sort::Command),
    ("patch", "/api/v1/transactions/{transaction_id}", Sort::Change),
    ("post", "/api/v1/transactions/bulk", Sort::Change),
    ("post", "/api/v1/transactions/bulk/{edit_id}/undo", Sort::Change),
    ("delete", "/api/v1/transactions/{transaction_id}/corrections/{field}", Sort::Change),
    ("patch", "/api/v1/accounts/{account_id}", Sort::Change),
    ("delete", "/api/v1/accounts/{account_id}/corrections/{field}", Sort::Change),
    ("post", "/api/v1/accounts/{account_id}/balances", Sort::Change),
    ("delete", "/api/v1/accounts/{account_id}/balances/{date}", Sort::Change),
    ("get", "/api/v1/auth/{provider_id}/authorize", Sort::Connection),
    ("get", "/api/v1/auth/{provider_id}/authorize/redirect", Sort::Connection),
    ("get", "/api/v1/auth/{provider_id}/status", Sort::Open),
    ("post", "/api/v1/auth/{provider_id}/link", Sort::Connection),
    ("post", "/api/v1/auth/{provider_id}/link/poll", Sort::Connection),
    ("post", "/api/v1/auth/{provider_id}/refresh", Sort::Command),
    ("delete", "/api/v1/auth/{provider_id}/disconnect", Sort::Disconnect),
];

/// The refusal a sort of route meets, if any.
type Refusal = fn(Sort) -> Option<&'static str>;

/// The flag, and the refusal it causes for a sort of route.
const FLAGS: &[(&str, Refusal)] = &[
    ("readonly", |sort| (sort != Sort::Open).then_some("account-read-only")),
    ("device_readonly", |sort| {
        matches!(sort, Sort::Connection | Sort::Disconnect).then_some("connections-read-only")
    }),
    ("limit_commands", |sort| {
        matches!(sort, Sort::Command | Sort::Disconnect).then_some("command-not-allowed")
    }),
    ("none", |_| None),
];

const REFUSALS: [&str; 3] = ["account-read-only", "connections-read-only", "command-not-allowed"];

fn place(path: &str) -> String {
    match (path.find('{'), path.find('}')) {
        (Some(start), Some(end)) => format!("{}{ID}{}", &path[..start], &path[end + 1..]),
        _ => path.to_owned(),
    }
}

#[test]
fn every_route_that_wants_a_caller_is_in_the_table() {
    let document = serde_json::to_value(dashtam_api::openapi()).unwrap();
    let paths: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_value(document["paths"].clone()).unwrap();
    let mut wanted: Vec<_> = paths
        .iter()
        .flat_map(|(path, methods)| methods.iter().map(move |(method, operation)| (method, path, operation)))
        .filter(|(_, _, operation)| operation["security"] != json!([{}]))
        .map(|(method, path, _)| (method.as_str(), path.as_str()))
        .collect();
    let mut listed: Vec<_> = ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();
    wanted.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, wanted);
}

/// Administrators, because flags bind them too, and because every route is theirs.
#[actix_web::test]
async fn each_flag_refuses_what_the_matrix_says_and_nothing_else() {
    let world = World::new().await;
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    for (flag, refusal) in FLAGS {
        world
            .alter("root@example.com", |user| {
                user.flags.read_only = *flag == "readonly";
                user.flags.device_read_only = *flag == "device_readonly";
                user.flags.limit_commands = *flag == "limit_commands";
            })
            .await;
        let mut root = world.sign_in("root@example.com", "x").await;
        for (method, path, sort) in ROUTES {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = world.send(root.request(method.clone(), &place(path)).set_json(json!({}))).await;
            let said = answer.text();
            match refusal(*sort) {
                Some(code) => {
                    answer.problem(403, code);
                }
                None => {
                    let refused = REFUSALS.iter().any(|code| said.contains(&format!("/errors/{code}\"")));
                    assert!(!refused, "{flag} {method} {path}: {said}");
                }
            }
            if ["/logout", "/all/revoke"].iter().any(|end| path.ends_with(end)) {
                root = world.sign_in("root@example.com", "x").await;
            }
        }
    }
}

#[actix_web::test]
async fn a_disabled_or_expired_account_is_refused_everywhere_and_at_the_door() {
    let world = World::new().await;
    let now = world.options().sources.clock.now();
    for (email, expired, code) in
        [("off@example.com", false, "account-disabled"), ("late@example.com", true, "account-expired")]
    {
        let user = world.user(email).await;
        world
            .alter(email, |user| match expired {
                true => user.expires_at = Some(now.plus(-chrono::TimeDelta::seconds(1))),
                false => user.is_active = false,
            })
            .await;
        for (method, path, _) in ROUTES {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = world.send(user.request(method, &place(path)).set_json(json!({}))).await;
            answer.problem(401, "invalid-access-token");
        }
        let refresh = json!({"refresh_token": user.login["refresh_token"]});
        assert!(world.post("/api/v1/auth/refresh", refresh).await.status.is_client_error());
        world.login(email, crate::world::PASSWORD).await.problem(403, code);
        world.login(email, "Wrong-Horse-77").await.problem(401, "invalid-credentials");
    }
}

#[actix_web::test]
async fn a_fixed_address_and_a_limit_of_connections_bite() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    user.provider("one").await;
    world
        .alter("ada@example.com", |user| {
            user.flags.fixed_email = true;
            user.flags.device_limit = dashtam_domain::identity::Quota::new(1).unwrap();
        })
        .await;
    let user = world.sign_in("ada@example.com", "x").await;
    let body = json!({"new_email": "new@example.com", "password": crate::world::PASSWORD});
    user.post("/api/v1/auth/me/email", body).await.problem(403, "email-fixed");
    let body = json!({"provider_key": "bank", "alias": "two"});
    user.post("/api/v1/providers/create", body).await.problem(409, "connection-limit-reached");
    assert_eq!(user.get("/api/v1/providers/").await.json()["items"].as_array().unwrap().len(), 1);
}

/// Set by an administrator while all three sessions run.
#[actix_web::test]
async fn flags_bind_tokens_cookies_and_keys_alike() {
    let world = World::new().await;
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    let root = world.sign_in("root@example.com", "x").await;
    let user = world.user("ada@example.com").await;
    let browser = Browser::sign_in(&world, "ada@example.com").await;
    let scopes = json!(["accounts:read", "connections:write", "sync:run", "imports:write"]);
    let key = user.post("/api/v1/auth/api-keys", json!({"name": "all", "scopes": scopes})).await.json();
    let key = format!("Bearer {}", key["key"].as_str().unwrap());
    let by_key = |method: Method, path: &str| {
        TestRequest::default().method(method).uri(path).insert_header(("authorization", key.clone()))
    };
    let account = format!("/api/v1/admin/users/{}", user.login["user"]["id"].as_str().unwrap());
    let set = async |flags: Value| {
        let answer = world.send(root.request(Method::PATCH, &account).set_json(flags)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    let (create, sync) = ("/api/v1/providers/create", format!("/api/v1/providers/{ID}/sync"));
    for (flag, path, code) in [
        ("readonly", create, "account-read-only"),
        ("device_readonly", create, "connections-read-only"),
        ("limit_commands", sync.as_str(), "command-not-allowed"),
    ] {
        set(json!({ flag: true })).await;
        let body = json!({"provider_key": "bank", "alias": "one"});
        user.post(path, body.clone()).await.problem(403, code);
        browser.post(path, body.clone()).await.problem(403, code);
        world.send(by_key(Method::POST, path).set_json(body)).await.problem(403, code);
        for read in [
            user.get("/api/v1/accounts").await,
            browser.get("/api/v1/accounts").await,
            world.send(by_key(Method::GET, "/api/v1/accounts")).await,
        ] {
            assert_eq!(read.status, 200, "{flag}: {}", read.text());
        }
        set(json!({ flag: false })).await;
    }
    set(json!({"disabled": true})).await;
    for gone in [
        user.get("/api/v1/accounts").await,
        browser.get("/api/v1/accounts").await,
        world.send(by_key(Method::GET, "/api/v1/accounts")).await,
    ] {
        gone.problem(401, "invalid-access-token");
    }
}
