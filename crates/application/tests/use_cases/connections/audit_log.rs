//! What happened to an instance.

use dashtam_application::connections::{ConnectionError, ListConnectionAudit};
use dashtam_domain::{
    id::{AuditId, ConnectionId},
    identity::{AuditAction, AuditEntry, AuditLine},
    page::{Limit, Page},
};
use dashtam_testkit::builders;

use super::world;
use crate::world::{World, assert_refused};

/// The trail of some instance, of which the reading side shows so many lines before this one.
fn shows(world: &mut World, before: Option<AuditId>, lines: usize) -> (ListConnectionAudit, Vec<AuditEntry>) {
    let (owner, connection, limit) = (world.owner, ConnectionId(builders::id()), Limit::new(5).unwrap());
    let line = || {
        let id = AuditId(builders::id());
        AuditEntry::of(id, &world.call(), AuditLine::new(AuditAction::SyncStarted, owner).about(connection))
    };
    let items: Vec<AuditEntry> = (0..lines).map(|_| line()).collect();
    let found = items.clone();
    world
        .queries
        .audit
        .expect_connection_audit()
        .withf(move |asked, which, from, count| {
            (*asked, *which, *from, *count) == (owner, connection, before, limit)
        })
        .times(1)
        .return_once(|_, _, _, _| Ok(Page { items: found, next: None }));
    (ListConnectionAudit { connection, before, limit }, items)
}

#[tokio::test]
async fn the_trail_is_shown_page_by_page_also_beyond_its_last_line() {
    let before = Some(AuditId(builders::id()));
    for (before, lines) in [(None, 2), (before, 1), (before, 0)] {
        let (mut world, _) = world();
        let (request, items) = shows(&mut world, before, lines);
        let call = world.call();
        let page = world.build().connections().audit_log(&call, request).await.unwrap();
        assert_eq!(page.items, items);
    }
}

#[tokio::test]
async fn an_instance_without_any_line_never_was() {
    let (mut world, _) = world();
    let (request, _) = shows(&mut world, None, 0);
    let call = world.call();
    let result = world.build().connections().audit_log(&call, request).await;
    assert_refused!(result, ConnectionError::NotFound);
}
