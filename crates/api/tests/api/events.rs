//! Events as they happen.

use std::sync::Arc;

use actix_web::{http::Method, test::TestRequest};
use dashtam_domain::{
    id::{SessionId, UserId},
    live::LiveBody,
    retention::Outlived,
};
use serde_json::{Value, json};

use crate::{
    imports::STATEMENT,
    world::{Listening, User, World},
};

const EVENTS: &str = "/api/v1/events";

/// A world whose streams go on.
async fn world() -> World {
    let mut world = World::new().await;
    world.change().streams = Arc::default();
    world
}

async fn listen(user: &User<'_>, query: &str) -> Listening {
    let listening = user.world.listen(user.request(Method::GET, &format!("{EVENTS}{query}"))).await;
    assert_eq!(listening.status, 200);
    listening
}

/// Comes again from a place.
async fn resume(user: &User<'_>, last: &str) -> Listening {
    let request = user.request(Method::GET, EVENTS).insert_header(("last-event-id", last));
    let listening = user.world.listen(request).await;
    assert_eq!(listening.status, 200);
    listening
}

fn id_of(user: &User<'_>) -> UserId {
    user.login["user"]["id"].as_str().unwrap().parse().unwrap()
}

/// Something that happens to the user; its number.
async fn happens(user: &User<'_>, body: LiveBody) -> i64 {
    let mut work = user.world.storage.store.begin().await.unwrap();
    let now = user.world.options().sources.clock.now();
    let seq = work.live_events().append(id_of(user), now, body).await.unwrap();
    work.commit().await.unwrap();
    seq
}

/// Where the user's clock stands.
async fn clock(user: &User<'_>) -> i64 {
    user.world.storage.queries.clock(id_of(user)).await.unwrap().seq
}

#[actix_web::test]
async fn a_stream_is_told_what_happens_and_the_feed_holds_it() {
    let world = world().await;
    let user = world.user("ada@example.com").await;
    let mut stream = listen(&user, "").await;
    let header = |name: &str| stream.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!(header("cache-control").as_deref(), Some("no-store"));
    assert_eq!(header("x-accel-buffering").as_deref(), Some("no"));
    assert_eq!(header("content-encoding"), None);
    assert_eq!(stream.block().await.unwrap(), format!("retry: 3000\nid: 0.{}", clock(&user).await));

    let import = world.send(user.upload("january.ofx", STATEMENT, "xyz")).await.json();
    let account = user.get("/api/v1/accounts").await.json()["items"][0]["id"].clone();
    let mut kinds = Vec::new();
    let mut ids = Vec::new();
    while kinds.last().is_none_or(|kind| kind != "import.finished") {
        let event = stream.event().await.unwrap();
        match event.kind.as_str() {
            "transactions.changed" => assert_eq!(event.data, json!({ "account_ids": [account] })),
            "import.finished" => assert_eq!(event.data, json!({ "import_id": import["id"] })),
            other => panic!("{other}"),
        }
        kinds.push(event.kind);
        ids.push(event.id.strip_prefix("0.").unwrap().parse::<i64>().unwrap());
    }
    assert!(kinds.len() > 1 && ids.is_sorted_by(|one, next| one < next), "{kinds:?} {ids:?}");
    assert!(*ids.last().unwrap() <= clock(&user).await);
    let feed = user.get("/api/v1/sync?limit=500").await.json();
    let transactions =
        feed["items"].as_array().unwrap().iter().filter(|item| item["type"] == "transaction").count();
    assert_eq!(transactions, 2);

    // A correction is told by itself, and a stranger hears of nothing.
    let other = world.user("bob@example.com").await;
    let mut stranger = listen(&other, "").await;
    let transaction = &user.get("/api/v1/transactions").await.json()["items"][0]["id"];
    let path = format!("/api/v1/transactions/{}", transaction.as_str().unwrap());
    assert_eq!(user.patch(&path, json!({"note": "mine"})).await.status, 200);
    let event = stream.event().await.unwrap();
    assert_eq!(
        (event.kind.as_str(), &event.data),
        ("transactions.changed", &json!({ "account_ids": [account] }))
    );
    happens(&other, LiveBody::ReconciliationSuggested).await;
    assert_eq!(stranger.kind().await.unwrap(), "reconciliation.suggested");
}

