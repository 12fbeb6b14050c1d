//! Writing what sessions did: in one unit, and again if that failed.

use dashtam_application::sessions::{FlushActivity, SessionError};
use dashtam_domain::{
    id::SessionId,
    identity::{Activity, ActivityLog},
};
use dashtam_testkit::{builders, fakes::Recorder};

use crate::world::{World, assert_refused};

#[tokio::test]
async fn what_sessions_did_is_written_once() {
    let mut world = World::new();
    let session = SessionId(builders::id());
    for second in [5, 9, 7] {
        world.activity.record(session, builders::at(second));
    }
    let written = Recorder::new();
    let seen = written.clone();
    let unit = world.unit(|unit| {
        unit.sessions.expect_record_activity().times(1).returning(move |activities| {
            seen.push(activities.to_vec());
            Ok(())
        });
    });
    let call = world.system();
    let dashtam = world.build();
    assert_eq!(dashtam.sessions().flush_activity(&call, FlushActivity).await.unwrap(), 1);
    assert!(unit.is_committed());
    assert_eq!(written.only(), [Activity { session, calls: 3, last_seen: builders::at(9) }]);
    // With nothing to write, no unit is opened.
    assert_eq!(dashtam.sessions().flush_activity(&call, FlushActivity).await.unwrap(), 0);
}

#[tokio::test]
async fn what_could_not_be_written_is_kept() {
    let mut world = World::new();
    let session = SessionId(builders::id());
    world.activity.record(session, builders::at(5));
    world.failing_unit(|unit| {
        unit.sessions.expect_record_activity().returning(|_| Ok(()));
    });
    let call = world.system();
    let result = world.build().sessions().flush_activity(&call, FlushActivity).await;
    assert_refused!(result, SessionError::Common(_));
    assert_eq!(world.activity.pending(session).map(|kept| kept.calls), Some(1));
}
