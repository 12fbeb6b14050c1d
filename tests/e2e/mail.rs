//! Mails through a real mail server, which is now and then away, slow or unfriendly.

use std::{collections::HashSet, time::Duration};

use dashtam_testkit::servers::MailServer;
use dashtam_tests::{
    Api, Engine, Place, Server,
    outbox::Mail,
    patience::{SOON, eventually},
    program::{Ended, run},
    secrets,
    server::Options,
    user::{User, fresh_credentials, registration},
};
use serde_json::{Value, json};

use crate::engines::{on_both_engines, place};

const REGISTER: &str = "/api/v1/auth/register";
const VERIFY: &str = "/api/v1/auth/verify-email";
const WAITING: &str = "SELECT CAST(COUNT(*) AS TEXT) FROM outbox";
const PASSWORD: &str = "pl4nted-mail-password";

on_both_engines!(
    a_registration_is_mailed_once_and_the_mail_is_struck_off,
    a_mail_cut_off_by_a_kill_is_sent_again_with_the_same_id_and_link,
    a_mail_that_was_refused_is_shown_tried_again_and_dropped,
);

/// A mail server that asks for encryption and a password; the test ends here where there is none.
macro_rules! mail_server {
    ($test:expr) => {
        match MailServer::smtp(&["--tls", "starttls", "--login", &format!("dashtam:{PASSWORD}")]) {
            Ok(server) => server,
            Err(skip) => return skip.announce($test),
        }
    };
}

/// The settings for it.
fn settings(mail: &MailServer) -> Vec<(&'static str, String)> {
    secrets::plant(PASSWORD);
    vec![
        ("DASHTAM__MAIL__TRANSPORT", "smtp".to_owned()),
        ("DASHTAM__MAIL__HOST", "localhost".to_owned()),
        ("DASHTAM__MAIL__PORT", mail.port.to_string()),
        ("DASHTAM__MAIL__USER", "dashtam".to_owned()),
        ("DASHTAM__MAIL__PASSWORD", PASSWORD.to_owned()),
        ("DASHTAM__MAIL__CA_FILE", mail.ca_file().display().to_string()),
    ]
}

fn start(place: &Place, mail: &MailServer) -> Server {
    Server::start_with(place, &Options { variables: settings(mail), ..Options::default() })
}

/// Somebody registers with an address the mail server treats in this way.
async fn register(server: &Server, mode: &str) -> (String, String) {
    let (email, password) = fresh_credentials();
    let email = format!("{mode}{email}");
    Api::of(server).post(REGISTER, &registration(&email, &password)).await.expect(201);
    (email, password)
}

fn header(text: &str, name: &str) -> String {
    let found = text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(name));
    found.unwrap_or_default().trim().to_owned()
}

/// What the mail server has for an address.
fn mails_to(mail: &MailServer, address: &str) -> Vec<Mail> {
    let mails = mail.mails().into_iter().filter(|text| header(text, "To:").contains(&format!("<{address}>")));
    mails.map(|text| Mail { subject: header(&text, "Subject:"), text }).collect()
}

/// The mails to an address, once there are so many.
async fn arrived(mail: &MailServer, address: &str, count: usize) -> Vec<Mail> {
    eventually(&format!("mail {count} to {address}"), SOON, async || {
        let mails = mails_to(mail, address);
        (mails.len() >= count).then_some(mails)
    })
    .await
}

/// Waits until nothing is left to be delivered.
async fn all_struck_off(place: &Place) {
    eventually("an empty outbox", SOON, async || (place.number(WAITING).await == 0).then_some(())).await;
}

async fn verify(server: &Server, mail: &Mail) {
    let token = mail.token().expect("the mail has a link");
    Api::of(server).post(VERIFY, &json!({"token": token})).await.expect(200);
}

async fn a_registration_is_mailed_once_and_the_mail_is_struck_off(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let mail = mail_server!(test);
    let server = start(&place, &mail);
    let (email, password) = register(&server, "").await;
    let mails = arrived(&mail, &email, 1).await;
    assert_eq!(mails[0].subject, "Verify Your Dashtam Account");
    all_struck_off(&place).await;
    verify(&server, &mails[0]).await;
    let mails = arrived(&mail, &email, 2).await;
    assert_eq!(mails[1].subject, "Welcome to Dashtam!");
    all_struck_off(&place).await;
    User::sign_in(&Api::of(&server), &email, &password).await;
    assert_eq!(mail.mails().len(), 2);
    assert!(mail.journal().iter().all(|entry| entry["event"] != "rcpt" || entry["tls"] == true));
    let log = server.log();
    assert!(log.contains("queued as Q1") && !log.contains(&email), "{log}");
}

