//! Budgets of wrong passwords and mails, changes of an address, the end of an account, and its archive.

use chrono::TimeDelta;
use dashtam_domain::{
    call::Call,
    delivery::idempotency::{Begun, Fingerprint, StoredAnswer},
    event::DomainEvent,
    id::{AuditId, UserId},
    identity::{
        AuditAction, AuditEntry, DELETION_GRACE, EndReason, MailKind, MailRule, OneTimeToken, Purpose,
        Session, SignInBudget, User,
    },
    page::{Limit, Page},
    secret::SecretHash,
    store::{Inserted, Storage, StoreError},
    time::Timestamp,
};

use crate::builders::{self, at, day};
use crate::storage::{begin, store, stored_account, stored_connection, stored_user};

/// Counts a wrong password in a unit of its own.
async fn wrong(storage: &Storage, subject: &SecretHash, now: Timestamp) -> Option<i32> {
    let mut unit = begin(storage).await;
    let counted = unit.sign_in_budgets().count_failure(subject, now).await.unwrap();
    unit.commit().await.unwrap();
    counted
}

async fn budget(storage: &Storage, subject: &SecretHash) -> Option<SignInBudget> {
    storage.queries.sign_in_budgets(&[*subject]).await.unwrap().pop()
}

/// Ten are counted, the rest refused until the lock ends; then counting begins anew.
pub async fn ten_wrong_passwords_spend_a_budget_for_an_hour(storage: &Storage) {
    let (subject, other) = (SecretHash::of("ada"), SecretHash::of("bob"));
    assert_eq!(budget(storage, &subject).await, None);
    for failures in 1..=10 {
        assert_eq!(wrong(storage, &subject, at(failures)).await, Some(i32::try_from(failures).unwrap()));
    }
    let spent = budget(storage, &subject).await.unwrap();
    assert_eq!((spent.failures, spent.last_at, spent.owner), (10, at(10), None));
    let end = at(10).plus(SignInBudget::LOCK);
    assert_eq!(spent.locked_until, Some(end));
    assert_eq!(wrong(storage, &subject, end.plus(-TimeDelta::microseconds(1))).await, None);
    assert_eq!(budget(storage, &subject).await, Some(spent), "a refused attempt is not counted");
    assert_eq!(wrong(storage, &other, at(11)).await, Some(1));
    assert_eq!(wrong(storage, &subject, end).await, Some(1));
    assert_eq!(budget(storage, &subject).await.unwrap().locked_until, None);
}

/// Failures with a day between them do not add up.
pub async fn wrong_passwords_are_forgotten_after_a_day(storage: &Storage) {
    let subject = SecretHash::of("ada");
    for _ in 0..9 {
        wrong(storage, &subject, at(0)).await;
    }
    let day_later = at(0).plus(SignInBudget::MEMORY);
    assert_eq!(wrong(storage, &subject, day_later.plus(TimeDelta::microseconds(1))).await, Some(1));
}

/// A success makes a budget whole, unless it is spent; lifting does so in any case.
pub async fn a_budget_is_restored_unless_it_is_spent(storage: &Storage) {
    let subject = SecretHash::of("ada");
    let restore = async |now| {
        let mut unit = begin(storage).await;
        let whole = unit.sign_in_budgets().restore(&subject, now).await.unwrap();
        unit.commit().await.unwrap();
        whole
    };
    assert!(restore(at(0)).await, "nothing was counted yet");
    for _ in 0..9 {
        wrong(storage, &subject, at(1)).await;
    }
    assert!(restore(at(2)).await);
    for failures in 1..=10 {
        assert_eq!(wrong(storage, &subject, at(3)).await, Some(failures));
    }
    assert!(!restore(at(4)).await);
    assert_eq!(wrong(storage, &subject, at(5)).await, None);
    let mut unit = begin(storage).await;
    unit.sign_in_budgets().lift(&subject).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(wrong(storage, &subject, at(6)).await, Some(1));
    for _ in 0..9 {
        wrong(storage, &subject, at(6)).await;
    }
    assert!(restore(at(6).plus(SignInBudget::LOCK)).await, "the lock is over");
}

