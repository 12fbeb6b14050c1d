//! Corrections of many transactions at once.

use std::{fmt::Write as _, ops::Range};

use actix_web::http::Method;
use dashtam_application::rules::CarryOnRuleRuns;
use dashtam_domain::call::Call;
use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    world::{Reply, User, World},
};

const BULK: &str = "/api/v1/transactions/bulk";

/// A file with these rows of each of these shops.
fn shops(names: &[&str], numbers: Range<usize>) -> String {
    let row = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260115120000<TRNAMT>-12.30<FITID>A1<NAME>Coffee \"A\"</STMTTRN>\r\n";
    let mut rows = String::new();
    for (shop, name) in names.iter().enumerate() {
        for number in numbers.clone() {
            let _ = write!(
                rows,
                "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>202601{:02}120000<TRNAMT>-{number}.30<FITID>{shop}.{number}<NAME>{name}</STMTTRN>\r\n",
                number % 27 + 1
            );
        }
    }
    STATEMENT.replace(row, &rows)
}

async fn rows(user: &User<'_>, query: &str) -> Vec<Value> {
    let list = user.get(&format!("/api/v1/transactions?limit=500&{query}")).await.json();
    list["items"].as_array().unwrap().clone()
}

fn ids(rows: &[Value]) -> Vec<Value> {
    rows.iter().map(|row| row["id"].clone()).collect()
}

async fn row(user: &User<'_>, id: &Value) -> Value {
    user.get(&format!("/api/v1/transactions/{}", id.as_str().unwrap())).await.json()
}

async fn undo(user: &User<'_>, edit: &Value) -> Reply {
    let path = format!("{BULK}/{}/undo", edit.as_str().unwrap());
    user.world.send(user.request(Method::POST, &path)).await
}

