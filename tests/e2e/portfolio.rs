//! What the trades of an investment statement come to: lots, gains, income, allocation and returns.

use dashtam_tests::{Engine, User};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, shared};

on_both_engines!(trades_come_to_lots_gains_and_returns);

const APPLE: &str = "<SECID><UNIQUEID>037833100<UNIQUEIDTYPE>CUSIP</SECID>";
const OTHER: &str = "<SECID><UNIQUEID>594918104<UNIQUEIDTYPE>CUSIP</SECID>";

pub(crate) fn statement() -> String {
    let trade = |id: &str, day: &str| format!("<INVTRAN><FITID>{id}<DTTRADE>{day}</INVTRAN>{APPLE}");
    let bought = |id: &str, day: &str, rest: &str| {
        format!("<BUYSTOCK><INVBUY>{}{rest}</INVBUY><BUYTYPE>BUY</BUYSTOCK>", trade(id, day))
    };
    let rows = [
        bought("1", "20240105", "<UNITS>100<UNITPRICE>50<COMMISSION>1.00<TOTAL>-5001.00"),
        bought("2", "20240301", "<UNITS>50<UNITPRICE>60<TOTAL>-3000.00"),
        format!(
            "<REINVEST>{}<INCOMETYPE>DIV<TOTAL>-30.00<UNITS>0.5<UNITPRICE>60</REINVEST>",
            trade("3", "20240401")
        ),
        format!("<INCOME>{}<INCOMETYPE>DIV<TOTAL>12.59</INCOME>", trade("4", "20240501")),
        format!(
            "<SELLSTOCK><INVSELL>{}<UNITS>-120<UNITPRICE>70<FEES>2.00<TOTAL>8398.00</INVSELL>\
             <SELLTYPE>SELL</SELLSTOCK>",
            trade("5", "20250110")
        ),
    ]
    .concat();
    let held = |of: &str, units: &str, value: &str| {
        format!(
            "<POSSTOCK><INVPOS>{of}<HELDINACCT>CASH<POSTYPE>LONG<UNITS>{units}<UNITPRICE>70<MKTVAL>{value}\
             <DTPRICEASOF>20250201</INVPOS></POSSTOCK>"
        )
    };
    let positions = [held(APPLE, "30.5", "2135.00"), held(OTHER, "4", "280.00")].concat();
    format!(
        "<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><DTASOF>20250201120000<CURDEF>USD\
         <INVACCTFROM><BROKERID>b.example<ACCTID>I1</INVACCTFROM><INVTRANLIST>{rows}</INVTRANLIST>\
         <INVPOSLIST>{positions}</INVPOSLIST>\
         <INVBAL><AVAILCASH>500.00<MARGINBALANCE>0<SHORTBALANCE>0</INVBAL>\
         </INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1><SECLISTMSGSRSV1><SECLIST>\
         <STOCKINFO><SECINFO>{APPLE}<SECNAME>Apple Inc<TICKER>AAPL</SECINFO></STOCKINFO>\
         <STOCKINFO><SECINFO>{OTHER}<SECNAME>Other Inc<TICKER>MSFT</SECINFO></STOCKINFO>\
         </SECLIST></SECLISTMSGSRSV1></OFX>"
    )
}

fn texts(row: &Value, members: &[&str]) -> Vec<String> {
    let text = |member: &&str| match &row[*member] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    members.iter().map(text).collect()
}

async fn trades_come_to_lots_gains_and_returns(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    user.api.upload("a.ofx", statement().as_bytes()).await.expect(201);

    let lots = user.api.all("/api/v1/portfolio/lots").await;
    let told: Vec<_> =
        lots.iter().map(|lot| texts(lot, &["symbol", "units", "basis", "acquired", "is_opening"])).collect();
    // Nobody told what the second security cost, and no transaction is of it.
    let mut expected = vec![
        vec!["AAPL", "30", "1800.0000000000", "2024-03-01", "false"],
        vec!["AAPL", "0.5", "30.00", "2024-04-01", "false"],
        vec!["MSFT", "4", "null", "null", "true"],
    ];
    expected.sort_unstable();
    let mut found: Vec<Vec<&str>> = told.iter().map(|lot| lot.iter().map(String::as_str).collect()).collect();
    for lot in &mut found {
        if lot[2].starts_with("1800") {
            lot[2] = "1800.0000000000";
        }
    }
    found.sort_unstable();
    assert_eq!(found, expected, "{lots:?}");
    let first = user.api.get("/api/v1/portfolio/lots?limit=1").await.expect(200);
    let next = format!("/api/v1/portfolio/lots?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(user.api.get(&next).await.expect(200)["items"].as_array().unwrap().as_slice(), &lots[1..]);

    let positions = user.api.all("/api/v1/portfolio/positions").await;
    let agree: Vec<_> = positions.iter().map(|of| texts(of, &["symbol", "agreement"]).join(" ")).collect();
    assert!(
        agree.contains(&"AAPL complete".to_owned()) && agree.contains(&"MSFT opened".to_owned()),
        "{agree:?}"
    );

    let years = user.api.get("/api/v1/portfolio/gains").await.expect(200);
    let year = &years["items"][0];
    assert_eq!(
        texts(year, &["year", "long_term", "short_term", "closings", "unknown"]),
        ["2025", "1997.3333333333", "199.6666666667", "2", "0"],
        "{years}"
    );
    let average = user.api.get("/api/v1/portfolio/gains?method=average").await.expect(200);
    // 8031 for 150.5 units, of which 120 went.
    assert_eq!(average["items"][0]["total"], "1994.5448504983");
    let closings = user.api.all("/api/v1/portfolio/closings?from=2025-01-01&to=2025-12-31").await;
    assert_eq!(closings.len(), 2);
    assert_eq!((&closings[0]["term"], &closings[0]["days"]), (&json!("long"), &json!(371)));
    assert!(user.api.all("/api/v1/portfolio/closings?to=2024-12-31").await.is_empty());

    let income = user.api.all("/api/v1/portfolio/income?from=2024-01-01&to=2024-12-31").await;
    let told: Vec<_> = income.iter().map(|of| texts(of, &["month", "dividends", "interest"])).collect();
    assert_eq!(told, [["2024-04-01", "30.00", "0"], ["2024-05-01", "12.59", "0"]]);

    let parts = user.api.get("/api/v1/portfolio/allocation?by=security").await.expect(200);
    let told: Vec<_> =
        parts["items"].as_array().unwrap().iter().map(|of| texts(of, &["name", "percent"])).collect();
    assert_eq!(told, [["AAPL", "88.4058"], ["MSFT", "11.5942"]]);

    // One day with a value is no return, and says so.
    let account = lots[0]["account_id"].as_str().unwrap();
    let path = format!("/api/v1/portfolio/performance?account_id={account}&from=2024-01-01&to=2025-12-31");
    let returned = user.api.get(&path).await.expect(200);
    assert_eq!(returned["time_weighted"]["unavailable_because"], "no_values");

    let stranger = User::new(&server).await;
    assert!(stranger.api.all("/api/v1/portfolio/lots").await.is_empty());
    assert_eq!(stranger.api.get(&path).await.status, 404);
    for wrong in ["gains?method=dearest", "gains?from=2025-02-01&to=2025-01-01", "allocation?by=sector"] {
        assert_eq!(user.api.get(&format!("/api/v1/portfolio/{wrong}")).await.status, 422, "{wrong}");
    }
}