/// The clients used last are known, each with a whole budget, and only their owner's are forgotten.
pub async fn known_clients_are_remembered_and_the_oldest_forgotten(storage: &Storage) {
    let (user, other) = (stored_user(storage).await, stored_user(storage).await);
    let client = |number: u32| SecretHash::of(&format!("client {number}"));
    for _ in 0..10 {
        wrong(storage, &client(0), at(0)).await;
    }
    for number in 0..SignInBudget::MOST_CLIENTS + 3 {
        let mut unit = begin(storage).await;
        let clients = [client(number), SecretHash::of("network and software")];
        unit.sign_in_budgets().remember(user.id, &clients, at(i64::from(number) + 1)).await.unwrap();
        unit.sign_in_budgets().remember(other.id, &[SecretHash::of("bob's")], at(1)).await.unwrap();
        unit.sign_in_budgets().remember(other.id, &[], at(1)).await.unwrap();
        unit.commit().await.unwrap();
        if number == 0 {
            let known = budget(storage, &client(0)).await.unwrap();
            assert_eq!((known.owner, known.failures, known.locked_until), (Some(user.id), 0, None));
        }
    }
    let found = async |subject: SecretHash| budget(storage, &subject).await.map(|budget| budget.owner);
    assert_eq!(found(SecretHash::of("network and software")).await, Some(Some(user.id)));
    assert_eq!(found(client(SignInBudget::MOST_CLIENTS + 2)).await, Some(Some(user.id)));
    assert_eq!(found(client(0)).await, None);
    let three = [client(4), client(5), SecretHash::of("bob's")];
    assert_eq!(storage.queries.sign_in_budgets(&three).await.unwrap().len(), 3);
    let mut unit = begin(storage).await;
    unit.sign_in_budgets().forget_clients(user.id).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(found(client(SignInBudget::MOST_CLIENTS)).await, None);
    assert_eq!(found(SecretHash::of("bob's")).await, Some(Some(other.id)));
}

/// What still means something stays.
pub async fn worn_out_budgets_are_purged(storage: &Storage) {
    let user = stored_user(storage).await;
    let (failed, client) = (SecretHash::of("failed"), SecretHash::of("client"));
    wrong(storage, &failed, at(0)).await;
    let mut unit = begin(storage).await;
    unit.sign_in_budgets().remember(user.id, &[client], at(0)).await.unwrap();
    let rule = MailRule { pause: TimeDelta::zero(), most: 1 };
    assert!(unit.mail_budgets().take(&failed, MailKind::Deletion, rule, at(0)).await.unwrap());
    unit.commit().await.unwrap();
    let after = |time: TimeDelta| at(1).plus(time);
    for (now, budgets, mails) in [
        (at(1), 0, 0),
        (after(SignInBudget::MEMORY), 1, 1),
        (after(SignInBudget::MEMORY), 0, 0),
        (after(SignInBudget::KNOWN_FOR), 1, 0),
    ] {
        let mut unit = begin(storage).await;
        assert_eq!(unit.sign_in_budgets().purge(now, 10).await.unwrap(), budgets);
        assert_eq!(unit.mail_budgets().purge(now, 10).await.unwrap(), mails);
        unit.commit().await.unwrap();
    }
}

/// A pause between two, so many a day, each kind and address by itself.
pub async fn mails_are_taken_from_a_budget(storage: &Storage) {
    let (ada, bob) = (SecretHash::of("ada"), SecretHash::of("bob"));
    let rule = MailRule { pause: TimeDelta::seconds(60), most: 3 };
    let take = async |subject: SecretHash, kind, seconds| {
        let mut unit = begin(storage).await;
        let taken = unit.mail_budgets().take(&subject, kind, rule, at(seconds)).await.unwrap();
        unit.commit().await.unwrap();
        taken
    };
    let (one, other) = (MailKind::Verification, MailKind::PasswordReset);
    let mut unit = begin(storage).await;
    assert_eq!(unit.mail_budgets().last(&ada, one).await.unwrap(), None);
    drop(unit);
    for (subject, kind, seconds, expected) in [
        (ada, one, 0, true),
        (ada, one, 59, false),
        (ada, other, 59, true),
        (bob, one, 59, true),
        (ada, one, 60, true),
        (ada, one, 119, false),
        (ada, one, 200, true),
        (ada, one, 300, false),
        (ada, one, 86_399, false),
        // The day that began with the first mail is over.
        (ada, one, 86_400, true),
        (ada, one, 86_460, true),
    ] {
        assert_eq!(take(subject, kind, seconds).await, expected, "{kind:?} after {seconds} s");
    }
    let mut unit = begin(storage).await;
    assert_eq!(unit.mail_budgets().last(&ada, one).await.unwrap(), Some(at(86_460)));
    assert_eq!(unit.mail_budgets().last(&bob, one).await.unwrap(), Some(at(59)));
}

