//! Transactions in parts, by pages.

use serde_json::json;

use super::{location, somebody, things};
use crate::world::World;

#[actix_web::test]
async fn a_transaction_is_split_changed_and_made_one_again() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let (_, id) = things(&ada).await;
    let (place, form) = (format!("/transactions/{id}"), format!("/transactions/{id}/split"));
    assert!(ada.look(&place).await.text().contains("Split it"));
    let page = ada.look(&form).await.text();
    assert_eq!(page.matches("<fieldset class=\"part\"").count(), 3, "{page}");

    // A comma is as good as a point, and the last part has what is left.
    let fields = [
        ("amount-1", "10,30"),
        ("description-1", "<b>Beans</b>"),
        ("category-1", "food.groceries"),
        ("description-3", "Cake"),
    ];
    let sent = ada.send(&form, &fields).await;
    assert_eq!(location(&sent), format!("{place}?said=split"));
    let stored = ada.get(&format!("/api/v1{place}")).await.json();
    let parts = json!([
        {"amount": "-10.30", "description": "<b>Beans</b>", "category": "food.groceries"},
        {"amount": "-2.00", "description": "Cake", "category": null},
    ]);
    assert_eq!((&stored["split"]["parts"], &stored["split"]["adds_up"]), (&parts, &json!(true)));
    let shown = ada.look(&place).await.text();
    assert!(shown.contains("Change the parts") && shown.contains("&#60;b&#62;Beans"), "{shown}");
    let page = ada.look(&form).await.text();
    assert_eq!(page.matches("<fieldset class=\"part\"").count(), 5);
    assert!(page.contains("value=\"10.30\"") && page.contains("Make it one again"));

    for _ in 0..2 {
        let whole = ada.send(&form, &[("whole", "yes")]).await;
        assert_eq!(location(&whole), format!("{place}?said=whole"), "and a second click");
    }
    assert!(ada.get(&format!("/api/v1{place}")).await.json()["split"].is_null());
}

#[actix_web::test]
async fn parts_that_are_none_are_refused_where_they_stand() {
    let world = World::with_pages().await;
    let ada = somebody(&world, "ada@example.com", "Coffee").await;
    let (_, id) = things(&ada).await;
    let form = format!("/transactions/{id}/split");
    let refused: [(&[(&str, &str)], &str); 10] = [
        (&[], "at least two parts"),
        (&[("amount-1", "12.30")], "at least two parts"),
        (&[("amount-1", "10"), ("amount-2", "1")], "1.30\u{a0}USD are not in any part"),
        (&[("amount-1", "13"), ("amount-2", "1")], "\u{2212}1.70\u{a0}USD are not in any part"),
        (&[("amount-1", "12.30"), ("description-2", "x")], "leave nothing"),
        (&[("description-1", "x"), ("description-2", "y")], "Only one part may be without"),
        (&[("amount-1", "1,000.00"), ("amount-2", "x")], "Write the amount like 12.50"),
        (&[("amount-1", "1e1"), ("description-2", "x")], "Write the amount like 12.50"),
        (&[("amount-1", "0"), ("description-2", "x")], "must not be zero"),
        (&[("amount-1", "1"), ("category-1", "no such"), ("description-2", "x")], "no such category"),
    ];
    for (fields, why) in refused {
        let reply = ada.send(&form, fields).await;
        assert_eq!(reply.status, 422, "{fields:?}");
        let text = reply.text();
        assert!(text.contains(why), "{fields:?}: {text}");
        for (name, value) in fields.iter().filter(|(name, _)| name.starts_with("amount")) {
            assert!(
                text.contains(&format!("name=\"{name}\"")) && text.contains(&format!("value=\"{value}\""))
            );
        }
    }
    assert!(ada.get(&format!("/api/v1/transactions/{id}")).await.json()["split"].is_null());
    // Something that went the other way.
    let sent = ada.send(&form, &[("amount-1", "-1"), ("description-2", "rest")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let stored = ada.get(&format!("/api/v1/transactions/{id}")).await.json();
    let amounts = [&stored["split"]["parts"][0]["amount"], &stored["split"]["parts"][1]["amount"]];
    assert_eq!(amounts, [&json!("1"), &json!("-13.30")]);
}
