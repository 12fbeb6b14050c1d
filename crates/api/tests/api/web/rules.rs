//! Rules, categories and what was learned, by pages.

use dashtam_application::rules::CarryOnRuleRuns;
use dashtam_domain::call::Call;
use serde_json::json;

use super::{NOBODYS, forms::field, location, somebody, things};
use crate::{browser::Browser, world::World};

/// The ids of the rules, in their order.
async fn ids(ada: &Browser<'_>) -> Vec<String> {
    let rules = ada.get("/api/v1/rules").await.json();
    let id = |rule: &serde_json::Value| rule["id"].as_str().unwrap().to_owned();
    rules["items"].as_array().unwrap().iter().map(id).collect()
}

const COFFEE: [(&str, &str); 5] = [
    ("field-0", "description"),
    ("operator-0", "contains"),
    ("value-0", "coffee\r\ncaf<b>\r\n"),
    ("category", "food.coffee"),
    ("tags", "Beans, <i>"),
];

#[actix_web::test]
async fn a_rule_is_written_previewed_saved_applied_and_taken_back() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let (_, transaction) = things(&ada).await;
    assert!(ada.look("/rules").await.text().contains("There are no rules yet"));
    // Begun at a transaction.
    let like = ada.look(&format!("/transactions/{transaction}")).await.text();
    assert!(like.contains(&format!("/rules/new?from={transaction}")));
    let like = ada.look(&format!("/rules/new?from={transaction}")).await.text();
    assert!(like.contains(">Coffee</textarea>") || like.contains("COFFEE</textarea>"), "{like}");
    assert_eq!(ada.look(&format!("/rules/new?from={NOBODYS}")).await.status, 404);
    // One condition more, and one less.
    let more = [&COFFEE[..], &[("do", "add"), ("add", "absolute_amount")]].concat();
    let more = ada.send("/rules/form", &more).await.text();
    assert!(more.contains("name=\"field-1\" value=\"absolute_amount\"") && more.contains("How many of them"));
    assert!(
        more.contains("coffee\ncaf&#60;b&#62;</textarea>") && more.contains("value=\"Beans, &#60;i&#62;\"")
    );
    let less = ada.send("/rules/form", &[&COFFEE[..], &[("do", "remove-0")]].concat()).await.text();
    assert!(!less.contains("name=\"field-0\""));
    // What is wrong is said beside the form.
    let wrong =
        ada.send("/rules/draft", &[("field-0", "amount"), ("value-0", "much"), ("do", "preview")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("href=\"#value-0\""), "{}", wrong.text());
    let foreign = [&COFFEE[..], &[("category", NOBODYS)]].concat();
    let foreign: Vec<_> = foreign.into_iter().filter(|pair| *pair != ("category", "food.coffee")).collect();
    assert_eq!(ada.send("/rules", &foreign).await.status, 422);
    // What it would do, before it is saved.
    let preview = ada.send("/rules/draft", &[&COFFEE[..], &[("do", "preview")]].concat()).await.text();
    assert!(preview.contains("It takes 1 of all 2 transactions.") && preview.contains("Save the rule"));
    assert!(
        preview.contains("<ins>Coffee</ins>") && preview.contains("<ins>Beans, &#60;i&#62;</ins>"),
        "{preview}"
    );
    assert!(ids(&ada).await.is_empty(), "a preview stores nothing");
    let once = field(&preview, "once");
    for _ in 0..2 {
        let saved = ada.send("/rules", &[&COFFEE[..], &[("once", once.as_str())]].concat()).await;
        assert_eq!(location(&saved), "/rules?said=rule-saved");
    }
    let [rule] = &ids(&ada).await[..] else { panic!("a double click makes one rule") };
    let list = ada.look("/rules").await.text();
    assert!(list.contains("If description contains \u{201c}coffee\u{201d} or \u{201c}caf&#60;b&#62;\u{201d}: category Coffee"), "{list}");
    // Applied to what is there, and taken back.
    let run = ada.send("/rules/run", &[("once", "run-1")]).await;
    let place = location(&run).to_owned();
    assert!(ada.look(&place).await.text().contains("data-renew"));
    let undo = format!("action=\"{place}/undo\"");
    let list = ada.look("/rules").await.text();
    assert!(list.contains(&format!("href=\"{place}\"")) && !list.contains(&undo), "{list}");
    let carry_on = || async {
        let call = || Call::system(world.options().sources.clock.now());
        while world.dashtam.rules().carry_on(&call(), CarryOnRuleRuns).await.unwrap() {}
    };
    carry_on().await;
    let done = ada.look(&place).await.text();
    assert!(done.contains("2 transactions looked at, 1 changed.") && done.contains("Take it back"), "{done}");
    assert!(ada.look("/rules").await.text().contains(&undo), "whoever lost its address finds it");
    let runs = ada.get("/api/v1/rules/runs").await.json();
    assert_eq!(format!("/rules/runs/{}", runs["items"][0]["id"].as_str().unwrap()), place);
    let row = async || ada.get(&format!("/api/v1/transactions/{transaction}")).await;
    assert_eq!(row().await.json()["category"], "food.coffee");
    assert_eq!(location(&ada.send(&format!("{place}/undo"), &[]).await), place);
    carry_on().await;
    assert!(ada.look(&place).await.text().contains("1 transaction as before."));
    assert_ne!(row().await.json()["category"], "food.coffee");
    assert!(!ada.look("/rules").await.text().contains(&place));
    let again = ada.send(&format!("{place}/undo"), &[]).await;
    assert!(again.status == 409 && again.text().contains(&format!("href=\"{place}\"")));
    // Changed.
    let edit = ada.look(&format!("/rules/{rule}")).await.text();
    assert!(
        edit.contains("caf&#60;b&#62;</textarea>") && edit.contains(&format!("action=\"/rules/{rule}\""))
    );
    let changed = [("name", "Beans"), ("field-0", "direction"), ("value-0", "out"), ("hide", "on")];
    assert_eq!(location(&ada.send(&format!("/rules/{rule}"), &changed).await), "/rules?said=rule-changed");
    assert!(ada.look("/rules").await.text().contains("If direction is money out: hidden."));
}

