//! The audit trail: pages for people, and the chains as they are stored.

use std::cmp::Reverse;

use dashtam_domain::{
    id::{AuditId, ConnectionId, UserId},
    identity::{AuditEntry, AuditRecord, ChainHead, ChainKey},
    page::{Limit, Page},
};
use uuid::Uuid;

use crate::{mark::Mark, rows::Line, table, tables::Tables};

/// A page of lines that come in the order of their list.
fn entries<'t>(lines: impl Iterator<Item = &'t Line>, limit: Limit) -> Page<AuditEntry, AuditId> {
    table::page(lines.map(|line| &line.entry), limit, |last| last.id)
}

fn is_before(before: Option<AuditId>) -> impl Fn(&&Line) -> bool {
    move |line| before.is_none_or(|before| line.entry.id < before)
}

pub(super) fn newest(
    tables: &Tables,
    of: Option<UserId>,
    before: Option<AuditId>,
    limit: Limit,
) -> Page<AuditEntry, AuditId> {
    match of {
        Some(user) => {
            let lines = tables.audit.marked(&Mark::Owner(user)).rev();
            entries(lines.filter(is_before(before)), limit)
        }
        None => entries(tables.audit.iter().rev().filter(is_before(before)), limit),
    }
}

/// The lines about one user, oldest first.
pub(super) fn oldest(
    tables: &Tables,
    of: UserId,
    after: Option<AuditId>,
    limit: Limit,
) -> Page<AuditEntry, AuditId> {
    let lines = tables.audit.marked(&Mark::Owner(of));
    entries(lines.filter(|line| Some(line.entry.id) > after), limit)
}

pub(super) fn of_connection(
    tables: &Tables,
    (owner, connection): (UserId, ConnectionId),
    before: Option<AuditId>,
    limit: Limit,
) -> Page<AuditEntry, AuditId> {
    let lines = tables.audit.marked(&Mark::Owner(owner)).rev();
    let about = lines.filter(|line| line.entry.connection == Some(connection));
    entries(about.filter(is_before(before)), limit)
}

pub(super) fn of_sub_users(
    tables: &Tables,
    (manager, of): (UserId, Option<UserId>),
    before: Option<AuditId>,
    limit: Limit,
) -> Page<AuditEntry, AuditId> {
    let subs = tables.users.marked(&Mark::ManagedBy(manager)).map(|row| row.user.id);
    let subs = subs.filter(|sub| of.is_none_or(|of| of == *sub));
    let lines = subs.flat_map(|sub| {
        let newest = tables.audit.marked(&Mark::Owner(sub)).rev().filter(is_before(before));
        newest.take(limit.get() + 1).map(|line| &line.entry)
    });
    table::page_by(lines, |entry| Reverse(entry.id), limit, |last| last.id)
}

pub(super) fn heads(tables: &Tables, after: Option<Uuid>, limit: Limit) -> Page<ChainHead, Uuid> {
    table::page(tables.chains.after(after), limit, |last| last.chain)
}

/// The lines of all chains from a place on, chain by chain.
pub(super) fn records(tables: &Tables, after: Option<ChainKey>, limit: Limit) -> Page<AuditRecord, ChainKey> {
    let begun = after.map(|key| key.chain);
    let chains = tables.chains.iter().map(|head| head.chain).filter(|chain| Some(*chain) >= begun);
    let mut found: Vec<AuditRecord> = Vec::new();
    for chain in chains {
        let lines = tables.audit.marked(&Mark::Chain(chain)).map(|line| &line.record);
        let behind = |record: &&AuditRecord| {
            after.is_none_or(|key| (key.chain, key.position) < (chain, record.position))
        };
        let mut lines: Vec<&AuditRecord> = lines.filter(behind).collect();
        lines.sort_unstable_by_key(|record| record.position);
        found.extend(lines.into_iter().take(limit.get() + 1 - found.len()).cloned());
        if found.len() > limit.get() {
            break;
        }
    }
    Page::cut(found, limit, |last| ChainKey { chain: last.chain, position: last.position })
}