/// All but the one kept, of this user alone.
pub async fn all_sessions_of_a_user_end_but_one(storage: &Storage) {
    let (user, other) = (stored_user(storage).await, stored_user(storage).await);
    let sessions = [builders::session(&user), builders::session(&user), builders::session(&user)];
    let foreign = builders::session(&other);
    let mut unit = begin(storage).await;
    for session in sessions.iter().chain([&foreign]) {
        unit.sessions().insert(session).await.unwrap();
    }
    let [first, kept, gone] = sessions.map(|session| session.id);
    assert!(unit.sessions().end(user.id, gone, EndReason::SignedOut, at(1)).await.unwrap());
    let reason = EndReason::PasswordChanged;
    let ended = unit.sessions().end_all(user.id, Some(kept), false, reason, at(2)).await.unwrap();
    assert_eq!(ended, 1);
    unit.commit().await.unwrap();
    let ended_as = async |id| storage.queries.session(id).await.unwrap().unwrap().session.ended;
    assert_eq!(ended_as(first).await, Some((at(2), reason)));
    assert_eq!(ended_as(kept).await, None);
    assert_eq!(ended_as(gone).await, Some((at(1), EndReason::SignedOut)));
    assert_eq!(ended_as(foreign.id).await, None);
    let mut unit = begin(storage).await;
    let reason = EndReason::AccountDeletion;
    assert_eq!(unit.sessions().end_all(user.id, None, true, reason, at(3)).await.unwrap(), 1);
}

/// Only those purposes, only that user.
pub async fn one_time_tokens_are_revoked_by_purpose(storage: &Storage) {
    let (user, other) = (stored_user(storage).await, stored_user(storage).await);
    let token = |user: &User, purpose| OneTimeToken { purpose, ..builders::one_time_token(user) };
    let reset = token(&user, Purpose::PasswordReset);
    let change = token(&user, Purpose::EmailChange);
    let undo = token(&user, Purpose::EmailChangeUndo);
    let foreign = token(&other, Purpose::PasswordReset);
    let mut unit = begin(storage).await;
    for token in [&reset, &change, &undo, &foreign] {
        assert!(unit.one_time_tokens().issue(token).await.unwrap());
    }
    unit.one_time_tokens().revoke(user.id, &[Purpose::PasswordReset, Purpose::EmailChange]).await.unwrap();
    unit.commit().await.unwrap();
    for (token, stays) in [(&reset, false), (&change, false), (&undo, true), (&foreign, true)] {
        let found = storage.queries.one_time_token(token.purpose, &token.hash, at(1)).await.unwrap();
        assert_eq!(found.is_some(), stays, "{:?}", token.purpose);
    }
}

/// Losing an address is a value, and the unit goes on.
pub async fn a_user_moves_to_a_free_address_only(storage: &Storage) {
    let (mut user, other) = (stored_user(storage).await, stored_user(storage).await);
    let (mut old, from) = (user.clone(), user.email.clone());
    let mut unit = begin(storage).await;
    let mut taken = user.clone();
    taken.change_email(other.email.as_str().to_uppercase().parse().unwrap(), at(1));
    assert_eq!(unit.users().update_email(&mut taken).await.unwrap(), Inserted::Exists);
    assert_eq!(taken.revision, 0);
    user.change_email("Moved@Example.com".parse().unwrap(), at(1));
    assert_eq!(unit.users().update_email(&mut user).await.unwrap(), Inserted::New);
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.user(user.id).await.unwrap(), Some(user.clone()));
    assert_eq!(storage.queries.user_by_email(&from).await.unwrap(), None);
    let mut unit = begin(storage).await;
    old.change_email("elsewhere@example.com".parse().unwrap(), at(2));
    assert!(matches!(unit.users().update_email(&mut old).await, Err(StoreError::Stale)));
}

/// Who proved an address keeps it.
pub async fn an_account_nobody_proved_can_be_removed_by_its_address(storage: &Storage) {
    let unproved = stored_user(storage).await;
    let mut proved = builders::user();
    proved.verified(at(1));
    let mut unit = begin(storage).await;
    unit.users().insert_if_absent(&proved).await.unwrap();
    assert!(!unit.users().remove_unverified(&proved.email).await.unwrap());
    assert!(unit.users().remove_unverified(&unproved.email).await.unwrap());
    assert!(!unit.users().remove_unverified(&unproved.email).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.user(unproved.id).await.unwrap(), None);
    assert!(storage.queries.user(proved.id).await.unwrap().is_some());
}

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
    let line = AuditEntry::new(AuditId(builders::id()), &call, AuditAction::LoginSucceeded, user.id);
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

/// Not before its time, by one worker at a time, and again when that one fell silent.
pub async fn an_account_is_erased_when_it_is_due(storage: &Storage) {
    let (user, _bystander) = (given_up(storage, at(0)).await, stored_user(storage).await);
    let due = at(0).plus(DELETION_GRACE);
    let after = |seconds| due.plus(TimeDelta::seconds(seconds));
    assert_eq!(claim(storage, due).await, None);
    let mut unit = begin(storage).await;
    assert!(!unit.erasure().erase_user(user.id, due).await.unwrap(), "it may still be kept");
    unit.commit().await.unwrap();
    assert_eq!(claim(storage, after(1)).await, Some(user.id));
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
