//! What somebody hears of, by the page.

use super::location;
use crate::{browser::Browser, portfolio::statement, world::World};

const ADA: &str = "ada@example.com";
const PLACE: &str = "/settings/notifications";

#[actix_web::test]
async fn what_one_hears_of_is_said_on_a_page() {
    let world = World::with_pages().await;
    let user = world.user(ADA).await;
    let ada = Browser::sign_in(&world, ADA).await;
    let empty = ada.look(PLACE).await.text();
    assert!(empty.contains("Once there are accounts") && !empty.contains(" checked"), "{empty}");
    assert!(ada.look("/settings").await.text().contains("href=\"/settings/notifications\""));
    let weekly = ada.send(PLACE, &[("weekly_summary", "yes")]).await;
    assert_eq!(location(&weekly), format!("{PLACE}?said=notifications"));
    let page = ada.look(PLACE).await.text();
    assert_eq!(page.matches(" checked").count(), 1, "{page}");

    let today = world.options().sources.clock.now().day();
    assert_eq!(world.send(user.upload("i.ofx", &statement(today), "b")).await.status, 201);
    let account = ada.get("/api/v1/accounts").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let low = format!("low-{account}");
    let page = ada.look(PLACE).await.text();
    assert!(page.contains("name=\"large-USD\"") && page.contains(&format!("name=\"{low}\"")), "{page}");
    let fields = [("connections", "yes"), ("large-USD", "1000.50"), (low.as_str(), " -20 ")];
    assert_eq!(location(&ada.send(PLACE, &fields).await), format!("{PLACE}?said=notifications"));
    let told = ada.get("/api/v1/notifications").await.json();
    assert!(told["connections"] == true && told["weekly_summary"] == false, "{told}");
    assert_eq!(told["large_transactions"][0]["amount"], "1000.50");
    let balance = &told["low_balances"][0];
    assert!(balance["account_id"] == account.as_str() && balance["amount"] == "-20", "{told}");
    let page = ada.look(PLACE).await.text();
    assert!(page.contains("value=\"1000.5\"") && page.contains("value=\"-20\""), "{page}");

    for (name, typed) in [("large-USD", "0"), ("large-USD", "<much>"), (low.as_str(), "1e3")] {
        let refused = ada.send(PLACE, &[("price_raised", "yes"), (name, typed)]).await;
        assert_eq!(refused.status, 422, "{typed}");
        let page = refused.text();
        assert_eq!(page.matches("class=\"error\"").count(), 1, "{page}");
        // What was typed stays.
        assert!(page.contains(" checked") && !page.contains("<much>"), "{page}");
    }
    assert_eq!(ada.get("/api/v1/notifications").await.json(), told);
    assert_eq!(location(&ada.send(PLACE, &[]).await), format!("{PLACE}?said=notifications"));
    assert!(!ada.look(PLACE).await.text().contains(" checked"));
}
