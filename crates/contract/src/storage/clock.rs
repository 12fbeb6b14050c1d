//! What a clock wrote that was ahead, once it is set back: it binds nobody for longer than the thing itself would.

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Busy, RefreshRight},
    event::DomainEvent,
    identity::{Activity, MailKind, MailRule, SignInBudget},
    ledger::{Account, BalancePoint, BalanceSource},
    page::Limit,
    secret::SecretHash,
    store::Storage,
};

use super::{
    begin, connections::credentials::stored_credentials, identity::session::remembered::read, stored_account,
    stored_connection, stored_user,
};
use crate::builders::{self, at};

/// Sixty days, in seconds.
const AHEAD: i64 = 60 * 86_400;

/// A run under way, and one that was put off, are taken; those of a clock that is right are not.
pub async fn a_run_of_a_clock_that_was_ahead_is_taken_over(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut unit = begin(storage).await;
    unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 0)).await.unwrap();
    let held = unit.sync_runs().claim(at(AHEAD), at(AHEAD + 30), &Busy::default()).await.unwrap().unwrap();
    // A moment before, by the clock of another worker, the lease is nothing out of the ordinary.
    assert_eq!(unit.sync_runs().claim(at(AHEAD - 200), at(AHEAD), &Busy::default()).await.unwrap(), None);
    let taken = unit.sync_runs().claim(at(10), at(40), &Busy::default()).await.unwrap().unwrap();
    assert_eq!((taken.id, taken.attempts), (held.id, 2));
    assert!(unit.sync_runs().postpone(taken.id, 2, at(AHEAD)).await.unwrap());
    assert_eq!(
        unit.sync_runs().claim(at(AHEAD - 3_600), at(AHEAD), &Busy::default()).await.unwrap(),
        None,
        "put off for an hour"
    );
    let again = unit.sync_runs().claim(at(20), at(50), &Busy::default()).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempts), (held.id, 3));
    unit.commit().await.unwrap();
}

/// Whoever comes first may refresh.
pub async fn a_right_to_refresh_of_a_clock_that_was_ahead_is_inherited(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    stored_credentials(storage, &connection, |_| {}).await;
    let mut unit = begin(storage).await;
    let credentials = unit.credentials();
    let first = credentials.claim_refresh(connection.id, 1, at(AHEAD), at(AHEAD + 60)).await.unwrap();
    assert_eq!(first, Some(RefreshRight::Free));
    let later = credentials.claim_refresh(connection.id, 1, at(10), at(70)).await.unwrap();
    assert_eq!(later, Some(RefreshRight::Inherited));
    assert_eq!(credentials.claim_refresh(connection.id, 1, at(11), at(71)).await.unwrap(), None);
    unit.commit().await.unwrap();
}

/// It goes out, and mails may be asked for.
pub async fn mails_of_a_clock_that_was_ahead_are_due(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let id = builders::outbox_id();
    let mut unit = begin(storage).await;
    unit.outbox().push(id, DomainEvent::EmailVerified { user }, at(AHEAD)).await.unwrap();
    let claimed = unit.outbox().claim(at(10), at(70), 10).await.unwrap();
    assert_eq!(claimed.iter().map(|item| item.id).collect::<Vec<_>>(), [id]);
    assert_eq!(unit.outbox().claim(at(11), at(71), 10).await.unwrap(), [], "it is held");

    let rule = MailRule { pause: TimeDelta::seconds(60), most: 1 };
    let (subject, kind) = (SecretHash::of("ada"), MailKind::Verification);
    assert!(unit.mail_budgets().take(&subject, kind, rule, at(AHEAD)).await.unwrap());
    assert!(unit.mail_budgets().take(&subject, kind, rule, at(10)).await.unwrap());
    assert!(!unit.mail_budgets().take(&subject, kind, rule, at(100)).await.unwrap(), "one a day");
    unit.commit().await.unwrap();
}

/// A lock that is longer than any lets pass, and a new budget begins.
pub async fn a_lock_of_a_clock_that_was_ahead_locks_nobody(storage: &Storage) {
    let subject = SecretHash::of("ada");
    let mut unit = begin(storage).await;
    for _ in 0..SignInBudget::FAILURES {
        assert!(unit.sign_in_budgets().count_failure(&subject, at(AHEAD)).await.unwrap().is_some());
    }
    assert_eq!(unit.sign_in_budgets().count_failure(&subject, at(AHEAD)).await.unwrap(), None);
    assert!(!unit.sign_in_budgets().restore(&subject, at(AHEAD)).await.unwrap());
    assert_eq!(unit.sign_in_budgets().count_failure(&subject, at(10)).await.unwrap(), Some(1));
    assert!(unit.sign_in_budgets().restore(&subject, at(10)).await.unwrap());
    unit.commit().await.unwrap();
}

/// The next request says when the session was seen last.
pub async fn a_session_seen_by_a_clock_that_was_ahead_is_seen_now(storage: &Storage) {
    let user = stored_user(storage).await;
    let session = builders::session(&user);
    let did = |seen| Activity { session: session.id, calls: 1, last_seen: at(seen) };
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    unit.commit().await.unwrap();
    let mut seen = Vec::new();
    for second in [AHEAD, AHEAD - 100, 500, 400, 600] {
        let mut unit = begin(storage).await;
        unit.sessions().record_activity(&[did(second)]).await.unwrap();
        unit.commit().await.unwrap();
        seen.push(read(storage, &session).await.last_seen_at);
    }
    assert_eq!(seen, [AHEAD, AHEAD, 500, 500, 600].map(at));
}

/// A later reading says when it was, whatever the one before said.
pub async fn an_account_read_by_a_clock_that_was_ahead_is_read_now(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let read = |seconds| Account {
        last_synced_at: Some(at(seconds)),
        balance_as_of: Some(at(seconds)),
        ..account.clone()
    };
    let mut unit = begin(storage).await;
    unit.accounts().upsert(&read(AHEAD)).await.unwrap();
    unit.accounts().upsert(&read(20)).await.unwrap();
    unit.commit().await.unwrap();
    let stored = storage.queries.account(owner, account.id).await.unwrap().unwrap();
    assert_eq!((stored.last_synced_at, stored.balance_as_of), (Some(at(20)), Some(at(20))));
}

/// A balance of then does not pass for the latest; one that holds from tomorrow on, and those of statements, stay.
pub async fn balances_of_a_clock_that_was_ahead_are_gone(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let point = |amount, seconds| builders::balance(&account, amount, seconds);
    let tomorrow = BalancePoint { created_at: at(10), ..point("2", 90_000) };
    let stated = BalancePoint { source: BalanceSource::Statement, ..point("3", AHEAD) };
    let mut unit = begin(storage).await;
    unit.balances().record(&[point("9", AHEAD)]).await.unwrap();
    unit.balances().record(std::slice::from_ref(&stated)).await.unwrap();
    unit.balances().record(&[point("1", 10), tomorrow]).await.unwrap();
    unit.commit().await.unwrap();
    let limit = Limit::new(Limit::MAX).unwrap();
    let kept = storage.queries.all_balances(owner, None, limit).await.unwrap().items;
    let mut amounts: Vec<_> = kept.iter().map(|point| point.balance.to_string()).collect();
    amounts.sort();
    assert_eq!(amounts, ["1", "2", "3"]);
}
