//! Mails through Amazon SES with the short-lived credentials of a role, as a container of ECS or EKS has them.

use std::time::Duration;

use dashtam_testkit::servers::MailServer;
use dashtam_tests::{
    Api, Engine, Place, Server,
    outbox::Mail,
    patience::{SOON, eventually},
    program::run,
    secrets,
    server::Options,
    user::{fresh_credentials, registration},
};
use serde_json::json;

use crate::engines::{on_both_engines, place};

const TOKEN: &str = "Bearer role-token";
/// Keys are renewed ten seconds before they end.
const ROLE_SECONDS: u64 = 14;

on_both_engines!(mails_go_out_with_the_key_of_a_role_which_is_renewed,);

macro_rules! ses {
    ($test:expr) => {
        match MailServer::ses_api(&["--region", "eu-central-1", "--role-seconds", &ROLE_SECONDS.to_string()])
        {
            Ok(server) => server,
            Err(skip) => return skip.announce($test),
        }
    };
}

fn settings(ses: &MailServer, path: &str, token: &str) -> Vec<(&'static str, String)> {
    let address = format!("http://127.0.0.1:{}", ses.port);
    vec![
        ("DASHTAM__MAIL__TRANSPORT", "ses-api".to_owned()),
        ("DASHTAM__MAIL__SES_ENDPOINT", address.clone()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{address}{path}")),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", token.to_owned()),
        // Whoever runs the tests may have profiles.
        ("AWS_CONFIG_FILE", "/nonexistent".to_owned()),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}

/// Registers somebody and returns the token of the mail, which is mail `number` of the service.
async fn mailed_token(server: &Server, ses: &MailServer, number: usize) -> String {
    let (email, password) = fresh_credentials();
    Api::of(server).post("/api/v1/auth/register", &registration(&email, &password)).await.expect(201);
    let mails = eventually("the mail of a registration", SOON, async || {
        let mails = ses.mails();
        (mails.len() >= number).then_some(mails)
    })
    .await;
    let text = mails[number - 1].clone();
    assert!(text.contains(&email), "{text}");
    let token = Mail { subject: String::new(), text }.token().expect("the mail has a link");
    secrets::plant(&token);
    token
}

async fn mails_go_out_with_the_key_of_a_role_which_is_renewed(engine: Engine, test: &str) {
    let place = place!(engine, test);
    let ses = ses!(test);
    for secret in
        ["secret-of-the-role-1", "token-of-the-role-1", "secret-of-the-role-2", "token-of-the-role-2"]
    {
        secrets::plant(secret);
    }
    // The log is searched for what was planted when the server ends, and this one says all it can.
    let mut variables = settings(&ses, "/credentials", TOKEN);
    variables.push(("DASHTAM__LOG__FILTER", "trace".to_owned()));
    let server = Server::start_with(&place, &Options { variables, ..Options::default() });
    let token = mailed_token(&server, &ses, 1).await;
    Api::of(&server).post("/api/v1/auth/verify-email", &json!({"token": token})).await.expect(200);
    eventually("the welcome", SOON, async || (ses.mails().len() == 2).then_some(())).await;
    tokio::time::sleep(Duration::from_secs(ROLE_SECONDS)).await;
    mailed_token(&server, &ses, 3).await;

    let journal = ses.journal();
    let sent: Vec<_> = journal.iter().filter(|entry| entry["event"] == "send").collect();
    assert_eq!(sent[0]["key"], "ASIAROLE1");
    assert_ne!(sent[2]["key"], "ASIAROLE1", "the key that ended is used no more: {journal:?}");
    assert_eq!((ses.count("refused"), ses.count("stray")), (0, 0), "{journal:?}");
    let log = server.log();
    assert!(log.contains("SES took it as"), "{log}");
    // Whole requests have the mails in base64, in which planted secrets would not be found.
    assert!(!log.contains("outbound-emails"), "a request was logged");
}

#[test]
fn the_test_mail_says_why_there_are_no_credentials() {
    let ses = ses!("the_test_mail_says_why_there_are_no_credentials");
    let place = Place::sqlite();
    let directory = place.path().display().to_string();
    let arguments = ["mail", "test", "--to", "ann@example.com", "--data-dir", &directory];
    let try_with = |path: &str, token: &str| {
        let settings = settings(&ses, path, token);
        run(&arguments, &settings.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    };
    for (path, token) in [("/credentials", "Bearer another-token"), ("/half-a-key", TOKEN)] {
        let ended = try_with(path, token);
        let said = &ended.stderr;
        assert!(ended.code == Some(1) && said.contains("credential"), "{ended:?}");
        assert!(!said.contains("another-token") && !said.contains("secret-of"), "{said}");
    }
    assert!(ses.mails().is_empty());
    let ended = try_with("/credentials", TOKEN);
    assert!(ended.code == Some(0) && ended.stdout.contains("SES took it as 0107-test-000001"), "{ended:?}");
}
