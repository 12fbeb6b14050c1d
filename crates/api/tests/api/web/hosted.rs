//! Linking at pages of an institution's own.

use std::sync::Arc;

use actix_web::{http::Method, test::TestRequest};

use super::{forms::field, location};
use crate::{
    browser::Browser,
    world::{Does, PagesBank, World},
};

/// What a browser sends that was led to a page by one of ours.
fn arriving(browser: &Browser<'_>, place: &str) -> TestRequest {
    let request = browser.request(Method::GET, place).insert_header(("sec-fetch-site", "same-origin"));
    request.insert_header(("accept", "text/html"))
}

#[actix_web::test]
async fn a_person_goes_there_and_continues_here() {
    let bank = Arc::new(PagesBank::new());
    let world = World::with_bank(bank.clone()).await.and_pages();
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let once = ada.look("/link/pages").await.text();
    assert!(once.contains("You sign in at Bank of Pages itself"), "{once}");
    let once = field(&once, "once");
    let begun = ada.send("/link/pages", &[("once", &once), ("name", "Mine")]).await;
    let place = location(&begun).to_owned();
    assert!(place.ends_with("/authorize"), "{place}");
    let go = world.visit(arriving(&ada, &place)).await.text();
    assert!(go.contains("https://pages.example/open?state=") && go.contains("I have finished, continue"));
    let wait = ada.send(&place, &[]).await;
    assert!(wait.status == 200 && wait.text().contains("you have not finished there yet"), "{}", wait.text());
    bank.user_does(Does::Consents);
    let done = ada.send(&place, &[]).await;
    let connection = place.trim_end_matches("/authorize");
    assert_eq!(location(&done), format!("{connection}?said=linked"));
    let again = ada.send(&place, &[]).await;
    assert_eq!(location(&again), connection, "a second click does no harm");
}
