//! Exports that a worker prepares: asked for, watched, fetched as the same bytes, and gone.

use actix_web::http::Method;
use chrono::TimeDelta;
use dashtam_api::ExportWriters;
use dashtam_application::exports::{RunNextExport, SweepExports};
use dashtam_domain::call::Call;
use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    world::{User, World},
};

const EXPORTS: &str = "/api/v1/exports";

fn call(world: &World) -> Call {
    Call::system(world.options().sources.clock.now())
}

/// Does what workers do until nothing is left.
async fn prepare(world: &World) {
    while world.dashtam.exports().run_next(&call(world), RunNextExport, &ExportWriters).await.unwrap() {}
}

async fn with_statement(world: &World) -> User<'_> {
    let user = world.user("ada@example.com").await;
    assert_eq!(world.send(user.upload("a.ofx", STATEMENT, "b")).await.status, 201);
    user
}

async fn ask(user: &User<'_>, body: Value) -> String {
    let asked = user.post(EXPORTS, body).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    assert_eq!(asked.json()["status"], "waiting");
    format!("{EXPORTS}/{}", asked.json()["id"].as_str().unwrap())
}

#[actix_web::test]
async fn a_prepared_file_is_the_one_that_would_be_sent_at_once() {
    let world = World::new().await;
    let user = with_statement(&world).await;
    for (body, query) in [
        (json!({"format": "csv"}), "format=csv"),
        (
            json!({"format": "csv", "excel": true, "filter": {"text": "coffee"}}),
            "format=csv&excel=true&text=coffee",
        ),
        (json!({"format": "jsonl", "kind": "balances"}), "format=jsonl&kind=balances"),
        (json!({"format": "hledger"}), "format=hledger"),
        (json!({"format": "beancount", "kind": "transactions", "filter": null}), "format=beancount"),
    ] {
        let place = ask(&user, body.clone()).await;
        let content = format!("{place}/content");
        user.get(&content).await.problem(409, "export-without-file");
        prepare(&world).await;
        let job = user.get(&place).await.json();
        let at_once = user.get(&format!("{EXPORTS}?{query}")).await;
        let file = user.get(&content).await;
        assert_eq!((file.status.as_u16(), file.text()), (200, at_once.text()), "{body}");
        for name in ["content-type", "content-disposition"] {
            assert_eq!(file.header(name), at_once.header(name), "{body}");
        }
        assert_eq!(job["bytes"], at_once.body.len(), "{job}");
        assert_eq!(job["asked"]["format"], body["format"], "{job}");
        assert_eq!((&job["status"], &job["error_code"]), (&json!("done"), &Value::Null), "{job}");
        assert_eq!(user.delete(&place).await.json()["status"], "removed");
        user.get(&content).await.problem(404, "not-found");
    }
    let trail = user.get("/api/v1/auth/me/export").await.text();
    assert_eq!(trail.matches("\"export_downloaded\"").count(), 5, "{trail}");
}

