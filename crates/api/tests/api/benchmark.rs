//! What a security returned beside a portfolio.

use actix_web::test::TestRequest;
use dashtam_application::worth::ImportRates;
use dashtam_domain::{call::Call, money::Decimal, time::Day};
use serde_json::{Value, json};

use crate::{
    portfolio::APPLE,
    world::{User, World},
};

/// A statement of the same account for a day: so many units of one security at this price, 500 in cash, and a dividend.
pub(crate) fn holding(day: Day, units: &str, price: &str, value: &str) -> String {
    let told = day.0.format("%Y%m%d").to_string();
    format!(
        "<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><DTASOF>{told}120000<CURDEF>USD\
         <INVACCTFROM><BROKERID>b.example<ACCTID>I1</INVACCTFROM>\
         <INVTRANLIST><INCOME><INVTRAN><FITID>{told}<DTTRADE>{told}</INVTRAN>{APPLE}<INCOMETYPE>DIV\
         <TOTAL>1.00</INCOME></INVTRANLIST><INVPOSLIST><POSSTOCK><INVPOS>{APPLE}<HELDINACCT>CASH<POSTYPE>LONG<UNITS>{units}\
         <UNITPRICE>{price}<MKTVAL>{value}<DTPRICEASOF>{told}</INVPOS></POSSTOCK></INVPOSLIST>\
         <INVBAL><AVAILCASH>500.00<MARGINBALANCE>0<SHORTBALANCE>0</INVBAL>\
         </INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1><SECLISTMSGSRSV1><SECLIST>\
         <STOCKINFO><SECINFO>{APPLE}<SECNAME>Apple Inc<TICKER>AAPL</SECINFO></STOCKINFO>\
         </SECLIST></SECLISTMSGSRSV1></OFX>"
    )
}

/// Somebody with statements of two days, between which the price rose by a tenth, and the id of the security.
pub(crate) async fn held(world: &World) -> (User<'_>, String) {
    let user = world.user("ada@example.com").await;
    let today = world.options().sources.clock.now().day();
    for (of, days, price, value) in [("1", 40, "100", "1000.00"), ("2", 2, "110", "1100.00")] {
        let statement = holding(today.plus_days(-days), "10", price, value);
        let import = world.send(user.upload(&format!("{of}.ofx"), &statement, of)).await;
        assert_eq!(import.status, 201, "{}", import.text());
    }
    let securities = user.get("/api/v1/securities").await.json();
    let id = securities["items"][0]["id"].as_str().unwrap().to_owned();
    (user, id)
}

fn path(security: &str) -> String {
    format!("/api/v1/portfolio/performance?period=1y&benchmark={security}")
}

fn without_zeros(text: &Value) -> String {
    let number = text.as_str().unwrap_or_else(|| panic!("{text}"));
    number.parse::<Decimal>().unwrap().normalize().to_string()
}

#[actix_web::test]
async fn a_security_stands_beside_the_return() {
    let world = World::new().await;
    let (user, security) = held(&world).await;
    let told = user.get(&path(&security)).await.json();
    // 1600 of 1500, where the price rose by a tenth.
    assert_eq!(told["time_weighted"]["rate"], "0.066666666667", "{told}");
    let benchmark = &told["benchmark"];
    assert_eq!((&benchmark["security_id"], &benchmark["symbol"]), (&json!(security), &json!("AAPL")));
    let shown = ["rate", "difference", "split_factor"].map(|member| without_zeros(&benchmark[member]));
    assert_eq!(shown, ["0.1", "-0.033333333333", "1"], "{benchmark}");
    assert_eq!((&benchmark["annual_rate"], &benchmark["unavailable_because"]), (&json!(null), &json!(null)));
    for (end, day, price) in [("price_start", "from", "100"), ("price_end", "to", "110")] {
        let told_price = &benchmark[end];
        assert_eq!(told_price["date"], told[day], "{benchmark}");
        assert_eq!(without_zeros(&told_price["price"]), price);
        assert_eq!(without_zeros(&told_price["converted_price"]), price);
        assert_eq!((&told_price["currency"], &told_price["rate_date"]), (&json!("USD"), &json!(null)));
    }
    let account = user.get("/api/v1/accounts").await.json()["items"][0]["id"].clone();
    assert_eq!(benchmark["account_id"], account);
    let plain = user.get("/api/v1/portfolio/performance?period=1y").await.json();
    assert_eq!(plain["benchmark"], json!(null));
    assert_eq!(plain["time_weighted"], told["time_weighted"]);
}

