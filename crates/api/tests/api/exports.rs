//! Files of what a user has, and views that are saved: what is asked of transactions wherever it is asked.

use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    tables::form,
    world::{User, World},
};

async fn rows(user: &User<'_>, query: &str) -> Vec<Value> {
    user.get(&format!("/api/v1/transactions?{query}")).await.json()["items"].as_array().unwrap().clone()
}

async fn with_statement(world: &World) -> (User<'_>, String) {
    let user = world.user("ada@example.com").await;
    let file = STATEMENT.replace("<NAME>Pay<", "<NAME>=Pay, \"all\"<MEMO>Größe 12,50<");
    assert_eq!(
        world.send(user.upload("a.ofx", &file.replace('ö', "oe").replace('ß', "ss"), "b")).await.status,
        201
    );
    let account = user.get("/api/v1/accounts").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    (user, account)
}

#[actix_web::test]
async fn lists_and_totals_take_what_is_asked() {
    let world = World::new().await;
    let (user, account) = with_statement(&world).await;
    let coffee = rows(&user, "text=coffee").await;
    assert_eq!((coffee.len(), &coffee[0]["amount"]), (1, &json!("-12.30")));
    let path = format!("/api/v1/transactions/{}", coffee[0]["id"].as_str().unwrap());
    assert_eq!(user.patch(&path, json!({"tags": ["Trip"], "note": "Zoë"})).await.status, 200);
    for (query, found) in [
        ("text=12,30", 1),
        ("text=12.30", 1),
        ("text=zo%C3%AB", 1),
        ("text=coff%20a", 1),
        ("text=tea", 0),
        ("tags=work,TRIP", 1),
        ("amount_min=12.3&amount_max=12.30", 1),
        ("amount_min=50", 1),
        ("sign=positive", 1),
        ("transaction_type=debit,fee", 1),
        ("currency=USD", 2),
        ("currency=EUR", 0),
        ("has_note=true", 1),
        ("has_note=false", 1),
        ("is_transfer=true", 0),
        ("is_transfer=false", 2),
        ("merchant=nobody", 0),
        (&*format!("account_id={account}"), 2),
        ("provider_id=01890a5d-ac96-774b-bcce-b302099a8057", 0),
    ] {
        assert_eq!(rows(&user, query).await.len(), found, "{query}");
    }
    let oldest = rows(&user, "order=oldest&limit=1").await;
    assert_eq!(oldest[0]["amount"], "-12.30");
    let largest = user.get("/api/v1/transactions?order=largest&limit=1").await.json();
    assert_eq!(largest["items"][0]["amount"], "100.00");
    let next = largest["next_cursor"].as_str().unwrap();
    assert_eq!(rows(&user, &format!("order=largest&cursor={next}")).await[0]["amount"], "-12.30");
    assert_eq!(
        user.get(&format!("/api/v1/transactions?cursor={next}")).await.broken_rules(),
        ["cursor:invalid"]
    );
    for (query, broken) in [
        ("text=a", "text:too_short"),
        ("tags=a,,b", "tags:tag"),
        ("amount_min=-1", "amount_min:decimal"),
        ("amount_max=1.", "amount_max:decimal"),
        ("sign=up", "sign:unknown"),
        ("transaction_type=debit,x", "transaction_type:unknown"),
        ("currency=EURO", "currency:currency"),
        ("has_note=yes", "has_note:wrong_type"),
        ("account_id=x", "account_id:uuid"),
        ("order=amount", "order:unknown"),
        ("category=none,food", "category:unknown"),
        ("texts=a", "texts:unknown"),
        ("text=coffee%00", "text:control_character"),
        ("merchant=a%00b", "merchant:control_character"),
        ("tags=a%00", "tags:control_character"),
        ("category=food%07", "category:control_character"),
    ] {
        let refused = user.get(&format!("/api/v1/transactions?{query}")).await;
        assert_eq!(refused.broken_rules(), [broken], "{query}");
    }
    let totals = user.get("/api/v1/transactions/totals").await.json();
    let expected = json!([{"currency": "USD", "count": 2, "money_in": "100.00", "money_out": "-12.30", "total": "87.70"}]);
    assert_eq!(totals["items"], expected);
    let totals = user.get("/api/v1/transactions/totals?text=coffee").await.json();
    assert_eq!((totals["items"].as_array().unwrap().len(), &totals["items"][0]["count"]), (1, &json!(1)));
    let stranger = world.user("eve@example.com").await;
    stranger.get(&format!("/api/v1/transactions?account_id={account}")).await.problem(404, "not-found");
    assert_eq!(rows(&stranger, "text=coffee").await.len(), 0);
}

