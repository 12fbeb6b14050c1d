//! Corrections stay, whatever an institution says later, and are taken back exactly.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dashtam_tests::{Engine, Server, User, api::send, figures::today, server::Options};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

on_both_engines!(a_correction_outlives_what_the_institution_says_later,);

const ACCESS: &str = "demo:demo-word-of-the-access";

/// The rows that the institution shows.
pub(crate) type Rows = Arc<Mutex<Vec<Value>>>;

fn answer(request: &str, address: SocketAddr, rows: &Rows) -> String {
    if request.starts_with("POST /claim/") {
        return format!("http://{ACCESS}@{address}/simplefin");
    }
    let asked = |name: &str| -> Option<i64> {
        let (_, rest) = request.split_once(&format!("{name}="))?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let (from, to) = (asked("start-date").unwrap_or(0), asked("end-date").unwrap_or(i64::MAX));
    let rows = rows.lock().unwrap();
    let rows: Vec<_> =
        rows.iter().filter(|row| (from..to).contains(&row["posted"].as_i64().unwrap())).collect();
    json!({"errlist": [], "connections": [{"conn_id": "c", "org_name": "Village Bank"}], "accounts": [{
        "id": "1", "conn_id": "c", "name": "Everyday", "currency": "USD", "balance": "12.50",
        "balance-date": noon(0), "transactions": rows}]})
    .to_string()
}

fn serve(mut stream: TcpStream, address: SocketAddr, rows: &Rows) {
    let mut head = [0_u8; 8_192];
    let read = stream.read(&mut head).unwrap_or(0);
    let body = answer(&String::from_utf8_lossy(&head[..read]), address, rows);
    let whole = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // Who hangs up early gets nothing.
    let _ = stream.write_all(whole.as_bytes());
}

/// Noon of a day so many days ago.
pub(crate) fn noon(days: i64) -> i64 {
    let at = today().and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp();
    at - days * 86_400
}

/// The day that is so many days ago.
fn ago(days: i64) -> String {
    (today() - chrono::TimeDelta::days(days)).to_string()
}

/// A SimpleFIN server that shows these rows; a setup token of it.
pub(crate) fn simplefin(rows: &Rows) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let rows = Arc::clone(rows);
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| serve(stream, address, &rows)));
    STANDARD.encode(format!("http://{address}/claim/once"))
}

/// What an account was worth on the days from `days` ago to yesterday, as the history has it.
async fn history(user: &User, account: &str, days: i64) -> Value {
    let path = format!("/api/v1/accounts/{account}/balances?from={}&to={}", ago(days), ago(1));
    user.api.get(&path).await.expect(200)["items"].clone()
}

