//! Second factors: enrolments, codes that work once, locks.

use chrono::TimeDelta;
use dashtam_domain::{
    id::UserId,
    identity::{
        Assurance, BackupCodes, EnabledFactor, EndReason, FactorMethod, PasswordHash, PendingFactor,
        PendingProof, Reauthentication, SecondFactor, Transport,
    },
    secret::{Sealed, SecretHash},
    store::Storage,
    time::Timestamp,
};

use crate::builders::{self, at, id};
use crate::storage::{begin, stored_user};

/// An authenticator that waits to be confirmed until the hundredth second.
pub(in crate::storage) fn pending() -> PendingFactor {
    let proof = PendingProof::Totp(Sealed::new("pending key"));
    PendingFactor { id: id(), proof, expires_at: at(100), tries: 0 }
}

/// Backup codes with these selectors, as they are stored.
pub(in crate::storage) fn codes(selectors: &[&str]) -> BackupCodes {
    let entries: Vec<_> =
        selectors.iter().map(|selector| format!("\"{selector}$hash of {selector}\"")).collect();
    BackupCodes::from_stored(&format!("[{}]", entries.join(","))).unwrap()
}

/// What an authenticator leaves that was confirmed at step 10 with three backup codes.
pub(in crate::storage) fn enabled() -> EnabledFactor {
    EnabledFactor { totp: Some((Sealed::new("key"), 10)), backup_codes: codes(&["AA", "BB", "CC"]) }
}

pub(in crate::storage) async fn begun(storage: &Storage, user: UserId, pending: &PendingFactor) {
    let mut unit = begin(storage).await;
    unit.second_factors().begin(user, pending).await.unwrap();
    unit.commit().await.unwrap();
}

/// A user whose second factor is an authenticator.
pub(in crate::storage) async fn user_with_totp(storage: &Storage) -> UserId {
    let user = stored_user(storage).await.id;
    let pending = pending();
    begun(storage, user, &pending).await;
    let mut unit = begin(storage).await;
    assert!(unit.second_factors().enable(user, pending.id, &enabled(), at(10)).await.unwrap());
    unit.commit().await.unwrap();
    user
}

pub(in crate::storage) async fn stored(storage: &Storage, user: UserId) -> SecondFactor {
    storage.queries.second_factor(user).await.unwrap().unwrap()
}

/// Both kinds of enrolment and what is confirmed come back, on both sides of the store.
pub async fn a_second_factor_comes_back_as_stored(storage: &Storage) {
    let user = stored_user(storage).await.id;
    assert_eq!(storage.queries.second_factor(user).await.unwrap(), None);
    let empty = SecondFactor {
        user,
        totp_key: None,
        totp_last_step: None,
        enabled_at: None,
        pending: None,
        backup_codes: BackupCodes::default(),
        backup_created_at: None,
        failures: 0,
        locked_until: None,
    };
    let mailed = PendingFactor { proof: PendingProof::Email(SecretHash::of("code")), ..pending() };
    for pending in [pending(), mailed] {
        begun(storage, user, &pending).await;
        let expected = SecondFactor { pending: Some(pending), ..empty.clone() };
        assert_eq!(stored(storage, user).await, expected);
        let mut unit = begin(storage).await;
        assert_eq!(unit.second_factors().find(user).await.unwrap(), Some(expected));
    }
    let user = user_with_totp(storage).await;
    let expected = SecondFactor {
        user,
        totp_key: Some(Sealed::new("key")),
        totp_last_step: Some(10),
        enabled_at: Some(at(10)),
        backup_codes: codes(&["AA", "BB", "CC"]),
        backup_created_at: Some(at(10)),
        ..empty
    };
    assert_eq!(stored(storage, user).await, expected);
    // Codes by mail take the authenticator's place.
    let pending = PendingFactor { proof: PendingProof::Email(SecretHash::of("code")), ..pending() };
    begun(storage, user, &pending).await;
    assert_eq!(
        stored(storage, user).await.totp_key,
        expected.totp_key,
        "in use until the other is confirmed"
    );
    let mut unit = begin(storage).await;
    let by_mail = EnabledFactor { totp: None, backup_codes: codes(&["DD"]) };
    assert!(unit.second_factors().enable(user, pending.id, &by_mail, at(20)).await.unwrap());
    assert!(unit.second_factors().replace_backup_codes(user, &codes(&["EE", "FF"]), at(30)).await.unwrap());
    unit.commit().await.unwrap();
    let expected = SecondFactor {
        totp_key: None,
        totp_last_step: None,
        enabled_at: Some(at(20)),
        backup_codes: codes(&["EE", "FF"]),
        backup_created_at: Some(at(30)),
        ..expected
    };
    assert_eq!(stored(storage, user).await, expected);
}

