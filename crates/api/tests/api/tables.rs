//! Tables as statement files.

use actix_web::http::Method;
use serde_json::Value;

use crate::world::{User, World};

const CARD: &str = "Transaction Date,Post Date,Description,Category,Type,Amount,Memo\r\n\
03/04/2026,03/05/2026,\"SHOP, ONE\",Food,Sale,-12.34,\r\n03/01/2026,03/01/2026,=1+1,,Payment,50.00,\r\n";

/// A form with these parts before the file.
pub(crate) fn form(
    user: &User,
    query: &str,
    parts: &[(&str, &str)],
    file: &str,
) -> actix_web::test::TestRequest {
    let part = |(name, value): &(&str, &str)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parts: String = parts.iter().map(part).collect();
    let body = format!(
        "{parts}--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\n{file}\r\n--b--\r\n"
    );
    user.request(Method::POST, &format!("/api/v1/imports{query}"))
        .insert_header(("content-type", "multipart/form-data; boundary=b"))
        .set_payload(body)
}

#[actix_web::test]
async fn a_preview_names_the_layout_of_a_table() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let shown = world.send(form(&user, "?dry_run=true", &[("account_id", "new")], CARD)).await.json();
    let profile = &shown["profile"];
    assert_eq!((&profile["key"], &profile["origin"]), (&"chase-card".into(), &"built_in".into()), "{shown}");
    assert!(profile["confidence"].as_u64().unwrap() > 80, "{profile}");
    assert_eq!(profile["balance_check"], Value::Null);
    assert_eq!(shown["items"][0]["description"], "=1+1");
    assert_eq!(
        (&shown["items"][1]["date"], &shown["items"][1]["amount"]),
        (&"2026-03-05".into(), &"-12.34".into())
    );
    assert_eq!(shown["accounts"][0]["account_type"], "credit_card");
    // What is shown may be sent back.
    let layout = profile["layout"].to_string();
    let again = world
        .send(form(&user, "?dry_run=true", &[("account_id", "new"), ("profile", &layout)], CARD))
        .await
        .json();
    assert_eq!((&again["profile"]["origin"], &again["items"]), (&"given".into(), &shown["items"]), "{again}");
    let by_key = [("account_id", "new"), ("profile_id", "chase-card")];
    let by_key = world.send(form(&user, "?dry_run=true", &by_key, CARD)).await.json();
    assert_eq!(by_key["profile"]["origin"], "given");
}

#[actix_web::test]
async fn a_table_in_doubt_is_asked_about() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let file = "Date,Text,Amount,Balance\n01/02/2026,A,1.00,1.00\n03/04/2026,B,2.00,3.00\n";
    let send = async |parts: &[(&str, &str)]| world.send(form(&user, "", parts, file)).await;
    send(&[]).await.problem(422, "profile-needed");
    let reply = send(&[("account_id", "new")]).await;
    let problem = reply.problem(422, "profile-needed");
    assert_eq!(problem["errors"][0]["field"], "profile.date_order");
    assert!(reply.text().contains("mdy, dmy"), "{}", reply.text());
    let order = ("profile", "{\"date_order\": \"dmy\", \"currency\": \"CAD\"}");
    send(&[order]).await.problem(422, "account-needed");
    let import = send(&[order, ("account_id", "new")]).await;
    assert_eq!((import.status.as_u16(), &import.json()["rows"]["taken"]), (201, &2.into()));
    let account = &user.get("/api/v1/accounts").await.json()["items"][0];
    assert_eq!((&account["currency"], &account["balance"]), (&"CAD".into(), &"3.00".into()));
    let rows = user.get("/api/v1/transactions").await.json();
    assert_eq!(rows["items"][0]["date"], "2026-04-03");
}

#[actix_web::test]
async fn what_is_said_of_a_table_is_kept_for_the_next_one() {
    let world = World::new().await;
    let (user, other) = (world.user("ada@example.com").await, world.user("bob@example.com").await);
    let file = |row: &str| format!("Wann,Was,Wieviel\n{row}\n");
    let first = file("01/02/2026,A,1.00");
    let send = async |by: &User, query: &str, parts: &[(&str, &str)], file: &str| {
        world.send(form(by, query, parts, file)).await
    };
    let new = ("account_id", "new");
    send(&user, "", &[new], &first).await.problem(422, "profile-needed");
    let told = r#"{"columns": {"day": "Wann", "amount": "Wieviel", "payee": "Was"}, "date_order": "dmy", "currency": "EUR"}"#;
    // A look keeps nothing.
    assert_eq!(send(&user, "?dry_run=true", &[new, ("profile", told)], &first).await.status, 200);
    send(&user, "", &[new], &first).await.problem(422, "profile-needed");
    assert_eq!(send(&user, "", &[new, ("profile", told)], &first).await.status, 201);

    let account = user.get("/api/v1/accounts").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let of_account = ("account_id", account.as_str());
    let next = file("03/04/2026,B,2.00");
    let shown = send(&user, "?dry_run=true", &[of_account], &next).await.json();
    assert_eq!(
        (&shown["profile"]["origin"], &shown["items"][0]["date"]),
        (&"saved".into(), &"2026-04-03".into())
    );
    assert_eq!(send(&user, "", &[of_account], &next).await.status, 201);
    // Another table, and somebody else's, are not meant.
    let wider = "Wann,Was,Wieviel,Wo\n03/04/2026,B,2.00,X\n";
    send(&user, "", &[of_account], wider).await.problem(422, "profile-needed");
    send(&other, "", &[new], &next).await.problem(422, "profile-needed");
    // What is said later counts.
    let other_way = told.replace("dmy", "mdy");
    assert_eq!(
        send(&user, "", &[of_account, ("profile", &other_way)], &file("05/06/2026,C,3.00")).await.status,
        201
    );
    let shown = send(&user, "?dry_run=true", &[of_account], &next).await.json();
    assert_eq!(shown["items"][0]["date"], "2026-03-04");
}

#[actix_web::test]
async fn a_profile_that_is_none_is_refused() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    for (part, rule) in [
        (("profile", "{"), "profile:malformed"),
        (("profile", "[]"), "profile:malformed"),
        (("profile", "{\"colour\": 1}"), "profile.colour:unknown"),
        (("profile", "{\"columns\": {\"day\": \"a\"}}"), "profile.columns.amount:required"),
        (("profile_id", "no such"), "profile_id:malformed"),
    ] {
        let reply = world.send(form(&user, "", &[part], CARD)).await;
        assert_eq!((reply.status.as_u16(), reply.broken_rules()), (422, vec![rule.to_owned()]), "{part:?}");
    }
    let long = "x".repeat(65_537);
    for name in ["profile", "profile_id", "account_id"] {
        world.send(form(&user, "", &[(name, &long)], CARD)).await.problem(413, "too-large");
    }
    let large = format!("{CARD}{}", " ".repeat(8 << 20));
    world.send(form(&user, "", &[], &large)).await.problem(413, "too-large");
    let twice = [("profile_id", "amex"), ("profile", "{}")];
    assert_eq!(world.send(form(&user, "", &twice, CARD)).await.broken_rules(), ["profile:repeated"]);
    let reply = world.send(form(&user, "", &[("profile", "{}")], crate::imports::STATEMENT)).await;
    assert_eq!(reply.problem(422, "profile-unsuitable")["errors"][0]["code"], "not-needed");
    let reply = world.send(form(&user, "", &[("profile_id", "no-such")], CARD)).await;
    assert_eq!(reply.problem(422, "profile-unsuitable")["errors"][0]["field"], "profile_id");
}