#[actix_web::test]
async fn what_is_exported_comes_back_as_the_same() {
    let world = World::new().await;
    let (user, account) = with_statement(&world).await;
    let export = async |query: &str| user.get(&format!("/api/v1/exports?account_id={account}&{query}")).await;
    let table = export("format=csv").await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    let table = table.text();
    assert_eq!(table.lines().count(), 3);
    assert!(table.contains(",\"'=Pay, \"\"all\"\"\",") && table.contains(",-12.30,USD,posted,"), "{table}");
    assert!(export("format=csv&excel=true").await.text().starts_with('\u{feff}'));
    assert_eq!(export("format=csv&text=coffee").await.text().lines().count(), 2);

    let jsonl = export("format=jsonl").await.text();
    let lines: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"schema": "dashtam.export/1", "kind": "transactions"}));
    assert_eq!(lines[1..], rows(&user, "order=oldest").await);

    // What people corrected is exported as it is shown, and comes back to the same rows.
    let path =
        format!("/api/v1/transactions/{}", rows(&user, "text=coffee").await[0]["id"].as_str().unwrap());
    let corrected = json!({"description": "Two cups", "day": "2026-01-29", "sign": "positive", "category": "food.coffee"});
    assert_eq!(user.patch(&path, corrected).await.status, 200);
    let again = (export("format=csv").await.text(), export("format=ofx").await.text());
    for file in [&again.0, &again.1] {
        assert!(file.contains("Two cups"), "{file}");
        let sent = world.send(form(&user, "", &[("account_id", &account)], file)).await;
        assert_eq!(sent.json()["rows"]["taken"], 0, "{}", sent.text());
    }
    let shown = |rows: Vec<Value>| -> Vec<Value> {
        let names = ["date", "amount", "currency", "transaction_type", "description", "memo", "category"];
        rows.iter().map(|row| names.iter().map(|name| row[name].clone()).collect()).collect()
    };
    assert_eq!(world.send(form(&user, "", &[("account_id", "new")], &again.0)).await.status, 201);
    let accounts = user.get("/api/v1/accounts").await.json();
    let mut ids = accounts["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap());
    let other = ids.find(|id| *id != account).unwrap().to_owned();
    let (one, two) = (format!("account_id={account}"), format!("account_id={other}"));
    assert_eq!(shown(rows(&user, &one).await), shown(rows(&user, &two).await));
    // Two accounts in one table would become one.
    let both = user.get("/api/v1/exports?format=csv").await.text();
    let refused = world.send(form(&user, "", &[("account_id", "new")], &both)).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("one account at a time"), "{}", refused.text());
    for field in ["description", "day", "sign", "category"] {
        assert_eq!(user.delete(&format!("{path}/corrections/{field}")).await.status, 200);
    }
    assert_eq!(rows(&user, &two).await.len(), 2);

    let ofx = export("format=ofx").await.text();
    for (name, file) in [("export.csv", &table), ("export.ofx", &ofx)] {
        let sent = world.send(form(&user, "", &[("account_id", &account)], file)).await;
        assert_eq!(sent.status, 201, "{name}: {}", sent.text());
        let taken = &sent.json()["rows"];
        assert_eq!((&taken["taken"], &taken["known"]), (&json!(0), &json!(2)), "{name}: {taken}");
        let into_new = world.send(form(&user, "", &[("account_id", "new")], file)).await;
        assert_eq!(into_new.json()["rows"]["taken"], 2, "{name}: {}", into_new.text());
    }
    let accounts = user.get("/api/v1/accounts").await.json();
    for id in accounts["items"].as_array().unwrap().iter().map(|account| account["id"].as_str().unwrap()) {
        if id == other {
            continue;
        }
        let totals = user.get(&format!("/api/v1/transactions/totals?account_id={id}")).await.json();
        assert_eq!(totals["items"][0]["total"], "87.70");
    }

    let journal = export("format=hledger").await.text();
    assert!(journal.contains("2026-01-15 * Coffee \"A\"") && journal.contains("  -12.30 USD"), "{journal}");
    let journal = export("format=beancount").await.text();
    assert!(journal.contains("2026-01-15 * \"Coffee \\\"A\\\"\""), "{journal}");
    let balances = export("kind=balances&format=csv").await.text();
    assert!(balances.contains(",87.70,"), "{balances}");
    assert_eq!(export("kind=holdings&format=jsonl").await.text().lines().count(), 1);
    assert_eq!(export("kind=holdings&format=ofx").await.broken_rules(), ["format:unsuitable"]);
    let narrowed = export("kind=balances&format=csv&text=coffee&from=2026-01-01").await;
    assert_eq!(narrowed.broken_rules(), ["from:unsuitable", "text:unsuitable"]);
    assert_eq!(export("kind=none").await.broken_rules(), ["format:missing", "kind:unknown"]);
    let stranger = world.user("eve@example.com").await;
    assert_eq!(stranger.get("/api/v1/exports?format=csv").await.text().lines().count(), 1);
}

