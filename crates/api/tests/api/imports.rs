//! Statement files.

use std::time::{Duration, Instant};

use actix_web::http::Method;
use serde_json::Value;

use crate::world::{User, World};

/// A small statement with two transactions.
pub(crate) const STATEMENT: &str = "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\n\
ENCODING:USASCII\r\nCHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n\
<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260201120000<LANGUAGE>ENG\
<FI><ORG>Example Bank<FID>1001</FI></SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS>\
<CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>123456789<ACCTID>000123456789\
<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><DTSTART>20260101<DTEND>20260131\r\n\
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260115120000<TRNAMT>-12.30<FITID>A1<NAME>Coffee \"A\"</STMTTRN>\r\n\
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260116120000<TRNAMT>100.00<FITID>A2<NAME>Pay</STMTTRN>\r\n\
</BANKTRANLIST><LEDGERBAL><BALAMT>87.70<DTASOF>20260131</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1>\
</OFX>\r\n";

#[actix_web::test]
async fn a_file_is_imported_and_read_back() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let formats = world.get("/api/v1/imports/formats").await.json();
    assert!(formats.as_array().unwrap().iter().any(|format| format["key"] == "ofx"));

    let created = world.send(user.upload("january.ofx", STATEMENT, "xyz")).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let import = created.json();
    let place = format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
    assert_eq!(created.header("location"), Some(&*place));
    assert_eq!(import["status"], "completed");
    assert_eq!(import["file_name"], "january.ofx");
    assert_eq!(import["rows"]["taken"], 2);
    assert_eq!(user.get(&place).await.json(), import);

    let account = &user.get("/api/v1/accounts").await.json()["items"][0];
    assert_eq!(account["provider_id"], Value::Null);
    assert_eq!(account["provider_account_id"], Value::Null);
    assert_eq!(account["account_number_masked"], "****6789");
    assert_eq!(account["balance"], "87.70");
    assert!(!account.to_string().contains("000123456789"));
    let id = account["id"].as_str().unwrap();
    assert_eq!(&user.get(&format!("/api/v1/accounts/{id}")).await.json(), account);
    let balance = &user.get("/api/v1/balances").await.json()["items"][0];
    assert_eq!((&balance["account_id"], &balance["balance"]), (&account["id"], &account["balance"]));
    let holdings = user.get(&format!("/api/v1/accounts/{id}/holdings")).await.text();
    assert_eq!(holdings, "{\"items\":[],\"next_cursor\":null}");

    let list = user.get(&format!("/api/v1/accounts/{id}/transactions")).await.json();
    assert_eq!(list, user.get(&format!("/api/v1/transactions?account_id={id}")).await.json());
    let newest = &list["items"][0];
    assert_eq!((&newest["amount"], &newest["date"]), (&"100.00".into(), &"2026-01-16".into()));
    assert_eq!(list["items"][1]["description"], "Coffee \"A\"");
    assert_eq!(list["items"][1]["amount"], "-12.30");
    assert_eq!(newest["import_id"], import["id"]);
    assert_eq!(newest["pending"], false);
    assert_eq!(newest.as_object().unwrap().len(), 22);
    let one = user.get(&format!("/api/v1/transactions/{}", newest["id"].as_str().unwrap())).await.json();
    let (one, newest) = (one.as_object().unwrap(), newest.as_object().unwrap());
    assert!(newest.iter().all(|(field, value)| one.get(field) == Some(value)));
    let more: Vec<_> = one.keys().filter(|field| !newest.contains_key(*field)).collect();
    let parts = ["payee", "fee", "legs", "exchange", "flags", "order_id", "position_id", "sub_account"];
    assert_eq!(more, parts);
}

#[actix_web::test]
async fn files_that_are_refused() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", "nonsense s3cret", "b")).await.problem(415, "unsupported-format");
    let empty = world.send(user.upload("a.ofx", " ", "b")).await;
    empty.problem(422, "empty-file");
    assert_eq!(empty.json()["errors"][0]["field"], "file");

    let post = || user.request(Method::POST, "/api/v1/imports");
    world.send(post().set_json("x")).await.problem(415, "unsupported-media-type");
    world.send(post()).await.problem(415, "unsupported-media-type");
    let form = ("content-type", "multipart/form-data; boundary=b");
    let cut =
        post().insert_header(form).set_payload("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n");
    world.send(cut).await.problem(400, "malformed");
    let other = "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n";
    let other = world.send(post().insert_header(form).set_payload(other)).await;
    assert_eq!(other.broken_rules(), ["other:unknown"]);
    let large = "x".repeat((32 << 20) + 1);
    world.send(user.upload("a.ofx", &large, "b")).await.problem(413, "too-large");
    let anonymous = actix_web::test::TestRequest::post().uri("/api/v1/imports").insert_header(form);
    world.send(anonymous).await.problem(401, "unauthenticated");
}

async fn items(user: &User<'_>, path: &str) -> usize {
    user.get(path).await.json()["items"].as_array().unwrap().len()
}

#[actix_web::test]
async fn an_import_is_completed_although_the_client_goes_away() {
    let mut world = World::new().await;
    world.options.docs = false;
    let user = world.user("ada@example.com").await;
    let mut request = Box::pin(world.send(user.upload("a.ofx", STATEMENT, "b")));
    // Until the account is there the client waits; its transactions are stored after that.
    while futures_util::poll!(&mut request).is_pending() && items(&user, "/api/v1/accounts").await == 0 {}
    drop(request);
    let started = Instant::now();
    while items(&user, "/api/v1/transactions").await < 2 {
        assert!(started.elapsed() < Duration::from_secs(60), "the import was given up");
    }
}
