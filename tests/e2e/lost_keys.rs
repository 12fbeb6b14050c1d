//! Keys that are gone: the program says so at its start instead of serving, and what they sealed is a state that people
//! can mend.

use std::{fs, time::Duration};

use dashtam_tests::{
    Engine, Place, Server, User,
    patience::eventually,
    process::Guarded,
    program::{self, Ended},
    secrets,
    server::Options,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

on_both_engines!(
    a_lost_key_file_is_not_replaced_and_its_connections_are_linked_again,
    keys_that_open_nothing_are_told_at_the_start,
    a_secret_that_no_key_opens_is_a_state_on_every_path,
);

const LINK_AGAIN: &str = "Link the account again.";

/// Runs a `keys` command on this place, away from the test's runtime.
async fn keys(place: &Place, asked: &[&str]) -> Ended {
    let directory = place.path().display().to_string();
    let arguments: Vec<String> = ["keys"]
        .iter()
        .chain(asked)
        .chain(&["--data-dir", &directory])
        .map(|&text| text.to_owned())
        .collect();
    let database = place.database_url().map(str::to_owned);
    let run = move || {
        let variables: Vec<_> = database.iter().map(|url| ("DATABASE_URL", url.as_str())).collect();
        program::run(&arguments, &variables)
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// Starts a server that refuses to; what it says.
async fn refuses_to_start(place: &Place, options: &Options) -> String {
    let (mut command, log) = Server::prepare(place, options);
    let mut server = Guarded::start(&mut command);
    let ended = eventually("the refusal", Duration::from_secs(60), async || {
        server.child().try_wait().expect("a child can be waited for")
    })
    .await;
    let says = fs::read_to_string(log).unwrap();
    assert_eq!(ended.code(), Some(1), "{says}");
    says
}

/// What a person who looks sees: it has to be linked again, and why.
async fn needs_reconnection(user: &User, id: &str) {
    let shown = user.provider(id).await;
    assert_eq!(
        (&shown["status"], &shown["needs_reconnection"]),
        (&json!("expired"), &json!(true)),
        "{shown}"
    );
    let lines = user.api.get(&format!("/api/v1/providers/{id}/audit-log")).await.expect(200);
    let told = lines["items"].as_array().unwrap().iter().filter(|line| line["action"] == "connection_error");
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 1, "{lines}");
    assert!(told[0]["details"]["error"].as_str().unwrap().ends_with(LINK_AGAIN), "{lines}");
}

async fn a_lost_key_file_is_not_replaced_and_its_connections_are_linked_again(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    drop(server);
    let file = place.path().join("encryption.key");
    let kept = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();

    let says = refuses_to_start(&place, &Options::default()).await;
    for part in ["encryption.key is missing", "Put the file back", "dashtam keys forget --lost"] {
        assert!(says.contains(part), "{part}: {says}");
    }
    for command in [&["list"][..], &["add"], &["verify"], &["rotate"]] {
        let ended = keys(&place, command).await;
        assert!(ended.code == Some(1) && ended.stderr.contains("encryption.key is missing"), "{ended:?}");
    }
    assert!(!file.exists(), "another key was made");
    // Put back, everything is as it was.
    fs::write(&file, &kept).unwrap();
    let server = Server::start(&place);
    user.at(&server).sync_well(&provider).await;
    drop(server);

    fs::remove_file(&file).unwrap();
    assert_eq!(keys(&place, &["forget"]).await.code, Some(2), "--lost has to be said");
    assert!(!file.exists());
    let forgotten = keys(&place, &["forget", "--lost", "--json"]).await;
    assert_eq!(forgotten.code, Some(0), "{}", forgotten.stderr);
    let forgotten: Value = serde_json::from_str(&forgotten.stdout).unwrap();
    assert_eq!(forgotten["forgotten"], 1, "a connection's credentials go together: {forgotten}");
    assert_ne!(fs::read(&file).unwrap(), kept);

    let server = Server::start(&place);
    let user = user.at(&server);
    needs_reconnection(&user, &provider).await;
    let status = user.api.get(&format!("/api/v1/auth/{provider}/status")).await.expect(200);
    assert_eq!(status["status"], "not_connected");
    let refresh = format!("/api/v1/auth/{provider}/refresh");
    user.api.post(&refresh, &json!({})).await.refused(409, "reauthorization-needed");
    user.link_again(&provider, "alice").await;
    user.sync_well(&provider).await;
    let again = keys(&place, &["forget", "--lost"]).await;
    assert!(again.code == Some(0) && again.stdout.contains("nothing was forgotten"), "{again:?}");
    user.sync_well(&provider).await;
    assert_eq!(keys(&place, &["verify"]).await.code, Some(0));
}

async fn keys_that_open_nothing_are_told_at_the_start(engine: Engine, test: &str) {
    const ENCRYPTION_KEYS: &str = "DASHTAM__SECURITY__ENCRYPTION_KEYS";
    let place = place!(engine, test);
    let make = || {
        let key = program::run(&["keys", "generate"], &[]).stdout.trim().to_owned();
        secrets::plant(key.trim_start_matches("fernet:"));
        key
    };
    let (right, other) = (make(), make());
    let with = |keys: String| Options { variables: vec![(ENCRYPTION_KEYS, keys)], ..Options::default() };
    // Nothing is stored yet, so that any key will do.
    drop(Server::start_with(&place, &with(other.clone())));
    let server = Server::start_with(&place, &with(right.clone()));
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    drop(server);

    let says = refuses_to_start(&place, &with(other.clone())).await;
    for part in ["none of the encryption keys in force opens", "provider_credentials", "keys forget --lost"] {
        assert!(says.contains(part), "{part}: {says}");
    }
    assert!(!says.contains(other.trim_start_matches("fernet:")), "a key is shown");
    let server = Server::start_with(&place, &with(format!("{other},{right}")));
    user.at(&server).sync_well(&provider).await;
    assert!(!server.log().contains("no encryption key opens"), "{}", server.log());
    drop(server);
    // One value of many is no reason not to serve the others.
    place.change("UPDATE provider_credentials SET refresh_token_encrypted = 'gAAAAAlost'").await;
    let server = Server::start_with(&place, &with(right));
    assert!(server.log().contains("no encryption key opens some of the stored secrets"), "{}", server.log());
}

async fn a_secret_that_no_key_opens_is_a_state_on_every_path(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let asked = user.link("alice").await;
    let synced = user.link("bob").await;
    let left = user.create_provider("Left").await;
    user.link_again(&left, "alice").await;
    let path = |id: &str, verb: &str| format!("/api/v1/auth/{id}/{verb}");
    // Asked for again at once, nothing is needed, and the answer says so.
    let refresh = path(&asked, "refresh");
    let first = user.api.post(&refresh, &json!({})).await.expect(200);
    let again = user.api.post(&refresh, &json!({})).await.expect(200);
    assert_eq!((&first["refreshed"], &again["refreshed"]), (&json!(true), &json!(false)));
    assert!(again["message"].as_str().unwrap().contains("nothing was needed"), "{again}");

    let lost = place.change("UPDATE provider_credentials SET access_token_encrypted = 'gAAAAAlost'").await;
    assert_eq!(lost, 3);
    let answers = join_all((0..30).map(async |_| user.api.post(&refresh, &json!({})).await)).await;
    for answer in answers {
        let problem = answer.refused(409, "reauthorization-needed");
        assert!(problem["detail"].as_str().unwrap().ends_with(LINK_AGAIN), "{problem}");
    }
    needs_reconnection(&user, &asked).await;

    let run = user.sync(&synced).await;
    assert_eq!(run["status"], "failed", "{run}");
    assert!(run["error"].as_str().unwrap().ends_with(LINK_AGAIN), "{run}");
    needs_reconnection(&user, &synced).await;

    let status = user.api.get(&path(&left, "status")).await.expect(200);
    assert_eq!(status["status"], "not_connected");
    assert!(status["message"].as_str().unwrap().ends_with(LINK_AGAIN), "{status}");
    needs_reconnection(&user, &left).await;
    user.api.send("DELETE", &path(&left, "disconnect"), &json!({})).await.expect(200);
    assert_eq!(user.provider(&left).await["status"], "revoked");

    user.link_again(&asked, "alice").await;
    user.sync_well(&asked).await;
}

#[tokio::test]
async fn another_secret_key_says_once_what_it_ends() {
    let place = Place::sqlite();
    let server = Server::start(&place);
    let user = User::new(&server).await;
    assert!(!server.log().contains("is another one"), "{}", server.log());
    drop(server);
    fs::remove_file(place.path().join("secret.key")).unwrap();
    let server = Server::start(&place);
    let log = server.log();
    for part in ["security.secret_key", "is another one than at the last start", "signed out", "audit verify"]
    {
        assert!(log.contains(part), "{part}: {log}");
    }
    user.at(&server).api.get("/api/v1/auth/me").await.refused(401, "invalid-access-token");
    drop(server);
    let server = Server::start(&place);
    assert!(!server.log().contains("is another one"), "{}", server.log());
    let lines = "SELECT CAST(COUNT(*) AS TEXT) FROM audit_log WHERE action = 'master_secret_changed'";
    assert_eq!(place.number(lines).await, 1);
}

#[tokio::test]
async fn a_certificate_that_has_ended_is_told_at_the_start() {
    let place = Place::sqlite();
    let year_ago = dashtam_local::sources().clock.now().plus(-chrono::TimeDelta::days(365));
    let pair = dashtam_security::self_signed_certificate(&["localhost"], &[], 90, year_ago).unwrap();
    let (certificate, key) = (place.path().join("mine.pem"), place.path().join("mine.key"));
    fs::write(&certificate, pair.cert_pem).unwrap();
    fs::write(&key, pair.key_pem.expose()).unwrap();
    let variables = vec![
        ("DASHTAM__SERVER__CERTIFICATE", certificate.display().to_string()),
        ("DASHTAM__SERVER__PRIVATE_KEY", key.display().to_string()),
    ];
    let server = Server::start_with(&place, &Options { tls: true, variables, ..Options::default() });
    let log = server.log();
    assert!(log.contains("mine.pem ended on") && log.contains("clients refuse it"), "{log}");
    // One that the program made itself is made anew when half of it is gone.
    drop(server);
    drop(Server::start_with(&place, &Options { tls: true, ..Options::default() }));
    fs::remove_file(place.path().join("certificate.key")).unwrap();
    let server = Server::start_with(&place, &Options { tls: true, ..Options::default() });
    assert!(!server.log().contains("server.certificate"), "{}", server.log());
}
