//! Accounts that are one.

use dashtam_domain::{
    id::DecisionId,
    ledger::{
        Account, AccountChange, DecidedBy, Decision, DecisionKind, DecisionState, Transaction,
        TransactionStatus, matching::Tier,
    },
    page::Limit,
    store::Storage,
};

use crate::builders::{self, at, day};
use crate::storage::{
    begin, connected_account,
    races::{CALLERS, race},
    store, stored_account, stored_connection, stored_user,
};

/// Of posted transactions, by the day that is shown, in this unit's changes too.
pub async fn days_with_posted_transactions_are_found(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (account, other) =
        (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let row = |account: &Account, id: &str, of| builders::transaction(account, id, day(of));
    let pending = Transaction { status: TransactionStatus::Pending, ..row(&account, "p", 4) };
    let rows = [row(&account, "a", 3), row(&account, "b", 3), pending, row(&other, "c", 5)];
    store(storage, &rows).await;
    let mut unit = begin(storage).await;
    let late = [row(&account, "d", 9), row(&account, "e", 20)];
    unit.transactions().insert(&late).await.unwrap();
    let days = unit.transactions().posted_days(owner, account.id, day(1), day(9)).await.unwrap();
    assert_eq!(days, [day(3), day(9)]);
    unit.transactions().remove(owner, account.id, "d", at(9)).await.unwrap();
    let days = unit.transactions().posted_days(owner, account.id, day(3), day(30)).await.unwrap();
    assert_eq!(days, [day(3), day(20)]);
    unit.commit().await.unwrap();
}

/// Of its owner, oldest first.
pub async fn accounts_of_a_connection_are_found(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "One").await;
    let other = stored_connection(storage, owner, "Two").await;
    stored_account(storage, owner, "1").await;
    let mut expected = Vec::new();
    for number in ["a", "b"] {
        expected.push(connected_account(storage, &connection, number).await);
        connected_account(storage, &other, number).await;
    }
    let mut unit = begin(storage).await;
    assert_eq!(unit.accounts().of_connection(owner, connection.id).await.unwrap(), expected);
    let stranger = dashtam_domain::id::UserId(builders::id());
    assert_eq!(unit.accounts().of_connection(stranger, connection.id).await.unwrap(), []);
    unit.commit().await.unwrap();
}

fn decision(left: &Transaction, right: &Transaction, state: DecisionState) -> Decision {
    let (id, kind) = (DecisionId(builders::id()), DecisionKind::CrossSource);
    let decision = Decision::suggested(id, kind, Some(Tier::Exact), (left, right), (None, None), at(20));
    Decision { state, ..decision }
}

async fn insert(storage: &Storage, decision: &Decision) {
    let mut unit = begin(storage).await;
    unit.reconciliations().insert(std::slice::from_ref(decision)).await.unwrap();
    unit.commit().await.unwrap();
}

/// Those about a row of the account and one of another, whichever stays; and what rests on them.
pub async fn decisions_across_accounts_are_found(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let (one, two, three) = (
        stored_account(storage, owner, "1").await,
        stored_account(storage, owner, "2").await,
        stored_account(storage, owner, "3").await,
    );
    let row = |account: &Account, id: &str| builders::transaction(account, id, day(1));
    let [a, b, c, d] = [row(&one, "a"), row(&two, "b"), row(&three, "c"), row(&one, "d")];
    let applied = decision(&a, &b, DecisionState::Applied);
    assert_eq!((applied.account, applied.other_account), (one.id, Some(two.id)));
    let within = decision(&a, &d, DecisionState::Applied);
    let other = decision(&c, &b, DecisionState::Applied);
    let open = decision(&b, &a, DecisionState::Suggested);
    // The row that stayed was pending, and was booked: which rests on nothing.
    let e = row(&one, "e");
    let booked = Decision { kind: DecisionKind::PendingPosted, ..decision(&a, &e, DecisionState::Applied) };
    for decision in [&applied, &within, &other, &open, &booked] {
        insert(storage, decision).await;
    }
    let limit = Limit::default();
    let mut unit = begin(storage).await;
    let reconciliations = unit.reconciliations();
    let found = reconciliations.across(owner, one.id, limit).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&applied));
    let both = [other.clone(), applied.clone()];
    assert_eq!(reconciliations.across(owner, two.id, limit).await.unwrap(), both, "the latest first");
    let few = Limit::new(1).unwrap();
    assert_eq!(reconciliations.across(owner, two.id, few).await.unwrap(), both[..1]);
    // By the rows that were merged, and only those of the account.
    let merged = [b.id, d.id, a.id];
    let mut found = reconciliations.merged_across(owner, two.id, &merged).await.unwrap();
    found.sort_unstable_by_key(|decision| decision.id);
    let mut expected = [applied.clone(), other.clone()];
    expected.sort_unstable_by_key(|decision| decision.id);
    assert_eq!(found, expected);
    assert_eq!(reconciliations.merged_across(owner, one.id, &merged).await.unwrap(), []);
    assert_eq!(reconciliations.merged_across(owner, two.id, &[]).await.unwrap(), []);
    assert_eq!(reconciliations.merged_across(stranger, two.id, &merged).await.unwrap(), []);
    // Of what came after, that which is not about the account and another one itself.
    let later = reconciliations.applied_after_across(owner, one.id, limit).await.unwrap();
    assert_eq!(later, [within.id, other.id]);
    assert_eq!(reconciliations.applied_after_across(owner, two.id, limit).await.unwrap(), [within.id]);
    assert_eq!(reconciliations.applied_after_across(owner, three.id, limit).await.unwrap(), []);
    assert_eq!(reconciliations.dismiss_across(owner, three.id, at(30)).await.unwrap(), 0);
    assert_eq!(reconciliations.dismiss_across(owner, one.id, at(30)).await.unwrap(), 1);
    let stored = reconciliations.find(owner, open.id).await.unwrap().unwrap();
    let dismissed = Decision { state: DecisionState::Rejected, by: DecidedBy::Engine, ..open };
    assert_eq!(stored, Decision { updated_at: at(30), ..dismissed });
    unit.commit().await.unwrap();
}

/// Thirty callers link two accounts, or part them if they are linked: both accounts say the same at any time.
pub async fn links_of_many_callers_have_two_ends(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let (one, two) = (stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await);
    let answers = race(storage, |storage, number| {
        let (one, two) = (one.clone(), two.clone());
        async move {
            let now = at(i64::try_from(number).unwrap());
            let mut unit = begin(&storage).await;
            let mut linked = unit.corrections().hold_account(owner, two.id).await.unwrap().unwrap();
            let mut primary = unit.corrections().hold_account(owner, one.id).await.unwrap().unwrap();
            let is_linked = linked.same_as().is_some();
            assert_eq!(primary.linked().contains(&two.id), is_linked);
            let same_as = Some((!is_linked).then_some(one.id));
            linked.correct(AccountChange { same_as, ..AccountChange::default() }, now);
            primary.note_link(two.id, !is_linked, now);
            unit.corrections().correct_account(&linked).await.unwrap();
            unit.corrections().correct_account(&primary).await.unwrap();
            unit.commit().await.unwrap();
            is_linked
        }
    })
    .await;
    assert_eq!(answers.iter().filter(|was_linked| **was_linked).count(), CALLERS / 2);
    let found = storage.queries.account(owner, two.id).await.unwrap().unwrap();
    assert_eq!((found.same_as(), found.corrections), (None, None));
    assert_eq!(storage.queries.account(owner, one.id).await.unwrap().unwrap().linked(), []);
}
