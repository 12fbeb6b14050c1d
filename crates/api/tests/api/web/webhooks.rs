//! Webhooks by the pages.

use super::location;
use crate::{browser::Browser, webhooks::work, world::World};

const ADA: &str = "ada@example.com";

/// What stands between two texts of a page.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} is in {text}"));
    rest.split_once(to).unwrap().0
}

#[actix_web::test]
async fn a_webhook_is_made_tried_switched_and_removed() {
    let world = World::with_pages().await;
    world.user(ADA).await;
    let ada = &Browser::sign_in(&world, ADA).await;
    let form = ada.look("/settings/webhooks").await.text();
    let once = between(&form, "name=\"once\" value=\"", "\"");
    for (url, why) in [("http//", "whole https address"), ("https://other.example/x", "public internet")] {
        let refused = ada.send("/settings/webhooks", &[("url", url), ("description", "<b>")]).await;
        assert_eq!(refused.status, 422);
        let page = refused.text();
        assert!(page.contains(why) && page.contains("value=\"&#60;b&#62;\""), "{page}");
    }
    let fields = [("once", once), ("url", "https://hooks.example/in"), ("description", "Books <i>")];
    let made = ada.send("/settings/webhooks", &fields).await.text();
    let secret = between(&made, "id=\"secret\">", "</code>").to_owned();
    let place = between(&made, "href=\"/settings/webhooks/", "\"").to_owned();
    let place = format!("/settings/webhooks/{place}");
    assert!(secret.starts_with("whsec_"));
    let again = ada.send("/settings/webhooks", &fields).await;
    assert_eq!(location(&again), "/settings/webhooks?said=webhook-made");
    let list = ada.look("/settings/webhooks").await.text();
    assert!(list.contains("Books &#60;i&#62;") && list.contains(&place) && !list.contains(&secret), "{list}");

    assert!(ada.look(&place).await.text().contains("Nothing yet."));
    let tried = ada.send(&format!("{place}/test"), &[]).await;
    assert_eq!(location(&tried), format!("{place}?said=webhook-tried"));
    assert!(ada.look(&place).await.text().contains("is going to be"));
    work(&world).await;
    let page = ada.look(&place).await.text();
    assert!(page.contains("answered 200") && page.contains(">taken<"), "{page}");
    let delivery = between(&page, "name=\"delivery\" value=\"", "\"");
    let sent = ada.send(&format!("{place}/again"), &[("delivery", delivery)]).await;
    assert_eq!(location(&sent), format!("{place}?said=webhook-again"));
    assert_eq!(ada.send(&format!("{place}/again"), &[("delivery", "x")]).await.status, 404);

    let off = ada.send(&format!("{place}/switch"), &[("on", "no")]).await;
    assert_eq!(location(&off), format!("{place}?said=webhook-off"));
    let refused = ada.send(&format!("{place}/test"), &[]).await;
    assert!(refused.status == 422 && refused.text().contains("This webhook is disabled."));
    let on = ada.send(&format!("{place}/switch"), &[("on", "yes")]).await;
    assert_eq!(location(&on), format!("{place}?said=webhook-on"));
    let other = ada.send(&format!("{place}/secret"), &[]).await.text();
    assert!(!other.contains(&secret) && other.contains("whsec_"));
    let removed = ada.send(&format!("{place}/remove"), &[]).await;
    assert_eq!(location(&removed), "/settings/webhooks?said=webhook-removed");
    assert_eq!(ada.look(&place).await.status, 404);
}