async fn a_mail_cut_off_by_a_kill_is_sent_again_with_the_same_id_and_link(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let mail = mail_server!(test);
    let server = start(&place, &mail);
    // The mail server takes the mail, and its answer takes longer than the program has left to live.
    let (email, password) = register(&server, "late-30.").await;
    let first = arrived(&mail, &email, 1).await.remove(0);
    server.kill();
    assert_eq!(place.number(WAITING).await, 1, "what was not acknowledged waits");
    // The hold is not waited for.
    assert_eq!(place.change("UPDATE outbox SET due_at = created_at").await, 1);

    let server = start(&place, &mail);
    let second = arrived(&mail, &email, 2).await.remove(1);
    all_struck_off(&place).await;
    let id = header(&first.text, "Message-ID:");
    assert!(id.starts_with('<') && id == header(&second.text, "Message-ID:"), "{id}");
    assert_eq!(first.token(), second.token());
    // The link of the mail that came first works: the second attempt did not put another in its place.
    verify(&server, &first).await;
    assert_eq!(arrived(&mail, &email, 3).await[2].subject, "Welcome to Dashtam!");
    User::sign_in(&Api::of(&server), &email, &password).await;
}

fn mail_command(place: &Place, mail: &MailServer, arguments: &[&str]) -> Ended {
    let directory = place.path().display().to_string();
    let mut all = vec!["mail"];
    all.extend(arguments);
    all.extend(["--data-dir", &directory]);
    let settings = settings(mail);
    let mut variables: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    variables.extend(place.database_url().map(|url| ("DATABASE_URL", url)));
    run(&all, &variables)
}

