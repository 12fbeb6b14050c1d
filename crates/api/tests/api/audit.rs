//! The audit trail through HTTP.

use dashtam_application::audit::VerifyAudit;
use dashtam_domain::call::Call;
use serde_json::{Value, json};

use crate::world::World;

const OWN: &str = "/api/v1/auth/me/audit-log";
const ALL: &str = "/api/v1/admin/audit-log";

fn actions(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn everybody_reads_the_own_trail_and_an_administrator_all() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let wrong = json!({"email": "ada@example.com", "password": "s3cret-Wrong-1"});
    world.post("/api/v1/auth/login", wrong).await.problem(401, "invalid-credentials");
    let nobody = json!({"email": "s3cret@example.com", "password": "s3cret-Wrong-1"});
    world.post("/api/v1/auth/login", nobody).await.problem(401, "invalid-credentials");
    let reason = json!({"reason": "To see what is written"});
    let path = format!("/api/v1/token-rotation/users/{}", user.login["user"]["id"].as_str().unwrap());
    assert_eq!(user.post(&path, reason).await.status, 200);
    let user = world.sign_in("ada@example.com", "x").await;

    let expected = [
        "new_client",
        "login_succeeded",
        "user_tokens_rotated",
        "login_failed",
        "login_succeeded",
        "email_verified",
        "user_registered",
    ];
    let own = user.get(OWN).await.json();
    assert_eq!(actions(&own), expected);
    let first = user.get(&format!("{OWN}?limit=2")).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = user.get(&format!("{OWN}?limit=2&cursor={cursor}")).await.json();
    assert_eq!((actions(&first), actions(&second)), (expected[..2].to_vec(), expected[2..4].to_vec()));
    assert!(own["items"][0].get("user_id").is_none());

    user.get(ALL).await.problem(403, "forbidden");
    world.get(ALL).await.problem(401, "unauthenticated");
    world.user("root@example.com").await;
    world.grant("root@example.com").await;
    let administrator = world.sign_in("root@example.com", "x").await;
    let all = administrator.get(ALL).await;
    let text = all.text();
    assert!(!text.contains("s3cret"), "an unknown address is not written down: {text}");
    let all = all.json();
    let failed: Vec<_> =
        all["items"].as_array().unwrap().iter().filter(|line| line["user_id"].is_null()).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["action"], "login_failed");
    assert_eq!(failed[0]["details"]["identifier"].as_str().unwrap().len(), 64);
    let id = user.login["user"]["id"].as_str().unwrap();
    let of_user = administrator.get(&format!("{ALL}?user_id={id}")).await.json();
    assert_eq!(actions(&of_user), expected);
    assert!(of_user["items"].as_array().unwrap().iter().all(|line| line["user_id"] == id));
    let wrong = administrator.get(&format!("{ALL}?user_id=s3cret&limit=0")).await;
    assert_eq!(wrong.broken_rules(), ["limit:out_of_range", "user_id:uuid"]);

    let call = Call::system(world.options().sources.clock.now());
    let report = world.dashtam.audit().verify(&call, VerifyAudit).await.unwrap();
    assert_eq!(report.faults, []);
    assert!(report.lines > 10 && report.chains == 3, "{report:?}");
}
