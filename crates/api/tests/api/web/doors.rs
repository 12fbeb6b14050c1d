//! Coming in: what programs get at the root, the first account, signing in and out.

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use dashtam_application::registration::MakeSetUpLink;
use dashtam_domain::{call::Call, identity::UserFilter, page::Limit};
use futures_util::future::join_all;

use super::{form, location, post};
use crate::{
    browser::{CSRF, SESSION, cookie},
    second_step,
    world::{PASSWORD, World},
};

async fn link(world: &World) -> Option<String> {
    let call = Call::system(world.options().sources.clock.now());
    let link = world.dashtam.registration().make_set_up_link(&call, MakeSetUpLink).await.unwrap()?;
    assert_eq!(link.path(), "/set-up");
    Some(link.query_pairs().next().unwrap().1.into_owned())
}

#[actix_web::test]
async fn programs_get_at_the_root_what_they_always_got() {
    let mut world = World::with_pages().await;
    let expected = world.get("/").await.json();
    assert_eq!((&expected["name"], &expected["status"]), (&"Dashtam".into(), &"running".into()));
    for accept in ["application/json", "*/*", "application/json, */*;q=0.8"] {
        let told = world.send(TestRequest::get().uri("/").insert_header(("accept", accept))).await;
        assert_eq!((told.status.as_u16(), told.json()), (200, expected.clone()), "{accept}");
    }
    let browsers = || TestRequest::get().uri("/").insert_header(("accept", "text/html,*/*;q=0.8"));
    assert_eq!(location(&world.visit(browsers()).await), "/sign-in");
    assert_eq!(world.visit(browsers()).await.header("vary"), Some("Accept, Cookie"));
    world.close_pages();
    assert_eq!(world.visit(browsers()).await.json(), expected, "without pages");
    assert_eq!(world.visit(TestRequest::get().uri("/sign-in")).await.status, 404);
}

#[actix_web::test]
async fn where_nothing_is_people_see_a_page_and_programs_a_problem() {
    let mut world = World::with_pages().await;
    let asked = |path: &str, accept| TestRequest::get().uri(path).insert_header(("accept", accept));
    let page = world.visit(asked("/nowhere", "text/html,*/*;q=0.8")).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(
        page.text().contains("There is nothing at this path.")
            && page.header("content-security-policy").is_some()
    );
    for (path, accept) in
        [("/nowhere", "*/*"), ("/nowhere", "application/json"), ("/api/v1/nowhere", "text/html")]
    {
        world.send(asked(path, accept)).await.problem(404, "no-such-route");
    }
    world.close_pages();
    world.send(asked("/nowhere", "text/html")).await.problem(404, "no-such-route");
}

#[actix_web::test]
async fn the_first_account_is_made_once_by_the_link_of_the_start() {
    let world = World::with_pages().await;
    let token = link(&world).await.unwrap();
    let door = world.visit(TestRequest::get().uri("/sign-in")).await;
    assert!(door.text().contains("has no account yet"));
    let page = world.visit(TestRequest::get().uri(&format!("/set-up?token={token}"))).await;
    assert!(page.status == 200 && page.text().contains("name=\"password\""), "{}", page.text());
    for wrong in ["", "x", "0.dsi_x", &token[1..], &token.replace("dsi_", "dsp_")] {
        let page = world.visit(TestRequest::get().uri(&format!("/set-up?token={wrong}"))).await;
        assert_eq!(page.status, 410, "{wrong}");
        let fields = [("token", wrong), ("name", "Ada"), ("email", "a@example.com"), ("password", PASSWORD)];
        assert_eq!(world.visit(form(post("/set-up"), &fields)).await.status, 410, "{wrong}");
    }
    let typed = [("token", token.as_str()), ("name", "Ada <3"), ("email", "no"), ("password", "short")];
    let again = world.visit(form(post("/set-up"), &typed)).await;
    assert_eq!(again.status, 422);
    assert!(again.text().contains("value=\"Ada &#60;3\"") && !again.text().contains("short\""));

    let send = |number: usize| {
        let email = format!("user-{number}@example.com");
        let fields = [("token", &*token), ("name", "Ada"), ("email", &*email), ("password", PASSWORD)];
        world.visit(form(post("/set-up"), &fields))
    };
    let replies = join_all((0..30).map(send)).await;
    let (made, late): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 303);
    assert_eq!((made.len(), late.len()), (1, 29));
    // Too many passwords at once are not hashed at all.
    let refused = |status: u16| [410, 503].contains(&status);
    assert!(late.iter().all(|reply| refused(reply.status.as_u16()) && cookie(reply, SESSION).is_none()));
    assert_eq!(location(made[0]), "/?said=welcome");
    assert!(cookie(made[0], SESSION).is_some() && cookie(made[0], CSRF).is_some());
    let users = world.storage.queries.users(&UserFilter::default(), None, Limit::default()).await.unwrap();
    assert_eq!(users.items.len(), 1);
    let first = &users.items[0];
    assert!(first.is_verified() && first.administrator && first.is_active);
    assert_eq!(link(&world).await, None);
    let door = world.visit(TestRequest::get().uri("/sign-in")).await;
    assert!(!door.text().contains("has no account yet"));
}

