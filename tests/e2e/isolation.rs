//! What one user has does not exist for another.

use dashtam_tests::{
    Engine, User,
    api::send,
    statement::{ofx, rows},
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

on_both_engines!(everything_of_one_user_is_not_found_by_another);

/// Paths and methods that name a thing by its id.
fn doors(things: &[(&str, String)]) -> Vec<(&'static str, String)> {
    let id = |name: &str| &things.iter().find(|(thing, _)| *thing == name).unwrap().1;
    let (provider, account) = (id("provider"), id("account"));
    vec![
        ("GET", format!("/api/v1/providers/{provider}")),
        ("PATCH", format!("/api/v1/providers/{provider}")),
        ("DELETE", format!("/api/v1/providers/{provider}")),
        ("POST", format!("/api/v1/providers/{provider}/sync")),
        ("GET", format!("/api/v1/auth/{provider}/authorize")),
        ("GET", format!("/api/v1/auth/{provider}/authorize/redirect")),
        ("GET", format!("/api/v1/auth/{provider}/status")),
        ("POST", format!("/api/v1/auth/{provider}/refresh")),
        ("POST", format!("/api/v1/auth/{provider}/link")),
        ("POST", format!("/api/v1/auth/{provider}/link/poll")),
        ("DELETE", format!("/api/v1/auth/{provider}/disconnect")),
        ("GET", format!("/api/v1/providers/{provider}/audit-log")),
        ("GET", format!("/api/v1/accounts/{account}")),
        ("GET", format!("/api/v1/accounts/{account}/transactions")),
        ("GET", format!("/api/v1/accounts/{account}/holdings")),
        ("GET", format!("/api/v1/transactions/{}", id("transaction"))),
        ("GET", format!("/api/v1/imports/{}", id("import"))),
    ]
}

async fn everything_of_one_user_is_not_found_by_another(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let (owner, stranger) = (User::new(&server).await, User::new(&server).await);
    let provider = owner.link("alice").await;
    owner.sync_well(&provider).await;
    let import = owner.api.upload("mine.ofx", &ofx("777", &rows(1, 5), 100, "20260901")).await.expect(201);
    let first = async |list: &str| {
        let page = owner.api.get(&format!("/api/v1/{list}?limit=1")).await.expect(200);
        page["items"][0]["id"].as_str().expect("an id").to_owned()
    };
    let things = [
        ("provider", provider.clone()),
        ("account", first("accounts").await),
        ("transaction", first("transactions").await),
        ("import", import["id"].as_str().unwrap().to_owned()),
    ];
    let nobody = "01900000-0000-7000-8000-000000000000".to_owned();
    let nothing = things.each_ref().map(|(name, _)| (*name, nobody.clone()));
    let before = everything(&owner).await;
    for ((method, path), (_, missing)) in doors(&things).into_iter().zip(doors(&nothing)) {
        // Something the route would take.
        let body = match (method, path.ends_with("/link")) {
            ("PATCH", _) => json!({"alias": "Taken over"}),
            (_, true) => json!({"setup_token": "aHR0cHM6Ly9leGFtcGxlLmNvbQ=="}),
            _ => json!({}),
        };
        let theirs = send(stranger.api.request(method, &path).json(&body)).await.refused(404, "not-found");
        let none = send(stranger.api.request(method, &missing).json(&body)).await.refused(404, "not-found");
        // Not even the words tell that there is something.
        assert_eq!(
            (&theirs["detail"], &theirs["title"]),
            (&none["detail"], &none["title"]),
            "{method} {path}"
        );
        let anonymous = send(dashtam_tests::Api::of(&server).request(method, &path).json(&body)).await;
        anonymous.refused(401, "unauthenticated");
    }
    assert_eq!(everything(&owner).await, before);
    for list in ["accounts", "transactions", "balances", "providers"] {
        assert!(stranger.api.all(&format!("/api/v1/{list}")).await.is_empty(), "{list}");
    }
    for filter in [
        format!("/api/v1/accounts?provider_id={provider}"),
        format!("/api/v1/transactions?account_id={}", things[1].1),
    ] {
        let reply = stranger.api.get(&filter).await;
        let empty = reply.status == 200 && reply.expect(200)["items"] == json!([]);
        assert!(empty || reply.status == 404, "{filter}: {}", reply.text());
    }
    // A cursor is a place, not a key: another's shows one's own rows only.
    let page = owner.api.get("/api/v1/transactions?limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let seen = stranger.api.get(&format!("/api/v1/transactions?cursor={cursor}")).await.expect(200);
    assert_eq!(seen["items"], json!([]));
}

/// Everything a user sees, but for what changes by looking.
async fn everything(user: &User) -> Vec<Value> {
    let mut all = Vec::new();
    for list in ["accounts", "balances", "providers", "transactions?limit=500"] {
        all.push(user.api.get(&format!("/api/v1/{list}")).await.expect(200));
    }
    all
}
