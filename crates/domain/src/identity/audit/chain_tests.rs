//! Tests of the chain of the audit trail.

use super::*;
use crate::{
    call::Call,
    identity::{AuditAction, AuditLine},
};

fn entry(number: u128) -> AuditEntry {
    let now = Timestamp::from_micros(1_700_000_000_000_000 + number as i64).unwrap();
    let user = UserId(Uuid::from_u128(7));
    AuditEntry::of(
        AuditId(Uuid::from_u128(number)),
        &Call::system(now),
        AuditLine::new(AuditAction::LoginSucceeded, user),
    )
}

/// Five lines, the first two older than the chain, and the head.
fn chain() -> (Vec<AuditRecord>, ChainHead) {
    let mut records: Vec<_> = (1..=5).map(|number| AuditRecord::unlinked(&entry(number))).collect();
    let mut head = ChainHead::start(records[0].chain);
    for (place, record) in records.iter_mut().enumerate() {
        if place < 2 {
            record.position = place as i64 + 1;
            head.adopt(record, &PlainSeal);
        } else {
            record.link(&mut head, &PlainSeal);
        }
    }
    (records, head)
}

fn check(records: &[AuditRecord], head: Option<ChainHead>) -> Vec<ChainFault> {
    let mut check = ChainCheck::new(Uuid::from_u128(7), head);
    for record in records {
        check.line(record, &PlainSeal);
    }
    check.finish()
}

fn altered(record: &AuditRecord) -> ChainFault {
    let at = ChainKey { chain: record.chain, position: record.position };
    ChainFault::Altered { line: record.id, at }
}

#[test]
fn what_was_written_has_no_fault() {
    let (records, head) = chain();
    assert_eq!(check(&records, Some(head.clone())), []);
    // Lines that came after the head was read are no fault either.
    let mut longer = records.clone();
    let (mut next, mut later) = (AuditRecord::unlinked(&entry(6)), head.clone());
    next.link(&mut later, &PlainSeal);
    longer.push(next);
    assert_eq!(check(&longer, Some(head)), []);
}

#[test]
fn every_field_of_a_line_counts() {
    let changes: [fn(&mut AuditRecord); 9] = [
        |r| r.action.push('x'),
        |r| r.at = r.at.map(|at| at.plus(chrono::TimeDelta::microseconds(1))),
        |r| r.at = None,
        |r| r.user = None,
        |r| r.connection = Some(ConnectionId(Uuid::nil())),
        |r| r.address = Some(String::new()),
        |r| r.user_agent = Some(String::new()),
        |r| r.details = r#"{"a":1}"#.to_owned(),
        |r| r.id = AuditId(Uuid::nil()),
    ];
    for change in changes {
        let (mut records, head) = chain();
        change(&mut records[3]);
        assert_eq!(check(&records, Some(head)), [altered(&records[3])]);
    }
}

#[test]
fn a_line_older_than_the_chain_is_vouched_for_by_the_first_linked_one() {
    let (mut records, head) = chain();
    records[1].details = "{}x".to_owned();
    assert_eq!(check(&records, Some(head)), [altered(&records[2])]);
}

#[test]
fn a_missing_line_is_noticed_anywhere() {
    let chain_id = Uuid::from_u128(7);
    for (place, position) in [(2, 3), (3, 4), (4, 5)] {
        let (mut records, head) = chain();
        records.remove(place);
        let missing = ChainFault::Missing { chain: chain_id, from: position, to: position };
        assert_eq!(check(&records, Some(head)), [missing]);
    }
    let (_, head) = chain();
    assert_eq!(check(&[], Some(head)), [ChainFault::Missing { chain: chain_id, from: 1, to: 5 }]);
}

#[test]
fn lines_that_changed_places_are_noticed() {
    let (mut records, head) = chain();
    (records[3].position, records[4].position) = (5, 4);
    records.swap(3, 4);
    let faults = check(&records, Some(head));
    assert!(faults.contains(&altered(&records[3])) && faults.contains(&altered(&records[4])), "{faults:?}");
}

#[test]
fn a_forged_line_is_noticed_without_the_key_and_with_its_marks_removed() {
    let (mut records, head) = chain();
    let mut forged = AuditRecord::unlinked(&entry(6));
    forged.position = 6;
    records.push(forged);
    let at = ChainKey { chain: records[5].chain, position: 6 };
    assert_eq!(check(&records, Some(head)), [ChainFault::Unlinked { line: records[5].id, at }]);
    let (records, _) = chain();
    assert_eq!(check(&records, None), [ChainFault::Headless { chain: records[0].chain }]);
    // A rewritten tail is whole in itself and is not what the head remembers.
    let (mut records, head) = chain();
    let mut forger = ChainHead { position: 4, hash: SecretHash::from_hex(&records[3].hash).unwrap(), ..head };
    records[4].details = r#"{"forged":true}"#.to_owned();
    records[4].link(&mut forger, &PlainSeal);
    let (_, head) = chain();
    assert_eq!(check(&records, Some(head)), [altered(&records[4])]);
}
