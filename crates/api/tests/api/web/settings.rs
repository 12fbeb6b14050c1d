//! Settings by the pages: profile, password, sessions, second step, API keys, and proving again who one is.

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use dashtam_api::ExportWriters;
use dashtam_application::exports::RunNextExport;
use dashtam_domain::{call::Call, identity::TotpKey};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use super::{form, location, post};
use crate::{
    browser::{Browser, CSRF, SESSION, cookie},
    second_step,
    world::{PASSWORD, World},
};

const ADA: &str = "ada@example.com";

/// What stands between two texts of a page.
fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("{before} in {page}")).1;
    rest.split_once(after).unwrap().0
}

fn code(world: &World, key: &str, steps: i64) -> String {
    let key = TotpKey::from_base32(&key.replace(' ', "")).unwrap();
    let step = world.options().sources.clock.now().as_seconds().div_euclid(TotpKey::PERIOD);
    key.code(step + steps).expose().to_owned()
}

#[actix_web::test]
async fn profile_address_and_password_are_changed() {
    let world = World::with_pages().await;
    world.user("bob@example.com").await;
    world.user(ADA).await;
    let (ada, bob) =
        (&Browser::sign_in(&world, ADA).await, Browser::sign_in(&world, "bob@example.com").await);
    let saved = ada.send("/settings", &[("name", "Ada <b>L</b>"), ("login", "ada"), ("phone", "")]).await;
    assert_eq!(location(&saved), "/settings?said=saved");
    let page = ada.look("/settings?said=saved").await.text();
    assert!(
        page.contains("value=\"Ada &#60;b&#62;L&#60;/b&#62;\"") && page.contains("value=\"ada\""),
        "{page}"
    );
    let wrong = bob.send("/settings", &[("name", ""), ("login", "!"), ("phone", "x")]).await;
    assert!(wrong.status == 422 && wrong.text().matches("class=\"error\"").count() == 3, "{}", wrong.text());
    let taken = bob.send("/settings", &[("name", "Bob"), ("login", "ada")]).await;
    assert!(taken.text().contains("belongs to another account") && taken.text().contains("value=\"Bob\""));

    let email = |password: &'static str| async move {
        ada.send("/settings/email", &[("new_email", "new@example.com"), ("password", password)]).await
    };
    let refused = email("wrong").await;
    assert!(refused.status == 422 && refused.text().contains("The password is wrong"), "{}", refused.text());
    assert_eq!(location(&email(PASSWORD).await), "/settings?said=email-asked");

    let change = |old: &'static str, new: &'static str| async move {
        ada.send("/settings/password", &[("password", old), ("new_password", new)]).await
    };
    assert!(change("wrong", "Other-Horse-9").await.text().contains("The password is wrong"));
    let weak = change(PASSWORD, "weak").await.text();
    assert!(weak.contains("id=\"new_password-error\"") && !weak.contains("value=\"weak\""), "{weak}");
    assert_eq!(location(&change(PASSWORD, "Other-Horse-9").await), "/settings/password?said=password");
    assert_eq!(world.login(ADA, "Other-Horse-9").await.status, 200);
    let trail = ada.look("/settings/activity").await.text();
    assert!(trail.contains("Password changed") && trail.contains("Profile updated"), "{trail}");
}

#[actix_web::test]
async fn sessions_are_listed_and_ended() {
    let world = World::with_pages().await;
    world.user(ADA).await;
    let (here, there) = (Browser::sign_in(&world, ADA).await, Browser::sign_in(&world, ADA).await);
    let page = here.look("/settings/sessions").await.text();
    assert_eq!((page.matches("this one").count(), page.matches("/end\"").count()), (1, 2), "{page}");
    let shown = there.look("/settings/sessions").await.text();
    let theirs: Vec<&str> =
        shown.match_indices("/settings/sessions/").map(|(at, _)| &shown[at..at + 59]).collect();
    let mine = theirs.iter().find(|place| page.contains(*place) && place.ends_with("/end"));
    let ended = here.send(mine.unwrap(), &[]).await;
    assert_eq!(location(&ended), "/settings/sessions?said=session-ended");
    assert_eq!(
        location(&here.send("/settings/sessions/end-others", &[]).await),
        "/settings/sessions?said=others-ended"
    );
    assert!(location(&there.look("/accounts").await).starts_with("/sign-in"));
    assert_eq!(here.look("/accounts").await.status, 200);
}

