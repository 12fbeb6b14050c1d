//! The net worth, exchange rates, and whether months add up.

use dashtam_application::worth::ImportRates;
use dashtam_domain::call::Call;
use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    world::{User, World},
};

const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const RATES: &str = "Date,USD,JPY,GBP,\n2026-01-30,1.0865,163.42,0.8351,\n";

async fn import_rates(world: &World) {
    let call = Call::system(dashtam_local::sources().clock.now());
    let report = world.dashtam.worth().import_rates(&call, ImportRates { file: RATES.into() }).await.unwrap();
    assert_eq!((report.stored, report.file.refused_count), (3, 0));
}

/// A household with a dollar account that ends January at 87.70 and a pound account that ends it at -20.00.
async fn household(world: &World) -> (User<'_>, [String; 2]) {
    let user = world.user("ada@example.com").await;
    let pounds =
        STATEMENT.replace("USD", "GBP").replace("000123456789", "000987654321").replace("87.70", "-20.00");
    for (name, file) in [("a.ofx", STATEMENT), ("b.ofx", &pounds)] {
        assert_eq!(world.send(user.upload(name, file, "b")).await.status, 201);
    }
    let accounts = user.get("/api/v1/accounts").await.json();
    let id = |currency: &str| {
        let items = accounts["items"].as_array().unwrap();
        items.iter().find(|account| account["currency"] == currency).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    (user, [id("USD"), id("GBP")])
}

#[actix_web::test]
async fn all_balances_make_the_net_worth() {
    let world = World::new().await;
    let (user, [dollars, pounds]) = household(&world).await;
    let path = "/api/v1/net-worth?from=2025-12-31&to=2026-01-31&interval=month&currency=EUR";
    let without = user.get(path).await.json();
    let last = &without["items"][1];
    assert_eq!((&without["currency"], &last["date"]), (&json!("EUR"), &json!("2026-01-31")));
    assert_eq!((&last["total"], &last["total_rounded"]), (&json!("0"), &json!("0.00")));
    assert_eq!(last["by_currency"], json!({"USD": "87.70", "GBP": "-20.00"}));
    assert_eq!(
        last["unconverted"],
        json!([
            {"currency": "GBP", "amount": "-20.00"}, {"currency": "USD", "amount": "87.70"},
        ])
    );
    let missing = json!([
        {"account_id": dollars, "reason": "no_rate"}, {"account_id": pounds, "reason": "no_rate"},
    ]);
    assert_eq!(last["missing"], missing);
    let strict = user.get(&format!("{path}&strict=true")).await.json();
    assert_eq!(strict["items"][1]["total"], Value::Null);
    // On the first day no account had begun.
    assert_eq!(without["items"][0]["missing"], json!([]));
    let starts = json!([
        {"account_id": dollars, "date": "2026-01-14"}, {"account_id": pounds, "date": "2026-01-14"},
    ]);
    assert_eq!((&without["starts"], &without["ends"]), (&starts, &json!([])));

    import_rates(&world).await;
    let with = user.get(&format!("{path}&strict=true")).await.json();
    let last = &with["items"][1];
    // 87.70 / 1.0865 and -20 / 0.8351.
    assert_eq!((&last["total"], &last["total_rounded"]), (&json!("56.7686738812"), &json!("56.77")));
    assert_eq!(last["by_kind"], json!({"checking": "56.7686738812"}));
    assert_eq!((&last["missing"], &last["unconverted"]), (&json!([]), &json!([])));
    assert_eq!(
        last["rates"][1],
        json!({
            "currency": "USD", "rate": "0.9203865624", "rate_date": "2026-01-30", "path": "inverse", "source": "ecb_csv",
        })
    );
    // Without a currency it is one of those the accounts have, the first of as many.
    assert_eq!(user.get("/api/v1/net-worth").await.json()["currency"], "GBP");

    let stranger = world.user("bob@example.com").await;
    let none = stranger.get(&format!("{path}&strict=true")).await.json();
    assert_eq!((&none["items"][1]["total"], &none["starts"]), (&json!("0"), &json!([])));
    world.get("/api/v1/net-worth").await.problem(401, "unauthenticated");
}

#[actix_web::test]
async fn wrong_parameters_are_told() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let refused = async |path: &str| user.get(path).await.broken_rules();
    assert_eq!(
        refused("/api/v1/net-worth?from=x&to=2026-02-30&currency=EURO&interval=year&strict=maybe").await,
        ["currency:currency", "from:day", "interval:unknown", "strict:boolean", "to:day"]
    );
    assert_eq!(refused("/api/v1/net-worth?what=1").await, ["what:unknown"]);
    for path in [
        "/api/v1/net-worth?from=2026-01-02&to=2026-01-01",
        "/api/v1/net-worth?from=2006-01-01&to=2026-01-01",
        &format!("/api/v1/accounts/{NOBODYS}/reconciliation?from=2026-02&to=2026-01"),
        &format!("/api/v1/accounts/{NOBODYS}/reconciliation?from=2016-01&to=2026-01"),
    ] {
        assert_eq!(refused(path).await, ["from:out_of_range"], "{path}");
    }
    assert_eq!(refused("/api/v1/rates").await, ["base:required", "quote:required"]);
    assert_eq!(refused("/api/v1/rates?base=EUR&quote=U+D&date=today").await, ["date:day", "quote:currency"]);
    let months = format!("/api/v1/accounts/{NOBODYS}/reconciliation?from=2026-1&to=2026-13");
    assert_eq!(refused(&months).await, ["from:month", "to:month"]);
    let nobodys = format!("/api/v1/accounts/{NOBODYS}/reconciliation");
    user.get(&nobodys).await.problem(404, "not-found");
}