/// Each try is counted; the end is inclusive.
pub async fn an_enrolment_has_five_tries_and_an_end(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let pending = pending();
    let mut unit = begin(storage).await;
    assert_eq!(unit.second_factors().try_pending(user, at(1)).await.unwrap(), None, "nothing begun");
    unit.second_factors().begin(user, &pending).await.unwrap();
    for tries in 1..=5 {
        let tried = unit.second_factors().try_pending(user, at(100)).await.unwrap();
        assert_eq!(tried, Some(PendingFactor { tries, ..pending.clone() }));
    }
    assert_eq!(unit.second_factors().try_pending(user, at(1)).await.unwrap(), None, "a sixth");
    unit.second_factors().begin(user, &pending).await.unwrap();
    let late = at(100).plus(TimeDelta::microseconds(1));
    assert_eq!(unit.second_factors().try_pending(user, late).await.unwrap(), None);
    unit.second_factors().drop_pending(user, id()).await.unwrap();
    assert!(unit.second_factors().try_pending(user, at(1)).await.unwrap().is_some(), "another was dropped");
    unit.second_factors().drop_pending(user, pending.id).await.unwrap();
    assert_eq!(unit.second_factors().try_pending(user, at(1)).await.unwrap(), None);
}

/// The older one can be confirmed no more.
pub async fn a_newer_enrolment_takes_the_place_of_an_older_one(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let (old, new) = (pending(), pending());
    begun(storage, user, &old).await;
    let mut unit = begin(storage).await;
    unit.second_factors().try_pending(user, at(1)).await.unwrap();
    unit.second_factors().begin(user, &new).await.unwrap();
    assert!(!unit.second_factors().enable(user, old.id, &enabled(), at(1)).await.unwrap());
    let tried = unit.second_factors().try_pending(user, at(1)).await.unwrap().unwrap();
    assert_eq!((tried.id, tried.tries), (new.id, 1), "its tries are its own");
    assert!(unit.second_factors().enable(user, new.id, &enabled(), at(1)).await.unwrap());
}

/// In time, and once.
pub async fn an_enrolment_is_confirmed_once(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let pending = pending();
    begun(storage, user, &pending).await;
    let mut unit = begin(storage).await;
    let factors = unit.second_factors();
    assert!(!factors.replace_backup_codes(user, &codes(&["AA"]), at(1)).await.unwrap(), "nothing is enabled");
    assert_eq!(factors.count_failure(user, at(1)).await.unwrap(), None, "nothing to guess");
    assert!(!factors.enable(user, pending.id, &enabled(), at(101)).await.unwrap());
    assert!(factors.enable(user, pending.id, &enabled(), at(100)).await.unwrap());
    assert!(!factors.enable(user, pending.id, &enabled(), at(100)).await.unwrap());
    assert_eq!(factors.try_pending(user, at(100)).await.unwrap(), None);
}

