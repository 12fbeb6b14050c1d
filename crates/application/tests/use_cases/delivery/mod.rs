//! Turning events into mails.

mod dead_letters;
mod failures;
mod mails;

use chrono::TimeDelta;
use dashtam_application::delivery::Dispatch;
use dashtam_domain::{
    delivery::OutboxItem, event::DomainEvent, id::OutboxId, identity::User, time::Timestamp,
};
use dashtam_testkit::{builders, mocks::MockUnitOfWork};

use crate::world::{Unit, World};

fn item(event: DomainEvent, attempts: i32) -> OutboxItem {
    OutboxItem {
        id: builders::outbox_id(),
        event,
        attempts,
        uncertain: false,
        held_until: builders::at(1_060),
        created_at: builders::at(0),
    }
}

fn verified() -> User {
    User { email_verified_at: Some(builders::at(1)), ..builders::user() }
}

/// The first unit: takes these items for a minute.
fn claims(world: &mut World, items: Vec<OutboxItem>) -> Unit {
    let now = world.now;
    let until = now.plus(TimeDelta::seconds(60));
    world.unit(|unit| {
        unit.outbox
            .expect_claim()
            .withf(move |at, end, limit| (*at, *end, *limit) == (now, until, 10))
            .times(1)
            .return_once(|_, _, _| Ok(items));
    })
}

fn knows(world: &mut World, user: &User) {
    let (id, user) = (user.id, user.clone());
    world
        .queries
        .users
        .expect_user()
        .withf(move |asked| *asked == id)
        .times(1)
        .return_once(|_| Ok(Some(user)));
}

/// The unit notes that an attempt begins, and holds the item for another minute from now.
fn begins(unit: &mut MockUnitOfWork, item: &OutboxItem, now: Timestamp) {
    let expected = (item.id, item.held_until, now.plus(TimeDelta::seconds(60)));
    unit.outbox
        .expect_begin_attempt()
        .withf(move |id, held, until| (*id, *held, *until) == expected)
        .times(1)
        .returning(|_, _, _| Ok(true));
}

/// A unit that notes the beginning of an attempt and nothing else.
fn begins_alone(world: &mut World, item: &OutboxItem) -> Unit {
    let now = world.now;
    world.unit(|unit| begins(unit, item, now))
}

/// A unit that removes the item.
fn removes(unit: &mut MockUnitOfWork, id: OutboxId) {
    unit.outbox.expect_done().withf(move |done| *done == id).times(1).returning(|_| Ok(()));
}

async fn dispatch(world: &mut World) -> usize {
    let call = world.system();
    world.build().delivery().dispatch(&call, Dispatch).await.unwrap()
}

/// A user who has to verify, and the item that asks for it.
fn verification() -> (User, OutboxItem) {
    let user = builders::user();
    let item = item(DomainEvent::VerificationRequested { user: user.id }, 0);
    (user, item)
}
