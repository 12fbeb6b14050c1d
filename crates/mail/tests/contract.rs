//! What every way to send mails does alike.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![allow(dead_code, reason = "the support is shared with other tests")]

mod support;

use std::collections::HashSet;

use dashtam_domain::delivery::{MailError, Receipt};
use support::{LINK, Post, header, mail};

/// Runs every case on every adapter.
macro_rules! contract {
    (on $adapters:tt: $($case:ident)+) => {
        $(contract! { @case $case $adapters })+
    };
    (@case $case:ident [$($(#[$when:meta])? $adapter:ident)+]) => {
        mod $case {
            $($(#[$when])?
            #[tokio::test]
            async fn $adapter() {
                let test = concat!(stringify!($case), " on ", stringify!($adapter));
                if let Some(post) = super::support::$adapter(test) {
                    super::$case(post).await;
                }
            })+
        }
    };
}

contract! {
    on [development relay seven_bit submission submissions ses #[cfg(feature = "ses-api")] ses_api]:
    a_mail_arrives_once_and_complete
    letters_of_any_script_arrive
    the_same_mail_again_has_the_same_message_id
    many_mails_at_once_all_arrive
    an_address_beyond_ascii_arrives_or_is_refused_for_good
}

async fn a_mail_arrives_once_and_complete(post: Post) {
    let mail = mail("Ann.Lee@Example.com", "Ann Lee");
    let Receipt(answer) = post.mailer.send(&mail).await.unwrap();
    assert!(!answer.is_empty() && !answer.contains("dsv_"), "{answer}");
    let message = &post.only_mail();
    assert_eq!(header(message, "Subject"), "Verify Your Dashtam Account");
    assert_eq!(header(message, "From"), "Dashtam <no-reply@dashtam.test>");
    assert_eq!(header(message, "Message-ID"), format!("<{}@dashtam.test>", mail.id));
    assert!(header(message, "To").ends_with("<Ann.Lee@example.com>"), "{message}");
    assert!(message.lines().any(|line| line == LINK), "the link is whole and on its own line: {message}");
    assert!(message.contains("multipart/alternative") && message.trim_end().ends_with("--"), "{message}");
    let text = message.split("text/html").next().unwrap();
    let too_long =
        text.lines().filter(|line| line.len() > 78 && *line != LINK && !line.contains("boundary="));
    assert_eq!(too_long.collect::<Vec<_>>(), Vec::<&str>::new());
}

async fn letters_of_any_script_arrive(post: Post) {
    post.mailer.send(&mail("ann@bücher.example", "Zoë Łukasz")).await.unwrap();
    let message = &post.only_mail();
    assert!(header(message, "To").ends_with("<ann@xn--bcher-kva.example>"), "{message}");
    let (eight_bit, encoded) =
        (message.contains("Hi Zoë Łukasz,"), message.contains("Hi Zo=C3=AB =C5=81ukasz,"));
    assert!(eight_bit != encoded, "{message}");
    assert_eq!(encoded, message.is_ascii());
}

async fn the_same_mail_again_has_the_same_message_id(post: Post) {
    let one = mail("ann@example.com", "Ann");
    for _ in 0..2 {
        post.mailer.send(&one).await.unwrap();
    }
    post.mailer.send(&mail("ann@example.com", "Ann")).await.unwrap();
    let ids: HashSet<_> =
        post.mails().iter().map(|message| header(message, "Message-ID").to_owned()).collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert!(ids.contains(&format!("<{}@dashtam.test>", one.id)));
}

async fn many_mails_at_once_all_arrive(post: Post) {
    let tasks: Vec<_> = (0..30)
        .map(|number| {
            let mailer = post.mailer.clone();
            tokio::spawn(async move { mailer.send(&mail(&format!("user{number}@example.com"), "Ann")).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let to: HashSet<_> = post.mails().iter().map(|message| header(message, "To").to_owned()).collect();
    assert_eq!((post.mails().len(), to.len()), (30, 30));
}

async fn an_address_beyond_ascii_arrives_or_is_refused_for_good(post: Post) {
    let far = mail(&format!("jürgen@{}.example", "x".repeat(60)), "Jürgen");
    let sent = post.mailer.send(&far).await;
    match &post.server {
        // A server that knows no such letters, and the others.
        Some(server) if server.mails().is_empty() => {
            assert!(matches!(&sent, Err(MailError::Permanent(_))), "{sent:?}");
            post.mailer.send(&mail("ann@example.com", "Ann")).await.expect("the next one is not held up");
        }
        _ => {
            sent.unwrap();
            assert!(header(&post.mails()[0], "To").contains("jürgen@"), "{:?}", post.mails());
        }
    }
}
