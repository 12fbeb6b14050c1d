//! Reading the trail, and finding out whether it is what was written.

use dashtam_application::audit::{AuditReport, ListAudit, ListOwnAudit, VerifyAudit};
use dashtam_domain::{
    call::Call,
    id::{AuditId, UserId},
    identity::{
        AuditAction, AuditEntry, AuditLine, AuditRecord, ChainFault, ChainHead, ChainKey, NOBODYS_CHAIN,
        PlainSeal,
    },
    page::{Limit, Page},
};
use dashtam_testkit::builders;
use uuid::Uuid;

use crate::{database::Disk, world::World};

#[tokio::test]
async fn a_user_sees_the_own_trail_and_an_administrator_everybodys() {
    let mut world = World::new();
    let (owner, other) = (world.owner, UserId(builders::id()));
    let before = AuditId(builders::id());
    let own = AuditEntry::of(
        AuditId(builders::id()),
        &world.call(),
        AuditLine::new(AuditAction::LoginSucceeded, owner),
    );
    for (of, lines) in
        [(Some(owner), vec![own.clone()]), (Some(other), Vec::new()), (None, vec![own.clone()])]
    {
        world
            .queries
            .audit
            .expect_audit_trail()
            .withf(move |whose, from, _| (*whose, *from) == (of, Some(before)))
            .times(1)
            .return_once(move |_, _, _| Ok(Page { items: lines, next: None }));
    }
    let (call, administrator) = (world.call(), world.administrator());
    let dashtam = world.build();
    let (before, limit) = (Some(before), Limit::default());
    let page = dashtam.audit().list_own(&call, ListOwnAudit { before, limit }).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&own));
    for (user, count) in [(Some(other), 0), (None, 1)] {
        let request = ListAudit { user, before, limit };
        let page = dashtam.audit().list(&administrator, request).await.unwrap();
        assert_eq!(page.items.len(), count);
    }
}

/// Chains of this many lines each, and their heads.
fn chains(lengths: &[(Uuid, u128)]) -> (Vec<AuditRecord>, Vec<ChainHead>) {
    let (mut records, mut heads) = (Vec::new(), Vec::new());
    for (chain, length) in lengths {
        let mut head = ChainHead::start(*chain);
        for number in 0..*length {
            let (id, call) = (AuditId(Uuid::from_u128(number)), Call::system(builders::at(number as i64)));
            let mut entry =
                AuditEntry::of(id, &call, AuditLine::new(AuditAction::LoginSucceeded, UserId(*chain)));
            entry.user = (*chain != NOBODYS_CHAIN).then_some(UserId(*chain));
            let mut record = AuditRecord::unlinked(&entry);
            record.link(&mut head, &PlainSeal);
            records.push(record);
        }
        heads.push(head);
    }
    (records, heads)
}

/// Verifies a trail that is read in pages of two.
async fn verify(records: Vec<AuditRecord>, heads: Vec<ChainHead>) -> AuditReport {
    let mut world = World::new();
    world.queries.audit.expect_audit_heads().returning(move |after, _| {
        let rest = heads.iter().filter(|head| after.is_none_or(|after| head.chain > after));
        let page: Vec<_> = rest.take(3).cloned().collect();
        Ok(Page::cut(page, Limit::new(2).unwrap(), |last| last.chain))
    });
    world.queries.audit.expect_audit_records().returning(move |after, _| {
        let key = |line: &AuditRecord| (line.chain, line.position);
        let rest =
            records.iter().filter(|line| after.is_none_or(|after| key(line) > (after.chain, after.position)));
        let page: Vec<_> = rest.take(3).cloned().collect();
        let key = |last: &AuditRecord| ChainKey { chain: last.chain, position: last.position };
        Ok(Page::cut(page, Limit::new(2).unwrap(), key))
    });
    let call = world.system();
    world.build().audit().verify(&call, VerifyAudit).await.unwrap()
}

#[tokio::test]
async fn every_chain_is_gone_through_page_by_page() {
    let [one, two, gone] = [1, 2, 3].map(Uuid::from_u128);
    let (records, heads) = chains(&[(NOBODYS_CHAIN, 3), (one, 5), (two, 1)]);
    let report = verify(records.clone(), heads.clone()).await;
    assert_eq!(report, AuditReport { chains: 3, lines: 9, unlinked: 0, faults: Vec::new() });

    let (mut altered, mut more) = (records, heads);
    altered[4].details = r#"{"forged":1}"#.to_owned();
    altered.remove(6);
    more.push(ChainHead { chain: gone, position: 2, ..ChainHead::start(gone) });
    let report = verify(altered.clone(), more).await;
    let at = ChainKey { chain: one, position: 2 };
    let expected = [
        ChainFault::Altered { line: altered[4].id, at },
        ChainFault::Missing { chain: one, from: 4, to: 4 },
        ChainFault::Missing { chain: gone, from: 1, to: 2 },
    ];
    assert_eq!((report.chains, report.faults.as_slice()), (4, expected.as_slice()));
}

#[tokio::test]
async fn what_use_cases_write_to_a_real_store_is_whole() {
    let (world, disk) = Disk::open(|_| {}).await;
    let dashtam = world.build_on(disk.storage.clone());
    for number in 0..3 {
        let mut unit = disk.storage.store.begin().await.unwrap();
        for action in [AuditAction::LoginSucceeded, AuditAction::SessionEnded] {
            let details = serde_json::json!({"n": number, "ü": [1.50, null]});
            let line = AuditLine::new(action, world.owner).with(details);
            let entry = AuditEntry::of(AuditId(builders::id()), &world.call(), line);
            unit.audit().append(&entry).await.unwrap();
            let nobodys =
                AuditEntry::of(AuditId(builders::id()), &world.call(), AuditLine::of_nobody(action));
            unit.audit().append(&nobodys).await.unwrap();
        }
        unit.commit().await.unwrap();
    }
    let report = dashtam.audit().verify(&world.system(), VerifyAudit).await.unwrap();
    assert_eq!(report, AuditReport { chains: 2, lines: 12, unlinked: 0, faults: Vec::new() });
}
