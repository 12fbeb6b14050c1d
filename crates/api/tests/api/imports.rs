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
    let csv = formats.as_array().unwrap().iter().find(|format| format["key"] == "csv").unwrap();
    assert!(csv["layouts"].as_array().unwrap().iter().any(|layout| layout["key"] == "chase-card"), "{csv}");

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
    assert_eq!(newest.as_object().unwrap().len(), 36);
    let one = user.get(&format!("/api/v1/transactions/{}", newest["id"].as_str().unwrap())).await.json();
    let (one, newest) = (one.as_object().unwrap(), newest.as_object().unwrap());
    assert!(newest.iter().all(|(field, value)| one.get(field) == Some(value)));
    let more: Vec<_> = one.keys().filter(|field| !newest.contains_key(*field)).collect();
    let parts = [
        "payee",
        "institution_category",
        "fee",
        "legs",
        "exchange",
        "flags",
        "order_id",
        "position_id",
        "sub_account",
    ];
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
    world.change().docs = false;
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

#[actix_web::test]
async fn a_file_of_very_many_rows_has_no_preview() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let of = |rows: usize| {
        let row = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260115<TRNAMT>many</STMTTRN>";
        STATEMENT.replace("<BANKTRANLIST>", &format!("<BANKTRANLIST>{}", row.repeat(rows)))
    };
    let preview = async |file: &str| {
        world.send(user.upload_to("/api/v1/imports?dry_run=true", "a.ofx", file, "b")).await
    };
    // Two rows are there already; those that cannot be used count.
    let most = preview(&of(9_998)).await;
    assert_eq!((most.status, &most.json()["rows"]["refused"]), (200.try_into().unwrap(), &9_998.into()));
    let refused = preview(&of(9_999)).await;
    let problem = refused.problem(422, "too-many-rows");
    assert_eq!(problem["errors"][0]["field"], "file");
    assert_eq!(problem["errors"][0]["code"], "too_many_rows");
}

#[actix_web::test]
async fn a_preview_tells_the_fate_of_each_row_and_stores_nothing() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let preview = async |query: &str, file: &str| {
        let request =
            user.upload_to(&format!("/api/v1/imports?dry_run=true{query}"), "january.ofx", file, "b");
        let reply = world.send(request.insert_header(("idempotency-key", "key-1"))).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let request = user.upload_to("/api/v1/imports?dry_run=true", "january.ofx", STATEMENT, "b");
    let reply = world.send(request.insert_header(("idempotency-key", "key 1"))).await;
    assert_eq!(reply.broken_rules(), ["Idempotency-Key:invalid"]);
    let fates = |shown: &Value| -> Vec<String> {
        let fate = |row: &Value| {
            format!("{} {} {}", row["number"], row["fate"].as_str().unwrap(), row["transaction_id"].is_null())
        };
        shown["items"].as_array().unwrap().iter().map(fate).collect()
    };
    let broken = STATEMENT.replace("<TRNAMT>-12.30", "<TRNAMT>many");
    let shown = preview("", &broken).await;
    assert_eq!(fates(&shown), ["1 refused true", "2 new true"]);
    assert_eq!(shown["rows"], serde_json::json!({"taken": 1, "changed": 0, "known": 0, "refused": 1}));
    let refused = &shown["items"][0];
    assert_eq!((&refused["field"], &refused["amount"]), (&"TRNAMT".into(), &Value::Null));
    assert!(refused["reason"].as_str().unwrap().contains("TRNAMT"), "{refused}");
    let new = &shown["items"][1];
    assert_eq!(
        (&new["amount"], &new["currency"], &new["account"]),
        (&"100.00".into(), &"USD".into(), &0.into())
    );
    assert_eq!(shown["problems"].as_array().unwrap().len(), 1);
    let account = &shown["accounts"][0];
    assert_eq!((&account["account_id"], &account["balance"]), (&Value::Null, &"87.70".into()));
    assert_eq!(account["mask"], "****6789");
    for list in ["accounts", "transactions", "imports", "balances", "sync"] {
        assert_eq!(items(&user, &format!("/api/v1/{list}")).await, 0, "{list}");
    }

    // The key is as good as new, and what was stored is known.
    let import = user.upload("january.ofx", STATEMENT, "b").insert_header(("idempotency-key", "key-1"));
    assert_eq!(world.send(import).await.status, 201);
    let shown = preview("&limit=1", STATEMENT).await;
    assert_eq!(fates(&shown), ["1 known false"]);
    assert_eq!(shown["items"][0]["reason"], "A row with the same id and amount is stored.");
    let next = shown["next_cursor"].as_str().unwrap().to_owned();
    let shown = preview(&format!("&limit=1&cursor={next}"), STATEMENT).await;
    assert_eq!((fates(&shown), &shown["next_cursor"]), (vec!["2 known false".to_owned()], &Value::Null));
    assert!(shown["accounts"][0]["account_id"].is_string());

    for (query, rule) in [
        ("dry_run=perhaps", "dry_run:boolean"),
        ("dry_run=true&limit=0", "limit:out_of_range"),
        ("dry_run=true&cursor=x", "cursor:invalid"),
        ("limit=5", "limit:not_needed"),
        ("dryrun=true", "dryrun:unknown"),
    ] {
        let refused = user.upload_to(&format!("/api/v1/imports?{query}"), "a.ofx", STATEMENT, "b");
        assert_eq!(world.send(refused).await.broken_rules(), [rule]);
    }
    assert_eq!(items(&user, "/api/v1/imports").await, 1);
}

