//! Mails that were given up: shown, tried again, or dropped.

use dashtam_application::delivery::{
    DeadLetterError, DropDeadLetter, GetDeadLetter, ListDeadLetters, RetryDeadLetter,
};
use dashtam_domain::{
    delivery::DeadLetter,
    identity::AuditAction,
    page::{Limit, Page},
};
use dashtam_testkit::{builders, fakes::Recorder};

use crate::world::{World, assert_refused};

fn letter() -> DeadLetter {
    DeadLetter {
        id: builders::outbox_id(),
        event: "identity.email_verified".to_owned(),
        user: builders::user().id,
        attempts: 1,
        created_at: builders::at(0),
        last_error: Some("550".to_owned()),
    }
}

#[tokio::test]
async fn dead_letters_are_shown_page_by_page() {
    let mut world = World::new();
    let letter = letter();
    let (page, limit) = (Page { items: vec![letter.clone()], next: None }, Limit::new(7).unwrap());
    let after = builders::outbox_id();
    world
        .queries
        .delivery
        .expect_dead_letters()
        .withf(move |from, most| (*from, *most) == (Some(after), limit))
        .times(1)
        .return_once(|_, _| Ok(page));
    let system = world.system();
    let request = ListDeadLetters { after: Some(after), limit };
    assert_eq!(world.build().delivery().dead_letters(&system, request).await.unwrap().items, [letter]);
}

#[tokio::test]
async fn one_dead_letter_is_shown_to_administrators() {
    for letter in [Some(letter()), None] {
        let mut world = World::new();
        let (id, found) = (builders::outbox_id(), letter.clone());
        world
            .queries
            .delivery
            .expect_dead_letter()
            .withf(move |asked| *asked == id)
            .times(1)
            .return_once(move |_| Ok(found));
        let call = world.administrator();
        let shown = world.build().delivery().dead_letter(&call, GetDeadLetter { id }).await;
        match letter {
            Some(letter) => assert_eq!(shown.unwrap(), letter),
            None => assert_refused!(shown, DeadLetterError::NotDead),
        }
    }
}

#[tokio::test]
async fn a_dead_letter_is_tried_again_or_dropped_and_what_is_not_dead_is_neither() {
    for (was_dead, by_administrator) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut world = World::new();
        let (id, now) = (builders::outbox_id(), world.now);
        let (mut retries, mut drops) = (Recorder::new(), Recorder::new());
        let retried = world.unit(|unit| {
            unit.outbox
                .expect_revive()
                .withf(move |it, at| (*it, *at) == (id, now))
                .returning(move |_, _| Ok(was_dead));
            if was_dead {
                retries = unit.records_audit();
            }
        });
        let dropped = world.unit(|unit| {
            unit.outbox.expect_bury().withf(move |it| *it == id).returning(move |_| Ok(was_dead));
            if was_dead {
                drops = unit.records_audit();
            }
        });
        let call = if by_administrator { world.administrator() } else { world.system() };
        let program = world.build();
        let results = [
            program.delivery().retry_dead_letter(&call, RetryDeadLetter { id }).await,
            program.delivery().drop_dead_letter(&call, DropDeadLetter { id }).await,
        ];
        for result in results {
            match was_dead {
                true => result.unwrap(),
                false => assert_refused!(result, DeadLetterError::NotDead),
            }
        }
        assert_eq!((retried.is_committed(), dropped.is_committed()), (was_dead, was_dead));
        assert_eq!(world.signal.rings(), usize::from(was_dead), "what is due at once is begun at once");
        if was_dead {
            let lines = [(retries, AuditAction::MailRetried), (drops, AuditAction::MailDropped)];
            for (line, action) in lines.map(|(lines, action)| (lines.only(), action)) {
                let user = by_administrator.then_some(world.owner);
                assert_eq!((line.action, line.user, line.at), (action, user, now));
                assert_eq!(line.details["mail"], id.to_string());
            }
        }
    }
}
