//! The end of an account, and its archive.

use chrono::TimeDelta;
use dashtam_domain::{
    call::Call,
    delivery::idempotency::{Begun, Fingerprint, StoredAnswer},
    event::DomainEvent,
    id::{AuditId, UserId},
    identity::{AuditAction, AuditEntry, AuditLine, DELETION_GRACE, Session, User},
    page::{Limit, Page},
    secret::SecretHash,
    store::Storage,
    time::Timestamp,
};

use crate::{
    builders::{self, at, day},
    storage::{begin, store, stored_account, stored_connection, stored_user},
};

/// An account that was given up at this instant, with something of everything.
async fn given_up(storage: &Storage, now: Timestamp) -> User {
    let mut user = stored_user(storage).await;
    user.schedule_deletion(now);
    let account = stored_account(storage, user.id, "1").await;
    let connection = stored_connection(storage, user.id, "Mine").await;
    let rows: Vec<_> = (0..7).map(|n| builders::transaction(&account, &n.to_string(), day(n))).collect();
    store(storage, &rows).await;
    let mut unit = begin(storage).await;
    unit.users().update(&mut user).await.unwrap();
    let session = builders::session(&user);
    unit.sessions().insert(&session).await.unwrap();
    unit.refresh_tokens().insert(&builders::generation(&session, 0)).await.unwrap();
    assert!(unit.one_time_tokens().issue(&builders::one_time_token(&user)).await.unwrap());
    unit.credentials().put(&mut builders::credentials(&connection)).await.unwrap();
    unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 0)).await.unwrap();
    unit.balances()
        .record(&[builders::balance(&account, "1", 1), builders::balance(&account, "2", 2)])
        .await
        .unwrap();
    unit.holdings().replace(user.id, account.id, &[builders::holding(&account, "h")]).await.unwrap();
    unit.imports().insert(&builders::import(user.id)).await.unwrap();
    let event = DomainEvent::EmailVerified { user: user.id };
    unit.outbox().push(builders::outbox_id(), event, at(0)).await.unwrap();
    unit.sign_in_budgets().remember(user.id, &[SecretHash::of(&user.id.to_string())], at(0)).await.unwrap();
    let (key, print) = ("key".parse().unwrap(), Fingerprint(SecretHash::of("said")));
    let scope = format!("user:{}", user.id);
    unit.idempotency().begin(&scope, &key, print, at(0)).await.unwrap();
    let answer = StoredAnswer { status: 201, body: "{}".to_owned() };
    unit.idempotency().finish(&scope, &key, &answer).await.unwrap();
    let call = Call::user(user.id, session.id, at(0));
    let line =
        AuditEntry::of(AuditId(builders::id()), &call, AuditLine::new(AuditAction::LoginSucceeded, user.id));
    unit.audit().append(&line).await.unwrap();
    unit.commit().await.unwrap();
    user
}

async fn claim(storage: &Storage, now: Timestamp) -> Option<UserId> {
    let mut unit = begin(storage).await;
    let claimed = unit.erasure().claim_due(now, now.plus(TimeDelta::seconds(300))).await.unwrap();
    unit.commit().await.unwrap();
    claimed
}

/// Whether the user's account is among those whose stored rows are gone through.
async fn has_kept_account(storage: &Storage, user: UserId) -> bool {
    let limit = Limit::new(1).unwrap();
    let own = storage.queries.accounts(user, None, None, limit).await.unwrap().items;
    let kept = storage.queries.kept_accounts(own[0].id, limit).await.unwrap();
    kept.items.first().is_some_and(|account| account.owner == user)
}

/// Not before its time, by one worker at a time, and again when that one fell silent.
pub async fn an_account_is_erased_when_it_is_due(storage: &Storage) {
    let (user, _bystander) = (given_up(storage, at(0)).await, stored_user(storage).await);
    let due = at(0).plus(DELETION_GRACE);
    let after = |seconds| due.plus(TimeDelta::seconds(seconds));
    assert_eq!(claim(storage, due).await, None);
    let mut unit = begin(storage).await;
    assert!(!unit.erasure().erase_user(user.id, due).await.unwrap(), "it may still be kept");
    unit.commit().await.unwrap();
    assert!(has_kept_account(storage, user.id).await);
    assert_eq!(claim(storage, after(1)).await, Some(user.id));
    assert!(!has_kept_account(storage, user.id).await, "what goes piece by piece is not whole");
    assert_eq!(claim(storage, after(300)).await, None);
    assert_eq!(claim(storage, after(302)).await, Some(user.id));
}

