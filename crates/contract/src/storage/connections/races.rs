//! Thirty callers at once on connections, their tokens and their runs.

use std::sync::Arc;

use dashtam_domain::{
    connections::{Busy, Connection, GrantId, RefreshRight, SealedCredentials, SyncState},
    ledger::AccountSource,
    store::{Inserted, Storage},
};

use crate::{
    builders::{self, at},
    storage::{
        begin,
        connections::credentials::stored_credentials,
        races::{CALLERS, race, winners},
        stored_connection, stored_user,
    },
};

/// Free, or left behind by a dead holder: one gets it.
pub async fn one_of_many_claims_the_right_to_refresh(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    stored_credentials(storage, &connection, |_| {}).await;
    for (now, expected) in [(1, RefreshRight::Free), (100, RefreshRight::Inherited)] {
        let rights = race(storage, |storage, _| async move {
            let mut unit = begin(&storage).await;
            let right =
                unit.credentials().claim_refresh(connection.id, 1, at(now), at(now + 60)).await.unwrap();
            unit.commit().await.unwrap();
            right
        })
        .await;
        let rights: Vec<RefreshRight> = rights.into_iter().flatten().collect();
        assert_eq!(rights, [expected]);
    }
}

/// A due refresh is done once, however many replicas look.
pub async fn one_of_many_takes_a_due_refresh(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    stored_credentials(storage, &connection, |_| {}).await;
    let taken = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let taken = unit.credentials().take_due_refreshes(at(1_700), 5).await.unwrap();
        unit.commit().await.unwrap();
        !taken.is_empty()
    })
    .await;
    assert_eq!(winners(&taken), 1);
}

/// However many say at once that there is something new, each of them is heard.
pub async fn news_of_many_callers_are_noted(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut connection = stored_connection(storage, owner, "Mine").await;
    let grant: GrantId = format!("of-{}", connection.id).parse().unwrap();
    let mut unit = begin(storage).await;
    connection.linked(at(0));
    connection.synced(1, at(0));
    connection.grant = Some(grant.clone());
    unit.connections().update(&mut connection).await.unwrap();
    unit.commit().await.unwrap();
    let provider = connection.provider.clone();
    race(storage, |storage, number| {
        let (provider, grant) = (provider.clone(), grant.clone());
        async move {
            let mut unit = begin(&storage).await;
            let mut found = unit.connections().of_grant(&provider, &grant).await.unwrap().unwrap();
            found.has_news(at(100 + i64::try_from(number).unwrap()));
            unit.connections().update(&mut found).await.unwrap();
            unit.commit().await.unwrap();
        }
    })
    .await;
    let stored = storage.queries.connection(owner, connection.id).await.unwrap().unwrap().connection;
    assert_eq!(stored.revision, connection.revision + i32::try_from(CALLERS).unwrap());
    assert_eq!(stored.next_sync_at, Some(at(100)), "it is due when the first of them came");
}

/// The end of a grant is told once.
pub async fn one_of_many_settles_a_notice(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let soon = |c: &mut SealedCredentials| c.grant_expires_at = Some(at(900));
    stored_credentials(storage, &connection, soon).await;
    let notice = storage.queries.due_grant_notices(at(900), 5).await.unwrap()[0];
    let told = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let found = unit.connections().find(owner, notice.connection).await.unwrap();
        assert!(found.is_some());
        let told = unit.credentials().settle_notice(&notice, None).await.unwrap();
        unit.commit().await.unwrap();
        told
    })
    .await;
    assert_eq!(winners(&told), 1);
}

/// Ten rounds of removing ten connections while twenty workers claim, prolong, store and end their runs: nobody waits
/// in a circle, and nobody is told anything but "done" or "gone".
pub async fn connections_are_removed_while_their_runs_are_at_work(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    for round in 0..10 {
        let mut connections = Vec::new();
        for number in 0..10 {
            let connection = stored_connection(storage, owner, &format!("{round}/{number}")).await;
            let mut unit = begin(storage).await;
            unit.credentials().put(&mut builders::credentials(&connection)).await.unwrap();
            unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 0)).await.unwrap();
            unit.commit().await.unwrap();
            connections.push(connection);
        }
        let at_work = Arc::new(connections);
        let left = Arc::clone(&at_work);
        let removed = race(storage, move |storage, number| {
            let connections = Arc::clone(&at_work);
            async move {
                if let Some(connection) = connections.get(number) {
                    return remove(&storage, connection).await;
                }
                work_on_a_run(&storage).await;
                false
            }
        })
        .await;
        assert_eq!(winners(&removed), 10);
        for connection in left.iter() {
            assert_eq!(storage.queries.connection(owner, connection.id).await.unwrap(), None);
        }
    }
}