#[actix_web::test]
async fn imports_are_listed_and_undone() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let stranger = world.user("eve@example.com").await;
    let send = async |file: &str| world.send(user.upload("january.ofx", file, "b")).await.json();
    let first = send(STATEMENT).await;
    let more = STATEMENT.replace("FITID>A2", "FITID>A3");
    let second = send(&more).await;
    let path = |import: &Value| format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
    let list = user.get("/api/v1/imports").await.json();
    let shown: Vec<_> = list["items"].as_array().unwrap().iter().map(|import| import["id"].clone()).collect();
    assert_eq!(shown, [second["id"].clone(), first["id"].clone()]);
    assert_eq!(list["items"][0].get("problems"), None);
    assert_eq!(list["items"][0]["undone"], Value::Null);
    let account = user.get("/api/v1/accounts").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(items(&user, &format!("/api/v1/imports?account_id={account}&limit=1")).await, 1);
    assert_eq!(items(&user, "/api/v1/imports?status=undone").await, 0);
    assert_eq!(user.get("/api/v1/imports?status=gone").await.broken_rules(), ["status:unknown"]);
    assert_eq!(items(&stranger, "/api/v1/imports").await, 0);

    let undo =
        async |user: &User<'_>, import: &Value| world.send(user.request(Method::DELETE, &path(import))).await;
    undo(&stranger, &first).await.problem(404, "not-found");
    let undone = undo(&user, &first).await;
    assert_eq!(undone.status, 200, "{}", undone.text());
    let undone = undone.json();
    assert_eq!((&undone["status"], &undone["undone"]["rows_removed"]), (&"undone".into(), &1.into()));
    assert_eq!(
        (&undone["undone"]["rows_kept"], &undone["undone"]["accounts_removed"]),
        (&1.into(), &0.into())
    );
    assert_eq!(user.get(&path(&first)).await.json(), undone);
    undo(&user, &first).await.problem(409, "import-undone");
    assert_eq!(items(&user, "/api/v1/transactions").await, 2);
    assert_eq!(items(&user, "/api/v1/imports?status=undone").await, 1);
    assert_eq!(items(&user, &format!("/api/v1/imports?account_id={account}")).await, 1);

    let last = undo(&user, &second).await.json();
    assert_eq!(
        (&last["undone"]["rows_removed"], &last["undone"]["accounts_removed"]),
        (&2.into(), &1.into())
    );
    for list in ["accounts", "transactions", "balances"] {
        assert_eq!(items(&user, &format!("/api/v1/{list}")).await, 0, "{list}");
    }
    assert_eq!(send(STATEMENT).await["rows"]["taken"], 2);
}
