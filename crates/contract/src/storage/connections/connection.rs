//! Connections, credentials and authorizations.

use dashtam_domain::{
    connections::{Busy, ConnectionState, GrantId},
    page::Limit,
    secret::{Sealed, SecretHash},
    store::{Inserted, Storage, StoreError},
};

use serde_json::{Value, json};

use crate::builders::{self, at, day};
use crate::storage::{begin, connected_account, store, stored_account, stored_connection, stored_user};

/// Every field survives.
pub async fn a_connection_comes_back_as_stored(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut connection = stored_connection(storage, owner, "Bank — naïve").await;
    let stored = storage.queries.connection(owner, connection.id).await.unwrap().unwrap();
    assert_eq!((&stored.connection, &stored.latest_run), (&connection, &None));
    let mut unit = begin(storage).await;
    connection.linked(at(1));
    connection.synced(4, at(2));
    connection.sync_failed("no answer", at(3));
    connection.state = ConnectionState::Error;
    connection.cursor = Some("tVUUL15lYQN5rBnfDIc1I8xudpGdIlw9nsgeXWvhOfkECvUeR663i3Dt1uf9==".to_owned());
    connection.grant = "eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6".parse().ok();
    connection.has_news(at(4));
    assert_eq!(unit.connections().update(&mut connection).await.unwrap(), Inserted::New);
    assert_eq!(unit.connections().find(owner, connection.id).await.unwrap(), Some(connection.clone()));
    unit.commit().await.unwrap();
    let stored = storage.queries.connection(owner, connection.id).await.unwrap().unwrap();
    assert_eq!(stored.connection, connection);
    assert_eq!(connection.revision, 1);
}

/// By every letter, and at that institution only; whoever's it is.
pub async fn a_connection_is_found_by_what_its_institution_calls_it(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let mut mine = stored_connection(storage, owner, "Mine").await;
    let mut theirs = stored_connection(storage, other, "Theirs").await;
    // Stores are shared by the tests of a suite.
    let name = |end: &str| format!("{}{end}", mine.id).parse::<GrantId>().unwrap();
    let (one, two, none) = (name("a"), name("b"), name("A"));
    let mut unit = begin(storage).await;
    for (connection, grant) in [(&mut mine, &one), (&mut theirs, &two)] {
        connection.grant = Some(grant.clone());
        unit.connections().update(connection).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    let provider = mine.provider.clone();
    assert_eq!(unit.connections().of_grant(&provider, &one).await.unwrap(), Some(mine.clone()));
    assert_eq!(unit.connections().of_grant(&provider, &two).await.unwrap(), Some(theirs));
    assert_eq!(unit.connections().of_grant(&provider, &none).await.unwrap(), None);
    let elsewhere = "another".parse().unwrap();
    assert_eq!(unit.connections().of_grant(&elsewhere, &one).await.unwrap(), None);
    // A grant that is given up has no name any more.
    mine.disconnected(at(9));
    unit.connections().update(&mut mine).await.unwrap();
    assert_eq!(unit.connections().of_grant(&provider, &one).await.unwrap(), None);
    unit.commit().await.unwrap();
}

/// Per user, and case counts.
pub async fn an_alias_is_taken_once_per_user(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    stored_connection(storage, owner, "Mine").await;
    let mut unit = begin(storage).await;
    for (user, alias, expected) in
        [(owner, "Mine", Inserted::Exists), (owner, "mine", Inserted::New), (other, "Mine", Inserted::New)]
    {
        let connection = builders::connection(user, alias);
        assert_eq!(unit.connections().insert_if_absent(&connection).await.unwrap(), expected, "{alias}");
    }
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.connections(owner, None, Limit::default()).await.unwrap().items.len(), 2);
}

/// The unit goes on, and nothing was changed.
pub async fn a_rename_to_a_taken_alias_is_a_value_not_an_error(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let taken = stored_connection(storage, owner, "Taken").await;
    let mut mine = stored_connection(storage, owner, "Mine").await;
    let mut unit = begin(storage).await;
    mine.rename(taken.alias.clone(), at(1));
    assert_eq!(unit.connections().update(&mut mine).await.unwrap(), Inserted::Exists);
    assert_eq!(mine.revision, 0);
    mine.rename("Free".parse().unwrap(), at(2));
    assert_eq!(unit.connections().update(&mut mine).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.connection(owner, mine.id).await.unwrap().unwrap().connection, mine);
}

