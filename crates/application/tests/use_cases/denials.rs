//! The record of refused requests.

use std::net::IpAddr;

use chrono::TimeDelta;
use dashtam_application::{
    denials::{Denial, StoreDenials},
    errors::CommonError,
};
use dashtam_domain::{
    access::AccessDenied,
    call::Call,
    id::UserId,
    rate_limit::{DenialCount, Subject},
    time::Timestamp,
};
use dashtam_testkit::{builders, fakes::Recorder};

use crate::world::{Unit, World, assert_refused, broken};

fn denial(user: u8, at: Timestamp) -> Denial {
    Denial {
        rule: "sync",
        rate: "20/10".parse().unwrap(),
        method: "POST",
        route: "/api/v1/providers/{provider_id}/sync",
        subject: Subject::User(UserId(builders::id())),
        hash: [user; 16],
        address: Some(IpAddr::from([192, 0, 2, user])),
        at,
    }
}

/// A unit that takes counts and hands them to the test.
fn takes(world: &mut World) -> (Unit, Recorder<DenialCount>) {
    let seen = Recorder::new();
    let list = seen.clone();
    let unit = world.unit(|unit| {
        unit.denials.expect_append().times(1).returning(move |counts, _| {
            counts.iter().for_each(|count| list.push(count.clone()));
            Ok(())
        });
    });
    (unit, seen)
}

#[tokio::test]
async fn refusals_are_stored_as_one_row_per_rule_subject_and_minute() {
    let mut world = World::new();
    let (unit, seen) = takes(&mut world);
    let now = world.now;
    let later = now.plus(TimeDelta::minutes(1));
    let program = world.build();
    for denial in [denial(1, now), denial(1, now), denial(2, now), denial(1, later), denial(1, now)] {
        program.denials().denied(denial);
    }
    let call = Call::system(later);
    assert_eq!(program.denials().store_denials(&call, StoreDenials).await.unwrap(), 3);
    assert!(unit.is_committed());
    let mut rows = seen.all();
    rows.sort_by_key(|row| (row.minute, row.identifier.clone()));
    let shown: Vec<_> = rows.iter().map(|row| (row.count, row.address.unwrap().to_string())).collect();
    let address = |user: u8| format!("192.0.2.{user}");
    assert_eq!(shown, [(3, address(1)), (1, address(2)), (1, address(1))]);
    assert_eq!(rows[0].identifier.as_deref(), Some("user:01010101010101010101010101010101"));
    assert_eq!(rows[0].endpoint, "POST /api/v1/providers/{provider_id}/sync");
    assert_eq!((rows[0].rule, rows[0].limit, rows[0].window_seconds), ("sync", 20, 120));
    assert_eq!(rows[0].minute.as_micros() % 60_000_000, 0);
    // Nothing is left, and so no unit of work is opened.
    assert_eq!(program.denials().store_denials(&call, StoreDenials).await.unwrap(), 0);
}

#[tokio::test]
async fn what_could_not_be_stored_is_stored_the_next_time() {
    let mut world = World::new();
    let failed = world.unit(|unit| {
        unit.denials.expect_append().times(1).returning(|_, _| Err(broken()));
    });
    let (stored, seen) = takes(&mut world);
    let now = world.now;
    let program = world.build();
    program.denials().denied(denial(1, now));
    program.denials().denied(denial(1, now));
    let result = program.denials().store_denials(&Call::system(now), StoreDenials).await;
    assert_refused!(result, CommonError::Store(_));
    program.denials().denied(denial(1, now));
    assert_eq!(program.denials().store_denials(&Call::system(now), StoreDenials).await.unwrap(), 1);
    assert!(!failed.is_committed() && stored.is_committed());
    assert_eq!(seen.all()[0].count, 3);
}

#[tokio::test]
async fn a_flood_of_subjects_is_counted_in_bounded_memory() {
    let mut world = World::new();
    let (_, seen) = takes(&mut world);
    let now = world.now;
    let program = world.build();
    for number in 0..12_000u128 {
        program.denials().denied(Denial { hash: number.to_be_bytes(), ..denial(1, now) });
    }
    assert_eq!(program.denials().store_denials(&Call::system(now), StoreDenials).await.unwrap(), 10_001);
    let rest: Vec<_> = seen.all().into_iter().filter(|row| row.identifier.is_none()).collect();
    assert_eq!((rest.len(), rest[0].count, rest[0].address), (1, 2_000, None));
}

#[tokio::test]
async fn only_the_program_itself_stores_them() {
    let mut world = World::new();
    let call = world.call();
    let result = world.build().denials().store_denials(&call, StoreDenials).await;
    assert_refused!(result, CommonError::Denied(AccessDenied::Forbidden));
}