#[actix_web::test]
async fn the_link_of_the_start_works_for_a_day() {
    let mut world = World::with_pages().await;
    let token = link(&world).await.unwrap();
    let place = format!("/set-up?token={token}");
    world.later(TimeDelta::minutes(23 * 60 + 59));
    assert_eq!(world.visit(TestRequest::get().uri(&place)).await.status, 200);
    world.later(TimeDelta::minutes(2));
    assert_eq!(world.visit(TestRequest::get().uri(&place)).await.status, 410);
    let fields = [("token", &*token), ("name", "Ada"), ("email", "a@example.com"), ("password", PASSWORD)];
    assert_eq!(world.visit(form(post("/set-up"), &fields)).await.status, 410);
}

#[actix_web::test]
async fn people_sign_in_go_on_where_they_were_and_sign_out() {
    let world = World::with_pages().await;
    world.register("new@example.com").await;
    world.user("ada@example.com").await;
    let sign_in = |email: &'static str, password: &'static str, next: &'static str| {
        let fields = [("identifier", email), ("password", password), ("next", next)];
        world.visit(form(post("/sign-in"), &fields))
    };
    let wrong = sign_in("ada@example.com", "wrong", "/accounts").await;
    assert_eq!(wrong.status, 401);
    let text = wrong.text();
    assert!(
        text.contains("is wrong")
            && text.contains("value=\"/accounts\"")
            && !text.contains("value=\"wrong\"")
    );
    for nobody in ["nobody@example.com", "nobody", "@", ""] {
        let unknown = sign_in(nobody, "wrong", "/").await;
        assert!(unknown.status == 401 && unknown.text().contains("is wrong"), "{nobody}");
    }
    let unverified = sign_in("new@example.com", PASSWORD, "/").await;
    assert!(unverified.status == 403 && unverified.text().contains("action=\"/sign-in/resend\""));
    assert_eq!(location(&sign_in("ada@example.com", PASSWORD, "//evil.example").await), "/");
    let done = sign_in("ada@example.com", PASSWORD, "/transactions?q=rent").await;
    assert_eq!(location(&done), "/transactions?q=rent");
    let value = |name| cookie(&done, name).unwrap().0;
    let (session, csrf) = (value(SESSION), value(CSRF));
    let cookies = format!("{SESSION}={session}; {CSRF}={csrf}");
    let get = |path| TestRequest::get().uri(path).insert_header(("cookie", cookies.clone()));
    assert!(world.visit(get("/accounts")).await.text().contains(&format!("name=\"csrf\" value=\"{csrf}\"")));
    let out = form(post("/sign-out").insert_header(("cookie", cookies.clone())), &[("csrf", &csrf)]);
    let out = world.visit(out).await;
    assert_eq!(location(&out), "/sign-in?said=signed-out");
    assert_eq!(cookie(&out, SESSION).unwrap().0, "");
    assert_eq!(location(&world.visit(get("/accounts")).await), "/sign-in?next=%2Faccounts&said=ended");
    let warned = TestRequest::get().uri("/sign-in").insert_header(("host", "lan.example:8000"));
    assert!(world.visit(warned).await.text().contains("cannot sign in at this address"));
    let local = TestRequest::get().uri("/sign-in").insert_header(("host", "localhost:8000"));
    assert!(!world.visit(local).await.text().contains("cannot sign in at this address"));
}

#[actix_web::test]
async fn a_second_factor_is_asked_for_on_its_own_page() {
    const WAITING: &str = "__Host-dashtam_2f";
    let world = World::with_pages().await;
    let user = world.user("ada@example.com").await;
    let factor = second_step::enrol(&world, &user).await;
    let fields = [("identifier", "ada@example.com"), ("password", PASSWORD), ("next", "/accounts")];
    let asked = world.visit(form(post("/sign-in"), &fields)).await;
    let place = location(&asked).to_owned();
    assert_eq!(place, "/sign-in/code?by=totp+backup_code&next=%2Faccounts");
    assert!(cookie(&asked, SESSION).is_none());
    let (token, attributes) = cookie(&asked, WAITING).unwrap();
    assert!(
        attributes.iter().any(|of| of == "HttpOnly") && attributes.iter().any(|of| of == "SameSite=Strict")
    );
    let waiting = format!("{WAITING}={token}");
    let page = TestRequest::get().uri(&place).insert_header(("cookie", waiting.clone()));
    let page = world.visit(page).await;
    assert!(page.text().contains("value=\"totp\"") && page.text().contains("value=\"backup_code\""));
    assert!(!page.text().contains(&token));
    let send = |method: &str, code: &str| {
        let fields = [("method", method), ("code", code), ("by", "totp backup_code"), ("next", "/accounts")];
        world.visit(form(post("/sign-in/code").insert_header(("cookie", waiting.clone())), &fields))
    };
    let wrong = send("totp", "000000").await;
    assert!(wrong.status == 401 && wrong.text().contains("not correct"), "{}", wrong.text());
    let done = send("totp", &factor.code(&world)).await;
    assert_eq!(location(&done), "/accounts");
    assert!(cookie(&done, SESSION).is_some());
    assert_eq!(cookie(&done, WAITING).unwrap().0, "");
    assert_eq!(location(&send("totp", "000000").await), "/sign-in?said=code-ended", "it is used up");
}