#[actix_web::test]
async fn a_second_step_is_set_up_used_and_turned_off() {
    let world = World::with_pages().await;
    world.user(ADA).await;
    let ada = &Browser::sign_in(&world, ADA).await;
    let begun = ada.send("/settings/second-factor/authenticator", &[]).await.text();
    assert!(begun.contains("src=\"data:image/svg+xml;base64,"), "{begun}");
    let key = between(&begun, "id=\"key\">", "</code>");
    let uri = between(&begun, "name=\"uri\" value=\"", "\"").replace("&#38;", "&");
    let confirm = |code: String| {
        let uri = uri.clone();
        async move { ada_confirm(ada, &uri, &code).await }
    };
    let wrong = confirm("000000".to_owned()).await;
    assert!(
        wrong.status == 422 && wrong.text().contains("not correct") && wrong.text().contains(key),
        "{}",
        wrong.text()
    );
    let done = confirm(code(&world, key, 0)).await.text();
    assert_eq!(done.matches("<li><code>").count(), 10, "{done}");
    let backup = between(&done, "<li><code>", "</code>").to_owned();
    let page = ada.look("/settings/second-factor").await.text();
    assert!(page.contains("10 backup codes left"), "{page}");
    let off = |password: &'static str, method: &'static str, code: String| {
        let fields = [("password", password), ("method", method)];
        async move { ada.send("/settings/second-factor/off", &[&fields[..], &[("code", &*code)]].concat()).await }
    };
    assert_eq!(off("wrong", "backup_code", backup.clone()).await.status, 422);
    assert!(off(PASSWORD, "totp", "000000".to_owned()).await.text().contains("The code is not correct"));
    assert_eq!(
        location(&off(PASSWORD, "backup_code", backup).await),
        "/settings/second-factor?said=factor-off"
    );
    assert!(ada.look("/settings/second-factor").await.text().contains("Set up an authenticator"));
    let tampered = ada_confirm(ada, "javascript:alert(1)", "000000").await;
    assert_eq!(location(&tampered), "/settings/second-factor");
}

async fn ada_confirm(ada: &Browser<'_>, uri: &str, code: &str) -> crate::world::Reply {
    ada.send("/settings/second-factor/confirm", &[("uri", uri), ("code", code)]).await
}

#[actix_web::test]
async fn codes_by_mail_are_a_second_step() {
    let world = World::with_pages().await;
    world.user(ADA).await;
    let ada = &Browser::sign_in(&world, ADA).await;
    let asked = ada.send("/settings/second-factor/mail", &[]).await;
    assert!(asked.text().contains("on its way"), "{}", asked.text());
    let again = ada.send("/settings/second-factor/mail", &[]).await;
    assert!(again.status == 422 && again.text().contains("mailed already"), "{}", again.text());
    assert!(again.text().contains("action=\"/settings/second-factor/mail-confirm\""), "it still works");
    let confirm = |code: String| async move {
        ada.send("/settings/second-factor/mail-confirm", &[("code", &*code)]).await
    };
    assert!(confirm("000000".to_owned()).await.text().contains("not correct"));
    let done = confirm(world.code_mailed_to(ADA).await).await.text();
    assert_eq!(done.matches("<li><code>").count(), 10, "{done}");
    let asked = world.visit(form(post("/sign-in"), &[("identifier", ADA), ("password", PASSWORD)])).await;
    let waiting = format!("__Host-dashtam_2f={}", cookie(&asked, "__Host-dashtam_2f").unwrap().0);
    let again = post("/sign-in/code/resend").insert_header(("cookie", waiting));
    let again = world.visit(form(again, &[("by", "email+backup_code"), ("next", "/accounts")])).await;
    let page = again.text();
    assert!(again.status == 429 && page.contains("action=\"/sign-in/code\""), "{page}");
    assert!(page.contains("value=\"email\" checked") && page.contains("No other code is sent now"), "{page}");
    let off = ada.send("/settings/second-factor/mail-off", &[("password", PASSWORD)]).await;
    assert_eq!(location(&off), "/settings/second-factor?said=factor-off");
}

