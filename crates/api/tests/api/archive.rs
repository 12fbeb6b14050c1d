//! An archive leaves out nothing that the account holds.

use actix_web::http::Method;
use dashtam_domain::{
    id::{TransactionId, UserId},
    ledger::{Leg, LegKind, TransactionDetails, TransactionFlag},
    money::{Currency, exact_decimal},
};
use serde_json::{Value, json};

use crate::world::{User, World};

/// The lines of a user's archive that are of this type.
async fn lines(world: &World, user: &User<'_>, kind: &str) -> Vec<Value> {
    let archive = world.send(user.request(Method::GET, "/api/v1/auth/me/export")).await;
    assert_eq!(archive.status, 200, "{}", archive.text());
    let lines =
        archive.text().lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>();
    lines.into_iter().filter(|line| line["type"] == kind).collect()
}

#[actix_web::test]
async fn sessions_are_told_with_their_names_and_keys_with_their_terms() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
        Chrome/126.0.0.0 Safari/537.36";
    let laptop = world.sign_in("ada@example.com", chrome).await;
    let listed = laptop.get("/api/v1/auth/sessions").await.json();
    let session = listed["items"].as_array().unwrap().iter().find(|one| one["is_current"] == true).unwrap();
    let place = format!("/api/v1/auth/sessions/{}", session["id"].as_str().unwrap());
    assert_eq!(user.patch(&place, json!({"label": "Laptop", "is_trusted": true})).await.status, 200);
    let body = json!({"name": "backup job", "scopes": ["accounts:read"], "ip_allow": ["192.0.2.0/24"]});
    let key = user.post("/api/v1/auth/api-keys", body).await.json();

    let sessions = lines(&world, &user, "session").await;
    assert_eq!(sessions.len(), 3);
    let of = |id: &Value| sessions.iter().find(|line| line["id"] == *id).unwrap();
    let line = of(&session["id"]);
    for field in ["device_info", "expires_at", "transport", "long_lived"] {
        assert_eq!(line[field], session[field], "{field}");
    }
    assert_eq!(
        (&line["label"], &line["is_trusted"], &line["user_agent"]),
        (&json!("Laptop"), &json!(true), &json!(chrome))
    );
    assert!(line.get("api_key").is_none() && line["api_calls"].is_u64());
    let line = of(&key["id"]);
    assert_eq!((&line["transport"], &line["label"]), (&json!("api_key"), &json!("backup job")));
    let terms = json!({"hint": key["hint"], "scopes": ["accounts:read"], "ip_allow": ["192.0.2.0/24"],
        "replaced_by": null});
    assert_eq!(line["api_key"], terms);
    assert!(!line.to_string().contains(key["key"].as_str().unwrap()));
}

#[actix_web::test]
async fn transactions_are_told_with_what_they_are_made_of() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let file = "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD\
        <BANKACCTFROM><BANKID>1<ACCTID>0099<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>\
        <STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260102<TRNAMT>-12.30<FITID>1<NAME>Coffee</STMTTRN>\
        <STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260103<TRNAMT>-7.00<FITID>2<NAME>Cake</STMTTRN></BANKTRANLIST>\
        </STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>";
    assert_eq!(world.send(user.upload("a.ofx", file, "x")).await.status, 201);
    let listed = user.get("/api/v1/transactions").await.json();
    let id = |line: &Value| TransactionId(line["id"].as_str().unwrap().parse().unwrap());
    let (cake, coffee) = (id(&listed["items"][0]), id(&listed["items"][1]));
    let now = world.options().sources.clock.now();
    let owner = UserId(user.login["user"]["id"].as_str().unwrap().parse().unwrap());
    let mut sale = world.storage.queries.transaction(owner, coffee).await.unwrap().unwrap();
    sale.details = TransactionDetails {
        payee: Some("Exchange".to_owned()),
        category: None,
        fee: Some(exact_decimal("0.19").unwrap()),
        legs: vec![Leg {
            amount: Some(exact_decimal("-0.19").unwrap()),
            ..Leg::new(LegKind::Fee, Currency::USD)
        }],
        exchange: None,
        flags: vec![TransactionFlag::StatusUnknown],
        ..TransactionDetails::default()
    };
    let mut unit = world.storage.store.begin().await.unwrap();
    unit.transactions().update(std::slice::from_ref(&sale)).await.unwrap();
    assert_eq!(unit.transactions().remove(owner, sale.account, "2", now).await.unwrap(), 1);
    unit.commit().await.unwrap();

    let told = lines(&world, &user, "transaction").await;
    assert_eq!(told.iter().map(id).collect::<Vec<_>>(), [coffee, cake], "removed ones last");
    assert_eq!(told[1]["status"], "removed");
    let mut line = told[0].clone();
    assert_eq!(line.as_object_mut().unwrap().remove("type"), Some(json!("transaction")));
    assert_eq!(line["legs"][0]["amount"], "-0.19");
    assert_eq!(
        line,
        user.get(&format!("/api/v1/transactions/{coffee}")).await.json(),
        "what its own page shows"
    );
}
