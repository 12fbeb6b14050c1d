//! A SimpleFIN server on a network of one's own: refused unless the operator allows that network, and then read like
//! any other.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use dashtam_tests::{Engine, Server, User, figures::today, server::Options};
use serde_json::{Value, json};

use crate::engines::place;

const ACCESS: &str = "demo:demo-word-of-the-access";

/// The body of one answer.
fn answer(request: &str, address: SocketAddr) -> String {
    if request.starts_with("POST /claim/") {
        return format!("http://{ACCESS}@{address}/simplefin");
    }
    let now = today().and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    // Nothing outside of the days that are asked for.
    let asked = |name: &str| -> Option<i64> {
        let (_, rest) = request.split_once(&format!("{name}="))?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let posted = now - 86_400;
    let is_asked_for = asked("start-date").is_none_or(|start| start <= posted)
        && asked("end-date").is_none_or(|end| posted < end);
    let transactions = match is_asked_for {
        true => json!([
            {"id": "good", "posted": posted, "amount": "-3.50", "description": "Bread"},
            {"id": "bad", "posted": posted, "description": "Nobody knows how much"},
        ]),
        false => json!([]),
    };
    json!({"errlist": [], "connections": [{"conn_id": "c", "org_name": "Village Bank"}], "accounts": [{
    "id": "1", "conn_id": "c", "name": "Everyday", "currency": "USD", "balance": "12.50",
    "balance-date": now, "transactions": transactions}]})
    .to_string()
}

fn serve(mut stream: TcpStream, address: SocketAddr) {
    let mut head = [0_u8; 8_192];
    let read = stream.read(&mut head).unwrap_or(0);
    let body = answer(&String::from_utf8_lossy(&head[..read]), address);
    let whole = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // Who hangs up early gets nothing.
    let _ = stream.write_all(whole.as_bytes());
}

/// A SimpleFIN server on this machine, without TLS; a setup token of it.
fn simplefin() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| serve(stream, address)));
    STANDARD.encode(format!("http://{address}/claim/once"))
}

async fn provider(user: &User) -> String {
    let body = json!({"provider_key": "simplefin", "alias": "Village"});
    let made: Value = user.api.post("/api/v1/providers/create", &body).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_on_a_private_network_needs_the_operators_word() {
    let place = place!(Engine::Sqlite, "simplefin_private");
    let token = json!({"setup_token": simplefin()});

    let server = Server::start(&place);
    let user = User::new(&server).await;
    let id = provider(&user).await;
    let link = format!("/api/v1/auth/{id}/link");
    let refused = user.api.post(&link, &token).await.refused(400, "link-failed");
    let said = refused["detail"].as_str().unwrap();
    assert!(said.contains("simplefin.allowed_networks"), "{said}");
    assert!(!said.contains("authorization"), "nothing of what was not asked: {said}");
    assert_eq!(user.provider(&id).await["status"], "pending");
    drop(server);

    let variables = vec![("DASHTAM__SIMPLEFIN__ALLOWED_NETWORKS", "127.0.0.0/8".to_owned())];
    let server = Server::start_with(&place, &Options { variables, ..Options::default() });
    let user = User { api: user.api.at(&server), ..user };
    user.api.post(&link, &token).await.expect(200);
    let run = user.sync_well(&id).await;
    assert_eq!((&run["transactions_added"], &run["rows_refused"]), (&json!(1), &json!(1)), "{run}");
    let notes = run["notes"].as_array().unwrap();
    let told = |note: &&Value| note.as_str().is_some_and(|note| note.contains("with the id bad"));
    let note = notes.iter().find(told).unwrap_or_else(|| panic!("{run}")).as_str().unwrap();
    assert!(note.contains("\u{201c}Everyday\u{201d}: amount is missing"), "{note}");
}
