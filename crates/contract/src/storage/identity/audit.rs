//! The audit trail: a chain per user, written when the unit commits.

use dashtam_domain::{
    call::Call,
    id::{AuditId, UserId},
    identity::{
        AuditAction, AuditEntry, AuditLine, AuditRecord, ChainCheck, ChainHead, NOBODYS_CHAIN, PlainSeal,
    },
    page::Limit,
    store::Storage,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    builders::{self, at},
    storage::{
        begin,
        races::{CALLERS, race},
    },
};

fn entry(user: Option<UserId>, second: i64) -> AuditEntry {
    let line = match user {
        Some(user) => AuditLine::new(AuditAction::LoginSucceeded, user),
        None => AuditLine::of_nobody(AuditAction::LoginFailed),
    };
    let line = line.with(json!({"number": second, "amount": 1.50, "text": "ü\"\n"}));
    AuditEntry::of(AuditId(builders::id()), &Call::system(at(second)), line)
}

/// The chain as it is stored, in order, and its head.
pub(in crate::storage) async fn chain(
    storage: &Storage,
    chain: Uuid,
) -> (Vec<AuditRecord>, Option<ChainHead>) {
    let (mut records, mut after) = (Vec::new(), None);
    loop {
        let page = storage.queries.audit_records(after, Limit::new(3).unwrap()).await.unwrap();
        records.extend(page.items.into_iter().filter(|line| line.chain == chain));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let (mut heads, mut after) = (Vec::new(), None);
    loop {
        let page = storage.queries.audit_heads(after, Limit::new(2).unwrap()).await.unwrap();
        heads.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    (records, heads.into_iter().find(|head| head.chain == chain))
}

/// Checks that a chain has this many lines and is whole.
pub(in crate::storage) async fn assert_whole(storage: &Storage, of: Uuid, lines: usize) {
    let (records, head) = chain(storage, of).await;
    assert_eq!(records.len(), lines);
    assert_eq!(head.as_ref().map(|head| head.position), Some(lines as i64));
    let mut check = ChainCheck::new(of, head);
    records.iter().for_each(|line| check.line(line, &PlainSeal));
    assert_eq!(check.finish(), []);
}

/// Each line follows on the one before, over units; what was not committed leaves no gap.
pub async fn lines_are_linked_chain_by_chain(storage: &Storage) {
    let (one, two) = (UserId(builders::id()), UserId(builders::id()));
    for round in 0..3 {
        let mut unit = begin(storage).await;
        for of in [Some(one), None, Some(two), Some(one)] {
            unit.audit().append(&entry(of, round)).await.unwrap();
        }
        unit.commit().await.unwrap();
        let mut dropped = begin(storage).await;
        dropped.audit().append(&entry(Some(one), round)).await.unwrap();
    }
    for (of, lines) in [(one.0, 6), (two.0, 3), (NOBODYS_CHAIN, 3)] {
        assert_whole(storage, of, lines).await;
    }
}

/// Newest first, one user's or everybody's, in pages.
pub async fn the_trail_is_read_newest_first(storage: &Storage) {
    let (one, two) = (UserId(builders::id()), UserId(builders::id()));
    let entries: Vec<_> = (0..12).map(|n| entry([Some(one), Some(two), None][n % 3], n as i64)).collect();
    let mut unit = begin(storage).await;
    for entry in &entries {
        unit.audit().append(entry).await.unwrap();
    }
    unit.commit().await.unwrap();
    for of in [Some(one), Some(two), None] {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = storage.queries.audit_trail(of, before, Limit::new(3).unwrap()).await.unwrap();
            found.extend(page.items);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let matching = entries.iter().rev().filter(|entry| of.is_none() || entry.user == of);
        assert_eq!(found, matching.cloned().collect::<Vec<_>>());
    }
    let nobody = storage.queries.audit_trail(Some(UserId(builders::id())), None, Limit::default()).await;
    assert_eq!(nobody.unwrap().items, []);
}

/// Lines of one user and of nobody, by thirty units at once, make whole chains.
pub async fn a_chain_of_many_writers_is_whole(storage: &Storage) {
    let user = UserId(builders::id());
    race(storage, |storage, number| async move {
        let call = Call::system(at(number as i64));
        let mut unit = begin(&storage).await;
        for _ in 0..2 {
            let (id, nobodys) = (AuditId(builders::id()), AuditId(builders::id()));
            let own = AuditEntry::of(id, &call, AuditLine::new(AuditAction::LoginSucceeded, user));
            unit.audit().append(&own).await.unwrap();
            let other = AuditEntry::of(nobodys, &call, AuditLine::of_nobody(AuditAction::LoginFailed));
            unit.audit().append(&other).await.unwrap();
        }
        unit.commit().await.unwrap();
    })
    .await;
    for chain in [user.0, NOBODYS_CHAIN] {
        assert_whole(storage, chain, 2 * CALLERS).await;
    }
}