/// In batches; the audit trail stays, and nothing else that knows the account.
pub async fn an_erased_account_leaves_the_audit_trail_alone(storage: &Storage) {
    let bystander = given_up(storage, at(9)).await;
    let user = given_up(storage, at(0)).await;
    let after = at(5).plus(DELETION_GRACE);
    let mut batches = 0;
    loop {
        let mut unit = begin(storage).await;
        let erased = unit.erasure().erase_rows(user.id, 3).await.unwrap();
        assert!(erased <= 3);
        unit.commit().await.unwrap();
        if erased == 0 {
            break;
        }
        batches += 1;
    }
    // Seven transactions, two balances, a holding, an import, a run and a session.
    assert_eq!(batches, 3 + 1 + 1 + 1 + 1 + 1);
    let mut unit = begin(storage).await;
    assert!(unit.erasure().erase_user(user.id, after).await.unwrap());
    assert!(!unit.erasure().erase_user(user.id, after).await.unwrap());
    assert!(!unit.erasure().erase_user(bystander.id, after).await.unwrap(), "its time has not come");
    let (key, print) = ("key".parse().unwrap(), Fingerprint(SecretHash::of("said")));
    let scope = format!("user:{}", user.id);
    assert_eq!(unit.idempotency().begin(&scope, &key, print, at(1)).await.unwrap(), Begun::Fresh);
    unit.commit().await.unwrap();
    let (queries, limit) = (&storage.queries, Limit::default());
    assert_eq!(queries.user(user.id).await.unwrap(), None);
    assert_eq!(queries.user_by_email(&user.email).await.unwrap(), None);
    assert_eq!(queries.sign_in_budgets(&[SecretHash::of(&user.id.to_string())]).await.unwrap(), []);
    let left = |user: UserId| async move {
        [
            queries.accounts(user, None, None, limit).await.unwrap().items.len(),
            queries.connections(user, None, limit).await.unwrap().items.len(),
            queries.all_sessions(user, None, limit).await.unwrap().items.len(),
            queries.all_balances(user, None, limit).await.unwrap().items.len(),
            queries.all_imports(user, None, limit).await.unwrap().items.len(),
            queries.all_audit_lines(user, None, limit).await.unwrap().items.len(),
        ]
    };
    assert_eq!(left(user.id).await, [0, 0, 0, 0, 0, 1]);
    assert_eq!(left(bystander.id).await, [1, 1, 1, 2, 1, 1]);
}

/// Everything once, oldest first, and nothing of anybody else.
pub async fn an_archive_is_read_page_by_page(storage: &Storage) {
    let user = given_up(storage, at(0)).await;
    let other = given_up(storage, at(0)).await;
    let sessions: Vec<Session> = (0..4).map(|_| builders::session(&user)).collect();
    let mut unit = begin(storage).await;
    for session in &sessions {
        unit.sessions().insert(session).await.unwrap();
    }
    unit.commit().await.unwrap();
    let (queries, two) = (&storage.queries, Limit::new(2).unwrap());
    let (mut read, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let Page { items, next } = queries.all_sessions(user.id, after, two).await.unwrap();
        read.extend(items);
        pages += 1;
        match next {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    assert_eq!((read.len(), pages), (5, 3));
    assert_eq!(read[1..], sessions);
    let balances = queries.all_balances(user.id, None, two).await.unwrap();
    assert_eq!(balances.items.iter().map(|point| point.as_of).collect::<Vec<_>>(), [at(1), at(2)]);
    assert_eq!(balances.next, None);
    let lines = queries.all_audit_lines(user.id, None, two).await.unwrap().items;
    assert_eq!(lines.iter().map(|line| line.user).collect::<Vec<_>>(), [Some(user.id)]);
    let imports = queries.all_imports(other.id, None, two).await.unwrap().items;
    assert!(imports.iter().all(|import| import.owner == other.id) && imports.len() == 1);
}
