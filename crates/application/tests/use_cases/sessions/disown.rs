//! "This was not me": the mail with its link, and what the link does.

use chrono::TimeDelta;
use dashtam_application::{
    delivery::Dispatch,
    sessions::{DisownSession, SessionError},
};
use dashtam_domain::{
    delivery::{OutboxItem, mail::MailContent},
    event::DomainEvent,
    identity::{AuditAction, EndReason, OneTimeToken, Purpose, SessionSnapshot},
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use dashtam_testkit::{builders, fakes::Recorder};

use super::snapshot;
use crate::world::{World, assert_line, assert_refused};

fn link_token() -> OpaqueSecret {
    OpaqueSecret::from_bytes(SecretKind::NotMe, &[9; 32])
}

/// Delivers one event; the mail's content, and the token that was stored.
async fn deliver(event: DomainEvent, known: &SessionSnapshot) -> (Option<MailContent>, Vec<OneTimeToken>) {
    let mut world = World::new();
    let id = builders::outbox_id();
    let needs_token = matches!(event, DomainEvent::NewClient { .. });
    let item = OutboxItem {
        id,
        event,
        attempts: 0,
        uncertain: false,
        held_until: builders::at(1_060),
        created_at: builders::at(900),
    };
    let stored = Recorder::new();
    let seen = stored.clone();
    let begins = needs_token || matches!(item.event, DomainEvent::RefreshReused { .. });
    world.unit(|unit| {
        unit.outbox.expect_claim().return_once(|_, _, _| Ok(vec![item]));
    });
    if begins {
        world.unit(|unit| {
            unit.outbox.expect_begin_attempt().times(1).returning(|_, _, _| Ok(true));
            unit.one_time_tokens.expect_issue().times(usize::from(needs_token)).returning(move |token| {
                seen.push(token.clone());
                Ok(true)
            });
        });
    }
    world.unit(|unit| {
        unit.outbox.expect_done().times(1).returning(|_| Ok(()));
    });
    let (user, found) = (known.user.clone(), known.clone());
    world.queries.users.expect_user().returning(move |_| Ok(Some(user.clone())));
    world.queries.sessions.expect_session().returning(move |_| Ok(Some(found.clone())));
    let call = world.system();
    assert_eq!(world.build().delivery().dispatch(&call, Dispatch).await.unwrap(), 1);
    (world.mailer.sent().pop().map(|mail| mail.content), stored.all())
}

#[tokio::test]
async fn the_mail_about_a_new_client_describes_it_and_has_a_link_of_a_week() {
    let known = snapshot();
    let (user, session) = (known.user.id, known.session.id);
    let (content, stored) = deliver(DomainEvent::NewClient { user, session }, &known).await;
    let Some(MailContent::NewClient { client, not_me }) = content else {
        panic!("another mail: {content:?}")
    };
    assert_eq!((client.device.as_str(), client.at), ("Firefox on Linux", known.session.created_at));
    assert_eq!((client.location, client.address), (known.session.location, known.session.address));
    let [token] = stored.as_slice() else { panic!("one token is expected") };
    assert_eq!((token.user, token.purpose), (user, Purpose::NotMe));
    assert_eq!(token.subject, Some(session.to_string()));
    assert_eq!(token.expires_at.since(builders::at(1_000)), TimeDelta::days(7));
    let secret = not_me.as_str().strip_prefix("https://dashtam.example/app/not-me?token=").unwrap();
    assert_eq!(OpaqueSecret::parse(SecretKind::NotMe, secret).unwrap().hash(), token.hash);
}

#[tokio::test]
async fn the_mail_about_a_reused_credential_describes_the_client_and_when() {
    let known = snapshot();
    let event = DomainEvent::RefreshReused { user: known.user.id, session: known.session.id };
    let (content, stored) = deliver(event, &known).await;
    let Some(MailContent::RefreshReused { client, reset }) = content else { panic!("another mail") };
    assert_eq!((client.at, client.device.as_str()), (builders::at(900), "Firefox on Linux"));
    assert_eq!(reset.as_str(), "https://dashtam.example/app/forgot-password");
    assert!(stored.is_empty());
}

#[tokio::test]
async fn the_link_ends_the_session_and_starts_a_reset() {
    let mut world = World::new();
    let known = snapshot();
    let (user, session, now) = (known.user.id, known.session.id, world.now);
    let hash = link_token().hash();
    let token = OneTimeToken {
        hash,
        purpose: Purpose::NotMe,
        subject: Some(session.to_string()),
        ..builders::one_time_token(&known.user)
    };
    let (mut lines, mut events) = (Recorder::new(), Recorder::new());
    let unit = world.unit(|unit| {
        unit.one_time_tokens
            .expect_redeem()
            .withf(move |purpose, asked, at| (*purpose, *asked, *at) == (Purpose::NotMe, hash, now))
            .times(1)
            .return_once(|_, _, _| Ok(Some(token)));
        unit.sessions
            .expect_end()
            .withf(move |of, id, reason, at| {
                (*of, *id, *reason, *at) == (user, session, EndReason::NotMe, now)
            })
            .times(1)
            .returning(|_, _, _, _| Ok(false));
        lines = unit.records_audit();
        events = unit.records_events();
    });
    let call = world.anonymous();
    let request = DisownSession { token: SecretText::new(link_token().expose()) };
    world.build().sessions().disown(&call, request).await.unwrap();
    assert!(unit.is_committed());
    assert_line(&lines.only(), &call, AuditAction::SessionDisowned, user);
    assert_eq!(events.only(), DomainEvent::PasswordResetRequested { user });
    assert_eq!((world.cache.forgotten(), world.signal.rings()), (vec![session], 1));
}

#[tokio::test]
async fn a_link_that_is_spent_or_no_link_changes_nothing() {
    let mut world = World::new();
    let unit = world.unit(|unit| {
        unit.one_time_tokens.expect_redeem().times(1).returning(|_, _, _| Ok(None));
    });
    let call = world.anonymous();
    let dashtam = world.build();
    let other = OpaqueSecret::from_bytes(SecretKind::EmailVerification, &[9; 32]);
    for text in [link_token().expose(), other.expose(), "", "dsw_"] {
        let result = dashtam.sessions().disown(&call, DisownSession { token: SecretText::new(text) }).await;
        assert_refused!(result, SessionError::InvalidLink);
    }
    assert!(!unit.is_committed());
}