/// Metadata, frequency and whether it is switched on survive a change, and so do their absences.
pub async fn what_is_noted_of_a_connection_is_kept(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut connection = stored_connection(storage, owner, "Mine").await;
    let Value::Object(patch) = json!({"tag": "naïve", "n": {"deep": [1, null]}}) else { unreachable!() };
    for change in 0..3 {
        match change {
            0 => connection.note(Some(&patch), at(1)).unwrap(),
            1 => connection.switch(false, at(2)),
            _ => connection.note(None, at(3)).unwrap(),
        }
        connection.plan(90 + change, at(4));
        let mut unit = begin(storage).await;
        unit.connections().update(&mut connection).await.unwrap();
        unit.commit().await.unwrap();
        let stored = storage.queries.connection(owner, connection.id).await.unwrap().unwrap();
        assert_eq!(stored.connection, connection);
    }
    assert!(!connection.is_active && connection.metadata.object().is_empty());
}

/// An old copy cannot undo a newer write, renamed or not.
pub async fn a_connection_update_refuses_old_copies(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut connection = stored_connection(storage, owner, "Mine").await;
    let old = connection.clone();
    let mut unit = begin(storage).await;
    connection.linked(at(1));
    unit.connections().update(&mut connection).await.unwrap();
    unit.commit().await.unwrap();
    for alias in ["Mine", "Other"] {
        let mut old = old.clone();
        old.rename(alias.parse().unwrap(), at(2));
        let mut unit = begin(storage).await;
        let refused = unit.connections().update(&mut old).await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
        assert!(matches!(unit.commit().await, Err(StoreError::Aborted)));
    }
    assert_eq!(
        storage.queries.connection(owner, connection.id).await.unwrap().unwrap().connection,
        connection
    );
}

/// Written, read, replaced and gone.
pub async fn credentials_are_put_found_and_deleted(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut credentials = builders::credentials(&connection);
    let mut unit = begin(storage).await;
    assert_eq!(unit.credentials().find(connection.id).await.unwrap(), None);
    unit.credentials().put(&mut credentials).await.unwrap();
    assert_eq!(unit.credentials().find(connection.id).await.unwrap(), Some(credentials.clone()));
    credentials.access_token = Sealed::new("another");
    credentials.id_token = Some(Sealed::new("id token"));
    credentials.refresh_token = None;
    credentials.expires_at = None;
    credentials.last_refreshed_at = Some(at(7));
    credentials.refresh_count = 1;
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    let stored = storage.queries.credentials(owner, connection.id).await.unwrap();
    assert_eq!(stored, Some(credentials));
    let mut unit = begin(storage).await;
    assert!(unit.credentials().delete(connection.id).await.unwrap());
    assert!(!unit.credentials().delete(connection.id).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.credentials(owner, connection.id).await.unwrap(), None);
}

/// Of two writers with the same copy the second is told.
pub async fn credentials_refuse_old_copies(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut credentials = builders::credentials(&connection);
    let never_stored = credentials.clone();
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut credentials).await.unwrap();
    let stored_once = credentials.clone();
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    for mut old in [never_stored, stored_once] {
        let mut unit = begin(storage).await;
        let refused = unit.credentials().put(&mut old).await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    }
    assert_eq!(storage.queries.credentials(owner, connection.id).await.unwrap(), Some(credentials));
}

/// A refresh that was under way while the user disconnected does not bring the tokens back.
pub async fn deleted_credentials_do_not_come_back(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut credentials = builders::credentials(&connection);
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut credentials).await.unwrap();
    assert!(unit.credentials().delete(connection.id).await.unwrap());
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    assert!(matches!(unit.credentials().put(&mut credentials).await, Err(StoreError::Stale)));
}

/// Once, and not after its last instant.
pub async fn an_authorization_is_redeemed_once_until_its_end(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let pending = builders::pending_authorization(&connection);
    let mut unit = begin(storage).await;
    unit.authorizations().replace(&pending).await.unwrap();
    let late = pending.expires_at.plus(chrono::TimeDelta::microseconds(1));
    assert_eq!(unit.authorizations().redeem(&pending.state, late).await.unwrap(), None);
    assert_eq!(unit.authorizations().redeem(&SecretHash::of("x"), at(1)).await.unwrap(), None);
    let end = pending.expires_at;
    assert_eq!(unit.authorizations().redeem(&pending.state, end).await.unwrap(), Some(pending.clone()));
    assert_eq!(unit.authorizations().redeem(&pending.state, end).await.unwrap(), None);
    unit.commit().await.unwrap();
}

