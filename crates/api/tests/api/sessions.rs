//! Sessions: listing, naming, revoking, and "this was not me".

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{User, World};

const SESSIONS: &str = "/api/v1/auth/sessions";
const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/126.0.0.0 Safari/537.36";

/// The session a user's tokens belong to.
async fn own(user: &User<'_>) -> Value {
    let listed = user.get(SESSIONS).await.json();
    let current: Vec<_> =
        listed["items"].as_array().unwrap().iter().filter(|one| one["is_current"] == true).collect();
    assert_eq!(current.len(), 1, "{listed}");
    current[0].clone()
}

fn path(session: &Value) -> String {
    format!("{SESSIONS}/{}", session["id"].as_str().unwrap())
}

#[actix_web::test]
async fn sessions_are_listed_with_what_is_known_of_their_clients() {
    let world = World::new().await;
    let first = world.user("ada@example.com").await;
    let second = world.sign_in("ada@example.com", CHROME).await;
    world.user("bob@example.com").await;
    let listed = second.get(SESSIONS).await.json();
    assert_eq!((&listed["total_count"], &listed["next_cursor"]), (&json!(2), &Value::Null));
    let session = own(&second).await;
    let keys: BTreeSet<_> = session.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = BTreeSet::from([
        "id",
        "device_info",
        "location",
        "ip_address",
        "label",
        "created_at",
        "expires_at",
        "last_activity",
        "api_calls",
        "transport",
        "long_lived",
        "is_current",
        "is_trusted",
        "is_revoked",
    ]);
    assert_eq!(keys, expected);
    assert_eq!(session["device_info"], "Chrome on macOS");
    assert_eq!(own(&first).await["device_info"], "Unknown Device");
    assert_eq!((&session["location"], &session["ip_address"]), (&json!("Unknown Location"), &Value::Null));
    assert_eq!((&session["transport"], &session["is_trusted"]), (&json!("token"), &json!(false)));
    // Two lists, of which the second counts itself.
    assert_eq!(session["api_calls"], 2);
    assert!(session["last_activity"].as_str() > session["created_at"].as_str());

    // Page by page, each once.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = first.get(&format!("{SESSIONS}?limit=1&cursor={cursor}")).await.json();
        assert_eq!(page["total_count"], 2);
        seen.push(page["items"][0]["id"].clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(BTreeSet::from_iter(seen.iter().map(Value::to_string)).len(), 2);
    let foreign = first.get(&format!("/api/v1/accounts?cursor={cursor}")).await;
    assert_eq!(foreign.broken_rules(), ["cursor:invalid"]);
    world.get(SESSIONS).await.problem(401, "unauthenticated");
}

#[actix_web::test]
async fn a_session_gets_a_name_and_trust() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let path = path(&own(&user).await);
    let named = user.patch(&path, json!({"label": " Laptop "})).await.json();
    assert_eq!(
        (&named["label"], &named["is_trusted"], &named["is_current"]),
        (&json!("Laptop"), &json!(false), &json!(true))
    );
    let trusted = user.patch(&path, json!({"is_trusted": true, "label": null})).await.json();
    assert_eq!((&trusted["label"], &trusted["is_trusted"]), (&json!("Laptop"), &json!(true)));
    let unnamed = user.patch(&path, json!({"label": ""})).await.json();
    assert_eq!((&unnamed["label"], &unnamed["is_trusted"]), (&Value::Null, &json!(true)));
    let wrong = json!({"label": "x".repeat(101), "is_trusted": "s3cret"});
    let wrong = user.patch(&path, wrong).await;
    assert_eq!(wrong.broken_rules(), ["is_trusted:wrong_type", "label:too_long"]);
    assert!(!wrong.text().contains("s3cret"));
    let control = user.patch(&path, json!({"label": "a\u{7}b"})).await;
    assert_eq!(control.broken_rules(), ["label:control_character"]);
    assert_eq!(user.patch(&path, json!({"label": 7})).await.broken_rules(), ["label:wrong_type"]);
    let stranger = world.user("bob@example.com").await;
    stranger.patch(&path, json!({"label": "Mine"})).await.problem(404, "not-found");
}

#[actix_web::test]
async fn revoking_stops_tokens_at_once_and_every_refusal_says_which() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let other = world.sign_in("ada@example.com", CHROME).await;
    let session = own(&other).await;
    let stranger = world.user("bob@example.com").await;

    stranger.delete(&path(&session)).await.problem(404, "not-found");
    let current = other.delete(&path(&session)).await.problem(400, "current-session");
    assert!(current["detail"].as_str().unwrap().contains("cannot revoke current session"));
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
    user.delete(&format!("{SESSIONS}/{unknown}")).await.problem(404, "not-found");
    let malformed = user.delete(&format!("{SESSIONS}/s3cret")).await;
    assert_eq!(malformed.broken_rules(), ["session_id:uuid"]);

    let revoked = user.delete(&path(&session)).await.json();
    assert_eq!(revoked["revoked_session_id"], session["id"]);
    assert!(revoked["message"].is_string());
    other.get("/api/v1/auth/me").await.problem(401, "invalid-access-token");
    let refresh = json!({"refresh_token": other.login["refresh_token"]});
    world.post("/api/v1/auth/refresh", refresh).await.problem(401, "invalid-refresh-token");
    user.delete(&path(&session)).await.problem(400, "session-already-revoked");
    user.patch(&path(&session), json!({"is_trusted": true})).await.problem(404, "not-found");
    assert_eq!(user.get(SESSIONS).await.json()["total_count"], 1);
}

#[actix_web::test]
async fn the_others_or_all_are_revoked_together() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let others =
        [world.sign_in("ada@example.com", CHROME).await, world.sign_in("ada@example.com", "x").await];
    let stranger = world.user("bob@example.com").await;
    let revoked = user.delete(&format!("{SESSIONS}/others/revoke")).await.json();
    assert_eq!(revoked["revoked_count"], 2);
    for other in &others {
        other.get("/api/v1/auth/me").await.problem(401, "invalid-access-token");
    }
    assert_eq!(user.get("/api/v1/auth/me").await.status, 200);
    assert_eq!(user.delete(&format!("{SESSIONS}/others/revoke")).await.json()["revoked_count"], 0);
    let again = world.sign_in("ada@example.com", CHROME).await;
    assert_eq!(user.delete(&format!("{SESSIONS}/all/revoke")).await.json()["revoked_count"], 2);
    for gone in [&user, &again] {
        gone.get(SESSIONS).await.problem(401, "invalid-access-token");
    }
    assert_eq!(stranger.get("/api/v1/auth/me").await.status, 200);
}

#[actix_web::test]
async fn who_did_not_sign_in_ends_the_session_by_the_mailed_link() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let thief = world.sign_in("ada@example.com", CHROME).await;
    let token = world.mailed_token().await;
    let done = world.post("/api/v1/auth/not-me", json!({"token": token})).await;
    assert_eq!(done.status, 200, "{}", done.text());
    thief.get("/api/v1/auth/me").await.problem(401, "invalid-access-token");
    assert_eq!(user.get("/api/v1/auth/me").await.status, 200);
    let again = world.post("/api/v1/auth/not-me", json!({"token": token})).await;
    again.problem(400, "invalid-or-expired-token");
    assert!(!again.text().contains(&token));
    assert_eq!(world.post("/api/v1/auth/not-me", json!({})).await.broken_rules(), ["token:missing"]);
    let page = world.get("/not-me").await;
    assert!(page.text().contains("Sign that device out") && page.text().contains("/api/v1/auth/not-me"));
}