#[actix_web::test]
async fn many_are_corrected_and_it_is_taken_back_once() {
    let world = World::new().await;
    let (user, stranger) = (world.user("ada@example.com").await, world.user("eve@example.com").await);
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    world.send(stranger.upload("a.ofx", STATEMENT, "b")).await;
    let told = rows(&user, "").await;
    let (theirs, nobodys) =
        (ids(&rows(&stranger, "").await)[0].clone(), "01890a5d-ac96-774b-bcce-b302099a8057");
    // One has something already, of which a part is what shall be.
    let path = format!("/api/v1/transactions/{}", told[0]["id"].as_str().unwrap());
    let earlier = json!({"category": "travel", "note": "old", "tags": ["trip", "b"]});
    assert_eq!(user.patch(&path, earlier).await.status, 200);
    let before = [row(&user, &told[0]["id"]).await, row(&user, &told[1]["id"]).await];

    let change = json!({
        "transactions": [told[0]["id"], told[1]["id"], theirs, told[0]["id"], nobodys],
        "category": "food.coffee", "merchant": "Joe", "note": null, "hidden": true,
        "add_tags": ["Trip", "work"], "remove_tags": ["B"],
    });
    let answer = user.post(BULK, change.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert_eq!(
        (&answer["changed"], &answer["unchanged"], &answer["not_found"]),
        (&json!(2), &json!(0), &json!(2))
    );
    let outcomes = json!([
        {"id": told[0]["id"], "outcome": "changed"},
        {"id": told[1]["id"], "outcome": "changed"},
        {"id": theirs, "outcome": "not_found"},
        {"id": nobodys, "outcome": "not_found"},
    ]);
    assert_eq!(answer["items"], outcomes);
    assert!(rows(&user, "").await.is_empty(), "they are hidden");
    assert_eq!(rows(&user, "hidden=only&category=food.coffee&tags=WORK").await.len(), 2);
    let first = row(&user, &told[0]["id"]).await;
    assert_eq!((&first["tags"], &first["note"]), (&json!(["trip", "work"]), &json!(null)));
    assert_eq!(first["corrections"]["merchant"]["value"], "Joe");
    assert_eq!(rows(&stranger, "").await.len(), 2, "what is somebody else's is as it was");

    // The same again changes nothing, and leaves what was before where it is.
    let again = user.post(BULK, change).await.json();
    assert_eq!((&again["edit_id"], &again["unchanged"]), (&json!(null), &json!(2)));
    undo(&stranger, &answer["edit_id"]).await.problem(404, "not-found");
    let undone = undo(&user, &answer["edit_id"]).await;
    assert_eq!((undone.status.as_u16(), undone.json()), (200, json!({"restored": 2, "kept": 0})));
    for before in &before {
        let after = row(&user, &before["id"]).await;
        assert_eq!((&after["corrections"], &after["tags"]), (&before["corrections"], &before["tags"]));
        assert_eq!((&after["category"], &after["hidden"]), (&before["category"], &json!(false)));
    }
    undo(&user, &answer["edit_id"]).await.problem(404, "not-found");

    let trail = user.get("/api/v1/auth/me/audit-log").await.text();
    assert!(trail.contains("bulk_edit_id") && !trail.contains("Joe"), "{trail}");
}

#[actix_web::test]
async fn what_was_changed_since_is_left_alone() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let told = rows(&user, "").await;
    let first =
        user.post(BULK, json!({"transactions": ids(&told), "note": "one", "add_tags": ["x"]})).await.json();
    let path = format!("/api/v1/transactions/{}", told[0]["id"].as_str().unwrap());
    assert_eq!(user.patch(&path, json!({"note": "mine"})).await.status, 200);
    assert_eq!(undo(&user, &first["edit_id"]).await.json(), json!({"restored": 1, "kept": 1}));
    let kept = row(&user, &told[0]["id"]).await;
    assert_eq!((&kept["note"], &kept["tags"]), (&json!("mine"), &json!([])));

    // Of two edits the later one can be taken back.
    let [one, two] = ["one", "two"].map(|note| json!({"transactions": ids(&told), "note": note}));
    let (one, two) = (user.post(BULK, one).await.json(), user.post(BULK, two).await.json());
    undo(&user, &one["edit_id"]).await.problem(404, "not-found");
    assert_eq!(undo(&user, &two["edit_id"]).await.json(), json!({"restored": 2, "kept": 0}));
    assert!(rows(&user, "").await.iter().all(|row| row["note"] == "one"));
}

#[actix_web::test]
async fn one_bad_value_refuses_all() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let told = rows(&user, "").await;
    let all = ids(&told);
    let with = |more: Value| {
        let mut body = json!({"transactions": all.clone(), "note": "a note"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, broken) in [
        (json!({"transactions": null}), vec!["transactions:missing"]),
        (json!({"transactions": "all"}), vec!["transactions:wrong_type"]),
        (json!({"transactions": []}), vec!["transactions:too_short"]),
        (json!({"transactions": vec![all[0].clone(); 501]}), vec!["transactions:too_long"]),
        (json!({"transactions": [all[0], 7, "x"]}), vec!["transactions[1]:uuid", "transactions[2]:uuid"]),
        (json!({"category": "food.none", "hidden": 1}), vec!["category:unknown", "hidden:wrong_type"]),
        (json!({"category": "01890a5d-ac96-774b-bcce-b302099a8057"}), vec!["category:unknown"]),
        (json!({"merchant": "a\nb", "note": " "}), vec!["merchant:control_character", "note:blank"]),
        (
            json!({"add_tags": null, "remove_tags": ["a,b"]}),
            vec!["add_tags:wrong_type", "remove_tags[0]:comma"],
        ),
        (json!({"add_tags": ["x", "Y"], "remove_tags": ["a", "y"]}), vec!["remove_tags[1]:contradicts"]),
        (json!({"description": "x"}), vec!["description:unknown"]),
    ] {
        let answer = user.post(BULK, with(more.clone())).await;
        assert_eq!(answer.broken_rules(), broken, "{more}");
    }
    // One of them has no room for another tag.
    let path = format!("/api/v1/transactions/{}", all[1].as_str().unwrap());
    let twenty: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(user.patch(&path, json!({"tags": twenty})).await.status, 200);
    let full = user.post(BULK, with(json!({"add_tags": ["more"]}))).await;
    assert_eq!(full.broken_rules(), ["add_tags:too_many"]);
    // A category that was put away is not offered.
    let own = user.post("/api/v1/categories", json!({"label": "Mine"})).await.json();
    let of_own = format!("/api/v1/categories/{}", own["id"].as_str().unwrap());
    assert_eq!(user.post(BULK, with(json!({"category": own["id"]}))).await.status, 200);
    assert_eq!(user.patch(&of_own, json!({"archived": true})).await.status, 200);
    let archived = user.post(BULK, json!({"transactions": all, "category": own["id"]})).await;
    assert_eq!(archived.broken_rules(), ["category:unknown"]);
}

#[actix_web::test]
async fn a_repeated_request_is_answered_again() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", STATEMENT, "b")).await;
    let body = json!({"transactions": ids(&rows(&user, "").await), "add_tags": ["x"]});
    let send = || {
        let request = user.request(Method::POST, BULK).insert_header(("idempotency-key", "k"));
        user.world.send(request.set_json(&body))
    };
    let (first, second) = (send().await, send().await);
    assert_eq!((first.status.as_u16(), second.header("idempotency-replayed")), (200, Some("true")));
    assert_eq!(first.text(), second.text());
}