#[actix_web::test]
async fn a_rate_says_where_it_is_from() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    import_rates(&world).await;
    let ask = async |query: &str| user.get(&format!("/api/v1/rates?{query}")).await;
    let direct = ask("base=eur&quote=USD&date=2026-02-06").await.json();
    assert_eq!(
        direct,
        json!({
            "base": "EUR", "quote": "USD", "date": "2026-02-06", "rate": "1.0865", "rate_date": "2026-01-30",
            "path": "direct", "source": "ecb_csv",
        })
    );
    let through = ask("base=USD&quote=JPY&date=2026-01-30").await.json();
    assert_eq!((&through["path"], &through["rate"]), (&json!("pivot"), &json!("150.4095720202")));
    let same = ask("base=CHF&quote=CHF").await.json();
    assert_eq!((&same["path"], &same["rate"], &same["source"]), (&json!("same"), &json!("1"), &Value::Null));
    ask("base=EUR&quote=USD&date=2026-02-07").await.problem(404, "not-found");
    ask("base=EUR&quote=CHF&date=2026-01-30").await.problem(404, "not-found");
}

#[actix_web::test]
async fn months_add_up_or_name_their_gap() {
    let world = World::new().await;
    let (user, [dollars, _]) = household(&world).await;
    let path = format!("/api/v1/accounts/{dollars}/reconciliation?from=2025-12&to=2026-02");
    let months = user.get(&path).await.json();
    assert_eq!((&months["account_id"], &months["currency"]), (&json!(dollars), &json!("USD")));
    assert_eq!(months["items"].as_array().unwrap().len(), 3);
    assert_eq!(months["items"][0]["state"], "unknown");
    assert_eq!(
        months["items"][1],
        json!({
            "month": "2026-01", "from": "2026-01-15", "to": "2026-01-31", "opening": "0.00", "movements": "87.70",
            "transactions": 2, "closing": "87.70", "is_estimated": false, "difference": "0.00", "state": "balanced",
            "gaps": [],
        })
    );
    // February's statement does not follow from it.
    let february =
        STATEMENT.replace("202601", "202602").replace("20260231", "20260228").replace("87.70", "170.40");
    let february = february.replace("FITID>A", "FITID>B");
    assert_eq!(world.send(user.upload("february.ofx", &february, "b")).await.status, 201);
    let months = user.get(&path).await.json();
    let february = &months["items"][2];
    assert_eq!((&february["state"], &february["difference"]), (&json!("gap"), &json!("-5.00")));
    assert_eq!(february["gaps"], json!([{"from": "2026-02-01", "to": "2026-02-28", "amount": "-5.00"}]));
}
