//! Changing many transactions by one form.

use super::{forms::field, location, somebody, things};
use crate::{browser::Browser, world::World};

const FORM: &str = "/transactions/bulk";

async fn rows(ada: &Browser<'_>) -> Vec<serde_json::Value> {
    let list = ada.get("/api/v1/transactions?hidden=with").await.json();
    list["items"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn those_that_are_chosen_are_changed_and_it_is_undone() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let (_, id) = things(&ada).await;
    let page = ada.look("/transactions?q=coffee&said=linked").await.text();
    assert!(
        page.contains("action=\"/transactions/bulk?q=coffee\"")
            && page.contains("aria-label=\"Choose Coffee")
    );
    let once = field(&page, "once");
    let change = [
        ("once", once.as_str()),
        ("id", id.as_str()),
        ("category", "food.coffee"),
        ("merchant", "The Café"),
        ("add_tags", "trip, work"),
        ("remove_tags", ""),
        ("hidden", "yes"),
    ];
    let done = ada.send("/transactions/bulk?q=coffee", &change).await;
    let place = location(&done).to_owned();
    assert!(place.starts_with("/transactions?q=coffee&said=bulk&changed=1&left=0&edit="), "{place}");
    let again = ada.send("/transactions/bulk?q=coffee", &change).await;
    assert_eq!(location(&again), place, "a second click leads to the same place");
    let changed = rows(&ada).await.into_iter().find(|row| row["id"] == id.as_str()).unwrap();
    assert_eq!((&changed["category"], &changed["merchant"]), (&"food.coffee".into(), &"The Café".into()));
    assert_eq!((&changed["tags"], &changed["hidden"]), (&serde_json::json!(["trip", "work"]), &true.into()));
    let other = rows(&ada).await.into_iter().find(|row| row["id"] != id.as_str()).unwrap();
    assert_eq!((&other["tags"], &other["corrections"]), (&serde_json::json!([]), &serde_json::Value::Null));

    let list = ada.look(&place).await.text();
    assert!(list.contains("1 transaction was changed.</p>") && list.contains("Undo the change"), "{list}");
    let edit = field(&list, "edit");
    let undone = ada.send("/transactions/bulk/undo?q=coffee", &[("edit", &edit)]).await;
    assert_eq!(location(&undone), "/transactions?q=coffee&said=bulk-undone&changed=1&left=0");
    assert!(ada.look(location(&undone)).await.text().contains("1 transaction is what it was before.</p>"));
    assert!(rows(&ada).await.iter().all(|row| row["corrections"].is_null()));
    for late in [edit.as_str(), "nonsense"] {
        let late = ada.send("/transactions/bulk/undo", &[("edit", late)]).await;
        assert_eq!(location(&late), "/transactions?said=bulk-late");
        assert!(ada.look(location(&late)).await.text().contains("can no longer be undone"));
    }
}

#[actix_web::test]
async fn all_of_a_page_are_changed_without_a_script() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let all = rows(&ada).await;
    let mut fields = vec![("all", "yes"), ("add_tags", "January")];
    fields.extend(all.iter().map(|row| ("shown", row["id"].as_str().unwrap())));
    let done = ada.send(FORM, &fields).await;
    let many = all.len();
    assert!(location(&done).starts_with(&format!("/transactions?said=bulk&changed={many}&left=0&edit=")));
    assert!(rows(&ada).await.iter().all(|row| row["tags"] == serde_json::json!(["January"])));
    let same = ada.send(FORM, &fields).await;
    assert_eq!(location(&same), "/transactions?said=bulk-same");
    // Given back, and what was changed since stays.
    let edit = location(&done).rsplit_once("edit=").unwrap().1.to_owned();
    let first = all[0]["id"].as_str().unwrap();
    ada.send(&format!("/transactions/{first}/tags"), &[("tags", "mine")]).await;
    let undone = ada.send("/transactions/bulk/undo", &[("edit", &edit)]).await;
    let (restored, place) = (many - 1, location(&undone));
    assert_eq!(place, format!("/transactions?said=bulk-undone&changed={restored}&left=1"));
    let list = ada.look(place).await.text();
    assert!(list.contains("what it was before. 1 keeps what was changed since."), "{list}");
    assert_eq!(restored, 1, "one is spoken of as one");

    // Those that were like that are counted, and those that are not there.
    let mut fields = vec![("add_tags", "mine"), ("id", super::NOBODYS)];
    fields.extend(all.iter().map(|row| ("id", row["id"].as_str().unwrap())));
    let done = ada.send(FORM, &fields).await;
    let place = location(&done);
    assert!(place.starts_with("/transactions?said=bulk&changed=1&left=2&edit="), "{place}");
    let list = ada.look(place).await.text();
    let told =
        "1 transaction was changed. 2 were left as they are: they were like that already, or are not there.";
    assert!(list.contains(told), "{list}");
    // All that was changed was changed otherwise since.
    let edit = place.rsplit_once("edit=").unwrap().1.to_owned();
    for row in &all {
        let tags = format!("/transactions/{}/tags", row["id"].as_str().unwrap());
        ada.send(&tags, &[("tags", "another")]).await;
    }
    let undone = ada.send("/transactions/bulk/undo", &[("edit", &edit)]).await;
    assert_eq!(location(&undone), "/transactions?said=bulk-undone-partly");
}

