//! Webhooks of the real program, sent to receivers on this machine.

mod manual;
mod receiver;

use std::collections::BTreeSet;

use dashtam_tests::{
    Engine, Server, User,
    outbox::{mails_to, nth_mail_to},
    patience::{SOON, eventually},
    python::told_by_python,
    secrets,
    server::Options,
    statement::{ofx, rows},
};
use serde_json::{Value, json};

use self::receiver::{Answer, Received, Receiver};
use crate::{
    engines::{on_both_engines, place},
    replicas::{common, pair_with},
};

const WEBHOOKS: &str = "/api/v1/webhooks";
const ALLOW: &str = "DASHTAM__WEBHOOKS__ALLOW_PRIVATE";

on_both_engines!(
    a_change_is_told_signed_and_verified_by_others,
    what_fails_waits_and_who_is_gone_is_switched_off,
    what_was_sent_when_the_program_was_killed_comes_again_under_its_id,
);

/// Receivers on this machine may be reached.
fn allowing() -> Options {
    Options { variables: vec![(ALLOW, "true".to_owned())], ..Options::default() }
}

async fn make(user: &User, url: &str, events: &[&str]) -> Value {
    let made = user.api.post(WEBHOOKS, &json!({"url": url, "events": events})).await.expect(201);
    secrets::plant(made["secret"].as_str().unwrap());
    made
}

fn path(webhook: &Value) -> String {
    format!("{WEBHOOKS}/{}", webhook["id"].as_str().unwrap())
}

async fn fire(user: &User, webhook: &Value) -> String {
    let fired = user.api.post(&format!("{}/test", path(webhook)), &json!({})).await.expect(202);
    fired["id"].as_str().unwrap().to_owned()
}

/// The delivery with this id, once it was tried.
async fn tried(user: &User, webhook: &Value, id: &str) -> Value {
    eventually("a try of the delivery", SOON, async || {
        let all = user.api.all(&format!("{}/deliveries", path(webhook))).await;
        all.into_iter().find(|one| one["id"] == id && !one["last_try"].is_null())
    })
    .await
}

/// Verifies by the library of the standard; what it read. `None` where Python or the module is missing.
fn verified_by_python(secret: &str, received: &Received) -> Option<Value> {
    const SCRIPT: &str = "\
import json, sys
from standardwebhooks import Webhook, WebhookVerificationError
given = json.load(sys.stdin)
webhook = Webhook(given['secret'])
event = webhook.verify(given['body'], given['headers'])
for change in ({'webhook-id': 'other'}, {'webhook-timestamp': str(int(given['headers']['webhook-timestamp']) + 1)}):
    try:
        webhook.verify(given['body'], {**given['headers'], **change})
        sys.exit('a changed header was accepted')
    except WebhookVerificationError:
        pass
print(json.dumps(event))
";
    let given = json!({"secret": secret, "body": received.body, "headers": received.headers});
    told_by_python("standardwebhooks", SCRIPT, &given)
}

async fn a_change_is_told_signed_and_verified_by_others(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start_with(&place, &allowing());
    let user = User::new(&server).await;
    let receiver = Receiver::new(|_| Answer::status(204));
    let made = make(&user, &receiver.url("/in"), &["import.finished", "transactions.changed"]).await;
    let import = user.api.upload("a.ofx", &ofx("5550001234", &rows(1, 5), 100, "20260901")).await.expect(201);
    let finished = receiver.next(|received| received.json()["type"] == "import.finished").await;
    assert_eq!(finished.path, "/in");
    assert_eq!(finished.headers["content-type"], "application/json");
    assert_eq!(finished.json()["data"]["import_id"], import["id"]);
    let changed = receiver.next(|received| received.json()["type"] == "transactions.changed").await;
    assert_eq!(changed.json()["data"]["account_ids"].as_array().unwrap().len(), 1);
    let secret = made["secret"].as_str().unwrap();
    for received in [&finished, &changed] {
        if let Some(read) = verified_by_python(secret, received) {
            assert_eq!(read, received.json());
        }
        assert!(!received.body.contains("amount"), "ids only: {}", received.body);
    }
    let rotate = format!("{}/rotate-secret", path(&made));
    let rotated = user.api.post(&rotate, &json!({})).await.expect(200);
    secrets::plant(rotated["secret"].as_str().unwrap());
    fire(&user, &made).await;
    let test = receiver.next(|received| received.json()["type"] == "webhook.test").await;
    assert_eq!(test.headers["webhook-signature"].split(' ').count(), 2);
    for secret in [secret, rotated["secret"].as_str().unwrap()] {
        verified_by_python(secret, &test);
    }
    let log = user.api.all(&format!("{}/deliveries", path(&made))).await;
    assert!(log.iter().all(|one| one["event"] == "webhook.test" || one["seq"].is_number()));
}

