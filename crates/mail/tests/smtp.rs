//! Mail servers that are slow, strict, broken or hostile.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![allow(dead_code, reason = "the support is shared with other tests")]

mod support;

use std::{
    future::Future,
    time::{Duration, Instant},
};

use dashtam_domain::{
    delivery::{MailError, Mailer},
    secret::SecretText,
};
use dashtam_mail::{Encryption, SmtpOptions};
use dashtam_testkit::servers::MailServer;
use support::{Post, SES, header, local, mail, post, relay, smtp, submission, trusting};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

fn transient(error: &MailError) -> bool {
    matches!(error, MailError::Transient(_))
}

/// The error of a mail to this address, which holds neither it nor the link.
async fn refusal(mailer: &dyn Mailer, to: &str) -> MailError {
    let error = mailer.send(&mail(to, "Ann")).await.unwrap_err();
    let said = error.to_string();
    assert!(!said.contains("example.com") && !said.contains("dsv_") && !said.contains("http"), "{said}");
    error
}

#[tokio::test]
async fn a_greylisted_mail_arrives_when_it_is_tried_again() {
    let Some(post) = relay("a_greylisted_mail_arrives_when_it_is_tried_again") else { return };
    let mail = mail("greylist-2.ann@example.com", "Ann");
    for _ in 0..2 {
        let error = post.mailer.send(&mail).await.unwrap_err();
        assert!(transient(&error) && error.to_string().contains("451"), "{error}");
    }
    assert!(post.mailer.send(&mail).await.unwrap().0.contains("250 2.0.0 Ok: queued as Q1"));
    assert_eq!(post.mails().len(), 1);
}

#[tokio::test]
async fn a_refused_recipient_is_refused_for_good_and_holds_up_nobody() {
    let Some(post) = relay("a_refused_recipient_is_refused_for_good") else { return };
    let error = refusal(&*post.mailer, "refused.ann@example.com").await;
    assert!(matches!(&error, MailError::Permanent(said) if said.contains("550")), "{error}");
    post.mailer.send(&mail("bob@example.com", "Bob")).await.unwrap();
    let peers: Vec<_> = post.server().journal().into_iter().map(|entry| entry["peer"].clone()).collect();
    assert_eq!(peers[0], peers[1], "the connection goes on");
    let mails = post.mails();
    assert!(mails.len() == 1 && header(&mails[0], "To").contains("bob@"), "{mails:?}");
}

#[tokio::test]
async fn a_mail_refused_after_its_text_is_classified_by_the_code() {
    let Some(post) = relay("a_mail_refused_after_its_text") else { return };
    let full = refusal(&*post.mailer, "full.ann@example.com").await;
    assert!(transient(&full) && full.to_string().contains("452"), "{full}");
    let spam = refusal(&*post.mailer, "spam.ann@example.com").await;
    assert!(matches!(&spam, MailError::Permanent(said) if said.contains("blocked")), "{spam}");
    assert!(post.mails().is_empty());
}

#[tokio::test]
async fn connections_are_used_again_and_no_more_of_them_are_open_than_allowed() {
    let limited = |server: &MailServer| SmtpOptions { connections: 3, ..local(server.port) };
    let Some(post) = post("connections_are_used_again", &[], limited) else { return };
    let mails: Vec<_> = (0..24).map(|number| mail(&format!("user{number}@example.com"), "Ann")).collect();
    let sends = mails.iter().map(|mail| post.mailer.send(mail));
    for sent in futures_util::future::join_all(sends).await {
        sent.unwrap();
    }
    let mut peers: Vec<_> =
        post.server().journal().iter().filter_map(|entry| entry["peer"].as_u64()).collect();
    assert_eq!(peers.len(), 24);
    peers.sort_unstable();
    peers.dedup();
    assert!((1..=3).contains(&peers.len()), "{peers:?}");
}

