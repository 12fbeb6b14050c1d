//! The form of targets where there are more parts than a page has.

use super::{location, portfolio::with_many};
use crate::{browser::Browser, portfolio::statement, world::World};

const PAGE: &str = "/portfolio/targets?by=security";

#[actix_web::test]
async fn what_stands_on_another_page_keeps_its_target() {
    let world = World::with_pages().await;
    let user = world.user("ada@example.com").await;
    let many = with_many(&statement(world.options().sources.clock.now().day()));
    let import = world.send(user.upload("i.ofx", &many, "b")).await;
    assert_eq!(import.status, 201, "{}", import.text());
    let ada = Browser::sign_in(&world, "ada@example.com").await;
    let fields = |page: &str| page.matches("name=\"percent-USD-").count();
    let first = ada.look(PAGE).await.text();
    assert!(fields(&first) == 100 && first.contains("1 to 100 of 132"), "{first}");
    assert!(first.contains("href=\"/portfolio/targets?by=security&#38;rows=2\""), "{first}");
    let second = ada.look(&format!("{PAGE}&rows=2")).await.text();
    assert!(fields(&second) == 32 && second.contains("name=\"rows\" value=\"2\""), "{second}");

    // What is worth most stands on the first page.
    let lots = ada.get("/api/v1/portfolio/lots?limit=500").await.json()["items"].clone();
    let apple = lots.as_array().unwrap().iter().find(|lot| lot["symbol"] == "AAPL").unwrap();
    let apple = format!("percent-USD-{}", apple["security_id"].as_str().unwrap());
    assert!(first.contains(&apple) && !second.contains(&apple), "{first}");
    let targets = async || ada.get("/api/v1/portfolio/targets").await.json()["items"].clone();
    let sent = [("by", "security"), ("rows", "1"), (apple.as_str(), "12.5")];
    let saved = "/portfolio?by=security&said=targets#allocation";
    assert_eq!(location(&ada.send("/portfolio/targets", &sent).await), saved);
    let set = targets().await;
    assert_eq!(set.as_array().unwrap().len(), 1, "{set}");
    let other = second.split("name=\"percent-USD-").nth(1).unwrap().split('"').next().unwrap();
    let other = format!("percent-USD-{other}");
    let blank = [("by", "security"), ("rows", "2"), (other.as_str(), "")];
    assert_eq!(location(&ada.send("/portfolio/targets", &blank).await), saved);
    assert_eq!(targets().await, set, "the first page was not asked about");

    // A page that is refused is shown again, as it was typed.
    let refused = ada.send("/portfolio/targets", &[blank[0], blank[1], (&other, "x")]).await;
    let page = refused.text();
    assert!(refused.status == 422 && page.contains("such as 12.5"), "{page}");
    assert!(fields(&page) == 32 && page.contains("101 to 132 of 132"), "{page}");
    assert_eq!(targets().await, set);
    // What is asked about and left empty has none any more.
    let none = [("by", "security"), ("rows", "1"), (apple.as_str(), "")];
    assert_eq!(location(&ada.send("/portfolio/targets", &none).await), saved);
    assert_eq!(targets().await.as_array().unwrap().len(), 0);
}
