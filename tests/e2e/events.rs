//! Programs are told of what happens, by whichever server, and over the end of it.

use std::{collections::BTreeSet, time::Duration};

use dashtam_tests::{
    Engine, Server, User,
    patience::{SOON, eventually},
    statement::{ofx, rows},
};
use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    engines::{on_both_engines, place},
    replicas::pair,
};

on_both_engines!(nothing_is_lost_when_the_server_is_killed, a_server_that_stops_says_goodbye);

/// A program that listens.
struct Listener {
    answer: Response,
    text: String,
    /// The id of the last event.
    last: String,
}

/// One event: its kind and its data.
type Event = (String, Value);

impl Listener {
    /// Begins to listen, behind an event if there was one.
    async fn open(user: &User, last: &str) -> Self {
        let mut request = user.api.request("GET", "/api/v1/events").header("accept-encoding", "gzip, br");
        if !last.is_empty() {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.expect("the server answers");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert!(!answer.headers().contains_key("content-encoding"));
        let mut listener = Self { answer, text: String::new(), last: last.to_owned() };
        let opening = listener.block().await.expect("a stream begins");
        assert!(opening.starts_with("retry: 3000\nid: "), "{opening}");
        listener
    }

    /// The lines up to the next empty one; `None` where the stream ends or breaks off.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(id) = block.lines().find_map(|line| line.strip_prefix("id: ")) {
                    id.clone_into(&mut self.last);
                }
                return Some(block);
            }
            let part = timeout(SOON, self.answer.chunk()).await.expect("something is told in time");
            self.text += std::str::from_utf8(&part.ok()??).expect("events are text");
        }
    }

    /// The next event.
    async fn event(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            if let Some(data) = field("data") {
                let kind = field("event").expect("events have a type").to_owned();
                return Some((kind, serde_json::from_str(data).expect("the data is JSON")));
            }
        }
    }

    /// The events up to the first of this kind.
    async fn until(&mut self, kind: &str) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.event().await.expect("the stream goes on");
            let is_it = event.0 == kind;
            events.push(event);
            if is_it {
                return events;
            }
        }
    }
}

fn kinds(events: &[Event]) -> BTreeSet<&str> {
    events.iter().map(|(kind, _)| kind.as_str()).collect()
}

#[tokio::test]
async fn what_happens_on_one_server_is_told_by_the_other() {
    let (first, second) = pair(&place!(Engine::Postgres, "what_happens_on_one_server_is_told_by_the_other"));
    let here = User::new(&first).await;
    let there = here.at(&second);
    let mut listener = Listener::open(&there, "").await;
    let import = here.api.upload("a.ofx", &ofx("4711", &rows(1, 20), 5, "20260831")).await.expect(201);
    let events = listener.until("import.finished").await;
    assert_eq!(events.last().unwrap().1["import_id"], import["id"]);
    let account = here.api.all("/api/v1/accounts").await[0]["id"].clone();
    let (kind, data) = &events[0];
    assert_eq!((kind.as_str(), &data["account_ids"][0]), ("transactions.changed", &account));
    // The first server carries the run out that is asked for at the other.
    let provider = here.link("alice").await;
    there.sync_well(&provider).await;
    let events = listener.until("sync.completed").await;
    assert_eq!(events.last().unwrap().1["provider_id"], provider.as_str());
    assert!(kinds(&events).is_superset(&["sync.started", "transactions.changed"].into()), "{events:?}");

    // Where one of them goes away, one goes on at the other.
    let last = listener.last.clone();
    second.kill();
    while listener.event().await.is_some() {}
    here.api.upload("b.ofx", &ofx("4712", &rows(1, 5), 5, "20260831")).await.expect(201);
    let mut listener = Listener::open(&here, &last).await;
    let events = listener.until("import.finished").await;
    assert_eq!(kinds(&events), ["transactions.changed", "import.finished"].into());
}

async fn nothing_is_lost_when_the_server_is_killed(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let mut listener = Listener::open(&user, "").await;
    let upload = async |user: &User, number: usize| {
        let file = ofx(&format!("55500{number}"), &rows(1, 30), 5, "20260831");
        user.api.upload("a.ofx", &file).await.expect(201)["id"].clone()
    };
    let mut imports = vec![upload(&user, 1).await];
    let mut told = Vec::new();
    let finished = |events: &[Event]| -> Vec<Value> {
        let of = events.iter().filter(|(kind, _)| kind == "import.finished");
        of.map(|(_, data)| data["import_id"].clone()).collect()
    };
    told.extend(finished(&listener.until("import.finished").await));
    let last = listener.last.clone();
    imports.push(upload(&user, 2).await);
    // Whatever of it was told already is not taken note of.
    server.kill();
    while listener.event().await.is_some() {}

    let server = Server::start(&place);
    let user = user.at(&server);
    let mut listener = Listener::open(&user, &last).await;
    told.extend(finished(&listener.until("import.finished").await));
    imports.push(upload(&user, 3).await);
    told.extend(finished(&listener.until("import.finished").await));
    assert_eq!(told, imports, "each once, in order");
}

async fn a_server_that_stops_says_goodbye(engine: Engine, test: &str) {
    let server = Server::start(&place!(engine, test));
    let user = User::new(&server).await;
    let mut listener = Listener::open(&user, "").await;
    let listening = async {
        assert_eq!(
            listener.block().await.unwrap(),
            "retry: 1000\nevent: bye\ndata: {\"reason\":\"stopping\"}"
        );
        assert_eq!(listener.event().await, None);
    };
    let ((code, took), ()) = tokio::join!(server.stop("TERM"), listening);
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "nobody waits for a stream: {took:?}");
}

/// A session that ends on one server ends its streams on the other at once.
#[tokio::test]
async fn a_session_that_ends_on_one_server_listens_no_more_on_the_other() {
    let test = "a_session_that_ends_on_one_server_listens_no_more_on_the_other";
    let (first, second) = pair(&place!(Engine::Postgres, test));
    let here = User::new(&first).await;
    let mut listener = Listener::open(&here.at(&second), "").await;
    here.api.post("/api/v1/auth/logout", &serde_json::json!({})).await.expect(200);
    assert_eq!(listener.event().await.unwrap().0, "session.ended");
    assert_eq!(
        listener.event().await.unwrap(),
        ("bye".to_owned(), serde_json::json!({"reason": "signed-out"}))
    );
    assert_eq!(listener.event().await, None);
}

/// The server that tells of changes is cut off and comes back: what happened meanwhile is told all the same.
#[tokio::test]
async fn a_wire_that_breaks_loses_nothing() {
    let place = place!(Engine::Postgres, "a_wire_that_breaks_loses_nothing");
    let (first, second) = pair(&place);
    let here = User::new(&first).await;
    let mut listener = Listener::open(&here.at(&second), "").await;
    for number in 0..5 {
        // The connections that listen are ended; others come to no harm.
        let cut = "SELECT CAST(COUNT(pg_terminate_backend(pid)) AS TEXT) FROM pg_stat_activity \
            WHERE datname = current_database() AND query LIKE 'LISTEN%'";
        eventually("somebody who listens", SOON, async || (place.number(cut).await > 0).then_some(())).await;
        let file = ofx(&format!("55510{number}"), &rows(1, 3), 5, "20260831");
        let import = here.api.upload("a.ofx", &file).await.expect(201);
        let events = listener.until("import.finished").await;
        assert_eq!(events.last().unwrap().1["import_id"], import["id"]);
    }
}