#[actix_web::test]
async fn rules_are_moved_switched_and_removed() {
    let world = World::with_pages().await;
    world.user("ada@example.com").await;
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    for name in ["one", "two", "three"] {
        ada.send("/rules", &[&COFFEE[..], &[("name", name)]].concat()).await;
    }
    let [one, two, three] = &ids(&ada).await[..] else { panic!("three rules") };
    for (id, way) in [(three, "up"), (one, "down"), (three, "up")] {
        let moved = ada.send(&format!("/rules/{id}/move"), &[("way", way)]).await;
        assert_eq!(location(&moved), "/rules?said=rule-moved");
    }
    assert_eq!(ids(&ada).await, [three, one, two].map(String::clone));
    assert_eq!(
        location(&ada.send(&format!("/rules/{one}/switch"), &[("on", "no")]).await),
        "/rules?said=rule-off"
    );
    assert!(ada.look("/rules").await.text().contains(">off<"));
    assert!(ada.look(&format!("/rules/{one}/remove")).await.text().contains("Remove this rule?"));
    assert_eq!(location(&ada.send(&format!("/rules/{one}/remove"), &[]).await), "/rules?said=rule-removed");
    assert_eq!(ids(&ada).await.len(), 2);
    // What the form cannot write it shows.
    let nested = json!({"name": "n", "actions": {"hide": true}, "conditions": [
        {"any": [{"field": "text", "operator": "contains", "values": ["a"]}, {"field": "memo", "operator": "contains", "values": ["b"]}]},
        {"field": "direction", "operator": "is", "values": ["in"]}]});
    let made = ada.post("/api/v1/rules", nested).await.json();
    let page = ada.look(&format!("/rules/{}", made["id"].as_str().unwrap())).await.text();
    assert!(
        page.contains("more than this page can write") && page.contains("and direction is money in"),
        "{page}"
    );
    for value in ["coffee ", "a\nb"] {
        let exact = json!({"name": "n", "actions": {"hide": true}, "conditions": [
            {"field": "text", "operator": "contains", "values": [value]}]});
        let made = ada.post("/api/v1/rules", exact).await.json();
        let page = ada.look(&format!("/rules/{}", made["id"].as_str().unwrap())).await.text();
        assert!(page.contains("more than this page can write"), "{value:?}");
    }
}

#[actix_web::test]
async fn categories_of_ones_own_are_made_changed_and_put_away() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let page = ada.look("/categories").await.text();
    assert!(page.contains("You have none yet") && page.contains("Groceries"));
    let once = field(&page, "once");
    let fields = [("label", "Beans <b>"), ("group", "food"), ("flow", ""), ("once", once.as_str())];
    for _ in 0..2 {
        assert_eq!(location(&ada.send("/categories", &fields).await), "/categories?said=category-made");
    }
    let taken = ada.send("/categories", &fields[..3]).await;
    assert!(taken.status == 422 && taken.text().contains("already"), "{}", taken.text());
    assert_eq!(ada.send("/categories", &[("label", " ")]).await.status, 422);
    let page = ada.look("/categories").await.text();
    assert!(page.contains("Beans &#60;b&#62;") && !page.contains("<b>"));
    let (_, rest) = page.split_once("href=\"/categories/").unwrap();
    let id = rest.split('"').next().unwrap();
    let place = format!("/categories/{id}");
    let (_, transaction) = things(&ada).await;
    ada.send(&format!("/transactions/{transaction}/category"), &[("category", id)]).await;
    let used = ada.send(&format!("{place}/remove"), &[]).await;
    assert!(
        used.status == 422 && used.text().contains("Archive it instead") || used.text().contains("put away")
    );
    let typed = [("label", "B".repeat(201)), ("group", "travel".to_owned()), ("flow", "income".to_owned())];
    let wrong = ada.send(&place, &typed.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    assert!(wrong.status == 422 && wrong.text().contains(&typed[0].1), "what was typed stays");
    assert!(wrong.text().contains("\"travel\" selected") && wrong.text().contains("\"income\" selected"));
    let changed = ada.send(&place, &[("label", "Beans"), ("group", ""), ("flow", "income")]).await;
    assert_eq!(location(&changed), "/categories?said=category-changed");
    let rule = [("field-0", "text"), ("value-0", "tea"), ("category", id)];
    assert_eq!(location(&ada.send("/rules", &rule).await), "/rules?said=rule-saved");
    let away = ada.send(&format!("{place}/archive"), &[("away", "yes")]).await;
    assert_eq!(location(&away), "/categories?said=category-archived");
    assert!(ada.look("/categories").await.text().contains("put away"));
    // Whatever has it shows it, and can be saved with it.
    let chosen = format!("value=\"{id}\" selected");
    let at = format!("/transactions/{transaction}");
    assert!(ada.look(&at).await.text().contains(&chosen));
    let saved = ada.send(&format!("{at}/category"), &[("category", id)]).await;
    assert!(location(&saved).starts_with(&format!("{at}?said=category")));
    assert!(ada.look(&format!("/transactions?category={id}")).await.text().contains(&chosen));
    assert!(!ada.look("/transactions").await.text().contains(id));
    let made = format!("/rules/{}", ids(&ada).await[0]);
    assert!(ada.look(&made).await.text().contains(&chosen));
    let rule = [("field-0", "text"), ("value-0", "milk"), ("category", id)];
    assert_eq!(location(&ada.send(&made, &rule).await), "/rules?said=rule-changed");
    ada.send(&format!("{made}/remove"), &[]).await;
    ada.send(&format!("/transactions/{transaction}/category"), &[("category", "")]).await;
    assert_eq!(
        location(&ada.send(&format!("{place}/remove"), &[]).await),
        "/categories?said=category-removed"
    );
}

