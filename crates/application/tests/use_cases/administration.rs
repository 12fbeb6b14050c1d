//! Making administrators.

use dashtam_application::administration::{AdministrationError, SetAdministrator};
use dashtam_domain::identity::{AuditAction, User};
use dashtam_testkit::{builders, fakes::Recorder};

use crate::world::{World, assert_line, assert_refused};

#[tokio::test]
async fn an_account_becomes_an_administrators_and_is_one_no_longer() {
    for (administrator, action) in
        [(true, AuditAction::AdministratorGranted), (false, AuditAction::AdministratorRevoked)]
    {
        let mut world = World::new();
        let user = User { administrator: !administrator, ..builders::user() };
        let (id, email) = (user.id, user.email.clone());
        let (written, mut lines) = (Recorder::new(), Recorder::new());
        let seen = written.clone();
        let unit = world.unit(|unit| {
            unit.users.expect_find_by_email().times(1).return_once(|_| Ok(Some(user)));
            unit.users.expect_update().times(1).returning(move |user| {
                seen.push(user.administrator);
                Ok(())
            });
            lines = unit.records_audit();
        });
        let call = world.system();
        let request = SetAdministrator { email, administrator };
        assert!(world.build().administration().set_administrator(&call, request).await.unwrap());
        assert!(unit.is_committed());
        assert_eq!(written.only(), administrator);
        assert_line(&lines.only(), &call, action, id);
        assert_eq!(world.cache.forgotten_users(), [id]);
    }
}

#[tokio::test]
async fn nothing_is_written_where_nothing_changes_or_nobody_is_found() {
    let mut world = World::new();
    let user = builders::user();
    let email = user.email.clone();
    let same = world.unit(|unit| {
        unit.users.expect_find_by_email().times(1).return_once(|_| Ok(Some(user)));
    });
    world.unit(|unit| {
        unit.users.expect_find_by_email().times(1).returning(|_| Ok(None));
    });
    let call = world.system();
    let dashtam = world.build();
    let request = || SetAdministrator { email: email.clone(), administrator: false };
    assert!(!dashtam.administration().set_administrator(&call, request()).await.unwrap());
    assert!(!same.is_committed());
    let unknown = dashtam.administration().set_administrator(&call, request()).await;
    assert_refused!(unknown, AdministrationError::NotFound);
}
