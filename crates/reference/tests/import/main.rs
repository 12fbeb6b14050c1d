//! Moving in from the reference system, on a real database and a scripted other side.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a failure here is a failed test")]

mod again;
mod copy;
mod faults;
mod refusals;
mod scripted;
mod stores;
mod world;

use std::sync::Arc;

use dashtam_domain::{
    id::{ConnectionId, UserId},
    identity::{FieldCipher, FieldContext, PasswordHash},
    secret::{Sealed, SecretText},
    store::Storage,
};
use dashtam_reference::{
    CopyReference, ImportReport, ImportStore, ReferenceAccount, ReferenceAuditLine, ReferenceConnection,
    ReferenceImport, ReferenceImportError, ReferenceLink, ReferenceProvider, ReferenceTable, ReferenceToken,
    ReferenceUser, Tally,
};
use dashtam_testkit::fakes::XorCipher;
use serde_json::json;
use uuid::Uuid;

use crate::{
    scripted::ScriptedReference,
    world::{Disk, World},
};

/// A random-looking id of this number, as the reference system makes them.
pub(crate) fn v4(kind: u8, number: u64) -> Uuid {
    Uuid::from_u128(u128::from(kind) << 120 | 0x4000_8000_0000_0000_0000 | u128::from(number))
}

pub(crate) const USER: u8 = 0xa1;
pub(crate) const PROVIDER: u8 = 0xb1;
pub(crate) const CONNECTION: u8 = 0xc1;
pub(crate) const TOKEN: u8 = 0xd1;
pub(crate) const LINE: u8 = 0xe1;

/// A token encrypted for this row of `provider_tokens`.
pub(crate) fn sealed(column: &'static str, row: Uuid, text: &str) -> Option<Sealed> {
    Some(XorCipher.seal(&SecretText::new(text), FieldContext::elsewhere(column, row)).unwrap())
}

/// A user with one linked provider and two audit lines, all of it sound.
pub(crate) fn account(number: u64) -> ReferenceAccount {
    let token = v4(TOKEN, number);
    ReferenceAccount {
        user: ReferenceUser {
            id: v4(USER, number),
            email: format!("Person-{number}@Example.com"),
            name: format!("User {number}"),
            password: Some(PasswordHash::new("$2b$12$as-it-was")),
            is_verified: true,
            verified_at: Some("2025-03-01T08:05:00+00:00".to_owned()),
            is_active: true,
            token_version: 3,
            last_login_at: Some("2025-06-01T12:00:00+00:00".to_owned()),
            last_login_address: Some("192.0.2.10/32".to_owned()),
            created_at: "2025-03-01T08:00:00.123456+00:00".to_owned(),
            updated_at: Some("2025-03-02T07:30:00+00:00".to_owned()),
        },
        links: vec![ReferenceLink {
            provider: ReferenceProvider {
                id: v4(PROVIDER, number),
                key: "Schwab ".to_owned(),
                alias: " Main ".to_owned(),
                metadata: Some(serde_json::json!({"note": "mine"})),
                is_deleted: false,
                created_at: "2025-03-01T09:00:00+00:00".to_owned(),
                updated_at: None,
            },
            connection: Some(ReferenceConnection {
                id: v4(CONNECTION, number),
                status: "ACTIVE".to_owned(),
                connected_at: Some("2025-03-01T09:01:00+00:00".to_owned()),
                last_sync_at: Some("2025-03-01T10:00:00+00:00".to_owned()),
                next_sync_at: Some("2025-03-01T12:00:00+00:00".to_owned()),
                sync_frequency_minutes: 120,
                error_message: Some("once".to_owned()),
                error_count: 1,
                accounts_count: 2,
                is_deleted: false,
                updated_at: Some("2025-03-01T10:00:00+00:00".to_owned()),
            }),
            token: Some(ReferenceToken {
                id: token,
                access_token: sealed("access_token_encrypted", token, "access"),
                refresh_token: sealed("refresh_token_encrypted", token, "refresh"),
                id_token: Some(SecretText::new("plain-id-token")),
                token_type: "Bearer".to_owned(),
                expires_at: Some("2025-03-01T10:01:00+00:00".to_owned()),
                scope: Some("api".to_owned()),
                last_refreshed_at: Some("2025-03-01T09:31:00+00:00".to_owned()),
                refresh_count: 4,
                is_deleted: false,
                created_at: "2025-03-01T09:01:00+00:00".to_owned(),
                updated_at: Some("2025-03-01T09:31:00+00:00".to_owned()),
            }),
        }],
    }
}

