//! What forms of signed-in people do.

use super::{location, somebody, things};
use crate::{browser::Browser, world::World};

/// The value of the field with this name in a form of a page.
pub(super) fn field(text: &str, name: &str) -> String {
    let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\"")).expect("the field is there");
    rest.split('"').next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_double_click_links_one_institution() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let choose = ada.look("/link").await.text();
    assert!(choose.contains("href=\"/link/bank\"") && !choose.contains("href=\"/link/unset\""));
    assert!(choose.contains("UNSET_API_KEY is missing"));
    assert_eq!(ada.look("/link/unset").await.status, 404);
    let once = field(&ada.look("/link/bank").await.text(), "once");
    let send = |once: String, name: &'static str| {
        let ada = &ada;
        async move { ada.send("/link/bank", &[("once", &once), ("name", name)]).await }
    };
    let first = send(once.clone(), "Mine").await;
    let place = location(&first).to_owned();
    assert!(place.starts_with("/connections/") && place.ends_with("/authorize"), "{place}");
    assert_eq!(location(&send(once.clone(), "Mine").await), place, "a second click leads to the same place");
    assert_eq!(send(once, "Another").await.status, 422, "another form has another key");
    let taken = send(String::new(), "Mine").await;
    assert!(taken.status == 409 && taken.text().contains("already"), "{}", taken.text());
    assert_eq!(send(String::new(), "").await.status, 422);
    let list = ada.get("/api/v1/providers").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let id = list["items"][0]["id"].as_str().unwrap();
    assert!(ada.look("/").await.text().contains("Not linked yet"), "it needs its owner");

    let ask = ada.look(&format!("/connections/{id}/remove")).await;
    assert!(ask.status == 200 && ask.text().contains("cannot be undone"));
    let gone = ada.send(&format!("/connections/{id}/remove"), &[]).await;
    assert_eq!(location(&gone), "/connections?said=removed");
    assert_eq!(ada.send(&format!("/connections/{id}/remove"), &[]).await.status, 404);
    assert!(ada.look("/connections").await.text().contains("You have no connection yet"));
}

#[actix_web::test]
async fn a_category_is_chosen_and_the_choice_undone() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let (_, id) = things(&ada).await;
    let (place, form) = (format!("/transactions/{id}"), format!("/transactions/{id}/category"));
    let before = ada.get(&format!("/api/v1{place}")).await.json()["category"].clone();
    let done = ada.send(&form, &[("category", "food.coffee")]).await;
    assert_eq!(location(&done), format!("{place}?said=category&was="));
    let page = ada.look(location(&done)).await.text();
    assert!(page.contains("you chose it") && page.contains("Undo the change"));
    assert_eq!(ada.get(&format!("/api/v1{place}")).await.json()["category"], "food.coffee");
    let other = ada.send(&form, &[("category", "none")]).await;
    assert_eq!(location(&other), format!("{place}?said=category&was=food.coffee"));
    let undone = ada.send(&form, &[("category", "food.coffee"), ("undo", "yes")]).await;
    assert_eq!(location(&undone), format!("{place}?said=category-back"));
    for _ in 0..2 {
        let undone = ada.send(&form, &[("category", ""), ("undo", "yes")]).await;
        assert_eq!(location(&undone), format!("{place}?said=category-back"));
        assert_eq!(ada.get(&format!("/api/v1{place}")).await.json()["category"], before);
    }
    assert_eq!(ada.send(&form, &[("category", "no.such")]).await.status, 422);
}

#[actix_web::test]
async fn the_address_says_what_is_looked_for() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let (account, _) = things(&ada).await;
    for (asked, shown) in [
        ("", ["Coffee", "Pay"].as_slice()),
        ("q=coffee", &["Coffee"]),
        ("way=in", &["Pay"]),
        ("from=2026-01-16", &["Pay"]),
        ("to=2026-01-15", &["Coffee"]),
        (&format!("account={account}&way=out"), &["Coffee"]),
        ("q=zzz", &[]),
    ] {
        let text = ada.look(&format!("/transactions?{asked}")).await.text();
        for name in ["Coffee", "Pay"] {
            let is = text.contains(&format!("\">{name}</a>"));
            assert_eq!(is, shown.contains(&name), "{asked}: {name}");
        }
    }
    let odd = ada.look("/transactions?from=yesterday&q=a&account=x&after=x&category=x").await;
    assert_eq!(odd.status, 200);
    assert!(odd.text().contains("From is no day such as") && odd.text().contains("The search must"));
}
