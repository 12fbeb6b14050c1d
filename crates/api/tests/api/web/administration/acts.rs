//! What is done to an account, each with its question before.

use dashtam_domain::identity::SecondFactorKind;

use super::{ADA, ROOT, id, place, root};
use crate::{
    browser::Browser,
    web::{forms::field, location},
    world::{PASSWORD, World},
};

/// Asks the question of an act, does it with these fields, and looks at what the page says then.
async fn act(root: &Browser<'_>, page: &str, path: &str, fields: &[(&str, &str)], said: &str) -> String {
    let place = format!("{page}/{path}");
    let question = root.look(&place).await;
    assert_eq!(question.status, 200, "{}", question.text());
    let text = question.text();
    assert!(text.contains(&format!("method=\"post\" action=\"{place}\"")), "{text}");
    assert!(text.contains("Leave it as it is"), "{text}");
    let done = root.send(&place, fields).await;
    assert_eq!(location(&done), format!("{page}?said={said}"));
    let page = root.look(location(&done)).await.text();
    assert!(page.contains("class=\"said\""), "{said}: {page}");
    page
}

#[actix_web::test]
async fn an_account_is_switched_off_and_on() {
    let world = World::with_pages().await;
    let page = place(&id(&world.user(ADA).await));
    let ada = Browser::sign_in(&world, ADA).await;
    let root = root(&world).await;
    let question = root.look(&format!("{page}/switch")).await.text();
    assert!(question.contains("name=\"on\" value=\"no\"") && question.contains(ADA), "{question}");
    for unclear in [&[] as &[(&str, &str)], &[("on", "maybe")]] {
        let refused = root.send(&format!("{page}/switch"), unclear).await;
        assert!(refused.status == 422 && refused.text().contains("did not say"), "{}", refused.text());
    }
    assert_eq!(ada.look("/accounts").await.status, 200, "nothing was done");
    let off = act(&root, &page, "switch", &[("on", "no")], "user-off").await;
    assert!(off.contains(">Switched off</span>") && off.contains(">Switch it on</a>"), "{off}");
    assert!(location(&ada.look("/accounts").await).starts_with("/sign-in"));
    world.login(ADA, PASSWORD).await.problem(403, "account-disabled");
    // The question about the own account says whose it is.
    let own = "This is your own account.";
    let me = place(root.get("/api/v1/auth/me").await.json()["id"].as_str().unwrap());
    assert!(root.look(&format!("{me}/switch")).await.text().contains(own) && !question.contains(own));
    // Sent twice, it stays off.
    act(&root, &page, "switch", &[("on", "no")], "user-off").await;
    let on = act(&root, &page, "switch", &[("on", "yes")], "user-on").await;
    assert!(on.contains(">In use</span>"), "{on}");
    assert_eq!(world.login(ADA, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn passwords_and_second_steps_that_were_lost_are_given_back() {
    let world = World::with_pages().await;
    let page = place(&id(&world.user(ADA).await));
    let root = root(&world).await;
    let place = format!("{page}/password");
    let once = field(&root.look(&place).await.text(), "once");
    let once = [("once", once.as_str())];
    act(&root, &page, "password", &once, "user-password").await;
    // A second click leads to where the first one did.
    assert_eq!(location(&root.send(&place, &once).await), format!("{page}?said=user-password"));
    assert!(world.token_mailed_to(ADA).await.starts_with("dsp_"));
    let hurried = root.send(&format!("{page}/password"), &[]).await;
    assert!(hurried.status == 422 && hurried.text().contains("as many mails"), "{}", hurried.text());

    let none = root.send(&format!("{page}/second-factor"), &[]).await;
    assert!(none.status == 422 && none.text().contains("has no second factor"), "{}", none.text());
    assert!(!root.look(&page).await.text().contains("/second-factor\""));
    world.alter(ADA, |user| user.second_factor = SecondFactorKind::Email).await;
    let with = root.look(&page).await.text();
    assert!(with.contains(&format!("{page}/second-factor\"")) && with.contains("codes by mail"), "{with}");
    act(&root, &page, "second-factor", &[], "user-factor").await;
    let token = world.token_mailed_to(ADA).await;
    let kept =
        world.post("/api/v1/auth/second-factor/reset/cancel", serde_json::json!({"token": token})).await;
    assert_eq!(kept.status, 200, "{}", kept.text());
}

#[actix_web::test]
async fn sessions_are_ended_and_locks_lifted() {
    let world = World::with_pages().await;
    let page = place(&id(&world.user(ADA).await));
    let ada = Browser::sign_in(&world, ADA).await;
    let root = root(&world).await;
    assert!(root.look(&page).await.text().contains("<dt>Sessions</dt><dd>2</dd>"));
    let ended = act(&root, &page, "sessions", &[], "user-sessions").await;
    assert!(ended.contains("<dt>Sessions</dt><dd>0</dd>"), "{ended}");
    assert!(location(&ada.look("/accounts").await).starts_with("/sign-in"));

    assert!(!root.look(&page).await.text().contains("/locks\""));
    act(&root, &page, "locks", &[], "user-not-locked").await;
    while world.login(ADA, "Wrong-Horse-7").await.status == 401 {}
    world.login(ADA, PASSWORD).await.problem(429, "sign-in-throttled");
    let locked = root.look(&page).await.text();
    for part in ["10 wrong passwords", "not known are refused; that ends in", "/locks\""] {
        assert!(locked.contains(part), "{part}: {locked}");
    }
    act(&root, &page, "locks", &[], "user-unlocked").await;
    assert_eq!(world.login(ADA, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn an_account_is_deleted_by_its_typed_address_and_can_be_kept() {
    let world = World::with_pages().await;
    let page = place(&id(&world.user(ADA).await));
    let root = root(&world).await;
    for typed in ["", ROOT, "ada"] {
        let refused = root.send(&format!("{page}/delete"), &[("email", typed)]).await;
        let text = refused.text();
        assert!(refused.status == 422 && text.contains("not the address of the account"), "{text}");
    }
    assert_eq!(world.login(ADA, PASSWORD).await.status, 200, "it is still there");
    let closed = act(&root, &page, "delete", &[("email", "ADA@example.com")], "user-deleted").await;
    assert!(closed.contains("Closed, and to be erased") && closed.contains("<dt>Erased</dt>"), "{closed}");
    world.login(ADA, PASSWORD).await.problem(403, "account-disabled");
    let kept = act(&root, &page, "switch", &[("on", "yes")], "user-on").await;
    assert!(!kept.contains("<dt>Erased</dt>") && kept.contains(">In use</span>"), "{kept}");

    // So can one that its owner gave up, and that nobody switched off.
    let now = world.options().sources.clock.now();
    world
        .alter(ADA, |user| {
            user.schedule_deletion(now);
        })
        .await;
    let closed = root.look(&page).await.text();
    assert!(closed.contains("<dt>Erased</dt>") && closed.contains(">Switch it on</a>"), "{closed}");
    assert!(root.look(&format!("{page}/switch")).await.text().contains("name=\"on\" value=\"yes\""));
    let kept = act(&root, &page, "switch", &[("on", "yes")], "user-on").await;
    assert!(!kept.contains("<dt>Erased</dt>") && kept.contains(">Switch it off</a>"), "{kept}");

    // The last administrator stays one that can be counted on.
    let me = place(root.get("/api/v1/auth/me").await.json()["id"].as_str().unwrap());
    for (path, fields) in [("delete", ("email", ROOT)), ("switch", ("on", "no"))] {
        let refused = root.send(&format!("{me}/{path}"), &[fields]).await;
        assert!(refused.status == 422 && refused.text().contains("last administrator"), "{}", refused.text());
    }
    assert_eq!(root.look("/administration").await.status, 200);
}