/// An audit line of this user's provider, this many seconds after the first.
pub(crate) fn line(user: u64, id: u64, second: u64) -> (Uuid, ReferenceAuditLine) {
    let line = ReferenceAuditLine {
        id: v4(LINE, id),
        provider: Some(v4(PROVIDER, user)),
        action: "token_refreshed".to_owned(),
        details: json!({"refresh_count": second}),
        address: Some("192.0.2.10".to_owned()),
        user_agent: Some("Browser/1.0".to_owned()),
        created_at: format!(
            "2025-03-01T{:02}:{:02}:{:02}+00:00",
            9 + second / 3600,
            second / 60 % 60,
            second % 60
        ),
    };
    (v4(USER, user), line)
}

/// A database of ours, and one of theirs.
pub(crate) struct Both {
    pub(crate) world: World,
    pub(crate) disk: Disk,
    pub(crate) source: ScriptedReference,
}

impl Both {
    /// Users with these numbers, each with a linked provider and two audit lines.
    pub(crate) async fn with(users: impl IntoIterator<Item = u64>) -> Self {
        let (world, disk) = Disk::open().await;
        let mut source = ScriptedReference::new(&world.open);
        for number in users {
            source.accounts.push(account(number));
            source.lines.push(line(number, number * 10_000 + 9, 0));
            source.lines.push(line(number, number * 10_000, 60));
        }
        Self { world, disk, source }
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.disk.storage
    }

    pub(crate) async fn copy(&mut self) -> ImportReport {
        self.try_copy(false).await.unwrap()
    }

    pub(crate) async fn try_copy(&mut self, dry_run: bool) -> Result<ImportReport, ReferenceImportError> {
        let store = self.disk.store.clone();
        copy_to(&self.world, store, &mut self.source, dry_run).await
    }

    pub(crate) fn link(&mut self, user: usize) -> &mut ReferenceLink {
        &mut self.source.accounts[user].links[0]
    }
}

/// Copies into this store.
pub(crate) async fn copy_to(
    world: &World,
    store: Arc<dyn ImportStore>,
    source: &mut ScriptedReference,
    dry_run: bool,
) -> Result<ImportReport, ReferenceImportError> {
    let service = ReferenceImport::new(store, world.sources.clone(), Arc::new(XorCipher));
    service.copy(&world.system(), CopyReference { dry_run }, source, &|_| {}).await
}

/// Read, copied, there already, refused.
pub(crate) fn tally(read: u64, copied: u64, present: u64, refused: u64) -> Tally {
    Tally { read, copied, present, refused }
}

/// The tallies in the order of the tables.
pub(crate) fn tallies(report: &ImportReport) -> Vec<Tally> {
    report.tables().map(|(_, tally)| tally).collect()
}

/// The refused rows and why.
pub(crate) fn reasons(report: &ImportReport) -> Vec<(ReferenceTable, Uuid, &str)> {
    report.refusals.iter().map(|refusal| (refusal.table, refusal.id, refusal.reason.as_str())).collect()
}

pub(crate) fn user_id(number: u64) -> UserId {
    UserId(v4(USER, number))
}

pub(crate) fn connection_id(number: u64) -> ConnectionId {
    ConnectionId(v4(PROVIDER, number))
}
