//! Corrections of transactions and accounts.

use serde_json::{Value, json};

use crate::{imports::STATEMENT, world::World};

async fn rows(user: &crate::world::User<'_>, query: &str) -> Vec<Value> {
    let list = user.get(&format!("/api/v1/transactions?{query}")).await.json();
    list["items"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_transaction_is_corrected_and_taken_back() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let told = rows(&user, "").await[0].clone();
    assert_eq!(
        (&told["corrections"], &told["split"], &told["note"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(told["hidden"], false);
    let path = format!("/api/v1/transactions/{}", told["id"].as_str().unwrap());
    let amount = told["amount"].as_str().unwrap();
    let (negative, plain) = (amount.starts_with('-'), amount.trim_start_matches('-'));
    let (other_sign, shown) = match negative {
        true => ("positive", plain.to_owned()),
        false => ("negative", format!("-{plain}")),
    };
    let corrected = user
        .patch(
            &path,
            json!({"description": " Joe's ", "merchant": "Joe", "day": "2026-01-20", "sign": other_sign,
            "note": "one\ntwo", "hidden": true}),
        )
        .await;
    assert_eq!(corrected.status, 200, "{}", corrected.text());
    let corrected = corrected.json();
    assert_eq!(
        [&corrected["description"], &corrected["merchant"], &corrected["date"], &corrected["amount"]],
        [&json!("Joe's"), &json!("Joe"), &json!("2026-01-20"), &json!(shown)]
    );
    assert_eq!((&corrected["note"], &corrected["hidden"]), (&json!("one\ntwo"), &json!(true)));
    let beside = &corrected["corrections"];
    assert_eq!(beside["description"]["institution_value"], told["description"]);
    assert_eq!(
        (&beside["day"]["value"], &beside["day"]["institution_value"]),
        (&json!("2026-01-20"), &told["date"])
    );
    assert_eq!(
        (&beside["hidden"]["value"], &beside["hidden"]["institution_value"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(beside["split"], Value::Null);
    assert!(beside["sign"]["at"].as_str().unwrap().ends_with('Z'));
    let one = user.get(&path).await.json();
    assert_eq!(one, corrected);

    // Hidden, it is where it is asked for, and the feed tells all of it.
    assert!(rows(&user, "").await.iter().all(|row| row["id"] != told["id"]));
    let only = rows(&user, "hidden=only").await;
    assert_eq!((only.len(), &only[0]["corrections"]), (1, &corrected["corrections"]));
    assert_eq!(rows(&user, "hidden=with&from=2026-01-20").await.len(), 1);
    let of_account =
        format!("/api/v1/accounts/{}/transactions?hidden=only", told["account_id"].as_str().unwrap());
    assert_eq!(user.get(&of_account).await.json()["items"], json!(only));
    let feed = user.get("/api/v1/sync?types=transaction").await.json();
    let fed = feed["items"].as_array().unwrap().iter().find(|change| change["id"] == told["id"]).unwrap();
    assert_eq!(fed["data"], only[0]);
    assert_eq!(user.get("/api/v1/transactions?hidden=yes").await.broken_rules(), ["hidden:unknown"]);

    for field in ["description", "merchant", "day", "sign", "hidden"] {
        let answer = user.delete(&format!("{path}/corrections/{field}")).await;
        assert_eq!(answer.status, 200, "{field}: {}", answer.text());
        user.delete(&format!("{path}/corrections/{field}")).await.problem(404, "not-found");
    }
    let back = user.patch(&path, json!({"note": null})).await.json();
    assert_eq!(back["corrections"], Value::Null);
    for name in ["description", "merchant", "date", "amount", "hidden", "note"] {
        assert_eq!(back[name], told[name], "{name}");
    }
    assert_eq!(user.delete(&format!("{path}/corrections/amount")).await.broken_rules(), ["field:unknown"]);
    let trail = user.get("/api/v1/auth/me/audit-log").await.text();
    assert!(trail.contains("transaction_corrected") && !trail.contains("Joe"), "{trail}");
}

#[actix_web::test]
async fn parts_come_to_the_amount() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let told = rows(&user, "").await[0].clone();
    let path = format!("/api/v1/transactions/{}", told["id"].as_str().unwrap());
    let amount = told["amount"].as_str().unwrap();
    let (one, two) = match amount.strip_prefix('-') {
        Some(plain) => (format!("-1{plain}"), format!("1{}.00", "0".repeat(plain.find('.').unwrap()))),
        None => (format!("1{amount}"), format!("-1{}.00", "0".repeat(amount.find('.').unwrap()))),
    };
    let parts = json!([{"amount": one, "description": "Food"}, {"amount": two}]);
    let split = user.patch(&path, json!({"split": parts})).await;
    assert_eq!(split.status, 200, "{}", split.text());
    let split = split.json();
    assert_eq!((&split["amount"], &split["split"]["adds_up"]), (&told["amount"], &json!(true)));
    assert_eq!(split["split"]["parts"][1], json!({"amount": two, "description": null, "category": null}));
    assert_eq!(split["corrections"]["split"]["institution_value"], told["amount"]);
    let of_list = rows(&user, "").await;
    assert_eq!((of_list.len(), &of_list[0]["split"]), (2, &split["split"]));

    for (parts, broken) in [
        (json!([{"amount": "1"}, {"amount": "2"}]), vec!["split:does_not_add_up"]),
        (json!([{"amount": amount}]), vec!["split:too_short"]),
        (json!("all"), vec!["split:wrong_type"]),
        (json!([{"amount": "1e3"}, 7]), vec!["split[0].amount:decimal", "split[1]:wrong_type"]),
        (
            json!([{"amount": "0.00", "descripton": "x"}, {"description": " "}]),
            vec![
                "split[0].amount:zero",
                "split[0].descripton:unknown",
                "split[1].amount:missing",
                "split[1].description:blank",
            ],
        ),
    ] {
        assert_eq!(user.patch(&path, json!({"split": parts})).await.broken_rules(), broken);
    }
    let tagged = user.patch(&path, json!({"tags": [" Trip ", "work", "TRIP"]})).await.json();
    assert_eq!(
        (&tagged["tags"], &tagged["corrections"]["tags"]["value"]),
        (&json!(["Trip", "work"]), &json!(["Trip", "work"]))
    );
    let names =
        |of: Value| of["items"].as_array().unwrap().iter().map(|tag| tag["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(user.get("/api/v1/tags?limit=1").await.json()), ["Trip"]);
    for (tags, broken) in [
        (json!("a"), vec!["tags:wrong_type"]),
        (json!(["a,b", 7, " "]), vec!["tags[0]:comma", "tags[1]:wrong_type", "tags[2]:blank"]),
        (json!(vec!["a"; 21]), vec!["tags:too_long"]),
    ] {
        assert_eq!(user.patch(&path, json!({"tags": tags})).await.broken_rules(), broken);
    }
    let untagged = user.delete(&format!("{path}/corrections/tags")).await.json();
    assert_eq!((&untagged["tags"], names(user.get("/api/v1/tags").await.json()).len()), (&json!([]), 0));
    let broken =
        user.patch(&path, json!({"day": "2026-02-30", "sign": "up", "hidden": null, "note": 7})).await;
    let expected = ["day:unknown", "hidden:wrong_type", "note:wrong_type", "sign:unknown"];
    assert_eq!(broken.broken_rules(), expected);
    assert_eq!(user.patch(&path, json!({"amount": "1"})).await.broken_rules(), ["amount:unknown"]);
    let stranger = world.user("eve@example.com").await;
    stranger.patch(&path, json!({"note": "mine"})).await.problem(404, "not-found");
    stranger.delete(&format!("{path}/corrections/split")).await.problem(404, "not-found");
    assert_eq!(user.get(&path).await.json()["split"], split["split"]);
}

#[actix_web::test]
async fn an_account_is_corrected_and_taken_back() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let told = user.get("/api/v1/accounts").await.json()["items"][0].clone();
    assert_eq!((&told["corrections"], &told["include_in_net_worth"]), (&json!(null), &json!(true)));
    let path = format!("/api/v1/accounts/{}", told["id"].as_str().unwrap());
    let body = json!({
        "name": "Household", "account_type": "savings", "include_in_net_worth": false, "lot_method": "average"
    });
    let corrected = user.patch(&path, body).await;
    assert_eq!(corrected.status, 200, "{}", corrected.text());
    let corrected = corrected.json();
    assert_eq!(
        [&corrected["name"], &corrected["account_type"], &corrected["include_in_net_worth"]],
        [&json!("Household"), &json!("savings"), &json!(false)]
    );
    assert_eq!(corrected["corrections"]["name"]["institution_value"], told["name"]);
    assert_eq!((&told["lot_method"], &corrected["lot_method"]), (&json!("fifo"), &json!("average")));
    assert_eq!(user.get(&path).await.json(), corrected);
    assert_eq!(user.get("/api/v1/balances").await.json()["items"][0]["name"], "Household");
    // The same file again tells its own.
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    assert_eq!(user.get(&path).await.json()["name"], "Household");
    for field in ["name", "account_type", "include_in_net_worth", "lot_method"] {
        assert_eq!(user.delete(&format!("{path}/corrections/{field}")).await.status, 200);
    }
    user.delete(&format!("{path}/corrections/name")).await.problem(404, "not-found");
    let back = user.get(&path).await.json();
    assert_eq!((&back["name"], &back["corrections"]), (&told["name"], &json!(null)));
    let broken = json!({"name": "a\nb", "account_type": "piggy_bank", "lot_method": "dearest"});
    let expected = ["account_type:unknown", "lot_method:unknown", "name:control_character"];
    assert_eq!(user.patch(&path, broken).await.broken_rules(), expected);
    assert_eq!(user.get(&path).await.json()["lot_method"], "fifo", "nothing of it was written");
    for (method, shown) in [(json!("lifo"), "lifo"), (json!(null), "fifo")] {
        assert_eq!(user.patch(&path, json!({"lot_method": method})).await.json()["lot_method"], shown);
    }
}
