//! What is copied, and how it is stored.

use dashtam_application::{Request, errors::CommonError};
use dashtam_domain::{
    access::{Access, AccessDenied},
    connections::ConnectionState,
    identity::{AuditAction, FieldCipher},
    page::Limit,
    sealed::SealedField,
    time::Timestamp,
};
use dashtam_reference::LeftBehind;
use dashtam_testkit::{fakes::Recorder, mocks::MockUnitOfWork};

use super::*;
use crate::stores::{MockRows, import_store_of};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[tokio::test]
async fn every_field_is_carried_over_and_ids_are_kept() {
    let mut both = Both::with([1, 2]).await;
    both.source.left_behind = vec![(LeftBehind::Sessions, 7)];
    let report = both.copy().await;
    let each = |rows| tally(rows, rows, 0, 0);
    assert_eq!(tallies(&report), [each(2), each(2), each(2), each(2), each(4)]);
    assert_eq!((report.refused(), report.left_behind), (0, vec![(LeftBehind::Sessions, 7)]));

    let queries = &both.storage().queries;
    let user = queries.user(user_id(1)).await.unwrap().unwrap();
    assert_eq!((user.email.as_str(), user.name.as_str()), ("Person-1@Example.com", "User 1"));
    assert_eq!(user.password, Some(PasswordHash::new("$2b$12$as-it-was")));
    assert_eq!(user.email_verified_at, Some(at("2025-03-01T08:05:00Z")));
    assert_eq!((user.is_active, user.token_version, user.revision), (true, 3, 0));
    assert_eq!(user.last_login_at, Some(at("2025-06-01T12:00:00Z")));
    assert_eq!(user.last_login_address, Some([192, 0, 2, 10].into()));
    assert_eq!(user.created_at, at("2025-03-01T08:00:00.123456Z"));
    assert_eq!(user.updated_at, at("2025-03-02T07:30:00Z"));

    let connection = queries.connection(user_id(1), connection_id(1)).await.unwrap().unwrap().connection;
    assert_eq!((connection.provider.as_str(), connection.alias.as_str()), ("schwab", "Main"));
    assert_eq!(connection.metadata.as_str(), Some(r#"{"note":"mine"}"#));
    assert_eq!(connection.state, ConnectionState::Active);
    assert_eq!(connection.connected_at, Some(at("2025-03-01T09:01:00Z")));
    assert_eq!(connection.last_sync_at, Some(at("2025-03-01T10:00:00Z")));
    assert_eq!(connection.next_sync_at, Some(at("2025-03-01T12:00:00Z")));
    assert_eq!((connection.sync_frequency_minutes, connection.error_count), (120, 1));
    assert_eq!((connection.error_message.as_deref(), connection.accounts_count), (Some("once"), 2));
    assert_eq!(connection.created_at, at("2025-03-01T09:00:00Z"));
    assert_eq!(connection.updated_at, at("2025-03-01T10:00:00Z"));

    let stored = queries.credentials(user_id(1), connection_id(1)).await.unwrap().unwrap();
    let open = |value, field: SealedField| {
        XorCipher.open(value, field.at(connection_id(1).0)).unwrap().expose().to_owned()
    };
    assert_eq!(open(&stored.access_token, SealedField::AccessToken), "access");
    assert_eq!(open(stored.refresh_token.as_ref().unwrap(), SealedField::RefreshToken), "refresh");
    assert_eq!(open(stored.id_token.as_ref().unwrap(), SealedField::IdToken), "plain-id-token");
    assert_eq!((stored.token_type.as_str(), stored.scope.as_deref()), ("Bearer", Some("api")));
    assert_eq!(stored.expires_at, Some(at("2025-03-01T10:01:00Z")));
    assert_eq!((stored.grant_expires_at, stored.refresh_count), (None, 4));
    assert_eq!(stored.last_refreshed_at, Some(at("2025-03-01T09:31:00Z")));
    assert_eq!(stored.created_at, at("2025-03-01T09:01:00Z"));
    assert_eq!(stored.updated_at, at("2025-03-01T09:31:00Z"));

    let limit = Limit::default();
    let trail = queries.connection_audit(user_id(1), connection_id(1), None, limit).await.unwrap().items;
    let [newer, older] = trail.as_slice() else { panic!("{trail:?}") };
    assert_eq!((newer.at, older.at), (at("2025-03-01T09:01:00Z"), at("2025-03-01T09:00:00Z")));
    assert_eq!((newer.action, newer.user), (AuditAction::TokenRefreshed, Some(user_id(1))));
    assert_eq!(
        (newer.address, newer.user_agent.as_deref()),
        (Some([192, 0, 2, 10].into()), Some("Browser/1.0"))
    );
    assert_eq!(newer.details, json!({"refresh_count": 60}));
}

#[tokio::test]
async fn what_is_absent_there_gets_an_honest_value() {
    let mut both = Both::with([1]).await;
    let user = &mut both.source.accounts[0].user;
    (user.name, user.password, user.verified_at) = (" ".to_owned(), Some(PasswordHash::new("")), None);
    (user.last_login_address, user.updated_at, user.is_active) = (Some("somewhere".to_owned()), None, false);
    let token = both.link(0).token.as_mut().unwrap();
    (token.access_token, token.expires_at) = (None, Some("2099-01-01T00:00:00+00:00".to_owned()));
    (token.id_token, token.token_type) = (Some(SecretText::new("")), " ".to_owned());
    both.source.lines[1].1.address = Some("testclient".to_owned());
    both.source.lines[1].1.details = json!(null);
    both.source.lines[1].1.user_agent = Some("é".repeat(600));
    assert_eq!(both.copy().await.refused(), 0);

    let queries = &both.storage().queries;
    let user = queries.user(user_id(1)).await.unwrap().unwrap();
    // The reference system showed the first half of the address in place of a name.
    assert_eq!((user.name.as_str(), user.password, user.is_active), ("Person-1", None, false));
    assert_eq!(user.email_verified_at, Some(user.created_at));
    assert_eq!((user.updated_at, user.last_login_address), (user.created_at, None));
    // There is no access token, so the first use refreshes.
    let stored = queries.credentials(user_id(1), connection_id(1)).await.unwrap().unwrap();
    assert!(stored.is_expired(both.world.now) && stored.refresh_token.is_some());
    assert_eq!((stored.id_token, stored.token_type.as_str()), (None, "Bearer"));
    let limit = Limit::default();
    let trail = queries.connection_audit(user_id(1), connection_id(1), None, limit).await.unwrap().items;
    assert_eq!((trail[0].address, &trail[0].details), (None, &json!({"ip_address": "testclient"})));
    assert_eq!(trail[0].user_agent.as_ref().unwrap().chars().count(), 512);
}

#[tokio::test]
async fn an_end_at_infinity_is_no_end_and_an_unverified_address_stays_so() {
    let mut both = Both::with([1]).await;
    both.source.accounts[0].user.is_verified = false;
    both.link(0).token.as_mut().unwrap().expires_at = Some("infinity".to_owned());
    assert_eq!(both.copy().await.refused(), 0);
    let queries = &both.storage().queries;
    assert_eq!(queries.user(user_id(1)).await.unwrap().unwrap().email_verified_at, None);
    let stored = queries.credentials(user_id(1), connection_id(1)).await.unwrap().unwrap();
    assert_eq!(stored.expires_at, None);
}

#[tokio::test]
async fn every_state_is_carried_over_and_only_living_ones_are_due_again() {
    for (label, state, is_due) in [
        ("PENDING", ConnectionState::Pending, false),
        ("ACTIVE", ConnectionState::Active, true),
        ("EXPIRED", ConnectionState::Expired, false),
        ("REVOKED", ConnectionState::Revoked, false),
        ("ERROR", ConnectionState::Error, true),
    ] {
        let mut both = Both::with([1]).await;
        both.link(0).connection.as_mut().unwrap().status = label.to_owned();
        if state == ConnectionState::Revoked {
            both.link(0).token = None;
        }
        assert_eq!(both.copy().await.refused(), 0, "{label}");
        let stored = both.storage().queries.connection(user_id(1), connection_id(1)).await.unwrap().unwrap();
        assert_eq!((stored.connection.state, stored.connection.next_sync_at.is_some()), (state, is_due));
    }
    // A provider that never had a connection waits to be linked.
    let mut both = Both::with([1]).await;
    (both.link(0).connection, both.link(0).token) = (None, None);
    both.source.lines.clear();
    let report = both.copy().await;
    assert_eq!(tallies(&report)[1..3], [tally(1, 1, 0, 0), tally(0, 0, 0, 0)]);
    let stored = both.storage().queries.connection(user_id(1), connection_id(1)).await.unwrap().unwrap();
    assert_eq!(stored.connection.state, ConnectionState::Pending);
}

#[tokio::test]
async fn a_connection_without_its_tokens_has_to_be_linked_again() {
    for label in ["ACTIVE", "ERROR"] {
        let mut both = Both::with([1]).await;
        both.link(0).connection.as_mut().unwrap().status = label.to_owned();
        both.link(0).token = None;
        assert_eq!(both.copy().await.refused(), 0);
        let stored = both.storage().queries.connection(user_id(1), connection_id(1)).await.unwrap().unwrap();
        assert_eq!(stored.connection.state, ConnectionState::Expired);
        assert!(stored.connection.error_message.unwrap().contains("link the account again"));
        assert_eq!(stored.connection.next_sync_at, None);
    }
}

#[tokio::test]
async fn a_long_trail_comes_over_in_several_units_and_newest_first() {
    let mut both = Both::with([1]).await;
    both.source.lines = (0..1_203).map(|number| line(1, 7_919 * (number + 1) % 100_003, number)).collect();
    let report = both.copy().await;
    assert_eq!(report.of(ReferenceTable::AuditLogs), tally(1_203, 1_203, 0, 0));
    let queries = &both.storage().queries;
    let (mut seconds, mut before) = (Vec::new(), None);
    loop {
        let limit = Limit::new(500).unwrap();
        let page = queries.connection_audit(user_id(1), connection_id(1), before, limit).await.unwrap();
        seconds.extend(page.items.iter().map(|entry| entry.details["refresh_count"].as_u64().unwrap()));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seconds, (0..1_203).rev().collect::<Vec<_>>());
    assert_eq!(both.copy().await.of(ReferenceTable::AuditLogs), tally(1_203, 0, 1_203, 0));
}

#[tokio::test]
async fn the_copying_is_put_down_in_the_audit_trail_once() {
    let world = World::new();
    let mut source = ScriptedReference::new(&world.open);
    source.accounts.push(account(1));
    let (mut unit, mut rows) = (MockUnitOfWork::new(), MockRows::new());
    rows.expect_note().times(4).returning(|_, ids, _| Ok(ids.to_vec()));
    unit.users.expect_find().returning(|_| Ok(None));
    unit.users.expect_insert_if_absent().returning(|_| Ok(dashtam_domain::store::Inserted::New));
    unit.connections.expect_find().returning(|_, _| Ok(None));
    unit.connections.expect_insert_if_absent().returning(|_| Ok(dashtam_domain::store::Inserted::New));
    unit.credentials.expect_find().returning(|_| Ok(None));
    unit.credentials.expect_put().times(1).returning(|_| Ok(()));
    let lines = unit.records_audit();
    let committed = unit.committed.clone();
    let store = import_store_of(&world.open, [(unit, rows)]);
    copy_to(&world, store, &mut source, false).await.unwrap();
    assert!(committed.load(std::sync::atomic::Ordering::SeqCst));
    let written = lines.only();
    assert_eq!((written.action, written.user), (AuditAction::AccountImported, Some(user_id(1))));
    assert_eq!(written.details, json!({"rows": 4}));
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_stores_nothing() {
    let mut both = Both::with([1, 2, 3]).await;
    both.source.accounts[1].user.email = "person-1@example.COM".to_owned();
    both.link(2).provider.alias = String::new();
    let dry = both.try_copy(true).await.unwrap();
    assert_eq!(both.storage().queries.user(user_id(1)).await.unwrap(), None);
    assert_eq!(dry.of(ReferenceTable::Users), tally(3, 2, 0, 1));
    assert_eq!(both.copy().await, dry);
    assert_eq!(both.try_copy(true).await.unwrap().of(ReferenceTable::Users), tally(3, 0, 2, 1));
}

#[tokio::test]
async fn the_report_is_shown_as_it_grows() {
    let both = Both::with([1, 2]).await;
    let mut source = both.source;
    let world = both.world;
    let service = ReferenceImport::new(both.disk.store.clone(), world.sources.clone(), Arc::new(XorCipher));
    let seen = Recorder::new();
    let watch = |report: &ImportReport| seen.push(report.of(ReferenceTable::Users).read);
    let request = CopyReference { dry_run: false };
    service.copy(&world.system(), request, &mut source, &watch).await.unwrap();
    assert_eq!(seen.all(), [1, 2]);
    assert_eq!((CopyReference::NAME, CopyReference::ACCESS), ("reference_import.copy", Access::System));
    for (call, denied) in
        [(world.anonymous(), AccessDenied::Anonymous), (world.call(), AccessDenied::Forbidden)]
    {
        let result = service.copy(&call, request, &mut source, &watch).await;
        let Err(ReferenceImportError::Common(CommonError::Denied(found))) = result else {
            panic!("{result:?}")
        };
        assert_eq!(found, denied);
    }
}
