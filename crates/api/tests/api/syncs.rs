//! Synchronisations: listed, shown and stopped, and how healthy a provider instance is.

use dashtam_application::sync::{PlanSyncs, RunNextSync};
use dashtam_domain::call::Call;
use serde_json::{Value, json};

use crate::world::{User, World};

/// A linked provider instance; its id.
async fn linked(user: &User<'_>, alias: &str) -> String {
    let id = user.provider(alias).await["id"].as_str().unwrap().to_owned();
    let started = user.get(&format!("/api/v1/auth/{id}/authorize")).await.json();
    let (_, state) = started["auth_url"].as_str().unwrap().split_once("state=").unwrap();
    let callback = format!("/api/v1/auth/{id}/callback?code=C0.good%40code&state={state}");
    assert_eq!(user.world.get(&callback).await.status, 200);
    id
}

/// A call by the program itself, now.
fn system(world: &World) -> Call {
    Call::system(world.options().sources.clock.now())
}

#[actix_web::test]
async fn what_is_due_is_synchronised_and_told() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let unlinked = user.provider("Unlinked").await;
    let health = &unlinked["health"];
    assert_eq!((&health["what_to_do"], &health["stale_since"]), (&json!("reauthorize"), &Value::Null));
    let id = linked(&user, "Bank").await;
    let place = format!("/api/v1/providers/{id}/syncs");
    assert_eq!(user.get(&place).await.json(), json!({"items": [], "next_cursor": null}));

    // Due at once, and one run of it, however often somebody looks.
    for planned in [1, 0] {
        assert_eq!(world.dashtam.sync().plan(&system(&world), PlanSyncs).await.unwrap(), planned);
    }
    let queued = user.get(&place).await.json()["items"].clone();
    assert_eq!(queued.as_array().unwrap().len(), 1);
    let run = &queued[0];
    assert_eq!((&run["status"], &run["requested_by"]), (&json!("queued"), &json!("schedule")));
    assert_eq!((&run["attempts"], &run["error_code"]), (&json!(0), &Value::Null));
    assert_eq!(run["progress"], json!({"accounts_done": 0, "accounts_total": 0, "rows": 0}));
    // Who asks meanwhile gets it.
    let asked = user.post(&format!("/api/v1/providers/{id}/sync"), json!({})).await.json();
    assert_eq!(asked["id"], run["id"]);

    world.dashtam.sync().run_next(&system(&world), RunNextSync).await.unwrap().unwrap();
    let path = format!("/api/v1/syncs/{}", run["id"].as_str().unwrap());
    let done = user.get(&path).await.json();
    assert_eq!((&done["status"], &done["attempts"]), (&json!("completed"), &json!(1)));
    let provider = user.get(&format!("/api/v1/providers/{id}")).await.json();
    assert_eq!(provider["last_sync"], done);
    let health = &provider["health"];
    assert_eq!(health["last_success_at"], provider["last_sync_at"]);
    assert_eq!(health["next_sync_at"], provider["next_sync_at"]);
    assert_eq!((&health["what_to_do"], &health["why"]), (&json!("none"), &Value::Null));
    let stale = &health["stale_since"];
    assert!(stale.is_null() && health["next_sync_at"].is_string());

    let stranger = world.user("eve@example.com").await;
    stranger.get(&path).await.problem(404, "not-found");
    stranger.get(&place).await.problem(404, "not-found");
    stranger.post(&format!("{path}/cancel"), json!({})).await.problem(404, "not-found");
    world.get(&path).await.problem(401, "unauthenticated");
}

#[actix_web::test]
async fn a_run_is_stopped_once_and_the_list_is_paged() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let id = linked(&user, "Bank").await;
    let mut made = Vec::new();
    for _ in 0..3 {
        let run = user.post(&format!("/api/v1/providers/{id}/sync"), json!({})).await.json();
        let path = format!("/api/v1/syncs/{}", run["id"].as_str().unwrap());
        for _ in 0..2 {
            let stopped = user.post(&format!("{path}/cancel"), json!({})).await;
            assert_eq!(stopped.status, 200, "{}", stopped.text());
            let stopped = stopped.json();
            assert_eq!(
                (&stopped["status"], &stopped["error_code"]),
                (&json!("cancelled"), &json!("cancelled"))
            );
            assert_eq!((&stopped["requested_by"], &stopped["what_to_do"]), (&json!("user"), &json!("none")));
            assert_eq!(user.get(&path).await.json(), stopped);
        }
        made.insert(0, run["id"].clone());
    }
    assert!(world.dashtam.sync().run_next(&system(&world), RunNextSync).await.unwrap().is_none());
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let place = format!("/api/v1/providers/{id}/syncs?limit=2&cursor={cursor}");
        let page = user.get(&place).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        match &page["next_cursor"] {
            Value::Null => break,
            next => cursor = next.as_str().unwrap().to_owned(),
        }
    }
    assert_eq!(seen, made);
    let provider = user.get(&format!("/api/v1/providers/{id}")).await.json();
    assert_eq!(provider["health"]["what_to_do"], "none", "who stops a run knows why");

    let run = user.post(&format!("/api/v1/providers/{id}/sync"), json!({})).await.json();
    world.dashtam.sync().run_next(&system(&world), RunNextSync).await.unwrap().unwrap();
    let path = format!("/api/v1/syncs/{}/cancel", run["id"].as_str().unwrap());
    user.post(&path, json!({})).await.problem(409, "sync-ended");
}