/// The others of these shops are categorized by what was learned, until something else is chosen.
#[actix_web::test]
async fn what_many_are_is_learned_of_each_payee() {
    let world = World::new().await;
    let user = world.user("ada@example.com").await;
    world.send(user.upload("a.ofx", &shops(&["JOES PIZZA", "TEA HOUSE"], 0..5), "b")).await;
    let told = rows(&user, "").await;
    let of = |name: &str| -> Vec<Value> {
        ids(&told.iter().filter(|row| row["description"] == name).cloned().collect::<Vec<_>>())
    };
    let (pizza, tea) = (of("JOES PIZZA"), of("TEA HOUSE"));
    let some = [&pizza[..3], &tea[..3]].concat();
    let chosen = user.post(BULK, json!({"transactions": some, "category": "food.restaurants"})).await.json();
    assert_eq!(chosen["changed"], 6);
    let merchants = user.get("/api/v1/merchants").await.json()["items"].clone();
    assert!(merchants.as_array().unwrap().iter().all(|of| of["status"] == "learned" && of["choices"] == 3));
    // What comes in has it from now on.
    world.send(user.upload("b.ofx", &shops(&["JOES PIZZA", "TEA HOUSE"], 5..6), "b")).await;
    let given = rows(&user, "category=food.restaurants").await;
    assert_eq!(given.len(), 8);

    // Of both something else is learned now: what was given is decided anew by a worker.
    assert_eq!(undo(&user, &chosen["edit_id"]).await.json(), json!({"restored": 6, "kept": 0}));
    let call = || Call::system(world.options().sources.clock.now());
    while world.dashtam.rules().carry_on(&call(), CarryOnRuleRuns).await.unwrap() {}
    assert_eq!(rows(&user, "category=food.restaurants").await, Vec::<Value>::new());
    // And of one at once.
    let [one, two] =
        ["food.restaurants", "travel"].map(|key| json!({"transactions": pizza[..3], "category": key}));
    assert_eq!(user.post(BULK, one).await.json()["changed"], 3);
    world.send(user.upload("c.ofx", &shops(&["JOES PIZZA"], 6..7), "b")).await;
    assert_eq!(rows(&user, "category=food.restaurants").await.len(), 4);
    assert_eq!(user.post(BULK, two).await.json()["changed"], 3);
    let left = rows(&user, "category=food.restaurants").await;
    assert_eq!(left, Vec::<Value>::new());
    assert_eq!(rows(&user, "category=travel").await.len(), 4, "it is learned otherwise");
}
