//! Later runs: what people did in Dashtam meanwhile stands.

use dashtam_domain::{
    connections::{Connection, ConnectionState},
    store::UnitOfWork,
};
use dashtam_reference::ReferenceTable as Table;
use dashtam_testkit::builders;

use super::*;

impl Both {
    /// Does something in Dashtam.
    async fn meanwhile(&self, act: impl AsyncFnOnce(&mut dyn UnitOfWork)) {
        let mut unit = self.storage().store.begin().await.unwrap();
        act(&mut *unit).await;
        unit.commit().await.unwrap();
    }

    async fn connection(&self) -> Option<Connection> {
        let found = self.storage().queries.connection(user_id(1), connection_id(1)).await.unwrap();
        found.map(|found| found.connection)
    }

    async fn has_credentials(&self) -> bool {
        self.storage().queries.credentials(user_id(1), connection_id(1)).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn a_second_run_copies_nothing() {
    let mut both = Both::with([1, 2]).await;
    let first = both.copy().await;
    let second = both.copy().await;
    for ((table, first), (_, second)) in first.tables().zip(second.tables()) {
        assert_eq!(second, tally(first.read, 0, first.read, 0), "{table:?}");
    }
}

#[tokio::test]
async fn what_was_changed_in_dashtam_is_not_changed_back() {
    let mut both = Both::with([1]).await;
    both.copy().await;
    let mut user = both.storage().queries.user(user_id(1)).await.unwrap().unwrap();
    let mut connection = both.connection().await.unwrap();
    user.name = "Another name".parse().unwrap();
    user.email = "other@example.com".parse().unwrap();
    user.password = Some(PasswordHash::new("$argon2id$"));
    connection.rename("Renamed".parse().unwrap(), builders::at(5));
    both.meanwhile(async |unit: &mut dyn UnitOfWork| {
        unit.users().update(&mut user).await.unwrap();
        unit.connections().update(&mut connection).await.unwrap();
    })
    .await;
    // Nor by what has become worse there since.
    both.source.accounts[0].user.email = "no address".to_owned();
    both.link(0).provider.alias = String::new();
    both.link(0).connection.as_mut().unwrap().status = "PAUSED".to_owned();
    both.link(0).token.as_mut().unwrap().access_token = Some(Sealed::new("x"));
    let report = both.copy().await;
    assert_eq!(report.refused(), 0, "{report:?}");
    assert_eq!(both.storage().queries.user(user_id(1)).await.unwrap(), Some(user));
    assert_eq!(both.connection().await, Some(connection));
}

#[tokio::test]
async fn what_was_removed_from_dashtam_does_not_come_back() {
    let mut both = Both::with([1]).await;
    both.copy().await;
    both.meanwhile(async |unit: &mut dyn UnitOfWork| {
        assert!(unit.connections().delete(user_id(1), connection_id(1)).await.unwrap());
    })
    .await;
    let report = both.copy().await;
    assert_eq!((report.refused(), report.of(Table::Providers)), (0, tally(1, 0, 1, 0)));
    assert_eq!(both.connection().await, None);

    // Not even by a new token of the reference system.
    both.link(0).token.as_mut().unwrap().id = v4(TOKEN, 77);
    both.link(0).connection.as_mut().unwrap().id = v4(CONNECTION, 77);
    let report = both.copy().await;
    let reason = "its provider was removed from Dashtam after an earlier run";
    assert_eq!(
        reasons(&report),
        [(Table::Connections, v4(CONNECTION, 77), reason), (Table::Tokens, v4(TOKEN, 77), reason)]
    );
    assert_eq!(both.connection().await, None);
}

#[tokio::test]
async fn what_was_disconnected_in_dashtam_gets_no_tokens() {
    let mut both = Both::with([1]).await;
    both.copy().await;
    let mut connection = both.connection().await.unwrap();
    connection.disconnected(builders::at(5));
    both.meanwhile(async |unit: &mut dyn UnitOfWork| {
        unit.connections().update(&mut connection).await.unwrap();
        assert!(unit.credentials().delete(connection.id).await.unwrap());
    })
    .await;
    assert_eq!(both.copy().await.refused(), 0);
    assert!(!both.has_credentials().await);
    let token = both.link(0).token.as_mut().unwrap();
    token.id = v4(TOKEN, 77);
    token.access_token = sealed("access_token_encrypted", token.id, "access");
    token.refresh_token = None;
    let report = both.copy().await;
    assert_eq!(reasons(&report), [(Table::Tokens, v4(TOKEN, 77), "its connection was given up by the user")]);
    assert!(!both.has_credentials().await);
    assert_eq!(both.connection().await, Some(connection));
}

#[tokio::test]
async fn a_user_who_was_removed_stays_away() {
    let mut both = Both::with([1, 2]).await;
    // As if an earlier run had brought the user and one line, and the user had left since.
    let now = builders::at(0);
    let mut work = both.disk.store.begin().await.unwrap();
    work.imported_rows().note(Table::Users, &[v4(USER, 1)], now).await.unwrap();
    work.imported_rows().note(Table::Providers, &[v4(PROVIDER, 1)], now).await.unwrap();
    work.imported_rows().note(Table::AuditLogs, &[v4(LINE, 10_000)], now).await.unwrap();
    work.commit().await.unwrap();
    for _ in 0..2 {
        let report = both.copy().await;
        assert_eq!(both.storage().queries.user(user_id(1)).await.unwrap(), None);
        let reason = "its user was removed from Dashtam after an earlier run";
        assert_eq!(
            reasons(&report),
            [
                (Table::Connections, v4(CONNECTION, 1), reason),
                (Table::Tokens, v4(TOKEN, 1), reason),
                (Table::AuditLogs, v4(LINE, 10_009), reason)
            ]
        );
        assert_eq!(report.of(Table::Users).present + report.of(Table::Users).copied, 2);
    }
}

#[tokio::test]
async fn tokens_come_over_once_their_key_is_known() {
    let mut both = Both::with([1]).await;
    let good = both.link(0).token.clone();
    both.link(0).token.as_mut().unwrap().access_token = Some(Sealed::new("of another key"));
    assert_eq!(both.copy().await.of(Table::Tokens), tally(1, 0, 0, 1));
    assert_eq!(both.connection().await.unwrap().state, ConnectionState::Expired);

    both.link(0).token = good;
    let report = both.copy().await;
    assert_eq!((report.refused(), report.of(Table::Tokens)), (0, tally(1, 1, 0, 0)));
    assert!(both.has_credentials().await);
    let connection = both.connection().await.unwrap();
    assert_eq!(connection.state, ConnectionState::Active);
    assert_eq!(connection.error_message.as_deref(), Some("once"));
    assert!(connection.next_sync_at.is_some());
}

#[tokio::test]
async fn tokens_of_a_connection_that_was_linked_anew_are_not_replaced() {
    let mut both = Both::with([1]).await;
    let good = both.link(0).token.clone();
    both.link(0).token.as_mut().unwrap().access_token = Some(Sealed::new("of another key"));
    both.copy().await;
    let mut connection = both.connection().await.unwrap();
    let mut fresh = builders::credentials(&connection);
    connection.linked(builders::at(5));
    both.meanwhile(async |unit: &mut dyn UnitOfWork| {
        unit.connections().update(&mut connection).await.unwrap();
        unit.credentials().put(&mut fresh).await.unwrap();
    })
    .await;
    both.link(0).token = good;
    let report = both.copy().await;
    assert_eq!((report.refused(), report.of(Table::Tokens)), (0, tally(1, 0, 1, 0)));
    let stored = both.storage().queries.credentials(user_id(1), connection_id(1)).await.unwrap();
    assert_eq!(stored, Some(fresh));
    assert_eq!(both.connection().await, Some(connection));
}

#[tokio::test]
async fn a_connection_that_became_readable_goes_in_unless_somebody_linked_it() {
    for somebody_did in [false, true] {
        let mut both = Both::with([1]).await;
        both.link(0).connection.as_mut().unwrap().status = "PAUSED".to_owned();
        assert_eq!(both.copy().await.of(Table::Connections), tally(1, 0, 0, 1));
        let mut connection = both.connection().await.unwrap();
        if somebody_did {
            connection.linked(builders::at(5));
            both.meanwhile(async |unit: &mut dyn UnitOfWork| {
                unit.connections().update(&mut connection).await.unwrap();
                unit.credentials().put(&mut builders::credentials(&connection)).await.unwrap();
            })
            .await;
        }
        both.link(0).connection.as_mut().unwrap().status = "ACTIVE".to_owned();
        let report = both.copy().await;
        let expected = if somebody_did { tally(1, 0, 1, 0) } else { tally(1, 1, 0, 0) };
        assert_eq!(report.of(Table::Connections), expected);
        assert_eq!(report.of(Table::Tokens), expected);
        let stored = both.connection().await.unwrap();
        if somebody_did {
            assert_eq!(stored, connection);
        } else {
            assert_eq!((stored.state, stored.sync_frequency_minutes), (ConnectionState::Active, 120));
        }
    }
}

#[tokio::test]
async fn what_is_new_there_is_added() {
    let mut both = Both::with([1]).await;
    both.copy().await;
    let mut second = account(5).links.remove(0);
    second.provider.alias = "Another".to_owned();
    both.source.accounts[0].links.push(second);
    both.source.accounts.push(account(3));
    both.source.lines.push(line(1, 77, 99));
    let report = both.copy().await;
    assert_eq!(
        tallies(&report),
        [tally(2, 1, 1, 0), tally(3, 2, 1, 0), tally(3, 2, 1, 0), tally(3, 2, 1, 0), tally(3, 1, 2, 0)]
    );
}

#[tokio::test]
async fn a_run_that_was_cut_off_is_completed_by_the_next() {
    let mut both = Both::with(1..=130).await;
    both.source.pages = 2;
    both.try_copy(false).await.unwrap_err();
    both.source.pages = usize::MAX;
    let report = both.copy().await;
    assert_eq!(report.of(Table::Users), tally(130, 30, 100, 0));
    assert_eq!(report.of(Table::AuditLogs), tally(260, 60, 200, 0));
    assert_eq!(both.copy().await.of(Table::Tokens), tally(130, 0, 130, 0));
}
