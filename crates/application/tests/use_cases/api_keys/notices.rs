//! What owners are told of their keys: once, by mail, and only while it is true.

use chrono::TimeDelta;
use dashtam_application::{api_keys::TellKeyExpiry, delivery::Dispatch};
use dashtam_domain::{
    delivery::{OutboxItem, mail::MailContent},
    event::DomainEvent,
    id::SessionId,
    identity::{ApiKeyNotice, ApiKeyTerms, EndReason, SessionSnapshot, User},
};
use dashtam_testkit::{builders, fakes::Recorder};

use super::{DAY, key};
use crate::world::World;

#[tokio::test]
async fn the_end_of_a_key_is_told_once_by_the_one_who_settles_the_notice() {
    for (end, settles, told) in [(3 * DAY, true, true), (3 * DAY, false, false), (-1, true, false)] {
        let mut world = World::new();
        let expires_at = world.now.plus(TimeDelta::seconds(end));
        let notice = ApiKeyNotice {
            key: SessionId(builders::id()),
            owner: world.owner,
            due_at: builders::at(900),
            expires_at,
        };
        let next = ApiKeyTerms::next_notice(expires_at, world.now);
        world.queries.api_keys.expect_due_key_notices().times(1).return_once(move |_, _| Ok(vec![notice]));
        let mut events = Recorder::new();
        let unit = world.unit(|unit| {
            unit.sessions
                .expect_settle_key_notice()
                .withf(move |asked, then| *asked == notice && *then == next)
                .times(1)
                .returning(move |_, _| Ok(settles));
            events = unit.records_events();
        });
        let call = world.system();
        assert_eq!(world.build().api_keys().tell_expiry(&call, TellKeyExpiry).await.unwrap(), 1);
        assert_eq!(unit.is_committed(), settles);
        let (user, key) = (notice.owner, notice.key);
        let expected = told.then_some(DomainEvent::ApiKeyExpiring { user, key, at: expires_at });
        assert_eq!(events.all(), expected.into_iter().collect::<Vec<_>>());
    }
}

/// What an event about this key is mailed as.
async fn mailed(event: DomainEvent, known: &SessionSnapshot, moot: bool) -> Option<MailContent> {
    let mut world = World::new();
    let item = OutboxItem {
        id: builders::outbox_id(),
        event,
        attempts: 0,
        uncertain: false,
        held_until: builders::at(1_060),
        created_at: builders::at(900),
    };
    let user = known.user.clone();
    let found = known.clone();
    world.unit(|unit| {
        unit.outbox.expect_claim().return_once(|_, _, _| Ok(vec![item]));
    });
    if !moot {
        world.unit(|unit| {
            unit.outbox.expect_begin_attempt().times(1).returning(|_, _, _| Ok(true));
        });
    }
    world.unit(|unit| {
        unit.outbox.expect_done().times(1).returning(|_| Ok(()));
    });
    world.queries.users.expect_user().returning(move |_| Ok(Some(user.clone())));
    world.queries.sessions.expect_session().returning(move |_| Ok(Some(found.clone())));
    let call = world.system();
    assert_eq!(world.build().delivery().dispatch(&call, Dispatch).await.unwrap(), 1);
    world.mailer.sent().pop().map(|mail| mail.content)
}

#[tokio::test]
async fn mails_name_the_key_and_are_not_sent_when_they_are_moot() {
    let user = User { email_verified_at: Some(builders::at(1)), ..builders::user() };
    let known = key(&user);
    let (id, at) = (known.session.id, known.session.expires_at);
    let created = mailed(DomainEvent::ApiKeyCreated { user: user.id, key: id }, &known, false).await;
    let Some(MailContent::ApiKeyCreated { name, client, manage }) = created else { panic!("another mail") };
    assert_eq!((name.as_str(), client.at), ("backup job", known.session.created_at));
    assert_eq!(manage.as_str(), "https://dashtam.example/app/api-keys");
    let event = DomainEvent::ApiKeyExpiring { user: user.id, key: id, at };
    let expiring = mailed(event.clone(), &known, false).await;
    assert!(matches!(expiring, Some(MailContent::ApiKeyExpiring { at: end, .. }) if end == at));
    let mut replaced = known.clone();
    replaced.session.key.as_mut().unwrap().replaced_by = Some(id);
    let mut ended = known.clone();
    ended.session.ended = Some((builders::at(1), EndReason::Revoked));
    let mut shorter = known.clone();
    shorter.session.expires_at = builders::at(80 * DAY);
    for moot in [replaced, ended, shorter] {
        assert!(mailed(event.clone(), &moot, true).await.is_none());
    }
}