#[actix_web::test]
async fn whoever_only_looks_gets_no_file_and_leaves_no_trace() {
    let world = World::new().await;
    let user = with_statement(&world).await;
    let place = ask(&user, json!({"format": "csv"})).await;
    prepare(&world).await;
    let head = world.send(user.request(Method::HEAD, &format!("{place}/content"))).await;
    assert_eq!((head.status.as_u16(), head.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    assert!(head.body.is_empty());
    let trail = user.get("/api/v1/auth/me/export").await.text();
    assert!(!trail.contains("\"export_downloaded\"") && trail.contains("\"data_exported\""), "{trail}");
}

#[actix_web::test]
async fn what_no_export_takes_is_refused_with_its_field() {
    let world = World::new().await;
    let user = with_statement(&world).await;
    for (body, broken) in [
        (json!({}), vec!["format:missing"]),
        (json!({"format": 7, "kind": "x"}), vec!["format:wrong_type", "kind:unknown"]),
        (json!({"format": "pdf", "excel": "yes"}), vec!["excel:wrong_type", "format:unknown"]),
        (json!({"format": "ofx", "kind": "holdings"}), vec!["format:unsuitable"]),
        (json!({"format": "csv", "method": "fifo"}), vec!["method:unsuitable"]),
        (
            json!({"format": "csv", "filter": {"text": "a", "limit": "7", "tags": 7}}),
            vec!["filter.limit:unknown", "filter.tags:wrong_type", "filter.text:too_short"],
        ),
        (json!({"format": "csv", "filter": []}), vec!["filter:wrong_type"]),
        (
            json!({"format": "csv", "kind": "balances", "filter": {"from": "2026-01-01"}}),
            vec!["filter.from:unsuitable"],
        ),
        (
            json!({"format": "csv", "kind": "closings", "filter": {"from": "2026-02-01", "to": "2026-01-01"}}),
            vec!["filter.from:out_of_range"],
        ),
    ] {
        assert_eq!(user.post(EXPORTS, body.clone()).await.broken_rules(), broken, "{body}");
    }
    let strange = json!({"format": "csv", "filter": {"account_id": "01890a5d-ac96-774b-bcce-b302099a8057"}});
    user.post(EXPORTS, strange).await.problem(404, "not-found");
    assert_eq!(user.get("/api/v1/exports/jobs").await.json()["items"], json!([]));
}

#[actix_web::test]
async fn exports_are_their_owners_and_few() {
    let world = World::new().await;
    let user = with_statement(&world).await;
    let mut places = Vec::new();
    for _ in 0..5 {
        places.push(ask(&user, json!({"format": "csv"})).await);
    }
    user.post(EXPORTS, json!({"format": "csv"})).await.problem(409, "too-many-exports");
    prepare(&world).await;
    user.post(EXPORTS, json!({"format": "csv"})).await.problem(409, "too-many-exports");
    let listed = user.get("/api/v1/exports/jobs").await.json();
    let listed: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|job| job["status"].clone()).collect();
    assert_eq!(listed, vec![json!("done"); 5]);
    let stranger = world.user("eve@example.com").await;
    stranger.get(&places[0]).await.problem(404, "not-found");
    stranger.get(&format!("{}/content", places[0])).await.problem(404, "not-found");
    stranger.delete(&places[0]).await.problem(404, "not-found");
    assert_eq!(user.delete(&places[0]).await.status, 200);
    user.delete(&places[0]).await.problem(404, "not-found");
    // One that is removed while it waits is not prepared.
    let place = ask(&user, json!({"format": "csv"})).await;
    assert_eq!(user.delete(&place).await.status, 200);
    let run = world.dashtam.exports().run_next(&call(&world), RunNextExport, &ExportWriters).await.unwrap();
    assert!(!run);
}

#[actix_web::test]
async fn a_repeated_request_with_its_key_asks_once() {
    let world = World::new().await;
    let user = with_statement(&world).await;
    let send = async |format: &str| {
        let request = user.request(Method::POST, EXPORTS).insert_header(("idempotency-key", "k"));
        world.send(request.set_json(json!({"format": format}))).await
    };
    let first = send("csv").await;
    assert_eq!((first.status.as_u16(), send("csv").await.json()), (202, first.json()));
    assert_eq!(send("ofx").await.status, 422);
    assert_eq!(user.get("/api/v1/exports/jobs").await.json()["items"], json!([first.json()]));
}

#[actix_web::test]
async fn a_file_expires() {
    let mut world = World::new().await;
    let place = {
        let user = with_statement(&world).await;
        let place = ask(&user, json!({"format": "csv"})).await;
        prepare(&world).await;
        assert_eq!(user.get(&format!("{place}/content")).await.status, 200);
        place
    };
    assert_eq!(world.dashtam.exports().sweep(&call(&world), SweepExports).await.unwrap(), 0);
    world.later(TimeDelta::hours(49));
    let user = world.sign_in("ada@example.com", "Tests/2.0").await;
    user.get(&place).await.problem(404, "not-found");
    user.get(&format!("{place}/content")).await.problem(404, "not-found");
    // A chunk and the export.
    assert_eq!(world.dashtam.exports().sweep(&call(&world), SweepExports).await.unwrap(), 2);
}

/// What a table says, read by columns: the same rows, with numbers and days that are ones.
#[cfg(feature = "parquet")]
#[actix_web::test]
async fn a_parquet_file_says_what_the_table_says() {
    use actix_web::web::Bytes;
    use parquet::{
        file::reader::{FileReader, SerializedFileReader},
        record::Field,
    };

    let world = World::new().await;
    let user = with_statement(&world).await;
    for kind in ["transactions", "balances", "holdings", "lots", "closings"] {
        let table = user.get(&format!("{EXPORTS}?kind={kind}&format=csv")).await.text();
        let names: Vec<&str> = table.lines().next().unwrap().split(',').collect();
        let at_once = user.get(&format!("{EXPORTS}?kind={kind}&format=parquet")).await;
        assert_eq!(at_once.header("content-type"), Some("application/vnd.apache.parquet"));
        let place = ask(&user, json!({"format": "parquet", "kind": kind})).await;
        prepare(&world).await;
        let prepared = user.get(&format!("{place}/content")).await;
        assert_eq!(prepared.body, at_once.body, "{kind}");
        assert_eq!(user.delete(&place).await.status, 200);
        let reader = SerializedFileReader::new(Bytes::from(at_once.body)).unwrap();
        let columns = reader.metadata().file_metadata().schema_descr().columns();
        let told: Vec<&str> =
            columns.iter().map(|column| column.name()).filter(|name| !name.ends_with("_text")).collect();
        assert_eq!(told, names, "{kind}");
        let rows: Vec<Vec<(String, Field)>> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
        assert_eq!(rows.len(), table.lines().count() - 1, "{kind}");
        if kind == "transactions" {
            let field = |name: &str| rows[0].iter().find(|(of, _)| of == name).unwrap().1.clone();
            assert_eq!(field("amount_text"), Field::Str("-12.30".to_owned()));
            assert_eq!(field("currency"), Field::Str("USD".to_owned()));
            assert_eq!(field("hidden"), Field::Bool(false));
            assert_eq!(field("note"), Field::Null);
            let amount = field("amount");
            let Field::Decimal(amount) = amount else { panic!("{amount:?}") };
            let unscaled = i128::from_be_bytes(amount.data().try_into().unwrap());
            assert_eq!((unscaled, amount.scale()), (-12_300_000_000_000_000_000, 18));
            let day = field("day");
            let Field::Date(day) = day else { panic!("{day:?}") };
            // The fifteenth of January 2026.
            assert_eq!(day, 20_468);
        }
    }
}
