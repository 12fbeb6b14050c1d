//! Rotation of tokens after a breach.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::World;

const GLOBAL: &str = "/api/v1/token-rotation/global";
const CONFIG: &str = "/api/v1/token-rotation/security-config";
const FIELDS: [&str; 10] = [
    "rotation_type",
    "user_id",
    "old_version",
    "new_version",
    "tokens_revoked",
    "users_affected",
    "reason",
    "initiated_by",
    "grace_period_minutes",
    "rotated_at",
];

fn fields(view: &Value) -> BTreeSet<&str> {
    view.as_object().unwrap().keys().map(String::as_str).collect()
}

fn of_user(login: &Value) -> String {
    format!("/api/v1/token-rotation/users/{}", login["user"]["id"].as_str().unwrap())
}

#[actix_web::test]
async fn a_user_makes_the_own_tokens_void() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let other = world.sign_in("ada@example.com", "x").await;
    let stranger = world.user("bob@example.com").await;
    let path = of_user(&user.login);
    let reason = json!({"reason": "  I lost my phone on the train  "});

    stranger.post(&path, reason.clone()).await.problem(403, "forbidden");
    world.post(&path, reason.clone()).await.problem(401, "unauthenticated");
    for (body, rule) in [
        (json!({}), "reason:missing"),
        (json!({"reason": 7}), "reason:wrong_type"),
        (json!({"reason": "too short"}), "reason:too_short"),
        (json!({"reason": "x".repeat(501)}), "reason:too_long"),
    ] {
        assert_eq!(user.post(&path, body).await.broken_rules(), [rule]);
    }
    let malformed = user.post("/api/v1/token-rotation/users/me", reason.clone()).await;
    assert_eq!(malformed.broken_rules(), ["user_id:uuid"]);

    let rotated = user.post(&path, reason).await.json();
    assert_eq!(fields(&rotated), BTreeSet::from(FIELDS));
    assert_eq!((&rotated["rotation_type"], &rotated["user_id"]), (&json!("USER"), &user.login["user"]["id"]));
    assert_eq!((&rotated["old_version"], &rotated["new_version"]), (&json!(1), &json!(2)));
    assert_eq!(
        (&rotated["tokens_revoked"], &rotated["reason"]),
        (&json!(2), &json!("I lost my phone on the train"))
    );
    for field in ["users_affected", "initiated_by", "grace_period_minutes"] {
        assert_eq!(rotated[field], Value::Null, "{field}");
    }
    for gone in [&user, &other] {
        gone.get("/api/v1/auth/me").await.problem(401, "invalid-access-token");
        let refresh = json!({"refresh_token": gone.login["refresh_token"]});
        world.post("/api/v1/auth/refresh", refresh).await.problem(401, "invalid-refresh-token");
    }
    assert_eq!(stranger.get("/api/v1/auth/me").await.status, 200);
    // Whoever signs in again is not bothered by it.
    let again = world.sign_in("ada@example.com", "x").await;
    assert_eq!(again.get("/api/v1/auth/me").await.status, 200);
    let refresh = json!({"refresh_token": again.login["refresh_token"]});
    assert_eq!(world.post("/api/v1/auth/refresh", refresh).await.status, 200);
}

#[actix_web::test]
async fn an_administrator_rotates_anybody() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    let administrator = world.sign_in("root@example.com", "x").await;
    let reason = json!({"reason": "The owner asked for it"});
    assert_eq!(administrator.post(&of_user(&user.login), reason.clone()).await.json()["tokens_revoked"], 1);
    user.get("/api/v1/auth/me").await.problem(401, "invalid-access-token");
    let unknown = "/api/v1/token-rotation/users/01890a5d-ac96-774b-bcce-b302099a8057";
    administrator.post(unknown, reason).await.problem(404, "not-found");
}

#[actix_web::test]
async fn only_an_administrator_rotates_everybody() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let reason = "A backup of the database was lost";
    user.post(GLOBAL, json!({"reason": reason})).await.problem(403, "forbidden");
    user.get(CONFIG).await.problem(403, "forbidden");
    world.get(CONFIG).await.problem(401, "unauthenticated");
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    let administrator = world.sign_in("root@example.com", "x").await;

    let before = administrator.get(CONFIG).await.json();
    let names = [
        "global_min_token_version",
        "grace_until",
        "last_updated_at",
        "last_updated_by",
        "last_rotation_reason",
    ];
    assert_eq!(fields(&before), BTreeSet::from(names));
    assert_eq!((&before["global_min_token_version"], &before["last_updated_by"]), (&json!(1), &Value::Null));
    for (body, rule) in [
        (json!({"reason": "nineteen characters"}), "reason:too_short"),
        (json!({"reason": "x".repeat(1_001)}), "reason:too_long"),
        (json!({"reason": reason, "grace_period_minutes": 61}), "grace_period_minutes:out_of_range"),
        (json!({"reason": reason, "grace_period_minutes": -1}), "grace_period_minutes:out_of_range"),
        (json!({"reason": reason, "grace_period_minutes": "15"}), "grace_period_minutes:wrong_type"),
    ] {
        assert_eq!(administrator.post(GLOBAL, body).await.broken_rules(), [rule]);
    }

    let rotated = administrator.post(GLOBAL, json!({"reason": reason})).await.json();
    assert_eq!(fields(&rotated), BTreeSet::from(FIELDS));
    assert_eq!((&rotated["rotation_type"], &rotated["user_id"]), (&json!("GLOBAL"), &Value::Null));
    assert_eq!((&rotated["old_version"], &rotated["new_version"]), (&json!(1), &json!(2)));
    // The user's, and both of the administrator.
    assert_eq!((&rotated["tokens_revoked"], &rotated["users_affected"]), (&json!(3), &json!(2)));
    assert_eq!(rotated["initiated_by"], "USER:root@example.com");
    assert_eq!((&rotated["grace_period_minutes"], &rotated["reason"]), (&json!(15), &json!(reason)));
    let after = administrator.get(CONFIG).await.json();
    assert_eq!(
        (&after["global_min_token_version"], &after["last_rotation_reason"]),
        (&json!(2), &json!(reason))
    );
    // Within the grace everybody goes on, by old access and by new ones.
    assert_eq!(user.get("/api/v1/auth/me").await.status, 200);
    let refresh = json!({"refresh_token": user.login["refresh_token"]});
    let renewed = world.post("/api/v1/auth/refresh", refresh).await;
    assert_eq!(renewed.status, 200);

    // Without one, what began before stops: refresh tokens now, access tokens when the memory of their session ends.
    let new = world.sign_in("ada@example.com", "x").await;
    let none = json!({"reason": reason, "grace_period_minutes": 0});
    let rotated = administrator.post(GLOBAL, none).await.json();
    assert_eq!((&rotated["new_version"], &rotated["grace_period_minutes"]), (&json!(3), &json!(0)));
    for token in [&renewed.json()["refresh_token"], &new.login["refresh_token"]] {
        let refused = world.post("/api/v1/auth/refresh", json!({"refresh_token": token})).await;
        refused.problem(401, "invalid-refresh-token");
    }
    new.get("/api/v1/auth/me").await.problem(401, "invalid-access-token");
    let newest = world.sign_in("ada@example.com", "x").await;
    assert_eq!(newest.get("/api/v1/auth/sessions").await.json()["total_count"], 1);
}