#[actix_web::test]
async fn what_was_learned_is_refused_and_forgotten() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    assert!(ada.look("/learned").await.text().contains("Nothing was learned yet"));
    let (_, transaction) = things(&ada).await;
    ada.send(&format!("/transactions/{transaction}/category"), &[("category", "food.coffee")]).await;
    let page = ada.look("/learned").await.text();
    assert!(page.contains("COFFEE") && page.contains("Coffee 1 time"), "{page}");
    let (_, rest) = page.split_once("action=\"/learned/").unwrap();
    let id = rest.split('/').next().unwrap();
    let refuse = async |word: &str| ada.send(&format!("/learned/{id}/refuse"), &[("refused", word)]).await;
    assert_eq!(location(&refuse("yes").await), "/learned?said=refused");
    assert!(ada.look("/learned").await.text().contains("Nothing is learned of it"));
    assert_eq!(location(&refuse("no").await), "/learned?said=unrefused");
    let forget = format!("/learned/{id}/forget");
    assert_eq!(location(&ada.send(&forget, &[]).await), "/learned?said=forgotten");
    let gone = ada.send(&forget, &[]).await;
    assert!(gone.status == 404 && gone.text().contains("href=\"/learned\""));
}

#[actix_web::test]
async fn a_transaction_is_noted_and_tagged_and_gives_that_back() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let (_, id) = things(&ada).await;
    let place = format!("/transactions/{id}");
    let noted = ada.send(&format!("{place}/note"), &[("note", "For <b>Bob</b>\r\nand me")]).await;
    assert_eq!(location(&noted), format!("{place}?said=noted"));
    let tagged = ada.send(&format!("{place}/tags"), &[("tags", "Trip, trip, 2026")]).await;
    assert_eq!(location(&tagged), format!("{place}?said=tagged"));
    let row = ada.get(&format!("/api/v1{place}")).await.json();
    assert_eq!((&row["note"], &row["tags"]), (&json!("For <b>Bob</b>\nand me"), &json!(["Trip", "2026"])));
    let page = ada.look(&place).await.text();
    assert!(page.contains("For &#60;b&#62;Bob") && page.contains("value=\"Trip, 2026\""));
    assert_eq!(page.matches("Give back").count(), 2);
    let wrong = ada.send(&format!("{place}/tags"), &[("tags", &"x".repeat(33))]).await;
    assert!(wrong.status == 422 && wrong.text().contains("at most 32 characters"), "{}", wrong.text());
    for _ in 0..2 {
        let back = ada.send(&format!("{place}/note"), &[("back", "yes")]).await;
        assert_eq!(location(&back), format!("{place}?said=given-back"));
        ada.send(&format!("{place}/tags"), &[("back", "yes")]).await;
    }
    let row = ada.get(&format!("/api/v1{place}")).await.json();
    assert_eq!((&row["note"], &row["tags"]), (&json!(null), &json!([])));
    let hidden = ada.send(&format!("{place}/hide"), &[("hidden", "yes")]).await;
    assert_eq!(location(&hidden), format!("{place}?said=hidden"));
    assert!(ada.look(&place).await.text().contains("It is hidden"));
    assert!(!ada.look("/transactions").await.text().contains(&id));
    assert!(ada.look("/transactions?hidden=only").await.text().contains(&id));
    ada.send(&format!("{place}/hide"), &[("hidden", "no")]).await;
    assert!(ada.look("/transactions").await.text().contains(&id));
}