#[actix_web::test]
async fn a_benchmark_without_a_return_says_why() {
    let world = World::new().await;
    let (user, security) = held(&world).await;
    let today = world.options().sources.clock.now().day();
    let yesterday = today.plus_days(-1);
    // Twice the units, and no transaction that says where they came from.
    let statement = holding(yesterday, "20", "55", "1100.00");
    assert_eq!(world.send(user.upload("3.ofx", &statement, "3")).await.status, 201);
    let benchmark = user.get(&path(&security)).await.json()["benchmark"].clone();
    let expected = json!([null, null, null, "units_unexplained"]);
    let members = ["rate", "difference", "split_factor", "unavailable_because"];
    assert_eq!(json!(members.map(|member| &benchmark[member])), expected, "{benchmark}");
    assert_eq!(benchmark["price_end"]["date"], yesterday.to_string());
    let before = today.plus_days(-60);
    let early = user.get(&format!("{}&to={before}", path(&security))).await.json();
    assert_eq!(early["benchmark"]["unavailable_because"], "no_period", "{early}");
}

#[actix_web::test]
async fn a_benchmark_is_one_of_the_own_securities_and_needs_the_scope_of_holdings() {
    let world = World::new().await;
    let (user, security) = held(&world).await;
    assert_eq!(user.get(&path("apple")).await.status, 422);
    let stranger = world.user("eve@example.com").await;
    stranger.get(&path(&security)).await.problem(404, "not-found");
    for (scopes, status) in
        [(vec!["transactions:read"], 403_u16), (vec!["transactions:read", "holdings:read"], 200)]
    {
        let body = json!({"name": format!("sees {status}"), "scopes": scopes});
        let key = user.post("/api/v1/auth/api-keys", body).await.json()["key"].as_str().unwrap().to_owned();
        let asked = async |path: &str| {
            let request = TestRequest::get().uri(path);
            world.send(request.insert_header(("authorization", format!("Bearer {key}")))).await.status
        };
        assert_eq!(asked(&path(&security)).await, status);
        assert_eq!(asked("/api/v1/portfolio/performance?period=1y").await, 200);
    }
}

#[actix_web::test]
async fn a_gain_in_another_currency_has_its_parts_or_says_why() {
    let world = World::new().await;
    let (user, _) = held(&world).await;
    let path = |currency: &str| format!("/api/v1/portfolio/performance?period=1y&currency={currency}");
    let effect = async |currency: &str| user.get(&path(currency)).await.json()["currency_effect"].clone();
    let parts =
        |of: &Value| ["gain", "local_gain", "currency_effect"].map(|member| without_zeros(&of[member]));
    // 1600 of 1500 in its own currency.
    assert_eq!(parts(&effect("USD").await), ["100", "100", "0"]);
    let now = world.options().sources.clock.now();
    let (first, last) = (now.day().plus_days(-40), now.day().plus_days(-2));
    let untold = effect("EUR").await;
    assert_eq!(
        (&untold["unavailable_because"], &untold["missing_rate_date"], &untold["gain"]),
        (&json!("no_rate"), &json!(first.to_string()), &json!(null)),
        "{untold}"
    );
    let rates = format!("day,base,quote,rate\n{first},USD,EUR,0.8\n{last},USD,EUR,1\n");
    let request = ImportRates { file: rates.into_bytes() };
    world.dashtam.worth().import_rates(&Call::system(now), request).await.unwrap();
    // 1600 at 1 without 1500 at 0.8; the 100 that were gained are 100 on the last day.
    let told = effect("EUR").await;
    assert_eq!(parts(&told), ["400", "100", "300"], "{told}");
    assert_eq!(told["value_start"]["rate_date"], first.to_string());
    assert_eq!(without_zeros(&told["value_start"]["converted_amount"]), "1200");
    assert_eq!((&told["flows"], &told["unavailable_because"]), (&json!([]), &json!(null)));
    let plain = user.get("/api/v1/portfolio/performance?period=1y").await.json();
    assert_eq!(plain["currency_effect"], json!(null));
    assert_eq!(user.get(&path("eur")).await.broken_rules(), ["currency:currency"]);
}
