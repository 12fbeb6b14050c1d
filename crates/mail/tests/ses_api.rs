//! Amazon SES over HTTP: what it refuses, what gets lost, and who may listen.

#![cfg(feature = "ses-api")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![allow(dead_code, reason = "the support is shared with other tests")]

mod support;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use dashtam_domain::{
    delivery::{MailError, Mailer, Receipt},
    secret::SecretText,
};
use dashtam_mail::{AccessKey, SesApiMailer, SesApiOptions, UnusableSesApi};
use support::{Post, SES, header, mail, sender, ses_api, ses_api_with};

/// The error of a mail to this address, which holds neither it nor the link nor a secret.
async fn refusal(mailer: &dyn Mailer, to: &str) -> MailError {
    let error = mailer.send(&mail(to, "Ann")).await.unwrap_err();
    let said = error.to_string();
    for secret in ["example.com", "dsv_", "http", "wJalr", "a-session-token"] {
        assert!(!said.contains(secret), "{said}");
    }
    error
}

fn kind(error: &MailError) -> &'static str {
    match error {
        MailError::Transient(_) => "transient",
        MailError::Permanent(_) => "permanent",
        MailError::Uncertain(_) => "uncertain",
    }
}

#[tokio::test]
async fn refusals_are_about_the_mail_or_about_us() {
    let Some(post) = ses_api("refusals_are_about_the_mail_or_about_us") else { return };
    for (mode, expected, says) in [
        ("refused", "permanent", "400 BadRequestException"),
        ("spam", "permanent", "400 MessageRejected"),
        ("sandbox", "transient", "400 MessageRejected Email address is not verified"),
        ("busy", "transient", "429 TooManyRequestsException"),
        ("broken", "transient", "500 InternalFailure"),
        ("gateway", "uncertain", "504"),
        ("elsewhere", "transient", "307"),
        ("garbled", "uncertain", ""),
        ("endless", "uncertain", "too long"),
    ] {
        let error = refusal(&*post.mailer, &format!("{mode}.ann@example.com")).await;
        assert!(kind(&error) == expected && error.to_string().contains(says), "{mode}: {error}");
    }
    assert_eq!(post.server().count("send"), 9, "each was tried once: the outbox tries again");
    assert_eq!(post.server().count("stray"), 0, "no redirect is followed");
    let Receipt(answer) = post.mailer.send(&mail("ann@example.com", "Ann")).await.unwrap();
    assert!(answer.contains("0107-test-0000"), "{answer}");
}

#[tokio::test]
async fn what_was_lost_on_the_way_may_have_arrived() {
    let Some(post) = ses_api("what_was_lost_on_the_way") else { return };
    let first = mail("drop.ann@example.com", "Ann");
    let error = post.mailer.send(&first).await.unwrap_err();
    assert_eq!(kind(&error), "uncertain", "the request left and nobody answered: {error}");
    post.mailer.send(&first).await.unwrap();
    let mails = post.mails();
    assert_eq!(mails.len(), 2, "the server kept both");
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
}

#[tokio::test]
async fn a_service_that_never_answers_costs_a_bounded_time() {
    let patience = |options: &mut SesApiOptions| options.send_timeout = Duration::from_secs(3);
    let Some(post) = ses_api_with("a_service_that_never_answers", &[], patience) else { return };
    let began = Instant::now();
    let (hanging, bob) = (mail("hang.ann@example.com", "Ann"), mail("bob@example.com", "Bob"));
    let (hung, sent) = tokio::join!(post.mailer.send(&hanging), post.mailer.send(&bob));
    assert!(began.elapsed() < Duration::from_secs(7), "{:?}", began.elapsed());
    assert!(matches!(&hung, Err(MailError::Uncertain(said)) if said.contains("within 3 s")), "{hung:?}");
    sent.expect("another mail does not wait for it");
}

#[tokio::test]
async fn what_never_reached_the_service_may_work_later() {
    let Some(post) = ses_api("what_never_reached_the_service") else { return };
    let unused = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let elsewhere = |endpoint: String| {
        let options = SesApiOptions {
            endpoint: Some(endpoint.parse().unwrap()),
            connect_timeout: Duration::from_secs(5),
            access_key: Some(AccessKey {
                id: SES[0].to_owned(),
                secret: SecretText::new(SES[1]),
                session_token: None,
            }),
            ..SesApiOptions::new(SES[2])
        };
        SesApiMailer::new(options, sender(), dashtam_local::sources().clock).unwrap()
    };
    for (endpoint, why) in [
        (format!("http://{unused}"), "nobody listens"),
        ("https://ses.invalid".to_owned(), "no such name"),
        (format!("https://localhost:{}", post.server().port), "no TLS"),
    ] {
        let error = refusal(&elsewhere(endpoint), "ann@example.com").await;
        assert_eq!(kind(&error), "transient", "{why}: {error}");
    }
    // The key without its token, which SES takes for no key of its own.
    let mailer = elsewhere(format!("http://localhost:{}", post.server().port));
    let error = refusal(&mailer, "ann@example.com").await;
    assert!(kind(&error) == "transient" && error.to_string().contains("403 Unrecognized"), "{error}");
    assert!(post.mails().is_empty());
}