fn dead(place: &Place, mail: &MailServer) -> Vec<Value> {
    let listed = mail_command(place, mail, &["dead", "list", "--json"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    serde_json::from_str(&listed.stdout).expect("a list in JSON")
}

async fn a_mail_that_was_refused_is_shown_tried_again_and_dropped(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let mail = mail_server!(test);
    let server = start(&place, &mail);
    let (refused, _) = register(&server, "refused.").await;
    let (other, _) = register(&server, "").await;
    arrived(&mail, &other, 1).await;
    let letters =
        eventually("a dead letter", SOON, async || Some(dead(&place, &mail)).filter(|l| !l.is_empty()));
    let letters = letters.await;
    let [letter] = letters.as_slice() else { panic!("one dead letter is expected: {letters:?}") };
    assert_eq!(
        (&letter["event"], &letter["attempts"]),
        (&json!("identity.verification_requested"), &json!(1))
    );
    let reason = letter["last_error"].as_str().unwrap();
    assert!(reason.contains("550") && !reason.contains(&refused), "{reason}");
    assert!(server.log().contains("a mail was given up"), "{}", server.log());
    let id = letter["id"].as_str().unwrap();

    let table = mail_command(&place, &mail, &["dead", "list"]);
    assert!(table.stdout.contains(id) && table.stdout.contains("550"), "{}", table.stdout);
    let attempts = || mail.journal().iter().filter(|entry| entry["address"] == refused.as_str()).count();
    assert_eq!(attempts(), 1);
    let retried = mail_command(&place, &mail, &["dead", "retry", id]);
    assert_eq!(retried.code, Some(0), "{}", retried.stderr);
    eventually("another attempt", SOON, async || (attempts() == 2).then_some(())).await;
    eventually("its refusal", SOON, async || (dead(&place, &mail).len() == 1).then_some(())).await;
    let dropped = mail_command(&place, &mail, &["dead", "drop", id, "--json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&dropped.stdout).unwrap(),
        json!({"id": id, "status": "dropped"})
    );
    assert!(dead(&place, &mail).is_empty());
    assert_eq!(mail_command(&place, &mail, &["dead", "list"]).stdout, "No mail was given up.\n");
    for word in ["retry", "drop"] {
        let ended = mail_command(&place, &mail, &["dead", word, id]);
        assert_eq!(ended.code, Some(1), "{word}: {}", ended.stdout);
        assert!(ended.stderr.contains("mail dead list"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn a_greylisted_mail_arrives_later_and_one_that_hangs_holds_up_nobody() {
    let mail = mail_server!("a_greylisted_mail_arrives_later_and_one_that_hangs_holds_up_nobody");
    let place = Place::sqlite();
    let mut variables = settings(&mail);
    variables.push(("DASHTAM__MAIL__SEND_SECONDS", "3".to_owned()));
    variables.push(("DASHTAM__MAIL__CONNECT_SECONDS", "3".to_owned()));
    let server = Server::start_with(&place, &Options { variables, ..Options::default() });
    let (grey, password) = register(&server, "greylist-1.").await;
    let (hanging, _) = register(&server, "hang.").await;
    let (other, _) = register(&server, "").await;
    arrived(&mail, &other, 1).await;
    let mails = arrived(&mail, &grey, 1).await;
    verify(&server, &mails[0]).await;
    User::sign_in(&Api::of(&server), &grey, &password).await;
    let answers: Vec<_> =
        mail.journal().into_iter().filter(|entry| entry["address"] == grey.as_str()).collect();
    assert_eq!((&answers[0]["answer"], &answers[1]["answer"]), (&json!("451"), &json!("250")));
    let links = mails_to(&mail, &grey).iter().filter(|mail| mail.token().is_some()).count();
    assert_eq!(links, 1, "once, though it took two attempts");
    // The one that hangs is tried again, by the same id.
    eventually("a second attempt", SOON, async || {
        let attempts = mail.journal().iter().filter(|entry| entry["address"] == hanging.as_str()).count();
        (attempts >= 4).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_asked_to_stop_hands_over_the_mail_it_is_sending() {
    let mail = mail_server!("a_server_that_is_asked_to_stop_hands_over_the_mail_it_is_sending");
    let place = Place::sqlite();
    let server = start(&place, &mail);
    let (email, _) = register(&server, "late-3.").await;
    arrived(&mail, &email, 1).await;
    assert_eq!(place.number(WAITING).await, 1, "the mail server has not answered yet");
    let (code, took) = server.stop("TERM").await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!(place.number(WAITING).await, 0, "the answer was waited for and stored");
    let server = start(&place, &mail);
    let (other, _) = register(&server, "").await;
    arrived(&mail, &other, 1).await;
    assert_eq!(mails_to(&mail, &email).len(), 1);
}

#[tokio::test]
async fn two_processes_share_a_crowd_of_mails_and_send_each_once() {
    let test = "two_processes_share_a_crowd_of_mails_and_send_each_once";
    let Some(place) = Engine::Postgres.place(test).await else { return };
    let mail = mail_server!(test);
    let role = |place: &Place, role| {
        let options =
            Options { variables: settings(&mail), arguments: vec!["--role", role], ..Options::default() };
        Server::start_with(place, &options)
    };
    let api = role(&place, "api");
    let mut people = Vec::new();
    for _ in 0..25 {
        people.push(register(&api, "").await);
    }
    assert_eq!(place.number(WAITING).await, 25, "nobody delivers yet");
    let _workers = [role(&place.beside(), "worker"), role(&place.beside(), "worker")];
    for (email, _) in &people {
        arrived(&mail, email, 1).await;
    }
    all_struck_off(&place).await;
    assert_eq!(mail.mails().len(), people.len());
    let ids: HashSet<_> = mail.mails().iter().map(|text| header(text, "Message-ID:")).collect();
    assert_eq!(ids.len(), people.len());
}

#[test]
fn a_test_mail_tells_what_became_of_it() {
    let place = Place::sqlite();
    let directory = place.path().display().to_string();
    let written = run(&["mail", "test", "--to", "ann@example.com", "--data-dir", &directory], &[]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    assert!(written.stdout.contains("written to ") && written.stdout.contains(".eml"), "{}", written.stdout);
    assert!(!place.path().join("dashtam.db").exists(), "no database is needed");

    let mail = mail_server!("a_test_mail_tells_what_became_of_it");
    let test = |to: &str| mail_command(&place, &mail, &["test", "--to", to]);
    let sent = test("ann@example.com");
    assert!(sent.code == Some(0) && sent.stdout.contains("250 2.0.0 Ok: queued as Q1"), "{sent:?}");
    assert_eq!(header(&mail.mails()[0], "Subject:"), "A Test of Dashtam's Mail");
    let refused = test("refused.ann@example.com");
    assert!(refused.code == Some(1) && refused.stderr.contains("550"), "{refused:?}");
    assert_eq!(test("nobody").code, Some(2));

    let mut variables = settings(&mail);
    variables.retain(|(name, _)| !name.ends_with("CA_FILE"));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let arguments = ["mail", "test", "--to", "ann@example.com", "--data-dir", &directory];
    let unknown = run(&arguments, &variables);
    assert!(unknown.code == Some(1) && unknown.stderr.contains("certificate"), "{unknown:?}");
    assert!(!format!("{sent:?}{refused:?}{unknown:?}").contains(PASSWORD));
}

#[test]
fn the_check_of_the_configuration_looks_into_the_mail_settings() {
    let place = Place::sqlite();
    let directory = place.path().display().to_string();
    let check = |variables: &[(&str, &str)]| run(&["config", "check", "--data-dir", &directory], variables);
    let smtp = ("DASHTAM__MAIL__TRANSPORT", "smtp");
    let host = ("DASHTAM__MAIL__HOST", "mail.example.com");
    for (variables, named) in [
        (vec![smtp], "mail.host"),
        (vec![smtp, host, ("DASHTAM__MAIL__CA_FILE", "/no/such.pem")], "mail.ca_file"),
        (vec![smtp, host, ("DASHTAM__MAIL__HELLO_NAME", "not a name")], "mail.hello_name"),
        (vec![smtp, host, ("DASHTAM__MAIL__SECURITY", "none")], "mail.security"),
        (vec![("DASHTAM__MAIL__TRANSPORT", "ses")], "AWS_ACCESS_KEY_ID"),
    ] {
        let ended = check(&variables);
        assert!(ended.code == Some(1) && ended.stderr.contains(named), "{named}: {ended:?}");
    }
    let ses = [
        ("DASHTAM__MAIL__TRANSPORT", "ses"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "pl4nted-secret-access-key"),
    ];
    let ended = check(&ses);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("eu-central-1") && !ended.stdout.contains("pl4nted"), "{}", ended.stdout);
}
