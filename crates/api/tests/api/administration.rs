//! Looking after accounts through HTTP.

use actix_web::http::Method;
use dashtam_domain::identity::{Quota, SecondFactorKind};
use serde_json::{Value, json};

use crate::world::{PASSWORD, User, World};

const USERS: &str = "/api/v1/admin/users";

async fn root(world: &World) -> User<'_> {
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    world.sign_in("root@example.com", "x").await
}

fn of(user: &User<'_>) -> String {
    format!("{USERS}/{}", user.login["user"]["id"].as_str().unwrap())
}

fn emails(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn who_looks_after_nobody_is_refused_on_every_route() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let path = of(&user);
    for (method, path) in [
        ("GET", USERS.to_owned()),
        ("POST", USERS.to_owned()),
        ("GET", path.clone()),
        ("PATCH", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/password-reset")),
        ("POST", format!("{path}/second-factor-reset")),
        ("DELETE", format!("{path}/sessions")),
        ("POST", "/api/v1/admin/signing-key/rotation".to_owned()),
        ("GET", "/api/v1/admin/audit-log".to_owned()),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let refused = world.send(user.request(method.clone(), &path).set_json(json!({}))).await;
        refused.problem(403, "forbidden");
        let request = actix_web::test::TestRequest::default().method(method).uri(&path).set_json(json!({}));
        world.send(request).await.problem(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn an_administrator_makes_finds_changes_and_closes_accounts() {
    let world = World::new().await;
    let root = root(&world).await;
    let wanted = json!({
        "email": "Carol@example.com", "name": "Carol", "readonly": true, "device_limit": 3,
        "expiration_time": "2999-01-01T00:00:00Z",
    });
    let request =
        || root.request(Method::POST, USERS).insert_header(("idempotency-key", "one")).set_json(&wanted);
    let made = world.send(request()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = made.header("location").unwrap().to_owned();
    let carol = made.json();
    assert_eq!(path, format!("{USERS}/{}", carol["id"].as_str().unwrap()));
    for (field, value) in [
        ("email", json!("Carol@example.com")),
        ("email_verified", json!(false)),
        ("readonly", json!(true)),
        ("device_limit", json!(3)),
        ("user_limit", json!(0)),
        ("expiration_time", json!("2999-01-01T00:00:00.000000Z")),
        ("managed_by", Value::Null),
        ("two_factor_type", json!("none")),
    ] {
        assert_eq!(carol[field], value, "{field}");
    }
    assert!(carol.get("attributes").is_none() && carol.get("phone").is_none());
    assert_eq!(world.send(request()).await.json(), carol, "the same request again makes nothing");
    root.post(USERS, wanted.clone()).await.problem(409, "email-taken");
    let wrong = json!({"email": "x", "device_limit": -2, "disabled": "no", "managed_by": 7, "expiration_time": "s3cret"});
    let refused = root.post(USERS, wrong).await;
    assert_eq!(
        refused.broken_rules(),
        [
            "device_limit:out_of_range",
            "disabled:wrong_type",
            "email:malformed",
            "expiration_time:timestamp",
            "managed_by:wrong_type",
            "name:missing",
        ]
    );
    assert!(!refused.text().contains("s3cret"));

    // She chooses the password herself.
    let token = world.token_mailed_to("Carol@example.com").await;
    let chosen =
        world.patch(&format!("/api/v1/password-resets/{token}"), json!({"new_password": PASSWORD})).await;
    assert_eq!(chosen.status, 200, "{}", chosen.text());
    let session = world.sign_in("carol@example.com", "x").await;
    session.patch("/api/v1/auth/me", json!({"name": "X"})).await.problem(403, "account-read-only");
    assert_eq!(root.get(&path).await.json()["sessions"], 1);

    let list = root.get(&format!("{USERS}?email=car")).await.json();
    assert_eq!(emails(&list), ["Carol@example.com"]);
    assert_eq!(emails(&root.get(&format!("{USERS}?name=ADA")).await.json()), ["root@example.com"]);
    assert_eq!(emails(&root.get(&format!("{USERS}?administrator=true")).await.json()), ["root@example.com"]);
    let first = root.get(&format!("{USERS}?limit=1")).await.json();
    let second =
        root.get(&format!("{USERS}?limit=1&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!(emails(&second.json()), ["Carol@example.com"]);
    let wrong =
        root.get(&format!("{USERS}?email=a&name=b&disabled=s3cret&limit=0&managed_by=x&cursor=y")).await;
    assert_eq!(
        wrong.broken_rules(),
        ["cursor:invalid", "disabled:wrong_type", "limit:out_of_range", "managed_by:uuid", "name:too_many",]
    );

    // In force at once for her running session.
    let changed = root.patch(&path, json!({"readonly": false, "limit_commands": true})).await.json();
    assert_eq!((&changed["readonly"], &changed["limit_commands"]), (&json!(false), &json!(true)));
    assert_eq!(session.patch("/api/v1/auth/me", json!({"name": "Caroline"})).await.status, 200);
    let sync = format!("/api/v1/providers/{}/sync", carol["id"].as_str().unwrap());
    session.post(&sync, json!({})).await.problem(403, "command-not-allowed");
    let ended = root.delete(&format!("{path}/sessions")).await.json();
    assert_eq!(ended["revoked_count"], 1);
    session.get("/api/v1/auth/me").await.problem(401, "invalid-access-token");

    let closed = root.delete(&path).await;
    assert!(closed.json()["deletion_due_at"].is_string());
    world.login("carol@example.com", PASSWORD).await.problem(403, "account-disabled");
    assert_eq!(emails(&root.get(&format!("{USERS}?disabled=true")).await.json()), ["Carol@example.com"]);
    root.get(&format!("{USERS}/01890a5d-ac96-774b-bcce-b302099a8057")).await.problem(404, "not-found");

    let me = of(&root);
    root.patch(&me, json!({"administrator": false})).await.problem(409, "last-administrator");
    root.patch(&me, json!({"disabled": true})).await.problem(409, "last-administrator");
    root.patch(&me, json!({"expiration_time": "2999-01-01T00:00:00Z"}))
        .await
        .problem(409, "last-administrator");
    root.delete(&me).await.problem(409, "last-administrator");
    let own = root.delete_with("/api/v1/auth/me", json!({"password": PASSWORD})).await;
    own.problem(409, "last-administrator");
}

#[actix_web::test]
async fn lost_passwords_and_second_factors_are_given_back_by_mail() {
    let world = World::new().await;
    let root = root(&world).await;
    let ada = world.user("ada@example.com").await;
    let path = of(&ada);
    root.post(&format!("{path}/second-factor-reset"), json!({})).await.problem(409, "no-second-factor");
    world.alter("ada@example.com", |user| user.second_factor = SecondFactorKind::Email).await;
    let begun = root.post(&format!("{path}/second-factor-reset"), json!({})).await;
    assert_eq!(begun.status, 202);
    assert!(begun.json()["due_at"].is_string());
    let token = world.token_mailed_to("ada@example.com").await;
    let keep = "/api/v1/auth/second-factor/reset/cancel";
    assert_eq!(world.post(keep, json!({})).await.broken_rules(), ["token:missing"]);
    assert_eq!(world.post(keep, json!({ "token": token })).await.status, 200);
    world.post(keep, json!({ "token": token })).await.problem(400, "invalid-or-expired-token");
    assert_eq!(root.post(&format!("{path}/password-reset"), json!({})).await.status, 202);
    let hurried = root.post(&format!("{path}/password-reset"), json!({})).await;
    assert!(hurried.header("retry-after").is_some());
    hurried.problem(429, "too-many-mails");
    assert!(world.token_mailed_to("ada@example.com").await.starts_with("dsp_"));
    // Tokens are signed with HS256 here, which has no pair to rotate.
    let rotation = "/api/v1/admin/signing-key/rotation";
    let wrong = json!({"compromised": "yes", "newest_key_id": "x"});
    let broken = root.post(rotation, wrong).await.broken_rules();
    assert_eq!(broken, ["compromised:wrong_type", "newest_key_id:malformed"]);
    root.post(rotation, json!({})).await.problem(409, "no-key-pair");
}

#[actix_web::test]
async fn changes_want_a_fresh_sign_in_and_looking_does_not() {
    let mut world = World::new().await;
    let login = root(&world).await.login;
    world.later(chrono::TimeDelta::minutes(6));
    let root = User { world: &world, login };
    assert_eq!(root.get(USERS).await.status, 200);
    root.post(USERS, json!({})).await.problem(401, "step-up-required");
    root.patch(&of(&root), json!({})).await.problem(401, "step-up-required");
    root.delete(&of(&root)).await.problem(401, "step-up-required");
}

#[actix_web::test]
async fn a_manager_looks_after_the_own_sub_users_only() {
    let world = World::new().await;
    let stranger = world.user("stranger@example.com").await;
    world.user("mary@example.com").await;
    world.alter("mary@example.com", |user| user.flags.user_limit = Quota::new(1).unwrap()).await;
    let mary = world.sign_in("mary@example.com", "x").await;
    let kid = mary.post(USERS, json!({"email": "kid@example.com", "name": "Kid"})).await;
    assert_eq!(kid.status, 201, "{}", kid.text());
    let path = kid.header("location").unwrap().to_owned();
    assert_eq!(kid.json()["managed_by"], mary.login["user"]["id"]);
    let more = json!({"email": "more@example.com", "name": "More"});
    mary.post(USERS, more).await.problem(403, "user-limit-reached");
    assert_eq!(emails(&mary.get(USERS).await.json()), ["kid@example.com"]);
    assert_eq!(mary.get(&path).await.json()["email"], "kid@example.com");
    assert_eq!(mary.patch(&path, json!({"disabled": true})).await.json()["disabled"], true);
    assert_eq!(mary.patch(&path, json!({"disabled": false})).await.json()["disabled"], false);
    mary.patch(&path, json!({"name": "Other"})).await.problem(403, "forbidden");
    // What an administrator switched off, even after her, she does not switch on.
    let root = root(&world).await;
    for by_her_before in [true, false] {
        if by_her_before {
            assert_eq!(mary.patch(&path, json!({"disabled": true})).await.status, 200);
        }
        assert_eq!(root.patch(&path, json!({"disabled": true})).await.json()["disabled"], true);
        assert_eq!(mary.patch(&path, json!({"disabled": true})).await.status, 200);
        mary.patch(&path, json!({"disabled": false})).await.problem(409, "off-by-administrator");
        assert_eq!(root.patch(&path, json!({"disabled": false})).await.json()["disabled"], false);
    }
    assert_eq!(mary.patch(&path, json!({"disabled": true})).await.status, 200);
    assert_eq!(mary.patch(&path, json!({"disabled": false})).await.json()["disabled"], false);
    mary.delete(&path).await.problem(403, "forbidden");
    world.alter("mary@example.com", |user| user.flags.device_limit = Quota::new(5).unwrap()).await;
    let looser = mary.patch(&path, json!({"device_limit": 6})).await;
    assert_eq!(looser.broken_rules(), ["device_limit:looser_than_manager"]);
    assert_eq!(mary.post(&format!("{path}/password-reset"), json!({})).await.status, 202);
    for foreign in [of(&stranger), of(&mary)] {
        mary.get(&foreign).await.problem(404, "not-found");
        mary.patch(&foreign, json!({"disabled": true})).await.problem(404, "not-found");
        mary.post(&format!("{foreign}/password-reset"), json!({})).await.problem(404, "not-found");
    }
    let lines = mary.get("/api/v1/admin/audit-log").await.json();
    let lines = lines["items"].as_array().unwrap();
    assert!(lines.len() >= 4 && lines.iter().all(|line| line["user_id"] == kid.json()["id"]), "{lines:?}");
}
