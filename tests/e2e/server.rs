//! Starting, stopping, and refusing to start.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::Command,
    time::{Duration, Instant},
};

use dashtam_tests::{
    Api, Engine, Place, Server, User,
    api::send,
    process::Guarded,
    program::Ended,
    secrets,
    server::Options,
    statement::{ofx, rows},
};

use crate::engines::{on_both_engines, place};

on_both_engines!(
    a_server_asked_to_stop_ends_well_and_keeps_everything,
    a_request_under_way_is_answered_before_the_server_ends,
);

/// A server that is expected to refuse: how it ended.
fn refused(place: &Place, options: &Options) -> Ended {
    let (mut command, _) = Server::prepare(place, options);
    command.stderr(std::process::Stdio::piped());
    finished(&mut command)
}

/// How a command ended that must end by itself soon.
fn finished(command: &mut Command) -> Ended {
    let mut process = Guarded::start(command);
    let started = Instant::now();
    let mut wait = || process.child().try_wait().expect("a child can be waited for");
    let status = loop {
        if let Some(status) = wait() {
            break status;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "the program goes on instead of refusing");
        std::thread::yield_now();
    };
    let read = |pipe: Option<&mut dyn std::io::Read>| {
        let mut text = String::new();
        pipe.into_iter().for_each(|pipe| drop(pipe.read_to_string(&mut text)));
        text
    };
    let child = process.child();
    let stdout = read(child.stdout.as_mut().map(|pipe| pipe as &mut dyn std::io::Read));
    let stderr = read(child.stderr.as_mut().map(|pipe| pipe as &mut dyn std::io::Read));
    Ended { code: status.code(), stdout, stderr }
}

async fn a_server_asked_to_stop_ends_well_and_keeps_everything(engine: Engine, test: &str) {
    let place = place!(engine, test);
    for (signal, turn) in [("TERM", 1), ("INT", 2)] {
        let server = Server::start(&place);
        let user = User::new(&server).await;
        user.api.upload("a.ofx", &ofx("1", &rows(1, 20), 0, "20260831")).await.expect(201);
        let (code, took) = server.stop(signal).await;
        assert_eq!(code, Some(0), "after {signal}");
        assert!(took < Duration::from_secs(20), "{signal} took {took:?}");
        assert_eq!(place.number("SELECT CAST(COUNT(*) AS TEXT) FROM transactions").await, turn * 20);
    }
}

async fn a_request_under_way_is_answered_before_the_server_ends(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let server = Server::start(&place);
    let user = User::new(&server).await;
    let file = ofx("1", &rows(1, 4_000), 0, "20260831");
    let upload = tokio::spawn(user.api.upload_request("a.ofx", &file).send());
    dashtam_tests::patience::eventually("the first page", Duration::from_secs(60), async || {
        let stored = place.number("SELECT CAST(COUNT(*) AS TEXT) FROM transactions").await;
        (stored > 0).then_some(())
    })
    .await;
    let (code, _) = server.stop("TERM").await;
    let answer = upload.await.unwrap().expect("the upload is answered");
    assert_eq!((code, answer.status().as_u16()), (Some(0), 201));
    assert_eq!(place.number("SELECT CAST(COUNT(*) AS TEXT) FROM transactions").await, 4_000);
}

#[tokio::test]
async fn the_first_line_says_where_everything_is() {
    let place = Place::sqlite();
    let server = Server::start_with(&place, &Options { tls: true, ..Options::default() });
    for (name, scheme) in
        [("api", "https://127.0.0.1:"), ("callback", "https://127.0.0.1:"), ("sandbox", "http://127.0.0.1:")]
    {
        let address = server.says[name].as_str().unwrap_or_default();
        let port: u16 = address.strip_prefix(scheme).and_then(|port| port.parse().ok()).unwrap_or_default();
        assert_ne!(port, 0, "{name}: {address}");
    }
    assert_eq!((&server.says["profile"], &server.says["role"]), (&"development".into(), &"all".into()));
    let real = place.path().canonicalize().unwrap();
    assert_eq!(server.says["data_dir"], real.display().to_string());
    // The whole way over https, trusting nothing but the generated certificate.
    let user = User::new(&server).await;
    let provider = user.link("alice").await;
    user.sync_well(&provider).await;
    let insecure = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(
        insecure.get(format!("{}/health", server.api)).send().await.is_err(),
        "a certificate nobody vouched for"
    );
    let health = send(Api::of(&server).request("GET", "/health")).await;
    assert!(health.header("strict-transport-security").contains("max-age"));
}