#[actix_web::test]
async fn a_key_is_shown_once_and_revoked() {
    let world = World::with_pages().await;
    world.user(ADA).await;
    let ada = &Browser::sign_in(&world, ADA).await;
    let form = ada.look("/settings/keys/new").await.text();
    assert!(form.contains("see your transactions") && !form.contains("admin:read"), "{form}");
    let once = between(&form, "name=\"once\" value=\"", "\"");
    assert!(
        ada.send("/settings/keys/new", &[("name", "x")])
            .await
            .text()
            .contains("Choose what the program may do")
    );
    let fields = [
        ("once", once),
        ("name", "Script <i>"),
        ("scope", "accounts:read"),
        ("scope", "balances:read"),
        ("days", "30"),
    ];
    let made = ada.send("/settings/keys/new", &fields).await.text();
    let key = between(&made, "id=\"key\">", "</code>").to_owned();
    assert_eq!(location(&ada.send("/settings/keys/new", &fields).await), "/settings/keys?said=key-made");
    let by_key =
        |path| TestRequest::get().uri(path).insert_header(("authorization", format!("Bearer {key}")));
    assert_eq!(world.send(by_key("/api/v1/accounts")).await.status, 200);
    assert_eq!(world.send(by_key("/api/v1/transactions")).await.status, 403);
    let list = ada.look("/settings/keys").await.text();
    assert!(
        list.contains("Script &#60;i&#62;") && list.contains("see your accounts, see your balances"),
        "{list}"
    );
    assert!(!list.contains(&key));
    let revoke = format!(
        "/settings/keys/{}/revoke",
        between(&list, "/settings/keys/new", "/revoke").rsplit('/').next().unwrap()
    );
    assert_eq!(location(&ada.send(&revoke, &[]).await), "/settings/keys?said=key-revoked");
    assert_eq!(world.send(by_key("/api/v1/accounts")).await.status, 401);
    assert_eq!(location(&world.visit(TestRequest::get().uri("/api-keys")).await), "/settings/keys");
}

#[actix_web::test]
async fn what_matters_asks_again_who_one_is_and_goes_on() {
    let mut world = World::with_pages().await;
    let user = world.user(ADA).await;
    let factor = second_step::enrol(&world, &user).await;
    let fields = [("identifier", ADA), ("password", PASSWORD)];
    let asked = world.visit(form(post("/sign-in"), &fields)).await;
    let waiting = format!("__Host-dashtam_2f={}", cookie(&asked, "__Host-dashtam_2f").unwrap().0);
    let shown = [("method", "totp"), ("code", &*factor.code(&world))];
    let done = world.visit(form(post("/sign-in/code").insert_header(("cookie", waiting)), &shown)).await;
    let value = |name| cookie(&done, name).expect("signed in").0;
    let (secret, csrf) = (value(SESSION), value(CSRF));
    world.later(TimeDelta::minutes(6));
    let ada = Browser { world: &world, secret, csrf, login: Value::Null };
    assert_eq!(location(&ada.look("/settings/keys/new").await), "/confirm?next=%2Fsettings%2Fkeys%2Fnew");
    let place: String = byte_serialize(b"/settings/second-factor").collect();
    let begun = ada.send("/settings/second-factor/authenticator", &[]).await;
    assert_eq!(location(&begun), format!("/confirm?next={place}"));
    let page = ada.look("/confirm?next=/settings/keys/new").await.text();
    assert!(page.contains("name=\"password\"") && page.contains("value=\"totp\""), "{page}");
    let send = |password: &'static str, code: String, next: &'static str| {
        let fields = [("password", password), ("method", "totp"), ("next", next)];
        let ada = &ada;
        async move { ada.send("/confirm", &[&fields[..], &[("code", &*code)]].concat()).await }
    };
    assert!(send("wrong", factor.code(&world), "/").await.text().contains("The password is wrong"));
    assert!(send(PASSWORD, "000000".to_owned(), "/").await.text().contains("The code is not correct"));
    assert!(send(PASSWORD, String::new(), "/").await.text().contains("code of your second factor"));
    let done = send(PASSWORD, factor.code(&world), "/settings/keys/new").await;
    assert_eq!(location(&done), "/settings/keys/new");
    let secret = cookie(&done, SESSION).expect("the session has another secret").0;
    let again = Browser { world: &world, secret, csrf: ada.csrf.clone(), login: Value::Null };
    assert_eq!(again.look("/settings/keys/new").await.status, 200);
    assert_eq!(ada.look("/settings/keys/new").await.status, 303, "the earlier secret is nobody's");
}

