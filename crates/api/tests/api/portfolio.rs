//! Lots by the method of their account, why figures are not known, files of lots and gains, forecasts and periods.

use actix_web::test::TestRequest;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{Account, AccountSource},
    money::Decimal,
    time::Day,
};
use serde_json::{Value, json};

use crate::world::{User, World};

pub(crate) const APPLE: &str = "<SECID><UNIQUEID>037833100<UNIQUEIDTYPE>CUSIP</SECID>";
const OTHER: &str = "<SECID><UNIQUEID>594918104<UNIQUEIDTYPE>CUSIP</SECID>";

/// An investment statement until this day: two purchases, a dividend and a sale of one security, and a position in another one,
/// of which nobody tells what it cost, and whose name is a formula with markup in it.
pub(crate) fn statement(today: Day) -> String {
    let on = |days: i64| today.plus_days(-days).0.format("%Y%m%d").to_string();
    let trade = |id: &str, days: i64| format!("<INVTRAN><FITID>{id}<DTTRADE>{}</INVTRAN>{APPLE}", on(days));
    let bought = |id: &str, days: i64, rest: &str| {
        format!("<BUYSTOCK><INVBUY>{}{rest}</INVBUY><BUYTYPE>BUY</BUYSTOCK>", trade(id, days))
    };
    let rows = [
        bought("1", 400, "<UNITS>100<UNITPRICE>50<COMMISSION>1.00<TOTAL>-5001.00"),
        bought("2", 300, "<UNITS>50<UNITPRICE>60<TOTAL>-3000.00"),
        format!("<INCOME>{}<INCOMETYPE>DIV<TOTAL>12.59</INCOME>", trade("3", 40)),
        format!(
            "<SELLSTOCK><INVSELL>{}<UNITS>-120<UNITPRICE>70<FEES>2.00<TOTAL>8398.00</INVSELL>\
             <SELLTYPE>SELL</SELLSTOCK>",
            trade("4", 20)
        ),
    ]
    .concat();
    let told = on(1);
    let held = |of: &str, units: &str, value: &str| {
        format!(
            "<POSSTOCK><INVPOS>{of}<HELDINACCT>CASH<POSTYPE>LONG<UNITS>{units}<UNITPRICE>70<MKTVAL>{value}\
             <DTPRICEASOF>{told}</INVPOS></POSSTOCK>"
        )
    };
    let positions = [held(APPLE, "30", "2100.00"), held(OTHER, "4", "280.00")].concat();
    format!(
        "<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><DTASOF>{told}120000<CURDEF>USD\
         <INVACCTFROM><BROKERID>b.example<ACCTID>I1</INVACCTFROM><INVTRANLIST>{rows}</INVTRANLIST>\
         <INVPOSLIST>{positions}</INVPOSLIST>\
         <INVBAL><AVAILCASH>500.00<MARGINBALANCE>0<SHORTBALANCE>0</INVBAL>\
         </INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1><SECLISTMSGSRSV1><SECLIST>\
         <STOCKINFO><SECINFO>{APPLE}<SECNAME>Apple Inc<TICKER>AAPL</SECINFO></STOCKINFO>\
         <STOCKINFO><SECINFO>{OTHER}<SECNAME>=1+1 &lt;img src=x&gt;<TICKER>ODD</SECINFO></STOCKINFO>\
         </SECLIST></SECLISTMSGSRSV1></OFX>"
    )
}

/// Somebody with that statement, and the id of the account.
async fn invested(world: &World) -> (User<'_>, String) {
    let user = world.user("ada@example.com").await;
    let today = world.options().sources.clock.now().day();
    let import = world.send(user.upload("i.ofx", &statement(today), "b")).await;
    assert_eq!(import.status, 201, "{}", import.text());
    let account = user.get("/api/v1/accounts").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    (user, account)
}

async fn items(user: &User<'_>, path: &str) -> Vec<Value> {
    user.get(&format!("/api/v1/portfolio/{path}")).await.json()["items"].as_array().unwrap().clone()
}

