//! Prices of one's own: taken in from tables, listed, and removed again.

use actix_web::http::Method;
use dashtam_domain::{money::Decimal, time::Day};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    benchmark::{held, holding},
    portfolio::statement,
    world::{Reply, User, World},
};

const PRICES: &str = "/api/v1/portfolio/prices";

async fn take(world: &World, user: &User<'_>, query: &str, table: &str) -> Reply {
    world.send(user.upload_to(&format!("{PRICES}{query}"), "prices.csv", table, "b")).await
}

fn counts(report: &Value) -> [u64; 5] {
    ["rows", "new", "changed", "known", "refused"].map(|name| report[name].as_u64().unwrap())
}

async fn all(user: &User<'_>) -> Vec<Value> {
    user.get(PRICES).await.json()["items"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_table_is_taken_in_once_and_a_bad_row_costs_no_other() {
    let world = World::new().await;
    let (user, security) = held(&world).await;
    let table = "date,symbol,price,currency\n2025-01-30,aapl,101.50,EUR\n2025-02-30,AAPL,1,EUR\n\
                 2025-01-31,NONE,1,EUR\n2025-01-31,AAPL,102,\n2025-01-31,AAPL,103,USD\n";
    // What it would do, page by page, and nothing of it is there.
    let dry = take(&world, &user, "?dry_run=true&limit=3", table).await;
    assert_eq!((dry.status.as_u16(), counts(&dry.json())), (200, [5, 2, 0, 0, 3]), "{}", dry.text());
    let fates = |report: &Value| {
        let items = report["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|row| format!("{} {}", row["line"], row["fate"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(fates(&dry.json()), ["2 new", "3 refused", "4 refused"]);
    let cursor = dry.json()["next_cursor"].as_str().unwrap().to_owned();
    let rest = take(&world, &user, &format!("?dry_run=true&limit=3&cursor={cursor}"), table).await.json();
    assert_eq!(
        (fates(&rest), &rest["next_cursor"]),
        (vec!["5 new".into(), "6 refused".into()], &json!(null))
    );
    assert_eq!(all(&user).await, Vec::<Value>::new());
    // What it does.
    let report = take(&world, &user, "", table).await.json();
    assert_eq!(counts(&report), [5, 2, 0, 0, 3], "{report}");
    let reasons: Vec<&str> =
        report["items"].as_array().unwrap().iter().map(|row| row["reason"].as_str().unwrap()).collect();
    let expected = [
        "has no day such as 2026-01-31",
        "names a security that is not known",
        "says otherwise than an earlier row",
    ];
    assert_eq!(reasons, expected);
    let items = all(&user).await;
    let shown = |item: &Value| {
        ["security_id", "date", "source", "price", "currency"]
            .map(|name| item[name].as_str().unwrap().to_owned())
            .join(" ")
    };
    assert_eq!(
        items.iter().map(shown).collect::<Vec<_>>(),
        [format!("{security} 2025-01-30 file 101.5 EUR"), format!("{security} 2025-01-31 file 102 USD")],
    );
    // Once more it changes nothing, and what is told otherwise takes the place of what was told.
    assert_eq!(counts(&take(&world, &user, "", table).await.json()), [5, 0, 0, 2, 3]);
    assert_eq!(all(&user).await, items);
    let other = "date,symbol,price,currency\n2025-01-31,AAPL,99,USD\n";
    assert_eq!(counts(&take(&world, &user, "", other).await.json()), [1, 0, 1, 0, 0]);
    assert_eq!(counts(&take(&world, &user, "?adjusted=true", other).await.json()), [1, 0, 1, 0, 0]);
    assert_eq!(
        (&all(&user).await[1]["price"], &all(&user).await[1]["is_adjusted"]),
        (&json!("99"), &json!(true))
    );
}

#[actix_web::test]
async fn a_series_is_listed_page_by_page_and_removed_by_its_name() {
    let world = World::new().await;
    let (user, security) = held(&world).await;
    let table = "date;symbol;price;currency;name\n2025-01-30;IDX;5000;EUR;An index\n2025-01-31;IDX;5100;EUR;\n\
                 2025-01-31;AAPL;102;USD;\n";
    let report = take(&world, &user, "?source=mine&add_securities=true", table).await.json();
    assert_eq!((counts(&report), &report["securities_added"]), ([3, 3, 0, 0, 0], &json!(1)), "{report}");
    assert_eq!(counts(&take(&world, &user, "?source=other", table).await.json()), [3, 3, 0, 0, 0]);
    let securities = user.get("/api/v1/securities").await.json();
    let index =
        securities["items"].as_array().unwrap().iter().find(|of| of["symbol"] == "IDX").unwrap().clone();
    assert_eq!((&index["name"], &index["currency"]), (&json!("An index"), &json!("EUR")));
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = user.get(&format!("{PRICES}?limit=4&cursor={cursor}")).await.json();
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(seen, all(&user).await);
    assert_eq!(seen.len(), 6);
    let of_one = user.get(&format!("{PRICES}?security_id={security}")).await.json();
    assert_eq!(of_one["items"].as_array().unwrap().len(), 2);
    // Nobody else has any of it.
    let stranger = world.user("eve@example.com").await;
    assert_eq!(all(&stranger).await, Vec::<Value>::new());
    let remove = async |user: &User<'_>, query: &str| {
        let reply = world.send(user.request(Method::DELETE, &format!("{PRICES}?{query}"))).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["removed"].as_u64().unwrap()
    };
    assert_eq!(remove(&stranger, "source=mine").await, 0);
    assert_eq!(remove(&user, &format!("source=mine&security_id={security}")).await, 1);
    assert_eq!(remove(&user, "source=mine").await, 2);
    assert_eq!(remove(&user, "source=mine").await, 0);
    assert_eq!(all(&user).await.len(), 3, "the other series stays");
}

#[actix_web::test]
async fn what_is_no_table_or_no_name_is_refused() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let table = "date,symbol,price\n";
    for (query, table, broken) in [
        ("", "<OFX>", "file:unusable"),
        ("?limit=3", table, "limit:not_needed"),
        ("?dry_run=maybe", table, "dry_run:boolean"),
        ("?source=", table, "source:empty"),
        (format!("?source={}", "a".repeat(65)).as_str(), table, "source:malformed"),
        ("?sauce=file", table, "sauce:unknown"),
    ] {
        let reply = take(&world, &user, query, table).await;
        assert_eq!(
            (reply.status.as_u16(), reply.broken_rules().join(" ").as_str()),
            (422, broken),
            "{query}"
        );
    }
    for large in [format!("{table}{}", "x\n".repeat(50_001)), format!("{table}{}", " ".repeat(8 << 20))] {
        assert_eq!(take(&world, &user, "", &large).await.broken_rules(), ["file:unusable"]);
    }
    let missing = world.send(user.request(Method::DELETE, PRICES)).await;
    assert_eq!(missing.broken_rules(), ["source:missing"]);
    assert_eq!(counts(&take(&world, &user, "", table).await.json()), [0; 5], "a table without rows is one");
}

#[actix_web::test]
async fn a_row_that_is_refused_makes_no_security() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let table =
        "date,symbol,price,currency\n2025-01-30,IDX,-1,EUR\n9999-12-31,IDY,1,EUR\n2025-01-30,IDZ,1,\n";
    for query in ["?add_securities=true&dry_run=true", "?add_securities=true"] {
        let report = take(&world, &user, query, table).await.json();
        assert_eq!((counts(&report), &report["securities_added"]), ([3, 0, 0, 0, 3], &json!(0)), "{report}");
        assert_eq!(report["items"][0]["reason"], "a price must not be below zero");
    }
    assert_eq!(user.get("/api/v1/securities").await.json()["items"], json!([]));
}

/// The benchmark of the last year.
async fn beside(user: &User<'_>, security: &str) -> Value {
    let path = format!("/api/v1/portfolio/performance?period=1y&benchmark={security}");
    user.get(&path).await.json()["benchmark"].clone()
}

fn table(rows: &[(Day, &str, &str)]) -> String {
    let rows = rows.iter().map(|(day, symbol, price)| format!("{day},{symbol},{price},USD\n"));
    format!("date,symbol,price,currency\n{}", rows.collect::<String>())
}

#[actix_web::test]
async fn a_series_of_a_file_stands_beside_the_return() {
    let world = World::new().await;
    let (user, _) = held(&world).await;
    let today = world.options().sources.clock.now().day();
    let (first, last) = (today.plus_days(-40), today.plus_days(-2));
    // An index that nobody holds: the last price that was told until each of the two days.
    let rows = [
        (first.plus_days(-1), "IDX", "4000"),
        (first.plus_days(1), "IDX", "1"),
        (last.plus_days(-3), "IDX", "4200"),
        (last.plus_days(1), "IDX", "1"),
    ];
    let report = take(&world, &user, "?source=idx&add_securities=true", &table(&rows)).await.json();
    assert_eq!(counts(&report), [4, 4, 0, 0, 0], "{report}");
    let securities = user.get("/api/v1/securities").await.json();
    let index = securities["items"].as_array().unwrap().iter().find(|of| of["symbol"] == "IDX").unwrap();
    let index = index["id"].as_str().unwrap();
    let told = beside(&user, index).await;
    let members =
        ["rate", "price_source", "account_id", "unavailable_because"].map(|name| told[name].clone());
    assert_eq!(members, [json!("0.05"), json!("idx"), json!(null), json!(null)], "{told}");
    assert_eq!(told["price_start"]["date"], first.plus_days(-1).to_string());
    assert_eq!(told["price_end"]["date"], last.plus_days(-3).to_string());
    // Without the last price there is no figure, and the reason is said.
    let removed = world.send(user.request(Method::DELETE, &format!("{PRICES}?source=idx"))).await;
    assert_eq!(removed.json()["removed"], 4);
    assert_eq!(beside(&user, index).await["unavailable_because"], "no_price_at_start");
    take(&world, &user, "", &table(&rows[..1])).await;
    assert_eq!(beside(&user, index).await["unavailable_because"], "no_price_at_end");
    // One series has the first price and another one the last.
    take(&world, &user, "?source=b", &table(&rows[2..3])).await;
    assert_eq!(beside(&user, index).await["unavailable_because"], "no_common_account");
}

#[actix_web::test]
async fn prices_of_institutions_come_before_those_of_files() {
    let world = World::new().await;
    let (user, security) = held(&world).await;
    let today = world.options().sources.clock.now().day();
    let rows = [(today.plus_days(-40), "AAPL", "50"), (today.plus_days(-2), "AAPL", "100")];
    take(&world, &user, "", &table(&rows)).await;
    let told = beside(&user, &security).await;
    assert_eq!((&told["rate"], &told["price_source"]), (&json!("0.1"), &json!(null)), "{told}");
    // Twice the units, and no transaction that says where they came from: the file does not make up for it.
    let statement = holding(today.plus_days(-1), "20", "55", "1100.00");
    assert_eq!(world.send(user.upload("3.ofx", &statement, "3")).await.status, 201);
    assert_eq!(beside(&user, &security).await["unavailable_because"], "units_unexplained");
}

#[actix_web::test]
async fn the_price_of_a_day_says_where_it_is_from_and_how_old_it_is() {
    let world = World::new().await;
    let (user, security) = held(&world).await;
    let today = world.options().sources.clock.now().day();
    let path = |days: i64| format!("/api/v1/securities/{security}/price?date={}", today.plus_days(-days));
    let shown = async |days: i64| {
        let told = user.get(&path(days)).await.json();
        let price = told["price"].as_str().map(|price| price.parse::<Decimal>().unwrap().normalize());
        let source = told["source"].as_str().unwrap().to_owned();
        (price, source, told["age_days"].as_i64(), told["is_stale"].as_bool().unwrap())
    };
    let is = |price: &str, source: &str, age: i64, stale: bool| {
        (Some(price.parse::<Decimal>().unwrap()), source.to_owned(), Some(age), stale)
    };
    assert_eq!(shown(0).await, is("110", "institution", 2, false));
    assert_eq!(shown(3).await, is("100", "institution", 37, true));
    assert_eq!(shown(41).await, (None, "none".to_owned(), None, false));
    // A series counts for days on which no institution told a price.
    let rows = [
        (today.plus_days(-50), "AAPL", "90"),
        (today.plus_days(-40), "AAPL", "1"),
        (today.plus_days(-5), "AAPL", "105.5"),
    ];
    take(&world, &user, "?source=mine", &table(&rows)).await;
    assert_eq!(shown(3).await, is("105.5", "series", 2, false));
    assert_eq!(shown(40).await, is("100", "institution", 0, false));
    assert_eq!(shown(41).await, is("90", "series", 9, true));
    let told = user.get(&path(3)).await.json();
    assert_eq!((&told["series"], &told["account_id"]), (&json!("mine"), &json!(null)), "{told}");
    assert_eq!((&told["split_factor"], &told["adjusted_price"]), (&json!("1"), &json!("105.5")), "{told}");
    let stranger = world.user("eve@example.com").await;
    stranger.get(&path(3)).await.problem(404, "not-found");
    let odd = user.get(&format!("/api/v1/securities/{security}/price?date=today")).await;
    assert_eq!(odd.broken_rules(), ["date:day"]);
}

#[actix_web::test]
async fn a_trade_tells_a_price_where_no_institution_does() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let today = world.options().sources.clock.now().day();
    // Without its positions.
    let whole = statement(today);
    let (before, rest) = whole.split_once("<INVPOSLIST>").unwrap();
    let (_, behind) = rest.split_once("</INVPOSLIST>").unwrap();
    let import = world.send(user.upload("i.ofx", &format!("{before}{behind}"), "b")).await;
    assert_eq!(import.status, 201, "{}", import.text());
    let lot = user.get("/api/v1/portfolio/lots").await.json()["items"][0].clone();
    let (security, bought) = (lot["security_id"].as_str().unwrap(), lot["acquired"].as_str().unwrap());
    let told = user.get(&format!("/api/v1/securities/{security}/price?date={bought}")).await.json();
    assert_eq!((&told["source"], &told["price_date"]), (&json!("trade"), &json!(bought)), "{told}");
    assert_eq!(told["transaction_id"], lot["transaction_id"]);
    assert_eq!((&told["age_days"], &told["is_stale"]), (&json!(0), &json!(false)));
}

#[actix_web::test]
async fn of_thirty_that_bring_one_index_one_makes_it() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let today = world.options().sources.clock.now().day();
    let table = table(&[(today.plus_days(-2), "IDX", "1"), (today.plus_days(-1), "IDX", "2")]);
    let told = join_all((0..30).map(|_| take(&world, &user, "?add_securities=true", &table))).await;
    let reports: Vec<Value> = told.iter().map(Reply::json).collect();
    let made: u64 = reports.iter().map(|report| report["securities_added"].as_u64().unwrap()).sum();
    let fates: Vec<[u64; 5]> = reports.iter().map(counts).collect();
    assert_eq!(made, 1, "{fates:?}");
    assert_eq!(fates.iter().filter(|fates| **fates == [2, 2, 0, 0, 0]).count(), 1, "{fates:?}");
    assert_eq!(fates.iter().filter(|fates| **fates == [2, 0, 0, 2, 0]).count(), 29, "{fates:?}");
    assert_eq!(all(&user).await.len(), 2);
    assert_eq!(user.get("/api/v1/securities").await.json()["items"].as_array().unwrap().len(), 1);
}