async fn what_fails_waits_and_who_is_gone_is_switched_off(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start_with(&place, &allowing());
    let user = User::new(&server).await;
    let receiver = Receiver::new(|received| match received.path.as_str() {
        "/busy" => Answer::status(429).with("retry-after", "7200"),
        "/moved" => Answer::status(307).with("location", "/elsewhere"),
        "/broken" => Answer::status(500).saying("<b>broken</b>"),
        "/gone" => Answer::status(410),
        "/silent" => Answer::hang(),
        _ => Answer::status(200),
    });
    // Who never answers holds up nobody else.
    let silent = make(&user, &receiver.url("/silent"), &[]).await;
    fire(&user, &silent).await;
    receiver.next(|received| received.path == "/silent").await;
    let mut waits = Vec::new();
    for (path, status) in [("/busy", 429), ("/moved", 307), ("/broken", 500)] {
        let webhook = make(&user, &receiver.url(path), &["sync.failed"]).await;
        let delivery = fire(&user, &webhook).await;
        let shown = tried(&user, &webhook, &delivery).await;
        assert_eq!((&shown["last_try"]["status"], &shown["state"]), (&json!(status), &json!("pending")));
        assert_eq!(shown["tries"], 1);
        let instant = |at: &Value| chrono::DateTime::parse_from_rfc3339(at.as_str().unwrap()).unwrap();
        waits.push((instant(&shown["next_try_at"]) - instant(&shown["last_try"]["at"])).num_seconds());
    }
    assert!((7_200..7_300).contains(&waits[0]), "it asked for two hours: {waits:?}");
    assert!(waits[1] < 60 && waits[2] < 60, "{waits:?}");
    let again = receiver.next(|received| received.path == "/broken").await;
    let second = receiver.next(|received| received.path == "/broken").await;
    assert_eq!(again.headers["webhook-id"], second.headers["webhook-id"]);
    assert!(receiver.never(|received| received.path == "/elsewhere"), "redirects are not followed");

    let gone = make(&user, &receiver.url("/gone"), &["sync.failed"]).await;
    let listener = make(&user, &receiver.url("/well"), &["webhook.disabled"]).await;
    fire(&user, &gone).await;
    let told = receiver.next(|received| received.path == "/well").await;
    assert_eq!(told.json()["data"]["webhook_id"], gone["id"]);
    let shown = user.api.get(&path(&gone)).await.expect(200);
    assert_eq!((&shown["enabled"], &shown["disabled_because"]), (&json!(false), &json!("gone")));
    user.api.post(&format!("{}/test", path(&gone)), &json!({})).await.refused(409, "webhook-disabled");
    // Verification and welcome came before, and one for each of the six webhooks.
    nth_mail_to(&server, &user.email, 9).await;
    let mails = mails_to(&server, &user.email);
    let of = |subject: &str| mails.iter().filter(|mail| mail.subject == subject).collect::<Vec<_>>();
    assert_eq!(of("A Dashtam Webhook Tells Another Address").len(), 6);
    let [mail] = of("A Dashtam Webhook Was Switched Off")[..] else { panic!("one mail") };
    assert!(mail.text.contains("127.0.0.1") && !mail.text.contains("/gone"), "{}", mail.text);
    let _ = listener;
}