#[actix_web::test]
async fn views_are_saved_changed_and_removed() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    let body =
        json!({"name": " Coffee ", "filter": {"text": "coffee", "amount_min": "3", "order": "oldest"}});
    let made = user.post("/api/v1/views", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let view = made.json();
    assert_eq!((&view["name"], &view["filter"]), (&json!("Coffee"), &body["filter"]));
    user.post("/api/v1/views", body).await.problem(409, "view-exists");
    for (body, broken) in [
        (json!({"filter": {}}), vec!["name:missing"]),
        (json!({"filter": null}), vec!["filter:missing", "name:missing"]),
        (json!({"name": "x"}), vec!["filter:missing"]),
        (
            json!({"name": "x", "filter": {"text": "a", "limit": "7", "tags": 7}}),
            vec!["filter.limit:unknown", "filter.tags:wrong_type", "filter.text:too_short"],
        ),
        (json!({"name": "x", "filter": {"category": "a".repeat(2_001)}}), vec!["filter.category:too_long"]),
        (json!({"name": "x", "filter": {"text": "a\0bc"}}), vec!["filter.text:control_character"]),
        (
            json!({"name": "x", "filter": (0..19).map(|n| (n.to_string(), json!("a"))).collect::<serde_json::Map<_, _>>()}),
            vec!["filter:too_long"],
        ),
    ] {
        assert_eq!(user.post("/api/v1/views", body.clone()).await.broken_rules(), broken, "{body}");
    }
    let path = format!("/api/v1/views/{}", view["id"].as_str().unwrap());
    let changed = user.patch(&path, json!({"name": "Tea", "filter": {"text": "tea"}})).await.json();
    assert_eq!((&changed["name"], &changed["filter"]), (&json!("Tea"), &json!({"text": "tea"})));
    assert_eq!(user.get("/api/v1/views").await.json()["items"], json!([changed]));
    let stranger = world.user("eve@example.com").await;
    stranger.patch(&path, json!({"name": "mine"})).await.problem(404, "not-found");
    stranger.delete(&path).await.problem(404, "not-found");
    let archive = user.get("/api/v1/auth/me/export").await.text();
    assert!(archive.lines().any(|line| line.contains("\"saved_view\"")), "{archive}");
    assert_eq!(user.delete(&path).await.json(), changed);
    user.delete(&path).await.problem(404, "not-found");
}
