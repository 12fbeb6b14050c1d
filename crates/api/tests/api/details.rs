//! What a transaction is made of, and who keeps an account behind an aggregator.

use dashtam_domain::{
    id::{AccountId, ImportId, TransactionId, UserId},
    ledger::{
        Account, AccountKind, AccountSource, AccountTerms, AssetClass, BalanceParts, Leg, LegKind,
        OptionTerms, PositionEffect, References, Transaction, TransactionDetails, TransactionFlag,
        TransactionKind, TransactionStatus,
    },
    money::{Currency, exact_decimal},
    time::Day,
};
use serde_json::json;

use crate::world::World;

#[actix_web::test]
async fn the_single_view_has_the_legs_and_lists_do_not() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let me = user.get("/api/v1/auth/me").await.json();
    let owner = UserId(me["id"].as_str().unwrap().parse().unwrap());
    let (clock, ids) = (&world.options().sources.clock, &world.options().sources.ids);
    let (now, decimal) = (clock.now(), |text: &str| exact_decimal(text).unwrap());
    let account = Account {
        id: AccountId(ids.next()),
        owner,
        source: AccountSource::Files { institution_id: "1".to_owned() },
        external_id: "99887766".to_owned(),
        institution: Some("Bank of Go".to_owned()),
        institution_url: Some("https://bank.example/".parse().unwrap()),
        name: "Brokerage".to_owned(),
        mask: None,
        kind: AccountKind::Brokerage,
        currency: Currency::USD,
        balance: None,
        available: None,
        parts: BalanceParts { cash: Some(decimal("-3.50")), ..BalanceParts::default() },
        terms: AccountTerms::default(),
        balance_as_of: None,
        is_active: true,
        covered: None,
        last_synced_at: None,
        corrections: None,
        created_at: now,
        updated_at: now,
    };
    let leg = |kind, amount| Leg { amount: Some(decimal(amount)), ..Leg::new(kind, Currency::USD) };
    let sale = Transaction {
        id: TransactionId(ids.next()),
        account: account.id,
        owner,
        source_id: "s-1".to_owned(),
        ordinal: 0,
        day: Day::new(2026, 3, 16).unwrap(),
        occurred_at: None,
        amount: decimal("228.86"),
        currency: Currency::USD,
        description: "Sold 950 LIMN".to_owned(),
        kind: TransactionKind::Trade,
        status: TransactionStatus::Posted,
        memo: Some("a memo".to_owned()),
        check_number: None,
        announced: None,
        trade: None,
        details: TransactionDetails {
            payee: Some("Exchange".to_owned()),
            category: None,
            fee: Some(decimal("0.190")),
            legs: vec![
                Leg { label: Some("TAF_FEE".to_owned()), ..leg(LegKind::Fee, "-0.19") },
                Leg {
                    symbol: Some("LIMN".to_owned()),
                    asset_class: Some(AssetClass::Equity),
                    quantity: Some(decimal("-950")),
                    price: Some(decimal("0.2411")),
                    effect: Some(PositionEffect::Closing),
                    option: OptionTerms::of_symbol("LIMN  260918C00012500"),
                    ..leg(LegKind::Security, "229.05")
                },
            ],
            exchange: None,
            flags: vec![TransactionFlag::StatusUnknown],
            references: References { order: Some("77".to_owned()), ..References::default() },
        },
        import: Some(ImportId(ids.next())),
        seen_in: None,
        raw: None,
        corrections: None,
        transfer: None,
        decided: None,
        created_at: now,
        updated_at: now,
    };
    let mut unit = world.storage.store.begin().await.unwrap();
    unit.accounts().upsert(&account).await.unwrap();
    assert_eq!(unit.transactions().insert(std::slice::from_ref(&sale)).await.unwrap(), 1);
    unit.commit().await.unwrap();

    let shown = user.get(&format!("/api/v1/accounts/{}", account.id)).await.json();
    assert_eq!(
        (&shown["institution"], &shown["institution_url"]),
        (&json!("Bank of Go"), &json!("https://bank.example/"))
    );
    assert_eq!((&shown["cash_balance"], &shown["margin_debt"]), (&json!("-3.50"), &json!(null)));

    let one = user.get(&format!("/api/v1/transactions/{}", sale.id)).await.json();
    assert_eq!(
        (&one["amount"], &one["memo"], &one["payee"]),
        (&json!("228.86"), &json!("a memo"), &json!("Exchange"))
    );
    assert_eq!((&one["fee"], &one["flags"]), (&json!("0.190"), &json!(["status_unknown"])));
    let leg = json!({"leg_type": "security", "label": null, "security_id": null, "symbol": "LIMN", "security_name": null,
        "asset_type": "equity", "quantity": "-950", "unit_price": "0.2411", "amount": "229.05",
        "currency": "USD", "position_effect": "closing", "option": {"underlying": "LIMN", "strike": "12.5",
            "expiry": "2026-09-18", "right": "call", "multiplier": null}});
    assert_eq!((&one["order_id"], &one["position_id"]), (&json!("77"), &json!(null)));
    assert_eq!((one["legs"].as_array().unwrap().len(), &one["legs"][1]), (2, &leg));
    assert_eq!((&one["legs"][0]["label"], &one["legs"][0]["amount"]), (&json!("TAF_FEE"), &json!("-0.19")));

    let list = user.get("/api/v1/transactions").await.json();
    assert_eq!(list["items"][0]["id"], one["id"]);
    assert!(list["items"][0].get("legs").is_none() && list["items"][0].get("fee").is_none());

    let stranger = world.user("eve@example.com").await;
    stranger.get(&format!("/api/v1/transactions/{}", sale.id)).await.problem(404, "not-found");
}