#[tokio::test]
async fn a_connection_the_server_gave_up_costs_no_mail() {
    let Some(post) = relay("a_connection_the_server_gave_up") else { return };
    let first = mail("drop.ann@example.com", "Ann");
    let error = post.mailer.send(&first).await.unwrap_err();
    assert!(matches!(error, MailError::Uncertain(_)), "the text left and nobody answered: {error}");
    post.mailer.send(&first).await.unwrap();
    let mails = post.mails();
    assert_eq!(mails.len(), 2, "the server kept both");
    assert_eq!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
}

/// A send is over within its limit and a little more.
async fn in_time<T>(limit: u64, send: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let outcome = send.await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(limit + 4), "took {took:?}");
    outcome
}

fn hasty(port: u16) -> SmtpOptions {
    SmtpOptions {
        connect_timeout: Duration::from_secs(2),
        send_timeout: Duration::from_secs(3),
        ..local(port)
    }
}

#[tokio::test]
async fn a_server_that_never_answers_the_text_costs_a_bounded_time_and_mixes_nothing_up() {
    let patient =
        |server: &MailServer| SmtpOptions { send_timeout: Duration::from_secs(5), ..local(server.port) };
    let Some(post) = post("a_server_that_never_answers_the_text", &[], patient) else { return };
    let hanging = mail("hang.ann@example.com", "Ann");
    let bob = mail("bob@example.com", "Bob");
    let (hung, sent) =
        in_time(5, async { tokio::join!(post.mailer.send(&hanging), post.mailer.send(&bob)) }).await;
    assert!(matches!(&hung, Err(MailError::Uncertain(said)) if said.contains("within 5 s")), "{hung:?}");
    sent.expect("another mail does not wait for it");
    // The connection whose answer is missing is not used again: this refusal is about Refused and nobody else.
    post.mailer.send(&mail("bob@example.com", "Bob")).await.unwrap();
    let error = refusal(&*post.mailer, "refused.ann@example.com").await;
    assert!(matches!(error, MailError::Permanent(_)), "{error}");
    assert_eq!(post.mails().len(), 2);
}

/// A server that says these lines, one after each line it hears, and then nothing.
async fn scripted(says: &'static [&'static str]) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, says));
        }
    });
    port
}

async fn converse(stream: TcpStream, says: &'static [&'static str]) {
    let (read, mut write) = stream.into_split();
    let mut heard = BufReader::new(read).lines();
    for line in says {
        if *line == "(hangs up)" {
            return;
        }
        write.write_all(format!("{line}\r\n").as_bytes()).await.ok();
        if heard.next_line().await.ok().flatten().is_none() {
            return;
        }
    }
    while let Ok(Some(_)) = heard.next_line().await {}
}

#[tokio::test]
async fn what_goes_wrong_before_the_text_may_work_later() {
    const HELLO: &str = "250-mail.test\r\n250 8BITMIME";
    let cases: [(&'static [&'static str], &str); 8] = [
        (&[], "within 2 s"),
        (&["(hangs up)"], "incomplete response"),
        (&["554 no service for you"], "554"),
        (&["421 too many connections"], "421"),
        (&["220 mail.test"], "within 2 s"),
        (&["220 mail.test", HELLO, "530 5.7.0 authentication required"], "530"),
        (&["220 mail.test", HELLO, "250 OK"], "within 3 s"),
        (&["220 mail.test", HELLO, "250 OK", "250 OK", "(hangs up)"], "incomplete response"),
    ];
    for (says, expected) in cases {
        let mailer = smtp(hasty(scripted(says).await));
        let error = in_time(3, refusal(&mailer, "ann@example.com")).await;
        assert!(transient(&error) && error.to_string().contains(expected), "{says:?}: {error}");
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert!(transient(&refusal(&smtp(hasty(port)), "ann@example.com").await), "nobody listens");
    let nowhere = SmtpOptions { host: "mail.invalid".to_owned(), ..hasty(25) };
    assert!(transient(&refusal(&smtp(nowhere), "ann@example.com").await), "no such name");
}

