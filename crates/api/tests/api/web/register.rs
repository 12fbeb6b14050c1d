//! Making an account by the pages, where that is allowed, and the mails that help in.

use actix_web::test::TestRequest;
use dashtam_application::RegistrationMode;
use serde_json::json;

use super::{form, location, post};
use crate::{
    browser::cookie,
    world::{PASSWORD, World},
};

const ADA: &str = "ada@example.com";

#[actix_web::test]
async fn somebody_registers_and_proves_the_address() {
    let world = World::with_pages().await;
    world.user("bob@example.com").await;
    let door = world.visit(TestRequest::get().uri("/sign-in")).await.text();
    assert!(door.contains("href=\"/register\"") && door.contains("href=\"/sign-in/link\""), "{door}");
    assert_eq!(world.visit(TestRequest::get().uri("/register")).await.status, 200);
    let wrong = [("name", "Ada <b>"), ("email", "no"), ("password", "short")];
    let again = world.visit(form(post("/register"), &wrong)).await;
    assert!(again.status == 422 && again.text().contains("value=\"Ada &#60;b&#62;\""), "{}", again.text());
    let fields = |email| [("name", "Ada"), ("email", email), ("password", PASSWORD)];
    assert_eq!(
        location(&world.visit(form(post("/register"), &fields(ADA))).await),
        "/sign-in?said=registered"
    );
    let taken = world.visit(form(post("/register"), &fields("bob@example.com"))).await;
    assert_eq!(location(&taken), "/sign-in?said=registered", "nobody learns who is here");
    let token = world.token_mailed_to(ADA).await;
    assert_eq!(world.post("/api/v1/auth/verify-email", json!({"token": token})).await.status, 200);
    assert_eq!(world.login(ADA, PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn where_registration_is_not_open_the_pages_say_how_one_gets_in() {
    for (mode, words) in [
        (RegistrationMode::Invitation, "a mail then leads you in"),
        (RegistrationMode::Closed, "No new accounts are made here"),
    ] {
        let world = World::with(|policy| policy.registration = mode).await.and_pages();
        let fields = [("name", "Ada"), ("email", ADA), ("password", PASSWORD)];
        let asked = world.visit(TestRequest::get().uri("/register")).await;
        let sent = world.visit(form(post("/register"), &fields)).await;
        for page in [asked, sent] {
            let text = page.text();
            assert_eq!(page.status, 403, "{text}");
            assert!(text.contains(words) && text.contains("hoever runs this installation"), "{text}");
            assert!(!text.contains("<form") && !text.contains(ADA), "{text}");
        }
        let failed = [("identifier", ADA), ("password", "wrong")];
        let door = world.visit(TestRequest::get().uri("/sign-in")).await;
        let again = world.visit(form(post("/sign-in"), &failed)).await;
        for page in [door, again] {
            assert!(!page.text().contains("href=\"/register\""), "{}", page.text());
        }
    }
}

#[actix_web::test]
async fn mails_help_in() {
    let world = World::with_pages().await;
    world.user(ADA).await;
    for (path, said) in [("/forgot-password", "reset-sent"), ("/sign-in/link", "login-link")] {
        assert_eq!(world.visit(TestRequest::get().uri(path)).await.status, 200);
        assert_eq!(world.visit(form(post(path), &[("email", "no")])).await.status, 422, "{path}");
        for email in [ADA, "nobody@example.com"] {
            let asked = world.visit(form(post(path), &[("email", email)])).await;
            assert_eq!(location(&asked), format!("/sign-in?said={said}"));
            assert_eq!(cookie(&asked, "__Host-dashtam_ll").is_some(), path == "/sign-in/link");
        }
        assert!(world.token_mailed_to(ADA).await.starts_with("ds"));
    }
}
