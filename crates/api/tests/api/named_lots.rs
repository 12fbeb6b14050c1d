//! Lots that a person names of a sale.

use dashtam_domain::money::Decimal;
use serde_json::{Value, json};

use crate::{
    portfolio::{APPLE, statement},
    world::{User, World},
};

/// Somebody who bought 100 units at 50, 50 at 60, and sold 120 at 70: the ids of the account and of the three transactions.
async fn sold(world: &World) -> (User<'_>, String, [String; 3]) {
    let user = world.user("ada@example.com").await;
    let today = world.options().sources.clock.now().day();
    assert_eq!(world.send(user.upload("i.ofx", &statement(today), "b")).await.status, 201);
    let account = user.get("/api/v1/accounts").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let rows = user.get("/api/v1/transactions").await.json()["items"].as_array().unwrap().clone();
    let of = |amount: &str| {
        let is_it = |row: &&Value| decimal(&row["amount"]) == amount.parse::<Decimal>().unwrap();
        rows.iter().find(is_it).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let ids = ["-5001", "-3000", "8398"].map(of);
    (user, account, ids)
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse::<Decimal>().unwrap().normalize()
}

async fn put(user: &User<'_>, world: &World, sale: &str, body: Value) -> crate::world::Reply {
    let path = format!("/api/v1/portfolio/closings/{sale}/lots");
    world.send(user.request(actix_web::http::Method::PUT, &path).set_json(body)).await
}

/// What was taken of which lot, by the transactions they came with.
async fn taken(user: &User<'_>, query: &str) -> Vec<(String, String)> {
    let closings = user.get(&format!("/api/v1/portfolio/closings{query}")).await.json();
    let of = |closing: &Value| {
        (closing["opened_by"].as_str().unwrap().to_owned(), decimal(&closing["units"]).to_string())
    };
    closings["items"].as_array().unwrap().iter().map(of).collect()
}

#[actix_web::test]
async fn a_sale_takes_the_lots_that_it_is_named() {
    let world = World::new().await;
    let (user, account, [first, second, sale]) = sold(&world).await;
    let path = format!("/api/v1/portfolio/closings/{sale}/lots");
    let pair = |id: &String, units: &str| (id.clone(), units.to_owned());
    let shown = user.get(&path).await.json();
    assert_eq!(
        (&shown["account_id"], &shown["method"], decimal(&shown["units"])),
        (&json!(account), &json!("fifo"), 120.into())
    );
    let lots = shown["lots"].as_array().unwrap();
    assert_eq!((&lots[0]["transaction_id"], &lots[1]["transaction_id"]), (&json!(first), &json!(second)));
    let figures =
        |lot: &Value| (decimal(&lot["units"]).to_string(), decimal(&lot["taken_units"]).to_string());
    assert_eq!(
        (figures(&lots[0]), figures(&lots[1])),
        (pair(&"100".to_owned(), "100"), pair(&"50".to_owned(), "20"))
    );
    assert_eq!(lots[0]["named_units"], json!(null));

    // The dearer lot whole, and the rest of the oldest.
    let named = json!({"lots": [{"transaction_id": second, "units": "50"}]});
    let reply = put(&user, &world, &sale, named.clone()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let corrected = &reply.json()["corrections"]["lots"]["value"];
    assert_eq!(
        (&corrected[0]["transaction_id"], decimal(&corrected[0]["units"])),
        (&json!(second), 50.into())
    );
    // It counts where the account, or the question, asks for names.
    assert_eq!(taken(&user, "").await, [pair(&first, "100"), pair(&second, "20")]);
    let by_name = [pair(&second, "50"), pair(&first, "70")];
    assert_eq!(taken(&user, "?method=specific").await, by_name);
    let account = format!("/api/v1/accounts/{account}");
    assert_eq!(user.patch(&account, json!({"lot_method": "specific"})).await.status, 200);
    assert_eq!(taken(&user, "").await, by_name);
    let shown = user.get(&path).await.json();
    let of = |lot: &Value| (lot["named_units"].clone(), decimal(&lot["taken_units"]));
    assert_eq!((&shown["lots"][0]["named_units"], of(&shown["lots"][1]).1), (&json!(null), 50.into()));
    assert_eq!(decimal(&shown["lots"][1]["named_units"]), 50.into());

    // What is told once more writes over nothing.
    let today = world.options().sources.clock.now().day();
    world.send(user.upload("again.ofx", &statement(today), "c")).await;
    assert_eq!(taken(&user, "").await, by_name);
    // Named anew, it takes those.
    let other = json!({"lots": [{"transaction_id": first, "units": "90"}, {"transaction_id": second, "units": "30"}]});
    assert_eq!(put(&user, &world, &sale, other).await.status, 200);
    assert_eq!(taken(&user, "").await, [pair(&first, "90"), pair(&second, "30")]);
    let back = format!("/api/v1/transactions/{sale}/corrections/lots");
    assert_eq!(user.delete(&back).await.status, 200);
    user.delete(&back).await.problem(404, "not-found");
    assert_eq!(taken(&user, "").await, [pair(&first, "100"), pair(&second, "20")]);
}

#[actix_web::test]
async fn the_lots_of_a_sale_come_page_by_page() {
    let world = World::new().await;
    let (user, _, [.., sale]) = sold(&world).await;
    let path = format!("/api/v1/portfolio/closings/{sale}/lots");
    let mut whole = user.get(&path).await.json();
    assert_eq!((whole["lots"].as_array().unwrap().len(), &whole["next_cursor"]), (2, &json!(null)));
    let (mut lots, mut cursor) = (Vec::new(), String::new());
    for is_last in [false, true] {
        let mut page = user.get(&format!("{path}?limit=1&cursor={cursor}")).await.json();
        lots.append(page["lots"].as_array_mut().unwrap());
        assert_eq!(page["next_cursor"].is_null(), is_last);
        cursor = page["next_cursor"].as_str().unwrap_or_default().to_owned();
        for told in ["account_id", "security_id", "date", "units", "currency", "method"] {
            assert_eq!(page[told], whole[told], "{told}");
        }
    }
    assert_eq!(whole["lots"].take(), json!(lots));
    for (query, broken) in [
        ("limit=0", "limit:out_of_range"),
        ("limit=501", "limit:out_of_range"),
        ("cursor=nonsense", "cursor:invalid"),
    ] {
        assert_eq!(user.get(&format!("{path}?{query}")).await.broken_rules(), [broken]);
    }
}

#[actix_web::test]
async fn lots_that_a_sale_cannot_take_are_refused() {
    let world = World::new().await;
    let (user, _, [first, second, sale]) = sold(&world).await;
    let lot = |id: &str, units: &str| json!({"transaction_id": id, "units": units});
    for (lots, broken) in [
        (json!([lot(&first, "100.5")]), "lots[0].units:too_many"),
        (json!([lot(&second, "1"), lot(&sale, "1")]), "lots[1].transaction_id:unknown"),
        (json!([lot(&first, "1"), lot(&first, "1")]), "lots[1].transaction_id:duplicate"),
        (json!([lot(&first, "100"), lot(&second, "20.01")]), "lots:more_than_sold"),
        (json!([lot("x", "0")]), "lots[0].transaction_id:malformed lots[0].units:decimal"),
        (json!([{"transaction_id": first}]), "lots[0].units:missing"),
        (json!([{"transaction_id": first, "units": "1", "price": "1"}]), "lots[0].price:unknown"),
        (json!([1]), "lots[0]:wrong_type"),
        (json!([]), "lots:too_short"),
        (json!("all"), "lots:wrong_type"),
        (json!(null), "lots:missing"),
    ] {
        let reply = put(&user, &world, &sale, json!({"lots": lots})).await;
        assert_eq!(reply.broken_rules().join(" "), broken, "{lots}");
    }
    assert_eq!(user.get(&format!("/api/v1/transactions/{sale}")).await.json()["corrections"], json!(null));
    // A purchase ends nothing, and what is somebody else's is not there.
    let any = json!({"lots": [lot(&first, "1")]});
    put(&user, &world, &second, any.clone()).await.problem(404, "not-found");
    user.get(&format!("/api/v1/portfolio/closings/{second}/lots")).await.problem(404, "not-found");
    let stranger = world.user("eve@example.com").await;
    put(&stranger, &world, &sale, any).await.problem(404, "not-found");
    stranger.get(&format!("/api/v1/portfolio/closings/{sale}/lots")).await.problem(404, "not-found");
}

#[actix_web::test]
async fn a_sale_that_is_named_anew_takes_no_lots_that_a_later_one_is_named() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let today = world.options().sources.clock.now().day();
    // 30 more are sold ten days later.
    let later = format!(
        "<SELLSTOCK><INVSELL><INVTRAN><FITID>5<DTTRADE>{}</INVTRAN>{APPLE}<UNITS>-30<UNITPRICE>70<TOTAL>2100.00\
         </INVSELL><SELLTYPE>SELL</SELLSTOCK></INVTRANLIST>",
        today.plus_days(-10).0.format("%Y%m%d")
    );
    let file = statement(today).replace("</INVTRANLIST>", &later);
    assert_eq!(world.send(user.upload("i.ofx", &file, "b")).await.status, 201);
    let rows = user.get("/api/v1/transactions").await.json()["items"].as_array().unwrap().clone();
    let [first, second, sale, later] = ["-5001", "-3000", "8398", "2100"].map(|amount: &str| {
        let is_it = |row: &&Value| decimal(&row["amount"]) == amount.parse::<Decimal>().unwrap();
        rows.iter().find(is_it).unwrap()["id"].as_str().unwrap().to_owned()
    });
    let named = |lot: &str, units: &str| json!({"lots": [{"transaction_id": lot, "units": units}]});
    assert_eq!(put(&user, &world, &sale, named(&second, "50")).await.status, 200);
    assert_eq!(put(&user, &world, &later, named(&first, "30")).await.status, 200);
    let refused = put(&user, &world, &sale, named(&first, "100")).await;
    assert_eq!(refused.broken_rules(), ["lots:named_elsewhere"]);
    // It may take others.
    assert_eq!(put(&user, &world, &sale, named(&second, "40")).await.status, 200);
    // Nor are its names taken back while the oldest lots, which it took then, are named of the later one.
    let back = |sale: &str| format!("/api/v1/transactions/{sale}/corrections/lots");
    let refused = user.delete(&back(&sale)).await;
    assert_eq!(refused.broken_rules(), ["lots:named_elsewhere"]);
    for id in [&later, &sale] {
        let taken_back = user.delete(&back(id)).await;
        assert_eq!(taken_back.status, 200, "{}", taken_back.text());
    }
}