#[tokio::test]
async fn certificates_are_checked() {
    for (arguments, encryption) in [("starttls", Encryption::StartTls), ("implicit", Encryption::Tls)] {
        let options = |server: &MailServer| trusting(server, encryption);
        let Some(post) = post("certificates_are_checked", &["--tls", arguments], options) else { return };
        let unknown = SmtpOptions { authorities: None, ..options(post.server()) };
        let other_name = SmtpOptions { host: "127.0.0.1".to_owned(), ..options(post.server()) };
        for (options, why) in [(unknown, "signed by nobody known"), (other_name, "for another name")] {
            let error = refusal(&smtp(options), "ann@example.com").await;
            assert!(transient(&error) && error.to_string().contains("certificate"), "{why}: {error}");
        }
        assert_eq!(post.server().count("rcpt"), 0, "nothing was said to a stranger");
        post.mailer.send(&mail("ann@example.com", "Ann")).await.unwrap();
        assert!(post.server().journal().iter().all(|entry| entry["event"] != "rcpt" || entry["tls"] == true));
    }
}

#[tokio::test]
async fn without_starttls_no_password_and_no_mail_is_given_away() {
    let server = |server: &MailServer| SmtpOptions {
        encryption: Encryption::StartTls,
        credentials: Some(("mailer".to_owned(), SecretText::new("p4ss w0rd"))),
        ..local(server.port)
    };
    let Some(Post { mailer, server, .. }) = post("without_starttls_no_password", &[], server) else { return };
    let error = refusal(&*mailer, "ann@example.com").await;
    assert!(transient(&error) && error.to_string().contains("STARTTLS"), "{error}");
    assert!(server.unwrap().journal().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_mended_by_us_and_blames_no_mail() {
    let Some(post) = submission("a_wrong_password_is_mended_by_us") else { return };
    let credentials = Some(("mailer".to_owned(), SecretText::new("not-the-passw0rd")));
    let mailer = smtp(SmtpOptions { credentials, ..trusting(post.server(), Encryption::StartTls) });
    let error = refusal(&mailer, "ann@example.com").await;
    assert!(transient(&error) && error.to_string().contains("535"), "{error}");
    assert!(!format!("{error}{mailer:?}").contains("passw0rd"));
    let none = smtp(trusting(post.server(), Encryption::StartTls));
    let error = refusal(&none, "ann@example.com").await;
    assert!(transient(&error) && error.to_string().contains("530"), "{error}");
    assert!(post.mails().is_empty());
}

#[tokio::test]
async fn ses_takes_the_password_of_its_own_region_only() {
    let Some(post) = support::ses("ses_takes_the_password_of_its_own_region_only") else { return };
    let [id, secret, _] = SES;
    let elsewhere = SmtpOptions::ses("us-east-1", id, &SecretText::new(secret));
    let options =
        SmtpOptions { credentials: elsewhere.credentials, ..trusting(post.server(), Encryption::StartTls) };
    assert!(transient(&refusal(&smtp(options), "ann@example.com").await));
    post.mailer.send(&mail("ann@example.com", "Ann")).await.unwrap();
}

#[tokio::test]
async fn options_that_cannot_work_are_refused_at_once() {
    use dashtam_mail::UnusableSmtp::{Authorities, HelloName, Host, Limits};
    let with = |change: fn(&mut SmtpOptions)| {
        let mut options = SmtpOptions::new("mail.example.com", 587);
        change(&mut options);
        let clock = dashtam_local::sources().clock;
        dashtam_mail::SmtpMailer::new(options, support::sender(), clock).map(drop)
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|options| options.host = "mail.example.com\r\nMAIL".to_owned()), Err(Host));
    assert_eq!(with(|options| options.host.clear()), Err(Host));
    assert_eq!(with(|options| options.hello_name = Some("a b".to_owned())), Err(HelloName));
    assert_eq!(with(|options| options.connections = 0), Err(Limits));
    assert_eq!(with(|options| options.send_timeout = Duration::from_secs(46)), Err(Limits));
    assert_eq!(with(|options| options.connect_timeout = Duration::ZERO), Err(Limits));
    for text in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let mut options = SmtpOptions::new("mail.example.com", 587);
        options.authorities = Some(text.to_owned());
        let made = dashtam_mail::SmtpMailer::new(options, support::sender(), dashtam_local::sources().clock);
        assert_eq!(made.map(drop), Err(Authorities), "{text:?}");
    }
}