#[actix_web::test]
async fn an_address_says_nothing_but_a_number_of_what_can_be_changed_at_once() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let said = |list: &str| {
        let (_, rest) = list.split_once("<p class=\"said\" role=\"status\">")?;
        Some(rest.split_once("</p>")?.0.to_owned())
    };
    for (query, expected) in [
        ("said=bulk&changed=500&left=0", Some("500 transactions were changed.")),
        (
            "said=bulk-undone&changed=2&left=3",
            Some("2 transactions are what they were before. 3 keep what was changed since."),
        ),
        ("said=bulk&changed=501&left=0", Some("The transactions were changed.")),
        ("said=bulk&changed=2&left=65536", Some("The transactions were changed.")),
        ("said=bulk&changed=0&left=0", Some("The transactions were changed.")),
        ("said=bulk&changed=%3Cb%3E&left=1", Some("The transactions were changed.")),
        ("said=bulk", Some("The transactions were changed.")),
        ("said=saved&changed=3&left=1", Some("Your profile was saved.")),
        ("said=anything&changed=3&left=1", None),
        ("changed=3&left=1", None),
    ] {
        let list = ada.look(&format!("/transactions?{query}")).await.text();
        assert_eq!(said(&list).as_deref(), expected, "{query}");
    }
}

#[actix_web::test]
async fn a_refused_form_keeps_what_it_said() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let (_, id) = things(&ada).await;
    for (fields, says) in [
        (vec![("category", "food.coffee")], "Choose the transactions"),
        (vec![("id", id.as_str())], "Say what shall be different"),
        (vec![("id", &id), ("category", "food.none")], "There is no such category"),
        (
            vec![("id", &id), ("category", "01890a5d-ac96-774b-bcce-b302099a8057")],
            "There is no such category",
        ),
        (vec![("id", &id), ("merchant", "a\u{1}b")], "must not contain control characters"),
        (vec![("id", &id), ("add_tags", &*"x".repeat(33))], "Each tag"),
        (vec![("id", &id), ("add_tags", "a"), ("remove_tags", "A")], "added and removed at once"),
    ] {
        let refused = ada.send("/transactions/bulk?q=coffee", &fields).await;
        let text = refused.text();
        assert!(refused.status == 422 && text.contains(says), "{says}: {} {text}", refused.status);
        assert!(
            text.contains("<details class=\"panel\" open>") && text.contains("value=\"coffee\""),
            "{says}"
        );
        let is_chosen = text.contains(&format!(
            "name=\"id\" value=\"{id}\" aria-label=\"Choose Coffee, 15 Jan 2026\" checked"
        ));
        assert_eq!(is_chosen, fields.iter().any(|(name, _)| *name == "id"), "{says}: {text}");
    }
    assert!(rows(&ada).await.iter().all(|row| row["corrections"].is_null()));
    // Rows that are not on the page that comes back are not forgotten: the script had added them.
    let elsewhere = "/transactions/bulk?q=nothing+is+like+this";
    for ids in [vec![("id", id.as_str())], vec![("shown", id.as_str()), ("all", "yes")]] {
        let page = ada.send(elsewhere, &[&ids[..], &[("add_tags", &*"x".repeat(33))]].concat()).await.text();
        assert!(page.contains("1 more that you chose") && field(&page, "beside") == id, "{page}");
    }
    ada.send(elsewhere, &[("beside", &id), ("add_tags", "kept")]).await;
    let kept = rows(&ada).await.into_iter().filter(|row| row["tags"] == serde_json::json!(["kept"]));
    assert_eq!(kept.map(|row| row["id"].clone()).collect::<Vec<_>>(), [id.as_str()]);
    ada.send(FORM, &[("id", &id), ("remove_tags", "kept")]).await;
    // What is somebody else's is not there.
    let eve = somebody(&world, "eve@example.com", "Tea").await;
    let theirs = eve.send(FORM, &[("id", &id), ("hidden", "yes")]).await;
    assert_eq!(location(&theirs), "/transactions?said=bulk-same");
    assert!(rows(&ada).await.iter().all(|row| row["hidden"] == false));
}