#[actix_web::test]
async fn an_export_is_prepared_fetched_and_removed() {
    let world = World::with_pages().await;
    world.user(ADA).await;
    let ada = &Browser::sign_in(&world, ADA).await;
    assert!(ada.look("/settings/data").await.text().contains("href=\"/settings/exports\""));
    let ask = |kind: &'static str, format: &'static str, from: &'static str| async move {
        ada.send("/settings/exports", &[("kind", kind), ("format", format), ("from", from), ("to", "")]).await
    };
    for (kind, format, from) in [
        ("holdings", "ofx", ""),
        ("holdings", "csv", "2026-01-01"),
        ("transactions", "csv", "no day"),
        ("transactions", "pdf", ""),
        ("closings", "csv", "9999-01-01"),
    ] {
        let refused = ask(kind, format, from).await;
        assert!(
            refused.status == 422 && refused.text().contains("id=\"format-error\""),
            "{}",
            refused.text()
        );
    }
    let page = ada.look("/settings/exports").await.text();
    let once = between(&page, "name=\"once\" value=\"", "\"");
    let fields =
        [("once", once), ("kind", "transactions"), ("format", "csv"), ("from", "2026-01-01"), ("to", "")];
    for _ in 0..2 {
        assert_eq!(location(&ada.send("/settings/exports", &fields).await), "/settings/exports");
    }
    let listed = ada.get("/api/v1/exports/jobs").await.json();
    assert_eq!(
        listed["items"].as_array().map(Vec::len),
        Some(1),
        "a second click asks for nothing: {listed}"
    );
    let waiting = ada.look("/settings/exports").await.text();
    assert!(
        waiting.contains("Waiting")
            && waiting.contains("data-renew")
            && waiting.contains("See how far they are")
            && !waiting.contains("http-equiv=\"refresh\"")
    );
    assert!(!waiting.contains("/content\""), "{waiting}");
    let call = Call::system(world.options().sources.clock.now());
    assert!(world.dashtam.exports().run_next(&call, RunNextExport, &ExportWriters).await.unwrap());
    let ready = ada.look("/settings/exports").await.text();
    assert!(
        ready.contains("Ready") && !ready.contains("data-renew") && !ready.contains("See how far they are")
    );
    let id = between(&ready, "href=\"/api/v1/exports/", "/content\"");
    let file = ada.get(&format!("/api/v1/exports/{id}/content")).await;
    assert!(file.status == 200 && file.text().starts_with("id,account_id,"), "{}", file.text());
    let removed = ada.send(&format!("/settings/exports/{id}/remove"), &[]).await;
    assert_eq!(location(&removed), "/settings/exports?said=export-removed");
    assert!(!ada.look("/settings/exports").await.text().contains(id));
    for _ in 0..5 {
        assert_eq!(ask("transactions", "csv", "").await.status, 303);
    }
    let refused = ask("transactions", "csv", "").await;
    assert!(refused.status == 422 && refused.text().contains("at most 5 exports"), "{}", refused.text());
}

#[actix_web::test]
async fn an_account_is_deleted_by_its_password() {
    let world = World::with_pages().await;
    world.user(ADA).await;
    let ada = &Browser::sign_in(&world, ADA).await;
    assert!(ada.look("/settings/data").await.text().contains("href=\"/api/v1/auth/me/export\""));
    assert_eq!(ada.get("/api/v1/auth/me/export").await.status, 200);
    assert_eq!(ada.send("/settings/data", &[("password", "wrong")]).await.status, 422);
    let done = ada.send("/settings/data", &[("password", PASSWORD)]).await;
    assert_eq!(location(&done), "/sign-in?said=deleting");
    assert!(location(&ada.look("/settings").await).starts_with("/sign-in"));
}
