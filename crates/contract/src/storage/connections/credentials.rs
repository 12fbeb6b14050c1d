//! What is due for credentials: a refresh ahead of need, and telling the end of the grant.

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Connection, ExpiryNotice, RefreshRight, SealedCredentials},
    secret::Sealed,
    store::Storage,
};

use crate::builders::{self, at};
use crate::storage::{begin, stored_connection, stored_user};

/// Credentials that are stored, changed by `with` before.
pub(in crate::storage) async fn stored_credentials(
    storage: &Storage,
    connection: &Connection,
    with: impl FnOnce(&mut SealedCredentials),
) -> SealedCredentials {
    let mut credentials = builders::credentials(connection);
    with(&mut credentials);
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    credentials
}

async fn due(storage: &Storage, second: i64) -> Vec<ExpiryNotice> {
    storage.queries.due_grant_notices(at(second), 10).await.unwrap()
}

/// Ten minutes before the end of a token that lives long enough and can be refreshed; a new token is due anew.
pub async fn a_refresh_is_due_once_per_token(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mine = stored_connection(storage, owner, "Mine").await;
    let mut credentials = stored_credentials(storage, &mine, |_| {}).await;
    for (alias, change) in [
        ("Short", (|c| c.expires_at = Some(at(899))) as fn(&mut SealedCredentials)),
        ("Endless", |c| c.expires_at = None),
        ("Not refreshable", |c| c.refresh_token = None),
    ] {
        let other = stored_connection(storage, owner, alias).await;
        stored_credentials(storage, &other, change).await;
    }
    let mut unit = begin(storage).await;
    let take = async |unit: &mut Box<dyn dashtam_domain::store::UnitOfWork>, second| {
        unit.credentials().take_due_refreshes(at(second), 10).await.unwrap()
    };
    assert_eq!(take(&mut unit, 1_199).await, []);
    assert_eq!(take(&mut unit, 1_200).await, [(owner, mine.id)]);
    assert_eq!(take(&mut unit, 1_800).await, [], "once per token");
    unit.commit().await.unwrap();

    // What was read before the taking is still the present revision.
    credentials.access_token = Sealed::new("another");
    (credentials.updated_at, credentials.expires_at) = (at(2_000), Some(at(4_000)));
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut credentials).await.unwrap();
    assert_eq!(take(&mut unit, 3_399).await, []);
    assert_eq!(take(&mut unit, 3_400).await, [(owner, mine.id)]);
    unit.commit().await.unwrap();
}

/// Of two who saw it, one settles it; a refresh under way does not become stale by it.
pub async fn a_notice_is_settled_once_and_moves_on(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mine = stored_connection(storage, owner, "Mine").await;
    let endless = stored_connection(storage, owner, "Endless").await;
    let end = at(0).plus(TimeDelta::days(7));
    let mut credentials = stored_credentials(storage, &mine, |c| c.grant_expires_at = Some(end)).await;
    stored_credentials(storage, &endless, |_| {}).await;
    let day = 86_400;
    assert_eq!(due(storage, 4 * day - 1).await, []);
    let seen = due(storage, 4 * day).await;
    let notice = ExpiryNotice { connection: mine.id, owner, due_at: at(4 * day), grant_expires_at: end };
    assert_eq!(seen, [notice]);
    let mut unit = begin(storage).await;
    assert!(unit.credentials().settle_notice(&notice, Some(at(6 * day))).await.unwrap());
    assert!(!unit.credentials().settle_notice(&notice, Some(at(6 * day))).await.unwrap());
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(due(storage, 6 * day - 1).await, []);
    let second = due(storage, 6 * day).await;
    let mut unit = begin(storage).await;
    assert!(unit.credentials().settle_notice(&second[0], None).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(due(storage, 100 * day).await, []);
}

/// A refresh leaves what was told alone; another end is told from its first warning on, and a past one at once.
pub async fn a_new_end_of_the_grant_begins_anew_and_a_refresh_does_not(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mine = stored_connection(storage, owner, "Mine").await;
    let (day, end) = (86_400, at(0).plus(TimeDelta::days(7)));
    let mut credentials = stored_credentials(storage, &mine, |c| c.grant_expires_at = Some(end)).await;
    let first = due(storage, 4 * day).await;
    let mut unit = begin(storage).await;
    unit.credentials().settle_notice(&first[0], Some(at(6 * day))).await.unwrap();
    // A refresh a moment after the warning became due, by somebody whose clock is behind.
    credentials.updated_at = at(4 * day - 10);
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(due(storage, 5 * day).await, []);
    assert_eq!(due(storage, 6 * day).await.len(), 1);

    credentials.updated_at = at(5 * day);
    credentials.grant_expires_at = Some(end.plus(TimeDelta::days(5)));
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(due(storage, 9 * day - 1).await, []);
    assert_eq!(due(storage, 9 * day).await[0].due_at, at(9 * day));

    credentials.grant_expires_at = Some(at(4 * day));
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(due(storage, 5 * day).await[0].grant_expires_at, at(4 * day));

    credentials.grant_expires_at = None;
    let mut unit = begin(storage).await;
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(due(storage, 900 * day).await, []);
}

/// Of whoever holds it, as long as its time runs or until new credentials are stored or it is given back.
pub async fn the_right_to_refresh_is_one_callers_until_it_ends(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mine = stored_connection(storage, owner, "Mine").await;
    let mut credentials = stored_credentials(storage, &mine, |_| {}).await;
    let mut unit = begin(storage).await;
    let claim = async |unit: &mut Box<dyn dashtam_domain::store::UnitOfWork>, revision, now, until| {
        unit.credentials().claim_refresh(mine.id, revision, at(now), at(until)).await.unwrap()
    };
    assert_eq!(claim(&mut unit, 0, 1, 61).await, None, "another revision is stored");
    assert_eq!(claim(&mut unit, 1, 1, 61).await, Some(RefreshRight::Free));
    assert_eq!(claim(&mut unit, 1, 61, 121).await, None);
    assert_eq!(claim(&mut unit, 1, 62, 122).await, Some(RefreshRight::Inherited));
    unit.credentials().release_refresh(mine.id).await.unwrap();
    assert_eq!(claim(&mut unit, 1, 63, 123).await, Some(RefreshRight::Free));
    unit.credentials().put(&mut credentials).await.unwrap();
    assert_eq!(claim(&mut unit, 1, 64, 124).await, None);
    assert_eq!(claim(&mut unit, 2, 64, 124).await, Some(RefreshRight::Free));
    unit.commit().await.unwrap();
}
