//! Mails that were given up: shown, tried again, or dropped.

use dashtam_application::delivery::{DeadLetterError, DropDeadLetter, ListDeadLetters, RetryDeadLetter};
use dashtam_domain::{
    delivery::DeadLetter,
    page::{Limit, Page},
};
use dashtam_testkit::builders;

use crate::world::{World, assert_refused};

#[tokio::test]
async fn dead_letters_are_shown_page_by_page() {
    let mut world = World::new();
    let letter = DeadLetter {
        id: builders::outbox_id(),
        event: "identity.email_verified".to_owned(),
        user: builders::user().id,
        attempts: 1,
        created_at: builders::at(0),
        last_error: Some("550".to_owned()),
    };
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
async fn a_dead_letter_is_tried_again_or_dropped_and_what_is_not_dead_is_neither() {
    for was_dead in [true, false] {
        let mut world = World::new();
        let (id, now) = (builders::outbox_id(), world.now);
        let retried = world.unit(|unit| {
            let outbox = &mut unit.outbox;
            outbox
                .expect_revive()
                .withf(move |it, at| (*it, *at) == (id, now))
                .returning(move |_, _| Ok(was_dead));
        });
        let dropped = world.unit(|unit| {
            unit.outbox.expect_bury().withf(move |it| *it == id).returning(move |_| Ok(was_dead));
        });
        let call = world.system();
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
    }
}