fn number(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse::<Decimal>().unwrap().normalize()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// What all sales gained, and by which methods.
async fn gained(user: &User<'_>, query: &str) -> (Decimal, Vec<String>) {
    let mut methods: Vec<String> = Vec::new();
    let mut sum = Decimal::ZERO;
    for year in items(user, &format!("gains{query}")).await {
        sum += number(&year["total"]);
        methods.extend(year["methods"].as_array().unwrap().iter().map(|of| of.as_str().unwrap().to_owned()));
    }
    methods.dedup();
    (sum.normalize(), methods)
}

#[actix_web::test]
async fn lots_are_reckoned_by_the_method_of_their_account() {
    let world = World::new().await;
    let (user, account) = invested(&world).await;
    let path = format!("/api/v1/accounts/{account}");
    assert_eq!(gained(&user, "").await, (decimal("2197"), vec!["fifo".to_owned()]));
    assert_eq!(user.patch(&path, json!({"lot_method": "average"})).await.status, 200);
    // 8001 for 150 units, of which 120 went.
    assert_eq!(gained(&user, "").await, (decimal("1997.2"), vec!["average".to_owned()]));
    for (list, expected) in [("lots", 2), ("closings", 2), ("positions", 2)] {
        let found = items(&user, list).await;
        assert_eq!(found.len(), expected, "{list}: {found:?}");
        assert!(found.iter().all(|of| of["method"] == "average"), "{list}: {found:?}");
    }
    // What is asked for counts, and changes nothing.
    assert_eq!(gained(&user, "?method=lifo").await, (decimal("1897.3"), vec!["lifo".to_owned()]));
    assert_eq!(user.get(&path).await.json()["lot_method"], "average");
    assert_eq!(user.delete(&format!("{path}/corrections/lot_method")).await.status, 200);
    assert_eq!(gained(&user, "").await.1, ["fifo"]);
    let security = items(&user, "lots").await[0]["security_id"].as_str().unwrap().to_owned();
    let of_one = items(&user, &format!("lots?security_id={security}")).await;
    assert!(!of_one.is_empty() && of_one.iter().all(|lot| lot["security_id"] == *security), "{of_one:?}");
}

#[actix_web::test]
async fn a_gain_that_nobody_knows_says_why() {
    let world = World::new().await;
    let (user, _) = invested(&world).await;
    for list in ["lots", "positions"] {
        for of in items(&user, list).await {
            let why = &of["gain_unknown_because"];
            match of["symbol"].as_str().unwrap() {
                "ODD" => assert_eq!((&of["gain"], why), (&json!(null), &json!("opening_cost")), "{of}"),
                // 30 units at 60, worth 70 each.
                _ => assert_eq!((number(&of["gain"]), why), (decimal("300"), &json!(null)), "{of}"),
            }
        }
    }
    for closing in items(&user, "closings").await {
        assert!(closing["gain"].is_string() && closing["gain_unknown_because"].is_null(), "{closing}");
    }
}

#[actix_web::test]
async fn lots_and_gains_are_exported_as_tables() {
    let world = World::new().await;
    let (user, account) = invested(&world).await;
    let export = async |query: &str| user.get(&format!("/api/v1/exports?{query}")).await;
    let lots = export("kind=lots&format=csv").await;
    assert_eq!(lots.header("content-type"), Some("text/csv; charset=utf-8"));
    let lots = lots.text();
    assert_eq!(lots.lines().count(), 3, "{lots}");
    assert!(lots.starts_with("account_id,account_name,security_id,symbol,name,lot,"), "{lots}");
    // What a spreadsheet would take for a formula, and what is a number below zero or not known.
    assert!(
        lots.contains(",ODD,'=1+1 <img src=x>,") && lots.contains(",opening_cost,USD,true,,fifo"),
        "{lots}"
    );
    let closings = export("kind=closings&format=csv&method=average").await.text();
    assert_eq!(closings.lines().count(), 3, "{closings}");
    assert!(closings.lines().skip(1).all(|line| line.ends_with(",average")), "{closings}");
    let listed = items(&user, "closings").await;
    let rows: Vec<Value> = export("kind=closings&format=jsonl")
        .await
        .text()
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows, listed);
    let today = world.options().sources.clock.now().day();
    let before = today.plus_days(-21);
    assert_eq!(export(&format!("kind=closings&format=csv&to={before}")).await.text().lines().count(), 1);
    assert_eq!(export(&format!("kind=lots&format=csv&account_id={account}")).await.text().lines().count(), 3);
    for (query, broken) in [
        ("format=csv&method=fifo", "method:unsuitable"),
        ("kind=lots&format=csv&from=2026-01-01", "from:unsuitable"),
        ("kind=closings&format=csv&text=abc", "text:unsuitable"),
        ("kind=closings&format=csv&from=2026-02-01&to=2026-01-01", "from:out_of_range"),
        ("kind=lots&format=ofx", "format:unsuitable"),
        ("kind=lots&format=csv&method=best", "method:unknown"),
    ] {
        assert_eq!(export(query).await.broken_rules(), [broken], "{query}");
    }
    let stranger = world.user("eve@example.com").await;
    let asked = format!("/api/v1/exports?kind=lots&format=csv&account_id={account}");
    stranger.get(&asked).await.problem(404, "not-found");
    let own = stranger.get("/api/v1/exports?kind=lots&format=csv").await.text();
    assert_eq!(own.lines().count(), 1, "nothing of hers");
}