async fn a_correction_outlives_what_the_institution_says_later(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let row = |id: &str, days: i64, amount: &str, text: &str| {
        json!({"id": id, "posted": noon(days), "amount": amount,
        "description": text, "payee": "JOES"})
    };
    let rows: Rows = Arc::default();
    *rows.lock().unwrap() = vec![row("a", 3, "-3.50", "SQ *JOES"), row("b", 4, "-20.00", "RENT")];
    let variables = vec![("DASHTAM__SIMPLEFIN__ALLOWED_NETWORKS", "127.0.0.0/8".to_owned())];
    let server = Server::start_with(&place, &Options { variables, ..Options::default() });
    let user = User::new(&server).await;
    let body = json!({"provider_key": "simplefin", "alias": "Village"});
    let made: Value = user.api.post("/api/v1/providers/create", &body).await.expect(201);
    let provider = made["id"].as_str().unwrap();
    let token = json!({"setup_token": simplefin(&rows)});
    user.api.post(&format!("/api/v1/auth/{provider}/link"), &token).await.expect(200);
    user.sync_well(provider).await;

    let told = user.api.all("/api/v1/transactions").await;
    assert_eq!(told.len(), 2);
    let id = told[0]["id"].as_str().unwrap();
    let account = told[0]["account_id"].as_str().unwrap();
    let path = format!("/api/v1/transactions/{id}");
    let before = history(&user, account, 8).await;
    let correction = json!({"description": "Joe's Pizza", "merchant": "Joe", "day": ago(6), "sign": "positive",
        "note": "with Ann", "hidden": true, "tags": ["Trip"], "category": "food.restaurants",
        "split": [{"amount": "3.00", "description": "Food", "category": "food.fast_food"}, {"amount": "0.50"}]});
    let corrected = send(user.api.request("PATCH", &path).json(&correction)).await.expect(200);
    assert_eq!((&corrected["amount"], &corrected["date"]), (&json!("3.50"), &json!(ago(6))));
    let moved = history(&user, account, 8).await;
    assert_ne!(moved, before, "the sums of the days follow");

    // The institution tells the row anew: the correction is shown, and what is told follows beside it.
    *rows.lock().unwrap() = vec![row("a", 2, "-4.00", "JOE S PIZZA 0042"), row("b", 4, "-20.00", "RENT")];
    user.sync_well(provider).await;
    let now: Value = user.api.get(&path).await.expect(200);
    assert_eq!(
        [&now["description"], &now["merchant"], &now["date"], &now["amount"], &now["note"], &now["hidden"]],
        [
            &json!("Joe's Pizza"),
            &json!("Joe"),
            &json!(ago(6)),
            &json!("4.00"),
            &json!("with Ann"),
            &json!(true)
        ]
    );
    let beside = &now["corrections"];
    assert_eq!(beside["description"]["institution_value"], "JOE S PIZZA 0042");
    assert_eq!(beside["day"]["institution_value"], ago(2));
    assert_eq!(beside["description"]["at"], corrected["corrections"]["description"]["at"]);
    assert_eq!((&now["category"], &now["category_by"]), (&json!("food.restaurants"), &json!("user")));
    assert_eq!(now["split"]["parts"][0]["category"], "food.fast_food");
    assert_eq!(now["split"]["adds_up"], false, "the institution changed the amount");
    assert_eq!(user.api.all("/api/v1/transactions").await.len(), 1);
    assert_eq!(user.api.all("/api/v1/transactions?hidden=only").await.len(), 1);
    assert_eq!(user.api.all("/api/v1/transactions?hidden=with&category=food").await.len(), 1);

    // What is shown is found, and what the institution says is not.
    for (asked, found) in [
        ("text=joe%20ann", 1),
        ("text=4,00", 1),
        ("text=0042", 0),
        ("tags=trip", 1),
        ("has_note=true&amount_min=4", 1),
        ("merchant=JOE&order=oldest", 1),
    ] {
        let path = format!("/api/v1/transactions?hidden=with&{asked}");
        assert_eq!(user.api.all(&path).await.len(), found, "{asked}");
    }
    let totals = user.api.get("/api/v1/transactions/totals?hidden=with&text=pizza").await.expect(200);
    assert_eq!(totals["items"][0]["total"], "4.00");
    assert_eq!(user.api.all("/api/v1/tags").await.len(), 1);

    let take_back = format!("/api/v1/accounts/{account}/corrections/name");
    let renamed = send(
        user.api.request("PATCH", &format!("/api/v1/accounts/{account}")).json(&json!({"name": "Household"})),
    )
    .await
    .expect(200);
    assert_eq!(renamed["corrections"]["name"]["institution_value"], "Everyday");
    user.sync_well(provider).await;
    let shown = user.api.get(&format!("/api/v1/accounts/{account}")).await.expect(200);
    assert_eq!(shown["name"], "Household");
    assert_eq!(send(user.api.request("DELETE", &take_back)).await.expect(200)["name"], "Everyday");

    // Taken back, everything is what the institution says, sums of days included.
    for field in ["description", "merchant", "category", "day", "sign", "note", "hidden", "split", "tags"] {
        send(user.api.request("DELETE", &format!("{path}/corrections/{field}"))).await.expect(200);
    }
    assert_eq!(user.api.all("/api/v1/tags").await.len(), 0);
    assert_eq!(user.api.all("/api/v1/transactions?text=0042").await.len(), 1);
    let spent = user.api.get(&format!("/api/v1/spending?from={}&to={}", ago(8), ago(0))).await.expect(200);
    assert_eq!(spent["totals"][0]["amount"], "24.00", "no category: by the sign");
    let back: Value = user.api.get(&path).await.expect(200);
    assert_eq!(
        [&back["description"], &back["merchant"], &back["date"], &back["amount"], &back["corrections"]],
        [&json!("JOE S PIZZA 0042"), &json!("JOES"), &json!(ago(2)), &json!("-4.00"), &Value::Null]
    );
    *rows.lock().unwrap() = vec![row("a", 3, "-3.50", "SQ *JOES"), row("b", 4, "-20.00", "RENT")];
    user.sync_well(provider).await;
    assert_eq!(history(&user, account, 8).await, before);
}