#[tokio::test]
async fn a_signature_is_for_one_region_and_one_key() {
    let wrong = |change: fn(&mut SesApiOptions)| {
        ses_api_with("a_signature_is_for_one_region_and_one_key", &[], change)
    };
    let changes: [fn(&mut SesApiOptions); 2] = [
        |options| options.region = "us-east-1".to_owned(),
        |options| {
            let key = options.access_key.take().unwrap();
            options.access_key = Some(AccessKey { secret: SecretText::new("another"), ..key });
        },
    ];
    for change in changes {
        let Some(post) = wrong(change) else { return };
        let error = refusal(&*post.mailer, "ann@example.com").await;
        assert!(error.to_string().contains("403 InvalidSignatureException"), "{error}");
        assert_eq!(kind(&error), "transient", "{error}");
        assert!(post.mails().is_empty());
    }
}

#[tokio::test]
async fn certificates_are_checked() {
    let Some(post) = ses_api_with("certificates_are_checked", &["--tls"], |_| {}) else { return };
    post.mailer.send(&mail("ann@example.com", "Ann")).await.unwrap();
    let untrusting = |options: &mut SesApiOptions| options.authorities = None;
    let Some(Post { mailer, server, .. }) = ses_api_with("certificates", &["--tls"], untrusting) else {
        return;
    };
    let error = refusal(&*mailer, "ann@example.com").await;
    assert!(kind(&error) == "transient" && error.to_string().contains("certificate"), "{error}");
    assert!(server.unwrap().journal().is_empty(), "nothing was said to a stranger");
}

#[tokio::test]
async fn no_more_mails_are_on_their_way_than_allowed() {
    let limited = |options: &mut SesApiOptions| options.connections = 3;
    let Some(post) = ses_api_with("no_more_mails_are_on_their_way", &[], limited) else { return };
    let mails: Vec<_> = (0..24).map(|number| mail(&format!("user{number}@example.com"), "Ann")).collect();
    let sends = mails.iter().map(|mail| post.mailer.send(mail));
    for sent in futures_util::future::join_all(sends).await {
        sent.unwrap();
    }
    let peers: Vec<_> = post.server().journal().iter().filter_map(|entry| entry["peer"].as_u64()).collect();
    let connections: HashSet<_> = peers.iter().collect();
    assert!(peers.len() == 24 && (1..=3).contains(&connections.len()), "{peers:?}");
}

#[test]
fn options_that_cannot_work_are_refused_at_once() {
    let with = |change: fn(&mut SesApiOptions)| {
        let mut options = SesApiOptions::new("eu-central-1");
        change(&mut options);
        SesApiMailer::new(options, sender(), dashtam_local::sources().clock).map(drop)
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|options| options.connections = 0), Err(UnusableSesApi::Limits));
    assert_eq!(with(|options| options.send_timeout = Duration::from_secs(46)), Err(UnusableSesApi::Limits));
    assert_eq!(with(|options| options.connect_timeout = Duration::ZERO), Err(UnusableSesApi::Limits));
    for pem in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let mut options = SesApiOptions::new("eu-central-1");
        options.authorities = Some(pem.to_owned());
        let made = SesApiMailer::new(options, sender(), dashtam_local::sources().clock);
        assert_eq!(made.map(drop), Err(UnusableSesApi::Authorities), "{pem:?}");
    }
    for (endpoint, allowed) in [
        ("https://email.eu-central-1.amazonaws.com", true),
        ("http://127.0.0.1:8080", true),
        ("http://[::1]:8080", true),
        ("http://email.eu-central-1.amazonaws.com", false),
        ("http://localhost.example.com", false),
        ("ftp://localhost", false),
    ] {
        let mut options = SesApiOptions::new("eu-central-1");
        options.endpoint = Some(endpoint.parse().unwrap());
        let made = SesApiMailer::new(options, sender(), dashtam_local::sources().clock).map(drop);
        assert_eq!(made.is_ok(), allowed, "{endpoint}: {made:?}");
    }
}

#[test]
fn no_secret_is_shown() {
    let key = AccessKey {
        id: SES[0].to_owned(),
        secret: SecretText::new(SES[1]),
        session_token: Some(SecretText::new("a-session-token")),
    };
    let options = SesApiOptions { access_key: Some(key), ..SesApiOptions::new(SES[2]) };
    let mailer = SesApiMailer::new(options, sender(), dashtam_local::sources().clock).unwrap();
    let shown = format!("{mailer:?}");
    assert!(
        shown.contains(SES[0]) && !shown.contains("wJalr") && !shown.contains("session-token"),
        "{shown}"
    );
}