/// Lots have the id of the account as which theirs counts: a connection that tells of a linked one has them all the same.
#[actix_web::test]
async fn lots_of_a_linked_account_are_exported_with_its_connection() {
    let world = World::new().await;
    let (user, primary) = invested(&world).await;
    let connection = user.provider("Broker").await["id"].as_str().unwrap().to_owned();
    let me = user.get("/api/v1/auth/me").await.json();
    let owner = UserId(me["id"].as_str().unwrap().parse().unwrap());
    let mut unit = world.storage.store.begin().await.unwrap();
    let own = unit.accounts().find(owner, primary.parse().unwrap()).await.unwrap().unwrap();
    let linked = Account {
        id: AccountId(world.options().sources.ids.next()),
        source: AccountSource::Connection(connection.parse().unwrap()),
        external_id: "of a connection".to_owned(),
        ..own
    };
    unit.accounts().upsert(&linked).await.unwrap();
    unit.commit().await.unwrap();
    let export = async |kind: &str| {
        let query = format!("kind={kind}&format=csv&provider_id={connection}");
        user.get(&format!("/api/v1/exports?{query}")).await.text().lines().count()
    };
    assert_eq!((export("lots").await, export("closings").await), (1, 1), "nothing is linked yet");
    let path = format!("/api/v1/accounts/{}", linked.id);
    assert_eq!(user.patch(&path, json!({"same_account_as": primary})).await.status, 200);
    assert_eq!((export("lots").await, export("closings").await), (3, 3));
}

#[actix_web::test]
async fn what_came_is_told_ahead_and_as_a_yield() {
    let world = World::new().await;
    let (user, account) = invested(&world).await;
    let forecast = user.get("/api/v1/portfolio/forecast").await.json();
    let came = world.options().sources.clock.now().day().plus_days(-40);
    let month = came.plus_months(12).first_of_month().to_string();
    let ahead = json!([{"month": month, "currency": "USD", "income": "12.59", "payments": 1}]);
    assert_eq!(forecast["months"], ahead);
    let yields = forecast["positions"].as_array().unwrap();
    assert_eq!(yields.len(), 1, "{forecast}");
    // Of 1800, and of 2100.
    let told = [&yields[0]["yield_on_cost"], &yields[0]["yield_on_value"]].map(number);
    assert_eq!(told, [decimal("0.006994444444"), decimal("0.005995238095")]);
    // What a position brought and its yields say what it cost and is worth, which is another scope's.
    for (scopes, shown) in [(vec!["transactions:read"], 0), (vec!["transactions:read", "holdings:read"], 1)] {
        let body = json!({"name": format!("sees {shown}"), "scopes": scopes});
        let key = user.post("/api/v1/auth/api-keys", body).await.json()["key"].as_str().unwrap().to_owned();
        let request = TestRequest::get().uri("/api/v1/portfolio/forecast");
        let told = world.send(request.insert_header(("authorization", format!("Bearer {key}")))).await.json();
        assert_eq!((told["positions"].as_array().unwrap().len(), &told["months"]), (shown, &ahead));
    }
    let of_one = user.get(&format!("/api/v1/portfolio/forecast?account_id={account}")).await.json();
    assert_eq!(of_one, forecast);
    let stranger = world.user("eve@example.com").await;
    stranger.get(&format!("/api/v1/portfolio/forecast?account_id={account}")).await.problem(404, "not-found");
    assert_eq!(stranger.get("/api/v1/portfolio/forecast").await.json()["months"], json!([]));
}

#[actix_web::test]
async fn a_period_takes_the_place_of_its_first_day() {
    let world = World::new().await;
    let (user, _) = invested(&world).await;
    let asked = async |query: &str| user.get(&format!("/api/v1/portfolio/performance?{query}")).await;
    for period in ["mtd", "1m", "qtd", "3m", "6m", "ytd", "1y", "3y", "5y", "all"] {
        let reply = asked(&format!("period={period}")).await;
        assert_eq!(reply.status, 200, "{period}: {}", reply.text());
        // One day with a value is no return.
        assert_eq!(reply.json()["time_weighted"]["unavailable_because"], "no_values", "{period}");
    }
    assert_eq!(asked("period=decade").await.broken_rules(), ["period:unknown"]);
    assert_eq!(asked("period=1y&from=2026-01-01").await.broken_rules(), ["period:unsuitable"]);
}