#[actix_web::test]
async fn who_comes_again_is_told_what_was_missed_and_nothing_twice() {
    let world = world().await;
    let user = world.user("ada@example.com").await;
    let session = |number: u128| LiveBody::SessionEnded { session: SessionId(uuid::Uuid::from_u128(number)) };
    let mut stream = listen(&user, "").await;
    for number in 0..3 {
        happens(&user, session(number)).await;
    }
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(stream.event().await.unwrap());
    }
    let last = stream.last_id.clone();
    drop(stream);
    // More than is read at once.
    for number in 3..250 {
        happens(&user, session(number)).await;
    }
    let query = format!("?last_event_id={last}");
    let mut by_header = resume(&user, &last).await;
    let mut by_query = listen(&user, &query).await;
    for stream in [&mut by_header, &mut by_query] {
        assert_eq!(stream.block().await.unwrap(), format!("retry: 3000\nid: {last}"));
        let mut told = seen.clone();
        while told.len() < 250 {
            told.push(stream.event().await.unwrap());
        }
        let sessions: Vec<u128> = told
            .iter()
            .map(|event| event.data["session_id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().as_u128())
            .collect();
        assert_eq!(sessions, (0..250).collect::<Vec<_>>());
    }
    // And then what happens next. Of header and query the header counts: a browser that lost its connection sends both.
    let request = user.request(Method::GET, &format!("{EVENTS}{query}"));
    let mut by_both = world.listen(request.insert_header(("last-event-id", &*by_header.last_id))).await;
    happens(&user, LiveBody::ReconciliationSuggested).await;
    for stream in [&mut by_header, &mut by_query, &mut by_both] {
        assert_eq!(stream.kind().await.unwrap(), "reconciliation.suggested");
    }
}

#[actix_web::test]
async fn a_place_that_cannot_be_gone_on_from_is_told_so_first() {
    let world = world().await;
    let user = world.user("ada@example.com").await;
    for _ in 0..3 {
        happens(&user, LiveBody::ReconciliationSuggested).await;
    }
    let mut work = world.storage.store.begin().await.unwrap();
    let later = world.options().sources.clock.now().plus(chrono::TimeDelta::days(8));
    assert_eq!(work.retention().remove(Outlived::LiveEvents, later, 2).await.unwrap(), 2);
    work.commit().await.unwrap();
    let now = clock(&user).await;
    for bad in ["nonsense", "", "7.1", &format!("0.{}", now + 100), &format!("0.{}", now - 2)] {
        let mut stream = resume(&user, bad).await;
        let event = stream.event().await.unwrap();
        assert_eq!((event.kind.as_str(), &event.data), ("resync", &json!({})), "{bad}");
        assert_eq!(event.id, format!("0.{}", clock(&user).await), "one goes on from here");
        happens(&user, LiveBody::ReconciliationSuggested).await;
        assert_eq!(stream.kind().await.unwrap(), "reconciliation.suggested");
    }
    // The floor itself is a place: nothing behind it is gone.
    let mut stream = resume(&user, &format!("0.{}", now - 1)).await;
    assert_eq!(stream.event().await.unwrap().id, format!("0.{now}"));
}

/// Its client takes nothing for a week.
#[actix_web::test]
async fn a_slow_stream_whose_events_are_gone_is_told_so() {
    let world = world().await;
    let user = world.user("ada@example.com").await;
    for is_anything_left in [true, false] {
        let mut stream = listen(&user, "").await;
        stream.block().await.unwrap();
        for _ in 0..3 {
            happens(&user, LiveBody::ReconciliationSuggested).await;
        }
        let mut work = world.storage.store.begin().await.unwrap();
        let later = world.options().sources.clock.now().plus(chrono::TimeDelta::days(8));
        assert!(work.retention().remove(Outlived::LiveEvents, later, 500).await.unwrap() >= 3);
        work.commit().await.unwrap();
        if is_anything_left {
            happens(&user, LiveBody::ReconciliationSuggested).await;
        }
        let event = stream.event().await.unwrap();
        assert_eq!((event.kind.as_str(), event.id), ("resync", format!("0.{}", clock(&user).await)));
        happens(&user, LiveBody::ReconciliationSuggested).await;
        assert_eq!(stream.kind().await.unwrap(), "reconciliation.suggested");
    }
}

#[actix_web::test]
async fn only_the_types_that_are_asked_for_are_told() {
    let world = world().await;
    let user = world.user("ada@example.com").await;
    let mut stream = listen(&user, "?types=reconciliation.suggested,sync.failed").await;
    happens(&user, LiveBody::TransactionsChanged { accounts: Vec::new() }).await;
    let seq = happens(&user, LiveBody::ReconciliationSuggested).await;
    assert_eq!(stream.event().await.unwrap().id, format!("0.{seq}"));
    for (query, rule) in [
        ("types=sync.progress", "types:unknown"),
        ("types=sync.failed,", "types:unknown"),
        ("types=", "types:empty"),
        ("types=sync.failed&types=sync.failed", "types:repeated"),
    ] {
        assert_eq!(user.get(&format!("{EVENTS}?{query}")).await.broken_rules(), [rule], "{query}");
    }
    world.get(EVENTS).await.problem(401, "unauthenticated");
}

#[actix_web::test]
async fn of_six_streams_the_oldest_ends() {
    let world = world().await;
    let user = world.user("ada@example.com").await;
    let mut streams = Vec::new();
    for _ in 0..6 {
        streams.push(listen(&user, "").await);
    }
    let bye = streams[0].event().await.unwrap();
    assert_eq!((bye.kind.as_str(), &bye.data), ("bye", &json!({"reason": "replaced"})));
    assert_eq!(streams[0].event().await, None);
    assert_eq!(world.options().streams.count(), 5);
    happens(&user, LiveBody::ReconciliationSuggested).await;
    for stream in &mut streams[1..] {
        assert_eq!(stream.kind().await.unwrap(), "reconciliation.suggested");
    }
    drop(streams);
    assert_eq!(world.options().streams.count(), 0);
}

#[actix_web::test]
async fn a_stream_ends_with_its_session() {
    let world = world().await;
    let user = world.user("ada@example.com").await;
    let other = world.sign_in("ada@example.com", "Tests/2.0").await;
    let mut mine = listen(&user, "").await;
    // What the stream is not told of ends it, too.
    let mut theirs = listen(&other, "?types=sync.failed").await;
    let sessions = user.get("/api/v1/auth/sessions").await.json();
    let theirs_id =
        sessions["items"].as_array().unwrap().iter().find(|one| one["is_current"] == false).unwrap();
    let theirs_id = theirs_id["id"].as_str().unwrap();
    assert_eq!(user.delete(&format!("/api/v1/auth/sessions/{theirs_id}")).await.status, 200);
    let event = mine.event().await.unwrap();
    assert_eq!((event.kind.as_str(), &event.data), ("session.ended", &json!({ "session_id": theirs_id })));
    let bye = theirs.event().await.unwrap();
    assert_eq!((bye.kind.as_str(), &bye.data), ("bye", &json!({"reason": "signed-out"})));
    assert_eq!(theirs.event().await, None);

    // An account that is switched off, without any event.
    world.disable("ada@example.com").await;
    world.forget(id_of(&user));
    assert_eq!(mine.kind().await.unwrap(), "bye");
    assert_eq!(mine.event().await, None);
}

#[actix_web::test]
async fn a_key_listens_if_it_may_and_until_it_is_revoked() {
    let world = world().await;
    let user = world.user("ada@example.com").await;
    let body = json!({"name": "home", "scopes": ["events:read"]});
    let key: Value = user.post("/api/v1/auth/api-keys", body).await.json();
    let request = TestRequest::get().uri(EVENTS);
    let bearer = format!("Bearer {}", key["key"].as_str().unwrap());
    let mut stream = world.listen(request.insert_header(("authorization", bearer))).await;
    assert_eq!(stream.status, 200);
    let id = key["id"].as_str().unwrap();
    assert_eq!(user.delete(&format!("/api/v1/auth/api-keys/{id}")).await.status, 200);
    assert_eq!(stream.kind().await.unwrap(), "session.ended");
    assert_eq!(stream.kind().await.unwrap(), "bye");
}

#[actix_web::test]
async fn streams_end_with_the_program() {
    let world = world().await;
    let user = world.user("ada@example.com").await;
    let mut open = listen(&user, "").await;
    open.block().await.unwrap();
    world.options().streams.end();
    assert_eq!(open.block().await.unwrap(), "retry: 1000\nevent: bye\ndata: {\"reason\":\"stopping\"}");
    assert_eq!(open.block().await, None);
    let mut late = listen(&user, "").await;
    assert_eq!(late.kind().await.unwrap(), "bye");
    assert_eq!(late.event().await, None);
}