#[tokio::test]
async fn what_the_first_start_generates_is_for_its_owner_only_and_stays() {
    let place = Place::sqlite();
    let server = Server::start_with(&place, &Options { tls: true, ..Options::default() });
    let files = ["secret.key", "encryption.key", "certificate.key", "certificate.pem"];
    let before = files.map(|name| fs::read(place.path().join(name)).unwrap());
    User::new(&server).await;
    for name in files.iter().chain(&["dashtam.db", "sandbox-bank.json"]) {
        let mode = fs::metadata(place.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
    }
    for mail in fs::read_dir(server.says["outbox"].as_str().unwrap()).unwrap().flatten() {
        let mode = mail.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", mail.path().display());
    }
    drop(server);
    let _server = Server::start_with(&place, &Options { tls: true, ..Options::default() });
    assert_eq!(before, files.map(|name| fs::read(place.path().join(name)).unwrap()));
}

#[test]
fn a_port_in_use_is_told_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (setting, option) in
        [("DASHTAM__SERVER__LISTEN", "--listen"), ("DASHTAM__SERVER__CALLBACK_LISTEN", "--callback-listen")]
    {
        let place = Place::sqlite();
        let mut command = dashtam_tests::program::command(&["serve", "--plain-http", "--data-dir"]);
        command.arg(place.path()).env("DASHTAM__SERVER__LISTEN", "127.0.0.1:0");
        command.env("DASHTAM__SERVER__CALLBACK_LISTEN", "127.0.0.1:0").env(setting, &address);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let ended = finished(&mut command);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(&address) && ended.stderr.contains(option), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn settings_that_are_wrong_are_named_and_not_shown() {
    let secret = "hunter2-is-no-number";
    secrets::plant(secret);
    for (variable, value, named) in [
        ("DASHTAM__SERVER__LISTNE", secret, "listne"),
        ("DASHTAM__NOSUCH__SETTING", secret, "nosuch"),
        ("DASHTAM__DATABASE__MAX_CONNECTIONS", secret, "max_connections"),
        ("DASHTAM__DATABASE__MAX_CONNECTIONS", "0", "database.max_connections"),
        ("DASHTAM__SERVER__PUBLIC_URL", "ftp://x", "server.public_url"),
        ("DASHTAM__SERVER__CORS_ORIGINS", "*", "server.cors_origins"),
        ("DASHTAM__TOKENS__ACCESS_MINUTES", "100000", "tokens.access_minutes"),
        ("DASHTAM__MAIL__FROM_EMAIL", "nobody", "mail.from_email"),
        ("DASHTAM__LOG__FILTER", "a=b=c=d", "log.filter"),
        ("DASHTAM__SECURITY__ENCRYPTION_KEYS", "fernet:tooshort-for-a-key", "security.encryption_keys"),
        ("DASHTAM__SERVER__CERTIFICATE", "/nowhere.pem", "server.certificate"),
        ("DATABASE_URL", "postgres://user:hunter2-is-no-number@127.0.0.1:1/none", "database"),
        ("DASHTAM_PROFILE", "staging", "DASHTAM_PROFILE"),
    ] {
        let place = Place::sqlite();
        let options = Options { variables: vec![(variable, value.to_owned())], ..Options::default() };
        let ended = refused(&place, &options);
        assert_eq!(ended.code, Some(1), "{variable}: {}", ended.stderr);
        assert!(ended.stderr.contains(named), "{variable}: {}", ended.stderr);
        assert!(!ended.stderr.contains(secret), "{variable}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{variable}");
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    }
}

#[test]
fn production_refuses_to_start_without_real_secrets() {
    let production = ("DASHTAM_PROFILE", "production".to_owned());
    let place = Place::sqlite();
    let ended = refused(&place, &Options { variables: vec![production.clone()], ..Options::default() });
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for name in ["security.secret_key", "security.encryption_keys", "server.public_url"] {
        assert!(ended.stderr.contains(name), "{name}: {}", ended.stderr);
    }
    assert!(!place.path().join("secret.key").exists(), "production generates nothing");

    for weak in
        ["change-me-in-production-use-secrets-manager", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "short"]
    {
        let variables = vec![production.clone(), ("SECRET_KEY", weak.to_owned())];
        let ended = refused(&place, &Options { variables, ..Options::default() });
        assert_eq!(ended.code, Some(1));
        assert!(
            ended.stderr.contains("security.secret_key") && !ended.stderr.contains(weak),
            "{}",
            ended.stderr
        );
    }
}

#[tokio::test]
async fn production_starts_with_generated_keys_and_has_no_sandbox() {
    let keys = ["secret", "encryption"].map(|kind| {
        let made = dashtam_tests::program::run(&["keys", "generate", "--kind", kind], &[]);
        assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""));
        let key = made.stdout.trim().to_owned();
        secrets::plant(key.trim_start_matches("fernet:"));
        key
    });
    let [secret, encryption] = keys;
    let variables = vec![
        ("DASHTAM_PROFILE", "production".to_owned()),
        ("SECRET_KEY", secret),
        ("DASHTAM__SECURITY__ENCRYPTION_KEYS", encryption),
        ("DASHTAM__SERVER__PUBLIC_URL", "https://money.example.com".to_owned()),
    ];
    let server = Server::start_with(&Place::sqlite(), &Options { variables, ..Options::default() });
    // The address is that of the outside; the port is the one it listens on.
    assert_eq!(server.says["api"], "https://money.example.com");
    assert_eq!(
        (&server.says["sandbox"], &server.says["profile"]),
        (&serde_json::Value::Null, &"production".into())
    );
    let (code, _) = server.stop("TERM").await;
    assert_eq!(code, Some(0));
}
