//! A request that is sent again takes effect once.

use dashtam_tests::{
    Api, Engine, User,
    api::send,
    outbox::mails_to,
    statement::{ofx, rows},
    user::{fresh_credentials, registration},
};
use futures_util::future::join_all;
use serde_json::json;

use crate::engines::{on_both_engines, shared};

const CREATE: &str = "/api/v1/providers/create";

on_both_engines!(
    thirty_callers_with_one_key_get_one_answer_and_one_effect,
    thirty_imports_with_one_key_are_one_import,
    a_key_that_was_used_for_something_else_is_refused,
);

async fn thirty_callers_with_one_key_get_one_answer_and_one_effect(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let body = json!({"provider_key": "sandbox", "alias": "Once only"});
    let answers = join_all((0..30).map(|_| user.api.post_once(CREATE, "key-1", &body))).await;
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.body, answers[0].body, "answers differ");
    }
    let replayed = answers.iter().filter(|answer| answer.header("idempotency-replayed") == "true").count();
    assert_eq!(replayed, 29);
    assert_eq!(user.api.all("/api/v1/providers").await.len(), 1);
    // Much later, and after the thing has changed, the answer is still the first one.
    let provider = answers[0].expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/providers/{provider}");
    send(user.api.request("PATCH", &path).json(&json!({"alias": "Renamed"}))).await.expect(200);
    assert_eq!(user.api.post_once(CREATE, "key-1", &body).await.body, answers[0].body);

    // Another user's key of the same name is another key.
    let other = User::new(&server).await;
    let own = other.api.post_once(CREATE, "key-1", &body).await;
    assert_eq!(own.status, 201, "{}", own.text());
    assert_ne!(own.body, answers[0].body);
}

async fn thirty_imports_with_one_key_are_one_import(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let file = ofx("424242", &rows(1, 700), 12_345, "20260901");
    let upload = || send(user.api.upload_request("one.ofx", &file).header("Idempotency-Key", "import-1"));
    let answers = join_all((0..30).map(|_| upload())).await;
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.body, answers[0].body, "answers differ");
    }
    let report = answers[0].expect(201);
    assert_eq!(user.api.all("/api/v1/transactions").await.len(), 700);
    let path = format!("/api/v1/imports/{}", report["id"].as_str().unwrap());
    assert_eq!(user.api.get(&path).await.expect(200), report);
    // The one report accounts for every row that was stored.
    assert_eq!(report["rows"], json!({"taken": 700, "known": 0, "refused": 0}), "{report}");
    let imports: Vec<String> = user
        .api
        .all("/api/v1/transactions")
        .await
        .iter()
        .map(|row| row["import_id"].as_str().unwrap().to_owned())
        .collect();
    assert!(imports.iter().all(|id| report["id"] == id.as_str()), "rows of an import nobody was told about");
}

async fn a_key_that_was_used_for_something_else_is_refused(engine: Engine, test: &str) {
    let server = shared!(engine, test);
    let user = User::new(&server).await;
    let body = json!({"provider_key": "sandbox", "alias": "First"});
    user.api.post_once(CREATE, "key", &body).await.expect(201);
    let other = json!({"provider_key": "sandbox", "alias": "Second"});
    user.api.post_once(CREATE, "key", &other).await.refused(422, "idempotency-key-reused");
    let upload = user.api.upload_request("a.ofx", &ofx("1", &rows(1, 3), 0, "20260901"));
    send(upload.header("Idempotency-Key", "key")).await.refused(422, "idempotency-key-reused");
    assert_eq!(user.api.all("/api/v1/providers").await.len(), 1);
    assert!(user.api.all("/api/v1/transactions").await.is_empty());

    // A refusal is not an answer to be kept: the same key works once the request is right.
    let taken = user.api.post_once(CREATE, "retry", &json!({"provider_key": "nobank", "alias": "X"})).await;
    assert_eq!(taken.status, 400, "{}", taken.text());
    user.api.post_once(CREATE, "retry", &other).await.expect(201);

    for key in ["", &"k".repeat(256), "ümlaut"] {
        let request = user.api.request("POST", CREATE).json(&other);
        let Ok(value) = reqwest::header::HeaderValue::from_bytes(key.as_bytes()) else { continue };
        let refused = send(request.header("Idempotency-Key", value)).await;
        assert_eq!(refused.status, 422, "{key}: {}", refused.text());
        refused.problem();
    }
    let twice =
        user.api.request("POST", CREATE).header("Idempotency-Key", "a").header("Idempotency-Key", "b");
    assert_eq!(send(twice.json(&other)).await.status, 422);
}

#[tokio::test]
async fn a_registration_sent_twice_with_one_key_sends_one_mail() {
    let server = shared!(Engine::Sqlite, "a_registration_sent_twice_with_one_key_sends_one_mail");
    let api = Api::of(&server);
    let (email, password) = fresh_credentials();
    let (body, key) = (registration(&email, &password), format!("sign-up-of-{email}"));
    let path = "/api/v1/auth/register";
    let answers = join_all((0..6).map(|_| api.post_once(path, &key, &body))).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
    }
    // Mails leave in order: when one that was asked for later is there, no second one is coming.
    let later = User::new(&server).await;
    assert!(!later.id.is_empty());
    assert_eq!(mails_to(&server, &email).len(), 1);
}
