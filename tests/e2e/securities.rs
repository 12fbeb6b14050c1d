//! Securities of an institution and of a second connection to it: one each, and each user's own.

use std::collections::BTreeSet;

use dashtam_tests::{Engine, User, api::send};
use serde_json::Value;

use crate::engines::{on_both_engines, shared};

on_both_engines!(
    each_security_is_one_whoever_tells_of_it,
    an_investment_statement_is_imported_and_taken_back
);

fn ids(rows: &[Value], member: &str) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row[member].as_str().map(str::to_owned)).collect()
}

async fn each_security_is_one_whoever_tells_of_it(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let bank = user.link("alice").await;
    user.sync_well(&bank).await;
    let securities = user.api.all("/api/v1/securities").await;
    assert!(!securities.is_empty());
    assert!(securities.iter().all(|security| security["isin"].is_string() && security["symbol"].is_string()));
    let known = ids(&securities, "id");
    let holdings = user.api.all("/api/v1/holdings").await;
    assert!(!holdings.is_empty() && holdings.iter().all(|holding| holding["security_id"].is_string()));
    assert!(ids(&holdings, "security_id").is_subset(&known));
    let transactions = user.api.all("/api/v1/transactions").await;
    let trades: Vec<Value> = transactions.into_iter().filter(|row| row["symbol"].is_string()).collect();
    assert!(!trades.is_empty() && trades.iter().all(|row| row["security_id"].is_string()));
    assert!(ids(&trades, "security_id").is_subset(&known));

    // The legs say the same, and the security has the symbol.
    let trade = &trades[0];
    let whole =
        user.api.get(&format!("/api/v1/transactions/{}", trade["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(whole["legs"][0]["security_id"], trade["security_id"]);
    let path = format!("/api/v1/securities/{}", trade["security_id"].as_str().unwrap());
    let security = user.api.get(&path).await.expect(200);
    assert_eq!(security["symbol"], trade["symbol"]);

    // What was held is kept for the day.
    let account = holdings[0]["account_id"].as_str().unwrap();
    let of_account = user.api.all(&format!("/api/v1/accounts/{account}/holdings")).await;
    let told = user.api.get(&format!("/api/v1/accounts/{account}/holdings/as-of")).await.expect(200);
    let shown = |rows: &[Value]| -> Vec<(String, String, String)> {
        let text = |row: &Value, member: &str| row[member].as_str().unwrap_or_default().to_owned();
        let one = |row: &Value| (text(row, "security_id"), text(row, "quantity"), text(row, "market_value"));
        rows.iter().map(one).collect()
    };
    assert_eq!(shown(told["items"].as_array().unwrap()), shown(&of_account));
    assert!(told["market_value"].is_string() && told["told_for"].is_string(), "{told}");
    let days = user.api.all(&format!("/api/v1/accounts/{account}/holdings/history")).await;
    assert_eq!(shown(&days), shown(&of_account));
    assert!(days.iter().all(|row| row["date"] == told["told_for"]));
    let before = format!("/api/v1/accounts/{account}/holdings/as-of?day=2001-01-01");
    assert!(user.api.get(&before).await.expect(200)["told_for"].is_null());

    // What the account is worth is its cash, which the bank tells as its balance, and what it holds.
    let money = |text: &Value| dashtam_tests::figures::figure(text).unwrap();
    let shown = user.api.get(&format!("/api/v1/accounts/{account}")).await.expect(200);
    assert_eq!(shown["cash_balance"], shown["balance"]);
    let history = user.api.get(&format!("/api/v1/accounts/{account}/balances")).await.expect(200);
    let today = history["items"].as_array().unwrap().last().unwrap();
    assert_eq!(money(&today["balance"]), money(&shown["balance"]) + money(&told["market_value"]), "{today}");

    // The same once more adds none, and by a second connection none that is known already; nobody else sees any.
    user.sync_well(&bank).await;
    assert_eq!(ids(&user.api.all("/api/v1/securities").await, "id"), known);
    let second = user.link("dana").await;
    user.sync_well(&second).await;
    let all = user.api.all("/api/v1/securities").await;
    assert_eq!(ids(&all, "isin").len(), all.len(), "each number is of one security");
    assert!(ids(&all, "id").is_superset(&known));
    let stranger = User::new(&server).await;
    assert!(stranger.api.all("/api/v1/securities").await.is_empty());
    stranger.api.get(&path).await.refused(404, "not-found");
}

/// A statement of a broker: a purchase with a fee, a dividend, a position, and cash; for this day, with so many units held.
fn statement(day: &str, units: &str, value: &str) -> Vec<u8> {
    let tran = |id: &str| format!("<INVTRAN><FITID>{id}<DTTRADE>20260803</INVTRAN>");
    let apple = "<SECID><UNIQUEID>037833100<UNIQUEIDTYPE>CUSIP</SECID>";
    format!(
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>\
         <FI><ORG>Broker<FID>9</FI></SONRS></SIGNONMSGSRSV1><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><DTASOF>{day}\
         <CURDEF>USD<INVACCTFROM><BROKERID>b.example<ACCTID>12345678</INVACCTFROM><INVTRANLIST>\
         <BUYSTOCK><INVBUY>{}{apple}<UNITS>2<UNITPRICE>100<COMMISSION>1.00<TOTAL>-201.00</INVBUY></BUYSTOCK>\
         <INCOME>{}{apple}<INCOMETYPE>DIV<TOTAL>3.50</INCOME></INVTRANLIST>\
         <INVPOSLIST><POSSTOCK><INVPOS>{apple}<POSTYPE>LONG<UNITS>{units}<UNITPRICE>110<MKTVAL>{value}</INVPOS></POSSTOCK>\
         </INVPOSLIST><INVBAL><AVAILCASH>50.00<MARGINBALANCE>0<SHORTBALANCE>0</INVBAL></INVSTMTRS></INVSTMTTRNRS>\
         </INVSTMTMSGSRSV1><SECLISTMSGSRSV1><SECLIST><STOCKINFO><SECINFO>{apple}<SECNAME>Apple Inc<TICKER>AAPL</SECINFO>\
         </STOCKINFO></SECLIST></SECLISTMSGSRSV1></OFX>",
        tran("t-1"),
        tran("t-2"),
    )
    .into_bytes()
}

async fn an_investment_statement_is_imported_and_taken_back(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let first = user.api.upload("a.ofx", &statement("20260805", "2", "220.00")).await.expect(201);
    assert_eq!((&first["rows"]["taken"], &first["rows"]["refused"]), (&2.into(), &0.into()), "{first}");
    let second = user.api.upload("b.ofx", &statement("20260905", "3", "330.00")).await.expect(201);
    assert_eq!(second["rows"]["known"], 2, "{second}");

    let account = user.api.all("/api/v1/accounts").await.remove(0);
    assert_eq!((&account["account_type"], &account["balance"]), (&"brokerage".into(), &"380.00".into()));
    assert_eq!(account["cash_balance"], "50.00");
    let id = account["id"].as_str().unwrap();
    let holdings = format!("/api/v1/accounts/{id}/holdings");
    let held = user.api.all(&holdings).await;
    assert_eq!((&held[0]["quantity"], &held[0]["symbol"]), (&"3".into(), &"AAPL".into()));
    let security = user.api.all("/api/v1/securities").await.remove(0);
    assert_eq!((&security["cusip"], &security["id"]), (&"037833100".into(), &held[0]["security_id"]));
    let rows = user.api.all("/api/v1/transactions").await;
    let buy = rows.iter().find(|row| row["transaction_type"] == "trade").unwrap();
    assert_eq!((&buy["amount"], &buy["quantity"]), (&"-201.00".into(), &"2".into()));
    assert!(rows.iter().all(|row| row["security_id"] == security["id"]));
    let as_of = async |day: &str| {
        let told = user.api.get(&format!("{holdings}/as-of?day={day}")).await.expect(200);
        told["items"][0]["quantity"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!((as_of("2026-08-04").await, as_of("2026-08-20").await), (String::new(), "2".to_owned()));

    // Without the second file it is as the first one left it; without both there is nothing.
    for (import, units) in [(&second, "2"), (&first, "")] {
        let path = format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
        send(user.api.request("DELETE", &path)).await.expect(200);
        if !units.is_empty() {
            assert_eq!(user.api.all(&holdings).await[0]["quantity"], units);
            let days = user.api.all(&format!("{holdings}/history")).await;
            assert_eq!((days.len(), &days[0]["date"]), (1, &"2026-08-05".into()));
        }
    }
    assert!(user.api.all("/api/v1/accounts").await.is_empty());
    assert!(user.api.all("/api/v1/transactions").await.is_empty());
}