/// As its owner does.
async fn remove(storage: &Storage, connection: &Connection) -> bool {
    let mut unit = begin(storage).await;
    let found = unit.connections().find(connection.owner, connection.id).await.unwrap();
    assert!(found.is_some());
    unit.credentials().find(connection.id).await.unwrap();
    let gone = unit.connections().delete(connection.owner, connection.id).await.unwrap();
    unit.commit().await.unwrap();
    gone
}

/// As a worker does: claims a run, stores a page, gives a sign of life, ends the run.
async fn work_on_a_run(storage: &Storage) {
    let mut unit = begin(storage).await;
    let Some(mut run) = unit.sync_runs().claim(at(1), at(31), &Busy::default()).await.unwrap() else {
        return;
    };
    let found = unit.connections().find(run.owner, run.connection).await.unwrap();
    assert!(found.is_some(), "a run was claimed with its connection");
    unit.commit().await.unwrap();

    let mut unit = begin(storage).await;
    if !unit.sync_runs().prolong(run.id, run.attempts, at(60), None).await.unwrap() {
        return;
    }
    let source = AccountSource::Connection(run.connection);
    unit.accounts().upsert(&builders::account(run.owner, source, "1")).await.unwrap();
    unit.commit().await.unwrap();

    let mut unit = begin(storage).await;
    unit.sync_runs().prolong(run.id, run.attempts, at(90), None).await.unwrap();
    unit.commit().await.unwrap();

    let mut unit = begin(storage).await;
    let Some(mut connection) = unit.connections().find(run.owner, run.connection).await.unwrap() else {
        return;
    };
    run.state = SyncState::Completed;
    assert!(unit.sync_runs().finish(&run).await.unwrap());
    connection.synced(1, at(2));
    unit.connections().update(&mut connection).await.unwrap();
    unit.commit().await.unwrap();
}

/// An authorization state is redeemed once.
pub async fn one_of_many_redeems_an_authorization(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let pending = builders::pending_authorization(&connection);
    let mut unit = begin(storage).await;
    unit.authorizations().replace(&pending).await.unwrap();
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let found = unit.authorizations().redeem(&pending.state, at(1)).await.unwrap();
        unit.commit().await.unwrap();
        found.is_some()
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// An alias is taken once.
pub async fn one_of_many_takes_an_alias(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let won = race(storage, |storage, _| async move {
        let connection = builders::connection(owner, "Mine");
        let mut unit = begin(&storage).await;
        let inserted = unit.connections().insert_if_absent(&connection).await.unwrap();
        unit.commit().await.unwrap();
        inserted == Inserted::New
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// Many connections want the same new name.
pub async fn one_of_many_renames_to_an_alias(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut connections = Vec::new();
    for number in 0..CALLERS {
        connections.push(stored_connection(storage, owner, &format!("Number {number}")).await);
    }
    let won = race(storage, |storage, number| {
        let mut connection = connections[number].clone();
        async move {
            connection.rename("Wanted".parse().unwrap(), at(1));
            let mut unit = begin(&storage).await;
            let renamed = unit.connections().update(&mut connection).await.unwrap();
            unit.commit().await.unwrap();
            renamed == Inserted::New
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// Everybody gets the one run that was queued.
pub async fn one_of_many_queues_a_run(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let runs = race(storage, |storage, number| {
        let run = builders::sync_run(&connection, i64::try_from(number).unwrap());
        async move {
            let mut unit = begin(&storage).await;
            let open = unit.sync_runs().insert_if_idle(&run).await.unwrap();
            unit.commit().await.unwrap();
            (open.id == run.id, open)
        }
    })
    .await;
    assert_eq!(runs.iter().filter(|(own, _)| *own).count(), 1);
    assert!(runs.iter().all(|(_, run)| run.id == runs[0].1.id));
}

/// A run goes to one worker.
pub async fn one_of_many_claims_a_run(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut unit = begin(storage).await;
    unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 0)).await.unwrap();
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let run = unit.sync_runs().claim(at(1), at(31), &Busy::default()).await.unwrap();
        unit.commit().await.unwrap();
        run.is_some()
    })
    .await;
    assert_eq!(winners(&won), 1);
}