async fn what_was_sent_when_the_program_was_killed_comes_again_under_its_id(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start_with(&place, &allowing());
    let user = User::new(&server).await;
    // It hears the message, and the program dies before it hears the answer.
    let receiver = Receiver::new(|_| Answer::hang());
    let made = make(&user, &receiver.url("/in"), &["sync.failed"]).await;
    let delivery = fire(&user, &made).await;
    let first = receiver.next(|_| true).await;
    assert_eq!(first.headers["webhook-id"], delivery);
    server.kill();
    receiver.answers(|_| Answer::status(200));
    // The hold of the dead worker is not waited for.
    place.change("UPDATE webhooks SET held_until = created_at WHERE held_until IS NOT NULL").await;
    let server = Server::start_with(&place, &allowing());
    let second = receiver.next(|_| true).await;
    assert_eq!((&second.headers["webhook-id"], &second.body), (&first.headers["webhook-id"], &first.body));
    let user = User { api: user.api.at(&server), ..user };
    let shown = tried(&user, &made, &delivery).await;
    assert_eq!((&shown["state"], &shown["tries"]), (&json!("delivered"), &json!(1)));
}

#[tokio::test]
async fn networks_of_our_own_are_not_reached_unless_the_operator_says_so() {
    let place = place!(Engine::Sqlite, "webhooks_private");
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let receiver = Receiver::new(|_| Answer::status(200));
    for url in [receiver.url("/in"), "https://10.0.0.1/".to_owned(), "https://[::1]/".to_owned()] {
        let refused = user.api.post(WEBHOOKS, &json!({"url": url})).await;
        assert_eq!(refused.broken_rules(), ["url:address_not_allowed"], "{url}");
    }
    // Where a name leads is known when it is asked for.
    let made = make(&user, "https://localhost/in", &[]).await;
    let delivery = fire(&user, &made).await;
    let shown = tried(&user, &made, &delivery).await;
    assert_eq!(shown["last_try"]["failure"], "address_not_allowed");
    assert!(receiver.never(|_| true));
}

#[tokio::test]
async fn two_workers_send_each_event_once() {
    let place = place!(Engine::Postgres, "webhooks_two_workers");
    let mut options = common();
    options.variables.push((ALLOW, "true".to_owned()));
    let (first, _second) = pair_with(&place, &options);
    let third = Server::start_with(&place.beside(), &options);
    let user = User::new(&first).await;
    let receiver = Receiver::new(|_| Answer::status(200));
    let webhooks = [
        make(&user, &receiver.url("/a"), &["import.finished"]).await,
        make(&user, &receiver.url("/b"), &["import.finished"]).await,
    ];
    let there = user.api.at(&third);
    let mut imports = BTreeSet::new();
    for number in 1..=10 {
        let api = if number % 2 == 0 { &user.api } else { &there };
        let import = {
            let file = ofx("5550001234", &rows(number * 100, 5), 100, "20260901");
            api.upload(&format!("{number}.ofx"), &file).await.expect(201)
        };
        imports.insert(import["id"].as_str().unwrap().to_owned());
    }
    for webhook in &webhooks {
        eventually("all deliveries", SOON, async || {
            let all = user.api.all(&format!("{}/deliveries", path(webhook))).await;
            let done = all.iter().filter(|one| one["state"] == "delivered").count();
            (done == imports.len()).then_some(())
        })
        .await;
    }
    for path in ["/a", "/b"] {
        let told: Vec<String> = receiver
            .all()
            .iter()
            .filter(|received| received.path == path)
            .map(|received| received.json()["data"]["import_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(told.len(), imports.len(), "each once");
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), imports);
    }
}