/// Found as often as it is looked for, by its state and by its owner's connection, until its end or its use.
pub async fn an_authorization_is_found_without_being_used_up(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let other = stored_connection(storage, owner, "Other").await;
    let stranger = stored_user(storage).await.id;
    let pending = builders::pending_authorization(&connection);
    let mut unit = begin(storage).await;
    unit.authorizations().replace(&pending).await.unwrap();
    unit.commit().await.unwrap();
    let end = pending.expires_at;
    let late = end.plus(chrono::TimeDelta::microseconds(1));
    let mut unit = begin(storage).await;
    for _ in 0..2 {
        let found = unit.authorizations().find(&pending.state, end).await.unwrap();
        assert_eq!(found.as_ref(), Some(&pending));
        let found = unit.authorizations().of_connection(owner, connection.id, end).await.unwrap();
        assert_eq!(found.as_ref(), Some(&pending));
    }
    assert_eq!(unit.authorizations().find(&pending.state, late).await.unwrap(), None);
    assert_eq!(unit.authorizations().find(&SecretHash::of("x"), end).await.unwrap(), None);
    for (who, which, when) in
        [(owner, connection.id, late), (owner, other.id, end), (stranger, connection.id, end)]
    {
        assert_eq!(unit.authorizations().of_connection(who, which, when).await.unwrap(), None);
    }
    assert_eq!(unit.authorizations().redeem(&pending.state, end).await.unwrap(), Some(pending.clone()));
    assert_eq!(unit.authorizations().find(&pending.state, end).await.unwrap(), None);
    assert_eq!(unit.authorizations().of_connection(owner, connection.id, end).await.unwrap(), None);
    unit.commit().await.unwrap();
}

/// Only the newest of a connection works.
pub async fn a_new_authorization_stops_the_old_one(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let other = stored_connection(storage, owner, "Other").await;
    let (old, new) =
        (builders::pending_authorization(&connection), builders::pending_authorization(&connection));
    let others = builders::pending_authorization(&other);
    let mut unit = begin(storage).await;
    for pending in [&old, &others, &new] {
        unit.authorizations().replace(pending).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    assert_eq!(unit.authorizations().redeem(&old.state, at(1)).await.unwrap(), None);
    assert_eq!(unit.authorizations().redeem(&new.state, at(1)).await.unwrap(), Some(new));
    assert_eq!(unit.authorizations().redeem(&others.state, at(1)).await.unwrap(), Some(others));
    unit.commit().await.unwrap();
}

/// Accounts, transactions, credentials, authorizations and runs go; what came from files stays.
pub async fn deleting_a_connection_takes_all_that_hangs_on_it(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let account = connected_account(storage, &connection, "1").await;
    let kept = stored_account(storage, owner, "2").await;
    let rows = [builders::transaction(&account, "a", day(1)), builders::transaction(&kept, "b", day(1))];
    assert_eq!(store(storage, &rows).await, 2);
    let pending = builders::pending_authorization(&connection);
    let run = builders::sync_run(&connection, 0);
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut builders::credentials(&connection)).await.unwrap();
    unit.authorizations().replace(&pending).await.unwrap();
    unit.sync_runs().insert_if_idle(&run).await.unwrap();
    let holdings = [builders::holding(&account, "h")];
    unit.holdings().replace(owner, account.id, &holdings).await.unwrap();
    unit.balances().record(&[builders::balance(&account, "1", 0)]).await.unwrap();
    unit.commit().await.unwrap();

    let mut unit = begin(storage).await;
    assert!(unit.connections().delete(owner, connection.id).await.unwrap());
    assert!(!unit.connections().delete(owner, connection.id).await.unwrap());
    assert_eq!(unit.authorizations().redeem(&pending.state, at(1)).await.unwrap(), None);
    assert_eq!(unit.sync_runs().claim(at(1), at(2), &Busy::default()).await.unwrap(), None);
    unit.commit().await.unwrap();
    let queries = &storage.queries;
    assert_eq!(queries.connection(owner, connection.id).await.unwrap(), None);
    assert_eq!(queries.credentials(owner, connection.id).await.unwrap(), None);
    assert_eq!(queries.account(owner, account.id).await.unwrap(), None);
    assert_eq!(queries.transaction(owner, rows[0].id).await.unwrap(), None);
    assert_eq!(queries.holdings(owner, account.id).await.unwrap(), []);
    assert!(queries.account(owner, kept.id).await.unwrap().is_some());
    assert!(queries.transaction(owner, rows[1].id).await.unwrap().is_some());
}