/// Spent steps stay spent, whatever comes after them.
pub async fn a_step_is_spent_once_and_with_it_those_before(storage: &Storage) {
    let user = user_with_totp(storage).await;
    let mut unit = begin(storage).await;
    for (step, used) in
        [(10, false), (9, false), (11, true), (11, false), (10, false), (14, true), (12, false), (15, true)]
    {
        assert_eq!(unit.second_factors().use_totp_step(user, step, at(20)).await.unwrap(), used, "{step}");
    }
    assert!(!unit.second_factors().use_totp_step(UserId(id()), 99, at(20)).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(stored(storage, user).await.totp_last_step, Some(15));
}

/// Only where nothing changed since.
pub async fn a_backup_code_is_taken_out_of_what_was_read(storage: &Storage) {
    let user = user_with_totp(storage).await;
    let all = codes(&["AA", "BB", "CC"]);
    let mut unit = begin(storage).await;
    assert_eq!(unit.second_factors().count_failure(user, at(20)).await.unwrap(), Some(1));
    let without_a = codes(&["BB", "CC"]);
    assert!(unit.second_factors().use_backup_code(user, &all, &without_a, at(20)).await.unwrap());
    assert!(!unit.second_factors().use_backup_code(user, &all, &codes(&["AA", "CC"]), at(20)).await.unwrap());
    assert!(unit.second_factors().use_backup_code(user, &without_a, &codes(&["CC"]), at(20)).await.unwrap());
    unit.commit().await.unwrap();
    let left = stored(storage, user).await;
    assert_eq!((left.backup_codes, left.failures), (codes(&["CC"]), 0));
    // The entries are what they were: hashes and all.
    let entry = codes(&["CC"]);
    assert_eq!(entry.without("CC$hash of CC").unwrap().left(), 0);
    assert_ne!(PasswordHash::new("hash of CC"), PasswordHash::new("hash of BB"));
}

async fn fail(storage: &Storage, user: UserId, now: Timestamp) -> Option<i32> {
    let mut unit = begin(storage).await;
    let failures = unit.second_factors().count_failure(user, now).await.unwrap();
    unit.commit().await.unwrap();
    failures
}

/// Wrong codes and the lock they led to are forgotten together.
pub async fn a_lock_of_wrong_codes_is_lifted(storage: &Storage) {
    let (user, other) = (user_with_totp(storage).await, user_with_totp(storage).await);
    let lift = async |user| {
        let mut unit = begin(storage).await;
        let lifted = unit.second_factors().lift(user).await.unwrap();
        unit.commit().await.unwrap();
        lifted
    };
    for _ in 0..10 {
        fail(storage, user, at(20)).await;
    }
    assert!(stored(storage, user).await.locked_until.is_some());
    assert!(!lift(other).await && lift(user).await && !lift(user).await);
    let factor = stored(storage, user).await;
    assert_eq!((factor.failures, factor.locked_until), (0, None));
    let mut unit = begin(storage).await;
    assert!(unit.second_factors().use_totp_step(user, 11, at(20)).await.unwrap());
}

/// A right code in between makes it whole, a locked factor takes none.
pub async fn ten_wrong_codes_lock_and_every_further_ten_twice_as_long(storage: &Storage) {
    let user = user_with_totp(storage).await;
    for expected in 1..=9 {
        assert_eq!(fail(storage, user, at(20)).await, Some(expected));
    }
    let mut unit = begin(storage).await;
    assert!(unit.second_factors().use_totp_step(user, 11, at(20)).await.unwrap());
    unit.commit().await.unwrap();
    let mut now = at(20);
    let mut failures = 0;
    for minutes in [15, 30, 60, 120, 240, 480, 960, 1_440, 1_440] {
        for _ in 0..10 {
            failures += 1;
            assert_eq!(fail(storage, user, now).await, Some(failures));
        }
        assert_eq!(fail(storage, user, now).await, None, "locked");
        let until = now.plus(TimeDelta::minutes(minutes));
        let factor = stored(storage, user).await;
        assert_eq!((factor.failures, factor.locked_until), (failures, Some(until)));
        let just_before = until.plus(-TimeDelta::microseconds(1));
        assert!(!factor.admits(FactorMethod::BackupCode, just_before));
        let mut unit = begin(storage).await;
        let factors = unit.second_factors();
        assert!(!factors.use_totp_step(user, 99, just_before).await.unwrap());
        assert!(!factors.accept_mailed_code(user, just_before).await.unwrap());
        let (all, without) = (codes(&["AA", "BB", "CC"]), codes(&["BB", "CC"]));
        assert!(!factors.use_backup_code(user, &all, &without, just_before).await.unwrap());
        assert_eq!(factors.count_failure(user, just_before).await.unwrap(), None);
        now = until;
    }
}

/// The backup code makes the others good again.
pub async fn after_fifty_wrong_codes_only_a_backup_code_helps(storage: &Storage) {
    let user = user_with_totp(storage).await;
    let mut now = at(20);
    for failures in 1..=50 {
        now = stored(storage, user).await.locked_until.unwrap_or(now);
        assert_eq!(fail(storage, user, now).await, Some(failures));
    }
    now = now.plus(TimeDelta::days(2));
    let mut unit = begin(storage).await;
    let factors = unit.second_factors();
    assert!(!factors.use_totp_step(user, 11, now).await.unwrap());
    assert!(!factors.accept_mailed_code(user, now).await.unwrap());
    let (all, without) = (codes(&["AA", "BB", "CC"]), codes(&["BB", "CC"]));
    assert!(factors.use_backup_code(user, &all, &without, now).await.unwrap());
    assert!(factors.accept_mailed_code(user, now).await.unwrap());
    assert!(factors.use_totp_step(user, 11, now).await.unwrap());
}

/// Removed by itself, or by the cascade.
pub async fn a_second_factor_goes_with_its_account(storage: &Storage) {
    let user = user_with_totp(storage).await;
    let mut unit = begin(storage).await;
    assert!(unit.second_factors().remove(user).await.unwrap());
    assert!(!unit.second_factors().remove(user).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.second_factor(user).await.unwrap(), None);

    let user = user_with_totp(storage).await;
    let mut unit = begin(storage).await;
    let mut account = unit.users().find(user).await.unwrap().unwrap();
    account.deletion_due_at = Some(at(30));
    unit.users().update(&mut account).await.unwrap();
    assert!(unit.erasure().erase_user(user, at(31)).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.second_factor(user).await.unwrap(), None);
}

/// But for the one that is spared, API keys, and those of others.
pub async fn sessions_of_one_factor_end_and_the_others_stay(storage: &Storage) {
    let (user, other) = (stored_user(storage).await, stored_user(storage).await);
    let (spared, weak, foreign) =
        (builders::session(&user), builders::session(&user), builders::session(&other));
    let mut strong = builders::session(&user);
    strong.assurance = Assurance::TwoFactors;
    let mut key = builders::session(&user);
    key.transport = Transport::ApiKey;
    let mut unit = begin(storage).await;
    for session in [&spared, &weak, &strong, &key, &foreign] {
        unit.sessions().insert(session).await.unwrap();
    }
    let reason = EndReason::SecondFactorChanged;
    assert_eq!(unit.sessions().end_one_factor(user.id, spared.id, reason, at(5)).await.unwrap(), 1);
    unit.commit().await.unwrap();
    for (session, ended) in
        [(spared, None), (weak, Some((at(5), reason))), (strong, None), (key, None), (foreign, None)]
    {
        let found = storage.queries.session(session.id).await.unwrap().unwrap();
        assert_eq!(found.session.ended, ended);
    }
}

/// The owner's own session that has not ended, and nothing else of it.
pub async fn a_session_is_proved_again(storage: &Storage) {
    let user = stored_user(storage).await;
    let session = builders::session(&user);
    let proof = Reauthentication { at: at(7), assurance: Assurance::TwoFactors, credential: None };
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    assert!(!unit.sessions().reauthenticate(UserId(id()), session.id, &proof).await.unwrap());
    assert!(unit.sessions().reauthenticate(user.id, session.id, &proof).await.unwrap());
    unit.commit().await.unwrap();
    let found = storage.queries.session(session.id).await.unwrap().unwrap().session;
    let mut expected = session;
    (expected.authenticated_at, expected.assurance) = (at(7), Assurance::TwoFactors);
    assert_eq!(found, expected);
    let mut unit = begin(storage).await;
    unit.sessions().end(user.id, expected.id, EndReason::SignedOut, at(8)).await.unwrap();
    assert!(!unit.sessions().reauthenticate(user.id, expected.id, &proof).await.unwrap());
}
